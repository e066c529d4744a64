/* Decimal text to the nearest double, exact to the bit. Plain C but for the headers.
 *
 * The number is digits times a power of ten. Small ones are one exact multiplication (Clinger,
 * 1990); for the others 128 bits of the power of five are enough to round right (Eisel and Lemire,
 * 2021; Mushtak and Lemire, 2023, show that no case is left over when the digits fit 64 bits). What
 * is left, more digits and the edges of the range, is the caller's. */
#include "cast.h"

#include <float.h>

#include "cast_impl.h"
#include "cast_powers.h"

enum {
    MOST_DIGITS = 19,   /* always fit 64 bits */
    MANTISSA_BITS = 52, /* that a double stores */
    EXPONENT_BIAS = 1023,
    EXPONENT_MAX = 0x7ff, /* infinity's */
    EXACT_POWER = 22,     /* 10**22 is a double, 10**23 is not */
    TIE_FIRST = -4,
    TIE_LAST = 23 /* only with these powers of ten can a number lie half way between two doubles */
};

typedef struct {
    uint64_t digits;
    int power; /* of ten */
    int negative;
} decimal;

/* -- text to digits ---------------------------------------------------------------------------- */

/* Eight digits at once: 1, or 0 where they are not all digits. */
static inline int
eight_digits(const char *p, uint64_t *value)
{
    uint64_t v = cast_eight_bytes(p);
    if (((v & 0xf0f0f0f0f0f0f0f0) | (((v + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) !=
        0x3333333333333333)
        return 0;
    v = (v & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8; /* pairs: 10 * a + b */
    v = (v & 0x00ff00ff00ff00ff) * 6553601 >> 16;
    *value = (v & 0x0000ffff0000ffff) * 42949672960001 >> 32;
    return 1;
}

/* Take a run of digits in; stops at the first other character. The value wraps when there are too
 * many: count. */
static const char *
read_digits(const char *p, const char *end, uint64_t *value)
{
    uint64_t v = *value, eight;
    while (end - p >= 8 && eight_digits(p, &eight)) {
        v = v * 100000000 + eight;
        p += 8;
    }
    for (unsigned one; p < end && (one = cast_digit(*p)) <= 9; p++)
        v = v * 10 + one;
    *value = v;
    return p;
}

/* e[+-]digits, up to the end. 0 where it is something else. */
static int
read_exponent(const char *p, const char *end, int *power)
{
    int negative = 0, value = 0;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end || end - p > 4)
        return 0;
    for (; p < end; p++) {
        unsigned one = cast_digit(*p);
        if (one > 9)
            return 0;
        value = value * 10 + (int)one;
    }
    *power = negative ? -value : value;
    return 1;
}

static int
read_decimal(const char *p, const char *end, decimal *number)
{
    *number = (decimal){0};
    if (p < end && (*p == '-' || *p == '+'))
        number->negative = *p++ == '-';
    const char *first = p;
    p = read_digits(p, end, &number->digits);
    Py_ssize_t count = p - first;
    if (p < end && *p == '.') {
        const char *point = p;
        p = read_digits(p + 1, end, &number->digits);
        count += p - point - 1;
        if (count > MOST_DIGITS) /* zeros in front do not count */
            for (; first < p && (*first == '0' || *first == '.'); first++)
                count -= *first == '0';
        if (p - point > 400)
            return 0;
        number->power = -(int)(p - point - 1);
    }
    if (count == 0 || count > MOST_DIGITS)
        return 0;
    if (p < end) {
        int power;
        if ((*p != 'e' && *p != 'E') || !read_exponent(p + 1, end, &power))
            return 0;
        number->power += power;
    }
    return 1;
}

/* -- digits to a double ------------------------------------------------------------------------ */

#if FLT_EVAL_METHOD == 0
/* Where digits and power of ten are both exact doubles, one operation rounds once. */
static int
exact(const decimal *number, double *value)
{
    static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (number->digits >> (MANTISSA_BITS + 1) || number->power < -EXACT_POWER ||
        number->power > EXACT_POWER)
        return 0;
    double digits = (double)number->digits;
    *value = number->power < 0 ? digits / powers_of_ten[-number->power]
                               : digits * powers_of_ten[number->power];
    return 1;
}
#else
static int
exact(const decimal *number, double *value)
{
    (void)number, (void)value;
    return 0;
}
#endif

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128;

/* The upper 128 bits of digits * 5**power, as far as rounding needs them. */
static inline uint128
multiply(uint64_t digits, int power)
{
    const uint64_t *five = powers_of_five[power - POWERS_FIRST];
    const uint64_t undecided = UINT64_MAX >> (MANTISSA_BITS + 3);
    uint128 product = (uint128)digits * five[0];
    if (((uint64_t)(product >> 64) & undecided) == undecided)
        product += ((uint128)digits * five[1]) >> 64;
    return product;
}

static int
rounded(const decimal *number, double *value)
{
    if (number->digits == 0 || number->power < POWERS_FIRST || number->power > POWERS_LAST)
        return 0;
    int zeros = __builtin_clzll(number->digits);
    uint128 product = multiply(number->digits << zeros, number->power);
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    int upper = (int)(high >> 63);
    int shift = upper + 64 - MANTISSA_BITS - 3;
    uint64_t mantissa = high >> shift; /* with one bit more, to round by */
    /* 217706 / 65536 is log2(10) */
    int exponent = ((217706 * number->power) >> 16) + 63 + EXPONENT_BIAS + upper - zeros;
    if (exponent <= 0)
        return 0;
    int tie = low <= 1 && number->power >= TIE_FIRST && number->power <= TIE_LAST &&
              mantissa << shift == high;
    if (tie && (mantissa & 3) == 1)
        mantissa &= ~(uint64_t)1; /* to even */
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa >> (MANTISSA_BITS + 1)) {
        mantissa >>= 1;
        exponent++;
    }
    if (exponent >= EXPONENT_MAX)
        return 0;
    uint64_t bits = (mantissa & ~((uint64_t)1 << MANTISSA_BITS)) | (uint64_t)exponent
                                                                       << MANTISSA_BITS;
    memcpy(value, &bits, sizeof bits);
    return 1;
}
#else
static int
rounded(const decimal *number, double *value)
{
    (void)number, (void)value;
    return 0;
}
#endif

int
cast_parse_double(const char *bytes, Py_ssize_t len, double *value)
{
    decimal number;
    if (!read_decimal(bytes, bytes + len, &number))
        return 0;
    if (!exact(&number, value) && !rounded(&number, value))
        return 0;
    if (number.negative)
        *value = -*value;
    return 1;
}
