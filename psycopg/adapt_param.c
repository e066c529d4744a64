/* Values as typed parameters: what is between the quotes of a literal, and the type after it. */
#include "adapt_impl.h"

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

/* A double in network order. */
static int
put_float8(PyObject *value, bytebuf *out, adapt_param *param)
{
    double d = PyFloat_AS_DOUBLE(value);
    uint64_t bits;
    char bytes[8];
    memcpy(&bits, &d, sizeof bits);
    for (int i = 7; i >= 0; i--, bits >>= 8)
        bytes[i] = (char)(bits & 0xff);
    param->type = OID_FLOAT8;
    param->text = 0;
    param->len = sizeof bytes;
    return adapt_put(out, bytes, sizeof bytes) < 0 ? -1 : 1;
}

static int
put_param(const adapt_ctx *ctx, adapt_kind kind, PyObject *value, bytebuf *out, adapt_param *param)
{
    switch (kind) {
    case ADAPT_STR:
        return put_text(ctx, value, out, param);
    case ADAPT_BYTES:
        param->type = OID_BYTEA;
        param->text = 0;
        param->len = (size_t)PyBytes_GET_SIZE(value);
        return adapt_put(out, PyBytes_AS_STRING(value), param->len) < 0 ? -1 : 1;
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
adapt_value_param(const adapt_ctx *ctx, PyObject *value, int to_float8, bytebuf *out,
                  adapt_param *param)
{
    *param = (adapt_param){.text = 1, .at = out->len};
    if (value == Py_None) {
        param->null = 1;
        return 1;
    }
    int kind = adapt_direct_kind(ctx->state, value);
    if (kind == ADAPT_FLOAT && to_float8)
        return put_float8(value, out, param);
    int rc = kind < 0 ? -1 : put_param(ctx, (adapt_kind)kind, value, out, param);
    param->real = kind == ADAPT_FLOAT && param->type == OID_NUMERIC;
    /* What no literal can be made of is told by composing. */
    if (rc < 0 && PyErr_ExceptionMatches(PyExc_Exception) &&
        !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        return 0;
    }
    return rc;
}
