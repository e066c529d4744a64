/* Asynchronous connections: everything advances by poll(). L4. */
#ifndef PSYCOPG_CONN_ASYNC_H
#define PSYCOPG_CONN_ASYNC_H

#include "conn.h"
#include "cur.h"

/* ProgrammingError where `what` cannot be done while a query is on its way, or rows are streamed.
 */
int async_check_idle(connection_object *self, const char *what);
/* Send `sql` for `cursor`, which has its result once poll() says POLL_OK. */
int async_execute(connection_object *self, cursor_object *cursor, const char *sql);
/* connection.poll(): one step of connecting, of the query, or a look at what has come. POLL_*, or
 * -1. Also for blocking connections. */
long async_poll(connection_object *self);

#endif
