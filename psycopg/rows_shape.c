#include "rows_shape.h"

#include "rows_dict.h"

int
rows_shape_init(rows_shape *self, module_state *state, PyObject *made, int ncolumns)
{
    *self = (rows_shape){0};
    if (made == Py_None)
        return 0;
    if (PyFunction_Check(made)) {
        self->function = Py_NewRef(made);
        return 0;
    }
    if (!PyTuple_CheckExact(made) || PyTuple_GET_SIZE(made) != 2 ||
        !PyType_Check(PyTuple_GET_ITEM(made, 0)))
        goto refuse;
    PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(made, 0);  // borrowed
    PyObject *columns = PyTuple_GET_ITEM(made, 1);                   // borrowed
    int is_dict = (PyObject *)type == state->real_dict_row_type;
    if (is_dict && !(PyTuple_CheckExact(columns) && PyTuple_GET_SIZE(columns) == ncolumns))
        goto refuse;
    if (!is_dict &&
        !PyType_FastSubclass(type, Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_TUPLE_SUBCLASS))
        goto refuse;
    if (is_dict && !(self->pattern = rows_dict_pattern(columns)))
        return -1;
    self->index_name = PyUnicode_InternFromString("_index");
    if (!self->index_name) {
        Py_CLEAR(self->pattern);
        return -1;
    }
    self->type = (PyTypeObject *)Py_NewRef((PyObject *)type);
    self->columns = Py_NewRef(columns);
    return 0;
refuse:
    PyErr_SetString(PyExc_TypeError, "a row maker returns None, a function, or (a class of tuples "
                                     "or lists or RealDictRow, its columns)");
    return -1;
}

void
rows_shape_clear(rows_shape *self)
{
    Py_CLEAR(self->function);
    Py_CLEAR(self->type);
    Py_CLEAR(self->columns);
    Py_CLEAR(self->pattern);
    Py_CLEAR(self->index_name);
}

/* The values move over: nothing else has seen the tuple. */
static PyObject *
make_tuple(PyTypeObject *type, PyObject *tuple)
{
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    PyObject *row = type->tp_alloc(type, n);
    if (!row)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyTuple_SET_ITEM(row, i, PyTuple_GET_ITEM(tuple, i));
        PyTuple_SET_ITEM(tuple, i, NULL);
    }
    /* As plain as the tuple was: without a __dict__ it can never come to be part of a cycle. */
    if (!PyObject_GC_IsTracked(tuple) && type->tp_dictoffset == 0)
        PyObject_GC_UnTrack(row);
    return row;
}

static PyObject *
make_list(const rows_shape *self, PyObject *tuple)
{
    PyObject *row = self->type->tp_alloc(self->type, 0);
    if (row && (PyList_SetSlice(row, 0, 0, tuple) < 0 ||
                PyObject_SetAttr(row, self->index_name, self->columns) < 0))
        Py_CLEAR(row);
    return row;
}

PyObject *
rows_shape_apply(const rows_shape *self, PyObject *cursor, PyObject *tuple)
{
    if (!tuple || rows_shape_is_tuple(self))
        return tuple;
    PyObject *row =
        self->function ? PyObject_CallFunctionObjArgs(self->function, cursor, tuple, NULL)
        : PyType_FastSubclass(self->type, Py_TPFLAGS_TUPLE_SUBCLASS) ? make_tuple(self->type, tuple)
        : PyType_FastSubclass(self->type, Py_TPFLAGS_LIST_SUBCLASS)
            ? make_list(self, tuple)
            : rows_dict_new(self->type, self->columns, self->pattern, tuple);
    Py_DECREF(tuple);
    return row;
}
