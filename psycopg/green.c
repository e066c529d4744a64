/* Waiting through a callback, for coroutine libraries: extensions.set_wait_callback(). L4. */
#include "green.h"

int
green_enabled(const connection_object *self)
{
    return self->state->wait_callback != NULL && !self->is_async;
}

/* Call the callback, which calls connection.poll() until it says POLL_OK. An exception in it leaves
 * the protocol in the middle of something: the connection is closed. */
static int
call_back(connection_object *self)
{
    PyObject *callback = Py_XNewRef(self->state->wait_callback);
    if (!callback)
        return 0;
    PyObject *answer = PyObject_CallFunctionObjArgs(callback, (PyObject *)self, NULL);
    Py_DECREF(callback);
    if (answer) {
        Py_DECREF(answer);
        return 0;
    }
    self->closed = CONN_BROKEN;
    conn_hang_up_lock_held(self);
    return -1;
}

pq_state
green_run_lock_held(connection_object *self, pq_query *query)
{
    self->running = query;
    self->running_state = PQ_WRITE;
    int answer = call_back(self);
    self->running = NULL;
    if (answer < 0) {
        pq_error_clear(&query->error);
        pq_result_clear(query->result);
        return PQ_INTERRUPTED;
    }
    pq_state state = self->running_state;
    while (state == PQ_READ || state == PQ_WRITE || state == PQ_INTERRUPTED) {
        /* The callback came back too early: the rest is waited for here. */
        Py_BEGIN_ALLOW_THREADS;
        state = pq_query_run(query);
        Py_END_ALLOW_THREADS;
        if (state == PQ_INTERRUPTED && PyErr_CheckSignals() < 0) {
            conn_abandon_lock_held(self, query, 0);
            return PQ_INTERRUPTED;
        }
    }
    return state;
}

int
green_wait_lock_held(connection_object *self, pq_state want)
{
    self->waiting = want;
    self->waited = 0;
    int answer = call_back(self);
    self->waiting = PQ_OK;
    return answer;
}

static long
poll_answer(pq_state state)
{
    return state == PQ_READ    ? GREEN_POLL_READ
           : state == PQ_WRITE ? GREEN_POLL_WRITE
                               : GREEN_POLL_OK;
}

long
green_poll(connection_object *self)
{
    if (self->running) {
        self->running_state = pq_query_step(self->running);
        return poll_answer(self->running_state);
    }
    if (self->waiting == PQ_OK)
        return -1;
    if (self->waited && pq_wait(&self->session, self->waiting, 0) == PQ_OK)
        return GREEN_POLL_OK;
    self->waited = 1;
    return poll_answer(self->waiting);
}

static PyObject *
set_wait_callback(PyObject *module, PyObject *callback)
{
    module_state *state = state_of_module(module);
    if (callback == Py_None)
        callback = NULL;
    if (callback && !PyCallable_Check(callback)) {
        PyErr_Format(PyExc_TypeError, "a wait callback must be callable or None, not %.200s",
                     Py_TYPE(callback)->tp_name);
        return NULL;
    }
    Py_XSETREF(state->wait_callback, Py_XNewRef(callback));
    Py_RETURN_NONE;
}

static PyObject *
get_wait_callback(PyObject *module, PyObject *Py_UNUSED(unused))
{
    PyObject *callback = state_of_module(module)->wait_callback;
    return Py_NewRef(callback ? callback : Py_None);
}

PyMethodDef green_module_methods[] = {
    {"set_wait_callback", set_wait_callback, METH_O,
     "set_wait_callback(f)\n\n"
     "Have blocking calls wait by `f(connection)`, which calls connection.poll() and waits for the "
     "descriptor until\n"
     "POLL_OK is returned; None: wait in the usual way. An exception in it closes the connection."},
    {"get_wait_callback", get_wait_callback, METH_NOARGS,
     "get_wait_callback() -> callable or None\n\nWhat set_wait_callback() was given."},
    {NULL, NULL, 0, NULL},
};
