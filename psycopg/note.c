#include "note.h"

#if PY_VERSION_HEX >= 0x030b0000

static void
add_to(PyObject *exc, PyObject *text)
{
    PyObject *result = text ? PyObject_CallMethod(exc, "add_note", "O", text) : NULL;
    Py_XDECREF(result);
    PyErr_Clear();
}

void
note_add(const char *format, ...)
{
    PyObject *exc = compat_err_take();
    if (!exc)
        return;
    va_list values;
    va_start(values, format);
    PyObject *text = PyUnicode_FromFormatV(format, values);
    va_end(values);
    add_to(exc, text);
    Py_XDECREF(text);
    compat_err_restore(exc);
}

void
note_add_text(PyObject *text)
{
    PyObject *exc = compat_err_take();
    if (!exc)
        return;
    add_to(exc, text);
    compat_err_restore(exc);
}

#else

void
note_add(const char *Py_UNUSED(format), ...)
{
}

void
note_add_text(PyObject *Py_UNUSED(text))
{
}

#endif
