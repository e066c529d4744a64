/* Pages of rows for extras.execute_batch() and execute_values(). L4. */
#ifndef PSYCOPG_CUR_PAGES_H
#define PSYCOPG_CUR_PAGES_H

#include "cur_many.h"

/* A statement of execute_values(), in bytes: all borrowed. */
typedef struct {
    PyObject *before, *after; /* what stands around the rows */
    PyObject *template;       /* each of which is this, with its values */
    Py_ssize_t page_size;
    int first_alone; /* there may be one page only */
} cur_values;

typedef struct cur_pages {
    cur_many many;
    PyObject *execute_page; /* borrowed: how a page is executed where it cannot go ahead */
    /* Send a page, a list of rows. 1; 0: it cannot go ahead; -1 with an exception. */
    int (*send)(struct cur_pages *self, PyObject *rows);
    int ahead; /* pages went ahead */
    cur_values values;
} cur_pages;

int cur_batch_send(cur_pages *self, PyObject *rows);

int cur_values_send(cur_pages *self, PyObject *rows);
/* Once self->many is ready. */
void cur_values_begin(cur_pages *self);
/* The template of a full page, with placeholders for all its values: a new bytes object. */
PyObject *cur_values_template(const cur_values *self);

#endif
