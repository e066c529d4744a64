/* Asynchronous connections: everything advances by poll(). */
#include "conn_async.h"

#include "errors.h"
#include "green.h"
#include "repl.h"

static long
poll_answer(pq_state state)
{
    return state == PQ_READ    ? GREEN_POLL_READ
           : state == PQ_WRITE ? GREEN_POLL_WRITE
                               : GREEN_POLL_OK;
}

int
async_check_idle(connection_object *self, const char *what)
{
    if (!self->is_async || !self->async_busy)
        return 0;
    PyErr_Format(self->state->ProgrammingError,
                 "%s cannot be used while an asynchronous query is underway", what);
    return -1;
}

static pq_state
send_lock_held(connection_object *self, const char *sql)
{
    pq_state state =
        pq_query_start(&self->query, &self->session, sql, &self->async_result, PQ_COPY_LINES);
    if (state != PQ_FAILED)
        state = pq_query_step(&self->query);
    self->async_busy = state != PQ_FAILED;
    return state;
}

int
async_execute(connection_object *self, cursor_object *cursor, const char *sql)
{
    PyObject *before = NULL;
    if (conn_lock(self) < 0)
        return -1;
    /* An adapter, or another thread, may have sent a query in the meantime. */
    int answer = async_check_idle(self, "execute");
    if (answer == 0 && send_lock_held(self, sql) == PQ_FAILED)
        answer = conn_raise_lock_held(self, &self->query.error, (PyObject *)cursor);
    else if (answer == 0) {
        before = self->async_cursor;
        self->async_cursor = Py_NewRef((PyObject *)cursor);
    }
    conn_unlock(self);
    Py_XDECREF(before);
    return answer;
}

/* The query has ended: give its result to the cursor, or raise. */
static int
finish_lock_held(connection_object *self, pq_state state, PyObject *cursor)
{
    self->async_busy = 0;
    if (conn_sync_lock_held(self) < 0)
        return -1;
    if (state == PQ_FAILED)
        return cursor ? cur_raise_failed_lock_held((cursor_object *)cursor, &self->query)
                      : conn_raise_lock_held(self, &self->query.error, NULL);
    if (state == PQ_COPY_BOTH && repl_begin_lock_held(self, cursor, &self->query) < 0)
        return -1;
    int answer = cursor ? cur_take_result((cursor_object *)cursor, &self->async_result) : 0;
    pq_result_clear(&self->async_result);
    return answer;
}

static long
step_query_lock_held(connection_object *self)
{
    pq_state state = pq_query_step(&self->query);
    if (state == PQ_READ || state == PQ_WRITE)
        return poll_answer(state);
    PyObject *cursor = self->async_cursor;
    self->async_cursor = NULL;
    int answer = finish_lock_held(self, state, cursor);
    Py_XDECREF(cursor);
    return answer < 0 ? -1 : GREEN_POLL_OK;
}

static long
step_connect_lock_held(connection_object *self)
{
    pq_error error = {0};
    pq_state state = pq_connect_step(&self->session, &error);
    if (state == PQ_READ || state == PQ_WRITE)
        return poll_answer(state);
    if (state == PQ_FAILED) {
        self->closed = CONN_BROKEN;
        errors_raise(self->state, &error, &self->codec, &self->session, NULL);
        return -1;
    }
    const char *set_up;
    if (conn_ready_lock_held(self, &set_up) < 0)
        return -1;
    if (!set_up)
        return GREEN_POLL_OK;
    state = send_lock_held(self, set_up);
    if (state == PQ_FAILED)
        return conn_raise_lock_held(self, &self->query.error, NULL);
    return poll_answer(state);
}

static long
poll_lock_held(connection_object *self)
{
    if (self->status == CONN_STATUS_SETUP)
        return step_connect_lock_held(self);
    if (self->async_busy)
        return step_query_lock_held(self);
    pq_error error = {0};
    return pq_consume(&self->session, &error) < 0 ? conn_raise_lock_held(self, &error, NULL)
                                                  : GREEN_POLL_OK;
}

long
async_poll(connection_object *self)
{
    if (conn_lock(self) < 0)
        return -1;
    long answer = poll_lock_held(self);
    conn_unlock(self);
    conn_events(self);
    return answer;
}
