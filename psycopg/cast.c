/* The registry of typecasters: which decoder reads a column, and its call by hand. The type is in
 * cast_type.c. */
#include "cast.h"

#include "cast_impl.h"

enum { ERROR_PREVIEW = 100 };

PyObject *
cast_error(PyObject *type, const char *what, const char *bytes, Py_ssize_t len)
{
    const char *more = len > ERROR_PREVIEW ? "..." : "";
    PyObject *value =
        PyUnicode_DecodeUTF8(bytes, len > ERROR_PREVIEW ? ERROR_PREVIEW : len, "replace");
    if (!value)
        return NULL;
    PyErr_Format(type, "%s: '%U'%s", what, value, more);
    Py_DECREF(value);
    return NULL;
}

PyObject *
cast_import(const char *module, const char *name)
{
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *found = imported ? PyObject_GetAttrString(imported, name) : NULL;
    Py_XDECREF(imported);
    return found;
}

/* -- casters made in Python -------------------------------------------------------------------- */

/* Call it as function(value, cursor). Steals `value`, which may be NULL after an error. */
static PyObject *
call_function(const cast_ctx *ctx, const cast_column *column, PyObject *value)
{
    if (!value)
        return NULL;
    PyObject *function = ((caster_object *)column->caster)->function;  // borrowed
    PyObject *args[] = {value, ctx->cursor ? ctx->cursor : Py_None};
    PyObject *result = PyObject_Vectorcall(function, args, 2, NULL);
    Py_DECREF(value);
    return result;
}

CAST_DECODER(cast_python)
{
    PyObject *value =
        column->binary ? PyBytes_FromStringAndSize(bytes, len) : cast_text(ctx, bytes, len);
    return call_function(ctx, column, value);
}

PyObject *
cast_null(const cast_ctx *ctx, const cast_column *column)
{
    return call_function(ctx, column, Py_NewRef(Py_None));
}

/* A caster made to be compared only: new_type() without a function. */
static CAST_DECODER(missing)
{
    (void)bytes, (void)len;
    PyErr_Format(ctx->state->Error, "typecaster %R was made without a function to cast with",
                 ((caster_object *)column->caster)->name);
    return NULL;
}

/* -- choosing a decoder ------------------------------------------------------------------------ */

int
cast_column_set(cast_column *column, module_state *state, PyObject *caster, uint32_t oid)
{
    if (!Caster_Check(state, caster)) {
        PyErr_Format(PyExc_TypeError, "what is registered for type %lu is no typecaster: %R",
                     (unsigned long)oid, caster);
        return -1;
    }
    caster_object *self = (caster_object *)caster;
    column->fn = self->fn ? self->fn : missing;
    column->plain = self->plain;
    column->has_null = self->function != NULL;
    while (self->element)
        self = (caster_object *)self->element;
    column->python = self->function != NULL;
    column->caster = Py_NewRef(caster);
    return 0;
}

/* The caster under `oid` in a dict: 1 found (a new reference), 0 not, -1 error. */
static int
find_caster(PyObject *types, PyObject *oid, PyObject **caster)
{
    if (!types || types == Py_None)
        return 0;
    if (!PyDict_Check(types)) {
        PyErr_Format(PyExc_TypeError, "typecasters must be in a dict, not in '%.200s'",
                     Py_TYPE(types)->tp_name);
        return -1;
    }
    return PyDict_GET_SIZE(types) ? PyDict_GetItemRef(types, oid, caster) : 0;
}

int
cast_column_init(cast_column *column, const cast_ctx *ctx, uint32_t oid, int binary,
                 PyObject *cursor_types, PyObject *conn_types)
{
    module_state *state = ctx->state;
    memset(column, 0, sizeof *column);
    column->binary = binary;
    PyObject *scopes[] = {cursor_types, conn_types,
                          binary ? state->binary_types : state->string_types};
    PyObject *key = PyLong_FromUnsignedLong(oid);
    if (!key)
        return -1;
    PyObject *caster = NULL;
    int found = 0;
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes && !found; i++)
        found = find_caster(scopes[i], key, &caster);
    Py_DECREF(key);
    if (found < 0)
        return -1;
    int result = cast_column_set(column, state, found ? caster : state->default_caster, oid);
    Py_XDECREF(caster);
    if (!found && binary && result == 0)
        column->fn = cast_binary_find(oid, &column->plain);
    return result;
}

void
cast_column_clear(cast_column *column)
{
    Py_CLEAR(column->caster);
    Py_CLEAR(column->last);
}

/* -- calling it -------------------------------------------------------------------------------- */

#if CAST_CHECKS_BOUNDS
PyObject *
cast_call(const cast_ctx *ctx, cast_column *column, const char *bytes, Py_ssize_t len)
{
    char *copy = malloc((size_t)len);
    if (!copy && len)
        return PyErr_NoMemory();
    if (len)
        memcpy(copy, bytes, (size_t)len);
    PyObject *value = column->fn(ctx, column, copy, len);
    free(copy);
    return value;
}
#endif

/* -- casting by hand --------------------------------------------------------------------------- */

/* Cast what a program hands in. A str is the value itself, whatever the connection's encoding: it
 * goes as UTF-8. */
static PyObject *
cast_value(const cast_ctx *ctx, cast_column *column, PyObject *value)
{
    cast_ctx own = *ctx;
    const char *bytes;
    Py_ssize_t len;
    if (PyUnicode_Check(value)) {
        bytes = PyUnicode_AsUTF8AndSize(value, &len);
        own.codec.kind = TEXT_UTF8;
        own.codec.unsafe_trail = 0;
    } else if (PyBytes_Check(value)) {
        bytes = PyBytes_AS_STRING(value);
        len = PyBytes_GET_SIZE(value);
    } else {
        PyErr_Format(PyExc_TypeError, "a value to cast must be str, bytes or None, not '%.200s'",
                     Py_TYPE(value)->tp_name);
        return NULL;
    }
    return bytes ? cast_call(&own, column, bytes, len) : NULL;
}

PyObject *
cast_by_oid(const cast_ctx *ctx, PyObject *value, uint32_t oid, PyObject *cursor_types,
            PyObject *conn_types)
{
    if (value == Py_None)
        Py_RETURN_NONE;
    cast_column column;
    if (cast_column_init(&column, ctx, oid, 0, cursor_types, conn_types) < 0)
        return NULL;
    PyObject *result = cast_value(ctx, &column, value);
    cast_column_clear(&column);
    return result;
}

PyObject *
cast_by_hand(module_state *state, PyObject *caster, PyObject *value, PyObject *cursor)
{
    cast_ctx ctx = {.state = state,
                    .codec = {.kind = TEXT_UTF8, .pg_name = "UTF8", .py_name = "utf_8"}};
    if (cursor != Py_None) {
        if (!state->cast_ctx_from_cursor) {
            PyErr_SetString(PyExc_SystemError, "typecasters know no cursors yet");
            return NULL;
        }
        if (state->cast_ctx_from_cursor(state, cursor, &ctx) < 0)
            return NULL;
    }
    if (value == Py_None)
        Py_RETURN_NONE;
    cast_column column = {0};
    if (cast_column_set(&column, state, caster, 0) < 0)
        return NULL;
    PyObject *factory = Py_XNewRef(ctx.tzinfo_factory);  // it may change the cursor's
    PyObject *result = cast_value(&ctx, &column, value);
    Py_XDECREF(factory);
    cast_column_clear(&column);
    return result;
}

/* -- registering ------------------------------------------------------------------------------- */

int
cast_register(module_state *state, PyObject *caster, PyObject *types)
{
    if (!Caster_Check(state, caster)) {
        PyErr_Format(PyExc_TypeError, "argument 1 must be psycopg2._psycopg.type, not %.200s",
                     Py_TYPE(caster)->tp_name);
        return -1;
    }
    if (!PyDict_Check(types)) {
        PyErr_Format(PyExc_TypeError, "typecasters are registered in a dict, not in '%.200s'",
                     Py_TYPE(types)->tp_name);
        return -1;
    }
    PyObject *values = ((caster_object *)caster)->values;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(values); i++)
        if (PyDict_SetItem(types, PyTuple_GET_ITEM(values, i), caster) < 0)
            return -1;
    return 0;
}
