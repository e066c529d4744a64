#include "adapt_literal.h"

#include "adapt_impl.h"

typedef struct {
    const char *at, *end;
    int std_strings;
    int depth; /* of arrays */
    bytebuf *out;
} reader;

enum { MOST_DEPTH = 16 }; /* the server has arrays of six dimensions at the most */

static int
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static int
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static void
skip_blanks(reader *self)
{
    while (self->at < self->end && is_blank(*self->at))
        self->at++;
}

static int
next_is(const reader *self, char c)
{
    return self->at < self->end && *self->at == c;
}

/* Step over `c`, if it is what comes next. */
static int
skip(reader *self, char c)
{
    int found = next_is(self, c);
    self->at += found;
    return found;
}

/* Step over the word, written in any case, if it is what comes next. */
static int
skip_word(reader *self, const char *word)
{
    const char *at = self->at;
    for (; *word; word++, at++) {
        if (at == self->end || (*at | 0x20) != *word)
            return 0;
    }
    if (at < self->end && is_word(*at))
        return 0;
    self->at = at;
    return 1;
}

static value_class
put(reader *self, const char *bytes, size_t len, value_class what)
{
    return bytebuf_add(self->out, bytes, len) < 0 ? VALUE_NO_MEMORY : what;
}

/* -- Numbers -- */

static const char *
skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* A number behind its sign. */
static value_class
read_number(reader *self, int minus)
{
    const char *start = self->at, *at = skip_digits(start, self->end);
    size_t digits = (size_t)(at - start);
    if (at < self->end && *at == '.') {
        const char *decimals = at + 1;
        at = skip_digits(decimals, self->end);
        digits += (size_t)(at - decimals);
    }
    if (!digits)
        return VALUE_NOT_LITERAL;
    if (at < self->end && (*at == 'e' || *at == 'E')) {
        const char *exponent = at + 1;
        if (exponent < self->end && (*exponent == '-' || *exponent == '+'))
            exponent++;
        at = skip_digits(exponent, self->end);
        if (at == exponent)
            return VALUE_NOT_LITERAL;
    }
    if (at < self->end && is_word(*at)) /* 0x1F, 1_000 */
        return VALUE_NOT_LITERAL;
    self->at = at;
    if (minus && bytebuf_add_char(self->out, '-') < 0)
        return VALUE_NO_MEMORY;
    return put(self, start, (size_t)(at - start), VALUE_PLAIN);
}

/* -- Strings -- */

static int
hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to `most` digits of base 8 or 16; returns how many there are. */
static int
read_code(reader *self, int base, int most, uint32_t *code)
{
    int n = 0;
    *code = 0;
    for (; n < most && self->at < self->end; n++, self->at++) {
        int value = hex_value(*self->at);
        if (value < 0 || value >= base)
            break;
        *code = *code * (uint32_t)base + (uint32_t)value;
    }
    return n;
}

static int
put_character(bytebuf *out, uint32_t c)
{
    char bytes[4], *end = bytes;
    if (c < 0x80)
        *end++ = (char)c;
    else
        end = adapt_put_utf8(bytes, c);
    return bytebuf_add(out, bytes, (size_t)(end - bytes));
}

/* What stands behind a backslash. 1, 0: not valid, -1: no memory. */
static int
read_escape(reader *self)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    uint32_t code;
    if (self->at == self->end)
        return 0;
    char c = *self->at;
    if (c >= '0' && c <= '7') {
        (void)read_code(self, 8, 3, &code);
        return code < 0x100 ? bytebuf_add_char(self->out, (char)code) < 0 ? -1 : 1 : 0;
    }
    self->at++;
    if (c == 'x' && read_code(self, 16, 2, &code))
        return bytebuf_add_char(self->out, (char)code) < 0 ? -1 : 1;
    if (c == 'u' || c == 'U') {
        int digits = c == 'u' ? 4 : 8;
        if (read_code(self, 16, digits, &code) < digits || code > 0x10ffff || !code ||
            (code >= 0xd800 && code < 0xe000)) /* halves of a pair: nobody writes these */
            return 0;
        return put_character(self->out, code) < 0 ? -1 : 1;
    }
    const char *letter = memchr(letters, c, sizeof letters - 1);
    return bytebuf_add_char(self->out, letter ? meanings[letter - letters] : c) < 0 ? -1 : 1;
}

/* A string behind its first quote. */
static value_class
read_string(reader *self, int escapes)
{
    while (self->at < self->end) {
        const char *start = self->at;
        while (self->at < self->end && *self->at != '\'' && !(escapes && *self->at == '\\'))
            self->at++;
        if (bytebuf_add(self->out, start, (size_t)(self->at - start)) < 0)
            return VALUE_NO_MEMORY;
        if (skip(self, '\\')) {
            int done = read_escape(self);
            if (done <= 0)
                return done < 0 ? VALUE_NO_MEMORY : VALUE_NOT_LITERAL;
        } else if (skip(self, '\'')) {
            if (!skip(self, '\''))
                return VALUE_TEXT;
            if (bytebuf_add_char(self->out, '\'') < 0)
                return VALUE_NO_MEMORY;
        }
    }
    return VALUE_NOT_LITERAL;
}

/* -- Arrays -- */

int
adapt_literal_enquote(bytebuf *out, size_t start)
{
    size_t specials = 0, old = out->len;
    for (size_t i = start; i < old; i++)
        specials += out->data[i] == '"' || out->data[i] == '\\';
    if (bytebuf_reserve(out, specials + 2) < 0)
        return -1;
    out->len = old + specials + 2;
    char *to = out->data + out->len;
    *--to = '"';
    for (const char *from = out->data + old; from > out->data + start;) {
        *--to = *--from;
        if (*from == '"' || *from == '\\')
            *--to = '\\';
    }
    *--to = '"';
    return 0;
}

static value_class read_value(reader *self);

/* One item of an array, where "[" begins an inner array. */
static value_class
read_item(reader *self)
{
    size_t start = self->out->len;
    value_class what = read_value(self);
    if (what == VALUE_NULL)
        what = put(self, "NULL", 4, VALUE_PLAIN);
    else if (what == VALUE_TEXT && adapt_literal_enquote(self->out, start) < 0)
        what = VALUE_NO_MEMORY;
    return what;
}

/* An array behind its "[". */
static value_class
read_array(reader *self)
{
    if (self->depth == MOST_DEPTH)
        return VALUE_NOT_LITERAL;
    self->depth++;
    if (bytebuf_add_char(self->out, '{') < 0)
        return VALUE_NO_MEMORY;
    skip_blanks(self);
    if (!next_is(self, ']')) {
        do {
            value_class item = read_item(self);
            if (item == VALUE_NO_MEMORY || item == VALUE_NOT_LITERAL)
                return item;
            if (next_is(self, ',') && bytebuf_add_char(self->out, ',') < 0)
                return VALUE_NO_MEMORY;
        } while (skip(self, ','));
    }
    if (!skip(self, ']'))
        return VALUE_NOT_LITERAL;
    self->depth--;
    return put(self, "}", 1, VALUE_ARRAY);
}

/* -- Values -- */

/* Step over a name in double quotes. 0: it does not end. */
static int
skip_quoted_name(reader *self)
{
    do {
        while (self->at < self->end && *self->at != '"')
            self->at++;
        if (!skip(self, '"'))
            return 0;
    } while (skip(self, '"'));
    return 1;
}

/* Step over the name of a type: pg_catalog."my type"[], timestamp with time zone. 0: it is none, or
 * has modifiers, with which a cast changes values. */
static int
skip_type(reader *self)
{
    int words = 0;
    for (;;) {
        skip_blanks(self);
        if (skip(self, '"')) {
            if (!skip_quoted_name(self))
                return 0;
        } else if (self->at < self->end && is_word(*self->at)) {
            while (self->at < self->end && is_word(*self->at))
                self->at++;
        } else
            break;
        words++;
        skip_blanks(self);
        (void)skip(self, '.');
    }
    while (skip(self, '[')) {
        if (!skip(self, ']'))
            return 0;
        skip_blanks(self);
    }
    return words > 0;
}

/* A literal without its casts. */
static value_class
read_bare(reader *self)
{
    if (skip_word(self, "null"))
        return VALUE_NULL;
    if (skip_word(self, "true"))
        return put(self, "true", 4, VALUE_PLAIN);
    if (skip_word(self, "false"))
        return put(self, "false", 5, VALUE_PLAIN);
    if (skip(self, '\''))
        return read_string(self, !self->std_strings);
    if (self->end - self->at >= 2 && (*self->at == 'E' || *self->at == 'e') &&
        self->at[1] == '\'') {
        self->at += 2;
        return read_string(self, 1);
    }
    if (self->depth && skip(self, '['))
        return read_array(self);
    if (skip_word(self, "array")) {
        skip_blanks(self);
        return skip(self, '[') ? read_array(self) : VALUE_NOT_LITERAL;
    }
    int minus = skip(self, '-');
    if (!minus)
        (void)skip(self, '+');
    skip_blanks(self);
    return read_number(self, minus);
}

static value_class
read_value(reader *self)
{
    skip_blanks(self);
    value_class what = read_bare(self);
    if (what == VALUE_NO_MEMORY || what == VALUE_NOT_LITERAL)
        return what;
    skip_blanks(self);
    while (self->end - self->at >= 2 && self->at[0] == ':' && self->at[1] == ':') {
        self->at += 2;
        if (!skip_type(self))
            return VALUE_NOT_LITERAL;
        skip_blanks(self);
    }
    return what;
}

value_class
adapt_literal_read(const char *bytes, size_t len, int std_strings, bytebuf *out)
{
    if (!len)
        return VALUE_NOT_LITERAL;  // and `bytes` may be NULL
    reader self = {.at = bytes, .end = bytes + len, .std_strings = std_strings, .out = out};
    size_t start = out->len;
    value_class what = read_value(&self);
    if (what != VALUE_NO_MEMORY && self.at != self.end)
        what = VALUE_NOT_LITERAL;
    if (what == VALUE_NO_MEMORY || what == VALUE_NOT_LITERAL)
        out->len = start;
    return what;
}
