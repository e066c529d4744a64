/* Named cursors: DECLARE, FETCH, MOVE and CLOSE on the server. */
#include "cur.h"

#include "note.h"

#include <stdio.h>
#include <string.h>

/* A named cursor is one transaction's: of the one in which it was made, if not withhold. */
static int
is_valid(const cursor_object *self)
{
    return self->withhold || self->mark == self->conn->mark;
}

int
cur_named_is_open(const cursor_object *self)
{
    const connection_object *conn = self->conn;
    return self->quoted_name && self->declared && !self->closed && conn &&
           conn->closed == CONN_OPEN && conn->session.pg && !pq_forked(&conn->session) &&
           (self->withhold || (is_valid(self) && conn->status != CONN_STATUS_READY));
}

static int
check_valid(cursor_object *self)
{
    if (is_valid(self))
        return 0;
    PyErr_SetString(self->state->ProgrammingError, "named cursor isn't valid anymore");
    note_add("its transaction is over: make it with withhold=True to use it after commit()");
    return -1;
}

int
cur_named_check_execute(cursor_object *self)
{
    const connection_object *conn = self->conn;
    const char *message = NULL;
    if (!self->quoted_name || !conn || conn->closed != CONN_OPEN)
        return 0;
    if (self->query != Py_None)
        message = "can't call .execute() on named cursors more than once";
    else if (conn->autocommit && !conn->in_with && !self->withhold)
        message = "can't use a named cursor outside of transactions";
    if (!message)
        return 0;
    PyErr_SetString(self->state->ProgrammingError, message);
    note_add(self->query != Py_None ? "make a new cursor for each query"
                                    : "make it with withhold=True, or set connection.autocommit to "
                                      "False");
    return -1;
}

int
cur_named_declare(cursor_object *self, bytebuf *sql)
{
    if (check_valid(self) < 0)
        return -1;
    if (bytebuf_add_literal(sql, "DECLARE ") < 0 ||
        bytebuf_add(sql, PyBytes_AS_STRING(self->quoted_name),
                    (size_t)PyBytes_GET_SIZE(self->quoted_name)) < 0 ||
        (self->scrollable == 0 && bytebuf_add_literal(sql, " NO") < 0) ||
        (self->scrollable >= 0 && bytebuf_add_literal(sql, " SCROLL") < 0) ||
        (self->withhold ? bytebuf_add_literal(sql, " CURSOR WITH HOLD FOR ")
                        : bytebuf_add_literal(sql, " CURSOR WITHOUT HOLD FOR ")) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* Run "<before><name>" with the cursor's name, of any length, at the end. */
static int
run(cursor_object *self, const char *before, int no_begin)
{
    bytebuf sql = BYTEBUF_INIT;
    int answer = -1;
    if (bytebuf_add(&sql, before, strlen(before)) < 0 ||
        bytebuf_add(&sql, PyBytes_AS_STRING(self->quoted_name),
                    (size_t)PyBytes_GET_SIZE(self->quoted_name)) < 0 ||
        bytebuf_terminate(&sql) < 0)
        PyErr_NoMemory();
    else
        answer = cur_run(self, sql.data, no_begin);
    bytebuf_free(&sql);
    return answer;
}

int
cur_named_fetch(cursor_object *self, Py_ssize_t count, int all)
{
    char before[64];
    if (check_valid(self) < 0 || conn_check_not_prepared(self->conn, "fetch") < 0)
        return -1;
    if (all)
        snprintf(before, sizeof before, "FETCH FORWARD ALL FROM ");
    else
        snprintf(before, sizeof before, "FETCH FORWARD %zd FROM ", count);
    return run(self, before, self->withhold);
}

int
cur_named_move(cursor_object *self, long count, int absolute)
{
    char before[64];
    if (check_valid(self) < 0 || conn_check_not_prepared(self->conn, "scroll") < 0)
        return -1;
    snprintf(before, sizeof before, "MOVE %s%ld FROM ", absolute ? "ABSOLUTE " : "", count);
    int answer = run(self, before, self->withhold);
    if (answer == 0)
        self->rowcount = -1;  // the tag's number is of the rows that were passed
    return answer;
}

/* Whether a cursor that was not declared here exists, because a function opened it or SQL declared
 * it. 1, 0, -1. */
static int
exists(cursor_object *self)
{
    connection_object *conn = self->conn;
    int answer = -1;
    bytebuf sql = BYTEBUF_INIT;
    PyObject *bytes = text_encode(&conn->codec, self->state, self->name);
    PyObject *literal = bytes ? conn_quote_literal(conn, bytes) : NULL;
    if (literal &&
        (bytebuf_add_literal(&sql, "SELECT 1 FROM pg_catalog.pg_cursors where name = ") < 0 ||
         bytebuf_add(&sql, PyBytes_AS_STRING(literal), (size_t)PyBytes_GET_SIZE(literal)) < 0 ||
         bytebuf_terminate(&sql) < 0))
        PyErr_NoMemory();
    else if (literal && cur_run(self, sql.data, 1) == 0)
        answer = self->rowcount > 0;
    bytebuf_free(&sql);
    Py_XDECREF(literal);
    Py_XDECREF(bytes);
    return answer;
}

int
cur_named_close(cursor_object *self)
{
    PGTransactionStatusType status = PQtransactionStatus(pq_look(&self->conn->session));
    /* In a failed transaction nothing can be said to the server, and the cursor goes with it. */
    if (status == PQTRANS_UNKNOWN || status == PQTRANS_INERROR)
        return 0;
    if (self->query != Py_None && check_valid(self) < 0)
        return -1;
    int there = self->declared ? 1 : exists(self);
    if (there <= 0)
        return there;
    return run(self, "CLOSE ", 1);
}
