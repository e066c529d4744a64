/* cursor.stream(): the rows of a statement as they arrive.
 *
 * The statement is on its way while nobody holds the session: `streaming` of the connection keeps
 * everyone else from taking it. The rows of a chunk are the cursor's own, so that they are made as
 * any others, but only the stream may read them. */
#include "conn_hook.h"
#include "cur.h"

typedef struct {
    PyObject_HEAD
    cursor_object *cur;
    cur_rows *rows; /* NULL: it has ended, or was closed */
    int active;     /* the statement is not at its end */
    int running;    /* some thread reads a row */
    int64_t total;  /* rows of the chunks before this one */
    pq_query query;
} stream_object;

/* -- Ending -- */

/* The statement is over; rows of it may be left. */
static void
set_idle(stream_object *self)
{
    self->active = 0;
    pq_error_clear(&self->query.error);
    rowbuf_reader_init(&self->rows->reader, &self->rows->result.rows);
    self->rows->reader.row = self->total;
}

/* The stream is over: the connection is free. Not before, also where the server has sent all: a
 * program that disturbs the stream is to be told so for a few rows as for many. */
static void
let_go(stream_object *self)
{
    cur_rows *rows = self->rows;
    connection_object *conn = self->cur ? self->cur->conn : NULL;
    if (!rows)
        return;
    if (conn && conn->streaming == self)
        conn->streaming = NULL;
    rows->streaming = 0;
    self->rows = NULL;
    cur_rows_release(rows);
}

/* End the statement on the server, if it has not ended, and take its rest off the wire. 0, or -1
 * with an exception: the session could not be had. Keeps an exception that is set. */
static int
stop(stream_object *self)
{
    connection_object *conn = self->cur->conn;
    if (!self->rows)
        return 0;
    PyObject *exc = compat_err_take();
    int locked = 0;
    if (self->active && conn->streaming == self && conn->closed == CONN_OPEN &&
        !pq_forked(&conn->session)) {
        if (conn_lock_stream(conn) < 0) {
            Py_XDECREF(exc);
            return -1;
        }
        locked = 1;
        conn_abandon_lock_held(conn, &self->query, 0);
    }
    rowbuf_drop_rows(&self->rows->result.rows);
    set_idle(self);
    if (locked) {
        conn_unlock(conn);
        conn_events(conn);
    }
    let_go(self);
    compat_err_restore(exc);
    return 0;
}

static int
raise_running(stream_object *self)
{
    PyErr_SetString(self->cur->state->ProgrammingError,
                    "the stream is being read already, by another thread or by what calls this");
    return -1;
}

int
cur_stream_stop(cursor_object *self)
{
    stream_object *stream = self->conn ? self->conn->streaming : NULL;
    if (!stream || stream->cur != self)
        return 0;
    if (stream->running)
        return raise_running(stream);
    Py_INCREF(stream);
    int answer = stop(stream);
    Py_DECREF(stream);
    return answer;
}

/* -- Reading -- */

/* A step of the statement has brought rows, its end, or an exception. */
static int
settle_lock_held(stream_object *self, pq_state state)
{
    connection_object *conn = self->cur->conn;
    switch (state) {
    case PQ_ROWS:
    case PQ_OK:
        return 0;
    case PQ_FAILED:
        return cur_raise_failed_lock_held(self->cur, &self->query);
    case PQ_INTERRUPTED:
        return -1;
    default:
        PyErr_SetString(conn->state->ProgrammingError,
                        "can't use COPY with stream(): use copy_expert() instead");
        conn_abandon_lock_held(conn, &self->query, state != PQ_COPY_IN);
        return -1;
    }
}

/* Wait for the next chunk. 0; -1 with an exception: there is none. */
static int
refill(stream_object *self)
{
    connection_object *conn = self->cur->conn;
    rowbuf *rows = &self->rows->result.rows;
    self->total += rows->nrows;
    rowbuf_drop_rows(rows);
    if (conn_lock_stream(conn) < 0)
        return -1;
    conn_hook hook;
    cur_hook_begin(&hook, self->cur);
    pq_state state = conn_run_lock_held(conn, &self->query);
    int answer = settle_lock_held(self, state);
    if (state == PQ_ROWS) {
        rowbuf_reader_init(&self->rows->reader, rows);
        self->rows->reader.row = self->total;
    } else {
        if (answer < 0)
            rowbuf_drop_rows(rows);
        set_idle(self);
    }
    conn_unlock(conn);
    conn_events(conn);
    if (state == PQ_OK)
        self->cur->rowcount = self->total + rows->nrows;
    else if (answer < 0)
        cur_reset_for_error(self->cur);
    if (answer < 0 && hook.function)
        return conn_hook_end(&hook, conn, self->cur->query, -1);
    conn_hook_drop(&hook);
    return answer;
}

/* The next row; NULL at the end, or with an exception. */
static PyObject *
read_row(stream_object *self)
{
    cursor_object *cur = self->cur;
    cur_rows *rows = self->rows;
    PyObject *row = NULL;
    rows->refs++;
    if (cur_rows_begin(cur, rows) < 0)
        return NULL;
    row = cur_rows_next(cur, rows);
    while (!row && !PyErr_Occurred() && self->active) {
        if (refill(self) < 0)
            break;
        row = cur_rows_next(cur, rows);
    }
    cur_rows_end(rows);
    return row;
}

static PyObject *
stream_next(stream_object *self)
{
    if (!self->rows)
        return NULL;
    if (self->running) {
        raise_running(self);
        return NULL;
    }
    if (cur_check_open(self->cur) < 0 || conn_check_open(self->cur->conn) < 0) {
        (void)stop(self);
        return NULL;
    }
    self->running = 1;
    PyObject *row = read_row(self);
    self->running = 0;
    /* After an error of a value the next row can be read; after any other there is none. */
    if (!row && (!PyErr_Occurred() || !self->active) && !rowbuf_reader_peek(&self->rows->reader))
        let_go(self);
    return row ? row : cur_failed(self->cur);
}

/* -- The object -- */

static PyObject *
stream_close(stream_object *self, PyObject *Py_UNUSED(unused))
{
    if (self->running)
        raise_running(self);
    else if (stop(self) == 0)
        Py_RETURN_NONE;
    return NULL;
}

static PyObject *
stream_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(self);
}

static PyObject *
stream_exit(stream_object *self, PyObject *args)
{
    PyObject *type, *value, *tb;
    if (!PyArg_ParseTuple(args, "OOO", &type, &value, &tb))
        return NULL;
    return stream_close(self, NULL);
}

static void
stream_finalize(PyObject *self)
{
    const connection_object *conn = ((stream_object *)self)->cur->conn;
    PyObject *exc = compat_err_take();
    if (((stream_object *)self)->active && conn->closed == CONN_OPEN && !pq_forked(&conn->session))
        COMPAT_WARN_UNCLOSED(self, "unclosed stream of %R", ((stream_object *)self)->cur);
    if (stop((stream_object *)self) < 0)
        PyErr_WriteUnraisable(self);
    compat_err_restore(exc);
}

static int
stream_traverse(stream_object *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->cur); /* which visits its rows, that are also the stream's */
    return 0;
}

static int
stream_clear(stream_object *self)
{
    let_go(self);
    Py_CLEAR(self->cur);
    return 0;
}

static void
stream_dealloc(stream_object *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_CallFinalizerFromDealloc((PyObject *)self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    (void)stream_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"close", COMPAT_METHOD(stream_close), METH_NOARGS,
     "close($self)\n--\n\n"
     "End the stream: the statement is cancelled, and the connection is free again. Twice does no\n"
     "harm. Raises `ProgrammingError` while a row is being read."},
    {"__enter__", stream_enter, METH_NOARGS, "__enter__($self)\n--\n\nThe stream itself."},
    {"__exit__", COMPAT_METHOD(stream_exit), METH_VARARGS,
     "__exit__($self, type, value, traceback, /)\n--\n\n`close()` the stream."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
     "__class_getitem__($type, row, /)\n--\n\nFor annotations: a stream of rows of that type."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "The rows of a statement as they arrive: what `cursor.stream()` returns."},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, stream_next},
    {Py_tp_methods, methods},
    {Py_tp_traverse, stream_traverse},
    {Py_tp_clear, stream_clear},
    {Py_tp_finalize, stream_finalize},
    {Py_tp_dealloc, stream_dealloc},
    {0, NULL},
};

int
cur_stream_init(PyObject *module, module_state *state)
{
    static PyType_Spec spec = {
        .name = "psycopg2._psycopg.RowStream",
        .basicsize = sizeof(stream_object),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE |
                 COMPAT_TPFLAGS_NO_NEW,
        .slots = slots,
    };
    return state_add_type(module, &spec, NULL, &state->stream_type, "RowStream");
}

/* -- Starting -- */

/* Send the statement and wait for the first chunk, with the session held. The rest is the stream's
 * until it ends. */
static pq_state
start_lock_held(stream_object *self, const char *sql, int size, pq_result *result, int *answer)
{
    connection_object *conn = self->cur->conn;
    *answer = -1;
    if (conn_begin_lock_held(conn) < 0)
        return PQ_INTERRUPTED;
    pq_state state = pq_query_start_stream(&self->query, &conn->session, sql, size, result);
    if (state != PQ_FAILED)
        state = conn_run_lock_held(conn, &self->query);
    *answer = settle_lock_held(self, state);
    return state;
}

/* Run the statement, and make its first rows those of the cursor and of the stream. */
static int
start(stream_object *self, const char *sql, int size)
{
    cursor_object *cur = self->cur;
    connection_object *conn = cur->conn;
    pq_result result;
    int answer;
    pq_result_init(&result);
    if (conn_lock(conn) < 0)
        return -1;
    conn_hook hook;
    cur_hook_begin(&hook, cur);
    pq_state state = start_lock_held(self, sql, size, &result, &answer);
    int goes_on = state == PQ_ROWS;
    if (answer == 0)
        answer = cur_take_result(cur, &result, NULL);
    if (answer == 0 && cur->rows->result.kind == PQ_RESULT_TUPLES) {
        self->rows = cur->rows;
        self->rows->refs++;
        self->rows->streaming = 1;
        self->active = goes_on;
        self->query.result = &self->rows->result;
        conn->streaming = self;
        if (goes_on)
            cur->rowcount = -1;
    } else if (goes_on)  // no memory for it
        conn_abandon_lock_held(conn, &self->query, 0);
    conn_unlock(conn);
    conn_events(conn);
    pq_error_clear(&self->query.error);
    pq_result_clear(&result);
    if (answer < 0 && state == PQ_FAILED)
        cur_reset_for_error(cur);
    return hook.function ? conn_hook_end_text(&hook, conn, sql, cur->rowcount) : answer;
}

static PyObject *
stream(cursor_object *cur, PyObject *operation, PyObject *vars, int size)
{
    bytebuf sql = BYTEBUF_INIT;
    PyTypeObject *type = (PyTypeObject *)cur->state->stream_type;
    PyObject *description = NULL;
    stream_object *self = NULL;
    if (cur_compose(cur, operation, vars, &sql) < 0)
        goto exit;
    self = (stream_object *)type->tp_alloc(type, 0);
    if (!self)
        goto exit;
    self->cur = (cursor_object *)Py_NewRef((PyObject *)cur);
    cur_reset(cur);
    /* The description is kept, for when the rows of the stream are gone. */
    if (start(self, sql.data, size) < 0 || !(description = cur_description(cur)))
        Py_CLEAR(self);
exit:
    Py_XDECREF(description);
    bytebuf_free(&sql);
    return (PyObject *)self;
}

PyObject *
cur_stream(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"query", "vars", "size", NULL};
    PyObject *operation, *vars = NULL, *answer = NULL;
    int size = 100;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|Oi", names, &operation, &vars, &size) ||
        cur_check_open(self) < 0 || conn_check_sync(self->conn, "stream") < 0 ||
        cur_check_unnamed(self, "stream") < 0 || conn_check_no_stream(self->conn) < 0 ||
        conn_check_not_prepared(self->conn, "stream") < 0)
        return cur_failed(self);
    if (size < 1)
        PyErr_Format(PyExc_ValueError, "size must be at least 1, not %d", size);
    else
        answer = stream(self, operation, vars, size);
    return answer ? answer : cur_failed(self);
}
