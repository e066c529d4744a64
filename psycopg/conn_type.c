/* The connection type: construction, methods, attributes. */
#include "conn.h"

#include "conn_async.h"
#include "conn_doc.h"
#include "conn_hook.h"
#include "conn_info.h"
#include "conn_pipeline.h"
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
    Py_VISIT(self->on_query);
    Py_VISIT(self->async_hook.function);
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
    Py_CLEAR(self->on_query);
    Py_CLEAR(self->async_hook.function);
    Py_CLEAR(self->async_query);
    return 0;
}

/* A connection that a child has from its parent is the parent's to close. */
static void
conn_finalize(connection_object *self)
{
    if (!self->session_ready || self->closed != CONN_OPEN || !self->session.pg ||
        pq_forked(&self->session))
        return;
    PyObject *exc = compat_err_take();
    COMPAT_WARN_UNCLOSED(self, "unclosed %R", self);
    compat_err_restore(exc);
}

static void
conn_dealloc(connection_object *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_CallFinalizerFromDealloc((PyObject *)self) < 0)
        return;
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
    if (withhold != Py_False && PyObject_SetAttrString(cursor, "withhold", withhold) < 0)
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
    if (conn_pipeline_settle(self) < 0)
        return NULL;
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
    {"cursor", COMPAT_METHOD(m_cursor), METH_VARARGS | METH_KEYWORDS, cursor_doc},
    {"close", COMPAT_METHOD(m_close), METH_NOARGS, close_doc},
    {"commit", COMPAT_METHOD(m_commit), METH_NOARGS, commit_doc},
    {"rollback", COMPAT_METHOD(m_rollback), METH_NOARGS, rollback_doc},
    {"__enter__", COMPAT_METHOD(m_enter), METH_NOARGS, enter_doc},
    {"__exit__", COMPAT_METHOD(m_exit), METH_VARARGS, exit_doc},
    {"cancel", COMPAT_METHOD(m_cancel), METH_NOARGS, cancel_doc},
    {"reset", COMPAT_METHOD(m_reset), METH_NOARGS, reset_doc},
    {"set_session", COMPAT_METHOD(conn_set_session), METH_VARARGS | METH_KEYWORDS, set_session_doc},
    {"set_isolation_level", COMPAT_METHOD(conn_set_isolation_level), METH_O,
     set_isolation_level_doc},
    {"set_client_encoding", COMPAT_METHOD(conn_set_client_encoding), METH_O,
     set_client_encoding_doc},
    {"get_transaction_status", COMPAT_METHOD(m_get_transaction_status), METH_NOARGS,
     get_transaction_status_doc},
    {"get_parameter_status", COMPAT_METHOD(m_get_parameter_status), METH_VARARGS,
     get_parameter_status_doc},
    {"get_backend_pid", COMPAT_METHOD(m_get_backend_pid), METH_NOARGS, get_backend_pid_doc},
    {"get_dsn_parameters", COMPAT_METHOD(m_get_dsn_parameters), METH_NOARGS,
     get_dsn_parameters_doc},
    {"fileno", COMPAT_METHOD(m_fileno), METH_NOARGS, fileno_doc},
    {"isexecuting", COMPAT_METHOD(m_isexecuting), METH_NOARGS, isexecuting_doc},
    {"poll", COMPAT_METHOD(m_poll), METH_NOARGS, poll_doc},
    {"lobject", COMPAT_METHOD(m_lobject), METH_VARARGS | METH_KEYWORDS, lobject_doc},
    {"xid", COMPAT_METHOD(conn_xid), METH_VARARGS | METH_KEYWORDS, xid_doc},
    {"tpc_begin", COMPAT_METHOD(conn_tpc_begin), METH_VARARGS, tpc_begin_doc},
    {"tpc_prepare", COMPAT_METHOD(conn_tpc_prepare), METH_NOARGS, tpc_prepare_doc},
    {"tpc_commit", COMPAT_METHOD(conn_tpc_commit), METH_VARARGS, tpc_commit_doc},
    {"tpc_rollback", COMPAT_METHOD(conn_tpc_rollback), METH_VARARGS, tpc_rollback_doc},
    {"tpc_recover", COMPAT_METHOD(conn_tpc_recover), METH_NOARGS, tpc_recover_doc},
    {"get_native_connection", COMPAT_METHOD(m_get_native_connection), METH_NOARGS,
     get_native_connection_doc},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, class_getitem_doc},
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
     isolation_level_doc, "isolation_level"},
    {"autocommit", (getter)conn_get_autocommit, (setter)conn_set_setting, autocommit_doc,
     "autocommit"},
    {"readonly", (getter)conn_get_readonly, (setter)conn_set_setting, readonly_doc, "readonly"},
    {"deferrable", (getter)conn_get_deferrable, (setter)conn_set_setting, deferrable_doc,
     "deferrable"},
    {"on_query", (getter)conn_get_on_query, (setter)conn_set_on_query, on_query_doc, NULL},
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
    {"info", (getter)get_info, NULL, info_doc, NULL},
    {"pgconn_ptr", (getter)get_pgconn_ptr, NULL, pgconn_ptr_doc, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define MEMBER(name, type, flags, doc)                                                             \
    {                                                                                              \
#name, type, offsetof(connection_object, name), flags, doc                                 \
    }

static PyMemberDef members[] = {
    MEMBER(closed, T_INT, READONLY, closed_doc),
    MEMBER(status, T_INT, READONLY, status_doc),
    MEMBER(dsn, T_OBJECT, READONLY, dsn_doc),
    MEMBER(encoding, T_OBJECT, READONLY, encoding_doc),
    MEMBER(notices, T_OBJECT, 0, notices_doc),
    MEMBER(notifies, T_OBJECT, 0, notifies_doc),
    MEMBER(cursor_factory, T_OBJECT, 0, cursor_factory_doc),
    MEMBER(server_version, T_INT, READONLY, server_version_doc),
    MEMBER(string_types, T_OBJECT, READONLY, string_types_doc),
    MEMBER(binary_types, T_OBJECT, READONLY, binary_types_doc),
    {"async", T_INT, offsetof(connection_object, is_async), READONLY, async_doc},
    {"async_", T_INT, offsetof(connection_object, is_async), READONLY, async_alias_doc},
    {"protocol_version", T_INT, offsetof(connection_object, protocol_version), READONLY,
     protocol_version_doc},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(connection_object, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)connection_class_doc},
    {Py_tp_new, conn_new},
    {Py_tp_init, conn_tp_init},
    {Py_tp_finalize, conn_finalize},
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
