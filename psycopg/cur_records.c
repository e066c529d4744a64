/* cursor.copy_records(): COPY FROM STDIN of Python values.
 *
 * The session is held from the query to its end, as for every COPY. What gives the records, and the
 * adapters of their values, run between the pieces that are sent. */
#include "cur_copy.h"

#include "adapt_copy.h"

#include <string.h>

enum {
    PIECE = 1 << 16,   /* bytes that are gathered before they are sent */
    BINARY_FROM = 1000 /* with fewer records the text format costs too little to look for better */
};

typedef struct {
    copy_job job;
    PyObject *table;    /* the name as an SQL identifier, bytes */
    PyObject *names;    /* of the columns, a tuple, or None */
    PyObject *records;  // borrowed
    PyObject *iterator;
    copy_columns columns;
    const adapt_binary_type **binary; /* how each column is sent; NULL: all in text */
    PyObject *mapping_type;           /* collections.abc.Mapping, once it was needed */
    Py_ssize_t index;                 /* of the record at hand */
    Py_ssize_t width;                 /* how many values a record has; -1: the first will tell */
    adapt_ctx ctx;
    adapt_copy copy;
    bytebuf out;
} records_job;

/* -- Errors that name their position -- */

/* Put `prefix` before the message of an exception that is nothing but its message. 1 done, 0 it is
 * more than that, -1. */
static int
prefix_message(const records_job *self, PyObject *exc, PyObject *prefix)
{
    int done = 0;
    PyObject *type = (PyObject *)Py_TYPE(exc);
    if (type != PyExc_ValueError && type != PyExc_TypeError &&
        !PyErr_GivenExceptionMatches(exc, self->job.cur->state->Error))
        return 0;
    PyObject *args = PyObject_GetAttrString(exc, "args"), *both = NULL;
    if (!args)
        return -1;
    if (PyTuple_Check(args) && PyTuple_GET_SIZE(args) == 1 &&
        PyUnicode_Check(PyTuple_GET_ITEM(args, 0))) {
        PyObject *text = PyUnicode_FromFormat("%U: %U", prefix, PyTuple_GET_ITEM(args, 0));
        both = text ? PyTuple_Pack(1, text) : NULL;
        Py_XDECREF(text);
        done = both && PyObject_SetAttrString(exc, "args", both) == 0 ? 1 : -1;
    }
    Py_XDECREF(both);
    Py_DECREF(args);
    return done;
}

/* The same for an error of an encoding, whose message is made of its parts. */
static int
prefix_reason(PyObject *exc, PyObject *prefix)
{
    int done = -1;
    PyObject *reason = PyObject_GetAttrString(exc, "reason"), *text = NULL;
    if (reason)
        text = PyUnicode_FromFormat("%S (in %U)", reason, prefix);
    if (text)
        done = PyObject_SetAttrString(exc, "reason", text) == 0 ? 1 : -1;
    Py_XDECREF(text);
    Py_XDECREF(reason);
    return done;
}

/* An exception is set: let it say where. Where it has no room for that, it gets a note, if Python
 * has them; what is no error of the value's is left as it is. */
static void
tell_position(const records_job *self, Py_ssize_t column)
{
    PyObject *exc = compat_err_take(), *where = NULL, *noted = NULL;
    if (PyErr_GivenExceptionMatches(exc, PyExc_Exception) &&
        !PyErr_GivenExceptionMatches(exc, PyExc_MemoryError))
        where = PyUnicode_FromFormat("records[%zd][%zd]", self->index, column);
    if (where) {
        int done = PyErr_GivenExceptionMatches(exc, PyExc_UnicodeError)
                       ? prefix_reason(exc, where)
                       : prefix_message(self, exc, where);
        if (done <= 0) {
            PyErr_Clear();
            noted = PyObject_CallMethod(exc, "add_note", "O", where);
        }
    }
    PyErr_Clear();
    Py_XDECREF(noted);
    Py_XDECREF(where);
    compat_err_restore(exc);
}

/* -- Records -- */

static int
is_mapping(records_job *self, PyObject *record)
{
    if (!self->mapping_type) {
        PyObject *abc = PyImport_ImportModule("collections.abc");
        self->mapping_type = abc ? PyObject_GetAttrString(abc, "Mapping") : NULL;
        Py_XDECREF(abc);
    }
    return self->mapping_type ? PyObject_IsInstance(record, self->mapping_type) : -1;
}

/* The values of a record: itself, or a tuple of them; a new reference. */
static PyObject *
values_of(records_job *self, PyObject *record)
{
    int wrong = 0;
    if (PyTuple_CheckExact(record) || PyList_CheckExact(record))
        return Py_NewRef(record);
    if (!PyTuple_Check(record) && !PyList_Check(record)) {
        wrong = !PySequence_Check(record) || PyUnicode_Check(record) || PyBytes_Check(record) ||
                PyByteArray_Check(record);
        if (!wrong)
            wrong = is_mapping(self, record);
    }
    if (wrong > 0)
        PyErr_Format(PyExc_TypeError, "records[%zd] must be a sequence of values, not %.200s",
                     self->index, Py_TYPE(record)->tp_name);
    return wrong ? NULL : PySequence_Tuple(record);
}

static int
check_width(records_job *self, Py_ssize_t n)
{
    if (self->width < 0)
        self->width = n;
    if (n == self->width)
        return 0;
    PyErr_Format(self->job.cur->state->ProgrammingError,
                 "records[%zd] has %zd values, and %zd are expected", self->index, n, self->width);
    return -1;
}

/* Append the value of a column, and what parts it from the next. */
static int
add_value(records_job *self, Py_ssize_t i, PyObject *value)
{
    uint32_t oid = self->columns.count ? self->columns.oids[i] : 0;
    int failed = self->binary
                     ? adapt_binary_value(&self->copy, self->binary[i], value, &self->out) < 0
                     : adapt_copy_text(&self->copy, oid, value, &self->out) < 0;
    if (failed)
        tell_position(self, i);
    else if (!self->binary && i + 1 < self->width && bytebuf_add_char(&self->out, '\t') < 0) {
        PyErr_NoMemory();
        failed = 1;
    }
    return failed ? -1 : 0;
}

/* Append one record. Adapters may change a record that is a list. */
static int
add_record(records_job *self, PyObject *record)
{
    PyObject *values = values_of(self, record);
    int failed = !values || check_width(self, PySequence_Fast_GET_SIZE(values)) < 0 ||
                 (self->binary && adapt_binary_record(&self->out, self->width) < 0);
    for (Py_ssize_t i = 0; !failed && i < self->width; i++) {
        failed = check_width(self, PySequence_Fast_GET_SIZE(values)) < 0;
        if (failed)
            break;
        PyObject *value = Py_NewRef(PySequence_Fast_GET_ITEM(values, i));
        failed = add_value(self, i, value) < 0;
        Py_DECREF(value);
    }
    if (!failed && !self->binary && bytebuf_add_char(&self->out, '\n') < 0) {
        PyErr_NoMemory();
        failed = 1;
    }
    Py_XDECREF(values);
    return failed ? -1 : 0;
}

/* Gather a piece. 1: it is the last; 0; -1 with an exception. */
static int
gather(records_job *self)
{
    while (self->out.len < PIECE) {
        PyObject *record = PyIter_Next(self->iterator);
        if (!record && !PyErr_Occurred() && self->binary && adapt_binary_end(&self->out) < 0)
            return -1;
        if (!record)
            return PyErr_Occurred() ? -1 : 1;
        int failed = add_record(self, record) < 0;
        Py_DECREF(record);
        if (failed)
            return -1;
        self->index++;
    }
    return 0;
}

/* -- The COPY -- */

/* An exception is set: let the server fail the COPY, and take what it says to that off the wire.
 * The exception stays. What is no error (Ctrl-C) does not wait for a server that is at work. */
static void
give_up(copy_job *job)
{
    PyObject *exc = compat_err_take();
    int ended = pq_look(&job->conn->session) &&
                pq_copy_in_end(&job->query, "the records could not be read") == PQ_OK;
    if (!ended || !PyErr_GivenExceptionMatches(exc, PyExc_Exception)) {
        compat_err_restore(exc);
        conn_abandon_lock_held(job->conn, &job->query, 0);
        return;
    }
    pq_state state = conn_run_lock_held(job->conn, &job->query);
    if (state == PQ_FAILED)
        conn_raise_lock_held(job->conn, &job->query.error, NULL);
    PyObject *raised = compat_err_take();
    if (raised && state != PQ_FAILED) {  // a signal came meanwhile
        PyException_SetContext(raised, exc);
        exc = raised;
    } else
        Py_XDECREF(raised);
    compat_err_restore(exc);
}

static int
send_records(copy_job *job)
{
    records_job *self = (records_job *)job;
    pq_copy_in in = {.session = &job->conn->session};
    if (self->binary && adapt_binary_begin(&self->out) < 0)
        goto error;
    for (int done = 0; !done;) {
        done = gather(self);
        if (done < 0 || PyErr_CheckSignals() < 0 || copy_check_session(job) < 0)
            goto error;
        int sent = copy_send(job, &in, self->out.data, self->out.len);
        if (sent < 0)
            goto error;
        done |= sent;
        job->progress.bytes += sent ? 0 : (int64_t)self->out.len;
        job->progress.rows = self->index;
        self->out.len = 0;
        if (copy_progress_tell(job) < 0)
            goto error;
    }
    if (copy_end_in(job, &in) == 0)
        return 0;
error:
    give_up(job);
    return -1;
}

/* In an encoding whose characters may end with a backslash the server must have one of its own to
 * read them by. */
static int
check_encoding(connection_object *conn)
{
    const char *name = NULL;
    if (!conn->codec.unsafe_trail)
        return 0;
    int looked = conn_lock_to_look(conn);
    if (looked < 0)
        return -1;
    PGconn *pg = pq_look(&conn->session);
    if (pg)
        name = PQparameterStatus(pg, "server_encoding");
    int bad = name && strcmp(name, "SQL_ASCII") == 0;
    conn_unlock_looked(conn, looked);
    if (bad)
        PyErr_Format(conn->state->NotSupportedError,
                     "a database in SQL_ASCII cannot read COPY data in %s: set another "
                     "client_encoding",
                     conn->codec.pg_name);
    return bad ? -1 : 0;
}

/* "schema"."table", as a new bytes object. */
static PyObject *
quote_table(cursor_object *cur, PyObject *schema, PyObject *table)
{
    bytebuf sql = BYTEBUF_INIT;
    PyObject *bytes = NULL;
    int failed = schema != Py_None && copy_add_identifier(cur, schema, &sql) < 0;
    if (!failed && schema != Py_None && bytebuf_add_char(&sql, '.') < 0) {
        PyErr_NoMemory();
        failed = 1;
    }
    if (!failed && copy_add_identifier(cur, table, &sql) == 0)
        bytes = PyBytes_FromStringAndSize(sql.data, (Py_ssize_t)sql.len);
    bytebuf_free(&sql);
    return bytes;
}

/* COPY "schema"."table" ("column", ...) FROM STDIN, as a new bytes object. */
static PyObject *
compose(records_job *self)
{
    const char *end = self->binary ? " FROM STDIN (FORMAT binary)" : " FROM STDIN";
    bytebuf sql = BYTEBUF_INIT;
    PyObject *bytes = NULL;
    int failed = bytebuf_add_literal(&sql, "COPY ") < 0 ||
                 bytebuf_add(&sql, PyBytes_AS_STRING(self->table),
                             (size_t)PyBytes_GET_SIZE(self->table)) < 0 ||
                 (self->names != Py_None && bytebuf_add_char(&sql, ' ') < 0);
    if (!failed && copy_add_columns(self->job.cur, self->names, &sql) < 0)
        goto exit;
    if (failed || bytebuf_add(&sql, end, strlen(end)) < 0)
        PyErr_NoMemory();
    else
        bytes = PyBytes_FromStringAndSize(sql.data, (Py_ssize_t)sql.len);
exit:
    bytebuf_free(&sql);
    return bytes;
}

/* Choose the binary format where all of many records can be sent in it: it costs the server half of
 * what the text does. Only for a list or tuple, which can be looked through before. */
static int
choose_format(records_job *self)
{
    PyObject *records = self->records;
    if ((!PyList_CheckExact(records) && !PyTuple_CheckExact(records)) || !self->columns.count ||
        PySequence_Fast_GET_SIZE(records) < BINARY_FROM)
        return 0;
    const adapt_binary_type **binary = PyMem_Calloc((size_t)self->columns.count, sizeof *binary);
    int fits = 1;
    if (!binary) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; fits && i < self->columns.count; i++) {
        binary[i] = adapt_binary_find(self->columns.oids[i]);
        fits = binary[i] != NULL;
    }
    if (fits)
        fits = adapt_binary_fits(&self->copy, binary, self->columns.count, records);
    if (fits > 0)
        self->binary = binary;
    else
        PyMem_Free(binary);
    return fits < 0 ? -1 : 0;
}

/* Before the COPY: ask what the columns are, and choose the format. */
static int
prepare(copy_job *job)
{
    records_job *self = (records_job *)job;
    if (copy_ask_columns_lock_held(job->cur, self->table, self->names, &self->columns) < 0)
        return -1;
    if (self->columns.count)
        self->width = self->columns.count;
    if (choose_format(self) < 0)
        return -1;
    if (!self->binary)
        return 0;
    Py_SETREF(job->sql, compose(self));
    if (!job->sql)
        return -1;
    return cur_set_query(job->cur, PyBytes_AS_STRING(job->sql), (size_t)PyBytes_GET_SIZE(job->sql));
}

/* `columns` as a tuple, or None; a new reference. */
static PyObject *
read_columns(PyObject *columns)
{
    if (columns == Py_None)
        return Py_NewRef(columns);
    if (PyUnicode_Check(columns) || PyBytes_Check(columns)) {
        PyErr_Format(PyExc_TypeError, "columns must be a sequence of names, not %.200s",
                     Py_TYPE(columns)->tp_name);
        return NULL;
    }
    return PySequence_Tuple(columns);
}

static PyObject *
run(records_job *self)
{
    PyObject *answer = NULL;
    self->width = self->names == Py_None ? -1 : PyTuple_GET_SIZE(self->names);
    conn_adapt_ctx(self->job.conn, &self->ctx);
    adapt_copy_init(&self->copy, &self->ctx);
    self->job.sql = compose(self);
    self->iterator = self->job.sql ? PyObject_GetIter(self->records) : NULL;
    if (self->iterator)
        answer = copy_run(&self->job);
    adapt_copy_clear(&self->copy);
    bytebuf_free(&self->out);
    PyMem_Free(self->columns.oids);
    PyMem_Free(self->binary);
    Py_XDECREF(self->job.sql);
    Py_XDECREF(self->iterator);
    Py_XDECREF(self->mapping_type);
    return answer;
}

PyObject *
cur_copy_records(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"table", "records", "columns", "schema", "progress", NULL};
    PyObject *table, *columns = Py_None, *schema = Py_None, *progress = NULL, *answer = NULL;
    records_job job = {.job = {.cur = self, .prepare = prepare, .copy_in = send_records}};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|OO$O", names, &table, &job.records, &columns,
                                     &schema, &progress) ||
        copy_progress_init(&job.job.progress, progress) < 0 ||
        copy_check_usable(self, "copy_records") < 0 ||
        cur_check_unnamed(self, "copy_records") < 0 || check_encoding(self->conn) < 0)
        return cur_failed(self);
    job.job.conn = self->conn;
    job.names = read_columns(columns);
    job.table = job.names ? quote_table(self, schema, table) : NULL;
    if (job.table)
        answer = run(&job);
    Py_XDECREF(job.names);
    Py_XDECREF(job.table);
    return answer ? answer : cur_failed(self);
}
