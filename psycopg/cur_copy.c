/* cursor.copy_from(), copy_to(), copy_expert(): their arguments, and the statement that the first
 * two make. */
#include "cur_copy.h"

#include "compose.h"

#include <string.h>

static int
no_memory(int failed)
{
    if (failed)
        PyErr_NoMemory();
    return failed;
}

int
copy_add_identifier(cursor_object *self, PyObject *name, bytebuf *out)
{
    int answer = -1, failed;
    PyObject *bytes = NULL;
    if (PyBytes_Check(name))
        bytes = Py_NewRef(name);
    else if (PyUnicode_Check(name))
        bytes = text_encode(&self->conn->codec, self->state, name);
    else
        PyErr_Format(PyExc_TypeError, "Expected bytes or unicode string, got %.200s instead",
                     Py_TYPE(name)->tp_name);
    if (!bytes)
        goto exit;
    const char *at = PyBytes_AS_STRING(bytes), *end = at + PyBytes_GET_SIZE(bytes);
    if (memchr(at, '\0', (size_t)(end - at))) {
        PyErr_SetString(PyExc_ValueError, "A name cannot contain NUL (0x00) characters.");
        goto exit;
    }
    /* No encoding of PostgreSQL's has a quote within a character of several bytes. */
    failed = bytebuf_add_char(out, '"') < 0;
    for (; at < end && !failed; at++)
        failed = (*at == '"' && bytebuf_add_char(out, '"') < 0) || bytebuf_add_char(out, *at) < 0;
    if (!no_memory(failed || bytebuf_add_char(out, '"') < 0))
        answer = 0;

exit:
    Py_XDECREF(bytes);
    return answer;
}

int
copy_add_columns(cursor_object *self, PyObject *columns, bytebuf *out)
{
    PyObject *item, *iter;
    int first = 1, failed = 0;
    if (columns == Py_None)
        return 0;
    iter = PyObject_GetIter(columns);
    if (!iter)
        return -1;
    while (!failed && (item = PyIter_Next(iter))) {
        failed = no_memory(bytebuf_add_char(out, first ? '(' : ',') < 0) ||
                 copy_add_identifier(self, item, out) < 0;
        first = 0;
        Py_DECREF(item);
    }
    Py_DECREF(iter);
    if (!failed && !PyErr_Occurred() && first)
        failed = no_memory(bytebuf_add_char(out, '(') < 0);
    if (failed || PyErr_Occurred())
        return -1;
    return no_memory(bytebuf_add_char(out, ')') < 0) ? -1 : 0;
}

static int
add_literal(cursor_object *self, PyObject *text, bytebuf *out)
{
    adapt_ctx ctx;
    conn_adapt_ctx(self->conn, &ctx);
    return adapt_value(&ctx, text, out);
}

/* What copy_from() and copy_to() are called with. All borrowed. */
typedef struct {
    PyObject *file, *table;
    PyObject *sep, *null, *progress; /* NULL: not given */
    PyObject *columns;               /* None: all */
    Py_ssize_t size;                 /* read at a time */
} copy_args;

/* COPY table(columns) <direction> WITH DELIMITER AS sep NULL AS null, as a new bytes object. */
static PyObject *
compose(cursor_object *self, const char *direction, const copy_args *args, PyObject *sep,
        PyObject *null)
{
    bytebuf out = BYTEBUF_INIT;
    PyObject *sql = NULL;
    if (no_memory(bytebuf_add_literal(&out, "COPY ") < 0) ||
        copy_add_identifier(self, args->table, &out) < 0 ||
        copy_add_columns(self, args->columns, &out) < 0 ||
        no_memory(bytebuf_add(&out, direction, strlen(direction)) < 0) ||
        no_memory(bytebuf_add_literal(&out, " WITH DELIMITER AS ") < 0) ||
        add_literal(self, sep, &out) < 0 || no_memory(bytebuf_add_literal(&out, " NULL AS ") < 0) ||
        add_literal(self, null, &out) < 0)
        goto exit;
    sql = PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.len);

exit:
    bytebuf_free(&out);
    return sql;
}

/* -- Methods -- */

/* 1: the file has the method; 0 it has not; -1 an exception. */
static int
has_method(PyObject *file, const char *name)
{
    PyObject *found = PyObject_GetAttrString(file, name);
    if (!found && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    else if (!found)
        return -1;
    Py_XDECREF(found);
    return found != NULL;
}

static int
check_file(PyObject *file, const char *name)
{
    int has = has_method(file, name);
    if (has == 0)
        PyErr_Format(PyExc_TypeError, "argument 1 must have a .%s() method", name);
    return has == 1 ? 0 : -1;
}

/* A str, or a default made of `text`; a new reference. */
static PyObject *
str_or(PyObject *value, const char *text)
{
    return value ? Py_NewRef(value) : PyUnicode_FromString(text);
}

int
copy_check_usable(cursor_object *self, const char *what)
{
    if (cur_check_open(self) < 0 || conn_check_sync(self->conn, what) < 0 ||
        conn_check_no_stream(self->conn) < 0)
        return -1;
    return conn_check_not_prepared(self->conn, what);
}

/* Both methods once the arguments are read. */
static PyObject *
copy_table(cursor_object *self, const char *what, const char *direction, const copy_args *args)
{
    PyObject *sql = NULL, *answer = NULL;
    PyObject *sep = str_or(args->sep, "\t"), *null = str_or(args->null, "\\N");
    if (!sep || !null || copy_check_usable(self, what) < 0)
        goto exit;
    sql = compose(self, direction, args, sep, null);
    if (sql)
        answer = cur_copy_run(self, sql, args->file, args->size, args->progress);

exit:
    Py_XDECREF(sql);
    Py_XDECREF(sep);
    Py_XDECREF(null);
    return answer ? answer : cur_failed(self);
}

enum { READ_SIZE = 8192 };

PyObject *
cur_copy_from(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"file", "table", "sep", "null", "size", "columns", "progress", NULL};
    copy_args a = {.size = READ_SIZE, .columns = Py_None};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OU|UUnO$O", names, &a.file, &a.table, &a.sep,
                                     &a.null, &a.size, &a.columns, &a.progress) ||
        check_file(a.file, "read") < 0)
        return cur_failed(self);
    return copy_table(self, "copy_from", " FROM stdin", &a);
}

PyObject *
cur_copy_to(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"file", "table", "sep", "null", "columns", "progress", NULL};
    copy_args a = {.size = READ_SIZE, .columns = Py_None};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OU|UUO$O", names, &a.file, &a.table, &a.sep,
                                     &a.null, &a.columns, &a.progress) ||
        check_file(a.file, "write") < 0)
        return cur_failed(self);
    return copy_table(self, "copy_to", " TO stdout", &a);
}

PyObject *
cur_copy_expert(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"sql", "file", "size", "progress", NULL};
    PyObject *sql, *file, *progress = NULL;
    Py_ssize_t size = READ_SIZE;
    PyObject *bytes, *answer;
    adapt_ctx ctx;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|n$O", names, &sql, &file, &size, &progress))
        return cur_failed(self);
    if (copy_check_usable(self, "copy_expert") < 0)
        return cur_failed(self);
    int has = has_method(file, "read");
    if (has == 0)
        has = has_method(file, "write");
    if (has == 0)
        PyErr_SetString(PyExc_TypeError,
                        "file must be a readable file-like object for COPY FROM; a writable "
                        "file-like object for COPY TO.");
    if (has <= 0)
        return cur_failed(self);
    conn_adapt_ctx(self->conn, &ctx);
    bytes = compose_query_bytes(&ctx, sql);
    if (!bytes)
        return cur_failed(self);
    answer = cur_copy_run(self, bytes, file, size, progress);
    Py_DECREF(bytes);
    return answer ? answer : cur_failed(self);
}
