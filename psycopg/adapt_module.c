/* What the module has of adaptation, ISQLQuote and its functions, and how all of it starts. */
#include "adapt_impl.h"

#include "adapt_copy.h"

PyDoc_STRVAR(
    isqlquote_doc,
    "ISQLQuote(wrapped, /)\n--\n\n"
    "The protocol of adapters, objects that can be written in SQL: they have\n"
    "``getquoted()``, which returns bytes, and perhaps ``prepare(conn)``, which is called\n"
    "before it. An adapter need not be a subclass.");

static PyObject *
isqlquote_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_none);
}

static PyObject *
isqlquote_none(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE;
}

static PyMethodDef isqlquote_methods[] = {
    {"getquoted", isqlquote_none, METH_NOARGS,
     "getquoted($self)\n--\n\nThe object as SQL (bytes); here None."},
    {"getbinary", isqlquote_none, METH_NOARGS, "getbinary($self)\n--\n\nNot used: None."},
    {"getbuffer", isqlquote_none, METH_NOARGS, "getbuffer($self)\n--\n\nNot used: None."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef isqlquote_members[] = {
    {"_wrapped", T_OBJECT, offsetof(adapt_box, wrapped), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot isqlquote_slots[] = {
    {Py_tp_doc, (void *)isqlquote_doc}, {Py_tp_new, isqlquote_new},         ADAPT_BOX_SLOTS,
    {Py_tp_methods, isqlquote_methods}, {Py_tp_members, isqlquote_members}, {0, NULL},
};

static PyType_Spec isqlquote_spec = {
    .name = "psycopg2.extensions.ISQLQuote",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = isqlquote_slots,
};

PyDoc_STRVAR(
    adapt_doc,
    "adapt(obj, protocol=ISQLQuote, alternate=None, /)\n\n"
    "The adapter of *obj*: what `adapters` has for its exact type, else what its method\n"
    "``__conform__(protocol)`` returns, else what `adapters` has for a superclass. *alternate* is\n"
    "not used.\n\n"
    "Raises `ProgrammingError` where there is none, and what the adapter's callable raises.");

static PyObject *
module_adapt(PyObject *module, PyObject *args)
{
    PyObject *obj, *protocol = NULL, *alternate = NULL;
    if (!PyArg_ParseTuple(args, "O|OO:adapt", &obj, &protocol, &alternate))
        return NULL;
    return adapt_object(state_of_module(module), obj, protocol, alternate);
}

PyDoc_STRVAR(value_text_doc,
             "value_text(obj, conn, /)\n--\n\n"
             "The text of a value, as cursor.copy_records() sends it: str, or None for NULL.\n"
             "For adapters whose literals are expressions: see psycopg2._range.");

static PyObject *
module_value_text(PyObject *module, PyObject *args)
{
    module_state *state = state_of_module(module);
    PyObject *obj, *conn;
    adapt_ctx ctx;
    if (!PyArg_ParseTuple(args, "OO:value_text", &obj, &conn) ||
        state->adapt_ctx_from_conn(state, conn, &ctx) < 0)
        return NULL;
    return adapt_copy_str(&ctx, obj);
}

static PyMethodDef module_functions[] = {
    {"adapt", module_adapt, METH_VARARGS, adapt_doc},
    {"value_text", module_value_text, METH_VARARGS, value_text_doc},
    {NULL, NULL, 0, NULL},
};

static int
init_names(module_state *state)
{
    static const struct {
        int slot;
        const char *name;
    } names[] = {
        {SLOT_STR_CONFORM, "__conform__"},   {SLOT_STR_PREPARE, "prepare"},
        {SLOT_STR_GETQUOTED, "getquoted"},   {SLOT_STR_ISOFORMAT, "isoformat"},
        {SLOT_STR_UTCOFFSET, "utcoffset"},   {SLOT_STR_INT, "int"},
        {SLOT_STR_VALUE_TEXT, "value_text"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        PyObject *name = PyUnicode_InternFromString(names[i].name);
        if (!name)
            return -1;
        Py_XSETREF(state->adapt_slots[names[i].slot], name);
    }
    return 0;
}

/* Import `module`.`name` into *slot, unless another layer did. */
static int
init_class(const char *module, const char *name, PyObject **slot)
{
    if (*slot)
        return 0;
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *type = imported ? PyObject_GetAttrString(imported, name) : NULL;
    Py_XDECREF(imported);
    if (type && !PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "%s.%s is not a class", module, name);
        Py_CLEAR(type);
    }
    *slot = type;
    return type ? 0 : -1;
}

int
adapt_init(PyObject *module, module_state *state)
{
    if (!state->encodings && !(state->encodings = text_encodings_new()))
        return -1;
    if (PyObject_SetAttrString(module, "encodings", state->encodings) < 0 ||
        PyModule_AddFunctions(module, module_functions) < 0 || init_names(state) < 0)
        return -1;
    if (init_class("decimal", "Decimal", &state->decimal_type) < 0 ||
        init_class("uuid", "UUID", &state->uuid_type) < 0)
        return -1;
    if (state_add_type(module, &isqlquote_spec, NULL, &state->isqlquote_type, "ISQLQuote") < 0 ||
        adapt_registry_init(module, state) < 0 || adapt_text_init(module, state) < 0 ||
        adapt_binary_init(module, state) < 0 || adapt_number_init(module, state) < 0 ||
        adapt_datetime_init(module, state) < 0 || adapt_list_init(module, state) < 0)
        return -1;
    return adapt_fill_registry(state);
}
