/* cursor.executemany(). */
#include "cur_many.h"

typedef struct {
    cur_many many;
    int64_t total;  /* of what went by itself; -1: a statement told none */
    PyObject *last; /* the values of the last row, where cur->query is not made of them yet */
    int piped;      /* the last statement went into the pipeline */
    int executed;
} run;

/* What it gave are no rows to the program. */
static void
hide_rows(cursor_object *cur)
{
    if (cur->rows && !cur->rows->reading)
        cur->rows->result.kind = PQ_RESULT_COMMAND;
}

/* Compose and execute it. */
static int
run_composed(run *self, PyObject *row)
{
    cursor_object *cur = self->many.cur;
    bytebuf sql = cur_take_buffer(cur);
    int answer = -1, sent = 0;
    Py_CLEAR(self->last);
    if (cur_compose(cur, self->many.operation, row, &sql) < 0) {
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
    if (sent > 0)
        self->piped = 1;
    else {
        if (conn_pipeline_finish(self->many.pipe) < 0)
            goto exit;
        self->piped = 0;
        cur_drop_rows(cur);
        if (cur_run(cur, sql.data, 0) < 0)
            goto exit;
        hide_rows(cur);
        self->total = cur->rowcount < 0 || self->total < 0 ? -1 : self->total + cur->rowcount;
    }
    answer = 0;
exit:
    cur_keep_buffer(cur, &sql);
    return answer;
}

/* Get the row's values ready to be sent as parameters: 1; 0: it is to be composed; -1. */
static int
match_values(cur_many *many, PyObject *values, int *signature)
{
    int answer;
    do {
        compose_params_reset(&many->params);
        answer = compose_params_add(&many->params, &many->template, &many->ctx, values);
        if (answer > 0)
            answer = cur_many_match(many, 0, signature);
    } while (answer == 2);
    return answer;
}

/* Send them: the same. */
static int
run_typed(run *self, PyObject *row)
{
    cur_many *many = &self->many;
    int signature;
    PyObject *values = compose_row_values(&many->template, row);
    if (!values)
        return PyErr_Occurred() ? -1 : 0;
    int answer = match_values(many, values, &signature);
    if (answer > 0)
        answer = cur_many_send(many, 0, signature, values);
    if (answer > 0) {
        self->piped = self->executed = 1;
        Py_XSETREF(self->last, values);
        return 1;
    }
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
    return answer < 0 || PyErr_Occurred() ? -1 : 0;
}

/* Set cursor.query to what was refused, or else was executed last. Keeps an exception that is set,
 * but where there is no memory: 0, or -1 with that exception. */
static int
tell_query(run *self)
{
    PyObject *exc = compat_err_take();
    cursor_object *cur = self->many.cur;
    PyObject *what = self->many.pipe->refused ? self->many.pipe->refused : self->last;
    bytebuf sql = BYTEBUF_INIT;
    int answer = 0;
    if (what && PyBytes_Check(what))
        Py_XSETREF(cur->query, Py_NewRef(what));
    else if (what && self->many.template.query) {
        answer = compose_row(&self->many.template, &self->many.ctx, what, &sql);
        if (answer == 0)
            answer = cur_set_query(cur, sql.data, sql.len);
    }
    bytebuf_free(&sql);
    if (answer < 0)
        Py_XDECREF(exc);
    else
        compat_err_restore(exc);
    return answer;
}

/* The rows of the last statement are not the result of executemany(). */
static int
take_results(run *self)
{
    cursor_object *cur = self->many.cur;
    if (self->piped && cur_take_result(cur, &self->many.pipe->result) < 0)
        return -1;
    if (self->piped)
        hide_rows(cur);
    if (self->executed)
        cur_drop_rows(cur);
    cur->rowcount = self->total < 0 ? -1 : self->many.pipe->total + self->total;
    return 0;
}

/* An exception of the program's, or of adapting, after rows that were executed: what the last of
 * them gave stays. */
static void
keep_result(run *self)
{
    PyObject *exc = compat_err_take();
    if (cur_take_result(self->many.cur, &self->many.pipe->result) < 0)
        PyErr_Clear();
    hide_rows(self->many.cur);
    cur_drop_rows(self->many.cur);
    compat_err_restore(exc);
}

static int
execute_rows(cursor_object *cur, PyObject *operation, PyObject *rows)
{
    run self = {.executed = 0};
    if (cur_many_init(&self.many, cur, operation) < 0)
        return -1;
    int answer = run_rows(&self, rows);
    PyObject *exc = compat_err_take();
    if (conn_pipeline_finish(self.many.pipe) < 0) {
        Py_CLEAR(exc);
        answer = -1;
    } else
        compat_err_restore(exc);
    if (tell_query(&self) < 0)
        answer = -1;
    if (answer == 0)
        answer = take_results(&self);
    else if (self.many.pipe->failed)
        cur_reset_for_error(cur);
    else if (self.piped)
        keep_result(&self);
    Py_XDECREF(self.last);
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
