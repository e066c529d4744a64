/* One statement for many rows of parameters: what of it can go to the server once. L2. */
#ifndef PSYCOPG_COMPOSE_MANY_H
#define PSYCOPG_COMPOSE_MANY_H

#include "adapt.h"
#include "compose_scan.h"

/* What is known of the column that a placeholder's value goes into. */
typedef enum { COLUMN_UNKNOWN, COLUMN_FLOAT8, COLUMN_OTHER } compose_column;

typedef struct {
    PyObject *query; /* bytes, as compose_query_bytes() gave it */
    PyObject *names; /* a tuple of str for %(name)s; NULL: positional, or none */
    compose_scan scan;
    unsigned char *column; /* where `typed`, of each placeholder: a compose_column */
    int plain;             /* its encoding is one that can be scanned */
    int typed;             /* each of its placeholders may be a parameter of the server's */
    int recoded;           /* the server has another encoding, which may lack a letter: as part of a
                              parameter it would refuse that in other words. For the user to set */
    bytebuf sql;           /* where `typed`: the statement with $1, $2, ..., NUL-terminated */
} compose_template;

/* Parameters of some rows. */
typedef struct {
    int count;           /* of each row */
    size_t rows, room;   /* how many rows there are, and may be */
    adapt_param *params; /* row by row; where they stand in `data` */
    bytebuf data;
    /* one row, in the form that libpq takes */
    const char **values;
    int *lengths, *formats;
} compose_params;

/* Look at a query and get ready for its rows. `query` is borrowed. 0, or -1 with an exception:
 * there is no memory. What is wrong with the query is told when it is composed. */
int compose_template_init(compose_template *self, const adapt_ctx *ctx, PyObject *query);
void compose_template_clear(compose_template *self);

int compose_params_init(compose_params *self, const compose_template *of); /* 0, -1 exception */
void compose_params_clear(compose_params *self);

/* The parameters of a row for the first `n` placeholders, in their order: a tuple, a new reference;
 * NULL: the row is to be composed, or, with an exception, there is no memory. */
PyObject *compose_row_values(const compose_template *self, PyObject *row, Py_ssize_t n);
/* Add a row of these values. 1; 0: it is to be composed; -1 with an exception. */
int compose_params_add(compose_params *self, const compose_template *of, const adapt_ctx *ctx,
                       PyObject *values);
/* Put row `row` into the arrays for libpq; returns how many bytes that is. */
size_t compose_params_take(compose_params *self, size_t row);
/* Forget all rows. */
static inline void
compose_params_reset(compose_params *self)
{
    self->rows = 0;
    self->data.len = 0;
}

/* Append the statement with these values in it, as compose_query() does. 0, or -1 exception. */
int compose_row(const compose_template *self, const adapt_ctx *ctx, PyObject *values, bytebuf *out);

#endif
