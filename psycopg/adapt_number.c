/* The adapters of numbers: Boolean, Int, Float, Decimal. A negative number has a blank before it,
 * so that a minus sign in the query does not make a comment of it. */
#include "adapt_impl.h"

#include <math.h>

/* -- Boolean
 * -----------------------------------------------------------------------------------------------
 */

int
adapt_write_bool(const adapt_ctx *Py_UNUSED(ctx), PyObject *value, bytebuf *out)
{
    int truth = PyObject_IsTrue(value);
    if (truth < 0)
        return -1;
    return truth ? adapt_put_literal(out, "true") : adapt_put_literal(out, "false");
}

/* -- Int
 * ---------------------------------------------------------------------------------------------------
 */

/* The digits of `n`, written from the end of 20 bytes of room; returns the first. */
static char *
put_digits(char *end, unsigned long long n)
{
    while (n >= 100) {
        end -= 2;
        adapt_two_digits(end, (unsigned)(n % 100));
        n /= 100;
    }
    if (n >= 10) {
        end -= 2;
        adapt_two_digits(end, (unsigned)n);
    } else
        *--end = (char)('0' + n);
    return end;
}

static int
write_long_long(long long n, bytebuf *out)
{
    char room[24], *end = room + sizeof(room);
    char *start = put_digits(end, n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n);
    if (n < 0) {
        *--start = '-';
        *--start = ' ';
    }
    return adapt_put(out, start, (size_t)(end - start));
}

enum {
    LIMB = 1000000000,       /* what a place of a big number counts to */
    MAX_DIGITS = 131072,     /* before the decimal point, of PostgreSQL's numeric */
    MAX_HEX_DIGITS = 108856, /* more are more than MAX_DIGITS digits for sure */
};

/* Hexadecimal digits into decimal ones. CPython refuses to do this for more than 4300 digits, lest
 * an attacker keep it busy; here what the server can take is the limit. */
static int
write_hex_as_decimal(const char *hex, size_t n, bytebuf *out)
{
    size_t room = n * 5 / 36 + 2, used = 1;  // 4 bits are 1.2042 digits: less than 5 / 4
    uint32_t *limbs = PyMem_Calloc(room, sizeof(*limbs));
    if (!limbs) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < n;) {
        uint64_t carry = 0, scale = 1;
        for (size_t stop = i + 8 < n ? i + 8 : n; i < stop; i++, scale *= 16)
            carry = carry * 16 + (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
        for (size_t j = 0; j < used; j++) {
            carry += limbs[j] * scale;
            limbs[j] = (uint32_t)(carry % LIMB);
            carry /= LIMB;
        }
        for (; carry; carry /= LIMB)
            limbs[used++] = (uint32_t)(carry % LIMB);
    }
    int rc = write_long_long(limbs[used - 1], out);
    if (rc == 0)
        rc = adapt_reserve(out, 9 * used);
    for (size_t j = used - 1; rc == 0 && j > 0; j--) {
        uint32_t limb = limbs[j - 1];
        for (int k = 8; k >= 0; k--, limb /= 10)
            out->data[out->len + (size_t)k] = (char)('0' + limb % 10);
        out->len += 9;
    }
    PyMem_Free(limbs);
    return rc;
}

static int
write_big_int(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    PyObject *hex = PyNumber_ToBase(value, 16);
    if (!hex)
        return -1;
    Py_ssize_t len;
    int rc = -1;
    const char *digits = PyUnicode_AsUTF8AndSize(hex, &len);
    if (digits) {
        int minus = digits[0] == '-';
        digits += minus + 2;  // "0x"
        len -= minus + 2;
        if (len > MAX_HEX_DIGITS)
            PyErr_Format(ctx->state->DataError,
                         "can't adapt an int of more than %d digits: numeric has no room for it",
                         MAX_DIGITS);
        else if (!minus || adapt_put_literal(out, " -") == 0)
            rc = write_hex_as_decimal(digits, (size_t)len, out);
    }
    Py_DECREF(hex);
    return rc;
}

int
adapt_write_int(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    PyNumberMethods *methods = Py_TYPE(value)->tp_as_number;
    PyObject *number =
        NULL;  // an int, or a subclass that does not convert itself in a way of its own
    if (PyLong_Check(value) && methods && methods->nb_int == PyLong_Type.tp_as_number->nb_int)
        number = Py_NewRef(value);
    else
        number = PyNumber_Long(value);
    if (!number)
        return -1;
    int overflow, rc;
    long long n = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow)
        rc = write_big_int(ctx, number, out);
    else
        rc = n == -1 && PyErr_Occurred() ? -1 : write_long_long(n, out);
    Py_DECREF(number);
    return rc;
}

/* -- Float
 * -------------------------------------------------------------------------------------------------
 */

/* Try to write a number that has a few decimals at most. A quotient of two integers that a double
 * holds exactly is rounded correctly, so when it is `d`, its digits are a decimal that reads as
 * `d`; and of at most 15 digits there is only one such: the one that repr() finds the long way. 1:
 * written, 0: not such a number, -1 error. */
static int
write_short_double(double d, bytebuf *out)
{
    static const struct {
        double scale, limit;
        int decimals;
    } tries[] = {{1e3, 1e12, 3}, {1e9, 1e6, 9}};
    double size = fabs(d), scaled = 0;
    int decimals = 0;
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]) && !decimals; i++) {
        if (size < 1e-4 || size >= tries[i].limit)
            continue;
        scaled = nearbyint(size * tries[i].scale);
        if (scaled / tries[i].scale == size)
            decimals = tries[i].decimals;
    }
    if (!decimals)
        return 0;
    unsigned long long n = (unsigned long long)scaled;
    for (; n % 10 == 0 && decimals > 1; n /= 10)
        decimals--;
    char room[32], *end = room + sizeof(room), *start = end;
    for (int i = 0; i < decimals; i++, n /= 10)
        *--start = (char)('0' + n % 10);
    *--start = '.';
    start = put_digits(start, n);
    if (d < 0) {
        *--start = '-';
        *--start = ' ';
    }
    return adapt_put(out, start, (size_t)(end - start)) < 0 ? -1 : 1;
}

static int
write_double(double d, bytebuf *out)
{
    if (isnan(d))
        return adapt_put_literal(out, "'NaN'::float");
    if (isinf(d))
        return d < 0 ? adapt_put_literal(out, "'-Infinity'::float")
                     : adapt_put_literal(out, "'Infinity'::float");
    if (d == 0 && signbit(d))  // a bare -0.0 is a numeric to the server, which has no such zero
        return adapt_put_literal(out, "'-0.0'::float");
    if (fabs(d) < 1e15 && (double)(long long)d == d) {
        if (write_long_long((long long)d, out) < 0)
            return -1;
        return adapt_put_literal(out, ".0");
    }
    int written = write_short_double(d, out);
    if (written)
        return written < 0 ? -1 : 0;
    char *text = PyOS_double_to_string(d, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (!text)
        return -1;
    int rc = text[0] == '-' ? adapt_put_literal(out, " ") : 0;
    if (rc == 0)
        rc = adapt_put(out, text, strlen(text));
    PyMem_Free(text);
    return rc;
}

int
adapt_write_float(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (PyFloat_Check(value))  // its value, not the repr() of a subclass: numpy's is no SQL
        return write_double(PyFloat_AS_DOUBLE(value), out);
    if (PyBool_Check(value))
        return value == Py_True ? adapt_put_literal(out, "True") : adapt_put_literal(out, "False");
    if (PyLong_Check(value))
        return adapt_write_int(ctx, value, out);
    double d = PyFloat_AsDouble(value);
    return d == -1.0 && PyErr_Occurred() ? -1 : write_double(d, out);
}

/* -- Decimal
 * -----------------------------------------------------------------------------------------------
 */

int
adapt_write_decimal(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    PyTypeObject *type = (PyTypeObject *)ctx->state->decimal_type;
    if (!PyObject_TypeCheck(value, type)) {
        PyErr_Format(PyExc_TypeError, "can't adapt %.200s as a Decimal", Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *str = type->tp_str(value);  // the value, not the __str__() of a subclass
    Py_ssize_t len = 0;
    const char *text = str ? PyUnicode_AsUTF8AndSize(str, &len) : NULL;
    int rc = -1;
    if (text) {
        int minus = text[0] == '-';
        if (text[minus] < '0' ||
            text[minus] > '9')  // NaN, sNaN, Infinity: numeric before 14 has one
            rc = adapt_put_literal(out, "'NaN'::numeric");
        else if (!minus || adapt_put_literal(out, " ") == 0)
            rc = adapt_put(out, text, (size_t)len);
    }
    Py_XDECREF(str);
    return rc;
}

/* -- the types
 * --------------------------------------------------------------------------------------------- */

static PyObject *
boolean_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_bool);
}

static PyObject *
int_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_int);
}

static PyObject *
float_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_float);
}

static PyObject *
decimal_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, adapt_write_decimal);
}

static PyMethodDef number_methods[] = {
    ADAPT_BOX_GETQUOTED(adapt_box_getquoted),
    ADAPT_BOX_CONFORM,
    {NULL, NULL, 0, NULL},
};

static PyMemberDef number_members[] = {
    ADAPT_BOX_ADAPTED,
    {NULL, 0, 0, 0, NULL},
};

#define NUMBER_SLOTS(new_func, doc)                                                                \
    {                                                                                              \
        {Py_tp_doc, doc}, {Py_tp_new, new_func}, {Py_tp_str, adapt_box_str},                       \
            {Py_tp_methods, number_methods}, {Py_tp_members, number_members}, ADAPT_BOX_SLOTS,     \
        {                                                                                          \
            0, NULL                                                                                \
        }                                                                                          \
    }

#define NUMBER_SPEC(type_name, type_slots)                                                         \
    {                                                                                              \
        .name = type_name, .basicsize = sizeof(adapt_box), .flags = ADAPT_BOX_FLAGS,               \
        .slots = type_slots                                                                        \
    }

static PyType_Slot boolean_slots[] = NUMBER_SLOTS(
    boolean_new, "Boolean(obj, /)\n--\n\nThe adapter of bool: true or false, by bool(obj).");
static PyType_Slot int_slots[] =
    NUMBER_SLOTS(int_new, "Int(obj, /)\n--\n\nThe adapter of int: the digits of int(obj).");
static PyType_Slot float_slots[] = NUMBER_SLOTS(
    float_new, "Float(obj, /)\n--\n\nThe adapter of float: as many digits as tell it from its "
               "neighbours.");
static PyType_Slot decimal_slots[] = NUMBER_SLOTS(
    decimal_new, "Decimal(obj, /)\n--\n\nThe adapter of decimal.Decimal: its digits as they "
                 "stand. All that is not finite is NaN.");

static PyType_Spec boolean_spec = NUMBER_SPEC("psycopg2.extensions.Boolean", boolean_slots);
static PyType_Spec int_spec = NUMBER_SPEC("psycopg2.extensions.Int", int_slots);
static PyType_Spec float_spec = NUMBER_SPEC("psycopg2.extensions.Float", float_slots);
static PyType_Spec decimal_spec = NUMBER_SPEC("psycopg2._psycopg.Decimal", decimal_slots);

int
adapt_number_init(PyObject *module, module_state *state)
{
    PyObject **slots = state->adapt_slots;
    if (state_add_type(module, &boolean_spec, NULL, &slots[ADAPT_BOOL], "Boolean") < 0 ||
        state_add_type(module, &int_spec, NULL, &slots[ADAPT_INT], "Int") < 0 ||
        state_add_type(module, &float_spec, NULL, &slots[ADAPT_FLOAT], "Float") < 0)
        return -1;
    return state_add_type(module, &decimal_spec, NULL, &slots[ADAPT_DECIMAL], "Decimal");
}
