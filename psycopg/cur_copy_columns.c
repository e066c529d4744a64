/* The types of a table's columns, for COPY of Python values: which of its formats they can be sent
 * in, and what the columns would make of them. */
#include "cur_copy.h"

#include <stdlib.h>
#include <string.h>

/* A domain is its base type here, an enum is text: what they take. */
#define TYPE_OID                                                                                   \
    "SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype WHEN 'e' THEN 25 ELSE t.oid END FROM "
#define ATTRIBUTE_TYPE "pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
#define OF_TABLE "a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = pg_catalog.to_regclass("

/* The oldest server that is asked; its catalogue and its binary format are those of today's. */
enum { OLDEST_ASKED = 100000, GENERATED_SINCE = 120000 };

static int
add(bytebuf *sql, const char *text)
{
    if (bytebuf_add(sql, text, strlen(text)) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* Append bytes as a literal. */
static int
add_quoted(connection_object *conn, PyObject *bytes, bytebuf *sql)
{
    PyObject *quoted = conn_quote_literal(conn, bytes);
    int rc = quoted ? add(sql, PyBytes_AS_STRING(quoted)) : -1;
    Py_XDECREF(quoted);
    return rc;
}

static int
add_name(connection_object *conn, PyObject *name, bytebuf *sql)
{
    PyObject *bytes =
        PyUnicode_Check(name) ? text_encode(&conn->codec, conn->state, name) : Py_NewRef(name);
    int rc = bytes ? add_quoted(conn, bytes, sql) : -1;
    Py_XDECREF(bytes);
    return rc;
}

/* FROM what the types come: the table's columns, or those that are named, in their order. */
static int
add_source(cursor_object *cur, PyObject *columns, PyObject *table, bytebuf *sql)
{
    connection_object *conn = cur->conn;
    int failed = 0;
    if (columns == Py_None)
        return add(sql, ATTRIBUTE_TYPE "WHERE " OF_TABLE) < 0 || add_quoted(conn, table, sql) < 0 ||
                       add(sql, ")") < 0 ||
                       (conn->server_version >= GENERATED_SINCE &&
                        add(sql, " AND a.attgenerated = ''") < 0)
                   ? -1
                   : add(sql, " ORDER BY a.attnum");
    failed = add(sql, "pg_catalog.unnest(ARRAY[") < 0;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(columns); i++)
        failed = (i && add(sql, ",") < 0) || add_name(conn, PyTuple_GET_ITEM(columns, i), sql) < 0;
    if (failed ||
        add(sql, "]::pg_catalog.name[]) WITH ORDINALITY c (name, n) JOIN " ATTRIBUTE_TYPE
                 "ON a.attname = c.name AND " OF_TABLE) < 0 ||
        add_quoted(conn, table, sql) < 0)
        return -1;
    return add(sql, ") ORDER BY c.n");
}

/* The OIDs in the rows of `result`; `expected` of them, or as many as come where that is negative.
 */
static int
read_oids(pq_result *result, Py_ssize_t expected, copy_columns *self)
{
    rowbuf_reader reader;
    const char *row;
    int64_t n = result->kind == PQ_RESULT_TUPLES ? result->rows.nrows : 0;
    if (n == 0 || (expected >= 0 && n != expected))
        return 0;
    self->oids = PyMem_Malloc((size_t)n * sizeof *self->oids);
    if (!self->oids) {
        PyErr_NoMemory();
        return -1;
    }
    rowbuf_reader_init(&reader, &result->rows);
    while ((row = rowbuf_reader_peek(&reader))) {
        int32_t len;
        const char *value = rowbuf_get_value(row, &len);
        self->oids[self->count++] = len < 0 ? 0 : (uint32_t)strtoul(value, NULL, 10);
        rowbuf_reader_advance(&reader, rowbuf_next(value, len));
    }
    return 0;
}

int
copy_ask_columns_lock_held(cursor_object *cur, PyObject *table, PyObject *columns,
                           copy_columns *self)
{
    bytebuf sql = BYTEBUF_INIT;
    pq_result result;
    int answer = -1;
    Py_ssize_t expected = columns == Py_None ? -1 : PyTuple_GET_SIZE(columns);
    *self = (copy_columns){0};
    if (cur->conn->server_version < OLDEST_ASKED || expected == 0)
        return 0;
    pq_result_init(&result);
    if (add(&sql, TYPE_OID) == 0 && add_source(cur, columns, table, &sql) == 0) {
        if (bytebuf_terminate(&sql) < 0)
            PyErr_NoMemory();
        else if (conn_exec_begun_lock_held(cur->conn, sql.data, &result, (PyObject *)cur) == 0)
            answer = read_oids(&result, expected, self);
    }
    pq_result_clear(&result);
    bytebuf_free(&sql);
    return answer;
}
