/* Numbers: integers of any size, floats, Decimals. */
#include "cast.h"

#include "cast_impl.h"

#include <string.h>

/* As int(), with its errors. */
static PyObject *
slow_integer(const cast_ctx *ctx, const char *bytes, Py_ssize_t len)
{
    PyObject *text = cast_text(ctx, bytes, len);
    PyObject *value = text ? PyLong_FromUnicodeObject(text, 10) : NULL;
    Py_XDECREF(text);
    return value;
}

CAST_DECODER(cast_integer)
{
    (void)column;
    int64_t value;
    const char *behind = cast_read_integer(bytes, bytes + len, &value);
    if (!behind || behind < bytes + len)
        return slow_integer(ctx, bytes, len);
    return PyLong_FromLongLong(value);
}

/* As float(), with its errors. */
static PyObject *
slow_float(const cast_ctx *ctx, const char *bytes, Py_ssize_t len)
{
    PyObject *text = cast_text(ctx, bytes, len);
    PyObject *value = text ? PyFloat_FromString(text) : NULL;
    Py_XDECREF(text);
    return value;
}

CAST_DECODER(cast_float)
{
    (void)column;
    double value;
    if (!cast_parse_double(bytes, len, &value))
        return slow_float(ctx, bytes, len);
    return PyFloat_FromDouble(value);
}

/* Decimals are made by a context that is wide enough to change nothing, whatever the thread's
 * context is: the bound create_decimal() is the quickest way to an exact Decimal. Text that is no
 * number raises InvalidOperation. */
static PyObject *
decimal_maker(module_state *state)
{
    PyObject *decimal = NULL, *type = NULL, *kwargs = NULL, *context = NULL, *invalid = NULL;
    decimal = PyImport_ImportModule("decimal");
    if (!decimal)
        return NULL;
    PyObject *names = PyModule_GetDict(decimal);                    // borrowed
    PyObject *precision = PyDict_GetItemString(names, "MAX_PREC");  // borrowed, as the next two
    PyObject *largest = PyDict_GetItemString(names, "MAX_EMAX");
    PyObject *smallest = PyDict_GetItemString(names, "MIN_EMIN");
    if (!precision || !largest || !smallest) {
        PyErr_SetString(PyExc_ImportError, "decimal has no MAX_PREC, MAX_EMAX and MIN_EMIN");
        goto exit;
    }
    invalid = PyObject_GetAttrString(decimal, "InvalidOperation");
    type = PyObject_GetAttrString(decimal, "Context");
    if (!invalid || !type)
        goto exit;
    kwargs = Py_BuildValue("{sOsOsOs[O]sisi}", "prec", precision, "Emax", largest, "Emin", smallest,
                           "traps", invalid, "clamp", 0, "capitals", 1);
    PyObject *none = kwargs ? PyTuple_New(0) : NULL;
    context = none ? PyObject_Call(type, none, kwargs) : NULL;
    Py_XDECREF(none);
    if (context) {
        PyObject *maker = PyObject_GetAttrString(context, "create_decimal");
        if (maker)
            Py_XSETREF(state->cast_slots[CAST_SLOT_DECIMAL], maker);
    }
exit:
    Py_XDECREF(context);
    Py_XDECREF(kwargs);
    Py_XDECREF(invalid);
    Py_XDECREF(type);
    Py_DECREF(decimal);
    return PyErr_Occurred() ? NULL : state->cast_slots[CAST_SLOT_DECIMAL];
}

/* The arguments of the maker: a tuple of one str, kept in the column from value to value. A str
 * that nobody else has a reference to may be written into as long as it has not been hashed, and
 * the maker does neither. Borrowed; NULL: the text is not ASCII, or an exception is set. */
static PyObject *
decimal_args(cast_column *column, const char *bytes, Py_ssize_t len)
{
    if (!cast_is_ascii(bytes, len))
        return NULL;
    PyObject *args = column->last;
    PyObject *text = args ? PyTuple_GET_ITEM(args, 0) : NULL;  // borrowed
    if (!args || Py_REFCNT(args) != 1 || Py_REFCNT(text) != 1 ||
        PyUnicode_GET_LENGTH(text) != len) {
        text = PyUnicode_New(len, 127);
        args = text ? PyTuple_Pack(1, text) : NULL;
        Py_XDECREF(text); /* the tuple has it */
        if (!args)
            return NULL;
        PyObject_GC_UnTrack(args);
        Py_XSETREF(column->last, args);
    }
    memcpy(PyUnicode_1BYTE_DATA(text), bytes, (size_t)len);
    return args;
}

CAST_DECODER(cast_decimal)
{
    PyObject *maker = ctx->state->cast_slots[CAST_SLOT_DECIMAL];  // borrowed
    if (!maker && !(maker = decimal_maker(ctx->state)))
        return NULL;
    /* one character is a str that Python shares; a maker in Python may keep what it is given */
    if (len > 1 && PyCFunction_Check(maker) && PyCFunction_GET_FLAGS(maker) == METH_VARARGS) {
        PyObject *args = decimal_args(column, bytes, len);  // borrowed
        if (args)
            return PyCFunction_GET_FUNCTION(maker)(PyCFunction_GET_SELF(maker), args);
        if (PyErr_Occurred())
            return NULL;
    }
    PyObject *text = cast_text(ctx, bytes, len);
    PyObject *value = text ? PyObject_CallOneArg(maker, text) : NULL;
    Py_XDECREF(text);
    return value;
}
