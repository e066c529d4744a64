/* Statements that are sent ahead of the answers to those before them. L4.
 *
 * While they are under way this thread has the session. In between it runs code of the program's:
 * the iterable that rows come from, adapters. When that code, or another thread, wants the
 * connection, it gets it as if each statement had been waited for: all that were sent are executed
 * first, and the pipeline is entered anew for the next one. */
#ifndef PSYCOPG_CONN_PIPELINE_H
#define PSYCOPG_CONN_PIPELINE_H

#include "conn.h"
#include "pq_pipeline.h"

/* How many statements may be unanswered at most; some more while a piece is put together. */
enum { PIPELINE_MOST = 4096, PIPELINE_PIECE = 512, PIPELINE_ROOM = 8192 };

typedef struct conn_pipeline {
    int refs;
    connection_object *conn;  // borrowed: owned by the cursor
    PyObject *cursor;         // borrowed: whose method this is; for Error.cursor
    pq_query query;
    pq_result result;  /* of the last statement, once all are answered */
    int entered;       /* the session is held, in pipeline mode */
    int moving;        /* some thread is in libpq, or waits, with the GIL released */
    unsigned yields;   /* how often somebody else wanted the connection */
    unsigned most;     /* how many statements may be unanswered */
    unsigned pieced;   /* commands since something was sent */
    size_t bytes;      /* of these */
    int64_t moved;     /* when that was, us */
    int64_t total;     /* rows affected by all that was executed */
    PyObject **flying; /* while entered: what each unanswered command was, or NULL */
    unsigned landed;   /* so many of the commands were let go of */
    PyObject *refused; /* the one that the server refused, or NULL */
    int failed;        /* it ended with an exception */
    PyObject *exc;     /* why it ended when somebody else wanted the connection */
} conn_pipeline;

conn_pipeline *conn_pipeline_new(connection_object *conn, PyObject *cursor);
/* What is under way must have been finished. */
void conn_pipeline_release(conn_pipeline *self);

/* What the server has to say to a statement before it is used many times. */
typedef struct {
    const char *sql; /* with $1, $2, ...; NULL: `writes` alone is of interest */
    int count;
    uint32_t *types; /* of the parameters; 0: not known, as a string literal's. The server puts in
                        what it takes them for */
    int writes;      /* it may meet a rule, which makes more of it than this protocol tells */
} conn_trial;

/* Whether the server of this connection speaks the extended protocol: a replication connection's
 * does not. -1 with an exception. */
int conn_is_extended(connection_object *conn);

/* Enter the pipeline, and begin the transaction where that is due, but only in one: statements that
 * commit by themselves cannot be sent ahead. `trial`, if not NULL, must be taken first, and leaves
 * no trace where it is not. 1; 0: not entered; -1 with an exception. */
int conn_pipeline_open(conn_pipeline *self, conn_trial *trial);
/* Whether it can be entered, or is: there is a transaction, or one is to be begun. */
int conn_pipeline_may_open(const conn_pipeline *self);
/* Whether a command can be added. To be asked right before: whatever runs Python may end it. */
static inline int
conn_pipeline_is_open(const conn_pipeline *self)
{
    return self->entered && !self->moving;
}
/* A command was added (`state` is what pq_pipeline_*() said) of about so many bytes: `what` (a new
 * reference, stolen; NULL: nothing that could be refused by itself). Sends what has gathered now
 * and then. 0, or -1 with an exception, where the pipeline has ended. */
int conn_pipeline_added(conn_pipeline *self, pq_state state, PyObject *what, size_t bytes);
/* Wait until all is executed, leave the pipeline and give the session back. Nothing to do where it
 * is not entered. 0, or -1 with an exception: what the server refused, a signal, or what somebody
 * else met who wanted the connection. */
int conn_pipeline_finish(conn_pipeline *self);

/* Somebody wants the connection: finish what is under way there. 0, or -1 with an exception, where
 * it was this very thread and something was refused. */
int conn_pipeline_yield(connection_object *conn);
/* The same for code that only looks at the connection: where it runs in the middle of what this
 * thread sends. */
int conn_pipeline_settle(connection_object *conn);

#endif
