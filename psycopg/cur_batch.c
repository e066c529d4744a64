/* Pages of rows, for extras.execute_batch(): what is sent for a page is one to the program. */
#include "cur_many.h"

typedef struct {
    cur_many many;
    PyObject *execute_page;  // borrowed: how a page is executed that is to be composed
    PyObject *last; /* the values of the last page, where cur->query is not made of them yet */
} run;

/* A page: its rows' values, a list of tuples, and the signature of each. */
typedef struct {
    PyObject *values;
    int *signatures;
} prepared;

/* The statements of rows `from` and on, as one text. */
static int
compose_rows(cur_many *many, PyObject *values, Py_ssize_t from, bytebuf *sql)
{
    for (Py_ssize_t i = from; i < PyList_GET_SIZE(values); i++) {
        if ((i > from && bytebuf_add_char(sql, ';') < 0)) {
            PyErr_NoMemory();
            return -1;
        }
        if (compose_row(&many->template, &many->ctx, PyList_GET_ITEM(values, i), sql) < 0)
            return -1;
    }
    if (bytebuf_terminate(sql) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* Get the rows ready to be sent as parameters: 1; 2: they are to be made anew; 0: they have to be
 * composed; -1. */
static int
match_rows(cur_many *many, PyObject *rows, prepared *self)
{
    Py_ssize_t n = PyList_GET_SIZE(rows);
    int answer = 1;
    self->signatures = PyMem_New(int, (size_t)n);
    self->values = PyList_New(0);
    if (!self->signatures)
        PyErr_NoMemory();
    if (!self->signatures || !self->values)
        return -1;
    compose_params_reset(&many->params);
    for (Py_ssize_t i = 0; answer == 1 && i < n && i < PyList_GET_SIZE(rows); i++) {
        PyObject *values = compose_row_values(&many->template, PyList_GET_ITEM(rows, i));
        if (!values)
            return PyErr_Occurred() ? -1 : 0;
        answer = PyList_Append(self->values, values) < 0
                     ? -1
                     : compose_params_add(&many->params, &many->template, &many->ctx, values);
        Py_DECREF(values);
        if (answer > 0)
            answer = cur_many_match(many, (size_t)i, &self->signatures[i]);
    }
    return answer;
}

static void
page_clear(prepared *self)
{
    Py_CLEAR(self->values);
    PyMem_Free(self->signatures);
    self->signatures = NULL;
}

/* Somebody has had the connection in the middle of a page: the rest of it goes as a text. */
static int
run_rest(cur_many *many, PyObject *values, Py_ssize_t from)
{
    bytebuf sql = BYTEBUF_INIT;
    int answer = conn_pipeline_finish(many->pipe);
    if (answer == 0)
        answer = compose_rows(many, values, from, &sql);
    if (answer == 0)
        answer = cur_run(many->cur, sql.data, 0);
    bytebuf_free(&sql);
    return answer < 0 ? -1 : 1;
}

/* Send the page. 1; 0: it has to be composed; -1. */
static int
send_rows(run *self, const prepared *rows)
{
    cur_many *many = &self->many;
    Py_ssize_t n = PyList_GET_SIZE(rows->values);
    int sent = 1;
    for (Py_ssize_t i = 0; sent > 0 && i < n; i++) {
        sent = cur_many_send(many, (size_t)i, rows->signatures[i], rows->values);
        if (sent == 0 && i > 0)
            return run_rest(many, rows->values, i);
    }
    return sent;
}

/* The same, from the rows as they were given. */
static int
run_typed(run *self, PyObject *rows)
{
    prepared page = {.values = NULL};
    int answer;
    do {
        page_clear(&page);
        answer = match_rows(&self->many, rows, &page);
    } while (answer == 2);
    if (answer > 0)
        answer = send_rows(self, &page);
    if (answer > 0)
        Py_XSETREF(self->last, Py_NewRef(page.values));
    page_clear(&page);
    return answer;
}

static int
run_page(run *self, PyObject *rows)
{
    cur_many *many = &self->many;
    int ready = 0, sent = 0;
    /* What cannot be executed at all is told by execute_page(). */
    if (!many->cur->closed && many->cur->conn->closed == CONN_OPEN &&
        (PyList_GET_SIZE(rows) > 1 || conn_pipeline_is_open(many->pipe)))
        ready = cur_many_ready(many);
    if (ready > 0 && many->template.typed)
        sent = run_typed(self, rows);
    if (ready < 0 || sent)
        return ready < 0 || sent < 0 ? -1 : 0;
    if (conn_pipeline_finish(many->pipe) < 0)
        return -1;
    Py_CLEAR(self->last);
    many->alone = 0;
    PyObject *done = PyObject_CallOneArg(self->execute_page, rows);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int
run_pages(run *self, PyObject *pages)
{
    PyObject *rows, *iterator = PyObject_GetIter(pages);
    int answer = iterator ? 0 : -1;
    while (answer == 0 && (rows = PyIter_Next(iterator))) {
        if (PyList_CheckExact(rows))
            answer = run_page(self, rows);
        else {
            PyErr_Format(PyExc_TypeError, "a page must be a list, not %.200s",
                         Py_TYPE(rows)->tp_name);
            answer = -1;
        }
        Py_DECREF(rows);
    }
    Py_XDECREF(iterator);
    return answer < 0 || PyErr_Occurred() ? -1 : 0;
}

/* Set cursor.query to the page that was refused, or else was executed last. Keeps an exception that
 * is set, but where there is no memory: 0, or -1 with that exception. */
static int
tell_query(run *self)
{
    PyObject *exc = compat_err_take();
    PyObject *values = self->many.pipe->refused ? self->many.pipe->refused : self->last;
    bytebuf sql = BYTEBUF_INIT;
    int answer = 0;
    if (values && self->many.template.query)
        answer = compose_rows(&self->many, values, 0, &sql);
    if (answer == 0 && sql.data)
        answer = cur_set_query(self->many.cur, sql.data, sql.len);
    bytebuf_free(&sql);
    if (answer < 0)
        Py_XDECREF(exc);
    else
        compat_err_restore(exc);
    return answer;
}

static int
execute_pages(run *self, PyObject *pages)
{
    cur_many *many = &self->many;
    int answer = run_pages(self, pages);
    PyObject *exc = compat_err_take();
    if (conn_pipeline_finish(many->pipe) < 0) {
        Py_CLEAR(exc);
        answer = -1;
    } else
        compat_err_restore(exc);
    if (tell_query(self) < 0)
        answer = -1;
    if (answer == 0 && self->last)
        return cur_take_result(many->cur, &many->pipe->result);
    if (answer < 0 && many->pipe->failed)
        cur_reset_for_error(many->cur);
    return answer;
}

static PyObject *
module_execute_pages(PyObject *module, PyObject *args)
{
    run self = {.last = NULL};
    PyObject *cursor, *operation, *pages;
    if (!PyArg_ParseTuple(args, "O!OOO:_execute_pages",
                          (PyTypeObject *)state_of_module(module)->cursor_type, &cursor, &operation,
                          &pages, &self.execute_page))
        return NULL;
    cursor_object *cur = (cursor_object *)cursor;
    if (!cur->conn) {
        (void)cur_check_open(cur);
        return NULL;
    }
    if (cur_many_init(&self.many, cur, operation) < 0)
        return NULL;
    self.many.never =
        cur->conn->is_async || cur->quoted_name || cur->conn->status == CONN_STATUS_PREPARED;
    int answer = execute_pages(&self, pages);
    Py_XDECREF(self.last);
    cur_many_clear(&self.many);
    if (answer < 0)
        return cur_failed(cur);
    Py_RETURN_NONE;
}

PyMethodDef cur_module_methods[] = {
    {"_execute_pages", module_execute_pages, METH_VARARGS,
     "_execute_pages(cursor, query, pages, execute_page)\n\n"
     "Execute `query` with each row of each page, a list of them: ahead of the answers where that "
     "makes no difference, else by execute_page(page)."},
    {NULL, NULL, 0, NULL},
};
