#include "pq_pipeline.h"

#include "pq_impl.h"

pq_state
pq_pipeline_on(pq_query *self)
{
    if (PQenterPipelineMode(self->session->pg) != 1) {
        pq_error_set_conn(&self->error, self->session->pg);
        return PQ_FAILED;
    }
    self->pipelined = 1;
    self->failed = PQ_PIPELINE_NONE;
    return PQ_OK;
}

pq_state
pq_pipeline_enter(pq_query *self, pq_session *session, pq_result *result)
{
    return pq_query_prepare(self, session, result) < 0 ? PQ_FAILED : pq_pipeline_on(self);
}

/* One more command is with libpq; or not, and half of its messages may be. */
static pq_state
added(pq_query *self, int sent)
{
    self->flushed = 0;
    if (sent) {
        self->sent++;
        return PQ_OK;
    }
    pq_error_set_conn(&self->error, self->session->pg);
    self->session->out_of_step = 1;
    return PQ_FAILED;
}

pq_state
pq_pipeline_statement(pq_query *self, const char *sql)
{
    PGconn *pg = self->session->pg;
    if (pq_query_check_process(self) < 0)
        return PQ_FAILED;
    return added(self, PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 0));
}

pq_state
pq_pipeline_parse(pq_query *self, const char *sql, int count, const uint32_t *types)
{
    return added(self, PQsendPrepare(self->session->pg, "", sql, count, types));
}

pq_state
pq_pipeline_describe(pq_query *self)
{
    return added(self, PQsendDescribePrepared(self->session->pg, ""));
}

uint32_t
pq_pipeline_type(const pq_query *self, int i)
{
    return PQparamtype(self->result->last, i);
}

pq_state
pq_pipeline_bound(pq_query *self, int count, const char *const *values, const int *lengths,
                  const int *formats)
{
    PGconn *pg = self->session->pg;
    if (pq_query_check_process(self) < 0)  // an adapter forked
        return PQ_FAILED;
    return added(self, PQsendQueryPrepared(pg, "", count, values, lengths, formats, 0));
}

pq_state
pq_pipeline_end(pq_query *self)
{
    if (pq_query_check_process(self) < 0)
        return PQ_FAILED;
    self->ending = 1;
    return added(self, PQpipelineSync(self->session->pg)) == PQ_OK ? PQ_WRITE : PQ_FAILED;
}

pq_state
pq_pipeline_push(pq_query *self, unsigned most)
{
    /* The server keeps answers back until they fill a buffer. */
    if (self->sent - self->done > most && self->asked != self->sent &&
        PQsendFlushRequest(self->session->pg) == 1) {
        self->asked = self->sent;
        self->flushed = 0;
    }
    self->reading = 1;
    pq_state state = pq_query_step(self);
    if (pq_error_is_set(&self->error))
        return PQ_FAILED;
    return state == PQ_READ && self->sent - self->done <= most ? PQ_OK : state;
}
