/* Adaptation: Python objects into SQL literals. L2. */
#ifndef PSYCOPG_ADAPT_H
#define PSYCOPG_ADAPT_H

#include "psycopg.h"

#include "bytebuf.h"

/* What a literal depends on; made by L4 from a connection, by value, good for the length of one
 * call. */
typedef struct adapt_ctx {
    module_state *state;
    PyObject *conn; /* borrowed; NULL: no connection. Handed to prepare() of Python adapters, never
                       looked into */
    text_codec codec;  /* the client encoding; without a connection: what the original assumes
                          (latin1 or utf8) */
    int std_strings;   /* standard_conforming_strings is on */
    int sql_intervals; /* the server may read -1 days 5 seconds by IntervalStyle = sql_standard */
    /* libpq's own escaping, for encodings with codec.unsafe_trail. `to` has room for 2 * len + 1.
     * Returns the length and sets *bad when the bytes are not valid in the encoding. NULL without a
     * connection. */
    size_t (*escape)(void *session, char *to, const char *from, size_t len, int *bad);
    void *session;
} adapt_ctx;

/* Append `value` as SQL to `out`. Built-in types whose adapter was not replaced are written
 * directly; everything else goes through the registry, __conform__, prepare() and getquoted(). 0,
 * or -1 with an exception. */
int adapt_value(const adapt_ctx *ctx, PyObject *value, bytebuf *out);

/* A value as a parameter that stands apart from the query. */
typedef struct {
    uint32_t type; /* what the server takes the literal for: an OID; 0: not known, as of a string */
    unsigned char null, text; /* text: a NUL follows the value, else it is in binary format */
    unsigned char real;       /* a float, written as a number */
    size_t at, len;           /* where it stands in the buffer */
} adapt_param;

/* What the server reads a parameter as: the type that it would see in a literal; the same, but a
 * float is a float8; what it finds itself, and so not in a binary format. */
typedef enum { ADAPT_TO_OWN, ADAPT_TO_FLOAT8, ADAPT_TO_ANY } adapt_target;

/* Append what the literal of `value` holds to `out`, and say what type the server would see in it.
 * 1; 0: this value goes in a literal only, or not at all; -1 with an exception. */
int adapt_value_param(const adapt_ctx *ctx, PyObject *value, adapt_target target, bytebuf *out,
                      adapt_param *param);

/* psycopg2.extensions.adapt(obj[, protocol[, alternate]]) */
PyObject *adapt_object(module_state *state, PyObject *obj, PyObject *protocol, PyObject *alternate);

/* The bytes of an adapted object: prepare(conn) where it has one, then getquoted(). A new bytes
 * object. */
PyObject *adapt_quoted(const adapt_ctx *ctx, PyObject *value);

/* adapt_module.c: make the registry, the adapter types (QuotedString, Binary, ...), and the module
 * functions that belong to this layer (adapt, Date, Time, ... constructors); add them to the
 * module. 0 or -1. */
int adapt_init(PyObject *module, module_state *state);

#endif
