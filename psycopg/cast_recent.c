/* Integers that come again: the elements of arrays often do (keys, tags, neighbours in a graph),
 * and to find one costs a third of what it costs to make one and free it. */
#include "cast_impl.h"

enum { SLOTS = 64 };

struct cast_recent {
    struct {
        int64_t value;
        PyObject *object; /* NULL: there is none */
    } slots[SLOTS];
};

static void
let_go(PyObject *capsule)
{
    cast_recent *self = PyCapsule_GetPointer(capsule, NULL);
    for (int i = 0; i < SLOTS; i++)
        Py_XDECREF(self->slots[i].object);
    PyMem_Free(self);
}

PyObject *
cast_recent_new(void)
{
    cast_recent *self = PyMem_Calloc(1, sizeof *self);
    if (!self)
        return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(self, NULL, let_go);
    if (!capsule)
        PyMem_Free(self);
    return capsule;
}

cast_recent *
cast_recent_get(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, NULL);
}

PyObject *
cast_recent_integer(cast_recent *self, int64_t value)
{
    size_t slot = (size_t)value % SLOTS;
    PyObject *object = self->slots[slot].object;
    if (!object || self->slots[slot].value != value) {
        object = PyLong_FromLongLong(value);
        if (!object)
            return NULL;
        self->slots[slot].value = value;
        Py_XSETREF(self->slots[slot].object, object);
    }
    return Py_NewRef(object);
}
