/* Waiting through a callback, for coroutine libraries. L4. */
#ifndef PSYCOPG_GREEN_H
#define PSYCOPG_GREEN_H

#include "conn.h"

/* extensions.POLL_* */
enum { GREEN_POLL_OK = 0, GREEN_POLL_READ = 1, GREEN_POLL_WRITE = 2, GREEN_POLL_ERROR = 3 };

/* Whether blocking calls go through a wait callback: one is set and `self` is not asynchronous. */
int green_enabled(const connection_object *self);
/* Run `query` through the wait callback; as conn_run_lock_held(), except that PQ_READ and PQ_WRITE
 * come back too: the callback came back too early, the rest is to be waited for in the usual way.
 */
pq_state green_run_lock_held(connection_object *self, pq_query *query);
/* Connect through it; as above. PQ_FAILED: self->query.error says why. */
pq_state green_connect_lock_held(connection_object *self, const char *dsn);
/* Wait for the socket through it: 0, or -1 with an exception and the connection closed. */
int green_wait_lock_held(connection_object *self, pq_state want);
/* connection.poll() as called by the wait callback: POLL_*; -1 without an exception: nothing waits.
 */
long green_poll(connection_object *self);

extern PyMethodDef green_module_methods[]; /* set_wait_callback, get_wait_callback */

#endif
