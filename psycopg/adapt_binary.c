/* The adapters of bytes: Binary, and UUID_adapter. */
#include "adapt_impl.h"

#define HEX_ROW(h)                                                                                 \
    h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9" h "a" h "b" h "c" h "d" h "e" h "f"

/* Two digits for each byte. */
static const char hex_digits[] = HEX_ROW("0") HEX_ROW("1") HEX_ROW("2") HEX_ROW("3") HEX_ROW("4")
    HEX_ROW("5") HEX_ROW("6") HEX_ROW("7") HEX_ROW("8") HEX_ROW("9") HEX_ROW("a") HEX_ROW("b")
        HEX_ROW("c") HEX_ROW("d") HEX_ROW("e") HEX_ROW("f");

static inline char *
put_hex(char *to, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++, to += 2)
        memcpy(to, hex_digits + 2 * bytes[i], 2);
    return to;
}

/* '\x...'::bytea */
static int
write_hex(const adapt_ctx *ctx, const unsigned char *bytes, size_t len, bytebuf *out)
{
    int rc = ctx->std_strings ? adapt_put_literal(out, "'\\x") : adapt_put_literal(out, "E'\\\\x");
    if (rc < 0 || adapt_reserve(out, 2 * len + 10) < 0)
        return -1;
    put_hex(out->data + out->len, bytes, len);
    out->len += 2 * len;
    return adapt_put_literal(out, "'::bytea");
}

/* The other notation, for when there is no connection: any server reads it. */
static int
write_octal(const unsigned char *bytes, size_t len, bytebuf *out)
{
    if (adapt_put_literal(out, "'") < 0 || adapt_reserve(out, 4 * len + 10) < 0)
        return -1;
    char *to = out->data + out->len;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = bytes[i];
        if (c < 0x20 || c > 0x7e) {
            *to++ = '\\';
            *to++ = (char)('0' + (c >> 6));
            *to++ = (char)('0' + (c >> 3 & 7));
            *to++ = (char)('0' + (c & 7));
            continue;
        }
        if (c == '\'' || c == '\\')
            *to++ = (char)c;
        *to++ = (char)c;
    }
    out->len = (size_t)(to - out->data);
    return adapt_put_literal(out, "'::bytea");
}

static int
write_bytes(const adapt_ctx *ctx, const void *bytes, Py_ssize_t len, bytebuf *out)
{
    return ctx->conn ? write_hex(ctx, bytes, (size_t)len, out)
                     : write_octal(bytes, (size_t)len, out);
}

/* A view whose items do not stand in a row is written as its tobytes(). */
static int
write_scattered(const adapt_ctx *ctx, Py_buffer *view, bytebuf *out)
{
    char *flat = PyMem_Malloc(view->len ? (size_t)view->len : 1);
    if (!flat) {
        PyErr_NoMemory();
        return -1;
    }
    int rc = PyBuffer_ToContiguous(flat, view, view->len, 'C');
    if (rc == 0)
        rc = write_bytes(ctx, flat, view->len, out);
    PyMem_Free(flat);
    return rc;
}

int
adapt_write_binary(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (PyBytes_CheckExact(value))
        return write_bytes(ctx, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), out);
    if (value == Py_None)
        return adapt_put_literal(out, "NULL");
    if (!PyObject_CheckBuffer(value)) {
        PyErr_Format(PyExc_TypeError, "can't escape %.200s to binary", Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_FULL_RO) < 0)
        return -1;
    int rc = PyBuffer_IsContiguous(&view, 'C') ? write_bytes(ctx, view.buf, view.len, out)
                                               : write_scattered(ctx, &view, out);
    PyBuffer_Release(&view);
    return rc;
}

static PyObject *
binary_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_binary);
}

static PyObject *
binary_getquoted(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    adapt_box *self = (adapt_box *)op;
    if (self->buffer)
        return Py_NewRef(self->buffer);
    PyObject *result = adapt_box_getquoted(op, NULL);
    if (result)
        Py_XSETREF(self->buffer, Py_NewRef(result));
    return result;
}

PyDoc_STRVAR(
    binary_doc,
    "Binary(buffer, /)\n--\n\n"
    "The adapter of bytes, bytearray, memoryview and all that has their interface: a literal\n"
    "of type bytea. `TypeError` for other objects, when the literal is made.");

static PyMethodDef binary_methods[] = {
    ADAPT_BOX_GETQUOTED(binary_getquoted),
    ADAPT_BOX_PREPARE(adapt_box_prepare),
    ADAPT_BOX_CONFORM,
    {NULL, NULL, 0, NULL},
};

static PyMemberDef binary_members[] = {
    ADAPT_BOX_ADAPTED,
    {"buffer", T_OBJECT, offsetof(adapt_box, buffer), READONLY,
     "The literal (bytes), once it was made."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot binary_slots[] = {
    {Py_tp_doc, (void *)binary_doc},
    {Py_tp_new, binary_new},
    {Py_tp_str, adapt_box_str},
    {Py_tp_methods, binary_methods},
    {Py_tp_members, binary_members},
    ADAPT_BOX_SLOTS,
    {0, NULL},
};

static PyType_Spec binary_spec = {
    .name = "psycopg2.extensions.Binary",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = binary_slots,
};

/* -- UUID
 * --------------------------------------------------------------------------------------------------
 */

/* The 16 bytes of an int, big end first. */
static int
bytes_of_int(PyObject *number, unsigned char bytes[16])
{
    if (!PyLong_Check(number)) {
        PyErr_Format(PyExc_TypeError, "UUID.int must be int, not %.200s", Py_TYPE(number)->tp_name);
        return -1;
    }
#if PY_VERSION_HEX >= 0x030d0000
    Py_ssize_t size =
        PyLong_AsNativeBytes(number, bytes, 16,
                             Py_ASNATIVEBYTES_BIG_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER |
                                 Py_ASNATIVEBYTES_REJECT_NEGATIVE);
    if (size > 16)
        PyErr_SetString(PyExc_OverflowError, "UUID.int has more than 128 bits");
    return size >= 0 && size <= 16 ? 0 : -1;
#else
    return _PyLong_AsByteArray((PyLongObject *)number, bytes, 16, 0, 0);
#endif
}

int
adapt_uuid_bytes(module_state *state, PyObject *value, unsigned char bytes[16])
{
    PyObject *number = PyObject_GetAttr(value, state->adapt_slots[SLOT_STR_INT]);
    int rc = number ? bytes_of_int(number, bytes) : -1;
    Py_XDECREF(number);
    return rc;
}

/* A subclass, or something else: what str() says. */
static int
write_uuid_text(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    PyObject *str = PyObject_Str(value);
    int rc = str ? adapt_quote_str(ctx, str, out) : -1;
    Py_XDECREF(str);
    return rc < 0 ? -1 : adapt_put_literal(out, "::uuid");
}

int
adapt_write_uuid(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    module_state *state = ctx->state;
    if ((PyObject *)Py_TYPE(value) != state->uuid_type)
        return write_uuid_text(ctx, value, out);
    unsigned char bytes[16];
    if (adapt_uuid_bytes(state, value, bytes) < 0 || adapt_reserve(out, 64) < 0)
        return -1;
    char *to = out->data + out->len;
    *to++ = '\'';
    to = put_hex(to, bytes, 4);
    for (int i = 4; i < 10; i += 2) {
        *to++ = '-';
        to = put_hex(to, bytes + i, 2);
    }
    *to++ = '-';
    to = put_hex(to, bytes + 10, 6);
    out->len = (size_t)(to - out->data);
    return adapt_put_literal(out, "'::uuid");
}

static PyObject *
uuid_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_uuid);
}

static PyMethodDef uuid_methods[] = {
    ADAPT_BOX_GETQUOTED(adapt_box_getquoted),
    ADAPT_BOX_CONFORM,
    {NULL, NULL, 0, NULL},
};

static PyMemberDef uuid_members[] = {
    {"_uuid", T_OBJECT, offsetof(adapt_box, wrapped), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static int
uuid_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return adapt_box_init_named(self, args, kwargs, "uuid");
}

static PyType_Slot uuid_slots[] = {
    {Py_tp_doc, "UUID_adapter(uuid)\n--\n\nThe adapter of uuid.UUID: a literal of type uuid."},
    {Py_tp_new, uuid_new},
    {Py_tp_str, adapt_box_str},
    {Py_tp_methods, uuid_methods},
    {Py_tp_members, uuid_members},
    {Py_tp_init, uuid_init},
    ADAPT_BOX_SLOTS_BUT_INIT,
    {0, NULL},
};

static PyType_Spec uuid_spec = {
    .name = "psycopg2.extras.UUID_adapter",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = uuid_slots,
};

int
adapt_binary_init(PyObject *module, module_state *state)
{
    PyObject **slots = state->adapt_slots;
    if (state_add_type(module, &binary_spec, NULL, &slots[ADAPT_BYTES], "Binary") < 0)
        return -1;
    Py_XSETREF(slots[ADAPT_BYTEARRAY], Py_NewRef(slots[ADAPT_BYTES]));
    Py_XSETREF(slots[ADAPT_MEMORYVIEW], Py_NewRef(slots[ADAPT_BYTES]));
    return state_add_type(module, &uuid_spec, NULL, &slots[ADAPT_UUID], "UUID_adapter");
}
