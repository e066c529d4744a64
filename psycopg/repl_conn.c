/* psycopg2.extensions.ReplicationConnection: a connection to a server that sends its log. */
#include "repl.h"

typedef struct {
    connection_object conn;
    long replication_type; /* 0: __init__ did not run */
} repl_connection_object;

/* psycopg2.<module>.<name>, a new reference. */
static PyObject *
import_name(const char *module_name, const char *name)
{
    PyObject *module = PyImport_ImportModule(module_name);
    PyObject *answer = module ? PyObject_GetAttrString(module, name) : NULL;
    Py_XDECREF(module);
    return answer;
}

static int
set_text(PyObject *dict, const char *key, const char *text)
{
    PyObject *value = PyUnicode_FromString(text);
    int answer = value ? PyDict_SetItemString(dict, key, value) : -1;
    Py_XDECREF(value);
    return answer;
}

/* `dsn` with what makes the server a sender of its log: a new str. */
static PyObject *
replication_dsn(PyObject *dsn, long type)
{
    PyObject *answer = NULL, *options = NULL, *none = PyTuple_New(0);
    PyObject *parse = import_name("psycopg2.extensions", "parse_dsn");
    PyObject *make = import_name("psycopg2.extensions", "make_dsn");
    if (!none || !parse || !make || !(options = PyObject_CallOneArg(parse, dsn)))
        goto exit;
    if (!PyDict_Check(options)) {
        PyErr_SetString(PyExc_TypeError, "parse_dsn() must return a dict");
        goto exit;
    }
    /* A physical stream is of no database; password files name it "replication". */
    if (set_text(options, "replication", type == REPL_LOGICAL ? "database" : "true") < 0 ||
        (type == REPL_PHYSICAL && set_text(options, "dbname", "replication") < 0))
        goto exit;
    answer = PyObject_Call(make, none, options);

exit:
    Py_XDECREF(options);
    Py_XDECREF(none);
    Py_XDECREF(parse);
    Py_XDECREF(make);
    return answer;
}

static int
repl_conn_tp_init(repl_connection_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"dsn", "async", "replication_type", "async_", NULL};
    module_state *state = self->conn.state;
    PyObject *dsn, *text = NULL, *base_args = NULL, *factory = NULL;
    long is_async = 0, is_async_ = 0, type = 0;
    int answer = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|lll", names, &dsn, &is_async, &type,
                                     &is_async_))
        return -1;
    if (type != REPL_LOGICAL && type != REPL_PHYSICAL) {
        PyErr_SetString(
            PyExc_TypeError,
            "replication_type must be either REPLICATION_PHYSICAL or REPLICATION_LOGICAL");
        return -1;
    }
    if (!(text = replication_dsn(dsn, type)) ||
        !(base_args = Py_BuildValue("(Oi)", text, is_async || is_async_)) ||
        !(factory = import_name("psycopg2.extras", "ReplicationCursor")))
        goto exit;
    if (!self->conn.session.pg) {
        self->conn.autocommit = 1;
        self->conn.no_sql = type == REPL_PHYSICAL;
        self->replication_type = type;
        Py_XSETREF(self->conn.cursor_factory, Py_NewRef(factory));
    }
    answer = ((PyTypeObject *)state->connection_type)->tp_init((PyObject *)self, base_args, NULL);

exit:
    Py_XDECREF(text);
    Py_XDECREF(base_args);
    Py_XDECREF(factory);
    return answer;
}

static PyObject *
repl_conn_repr(repl_connection_object *self)
{
    connection_object *conn = &self->conn;
    const char *dsn = conn->dsn ? PyUnicode_AsUTF8(conn->dsn) : "<unintialized>";
    if (!dsn)
        return NULL;
    return PyUnicode_FromFormat("<ReplicationConnection object at %p; dsn: '%s', closed: %d>", self,
                                dsn, conn->closed);
}

static PyObject *
get_replication_type(repl_connection_object *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(self->replication_type);
}

static PyGetSetDef getset[] = {
    {"replication_type", (getter)get_replication_type, NULL,
     "replication_type: REPLICATION_LOGICAL or REPLICATION_PHYSICAL", NULL},
    /* There are no transactions to set up: these of the base can neither be read nor set. */
    {"autocommit", NULL, NULL, NULL, NULL},
    {"isolation_level", NULL, NULL, NULL, NULL},
    {"set_session", NULL, NULL, NULL, NULL},
    {"set_isolation_level", NULL, NULL, NULL, NULL},
    {"reset", NULL, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc,
     "ReplicationConnection(dsn, async_=0, replication_type=0)\n--\n\n"
     "A connection that can stream the server's log: the base of "
     "extras.LogicalReplicationConnection and\n"
     "extras.PhysicalReplicationConnection. `replication_type` is REPLICATION_LOGICAL or "
     "REPLICATION_PHYSICAL; `TypeError`\n"
     "for anything else. It is always in autocommit mode.\n"
     "libpq: the connection parameter `replication`."},
    {Py_tp_init, repl_conn_tp_init},
    {Py_tp_repr, repl_conn_repr},
    {Py_tp_getset, getset},
    {0, NULL},
};

int
repl_init_connection(PyObject *module, module_state *state)
{
    static PyType_Spec spec = {
        .name = "psycopg2.extensions.ReplicationConnection",
        .basicsize = sizeof(repl_connection_object),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | COMPAT_TPFLAGS_IMMUTABLE,
        .slots = slots,
    };
    return state_add_type(module, &spec, state->connection_type, &state->repl_connection_type,
                          "ReplicationConnection");
}
