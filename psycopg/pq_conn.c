/* Connecting, closing, cancelling. */
#include "pq.h"
#include "pq_impl.h"

#include <pg_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

unsigned pq_forks;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int init_failed;

static void
count_fork(void)
{
    pq_forks++;
}

static void
init_once(void)
{
    init_failed = pthread_atfork(NULL, NULL, count_fork) != 0;
}

int
pq_init(void)
{
    return pthread_once(&once, init_once) != 0 || init_failed ? -1 : 0;
}

int
pq_session_init(pq_session *self)
{
    memset(self, 0, sizeof *self);
    self->forks = pq_forks;
    self->notices_end = &self->notices;
    self->notifies_end = &self->notifies;
    if (pthread_mutex_init(&self->mutex, NULL) != 0)
        return -1;
    if (pthread_cond_init(&self->freed, NULL) != 0) {
        pthread_mutex_destroy(&self->mutex);
        return -1;
    }
    return 0;
}

PGconn *
pq_take(pq_session *self)
{
    PGconn *pg = self->pg;
    self->stream.running = 0;
    PQfreemem(self->stream.pending.buffer);
    self->stream.pending.buffer = NULL;
    self->pg = NULL;
    self->out_of_step = 0;
    return pg;
}

void
pq_finish(const pq_session *self, PGconn *pg)
{
    /* The parent still talks over this socket: PQfinish() would end its session. Only the
     * descriptor may go; the memory stays, which a forked child can bear. */
    if (pg && pq_forked(self)) {
        if (PQsocket(pg) >= 0)
            close(PQsocket(pg));
    } else
        PQfinish(pg);
}

static void
forget_dsn(pq_session *self)
{
    free(self->connect_dsn);
    self->connect_dsn = NULL;
}

void
pq_session_destroy(pq_session *self)
{
    pq_finish(self, pq_take(self));
    pq_error_clear(&self->stream.error);
    forget_dsn(self);
    if (pq_forked(self))
        return;  // threads that are not in this process may have the locks, or wait for them
    for (pq_notice *notice = pq_take_notices(self); notice;) {
        pq_notice *next = notice->next;
        free(notice);
        notice = next;
    }
    for (pq_notify *notify = pq_take_notifies(self); notify;) {
        pq_notify *next = notify->next;
        pq_notify_free(notify);
        notify = next;
    }
    pthread_cond_destroy(&self->freed);
    pthread_mutex_destroy(&self->mutex);
}

int
pq_has_time_limit(const PQconninfoOption *options)
{
    for (const PQconninfoOption *o = options; o->keyword; o++) {
        if (o->val &&
            (strcmp(o->keyword, "connect_timeout") == 0 || strcmp(o->keyword, "service") == 0))
            return 1;
    }
    return getenv("PGCONNECT_TIMEOUT") || getenv("PGSERVICE");
}

/* Keep what is connected to. 0 or -1. */
static int
keep_dsn(pq_session *self, const char *dsn, pq_error *error)
{
    forget_dsn(self);
    self->connect_dsn = strdup(dsn);
    error->no_memory |= !self->connect_dsn;
    return self->connect_dsn ? 0 : -1;
}

static pq_state
not_connected(pq_session *self, pq_error *error)
{
    pq_error_set_conn(error, self->pg);
    if (self->connect_dsn)
        pq_error_hide_secrets(error, self->connect_dsn, 1);
    forget_dsn(self);
    return PQ_FAILED;
}

/* Take the finished attempt in `self->pg` over. */
static pq_state
connected(pq_session *self, pq_error *error)
{
    if (PQstatus(self->pg) != CONNECTION_OK || PQsetnonblocking(self->pg, 1) < 0)
        return not_connected(self, error);
    forget_dsn(self);
    return PQ_OK;
}

pq_state
pq_connect_start(pq_session *self, const char *dsn, pq_error *error)
{
    if (keep_dsn(self, dsn, error) < 0)
        return PQ_FAILED;
    self->pg = PQconnectStart(dsn);
    if (!self->pg || PQstatus(self->pg) == CONNECTION_BAD)
        return not_connected(self, error);
    pq_notice_setup(self);
    return self->connect_wants = PQ_WRITE;
}

/* Go on; the socket is ready. Asked too early, libpq takes a connection for made, and fails on it
 * instead of trying the next address. */
static pq_state
go_on(pq_session *self, pq_error *error)
{
    switch (PQconnectPoll(self->pg)) {
    case PGRES_POLLING_READING:
        return self->connect_wants = PQ_READ;
    case PGRES_POLLING_WRITING:
        return self->connect_wants = PQ_WRITE;
    case PGRES_POLLING_OK:
        return connected(self, error);
    default:
        return not_connected(self, error);
    }
}

pq_state
pq_connect_step(pq_session *self, pq_error *error)
{
    if (pq_wait(self, self->connect_wants, 0) == PQ_INTERRUPTED)
        return self->connect_wants;
    return go_on(self, error);
}

/* libpq tries the hosts and addresses of a DSN in turn and gives each connect_timeout seconds, but
 * only in PQconnectdb(), which no signal ends. Without a time limit we wait ourselves, so that
 * Ctrl-C works. */
pq_state
pq_connect_run(pq_session *self, const char *dsn, int start, pq_error *error)
{
    if (start && self->time_limit) {
        if (keep_dsn(self, dsn, error) < 0)
            return PQ_FAILED;
        self->pg = PQconnectdb(dsn);
        if (self->pg)
            pq_notice_setup(self);
        return connected(self, error);
    }
    pq_state state = (pq_state)self->connect_wants;
    if (start)
        state = pq_connect_start(self, dsn, error);
    while (state == PQ_READ || state == PQ_WRITE) {
        if (pq_wait(self, state, PQ_SLICE) == PQ_INTERRUPTED)
            return PQ_INTERRUPTED;
        state = go_on(self, error);
    }
    return state;
}

int
pq_broken(const pq_session *self)
{
    return !self->pg || self->out_of_step || PQstatus(self->pg) == CONNECTION_BAD;
}

int
pq_consume(pq_session *self, pq_error *error)
{
    if (PQconsumeInput(self->pg))
        return 0;
    pq_error_set_conn(error, self->pg);
    return -1;
}

#ifdef LIBPQ_HAS_ASYNC_CANCEL

static long
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

pq_cancel *
pq_cancel_new(const pq_session *self)
{
    return PQcancelCreate(self->pg);
}

int
pq_cancel_run(pq_cancel *self, int timeout_ms, char *text, size_t size)
{
    long until = now_ms() + timeout_ms;
    if (!self) {
        snprintf(text, size, "out of memory");
        return -1;
    }
    /* libpq is to be asked only when the socket has news, from the very first time. */
    PostgresPollingStatusType status =
        PQcancelStart(self) ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED;
    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
        long left = timeout_ms < 0 ? -1 : until - now_ms();
        if (timeout_ms >= 0 && left <= 0)
            break;
        pq_state want = status == PGRES_POLLING_READING ? PQ_READ : PQ_WRITE;
        if (pq_wait_fd(PQcancelSocket(self), want, (int)left) == PQ_OK)
            status = PQcancelPoll(self);
    }
    if (status != PGRES_POLLING_OK) {
        const char *why = PQcancelErrorMessage(self);
        snprintf(text, size, "%s", why && *why ? why : "timeout expired");
    }
    PQcancelFinish(self);
    return status == PGRES_POLLING_OK ? 0 : -1;
}

#else

pq_cancel *
pq_cancel_new(const pq_session *self)
{
    return PQgetCancel(self->pg);
}

int
pq_cancel_run(pq_cancel *self, int timeout_ms, char *text, size_t size)
{
    (void)timeout_ms;  // this libpq waits as long as the network does
    if (!self) {
        snprintf(text, size, "out of memory");
        return -1;
    }
    int ok = PQcancel(self, text, (int)size);
    PQfreeCancel(self);
    return ok ? 0 : -1;
}

#endif

/* For who cannot load the extension as Python does: lib/_loading.py. */
extern const int psycopg2_compiled_libpq;
__attribute__((visibility("default"))) const int psycopg2_compiled_libpq = PG_VERSION_NUM;

int
pq_compiled_version(void)
{
    return PG_VERSION_NUM;
}
