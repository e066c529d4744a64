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

/* A query while its greenlet is switched out. Not on the C stack: another greenlet's may lie there
 * when connection.poll() is called. */
typedef struct {
    pq_query query;
    pq_result result;
} green_job;

pq_state
green_run_lock_held(connection_object *self, pq_query *query)
{
    pq_result *result = query->result;
    green_job *job = PyMem_Malloc(sizeof *job);
    if (!job) {
        PyErr_NoMemory();
        conn_abandon_lock_held(self, query, 0);
        return PQ_INTERRUPTED;
    }
    job->query = *query;
    job->result = *result;
    job->query.result = &job->result;
    self->running = &job->query;
    self->running_state = PQ_WRITE;
    int answer = call_back(self);
    self->running = NULL;
    *query = job->query;
    query->result = result;
    *result = job->result;
    PyMem_Free(job);
    if (answer == 0)
        return self->running_state;
    pq_error_clear(&query->error);
    pq_result_clear(result);
    return PQ_INTERRUPTED;
}

pq_state
green_connect_lock_held(connection_object *self, const char *dsn)
{
    pq_error *error = &self->query.error;
    self->closed = CONN_OPEN;
    self->status = CONN_STATUS_SETUP;
    self->running_state = pq_connect_start(&self->session, dsn, error);
    if (self->running_state == PQ_FAILED || call_back(self) == 0)
        return self->running_state;
    pq_error_clear(error);
    return PQ_INTERRUPTED;
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
    int going = self->running_state == PQ_READ || self->running_state == PQ_WRITE;
    if (!self->is_async && self->status == CONN_STATUS_SETUP) {
        if (going)
            self->running_state = pq_connect_step(&self->session, &self->query.error);
        return poll_answer(self->running_state);
    }
    if (self->running) {
        if (going)
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
     "set_wait_callback(f, /)\n--\n\n"
     "Have blocking calls wait by ``f(connection)``, which calls `connection.poll()` and waits "
     "for\n"
     "the socket until that returns POLL_OK. None: wait in the usual way. An exception in *f* "
     "comes\n"
     "out of the call, and closes the connection. `wait_select()` is such a function.\n\n"
     "Raises `TypeError` where *f* cannot be called."},
    {"get_wait_callback", get_wait_callback, METH_NOARGS,
     "get_wait_callback()\n--\n\nWhat `set_wait_callback()` was given, or None."},
    {NULL, NULL, 0, NULL},
};
