/* Results: taken off libpq's hands piece by piece, into memory of our own. */
#include "pq.h"
#include "pq_impl.h"

#include <stdlib.h>
#include <string.h>

void
pq_result_init(pq_result *self)
{
    memset(self, 0, sizeof *self);
    self->affected = self->tagged = -1;
}

void
pq_result_clear(pq_result *self)
{
    rowbuf_clear(&self->rows);
    PQclear(self->last);
    uint64_t dropped = self->rows.dropped;
    pq_result_init(self);
    self->rows.dropped = dropped;
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
        const char *name = PQfname(res, i);
        size_t size = strlen(name) + 1;
        rows->fields[i] = (rowbuf_field){.name = memcpy(names, name, size),
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

/* The length of a value, -1 for NULL. Each of libpq's accessors checks its arguments anew: none is
 * called twice, and PQgetisnull() only where the length leaves it open. */
static inline int
value_length(const PGresult *res, int row, int column)
{
    int len = PQgetlength(res, row, column);
    return len == 0 && PQgetisnull(res, row, column) ? -1 : len;
}

static inline char *
copy_value(char *to, const PGresult *res, int row, int column, int len)
{
    return rowbuf_put_value(to, len > 0 ? PQgetvalue(res, row, column) : "", len);
}

/* Copy a row that does not fit the last block. */
static int
copy_row_measured(rowbuf *rows, const PGresult *res, int row)
{
    size_t size = 0;
    for (int i = 0; i < rows->nfields; i++)
        size += rowbuf_value_size(value_length(res, row, i));
    char *to = rowbuf_add_row(rows, size);
    if (!to)
        return -1;
    for (int i = 0; i < rows->nfields; i++)
        to = copy_value(to, res, row, i, value_length(res, row, i));
    return 0;
}

static int
copy_row(rowbuf *rows, const PGresult *res, int row)
{
    size_t room;
    char *to = rowbuf_try_row(rows, &room);
    const char *end = to + room;
    for (int i = 0; i < rows->nfields; i++) {
        int len = value_length(res, row, i);
        if (rowbuf_value_size(len) > (size_t)(end - to))
            return copy_row_measured(rows, res, row);
        to = copy_value(to, res, row, i, len);
    }
    rowbuf_commit_row(rows, to);
    return 0;
}

static int
copy_rows(rowbuf *rows, const PGresult *res)
{
    int ntuples = PQntuples(res), answer = ntuples ? rowbuf_begin_rows(rows) : 0;
    for (int i = 0; i < ntuples && answer == 0; i++)
        answer = copy_row(rows, res, i);
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
    self->tagged = tag_rows(res);
    if (self->kind != PQ_RESULT_TUPLES)
        self->affected = self->tagged;
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

void
pq_result_no_memory(pq_query *self)
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
        pq_result_no_memory(self);
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

/* Keep the result that ends a query, without its rows, which are in our own memory, unless they are
 * so small that it costs less to keep them. Takes `res` over. */
static void
keep_last(pq_result *self, PGresult *res)
{
    enum { SMALL = 1 << 15 };
    PQclear(self->last);
    self->last = res;
    if (PQntuples(res) == 0 || PQresultMemorySize(res) <= SMALL)
        return;
    self->last =
        PQcopyResult(res, PG_COPYRES_ATTRS);  // NULL, out of memory: cursor.pgresult_ptr is None
    PQclear(res);
}

pq_state
pq_result_take(pq_query *self, PGresult *res)
{
    pq_state state = PQ_OK;
    switch (PQresultStatus(res)) {
    case PGRES_TUPLES_OK:
        if (take_rows(self, res) < 0)
            pq_result_no_memory(self);
        self->in_rows = 0;
        take_tag(self->result, res);
        keep_last(self->result, res);
        return PQ_OK;
    case PGRES_SINGLE_TUPLE:
#ifdef LIBPQ_HAS_CHUNK_MODE
    case PGRES_TUPLES_CHUNK:
#endif
        if (take_rows(self, res) < 0)
            pq_result_no_memory(self);
        take_tag(self->result, res);
        break;
    case PGRES_COMMAND_OK:
        if (self->after_stream && self->result->kind == PQ_RESULT_TUPLES)
            break;  // the rows are of the stream's end, this is of the statement that began it
        if (self->result->kind != PQ_RESULT_COPY || !self->copy_ended)
            begin_result(self->result, PQ_RESULT_COMMAND);
        self->copy_ended = 0;
        take_tag(self->result, res);
        if (!PQnparams(res))
            break;
        keep_last(self->result, res);  // of a statement that was described
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
    case PGRES_PIPELINE_ABORTED:
    case PGRES_PIPELINE_SYNC:
        break;
    default:
        self->in_rows = 0;
        if (!pq_error_is_set(&self->error))
            self->failed = self->done;
        pq_error_set_result(&self->error, res);
        return PQ_OK;
    }
    PQclear(res);
    return state;
}

void
pq_result_take_pipelined(pq_query *self, PGresult *res)
{
    int sync = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
    self->in_command = res && !sync;
    self->said = strlen(PQerrorMessage(self->session->pg));
    if (res)
        (void)pq_result_take(self, res);  // what may be pipelined starts no COPY
    if (res && !sync)
        return;
    if (!sync && self->result->kind == PQ_RESULT_TUPLES)
        self->returned += self->result->rows.nrows;
    if (!sync && self->result->affected > 0)
        self->total += self->result->affected;
    self->done++;
    pq_query_ask_for_chunks(self);  // of the next command, which libpq has turned to
}

pq_state
pq_result_take_lines(pq_query *self)
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
            pq_result_no_memory(self);
        PQfreemem(bytes);
    }
    self->copying = 0;
    self->copy_ended = 1;
    return PQ_OK;
}
