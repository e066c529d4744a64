/* Two-phase commit: the DB-API's optional tpc_* methods. L4. */
#ifndef PSYCOPG_CONN_TPC_H
#define PSYCOPG_CONN_TPC_H

#include "conn.h"

PyObject *conn_xid(connection_object *self, PyObject *args, PyObject *kwargs);
PyObject *conn_tpc_begin(connection_object *self, PyObject *args);
PyObject *conn_tpc_prepare(connection_object *self, PyObject *unused);
PyObject *conn_tpc_commit(connection_object *self, PyObject *args);
PyObject *conn_tpc_rollback(connection_object *self, PyObject *args);
PyObject *conn_tpc_recover(connection_object *self, PyObject *unused);

#endif
