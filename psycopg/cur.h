/* psycopg2.extensions.cursor. L4. */
#ifndef PSYCOPG_CUR_H
#define PSYCOPG_CUR_H

#include "psycopg.h"

#include "conn.h"
#include "rows.h"

typedef struct {
    PyObject_HEAD
    module_state *state; // borrowed
    connection_object *conn; /* NULL: __init__ did not run */
    int closed;
    int withhold, scrollable; /* scrollable: -1 not said, 0, 1 */
    long arraysize, itersize;
    int64_t rowcount;
    int64_t row; /* rownumber: rows fetched of the result */
    int64_t last_oid;
    unsigned long mark; /* conn->mark when a named cursor was declared */
    int declared;       /* a named cursor's DECLARE was sent */
    pq_result result;
    rowbuf_reader reader;
    rows_plan *plan;  /* made on the first fetch of a result */
    bytebuf buffer;   /* where queries are composed, kept from one to the next */
    PyObject *query;  /* bytes or None */
    PyObject *description;
    PyObject *statusmessage;
    PyObject *name;   /* str or None */
    PyObject *quoted_name; /* bytes, quoted as an identifier */
    PyObject *tzinfo_factory, *row_factory;
    PyObject *string_types, *binary_types;
    PyObject *copyfile; /* the file of a COPY that runs, else NULL */
    PyObject *weakrefs;
} cursor_object;

int cur_init(PyObject *module, module_state *state); /* makes the type */

/* cur_exec.c */
int cur_check_open(cursor_object *self); /* cursor and connection: InterfaceError, -1 */
/* Forget the last result: rows, description, rowcount. */
void cur_reset(cursor_object *self);
/* Take in what is in self->result after a query: rowcount, description, statusmessage. 0 or -1. */
int cur_take_result(cursor_object *self);
/* Compose `operation` with `args` into self->buffer, NUL-terminated, and set self->query. 0 or -1. */
int cur_compose(cursor_object *self, PyObject *operation, PyObject *args);

PyObject *cur_execute(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_executemany(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_mogrify(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_callproc(cursor_object *self, PyObject *args);

/* cur_fetch.c */
PyObject *cur_fetchone(cursor_object *self, PyObject *unused);
PyObject *cur_fetchmany(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_fetchall(cursor_object *self, PyObject *unused);
PyObject *cur_iternext(cursor_object *self);
PyObject *cur_scroll(cursor_object *self, PyObject *args, PyObject *kwargs);

/* cur_copy.c */
PyObject *cur_copy_from(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_copy_to(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_copy_expert(cursor_object *self, PyObject *args, PyObject *kwargs);

#define Cursor_Check(state, obj) PyObject_TypeCheck((obj), (PyTypeObject *)(state)->cursor_type)

#endif
