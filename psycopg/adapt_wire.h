/* The bytes of the server's binary formats: what the receive function of a type reads. L2. */
#ifndef PSYCOPG_ADAPT_WIRE_H
#define PSYCOPG_ADAPT_WIRE_H

#include "compat.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline char *
adapt_put_int16(char *to, uint16_t n)
{
    *to++ = (char)(n >> 8);
    *to++ = (char)n;
    return to;
}

static inline char *
adapt_put_int32(char *to, uint32_t n)
{
    return adapt_put_int16(adapt_put_int16(to, (uint16_t)(n >> 16)), (uint16_t)n);
}

static inline char *
adapt_put_int64(char *to, uint64_t n)
{
    return adapt_put_int32(adapt_put_int32(to, (uint32_t)(n >> 32)), (uint32_t)n);
}

/* The bits of a float8. */
static inline uint64_t
adapt_float8_bits(double d)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000);  // the NaN that the server makes of its text
    if (!isnan(d))
        memcpy(&bits, &d, sizeof bits);
    return bits;
}

/* adapt_datetime.c */

/* date: days since 2000-01-01 of a datetime.date. */
int32_t adapt_days(PyObject *date);
/* time: microseconds since midnight. */
int64_t adapt_clock_us(int hour, int minute, int second, int micro);
/* timestamp: microseconds since 2000-01-01 of what a datetime.datetime shows. */
int64_t adapt_timestamp_us(PyObject *datetime);

typedef enum { ADAPT_ZONE_NONE, ADAPT_ZONE_UTC, ADAPT_ZONE_OTHER } adapt_zone;

/* What time zone it tells of. */
adapt_zone adapt_zone_of(PyObject *datetime);

#define ADAPT_DAY_US INT64_C(86400000000)

#endif
