/* psycopg2.extensions.ConnectionInfo: connection.info. L4. */
#ifndef PSYCOPG_CONN_INFO_H
#define PSYCOPG_CONN_INFO_H

#include "conn.h"

int conn_info_init(PyObject *module, module_state *state);
PyObject *conn_info_new(connection_object *conn);

/* A new dict of the parameters in effect, without the password; InterfaceError on a closed
 * connection. */
PyObject *conn_info_dsn_parameters(connection_object *conn);

#endif
