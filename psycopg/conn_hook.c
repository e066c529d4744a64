#include "conn_hook.h"

/* A call of the hook that has not returned. Calls of several threads end in any order. */
struct hook_call {
    unsigned long thread;
    struct hook_call *next;
};

void
conn_hook_start(conn_hook *self, connection_object *conn)
{
    /* What the hook itself executes is not told: that would have no end. */
    for (const hook_call *c = conn->hook_calls; c; c = c->next) {
        if (c->thread == PyThread_get_thread_ident())
            return;
    }
    self->function = Py_XNewRef(conn->on_query);
    self->start = pq_now_us(CLOCK_MONOTONIC);
}

void
conn_hook_drop(conn_hook *self)
{
    Py_CLEAR(self->function);
}

/* Call it. An exception of its own would tell that the statement failed, which it did not: it is
 * reported where those of finalizers are. Not so one that is to end the program, or this task. */
static int
call(connection_object *conn, PyObject *function, PyObject *query, double seconds, int64_t rowcount,
     PyObject *error)
{
    hook_call here = {.thread = PyThread_get_thread_ident(), .next = conn->hook_calls};
    conn->hook_calls = &here;
    PyObject *result =
        PyObject_CallFunction(function, "OdLO", query, seconds, (long long)rowcount, error);
    hook_call **link = &conn->hook_calls;
    while (*link != &here)
        link = &(*link)->next;
    *link = here.next;
    Py_XDECREF(result);
    if (result)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyErr_WriteUnraisable(function);
    return 0;
}

int
conn_hook_end(conn_hook *self, connection_object *conn, PyObject *query, int64_t rowcount)
{
    int answer = PyErr_Occurred() ? -1 : 0;
    if (!self->function)
        return answer;
    double seconds = (double)(pq_now_us(CLOCK_MONOTONIC) - self->start) / 1e6;
    PyObject *error = compat_err_take();
    int called = call(conn, self->function, query, seconds, rowcount, error ? error : Py_None);
    Py_CLEAR(self->function);
    if (called < 0) {
        Py_XDECREF(error);
        return -1;
    }
    compat_err_restore(error);
    return answer;
}

int
conn_hook_end_text(conn_hook *self, connection_object *conn, const char *query, int64_t rowcount)
{
    int answer = PyErr_Occurred() ? -1 : 0;
    if (!self->function)
        return answer;
    PyObject *error = compat_err_take();
    PyObject *bytes = PyBytes_FromString(query);
    if (!bytes) {
        Py_XDECREF(error);
        conn_hook_drop(self);
        return -1;
    }
    compat_err_restore(error);
    answer = conn_hook_end(self, conn, bytes, rowcount);
    Py_DECREF(bytes);
    return answer;
}

PyObject *
conn_get_on_query(connection_object *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(self->on_query ? self->on_query : Py_None);
}

int
conn_set_on_query(connection_object *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (value && value != Py_None && !PyCallable_Check(value)) {
        PyErr_Format(PyExc_TypeError, "on_query must be callable or None, not %.200s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *old = self->on_query;
    self->on_query = value == Py_None ? NULL : Py_XNewRef(value);
    Py_XDECREF(old);
    return 0;
}
