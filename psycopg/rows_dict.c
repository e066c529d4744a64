/* psycopg2.extras.RealDictRow: an OrderedDict that is quick to make.
 *
 * An OrderedDict is a dict, which keeps its order by itself, and a list of links, which costs
 * several times as much. The rows of a cursor begin without the links: reading items needs none.
 * They are made when a method of OrderedDict is called that works on them, and from then on the row
 * is an OrderedDict like any other. */
#include "rows_dict.h"

/* Behind what an OrderedDict has: whether the links are still to be made. */
static inline char *
unlinked(PyObject *row)
{
    return (char *)row + PyODict_Type.tp_basicsize;
}

/* Make the links: 0 or -1. The items that are set again are there, and of the same value. */
static int
link_items(PyObject *row)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (!*unlinked(row))
        return 0;
    while (PyDict_Next(row, &at, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        int answer = PyODict_SetItem(row, key, value);
        if (answer < 0) { /* it has taken the item out */
            PyObject *exc = compat_err_take();
            (void)PyDict_SetItem(row, key, value);
            compat_err_restore(exc);
        }
        Py_DECREF(key);
        Py_DECREF(value);
        if (answer < 0)
            return -1;
    }
    *unlinked(row) = 0;
    return 0;
}

PyObject *
rows_dict_new(PyTypeObject *type, PyObject *columns, PyObject *pattern, PyObject *values)
{
    PyObject *none = PyTuple_New(0);
    PyObject *row = none ? type->tp_new(type, none, NULL) : NULL;
    Py_XDECREF(none);
    if (!row)
        return NULL;
    *unlinked(row) = 1;
    int bad = PyDict_Update(row, pattern) < 0; /* copies the table of the keys in one piece */
    for (Py_ssize_t i = 0; !bad && i < PyTuple_GET_SIZE(values); i++)
        bad = PyDict_SetItem(row, PyTuple_GET_ITEM(columns, i), PyTuple_GET_ITEM(values, i)) < 0;
    if (bad)
        Py_CLEAR(row);
    /* As plain as the tuple was. A dict is tracked again by itself when a value that may come to be
     * part of a cycle is set, up to Python 3.13; for attributes see track(). */
    else if (PY_VERSION_HEX < 0x030E0000 && !PyObject_GC_IsTracked(values))
        PyObject_GC_UnTrack(row);
    return row;
}

PyObject *
rows_dict_pattern(PyObject *columns)
{
    PyObject *pattern = PyDict_New();
    for (Py_ssize_t i = 0; pattern && i < PyTuple_GET_SIZE(columns); i++)
        if (PyDict_SetItem(pattern, PyTuple_GET_ITEM(columns, i), Py_None) < 0)
            Py_CLEAR(pattern);
    return pattern;
}

/* -- what works on the links ------------------------------------------------------------------- */

/* OrderedDict.name(row, ...) */
static PyObject *
call_up(PyObject *row, const char *name, PyObject *args, PyObject *kwargs)
{
    PyObject *method = NULL, *bound = NULL, *answer = NULL;
    if (link_items(row) < 0 || !(method = PyObject_GetAttrString((PyObject *)&PyODict_Type, name)))
        return NULL;
    bound = Py_TYPE(method)->tp_descr_get(method, row, (PyObject *)Py_TYPE(row));
    if (bound)
        answer = PyObject_Call(bound, args, kwargs);
    Py_XDECREF(bound);
    Py_DECREF(method);
    return answer;
}

#define DEFINE_METHOD(name)                                                                        \
    static PyObject *row_##name(PyObject *row, PyObject *args, PyObject *kwargs)                   \
    {                                                                                              \
        return call_up(row, #name, args, kwargs);                                                  \
    }

DEFINE_METHOD(__reversed__)
DEFINE_METHOD(copy)
DEFINE_METHOD(items)
DEFINE_METHOD(keys)
DEFINE_METHOD(move_to_end)
DEFINE_METHOD(pop)
DEFINE_METHOD(popitem)
DEFINE_METHOD(values)

static PyObject *
row_iter(PyObject *row)
{
    return link_items(row) < 0 ? NULL : PyODict_Type.tp_iter(row);
}

static int
row_ass_subscript(PyObject *row, PyObject *key, PyObject *value)
{
    return link_items(row) < 0 ? -1 : PyODict_Type.tp_as_mapping->mp_ass_subscript(row, key, value);
}

static int
row_traverse(PyObject *row, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(row));
    return PyODict_Type.tp_traverse(row, visit, arg);
}

/* Whether it is a row of ours, or of a subclass; of other interpreters too. */
static int
is_row(PyObject *obj)
{
    PyTypeObject *type = Py_TYPE(obj);
    while (type && type->tp_traverse != row_traverse)
        type = type->tp_base;
    return type != NULL;
}

/* Only with another OrderedDict the order matters. */
static PyObject *
row_richcompare(PyObject *row, PyObject *other, int comparison)
{
    if (PyODict_Check(other) && (link_items(row) < 0 || (is_row(other) && link_items(other) < 0)))
        return NULL;
    return PyODict_Type.tp_richcompare(row, other, comparison);
}

/* -- attributes -------------------------------------------------------------------------------- */

/* The cyclic collector has to see a row that may have attributes: they can hold anything. */
static void
track(PyObject *row)
{
    if (!PyObject_GC_IsTracked(row))
        PyObject_GC_Track(row);
}

static int
row_setattro(PyObject *row, PyObject *name, PyObject *value)
{
    track(row);
    return PyODict_Type.tp_setattro(row, name, value);
}

static PyObject *
row_get_dict(PyObject *row, void *closure)
{
    track(row);
    return PyObject_GenericGetDict(row, closure);
}

static int
row_set_dict(PyObject *row, PyObject *value, void *closure)
{
    track(row);
    return PyObject_GenericSetDict(row, value, closure);
}

static PyGetSetDef row_getset[] = {
    {"__dict__", row_get_dict, row_set_dict, PyDoc_STR("The attributes of the row."), NULL},
    {0},
};

/* -- the type ---------------------------------------------------------------------------------- */

static int
row_tp_clear(PyObject *row)
{
    return PyODict_Type.tp_clear(row);
}

/* The row of a cursor begins empty: its items are set afterwards. */
static int
row_tp_init(PyObject *row, PyObject *args, PyObject *kwargs)
{
    module_state *state = state_of(row);
    if (!state)
        return -1;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    int of_cursor =
        n && PyObject_TypeCheck(PyTuple_GET_ITEM(args, 0), (PyTypeObject *)state->cursor_type);
    PyObject *rest = PyTuple_GetSlice(args, of_cursor, n);
    int answer = rest ? PyODict_Type.tp_init(row, rest, kwargs) : -1;
    Py_XDECREF(rest);
    return answer;
}

#define METHOD(name, doc)                                                                          \
    {                                                                                              \
#name, COMPAT_METHOD(row_##name), METH_VARARGS | METH_KEYWORDS,                            \
            PyDoc_STR(doc "\n\nAs `collections.OrderedDict." #name "()`.")                         \
    }

static PyMethodDef row_methods[] = {
    METHOD(__reversed__, "__reversed__($self)\n--\n\n"
                         "An iterator of the names, the last one first."),
    METHOD(copy, "copy($self)\n--\n\nA row with the same items."),
    METHOD(items, "items($self)\n--\n\nA view of the pairs of name and value."),
    METHOD(keys, "keys($self)\n--\n\nA view of the names."),
    METHOD(move_to_end, "move_to_end($self, /, key, last=True)\n--\n\n"
                        "Move an item to the end, or to the beginning."),
    METHOD(pop, "pop(key[, default]) -> value\n\nTake an item out."),
    METHOD(popitem, "popitem($self, /, last=True)\n--\n\nTake the last, or the first, item out."),
    METHOD(values, "values($self)\n--\n\nA view of the values."),
    {0},
};

PyDoc_STRVAR(
    row_doc,
    "RealDictRow(*args, **kwargs)\n--\n\n"
    "A row of a `RealDictCursor`: an `~collections.OrderedDict` of the values by the names "
    "of their\ncolumns, in their order. Where several columns have one name, it has the "
    "last one's value.\n\n"
    "``RealDictRow(cursor)`` is empty; otherwise it takes what an OrderedDict does.");

static PyType_Slot row_slots[] = {
    {Py_tp_doc, (void *)row_doc},
    {Py_tp_init, row_tp_init},
    {Py_tp_traverse, row_traverse},
    {Py_tp_clear, row_tp_clear},
    {Py_tp_iter, row_iter},
    {Py_tp_richcompare, row_richcompare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_methods, row_methods},
    {Py_tp_getset, row_getset},
    {Py_tp_setattro, row_setattro},
    {Py_mp_ass_subscript, row_ass_subscript},
    {0, NULL},
};

int
rows_dict_init(PyObject *module, module_state *state)
{
    PyType_Spec spec = {
        .name = "psycopg2.extras.RealDictRow",
        .basicsize = (int)(PyODict_Type.tp_basicsize + (Py_ssize_t)sizeof(void *)),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
        .slots = row_slots,
    };
    return state_add_type(module, &spec, (PyObject *)&PyODict_Type, &state->real_dict_row_type,
                          "RealDictRow");
}
