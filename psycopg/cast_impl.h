/* What the typecasters share among themselves; nobody else includes this. L3. */
#ifndef PSYCOPG_CAST_IMPL_H
#define PSYCOPG_CAST_IMPL_H

#include "cast.h"

/* psycopg2._psycopg.type */
typedef struct {
    PyObject_HEAD
    PyObject *name;     /* str */
    PyObject *values;   /* tuple of int: the OIDs */
    cast_fn fn;         /* NULL: only good for comparing */
    PyObject *function; /* the callable of a caster made in Python, else NULL */
    PyObject *element;  /* the caster of an array's elements, else NULL */
    int plain;          /* as in cast_column */
    int depth;          /* how many array casters lie one in the other */
} caster_object;

#define Caster_Check(state, obj) Py_IS_TYPE((obj), (PyTypeObject *)(state)->caster_type)

/* module_state.cast_slots: what decoders import on first use and keep. */
enum {
    CAST_SLOT_DECIMAL,      /* create_decimal() of a context that changes nothing */
    CAST_SLOT_JSON_SCANNER, /* scan_once of a json.JSONDecoder */
    CAST_SLOT_JSON_KEYS,    /* json_keys_new(); None: only the scanner may read */
    CAST_SLOT_UUID,         /* uuid.UUID */
    CAST_SLOT_UUID_INT,     /* its members, when they may be set directly */
    CAST_SLOT_UUID_SAFE,
    CAST_SLOT_UUID_UNKNOWN, /* SafeUUID.unknown */
    CAST_SLOT_TIMEZONES,    /* dict: offset in seconds -> datetime.timezone */
    CAST_SLOT_COUNT
};
_Static_assert(CAST_SLOT_COUNT <= (int)STATE_CAST_SLOTS, "module_state.cast_slots is too small");

/* module.name, imported: a new reference, or NULL with an exception. */
PyObject *cast_import(const char *module, const char *name);

/* Raise `type` with "<what>: '<the value, cut short>'"; returns NULL. */
PyObject *cast_error(PyObject *type, const char *what, const char *bytes, Py_ssize_t len);

/* Fill a column that is read with `caster`. 0, or -1 with TypeError: it is no typecaster. */
int cast_column_set(cast_column *column, module_state *state, PyObject *caster, uint32_t oid);

/* caster(value, cursor), for any caster: `cursor` may be None. */
PyObject *cast_by_hand(module_state *state, PyObject *caster, PyObject *value, PyObject *cursor);

/* cast_utf8.c: PyUnicode_DecodeUTF8(), strict, quicker for the short texts of columns. */
PyObject *cast_utf8(const char *bytes, Py_ssize_t len);
int cast_is_ascii(const char *bytes, Py_ssize_t len);

/* A str, for most of what comes. */
static inline PyObject *
cast_text(const cast_ctx *ctx, const char *bytes, Py_ssize_t len)
{
    if (ctx->codec.kind == TEXT_UTF8)
        return cast_utf8(bytes, len);
    return text_decode(&ctx->codec, ctx->state, bytes, len);
}

/* The value of an ASCII digit; more than 9 for anything else. */
static inline unsigned
cast_digit(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

/* An integer that 64 bits hold: what follows it; NULL: there is none, or the slow way must decide.
 */
static inline const char *
cast_read_integer(const char *p, const char *end, int64_t *value)
{
    enum { MOST_DIGITS = 19 };
    int negative = p < end && *p == '-';
    const char *digits = p += negative;
    uint64_t number = 0; /* wraps where the digits are too many */
    for (unsigned one; p < end && (one = cast_digit(*p)) <= 9; p++)
        number = number * 10 + one;
    if (p == digits || p - digits > MOST_DIGITS || number > INT64_MAX)
        return NULL;
    *value = negative ? -(int64_t)number : (int64_t)number;
    return p;
}

/* Eight bytes as a number, the first one lowest. */
static inline uint64_t
cast_eight_bytes(const char *p)
{
    uint64_t bytes;
    memcpy(&bytes, p, sizeof bytes);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* The value of a hexadecimal digit plus one; 0 for any other byte. */
extern const unsigned char cast_hex_digits[256];

/* The double nearest to the number: 1; 0 where the slow way must decide (not a plain number, too
 * many digits, on the edge of the range). */
int cast_parse_double(const char *bytes, Py_ssize_t len, double *value);

/* timedelta(days, seconds, microseconds); any numbers. OverflowError where a timedelta cannot hold
 * them. */
PyObject *cast_timedelta(int64_t days, int64_t seconds, int64_t microseconds);

int cast_datetime_init(void);

/* cast_recent.c: integers that were made of late, to be given again. */
typedef struct cast_recent cast_recent;
PyObject *cast_recent_new(void);                 /* what owns a table of them; or NULL */
cast_recent *cast_recent_get(PyObject *capsule); /* the table that it owns */
PyObject *cast_recent_integer(cast_recent *self, int64_t value);

#define CAST_DECODER(name)                                                                         \
    PyObject *name(const cast_ctx *ctx, cast_column *column, const char *bytes, Py_ssize_t len)

/* cast.c */
CAST_DECODER(cast_python);
/* cast_basic.c */
CAST_DECODER(cast_string);
CAST_DECODER(cast_bytes);
CAST_DECODER(cast_boolean);
CAST_DECODER(cast_bytea);
CAST_DECODER(cast_uuid);
/* cast_json.c */
CAST_DECODER(cast_json);
/* cast_number.c */
CAST_DECODER(cast_integer);
CAST_DECODER(cast_float);
CAST_DECODER(cast_decimal);
/* cast_datetime.c */
CAST_DECODER(cast_date);
CAST_DECODER(cast_time);
CAST_DECODER(cast_datetime);
CAST_DECODER(cast_datetimetz);
/* cast_interval.c */
CAST_DECODER(cast_interval);
/* cast_array.c */
CAST_DECODER(cast_array);

/* cast_binary.c: the decoder of a type in the binary format; of one it does not know, its bytes. */
cast_fn cast_binary_find(uint32_t oid, int *plain);
PyObject *cast_uuid_from_bytes(module_state *state, const unsigned char bytes[16]);
PyObject *cast_bytea_view(PyObject *value); /* steals `value`, bytes or NULL */

#endif
