/* Arrays: one pass over the text; elements are decoded where they stand, unless they hold escapes.
 */
#include "cast.h"

#include "cast_impl.h"

enum {
    MOST_DIMENSIONS = 64, /* PostgreSQL has 6 at most */
    FIRST_ROOM = 64,      /* values */
    WORTH_A_TABLE = 256   /* bytes of a column's arrays, from which on their integers are kept */
};

/* How bytes above 127 go on: in some client encodings a character's second byte may be a backslash
 * or a brace. */
typedef enum { TRAIL_SAFE, TRAIL_DOUBLE, TRAIL_SJIS } trail_kind;

typedef struct {
    const cast_ctx *ctx;
    const char *bytes, *end; /* of the whole text, for errors */
    const char *p;           /* what is to be read next */
    cast_column element;
    cast_recent *integers; /* that were read of late; NULL: elements are no integers, or few */
    trail_kind trail;
    char *scratch; /* for elements with escapes; as long as the text, NULL until needed */
    /* the values of the lists that are not complete yet, the outermost list's first: */
    PyObject **values;
    Py_ssize_t count, room;
    PyObject *first_room[FIRST_ROOM]; /* where they are as long as they are few */
} parser;

static PyObject *
malformed(const parser *self)
{
    return cast_error(self->ctx->state->DataError, "malformed array", self->bytes,
                      self->end - self->bytes);
}

static trail_kind
trail_of(const text_codec *codec)
{
    if (!codec->unsafe_trail)
        return TRAIL_SAFE;
    return strncmp(codec->pg_name, "SJIS", 4) == 0 || strncmp(codec->pg_name, "SHIFT", 5) == 0
               ? TRAIL_SJIS
               : TRAIL_DOUBLE;
}

/* Bytes of the character at p. */
static inline Py_ssize_t
character_size(const parser *self, const char *p)
{
    unsigned char c = (unsigned char)*p;
    if (c < 0x80 || self->trail == TRAIL_SAFE || self->end - p < 2)
        return 1;
    if (self->trail == TRAIL_SJIS && (c == 0x80 || (c >= 0xa0 && c <= 0xdf) || c > 0xfc))
        return 1; /* half-width katakana */
    return 2;
}

/* The bytes at which find_end() has to look closer. */
enum { STOPS_PLAIN = 1, STOPS_QUOTED = 2 };
static const unsigned char stops[256] = {[','] = STOPS_PLAIN,
                                         ['{'] = STOPS_PLAIN,
                                         ['}'] = STOPS_PLAIN,
                                         ['"'] = STOPS_QUOTED,
                                         ['\\'] = STOPS_PLAIN | STOPS_QUOTED};

/* Where an element ends, the closing quote for a quoted one; NULL where the text ends first. */
static const char *
find_end(const parser *self, int quoted, int *escapes)
{
    const char *p = self->p;
    int which = quoted ? STOPS_QUOTED : STOPS_PLAIN;
    *escapes = 0;
    while (p < self->end) {
        if (self->trail == TRAIL_SAFE) {
            while (p < self->end && !(stops[(unsigned char)*p] & which))
                p++;
            if (p == self->end)
                return NULL;
        }
        char c = *p;
        if (quoted ? c == '"' : c == ',' || c == '}')
            return p;
        if (!quoted && c == '{')
            return NULL;
        if (c == '\\') {
            *escapes = 1;
            if (++p == self->end)
                return NULL;
        }
        p += character_size(self, p);
    }
    return NULL;
}

/* Take the backslashes out of the element that ends at `end`; its length, or -1 with MemoryError.
 */
static Py_ssize_t
unescape(parser *self, const char *end)
{
    if (!self->scratch && !(self->scratch = PyMem_Malloc((size_t)(self->end - self->bytes)))) {
        PyErr_NoMemory();
        return -1;
    }
    char *to = self->scratch;
    for (const char *p = self->p; p < end;) {
        if (*p == '\\')
            p++;
        for (Py_ssize_t n = character_size(self, p); n > 0 && p < end; n--)
            *to++ = *p++;
    }
    return to - self->scratch;
}

/* Whether four bytes are NULL in any case. */
static inline int
is_null(const char *bytes)
{
    uint32_t word, null;
    memcpy(&word, bytes, 4);
    memcpy(&null, "null", 4);
    return (word | 0x20202020) == null;
}

/* The value of an element that is no quoted one: it may be NULL. */
static inline PyObject *
plain_value(parser *self, const char *bytes, Py_ssize_t len)
{
    if (len == 4 && is_null(bytes))
        return self->element.has_null ? cast_null(self->ctx, &self->element) : Py_NewRef(Py_None);
    return cast_call(self->ctx, &self->element, bytes, len);
}

/* The element that starts at self->p, of any kind; leaves it behind the element. */
static PyObject *
read_any_element(parser *self)
{
    int quoted = *self->p == '"', escapes;
    self->p += quoted;
    const char *end = find_end(self, quoted, &escapes);
    if (!end || (!quoted && end == self->p))
        return malformed(self);
    const char *bytes = self->p;
    Py_ssize_t len = end - bytes;
    if (escapes) {
        len = unescape(self, end);
        if (len < 0)
            return NULL;
        bytes = self->scratch;
    }
    self->p = end + quoted;
    if (!quoted && !escapes)
        return plain_value(self, bytes, len);
    return cast_call(self->ctx, &self->element, bytes, len);
}

/* Step over the element if it is an integer of no unusual size: 1, or 0. */
static inline int
take_integer(parser *self, int64_t *value)
{
    const char *p = cast_read_integer(self->p, self->end, value);
    if (!p || p == self->end || (*p != ',' && *p != '}'))
        return 0;
    self->p = p;
    return 1;
}

/* The same as read_any_element(), for most that come in short: neither quotes nor escapes. */
static inline PyObject *
read_element(parser *self)
{
    int64_t integer;
    if (self->integers && take_integer(self, &integer))
        return cast_recent_integer(self->integers, integer);
    const char *bytes = self->p, *p = bytes;
    if (self->trail != TRAIL_SAFE || *p == '"')
        return read_any_element(self);
    while (p < self->end && !(stops[(unsigned char)*p] & STOPS_PLAIN))
        p++;
    if (p == bytes || p == self->end || (*p != ',' && *p != '}'))
        return read_any_element(self);
    self->p = p;
    return plain_value(self, bytes, p - bytes);
}

/* A bound: an integer. Returns what follows it. */
static const char *
skip_bound(const char *p, const char *end)
{
    p += p < end && *p == '-';
    while (p < end && cast_digit(*p) <= 9)
        p++;
    return p;
}

/* Step over the bounds that stand before an array which does not count from one: [0:2][1:3]= */
static void
skip_bounds(parser *self)
{
    const char *p = self->p;
    while (p < self->end && *p == '[') {
        p = skip_bound(p + 1, self->end);
        if (p == self->end || *p != ':')
            return;
        p = skip_bound(p + 1, self->end);
        if (p == self->end || *p != ']')
            return;
        p++;
    }
    if (p > self->p && p < self->end && *p == '=')
        self->p = p + 1;
}

/* Make room for more values. 0, or -1 with MemoryError. */
static int
grow(parser *self)
{
    size_t size = (size_t)self->room * sizeof *self->values;
    PyObject **old = self->values == self->first_room ? NULL : self->values;
    PyObject **values = size > PY_SSIZE_T_MAX / 2 ? NULL : PyMem_Realloc(old, 2 * size);
    if (!values) {
        PyErr_NoMemory();
        return -1;
    }
    if (!old)
        memcpy(values, self->first_room, size);
    self->values = values;
    self->room *= 2;
    return 0;
}

/* Keep a value (stolen; NULL: an exception is set). 0 or -1. */
static inline int
push(parser *self, PyObject *value)
{
    if (value && self->count == self->room && grow(self) < 0)
        Py_CLEAR(value);
    if (!value)
        return -1;
    self->values[self->count++] = value;
    return 0;
}

/* Put the values from number `first` on into a list in their place. 0 or -1. */
static int
close_list(parser *self, Py_ssize_t first)
{
    PyObject *list = PyList_New(self->count - first);
    if (!list)
        return -1;
    for (Py_ssize_t i = first; i < self->count; i++)
        PyList_SET_ITEM(list, i - first, self->values[i]);
    self->count = first;
    return push(self, list);
}

/* Read what stands between braces into lists within lists. The outermost list; NULL with an
 * exception. */
static PyObject *
read_lists(parser *self)
{
    Py_ssize_t firsts[MOST_DIMENSIONS]; /* the number of each list's first value */
    int depth = 0;
    for (;;) {
        if (self->p < self->end && *self->p == '{') {
            if (depth == MOST_DIMENSIONS) {
                PyErr_SetString(self->ctx->state->DataError, "excessive array dimensions");
                goto error;
            }
            firsts[depth++] = self->count;
            self->p++;
            if (self->p == self->end || *self->p != '}')
                continue;
        } else if (self->p == self->end || push(self, read_element(self)) < 0) {
            goto error;
        }
        while (self->p < self->end && *self->p == '}') {
            self->p++;
            if (close_list(self, firsts[--depth]) < 0)
                goto error;
            if (depth == 0)
                return self->values[--self->count];
        }
        if (self->p == self->end || *self->p++ != ',')
            goto error;
    }
error:
    if (!PyErr_Occurred())
        malformed(self);
    while (self->count)
        Py_DECREF(self->values[--self->count]);
    return NULL;
}

/* Take the integers that the column's arrays had of late from where the column keeps them. 0 or -1.
 */
static int
find_integers(parser *self, cast_column *column)
{
    self->integers = NULL;
    if (self->element.fn != cast_integer)
        return 0;
    if (!column->last) {
        column->last_key += (int32_t)Py_MIN(self->end - self->bytes, WORTH_A_TABLE);
        if (column->last_key < WORTH_A_TABLE)
            return 0;
        column->last = cast_recent_new();
        if (!column->last)
            return -1;
    }
    self->integers = cast_recent_get(column->last);
    return 0;
}

CAST_DECODER(cast_array)
{
    caster_object *caster = (caster_object *)column->caster;
    parser self; /* not zeroed: that would touch the room */
    self.ctx = ctx;
    self.bytes = self.p = bytes;
    self.end = bytes + len;
    self.element = (cast_column){0};
    self.trail = trail_of(&ctx->codec);
    self.scratch = NULL;
    self.values = self.first_room;
    self.count = 0;
    self.room = FIRST_ROOM;
    skip_bounds(&self);
    if (self.p == self.end || *self.p != '{')
        return cast_error(ctx->state->DataError, "array does not start with '{'", bytes, len);
    if (cast_column_set(&self.element, ctx->state, caster->element, 0) < 0)
        return NULL;
    PyObject *list = find_integers(&self, column) < 0 ? NULL : read_lists(&self);
    if (list && self.p != self.end) {
        Py_CLEAR(list);
        cast_error(ctx->state->DataError, "unbalanced braces in array", bytes, len);
    }
    cast_column_clear(&self.element);
    if (self.values != self.first_room)
        PyMem_Free(self.values);
    PyMem_Free(self.scratch);
    return list;
}
