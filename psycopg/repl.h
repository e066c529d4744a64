/* Replication: psycopg2.extensions.ReplicationConnection, ReplicationCursor, ReplicationMessage.
 * L4. */
#ifndef PSYCOPG_REPL_H
#define PSYCOPG_REPL_H

#include "cur.h"

/* ReplicationConnection.replication_type */
enum { REPL_PHYSICAL = 12345678, REPL_LOGICAL = 87654321 };

typedef struct {
    cursor_object cur;
    int decode;       /* payloads are given as str, */
    text_codec codec; /* by this, which is known once the stream runs */
    int consuming;    /* consume_stream() runs */
    int64_t interval; /* of the stream that is about to begin; 0: the usual one */
} repl_cursor_object;

/* Makes the types and the constants. */
int repl_init(PyObject *module, module_state *state);

/* repl_cur.c: `query` began a stream. A replication cursor takes it; with any other one, or none
 * (NULL), the stream is ended and ProgrammingError raised. 0 or -1. */
int repl_begin_lock_held(connection_object *conn, PyObject *cursor, pq_query *query);

/* repl_conn.c, repl_msg.c, repl_cur.c: make one type each. */
int repl_init_connection(PyObject *module, module_state *state);
int repl_init_message(PyObject *module, module_state *state);
int repl_init_cursor(PyObject *module, module_state *state);

/* A new ReplicationMessage for `cursor`, its payload decoded if the cursor says so. */
PyObject *repl_message_new(repl_cursor_object *cursor, const pq_message *message);
/* `us` microseconds since 1970 as a naive datetime in local time. */
PyObject *repl_datetime(int64_t us);

#endif
