/* COPY: data to the server and from it, piece by piece. */
#include "pq.h"

enum {
    PIECE = 1 << 16, /* most bytes handed to libpq at a time */
    ENOUGH = 1 << 16 /* bytes gathered before the caller should take them */
};

static const char closed_text[] = "the connection was closed during COPY\n";

/* PQ_FAILED for a libpq call that failed. Of a lost connection the next step of the query tells. */
static pq_state
failed(const pq_session *session, pq_error *error)
{
    if (!session->pg)
        pq_error_set_text(error, closed_text);
    else if (pq_broken(session))
        pq_error_set_loss(error, session->pg);
    else
        pq_error_set_conn(error, session->pg);
    return PQ_FAILED;
}

/* Send what libpq holds: PQ_OK when nothing is left. */
static pq_state
flush(pq_copy_in *self, pq_error *error)
{
    switch (PQflush(self->session->pg)) {
    case 0:
        self->queued = 0;
        return PQ_OK;
    case 1:
        return PQ_WRITE;
    default:
        return failed(self->session, error);
    }
}

pq_state
pq_copy_in_push(pq_copy_in *self, pq_error *error)
{
    PGconn *pg = self->session->pg;
    while (self->len) {
        pq_state state = pg && self->queued < PIECE ? PQ_OK : pg ? flush(self, error) : PQ_FAILED;
        if (state == PQ_WRITE)
            return state;
        int piece = self->len < PIECE ? (int)self->len : PIECE;
        /* 0: not queued, since there is no memory for it. */
        if (state == PQ_FAILED || PQputCopyData(pg, self->bytes, piece) != 1)
            return failed(self->session, error);
        self->bytes += piece;
        self->len -= (size_t)piece;
        self->queued += (size_t)piece;
    }
    return PQ_OK;
}

pq_state
pq_copy_in_end(pq_query *query, const char *why_not)
{
    PGconn *pg = query->session->pg;
    if (!pg || PQputCopyEnd(pg, why_not) != 1)
        return failed(query->session, &query->error);
    query->flushed = 0;
    return PQ_OK;
}

pq_state
pq_copy_get(pq_session *self, char **bytes, int *len, pq_error *error)
{
    *bytes = NULL;
    *len = self->pg ? PQgetCopyData(self->pg, bytes, 1) : -2;
    if (*len == -2)
        return failed(self, error);
    return *len == 0 ? PQ_READ : PQ_OK;
}

pq_state
pq_copy_consume(pq_query *query)
{
    PGconn *pg = query->session->pg;
    if (pg && pq_query_consume(query))
        return PQ_OK;
    if (pg)
        pq_error_set_loss(&query->error, pg);
    query->lost = 1;
    return PQ_FAILED;
}

static int
add_message(pq_copy_out *self, const char *bytes, int len)
{
    if (self->framed && bytebuf_add(&self->data, (const char *)&len, sizeof len) < 0)
        return -1;
    return bytebuf_add(&self->data, bytes, (size_t)len);
}

pq_state
pq_copy_out_gather(pq_copy_out *self, pq_error *error)
{
    while (self->data.len < ENOUGH) {
        char *bytes;
        int len;
        pq_state state = pq_copy_get(self->session, &bytes, &len, error);
        if (state != PQ_OK || !bytes)
            return state;
        int no_memory = add_message(self, bytes, len) < 0;
        PQfreemem(bytes);
        if (no_memory) {
            error->no_memory = 1;
            return PQ_FAILED;
        }
    }
    return PQ_COPY_OUT;
}

/* Throw COPY data away: PQ_OK at its end. */
static pq_state
discard_data(pq_query *self)
{
    for (int n = 0; n < 1000; n++) {
        char *bytes;
        int len;
        pq_state state = pq_copy_get(self->session, &bytes, &len, &self->error);
        if (state == PQ_FAILED || (state == PQ_OK && !bytes))
            return PQ_OK;  // the next step of the query tells what failed
        PQfreemem(bytes);
        if (state == PQ_OK)
            continue;
        if (pq_wait(self->session, PQ_READ, PQ_SLICE) == PQ_INTERRUPTED)
            return PQ_INTERRUPTED;
        if (pq_copy_consume(self) == PQ_FAILED)
            return PQ_OK;
    }
    return PQ_INTERRUPTED;
}

pq_state
pq_query_discard(pq_query *self, int *copying)
{
    if (*copying && discard_data(self) == PQ_INTERRUPTED)
        return PQ_INTERRUPTED;
    pq_state state = pq_query_run(self);
    if (state == PQ_ROWS) {
        rowbuf_drop_rows(&self->result->rows);
        return PQ_INTERRUPTED;
    }
    *copying = state == PQ_COPY_OUT || state == PQ_COPY_BOTH;
    if (state == PQ_COPY_IN)
        state =
            pq_copy_in_end(self, "cancelled by the client") == PQ_OK ? PQ_INTERRUPTED : PQ_FAILED;
    return *copying ? PQ_INTERRUPTED : state;
}
