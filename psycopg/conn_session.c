/* The session and the transaction of a connection: who may use it, waiting, signals, BEGIN, COMMIT,
 * close. */
#include "conn.h"

#include "conn_hook.h"
#include "conn_pipeline.h"
#include "errors.h"
#include "green.h"
#include "note.h"
#include "notify.h"

#include <stdlib.h>

/* How long a cancel request may take, ms, before the connection is given up. */
enum { CANCEL_TIMEOUT = 5000 };
/* How long, us, one query may wait for the GIL to do something meanwhile, and one part of its time
 * more. Then other threads want it, and to wait would hold up the reading. */
enum { MOST_FOR_GIL = 2000, PART_FOR_GIL = 16 };
/* connection.notices keeps this many. */
enum { NOTICES_KEPT = 50 };

int
conn_check_open(connection_object *self)
{
    int open = self->session_ready && self->closed == CONN_OPEN && self->session.pg;
    if (open && !pq_forked(&self->session))
        return 0;
    PyErr_SetString(self->state->InterfaceError,
                    open ? "the connection was made by another process, which forked this one: a "
                           "child must make its own"
                         : "connection already closed");
    if (self->closed == CONN_BROKEN)
        note_add("the connection was lost: the program has to make another");
    return -1;
}

int
conn_check_sync(connection_object *self, const char *what)
{
    if (!self->is_async)
        return 0;
    PyErr_Format(self->state->ProgrammingError, "%s cannot be used in asynchronous mode", what);
    return -1;
}

int
conn_check_no_tpc(connection_object *self, const char *what)
{
    if (!self->tpc_xid)
        return 0;
    PyErr_Format(self->state->ProgrammingError, "%s cannot be used during a two-phase transaction",
                 what);
    return -1;
}

int
conn_check_not_prepared(connection_object *self, const char *what)
{
    if (self->status != CONN_STATUS_PREPARED)
        return 0;
    PyErr_Format(self->state->ProgrammingError,
                 "%s cannot be used with a prepared two-phase transaction", what);
    return -1;
}

int
conn_check_idle(connection_object *self, const char *what)
{
    if (self->status == CONN_STATUS_READY)
        return 0;
    PyErr_Format(self->state->ProgrammingError, "%s cannot be used inside a transaction", what);
    note_add("call commit() or rollback() before it: every statement, a SELECT too, begins a "
             "transaction where there is none, unless connection.autocommit is set");
    return -1;
}

/* Wait for the session. 0: taken; 1: this thread has it already; -1: an exception. */
static int
acquire(connection_object *self)
{
    if (conn_pipeline_yield(self) < 0)
        return -1;
    int got = pq_acquire(&self->session, 0);
    while (got == 1) {
        Py_BEGIN_ALLOW_THREADS;
        got = pq_acquire(&self->session, PQ_SLICE);
        Py_END_ALLOW_THREADS;
        if (got == 1 && (PyErr_CheckSignals() < 0 || conn_pipeline_yield(self) < 0))
            return -1;
        if (got == 1 && pq_forked(&self->session))  // by a signal handler
            return conn_check_open(self);           // who has it is not in this process: refused
    }
    return got < 0;
}

static int
raise_busy(connection_object *self)
{
    PyErr_SetString(
        self->state->ProgrammingError,
        green_enabled(self)
            ? "a single connection cannot be used by two greenlets at the same time"
            : "the connection is busy: it cannot be used from a callback of its own operation");
    return -1;
}

int
conn_lock_stream(connection_object *self)
{
    if (conn_check_open(self) < 0)
        return -1;
    int got = acquire(self);
    if (got != 0)
        return got < 0 ? -1 : raise_busy(self);
    if (conn_check_open(self) < 0) {  // another thread may have closed it in the meantime
        pq_release(&self->session);
        return -1;
    }
    return 0;
}

int
conn_check_no_stream(connection_object *self)
{
    if (!self->streaming)
        return 0;
    PyErr_SetString(self->state->ProgrammingError,
                    "the connection is busy with a stream of rows: read it to its end, or close "
                    "it");
    return -1;
}

int
conn_lock(connection_object *self)
{
    if (conn_check_no_stream(self) < 0 || conn_lock_stream(self) < 0)
        return -1;
    if (conn_check_no_stream(self) < 0) {  // another thread began one in the meantime
        pq_release(&self->session);
        return -1;
    }
    return 0;
}

void
conn_unlock(connection_object *self)
{
    pq_release(&self->session);
}

int
conn_lock_to_look(connection_object *self)
{
    if (!self->session_ready || pq_forked(&self->session))
        return 0;
    if (conn_pipeline_yield(self) < 0)
        return -1;
    switch (pq_acquire(&self->session, 0)) {
    case 0:
        return 1;
    case -1:
        return 0;
    default:
        return acquire(self) < 0 ? -1 : 1;
    }
}

void
conn_unlock_looked(connection_object *self, int looked)
{
    if (looked > 0)
        conn_unlock(self);
}

void
conn_hang_up_lock_held(connection_object *self)
{
    /* Who has the GIL finds a connection that lives, or none. Closing may wait for the network:
     * not with the GIL. */
    PyObject *exc = compat_err_take();
    PGconn *pg = pq_take(&self->session);
    Py_BEGIN_ALLOW_THREADS;
    pq_finish(&self->session, pg);
    Py_END_ALLOW_THREADS;
    compat_err_restore(exc);
}

static void
note_loss(connection_object *self)
{
    if (self->closed == CONN_OPEN && pq_broken(&self->session))
        self->closed = CONN_BROKEN;
}

int
conn_raise_lock_held(connection_object *self, pq_error *error, PyObject *cursor)
{
    note_loss(self);
    errors_raise(self->state, error, &self->codec, &self->session, cursor);
    return -1;
}

/* Read what is left of a query that was cancelled. -1: a signal handler raised again, or the
 * connection is lost. */
static int
drain(connection_object *self, pq_query *query, int copying)
{
    for (;;) {
        pq_state state;
        Py_BEGIN_ALLOW_THREADS;
        state = pq_query_discard(query, &copying);
        Py_END_ALLOW_THREADS;
        if (state != PQ_INTERRUPTED)
            return pq_broken(&self->session) ? -1 : 0;
        if (PyErr_CheckSignals() < 0) {
            PyErr_Clear();
            return -1;
        }
    }
}

void
conn_abandon_lock_held(connection_object *self, pq_query *query, int copying)
{
    PyObject *exc = compat_err_take();
    char text[256];
    int cancelled = -1;
    if (conn_check_open(self) < 0)
        PyErr_Clear();  // nothing to cancel: it was closed, or a callback forked
    else {
        pq_cancel *cancel = pq_cancel_new(&self->session);
        Py_BEGIN_ALLOW_THREADS;
        cancelled = pq_cancel_run(cancel, CANCEL_TIMEOUT, text, sizeof text);
        Py_END_ALLOW_THREADS;
    }
    if (cancelled < 0 || drain(self, query, copying) < 0) {
        self->closed = CONN_BROKEN;
        conn_hang_up_lock_held(self);
    }
    pq_error_clear(&query->error);
    pq_result_clear(query->result);
    compat_err_restore(exc);
}

/* Send `query` unless it was, and wait for its end here, with a look at the signals now and then.
 */
static pq_state
run_blocking(connection_object *self, pq_query *query, conn_meanwhile meanwhile, void *data)
{
    int64_t first = 0, asked = 0, waited = 0;
    query->meanwhile = meanwhile != NULL;
    for (;;) {
        pq_state state;
        int failed;
        Py_BEGIN_ALLOW_THREADS;
        state = pq_query_send(query);
        if (state != PQ_FAILED)
            state = pq_query_run(query);
        if (state == PQ_ROWS)
            asked = pq_now_us(CLOCK_MONOTONIC);
        Py_END_ALLOW_THREADS;
        if (state == PQ_ROWS && query->meanwhile) {
            first = first ? first : asked;
            waited += pq_now_us(CLOCK_MONOTONIC) - asked;
            query->meanwhile = waited < MOST_FOR_GIL + (asked - first) / PART_FOR_GIL;
            failed = query->meanwhile && meanwhile(data) < 0;
        } else if (state == PQ_INTERRUPTED) {
            failed = PyErr_CheckSignals() < 0;
        } else {
            return state;
        }
        if (failed) {
            conn_abandon_lock_held(self, query, 0);
            return PQ_INTERRUPTED;
        }
    }
}

pq_state
conn_run_meanwhile_lock_held(connection_object *self, pq_query *query, conn_meanwhile meanwhile,
                             void *data)
{
    pq_state state = PQ_WRITE;
    if (green_enabled(self)) {
        state = pq_query_send(query);  // what it is may not last as long as the callback
        if (state != PQ_FAILED)
            state = green_run_lock_held(self, query);
    }
    if (state == PQ_READ || state == PQ_WRITE)
        state = run_blocking(self, query, meanwhile, data);
    if ((state == PQ_OK || state == PQ_FAILED) && conn_sync_lock_held(self) < 0) {
        pq_error_clear(&query->error);
        return PQ_INTERRUPTED;
    }
    return state;
}

pq_state
conn_run_lock_held(connection_object *self, pq_query *query)
{
    return conn_run_meanwhile_lock_held(self, query, NULL, NULL);
}

/* Wait; where `query` is given, for its answer. 0 or -1. */
static int
wait_lock_held(connection_object *self, pq_query *query, pq_state want)
{
    pq_state state;
    do {
        Py_BEGIN_ALLOW_THREADS;
        state = query ? pq_query_wait(query, want) : pq_wait(&self->session, want, PQ_SLICE);
        Py_END_ALLOW_THREADS;
        if (state == PQ_INTERRUPTED && PyErr_CheckSignals() < 0)
            return -1;
    } while (state == PQ_INTERRUPTED);
    return 0;
}

int
conn_wait_lock_held(connection_object *self, pq_state want)
{
    if (green_enabled(self) && green_wait_lock_held(self, want) < 0)
        return -1;
    return wait_lock_held(self, NULL, want);
}

int
conn_wait_answer_lock_held(connection_object *self, pq_query *query)
{
    if (green_enabled(self))
        return conn_wait_lock_held(self, PQ_READ);
    return wait_lock_held(self, query, PQ_READ);
}

/* Run a query that was begun, as `state` tells. */
static int
run_begun(connection_object *self, pq_query *query, pq_state state, PyObject *cursor)
{
    if (state != PQ_FAILED)
        state = conn_run_lock_held(self, query);
    if (query->pipelined)
        (void)conn_note_begun(self, query);
    if (state == PQ_FAILED)
        return conn_raise_lock_held(self, &query->error, cursor);
    return state == PQ_INTERRUPTED ? -1 : 0;
}

int
conn_exec_lock_held(connection_object *self, const char *sql, pq_result *result, PyObject *cursor)
{
    pq_query query;
    pq_result unwanted;
    pq_result_init(&unwanted);
    pq_state state = pq_query_begin(&query, &self->session, sql, result ? result : &unwanted);
    int answer = run_begun(self, &query, state, cursor);
    pq_result_clear(&unwanted);
    return answer;
}

int
conn_exec_begun_lock_held(connection_object *self, const char *sql, pq_result *result,
                          PyObject *cursor)
{
    pq_query query;
    pq_state state = pq_query_begin(&query, &self->session, sql, result);
    if (state != PQ_FAILED && conn_begin_for_lock_held(self, &query, conn_is_extended(self)) < 0)
        return -1;
    return run_begun(self, &query, state, cursor);
}

int
conn_exec(connection_object *self, const char *sql, pq_result *result, PyObject *cursor)
{
    if (conn_lock(self) < 0)
        return -1;
    int answer = conn_exec_lock_held(self, sql, result, cursor);
    conn_unlock(self);
    conn_events(self);
    return answer;
}

int
conn_needs_begin(const connection_object *self)
{
    return (!self->autocommit || self->in_with) && self->status == CONN_STATUS_READY;
}

int
conn_note_begun(connection_object *self, const pq_query *query)
{
    /* Where libpq had no memory for the answer to BEGIN, it still knows what the server is in. */
    PGTransactionStatusType server = PQtransactionStatus(self->session.pg);
    int begun = (query->done && query->failed != 0) || server == PQTRANS_INTRANS ||
                server == PQTRANS_INERROR;
    if (begun)
        self->status = CONN_STATUS_BEGIN;
    return begun;
}

int
conn_begin_lock_held(connection_object *self)
{
    char sql[128];
    if (!conn_needs_begin(self))
        return 0;
    conn_begin_text(self, sql, sizeof sql);
    if (conn_exec_lock_held(self, sql, NULL, NULL) < 0)
        return -1;
    self->status = CONN_STATUS_BEGIN;
    return 0;
}

int
conn_begin_for_lock_held(connection_object *self, pq_query *query, int together)
{
    if (together < 0 || !conn_needs_begin(self))
        return together < 0 ? -1 : 0;
    if (!together)
        return conn_begin_lock_held(self);
    conn_begin_text(self, query->begin, sizeof query->begin);
    return 0;
}

static int
end_transaction(connection_object *self, const char *sql)
{
    if (conn_lock(self) < 0)
        return -1;
    int answer = 0;
    conn_hook hook = {NULL, 0};
    if (self->status == CONN_STATUS_BEGIN) {
        conn_hook_begin(&hook, self);
        self->mark++;
        Py_CLEAR(self->tpc_xid);
        answer = conn_exec_lock_held(self, sql, NULL, NULL);
        /* A COMMIT that the server refuses has ended the transaction all the same; whether it did
         * is told by its own state. */
        if (answer == 0 || self->closed != CONN_OPEN ||
            (self->session.pg && PQtransactionStatus(self->session.pg) == PQTRANS_IDLE))
            self->status = CONN_STATUS_READY;
    }
    conn_unlock(self);
    conn_events(self);
    return conn_hook_end_text(&hook, self, sql, -1) < 0 ? -1 : answer;
}

int
conn_commit(connection_object *self)
{
    return end_transaction(self, "COMMIT");
}

int
conn_rollback(connection_object *self)
{
    return end_transaction(self, "ROLLBACK");
}

int
conn_close(connection_object *self)
{
    int got = 1;
    if (self->session_ready && self->session.pg && !pq_forked(&self->session)) {
        got = acquire(self);
        if (got != 0 && (got < 0 || self->closed == CONN_OPEN))
            return got < 0 ? -1 : raise_busy(self);
    }
    self->closed = CONN_CLOSED;
    self->streaming = NULL;
    conn_hang_up_lock_held(self);
    self->async_busy = 0;
    pq_error_clear(&self->query.error);
    pq_result_clear(&self->async_result);
    if (got == 0)
        conn_unlock(self);
    Py_CLEAR(self->async_cursor);
    return 0;
}

/* Append to connection.notices or .notifies, which may be any object with append(); its errors are
 * swallowed. Steals `item`, which may be NULL with an exception. */
static void
hand_over(PyObject *to, PyObject *item)
{
    if (item && to && PyList_CheckExact(to))
        (void)PyList_Append(to, item);
    else if (item && to && to != Py_None)
        Py_XDECREF(PyObject_CallMethod(to, "append", "O", item));
    Py_XDECREF(item);
    PyErr_Clear();
}

static void
hand_over_notices(connection_object *self)
{
    pq_notice *notices = pq_take_notices(&self->session);
    if (!notices)
        return;
    PyObject *to = Py_XNewRef(self->notices);
    while (notices) {
        pq_notice *next = notices->next;
        hand_over(to, text_decode(&self->codec, self->state, notices->text,
                                  (Py_ssize_t)strlen(notices->text)));
        free(notices);
        notices = next;
    }
    if (to && PyList_CheckExact(to) && PyList_GET_SIZE(to) > NOTICES_KEPT &&
        PyList_SetSlice(to, 0, PyList_GET_SIZE(to) - NOTICES_KEPT, NULL) < 0)
        PyErr_Clear();
    Py_XDECREF(to);
}

static void
hand_over_notifies(connection_object *self)
{
    pq_notify *notifies = pq_take_notifies(&self->session);
    if (!notifies)
        return;
    PyObject *to = Py_XNewRef(self->notifies);
    while (notifies) {
        pq_notify *next = notifies->next;
        hand_over(to, notify_new(self->state, &self->codec, notifies->notify->be_pid,
                                 notifies->notify->relname, notifies->notify->extra));
        pq_notify_free(notifies);
        notifies = next;
    }
    Py_XDECREF(to);
}

void
conn_events(connection_object *self)
{
    if (pq_forked(&self->session) || !pq_has_events(&self->session))
        return;
    PyObject *exc = compat_err_take();
    hand_over_notices(self);
    hand_over_notifies(self);
    compat_err_restore(exc);
}
