/* The binary format (that of a BINARY cursor) of the plainest types; other types come as bytes. */
#include "cast.h"

#include "cast_impl.h"

static uint64_t
big_endian(const char *bytes, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static PyObject *
wrong_size(const cast_ctx *ctx, Py_ssize_t len)
{
    PyErr_Format(ctx->state->DataError, "a binary value has a length its type does not have: %zd",
                 len);
    return NULL;
}

static CAST_DECODER(binary_integer)
{
    (void)column;
    switch (len) {
    case 2:
        return PyLong_FromLong((int16_t)big_endian(bytes, 2));
    case 4:
        return PyLong_FromLong((int32_t)big_endian(bytes, 4));
    case 8:
        return PyLong_FromLongLong((int64_t)big_endian(bytes, 8));
    default:
        return wrong_size(ctx, len);
    }
}

static CAST_DECODER(binary_oid)
{
    (void)column;
    return len == 4 ? PyLong_FromUnsignedLong((unsigned long)big_endian(bytes, 4))
                    : wrong_size(ctx, len);
}

static CAST_DECODER(binary_float)
{
    (void)column;
    if (len == 8) {
        uint64_t bits = big_endian(bytes, 8);
        double value;
        memcpy(&value, &bits, sizeof value);
        return PyFloat_FromDouble(value);
    }
    if (len == 4) {
        uint32_t bits = (uint32_t)big_endian(bytes, 4);
        float value;
        memcpy(&value, &bits, sizeof value);
        return PyFloat_FromDouble(value);
    }
    return wrong_size(ctx, len);
}

static CAST_DECODER(binary_boolean)
{
    (void)column;
    return len == 1 ? PyBool_FromLong(*bytes) : wrong_size(ctx, len);
}

static CAST_DECODER(binary_bytea)
{
    (void)ctx, (void)column;
    return cast_bytea_view(PyBytes_FromStringAndSize(bytes, len));
}

static CAST_DECODER(binary_uuid)
{
    (void)column;
    return len == 16 ? cast_uuid_from_bytes(ctx->state, (const unsigned char *)bytes)
                     : wrong_size(ctx, len);
}

static const struct {
    cast_fn fn;
    int plain;
    uint32_t oids[8];
} decoders[] = {
    {binary_integer, 1, {20, 21, 23}},
    {binary_oid, 1, {26}},
    {binary_float, 1, {700, 701}},
    {binary_boolean, 1, {16}},
    {cast_string, 1, {18, 19, 25, 705, 1042, 1043}},
    {binary_bytea, 1, {17}},
    {binary_uuid, 1, {2950}},
    {cast_json, 0, {114}},
};

cast_fn
cast_binary_find(uint32_t oid, int *plain)
{
    for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++)
        for (const uint32_t *known = decoders[i].oids; *known; known++)
            if (*known == oid) {
                *plain = decoders[i].plain;
                return decoders[i].fn;
            }
    *plain = 1;
    return cast_bytes;
}
