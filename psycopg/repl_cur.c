/* psycopg2.extensions.ReplicationCursor: reads the stream and tells the server how far it has come.
 *
 * The state of the stream is the session's, so every cursor of the connection can read it. The
 * session is held for one step at a time, not while waiting: other threads may send feedback, or
 * close the connection, while consume_stream() waits. */
#include "repl.h"

#include "compose.h"
#include "conn_async.h"
#include "errors.h"
#include "green.h"

#include <string.h>

enum { USUAL_INTERVAL = 10 }; /* status_interval, s */

/* Longer than anybody waits, and no number that overflows: a century, s. */
#define LONGEST_INTERVAL 3.2e9

/* What an output plugin writes is sent as it is, in the encoding of the database: client_encoding
 * has no part in it, unless the database has none. */
static int
find_codec(connection_object *conn, text_codec *codec)
{
    const char *name = PQparameterStatus(conn->session.pg, "server_encoding");
    if (name && strcmp(name, "SQL_ASCII") != 0 && strcmp(name, conn->codec.pg_name) != 0)
        return text_codec_init(codec, conn->state, name);
    *codec = conn->codec;
    return 0;
}

int
repl_begin_lock_held(connection_object *conn, PyObject *cursor, pq_query *query)
{
    if (cursor && PyObject_TypeCheck(cursor, (PyTypeObject *)conn->state->repl_cursor_type)) {
        repl_cursor_object *self = (repl_cursor_object *)cursor;
        int64_t interval = self->interval ? self->interval : USUAL_INTERVAL * INT64_C(1000000);
        if (find_codec(conn, &self->codec) == 0) {
            pq_stream_begin(&conn->session, interval);
            return 0;
        }
    } else
        PyErr_SetString(conn->state->ProgrammingError,
                        "a replication stream needs a replication cursor: see "
                        "extras.ReplicationCursor.start_replication()");
    conn_abandon_lock_held(conn, query, 1);
    return -1;
}

/* `seconds` in us; -1 with ProgrammingError where it is less than one, or none. */
static int64_t
interval_us(const repl_cursor_object *self, const char *name, double seconds)
{
    if (!(seconds >= 1.0)) {
        PyErr_Format(self->cur.state->ProgrammingError, "%s must be >= 1 (sec)", name);
        return -1;
    }
    return (int64_t)((seconds < LONGEST_INTERVAL ? seconds : LONGEST_INTERVAL) * 1e6);
}

static int
not_replicating(const repl_cursor_object *self, const char *what)
{
    PyErr_Format(self->cur.state->ProgrammingError,
                 "%s: not replicating, call start_replication first", what);
    return -1;
}

/* -- Starting -- */

static PyObject *
m_start_replication_expert(repl_cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"command", "decode", "status_interval", NULL};
    cursor_object *cur = &self->cur;
    PyObject *command, *sql;
    int decode = 0;
    double seconds = USUAL_INTERVAL;
    int64_t interval;
    pq_result none;
    adapt_ctx ctx;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|id", names, &command, &decode, &seconds) ||
        cur_check_open(cur) < 0 || async_check_idle(cur->conn, "start_replication_expert") < 0 ||
        (interval = interval_us(self, "status_interval", seconds)) < 0)
        return cur_failed(cur);
    conn_adapt_ctx(cur->conn, &ctx);
    sql = compose_query_bytes(&ctx, command);
    if (!sql)
        return cur_failed(cur);
    self->interval = interval;
    self->decode = decode != 0;
    pq_result_init(&none);
    /* What the cursor has where the command fails. */
    int answer = cur->conn->is_async ? 0 : cur_take_result(cur, &none, NULL);
    if (answer == 0)
        answer = cur_run(cur, PyBytes_AS_STRING(sql), 1);
    Py_DECREF(sql);
    if (answer < 0)
        return cur_failed(cur);
    Py_RETURN_NONE;
}

/* -- Reading -- */

/* What one look at the stream has brought. */
typedef struct {
    pq_message message; /* its buffer is NULL: none */
    pq_state want;      /* what to wait for, where neither a message came nor the end */
    int ended;
    pq_result result; /* of the statement that began the stream, once it has ended */
} repl_step;

static void
step_init(repl_step *self)
{
    *self = (repl_step){.want = PQ_READ};
    pq_result_init(&self->result);
}

/* After a step, with the session given back: the result of a stream that ended well is the
 * cursor's, and its end an exception, or the program would wait for what never comes. `answer`, or
 * -1. */
static int
step_done(cursor_object *cur, repl_step *self, int answer)
{
    if (answer == 0 && self->ended) {
        answer = -1;
        if (cur_take_result(cur, &self->result, NULL) == 0)
            PyErr_SetString(cur->state->DatabaseError,
                            "the server has ended the replication stream");
    }
    pq_result_clear(&self->result);
    return answer;
}

/* The stream has ended: what the server says to that. 0 or -1. */
static int
finish_lock_held(cursor_object *cur, repl_step *step)
{
    connection_object *conn = cur->conn;
    pq_query query;
    step->ended = 1;
    pq_stream_end(&conn->session, &query, &step->result);
    pq_state state = conn_run_lock_held(conn, &query);
    /* The server has ended its half; the answer to ours is the result. */
    if (state == PQ_COPY_IN) {
        state = pq_copy_in_end(&query, NULL);
        query.lost |= pq_broken(&conn->session);
        if (state == PQ_OK || query.lost)
            state = conn_run_lock_held(conn, &query);
    }
    if (state == PQ_FAILED)
        return conn_raise_lock_held(conn, &query.error, (PyObject *)cur);
    if (state == PQ_OK)
        return 0;
    if (state != PQ_INTERRUPTED) {
        PyErr_SetString(conn->state->NotSupportedError,
                        "the replication stream goes on in a way that is not known");
        conn_abandon_lock_held(conn, &query, 1);
    }
    return -1;
}

/* No message can come: the stream has ended, or one is not valid. 0 or -1. */
static int
end_lock_held(repl_cursor_object *self, repl_step *step)
{
    connection_object *conn = self->cur.conn;
    pq_stream *stream = &conn->session.stream;
    if (pq_error_is_set(&stream->error) && !stream->lost)
        return conn_raise_lock_held(conn, &stream->error, (PyObject *)self);
    return finish_lock_held(&self->cur, step);
}

/* `what` is the caller's name, for the error. 0 or -1. */
static int
step_lock_held(repl_cursor_object *self, const char *what, repl_step *step)
{
    connection_object *conn = self->cur.conn;
    if (!conn->session.stream.running)
        return not_replicating(self, what);
    Py_BEGIN_ALLOW_THREADS;
    step->want = pq_stream_read(&conn->session, &step->message);
    Py_END_ALLOW_THREADS;
    if (step->want == PQ_READ || step->want == PQ_WRITE || step->message.buffer)
        return 0;
    return end_lock_held(self, step);
}

/* Look once, without waiting. A new ReplicationMessage; NULL without an exception: none, and *step
 * says what to wait for. */
static PyObject *
read_once(repl_cursor_object *self, const char *what, repl_step *step)
{
    PyObject *message = NULL;
    step_init(step);
    if (conn_lock(self->cur.conn) < 0)
        return NULL;
    int answer = step_lock_held(self, what, step);
    conn_unlock(self->cur.conn);
    conn_events(self->cur.conn);
    if (answer == 0 && step->message.buffer)
        message = repl_message_new(self, &step->message);
    PQfreemem(step->message.buffer);
    (void)step_done(&self->cur, step, answer);
    return message;
}

static PyObject *
m_read_message(repl_cursor_object *self, PyObject *Py_UNUSED(unused))
{
    repl_step step;
    if (cur_check_open(&self->cur) < 0)
        return cur_failed(&self->cur);
    PyObject *message = read_once(self, "read_message", &step);
    if (message)
        return message;
    if (PyErr_Occurred())
        return cur_failed(&self->cur);
    Py_RETURN_NONE;
}

/* -- Consuming -- */

/* One slice of waiting for what `step` wants. 1: look again; 0: nothing has come; -1 an exception.
 * Feedback that is older than `interval` is sent anew. */
static int
wait_slice(repl_cursor_object *self, const repl_step *step, int64_t interval)
{
    connection_object *conn = self->cur.conn;
    pq_stream *stream = &conn->session.stream;
    int timeout = PQ_SLICE, failed = 0;
    pq_state state;
    if (cur_check_open(&self->cur) < 0 || conn_lock(conn) < 0)
        return -1;
    int fd = PQsocket(conn->session.pg);
    if (step->want == PQ_READ && stream->running) {
        int64_t due = pq_stream_due(&conn->session, interval);
        if (due == 0 && pq_stream_feedback(&conn->session, 0) == PQ_FAILED)
            failed = conn_raise_lock_held(conn, &stream->error, (PyObject *)self);
        timeout = due < PQ_SLICE * 1000 ? (int)(due / 1000) + (due > 0) : PQ_SLICE;
    }
    conn_unlock(conn);
    if (failed < 0)
        return -1;
    Py_BEGIN_ALLOW_THREADS;
    state = pq_wait_fd(fd, step->want, timeout);
    Py_END_ALLOW_THREADS;
    if (PyErr_CheckSignals() < 0)
        return -1;
    return state == PQ_OK || timeout == 0;
}

/* Give `message` (stolen) to the program. 0 or -1. */
static int
hand_over(PyObject *consume, PyObject *message)
{
    PyObject *answer = PyObject_CallOneArg(consume, message);
    Py_DECREF(message);
    if (!answer)
        return -1;
    Py_DECREF(answer);
    return PyErr_CheckSignals();
}

/* Call `consume` with each message, until it raises or the stream ends: an exception in any case.
 */
static void
consume_all(repl_cursor_object *self, PyObject *consume, int64_t interval)
{
    int go_on = 1;
    while (go_on) {
        repl_step step;
        if (cur_check_open(&self->cur) < 0)
            return;
        PyObject *message = read_once(self, "consume_stream", &step);
        if (message)
            go_on = hand_over(consume, message) == 0;
        else if (PyErr_Occurred())
            return;
        else {
            int ready = 0;
            while (ready == 0)
                ready = wait_slice(self, &step, interval);
            go_on = ready > 0;
        }
    }
}

/* keepalive_interval: a number of seconds, or None for the stream's own. -1 with an exception. */
static int64_t
keepalive_us(repl_cursor_object *self, PyObject *value)
{
    if (value == Py_None)
        return self->cur.conn->session.stream.interval;
    if (!PyFloat_Check(value) && !PyLong_Check(value)) {
        PyErr_SetString(self->cur.state->ProgrammingError,
                        "keepalive_interval must be int or float");
        return -1;
    }
    double seconds = PyFloat_AsDouble(value);
    if (seconds == -1.0 && PyErr_Occurred())
        return -1;
    return interval_us(self, "keepalive_interval", seconds);
}

static PyObject *
m_consume_stream(repl_cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"consume", "keepalive_interval", NULL};
    module_state *state = self->cur.state;
    PyObject *consume, *keepalive = Py_None;
    int64_t interval;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O", names, &consume, &keepalive) ||
        cur_check_open(&self->cur) < 0 || conn_check_sync(self->cur.conn, "consume_stream") < 0 ||
        (interval = keepalive_us(self, keepalive)) < 0)
        return cur_failed(&self->cur);
    if (green_enabled(self->cur.conn))
        PyErr_SetString(state->ProgrammingError,
                        "consume_stream cannot be used with an asynchronous callback.");
    else if (self->consuming)
        PyErr_SetString(state->ProgrammingError,
                        "consume_stream cannot be used when already in the consume loop");
    else if (!self->cur.conn->session.stream.running)
        (void)not_replicating(self, "consume_stream");
    else if (!PyCallable_Check(consume))
        PyErr_Format(PyExc_TypeError, "consume must be callable, not %.200s",
                     Py_TYPE(consume)->tp_name);
    if (PyErr_Occurred())
        return cur_failed(&self->cur);
    self->consuming = 1;
    consume_all(self, consume, interval);
    self->consuming = 0;
    return cur_failed(&self->cur);
}

/* -- Feedback -- */

/* An LSN argument. 1, or 0 with an exception: a converter of PyArg_Parse. */
static int
to_lsn(PyObject *value, void *to)
{
    if (!PyLong_Check(value)) {
        PyErr_Format(PyExc_TypeError, "an LSN must be int, not %.200s", Py_TYPE(value)->tp_name);
        return 0;
    }
    unsigned long long lsn = PyLong_AsUnsignedLongLong(value);
    if (lsn == (unsigned long long)-1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_SetString(PyExc_OverflowError, "an LSN is a number from 0 to 2**64 - 1");
        return 0;
    }
    *(uint64_t *)to = lsn;
    return 1;
}

static int
send_lock_held(repl_cursor_object *self, int reply, repl_step *step)
{
    connection_object *conn = self->cur.conn;
    if (!conn->session.stream.running)
        return not_replicating(self, "send_feedback");
    pq_state state = pq_stream_feedback(&conn->session, reply);
    /* What an asynchronous connection cannot send now, the next read_message() does. */
    while (state == PQ_WRITE && !conn->is_async) {
        if (conn_wait_lock_held(conn, PQ_WRITE) < 0)
            return -1;
        state = pq_stream_flush(&conn->session);
    }
    /* Sending tells nothing of a server that is gone, but reading does. */
    return pq_stream_check(&conn->session) ? 0 : end_lock_held(self, step);
}

static PyObject *
m_send_feedback(repl_cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"write_lsn", "flush_lsn", "apply_lsn", "reply", "force", NULL};
    uint64_t write_lsn = 0, flush_lsn = 0, apply_lsn = 0;
    int reply = 0, force = 0, answer = 0;
    repl_step step;
    step_init(&step);
    if (cur_check_open(&self->cur) < 0 ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|O&O&O&ii", names, to_lsn, &write_lsn, to_lsn,
                                     &flush_lsn, to_lsn, &apply_lsn, &reply, &force) ||
        conn_lock(self->cur.conn) < 0)
        return cur_failed(&self->cur);
    pq_stream_confirm(&self->cur.conn->session, write_lsn, flush_lsn, apply_lsn);
    if (reply || force)
        answer = send_lock_held(self, reply, &step);
    conn_unlock(self->cur.conn);
    conn_events(self->cur.conn);
    if (step_done(&self->cur, &step, answer) < 0)
        return cur_failed(&self->cur);
    Py_RETURN_NONE;
}

/* -- The type -- */

static PyObject *
get_feedback_timestamp(repl_cursor_object *self, void *Py_UNUSED(closure))
{
    if (cur_check_open(&self->cur) < 0)
        return cur_failed(&self->cur);
    return repl_datetime(self->cur.conn->session.stream.feedback_time);
}

static PyObject *
get_io_timestamp(repl_cursor_object *self, void *Py_UNUSED(closure))
{
    if (cur_check_open(&self->cur) < 0)
        return cur_failed(&self->cur);
    return repl_datetime(self->cur.conn->session.stream.io_time);
}

static PyObject *
get_wal_end(repl_cursor_object *self, void *Py_UNUSED(closure))
{
    const connection_object *conn = self->cur.conn;
    return PyLong_FromUnsignedLongLong(conn ? conn->session.stream.wal_end : 0);
}

static PyObject *
repl_cur_repr(repl_cursor_object *self)
{
    return PyUnicode_FromFormat("<ReplicationCursor object at %p; closed: %d>", self,
                                self->cur.closed ? -1 : 0);
}

static PyMethodDef methods[] = {
    {"start_replication_expert", COMPAT_METHOD(m_start_replication_expert),
     METH_VARARGS | METH_KEYWORDS,
     "start_replication_expert($self, command, decode=False, status_interval=10)\n--\n\n"
     "Begin the stream by `command`, a START_REPLICATION as str, bytes or sql.Composable. "
     "`decode`: "
     "payloads are str,\n"
     "from the encoding of the database, not bytes. `status_interval`: the most seconds between "
     "two "
     "feedback messages, at\n"
     "least 1 (`ProgrammingError`). PostgreSQL manual: Streaming Replication Protocol."},
    {"consume_stream", COMPAT_METHOD(m_consume_stream), METH_VARARGS | METH_KEYWORDS,
     "consume_stream($self, consume, keepalive_interval=None)\n--\n\n"
     "Call `consume` with each ReplicationMessage and wait for more, until `consume` raises, such "
     "as extras.StopReplication,\n"
     "which comes through; it may be called again then. `keepalive_interval`: send feedback after "
     "so many seconds of\n"
     "waiting, at least 1; None: status_interval. `DatabaseError` where the server ends the "
     "stream, "
     "whose last result can be\n"
     "fetched then; `OperationalError` where the server is gone; `ProgrammingError` where no "
     "stream "
     "runs, on asynchronous\n"
     "connections and with a wait callback."},
    {"read_message", COMPAT_METHOD(m_read_message), METH_NOARGS,
     "read_message($self)\n--\n\n"
     "The next `ReplicationMessage` if one is here; None: wait until the cursor's fileno() is\n"
     "readable. The server's questions are answered, and feedback sent where it is due, by this\n"
     "call: call it at least every status_interval seconds.\n"
     "`DatabaseError` where the server ends the stream, whose last result can be fetched then; "
     "`OperationalError` where the\n"
     "server is gone; `ProgrammingError` where no stream runs."},
    {"send_feedback", COMPAT_METHOD(m_send_feedback), METH_VARARGS | METH_KEYWORDS,
     "send_feedback($self, write_lsn=0, flush_lsn=0, apply_lsn=0, reply=False, force=False)\n--\n\n"
     "Note that everything before these LSNs (int) was written, made durable, and applied here; 0 "
     "or less than before is\n"
     "no news. The server may drop what is before flush_lsn. It is told within status_interval "
     "seconds, or at once with\n"
     "`force` or with `reply`, which asks it to answer. PostgreSQL manual: Standby status update."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"feedback_timestamp", (getter)get_feedback_timestamp, NULL,
     "feedback_timestamp: when the last feedback was sent, a naive datetime in local time; 1970: "
     "never",
     NULL},
    {"io_timestamp", (getter)get_io_timestamp, NULL,
     "io_timestamp: when the last message came or went, a naive datetime in local time; 1970: "
     "never",
     NULL},
    {"wal_end", (getter)get_wal_end, NULL,
     "wal_end: the LSN where the server's log ends, as it last told; 0: it has not", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "ReplicationCursor(conn, name=None)\n--\n\n"
                "A cursor that streams the server's log: the base of extras.ReplicationCursor."},
    {Py_tp_repr, repl_cur_repr},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

int
repl_init_cursor(PyObject *module, module_state *state)
{
    static PyType_Spec spec = {
        .name = "psycopg2.extensions.ReplicationCursor",
        .basicsize = sizeof(repl_cursor_object),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | COMPAT_TPFLAGS_IMMUTABLE,
        .slots = slots,
    };
    return state_add_type(module, &spec, state->cursor_type, &state->repl_cursor_type,
                          "ReplicationCursor");
}

int
repl_init(PyObject *module, module_state *state)
{
    if (repl_init_connection(module, state) < 0 || repl_init_message(module, state) < 0 ||
        repl_init_cursor(module, state) < 0)
        return -1;
    return PyModule_AddIntConstant(module, "REPLICATION_PHYSICAL", REPL_PHYSICAL) < 0 ||
                   PyModule_AddIntConstant(module, "REPLICATION_LOGICAL", REPL_LOGICAL) < 0
               ? -1
               : 0;
}
