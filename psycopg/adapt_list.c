/* The adapters of lists (arrays) and tuples (records, and what stands behind IN). */
#include "adapt_impl.h"

/* -- List
 * --------------------------------------------------------------------------------------------------
 */

/* Is there nothing but NULL in the list, at any depth? An array of these has no type, so it is
 * written as text, from which the server takes any. 1 or 0, -1 error. */
static int
is_all_null(const adapt_ctx *ctx, PyObject *list)
{
    int all = PyList_GET_SIZE(list) > 0;
    if (Py_EnterRecursiveCall(" while adapting a list"))
        return -1;
    for (Py_ssize_t i = 0; all > 0 && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        if (item == Py_None)
            continue;
        if (!PyList_Check(item)) {
            all = 0;
            break;
        }
        item = Py_NewRef(item);
        all = adapt_is_list(ctx, item);
        if (all > 0)
            all = is_all_null(ctx, item);
        Py_DECREF(item);
    }
    Py_LeaveRecursiveCall();
    return all;
}

/* {NULL,{NULL}}: the text of an array of which is_all_null(). What another thread or the collector
 * may have put in since is NULL as well. */
static int
write_nulls(PyObject *list, bytebuf *out)
{
    if (Py_EnterRecursiveCall(" while adapting a list"))
        return -1;
    int rc = adapt_put_literal(out, "{");
    for (Py_ssize_t i = 0; rc == 0 && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        if (i)
            rc = adapt_put_literal(out, ",");
        if (rc == 0)
            rc = PyList_Check(item) ? write_nulls(item, out) : adapt_put_literal(out, "NULL");
    }
    Py_LeaveRecursiveCall();
    return rc == 0 ? adapt_put_literal(out, "}") : -1;
}

static int write_array(const adapt_ctx *ctx, PyObject *list, bytebuf *out);

static int
write_item(const adapt_ctx *ctx, PyObject *item, bytebuf *out)
{
    int is_list = PyList_Check(item) ? adapt_is_list(ctx, item) : 0;
    if (is_list <= 0)
        return is_list < 0 ? -1 : adapt_value(ctx, item, out);
    return write_array(ctx, item, out);
}

/* ARRAY[...], or the text of one. Adapters of the items may change the list while it is walked. */
static int
write_array(const adapt_ctx *ctx, PyObject *list, bytebuf *out)
{
    int all_null = is_all_null(ctx, list);
    if (all_null < 0)
        return -1;
    if (all_null) {
        int rc = adapt_put_literal(out, "'");
        if (rc == 0)
            rc = write_nulls(list, out);
        return rc == 0 ? adapt_put_literal(out, "'") : -1;
    }
    if (Py_EnterRecursiveCall(" while adapting a list"))
        return -1;
    int rc = adapt_put_literal(out, "ARRAY[");
    for (Py_ssize_t i = 0; rc == 0 && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(list, i));
        if (i)
            rc = adapt_put_literal(out, ",");
        if (rc == 0)
            rc = write_item(ctx, item, out);
        Py_DECREF(item);
    }
    Py_LeaveRecursiveCall();
    return rc == 0 ? adapt_put_literal(out, "]") : -1;
}

int
adapt_write_list(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (!PyList_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can't adapt %.200s as a list", Py_TYPE(value)->tp_name);
        return -1;
    }
    if (!PyList_GET_SIZE(value))
        return adapt_put_literal(out, "'{}'");
    return write_array(ctx, value, out);
}

static PyObject *
list_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_list);
}

static int
list_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (adapt_box_init(self, args, kwargs) < 0)
        return -1;
    if (PyList_Check(PyTuple_GET_ITEM(args, 0)))
        return 0;
    PyErr_Format(PyExc_TypeError, "List() argument 1 must be list, not %.200s",
                 Py_TYPE(PyTuple_GET_ITEM(args, 0))->tp_name);
    return -1;
}

PyDoc_STRVAR(list_doc,
             "List(list, /)\n--\n\n"
             "The adapter of list: an array, of one type if the server is to take it. A list\n"
             "within is another dimension.");

static PyMethodDef list_methods[] = {
    ADAPT_BOX_GETQUOTED(adapt_box_getquoted),
    ADAPT_BOX_PREPARE(adapt_box_prepare),
    ADAPT_BOX_CONFORM,
    {NULL, NULL, 0, NULL},
};

static PyMemberDef list_members[] = {
    ADAPT_BOX_ADAPTED,
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot list_slots[] = {
    {Py_tp_doc, (void *)list_doc},
    {Py_tp_new, list_new},
    {Py_tp_init, list_init},
    {Py_tp_dealloc, adapt_box_dealloc},
    {Py_tp_traverse, adapt_box_traverse},
    {Py_tp_clear, adapt_box_clear},
    {Py_tp_str, adapt_box_str},
    {Py_tp_methods, list_methods},
    {Py_tp_members, list_members},
    {0, NULL},
};

static PyType_Spec list_spec = {
    .name = "psycopg2._psycopg.List",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = list_slots,
};

/* -- SQL_IN
 * ------------------------------------------------------------------------------------------------
 */

/* Append one item, and what stands before it. */
static int
write_member(const adapt_ctx *ctx, PyObject *item, int first, bytebuf *out)
{
    if (!first && adapt_put_literal(out, ", ") < 0)
        return -1;
    return adapt_value_in_tuple(ctx, item, out);
}

static int
write_iterable(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    PyObject *item, *iterator = PyObject_GetIter(value);
    if (!iterator)
        return -1;
    int rc = 0;
    for (int first = 1; rc == 0 && (item = PyIter_Next(iterator)); first = 0) {
        rc = write_member(ctx, item, first, out);
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    return rc == 0 && !PyErr_Occurred() ? 0 : -1;
}

int
adapt_write_tuple(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (Py_EnterRecursiveCall(" while adapting a tuple"))
        return -1;
    int rc = adapt_put_literal(out, "(");
    if (PyTuple_Check(value) && Py_TYPE(value)->tp_iter == PyTuple_Type.tp_iter) {
        for (Py_ssize_t i = 0; rc == 0 && i < PyTuple_GET_SIZE(value); i++)
            rc = write_member(ctx, PyTuple_GET_ITEM(value, i), i == 0, out);
    } else if (rc == 0)
        rc = write_iterable(ctx, value, out);
    Py_LeaveRecursiveCall();
    return rc == 0 ? adapt_put_literal(out, ")") : -1;
}

static PyObject *
in_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_tuple);
}

static int
in_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return adapt_box_init_named(self, args, kwargs, "seq");
}

static PyObject *
in_prepare(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"conn", NULL};
    PyObject *conn;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", names, &conn))
        return NULL;
    if (conn != Py_None)
        return adapt_box_prepare(self, conn);
    Py_CLEAR(((adapt_box *)self)->conn);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(in_doc,
             "SQL_IN(seq)\n--\n\n"
             "The adapter of tuple, and of any iterable by hand: (1, 2), a record, or the right\n"
             "side of IN.");

static PyMethodDef in_methods[] = {
    ADAPT_BOX_GETQUOTED(adapt_box_getquoted),
    {"prepare", COMPAT_METHOD(in_prepare), METH_VARARGS | METH_KEYWORDS,
     "prepare($self, conn)\n--\n\nMake the literal for this connection: its encoding and "
     "settings."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef in_members[] = {
    {"_seq", T_OBJECT, offsetof(adapt_box, wrapped), READONLY, NULL},
    {"_conn", T_OBJECT, offsetof(adapt_box, conn), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot in_slots[] = {
    {Py_tp_doc, (void *)in_doc}, {Py_tp_new, in_new},
    {Py_tp_init, in_init},       {Py_tp_str, adapt_box_str},
    {Py_tp_methods, in_methods}, {Py_tp_members, in_members},
    ADAPT_BOX_SLOTS_BUT_INIT,    {0, NULL},
};

static PyType_Spec in_spec = {
    .name = "psycopg2.extensions.SQL_IN",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = in_slots,
};

int
adapt_list_init(PyObject *module, module_state *state)
{
    PyObject **slots = state->adapt_slots;
    if (state_add_type(module, &list_spec, NULL, &slots[ADAPT_LIST], "List") < 0)
        return -1;
    return state_add_type(module, &in_spec, NULL, &slots[ADAPT_TUPLE], "SQL_IN");
}
