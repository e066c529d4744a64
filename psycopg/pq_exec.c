/* Queries: sent, waited for, and their results taken off libpq's hands piece by piece. */
#include "pq.h"
#include "pq_impl.h"

#include <stdlib.h>
#include <string.h>

/* How many rows libpq 17 and later hand over at a time: enough to make the handing cheap, few
 * enough to keep both copies of them in the cache. */
enum { CHUNK_ROWS = 256 };

void
pq_result_init(pq_result *self)
{
    memset(self, 0, sizeof *self);
    self->affected = -1;
}

void
pq_result_clear(pq_result *self)
{
    rowbuf_clear(&self->rows);
    PQclear(self->last);
    pq_result_init(self);
}

static int
copy_fields(rowbuf *rows, const PGresult *res)
{
    int nfields = PQnfields(res);
    size_t names_size = 0;
    char *names;
    for (int i = 0; i < nfields; i++)
        names_size += strlen(PQfname(res, i)) + 1;
    if (rowbuf_set_fields(rows, nfields, names_size, &names) < 0)
        return -1;
    for (int i = 0; i < nfields; i++) {
        size_t size = strlen(PQfname(res, i)) + 1;
        rows->fields[i] = (rowbuf_field){.name = memcpy(names, PQfname(res, i), size),
                                         .type_oid = PQftype(res, i),
                                         .type_mod = PQfmod(res, i),
                                         .type_size = PQfsize(res, i),
                                         .table_oid = PQftable(res, i),
                                         .table_column = PQftablecol(res, i),
                                         .format = PQfformat(res, i)};
        names += size;
    }
    return 0;
}

/* Copy one row; `lengths` is room for as many as there are fields. Each of libpq's accessors checks
 * its arguments anew, so none is called twice, and PQgetisnull() only where the length leaves it
 * open. */
static int
copy_row(rowbuf *rows, const PGresult *res, int row, int *lengths)
{
    int nfields = rows->nfields;
    size_t size = 0;
    for (int i = 0; i < nfields; i++) {
        lengths[i] = PQgetlength(res, row, i);
        if (lengths[i] == 0 && PQgetisnull(res, row, i))
            lengths[i] = -1;
        size += rowbuf_value_size(lengths[i]);
    }
    char *to = rowbuf_add_row(rows, size);
    if (!to)
        return -1;
    for (int i = 0; i < nfields; i++)
        to = rowbuf_put_value(to, lengths[i] > 0 ? PQgetvalue(res, row, i) : "", lengths[i]);
    return 0;
}

static int
copy_rows(rowbuf *rows, const PGresult *res)
{
    int few[64], *lengths = few, answer = 0, ntuples = PQntuples(res);
    if ((size_t)rows->nfields > sizeof few / sizeof *few) {
        lengths = malloc((size_t)rows->nfields * sizeof *lengths);
        if (!lengths)
            return -1;
    }
    for (int i = 0; i < ntuples && answer == 0; i++)
        answer = copy_row(rows, res, i, lengths);
    if (lengths != few)
        free(lengths);
    return answer;
}

/* A result set begins (or a whole one came): forget the one of an earlier statement. */
static void
begin_result(pq_result *self, pq_result_kind kind)
{
    pq_result_clear(self);
    self->kind = kind;
}

/* The number of rows in a command tag: libpq's, except that its text is checked. */
static int64_t
tag_rows(PGresult *res)
{
    const char *text = PQcmdTuples(res);
    return *text ? strtoll(text, NULL, 10) : -1;
}

/* Of a result that comes in chunks, libpq hangs the tag on the last one that has rows. */
static void
take_tag(pq_result *self, PGresult *res)
{
    if (self->kind == PQ_RESULT_TUPLES)
        self->affected = self->rows.nrows;
    if (!*PQcmdStatus(res))
        return;
    strncpy(self->command, PQcmdStatus(res), sizeof self->command - 1);
    if (self->kind != PQ_RESULT_TUPLES)
        self->affected = tag_rows(res);
    self->last_oid = PQoidValue(res);
}

static int
take_rows(pq_query *self, PGresult *res)
{
    pq_result *to = self->result;
    if (!self->in_rows) {
        begin_result(to, PQ_RESULT_TUPLES);
        if (copy_fields(&to->rows, res) < 0)
            return -1;
        self->in_rows = 1;
    }
    return copy_rows(&to->rows, res);
}

static void
out_of_memory(pq_query *self)
{
    self->error.no_memory = 1;
    pq_result_clear(self->result);
}

static void
begin_copy_lines(pq_query *self, PGresult *res)
{
    char *names;
    begin_result(self->result, PQ_RESULT_COPY);
    self->result->binary_copy = PQbinaryTuples(res);
    self->copying = 1;
    if (rowbuf_set_fields(&self->result->rows, 1, 1, &names) < 0) {
        out_of_memory(self);
        return;
    }
    *names = '\0';
    self->result->rows.fields[0] = (rowbuf_field){.name = names};
}

/* A COPY began. PQ_OK: it is seen to here, go on. */
static pq_state
take_copy(pq_query *self, PGresult *res, int in)
{
    if (self->copy_mode == PQ_COPY_HANDLE) {
        begin_result(self->result, PQ_RESULT_COPY);
        self->result->binary_copy = PQbinaryTuples(res);
        return in ? PQ_COPY_IN : PQ_COPY_OUT;
    }
    if (!in) {
        begin_copy_lines(self, res);
        return PQ_OK;
    }
    self->copy_refused = 1;
    self->flushed = 0;
    if (PQputCopyEnd(self->session->pg, "COPY FROM STDIN needs a file") == 1)
        return PQ_OK;
    pq_error_set_conn(&self->error,
                      self->session->pg);  // no memory: asked again it says COPY again
    return PQ_FAILED;
}

/* Keep the result that ends a query, without its rows, which are in our own memory. Takes `res`
 * over. */
static void
keep_last(pq_result *self, PGresult *res)
{
    PQclear(self->last);
    self->last = res;
    if (PQntuples(res) == 0)
        return;
    self->last =
        PQcopyResult(res, PG_COPYRES_ATTRS);  // NULL, out of memory: cursor.pgresult_ptr is None
    PQclear(res);
}

/* One result from libpq, freed here or kept. */
static pq_state
take_result(pq_query *self, PGresult *res)
{
    pq_state state = PQ_OK;
    switch (PQresultStatus(res)) {
    case PGRES_TUPLES_OK:
        if (take_rows(self, res) < 0)
            out_of_memory(self);
        self->in_rows = 0;
        take_tag(self->result, res);
        keep_last(self->result, res);
        return PQ_OK;
#ifdef LIBPQ_HAS_CHUNK_MODE
    case PGRES_TUPLES_CHUNK:
        if (take_rows(self, res) < 0)
            out_of_memory(self);
        take_tag(self->result, res);
        break;
#endif
    case PGRES_COMMAND_OK:
        if (self->after_stream && self->result->kind == PQ_RESULT_TUPLES)
            break;  // the rows are of the stream's end, this is of the statement that began it
        if (self->result->kind != PQ_RESULT_COPY || !self->copy_ended)
            begin_result(self->result, PQ_RESULT_COMMAND);
        self->copy_ended = 0;
        take_tag(self->result, res);
        keep_last(self->result, res);
        return PQ_OK;
    case PGRES_EMPTY_QUERY:
        begin_result(self->result, PQ_RESULT_EMPTY);
        break;
    case PGRES_COPY_OUT:
        state = take_copy(self, res, 0);
        break;
    case PGRES_COPY_IN:
        state = take_copy(self, res, 1);
        break;
    case PGRES_COPY_BOTH:
        state = PQ_COPY_BOTH;
        break;
    default:
        self->in_rows = 0;
        pq_error_set_result(&self->error, res);
        return PQ_OK;
    }
    PQclear(res);
    return state;
}

/* Read the COPY data that is here. PQ_OK at its end. */
static pq_state
take_copy_lines(pq_query *self)
{
    for (;;) {
        char *bytes;
        int len;
        pq_state state = pq_copy_get(self->session, &bytes, &len, &self->error);
        if (state == PQ_READ)
            return PQ_READ;
        if (state == PQ_FAILED || !bytes)
            break;
        char *to = self->error.no_memory
                       ? NULL
                       : rowbuf_add_row(&self->result->rows, rowbuf_value_size(len));
        if (to)
            rowbuf_put_value(to, bytes, len);
        else if (!self->error.no_memory)
            out_of_memory(self);
        PQfreemem(bytes);
    }
    self->copying = 0;
    self->copy_ended = 1;
    return PQ_OK;
}

static pq_state
started(pq_query *self, int sent)
{
    if (!sent) {
        pq_error_set_conn(&self->error, self->session->pg);
        return PQ_FAILED;
    }
#ifdef LIBPQ_HAS_CHUNK_MODE
    /* A refusal only means that the rows come in one piece. */
    (void)PQsetChunkedRowsMode(self->session->pg, CHUNK_ROWS);
#endif
    return PQ_WRITE;
}

static int
prepare(pq_query *self, pq_session *session, pq_result *result)
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
        return 0;
    pq_error_set_text(&self->error, "the connection is closed\n");
    return -1;
}

pq_state
pq_query_start(pq_query *self, pq_session *session, const char *sql, pq_result *result,
               pq_copy_mode mode)
{
    if (prepare(self, session, result) < 0)
        return PQ_FAILED;
    self->copy_mode = mode;
    return started(self, PQsendQuery(session->pg, sql));
}

pq_state
pq_query_start_params(pq_query *self, pq_session *session, const char *sql, const pq_params *params,
                      pq_result *result)
{
    if (prepare(self, session, result) < 0)
        return PQ_FAILED;
    return started(self,
                   PQsendQueryParams(session->pg, sql, params->count, params->types, params->values,
                                     params->lengths, params->formats, params->result_format));
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
    if (PQtransactionStatus(self->session->pg) != PQTRANS_ACTIVE)
        return;
    out_of_memory(self);
    self->session->out_of_step = 1;
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
        if ((self->copying && take_copy_lines(self) == PQ_READ) || PQisBusy(pg)) {
            if (!self->lost)
                return PQ_READ;
            pq_error_tell_loss(&self->error, pg);
            return PQ_FAILED;
        }
        PGresult *res = PQgetResult(pg);
        if (!res && !self->lost) {
            check_end(self);
            return pq_error_is_set(&self->error) ? PQ_FAILED : PQ_OK;
        }
        if (self->lost && !is_servers_word(res)) {
            PQclear(res);
            pq_error_tell_loss(&self->error, pg);
            return PQ_FAILED;
        }
        pq_state state = take_result(self, res);
        if (state != PQ_OK)
            return state;
    }
}

pq_state
pq_query_step(pq_query *self)
{
    if (pq_forked(self->session)) {  // a wait callback forked
        pq_error_set_text(&self->error, "the connection is another process's\n");
        return PQ_FAILED;
    }
    /* Not before the first wait: nothing can have come yet, and a system call is saved. When the
     * connection is lost, libpq may still hold the server's last words: they are taken first, then
     * the loss is told. */
    if (self->reading && !PQconsumeInput(self->session->pg)) {
        pq_error_set_loss(&self->error, self->session->pg);
        self->lost = 1;
    }
    pq_state state = receive(self);
    self->reading = state == PQ_READ || state == PQ_WRITE;
    return state;
}

pq_state
pq_query_run(pq_query *self)
{
    for (;;) {
        pq_state state = pq_query_step(self);
        if (state != PQ_READ && state != PQ_WRITE)
            return state;
        if (pq_wait(self->session, state, PQ_SLICE) == PQ_INTERRUPTED)
            return PQ_INTERRUPTED;
    }
}
