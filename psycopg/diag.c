/* psycopg2.extensions.Diagnostics: the fields of an error report of the server. */
#include "errors.h"

typedef struct {
    PyObject_HEAD
    error_object *error; /* NULL: __init__ did not run */
} diag_object;

static int
diag_traverse(PyObject *obj, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(obj));
    Py_VISIT(((diag_object *)obj)->error);
    return 0;
}

static int
diag_clear(PyObject *obj)
{
    Py_CLEAR(((diag_object *)obj)->error);
    return 0;
}

static void
diag_dealloc(PyObject *obj)
{
    PyTypeObject *type = Py_TYPE(obj);
    PyObject_GC_UnTrack(obj);
    diag_clear(obj);
    type->tp_free(obj);
    Py_DECREF(type);
}

static int
diag_init_object(PyObject *obj, PyObject *args, PyObject *kwargs)
{
    PyObject *error;
    module_state *state = state_of(obj);
    if (!state)
        return -1;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Diagnostics() takes no keyword arguments");
        return -1;
    }
    if (!PyArg_ParseTuple(args, "O", &error))
        return -1;
    if (!PyObject_TypeCheck(error, (PyTypeObject *)state->Error)) {
        PyErr_SetString(PyExc_TypeError, "The argument must be a psycopg2.Error");
        return -1;
    }
    Py_XSETREF(((diag_object *)obj)->error, (error_object *)Py_NewRef(error));
    return 0;
}

PyObject *
diag_new(module_state *state, error_object *error)
{
    PyTypeObject *type = (PyTypeObject *)state->diagnostics_type;
    diag_object *self = (diag_object *)type->tp_alloc(type, 0);
    if (self)
        self->error = (error_object *)Py_NewRef((PyObject *)error);
    return (PyObject *)self;
}

/* What the fields are called, and libpq's codes of them (PQresultErrorField()). */
static PyObject *
diag_get(PyObject *obj, void *closure)
{
    const error_object *error = ((diag_object *)obj)->error;
    int field = *(const int *)closure;
    const char *text = error && error->result ? PQresultErrorField(error->result, field) : NULL;
    if (!text)
        Py_RETURN_NONE;
    return errors_decode(&error->codec, text);
}

#define FIELD(name, code, doc)                                                                     \
    {                                                                                              \
        name, diag_get, NULL, doc, (void *)&(const int)                                            \
        {                                                                                          \
            code                                                                                   \
        }                                                                                          \
    }

static PyGetSetDef diag_getset[] = {
    FIELD("severity", PG_DIAG_SEVERITY, "ERROR, FATAL or PANIC, in the language of the server."),
    FIELD("severity_nonlocalized", PG_DIAG_SEVERITY_NONLOCALIZED,
          "ERROR, FATAL or PANIC, in English."),
    FIELD("sqlstate", PG_DIAG_SQLSTATE, "The SQLSTATE, five characters."),
    FIELD("message_primary", PG_DIAG_MESSAGE_PRIMARY, "The message, one line."),
    FIELD("message_detail", PG_DIAG_MESSAGE_DETAIL, "More about the problem."),
    FIELD("message_hint", PG_DIAG_MESSAGE_HINT, "What to do about it."),
    FIELD("statement_position", PG_DIAG_STATEMENT_POSITION,
          "Where in the statement, in characters from 1."),
    FIELD("internal_position", PG_DIAG_INTERNAL_POSITION,
          "Where in internal_query, in characters from 1."),
    FIELD("internal_query", PG_DIAG_INTERNAL_QUERY,
          "The statement that a function ran and that failed."),
    FIELD("context", PG_DIAG_CONTEXT, "The call stack of functions, the innermost first."),
    FIELD("schema_name", PG_DIAG_SCHEMA_NAME, "The schema of the object concerned."),
    FIELD("table_name", PG_DIAG_TABLE_NAME, "The table concerned."),
    FIELD("column_name", PG_DIAG_COLUMN_NAME, "The column concerned."),
    FIELD("datatype_name", PG_DIAG_DATATYPE_NAME, "The data type concerned."),
    FIELD("constraint_name", PG_DIAG_CONSTRAINT_NAME, "The constraint concerned."),
    FIELD("source_file", PG_DIAG_SOURCE_FILE, "The file of the server's source."),
    FIELD("source_line", PG_DIAG_SOURCE_LINE, "The line in it."),
    FIELD("source_function", PG_DIAG_SOURCE_FUNCTION, "The function in it."),
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(
    diag_doc,
    "Diagnostics(err, /)\n--\n\n"
    "The error report of the server that the Error err was raised for, field by field, as\n"
    "PQresultErrorField() of libpq tells it: a str each, or None where the server said nothing.\n"
    "Raises `TypeError` when err is not a `psycopg2.Error`.");

static PyType_Slot diag_slots[] = {
    {Py_tp_doc, (void *)diag_doc},
    {Py_tp_init, diag_init_object},
    {Py_tp_traverse, diag_traverse},
    {Py_tp_clear, diag_clear},
    {Py_tp_dealloc, diag_dealloc},
    {Py_tp_getset, diag_getset},
    {0, NULL},
};

static PyType_Spec diag_spec = {
    .name = "psycopg2.extensions.Diagnostics",
    .basicsize = sizeof(diag_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = diag_slots,
};

int
diag_init(PyObject *module, module_state *state)
{
    return state_add_type(module, &diag_spec, NULL, &state->diagnostics_type, "Diagnostics");
}
