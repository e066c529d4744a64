/* Python objects into the values of COPY. L2.
 *
 * The text of a value is what the input function of its column's type is given: the literal that
 * adapt_value() writes, without quotes, escapes and casts. */
#ifndef PSYCOPG_ADAPT_COPY_H
#define PSYCOPG_ADAPT_COPY_H

#include "adapt.h"

typedef struct {
    const adapt_ctx *ctx;  // borrowed: of the connection
    adapt_ctx inner;       /* what our own writers are given: UTF-8, standard strings */
    bytebuf literal;       /* of the value that is being read from its literal */
    int zoneless;          /* the column at hand would drop a time zone */
} adapt_copy;

/* `ctx` is to outlive it. */
void adapt_copy_init(adapt_copy *self, const adapt_ctx *ctx);
void adapt_copy_clear(adapt_copy *self);

/* Append `value` for a column of the type `oid` (0: unknown) as COPY's text format has it, in the
 * client encoding. 0; or -1 with the exception that adapt_value() would raise; ProgrammingError
 * where an adapter gives an expression that only the server could compute; DataError where the
 * column would drop a time zone, which an INSERT takes into account. */
int adapt_copy_text(adapt_copy *self, uint32_t oid, PyObject *value, bytebuf *out);

/* Append a str in the client encoding. 0 or -1. */
int adapt_copy_encode(adapt_copy *self, PyObject *str, bytebuf *out);

/* The text of a value as a str, None for NULL. */
PyObject *adapt_copy_str(const adapt_ctx *ctx, PyObject *value);

/* -- The binary format (adapt_copy_binary.c) -- */

/* A type of the server whose bytes can be made here. */
typedef struct adapt_binary_type adapt_binary_type;
const adapt_binary_type *adapt_binary_find(uint32_t oid); /* NULL: unknown */

/* Whether each of `records`, a list or tuple, is a list or tuple of values that the columns can
 * hold, with no adapter asked. 1, 0, or -1 with an exception: a signal came. */
int adapt_binary_fits(const adapt_copy *self, const adapt_binary_type *const *columns,
                      Py_ssize_t width, PyObject *records);

/* Append one value; what stands before and behind all; what stands before a record. 0 or -1. */
int adapt_binary_value(adapt_copy *self, const adapt_binary_type *column, PyObject *value,
                       bytebuf *out);
int adapt_binary_begin(bytebuf *out);
int adapt_binary_record(bytebuf *out, Py_ssize_t width);
int adapt_binary_end(bytebuf *out);

#endif
