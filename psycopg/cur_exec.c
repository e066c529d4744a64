/* Executing: execute, mogrify, callproc. */
#include "cur.h"

#include "arena.h"
#include "compose.h"
#include "compose_scan.h"
#include "conn_async.h"
#include "conn_hook.h"
#include "conn_pipeline.h"
#include "errors.h"
#include "note.h"
#include "repl.h"

#include <string.h>

int
cur_check_open(cursor_object *self)
{
    if (!self->conn)
        PyErr_SetString(self->state->InterfaceError, "the cursor has no connection");
    else if (self->closed || self->conn->closed != CONN_OPEN) {
        PyErr_SetString(self->state->InterfaceError, "cursor already closed");
        if (!self->closed)
            note_add(self->conn->closed == CONN_BROKEN ? "its connection was lost: the program has "
                                                         "to make another"
                                                       : "its connection is closed");
    } else
        return 0;
    return -1;
}

PyObject *
cur_failed(cursor_object *self)
{
    errors_set_cursor(self->state, (PyObject *)self);
    return NULL;
}

int
cur_check_unnamed(cursor_object *self, const char *what)
{
    if (!self->quoted_name)
        return 0;
    PyErr_Format(self->state->ProgrammingError, "can't call .%s() on named cursors", what);
    return -1;
}

cur_rows *
cur_rows_new(void)
{
    cur_rows *self = PyMem_Calloc(1, sizeof *self);
    if (!self) {
        PyErr_NoMemory();
        return NULL;
    }
    self->refs = 1;
    pq_result_init(&self->result);
    return self;
}

void
cur_rows_release(cur_rows *self)
{
    if (!self || --self->refs > 0)
        return;
    rows_ahead_free(self->ahead);
    rows_plan_free(self->plan);
    rows_shape_clear(&self->shape);
    pq_result_clear(&self->result);
    Py_XDECREF(self->tzinfo_factory);
    PyMem_Free(self);
}

/* Let `rows` take the place of the cursor's. To let go of the old ones may run code of the
 * program's, which may use the cursor: it finds the new. */
static void
put_rows(cursor_object *self, cur_rows *rows, int64_t rowcount, long long last_oid)
{
    cur_rows *old = self->rows;
    PyObject *description = self->description;
    self->answered++;
    self->rows = rows;
    self->rowcount = rowcount;
    self->last_oid = last_oid;
    self->description = NULL;
    Py_XDECREF(description);
    cur_rows_release(old);
}

void
cur_reset(cursor_object *self)
{
    put_rows(self, NULL, -1, 0);
}

void
cur_rows_drop_ahead(cur_rows *rows)
{
    rows_ahead *ahead = rows->ahead;
    rows->ahead = NULL;
    rows_ahead_free(ahead);
}

void
cur_rows_drop(cur_rows *rows)
{
    cur_rows_drop_ahead(rows);
    rowbuf_drop_rows(&rows->result.rows);
    rows->reader = (rowbuf_reader){.buf = &rows->result.rows, .row = rows->reader.row};
}

void
cur_drop_rows(cursor_object *self)
{
    cur_rows *rows = self->rows;
    if (!rows)
        return;
    if (rows->reading || rows->streaming) {  // who reads them goes on with them
        cur_reset(self);
        return;
    }
    cur_rows_drop(rows);
    PQclear(rows->result.last);
    rows->result.last = NULL;
    rows->gone = 1;
}

void
cur_reset_for_error(cursor_object *self)
{
    PyObject *exc = compat_err_take();
    cur_reset(self);
    compat_err_restore(exc);
}

int
cur_set_query(cursor_object *self, const char *sql, size_t len)
{
    PyObject *query = PyBytes_FromStringAndSize(sql, (Py_ssize_t)len);
    if (!query)
        return -1;
    Py_XSETREF(self->query, query);
    return 0;
}

int
cur_rows_plan(cursor_object *self, cur_rows *rows)
{
    if (rows->plan || rows->result.kind != PQ_RESULT_TUPLES)
        return 0;
    rows->plan =
        rows_plan_new(&rows->ctx, &rows->result.rows, self->string_types, self->conn->string_types);
    return rows->plan ? 0 : -1;
}

/* Choose the casters, unless they were chosen for rows that were made ahead. Where that fails, the
 * fetch tries again, and tells: what was executed was executed. 0; -1: interrupted. */
static int
take_plan(cursor_object *self, cur_rows *rows, rows_ahead **ahead)
{
    if (ahead && *ahead && rows_ahead_hold(*ahead, &rows->ctx, &rows->result.rows)) {
        rows->ahead = *ahead;
        *ahead = NULL;
        rows->plan = rows->ahead->plan;
        rows->ahead->plan = NULL;
    }
    if (cur_rows_plan(self, rows) == 0)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyErr_Clear();
    return 0;
}

/* One statement more: what is kept of the memory of results ages. From the first larger one on the
 * arenas of its objects are kept as well. */
static void
mind_memory(const rowbuf *rows)
{
    enum { WORTH_KEEPING = 2 << 20 };
    rowbuf_age();
    arena_age();
    if (rows->size > WORTH_KEEPING)
        arena_keep();
}

int
cur_take_result(cursor_object *self, pq_result *result, rows_ahead **ahead)
{
    cur_rows *rows = cur_rows_new();
    if (!rows)
        return -1;
    mind_memory(&result->rows);
    rows->result = *result;
    pq_result_init(result);
    rowbuf_reader_init(&rows->reader, &rows->result.rows);
    conn_cast_ctx(self->conn, (PyObject *)self, NULL, &rows->ctx);
    if (take_plan(self, rows, ahead) < 0) {
        cur_rows_release(rows);
        return -1;
    }
    int empty = rows->result.kind == PQ_RESULT_EMPTY;
    int binary_copy = rows->result.kind == PQ_RESULT_COPY && rows->result.binary_copy;
    put_rows(self, rows, rows->result.affected, rows->result.last_oid);
    if (empty) {
        PyErr_SetString(self->state->ProgrammingError, "can't execute an empty query");
        return -1;
    }
    if (binary_copy) {
        cur_reset(self);
        PyErr_SetString(
            self->state->ProgrammingError,
            "the lines of a binary COPY are no text: use copy_expert() instead of execute()");
        return -1;
    }
    return 0;
}

int
cur_raise_failed_lock_held(cursor_object *self, pq_query *query)
{
    if (query->copy_refused && !pq_broken(&self->conn->session)) {
        pq_error_clear(&query->error);
        PyErr_SetString(self->state->ProgrammingError,
                        "can't use COPY ... FROM STDIN with execute(): use copy_expert() instead");
        return -1;
    }
    return conn_raise_lock_held(self->conn, &query->error, (PyObject *)self);
}

/* A longer statement is not looked through: the trip that it could save is not what it costs. */
enum { SCAN_MOST = 1 << 14 };

/* Whether the BEGIN before `sql` can go together with it: by the extended protocol, which takes one
 * statement, and tells less than the simple one where a rule makes several of a statement that
 * writes. -1 with an exception. */
static int
goes_with_begin(cursor_object *self, const char *sql)
{
    connection_object *conn = self->conn;
    size_t len = strnlen(sql, SCAN_MOST);
    compose_scan scan;
    if (len == SCAN_MOST || conn->codec.unsafe_trail || !conn->codec.keeps_ascii)
        return 0;
    if (compose_scan_sql(sql, len, 0, &scan) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return scan.one && !scan.writes ? conn_is_extended(conn) : 0;
}

/* A statement that a cursor executes. */
typedef struct {
    cursor_object *cursor;
    const char *sql;
    int no_begin;
    pq_result result;  /* not the cursor's own: other threads may look at that meanwhile */
    rows_ahead *ahead; /* owned; NULL: none */
    int failed;        /* that is known; an exception may also be of something else */
} execution;

/* Who waits for a large result makes rows of what is here already. */
static int
make_rows_ahead(void *data)
{
    execution *self = data;
    cursor_object *cur = self->cursor;
    if (!self->ahead && !(self->ahead = rows_ahead_new()))
        return 0; /* for want of memory; those who fetch may find some */
    PyObject *factory = cur->tzinfo_factory ? cur->tzinfo_factory : Py_None;
    cast_ctx ctx;
    conn_cast_ctx(cur->conn, (PyObject *)cur, factory, &ctx);
    return rows_ahead_make(self->ahead, &ctx, &self->result.rows, cur->string_types,
                           cur->conn->string_types);
}

static int
run_lock_held(execution *self)
{
    connection_object *conn = self->cursor->conn;
    pq_query query;
    pq_state state = pq_query_begin(&query, &conn->session, self->sql, &self->result);
    if (state != PQ_FAILED) {
        if (!self->no_begin && conn_needs_begin(conn) &&
            conn_begin_for_lock_held(conn, &query, goes_with_begin(self->cursor, self->sql)) < 0)
            return -1;
        state = conn_run_meanwhile_lock_held(conn, &query, make_rows_ahead, self);
    }
    int begun = 1;
    if (query.pipelined)
        begun = conn_note_begun(conn, &query);
    self->failed = state == PQ_FAILED && begun;
    if (state == PQ_FAILED)
        return cur_raise_failed_lock_held(self->cursor, &query);
    if (state == PQ_COPY_BOTH)
        return repl_begin_lock_held(conn, (PyObject *)self->cursor, &query);
    return state == PQ_OK ? 0 : -1;
}

int
cur_run(cursor_object *self, const char *sql, int no_begin)
{
    connection_object *conn = self->conn;
    execution run = {.cursor = self, .sql = sql, .no_begin = no_begin};
    pq_result_init(&run.result);
    if (conn->is_async)
        return async_execute(conn, self, sql);
    if (conn_lock(conn) < 0)
        return -1;
    conn_hook hook;
    cur_hook_begin(&hook, self);
    int answer = run_lock_held(&run);
    conn_unlock(conn);
    conn_events(conn);
    if (answer == 0)
        answer = cur_take_result(self, &run.result, &run.ahead);
    else if (run.failed)
        cur_reset_for_error(self);
    rows_ahead_free(run.ahead);
    pq_result_clear(&run.result);
    return hook.function ? conn_hook_end_text(&hook, conn, sql, self->rowcount) : answer;
}

/* The rows of the statement before are gone also when the arguments of the next do not adapt. */
static void
refuse(cursor_object *self)
{
    PyObject *exc = compat_err_take();
    cur_drop_rows(self);
    Py_XSETREF(self->query, Py_NewRef(Py_None));
    compat_err_restore(exc);
}

int
cur_compose(cursor_object *self, PyObject *operation, PyObject *args, bytebuf *sql)
{
    adapt_ctx ctx;
    conn_adapt_ctx(self->conn, &ctx);
    PyObject *query = compose_query_bytes(&ctx, operation);
    if (!query)
        return -1;
    int answer = compose_query(&ctx, PyBytes_AS_STRING(query), PyBytes_GET_SIZE(query), args, sql);
    Py_DECREF(query);
    if (answer < 0) {
        refuse(self);
        return -1;
    }
    if (bytebuf_terminate(sql) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return cur_set_query(self, sql->data, sql->len);
}

bytebuf
cur_take_buffer(cursor_object *self)
{
    bytebuf buffer = self->buffer;
    self->buffer = (bytebuf)BYTEBUF_INIT;
    buffer.len = 0;
    return buffer;
}

/* A buffer that one large query blew up is not worth its memory. */
enum { BUFFER_KEPT = 1 << 16 };

void
cur_keep_buffer(cursor_object *self, bytebuf *buffer)
{
    bytebuf_free(&self->buffer);
    if (buffer->size > BUFFER_KEPT)
        bytebuf_free(buffer);
    self->buffer = *buffer;
}

static int
execute(cursor_object *self, PyObject *operation, PyObject *args)
{
    bytebuf sql = cur_take_buffer(self);
    int answer = -1;
    if (self->quoted_name && cur_named_declare(self, &sql) < 0)
        goto exit;
    if (cur_compose(self, operation, args, &sql) < 0)
        goto exit;
    cur_drop_rows(self);
    self->mark = self->conn->mark;
    answer = cur_run(self, sql.data, 0);
    if (answer == 0 && self->quoted_name)
        self->declared = 1;
exit:
    cur_keep_buffer(self, &sql);
    return answer;
}

/* The arguments of a call, the last of them named; borrowed. Such calls are left to the usual
 * function: this saves most the time that it takes. */
static int
take_arguments(PyObject *const *args, Py_ssize_t count, PyObject *names, PyObject **operation,
               PyObject **vars)
{
    static char *keywords[] = {"query", "vars", NULL};
    if (!names && (count == 1 || count == 2)) {
        *operation = args[0];
        *vars = count == 2 ? args[1] : NULL;
        return 0;
    }
    PyObject *positional = PyTuple_New(count), *named = PyDict_New();
    for (Py_ssize_t i = 0; positional && i < count; i++)
        PyTuple_SET_ITEM(positional, i, Py_NewRef(args[i]));
    int answer = positional && named ? 0 : -1;
    for (Py_ssize_t i = 0; answer == 0 && names && i < PyTuple_GET_SIZE(names); i++)
        answer = PyDict_SetItem(named, PyTuple_GET_ITEM(names, i), args[count + i]);
    if (answer == 0 &&
        !PyArg_ParseTupleAndKeywords(positional, named, "O|O", keywords, operation, vars))
        answer = -1;
    Py_XDECREF(positional);
    Py_XDECREF(named);
    return answer;  // the caller of the method has what they point at
}

PyObject *
cur_execute(cursor_object *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    PyObject *operation, *vars = NULL;
    if (take_arguments(args, count, names, &operation, &vars) < 0 ||
        cur_named_check_execute(self) < 0 || cur_check_open(self) < 0 ||
        async_check_idle(self->conn, "execute") < 0 ||
        conn_check_not_prepared(self->conn, "execute") < 0 || execute(self, operation, vars) < 0)
        return cur_failed(self);
    Py_RETURN_NONE;
}

PyObject *
cur_mogrify(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"query", "vars", NULL};
    PyObject *operation, *vars = NULL, *bytes = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O", names, &operation, &vars))
        return cur_failed(self);
    if (!self->conn) {
        (void)cur_check_open(self);
        return cur_failed(self);
    }
    bytebuf sql = BYTEBUF_INIT;
    adapt_ctx ctx;
    conn_adapt_ctx(self->conn, &ctx);
    PyObject *query = compose_query_bytes(&ctx, operation);
    if (query &&
        compose_query(&ctx, PyBytes_AS_STRING(query), PyBytes_GET_SIZE(query), vars, &sql) == 0)
        bytes = PyBytes_FromStringAndSize(sql.data, (Py_ssize_t)sql.len);
    Py_XDECREF(query);
    bytebuf_free(&sql);
    return bytes ? bytes : cur_failed(self);
}

/* The name of a parameter of callproc(), quoted as an identifier. */
static int
add_parameter_name(cursor_object *self, PyObject *name, bytebuf *sql)
{
    connection_object *conn = self->conn;
    if (!PyUnicode_Check(name) && !PyBytes_Check(name)) {
        PyErr_Format(PyExc_TypeError, "Expected bytes or unicode string, got %.200s instead",
                     Py_TYPE(name)->tp_name);
        return -1;
    }
    PyObject *bytes =
        PyUnicode_Check(name) ? text_encode(&conn->codec, self->state, name) : Py_NewRef(name);
    if (!bytes)
        return -1;
    Py_SETREF(bytes, conn_quote_identifier(conn, bytes));
    if (!bytes)
        return -1;
    int bad = bytebuf_add(sql, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes)) < 0 ||
              bytebuf_add_literal(sql, ":=") < 0;
    Py_DECREF(bytes);
    if (bad)
        PyErr_NoMemory();
    return bad ? -1 : 0;
}

/* The arguments of a call: "a, b" or "x":=a,"y":=b. */
static int
add_parameters(cursor_object *self, const adapt_ctx *ctx, PyObject *parameters, bytebuf *sql)
{
    if (!parameters || parameters == Py_None)
        return 0;
    int answer = -1;
    Py_ssize_t n = PyObject_Length(parameters);
    PyObject *names = n >= 0 && PyDict_Check(parameters) ? PyDict_Keys(parameters) : NULL;
    if (n < 0 || (PyDict_Check(parameters) && !names))
        return -1;
    for (Py_ssize_t i = 0; i < (names ? PyList_GET_SIZE(names) : n); i++) {
        if (i && bytebuf_add_char(sql, ',') < 0) {
            PyErr_NoMemory();
            goto exit;
        }
        PyObject *name = names ? PyList_GET_ITEM(names, i) : NULL;  // borrowed
        if (name && add_parameter_name(self, name, sql) < 0)
            goto exit;
        PyObject *value =
            name ? PyObject_GetItem(parameters, name) : PySequence_GetItem(parameters, i);
        int bad = !value || adapt_value(ctx, value, sql) < 0;
        Py_XDECREF(value);
        if (bad) {
            refuse(self);
            goto exit;
        }
    }
    answer = 0;
exit:
    Py_XDECREF(names);
    return answer;
}

/* Whether callproc() passes its parameters by name; it then returns None. */
static int
is_named(PyObject *parameters)
{
    return PyDict_Check(parameters) && PyDict_GET_SIZE(parameters) > 0;
}

PyObject *
cur_callproc(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"procname", "parameters", NULL};
    PyObject *name, *parameters = Py_None, *answer = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|O", names, &name, &parameters) ||
        cur_check_open(self) < 0 || cur_check_unnamed(self, "callproc") < 0 ||
        async_check_idle(self->conn, "callproc") < 0 ||
        conn_check_not_prepared(self->conn, "callproc") < 0)
        return cur_failed(self);
    adapt_ctx ctx;
    conn_adapt_ctx(self->conn, &ctx);
    bytebuf sql = cur_take_buffer(self);
    PyObject *procname = compose_query_bytes(&ctx, name);
    if (!procname)
        goto exit;
    if (bytebuf_add_literal(&sql, "SELECT * FROM ") < 0 ||
        bytebuf_add(&sql, PyBytes_AS_STRING(procname), (size_t)PyBytes_GET_SIZE(procname)) < 0 ||
        bytebuf_add_char(&sql, '(') < 0)
        goto no_memory;
    if (add_parameters(self, &ctx, parameters, &sql) < 0)
        goto exit;
    if (bytebuf_add_char(&sql, ')') < 0 || bytebuf_terminate(&sql) < 0)
        goto no_memory;
    if (cur_set_query(self, sql.data, sql.len) < 0)
        goto exit;
    cur_drop_rows(self);
    if (cur_run(self, sql.data, 0) == 0)
        answer = Py_NewRef(is_named(parameters) ? Py_None : parameters);
    goto exit;
no_memory:
    PyErr_NoMemory();
exit:
    Py_XDECREF(procname);
    cur_keep_buffer(self, &sql);
    return answer ? answer : cur_failed(self);
}
