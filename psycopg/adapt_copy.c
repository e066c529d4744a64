/* The values of COPY's text format. All is made in UTF-8 first: the second byte of a character is
 * then never a backslash or quote. PostgreSQL manual: COPY, File Formats; Array and Composite
 * Types, Input and Output Syntax. */
#include "adapt_copy.h"

#include "adapt_impl.h"
#include "adapt_literal.h"

void
adapt_copy_init(adapt_copy *self, const adapt_ctx *ctx)
{
    self->ctx = ctx;
    self->inner = *ctx;
    self->inner.codec = (text_codec){.kind = TEXT_UTF8, .keeps_ascii = 1, .py_name = "utf_8"};
    self->inner.std_strings = 1;
    self->inner.sql_intervals = 1;
    self->literal = (bytebuf)BYTEBUF_INIT;
    self->zoneless = 0;
}

void
adapt_copy_clear(adapt_copy *self)
{
    bytebuf_free(&self->literal);
}

/* -- Text -- */

static int
is_ascii(const char *bytes, size_t len)
{
    size_t i = 0;
    for (uint64_t word; len - i >= 8; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word & ADAPT_EACH_BYTE(0x80))
            return 0;
    }
    for (; i < len; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            return 0;
    }
    return 1;
}

/* Append a str as UTF-8, without a copy of it in between. */
static int
put_str(PyObject *str, bytebuf *out)
{
    enum { PIECE = 4096 };
    if (PyUnicode_READY(str) < 0)
        return -1;
    Py_ssize_t len = PyUnicode_GET_LENGTH(str);
    int kind = (int)PyUnicode_KIND(str);
    const void *data = PyUnicode_DATA(str);
    if (PyUnicode_IS_ASCII(str))
        return adapt_put(out, data, (size_t)len);
    for (Py_ssize_t i = 0; i < len;) {
        Py_ssize_t stop = len - i < PIECE ? len : i + PIECE;
        if (adapt_reserve(out, 4 * (size_t)(stop - i)) < 0)
            return -1;
        char *to = out->data + out->len;
        for (; i < stop; i++) {
            Py_UCS4 c = PyUnicode_READ(kind, data, i);
            if (c < 0x80)
                *to++ = (char)c;
            else if (!(to = adapt_put_utf8(to, c))) {
                Py_XDECREF(PyUnicode_AsUTF8String(str));  // says where the surrogate is
                return -1;
            }
        }
        out->len = (size_t)(to - out->data);
    }
    return 0;
}

/* Take the literal that one of our writers appended for a plain value out of its dress: the blank
 * before a minus, or the quotes and the cast. */
static void
undress(bytebuf *out, size_t start)
{
    char *text = out->data + start, *end = out->data + out->len;
    if (*text == '\'') {
        while (*--end != '\'')
            ;
        text++;
    } else if (*text == ' ')
        text++;
    out->len = start + (size_t)(end - text);
    memmove(out->data + start, text, (size_t)(end - text));
}

/* -- Values -- */

static value_class put_value(adapt_copy *self, PyObject *value, bytebuf *out);

/* Append an item of an array or record. */
static int
put_item(adapt_copy *self, PyObject *item, int in_array, bytebuf *out)
{
    size_t start = out->len;
    value_class what = put_value(self, item, out);
    switch (what) {
    case VALUE_NULL:
        return in_array ? adapt_put_literal(out, "NULL") : 0;
    case VALUE_PLAIN:
        return 0;
    case VALUE_ARRAY:
        if (in_array)
            return 0;
        break;
    case VALUE_TEXT:
        break;
    default:
        return -1;
    }
    if (adapt_literal_enquote(out, start) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* {1,"a",NULL}. Adapters of the items may change the list while it is walked. */
static value_class
put_array(adapt_copy *self, PyObject *list, bytebuf *out)
{
    if (Py_EnterRecursiveCall(" while adapting a list"))
        return VALUE_FAILED;
    int failed = adapt_put_literal(out, "{") < 0;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(list, i));
        failed = (i && adapt_put_literal(out, ",") < 0) || put_item(self, item, 1, out) < 0;
        Py_DECREF(item);
    }
    Py_LeaveRecursiveCall();
    return failed || adapt_put_literal(out, "}") < 0 ? VALUE_FAILED : VALUE_ARRAY;
}

/* (1,"a",). In SQL a tuple of one value is that value in parentheses, and none at all is no SQL. */
static value_class
put_record(adapt_copy *self, PyObject *value, bytebuf *out)
{
    PyObject *tuple = PySequence_Tuple(value);
    if (!tuple)
        return VALUE_FAILED;
    value_class what = VALUE_FAILED;
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    if (Py_EnterRecursiveCall(" while adapting a tuple")) {
        Py_DECREF(tuple);
        return VALUE_FAILED;
    }
    if (n == 0)
        PyErr_SetString(self->ctx->state->ProgrammingError, "can't copy an empty tuple");
    else if (n == 1)
        what = put_value(self, PyTuple_GET_ITEM(tuple, 0), out);
    else {
        int failed = 0;
        for (Py_ssize_t i = 0; !failed && i < n; i++) {
            failed = adapt_put(out, i ? "," : "(", 1) < 0 ||
                     put_item(self, PyTuple_GET_ITEM(tuple, i), 0, out) < 0;
        }
        if (!failed && adapt_put_literal(out, ")") == 0)
            what = VALUE_TEXT;
    }
    Py_LeaveRecursiveCall();
    Py_DECREF(tuple);
    return what;
}

static value_class
raise_expression(const adapt_copy *self, PyObject *value)
{
    Py_ssize_t len = (Py_ssize_t)self->literal.len;
    PyObject *sql = PyUnicode_DecodeUTF8(self->literal.data, len < 60 ? len : 60, "replace");
    if (sql)
        PyErr_Format(self->ctx->state->ProgrammingError,
                     "can't copy type '%.200s': it is written as the SQL expression %U%s, and COPY "
                     "takes nothing but values",
                     Py_TYPE(value)->tp_name, sql, len < 60 ? "" : "...");
    Py_XDECREF(sql);
    return VALUE_FAILED;
}

/* Make the literal UTF-8, which is in the client encoding. */
static int
recode_literal(adapt_copy *self)
{
    const text_codec *codec = &self->ctx->codec;
    bytebuf *literal = &self->literal;
    if (codec->kind == TEXT_UTF8 || (codec->keeps_ascii && is_ascii(literal->data, literal->len)))
        return 0;
    PyObject *str = text_decode(codec, self->ctx->state, literal->data, (Py_ssize_t)literal->len);
    if (!str)
        return -1;
    literal->len = 0;
    int rc = put_str(str, literal);
    Py_DECREF(str);
    return rc;
}

/* DataError and -1 where a literal from `start` on has a time zone that the column would drop. */
static int
check_zone(const adapt_copy *self, const bytebuf *literal, size_t start)
{
    static const char cast[] = "::timestamptz";
    size_t size = sizeof cast - 1;
    if (!self->zoneless || literal->len - start < size ||
        memcmp(literal->data + literal->len - size, cast, size) != 0)
        return 0;
    PyErr_SetString(self->ctx->state->DataError,
                    "the column has no time zone, and would drop that of the datetime: convert it "
                    "with astimezone() and leave its tzinfo out");
    return -1;
}

/* Append what self->literal is the literal of; it was written for `value`. */
static value_class
put_literal(adapt_copy *self, PyObject *value, int std_strings, bytebuf *out)
{
    if (check_zone(self, &self->literal, 0) < 0)
        return VALUE_FAILED;
    value_class what = adapt_literal_read(self->literal.data, self->literal.len, std_strings, out);
    if (what == VALUE_NOT_LITERAL)
        return raise_expression(self, value);
    if (what != VALUE_NO_MEMORY)
        return what;
    PyErr_NoMemory();
    return VALUE_FAILED;
}

/* Append what the function `value_text` of an adapter's getquoted() makes. */
static value_class
put_value_text(adapt_copy *self, PyObject *function, PyObject *adapter, bytebuf *out)
{
    value_class what = VALUE_FAILED;
    if (adapt_prepare(self->ctx, adapter) < 0)
        return VALUE_FAILED;
    PyObject *text = PyObject_CallOneArg(function, adapter);
    if (text == Py_None)
        what = VALUE_NULL;
    else if (text && !PyUnicode_Check(text))
        PyErr_Format(PyExc_TypeError, "value_text must return str or None, not %.200s",
                     Py_TYPE(text)->tp_name);
    else if (text && put_str(text, out) == 0)
        what = VALUE_TEXT;
    Py_XDECREF(text);
    return what;
}

/* The function that makes the text of the values of an adapter whose literals are expressions: an
 * attribute of its getquoted(), so that who overrides that does not inherit this. 1 found, 0, -1.
 */
static int
find_value_text(const adapt_copy *self, PyObject *adapter, PyObject **function)
{
    PyObject *const *slots = self->ctx->state->adapt_slots;
    PyObject *method;
    int found = compat_lookup_attr(adapter, slots[SLOT_STR_GETQUOTED], &method);
    if (found <= 0)
        return found;
    found = compat_lookup_attr(method, slots[SLOT_STR_VALUE_TEXT], function);
    Py_DECREF(method);
    return found;
}

static value_class
put_adapted(adapt_copy *self, PyObject *value, PyObject *adapter, bytebuf *out)
{
    PyObject *function = NULL;
    int found = find_value_text(self, adapter, &function);
    if (found > 0) {
        value_class what = put_value_text(self, function, adapter, out);
        Py_DECREF(function);
        return what;
    }
    self->literal.len = 0;
    if (found < 0 || adapt_write_adapter(self->ctx, adapter, &self->literal) < 0 ||
        recode_literal(self) < 0)
        return VALUE_FAILED;
    return put_literal(self, value, self->ctx->std_strings, out);
}

/* Append a value of a kind of ours. `exactly`: of that very type. */
static value_class
put_kind(adapt_copy *self, adapt_kind kind, PyObject *value, int exactly, bytebuf *out)
{
    size_t start = out->len;
    switch (kind) {
    case ADAPT_NONE:
        return VALUE_NULL;
    case ADAPT_STR:
        return put_str(value, out) < 0 ? VALUE_FAILED : VALUE_TEXT;
    case ADAPT_LIST:
        return put_array(self, value, out);
    case ADAPT_TUPLE:
        return put_record(self, value, out);
    default:
        break;
    }
    if (!exactly) {  // it may have been written by code of its own
        self->literal.len = 0;
        return adapt_write_kind(&self->inner, kind, value, &self->literal) < 0
                   ? VALUE_FAILED
                   : put_literal(self, value, 1, out);
    }
    if (adapt_write_kind(&self->inner, kind, value, out) < 0 || check_zone(self, out, start) < 0)
        return VALUE_FAILED;
    undress(out, start);
    int is_text = kind == ADAPT_BYTES || kind == ADAPT_BYTEARRAY || kind == ADAPT_MEMORYVIEW ||
                  kind == ADAPT_TIMEDELTA;
    return is_text ? VALUE_TEXT : VALUE_PLAIN;
}

/* Append the text of a value, as UTF-8. */
static value_class
put_value(adapt_copy *self, PyObject *value, bytebuf *out)
{
    adapt_kind kind;
    PyObject *adapter;
    if (value == Py_None)  // whatever the registry says
        return VALUE_NULL;
    int exactly = adapt_choose(self->ctx, value, &kind, &adapter);
    if (exactly < 0)
        return VALUE_FAILED;
    if (!adapter)
        return put_kind(self, kind, value, exactly, out);
    value_class what = put_adapted(self, value, adapter, out);
    Py_DECREF(adapter);
    return what;
}

/* -- COPY -- */

/* The letter behind the backslash that stands for a character which COPY gives a meaning; 0: it has
 * none. */
static char
escape_of(char c)
{
    switch (c) {
    case '\\':
        return '\\';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    default:
        return 0;
    }
}

/* Where the first character is that may need a backslash, or is NUL: `len` if there is none. */
static size_t
find_special(const char *bytes, size_t len)
{
    size_t i = 0;
    for (uint64_t word; len - i >= 8; i += 8) {
        memcpy(&word, bytes + i, 8);
        uint64_t control = (word - ADAPT_EACH_BYTE(0x20)) & ~word & ADAPT_EACH_BYTE(0x80);
        if (control | adapt_has_byte(word, '\\'))
            break;
    }
    while (i < len && (unsigned char)bytes[i] >= 0x20 && bytes[i] != '\\')
        i++;
    return i;
}

/* Put the backslashes into the value that begins at `start`. */
static int
escape(bytebuf *out, size_t start)
{
    size_t old = out->len, specials = 0;
    start += find_special(out->data + start, old - start);
    for (size_t i = start; i < old; i++) {
        if (out->data[i] == '\0')
            return adapt_raise_nul();
        specials += escape_of(out->data[i]) != 0;
    }
    if (!specials)
        return 0;
    if (adapt_reserve(out, specials) < 0)
        return -1;
    out->len = old + specials;
    char *to = out->data + out->len;
    for (const char *from = out->data + old; to > from;) {
        char letter = escape_of(*--from);
        *--to = letter ? letter : *from;
        if (letter)
            *--to = '\\';
    }
    return 0;
}

/* Append `len` bytes of UTF-8 in the client encoding. */
static int
put_encoded(adapt_copy *self, const char *utf8, size_t len, bytebuf *out)
{
    PyObject *str = PyUnicode_DecodeUTF8(utf8, (Py_ssize_t)len, NULL);
    int rc = str ? adapt_copy_encode(self, str, out) : -1;
    Py_XDECREF(str);
    return rc;
}

/* The same for text of COPY. Its backslashes are ASCII in any encoding; that which a value has may
 * not be. */
static int
put_encoded_text(adapt_copy *self, const char *at, const char *end, bytebuf *out)
{
    while (at < end) {
        const char *stop = memchr(at, '\\', (size_t)(end - at));
        if (!stop)
            stop = end;
        if (stop > at && put_encoded(self, at, (size_t)(stop - at), out) < 0)
            return -1;
        if (stop == end)
            return 0;
        if (stop[1] == '\\' && !self->ctx->codec.keeps_ascii) {
            size_t start = out->len;
            if (put_encoded(self, stop, 1, out) < 0 ||
                (out->data[start] == '\\' && adapt_put_literal(out, "\\") < 0))
                return -1;
        } else if (adapt_put(out, stop, 2) < 0)
            return -1;
        at = stop + 2;
    }
    return 0;
}

/* Make the value that begins at `start` what the client encoding has for it. */
static int
recode(adapt_copy *self, bytebuf *out, size_t start)
{
    const text_codec *codec = &self->ctx->codec;
    size_t len = out->len - start;
    bytebuf *utf8 = &self->literal;  // there is no literal any more
    if (codec->kind == TEXT_UTF8 || (codec->keeps_ascii && is_ascii(out->data + start, len)))
        return 0;
    utf8->len = 0;
    if (adapt_put(utf8, out->data + start, len) < 0)
        return -1;
    out->len = start;
    return put_encoded_text(self, utf8->data, utf8->data + len, out);
}

int
adapt_copy_encode(adapt_copy *self, PyObject *str, bytebuf *out)
{
    const text_codec *codec = &self->ctx->codec;
    if (PyUnicode_READY(str) < 0)
        return -1;
    if (codec->kind == TEXT_UTF8 || (codec->keeps_ascii && PyUnicode_IS_ASCII(str)))
        return put_str(str, out);
    PyObject *bytes = text_encode(codec, self->ctx->state, str);
    int rc = bytes ? adapt_put(out, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes)) : -1;
    Py_XDECREF(bytes);
    return rc;
}

/* Whether the type's input reads a timestamp with a time zone, and leaves that out. */
static int
is_zoneless(uint32_t oid)
{
    static const uint16_t oids[] = {
        1114, 1082, 1083,
        1266, /* timestamp, date, time; timetz, whose zone INSERT makes the
                 session's */
        1115, 1182, 1183,
        1270, /* arrays of them */
        3908, 3912, 3909,
        3913,       /* tsrange, daterange; arrays of them */
        4533, 4535, /* tsmultirange, datemultirange */
    };
    for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
        if (oids[i] == oid)
            return 1;
    }
    return 0;
}

int
adapt_copy_text(adapt_copy *self, uint32_t oid, PyObject *value, bytebuf *out)
{
    size_t start = out->len;
    self->zoneless = is_zoneless(oid);
    switch (put_value(self, value, out)) {
    case VALUE_NULL:
        return adapt_put_literal(out, "\\N");
    case VALUE_PLAIN:
        return 0;
    case VALUE_TEXT:
    case VALUE_ARRAY:
        if (out->len == start)
            return 0;
        return escape(out, start) < 0 ? -1 : recode(self, out, start);
    default:
        return -1;
    }
}

PyObject *
adapt_copy_str(const adapt_ctx *ctx, PyObject *value)
{
    adapt_copy self;
    bytebuf text = BYTEBUF_INIT;
    PyObject *str = NULL;
    adapt_copy_init(&self, ctx);
    value_class what = put_value(&self, value, &text);
    if (what == VALUE_NULL)
        str = Py_NewRef(Py_None);
    else if (what != VALUE_FAILED)
        str = PyUnicode_DecodeUTF8(text.data ? text.data : "", (Py_ssize_t)text.len, NULL);
    bytebuf_free(&text);
    adapt_copy_clear(&self);
    return str;
}
