#include "column.h"

enum {
    NAME,
    TYPE_CODE,
    DISPLAY_SIZE,
    INTERNAL_SIZE,
    PRECISION,
    SCALE,
    NULL_OK,
    TABLE_OID,
    TABLE_COLUMN,
    ITEMS
};
enum { SEQUENCE = NULL_OK + 1 }; /* the items that the DB-API knows */
enum { NUMERIC_OID = 1700, VARLENA_HEADER = 4, VARIABLE_SIZE = -1 };

typedef struct {
    PyObject_HEAD
    PyObject *items[ITEMS]; /* none is NULL once it is made */
} column_object;

static int
column_traverse(PyObject *op, visitproc visit, void *arg)
{
    column_object *self = (column_object *)op;
    Py_VISIT(Py_TYPE(op));
    for (int i = 0; i < ITEMS; i++)
        Py_VISIT(self->items[i]);
    return 0;
}

static int
column_clear(PyObject *op)
{
    column_object *self = (column_object *)op;
    for (int i = 0; i < ITEMS; i++)
        Py_CLEAR(self->items[i]);
    return 0;
}

static void
column_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    column_clear(op);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyObject *
make(PyTypeObject *type)
{
    column_object *self = (column_object *)type->tp_alloc(type, 0);
    for (int i = 0; self && i < ITEMS; i++)
        self->items[i] = Py_NewRef(Py_None);
    return (PyObject *)self;
}

static PyObject *
column_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args, (void)kwargs;
    return make(type);
}

static int
column_tp_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name",  "type_code", "display_size", "internal_size", "precision",
                            "scale", "null_ok",   "table_oid",    "table_column",  NULL};
    PyObject *given[ITEMS] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOOOOOOOO", names, &given[0], &given[1],
                                     &given[2], &given[3], &given[4], &given[5], &given[6],
                                     &given[7], &given[8]))
        return -1;
    column_object *self = (column_object *)op;
    for (int i = 0; i < ITEMS; i++)
        Py_XSETREF(self->items[i], Py_NewRef(given[i] ? given[i] : Py_None));
    return 0;
}

static PyObject *
column_repr(PyObject *op)
{
    column_object *self = (column_object *)op;
    return PyUnicode_FromFormat("Column(name=%R, type_code=%R)", self->items[NAME],
                                self->items[TYPE_CODE]);
}

/* -- the sequence ------------------------------------------------------------------------------ */

static PyObject *
as_tuple(column_object *self, int count)
{
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple && i < count; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(self->items[i]));
    return tuple;
}

static Py_ssize_t
column_length(PyObject *op)
{
    (void)op;
    return SEQUENCE;
}

static PyObject *
column_item(PyObject *op, Py_ssize_t i)
{
    if (i < 0 || i >= SEQUENCE) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return Py_NewRef(((column_object *)op)->items[i]);
}

static PyObject *
column_subscript(PyObject *op, PyObject *key)
{
    PyObject *tuple = as_tuple((column_object *)op, SEQUENCE);
    PyObject *value = tuple ? PyObject_GetItem(tuple, key) : NULL;
    Py_XDECREF(tuple);
    return value;
}

/* A column compares as the tuple it stands for. */
static PyObject *
column_richcompare(PyObject *op, PyObject *other, int comparison)
{
    PyObject *left = as_tuple((column_object *)op, SEQUENCE), *right = NULL, *result = NULL;
    if (Py_TYPE(op) == Py_TYPE(other))
        right = as_tuple((column_object *)other, SEQUENCE);
    else
        right = Py_NewRef(other);
    if (left && right)
        result = PyObject_RichCompare(left, right, comparison);
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

/* -- pickling ---------------------------------------------------------------------------------- */

static PyObject *
column_getstate(PyObject *op, PyObject *unused)
{
    (void)unused;
    return as_tuple((column_object *)op, ITEMS);
}

/* Takes the seven items that older pickles have, too. */
static PyObject *
column_setstate(PyObject *op, PyObject *state)
{
    column_object *self = (column_object *)op;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    Py_ssize_t n = PyTuple_GET_SIZE(state);
    for (Py_ssize_t i = 0; i < n && i < ITEMS; i++)
        Py_XSETREF(self->items[i], Py_NewRef(PyTuple_GET_ITEM(state, i)));
    Py_RETURN_NONE;
}

static PyMethodDef column_methods[] = {
    {"__getstate__", column_getstate, METH_NOARGS,
     "__getstate__($self)\n--\n\nThe nine items (tuple), for pickle and copy."},
    {"__setstate__", column_setstate, METH_O,
     "__setstate__($self, state, /)\n--\n\nTake the items that `__getstate__()` gave."},
    {0},
};

#define MEMBER(name, item, doc)                                                                    \
    {                                                                                              \
        name, T_OBJECT,                                                                            \
            (Py_ssize_t)(offsetof(column_object, items) + (item) * sizeof(PyObject *)), READONLY,  \
            doc                                                                                    \
    }

static PyMemberDef column_members[] = {
    MEMBER("name", NAME, "The column's name: str."),
    MEMBER("type_code", TYPE_CODE,
           "The OID of its type: int, to be compared with the type objects of the DB-API."),
    MEMBER("display_size", DISPLAY_SIZE,
           "Always None: finding the longest value would read them all."),
    MEMBER("internal_size", INTERNAL_SIZE,
           "Bytes a value takes on the server: int; for character types the declared length; "
           "negative: variable."),
    MEMBER("precision", PRECISION,
           "Of a numeric, the number of significant digits: int; else None."),
    MEMBER("scale", SCALE, "Of a numeric, the number of digits behind the point: int; else None."),
    MEMBER("null_ok", NULL_OK, "Always None: the server does not tell."),
    MEMBER("table_oid", TABLE_OID,
           "The OID of the table it comes from: int; None for an expression."),
    MEMBER("table_column", TABLE_COLUMN,
           "Its number in that table, from 1: int; None for an expression."),
    {0},
};

PyDoc_STRVAR(
    column_doc,
    "Column(name=None, type_code=None, display_size=None, internal_size=None, precision=None, "
    "scale=None, null_ok=None, table_oid=None, table_column=None)\n--\n\n"
    "One column of a result, an item of cursor.description: the sequence of seven that the\n"
    "DB-API (PEP 249) describes, whose items have names, and two attributes more.");

static PyType_Slot column_slots[] = {
    {Py_tp_doc, (void *)column_doc},
    {Py_tp_new, column_tp_new},
    {Py_tp_init, column_tp_init},
    {Py_tp_dealloc, column_dealloc},
    {Py_tp_traverse, column_traverse},
    {Py_tp_clear, column_clear},
    {Py_tp_repr, column_repr},
    {Py_tp_richcompare, column_richcompare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_methods, column_methods},
    {Py_tp_members, column_members},
    {Py_sq_length, column_length},
    {Py_sq_item, column_item},
    {Py_mp_length, column_length},
    {Py_mp_subscript, column_subscript},
    {0, NULL},
};

static PyType_Spec column_spec = {
    .name = "psycopg2.extensions.Column",
    .basicsize = sizeof(column_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = column_slots,
};

int
column_init(PyObject *module, module_state *state)
{
    return state_add_type(module, &column_spec, NULL, &state->column_type, "Column");
}

/* -- from a result ----------------------------------------------------------------------------- */

/* Put a number where there is one. 0 or -1. */
static int
set_number(column_object *self, int item, long long number)
{
    PyObject *value = PyLong_FromLongLong(number);
    if (!value)
        return -1;
    Py_XSETREF(self->items[item], value);
    return 0;
}

/* The modifier of a numeric holds the precision and, in 11 bits with a sign, the scale. Without a
 * modifier both show as 65535, as programs expect. */
static int
set_numeric(column_object *self, int32_t modifier)
{
    int precision = 65535, scale = 65535;
    if (modifier >= 0) {
        precision = modifier >> 16 & 0xffff;
        scale = ((modifier & 0x7ff) ^ 0x400) - 0x400;
    }
    return set_number(self, PRECISION, precision) < 0 ? -1 : set_number(self, SCALE, scale);
}

PyObject *
column_new(module_state *state, const text_codec *codec, const rowbuf_field *field)
{
    column_object *self = (column_object *)make((PyTypeObject *)state->column_type);
    if (!self)
        return NULL;
    int numeric = field->type_oid == NUMERIC_OID;
    int32_t modifier = field->type_mod > 0 ? field->type_mod - VARLENA_HEADER : field->type_mod;
    int32_t size = field->type_size;
    if (size == VARIABLE_SIZE)
        size = numeric ? modifier >> 16 : modifier;
    PyObject *name = text_decode(codec, state, field->name, (Py_ssize_t)strlen(field->name));
    if (!name)
        goto error;
    Py_XSETREF(self->items[NAME], name);
    if (set_number(self, TYPE_CODE, field->type_oid) < 0 ||
        set_number(self, INTERNAL_SIZE, size) < 0)
        goto error;
    if (numeric && set_numeric(self, modifier) < 0)
        goto error;
    if (field->table_oid && set_number(self, TABLE_OID, field->table_oid) < 0)
        goto error;
    if (field->table_column && set_number(self, TABLE_COLUMN, field->table_column) < 0)
        goto error;
    return (PyObject *)self;
error:
    Py_DECREF(self);
    return NULL;
}
