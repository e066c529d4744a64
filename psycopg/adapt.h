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
    text_codec codec; /* the client encoding; without a connection: what the original assumes
                         (latin1 or utf8) */
    int std_strings;  /* standard_conforming_strings is on */
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

/* psycopg2.extensions.adapt(obj[, protocol[, alternate]]) */
PyObject *adapt_object(module_state *state, PyObject *obj, PyObject *protocol, PyObject *alternate);

/* The bytes of an adapted object: prepare(conn) where it has one, then getquoted(). A new bytes
 * object. */
PyObject *adapt_quoted(const adapt_ctx *ctx, PyObject *value);

/* Make the registry, the adapter types (QuotedString, Binary, ...), and the module functions that
 * belong to this layer (adapt, Date, Time, ... constructors); add them to the module. 0 or -1. */
int adapt_init(PyObject *module, module_state *state);

#endif
