/* Queries: sent, waited for, stepped through. What they answer is taken in pq_result.c. */
#include "pq.h"
#include "pq_impl.h"
#include "pq_pipeline.h"

#include <string.h>

/* How many rows libpq 17 and later hand over at a time: enough to make the handing cheap, few
 * enough to keep both copies of them in the cache. */
enum { CHUNK_ROWS = 256 };

void
pq_query_ask_for_chunks(pq_query *self)
{
#ifdef LIBPQ_HAS_CHUNK_MODE
    /* A refusal only means that the rows come in one piece. */
    (void)PQsetChunkedRowsMode(self->session->pg, CHUNK_ROWS);
#else
    (void)self;
#endif
}

static pq_state
started(pq_query *self, int sent)
{
    if (!sent) {
        pq_error_set_conn(&self->error, self->session->pg);
        return PQ_FAILED;
    }
    pq_query_ask_for_chunks(self);
    return PQ_WRITE;
}

int
pq_query_check_process(pq_query *self)
{
    if (!pq_forked(self->session))
        return 0;
    pq_error_set_text(&self->error, "the connection is another process's\n");
    return -1;
}

int
pq_query_prepare(pq_query *self, pq_session *session, pq_result *result)
{
    memset(self, 0, sizeof *self);
    self->session = session;
    self->result = result;
    pq_result_clear(result);
    if (session->pg && session->stream.running) {
        pq_error_set_text(&self->error, "the connection is in use by a replication stream\n");
        self->error.operational = 1;
        return -1;
    }
    if (session->pg)
        return pq_query_check_process(self);
    pq_error_set_text(&self->error, "the connection is closed\n");
    return -1;
}

pq_state
pq_query_start(pq_query *self, pq_session *session, const char *sql, pq_result *result)
{
    pq_state state = pq_query_begin(self, session, sql, result);
    return state == PQ_FAILED ? state : pq_query_send(self);
}

pq_state
pq_query_begin(pq_query *self, pq_session *session, const char *sql, pq_result *result)
{
    if (pq_query_prepare(self, session, result) < 0)
        return PQ_FAILED;
    self->unsent = sql;
    return PQ_WRITE;
}

static pq_state
send_begun(pq_query *self, const char *sql)
{
    pq_state state = pq_pipeline_on(self);
    if (state == PQ_OK)
        state = pq_pipeline_statement(self, self->begin);
    if (state == PQ_OK)
        state = pq_pipeline_statement(self, sql);
    return state == PQ_OK ? pq_pipeline_end(self) : PQ_FAILED;
}

pq_state
pq_query_send(pq_query *self)
{
    const char *sql = self->unsent;
    if (!sql)
        return PQ_WRITE;
    self->unsent = NULL;
    if (pq_query_check_process(self) < 0)  // a wait callback forked, at the BEGIN before it
        return PQ_FAILED;
    return self->begin[0] ? send_begun(self, sql)
                          : started(self, PQsendQuery(self->session->pg, sql));
}

pq_state
pq_query_start_params(pq_query *self, pq_session *session, const char *sql, const pq_params *params,
                      pq_result *result)
{
    if (pq_query_prepare(self, session, result) < 0)
        return PQ_FAILED;
    return started(self,
                   PQsendQueryParams(session->pg, sql, params->count, params->types, params->values,
                                     params->lengths, params->formats, params->result_format));
}

pq_state
pq_query_start_stream(pq_query *self, pq_session *session, const char *sql, int size,
                      pq_result *result)
{
    if (pq_query_prepare(self, session, result) < 0)
        return PQ_FAILED;
    self->copy_mode = PQ_COPY_HANDLE;
    self->pause_at = size;
    /* Not PQsendQuery(), which would take several statements. */
    if (!PQsendQueryParams(session->pg, sql, 0, NULL, NULL, NULL, NULL, 0))
        return started(self, 0);
#ifdef LIBPQ_HAS_CHUNK_MODE
    (void)PQsetChunkedRowsMode(session->pg, size);
#else
    (void)PQsetSingleRowMode(session->pg);
#endif
    return PQ_WRITE;
}

/* Whether the server sent it; else libpq made it up, to say that the connection is lost. */
static int
is_servers_word(const PGresult *res)
{
    return res &&
           (PQresultStatus(res) != PGRES_FATAL_ERROR || PQresultErrorField(res, PG_DIAG_SQLSTATE));
}

/* libpq says that there are no more results. It says so too in the middle of them, when it has no
 * memory for the next one: then nothing that comes can be understood any more. */
static void
check_end(pq_query *self)
{
    if (!self->pipelined && PQtransactionStatus(self->session->pg) != PQTRANS_ACTIVE)
        return;
    pq_result_no_memory(self);
    self->session->out_of_step = 1;
}

/* libpq has no memory to tell the end of a pipeline by, and waits for it for ever: all that shows
 * is its message. */
static int
is_stuck(const pq_query *self)
{
    return self->pipelined && strlen(PQerrorMessage(self->session->pg)) > self->said;
}

/* Everything was answered. */
static pq_state
finish_pipeline(pq_query *self)
{
    if (self->ending && PQexitPipelineMode(self->session->pg) != 1)
        self->session->out_of_step = 1;
    return pq_error_is_set(&self->error) ? PQ_FAILED : PQ_OK;
}

/* Take in what libpq has received. PQ_READ, PQ_WRITE: more is to come; PQ_OK, PQ_FAILED: that was
 * all. */
static pq_state
receive(pq_query *self)
{
    PGconn *pg = self->session->pg;
    for (;;) {
        if (!self->flushed && PQflush(pg) == 1)
            return PQ_WRITE;
        self->flushed = 1;  // or it never will be, and reading tells why
        if (self->pipelined && self->done == self->sent)
            return finish_pipeline(self);
        if ((self->copying && pq_result_take_lines(self) == PQ_READ) || PQisBusy(pg)) {
            if (!self->lost && is_stuck(self)) {
                check_end(self);
                return PQ_FAILED;
            }
            if (!self->lost)
                return PQ_READ;
            pq_error_tell_loss(&self->error, pg);
            return PQ_FAILED;
        }
        PGresult *res = PQgetResult(pg);
        int ends_command = !res && self->in_command;
        if (self->lost && !is_servers_word(res) && !ends_command) {
            PQclear(res);
            pq_error_tell_loss(&self->error, pg);
            return PQ_FAILED;
        }
        if (self->pipelined && (res || ends_command)) {
            pq_result_take_pipelined(self, res);
            continue;
        }
        if (!res) {
            check_end(self);
            return pq_error_is_set(&self->error) ? PQ_FAILED : PQ_OK;
        }
        pq_state state = pq_result_take(self, res);
        if (state != PQ_OK)
            return state;
        if (self->pause_at && self->in_rows && !self->error.no_memory &&
            self->result->rows.nrows >= self->pause_at)
            return PQ_ROWS;
    }
}

pq_state
pq_query_step(pq_query *self)
{
    if (pq_query_check_process(self) < 0)  // a wait callback forked
        return PQ_FAILED;
    /* Not before the first wait: nothing can have come yet, and a system call is saved. When the
     * connection is lost, libpq may still hold the server's last words: they are taken first, then
     * the loss is told. */
    if (self->reading && !pq_query_consume(self)) {
        pq_error_set_loss(&self->error, self->session->pg);
        self->lost = 1;
    }
    pq_state state = receive(self);
    self->reading = state == PQ_READ || state == PQ_WRITE;
    return state;
}

/* Whether there are new rows to tell of, for who has a use for them meanwhile. To read comes first:
 * the server is not to wait. */
static int
has_news(pq_query *self, pq_state state)
{
    int64_t nrows = self->result->rows.nrows;
    if (!self->meanwhile || state != PQ_READ || !self->in_rows)
        return 0;
    if (nrows < self->told) /* of another result set */
        self->told = 0;
    if (nrows - self->told < CHUNK_ROWS || !pq_query_flows(self))
        return 0;
    self->told = nrows;
    return 1;
}

pq_state
pq_query_run(pq_query *self)
{
    for (;;) {
        pq_state state = PQ_READ;
        if (!self->telling)
            state = pq_query_step(self);
        if (state != PQ_READ && state != PQ_WRITE)
            return state;
        self->telling = !self->telling && has_news(self, state);
        if (self->telling)
            return PQ_ROWS;
        if (pq_query_wait(self, state) == PQ_INTERRUPTED)
            return PQ_INTERRUPTED;
    }
}
