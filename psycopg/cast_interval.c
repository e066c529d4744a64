/* Intervals in all four IntervalStyles; the text tells which one it is. A month has 30 days, a year
 * 365. */
#include "cast.h"

#include "cast_impl.h"

enum { DAYS_A_YEAR = 365, DAYS_A_MONTH = 30, MICRO_DIGITS = 6 };
/* Limits far above what PostgreSQL writes; within them no sum here overflows. */
enum { MOST_LENGTH = 255, MOST_DIGITS = 12, MOST_BARE_DIGITS = 18 };

typedef struct {
    int64_t years, months, days, seconds, micro;
} span;

/* One number: sign, digits, fraction. */
typedef struct {
    int negative, has_sign, has_fraction;
    int64_t whole;
    int micro;
} quantity;

/* -- reading numbers --------------------------------------------------------------------------- */
/* Each returns what follows it, or NULL: something else stands there, or a number too large for any
 * interval. */

static const char *
read_whole(const char *p, const char *end, int most, int64_t *value)
{
    const char *first = p;
    int64_t n = 0;
    for (unsigned one; p < end && (one = cast_digit(*p)) <= 9; p++) {
        if (p - first == most)
            return NULL;
        n = n * 10 + one;
    }
    *value = n;
    return p > first ? p : NULL;
}

/* The digits behind a point, rounded to a millionth. */
static const char *
read_fraction(const char *p, const char *end, int *micro)
{
    const char *first = p;
    int n = 0, up = 0;
    for (unsigned one; p < end && (one = cast_digit(*p)) <= 9; p++) {
        if (p - first < MICRO_DIGITS)
            n = n * 10 + (int)one;
        else if (p - first == MICRO_DIGITS)
            up = one >= 5;
    }
    for (Py_ssize_t i = p - first; i < MICRO_DIGITS; i++)
        n *= 10;
    *micro = n + up;
    return p > first ? p : NULL;
}

static const char *
read_quantity(const char *p, const char *end, quantity *q)
{
    *q = (quantity){0};
    if (p < end && (*p == '+' || *p == '-')) {
        q->has_sign = 1;
        q->negative = *p++ == '-';
    }
    p = read_whole(p, end, MOST_DIGITS, &q->whole);
    if (p && p < end && *p == '.') {
        q->has_fraction = 1;
        p = read_fraction(p + 1, end, &q->micro);
    }
    return p;
}

/* What follows the hours of a time: :MM[:SS[.ffffff]]; all take the sign of the hours. */
static const char *
read_minutes(const char *p, const char *end, const quantity *hours, int negative, span *s)
{
    int64_t minutes = 0, seconds = 0;
    int micro = 0;
    if (hours->has_fraction)
        return NULL;
    p = read_whole(p + 1, end, MOST_DIGITS, &minutes);
    if (p && p < end && *p == ':')
        p = read_whole(p + 1, end, MOST_DIGITS, &seconds);
    if (p && p < end && *p == '.')
        p = read_fraction(p + 1, end, &micro);
    if (!p)
        return NULL;
    int64_t total = hours->whole * 3600 + minutes * 60 + seconds;
    s->seconds += negative ? -total : total;
    s->micro += negative ? -micro : micro;
    return p;
}

/* -- units ------------------------------------------------------------------------------------- */

typedef enum {
    UNIT_YEAR,
    UNIT_MONTH,
    UNIT_WEEK,
    UNIT_DAY,
    UNIT_HOUR,
    UNIT_MINUTE,
    UNIT_SECOND
} unit;

/* Add so many of a unit; 0 where only seconds could have a fraction. */
static int
add_unit(span *s, const quantity *q, unit u)
{
    if (q->has_fraction && u != UNIT_SECOND)
        return 0;
    int64_t n = q->negative ? -q->whole : q->whole;
    switch (u) {
    case UNIT_YEAR:
        s->years += n;
        break;
    case UNIT_MONTH:
        s->months += n;
        break;
    case UNIT_WEEK:
        s->days += n * 7;
        break;
    case UNIT_DAY:
        s->days += n;
        break;
    case UNIT_HOUR:
        s->seconds += n * 3600;
        break;
    case UNIT_MINUTE:
        s->seconds += n * 60;
        break;
    case UNIT_SECOND:
        s->seconds += n;
        s->micro += q->negative ? -q->micro : q->micro;
        break;
    }
    return 1;
}

/* A unit's name in the postgres and postgres_verbose styles, in the singular or with an s. */
static const char *
read_unit(const char *p, const char *end, unit *u)
{
    static const struct {
        const char *name;
        unit u;
    } units[] = {
        {"year", UNIT_YEAR}, {"mon", UNIT_MONTH},  {"day", UNIT_DAY},
        {"hour", UNIT_HOUR}, {"min", UNIT_MINUTE}, {"sec", UNIT_SECOND},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t n = strlen(units[i].name);
        if ((size_t)(end - p) < n || memcmp(p, units[i].name, n) != 0)
            continue;
        *u = units[i].u;
        p += n;
        return p < end && *p == 's' ? p + 1 : p;
    }
    return NULL;
}

/* -- the styles: each reads up to the end, or returns 0 ---------------------------------------- */

static const char *
skip_space(const char *p, const char *end)
{
    return p < end && *p == ' ' ? p + 1 : p;
}

/* postgres: 1 year 2 mons -3 days +04:05:06.7; postgres_verbose: @ 1 year 2 mons -3 days 4
 * hours 6.7 secs ago */
static int
read_worded(const char *p, const char *end, span *s)
{
    int verbose = *p == '@';
    p += verbose;
    while (p < end) {
        quantity q;
        unit u;
        p = skip_space(p, end);
        if (verbose && end - p == 3 && memcmp(p, "ago", 3) == 0) {
            *s = (span){-s->years, -s->months, -s->days, -s->seconds, -s->micro};
            return 1;
        }
        if (!(p = read_quantity(p, end, &q)))
            return 0;
        if (p < end && *p == ':') {
            p = read_minutes(p, end, &q, q.negative, s);
        } else if (p < end && *p == ' ') {
            p = read_unit(p + 1, end, &u);
            if (p && !add_unit(s, &q, u))
                return 0;
        } else if (!(verbose && p == end && q.whole == 0 && !q.has_fraction)) { /* "@ 0" */
            return 0;
        }
        if (!p || (p < end && *p != ' '))
            return 0;
    }
    return 1;
}

/* sql_standard: +1-2 -3 +4:05:06.7; a minus in front of the first goes for all that have no sign.
 */
static int
read_sql(const char *p, const char *end, span *s)
{
    int negative = *p == '-';
    while (p < end) {
        quantity q;
        p = skip_space(p, end);
        if (!(p = read_quantity(p, end, &q)))
            return 0;
        if (!q.has_sign)
            q.negative = negative;
        if (p < end && *p == ':') {
            p = read_minutes(p, end, &q, q.negative, s);
        } else if (p < end && *p == '-' && !q.has_fraction) {
            int64_t months = 0;
            p = read_whole(p + 1, end, MOST_DIGITS, &months);
            s->years += q.negative ? -q.whole : q.whole;
            s->months += q.negative ? -months : months;
        } else if (!add_unit(s, &q, UNIT_DAY)) {
            return 0;
        }
        if (!p || (p < end && *p != ' '))
            return 0;
    }
    return 1;
}

/* iso_8601: P1Y2M-3DT4H5M6.7S */
static int
read_iso(const char *p, const char *end, span *s)
{
    static const char dates[] = "YMWD", times[] = "HMS";
    static const unit date_units[] = {UNIT_YEAR, UNIT_MONTH, UNIT_WEEK, UNIT_DAY};
    static const unit time_units[] = {UNIT_HOUR, UNIT_MINUTE, UNIT_SECOND};
    int in_time = 0;
    if (end - p < 3)
        return 0;
    for (p++; p < end;) {
        quantity q;
        if (*p == 'T' && !in_time) {
            in_time = 1;
            p++;
        }
        p = read_quantity(p, end, &q);
        if (!p || p == end)
            return 0;
        const char *letters = in_time ? times : dates;
        const char *found = strchr(letters, *p);
        if (!*p || !found || !add_unit(s, &q, (in_time ? time_units : date_units)[found - letters]))
            return 0;
        p++;
    }
    return 1;
}

/* A bare number is microseconds: servers that have no interval type send it so. */
static int
read_bare(const char *p, const char *end, span *s)
{
    int negative = *p == '-';
    p = read_whole(p + negative, end, MOST_BARE_DIGITS, &s->micro);
    if (negative)
        s->micro = -s->micro;
    return p == end;
}

static int
read_interval(const char *p, const char *end, span *s)
{
    int words = 0, dashes = 0, colons = 0, spaces = 0;
    for (const char *at = p; at < end; at++) {
        words += (*at >= 'a' && *at <= 'z') || *at == '@';
        dashes += *at == '-' && at > p && cast_digit(at[-1]) <= 9;
        colons += *at == ':';
        spaces += *at == ' ';
    }
    if (p == end)
        return 0;
    if (*p == 'P')
        return read_iso(p, end, s);
    if (words)
        return read_worded(p, end, s);
    if (dashes || spaces || colons)
        return read_sql(p, end, s);
    return read_bare(p, end, s);
}

CAST_DECODER(cast_interval)
{
    (void)column;
    span s = {0};
    if ((len == 8 && memcmp(bytes, "infinity", 8) == 0) ||
        (len == 9 && memcmp(bytes, "-infinity", 9) == 0))
        return cast_error(ctx->state->DataError, "no timedelta is infinite", bytes, len);
    if (len > MOST_LENGTH || !read_interval(bytes, bytes + len, &s))
        return cast_error(ctx->state->DataError, "unable to parse interval", bytes, len);
    return cast_timedelta(s.years * DAYS_A_YEAR + s.months * DAYS_A_MONTH + s.days, s.seconds,
                          s.micro);
}
