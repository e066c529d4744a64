/* The type of typecasters, new_type() and new_array_type(), and the casters that are there from the
 * start. */
#include "cast.h"

#include "cast_impl.h"

enum { MOST_OIDS = 6, MOST_DEPTH = 32 };

/* -- the type ---------------------------------------------------------------------------------- */

static int
caster_traverse(PyObject *op, visitproc visit, void *arg)
{
    caster_object *self = (caster_object *)op;
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->name);
    Py_VISIT(self->values);
    Py_VISIT(self->function);
    Py_VISIT(self->element);
    return 0;
}

static int
caster_clear(PyObject *op)
{
    caster_object *self = (caster_object *)op;
    Py_CLEAR(self->name);
    Py_CLEAR(self->values);
    Py_CLEAR(self->function);
    Py_CLEAR(self->element);
    return 0;
}

static void
caster_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    caster_clear(op);
    PyObject_GC_Del(op);
    Py_DECREF(type);
}

static PyObject *
caster_repr(PyObject *op)
{
    return PyUnicode_FromFormat("<psycopg2._psycopg.type '%U' at %p>", ((caster_object *)op)->name,
                                op);
}

static PyObject *
caster_call(PyObject *op, PyObject *args, PyObject *kwargs)
{
    PyObject *value, *cursor;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "a typecaster takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OO", &value, &cursor))
        return NULL;
    module_state *state = state_of(op);
    return state ? cast_by_hand(state, op, value, cursor) : NULL;
}

/* Whether one of the OIDs of `other`, a caster or anything int() takes, is one of ours; what int()
 * refuses is no OID and equals none. -1: error. */
static int
shares_oid(module_state *state, caster_object *self, PyObject *other)
{
    if (!Caster_Check(state, other)) {
        PyObject *number = PyNumber_Long(other);
        if (!number) {
            int refused = PyErr_ExceptionMatches(PyExc_TypeError) ||
                          PyErr_ExceptionMatches(PyExc_ValueError) ||
                          PyErr_ExceptionMatches(PyExc_OverflowError);
            if (refused)
                PyErr_Clear();
            return refused ? 0 : -1;
        }
        int found = PySequence_Contains(self->values, number);
        Py_DECREF(number);
        return found;
    }
    PyObject *values = ((caster_object *)other)->values;
    int found = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(values) && !found; i++)
        found = PySequence_Contains(self->values, PyTuple_GET_ITEM(values, i));
    return found;
}

/* The type objects of the DB-API: equal to every type code among their OIDs. There is no order
 * among them: what is not equal is as good as less and as greater. */
static PyObject *
caster_richcompare(PyObject *op, PyObject *other, int comparison)
{
    module_state *state = state_of(op);
    if (!state)
        return NULL;
    int equal = shares_oid(state, (caster_object *)op, other);
    if (equal < 0)
        return NULL;
    return PyBool_FromLong(equal ? comparison == Py_EQ : comparison != Py_EQ);
}

static PyMemberDef caster_members[] = {
    {"name", T_OBJECT, offsetof(caster_object, name), READONLY,
     "The caster's name, as new_type() was given it."},
    {"values", T_OBJECT, offsetof(caster_object, values), READONLY,
     "The OIDs of its types: a tuple of int."},
    {0},
};

PyDoc_STRVAR(
    caster_doc,
    "A typecaster: how values of some PostgreSQL types become Python objects.\n"
    "\n"
    "caster(value, cursor) -> object\n"
    "\n"
    "`value` is the text PostgreSQL sent, as str or bytes, or None, which stays None; `cursor`\n"
    "gives the encoding and tzinfo_factory. A caster equals an int that is one of its OIDs, and\n"
    "a caster that shares one: it is a type object of the DB-API (PEP 249). Made by new_type()\n"
    "and new_array_type(), put to use by register_type().");

static PyType_Slot caster_slots[] = {
    {Py_tp_doc, (void *)caster_doc},
    {Py_tp_dealloc, caster_dealloc},
    {Py_tp_traverse, caster_traverse},
    {Py_tp_clear, caster_clear},
    {Py_tp_repr, caster_repr},
    {Py_tp_call, caster_call},
    {Py_tp_richcompare, caster_richcompare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_members, caster_members},
    {0, NULL},
};

static PyType_Spec caster_spec = {
    .name = "psycopg2._psycopg.type",
    .basicsize = sizeof(caster_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE | COMPAT_TPFLAGS_NO_NEW,
    .slots = caster_slots,
};

/* `function` and `element` may be NULL. NULL with an exception on failure. */
static PyObject *
caster_new(module_state *state, PyObject *name, PyObject *values, cast_fn fn, PyObject *function,
           PyObject *element)
{
    PyTypeObject *type = (PyTypeObject *)state->caster_type;
    caster_object *self = PyObject_GC_New(caster_object, type);
    if (!self)
        return NULL;
    self->name = Py_NewRef(name);
    self->values = Py_NewRef(values);
    self->fn = fn;
    self->function = Py_XNewRef(function);
    self->element = Py_XNewRef(element);
    self->plain = 0;
    self->depth = element ? ((caster_object *)element)->depth + 1 : 0;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* -- new_type() and new_array_type() ----------------------------------------------------------- */

static int
check_oids(PyObject *values)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(values); i++) {
        PyObject *value = PyTuple_GET_ITEM(values, i);
        if (!PyLong_Check(value)) {
            PyErr_Format(PyExc_TypeError, "an OID must be an int, not '%.200s'",
                         Py_TYPE(value)->tp_name);
            return -1;
        }
    }
    return 0;
}

PyDoc_STRVAR(
    new_type_doc,
    "new_type(values, name, castobj=None, baseobj=None)\n--\n\n"
    "A typecaster of the PostgreSQL types whose OIDs are in the tuple *values*; `register_type()`\n"
    "puts it to use. *name* (str) is what its repr() shows.\n\n"
    "*castobj* is called as ``castobj(value, cursor)``, where *value* is the text that PostgreSQL\n"
    "sent (str), or None for NULL; what it returns is the value, and what it raises goes through.\n"
    "It may be a typecaster. Without it the result can only be compared with OIDs, as the DB-API\n"
    "has it. *baseobj* is not used.\n\n"
    "Raises `TypeError` for arguments of other types.");

static PyObject *
new_type(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"values", "name", "castobj", "baseobj", NULL};
    PyObject *values, *name, *castobj = Py_None, *unused;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!U|OO", names, &PyTuple_Type, &values, &name,
                                     &castobj, &unused))
        return NULL;
    if (check_oids(values) < 0)
        return NULL;
    module_state *state = state_of_module(module);
    if (castobj == Py_None)
        return caster_new(state, name, values, NULL, NULL, NULL);
    if (Caster_Check(state, castobj)) {
        caster_object *other = (caster_object *)castobj;
        PyObject *self =
            caster_new(state, name, values, other->fn, other->function, other->element);
        if (self)
            ((caster_object *)self)->plain = other->plain;
        return self;
    }
    if (!PyCallable_Check(castobj)) {
        PyErr_Format(PyExc_TypeError, "castobj must be callable, '%.200s' object is not callable",
                     Py_TYPE(castobj)->tp_name);
        return NULL;
    }
    return caster_new(state, name, values, cast_python, castobj, NULL);
}

PyDoc_STRVAR(
    new_array_type_doc,
    "new_array_type(values, name, baseobj)\n--\n\n"
    "A typecaster of the array types whose OIDs are in the tuple *values*, and whose elements the\n"
    "typecaster *baseobj* reads. *name* (str) is what its repr() shows.\n\n"
    "Arrays become lists, in lists for every further dimension; NULL becomes None, or what a\n"
    "*baseobj* made in Python makes of None. Text that is no array is a `DataError`.\n\n"
    "Raises `TypeError` for arguments of other types, `ValueError` where there are too many "
    "arrays\n"
    "of arrays.");

static PyObject *
new_array_type(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"values", "name", "baseobj", NULL};
    module_state *state = state_of_module(module);
    PyObject *values, *name, *element;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!UO!", names, &PyTuple_Type, &values, &name,
                                     (PyTypeObject *)state->caster_type, &element))
        return NULL;
    if (check_oids(values) < 0)
        return NULL;
    if (((caster_object *)element)->depth >= MOST_DEPTH) {
        PyErr_Format(PyExc_ValueError, "%R has too many array casters one in the other", element);
        return NULL;
    }
    return caster_new(state, name, values, cast_array, NULL, element);
}

static PyMethodDef functions[] = {
    {"new_type", COMPAT_METHOD(new_type), METH_VARARGS | METH_KEYWORDS, new_type_doc},
    {"new_array_type", COMPAT_METHOD(new_array_type), METH_VARARGS | METH_KEYWORDS,
     new_array_type_doc},
    {0},
};

/* -- the casters that are there from the start ------------------------------------------------- */

typedef struct {
    const char *name;
    cast_fn fn;
    const char *element; /* of an array: the name of a caster above it in the table */
    int registered;      /* in string_types from the start */
    uint32_t oids[MOST_OIDS];
} builtin;

/* Names and OIDs are what the DB-API and programs expect; the order of OIDs within one shows in
 * `values`. */
static const builtin builtins[] = {
    {"NUMBER", cast_float, NULL, 0, {20, 23, 21, 701, 700, 1700}},
    {"LONGINTEGER", cast_integer, NULL, 1, {20}},
    {"INTEGER", cast_integer, NULL, 1, {23, 21}},
    {"FLOAT", cast_float, NULL, 1, {701, 700}},
    {"DECIMAL", cast_decimal, NULL, 1, {1700}},
    {"STRING", cast_string, NULL, 1, {19, 18, 25, 1042, 1043}},
    {"UNICODE", cast_string, NULL, 0, {19, 18, 25, 1042, 1043}},
    {"BYTES", cast_bytes, NULL, 0, {19, 18, 25, 1042, 1043}},
    {"UNKNOWN", cast_string, NULL, 1, {705}},
    {"BOOLEAN", cast_boolean, NULL, 1, {16}},
    {"DATETIME", cast_datetime, NULL, 1, {1114}},
    {"DATETIMETZ", cast_datetimetz, NULL, 1, {1184}},
    {"TIME", cast_time, NULL, 1, {1083, 1266}},
    {"DATE", cast_date, NULL, 1, {1082}},
    {"INTERVAL", cast_interval, NULL, 1, {704, 1186}},
    {"PYDATETIME", cast_datetime, NULL, 0, {1114}},
    {"PYDATETIMETZ", cast_datetimetz, NULL, 0, {1184}},
    {"PYTIME", cast_time, NULL, 0, {1083, 1266}},
    {"PYDATE", cast_date, NULL, 0, {1082}},
    {"PYINTERVAL", cast_interval, NULL, 0, {704, 1186}},
    {"BINARY", cast_bytea, NULL, 1, {17}},
    {"ROWID", cast_integer, NULL, 1, {26}},
    {"UUID", cast_uuid, NULL, 1, {2950}},
    {"JSON", cast_json, NULL, 1, {114}},
    {"JSONB", cast_json, NULL, 1, {3802}},
    {"LONGINTEGERARRAY", cast_array, "LONGINTEGER", 1, {1016}},
    {"INTEGERARRAY", cast_array, "INTEGER", 1, {1005, 1006, 1007}},
    {"FLOATARRAY", cast_array, "FLOAT", 1, {1021, 1022}},
    {"DECIMALARRAY", cast_array, "DECIMAL", 1, {1231}},
    {"STRINGARRAY", cast_array, "STRING", 1, {1002, 1003, 1009, 1014, 1015}},
    {"UNICODEARRAY", cast_array, "UNICODE", 0, {1002, 1003, 1009, 1014, 1015}},
    {"BYTESARRAY", cast_array, "BYTES", 0, {1002, 1003, 1009, 1014, 1015}},
    {"BOOLEANARRAY", cast_array, "BOOLEAN", 1, {1000}},
    {"DATETIMEARRAY", cast_array, "DATETIME", 1, {1115}},
    {"DATETIMETZARRAY", cast_array, "DATETIMETZ", 1, {1185}},
    {"TIMEARRAY", cast_array, "TIME", 1, {1183, 1270}},
    {"DATEARRAY", cast_array, "DATE", 1, {1182}},
    {"INTERVALARRAY", cast_array, "INTERVAL", 1, {1187}},
    {"PYDATETIMEARRAY", cast_array, "PYDATETIME", 0, {1115}},
    {"PYDATETIMETZARRAY", cast_array, "PYDATETIMETZ", 0, {1185}},
    {"PYTIMEARRAY", cast_array, "PYTIME", 0, {1183, 1270}},
    {"PYDATEARRAY", cast_array, "PYDATE", 0, {1182}},
    {"PYINTERVALARRAY", cast_array, "PYINTERVAL", 0, {1187}},
    {"BINARYARRAY", cast_array, "BINARY", 1, {1001}},
    {"ROWIDARRAY", cast_array, "ROWID", 1, {1028, 1013}},
    {"UUIDARRAY", cast_array, "UUID", 1, {2951}},
    {"JSONARRAY", cast_array, "JSON", 1, {199}},
    {"JSONBARRAY", cast_array, "JSONB", 1, {3807}},
    {"INETARRAY", cast_array, "STRING", 1, {1041}},
    {"CIDRARRAY", cast_array, "STRING", 1, {651}},
    {"MACADDRARRAY", cast_array, "STRING", 1, {1040}},
};

static PyObject *
oids_tuple(const uint32_t oids[MOST_OIDS])
{
    Py_ssize_t n = 0;
    while (n < MOST_OIDS && oids[n])
        n++;
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple && i < n; i++) {
        PyObject *oid = PyLong_FromUnsignedLong(oids[i]);
        if (!oid)
            Py_CLEAR(tuple);
        else
            PyTuple_SET_ITEM(tuple, i, oid);
    }
    return tuple;
}

static PyObject *
builtin_new(PyObject *module, module_state *state, const builtin *entry)
{
    PyObject *name = NULL, *values = NULL, *element = NULL, *caster = NULL;
    name = PyUnicode_InternFromString(entry->name);
    values = oids_tuple(entry->oids);
    if (!name || !values)
        goto exit;
    if (entry->element && !(element = PyObject_GetAttrString(module, entry->element)))
        goto exit;
    caster = caster_new(state, name, values, entry->fn, NULL, element);
    if (caster)
        ((caster_object *)caster)->plain = entry->fn != cast_array && entry->fn != cast_json;
exit:
    Py_XDECREF(element);
    Py_XDECREF(values);
    Py_XDECREF(name);
    return caster;
}

static int
add_object(PyObject *module, const char *name, PyObject *object)
{
    if (PyModule_AddObject(module, name, Py_NewRef(object)) == 0)
        return 0;
    Py_DECREF(object);
    return -1;
}

static int
builtin_add(PyObject *module, module_state *state, const builtin *entry)
{
    PyObject *caster = builtin_new(module, state, entry);
    int result = caster ? add_object(module, entry->name, caster) : -1;
    if (result == 0 && entry->registered)
        result = cast_register(state, caster, state->string_types);
    Py_XDECREF(caster);
    return result;
}

int
cast_init(PyObject *module, module_state *state)
{
    if (cast_datetime_init() < 0)
        return -1;
    if (state_add_type(module, &caster_spec, NULL, &state->caster_type, NULL) < 0)
        return -1;
#if PY_VERSION_HEX < 0x030a0000
    ((PyTypeObject *)state->caster_type)->tp_new = NULL;
#endif
    state->string_types = PyDict_New();
    state->binary_types = PyDict_New();
    if (!state->string_types || !state->binary_types)
        return -1;
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (builtin_add(module, state, &builtins[i]) < 0)
            return -1;
    state->default_caster = PyObject_GetAttrString(module, "STRING");
    if (!state->default_caster)
        return -1;
    if (add_object(module, "string_types", state->string_types) < 0 ||
        add_object(module, "binary_types", state->binary_types) < 0)
        return -1;
    return PyModule_AddFunctions(module, functions);
}
