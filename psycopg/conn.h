/* psycopg2.extensions.connection. L4. */
#ifndef PSYCOPG_CONN_H
#define PSYCOPG_CONN_H

#include "psycopg.h"

#include "adapt.h"
#include "cast.h"
#include "pq.h"

/* connection.status, as in psycopg2.extensions */
typedef enum {
    CONN_STATUS_SETUP = 0,
    CONN_STATUS_READY = 1,
    CONN_STATUS_BEGIN = 2,
    CONN_STATUS_SYNC = 3,
    CONN_STATUS_ASYNC = 4,
    CONN_STATUS_PREPARED = 5
} conn_status;

/* connection.closed */
enum { CONN_OPEN = 0, CONN_CLOSED = 1, CONN_BROKEN = 2 };

/* isolation_level; 0 is autocommit in set_isolation_level() only */
enum {
    CONN_ISOLATION_READ_COMMITTED = 1,
    CONN_ISOLATION_REPEATABLE_READ = 2,
    CONN_ISOLATION_SERIALIZABLE = 3,
    CONN_ISOLATION_READ_UNCOMMITTED = 4,
    CONN_ISOLATION_DEFAULT = 5
};
/* readonly, deferrable */
enum { CONN_STATE_OFF = 0, CONN_STATE_ON = 1, CONN_STATE_DEFAULT = 2 };

/* A statement that on_query will be told of. */
typedef struct {
    PyObject *function; /* NULL: nobody wants to know */
    int64_t start;      /* us */
} conn_hook;

typedef struct hook_call hook_call;

typedef struct {
    PyObject_HEAD
    module_state *state;  // borrowed: owned by the module, which the type keeps alive
    pq_session session;
    int session_ready; /* pq_session_init() was done */
    int closed;
    int status;
    int autocommit;
    int isolation, readonly, deferrable;
    int is_async;
    int no_sql; /* physical replication: the server takes no statements */
    int simple; /* 1: it takes them by the simple protocol alone; 0: not known yet; -1: no */
    int std_strings;
    int sql_intervals; /* IntervalStyle is sql_standard */
    int server_version, protocol_version;
    text_codec codec; /* client_encoding */
    int encoding_id;  /* libpq's number for it; 0: SQL_ASCII, or one that libpq does not know */
    cast_date_style date_style;
    cast_date_order date_order;
    char date_style_text[32]; /* DateStyle as the server last told it */
    unsigned long mark; /* raised when a transaction ends: named cursors of an older one are gone */
    PyObject *dsn;      /* str, password hidden */
    PyObject *encoding; /* str, as connection.encoding */
    PyObject *notices, *notifies;
    PyObject *cursor_factory;              /* None or a callable */
    PyObject *string_types, *binary_types; /* dicts, NULL until used */
    int in_with;       /* inside `with conn:`, which is a transaction also in autocommit */
    pq_query *running; /* what poll() advances: the query under a wait callback, or the one below */
    pq_state running_state; /* what its last step said */
    pq_state waiting;       /* PQ_OK, or what a wait callback waits for outside of a query */
    int waited;             /* ... and whether poll() has told it */
    int async_busy;         /* asynchronous: a query is on its way, */
    pq_query query;         /* this one (its error alone: that of connecting), */
    pq_result async_result; /* into this, */
    PyObject *async_cursor; /* for this cursor, weakly (NULL: for the connection itself) */
    conn_hook async_hook;   /* who is told of it, */
    PyObject *async_query;  /* as this (bytes) */
    PyObject *tpc_xid;      /* NULL: no two-phase transaction */
    PyObject *on_query;     /* NULL: nobody is told of statements */
    hook_call *hook_calls;  /* the calls of it that have not returned */
    void *streaming;        /* who streams the rows of a query, which nobody else may disturb */
    struct conn_pipeline *pipeline; /* of an executemany() that is under way; NULL: none */
    PyObject *weakrefs;
} connection_object;

int conn_init(PyObject *module, module_state *state); /* makes the type */

/* conn_session.c: the session and the transaction. All -1 with an exception on failure. */

/* InterfaceError "connection already closed" unless it is open; also for an object whose __init__
 * did not run, and for a connection that a forked child has from its parent. */
int conn_check_open(connection_object *self);
/* ProgrammingError where an asynchronous connection cannot do `what`. */
int conn_check_sync(connection_object *self, const char *what);
/* ProgrammingError where `what` cannot be done inside a two-phase transaction. */
int conn_check_no_tpc(connection_object *self, const char *what);
/* The same while the two-phase transaction is prepared. */
int conn_check_not_prepared(connection_object *self, const char *what);
/* ProgrammingError where `what` cannot be done inside a transaction. */
int conn_check_idle(connection_object *self, const char *what);

/* Take the session for this thread and give it back; waiting is done without the GIL and ends on a
 * signal. A thread that has it already (a callback during COPY, another greenlet) gets
 * ProgrammingError. */
int conn_lock(connection_object *self);
void conn_unlock(connection_object *self);
/* ProgrammingError where the connection is busy with a stream. */
int conn_check_no_stream(connection_object *self);
/* The same for who streams rows (self->streaming), from whom nobody else can take it. */
int conn_lock_stream(connection_object *self);
/* Take the session to look at what libpq rewrites while it reads, unless this thread has it already
 * (the wait callback looks at the connection). 1: taken, conn_unlock() it; 0: no need to; -1: an
 * exception. */
int conn_lock_to_look(connection_object *self);
void conn_unlock_looked(connection_object *self, int looked);
/* Close the connection, whose session this thread has; keeps an exception that is set. */
void conn_hang_up_lock_held(connection_object *self);

/* Send `query` where it was only begun, and drive it to its end: PQ_OK, PQ_FAILED (query->error is
 * set), PQ_COPY_IN, PQ_COPY_OUT; or PQ_INTERRUPTED with an exception set: a signal handler or the
 * wait callback raised, the query was cancelled and its rest read. */
pq_state conn_run_lock_held(connection_object *self, pq_query *query);
/* The same; while more of a large result is on its way, `meanwhile` is called now and then with
 * `data` when the result has new rows. -1 with an exception: it raised, which ends the query as a
 * signal does. */
typedef int (*conn_meanwhile)(void *data);
pq_state conn_run_meanwhile_lock_held(connection_object *self, pq_query *query,
                                      conn_meanwhile meanwhile, void *data);
/* Wait for the socket with signals and wait callback as above: 0, or -1 with an exception. */
int conn_wait_lock_held(connection_object *self, pq_state want);
/* The same for more of what answers `query`. */
int conn_wait_answer_lock_held(connection_object *self, pq_query *query);
/* An exception is set in the middle of `query`: end it on the server and take its rest off the
 * wire, COPY data first where it is `copying`, so that the connection can be used again; where that
 * fails, close it. Keeps the exception. */
void conn_abandon_lock_held(connection_object *self, pq_query *query, int copying);
/* Start, run, raise: for statements of our own. `result` NULL: thrown away. `cursor` for
 * Error.cursor, may be NULL. */
int conn_exec_lock_held(connection_object *self, const char *sql, pq_result *result,
                        PyObject *cursor);
/* The same for one statement that reads, in a transaction: the BEGIN that is due goes with it. */
int conn_exec_begun_lock_held(connection_object *self, const char *sql, pq_result *result,
                              PyObject *cursor);
/* As the first, with the session taken and given back, and conn_events() after it. */
int conn_exec(connection_object *self, const char *sql, pq_result *result, PyObject *cursor);
/* Raise query->error and note whether the connection is lost. Always -1. */
int conn_raise_lock_held(connection_object *self, pq_error *error, PyObject *cursor);
/* Whether a statement is to begin a transaction: this connection opens them and none is open. */
int conn_needs_begin(const connection_object *self);
/* BEGIN, if it is. */
int conn_begin_lock_held(connection_object *self);
/* The same for `query`, which is not sent yet: in one trip with it where `together`, which tells
 * that it may go so; below 0: an exception is set. */
int conn_begin_for_lock_held(connection_object *self, pq_query *query, int together);
/* BEGIN was the first command of `query`, in a pipeline, and that has ended. Whether the
 * transaction was begun. */
int conn_note_begun(connection_object *self, const pq_query *query);
/* Hand notices and notifications to the lists, sync the encoding; call it without the session.
 * Keeps an exception that is set. */
void conn_events(connection_object *self);

int conn_commit(connection_object *self);
int conn_rollback(connection_object *self);
int conn_close(connection_object *self);

/* conn_context.c: the contexts of L2 and L3. */
int conn_adapt_ctx_of(module_state *state, PyObject *conn, adapt_ctx *ctx); /* TypeError, -1 */
void conn_adapt_ctx(connection_object *self, adapt_ctx *ctx);
/* Raise what libpq last said: MemoryError, or `type` with "<what>: <message>". */
void conn_raise_libpq(connection_object *self, PyObject *type, const char *what);
void conn_cast_ctx(connection_object *self, PyObject *cursor, PyObject *tzinfo_factory,
                   cast_ctx *ctx);

/* conn_connect.c */

/* Connect `self` to `dsn` (UTF-8) and learn what must be known of the server. */
int conn_connect(connection_object *self, PyObject *dsn, int is_async);
/* The connection stands: learn what must be known of the server. *set_up is a statement still to be
 * run, or NULL. */
int conn_ready_lock_held(connection_object *self, const char **set_up);
/* After a query: take over what the server reported of client_encoding, DateStyle,
 * standard_conforming_strings. */
int conn_sync_lock_held(connection_object *self);
/* Module functions: parse_dsn, quote_ident, encrypt_password, libpq_version. */
extern PyMethodDef conn_module_methods[];
/* `name`, in the client encoding, as an identifier in quotes: a new bytes object. ValueError for a
 * NUL, ProgrammingError where it is not valid in the encoding. */
PyObject *conn_quote_identifier(connection_object *self, PyObject *name);
/* The same as a literal. */
PyObject *conn_quote_literal(connection_object *self, PyObject *text);
/* The names and values of PQconninfo() or PQconninfoParse() that are set, as a dict. */
PyObject *conn_options_dict(const PQconninfoOption *options, int with_passwords);

/* conn_settings.c: isolation_level, readonly, deferrable, autocommit, encoding */
PyObject *conn_get_isolation_level(connection_object *self, void *closure);
PyObject *conn_get_autocommit(connection_object *self, void *closure);
PyObject *conn_get_readonly(connection_object *self, void *closure);
PyObject *conn_get_deferrable(connection_object *self, void *closure);
/* The setter of all four: `closure` is the attribute's name. */
int conn_set_setting(connection_object *self, PyObject *value, void *closure);
PyObject *conn_set_session(connection_object *self, PyObject *args, PyObject *kwargs);
PyObject *conn_set_isolation_level(connection_object *self, PyObject *level);
PyObject *conn_set_client_encoding(connection_object *self, PyObject *encoding);
/* The BEGIN that opens the next transaction, into `sql` (at least 128 bytes). */
void conn_begin_text(const connection_object *self, char *sql, size_t size);

#define Connection_Check(state, obj)                                                               \
    PyObject_TypeCheck((obj), (PyTypeObject *)(state)->connection_type)

#endif
