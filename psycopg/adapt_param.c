/* Values as typed parameters: what is between the quotes of a literal, and the type after it; or,
 * where the server would make the same value of it, the bytes of that type's binary format. */
#include "adapt_impl.h"

#include "adapt_wire.h"
#include "oids.h"

/* The casts that literals are written with. */
static const struct {
    const char *name;
    uint32_t type;
} casts[] = {
    {"float", OID_FLOAT8},        {"numeric", OID_NUMERIC},         {"date", OID_DATE},
    {"timestamp", OID_TIMESTAMP}, {"timestamptz", OID_TIMESTAMPTZ}, {"time", OID_TIME},
    {"timetz", OID_TIMETZ},       {"interval", OID_INTERVAL},       {"uuid", OID_UUID},
};

/* Numbers of more digits may be more than numeric holds, which a literal is told with its place. */
enum { MOST_DIGITS = 128 };

/* The type of a number without a cast. PostgreSQL manual, Numeric Constants. */
static uint32_t
type_of_number(const char *text, size_t len)
{
    static const char most4[] = "2147483647", most8[] = "9223372036854775807";
    const char *least4 = "2147483648", *least8 = "9223372036854775808";
    int minus = *text == '-';
    text += minus;
    len -= (size_t)minus;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return OID_NUMERIC;
    }
    size_t n4 = sizeof most4 - 1, n8 = sizeof most8 - 1;
    if (len < n4 || (len == n4 && memcmp(text, minus ? least4 : most4, n4) <= 0))
        return OID_INT4;
    if (len < n8 || (len == n8 && memcmp(text, minus ? least8 : most8, n8) <= 0))
        return OID_INT8;
    return OID_NUMERIC;
}

/* The server refuses an offset of 16 hours, or with a part of a second: as a literal it does so
 * with its place. */
static int
is_offset_safe(const char *text, size_t len)
{
    size_t at = len;
    while (at && text[at - 1] != '+' && text[at - 1] != '-')
        at--;
    return at && len - at <= 8 && len - at >= 5 &&
           (text[at] == '0' || (text[at] == '1' && text[at + 1] < '5'));
}

/* 'text'::type */
static int
take_cast(bytebuf *out, adapt_param *param)
{
    const char *literal = out->data + param->at, *end = out->data + out->len;
    const char *quote = end;
    while (quote > literal && quote[-1] != '\'')
        quote--;
    const char *name = quote + 2;  // after ::
    param->at++;
    param->len = (size_t)(quote - 1 - (literal + 1));
    for (size_t i = 0; i < sizeof casts / sizeof *casts; i++) {
        if (strlen(casts[i].name) == (size_t)(end - name) &&
            !memcmp(casts[i].name, name, (size_t)(end - name)))
            param->type = casts[i].type;
    }
    if ((param->type == OID_TIMESTAMPTZ || param->type == OID_TIMETZ) &&
        !is_offset_safe(literal + 1, param->len))
        return 0;
    out->data[param->at + param->len] = '\0';  // where the quote was
    return param->type != 0;
}

static int
take_number(bytebuf *out, adapt_param *param, int kind)
{
    if (out->data[param->at] == ' ')
        param->at++;
    const char *text = out->data + param->at;
    param->len = out->len - param->at;
    if (kind == ADAPT_BOOL)
        param->type = OID_BOOL;
    else
        param->type = type_of_number(text, param->len);
    if (param->len > MOST_DIGITS || (kind == ADAPT_DECIMAL && memchr(text, 'E', param->len)))
        return 0;
    return adapt_put(out, "", 1) < 0 ? -1 : 1;
}

/* Text as it is, without quotes. */
static int
put_text(const adapt_ctx *ctx, PyObject *value, bytebuf *out, adapt_param *param)
{
    PyObject *bytes = NULL;
    Py_ssize_t len = 0;
    const char *text = NULL;
    if (PyUnicode_READY(value) < 0)
        return -1;
    if (PyUnicode_IS_ASCII(value))
        text = text_peek(&ctx->codec, value, &len);
    if (!text && (bytes = text_encode(&ctx->codec, ctx->state, value))) {
        text = PyBytes_AS_STRING(bytes);
        len = PyBytes_GET_SIZE(bytes);
    }
    int rc = -1;
    if (text && memchr(text, 0, (size_t)len))
        rc = 0;
    else if (text && adapt_reserve(out, (size_t)len + 1) == 0) {
        (void)bytebuf_add(out, text, (size_t)len);
        (void)bytebuf_add_char(out, '\0');
        param->len = (size_t)len;
        rc = 1;
    }
    Py_XDECREF(bytes);
    return rc;
}

static int
put_bytes(bytebuf *out, adapt_param *param, uint32_t type, const char *bytes, size_t len)
{
    param->type = type;
    param->text = 0;
    param->len = len;
    return adapt_put(out, bytes, len) < 0 ? -1 : 1;
}

static int
put_64(bytebuf *out, adapt_param *param, uint32_t type, uint64_t n)
{
    char bytes[8];
    return put_bytes(out, param, type, bytes, (size_t)(adapt_put_int64(bytes, n) - bytes));
}

static int
put_32(bytebuf *out, adapt_param *param, uint32_t type, uint32_t n)
{
    char bytes[4];
    return put_bytes(out, param, type, bytes, (size_t)(adapt_put_int32(bytes, n) - bytes));
}

/* An int that is no numeric to the server. */
static int
put_int(PyObject *value, bytebuf *out, adapt_param *param)
{
    int overflow;
    long long n = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow)
        return 0;
    return n >= INT32_MIN && n <= INT32_MAX ? put_32(out, param, OID_INT4, (uint32_t)n)
                                            : put_64(out, param, OID_INT8, (uint64_t)n);
}

static int
put_uuid(const adapt_ctx *ctx, PyObject *value, bytebuf *out, adapt_param *param)
{
    unsigned char bytes[16];
    if (adapt_uuid_bytes(ctx->state, value, bytes) < 0)
        return -1;
    return put_bytes(out, param, OID_UUID, (const char *)bytes, sizeof bytes);
}

static int
put_timestamp(PyObject *value, bytebuf *out, adapt_param *param)
{
    adapt_zone zone = adapt_zone_of(value);
    if (zone == ADAPT_ZONE_OTHER)
        return 0;
    return put_64(out, param, zone == ADAPT_ZONE_NONE ? OID_TIMESTAMP : OID_TIMESTAMPTZ,
                  (uint64_t)adapt_timestamp_us(value));
}

/* In binary format. 1; 0: this value does not go so; -1. */
static int
put_binary(const adapt_ctx *ctx, adapt_kind kind, PyObject *value, bytebuf *out, adapt_param *param)
{
    switch (kind) {
    case ADAPT_BOOL:
        return put_bytes(out, param, OID_BOOL, value == Py_True ? "\1" : "", 1);
    case ADAPT_INT:
        return put_int(value, out, param);
    case ADAPT_DATE:
        return put_32(out, param, OID_DATE, (uint32_t)adapt_days(value));
    case ADAPT_DATETIME:
        return put_timestamp(value, out, param);
    case ADAPT_UUID:
        return put_uuid(ctx, value, out, param);
    default:
        return 0;
    }
}

static int
put_param(const adapt_ctx *ctx, adapt_kind kind, PyObject *value, bytebuf *out, adapt_param *param)
{
    switch (kind) {
    case ADAPT_STR:
        return put_text(ctx, value, out, param);
    case ADAPT_BYTES:
        return put_bytes(out, param, OID_BYTEA, PyBytes_AS_STRING(value),
                         (size_t)PyBytes_GET_SIZE(value));
    case ADAPT_BOOL:
    case ADAPT_INT:
    case ADAPT_FLOAT:
    case ADAPT_DATE:
    case ADAPT_TIME:
    case ADAPT_DATETIME:
    case ADAPT_TIMEDELTA:
    case ADAPT_DECIMAL:
    case ADAPT_UUID:
        if (adapt_write_kind(ctx, kind, value, out) < 0)
            return -1;
        return out->data[param->at] == '\'' ? take_cast(out, param) : take_number(out, param, kind);
    default:
        return 0;
    }
}

int
adapt_value_param(const adapt_ctx *ctx, PyObject *value, adapt_target target, bytebuf *out,
                  adapt_param *param)
{
    *param = (adapt_param){.text = 1, .at = out->len};
    if (value == Py_None) {
        param->null = 1;
        return 1;
    }
    int kind = adapt_direct_kind(ctx->state, value);
    if (kind == ADAPT_FLOAT && target == ADAPT_TO_FLOAT8)
        return put_64(out, param, OID_FLOAT8, adapt_float8_bits(PyFloat_AS_DOUBLE(value)));
    int rc = kind < 0 ? -1 : 0;
    if (rc == 0 && target != ADAPT_TO_ANY)
        rc = put_binary(ctx, (adapt_kind)kind, value, out, param);
    if (rc == 0)
        rc = put_param(ctx, (adapt_kind)kind, value, out, param);
    param->real = kind == ADAPT_FLOAT && param->type == OID_NUMERIC;
    /* What no literal can be made of is told by composing. */
    if (rc < 0 && PyErr_ExceptionMatches(PyExc_Exception) &&
        !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        return 0;
    }
    return rc;
}
