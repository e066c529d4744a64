/* The protocol layer: libpq calls, waiting, cancelling. L1. No Python here: it runs with the GIL
 * released.
 *
 * A session belongs to one thread at a time (pq_acquire, pq_release); only that thread may call
 * libpq on it. The mutex below is held for the few instructions of taking and giving the session,
 * never while waiting for a server. Every call that may block comes as a step that never does,
 * which tells what to wait for, and pq_wait(). */
#ifndef PSYCOPG_PQ_H
#define PSYCOPG_PQ_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "bytebuf.h"
#include "rowbuf.h"

/* What a step says. */
typedef enum {
    PQ_OK,          /* done */
    PQ_READ,        /* wait until the socket is readable, call again */
    PQ_WRITE,       /* wait until it is writable or readable, call again */
    PQ_INTERRUPTED, /* a signal came, or the time slice ended: look, then call again */
    PQ_FAILED,      /* the pq_error says why */
    PQ_COPY_IN,     /* the server waits for COPY data */
    PQ_COPY_OUT,    /* COPY data follows */
    PQ_COPY_BOTH,   /* replication */
    PQ_ROWS         /* some rows of a stream are in the result, more may follow */
} pq_state;

/* Why something failed. Zero-initialised: no error. */
typedef struct {
    PGresult *result; /* the server's report, owned; NULL when libpq itself failed */
    char *message;    /* owned; NULL: no memory for it */
    int no_memory;
    int operational; /* an OperationalError, though the server said nothing */
    char *loss; /* owned: how the connection was lost, to be told after the server's last words; no
                   error by itself */
} pq_error;

void pq_error_clear(pq_error *self);
/* Keep `result` (stolen) and its message. After an earlier error only the text is added to it: the
 * server's last words come first, the loss of the connection after them. */
void pq_error_set_result(pq_error *self, PGresult *result);
/* Keep a copy of libpq's message for the connection. */
void pq_error_set_conn(pq_error *self, const PGconn *pg);
void pq_error_set_text(pq_error *self, const char *message);
/* Keep libpq's message on a connection that is lost; then say it. */
void pq_error_set_loss(pq_error *self, const PGconn *pg);
void pq_error_tell_loss(pq_error *self, const PGconn *pg);
/* pq_dsn.c */

/* PQconninfoParse(): NULL with `error` set where the string is not valid or there is no memory. */
PQconninfoOption *pq_dsn_parse(const char *dsn, pq_error *error);
/* Whether the value of an option must not be shown. */
int pq_option_is_secret(const PQconninfoOption *option);
/* Put "***" for what the message quotes of the passwords in `dsn`; `is_valid`: libpq could read it,
 * though perhaps not as it was meant. */
void pq_error_hide_secrets(pq_error *error, const char *dsn, int is_valid);

static inline int
pq_error_is_set(const pq_error *self)
{
    return self->result || self->message || self->no_memory;
}

typedef struct pq_notice {
    struct pq_notice *next;
    char text[];
} pq_notice;

typedef struct pq_notify {
    struct pq_notify *next;
    PGnotify *notify; /* PQfreemem() it */
} pq_notify;

/* What a server counts the time of replication messages from: 2000, in us since 1970. */
#define PQ_STREAM_EPOCH (INT64_C(946684800) * 1000000)

/* A piece of the log that a server replicates, or what an output plugin made of it. */
typedef struct {
    char *buffer; /* PQfreemem() it; NULL: no message */
    const char *bytes;
    size_t len;
    uint64_t data_start, wal_end;
    int64_t send_time; /* us since 2000, by the server's clock */
} pq_message;

/* A replication stream, in COPY BOTH. Positions in the server's log (LSNs) are its own numbers;
 * times are microseconds, since 1970 unless said otherwise, 0: never. */
typedef struct {
    int running;
    int lost;       /* reading failed: what libpq has is all that comes */
    pq_error error; /* why it ended; the loss of the connection, until what came before is taken */
    uint64_t wal_end; /* where the server's log ends, as far as it has told */
    uint64_t write_lsn, flush_lsn, apply_lsn; /* what the consumer has confirmed */
    uint64_t handed;        /* a consumer who confirms this has confirmed all that it was given; */
    int open;               /* it has not */
    int owed, ask;          /* a feedback message is to go out now; it asks for an answer */
    int64_t interval;       /* the most time between two feedback messages */
    int64_t feedback_clock; /* when the last one went out, by a clock that nobody sets */
    int64_t feedback_time, io_time;
    pq_message pending; /* received by pq_stream_check(), not read yet */
} pq_stream;

typedef struct {
    PGconn *pg;      /* NULL: not connected (any more) */
    int out_of_step; /* it lives, but its answers cannot be told apart any more */
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    int busy;
    pthread_t owner;   /* while busy */
    unsigned forks;    /* pq_forks of the process that it belongs to */
    int time_limit;    /* connecting may have one, see pq_has_time_limit() */
    int connect_wants; /* the pq_state that connecting last told */
    char *connect_dsn; /* where it goes, until it is there: what of it no error may tell */
    /* taken off by threads that do not have the session: under the mutex */
    pq_notice *notices, **notices_end;
    pq_notify *notifies, **notifies_end;
    pq_stream stream;
} pq_session;

/* pq_conn.c, pq_wait.c, pq_notice.c */

/* How often the processes that this one descends from have forked, since pq_init(). */
extern unsigned pq_forks;
int pq_init(void); /* once a process, from any thread and as often as one likes; 0, or -1 */
/* A child has got its parent's session by fork(): the socket is the parent's, and locks may be held
 * by threads that the child does not have. It must not be used, nor taken. */
static inline int
pq_forked(const pq_session *self)
{
    return self->forks != pq_forks;
}
/* The connection for what only looks at it: NULL, which libpq takes for a closed one, in a child.
 */
static inline PGconn *
pq_look(const pq_session *self)
{
    return pq_forked(self) ? NULL : self->pg;
}

int pq_session_init(pq_session *self); /* 0, or -1: no memory */
/* Close the connection if it is open, and destroy the rest. */
void pq_session_destroy(pq_session *self);
/* Take the connection off the session, so that no other thread finds it, then pq_finish() it:
 * say goodbye to the server and free it. In a forked child only the descriptor goes. */
PGconn *pq_take(pq_session *self);
void pq_finish(const pq_session *self, PGconn *pg);

/* 0: taken; 1: not within timeout_ms; -1: this very thread has it already. */
int pq_acquire(pq_session *self, int timeout_ms);
void pq_release(pq_session *self);
/* It is this thread's from now on: the one that took it is not in libpq, and knows. Whether it was
 * this one already. */
int pq_adopt(pq_session *self);
int pq_is_ours(pq_session *self);

/* Start to connect. PQ_FAILED, or PQ_WRITE: go on with pq_connect_step(). */
pq_state pq_connect_start(pq_session *self, const char *dsn, pq_error *error);
/* Go on where the socket is ready; else it says again what to wait for. PQ_OK, PQ_READ, PQ_WRITE,
 * PQ_FAILED. */
pq_state pq_connect_step(pq_session *self, pq_error *error);
/* The time limit that libpq keeps in PQconnectdb() only: whether a connection with these options
 * may have one. */
int pq_has_time_limit(const PQconninfoOption *options);
/* Connect and wait for it: PQ_OK, PQ_FAILED, or PQ_INTERRUPTED: look for signals and call again
 * with start = 0. */
pq_state pq_connect_run(pq_session *self, const char *dsn, int start, pq_error *error);

/* The time of a clock, us. */
int64_t pq_now_us(clockid_t clock);
/* Wait for the socket up to timeout_ms (-1: for ever): PQ_OK ready, PQ_INTERRUPTED signal or
 * time-out. */
pq_state pq_wait(pq_session *self, pq_state want, int timeout_ms);
/* The same for its descriptor, without having the session. */
pq_state pq_wait_fd(int fd, pq_state want, int timeout_ms);

int pq_broken(const pq_session *self); /* the connection is lost, or of no use any more */

/* Ask the server to cancel what the session does; callable from any thread while another has the
 * session. pq_cancel_new() copies what it needs from the session, which must not be closed
 * meanwhile; NULL: no memory. pq_cancel_run() needs the session no more, waits up to timeout_ms
 * (-1: for ever) and frees the request. 0, or -1 with a message in `text`. */
#ifdef LIBPQ_HAS_ASYNC_CANCEL
typedef PGcancelConn pq_cancel;
#else
typedef PGcancel pq_cancel;
#endif
pq_cancel *pq_cancel_new(const pq_session *self);
int pq_cancel_run(pq_cancel *self, int timeout_ms, char *text, size_t size);

/* The version of libpq that the headers belong to, 180003 is 18.3; PQlibVersion() tells the one in
 * use. */
int pq_compiled_version(void);

/* Whether there are notices or notifications to be taken. */
int pq_has_events(pq_session *self);
/* The notices received so far, oldest first, taken off the session: free() each. */
pq_notice *pq_take_notices(pq_session *self);

/* The same for the notifications, which pq_release() takes off libpq. */
pq_notify *pq_take_notifies(pq_session *self);
void pq_notify_free(pq_notify *self);
/* Read what has come without waiting. 0, or -1: the connection is lost. */
int pq_consume(pq_session *self, pq_error *error);

/* pq_exec.c */
typedef enum {
    PQ_RESULT_NONE,
    PQ_RESULT_EMPTY,
    PQ_RESULT_COMMAND,
    PQ_RESULT_TUPLES,
    PQ_RESULT_COPY
} pq_result_kind;

/* The last result of a query, off libpq's hands. */
typedef struct {
    pq_result_kind kind;
    rowbuf rows;      /* TUPLES: the rows; COPY: each piece of COPY data as a row of one value */
    char command[64]; /* command tag, "" when there is none */
    int64_t affected; /* rows of a result that has them, else as `tagged` */
    int64_t tagged;   /* rows, from the tag; -1: the tag tells none */
    uint32_t last_oid;
    int binary_copy;
    PGresult *last; /* libpq's last result, without rows where it is larger than SMALL; NULL */
} pq_result;

void pq_result_init(pq_result *self);
void pq_result_clear(pq_result *self);

/* What to do with a COPY that the query starts. */
typedef enum {
    PQ_COPY_LINES, /* COPY TO: its data into the result; COPY FROM: refused, PQ_FAILED with
                      copy_refused set */
    PQ_COPY_HANDLE /* return PQ_COPY_IN or PQ_COPY_OUT and let the caller move the data, then go on
                    */
} pq_copy_mode;

/* An answer that is coming in: pq_query_wait() keeps it. */
typedef struct {
    int pieces;     /* that were waited for, one by one */
    int64_t since;  /* when it began to flow, by a clock of its own, us; 0: not yet */
    int64_t looked; /* when a signal could last be seen */
    int much;       /* the last wait was for many bytes, which are there */
} pq_flow;

/* A query on its way: start it, or begin and send it. */
typedef struct {
    pq_session *session;
    pq_result *result;
    pq_error error;
    pq_copy_mode copy_mode;
    const char *unsent; /* the statement, until pq_query_send(), */
    char begin[128];    /* and a BEGIN that goes before it; "": none */
    int copy_refused;
    int flushed;      /* everything was sent */
    int lost;         /* reading failed: what libpq has is all that comes */
    int reading;      /* the last step said PQ_READ or PQ_WRITE: input may have come */
    int copying;      /* COPY TO data is being read into the result */
    int copy_ended;   /* ... and has ended: its command tag follows */
    int in_rows;      /* some rows of a result set were taken, more may follow */
    int64_t pause_at; /* of a stream: so many rows in the result are PQ_ROWS; 0: it is none */
    int meanwhile;    /* run says PQ_ROWS where it would wait for more of a large result, */
    int64_t told;     /* which had so many rows when it last did, */
    int telling;      /* and that is where it is now */
    pq_flow flow;
    int after_stream; /* what follows a replication stream is read */
    /* in libpq's pipeline mode, where many commands may be on their way: */
    int pipelined;
    int ending;          /* the last command is a Sync: leave the mode after it */
    int in_command;      /* a result of the command at hand has come, more may follow */
    unsigned sent, done; /* commands that were given to libpq, and those that were answered */
    size_t said;         /* the length of libpq's message when it was last looked at */
    unsigned asked;      /* how many were sent when the server was last asked for the answers */
    unsigned failed;     /* the number of the one that the server refused, where `error` is set */
    int64_t total;       /* rows that all statements affected together */
    int64_t returned;    /* rows that they returned */
} pq_query;

/* Send `sql` (one or more statements). PQ_FAILED or PQ_WRITE: go on with step or run. `result`
 * receives the last result; an earlier content of it is cleared. */
pq_state pq_query_start(pq_query *self, pq_session *session, const char *sql, pq_result *result);

/* The same, but nothing is sent before pq_query_send(): sending may take longer than to compose
 * what is sent, and needs no GIL. `sql` has to last until then. copy_mode can be set meanwhile, and
 * `begin`: then both go in one trip; `sql` is one statement without a parameter then, and goes by
 * the extended protocol. What query->done tells at the end: 0, or 1 and more: the BEGIN went well.
 */
pq_state pq_query_begin(pq_query *self, pq_session *session, const char *sql, pq_result *result);
/* PQ_FAILED; or PQ_WRITE, also where it was sent already. */
pq_state pq_query_send(pq_query *self);

/* Send one statement with out-of-line parameters (all binary or text by formats[i]), results in
 * result_format. */
typedef struct {
    int count;
    const uint32_t *types;
    const char *const *values;
    const int *lengths;
    const int *formats;
    int result_format;
} pq_params;
pq_state pq_query_start_params(pq_query *self, pq_session *session, const char *sql,
                               const pq_params *params, pq_result *result);
/* Send one statement whose rows are taken as they come: at about each `size` a step or run says
 * PQ_ROWS. Let them go from the result then, and go on. */
pq_state pq_query_start_stream(pq_query *self, pq_session *session, const char *sql, int size,
                               pq_result *result);
pq_state pq_query_step(pq_query *self);
/* Step and wait: everything but PQ_READ and PQ_WRITE can come back. After PQ_INTERRUPTED call it
 * again. */
pq_state pq_query_run(pq_query *self);

/* pq_flow.c: wait as pq_wait(), for PQ_SLICE. For a large answer it waits a little longer than
 * until the first bytes are there. */
pq_state pq_query_wait(pq_query *self, pq_state want);
/* Read what has come, as PQconsumeInput(): 1 or 0. */
int pq_query_consume(pq_query *self);

/* How long pq_*_run() waits in one piece before it says PQ_INTERRUPTED, ms: a signal that came
 * between the last look and the wait must not be lost. */
enum { PQ_SLICE = 100 };

/* pq_copy.c: inside a COPY, between PQ_COPY_IN/OUT and the next step of the query. None of these
 * blocks. */

/* Data on its way to the server. `bytes` and `len` are what is left of the piece that is being
 * sent. */
typedef struct {
    pq_session *session;
    const char *bytes;
    size_t len;
    size_t queued; /* bytes handed to libpq since it last had sent everything */
} pq_copy_in;

/* Hand what is left to libpq and send most of it, so that its buffer stays small: PQ_OK, PQ_FAILED,
 * or PQ_WRITE: wait, call again. */
pq_state pq_copy_in_push(pq_copy_in *self, pq_error *error);
/* The data ends; `why_not` NULL: all is well, else the server fails the COPY with that text. PQ_OK
 * or PQ_FAILED; the next step of the query sends the rest. */
pq_state pq_copy_in_end(pq_query *query, const char *why_not);

/* Throw away what is left of a query that is to end, but not for long: PQ_OK or PQ_FAILED at its
 * end, PQ_INTERRUPTED: look for signals and call again. *copying tells, and is told, whether COPY
 * data is coming in. */
pq_state pq_query_discard(pq_query *self, int *copying);

/* Data from the server, gathered so that a caller need not take each message by itself. */
typedef struct {
    pq_session *session;
    int framed; /* put an int before each message, its length */
    bytebuf data;
} pq_copy_out;

/* Add the messages that are here: PQ_OK at the end of the COPY, PQ_COPY_OUT: enough for once,
 * PQ_READ: wait, pq_copy_consume() and call again, PQ_FAILED. Any of them may leave data. */
pq_state pq_copy_out_gather(pq_copy_out *self, pq_error *error);

/* Read what has come: PQ_OK, or PQ_FAILED: the connection is lost; take what there is, then the
 * next step of the query tells. */
pq_state pq_copy_consume(pq_query *query);
/* PQ_OK with *bytes (PQfreemem) and *len; or *bytes NULL at the end; PQ_READ; PQ_FAILED. */
pq_state pq_copy_get(pq_session *self, char **bytes, int *len, pq_error *error);

/* pq_repl.c: streaming replication, after PQ_COPY_BOTH. None of these blocks; what fails is told by
 * session->stream.error. PostgreSQL manual: Streaming Replication Protocol. */

void pq_stream_begin(pq_session *self, int64_t interval);
/* PQ_OK: a message, or the end of the stream, where its buffer is NULL; PQ_READ, PQ_WRITE: none is
 * here, wait; PQ_FAILED. Answers the server and sends feedback that is due. */
pq_state pq_stream_read(pq_session *self, pq_message *message);
/* The consumer has seen to everything before these; 0, or less than it told before: no news. */
void pq_stream_confirm(pq_session *self, uint64_t write_lsn, uint64_t flush_lsn,
                       uint64_t apply_lsn);
/* Tell the server what was confirmed; `reply`: ask it to answer. PQ_OK; PQ_WRITE: wait, then
 * pq_stream_flush(); PQ_FAILED. */
pq_state pq_stream_feedback(pq_session *self, int reply);
pq_state pq_stream_flush(pq_session *self);
/* Look one message ahead, which pq_stream_read() then gives. 1: the stream goes on; 0: it has
 * ended, or failed. */
int pq_stream_check(pq_session *self);
/* How long until the last feedback is `interval` old, us; 0: it is. */
int64_t pq_stream_due(const pq_session *self, int64_t interval);
/* The stream is over: `query` is the statement that began it, to be stepped or run to its end. */
void pq_stream_end(pq_session *self, pq_query *query, pq_result *result);

#endif
