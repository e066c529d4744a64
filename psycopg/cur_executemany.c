/* cursor.executemany(). */
#include "cur_many.h"

#include "conn_hook.h"

typedef struct {
    cur_many many;
    int64_t total; /* of what went by itself; -1: a statement told none */
    int piped;     /* the last statement went into the pipeline */
    int executed;
    int stopped; /* by the iterable, which raised */
} run;

/* A statement has gone by itself: the rows that its tag tells of. */
static void
add_to_total(run *self)
{
    const cur_rows *rows = self->many.cur->rows;
    int64_t n = rows ? rows->result.tagged : -1;
    self->many.cur->rowcount = n;
    self->total = n < 0 || self->total < 0 ? -1 : self->total + n;
}

/* Compose and execute it. */
static int
run_composed(run *self, PyObject *row)
{
    cursor_object *cur = self->many.cur;
    bytebuf sql = cur_take_buffer(cur);
    int answer = -1, sent = 0;
    int composed = cur_compose(cur, self->many.operation, row, &sql);
    Py_CLEAR(self->many.last);  // cursor.query is set
    if (composed < 0) {
        /* What came before is executed, and a refusal of that told first. */
        PyObject *exc = compat_err_take();
        if (conn_pipeline_finish(self->many.pipe) == 0)
            compat_err_restore(exc);
        else
            Py_XDECREF(exc);
        goto exit;
    }
    if (!self->many.never && !self->many.alone && self->many.template.plain)
        sent = cur_many_send_composed(&self->many, sql.data, sql.len, cur->query);
    if (sent < 0)
        goto exit;
    self->many.alone = 0;
    self->executed = 1;
    if (sent > 0) {
        self->piped = 1;
        cur_many_sent(&self->many, NULL);
    } else {
        if (conn_pipeline_finish(self->many.pipe) < 0)
            goto exit;
        self->piped = 0;
        cur_many_overtaken(&self->many);
        cur_drop_rows(cur);
        if (cur_run(cur, sql.data, 0) < 0)
            goto exit;
        add_to_total(self);
        cur_many_hide_rows(cur);
    }
    answer = 0;
exit:
    cur_keep_buffer(cur, &sql);
    return answer;
}

/* Send the row as parameters: 1; 0: it is to be composed; -1. */
static int
run_typed(run *self, PyObject *row)
{
    cur_many *many = &self->many;
    int signature;
    PyObject *values =
        compose_row_values(&many->template, row, (Py_ssize_t)many->template.scan.count);
    if (!values)
        return PyErr_Occurred() ? -1 : 0;
    int answer = cur_many_match_values(many, values, &signature);
    if (answer > 0)
        answer = cur_many_send(many, 0, signature, values);
    if (answer > 0)
        self->piped = self->executed = 1;
    cur_many_note(many, answer, values);
    Py_DECREF(values);
    return answer;
}

static int
run_row(run *self, PyObject *row)
{
    if (cur_check_open(self->many.cur) < 0)
        return -1;
    int ready = cur_many_ready(&self->many);
    if (ready > 0 && self->many.template.typed) {
        int sent = run_typed(self, row);
        if (sent)
            return sent < 0 ? -1 : 0;
    }
    return ready < 0 ? -1 : run_composed(self, row);
}

/* The next row, a new reference; NULL at the end, or with an exception. */
static PyObject *
next_row(PyObject *rows, PyObject *iterator, Py_ssize_t at)
{
    if (iterator)
        return PyIter_Next(iterator);
    if (PyList_CheckExact(rows))
        return at < PyList_GET_SIZE(rows) ? Py_NewRef(PyList_GET_ITEM(rows, at)) : NULL;
    return at < PyTuple_GET_SIZE(rows) ? Py_NewRef(PyTuple_GET_ITEM(rows, at)) : NULL;
}

static int
run_rows(run *self, PyObject *rows)
{
    PyObject *iterator = NULL, *row;
    int answer = 0;
    if (PyList_CheckExact(rows) || PyTuple_CheckExact(rows))
        self->many.one_by_one = Py_SIZE(rows) < 2;
    else if (!(iterator = PyObject_GetIter(rows)))
        return -1;
    else  // of which there may be one alone
        self->many.one_by_one = !conn_needs_begin(self->many.cur->conn);
    for (Py_ssize_t i = 0; answer == 0 && (row = next_row(rows, iterator, i)); i++) {
        answer = run_row(self, row);
        Py_DECREF(row);
    }
    Py_XDECREF(iterator);
    self->stopped = answer == 0 && PyErr_Occurred();
    return answer < 0 || self->stopped ? -1 : 0;
}

static int
execute_rows(cursor_object *cur, PyObject *operation, PyObject *rows)
{
    run self = {.executed = 0};
    conn_hook hook;
    if (cur_many_init(&self.many, cur, operation) < 0)
        return -1;
    cur_hook_begin(&hook, cur);
    cur->in_many++;
    self.many.hides = 1;
    int answer = run_rows(&self, rows);
    answer = cur_many_end(&self.many, answer);
    PyObject *exc = compat_err_take();
    if (answer == 0 ? self.executed : self.piped && !self.many.pipe->failed)
        cur_drop_rows(cur);
    if (answer == 0 || (self.stopped && !self.many.pipe->failed))
        cur->rowcount = self.total < 0 ? -1 : self.many.pipe->total + self.total;
    compat_err_restore(exc);
    cur->in_many--;
    if (!self.executed)
        conn_hook_drop(&hook);
    else if (hook.function)
        answer = conn_hook_end(&hook, cur->conn, cur->query, answer < 0 ? -1 : cur->rowcount);
    cur_many_clear(&self.many);
    return answer;
}

PyObject *
cur_executemany(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"query", "vars_list", NULL};
    PyObject *operation, *rows;
    /* What was fetched from before has an end now, even if nothing can be executed. */
    self->rowcount = -1;
    if (self->rows && !self->rows->reading && !self->rows->streaming)
        cur_rows_drop(self->rows);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO", names, &operation, &rows) ||
        cur_check_open(self) < 0 || conn_check_sync(self->conn, "executemany") < 0 ||
        cur_check_unnamed(self, "executemany") < 0 || conn_check_no_stream(self->conn) < 0 ||
        conn_check_not_prepared(self->conn, "executemany") < 0)
        return cur_failed(self);
    if (execute_rows(self, operation, rows) < 0)
        return cur_failed(self);
    Py_RETURN_NONE;
}
