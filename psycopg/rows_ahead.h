/* Rows that are made before anybody fetches them, while more of their result is on its way. L3.
 *
 * Whoever waits for a large result has the time. The rows may stay unused, and so nothing a program
 * could notice may come of making them: only decoders that run no code of the program's do, and an
 * error is left for the fetch that comes to the row. The text stays where it is: a row that was
 * taken, and is fetched again after scroll(), is made of it as any other. */
#ifndef PSYCOPG_ROWS_AHEAD_H
#define PSYCOPG_ROWS_AHEAD_H

#include "rows.h"

typedef struct {
    PyObject *tuple; /* NULL: taken */
    size_t end;      /* in its block */
} row_ahead;

typedef struct {
    rows_plan *plan;      /* owned; NULL: there are no rows */
    cast_ctx ctx;         /* what the rows were made with */
    rowbuf_reader reader; /* behind the last of them */
    uint64_t dropped;     /* of the reader's rowbuf, when this was begun */
    row_ahead *rows;      /* from the first of the result on */
    int64_t count, room;
    int in_page;   /* the rows lie in a page that the row buffer had kept */
    size_t memory; /* roughly the bytes of the objects */
    int ended;     /* no more will be made */
} rows_ahead;

rows_ahead *rows_ahead_new(void);       /* NULL without an exception: no memory */
void rows_ahead_free(rows_ahead *self); /* NULL is fine */

/* Make the rows of `buf` that have come since the last call, within limits. The dicts are as for
 * rows_plan_new(). 0; or -1 with an exception that is none of a value's: KeyboardInterrupt and its
 * like. */
int rows_ahead_make(rows_ahead *self, const cast_ctx *ctx, rowbuf *buf, PyObject *cursor_types,
                    PyObject *conn_types);
/* The rows came in the course of a query: whether they are the ones that `buf` and `ctx` tell of at
 * its end. */
int rows_ahead_hold(const rows_ahead *self, const cast_ctx *ctx, const rowbuf *buf);

/* The next row, a new reference, and step over it. NULL: it has to be made. `self` may be NULL. */
PyObject *rows_ahead_next(rows_ahead *self, rowbuf_reader *reader);
/* Up to `max` (-1: all) further rows as tuples in a list; those that were made already are taken.
 * `self` may be NULL. */
PyObject *rows_ahead_list(rows_ahead *self, const cast_ctx *ctx, rows_plan *plan,
                          rowbuf_reader *reader, Py_ssize_t max);

#endif
