#include "state.h"

#include "compat.h"

module_state *
state_of_module(PyObject *module)
{
    return (module_state *)PyModule_GetState(module);
}

module_state *
state_of_type(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;  // borrowed
    Py_ssize_t n = mro ? PyTuple_GET_SIZE(mro) : 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE))
            continue;
        PyObject *module = ((PyHeapTypeObject *)base)->ht_module;  // borrowed
        if (module && PyModule_Check(module) && PyModule_GetDef(module) == &psycopg_module)
            return state_of_module(module);
    }
    PyErr_Format(PyExc_TypeError, "'%.200s' is not a type of psycopg2", type->tp_name);
    return NULL;
}

module_state *
state_of(PyObject *obj)
{
    return state_of_type(Py_TYPE(obj));
}

int
state_traverse(module_state *state, visitproc visit, void *arg)
{
#define VISIT(name) Py_VISIT(state->name);
    STATE_ERRORS(VISIT)
    STATE_OBJECTS(VISIT)
#undef VISIT
    for (int i = 0; i < STATE_ADAPT_SLOTS; i++)
        Py_VISIT(state->adapt_slots[i]);
    for (int i = 0; i < STATE_CAST_SLOTS; i++)
        Py_VISIT(state->cast_slots[i]);
    return 0;
}

void
state_clear(module_state *state)
{
#define CLEAR(name) Py_CLEAR(state->name);
    STATE_ERRORS(CLEAR)
    STATE_OBJECTS(CLEAR)
#undef CLEAR
    for (int i = 0; i < STATE_ADAPT_SLOTS; i++)
        Py_CLEAR(state->adapt_slots[i]);
    for (int i = 0; i < STATE_CAST_SLOTS; i++)
        Py_CLEAR(state->cast_slots[i]);
}

int
state_add_type(PyObject *module, PyType_Spec *spec, PyObject *base, PyObject **slot,
               const char *name)
{
    PyObject *bases = base ? PyTuple_Pack(1, base) : NULL;
    if (base && !bases)
        return -1;
    PyObject *type = PyType_FromModuleAndSpec(module, spec, bases);
    Py_XDECREF(bases);
    if (!type)
        return -1;
    compat_type_done((PyTypeObject *)type);
    if (name) {
        Py_INCREF(type);
        if (PyModule_AddObject(module, name, type) < 0) {
            Py_DECREF(type);
            Py_DECREF(type);
            return -1;
        }
    }
    Py_XSETREF(*slot, type);
    return 0;
}
