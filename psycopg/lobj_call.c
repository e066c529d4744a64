/* The server's functions for large objects, called by SQL with binary parameters. */
#include "lobj_impl.h"

#include "errors.h"

enum { TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_INT4 = 23, TYPE_OID = 26, ARGS_MAX = 3 };

/* The arguments of a call. Zero-initialise, then add them. */
typedef struct {
    int count;
    uint32_t types[ARGS_MAX];
    const char *values[ARGS_MAX];
    int lengths[ARGS_MAX], formats[ARGS_MAX];
    char numbers[ARGS_MAX][8];
} call_args;

static void
add_arg(call_args *self, uint32_t type, const char *bytes, size_t len)
{
    int i = self->count++;
    self->types[i] = type;
    self->values[i] = bytes;
    self->lengths[i] = (int)len;
    self->formats[i] = 1;
}

/* A whole number of `size` bytes, the most significant one first. */
static void
add_number(call_args *self, uint32_t type, int64_t value, int size)
{
    char *to = self->numbers[self->count];
    for (int i = 0; i < size; i++)
        to[i] = (char)((uint64_t)value >> (8 * (size - 1 - i)) & 0xff);
    add_arg(self, type, to, (size_t)size);
}

static void
add_int4(call_args *self, int value)
{
    add_number(self, TYPE_INT4, value, 4);
}

static void
add_oid(call_args *self, uint32_t value)
{
    add_number(self, TYPE_OID, (int64_t)value, 4);
}

static void
add_int8(call_args *self, int64_t value)
{
    add_number(self, TYPE_INT8, value, 8);
}

int
lobj_begin(connection_object *conn)
{
    if (conn_lock(conn) < 0)
        return -1;
    if (conn_begin_lock_held(conn) == 0)
        return 0;
    errors_make_operational(conn->state);
    lobj_end(conn);
    return -1;
}

void
lobj_end(connection_object *conn)
{
    conn_unlock(conn);
    conn_events(conn);
}

/* Run `sql`, which gives one value, and leave it in `result`. */
static int
call(connection_object *conn, const char *sql, const call_args *args, pq_result *result)
{
    pq_query query;
    pq_params params = {.count = args->count,
                        .types = args->types,
                        .values = args->values,
                        .lengths = args->lengths,
                        .formats = args->formats,
                        .result_format = 1};
    if (conn_check_open(conn) < 0)
        return -1;
    pq_state state = pq_query_start_params(&query, &conn->session, sql, &params, result);
    if (state != PQ_FAILED)
        state = conn_run_lock_held(conn, &query);
    if (state == PQ_FAILED) {
        conn_raise_lock_held(conn, &query.error, NULL);
        errors_make_operational(conn->state);
    }
    return state == PQ_OK ? 0 : -1;
}

/* The value in `result`, NULL with an exception if there is none. */
static const char *
value_of(connection_object *conn, pq_result *result, int32_t *len)
{
    rowbuf_reader reader;
    const char *row;
    rowbuf_reader_init(&reader, &result->rows);
    row = rowbuf_reader_peek(&reader);
    const char *value = row ? rowbuf_get_value(row, len) : NULL;
    if (value && *len >= 0)
        return value;
    PyErr_SetString(conn->state->InternalError, "the server's function gave no value");
    return NULL;
}

/* Call a function that gives a whole number. */
static int
call_number(connection_object *conn, const char *sql, const call_args *args, int64_t *number)
{
    pq_result result;
    int answer = -1;
    int32_t len;
    uint64_t n = 0;
    pq_result_init(&result);
    if (call(conn, sql, args, &result) == 0) {
        const char *value = value_of(conn, &result, &len);
        for (int i = 0; value && i < len; i++)
            n = n << 8 | (unsigned char)value[i];
        *number = value && len == 4 ? (int32_t)(uint32_t)n : (int64_t)n;
        answer = value ? 0 : -1;
    }
    pq_result_clear(&result);
    return answer;
}

int
lobj_create_lock_held(connection_object *conn, uint32_t wanted, uint32_t *oid)
{
    call_args args = {0};
    int64_t number;
    int answer;
    if (wanted) {
        add_oid(&args, wanted);
        answer = call_number(conn, "SELECT pg_catalog.lo_create($1)", &args, &number);
    } else {
        add_int4(&args, -1);
        answer = call_number(conn, "SELECT pg_catalog.lo_creat($1)", &args, &number);
    }
    if (answer == 0)
        *oid = (uint32_t)number;
    return answer;
}

int
lobj_open_lock_held(connection_object *conn, uint32_t oid, int mode, int *fd)
{
    call_args args = {0};
    int64_t number;
    add_oid(&args, oid);
    add_int4(&args, mode);
    if (call_number(conn, "SELECT pg_catalog.lo_open($1, $2)", &args, &number) < 0)
        return -1;
    *fd = (int)number;
    return 0;
}

int
lobj_close_lock_held(connection_object *conn, int fd)
{
    call_args args = {0};
    int64_t number;
    add_int4(&args, fd);
    return call_number(conn, "SELECT pg_catalog.lo_close($1)", &args, &number);
}

int
lobj_unlink_lock_held(connection_object *conn, uint32_t oid)
{
    call_args args = {0};
    int64_t number;
    add_oid(&args, oid);
    return call_number(conn, "SELECT pg_catalog.lo_unlink($1)", &args, &number);
}

int
lobj_read_lock_held(connection_object *conn, int fd, size_t size, bytebuf *to, size_t *got)
{
    call_args args = {0};
    pq_result result;
    int answer = -1;
    int32_t len;
    add_int4(&args, fd);
    add_int4(&args, (int)size);
    pq_result_init(&result);
    if (call(conn, "SELECT pg_catalog.loread($1, $2)", &args, &result) < 0)
        goto exit;
    const char *value = value_of(conn, &result, &len);
    if (!value)
        goto exit;
    if (bytebuf_add(to, value, (size_t)len) < 0) {
        PyErr_NoMemory();
        goto exit;
    }
    *got = (size_t)len;
    answer = 0;

exit:
    pq_result_clear(&result);
    return answer;
}

int
lobj_write_lock_held(connection_object *conn, int fd, const char *bytes, size_t len)
{
    do {
        call_args args = {0};
        int64_t number;
        size_t piece = len < LOBJ_PIECE ? len : LOBJ_PIECE;
        add_int4(&args, fd);
        add_arg(&args, TYPE_BYTEA, bytes, piece);
        if (call_number(conn, "SELECT pg_catalog.lowrite($1, $2)", &args, &number) < 0)
            return -1;
        if (number != (int64_t)piece) {
            PyErr_Format(conn->state->OperationalError, "wrote %lld of %zu bytes",
                         (long long)number, piece);
            return -1;
        }
        bytes += piece;
        len -= piece;
    } while (len);
    return 0;
}

int
lobj_seek_lock_held(connection_object *conn, int fd, int64_t offset, int whence, int64_t *where)
{
    call_args args = {0};
    add_int4(&args, fd);
    add_int8(&args, offset);
    add_int4(&args, whence);
    return call_number(conn, "SELECT pg_catalog.lo_lseek64($1, $2, $3)", &args, where);
}

int
lobj_tell_lock_held(connection_object *conn, int fd, int64_t *where)
{
    call_args args = {0};
    add_int4(&args, fd);
    return call_number(conn, "SELECT pg_catalog.lo_tell64($1)", &args, where);
}

int
lobj_truncate_lock_held(connection_object *conn, int fd, int64_t len)
{
    call_args args = {0};
    int64_t number;
    add_int4(&args, fd);
    add_int8(&args, len);
    return call_number(conn, "SELECT pg_catalog.lo_truncate64($1, $2)", &args, &number);
}
