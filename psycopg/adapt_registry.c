/* extensions.adapters: a dict that says when it was changed. */
#include "adapt_impl.h"

/* Call the dict method `name`, and raise the generation: also after an error, which may come half
 * way. */
static PyObject *
call_dict(PyObject *self, const char *name, PyObject *args, PyObject *kwargs)
{
    module_state *state = state_of(self);
    if (!state)
        return NULL;
    PyObject *result = NULL;
    PyObject *method = PyObject_GetAttrString((PyObject *)&PyDict_Type, name);
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    PyObject *full = method ? PyTuple_New(n + 1) : NULL;
    if (full) {
        PyTuple_SET_ITEM(full, 0, Py_NewRef(self));
        for (Py_ssize_t i = 0; i < n; i++)
            PyTuple_SET_ITEM(full, i + 1, Py_NewRef(PyTuple_GET_ITEM(args, i)));
        result = PyObject_Call(method, full, kwargs);
        state->adapters_generation++;
    }
    Py_XDECREF(method);
    Py_XDECREF(full);
    return result;
}

static PyObject *
registry_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call_dict(self, "update", args, kwargs);
}

static PyObject *
registry_setdefault(PyObject *self, PyObject *args)
{
    return call_dict(self, "setdefault", args, NULL);
}

static PyObject *
registry_pop(PyObject *self, PyObject *args)
{
    return call_dict(self, "pop", args, NULL);
}

static PyObject *
registry_popitem(PyObject *self, PyObject *args)
{
    return call_dict(self, "popitem", args, NULL);
}

static PyObject *
registry_clear(PyObject *self, PyObject *args)
{
    return call_dict(self, "clear", args, NULL);
}

static int
registry_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *none = call_dict(self, "__init__", args, kwargs);
    Py_XDECREF(none);
    return none ? 0 : -1;
}

static int
registry_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    module_state *state = state_of(self);
    if (!state)
        return -1;
    int rc = PyDict_Type.tp_as_mapping->mp_ass_subscript(self, key, value);
    state->adapters_generation++;
    return rc;
}

static PyObject *
registry_ior(PyObject *self, PyObject *other)
{
    module_state *state = state_of(self);
    if (!state)
        return NULL;
    PyObject *result = PyDict_Type.tp_as_number->nb_inplace_or(self, other);
    state->adapters_generation++;
    return result;
}

static int
registry_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return PyDict_Type.tp_traverse(self, visit, arg);
}

static int
registry_tp_clear(PyObject *self)
{
    return PyDict_Type.tp_clear(self);
}

static PyMethodDef registry_methods[] = {
    {"update", COMPAT_METHOD(registry_update), METH_VARARGS | METH_KEYWORDS, NULL},
    {"setdefault", registry_setdefault, METH_VARARGS, NULL},
    {"pop", registry_pop, METH_VARARGS, NULL},
    {"popitem", registry_popitem, METH_VARARGS, NULL},
    {"clear", registry_clear, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(
    registry_doc,
    "AdapterRegistry()\n--\n\n"
    "The dict that is extensions.adapters: (type, protocol) -> callable(obj), which returns\n"
    "an object with getquoted(). Use extensions.register_adapter() to add to it.");

static PyType_Slot registry_slots[] = {
    {Py_tp_doc, (void *)registry_doc},   {Py_tp_init, registry_init},
    {Py_tp_traverse, registry_traverse}, {Py_tp_clear, registry_tp_clear},
    {Py_tp_methods, registry_methods},   {Py_mp_ass_subscript, registry_ass_subscript},
    {Py_nb_inplace_or, registry_ior},    {0, NULL},
};

static PyType_Spec registry_spec = {
    .name = "psycopg2.extensions.AdapterRegistry",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = registry_slots,
};

int
adapt_registry_init(PyObject *module, module_state *state)
{
    PyObject *type = NULL;
    if (state_add_type(module, &registry_spec, (PyObject *)&PyDict_Type, &type, NULL) < 0)
        return -1;
    Py_XSETREF(state->adapters, PyObject_CallNoArgs(type));
    Py_DECREF(type);
    if (!state->adapters)
        return -1;
    return PyObject_SetAttrString(module, "adapters", state->adapters);
}
