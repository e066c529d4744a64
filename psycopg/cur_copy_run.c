/* The run of a COPY, and the moving of its data between a table and a file of Python's.
 *
 * The session is held from the query to its end. libpq's part of the work runs without the GIL; the
 * file's read() and write() run between, so that a program which uses the same connection in them
 * is told, not deadlocked. */
#include "cur_copy.h"

#include "conn_hook.h"
#include "errors.h"

#include <string.h>

typedef struct {
    copy_job job;
    PyObject *file;  // borrowed
    PyObject *size;  /* int: what read() is asked for */
} file_job;

/* -- Ending what failed -- */

/* Why the COPY fails, for the server: a new bytes object, or NULL without an exception. */
static PyObject *
why_not(const copy_job *job, PyObject *exc)
{
    const char *name = strrchr(Py_TYPE(exc)->tp_name, '.');
    PyObject *bytes = NULL;
    PyObject *text = PyUnicode_FromFormat("error in .read() call: %s %S",
                                          name ? name + 1 : Py_TYPE(exc)->tp_name, exc);
    if (text)
        bytes = text_encode(&job->conn->codec, job->conn->state, text);
    if (!bytes)
        PyErr_Clear();
    Py_XDECREF(text);
    return bytes;
}

/* An exception is set in the middle of a COPY FROM: tell the server to fail it. An error of the
 * file becomes the cause of the server's error; what is none (KeyboardInterrupt), and everything
 * where `through`, is raised itself. */
static void
abandon_in(copy_job *job, int through)
{
    PyObject *exc = compat_err_take(), *bytes;
    if (!exc)
        return;
    bytes = why_not(job, exc);
    if (pq_look(&job->conn->session))
        (void)pq_copy_in_end(&job->query,
                             bytes ? PyBytes_AS_STRING(bytes) : "error in .read() call");
    Py_XDECREF(bytes);
    if (through || !pq_look(&job->conn->session) ||
        !PyErr_GivenExceptionMatches(exc, PyExc_Exception)) {
        compat_err_restore(exc);
        conn_abandon_lock_held(job->conn, &job->query, 0);
        return;
    }
    pq_state state = conn_run_lock_held(job->conn, &job->query);
    if (state == PQ_FAILED)
        conn_raise_lock_held(job->conn, &job->query.error, (PyObject *)job->cur);
    PyObject *raised = compat_err_take();
    if (raised) {
        PyException_SetContext(raised, Py_NewRef(exc));
        if (state == PQ_FAILED)
            PyException_SetCause(raised, Py_NewRef(exc));
        Py_SETREF(exc, raised);
    }
    compat_err_restore(exc);
}

int
copy_check_session(const copy_job *job)
{
    if (job->conn->session.pg)
        return pq_forked(&job->conn->session) ? conn_check_open(job->conn) : 0;
    PyErr_SetString(job->conn->state->InterfaceError, "the connection was closed during COPY");
    return -1;
}

/* -- COPY FROM -- */

/* The bytes that read() gave: a new bytes object. */
static PyObject *
read_chunk(const file_job *self, PyObject *read)
{
    const copy_job *job = &self->job;
    PyObject *bytes = NULL;
    PyObject *chunk = PyObject_CallOneArg(read, self->size);
    if (!chunk)
        return NULL;
    if (PyBytes_Check(chunk))
        return chunk;
    if (PyUnicode_Check(chunk))
        bytes = text_encode(&job->conn->codec, job->conn->state, chunk);
    else
        PyErr_Format(PyExc_TypeError, "read() must return bytes or str, not %.200s",
                     Py_TYPE(chunk)->tp_name);
    Py_DECREF(chunk);
    return bytes;
}

int
copy_send(copy_job *job, pq_copy_in *in, const char *bytes, size_t len)
{
    pq_state state;
    in->bytes = bytes;
    in->len = len;
    for (;;) {
        Py_BEGIN_ALLOW_THREADS
        state = pq_copy_in_push(in, &job->query.error);
        Py_END_ALLOW_THREADS
        if (state != PQ_WRITE)
            return state == PQ_OK ? 0 : 1;
        if (conn_wait_lock_held(job->conn, PQ_WRITE) < 0)
            return -1;
    }
}

int
copy_end_in(copy_job *job, const pq_copy_in *in)
{
    if (pq_broken(&job->conn->session)) {
        job->query.lost = 1;
        pq_error_set_loss(&job->query.error, job->conn->session.pg);
    }
    /* After a failure it is the server, or the network, that has the word. */
    if (pq_copy_in_end(&job->query, in->len ? "the data could not be sent" : NULL) == PQ_OK ||
        job->query.lost)
        return 0;
    return conn_raise_lock_held(job->conn, &job->query.error, (PyObject *)job->cur);
}

/* Move the data of a COPY FROM. 0: it has ended, for good or bad, go on with the query; -1: an
 * exception. */
static int
copy_in(copy_job *job)
{
    file_job *self = (file_job *)job;
    pq_copy_in in = {.session = &job->conn->session};
    PyObject *bytes = NULL;
    int done = 0, through = 1, answer = -1;
    PyObject *read = NULL;
    if (PyObject_Not(self->size))
        PyErr_SetString(PyExc_ValueError, "size must not be 0: nothing would be read");
    else
        read = PyObject_GetAttrString(self->file, "read");
    while (read && !done) {
        through = 0;
        Py_XSETREF(bytes, read_chunk(self, read));
        if (!bytes)
            goto error;
        through = 1;
        if (PyErr_CheckSignals() < 0 || copy_check_session(job) < 0)
            goto error;
        done = PyBytes_GET_SIZE(bytes) == 0
                   ? 1
                   : copy_send(job, &in, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
        if (done < 0)
            goto error;
        if (!done)
            copy_progress_count(job, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
        if (copy_progress_tell(job) < 0)
            goto error;
    }
    if (read && copy_end_in(job, &in) == 0) {
        answer = 0;
        goto exit;
    }

error:
    abandon_in(job, through);
exit:
    Py_XDECREF(bytes);
    Py_XDECREF(read);
    return answer;
}

/* -- COPY TO -- */

/* Where the data goes. */
typedef struct {
    PyObject *write;
    int is_text;
} copy_sink;

/* Many messages for a file that is known to copy what it is given: they are lent to it. */
static int
lend_messages(const copy_sink *sink, char *bytes, size_t len)
{
    PyObject *answer = NULL, *released = NULL;
    PyObject *view = PyMemoryView_FromMemory(bytes, (Py_ssize_t)len, PyBUF_READ);
    if (view)
        answer = PyObject_CallOneArg(sink->write, view);
    /* After an exception too: its traceback keeps the view, but not the bytes. */
    PyObject *exc = compat_err_take();
    if (view)
        released = PyObject_CallMethod(view, "release", NULL);
    if (exc) {
        PyErr_Clear();
        compat_err_restore(exc);
    }
    int good = answer && released;
    Py_XDECREF(view);
    Py_XDECREF(answer);
    Py_XDECREF(released);
    return good ? 0 : -1;
}

static int
write_message(copy_job *job, const copy_sink *sink, const char *bytes, size_t len)
{
    PyObject *data, *answer = NULL;
    copy_progress_count(job, bytes, len);
    if (sink->is_text)
        data = text_decode(&job->conn->codec, job->conn->state, bytes, (Py_ssize_t)len);
    else
        data = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)len);
    if (data)
        answer = PyObject_CallOneArg(sink->write, data);
    Py_XDECREF(data);
    Py_XDECREF(answer);
    return answer ? 0 : -1;
}

/* Write what was gathered, and forget it. */
static int
write_data(copy_job *job, const copy_sink *sink, pq_copy_out *out)
{
    if (!out->data.len)
        return 0;
    const char *at = out->data.data, *end = at + out->data.len;
    while (out->framed && at < end) {
        int len;
        memcpy(&len, at, sizeof len);
        at += sizeof len;
        if (write_message(job, sink, at, (size_t)len) < 0)
            return -1;
        at += len;
    }
    out->data.len = 0;
    if (out->framed)
        return 0;
    if (sink->is_text)
        return write_message(job, sink, at, (size_t)(end - at));
    copy_progress_count(job, at, (size_t)(end - at));
    return lend_messages(sink, out->data.data, (size_t)(end - at));
}

/* Whether `file` is of a type of Python's own that takes many lines as it takes them one by one. A
 * write() that a program made gets each line by itself, since it may count on that. */
static int
joins_lines(PyObject *file)
{
    static const char *const modules[] = {"_io", "io", "gzip", "bz2", "lzma", "tempfile"};
    int answer = 0;
    PyObject *module = PyObject_GetAttrString((PyObject *)Py_TYPE(file), "__module__");
    if (!module)
        return -1;
    for (size_t i = 0; i < sizeof modules / sizeof modules[0] && PyUnicode_Check(module); i++)
        answer |= PyUnicode_CompareWithASCIIString(module, modules[i]) == 0;
    Py_DECREF(module);
    return answer;
}

static int
is_text_file(PyObject *file)
{
    int answer = -1;
    PyObject *type = NULL;
    PyObject *io = PyImport_ImportModule("io");
    if (io)
        type = PyObject_GetAttrString(io, "TextIOBase");
    if (type)
        answer = PyObject_IsInstance(file, type);
    Py_XDECREF(type);
    Py_XDECREF(io);
    return answer;
}

/* Wait for more data and read it. */
static int
await_data(copy_job *job)
{
    if (conn_wait_answer_lock_held(job->conn, &job->query) < 0 || copy_check_session(job) < 0)
        return -1;
    Py_BEGIN_ALLOW_THREADS(void)
    pq_copy_consume(&job->query);
    Py_END_ALLOW_THREADS
    return 0;
}

/* Move the data of a COPY TO. 0: it has ended, go on with the query; -1: an exception. */
static int
copy_out(copy_job *job)
{
    PyObject *file = ((file_job *)job)->file;
    pq_copy_out out = {.session = &job->conn->session, .framed = 1, .data = BYTEBUF_INIT};
    copy_sink sink = {.write = PyObject_GetAttrString(file, "write"), .is_text = 0};
    pq_state state = PQ_COPY_OUT;
    int joined, answer = -1;
    if (!sink.write || (joined = joins_lines(file)) < 0 || (sink.is_text = is_text_file(file)) < 0)
        goto exit;
    out.framed = !joined;
    while (state == PQ_COPY_OUT || state == PQ_READ) {
        Py_BEGIN_ALLOW_THREADS
        state = pq_copy_out_gather(&out, &job->query.error);
        Py_END_ALLOW_THREADS
        if (write_data(job, &sink, &out) < 0 || PyErr_CheckSignals() < 0 ||
            copy_check_session(job) < 0 || copy_progress_tell(job) < 0)
            goto exit;
        if (state == PQ_READ && job->query.lost)
            break;
        if (state == PQ_READ && await_data(job) < 0)
            goto exit;
    }
    if (state == PQ_FAILED && job->query.error.no_memory) {
        PyErr_NoMemory();
        goto exit;
    }
    answer = 0;

exit:
    if (answer < 0)
        conn_abandon_lock_held(job->conn, &job->query, 1);
    bytebuf_free(&out.data);
    Py_XDECREF(sink.write);
    return answer;
}

/* -- The query -- */

/* Run the query with the session held. 0 or -1. */
static int
run_lock_held(copy_job *job)
{
    connection_object *conn = job->conn;
    if ((job->prepare && job->prepare(job) < 0) || conn_begin_lock_held(conn) < 0)
        return -1;
    pq_state state =
        pq_query_begin(&job->query, &conn->session, PyBytes_AS_STRING(job->sql), &job->result);
    job->query.copy_mode = PQ_COPY_HANDLE;
    if (state != PQ_FAILED)
        state = conn_run_lock_held(conn, &job->query);
    while (state == PQ_COPY_IN || state == PQ_COPY_OUT) {
        if ((state == PQ_COPY_IN ? job->copy_in(job) : job->copy_out(job)) < 0)
            return -1;
        state = conn_run_lock_held(conn, &job->query);
    }
    if (state == PQ_COPY_BOTH) {
        PyErr_SetString(conn->state->NotSupportedError,
                        "a replication stream needs a replication cursor");
        conn_abandon_lock_held(job->conn, &job->query, 1);
        return -1;
    }
    if (state == PQ_FAILED)
        conn_raise_lock_held(conn, &job->query.error, (PyObject *)job->cur);
    return state == PQ_OK ? 0 : -1;
}

PyObject *
copy_run(copy_job *job)
{
    cursor_object *self = job->cur;
    PyObject *answer = NULL;
    pq_result_init(&job->result);
    cur_reset(self);
    if (cur_set_query(self, PyBytes_AS_STRING(job->sql), (size_t)PyBytes_GET_SIZE(job->sql)) < 0 ||
        conn_lock(job->conn) < 0)
        return NULL;
    conn_hook hook;
    cur_hook_begin(&hook, self);
    int done = run_lock_held(job);
    conn_unlock(job->conn);
    conn_events(job->conn);
    if (done == 0)
        done = cur_take_result(self, &job->result, NULL);
    if (hook.function)
        done = conn_hook_end(&hook, job->conn, job->sql, self->rowcount);
    if (done == 0)
        answer = Py_NewRef(Py_None);
    pq_error_clear(&job->query.error);
    pq_result_clear(&job->result);
    return answer;
}

PyObject *
cur_copy_run(cursor_object *self, PyObject *sql, PyObject *file, Py_ssize_t size,
             PyObject *progress)
{
    file_job job = {
        .job =
            {.cur = self, .conn = self->conn, .sql = sql, .copy_in = copy_in, .copy_out = copy_out},
        .file = file,
        .size = PyLong_FromSsize_t(size),
    };
    PyObject *answer = NULL;
    if (job.size && copy_progress_init(&job.job.progress, progress) == 0)
        answer = copy_run(&job.job);
    Py_XDECREF(job.size);
    return answer;
}
