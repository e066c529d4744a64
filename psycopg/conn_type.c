/* The connection type: construction, methods, attributes. */
#include "conn.h"

#include "conn_async.h"
#include "conn_info.h"
#include "conn_tpc.h"
#include "cur.h"
#include "green.h"
#include "lobj.h"

#include <string.h>

static PyObject *
conn_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    module_state *state = state_of_type(type);
    connection_object *self = state ? (connection_object *)type->tp_alloc(type, 0) : NULL;
    if (!self)
        return NULL;
    self->state = state;
    self->closed = CONN_CLOSED;  // until __init__ has run
    self->isolation = CONN_ISOLATION_DEFAULT;
    self->readonly = self->deferrable = CONN_STATE_DEFAULT;
    if (pq_session_init(&self->session) < 0) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    self->session_ready = 1;
    self->cursor_factory = Py_NewRef(Py_None);
    self->notices = PyList_New(0);
    self->notifies = PyList_New(0);
    self->string_types = PyDict_New();
    self->binary_types = PyDict_New();
    if (!self->notices || !self->notifies || !self->string_types || !self->binary_types) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int
conn_tp_init(connection_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"dsn", "async", "async_", NULL};
    PyObject *dsn;
    long is_async = 0, is_async_ = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|ll", names, &dsn, &is_async, &is_async_))
        return -1;
    if (self->session.pg) {
        PyErr_SetString(self->state->InterfaceError, "the connection is open already");
        return -1;
    }
    self->is_async = is_async || is_async_;
    return conn_connect(self, dsn, self->is_async);
}

static int
conn_traverse(connection_object *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->notices);
    Py_VISIT(self->notifies);
    Py_VISIT(self->cursor_factory);
    Py_VISIT(self->string_types);
    Py_VISIT(self->binary_types);
    Py_VISIT(self->async_cursor);
    Py_VISIT(self->tpc_xid);
    return 0;
}

static int
conn_clear(connection_object *self)
{
    Py_CLEAR(self->notices);
    Py_CLEAR(self->notifies);
    Py_CLEAR(self->cursor_factory);
    Py_CLEAR(self->string_types);
    Py_CLEAR(self->binary_types);
    Py_CLEAR(self->async_cursor);
    Py_CLEAR(self->tpc_xid);
    return 0;
}

static void
conn_dealloc(connection_object *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs)
        PyObject_ClearWeakRefs((PyObject *)self);
    if (self->session_ready) {
        /* No reference is left, so no thread has the session. */
        Py_BEGIN_ALLOW_THREADS;
        pq_session_destroy(&self->session);
        Py_END_ALLOW_THREADS;
    }
    pq_error_clear(&self->query.error);
    pq_result_clear(&self->async_result);
    (void)conn_clear(self);
    Py_CLEAR(self->dsn);
    Py_CLEAR(self->encoding);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
conn_repr(connection_object *self)
{
    const char *dsn = self->dsn ? PyUnicode_AsUTF8(self->dsn) : "<unintialized>";
    if (!dsn)
        return NULL;
    return PyUnicode_FromFormat("<connection object at %p; dsn: '%s', closed: %d>", self, dsn,
                                self->closed);
}

static int
check_connected(connection_object *self)
{
    if (self->status == CONN_STATUS_READY || self->status == CONN_STATUS_BEGIN ||
        self->status == CONN_STATUS_PREPARED)
        return 0;
    PyErr_SetString(self->state->OperationalError, "asynchronous connection attempt underway");
    return -1;
}

static PyObject *
m_cursor(connection_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", "cursor_factory", "withhold", "scrollable", NULL};
    PyObject *name = Py_None, *factory = Py_None, *withhold = Py_False, *scrollable = Py_None;
    if (conn_check_open(self) < 0 ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|OOOO", names, &name, &factory, &withhold,
                                     &scrollable))
        return NULL;
    if (check_connected(self) < 0)
        return NULL;
    if (name != Py_None && self->is_async) {
        PyErr_SetString(self->state->ProgrammingError,
                        "asynchronous connections cannot produce named cursors");
        return NULL;
    }
    if (factory == Py_None)
        factory = self->cursor_factory && self->cursor_factory != Py_None
                      ? self->cursor_factory
                      : self->state->cursor_type;
    Py_INCREF(factory);
    PyObject *cursor = PyObject_CallFunctionObjArgs(factory, (PyObject *)self, name, NULL);
    Py_DECREF(factory);
    if (!cursor)
        return NULL;
    if (!Cursor_Check(self->state, cursor)) {
        PyErr_SetString(PyExc_TypeError,
                        "cursor factory must be subclass of psycopg2.extensions.cursor");
        goto error;
    }
    int hold = PyObject_IsTrue(withhold);
    if (hold < 0 || (hold && PyObject_SetAttrString(cursor, "withhold", withhold) < 0))
        goto error;
    if (scrollable != Py_None && PyObject_SetAttrString(cursor, "scrollable", scrollable) < 0)
        goto error;
    return cursor;
error:
    Py_DECREF(cursor);
    return NULL;
}

static PyObject *
m_close(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (conn_close(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* What commit, rollback and their kin check first. */
static int
check_transaction_call(connection_object *self, const char *what)
{
    if (conn_check_open(self) < 0 || conn_check_sync(self, what) < 0)
        return -1;
    return conn_check_no_tpc(self, what);
}

static PyObject *
m_commit(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (check_transaction_call(self, "commit") < 0 || conn_commit(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
m_rollback(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (check_transaction_call(self, "rollback") < 0 || conn_rollback(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
m_enter(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (conn_check_open(self) < 0)
        return NULL;
    if (self->in_with) {
        PyErr_SetString(self->state->ProgrammingError,
                        "the connection cannot be re-entered recursively");
        return NULL;
    }
    self->in_with = 1;
    return Py_NewRef((PyObject *)self);
}

static PyObject *
m_exit(connection_object *self, PyObject *args)
{
    PyObject *type, *value, *tb;
    if (!PyArg_ParseTuple(args, "OOO", &type, &value, &tb))
        return NULL;
    self->in_with = 0;
    /* Through the attribute, so that a subclass's commit() and rollback() are called. A failing
     * rollback must not hide the exception that led to it. */
    PyObject *done =
        PyObject_CallMethod((PyObject *)self, type == Py_None ? "commit" : "rollback", NULL);
    if (!done) {
        if (type == Py_None)
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    Py_DECREF(done);
    Py_RETURN_NONE;
}

static PyObject *
m_cancel(connection_object *self, PyObject *Py_UNUSED(unused))
{
    char text[256];
    int answer;
    if (conn_check_open(self) < 0 || check_connected(self) < 0 ||
        conn_check_not_prepared(self, "cancel") < 0)
        return NULL;
    pq_cancel *cancel = pq_cancel_new(&self->session);
    Py_BEGIN_ALLOW_THREADS;
    answer = pq_cancel_run(cancel, -1, text, sizeof text);
    Py_END_ALLOW_THREADS;
    if (answer < 0) {
        PyErr_Format(self->state->OperationalError, "cancel failed: %s", text);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
m_reset(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (conn_check_open(self) < 0 || conn_check_sync(self, "reset") < 0 || conn_lock(self) < 0)
        return NULL;
    self->mark++;
    int answer =
        self->status == CONN_STATUS_BEGIN ? conn_exec_lock_held(self, "ABORT", NULL, NULL) : 0;
    if (answer == 0) {
        self->status = CONN_STATUS_READY;
        answer = conn_exec_lock_held(self, "DISCARD ALL", NULL, NULL);
    }
    if (answer == 0) {
        self->isolation = CONN_ISOLATION_DEFAULT;
        self->readonly = self->deferrable = CONN_STATE_DEFAULT;
        self->autocommit = 0;
        Py_CLEAR(self->tpc_xid);
        if (self->date_style != CAST_DATE_ISO)
            answer = conn_exec_lock_held(self, "SET DATESTYLE TO 'ISO'", NULL, NULL);
    }
    conn_unlock(self);
    conn_events(self);
    if (answer < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
m_get_transaction_status(connection_object *self, PyObject *Py_UNUSED(unused))
{
    return PyLong_FromLong(PQtransactionStatus(pq_look(&self->session)));
}

static PyObject *
m_get_parameter_status(connection_object *self, PyObject *args)
{
    const char *name;
    if (conn_check_open(self) < 0 || !PyArg_ParseTuple(args, "s", &name))
        return NULL;
    int locked = conn_lock_to_look(self);
    if (locked < 0)
        return NULL;
    const char *value = PQparameterStatus(pq_look(&self->session), name);
    PyObject *answer =
        value ? text_decode(&self->codec, self->state, value, (Py_ssize_t)strlen(value))
              : Py_NewRef(Py_None);
    conn_unlock_looked(self, locked);
    return answer;
}

static PyObject *
m_get_backend_pid(connection_object *self, PyObject *Py_UNUSED(unused))
{
    return conn_check_open(self) < 0 ? NULL : PyLong_FromLong(PQbackendPID(self->session.pg));
}

static PyObject *
m_get_dsn_parameters(connection_object *self, PyObject *Py_UNUSED(unused))
{
    return conn_info_dsn_parameters(self);
}

static PyObject *
m_fileno(connection_object *self, PyObject *Py_UNUSED(unused))
{
    return conn_check_open(self) < 0 ? NULL : PyLong_FromLong(PQsocket(self->session.pg));
}

static PyObject *
m_isexecuting(connection_object *self, PyObject *Py_UNUSED(unused))
{
    return PyBool_FromLong(self->is_async && self->session.pg &&
                           (self->async_busy || self->status == CONN_STATUS_SETUP));
}

static PyObject *
m_poll(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (conn_check_open(self) < 0)
        return NULL;
    long answer = green_poll(self);
    if (answer < 0)
        answer = async_poll(self);
    return answer < 0 ? NULL : PyLong_FromLong(answer);
}

static PyObject *
m_get_native_connection(connection_object *self, PyObject *Py_UNUSED(unused))
{
    if (conn_check_open(self) < 0)
        return NULL;
    return PyCapsule_New(self->session.pg, "psycopg2.connection.native_connection", NULL);
}

static PyObject *
m_lobject(connection_object *self, PyObject *args, PyObject *kwargs)
{
    return lobj_open(self, args, kwargs);
}

static PyMethodDef methods[] = {
    {"cursor", COMPAT_METHOD(m_cursor), METH_VARARGS | METH_KEYWORDS,
     "cursor(name=None, cursor_factory=None, withhold=False, scrollable=None) -> cursor\n\n"
     "A new cursor. With `name` (any str) it is a server-side cursor, DECLAREd by execute(). "
     "`cursor_factory` is\n"
     "called with the connection and the name; None means connection.cursor_factory, else "
     "extensions.cursor.\n"
     "`withhold` and `scrollable` are for named cursors (ProgrammingError otherwise). DB-API 2.0."},
    {"close", COMPAT_METHOD(m_close), METH_NOARGS,
     "close()\n\n"
     "Close the connection now; an open transaction is rolled back by the server. A second close() "
     "does nothing.\n"
     "DB-API 2.0."},
    {"commit", COMPAT_METHOD(m_commit), METH_NOARGS,
     "commit()\n\nCommit the open transaction, if there is one. DB-API 2.0."},
    {"rollback", COMPAT_METHOD(m_rollback), METH_NOARGS,
     "rollback()\n\nRoll the open transaction back, if there is one. DB-API 2.0."},
    {"__enter__", COMPAT_METHOD(m_enter), METH_NOARGS,
     "__enter__() -> connection\n\n"
     "Begin a `with` block, which is one transaction, also in autocommit. ProgrammingError inside "
     "another one."},
    {"__exit__", COMPAT_METHOD(m_exit), METH_VARARGS,
     "__exit__(type, value, traceback)\n\n"
     "commit(), or rollback() where an exception passes. The connection stays open."},
    {"cancel", COMPAT_METHOD(m_cancel), METH_NOARGS,
     "cancel()\n\n"
     "Ask the server to cancel what the connection is doing; from any thread. The call that is "
     "waiting raises\n"
     "QueryCanceledError. OperationalError where the request cannot be sent. libpq: "
     "PQcancelStart()."},
    {"reset", COMPAT_METHOD(m_reset), METH_NOARGS,
     "reset()\n\n"
     "Roll back and return the session to its defaults (DISCARD ALL). Prepared transactions are "
     "left alone."},
    {"set_session", COMPAT_METHOD(conn_set_session), METH_VARARGS | METH_KEYWORDS,
     "set_session(isolation_level=None, readonly=None, deferrable=None, autocommit=None)\n\n"
     "Set any of these for the next transactions; None leaves it as it is, 'default' returns it to "
     "the server's.\n"
     "ProgrammingError inside a transaction, ValueError for a value that is none of them."},
    {"set_isolation_level", COMPAT_METHOD(conn_set_isolation_level), METH_O,
     "set_isolation_level(level)\n\n"
     "Roll back, then open the next transactions with `level`: 1 to 4 (ISOLATION_LEVEL_*), 0 for "
     "autocommit, None for\n"
     "the server's default."},
    {"set_client_encoding", COMPAT_METHOD(conn_set_client_encoding), METH_O,
     "set_client_encoding(encoding)\n\n"
     "Roll back and set the encoding in which the server is spoken to: a name that PostgreSQL "
     "knows."},
    {"get_transaction_status", COMPAT_METHOD(m_get_transaction_status), METH_NOARGS,
     "get_transaction_status() -> int\n\n"
     "One of extensions.TRANSACTION_STATUS_*; asks the server nothing. libpq: "
     "PQtransactionStatus()."},
    {"get_parameter_status", COMPAT_METHOD(m_get_parameter_status), METH_VARARGS,
     "get_parameter_status(parameter) -> str or None\n\n"
     "A setting that the server reports by itself, None for others. libpq: PQparameterStatus()."},
    {"get_backend_pid", COMPAT_METHOD(m_get_backend_pid), METH_NOARGS,
     "get_backend_pid() -> int\n\nThe process ID of the server's side. libpq: PQbackendPID()."},
    {"get_dsn_parameters", COMPAT_METHOD(m_get_dsn_parameters), METH_NOARGS,
     "get_dsn_parameters() -> dict\n\nThe options in effect, without passwords. libpq: "
     "PQconninfo()."},
    {"fileno", COMPAT_METHOD(m_fileno), METH_NOARGS,
     "fileno() -> int\n\nThe descriptor of the socket, for select() and friends. libpq: "
     "PQsocket()."},
    {"isexecuting", COMPAT_METHOD(m_isexecuting), METH_NOARGS,
     "isexecuting() -> bool\n\nWhether an operation is on its way."},
    {"poll", COMPAT_METHOD(m_poll), METH_NOARGS,
     "poll() -> int\n\n"
     "Take in what the server has sent, without waiting; notifications are in `notifies` "
     "afterwards. The answer is\n"
     "extensions.POLL_OK, POLL_READ or POLL_WRITE."},
    {"lobject", COMPAT_METHOD(m_lobject), METH_VARARGS | METH_KEYWORDS,
     "lobject(oid=0, mode='', new_oid=0, new_file=None, lobject_factory=extensions.lobject) -> "
     "lobject\n\n"
     "Open, create (oid 0) or import (`new_file`, a path) a large object. Mode: 'r', 'w', 'rw' or "
     "'n' (do not open),\n"
     "then 't' for text or 'b' for bytes."},
    {"xid", COMPAT_METHOD(conn_xid), METH_VARARGS | METH_KEYWORDS,
     "xid(format_id, gtrid, bqual) -> Xid\n\nA transaction ID for the tpc_* methods. DB-API 2.0, "
     "optional extension."},
    {"tpc_begin", COMPAT_METHOD(conn_tpc_begin), METH_VARARGS,
     "tpc_begin(xid)\n\n"
     "Begin a two-phase transaction: `xid` is an Xid or a str. ProgrammingError inside a "
     "transaction and in\n"
     "autocommit. DB-API 2.0, optional extension."},
    {"tpc_prepare", COMPAT_METHOD(conn_tpc_prepare), METH_NOARGS,
     "tpc_prepare()\n\n"
     "The first phase: PREPARE TRANSACTION. InternalError where the transaction had failed: it is "
     "rolled back.\n"
     "DB-API 2.0, optional extension."},
    {"tpc_commit", COMPAT_METHOD(conn_tpc_commit), METH_VARARGS,
     "tpc_commit(xid=None)\n\n"
     "Commit the connection's two-phase transaction, or the prepared one named `xid`. DB-API 2.0, "
     "optional extension."},
    {"tpc_rollback", COMPAT_METHOD(conn_tpc_rollback), METH_VARARGS,
     "tpc_rollback(xid=None)\n\n"
     "Roll back the connection's two-phase transaction, or the prepared one named `xid`. DB-API "
     "2.0, optional\n"
     "extension."},
    {"tpc_recover", COMPAT_METHOD(conn_tpc_recover), METH_NOARGS,
     "tpc_recover() -> list of Xid\n\n"
     "The transactions that are prepared on the server, in all its databases. DB-API 2.0, optional "
     "extension."},
    {"get_native_connection", COMPAT_METHOD(m_get_native_connection), METH_NOARGS,
     "get_native_connection() -> capsule\n\n"
     "The PGconn as a capsule named 'psycopg2.connection.native_connection'; good while the "
     "connection is open."},
    {NULL, NULL, 0, NULL},
};

static PyObject *
get_info(connection_object *self, void *Py_UNUSED(closure))
{
    return conn_info_new(self);
}

static PyObject *
get_pgconn_ptr(connection_object *self, void *Py_UNUSED(closure))
{
    if (!self->session.pg)
        Py_RETURN_NONE;
    return PyLong_FromVoidPtr(self->session.pg);
}

/* The DB-API exceptions as attributes; `closure` is the offset in the state. */
static PyObject *
get_exception(connection_object *self, void *closure)
{
    return Py_NewRef(*(PyObject **)((char *)self->state + (size_t)closure));
}

#define EXCEPTION(name)                                                                            \
    {                                                                                              \
#name, (getter)get_exception, NULL,                                                        \
            "The exception psycopg2." #name ". DB-API 2.0, optional extension.",                   \
            (void *)offsetof(module_state, name)                                                   \
    }

static PyGetSetDef getset[] = {
    {"isolation_level", (getter)conn_get_isolation_level, (setter)conn_set_setting,
     "isolation_level: the isolation level of the next transactions\n\n"
     "One of the ISOLATION_LEVEL_* constants of `psycopg2.extensions`, or None for the server's "
     "default. It can be\n"
     "set to a constant, to its SQL name, or to None; outside of a transaction only "
     "(ProgrammingError).",
     "isolation_level"},
    {"autocommit", (getter)conn_get_autocommit, (setter)conn_set_setting,
     "autocommit: whether statements take effect at once, with no transaction opened by the "
     "driver\n\n"
     "Can be set outside of a transaction only (ProgrammingError).",
     "autocommit"},
    {"readonly", (getter)conn_get_readonly, (setter)conn_set_setting,
     "readonly: whether the next transactions are READ ONLY\n\n"
     "True, False, or None for the server's default. Can be set outside of a transaction only "
     "(ProgrammingError).",
     "readonly"},
    {"deferrable", (getter)conn_get_deferrable, (setter)conn_set_setting,
     "deferrable: whether the next transactions are DEFERRABLE\n\n"
     "True, False, or None for the server's default. Can be set outside of a transaction only "
     "(ProgrammingError).",
     "deferrable"},
    EXCEPTION(Error),
    EXCEPTION(Warning),
    EXCEPTION(InterfaceError),
    EXCEPTION(DatabaseError),
    EXCEPTION(InternalError),
    EXCEPTION(OperationalError),
    EXCEPTION(ProgrammingError),
    EXCEPTION(IntegrityError),
    EXCEPTION(DataError),
    EXCEPTION(NotSupportedError),
    {"info", (getter)get_info, NULL, "info: a ConnectionInfo, what is known of the connection",
     NULL},
    {"pgconn_ptr", (getter)get_pgconn_ptr, NULL,
     "pgconn_ptr: the address of the PGconn, or None when closed", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define MEMBER(name, type, flags, doc)                                                             \
    {                                                                                              \
#name, type, offsetof(connection_object, name), flags, doc                                 \
    }

static PyMemberDef members[] = {
    MEMBER(closed, T_INT, READONLY, "0: open; 1: closed; 2: broken, the server is gone."),
    MEMBER(status, T_INT, READONLY, "One of extensions.STATUS_*."),
    MEMBER(dsn, T_OBJECT, READONLY, "The connection string, passwords hidden."),
    MEMBER(encoding, T_OBJECT, READONLY,
           "The client encoding, PostgreSQL's name without separators."),
    MEMBER(notices, T_OBJECT, 0,
           "The last 50 notices of the server; any object with append() may take its place."),
    MEMBER(notifies, T_OBJECT, 0,
           "The notifications received, Notify objects; or any object with append()."),
    MEMBER(cursor_factory, T_OBJECT, 0, "What cursor() calls by default; None: extensions.cursor."),
    MEMBER(server_version, T_INT, READONLY, "The server's version: 180003 is 18.3."),
    MEMBER(string_types, T_OBJECT, READONLY, "Typecasters of this connection: OID to caster."),
    MEMBER(binary_types, T_OBJECT, READONLY, "Typecasters of this connection for binary values."),
    {"async", T_INT, offsetof(connection_object, is_async), READONLY,
     "Whether the connection is asynchronous."},
    {"async_", T_INT, offsetof(connection_object, is_async), READONLY,
     "Whether the connection is asynchronous."},
    {"protocol_version", T_INT, offsetof(connection_object, protocol_version), READONLY,
     "The version of the protocol: always 3."},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(connection_object, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "connection(dsn, async_=0)\n\n"
                "A session with a PostgreSQL server. psycopg2.connect() makes it; `dsn` is a libpq "
                "connection string or URI.\n"
                "OperationalError where the server cannot be reached or refuses. Threads may share "
                "it: they take turns.\n"
                "DB-API 2.0, Connection Objects."},
    {Py_tp_new, conn_new},
    {Py_tp_init, conn_tp_init},
    {Py_tp_dealloc, conn_dealloc},
    {Py_tp_traverse, conn_traverse},
    {Py_tp_clear, conn_clear},
    {Py_tp_repr, conn_repr},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {Py_tp_members, members},
    {0, NULL},
};

int
conn_init(PyObject *module, module_state *state)
{
    static PyType_Spec spec = {
        .name = "psycopg2.extensions.connection",
        .basicsize = sizeof(connection_object),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
                 COMPAT_TPFLAGS_IMMUTABLE,
        .slots = slots,
    };
    state->adapt_ctx_from_conn = conn_adapt_ctx_of;
    if (pq_init() < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return state_add_type(module, &spec, NULL, &state->connection_type, "connection");
}
