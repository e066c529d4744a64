/* Two-phase commit: the DB-API's optional tpc_* methods, PREPARE TRANSACTION underneath. */
#include "conn_tpc.h"

#include "xid.h"

#include <string.h>

/* An Xid from what the caller gave: an Xid, or a str or bytes. */
static PyObject *
as_xid(connection_object *self, PyObject *given)
{
    PyObject *text = NULL, *xid = NULL;
    if (PyObject_TypeCheck(given, (PyTypeObject *)self->state->xid_type)) {
        text = PyObject_Str(given);  // it can be written
        xid = text ? Py_NewRef(given) : NULL;
    } else if (PyUnicode_Check(given) || PyBytes_Check(given)) {
        text = PyUnicode_Check(given)
                   ? Py_NewRef(given)
                   : text_decode(&self->codec, self->state, PyBytes_AS_STRING(given),
                                 PyBytes_GET_SIZE(given));
        xid = text ? xid_from_string(self->state, text) : NULL;
    } else
        PyErr_SetString(PyExc_TypeError, "not a valid transaction id");
    Py_XDECREF(text);
    return xid;
}

static int
check(connection_object *self, const char *what)
{
    if (conn_check_open(self) < 0 || conn_check_sync(self, what) < 0)
        return -1;
    return 0;
}

/* Run "<command> '<xid>'". `result` may be NULL. */
static int
run_lock_held(connection_object *self, const char *command, PyObject *xid, pq_result *result)
{
    int answer = -1;
    bytebuf sql = BYTEBUF_INIT;
    PyObject *str = PyObject_Str(xid);
    PyObject *bytes = str ? text_encode(&self->codec, self->state, str) : NULL;
    PyObject *literal = bytes ? conn_quote_literal(self, bytes) : NULL;
    if (literal &&
        (bytebuf_add(&sql, command, strlen(command)) < 0 || bytebuf_add_char(&sql, ' ') < 0 ||
         bytebuf_add(&sql, PyBytes_AS_STRING(literal), (size_t)PyBytes_GET_SIZE(literal)) < 0 ||
         bytebuf_terminate(&sql) < 0))
        PyErr_NoMemory();
    else if (literal)
        answer = conn_exec_lock_held(self, sql.data, result, NULL);
    bytebuf_free(&sql);
    Py_XDECREF(literal);
    Py_XDECREF(bytes);
    Py_XDECREF(str);
    return answer;
}

PyObject *
conn_xid(connection_object *self, PyObject *args, PyObject *kwargs)
{
    if (conn_check_open(self) < 0)
        return NULL;
    return PyObject_Call(self->state->xid_type, args, kwargs);
}

PyObject *
conn_tpc_begin(connection_object *self, PyObject *args)
{
    PyObject *given;
    if (check(self, "tpc_begin") < 0 || conn_check_idle(self, "tpc_begin") < 0 ||
        !PyArg_ParseTuple(args, "O", &given))
        return NULL;
    PyObject *xid = as_xid(self, given);
    if (xid && self->autocommit) {
        PyErr_SetString(self->state->ProgrammingError,
                        "tpc_begin can't be called in autocommit mode");
        Py_CLEAR(xid);
    }
    if (!xid || conn_lock(self) < 0) {
        Py_XDECREF(xid);
        return NULL;
    }
    /* Another thread may have begun a transaction in the meantime. */
    int answer = conn_check_idle(self, "tpc_begin") < 0 ? -1 : conn_begin_lock_held(self);
    if (answer == 0)
        Py_XSETREF(self->tpc_xid, Py_NewRef(xid));
    conn_unlock(self);
    conn_events(self);
    Py_DECREF(xid);
    if (answer < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* PREPARE TRANSACTION of a failed transaction succeeds, and rolls back: its tag tells. */
static int
prepare_lock_held(connection_object *self)
{
    if (!self->tpc_xid) {
        PyErr_SetString(self->state->ProgrammingError,
                        "prepare must be called inside a two-phase transaction");
        return -1;
    }
    pq_result result;
    pq_result_init(&result);
    int answer = run_lock_held(self, "PREPARE TRANSACTION", self->tpc_xid, &result);
    if (answer == 0 && strcmp(result.command, "ROLLBACK") == 0) {
        self->mark++;
        self->status = CONN_STATUS_READY;
        Py_CLEAR(self->tpc_xid);
        PyErr_SetString(self->state->InternalError,
                        "the transaction had failed: it was rolled back, and is not prepared");
        answer = -1;
    } else if (answer == 0) {
        self->mark++;
        self->status = CONN_STATUS_PREPARED;
    }
    pq_result_clear(&result);
    return answer;
}

PyObject *
conn_tpc_prepare(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (check(self, "tpc_prepare") < 0 || conn_check_not_prepared(self, "tpc_prepare") < 0)
        return NULL;
    if (conn_lock(self) < 0)
        return NULL;
    int answer = prepare_lock_held(self);
    conn_unlock(self);
    conn_events(self);
    if (answer < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int
finish_own_lock_held(connection_object *self, const char *plain, const char *prepared)
{
    if (!self->tpc_xid) {
        PyErr_SetString(self->state->ProgrammingError,
                        "tpc_commit/tpc_rollback with no parameter must be called in a "
                        "two-phase transaction");
        return -1;
    }
    self->mark++;
    int answer = self->status == CONN_STATUS_PREPARED
                     ? run_lock_held(self, prepared, self->tpc_xid, NULL)
                     : conn_exec_lock_held(self, plain, NULL, NULL);
    if (answer == 0) {
        self->status = CONN_STATUS_READY;
        Py_CLEAR(self->tpc_xid);
    }
    return answer;
}

/* Finish the connection's own two-phase transaction, prepared or not. */
static int
finish_own(connection_object *self, const char *plain, const char *prepared)
{
    if (conn_lock(self) < 0)
        return -1;
    int answer = finish_own_lock_held(self, plain, prepared);
    conn_unlock(self);
    conn_events(self);
    return answer;
}

/* Finish a transaction that was prepared by whomever. */
static int
finish_other(connection_object *self, PyObject *given, const char *prepared)
{
    if (self->status != CONN_STATUS_READY) {
        PyErr_SetString(self->state->ProgrammingError,
                        "tpc_commit/tpc_rollback with a xid must be called outside a transaction");
        return -1;
    }
    PyObject *xid = as_xid(self, given);
    if (!xid || conn_lock(self) < 0) {
        Py_XDECREF(xid);
        return -1;
    }
    int answer = run_lock_held(self, prepared, xid, NULL);
    conn_unlock(self);
    conn_events(self);
    Py_DECREF(xid);
    return answer;
}

static PyObject *
finish(connection_object *self, PyObject *args, const char *what, const char *plain,
       const char *prepared)
{
    PyObject *given = NULL;
    if (check(self, what) < 0 || !PyArg_ParseTuple(args, "|O", &given) ||
        (given ? finish_other(self, given, prepared) : finish_own(self, plain, prepared)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
conn_tpc_commit(connection_object *self, PyObject *args)
{
    return finish(self, args, "tpc_commit", "COMMIT", "COMMIT PREPARED");
}

PyObject *
conn_tpc_rollback(connection_object *self, PyObject *args)
{
    return finish(self, args, "tpc_rollback", "ROLLBACK", "ROLLBACK PREPARED");
}

/* The Xids of rows of (gid, prepared, owner, database). */
static PyObject *
xids_of_rows(connection_object *self, PyObject *rows)
{
    PyObject *xids = PyList_New(0);
    for (Py_ssize_t i = 0; xids && i < PyList_GET_SIZE(rows); i++) {
        PyObject *row = PyList_GET_ITEM(rows, i);  // borrowed
        PyObject *xid = xid_from_string(self->state, PyTuple_GET_ITEM(row, 0));
        if (!xid ||
            xid_set_origin(xid, PyTuple_GET_ITEM(row, 1), PyTuple_GET_ITEM(row, 2),
                           PyTuple_GET_ITEM(row, 3)) < 0 ||
            PyList_Append(xids, xid) < 0)
            Py_CLEAR(xids);
        Py_XDECREF(xid);
    }
    return xids;
}

PyObject *
conn_tpc_recover(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (check(self, "tpc_recover") < 0 || conn_check_not_prepared(self, "tpc_recover") < 0)
        return NULL;
    int was_ready = self->status == CONN_STATUS_READY;
    PyObject *xids = NULL, *done = NULL, *rows = NULL;
    PyObject *cursor =
        PyObject_CallFunctionObjArgs(self->state->cursor_type, (PyObject *)self, NULL);
    if (cursor)
        done = PyObject_CallMethod(
            cursor, "execute", "s",
            "SELECT gid, prepared, owner, database FROM pg_catalog.pg_prepared_xacts");
    if (done)
        rows = PyObject_CallMethod(cursor, "fetchall", NULL);
    if (rows)
        xids = xids_of_rows(self, rows);
    PyObject *exc = compat_err_take();
    if (was_ready && self->status == CONN_STATUS_BEGIN && conn_rollback(self) < 0) {
        Py_CLEAR(xids);
        if (exc)
            PyErr_Clear();
    }
    if (exc)
        compat_err_restore(exc);
    Py_XDECREF(cursor);
    Py_XDECREF(done);
    Py_XDECREF(rows);
    return xids;
}
