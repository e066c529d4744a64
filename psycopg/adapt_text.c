/* The adapters of text: QuotedString, AsIs, NoneAdapter. */
#include "adapt_impl.h"

#include "note.h"

/* -- quoting
 * -----------------------------------------------------------------------------------------------
 */

/* Copy `len` bytes of a literal to `to`, which has room for twice as many, doubling quotes and, if
 * `backslash`, backslashes. Returns the end; NULL: there is a NUL. */
static char *
copy_quoted(char *to, const char *from, size_t len, int backslash)
{
    const char *end = from + len, special = backslash ? '\\' : '\'';
    while (from < end) {
        uint64_t word;
        if (end - from >= 8) {
            memcpy(&word, from, 8);
            if (!(adapt_has_byte(word, '\'') | adapt_has_byte(word, 0) |
                  adapt_has_byte(word, (unsigned char)special))) {
                memcpy(to, &word, 8);
                to += 8;
                from += 8;
                continue;
            }
        }
        const char *stop = end - from >= 8 ? from + 8 : end;
        for (; from < stop; from++) {
            if (*from == '\'' || *from == special)
                *to++ = *from;
            else if (*from == '\0')
                return NULL;
            *to++ = *from;
        }
    }
    return to;
}

int
adapt_raise_nul(void)
{
    PyErr_SetString(PyExc_ValueError, "A string literal cannot contain NUL (0x00) characters.");
    note_add(
        "the text types of PostgreSQL have no place for a NUL: take it out, or store bytes in a "
        "bytea");
    return -1;
}

static int
open_quote(const adapt_ctx *ctx, bytebuf *out)
{
    return ctx->std_strings ? adapt_put_literal(out, "'") : adapt_put_literal(out, "E'");
}

/* Quote bytes in which an ASCII byte always is that character. In pieces, so that there is no need
 * for twice the memory of a long text. */
static int
quote_plain(const adapt_ctx *ctx, const char *bytes, size_t len, bytebuf *out)
{
    if (adapt_reserve(out, len + 4) < 0 || open_quote(ctx, out) < 0)
        return -1;
    while (len) {
        size_t piece = len < 16384 ? len : 16384;
        if (adapt_reserve(out, 2 * piece + 1) < 0)
            return -1;
        char *end = copy_quoted(out->data + out->len, bytes, piece, !ctx->std_strings);
        if (!end)
            return adapt_raise_nul();
        out->len = (size_t)(end - out->data);
        bytes += piece;
        len -= piece;
    }
    return adapt_put_literal(out, "'");
}

/* Quote bytes of an encoding in which a quote or backslash may be the half of a character. */
static int
quote_escaped(const adapt_ctx *ctx, const char *bytes, size_t len, bytebuf *out)
{
    if (memchr(bytes, 0, len))
        return adapt_raise_nul();
    if (!ctx->escape) {
        PyErr_Format(ctx->state->ProgrammingError,
                     "text in the encoding '%s' cannot be quoted without an open connection",
                     ctx->codec.py_name);
        return -1;
    }
    if (open_quote(ctx, out) < 0 || adapt_reserve(out, 2 * len + 2) < 0)
        return -1;
    int bad = 0;
    out->len += ctx->escape(ctx->session, out->data + out->len, bytes, len, &bad);
    if (bad) {
        PyErr_Format(ctx->state->DataError, "the text is not valid in the client encoding '%s'",
                     ctx->codec.pg_name);
        return -1;
    }
    return adapt_put_literal(out, "'");
}

static int
is_ascii(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            return 0;
    }
    return 1;
}

int
adapt_quote(const adapt_ctx *ctx, const char *bytes, size_t len, bytebuf *out)
{
    if (ctx->codec.unsafe_trail && !is_ascii(bytes, len))
        return quote_escaped(ctx, bytes, len, out);
    return quote_plain(ctx, bytes, len, out);
}

/* A surrogate or NUL was met: say where the first surrogate is or else that there is a NUL. */
static int
raise_unencodable(PyObject *str)
{
    PyObject *utf8 = PyUnicode_AsUTF8String(str);
    Py_XDECREF(utf8);
    return utf8 ? adapt_raise_nul() : -1;
}

/* Quote a str as UTF-8, character by character: no copy of it is made, nor kept in it. */
static int
quote_utf8(const adapt_ctx *ctx, PyObject *str, bytebuf *out)
{
    enum { PIECE = 4096 };
    Py_ssize_t len = PyUnicode_GET_LENGTH(str);
    int kind = (int)PyUnicode_KIND(str);
    const void *data = PyUnicode_DATA(str);
    if (adapt_reserve(out, (size_t)len + 4) < 0 || open_quote(ctx, out) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < len;) {
        Py_ssize_t stop = len - i < PIECE ? len : i + PIECE;
        if (adapt_reserve(out, 4 * (size_t)(stop - i) + 1) < 0)
            return -1;
        char *to = out->data + out->len;
        for (; i < stop; i++) {
            Py_UCS4 c = PyUnicode_READ(kind, data, i);
            if (c >= 0x80) {
                to = adapt_put_utf8(to, c);
                if (!to)
                    return raise_unencodable(str);
                continue;
            }
            if (c == 0)
                return raise_unencodable(str);
            if (c == '\'' || (c == '\\' && !ctx->std_strings))
                *to++ = (char)c;
            *to++ = (char)c;
        }
        out->len = (size_t)(to - out->data);
    }
    return adapt_put_literal(out, "'");
}

int
adapt_quote_str(const adapt_ctx *ctx, PyObject *str, bytebuf *out)
{
    if (PyUnicode_READY(str) < 0)
        return -1;
    if ((PyUnicode_IS_ASCII(str) && ctx->codec.keeps_ascii) ||
        (ctx->codec.kind == TEXT_LATIN1 && PyUnicode_KIND(str) == PyUnicode_1BYTE_KIND))
        return quote_plain(ctx, (const char *)PyUnicode_1BYTE_DATA(str),
                           (size_t)PyUnicode_GET_LENGTH(str), out);
    if (ctx->codec.kind == TEXT_UTF8)
        return quote_utf8(ctx, str, out);
    PyObject *bytes = text_encode(&ctx->codec, ctx->state, str);
    if (!bytes)
        return -1;
    int rc = adapt_quote(ctx, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes), out);
    Py_DECREF(bytes);
    return rc;
}

int
adapt_write_str(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (PyUnicode_Check(value))
        return adapt_quote_str(ctx, value, out);
    if (PyBytes_Check(value))
        return adapt_quote(ctx, PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value), out);
    PyErr_SetString(PyExc_TypeError, "can't quote non-string object");
    return -1;
}

/* -- QuotedString
 * ------------------------------------------------------------------------------------------ */

typedef struct {
    adapt_box box;
    text_codec codec; /* latin1, until prepare() or `encoding` say otherwise */
} quoted_string;

static PyObject *
quotedstring_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    PyObject *self = adapt_box_new(type, adapt_write_str);
    if (self) {
        adapt_ctx ctx;
        adapt_ctx_default(&ctx, ((adapt_box *)self)->state);
        ((quoted_string *)self)->codec = ctx.codec;
    }
    return self;
}

static PyObject *
quotedstring_prepare(PyObject *self, PyObject *conn)
{
    adapt_ctx ctx;
    PyObject *none = adapt_box_prepare(self, conn);
    if (none && adapt_box_ctx((adapt_box *)self, &ctx) < 0)
        Py_CLEAR(none);
    if (none)
        ((quoted_string *)self)->codec = ctx.codec;
    return none;
}

static PyObject *
quotedstring_getquoted(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    adapt_box *self = (adapt_box *)op;
    if (self->buffer)
        return Py_NewRef(self->buffer);
    adapt_ctx ctx;
    PyObject *conn = Py_XNewRef(self->conn), *result = NULL;
    if (adapt_box_ctx(self, &ctx) == 0) {
        ctx.codec = ((quoted_string *)op)->codec;
        result = adapt_box_quote(self, &ctx);
    }
    if (result)
        Py_XSETREF(self->buffer, Py_NewRef(result));
    Py_XDECREF(conn);
    return result;
}

static PyObject *
quotedstring_str(PyObject *op)
{
    quoted_string *self = (quoted_string *)op;
    PyObject *quoted = quotedstring_getquoted(op, NULL);
    if (!quoted)
        return NULL;
    PyObject *result = text_decode(&self->codec, self->box.state, PyBytes_AS_STRING(quoted),
                                   PyBytes_GET_SIZE(quoted));
    Py_DECREF(quoted);
    return result;
}

static PyObject *
quotedstring_get_encoding(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(((quoted_string *)self)->codec.py_name);
}

static int
quotedstring_set_encoding(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    const char *name = NULL;
    if (!value)
        PyErr_SetString(PyExc_TypeError, "can't delete the encoding");
    else if (PyUnicode_Check(value))
        name = PyUnicode_AsUTF8(value);
    else if (PyBytes_Check(value))
        name = PyBytes_AS_STRING(value);
    else
        PyErr_Format(PyExc_TypeError, "Expected bytes or unicode string, got %.200s instead",
                     Py_TYPE(value)->tp_name);
    return name ? text_codec_set_python(&((quoted_string *)self)->codec, name) : -1;
}

PyDoc_STRVAR(quotedstring_doc,
             "QuotedString(text, /)\n--\n\n"
             "The adapter of str (and of bytes that are text in the client encoding): a quoted\n"
             "literal. Raises `ValueError` for a NUL, `UnicodeEncodeError` for what the encoding\n"
             "lacks, when the literal is made. libpq: PQescapeStringConn().");

static PyMethodDef quotedstring_methods[] = {
    ADAPT_BOX_GETQUOTED(quotedstring_getquoted),
    ADAPT_BOX_PREPARE(quotedstring_prepare),
    ADAPT_BOX_CONFORM,
    {NULL, NULL, 0, NULL},
};

static PyMemberDef quotedstring_members[] = {
    ADAPT_BOX_ADAPTED,
    {"buffer", T_OBJECT, offsetof(adapt_box, buffer), READONLY,
     "The literal (bytes), once it was made."},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef quotedstring_getset[] = {
    {"encoding", quotedstring_get_encoding, quotedstring_set_encoding,
     "Python's name of the encoding of the literal; prepare() sets it.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot quotedstring_slots[] = {
    {Py_tp_doc, (void *)quotedstring_doc},
    {Py_tp_new, quotedstring_new},
    {Py_tp_str, quotedstring_str},
    {Py_tp_methods, quotedstring_methods},
    {Py_tp_members, quotedstring_members},
    {Py_tp_getset, quotedstring_getset},
    ADAPT_BOX_SLOTS,
    {0, NULL},
};

static PyType_Spec quotedstring_spec = {
    .name = "psycopg2.extensions.QuotedString",
    .basicsize = sizeof(quoted_string),
    .flags = ADAPT_BOX_FLAGS,
    .slots = quotedstring_slots,
};

/* -- AsIs
 * --------------------------------------------------------------------------------------------------
 */

int
adapt_write_asis(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (value == Py_None)
        return adapt_put_literal(out, "NULL");
    PyObject *bytes = NULL, *str = PyObject_Str(value);
    Py_ssize_t len = 0;
    int rc = -1;
    const char *text = str ? text_peek(&ctx->codec, str, &len) : NULL;
    if (str && !text && (bytes = text_encode(&ctx->codec, ctx->state, str))) {
        text = PyBytes_AS_STRING(bytes);
        len = PyBytes_GET_SIZE(bytes);
    }
    if (text)
        rc = adapt_put(out, text, (size_t)len);
    Py_XDECREF(str);
    Py_XDECREF(bytes);
    return rc;
}

static PyObject *
asis_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_asis);
}

/* Nobody says for which connection this is: UTF-8. */
static PyObject *
asis_getquoted(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    adapt_ctx ctx;
    adapt_ctx_default(&ctx, ((adapt_box *)self)->state);
    ctx.codec.kind = TEXT_UTF8;
    return adapt_box_quote((adapt_box *)self, &ctx);
}

PyDoc_STRVAR(
    asis_doc,
    "AsIs(object, /)\n--\n\n"
    "An adapter that writes ``str(object)`` as it is, without quotes: never for data from\n"
    "outside. None is NULL.");

static PyMethodDef asis_methods[] = {
    ADAPT_BOX_GETQUOTED(asis_getquoted),
    ADAPT_BOX_CONFORM,
    {NULL, NULL, 0, NULL},
};

static PyMemberDef asis_members[] = {
    ADAPT_BOX_ADAPTED,
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot asis_slots[] = {
    {Py_tp_doc, (void *)asis_doc},
    {Py_tp_new, asis_new},
    {Py_tp_str, adapt_box_str},
    {Py_tp_methods, asis_methods},
    {Py_tp_members, asis_members},
    ADAPT_BOX_SLOTS,
    {0, NULL},
};

static PyType_Spec asis_spec = {
    .name = "psycopg2.extensions.AsIs",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = asis_slots,
};

/* -- NoneAdapter
 * ------------------------------------------------------------------------------------------- */

int
adapt_write_none(const adapt_ctx *Py_UNUSED(ctx), PyObject *Py_UNUSED(value), bytebuf *out)
{
    return adapt_put_literal(out, "NULL");
}

static PyObject *
none_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_none);
}

/* The original's parameter, which a subclass may give. */
static PyObject *
none_getquoted(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"_null", NULL};
    PyObject *null = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &null))
        return NULL;
    return null ? Py_NewRef(null) : PyBytes_FromString("NULL");
}

static PyMethodDef none_methods[] = {
    {"getquoted", COMPAT_METHOD(none_getquoted), METH_VARARGS | METH_KEYWORDS,
     "getquoted($self, _null=b'NULL')\n--\n\nNULL (bytes), or *_null*."},
    {NULL, NULL, 0, NULL},
};

static int
none_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return adapt_box_init_named(self, args, kwargs, "obj");
}

static PyType_Slot none_slots[] = {
    {Py_tp_doc, "NoneAdapter(obj)\n--\n\nThe adapter of None: NULL."},
    {Py_tp_new, none_new},
    {Py_tp_methods, none_methods},
    {Py_tp_init, none_init},
    ADAPT_BOX_SLOTS_BUT_INIT,
    {0, NULL},
};

static PyType_Spec none_spec = {
    .name = "psycopg2.extensions.NoneAdapter",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = none_slots,
};

int
adapt_text_init(PyObject *module, module_state *state)
{
    PyObject **slots = state->adapt_slots;
    if (state_add_type(module, &quotedstring_spec, NULL, &slots[ADAPT_STR], "QuotedString") < 0 ||
        state_add_type(module, &asis_spec, NULL, &slots[SLOT_ASIS], "AsIs") < 0)
        return -1;
    return state_add_type(module, &none_spec, NULL, &slots[ADAPT_NONE], "NoneAdapter");
}
