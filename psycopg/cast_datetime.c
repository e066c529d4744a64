/* Dates, times and timestamps, in every DateStyle that can be read without guessing. */
#include "cast.h"

#include <datetime.h>

#include "cast_impl.h"

enum { SECONDS_A_DAY = 24 * 3600, MOST_YEAR_DIGITS = 9, MICRO_DIGITS = 6 };

/* A point in time as the server wrote it. */
typedef struct {
    int year, month, day;
    int hour, minute, second, micro;
    int has_time;           /* hour to micro were there */
    int has_offset, offset; /* of the time zone, in seconds east of UTC */
    int has_abbreviation;   /* a time zone that is told by its abbreviation, perhaps an empty one */
} moment;

int
cast_datetime_init(void)
{
    return COMPAT_IMPORT_DATETIME();
}

/* -- reading the parts ------------------------------------------------------------------------- */
/* Each takes what it reads at p and returns what follows it, or NULL: something else stands there.
 */

/* A number of one to `most` digits. */
static const char *
read_number(const char *p, const char *end, int most, int *value)
{
    const char *first = p;
    int n = 0;
    for (unsigned one; p < end && (one = cast_digit(*p)) <= 9; p++) {
        if (p - first == most)
            return NULL;
        n = n * 10 + (int)one;
    }
    *value = n;
    return p > first ? p : NULL;
}

static const char *
read_char(const char *p, const char *end, char c)
{
    return p && p < end && *p == c ? p + 1 : NULL;
}

/* Exactly two digits; the quick way, the caller sees to the room. */
static inline int
two_digits(const char *p, int *value)
{
    unsigned high = cast_digit(p[0]), low = cast_digit(p[1]);
    *value = (int)(high * 10 + low);
    return high <= 9 && low <= 9;
}

static inline int
four_digits(const char *p, int *value)
{
    int high, low;
    int good = two_digits(p, &high) & two_digits(p + 2, &low);
    *value = high * 100 + low;
    return good;
}

/* Eight bytes that are read at once; of the numbers, the lowest byte is the first. */
typedef struct {
    uint64_t form;  /* '0' for each digit, and the separators */
    uint64_t limit; /* what is too much for a byte brings its highest bit when this is added */
} form;

static const form date_form = {0x2d30302d30303030, 0x7f76767f76767676}; /* YYYY-MM- */
static const form time_form = {0x30303a30303a3030, 0x76767f76767f7676}; /* HH:MM:SS */

/* 1 where they look like that; then byte i of `pairs` is the number of digits i and i + 1. */
static inline int
read_pairs(const char *p, form wanted, uint64_t *pairs)
{
    const uint64_t highest = 0x8080808080808080;
    uint64_t bytes = cast_eight_bytes(p) ^ wanted.form;
    *pairs = bytes * 10 + (bytes >> 8);
    return (((bytes + wanted.limit) | bytes) & highest) == 0;
}

static inline int
pair(uint64_t pairs, int i)
{
    return (int)(pairs >> (8 * i) & 0xff);
}

/* YYYY-MM-DD as nearly every date is. */
static inline const char *
read_iso_date(const char *p, const char *end, moment *m)
{
    uint64_t pairs;
    if (end - p < 10 || !(read_pairs(p, date_form, &pairs) & two_digits(p + 8, &m->day)))
        return NULL;
    m->year = pair(pairs, 0) * 100 + pair(pairs, 2);
    m->month = pair(pairs, 5);
    return p + 10;
}

/* HH:MM:SS as every time is. */
static inline const char *
read_clock(const char *p, const char *end, moment *m)
{
    uint64_t pairs;
    if (end - p < 8 || !read_pairs(p, time_form, &pairs))
        return NULL;
    m->hour = pair(pairs, 0);
    m->minute = pair(pairs, 3);
    m->second = pair(pairs, 6);
    return p + 8;
}

/* Any date made of three numbers. The first is the year where it is long, or the style is ISO; else
 * the order of day and month is the style's: what does not fit the style is not read. */
static const char *
read_date(const cast_ctx *ctx, const char *p, const char *end, moment *m)
{
    const char *iso = read_iso_date(p, end, m);
    if (iso && (iso == end || cast_digit(*iso) > 9))
        return iso;
    int a, b, c;
    const char *first = p;
    p = read_number(p, end, MOST_YEAR_DIGITS, &a);
    if (!p || p == end)
        return NULL;
    int length = (int)(p - first);
    char separator = *p;
    int day_first = ctx->date_order == CAST_ORDER_DMY;
    p = read_number(p + 1, end, 2, &b);
    p = read_char(p, end, separator);
    p = p ? read_number(p, end, MOST_YEAR_DIGITS, &c) : NULL;
    if (!p)
        return NULL;
    if (separator == '-' && (length > 2 || ctx->date_style == CAST_DATE_ISO)) {
        m->year = a, m->month = b, m->day = c;
        return p;
    }
    if (separator == '.')
        day_first = 1; /* German, always */
    else if (separator != (ctx->date_style == CAST_DATE_SQL ? '/' : '-') ||
             ctx->date_style == CAST_DATE_ISO)
        return NULL;
    m->year = c;
    m->month = day_first ? b : a;
    m->day = day_first ? a : b;
    return p;
}

/* One to six digits behind the point, in millionths. */
static inline const char *
read_fraction(const char *p, const char *end, int *micro)
{
    int high, low;
    const char *first = p;
    if (end - p >= MICRO_DIGITS && (four_digits(p, &high) & two_digits(p + 4, &low)) &&
        (end - p == MICRO_DIGITS || cast_digit(p[MICRO_DIGITS]) > 9)) {
        *micro = high * 100 + low;
        return p + MICRO_DIGITS;
    }
    p = read_number(p, end, MICRO_DIGITS, micro);
    for (Py_ssize_t n = p ? p - first : MICRO_DIGITS; n < MICRO_DIGITS; n++)
        *micro *= 10;
    return p;
}

/* HH:MM:SS[.ffffff] */
static const char *
read_time(const char *p, const char *end, moment *m)
{
    const char *behind = read_clock(p, end, m);
    if (behind) {
        p = behind;
    } else {
        p = read_number(p, end, 2, &m->hour);
        p = read_char(p, end, ':');
        p = p ? read_number(p, end, 2, &m->minute) : NULL;
        p = read_char(p, end, ':');
        p = p ? read_number(p, end, 2, &m->second) : NULL;
        if (!p)
            return NULL;
    }
    m->has_time = 1;
    m->micro = 0;
    if (p < end && *p == '.') {
        p = read_fraction(p + 1, end, &m->micro);
        if (!p)
            return NULL;
    }
    if (m->hour == 24)
        m->hour = 0; /* midnight at the day's end */
    if (m->second == 60) {
        m->second = 0; /* a leap second; 23:59:60 is then refused by datetime */
        m->minute++;
    }
    return p;
}

/* +HH[:MM[:SS]] */
static const char *
read_offset(const char *p, const char *end, moment *m)
{
    int negative = *p == '-', hours = 0, minutes = 0, seconds = 0;
    p = read_number(p + 1, end, 3, &hours);
    if (p && p < end && *p == ':')
        p = read_number(p + 1, end, 2, &minutes);
    if (p && p < end && *p == ':')
        p = read_number(p + 1, end, 2, &seconds);
    m->has_offset = 1;
    m->offset = hours * 3600 + minutes * 60 + seconds;
    if (negative)
        m->offset = -m->offset;
    return p;
}

static inline int
is_bc(const char *p, const char *end)
{
    return end - p == 3 && memcmp(p, " BC", 3) == 0;
}

/* What may stand behind date and time: an offset, or in the other styles an abbreviation; BC. Up to
 * the end. */
static const char *
read_zone_and_era(const cast_ctx *ctx, const char *p, const char *end, moment *m)
{
    if (m->has_time && p < end && (*p == '+' || *p == '-')) {
        p = read_offset(p, end, m);
    } else if (m->has_time && p < end && *p == ' ' && !is_bc(p, end)) {
        if (end - p >= 2 && (p[1] == '+' || p[1] == '-') && ctx->date_style == CAST_DATE_ISO) {
            p = read_offset(p + 1, end, m);
        } else if (ctx->date_style != CAST_DATE_ISO) {
            m->has_abbreviation = 1;
            p++;
            while (p < end && *p != ' ')
                p++;
        }
    }
    if (p && is_bc(p, end)) {
        m->year = -m->year;
        p = end;
    }
    return p == end ? p : NULL;
}

static const char *
read_month(const char *p, const char *end, int *month)
{
    static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; p && end - p >= 3 && i < 12; i++)
        if (memcmp(p, names[i], 3) == 0) {
            *month = i + 1;
            return p + 3;
        }
    return NULL;
}

/* Thu Jul 02 03:04:05.6 2020, or with the day before the month. */
static const char *
read_postgres(const char *p, const char *end, moment *m)
{
    if (end - p < 4 || p[3] != ' ')
        return NULL;
    p += 4;
    const char *month = read_month(p, end, &m->month);
    if (month) {
        p = read_char(month, end, ' ');
        p = p ? read_number(p, end, 2, &m->day) : NULL;
    } else {
        p = read_number(p, end, 2, &m->day);
        p = read_char(p, end, ' ');
        p = read_month(p, end, &m->month);
    }
    p = read_char(p, end, ' ');
    p = p ? read_time(p, end, m) : NULL;
    p = read_char(p, end, ' ');
    return p ? read_number(p, end, MOST_YEAR_DIGITS, &m->year) : NULL;
}

/* A date with or without a time: 0 where it cannot be read. */
static int
read_moment(const cast_ctx *ctx, const char *p, const char *end, moment *m)
{
    memset(m, 0, sizeof *m);
    if (ctx->date_style == CAST_DATE_POSTGRES && p < end && cast_digit(*p) > 9) {
        p = read_postgres(p, end, m);
    } else {
        p = read_date(ctx, p, end, m);
        if (p && p < end && (*p == ' ' || *p == 'T') && !is_bc(p, end))
            p = read_time(p + 1, end, m);
    }
    return p && read_zone_and_era(ctx, p, end, m) != NULL;
}

/* 1 infinity, -1 -infinity, 0 neither */
static inline int
infinity(const char *bytes, Py_ssize_t len)
{
    if (len == 8 && memcmp(bytes, "infinity", 8) == 0)
        return 1;
    return len == 9 && memcmp(bytes, "-infinity", 9) == 0 ? -1 : 0;
}

static PyObject *
unparsed(const cast_ctx *ctx, const char *what, const char *bytes, Py_ssize_t len)
{
    return cast_error(ctx->state->DataError, what, bytes, len);
}

/* -- time zones -------------------------------------------------------------------------------- */

PyObject *
cast_timedelta(int64_t days, int64_t seconds, int64_t microseconds)
{
    enum { MOST_DAYS = 999999999 };
    seconds += microseconds / 1000000;
    microseconds %= 1000000;
    days += seconds / SECONDS_A_DAY;
    seconds %= SECONDS_A_DAY;
    if (days < -MOST_DAYS - 2 || days > MOST_DAYS + 2) {
        PyErr_Format(PyExc_OverflowError, "days=%lld; must have magnitude <= %d", (long long)days,
                     MOST_DAYS);
        return NULL;
    }
    return PyDelta_FromDSU((int)days, (int)seconds, (int)microseconds);
}

PyObject *
cast_default_tzinfo_factory(module_state *state)
{
    (void)state;
    return Py_NewRef((PyObject *)Py_TYPE(PyDateTime_TimeZone_UTC));
}

/* datetime.timezone for an offset, one object for each; borrowed, NULL with an exception. */
static PyObject *
timezone_of(module_state *state, int offset)
{
    if (offset == 0)
        return PyDateTime_TimeZone_UTC;
    PyObject **cache = &state->cast_slots[CAST_SLOT_TIMEZONES];
    if (!*cache && !(*cache = PyDict_New()))
        return NULL;
    PyObject *key = PyLong_FromLong(offset), *zone = NULL;
    if (!key)
        return NULL;
    if (PyDict_GetItemRef(*cache, key, &zone) == 0) {
        PyObject *delta = cast_timedelta(0, offset, 0);
        zone = delta ? PyTimeZone_FromOffset(delta) : NULL;
        Py_XDECREF(delta);
        if (zone && PyDict_SetItem(*cache, key, zone) < 0)
            Py_CLEAR(zone);
    }
    Py_DECREF(key);
    Py_XDECREF(zone); /* the dict has it */
    return zone;
}

/* The tzinfo of a moment: None where it has none, or the cursor's factory is None. A new reference.
 */
static PyObject *
tzinfo_of(const cast_ctx *ctx, cast_column *column, const moment *m)
{
    PyObject *factory = ctx->tzinfo_factory;
    if (!m->has_offset || factory == Py_None)
        return Py_NewRef(Py_None);
    if (factory && factory != (PyObject *)Py_TYPE(PyDateTime_TimeZone_UTC)) {
        PyObject *delta = cast_timedelta(0, m->offset, 0);
        PyObject *zone = delta ? PyObject_CallOneArg(factory, delta) : NULL;
        Py_XDECREF(delta);
        return zone;
    }
    if (column->last && column->last_key == m->offset)
        return Py_NewRef(column->last);
    PyObject *zone = Py_XNewRef(timezone_of(ctx->state, m->offset));
    if (zone) {
        Py_XSETREF(column->last, Py_NewRef(zone));
        column->last_key = m->offset;
    }
    return zone;
}

/* -- the decoders ------------------------------------------------------------------------------ */

CAST_DECODER(cast_date)
{
    (void)column;
    moment m;
    if (len != 10 || !read_iso_date(bytes, bytes + len, &m)) {
        int infinite = infinity(bytes, len);
        if (infinite)
            return infinite < 0 ? PyDate_FromDate(1, 1, 1) : PyDate_FromDate(9999, 12, 31);
        if (!read_moment(ctx, bytes, bytes + len, &m))
            return unparsed(ctx, "unable to parse date", bytes, len);
    }
    return PyDate_FromDate(m.year, m.month, m.day);
}

CAST_DECODER(cast_time)
{
    moment m = {0};
    const char *end = bytes + len;
    const char *p = read_time(bytes, end, &m);
    if (p && p < end && (*p == '+' || *p == '-'))
        p = read_offset(p, end, &m);
    if (p != end)
        return unparsed(ctx, "unable to parse time", bytes, len);
    PyObject *zone = tzinfo_of(ctx, column, &m);
    if (!zone)
        return NULL;
    PyObject *value = PyDateTimeAPI->Time_FromTime(m.hour, m.minute, m.second, m.micro, zone,
                                                   PyDateTimeAPI->TimeType);
    Py_DECREF(zone);
    return value;
}

static PyObject *
make_datetime(const moment *m, PyObject *zone)
{
    return PyDateTimeAPI->DateTime_FromDateAndTime(m->year, m->month, m->day, m->hour, m->minute,
                                                   m->second, m->micro, zone,
                                                   PyDateTimeAPI->DateTimeType);
}

/* An abbreviation does not tell the offset: more than one zone has it, and SET TIME ZONE can make
 * any up. */
static PyObject *
no_offset(const cast_ctx *ctx, const char *bytes, Py_ssize_t len)
{
    static const char *const styles[] = {"ISO", "SQL", "Postgres", "German"};
    char what[128];
    PyOS_snprintf(what, sizeof what,
                  "can't tell the time zone's offset under DateStyle %s (use SET DateStyle = ISO)",
                  styles[ctx->date_style]);
    return cast_error(ctx->state->DataError, what, bytes, len);
}

static PyObject *
decode_datetime(const cast_ctx *ctx, cast_column *column, const char *bytes, Py_ssize_t len)
{
    moment m;
    if (!read_moment(ctx, bytes, bytes + len, &m))
        return unparsed(ctx, "unable to parse date", bytes, len);
    if (m.has_abbreviation && ctx->tzinfo_factory != Py_None)
        return no_offset(ctx, bytes, len);
    if (!m.has_offset)
        return make_datetime(&m, Py_None);
    PyObject *zone = tzinfo_of(ctx, column, &m);
    if (!zone)
        return NULL;
    PyObject *value = make_datetime(&m, zone);
    Py_DECREF(zone);
    return value;
}

static PyObject *
infinite_datetime(int infinite, PyObject *zone)
{
    static const moment first = {.year = 1, .month = 1, .day = 1};
    static const moment last = {9999, 12, 31, 23, 59, 59, 999999, 1, 0, 0, 0};
    return make_datetime(infinite < 0 ? &first : &last, zone);
}

CAST_DECODER(cast_datetime)
{
    int infinite = infinity(bytes, len);
    if (infinite)
        return infinite_datetime(infinite, Py_None);
    return decode_datetime(ctx, column, bytes, len);
}

/* Infinity stays aware, in UTC, so that it compares with the others. */
CAST_DECODER(cast_datetimetz)
{
    int infinite = infinity(bytes, len);
    if (infinite)
        return infinite_datetime(
            infinite, ctx->tzinfo_factory == Py_None ? Py_None : PyDateTime_TimeZone_UTC);
    return decode_datetime(ctx, column, bytes, len);
}
