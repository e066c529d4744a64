/* psycopg2.extensions.lobject. L4. */
#ifndef PSYCOPG_LOBJ_H
#define PSYCOPG_LOBJ_H

#include "conn.h"

int lobj_init(PyObject *module, module_state *state);

/* connection.lobject(oid=0, mode='', new_oid=0, new_file=None, lobject_factory=lobject): calls the
 * factory. */
PyObject *lobj_open(connection_object *conn, PyObject *args, PyObject *kwargs);

#endif
