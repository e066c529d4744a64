/* Waiting through a callback, for coroutine libraries. L4. */
#ifndef PSYCOPG_GREEN_H
#define PSYCOPG_GREEN_H

#include "conn.h"

/* extensions.POLL_* */
enum { GREEN_POLL_OK = 0, GREEN_POLL_READ = 1, GREEN_POLL_WRITE = 2, GREEN_POLL_ERROR = 3 };

/* Whether blocking calls go through a wait callback: one is set and `self` is not asynchronous. */
int green_enabled(const connection_object *self);
/* Run `query` through the wait callback; as conn_run_lock_held(). */
pq_state green_run_lock_held(connection_object *self, pq_query *query);
/* Wait for the socket through it: 0, or -1 with an exception and the connection closed. */
int green_wait_lock_held(connection_object *self, pq_state want);
/* connection.poll() as called by the wait callback: POLL_*; -1 without an exception: nothing waits.
 */
long green_poll(connection_object *self);

extern PyMethodDef green_module_methods[]; /* set_wait_callback, get_wait_callback */

#endif
