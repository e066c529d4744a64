/* psycopg2.extensions.ConnectionInfo: connection.info. L4. */
#ifndef PSYCOPG_CONN_INFO_H
#define PSYCOPG_CONN_INFO_H

#include "conn.h"

int conn_info_init(PyObject *module, module_state *state);
PyObject *conn_info_new(connection_object *conn);

#endif
