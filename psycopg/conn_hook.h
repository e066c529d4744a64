/* connection.on_query: who is told of each statement. L4. */
#ifndef PSYCOPG_CONN_HOOK_H
#define PSYCOPG_CONN_HOOK_H

#include "cur.h"

/* conn_hook_begin() where there is a hook. */
void conn_hook_start(conn_hook *self, connection_object *conn);

/* A statement is about to be sent. */
static inline void
conn_hook_begin(conn_hook *self, connection_object *conn)
{
    self->function = NULL;
    if (conn->on_query)
        conn_hook_start(self, conn);
}

/* It has ended, with the exception that is set; the session is not held. Tell the hook, with the
 * query (bytes, borrowed). 0; -1 with an exception: the one that is set, or a new one that is no
 * Exception, such as KeyboardInterrupt. To be called once after conn_hook_begin(), or
 * conn_hook_drop(). */
int conn_hook_end(conn_hook *self, connection_object *conn, PyObject *query, int64_t rowcount);
/* The same for a query in the client encoding that ends in a NUL. */
int conn_hook_end_text(conn_hook *self, connection_object *conn, const char *query,
                       int64_t rowcount);
/* It was not sent at all. */
void conn_hook_drop(conn_hook *self);

/* The same as conn_hook_begin() for a cursor, unless its statement is part of a longer call. */
static inline void
cur_hook_begin(conn_hook *self, const cursor_object *cur)
{
    self->function = NULL;
    if (cur->conn->on_query && !cur->in_many)
        conn_hook_start(self, cur->conn);
}

PyObject *conn_get_on_query(connection_object *self, void *closure);
int conn_set_on_query(connection_object *self, PyObject *value, void *closure);

#endif
