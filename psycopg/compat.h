/* The few differences between the CPython versions that the extension supports (3.9 to 3.13). L0.
 */
#ifndef PSYCOPG_COMPAT_H
#define PSYCOPG_COMPAT_H

#include <Python.h>

#if PY_VERSION_HEX >= 0x030a0000
#define COMPAT_TPFLAGS_IMMUTABLE Py_TPFLAGS_IMMUTABLETYPE
#define COMPAT_TPFLAGS_NO_NEW Py_TPFLAGS_DISALLOW_INSTANTIATION
#else
#define COMPAT_TPFLAGS_IMMUTABLE 0
#define COMPAT_TPFLAGS_NO_NEW (1U << 7) /* means nothing to 3.9: see compat_type_done() */

static inline PyObject *
Py_NewRef(PyObject *obj)
{
    Py_INCREF(obj);
    return obj;
}

static inline PyObject *
Py_XNewRef(PyObject *obj)
{
    Py_XINCREF(obj);
    return obj;
}
#endif

#ifndef Py_UNUSED
#define Py_UNUSED(name) name __attribute__((unused))
#endif

/* These came with 3.10; for files that include datetime.h. */
#if PY_VERSION_HEX < 0x030a0000
#define PyDateTime_DATE_GET_TZINFO(o)                                                              \
    (((PyDateTime_DateTime *)(o))->hastzinfo ? ((PyDateTime_DateTime *)(o))->tzinfo : Py_None)
#define PyDateTime_TIME_GET_TZINFO(o)                                                              \
    (((PyDateTime_Time *)(o))->hastzinfo ? ((PyDateTime_Time *)(o))->tzinfo : Py_None)
#endif

#if PY_VERSION_HEX < 0x030d0000
/* PyDict_GetItemRef(): 1 found (a new reference), 0 missing, -1 error. */
static inline int
PyDict_GetItemRef(PyObject *dict, PyObject *key, PyObject **result)
{
    PyObject *item = PyDict_GetItemWithError(dict, key);  // borrowed
    *result = Py_XNewRef(item);
    return item ? 1 : PyErr_Occurred() ? -1 : 0;
}
#endif

/* What a weak reference points to: a new reference; NULL, without an exception: it is gone. */
static inline PyObject *
compat_weakref_get(PyObject *ref)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *obj;
    if (PyWeakref_GetRef(ref, &obj) < 0)
        PyErr_Clear();
    return obj;
#else
    PyObject *obj = PyWeakref_GetObject(ref);  // borrowed
    return obj == Py_None ? NULL : Py_XNewRef(obj);
#endif
}

/* Import the C API of datetime, PyDateTimeAPI of the file that includes datetime.h: 0 or -1. The
 * capsule that it comes in is kept to the end of the process, since PyDateTimeAPI is one for all
 * interpreters: none of them, not the last one either, may take it from objects that are left. */
#define COMPAT_IMPORT_DATETIME()                                                                   \
    (PyDateTimeAPI || (PyDateTimeAPI = (PyDateTime_CAPI *)compat_import_datetime()) ? 0 : -1)

static inline void *
compat_import_datetime(void)
{
    PyObject *module = PyImport_ImportModule("datetime");
    PyObject *capsule = module ? PyObject_GetAttrString(module, "datetime_CAPI") : NULL;
    void *api = capsule ? PyCapsule_GetPointer(capsule, "datetime.datetime_CAPI") : NULL;
    Py_XDECREF(module);
    if (!api)
        Py_XDECREF(capsule);
    return api;
}

/* An attribute that need not be there: 1 found (a new reference), 0 missing, -1 error. */
static inline int
compat_lookup_attr(PyObject *obj, PyObject *name, PyObject **result)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyObject_GetOptionalAttr(obj, name, result);
#else
    return _PyObject_LookupAttr(obj, name, result);
#endif
}

/* Do what a flag of `type` asks for that this Python does not know. */
static inline void
compat_type_done(PyTypeObject *type)
{
#if PY_VERSION_HEX < 0x030a0000
    if (PyType_HasFeature(type, COMPAT_TPFLAGS_NO_NEW))
        type->tp_new = NULL;
#else
    (void)type;
#endif
}

#if defined(__GNUC__)
#define COMPAT_PREFETCH(at) __builtin_prefetch(at)
#else
#define COMPAT_PREFETCH(at) ((void)(at))
#endif

/* PyCFunction and friends have several shapes; go through void(*)(void) to quiet
 * -Wcast-function-type. */
#define COMPAT_METHOD(func) ((PyCFunction)(void (*)(void))(func))

/* Keep the cyclic collector from starting by itself; tells whether compat_gc_resume() has to
 * follow. Python 3.9 has no way to say it in C. */
static inline int
compat_gc_pause(void)
{
#if PY_VERSION_HEX >= 0x030a0000
    return PyGC_Disable();
#else
    return 0;
#endif
}

static inline void
compat_gc_resume(void)
{
#if PY_VERSION_HEX >= 0x030a0000
    PyGC_Enable();
#endif
}

/* Take the exception that is set away, as one object; put it back. */
static inline PyObject *
compat_err_take(void)
{
#if PY_VERSION_HEX >= 0x030c0000
    return PyErr_GetRaisedException();
#else
    PyObject *type = NULL, *value = NULL, *tb = NULL;
    PyErr_Fetch(&type, &value, &tb);
    if (!type)
        return NULL;
    PyErr_NormalizeException(&type, &value, &tb);
    if (tb && value)
        PyException_SetTraceback(value, tb);
    Py_XDECREF(type);
    Py_XDECREF(tb);
    return value;
#endif
}

/* ResourceWarning for an object that is dropped and should have been closed; for tp_finalize, which
 * keeps the exception that is set. Where the warning is made an error, that cannot be raised. */
#define COMPAT_WARN_UNCLOSED(obj, ...)                                                             \
    do {                                                                                           \
        if (PyErr_ResourceWarning((PyObject *)(obj), 1, __VA_ARGS__) < 0)                          \
            PyErr_WriteUnraisable((PyObject *)(obj));                                              \
    } while (0)

/* Steals `exc`, which may be NULL. */
static inline void
compat_err_restore(PyObject *exc)
{
#if PY_VERSION_HEX >= 0x030c0000
    PyErr_SetRaisedException(exc);
#else
    if (exc)
        PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(exc)), exc, PyException_GetTraceback(exc));
    else
        PyErr_Clear();
#endif
}

#endif
