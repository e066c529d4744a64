/* Typecasting: the server's text into Python objects; the registry of casters. L3. */
#ifndef PSYCOPG_CAST_H
#define PSYCOPG_CAST_H

#include "psycopg.h"

typedef enum { CAST_DATE_ISO, CAST_DATE_SQL, CAST_DATE_POSTGRES, CAST_DATE_GERMAN } cast_date_style;
typedef enum { CAST_ORDER_YMD, CAST_ORDER_MDY, CAST_ORDER_DMY } cast_date_order;

/* What a value depends on besides its bytes; made by L4 when a result is read, good for one call.
 */
typedef struct cast_ctx {
    module_state *state;
    text_codec codec; /* the client encoding */
    PyObject *cursor; /* borrowed, may be NULL: handed to Python casters, never looked into */
    PyObject *tzinfo_factory;   /* borrowed; None: timestamptz stay naive as in the original; NULL:
                                   the default */
    cast_date_style date_style; /* the server's DateStyle when the result came */
    cast_date_order date_order;
} cast_ctx;

struct cast_column;

/* Decode one value that is not NULL. Nothing may be read behind `len`: the value may be an array's
 * element, in place. New reference or NULL + exception. */
typedef PyObject *(*cast_fn)(const cast_ctx *ctx, struct cast_column *column, const char *bytes,
                             Py_ssize_t len);

/* How one column is read: chosen once per result. */
typedef struct cast_column {
    cast_fn fn;
    PyObject *caster; /* the typecaster object (owned) */
    int has_null;     /* a Python caster wants to be called with None for NULL: cast_null() */
    int plain;  /* values can never be in a reference cycle (numbers, text, dates): rows of them are
                   untracked */
    int python; /* a Python function makes the values, or their elements */
    int binary; /* the values come in the binary format; Python casters get them as bytes */
    /* what a decoder keeps from one value to the next, and what tells whether that serves (the time
     * zone of an offset) or is worth it; cast_column_clear() lets go of it */
    PyObject *last;
    int32_t last_key;
} cast_column;

/* Choose the decoder of a column: by OID in the cursor's dict (NULL: none), the connection's, the
 * module's; else the default. `binary` looks in binary_types. 0, or -1 with an exception. */
int cast_column_init(cast_column *column, const cast_ctx *ctx, uint32_t oid, int binary,
                     PyObject *cursor_types, PyObject *conn_types);
void cast_column_clear(cast_column *column);

/* Decode a value with the decoder of its column. Under AddressSanitizer from a copy of its own, so
 * that a decoder which reads on behind `len` is caught. */
#if defined(__SANITIZE_ADDRESS__)
#define CAST_CHECKS_BOUNDS 1
#elif defined(__has_feature)
#define CAST_CHECKS_BOUNDS __has_feature(address_sanitizer)
#else
#define CAST_CHECKS_BOUNDS 0
#endif
#if CAST_CHECKS_BOUNDS
PyObject *cast_call(const cast_ctx *ctx, cast_column *column, const char *bytes, Py_ssize_t len);
#else
static inline PyObject *
cast_call(const cast_ctx *ctx, cast_column *column, const char *bytes, Py_ssize_t len)
{
    return column->fn(ctx, column, bytes, len);
}
#endif

/* The value of NULL in a column with `has_null`. */
PyObject *cast_null(const cast_ctx *ctx, const cast_column *column);

/* cursor.cast(oid, text): `value` is str, bytes or None, as the original takes it. */
PyObject *cast_by_oid(const cast_ctx *ctx, PyObject *value, uint32_t oid, PyObject *cursor_types,
                      PyObject *conn_types);

/* Make the caster type, every built-in caster, string_types and binary_types; add them and new_type
 * and new_array_type to the module. (register_type(caster, conn_or_curs) lives in L4; it calls
 * cast_register().) 0/-1. */
int cast_init(PyObject *module, module_state *state);

/* What cursor.tzinfo_factory is by default (datetime.timezone): a new reference. */
PyObject *cast_default_tzinfo_factory(module_state *state);

/* Put `caster` under each of its OIDs into `types` (a dict). TypeError where it is not a caster. 0
 * or -1. */
int cast_register(module_state *state, PyObject *caster, PyObject *types);

#endif
