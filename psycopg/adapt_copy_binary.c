/* The values of COPY's binary format: for the types whose bytes are simple, and for Python's own
 * types, whose values these can hold exactly as they would hold the text. PostgreSQL manual: COPY,
 * Binary Format; the bytes of a type are what its receive function reads. */
#include "adapt_copy.h"

#include "adapt_impl.h"
#include "adapt_wire.h"

#include <datetime.h>

/* -- Bytes -- */

/* Append a value of 4 or 8 bytes, behind its length. */
static int
add_int32(uint32_t n, bytebuf *out)
{
    char bytes[8];
    return adapt_put(out, bytes, (size_t)(adapt_put_int32(adapt_put_int32(bytes, 4), n) - bytes));
}

static int
add_int64(uint64_t n, bytebuf *out)
{
    char bytes[12];
    return adapt_put(out, bytes, (size_t)(adapt_put_int64(adapt_put_int32(bytes, 8), n) - bytes));
}

/* A value of unknown length begins: its length is told when it ends. */
static int
begin_value(bytebuf *out, size_t *start)
{
    *start = out->len;
    return adapt_put(out, "\0\0\0", 4);
}

static int
end_value(const adapt_copy *self, bytebuf *out, size_t start)
{
    size_t len = out->len - start - 4;
    if (len > INT32_MAX) {
        PyErr_SetString(self->ctx->state->DataError, "the value is longer than a column can hold");
        return -1;
    }
    adapt_put_int32(out->data + start, (uint32_t)len);
    return 0;
}

/* -- Numbers -- */

/* The value of an int, if it lies between the two. */
static int
read_int(PyObject *value, long long low, long long high, long long *n)
{
    int overflow;
    if (!PyLong_CheckExact(value))
        return 0;
    *n = PyLong_AsLongLongAndOverflow(value, &overflow);
    return !overflow && *n >= low && *n <= high;
}

#define INT_TYPE(name, low, high, write)                                                           \
    static int fits_##name(const adapt_copy *Py_UNUSED(self), PyObject *value)                     \
    {                                                                                              \
        long long n;                                                                               \
        return read_int(value, low, high, &n);                                                     \
    }                                                                                              \
    static int add_##name(adapt_copy *Py_UNUSED(self), PyObject *value, bytebuf *out)              \
    {                                                                                              \
        return write(PyLong_AsLongLong(value), out);                                               \
    }

static int
write_int16(long long n, bytebuf *out)
{
    char bytes[6];
    return adapt_put(out, bytes,
                     (size_t)(adapt_put_int16(adapt_put_int32(bytes, 2), (uint16_t)n) - bytes));
}

static int
write_int32(long long n, bytebuf *out)
{
    return add_int32((uint32_t)n, out);
}

static int
write_int64(long long n, bytebuf *out)
{
    return add_int64((uint64_t)n, out);
}

INT_TYPE(int2, INT16_MIN, INT16_MAX, write_int16)
INT_TYPE(int4, INT32_MIN, INT32_MAX, write_int32)
INT_TYPE(int8, INT64_MIN, INT64_MAX, write_int64)
INT_TYPE(oid, 0, UINT32_MAX, write_int32)

static int
fits_float8(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    long long n, exact = 1LL << 53;
    return PyFloat_CheckExact(value) || read_int(value, -exact, exact, &n);
}

static int
add_float8(adapt_copy *Py_UNUSED(self), PyObject *value, bytebuf *out)
{
    double d =
        PyFloat_CheckExact(value) ? PyFloat_AS_DOUBLE(value) : (double)PyLong_AsLongLong(value);
    return add_int64(adapt_float8_bits(d), out);
}

static int
fits_bool(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    return PyBool_Check(value);
}

static int
add_bool(adapt_copy *Py_UNUSED(self), PyObject *value, bytebuf *out)
{
    return adapt_put(out, value == Py_True ? "\0\0\0\1\1" : "\0\0\0\1\0", 5);
}

/* -- Text and bytes -- */

static int
fits_text(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    return PyUnicode_CheckExact(value);
}

static int
add_text(adapt_copy *self, PyObject *value, bytebuf *out)
{
    size_t start;
    if (begin_value(out, &start) < 0 || adapt_copy_encode(self, value, out) < 0)
        return -1;
    if (memchr(out->data + start + 4, 0, out->len - start - 4))
        return adapt_raise_nul();
    return end_value(self, out, start);
}

/* jsonb: a version, then the text. */
static int
add_jsonb(adapt_copy *self, PyObject *value, bytebuf *out)
{
    size_t start;
    if (begin_value(out, &start) < 0 || adapt_put(out, "\1", 1) < 0 ||
        adapt_copy_encode(self, value, out) < 0)
        return -1;
    if (memchr(out->data + start + 4, 0, out->len - start - 4))
        return adapt_raise_nul();
    return end_value(self, out, start);
}

static int
fits_bytea(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    return PyBytes_CheckExact(value) || PyByteArray_CheckExact(value) ||
           (Py_TYPE(value) == &PyMemoryView_Type &&
            PyBuffer_IsContiguous(PyMemoryView_GET_BUFFER(value), 'C'));
}

static int
add_bytea(adapt_copy *self, PyObject *value, bytebuf *out)
{
    size_t start;
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_FULL_RO) < 0)
        return -1;
    int rc = begin_value(out, &start);
    if (rc == 0)
        rc = adapt_put(out, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return rc < 0 ? -1 : end_value(self, out, start);
}

static int
fits_uuid(const adapt_copy *self, PyObject *value)
{
    return (PyObject *)Py_TYPE(value) == self->ctx->state->uuid_type;
}

static int
add_uuid(adapt_copy *self, PyObject *value, bytebuf *out)
{
    unsigned char bytes[16];
    if (adapt_uuid_bytes(self->ctx->state, value, bytes) < 0 || adapt_put(out, "\0\0\0\20", 4) < 0)
        return -1;
    return adapt_put(out, (const char *)bytes, sizeof bytes);
}

/* -- Dates and times -- */

static int
fits_date(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    return PyDate_CheckExact(value);
}

static int
add_date(adapt_copy *Py_UNUSED(self), PyObject *value, bytebuf *out)
{
    return add_int32((uint32_t)adapt_days(value), out);
}

static int
fits_time(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    return PyTime_CheckExact(value) && PyDateTime_TIME_GET_TZINFO(value) == Py_None;
}

static int
add_time(adapt_copy *Py_UNUSED(self), PyObject *value, bytebuf *out)
{
    int64_t us =
        adapt_clock_us(PyDateTime_TIME_GET_HOUR(value), PyDateTime_TIME_GET_MINUTE(value),
                       PyDateTime_TIME_GET_SECOND(value), PyDateTime_TIME_GET_MICROSECOND(value));
    return add_int64((uint64_t)us, out);
}

static int
fits_timestamp(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    return PyDateTime_CheckExact(value) && adapt_zone_of(value) == ADAPT_ZONE_NONE;
}

static int
add_timestamp(adapt_copy *Py_UNUSED(self), PyObject *value, bytebuf *out)
{
    return add_int64((uint64_t)adapt_timestamp_us(value), out);
}

/* A time zone of Python's own always knows its offset, and runs no code of the program's. */
static int
fits_timestamptz(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    if (!PyDateTime_CheckExact(value))
        return 0;
    PyTypeObject *type = Py_TYPE(PyDateTime_DATE_GET_TZINFO(value));
    return type == Py_TYPE(PyDateTime_TimeZone_UTC) || !strcmp(type->tp_name, "zoneinfo.ZoneInfo");
}

static int
add_timestamptz(adapt_copy *self, PyObject *value, bytebuf *out)
{
    module_state *state = self->ctx->state;
    int64_t us = adapt_timestamp_us(value);
    if (adapt_zone_of(value) != ADAPT_ZONE_UTC) {
        PyObject *delta = PyObject_CallMethodNoArgs(value, state->adapt_slots[SLOT_STR_UTCOFFSET]);
        if (!delta)
            return -1;
        int known = PyDelta_Check(delta);
        if (known)
            us -= PyDateTime_DELTA_GET_DAYS(delta) * ADAPT_DAY_US +
                  PyDateTime_DELTA_GET_SECONDS(delta) * INT64_C(1000000) +
                  PyDateTime_DELTA_GET_MICROSECONDS(delta);
        Py_DECREF(delta);
        if (!known) {
            PyErr_SetString(PyExc_TypeError, "utcoffset() must return a timedelta");
            return -1;
        }
    }
    return add_int64((uint64_t)us, out);
}

static int
fits_interval(const adapt_copy *Py_UNUSED(self), PyObject *value)
{
    return PyDelta_CheckExact(value);
}

static int
add_interval(adapt_copy *Py_UNUSED(self), PyObject *value, bytebuf *out)
{
    char bytes[20], *to = adapt_put_int32(bytes, 16);
    int64_t us = PyDateTime_DELTA_GET_SECONDS(value) * INT64_C(1000000) +
                 PyDateTime_DELTA_GET_MICROSECONDS(value);
    to = adapt_put_int64(to, (uint64_t)us);
    to = adapt_put_int32(to, (uint32_t)PyDateTime_DELTA_GET_DAYS(value));
    to = adapt_put_int32(to, 0);  // months
    return adapt_put(out, bytes, (size_t)(to - bytes));
}

/* -- Columns -- */

#define KIND(name) (1u << ADAPT_##name)

struct adapt_binary_type {
    uint32_t oid;
    uint32_t kinds; /* of the values that fit */
    int (*fits)(const adapt_copy *self, PyObject *value);
    int (*add)(adapt_copy *self, PyObject *value, bytebuf *out);
};

static const adapt_binary_type types[] = {
    {23, KIND(INT), fits_int4, add_int4},
    {25, KIND(STR), fits_text, add_text},
    {20, KIND(INT), fits_int8, add_int8},
    {701, KIND(FLOAT) | KIND(INT), fits_float8, add_float8},
    {1082, KIND(DATE), fits_date, add_date},
    {1114, KIND(DATETIME), fits_timestamp, add_timestamp},
    {1184, KIND(DATETIME), fits_timestamptz, add_timestamptz},
    {16, KIND(BOOL), fits_bool, add_bool},
    {1043, KIND(STR), fits_text, add_text}, /* varchar */
    {1042, KIND(STR), fits_text, add_text}, /* char(n) */
    {17, KIND(BYTES) | KIND(BYTEARRAY) | KIND(MEMORYVIEW), fits_bytea, add_bytea},
    {2950, KIND(UUID), fits_uuid, add_uuid},
    {114, KIND(STR), fits_text, add_text}, /* json */
    {3802, KIND(STR), fits_text, add_jsonb},
    {21, KIND(INT), fits_int2, add_int2},
    {26, KIND(INT), fits_oid, add_oid},
    {1083, KIND(TIME), fits_time, add_time},
    {1186, KIND(TIMEDELTA), fits_interval, add_interval},
};

const adapt_binary_type *
adapt_binary_find(uint32_t oid)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].oid == oid)
            return &types[i];
    }
    return NULL;
}

/* Whether the registry still has our own adapters for what fits these columns. */
static int
check_adapters(const adapt_copy *self, const adapt_binary_type *const *columns, Py_ssize_t width)
{
    uint32_t kinds = KIND(NONE);
    for (Py_ssize_t i = 0; i < width; i++)
        kinds |= columns[i]->kinds;
    return adapt_are_direct(self->ctx->state, kinds & ~KIND(NONE));
}

static int
record_fits(const adapt_copy *self, const adapt_binary_type *const *columns, Py_ssize_t width,
            PyObject *record)
{
    if ((!PyTuple_CheckExact(record) && !PyList_CheckExact(record)) ||
        PySequence_Fast_GET_SIZE(record) != width)
        return 0;
    for (Py_ssize_t i = 0; i < width; i++) {
        PyObject *value = PySequence_Fast_GET_ITEM(record, i);
        if (value != Py_None && !columns[i]->fits(self, value))
            return 0;
    }
    return 1;
}

/* Have what is looked at soon fetched from memory, which is what looking costs. */
static inline void
expect(PyObject *records, Py_ssize_t i)
{
    enum { RECORD = 16, VALUES = 8 };
    Py_ssize_t n = PySequence_Fast_GET_SIZE(records);
    if (i + RECORD < n)
        COMPAT_PREFETCH(PySequence_Fast_GET_ITEM(records, i + RECORD));
    PyObject *record = i + VALUES < n ? PySequence_Fast_GET_ITEM(records, i + VALUES) : NULL;
    for (Py_ssize_t c = 0; record && PyTuple_CheckExact(record) && c < PyTuple_GET_SIZE(record);
         c++)
        COMPAT_PREFETCH(PyTuple_GET_ITEM(record, c));
}

int
adapt_binary_fits(const adapt_copy *self, const adapt_binary_type *const *columns, Py_ssize_t width,
                  PyObject *records)
{
    enum { BETWEEN_SIGNALS = 1 << 16 };
    if (COMPAT_IMPORT_DATETIME() < 0)
        return -1;
    int fits = check_adapters(self, columns, width);
    for (Py_ssize_t i = 0; fits > 0 && i < PySequence_Fast_GET_SIZE(records); i++) {
        expect(records, i);
        fits = record_fits(self, columns, width, PySequence_Fast_GET_ITEM(records, i));
        if (fits && i % BETWEEN_SIGNALS == BETWEEN_SIGNALS - 1 && PyErr_CheckSignals() < 0)
            return -1;
    }
    return fits;
}

int
adapt_binary_value(adapt_copy *self, const adapt_binary_type *column, PyObject *value, bytebuf *out)
{
    if (value == Py_None)
        return adapt_put(out, "\377\377\377\377", 4);
    if (column->fits(self, value))
        return column->add(self, value, out);
    PyErr_SetString(PyExc_RuntimeError, "the records were changed while they were being sent");
    return -1;
}

int
adapt_binary_begin(bytebuf *out)
{
    return adapt_put(out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
}

int
adapt_binary_record(bytebuf *out, Py_ssize_t width)
{
    char bytes[2];
    adapt_put_int16(bytes, (uint16_t)width);
    return adapt_put(out, bytes, 2);
}

int
adapt_binary_end(bytebuf *out)
{
    return adapt_put(out, "\377\377", 2);
}
