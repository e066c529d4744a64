/* What the files of adaptation share. L2; for adapt*.c and compose.c alone. */
#ifndef PSYCOPG_ADAPT_IMPL_H
#define PSYCOPG_ADAPT_IMPL_H

#include "adapt.h"

/* The kinds of value that have an adapter of our own. While the registry still has it for the exact
 * type (a bit in state->adapt_direct), the value is written without an adapter object in between.
 */
typedef enum {
    ADAPT_NONE,
    ADAPT_BOOL,
    ADAPT_INT,
    ADAPT_FLOAT,
    ADAPT_STR,
    ADAPT_BYTES,
    ADAPT_BYTEARRAY,
    ADAPT_MEMORYVIEW,
    ADAPT_DATE,
    ADAPT_TIME,
    ADAPT_DATETIME,
    ADAPT_TIMEDELTA,
    ADAPT_DECIMAL,
    ADAPT_UUID,
    ADAPT_LIST,
    ADAPT_TUPLE,
    ADAPT_KINDS
} adapt_kind;

/* state->adapt_slots: first the adapter of each kind, as it stands in the registry; then the types
 * of the datetime module, and names. */
enum {
    SLOT_DATE_TYPE = ADAPT_KINDS,
    SLOT_TIME_TYPE,
    SLOT_DATETIME_TYPE,
    SLOT_TIMEDELTA_TYPE,
    SLOT_ASIS,
    SLOT_DATETIME_ADAPTER,
    SLOT_STR_CONFORM,
    SLOT_STR_PREPARE,
    SLOT_STR_GETQUOTED,
    SLOT_STR_ISOFORMAT,
    SLOT_STR_UTCOFFSET,
    SLOT_STR_INT,
    SLOT_STR_VALUE_TEXT,
    SLOT_COUNT
};
_Static_assert((int)SLOT_COUNT <= (int)STATE_ADAPT_SLOTS, "more slots than the state has");

/* Append the literal for a value: of the kind that it is made for or, since adapters can be called
 * by hand and types registered at will, of another. 0, or -1 with an exception. */
typedef int (*adapt_writer)(const adapt_ctx *ctx, PyObject *value, bytebuf *out);

int adapt_write_none(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_bool(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_int(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_float(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_decimal(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_str(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_binary(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_asis(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_uuid(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_date(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_time(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_datetime(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_timedelta(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_list(const adapt_ctx *ctx, PyObject *value, bytebuf *out);
int adapt_write_tuple(const adapt_ctx *ctx, PyObject *value, bytebuf *out);

/* By what `value` is written: by the writer of *kind, or, where that is ADAPT_KINDS, by *adapter (a
 * new reference). 1: the value is of exactly this kind; 0; -1: an exception. */
int adapt_choose(const adapt_ctx *ctx, PyObject *value, adapt_kind *kind, PyObject **adapter);
int adapt_write_kind(const adapt_ctx *ctx, adapt_kind kind, PyObject *value, bytebuf *out);
/* The adapt_kind that a value is of exactly, where no other adapter is registered; ADAPT_KINDS:
 * none; -1: an exception. */
int adapt_direct_kind(module_state *state, PyObject *value);
/* prepare(conn), of the adapters that have it. */
int adapt_prepare(const adapt_ctx *ctx, PyObject *adapter);
/* Append what an adapter makes: bytes, or text for the client encoding. */
int adapt_write_adapter(const adapt_ctx *ctx, PyObject *adapter, bytebuf *out);

/* Append `len` bytes, which are in the client encoding, as a quoted literal; ValueError when a NUL
 * is among them. */
int adapt_quote(const adapt_ctx *ctx, const char *bytes, size_t len, bytebuf *out);
/* The same for a str, which is encoded on the way; UnicodeEncodeError when it cannot be. */
int adapt_quote_str(const adapt_ctx *ctx, PyObject *str, bytebuf *out);

/* The 16 bytes of a uuid.UUID, in their order. 0 or -1. */
int adapt_uuid_bytes(module_state *state, PyObject *value, unsigned char bytes[16]);

/* Whether the registry has our own adapter for all of these kinds, bit k standing for kind k. 1, 0,
 * -1. */
int adapt_are_direct(module_state *state, uint32_t kinds);

/* adapt_value(), save that what the registry has for None counts. */
int adapt_value_in_tuple(const adapt_ctx *ctx, PyObject *value, bytebuf *out);

/* Will adapt_value() write `value` as an array, by the adapter of our own? 1 or 0, -1 error. */
int adapt_is_list(const adapt_ctx *ctx, PyObject *value);

/* What a literal is made with when nobody said for which connection. */
void adapt_ctx_default(adapt_ctx *ctx, module_state *state);

/* -- the objects
 * ------------------------------------------------------------------------------------------- */

/* Every adapter object: one value, and how it is written. */
typedef struct {
    PyObject_HEAD
    module_state *state;
    adapt_writer write;
    PyObject *wrapped; /* NULL until __init__() */
    PyObject *conn;    /* what prepare() was given; NULL: not prepared */
    PyObject *buffer;  /* the literal once it was made, where the type keeps it */
    int kind;          /* of a datetime object: what the DB-API's constructors told */
} adapt_box;

/* tp_new and tp_init (one positional argument) of such a type; -1 and TypeError for anything else.
 */
PyObject *adapt_box_new(PyTypeObject *type, adapt_writer write);
int adapt_box_init(PyObject *self, PyObject *args, PyObject *kwargs);
/* The same where the parameter has a name that the call may use. */
int adapt_box_init_named(PyObject *self, PyObject *args, PyObject *kwargs, const char *parameter);
int adapt_box_traverse(PyObject *self, visitproc visit, void *arg);
int adapt_box_clear(PyObject *self);
void adapt_box_dealloc(PyObject *self);
/* str(): what getquoted() says. */
PyObject *adapt_box_str(PyObject *self);
PyObject *adapt_box_conform(PyObject *self, PyObject *protocol);
PyObject *adapt_box_getquoted(PyObject *self, PyObject *ignored);
PyObject *adapt_box_prepare(PyObject *self, PyObject *conn);
/* Fill `ctx` for the connection that prepare() was given, or for none. */
int adapt_box_ctx(adapt_box *self, adapt_ctx *ctx);
/* InterfaceError and -1 when a subclass forgot to call super().__init__(). */
int adapt_box_check(adapt_box *self);
/* The literal, appended to `out`; as a new bytes object. */
int adapt_box_write(adapt_box *self, const adapt_ctx *ctx, bytebuf *out);
PyObject *adapt_box_quote(adapt_box *self, const adapt_ctx *ctx);

/* The slots that all these types have, for the table of one; the type gives its own methods,
 * members and tp_new. */
#define ADAPT_BOX_SLOTS {Py_tp_init, adapt_box_init}, ADAPT_BOX_SLOTS_BUT_INIT
#define ADAPT_BOX_SLOTS_BUT_INIT                                                                   \
    {Py_tp_dealloc, adapt_box_dealloc}, {Py_tp_traverse, adapt_box_traverse},                      \
    {                                                                                              \
        Py_tp_clear, adapt_box_clear                                                               \
    }

#define ADAPT_BOX_FLAGS                                                                            \
    (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE)

/* `adapted` and the methods that nearly all have. */
#define ADAPT_BOX_ADAPTED                                                                          \
    {                                                                                              \
        "adapted", T_OBJECT, offsetof(adapt_box, wrapped), READONLY, "The object that is adapted." \
    }
#define ADAPT_BOX_GETQUOTED(func)                                                                  \
    {                                                                                              \
        "getquoted", func, METH_NOARGS,                                                            \
            "getquoted($self)\n--\n\nThe object as SQL: bytes in the client encoding."             \
    }
#define ADAPT_BOX_PREPARE(func)                                                                    \
    {                                                                                              \
        "prepare", func, METH_O,                                                                   \
            "prepare($self, conn, /)\n--\n\nMake the literal for this connection: its encoding "   \
            "and "                                                                                 \
            "settings."                                                                            \
    }
#define ADAPT_BOX_CONFORM                                                                          \
    {                                                                                              \
        "__conform__", adapt_box_conform, METH_O,                                                  \
            "__conform__($self, protocol, /)\n--\n\nThe object itself for ISQLQuote, None for "    \
            "others."                                                                              \
    }

/* Make the types of each file, and put them in their slots; 0 or -1. */
int adapt_text_init(PyObject *module, module_state *state);
int adapt_binary_init(PyObject *module, module_state *state);
int adapt_number_init(PyObject *module, module_state *state);
int adapt_datetime_init(PyObject *module, module_state *state);
int adapt_list_init(PyObject *module, module_state *state);
/* extensions.adapters, empty: a dict that counts its changes in state->adapters_generation. */
int adapt_registry_init(PyObject *module, module_state *state);
/* Put the adapter of each kind in the registry. 0 or -1. */
int adapt_fill_registry(module_state *state);

/* -- small things
 * ------------------------------------------------------------------------------------------ */

static inline int
adapt_reserve(bytebuf *out, size_t len)
{
    if (bytebuf_reserve(out, len) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static inline int
adapt_put(bytebuf *out, const char *bytes, size_t len)
{
    if (bytebuf_add(out, bytes, len) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

#define adapt_put_literal(out, text) adapt_put((out), (text), sizeof(text) - 1)

#define ADAPT_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 when one of the eight bytes of `word` is `byte`. */
static inline uint64_t
adapt_has_byte(uint64_t word, unsigned char byte)
{
    uint64_t x = word ^ ADAPT_EACH_BYTE(byte);
    return (x - ADAPT_EACH_BYTE(1)) & ~x & ADAPT_EACH_BYTE(0x80);
}

/* Write one character that is not ASCII as UTF-8; NULL: a surrogate. */
static inline char *
adapt_put_utf8(char *to, Py_UCS4 c)
{
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            if (Py_UNICODE_IS_SURROGATE(c))
                return NULL;
            *to++ = (char)(0xe0 | c >> 12);
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (c & 0x3f));
    return to;
}

/* ValueError: there is a NUL. Always -1. */
int adapt_raise_nul(void);

/* Two decimal digits, 0 to 99. */
static inline char *
adapt_two_digits(char *to, unsigned n)
{
    to[0] = (char)('0' + n / 10);
    to[1] = (char)('0' + n % 10);
    return to + 2;
}

#endif
