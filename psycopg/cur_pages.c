/* Page by page, ahead of the answers: what is behind extras.execute_batch() and execute_values().
 */
#include "cur_pages.h"

#include "conn_hook.h"

static int
run_page(cur_pages *self, PyObject *rows)
{
    cur_many *many = &self->many;
    int ready = 0, sent = 0;
    /* What cannot be executed at all is told by execute_page(). */
    if (!many->cur->closed && many->cur->conn->closed == CONN_OPEN)
        ready = cur_many_ready(many);
    if (ready > 0)
        sent = self->send(self, rows);
    self->ahead |= sent > 0;
    if (ready < 0 || sent)
        return ready < 0 || sent < 0 ? -1 : 0;
    if (conn_pipeline_finish(many->pipe) < 0 || cur_many_settle(many) < 0)
        return -1;
    many->alone = 0;
    PyObject *done = PyObject_CallOneArg(self->execute_page, rows);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int
run_pages(cur_pages *self, PyObject *pages)
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

static PyObject *
execute_pages(cur_pages *self, cursor_object *cur, PyObject *operation, PyObject *pages)
{
    if (!cur->conn) {
        (void)cur_check_open(cur);
        return NULL;
    }
    cur_many *many = &self->many;
    if (cur_many_init(many, cur, operation) < 0)
        return NULL;
    many->never =
        cur->conn->is_async || cur->quoted_name || cur->conn->status == CONN_STATUS_PREPARED;
    if (self->values.page_size)
        cur_values_begin(self);
    conn_hook hook;
    cur_hook_begin(&hook, cur);
    int answer = run_pages(self, pages);
    answer = cur_many_end(many, answer);
    if (hook.function && self->ahead)
        answer = conn_hook_end(&hook, cur->conn, cur->query, answer < 0 ? -1 : many->pipe->total);
    conn_hook_drop(&hook);
    cur_many_clear(many);
    if (answer < 0)
        return cur_failed(cur);
    Py_RETURN_NONE;
}

static PyObject *
module_execute_batch(PyObject *module, PyObject *args)
{
    cur_pages self = {.send = cur_batch_send};
    PyObject *cursor, *operation, *pages;
    if (!PyArg_ParseTuple(args, "O!OOO:_execute_batch",
                          (PyTypeObject *)state_of_module(module)->cursor_type, &cursor, &operation,
                          &pages, &self.execute_page))
        return NULL;
    return execute_pages(&self, (cursor_object *)cursor, operation, pages);
}

static PyObject *
module_execute_values(PyObject *module, PyObject *args)
{
    cur_pages self = {.send = cur_values_send};
    cur_values *values = &self.values;
    PyObject *cursor, *pages;
    if (!PyArg_ParseTuple(args, "O!SSSOnpO:_execute_values",
                          (PyTypeObject *)state_of_module(module)->cursor_type, &cursor,
                          &values->before, &values->template, &values->after, &pages,
                          &values->page_size, &values->first_alone, &self.execute_page))
        return NULL;
    PyObject *template = cur_values_template(values);
    if (!template)
        return NULL;
    PyObject *done = execute_pages(&self, (cursor_object *)cursor, template, pages);
    Py_DECREF(template);
    return done;
}

PyMethodDef cur_module_methods[] = {
    {"_execute_batch", module_execute_batch, METH_VARARGS,
     "_execute_batch(cursor, query, pages, execute_page, /)\n--\n\n"
     "Execute `query` with each row of each page, a list of them: ahead of the answers where that "
     "makes no difference, else by execute_page(page)."},
    {"_execute_values", module_execute_values, METH_VARARGS,
     "_execute_values(cursor, before, template, after, pages, page_size, first_alone, "
     "execute_page, /)\n--\n\n"
     "The same for a statement of `before`, `template` with the values of each row of a page, and "
     "`after`; a page has at most `page_size` rows. `first_alone`: there may be no second one."},
    {NULL, NULL, 0, NULL},
};
