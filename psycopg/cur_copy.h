/* COPY for cursors: what cur_copy.c and cur_copy_run.c share. L4. */
#ifndef PSYCOPG_CUR_COPY_H
#define PSYCOPG_CUR_COPY_H

#include "cur.h"

/* Run the statement `sql` (bytes) and move its data from or to `file`, reading `size` at a time.
 * None, or NULL with an exception; the connection is usable afterwards, unless it is lost. */
PyObject *cur_copy_run(cursor_object *self, PyObject *sql, PyObject *file, Py_ssize_t size);

#endif
