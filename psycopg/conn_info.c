/* psycopg2.extensions.ConnectionInfo: what libpq knows about a connection, open or not. */
#include "conn_info.h"

#include "conn_pipeline.h"
#include "errors.h"

#include <errno.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    connection_object *conn; /* NULL: __init__ did not run */
} info_object;

static int
info_traverse(PyObject *obj, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(obj));
    Py_VISIT(((info_object *)obj)->conn);
    return 0;
}

static int
info_clear(PyObject *obj)
{
    Py_CLEAR(((info_object *)obj)->conn);
    return 0;
}

static void
info_dealloc(PyObject *obj)
{
    PyTypeObject *type = Py_TYPE(obj);
    PyObject_GC_UnTrack(obj);
    info_clear(obj);
    type->tp_free(obj);
    Py_DECREF(type);
}

static int
info_init_object(PyObject *obj, PyObject *args, PyObject *kwargs)
{
    PyObject *conn;
    module_state *state = state_of(obj);
    if (!state)
        return -1;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "ConnectionInfo() takes no keyword arguments");
        return -1;
    }
    if (!PyArg_ParseTuple(args, "O", &conn))
        return -1;
    if (!Connection_Check(state, conn)) {
        PyErr_SetString(PyExc_TypeError, "The argument must be a psycopg2 connection");
        return -1;
    }
    Py_XSETREF(((info_object *)obj)->conn, (connection_object *)Py_NewRef(conn));
    return 0;
}

PyObject *
conn_info_new(connection_object *conn)
{
    PyTypeObject *type = (PyTypeObject *)conn->state->conninfo_type;
    info_object *self = (info_object *)type->tp_alloc(type, 0);
    if (self)
        self->conn = (connection_object *)Py_NewRef((PyObject *)conn);
    return (PyObject *)self;
}

/* libpq's connection; NULL, which its functions take, when there is none. */
static PGconn *
pg_of(PyObject *obj)
{
    const connection_object *conn = ((info_object *)obj)->conn;
    return conn ? pq_look(&conn->session) : NULL;
}

static int
lock(connection_object *conn)
{
    return conn ? conn_lock_to_look(conn) : 0;
}

/* -- Attributes: one getter for each type of libpq's functions -- */

typedef struct {
    char *(*text)(const PGconn *pg);
    int (*number)(const PGconn *pg);
} info_source;

/* The parameters of the connection came from a str and from the environment, not from the server.
 */
static PyObject *
decode_parameter(const char *text)
{
    if (!text)
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "surrogateescape");
}

static PyObject *
get_text(PyObject *obj, void *closure)
{
    return decode_parameter(((const info_source *)closure)->text(pg_of(obj)));
}

static PyObject *
get_number(PyObject *obj, void *closure)
{
    return PyLong_FromLong(((const info_source *)closure)->number(pg_of(obj)));
}

static PyObject *
get_flag(PyObject *obj, void *closure)
{
    return PyBool_FromLong(((const info_source *)closure)->number(pg_of(obj)));
}

static PyObject *
get_port(PyObject *obj, void *Py_UNUSED(closure))
{
    const char *port = PQport(pg_of(obj));
    if (!port || !*port)
        Py_RETURN_NONE;
    return PyLong_FromString(port, NULL, 10);
}

static PyObject *
get_status(PyObject *obj, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(PQstatus(pg_of(obj)));
}

static PyObject *
get_transaction_status(PyObject *obj, void *Py_UNUSED(closure))
{
    connection_object *conn = ((info_object *)obj)->conn;
    if (conn && conn_pipeline_settle(conn) < 0)
        return NULL;
    return PyLong_FromLong(PQtransactionStatus(pg_of(obj)));
}

static PyObject *
get_ssl_in_use(PyObject *obj, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(PQsslInUse(pg_of(obj)));
}

static PyObject *
get_error_message(PyObject *obj, void *Py_UNUSED(closure))
{
    connection_object *conn = ((info_object *)obj)->conn;
    PyObject *answer = NULL;
    int locked = lock(conn);
    if (locked < 0)
        return NULL;
    const char *text = PQerrorMessage(pg_of(obj));
    if (text && *text)
        answer = errors_decode(conn ? &conn->codec : NULL, text);
    else
        answer = Py_NewRef(Py_None);
    if (conn)
        conn_unlock_looked(conn, locked);
    return answer;
}

static PyObject *
get_ssl_attribute_names(PyObject *obj, void *Py_UNUSED(closure))
{
    PyObject *answer = PyList_New(0);
    for (const char *const *name = PQsslAttributeNames(pg_of(obj)); answer && name && *name;
         name++) {
        PyObject *text = PyUnicode_FromString(*name);
        if (!text || PyList_Append(answer, text) < 0)
            Py_CLEAR(answer);
        Py_XDECREF(text);
    }
    return answer;
}

PyObject *
conn_info_dsn_parameters(connection_object *conn)
{
    if (conn_check_open(conn) < 0)
        return NULL;
    errno = 0;
    PQconninfoOption *options = PQconninfo(conn->session.pg);
    if (!options || errno == ENOMEM) {  // libpq leaves out what it has no memory for
        PQconninfoFree(options);
        return PyErr_NoMemory();
    }
    PyObject *answer = conn_options_dict(options, 0);
    PQconninfoFree(options);
    return answer;
}

static PyObject *
get_dsn_parameters(PyObject *obj, void *Py_UNUSED(closure))
{
    connection_object *conn = ((info_object *)obj)->conn;
    if (!conn) {
        module_state *state = state_of(obj);
        if (state)
            PyErr_SetString(state->InterfaceError, "ConnectionInfo.__init__() was not called");
        return NULL;
    }
    return conn_info_dsn_parameters(conn);
}

/* -- Methods -- */

PyDoc_STRVAR(parameter_status_doc,
             "parameter_status($self, name)\n--\n\n"
             "The current value (str) of a parameter (str) that the server reports:\n"
             "server_version, client_encoding, TimeZone, ...; None for one that it does not\n"
             "report, or when the connection is closed. PQparameterStatus() of libpq.");

static PyObject *
info_parameter_status(PyObject *obj, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", NULL};
    connection_object *conn = ((info_object *)obj)->conn;
    const char *name;
    PyObject *answer = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s", names, &name))
        return NULL;
    int locked = lock(conn);
    if (locked < 0)
        return NULL;
    const char *value = PQparameterStatus(pg_of(obj), name);
    if (value)
        answer = text_decode(&conn->codec, conn->state, value, (Py_ssize_t)strlen(value));
    else
        answer = Py_NewRef(Py_None);
    if (conn)
        conn_unlock_looked(conn, locked);
    return answer;
}

PyDoc_STRVAR(ssl_attribute_doc,
             "ssl_attribute($self, name)\n--\n\n"
             "What is known (str) about the TLS of the connection under a name (str) of\n"
             "ssl_attribute_names; None for an unknown one, or without TLS. PQsslAttribute() of\n"
             "libpq.");

static PyObject *
info_ssl_attribute(PyObject *obj, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", NULL};
    const char *name;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s", names, &name))
        return NULL;
    return decode_parameter(PQsslAttribute(pg_of(obj), name));
}

static PyMethodDef info_methods[] = {
    {"parameter_status", COMPAT_METHOD(info_parameter_status), METH_VARARGS | METH_KEYWORDS,
     parameter_status_doc},
    {"ssl_attribute", COMPAT_METHOD(info_ssl_attribute), METH_VARARGS | METH_KEYWORDS,
     ssl_attribute_doc},
    {NULL, NULL, 0, NULL},
};

#define TEXT(name, function, doc)                                                                  \
    {                                                                                              \
        name, get_text, NULL, doc, (void *)&(const info_source)                                    \
        {                                                                                          \
            .text = (function)                                                                     \
        }                                                                                          \
    }
#define NUMBER(name, function, doc)                                                                \
    {                                                                                              \
        name, get_number, NULL, doc, (void *)&(const info_source)                                  \
        {                                                                                          \
            .number = (function)                                                                   \
        }                                                                                          \
    }
#define FLAG(name, function, doc)                                                                  \
    {                                                                                              \
        name, get_flag, NULL, doc, (void *)&(const info_source)                                    \
        {                                                                                          \
            .number = (function)                                                                   \
        }                                                                                          \
    }

static PyGetSetDef info_getset[] = {
    TEXT("dbname", PQdb, "The name of the database (str). PQdb() of libpq."),
    TEXT("user", PQuser, "The name of the user (str). PQuser() of libpq."),
    TEXT("password", PQpass, "The password (str), '' without one. PQpass() of libpq."),
    TEXT("host", PQhost,
         "The host, its address, or the directory of the socket (str). PQhost() of libpq."),
    {"port", get_port, NULL, "The port (int). PQport() of libpq.", NULL},
    TEXT("options", PQoptions,
         "The options sent to the server when it connected (str). PQoptions() of libpq."),
    {"dsn_parameters", get_dsn_parameters, NULL,
     "The parameters in effect, defaults and environment included, as a dict of str; without the "
     "password.\n"
     "Raises `InterfaceError` when the connection is closed. PQconninfo() of libpq.",
     NULL},
    {"status", get_status, NULL, "The state of the connection (int, 0: good). PQstatus() of libpq.",
     NULL},
    {"transaction_status", get_transaction_status, NULL,
     "The state of the transaction (int): see the TRANSACTION_STATUS constants in "
     "psycopg2.extensions.\n"
     "PQtransactionStatus() of libpq.",
     NULL},
    NUMBER("protocol_version", PQprotocolVersion,
           "The version of the protocol (int). PQprotocolVersion() of libpq."),
    NUMBER("server_version", PQserverVersion,
           "The version of the server (int): 180006 is 18.6. PQserverVersion() of libpq."),
    {"error_message", get_error_message, NULL,
     "The message (str) of the last operation, or None if it was none. PQerrorMessage() of libpq.",
     NULL},
    NUMBER("socket", PQsocket,
           "The descriptor of the socket (int), -1 without one. PQsocket() of libpq."),
    NUMBER("backend_pid", PQbackendPID,
           "The process id of the server process (int). PQbackendPID() of libpq."),
    FLAG("used_password", PQconnectionUsedPassword,
         "Whether a password was used (bool). PQconnectionUsedPassword() of libpq."),
    FLAG("needs_password", PQconnectionNeedsPassword,
         "Whether a password was asked for and none was there (bool). PQconnectionNeedsPassword() "
         "of libpq."),
    {"ssl_in_use", get_ssl_in_use, NULL,
     "Whether the connection uses TLS (bool). PQsslInUse() of libpq.", NULL},
    {"ssl_attribute_names", get_ssl_attribute_names, NULL,
     "The names that ssl_attribute() knows (list of str). PQsslAttributeNames() of libpq.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(
    info_doc,
    "ConnectionInfo(conn, /)\n--\n\n"
    "What libpq knows about a connection; connection.info is one. Every attribute can be read\n"
    "when the connection is closed too, and is then None, 0 or the like, except\n"
    "dsn_parameters. PostgreSQL manual, libpq, Connection Status Functions.");

static PyType_Slot info_slots[] = {
    {Py_tp_doc, (void *)info_doc},   {Py_tp_init, info_init_object},
    {Py_tp_traverse, info_traverse}, {Py_tp_clear, info_clear},
    {Py_tp_dealloc, info_dealloc},   {Py_tp_methods, info_methods},
    {Py_tp_getset, info_getset},     {0, NULL},
};

static PyType_Spec info_spec = {
    .name = "psycopg2.extensions.ConnectionInfo",
    .basicsize = sizeof(info_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = info_slots,
};

int
conn_info_init(PyObject *module, module_state *state)
{
    return state_add_type(module, &info_spec, NULL, &state->conninfo_type, "ConnectionInfo");
}
