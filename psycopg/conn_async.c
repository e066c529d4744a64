/* Asynchronous connections: everything advances by poll(). */
#include "conn_async.h"

#include "conn_hook.h"
#include "errors.h"
#include "green.h"
#include "note.h"
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
        return conn_check_no_stream(self);
    PyErr_Format(self->state->ProgrammingError,
                 "%s cannot be used while an asynchronous query is underway", what);
    note_add(
        "call poll() of the connection until it returns POLL_OK, as extras.wait_select() does");
    return -1;
}

static pq_state
send_lock_held(connection_object *self, const char *sql)
{
    pq_state state = pq_query_start(&self->query, &self->session, sql, &self->async_result);
    if (state != PQ_FAILED)
        state = pq_query_step(&self->query);
    self->async_busy = state != PQ_FAILED;
    return state;
}

/* Ask for the end of `sql` to be told. 0 or -1. */
static int
watch(connection_object *self, const char *sql)
{
    conn_hook_drop(&self->async_hook);
    conn_hook_begin(&self->async_hook, self);
    if (!self->async_hook.function)
        return 0;
    Py_XSETREF(self->async_query, PyBytes_FromString(sql));
    return self->async_query ? 0 : -1;
}

/* It has ended, with the exception that is set. 0 or -1. */
static int
tell(connection_object *self, cursor_object *cursor)
{
    int64_t rowcount = cursor && !PyErr_Occurred() ? cursor->rowcount : -1;
    conn_hook hook = self->async_hook;
    PyObject *query = self->async_query;
    if (!hook.function)
        return PyErr_Occurred() ? -1 : 0;
    self->async_hook.function = self->async_query = NULL;
    int answer = conn_hook_end(&hook, self, query, rowcount);
    Py_DECREF(query);
    return answer;
}

int
async_execute(connection_object *self, cursor_object *cursor, const char *sql)
{
    /* The query does not keep its cursor alive: a program that drops it is told by poll(). */
    PyObject *ref = PyWeakref_NewRef((PyObject *)cursor, NULL);
    if (!ref || conn_lock(self) < 0) {
        Py_XDECREF(ref);
        return -1;
    }
    /* An adapter, or another thread, may have sent a query in the meantime. */
    int answer = async_check_idle(self, "execute"), sent = answer == 0;
    if (answer == 0 && watch(self, sql) < 0)
        answer = -1;
    else if (answer == 0 && send_lock_held(self, sql) == PQ_FAILED)
        answer = conn_raise_lock_held(self, &self->query.error, (PyObject *)cursor);
    else if (answer == 0) {
        PyObject *old = self->async_cursor;
        self->async_cursor = ref;
        ref = old;
    }
    conn_unlock(self);
    Py_XDECREF(ref);
    return sent && answer < 0 ? tell(self, cursor) : answer;
}

/* The query has ended: its error, or what has to be known of the server after it. */
static int
finish_lock_held(connection_object *self, pq_state state, cursor_object *cursor)
{
    if (conn_sync_lock_held(self) < 0)
        return -1;
    if (state == PQ_FAILED)
        return cursor ? cur_raise_failed_lock_held(cursor, &self->query)
                      : conn_raise_lock_held(self, &self->query.error, NULL);
    return state == PQ_COPY_BOTH ? repl_begin_lock_held(self, (PyObject *)cursor, &self->query) : 0;
}

/* What a step that ended a query leaves for when the session is given back. */
typedef struct {
    PyObject *ref;    /* to the cursor; NULL: the statement was the connection's own */
    PyObject *cursor; /* NULL: it is gone */
    pq_result result;
} async_end;

static long
step_query_lock_held(connection_object *self, async_end *end)
{
    pq_state state = pq_query_step(&self->query);
    if (state == PQ_READ || state == PQ_WRITE)
        return poll_answer(state);
    self->async_busy = 0;
    end->ref = self->async_cursor;
    self->async_cursor = NULL;
    end->cursor = end->ref ? compat_weakref_get(end->ref) : NULL;
    end->result = self->async_result;
    pq_result_init(&self->async_result);
    return finish_lock_held(self, state, (cursor_object *)end->cursor) < 0 ? -1 : GREEN_POLL_OK;
}

/* Give the result to the cursor. */
static int
hand_over(connection_object *self, async_end *end)
{
    if (end->cursor)
        return cur_take_result((cursor_object *)end->cursor, &end->result, NULL);
    if (!end->ref)
        return 0;
    PyErr_SetString(self->state->InterfaceError, "the asynchronous cursor has disappeared");
    return -1;
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
poll_lock_held(connection_object *self, async_end *end)
{
    if (self->status == CONN_STATUS_SETUP)
        return step_connect_lock_held(self);
    if (self->async_busy)
        return step_query_lock_held(self, end);
    pq_error error = {0};
    return pq_consume(&self->session, &error) < 0 ? conn_raise_lock_held(self, &error, NULL)
                                                  : GREEN_POLL_OK;
}

long
async_poll(connection_object *self)
{
    async_end end = {0};
    pq_result_init(&end.result);
    if (conn_lock(self) < 0)
        return -1;
    int busy = self->async_busy;
    long answer = poll_lock_held(self, &end);
    int ended = busy && !self->async_busy;
    conn_unlock(self);
    conn_events(self);
    if (answer == GREEN_POLL_OK && hand_over(self, &end) < 0)
        answer = -1;
    else if (answer < 0 && end.cursor)
        cur_reset_for_error((cursor_object *)end.cursor);
    if (ended && self->async_hook.function && tell(self, (cursor_object *)end.cursor) < 0)
        answer = -1;
    pq_result_clear(&end.result);
    Py_XDECREF(end.cursor);
    Py_XDECREF(end.ref);
    return answer;
}
