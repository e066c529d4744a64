/* Pages of extras.execute_batch(): what is sent for a page is one text to the program. */
#include "cur_pages.h"

/* A page: its rows' values, a list of tuples, and the signature of each. */
typedef struct {
    PyObject *values;
    int *signatures;
} prepared;

/* Get the rows ready to be sent as parameters: 1; 2: they are to be made anew; 0: they have to be
 * composed; -1. */
static int
match_rows(cur_many *many, PyObject *rows, prepared *self)
{
    Py_ssize_t n = PyList_GET_SIZE(rows), each = (Py_ssize_t)many->template.scan.count;
    int answer = 1;
    self->signatures = PyMem_New(int, (size_t)n);
    self->values = PyList_New(0);
    if (!self->signatures)
        PyErr_NoMemory();
    if (!self->signatures || !self->values)
        return -1;
    compose_params_reset(&many->params);
    for (Py_ssize_t i = 0; answer == 1 && i < n && i < PyList_GET_SIZE(rows); i++) {
        PyObject *values = compose_row_values(&many->template, PyList_GET_ITEM(rows, i), each);
        if (!values)
            return PyErr_Occurred() ? -1 : 0;
        answer = PyList_Append(self->values, values) < 0
                     ? -1
                     : compose_params_add(&many->params, &many->template, &many->ctx, values);
        Py_DECREF(values);
    }
    /* Not before all of them are known to be values that are sent so: this begins a transaction. */
    n = PyList_GET_SIZE(self->values);
    for (Py_ssize_t i = 0; answer == 1 && i < n; i++)
        answer = cur_many_match(many, (size_t)i, &self->signatures[i]);
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
    bytebuf all = BYTEBUF_INIT, rest = BYTEBUF_INIT;
    int answer = conn_pipeline_finish(many->pipe);
    if (answer == 0)
        answer = cur_many_compose_list(many, values, 0, &all);
    if (answer == 0)
        answer = cur_many_compose_list(many, values, from, &rest);
    if (answer == 0)
        answer = cur_set_query(many->cur, all.data, all.len);
    cur_many_overtaken(many);
    if (answer == 0)
        answer = cur_run(many->cur, rest.data, 0);
    bytebuf_free(&all);
    bytebuf_free(&rest);
    return answer < 0 ? -1 : 1;
}

/* Send the page. 1; 0: it has to be composed; -1. */
static int
send_rows(cur_many *many, const prepared *rows)
{
    Py_ssize_t n = PyList_GET_SIZE(rows->values);
    int sent = 1;
    for (Py_ssize_t i = 0; sent > 0 && i < n; i++) {
        sent = cur_many_send(many, (size_t)i, rows->signatures[i], rows->values);
        if (sent == 0 && i > 0)
            return run_rest(many, rows->values, i);
    }
    if (sent > 0)
        cur_many_sent(many, rows->values);
    return sent;
}

int
cur_batch_send(cur_pages *self, PyObject *rows)
{
    prepared page = {.values = NULL};
    int answer;
    if (!self->many.template.typed ||
        (PyList_GET_SIZE(rows) < 2 && !conn_pipeline_is_open(self->many.pipe)))
        return 0;
    do {
        page_clear(&page);
        answer = match_rows(&self->many, rows, &page);
    } while (answer == 2);
    if (answer > 0)
        answer = send_rows(&self->many, &page);
    if (answer < 0 && page.values)
        cur_many_not_sent(&self->many, page.values);
    page_clear(&page);
    return answer;
}
