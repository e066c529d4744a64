/* Strings of JSON, from the bytes as they stand: eight at a time up to the quote, and a str at
 * once. */
#include "cast_json.h"
#include "rowbuf.h"

#include <string.h>

static const uint64_t EACH_BYTE = 0x0101010101010101;
static const uint64_t HIGH_BITS = 0x8080808080808080;

/* UTF-8, its escapes resolved: in the text, or in the parser's scratch until the next string. */
typedef struct {
    const char *bytes;
    Py_ssize_t len;
    int is_ascii; /* 0: perhaps */
} span;

/* -- looking for the end ----------------------------------------------------------------------- */

/* High bits for the bytes at which plain text ends: quotes, backslashes, control characters and,
 * with `ascii`, what is above 127. The lowest one is right; a borrow may put more above it. */
static inline uint64_t
stops_in(uint64_t word, int ascii)
{
    uint64_t quotes = (word ^ EACH_BYTE * '"') - EACH_BYTE;
    uint64_t backslashes = (word ^ EACH_BYTE * '\\') - EACH_BYTE;
    uint64_t controls = word - EACH_BYTE * ' ';
    uint64_t all = quotes | backslashes | controls;
    return (ascii ? all | word : all & ~word) & HIGH_BITS;
}

static inline int
is_stop(char byte, int ascii)
{
    unsigned char c = (unsigned char)byte;
    return c < ' ' || c == '"' || c == '\\' || (ascii && c > 127);
}

/* Where plain text ends; `end` where it does not. */
static inline const char *
skip_plain(const char *p, const char *end, int ascii)
{
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        uint64_t stops = stops_in(word, ascii);
        if (stops) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return p + (__builtin_ctzll(stops) >> 3);
#else
            break;
#endif
        }
        p += 8;
    }
    while (p < end && !is_stop(*p, ascii))
        p++;
    return p;
}

/* -- escapes ----------------------------------------------------------------------------------- */

/* Four hexadecimal digits: the number, or -1 where they are something else. */
static int
read_hex(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    unsigned value = 0, wrong = 0;
    for (int i = 0; i < 4; i++) {
        unsigned one = cast_hex_digits[(unsigned char)p[i]] - 1U;
        wrong |= one;
        value = value << 4 | one;
    }
    return wrong <= 15 ? (int)value : -1;
}

static char *
put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
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

/* \uXXXX from its first digit, or two of them that are one character. Half of such a pair is no
 * UTF-8: NULL, as where the digits are none. */
static const char *
read_unicode(const char *p, const char *end, char **to)
{
    int c = read_hex(p, end);
    if (c < 0)
        return NULL;
    p += 4;
    if (c >= 0xd800 && c <= 0xdfff) {
        if (c >= 0xdc00 || end - p < 2 || p[0] != '\\' || p[1] != 'u')
            return NULL;
        int low = read_hex(p + 2, end);
        if (low < 0xdc00 || low > 0xdfff)
            return NULL;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    *to = put_utf8(*to, (unsigned)c);
    return p;
}

/* What a letter behind a backslash stands for; 0: it is no escape of one letter. */
static const char short_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* The rest of a string of which `first` to `p` is plain and a backslash is next. No escape is
 * longer than its character is as it stands, so that the rest of the text is room for all. */
static const char *
read_escaped(json_parser *self, const char *first, const char *p, span *text)
{
    const char *end = self->end;
    char *to = json_scratch(self, first);
    if (!to)
        return NULL;
    memcpy(to, first, (size_t)(p - first));
    to += p - first;
    while (*p == '\\') {
        if (++p == end)
            return NULL;
        char plain = short_escapes[(unsigned char)*p];
        if (plain) {
            *to++ = plain;
            p++;
        } else if (*p != 'u' || !(p = read_unicode(p + 1, end, &to))) {
            return NULL;
        }
        if (p < end && *p == '\\') /* they often come in a row */
            continue;
        const char *run = p;
        p = skip_plain(p, end, 0);
        if (p == end)
            return NULL;
        memcpy(to, run, (size_t)(p - run));
        to += p - run;
    }
    text->bytes = self->scratch;
    text->len = to - self->scratch;
    text->is_ascii = 0;
    return *p == '"' ? p + 1 : NULL;
}

/* -- strings and keys -------------------------------------------------------------------------- */

static inline const char *
read_span(json_parser *self, const char *p, span *text)
{
    const char *first = p, *end = self->end;
    p = skip_plain(p, end, 1);
    text->is_ascii = p < end && (unsigned char)*p <= 127;
    if (!text->is_ascii)
        p = skip_plain(p, end, 0);
    if (p == end)
        return NULL;
    if (*p == '\\')
        return read_escaped(self, first, p, text);
    text->bytes = first;
    text->len = p - first;
    return *p == '"' ? p + 1 : NULL;
}

const char *
json_read_string(json_parser *self, const char *p, PyObject **value)
{
    span text;
    p = read_span(self, p, &text);
    if (!p)
        return NULL;
    if (text.is_ascii && text.len > 1) {
        *value = PyUnicode_New(text.len, 127);
        if (*value)
            rowbuf_copy((char *)PyUnicode_1BYTE_DATA(*value), text.bytes, (size_t)text.len);
    } else {
        *value = cast_utf8(text.bytes, text.len);
    }
    return *value ? p : NULL;
}

const char *
json_read_key(json_parser *self, const char *p, PyObject **value)
{
    span text;
    p = read_span(self, p, &text);
    if (!p)
        return NULL;
    *value = json_keys_get(self->keys, text.bytes, text.len);
    return *value ? p : NULL;
}
