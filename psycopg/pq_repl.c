/* Replication: the log as it streams in, and what the consumer has confirmed of it. */
#include "pq.h"

#include <string.h>
#include <time.h>

enum {
    DATA_HEADER = 25,    /* 'w', start, end of the log, time of sending; the data follows */
    KEEPALIVE_SIZE = 18, /* 'k', end of the log, time of sending, whether an answer is wanted */
    STATUS_SIZE = 34     /* 'r', written, flushed, applied, time of sending, whether ... */
};

static uint64_t
get_uint64(const char *from)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | (unsigned char)from[i];
    return value;
}

static char *
put_uint64(char *to, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        to[i] = (char)(value & 0xff);
    return to + 8;
}

static void
raise_to(uint64_t *position, uint64_t to)
{
    if (*position < to)
        *position = to;
}

void
pq_stream_begin(pq_session *self, int64_t interval)
{
    pq_stream *stream = &self->stream;
    pq_error_clear(&stream->error);
    /* What was confirmed before the stream began stands. */
    *stream = (pq_stream){.running = 1,
                          .owed = 1,
                          .interval = interval,
                          .write_lsn = stream->write_lsn,
                          .flush_lsn = stream->flush_lsn,
                          .apply_lsn = stream->apply_lsn,
                          .io_time = pq_now_us(CLOCK_REALTIME)};
}

void
pq_stream_confirm(pq_session *self, uint64_t write_lsn, uint64_t flush_lsn, uint64_t apply_lsn)
{
    pq_stream *stream = &self->stream;
    raise_to(&stream->write_lsn, write_lsn);
    raise_to(&stream->flush_lsn, flush_lsn);
    raise_to(&stream->apply_lsn, apply_lsn);
    if (flush_lsn && stream->flush_lsn >= stream->handed)
        stream->open = 0;
}

/* -- To the server -- */

pq_state
pq_stream_flush(pq_session *self)
{
    /* Of a lost connection, reading tells: libpq may still hold what came before. */
    return self->pg && PQflush(self->pg) == 1 ? PQ_WRITE : PQ_OK;
}

/* Send where the consumer is. PQ_FAILED has no text yet. */
static pq_state
send_status(pq_session *self)
{
    pq_stream *stream = &self->stream;
    char bytes[STATUS_SIZE] = {'r'};
    stream->owed = 1;
    /* While one is on its way there is no use in another; what goes next is newer. */
    if (pq_stream_flush(self) == PQ_WRITE)
        return PQ_WRITE;
    int64_t now = pq_now_us(CLOCK_REALTIME);
    char *to = put_uint64(bytes + 1, stream->write_lsn);
    to = put_uint64(to, stream->flush_lsn);
    to = put_uint64(to, stream->apply_lsn);
    to = put_uint64(to, (uint64_t)(now - PQ_STREAM_EPOCH));
    *to = (char)stream->ask;
    if (PQputCopyData(self->pg, bytes, sizeof bytes) != 1)
        return PQ_FAILED;
    stream->owed = stream->ask = 0;
    stream->feedback_time = stream->io_time = now;
    stream->feedback_clock = pq_now_us(CLOCK_MONOTONIC);
    return pq_stream_flush(self);
}

pq_state
pq_stream_feedback(pq_session *self, int reply)
{
    self->stream.ask |= reply != 0;
    pq_state state = send_status(self);
    if (state == PQ_FAILED)
        pq_error_set_conn(&self->stream.error, self->pg);
    return state;
}

int64_t
pq_stream_due(const pq_session *self, int64_t interval)
{
    const pq_stream *stream = &self->stream;
    int64_t passed = pq_now_us(CLOCK_MONOTONIC) - stream->feedback_clock;
    return stream->owed || passed >= interval ? 0 : interval - passed;
}

/* -- From the server -- */

/* The server has nothing for us before `wal_end`. A consumer who has confirmed all that it was
 * given has seen to that too; otherwise the server had to keep its log until something comes. */
static void
take_keepalive(pq_stream *stream, uint64_t wal_end, int answer)
{
    raise_to(&stream->wal_end, wal_end);
    if (!stream->open)
        raise_to(&stream->flush_lsn, wal_end);
    stream->owed |= answer;
}

/* Take one message apart. PQ_OK: it is for the consumer; PQ_READ: it was for us. */
static pq_state
take_message(pq_stream *stream, pq_message *message, size_t size)
{
    const char *at = message->buffer;
    stream->io_time = pq_now_us(CLOCK_REALTIME);
    if (size >= DATA_HEADER && *at == 'w') {
        message->data_start = get_uint64(at + 1);
        message->wal_end = get_uint64(at + 9);
        message->send_time = (int64_t)get_uint64(at + 17);
        message->bytes = at + DATA_HEADER;
        message->len = size - DATA_HEADER;
        raise_to(&stream->wal_end, message->wal_end);
        /* The log itself is a range; what was decoded from it has one position, told twice. */
        int is_range = message->wal_end - message->data_start >= message->len;
        raise_to(&stream->handed, message->data_start + (is_range ? message->len : 0));
        stream->open |= stream->flush_lsn <= stream->handed;
        return PQ_OK;
    }
    if (size >= KEEPALIVE_SIZE && *at == 'k') {
        take_keepalive(stream, get_uint64(at + 1), at[17] != 0);
        return PQ_READ;
    }
    pq_error_set_text(&stream->error, "the server sent a replication message that is not valid\n");
    stream->error.operational = 1;
    return PQ_FAILED;
}

/* What libpq has: PQ_OK with a message, or at the end without; PQ_READ: nothing; PQ_FAILED. */
static pq_state
take_next(pq_session *self, pq_message *message)
{
    pq_state state;
    do {
        int len;
        state = pq_copy_get(self, &message->buffer, &len, &self->stream.error);
        if (state == PQ_FAILED)
            self->stream.lost |= pq_broken(self);
        if (state != PQ_OK || !message->buffer)
            return state;
        state = take_message(&self->stream, message, (size_t)len);
        if (state != PQ_OK) {
            PQfreemem(message->buffer);
            message->buffer = NULL;
        }
    } while (state == PQ_READ);
    return state;
}

/* The same, with a look at the socket where libpq has nothing. */
static pq_state
receive(pq_session *self, pq_message *message)
{
    pq_stream *stream = &self->stream;
    pq_state state = take_next(self, message);
    if (state != PQ_READ)
        return state;
    if (!stream->lost && !PQconsumeInput(self->pg)) {
        pq_error_set_loss(&stream->error, self->pg);
        stream->lost = 1;
    }
    state = take_next(self, message);
    return state == PQ_READ && stream->lost ? PQ_FAILED : state;
}

pq_state
pq_stream_read(pq_session *self, pq_message *message)
{
    pq_stream *stream = &self->stream;
    memset(message, 0, sizeof *message);
    if (pq_stream_due(self, stream->interval) == 0 && pq_stream_feedback(self, 0) == PQ_FAILED)
        return PQ_FAILED;
    if (stream->pending.buffer) {
        *message = stream->pending;
        memset(&stream->pending, 0, sizeof stream->pending);
        return PQ_OK;
    }
    pq_state state = receive(self, message);
    if (state == PQ_FAILED || (state == PQ_OK && !message->buffer))
        return state;
    /* The server's question is answered before the consumer takes its time. Where that fails, the
     * next call tells. */
    if (stream->owed)
        (void)send_status(self);
    return state == PQ_READ && pq_stream_flush(self) == PQ_WRITE ? PQ_WRITE : state;
}

int
pq_stream_check(pq_session *self)
{
    pq_stream *stream = &self->stream;
    if (stream->pending.buffer)
        return 1;
    pq_state state = receive(self, &stream->pending);
    return state == PQ_READ || stream->pending.buffer;
}

void
pq_stream_end(pq_session *self, pq_query *query, pq_result *result)
{
    pq_stream *stream = &self->stream;
    *query = (pq_query){.session = self,
                        .result = result,
                        .error = stream->error,
                        .copy_mode = PQ_COPY_HANDLE,
                        .after_stream = 1,
                        .lost = stream->lost};
    *stream = (pq_stream){.wal_end = stream->wal_end,
                          .feedback_time = stream->feedback_time,
                          .io_time = stream->io_time};
}
