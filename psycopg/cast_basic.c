/* Text, bytes, booleans, bytea and UUIDs. */
#include "cast.h"

#include "cast_impl.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

CAST_DECODER(cast_string)
{
    (void)column;
    return cast_text(ctx, bytes, len);
}

CAST_DECODER(cast_bytes)
{
    (void)ctx, (void)column;
    return PyBytes_FromStringAndSize(bytes, len);
}

/* t and f from the server; true and false from those who call by hand. */
CAST_DECODER(cast_boolean)
{
    (void)column;
    char first = len ? (char)(bytes[0] | 0x20) : '\0';
    if (first == 't' && (len == 1 || (len == 4 && PyOS_strnicmp(bytes, "true", 4) == 0)))
        Py_RETURN_TRUE;
    if (first == 'f' && (len == 1 || (len == 5 && PyOS_strnicmp(bytes, "false", 5) == 0)))
        Py_RETURN_FALSE;
    return cast_error(ctx->state->InterfaceError, "can't parse boolean", bytes, len);
}

/* -- bytea ------------------------------------------------------------------------------------- */

const unsigned char cast_hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

#ifdef __SSE2__
/* Sixteen digits to eight bytes at once; 0 where one is no digit. */
static inline int
unhex_eight(const char *from, unsigned char *to)
{
    const __m128i ten = _mm_set1_epi8(10), six = _mm_set1_epi8(6), most = _mm_set1_epi8(127);
    __m128i text = _mm_loadu_si128((const __m128i *)from);
    __m128i decimal = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    __m128i letter = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    /* comparing is signed: what is below zero counts as large */
    __m128i is_decimal = _mm_cmplt_epi8(_mm_min_epu8(decimal, most), ten);
    __m128i is_letter = _mm_cmplt_epi8(_mm_min_epu8(letter, most), six);
    if (_mm_movemask_epi8(_mm_or_si128(is_decimal, is_letter)) != 0xffff)
        return 0;
    __m128i value = _mm_or_si128(_mm_and_si128(is_decimal, decimal),
                                 _mm_andnot_si128(is_decimal, _mm_add_epi8(letter, ten)));
    __m128i pairs = _mm_or_si128(_mm_slli_epi16(value, 4), _mm_srli_epi16(value, 8));
    pairs = _mm_and_si128(pairs, _mm_set1_epi16(0xff));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(pairs, pairs));
    return 1;
}
#endif

/* Two digits a byte; 0 where one is no digit. */
static inline int
unhex(const char *from, unsigned char *to, Py_ssize_t count)
{
    unsigned wrong = 0;
    Py_ssize_t i = 0;
#ifdef __SSE2__
    for (; count - i >= 8; i += 8)
        if (!unhex_eight(from + 2 * i, to + i))
            return 0;
#endif
    for (; i < count; i++) {
        unsigned high = cast_hex_digits[(unsigned char)from[2 * i]] - 1U;
        unsigned low = cast_hex_digits[(unsigned char)from[2 * i + 1]] - 1U;
        wrong |= high | low;
        to[i] = (unsigned char)(high << 4 | low);
    }
    return wrong <= 15;
}

/* One byte of the escape format; returns what follows it, NULL where it is malformed. */
static const char *
unescape(const char *p, const char *end, unsigned char *byte)
{
    if (*p != '\\') {
        *byte = (unsigned char)*p;
        return p + 1;
    }
    if (end - p >= 2 && p[1] == '\\') {
        *byte = '\\';
        return p + 2;
    }
    if (end - p < 4 || cast_digit(p[1]) > 3 || cast_digit(p[2]) > 7 || cast_digit(p[3]) > 7)
        return NULL;
    *byte = (unsigned char)(cast_digit(p[1]) << 6 | cast_digit(p[2]) << 3 | cast_digit(p[3]));
    return p + 4;
}

/* bytea_output = escape: the size it takes when `to` is NULL; -1 where it is malformed. */
static Py_ssize_t
unescape_all(const char *p, const char *end, unsigned char *to)
{
    Py_ssize_t n = 0;
    for (unsigned char byte; p < end; n++) {
        p = unescape(p, end, &byte);
        if (!p)
            return -1;
        if (to)
            to[n] = byte;
    }
    return n;
}

PyObject *
cast_bytea_view(PyObject *value)
{
    PyObject *view = value ? PyMemoryView_FromObject(value) : NULL;
    Py_XDECREF(value);
    return view;
}

CAST_DECODER(cast_bytea)
{
    (void)column;
    int hex = len >= 2 && bytes[0] == '\\' && bytes[1] == 'x';
    Py_ssize_t size = hex ? (len - 2) / 2 : unescape_all(bytes, bytes + len, NULL);
    if (size < 0 || (hex && len % 2))
        return cast_error(ctx->state->DataError, "can't parse bytea", bytes, len);
    PyObject *value = PyBytes_FromStringAndSize(NULL, size);
    if (!value)
        return NULL;
    unsigned char *to = (unsigned char *)PyBytes_AS_STRING(value);
    if (!hex)
        unescape_all(bytes, bytes + len, to);
    else if (!unhex(bytes + 2, to, size)) {
        Py_DECREF(value);
        return cast_error(ctx->state->DataError, "can't parse bytea", bytes, len);
    }
    return cast_bytea_view(value);
}

/* -- UUID -------------------------------------------------------------------------------------- */

/* uuid.UUID, and what setting its two members directly needs: that they are slots, as since
 * Python 3.8. Otherwise the members stay NULL and UUID(text) is called. Borrowed; NULL with an
 * exception. */
static PyObject *
uuid_type(module_state *state)
{
    if (state->cast_slots[CAST_SLOT_UUID])
        return state->cast_slots[CAST_SLOT_UUID];
    PyObject *type = cast_import("uuid", "UUID");
    PyObject *safe = type ? cast_import("uuid", "SafeUUID") : NULL;
    PyObject *unknown = safe ? PyObject_GetAttrString(safe, "unknown") : NULL;
    PyObject *slot_int = unknown ? PyObject_GetAttrString(type, "int") : NULL;
    PyObject *slot_safe = slot_int ? PyObject_GetAttrString(type, "is_safe") : NULL;
    if (slot_safe) {
        if (Py_IS_TYPE(slot_int, &PyMemberDescr_Type) &&
            Py_IS_TYPE(slot_safe, &PyMemberDescr_Type)) {
            Py_XSETREF(state->cast_slots[CAST_SLOT_UUID_INT], Py_NewRef(slot_int));
            Py_XSETREF(state->cast_slots[CAST_SLOT_UUID_SAFE], Py_NewRef(slot_safe));
            Py_XSETREF(state->cast_slots[CAST_SLOT_UUID_UNKNOWN], Py_NewRef(unknown));
        }
        Py_XSETREF(state->cast_slots[CAST_SLOT_UUID], Py_NewRef(type));
    }
    Py_XDECREF(slot_safe);
    Py_XDECREF(slot_int);
    Py_XDECREF(unknown);
    Py_XDECREF(safe);
    Py_XDECREF(type);
    return state->cast_slots[CAST_SLOT_UUID];
}

static int
set_member(PyObject *member, PyObject *object, PyObject *value)
{
    return Py_TYPE(member)->tp_descr_set(member, object, value);
}

static PyObject *
int_from_bytes(const unsigned char bytes[16])
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyLong_FromUnsignedNativeBytes(bytes, 16, Py_ASNATIVEBYTES_BIG_ENDIAN);
#else
    return _PyLong_FromByteArray(bytes, 16, 0, 0);
#endif
}

PyObject *
cast_uuid_from_bytes(module_state *state, const unsigned char bytes[16])
{
    PyTypeObject *type = (PyTypeObject *)uuid_type(state);  // borrowed
    if (!type)
        return NULL;
    PyObject *slot_int = state->cast_slots[CAST_SLOT_UUID_INT];  // borrowed
    if (!slot_int)
        return PyObject_CallFunction((PyObject *)type, "Oy#", Py_None, (const char *)bytes,
                                     (Py_ssize_t)16);
    PyObject *number = int_from_bytes(bytes);
    PyObject *uuid = number ? type->tp_alloc(type, 0) : NULL;
    if (uuid && (set_member(slot_int, uuid, number) < 0 ||
                 set_member(state->cast_slots[CAST_SLOT_UUID_SAFE], uuid,
                            state->cast_slots[CAST_SLOT_UUID_UNKNOWN]) < 0))
        Py_CLEAR(uuid);
    Py_XDECREF(number);
    return uuid;
}

/* Any other way to write a UUID, and the error where it is none. */
static PyObject *
slow_uuid(const cast_ctx *ctx, const char *bytes, Py_ssize_t len)
{
    PyObject *type = uuid_type(ctx->state);  // borrowed
    PyObject *text = type ? cast_text(ctx, bytes, len) : NULL;
    PyObject *uuid = text ? PyObject_CallOneArg(type, text) : NULL;
    Py_XDECREF(text);
    return uuid;
}

CAST_DECODER(cast_uuid)
{
    (void)column;
    unsigned char value[16];
    if (len != 36 || bytes[8] != '-' || bytes[13] != '-' || bytes[18] != '-' || bytes[23] != '-')
        return slow_uuid(ctx, bytes, len);
    if (!unhex(bytes, value, 4) || !unhex(bytes + 9, value + 4, 2) ||
        !unhex(bytes + 14, value + 6, 2) || !unhex(bytes + 19, value + 8, 2) ||
        !unhex(bytes + 24, value + 10, 6))
        return slow_uuid(ctx, bytes, len);
    return cast_uuid_from_bytes(ctx->state, value);
}
