#include "conn_pipeline.h"

#include "errors.h"
#include "oids.h"

#include <string.h>

/* What a trial is made in. */
#define SAVEPOINT "psycopg2_trial"

/* Send when so much has gathered: the server works on it while the next rows are made. Rows that
 * come slowly do not wait for others: PIECE_TIME us after the last time that something was sent. */
enum { PIECE_BYTES = 1 << 15, PIECE_TIME = 10000 };

conn_pipeline *
conn_pipeline_new(connection_object *conn, PyObject *cursor)
{
    conn_pipeline *self = PyMem_Calloc(1, sizeof *self);
    if (!self) {
        PyErr_NoMemory();
        return NULL;
    }
    self->refs = 1;
    self->conn = conn;
    self->cursor = cursor;
    self->most = PIPELINE_MOST;
    pq_result_init(&self->result);
    return self;
}

void
conn_pipeline_release(conn_pipeline *self)
{
    if (!self || --self->refs > 0)
        return;
    pq_result_clear(&self->result);
    Py_XDECREF(self->refused);
    Py_XDECREF(self->exc);
    PyMem_Free(self);
}

/* Let go of commands that were answered. To do so may run code of the program's, which may want the
 * connection, so that the pipeline ends here. */
static void
land(conn_pipeline *self)
{
    unsigned until = self->query.done;
    while (self->entered && self->landed != until) {
        PyObject **place = &self->flying[self->landed++ % PIPELINE_ROOM], *what = *place;
        *place = NULL;
        Py_XDECREF(what);
    }
}

/* The same for all, when the pipeline is no more. */
static void
land_all(PyObject **flying)
{
    for (int i = 0; flying && i < PIPELINE_ROOM; i++)
        Py_XDECREF(flying[i]);
    PyMem_Free(flying);
}

static int
raise_failed(conn_pipeline *self)
{
    return conn_raise_lock_held(self->conn, &self->query.error, self->cursor);
}

/* What the server has refused; or else what it owes the first answer for, where the connection was
 * lost, or a signal came: who waits for each is told so of that. */
static void
take_refused(conn_pipeline *self)
{
    unsigned at = self->query.failed;
    if (at == PQ_PIPELINE_NONE)
        at = self->failed ? self->query.done : self->query.sent;
    for (; at - self->landed < self->query.sent - self->landed && !self->refused; at++) {
        PyObject **refused = &self->flying[at % PIPELINE_ROOM];
        self->refused = *refused;
        *refused = NULL;
    }
}

/* The pipeline is no more; an exception that is set is kept. */
static void
leave(conn_pipeline *self)
{
    PyObject *exc = compat_err_take();
    connection_object *conn = self->conn;
    self->total += self->query.total;
    PyObject **flying = self->flying;
    take_refused(self);
    self->flying = NULL;
    self->entered = self->moving = 0;
    conn->pipeline = NULL;
    conn_unlock(conn);  // from here on it may be entered anew
    land_all(flying);
    conn_events(conn);
    compat_err_restore(exc);
}

/* Nothing more is to be sent: run it to its end. */
static int
finish(conn_pipeline *self)
{
    self->moving = 1;
    pq_state state = pq_pipeline_end(&self->query);
    if (state != PQ_FAILED)
        state = conn_run_lock_held(self->conn, &self->query);
    if (state == PQ_FAILED)
        raise_failed(self);
    self->failed |= state != PQ_OK;
    leave(self);
    return state == PQ_OK ? 0 : -1;
}

int
conn_pipeline_finish(conn_pipeline *self)
{
    /* Another thread may be finishing it, who wants the connection. */
    if (self->entered && self->moving) {
        PyObject *exc = compat_err_take();
        int got = conn_lock_to_look(self->conn);
        conn_unlock_looked(self->conn, got);
        if (got < 0 && exc)
            PyErr_Clear();
        if (exc)
            compat_err_restore(exc);
        if (got < 0)
            return -1;
    }
    int answer = self->entered ? finish(self) : 0;
    if (!self->exc)
        return answer;
    PyErr_Clear();
    compat_err_restore(Py_NewRef(self->exc));
    return -1;
}

int
conn_pipeline_yield(connection_object *conn)
{
    conn_pipeline *self = conn->pipeline;
    if (!self || self->moving || pq_forked(&conn->session))
        return 0;
    PyObject *exc = compat_err_take();
    int ours = pq_adopt(&conn->session);
    self->refs++;
    self->yields++;
    int answer = finish(self);
    if (answer < 0)
        self->exc = compat_err_take();
    if (answer < 0 && ours)
        Py_XSETREF(exc, Py_NewRef(self->exc));
    compat_err_restore(exc);
    conn_pipeline_release(self);
    return ours ? answer : 0;
}

int
conn_pipeline_settle(connection_object *conn)
{
    return conn->pipeline && pq_is_ours(&conn->session) ? conn_pipeline_yield(conn) : 0;
}

/* Nothing has gathered. */
static void
begin_piece(conn_pipeline *self)
{
    self->pieced = 0;
    self->bytes = 0;
    self->moved = pq_now_us(CLOCK_MONOTONIC);
}

/* Send what has gathered. Where too much is unanswered, wait until half of it is not: a wait for
 * each piece would have the server stop as often. */
static int
push(conn_pipeline *self)
{
    unsigned flying = self->query.sent - self->query.done;
    unsigned most = flying > self->most ? self->most / 2 : self->most;
    for (;;) {
        pq_state state;
        Py_BEGIN_ALLOW_THREADS;
        state = pq_pipeline_push(&self->query, most);
        Py_END_ALLOW_THREADS;
        if (state == PQ_OK || state == PQ_FAILED)
            return state == PQ_OK ? 0 : -1;
        if (conn_wait_lock_held(self->conn, state) < 0)
            return -1;
    }
}

/* A signal handler or the wait callback raised: nothing more is to happen on the server. */
static void
abandon(conn_pipeline *self)
{
    connection_object *conn = self->conn;
    self->failed = 1;
    if (!conn->session.pg)
        pq_error_clear(&self->query.error);  // the callback's exception has closed it
    else if (pq_pipeline_end(&self->query) != PQ_FAILED)
        conn_abandon_lock_held(conn, &self->query, 0);
    else {
        pq_error_clear(&self->query.error);
        conn->closed = CONN_BROKEN;
        conn_hang_up_lock_held(conn);
    }
    leave(self);
}

int
conn_pipeline_added(conn_pipeline *self, pq_state state, PyObject *what, size_t bytes)
{
    if (state == PQ_FAILED) {
        Py_XDECREF(what);
        raise_failed(self);
        self->failed = 1;
        leave(self);
        return -1;
    }
    self->flying[(self->query.sent - 1) % PIPELINE_ROOM] = what;
    self->bytes += bytes;
    if (++self->pieced < PIPELINE_PIECE && self->bytes < PIECE_BYTES &&
        pq_now_us(CLOCK_MONOTONIC) - self->moved < PIECE_TIME)
        return 0;
    self->moving = 1;
    int answer = push(self);
    begin_piece(self);
    if (answer == 0) {
        self->moving = 0;
        land(self);
        return 0;
    }
    if (PyErr_Occurred()) {
        abandon(self);
        return -1;
    }
    return finish(self) < 0 ? -1 : 0;
}

/* -- trials
 * ------------------------------------------------------------------------------------------------
 */

/* Rules other than of views that were made since the database was. */
#define ANY_RULE "SELECT 1 FROM pg_catalog.pg_rewrite WHERE ev_type <> '1' AND oid >= 16384 LIMIT 1"

static pq_state
send_trial(conn_pipeline *self, const conn_trial *trial, const char *begin)
{
    pq_query *query = &self->query;
    pq_state state = pq_pipeline_enter(query, &self->conn->session, &self->result);
    if (state == PQ_OK && begin)
        state = pq_pipeline_statement(query, begin);
    if (state == PQ_OK)
        state = pq_pipeline_statement(query, "SAVEPOINT " SAVEPOINT);
    if (state == PQ_OK && trial->writes)
        state = pq_pipeline_statement(query, ANY_RULE);
    if (state == PQ_OK && trial->sql)
        state = pq_pipeline_parse(query, trial->sql, trial->count, trial->types);
    if (state == PQ_OK && trial->sql)
        state = pq_pipeline_describe(query);
    return state == PQ_OK ? pq_pipeline_end(query) : state;
}

/* A refusal that is no verdict on the statement: the same would have ended it as it was composed.
 * Where it tells of a place in the statement, that is asked, to show its own text. */
static int
is_passing(const pq_error *error)
{
    static const char *const classes[] = {"40", "53", "55", "57", "58", "XX"};
    const char *code = PQresultErrorField(error->result, PG_DIAG_SQLSTATE);
    if (PQresultErrorField(error->result, PG_DIAG_STATEMENT_POSITION))
        return 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (!code || !strncmp(code, classes[i], 2))
            return 1;
    }
    return 0;
}

/* What the answers to a trial come to. */
static int
is_accepted(const conn_pipeline *self, conn_trial *trial)
{
    if (self->query.returned)  // by ANY_RULE
        return 0;
    for (int i = 0; trial->sql && i < trial->count; i++) {
        uint32_t type = pq_pipeline_type(&self->query, i);
        /* How a type of somebody's own reads its input is not known. */
        if (!type || type >= OID_FIRST_OWN || (trial->types[i] && trial->types[i] != type))
            return 0;
        trial->types[i] = type;
    }
    return 1;
}

static int
try_lock_held(conn_pipeline *self, conn_trial *trial)
{
    connection_object *conn = self->conn;
    pq_query *query = &self->query;
    char begin[128];
    int begins = conn_needs_begin(conn);
    if (begins)
        conn_begin_text(conn, begin, sizeof begin);
    pq_state state = send_trial(self, trial, begins ? begin : NULL);
    if (state != PQ_FAILED)
        state = conn_run_lock_held(conn, query);
    if (begins)
        conn_note_begun(conn, query);
    if (state == PQ_INTERRUPTED)
        return -1;
    if (state == PQ_FAILED && (query->failed < 1 + (unsigned)begins || is_passing(&query->error))) {
        self->failed = 1;
        return raise_failed(self);
    }
    int accepted = state == PQ_OK && is_accepted(self, trial);
    pq_error_clear(&query->error);
    if (!accepted && conn_exec_lock_held(
                         conn, "ROLLBACK TO SAVEPOINT " SAVEPOINT "; RELEASE SAVEPOINT " SAVEPOINT,
                         NULL, self->cursor) < 0)
        return -1;
    return accepted;
}

/* -- entering
 * ------------------------------------------------------------------------------------------------
 */

int
conn_is_extended(connection_object *conn)
{
    if (conn->simple)
        return conn->simple < 0;
    PQconninfoOption *options = PQconninfo(conn->session.pg);
    if (!options) {
        PyErr_NoMemory();
        return -1;
    }
    conn->simple = -1;
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        if (!strcmp(option->keyword, "replication") && option->val && *option->val)
            conn->simple = 1;  // "false" among them: who writes that gains nothing
    }
    PQconninfoFree(options);
    return conn->simple < 0;
}

static int
enter_lock_held(conn_pipeline *self, int tried)
{
    self->flying = PyMem_Calloc(PIPELINE_ROOM, sizeof *self->flying);
    if (!self->flying) {
        PyErr_NoMemory();
        return -1;
    }
    pq_state state = pq_pipeline_enter(&self->query, &self->conn->session, &self->result);
    if (state == PQ_OK && tried)
        state = pq_pipeline_statement(&self->query, "RELEASE SAVEPOINT " SAVEPOINT);
    if (state == PQ_FAILED) {
        PyMem_Free(self->flying);
        self->flying = NULL;
        return raise_failed(self);
    }
    self->landed = 0;
    begin_piece(self);
    self->entered = 1;
    self->conn->pipeline = self;
    return 1;
}

int
conn_pipeline_may_open(const conn_pipeline *self)
{
    PGconn *pg = pq_look(&self->conn->session);
    return self->entered || conn_needs_begin(self->conn) ||
           PQtransactionStatus(pg) == PQTRANS_INTRANS;
}

static int
open_lock_held(conn_pipeline *self, conn_trial *trial)
{
    connection_object *conn = self->conn;
    int can = conn_is_extended(conn);
    if (can <= 0)
        return can;
    if (!conn_pipeline_may_open(self))
        return 0;
    if (trial)
        can = try_lock_held(self, trial);
    else if (conn_begin_lock_held(conn) < 0)
        return -1;
    return can > 0 ? enter_lock_held(self, trial != NULL) : can;
}

int
conn_pipeline_open(conn_pipeline *self, conn_trial *trial)
{
    if (conn_lock(self->conn) < 0)
        return -1;
    int answer = open_lock_held(self, trial);
    if (answer > 0)
        return answer;
    conn_unlock(self->conn);
    conn_events(self->conn);
    return answer;
}
