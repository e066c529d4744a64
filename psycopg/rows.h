/* Rows of a result into Python rows. L3. */
#ifndef PSYCOPG_ROWS_H
#define PSYCOPG_ROWS_H

#include "cast.h"
#include "rowbuf.h"

/* The decoders of all columns of a result. */
typedef struct rows_plan {
    int ncolumns;
    int plain;  /* every column is plain: the tuples need no cyclic collector */
    int python; /* some column is made by a Python function */
    cast_column columns[];
} rows_plan;

/* The dicts are those of casters for text; they may be NULL. NULL with an exception on failure. The
 * caller owns it: rows_plan_free(). */
rows_plan *rows_plan_new(const cast_ctx *ctx, const rowbuf *buf, PyObject *cursor_types,
                         PyObject *conn_types);
void rows_plan_free(rows_plan *plan); /* NULL is fine */
/* For the cyclic collector: a caster may be a function that knows the cursor. NULL is fine. */
int rows_plan_traverse(const rows_plan *plan, visitproc visit, void *arg);

/* Reading a row steps over it, also when a decoder raises: the bad row is then gone, as in the
 * original. A Python caster that moves the reader, by fetching from the same cursor, ends in
 * ProgrammingError; who calls sees to it that neither plan nor rows are freed while a caster runs.
 */

/* The next row as a tuple. NULL without an exception at the end. */
PyObject *rows_next_tuple(const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader);

/* The next row put into `row` by row[i] = value (what the original's row_factory asks for). 1 a
 * row, 0 end, -1. */
int rows_next_into(const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader, PyObject *row);

/* Roughly the bytes of the objects that a row of `buf` is made of; rather more than less. */
size_t rows_memory(const rowbuf *buf);

/* How many rows a fetch of `max` (-1: all) gives. */
Py_ssize_t rows_left(const rowbuf_reader *reader, Py_ssize_t max);

/* The next rows as tuples into `list`, from index `at` to its end. 0 or -1. */
int rows_fill(const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader, PyObject *list,
              Py_ssize_t at);

/* Where the next row starts. NULL at the end, with an exception where it cannot be read back. */
const char *rows_peek(const cast_ctx *ctx, rowbuf_reader *reader);
/* Raise why the reader could not move. */
void rows_raise(const cast_ctx *ctx, const rowbuf_reader *reader);

#endif
