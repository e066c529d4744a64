/* Rows that are no plain tuples: named tuples, lists and dictionaries that know their columns. L3.
 */
#ifndef PSYCOPG_ROWS_SHAPE_H
#define PSYCOPG_ROWS_SHAPE_H

#include "psycopg.h"

/* What the rows of one result are made into. */
typedef struct {
    PyTypeObject *type;   /* NULL, a subclass of tuple or list, or RealDictRow; owned */
    PyObject *columns;    /* dict: a tuple of the keys; list: what its _index is set to; owned */
    PyObject *pattern;    /* dict: what each row begins as; owned */
    PyObject *index_name; /* "_index"; owned */
    PyObject *function;   /* NULL, or called with the cursor and the tuple; owned */
} rows_shape;

/* Take `made` for the rows of a result of `ncolumns`: None (tuples), (type, columns), or a function
 * of the cursor and the tuple. 0, or -1 with TypeError where it is none of them. */
int rows_shape_init(rows_shape *self, module_state *state, PyObject *made, int ncolumns);
void rows_shape_clear(rows_shape *self);

/* The row made of `tuple` (stolen; NULL passes through). NULL with an exception. */
PyObject *rows_shape_apply(const rows_shape *self, PyObject *cursor, PyObject *tuple);

static inline int
rows_shape_is_tuple(const rows_shape *self)
{
    return !self->type && !self->function;
}

/* Whether making a row runs no Python code. */
static inline int
rows_shape_is_c(const rows_shape *self)
{
    return !self->function;
}

#endif
