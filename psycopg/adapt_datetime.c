/* The adapter of dates, times and intervals, and the DB-API's constructors of them. */
#include "adapt_impl.h"
#include "adapt_wire.h"

#include <datetime.h>
#include <math.h>
#include <time.h>

/* -- digits
 * ------------------------------------------------------------------------------------------------
 */

static char *
put_four(char *to, int n)
{
    return adapt_two_digits(adapt_two_digits(to, (unsigned)n / 100), (unsigned)n % 100);
}

static char *
put_six(char *to, int n)
{
    return put_four(adapt_two_digits(to, (unsigned)n / 10000), n % 10000);
}

/* The digits of `n`, which end before `end`; returns the first. */
static char *
put_number(char *end, unsigned n)
{
    do
        *--end = (char)('0' + n % 10);
    while (n /= 10);
    return end;
}

static char *
put_date(char *to, PyObject *value)
{
    to = put_four(to, PyDateTime_GET_YEAR(value));
    *to++ = '-';
    to = adapt_two_digits(to, (unsigned)PyDateTime_GET_MONTH(value));
    *to++ = '-';
    return adapt_two_digits(to, (unsigned)PyDateTime_GET_DAY(value));
}

static char *
put_clock(char *to, int hour, int minute, int second, int micro)
{
    to = adapt_two_digits(to, (unsigned)hour);
    *to++ = ':';
    to = adapt_two_digits(to, (unsigned)minute);
    *to++ = ':';
    to = adapt_two_digits(to, (unsigned)second);
    if (micro) {
        *to++ = '.';
        to = put_six(to, micro);
    }
    return to;
}

/* +HH:MM, with seconds and their parts where there are any. */
static char *
put_offset(char *to, PyObject *delta)
{
    int seconds = PyDateTime_DELTA_GET_DAYS(delta) * 86400 + PyDateTime_DELTA_GET_SECONDS(delta);
    int micro = PyDateTime_DELTA_GET_MICROSECONDS(delta);
    *to++ = seconds < 0 ? '-' : '+';
    if (seconds < 0) {
        seconds = -seconds - (micro != 0);
        micro = micro ? 1000000 - micro : 0;
    }
    if (seconds % 60 || micro)
        return put_clock(to, seconds / 3600, seconds / 60 % 60, seconds % 60, micro);
    to = adapt_two_digits(to, (unsigned)seconds / 3600);
    *to++ = ':';
    return adapt_two_digits(to, (unsigned)seconds / 60 % 60);
}

/* What the time zone of a datetime or time says, written; NULL on error. */
static char *
put_utcoffset(char *to, module_state *state, PyObject *value, PyObject *tzinfo)
{
    if (tzinfo == PyDateTime_TimeZone_UTC) {
        memcpy(to, "+00:00", 6);
        return to + 6;
    }
    PyObject *delta = PyObject_CallMethodNoArgs(value, state->adapt_slots[SLOT_STR_UTCOFFSET]);
    if (!delta)
        return NULL;
    if (delta == Py_None)
        ;  // it is aware, but does not know: isoformat() leaves it out
    else if (PyDelta_Check(delta))
        to = put_offset(to, delta);
    else {
        PyErr_Format(PyExc_TypeError, "utcoffset() must return None or a timedelta, not %.200s",
                     Py_TYPE(delta)->tp_name);
        to = NULL;
    }
    Py_DECREF(delta);
    return to;
}

/* -- the binary formats
 * ------------------------------------------------------------------------------------------------
 */

int32_t
adapt_days(PyObject *date)
{
    static const short before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int year = PyDateTime_GET_YEAR(date), month = PyDateTime_GET_MONTH(date);
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int past = year - 1; /* years before this one, and the leap days in them */
    int days = past * 365 + past / 4 - past / 100 + past / 400;
    days += before[month - 1] + (leap && month > 2) + PyDateTime_GET_DAY(date) - 1;
    return days - 730119;
}

int64_t
adapt_clock_us(int hour, int minute, int second, int micro)
{
    return ((hour * 60 + minute) * 60 + second) * INT64_C(1000000) + micro;
}

int64_t
adapt_timestamp_us(PyObject *datetime)
{
    return adapt_days(datetime) * ADAPT_DAY_US +
           adapt_clock_us(PyDateTime_DATE_GET_HOUR(datetime), PyDateTime_DATE_GET_MINUTE(datetime),
                          PyDateTime_DATE_GET_SECOND(datetime),
                          PyDateTime_DATE_GET_MICROSECOND(datetime));
}

adapt_zone
adapt_zone_of(PyObject *datetime)
{
    PyObject *tzinfo = PyDateTime_DATE_GET_TZINFO(datetime);
    if (tzinfo == Py_None)
        return ADAPT_ZONE_NONE;
    return tzinfo == PyDateTime_TimeZone_UTC ? ADAPT_ZONE_UTC : ADAPT_ZONE_OTHER;
}

/* -- writing
 * -----------------------------------------------------------------------------------------------
 */

enum { TYPE_TIME, TYPE_DATE, TYPE_TIMESTAMP, TYPE_INTERVAL };

/* A subclass, or anything else with isoformat(), and tzinfo where that matters. */
static int
write_isoformat(const adapt_ctx *ctx, PyObject *value, int kind, bytebuf *out)
{
    static const char *const casts[][2] = {
        [TYPE_TIME] = {"::time", "::timetz"},
        [TYPE_DATE] = {"::date", "::date"},
        [TYPE_TIMESTAMP] = {"::timestamp", "::timestamptz"},
    };
    int aware = 0, rc = -1;
    if (kind != TYPE_DATE) {
        PyObject *tzinfo = PyObject_GetAttrString(value, "tzinfo");
        if (!tzinfo)
            return -1;
        aware = tzinfo != Py_None;
        Py_DECREF(tzinfo);
    }
    PyObject *text = PyObject_CallMethodNoArgs(value, ctx->state->adapt_slots[SLOT_STR_ISOFORMAT]);
    if (text && PyUnicode_Check(text)) {
        /* The datetime that is none, of pandas. */
        if (PyUnicode_CompareWithASCIIString(text, "NaT") == 0) {
            Py_DECREF(text);
            return adapt_put_literal(out, "NULL");
        }
        rc = adapt_quote_str(ctx, text, out);
    } else if (text)
        PyErr_Format(PyExc_TypeError, "isoformat() must return str, not %.200s",
                     Py_TYPE(text)->tp_name);
    Py_XDECREF(text);
    return rc < 0 ? -1 : adapt_put(out, casts[kind][aware], strlen(casts[kind][aware]));
}

int
adapt_write_date(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (!PyDate_CheckExact(value))
        return write_isoformat(ctx, value, TYPE_DATE, out);
    if (adapt_reserve(out, 32) < 0)
        return -1;
    char *to = out->data + out->len;
    *to++ = '\'';
    to = put_date(to, value);
    out->len = (size_t)(to - out->data);
    return adapt_put_literal(out, "'::date");
}

int
adapt_write_time(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (!PyTime_CheckExact(value))
        return write_isoformat(ctx, value, TYPE_TIME, out);
    PyObject *tzinfo = PyDateTime_TIME_GET_TZINFO(value);  // borrowed
    char room[64], *to = room;
    *to++ = '\'';
    to = put_clock(to, PyDateTime_TIME_GET_HOUR(value), PyDateTime_TIME_GET_MINUTE(value),
                   PyDateTime_TIME_GET_SECOND(value), PyDateTime_TIME_GET_MICROSECOND(value));
    if (tzinfo != Py_None && !(to = put_utcoffset(to, ctx->state, value, tzinfo)))
        return -1;
    if (adapt_put(out, room, (size_t)(to - room)) < 0)
        return -1;
    return tzinfo != Py_None ? adapt_put_literal(out, "'::timetz")
                             : adapt_put_literal(out, "'::time");
}

int
adapt_write_datetime(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (!PyDateTime_CheckExact(value))
        return write_isoformat(ctx, value, TYPE_TIMESTAMP, out);
    PyObject *tzinfo = PyDateTime_DATE_GET_TZINFO(value);  // borrowed
    char room[64], *to = room;
    *to++ = '\'';
    to = put_date(to, value);
    *to++ = 'T';
    to = put_clock(to, PyDateTime_DATE_GET_HOUR(value), PyDateTime_DATE_GET_MINUTE(value),
                   PyDateTime_DATE_GET_SECOND(value), PyDateTime_DATE_GET_MICROSECOND(value));
    if (tzinfo != Py_None && !(to = put_utcoffset(to, ctx->state, value, tzinfo)))
        return -1;
    if (adapt_put(out, room, (size_t)(to - room)) < 0)
        return -1;
    return tzinfo != Py_None ? adapt_put_literal(out, "'::timestamptz")
                             : adapt_put_literal(out, "'::timestamp");
}

int
adapt_write_timedelta(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (!PyDelta_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can't adapt %.200s as an interval", Py_TYPE(value)->tp_name);
        return -1;
    }
    int days = PyDateTime_DELTA_GET_DAYS(value);
    char room[40], *end = room + sizeof(room), *start;
    end -= 7;
    *end = '.';
    put_six(end + 1, PyDateTime_DELTA_GET_MICROSECONDS(value));
    start = put_number(end, (unsigned)PyDateTime_DELTA_GET_SECONDS(value));
    if (days < 0 && ctx->sql_intervals) /* else the first sign would be that of the whole */
        *--start = '+';
    start -= 6;
    memcpy(start, " days ", 6);
    start = put_number(start, (unsigned)(days < 0 ? -days : days));
    if (days < 0)
        *--start = '-';
    *--start = '\'';
    if (adapt_put(out, start, (size_t)(room + sizeof(room) - start)) < 0)
        return -1;
    return adapt_put_literal(out, " seconds'::interval");
}

/* -- the type
 * ---------------------------------------------------------------------------------------------- */

static const adapt_writer writer_of_type[] = {
    [TYPE_TIME] = adapt_write_time,
    [TYPE_DATE] = adapt_write_date,
    [TYPE_TIMESTAMP] = adapt_write_datetime,
    [TYPE_INTERVAL] = adapt_write_timedelta,
};

static int
write_untold(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (PyDelta_Check(value))
        return adapt_write_timedelta(ctx, value, out);
    if (PyDateTime_Check(value))
        return adapt_write_datetime(ctx, value, out);
    return PyTime_Check(value) ? adapt_write_time(ctx, value, out)
                               : adapt_write_date(ctx, value, out);
}

static PyObject *
datetime_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return adapt_box_new(type, write_untold);
}

static int
datetime_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    adapt_box *self = (adapt_box *)op;
    static char *names[] = {"", "type", NULL};
    PyObject *wrapped;
    int type = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|i:datetime", names, &wrapped, &type))
        return -1;
    if (type < -1 || type > TYPE_INTERVAL) {
        PyErr_Format(PyExc_ValueError, "unknown type of datetime: %d", type);
        return -1;
    }
    Py_XSETREF(self->wrapped, Py_NewRef(wrapped));
    self->kind = type;
    self->write = type < 0 ? write_untold : writer_of_type[type];
    return 0;
}

PyDoc_STRVAR(datetime_doc,
             "datetime(obj, /, type=-1)\n--\n\n"
             "The adapter of datetime.time (type 0), date (1), datetime (2) and timedelta (3).");

static PyMethodDef datetime_methods[] = {
    ADAPT_BOX_GETQUOTED(adapt_box_getquoted),
    ADAPT_BOX_CONFORM,
    {NULL, NULL, 0, NULL},
};

static PyMemberDef datetime_members[] = {
    ADAPT_BOX_ADAPTED,
    {"type", T_INT, offsetof(adapt_box, kind), READONLY,
     "0 time, 1 date, 2 timestamp, 3 interval."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot datetime_slots[] = {
    {Py_tp_doc, (void *)datetime_doc},    {Py_tp_new, datetime_new},
    {Py_tp_init, datetime_init},          {Py_tp_dealloc, adapt_box_dealloc},
    {Py_tp_traverse, adapt_box_traverse}, {Py_tp_clear, adapt_box_clear},
    {Py_tp_str, adapt_box_str},           {Py_tp_methods, datetime_methods},
    {Py_tp_members, datetime_members},    {0, NULL},
};

static PyType_Spec datetime_spec = {
    .name = "psycopg2._psycopg.datetime",
    .basicsize = sizeof(adapt_box),
    .flags = ADAPT_BOX_FLAGS,
    .slots = datetime_slots,
};

/* Wrap an object that was just made (stolen; NULL: its exception passes). */
static PyObject *
wrap(PyObject *module, PyObject *value, int type)
{
    if (!value)
        return NULL;
    PyObject *adapter = state_of_module(module)->adapt_slots[SLOT_DATETIME_ADAPTER];
    PyObject *result = PyObject_CallFunction(adapter, "Oi", value, type);
    Py_DECREF(value);
    return result;
}

/* -- constructors
 * ------------------------------------------------------------------------------------------ */

PyDoc_STRVAR(date_doc, "Date(year, month, day, /)\n--\n\n"
                       "A date. `ValueError` when there is none such. DB-API 2.0.");

static PyObject *
module_date(PyObject *module, PyObject *args)
{
    int year, month, day;
    if (!PyArg_ParseTuple(args, "iii:Date", &year, &month, &day))
        return NULL;
    return wrap(module, PyDate_FromDate(year, month, day), TYPE_DATE);
}

/* Seconds into whole ones and microseconds; ValueError out of 0..60. */
static int
split_seconds(double seconds, int *whole, int *micro)
{
    if (!(seconds >= 0 && seconds < 60)) {
        PyErr_SetString(PyExc_ValueError, "second must be in 0..59");
        return -1;
    }
    *whole = (int)seconds;
    *micro = (int)nearbyint((seconds - *whole) * 1e6);
    return 0;
}

PyDoc_STRVAR(time_doc,
             "Time(hour, minute, second, tzinfo=None, /)\n--\n\n"
             "A time; `second` may have a fraction. `ValueError` when there is none such.\n"
             "DB-API 2.0.");

static PyObject *
module_time(PyObject *module, PyObject *args)
{
    int hour, minute, second, micro;
    double seconds;
    PyObject *tzinfo = Py_None;
    if (!PyArg_ParseTuple(args, "iid|O:Time", &hour, &minute, &seconds, &tzinfo) ||
        split_seconds(seconds, &second, &micro) < 0)
        return NULL;
    return wrap(
        module,
        PyDateTimeAPI->Time_FromTime(hour, minute, second, micro, tzinfo, PyDateTimeAPI->TimeType),
        TYPE_TIME);
}

PyDoc_STRVAR(timestamp_doc,
             "Timestamp(year, month, day, hour=0, minute=0, second=0, tzinfo=None, /)\n--\n\n"
             "A timestamp; `second` may have a fraction. `ValueError` when there is none such.\n"
             "DB-API 2.0.");

static PyObject *
module_timestamp(PyObject *module, PyObject *args)
{
    int year, month, day, hour = 0, minute = 0, second, micro;
    double seconds = 0;
    PyObject *tzinfo = Py_None;
    if (!PyArg_ParseTuple(args, "iii|iidO:Timestamp", &year, &month, &day, &hour, &minute, &seconds,
                          &tzinfo) ||
        split_seconds(seconds, &second, &micro) < 0)
        return NULL;
    return wrap(module,
                PyDateTimeAPI->DateTime_FromDateAndTime(year, month, day, hour, minute, second,
                                                        micro, tzinfo, PyDateTimeAPI->DateTimeType),
                TYPE_TIMESTAMP);
}

/* Far more than there are years, and few enough that a struct tm counts them without overflow. */
#define MOST_TICKS 1e15

/* Seconds since the epoch into local time and microseconds. InterfaceError when there is no such
 * time. */
static int
split_ticks(PyObject *module, double ticks, struct tm *tm, int *micro)
{
    double whole = floor(ticks);
    int rounded = 0;
    int near = fabs(ticks) < MOST_TICKS;
    if (near)
        rounded = (int)nearbyint((ticks - whole) * 1e6);
    if (rounded == 1000000) {
        whole += 1;
        rounded = 0;
    }
    time_t seconds = near ? (time_t)whole : 0;
    if (!near || !localtime_r(&seconds, tm)) {
        PyErr_SetString(state_of_module(module)->InterfaceError, "failed localtime call");
        return -1;
    }
    *micro = rounded;
    return 0;
}

/* The zone that local time is in at a time. */
static PyObject *
local_zone(const struct tm *tm)
{
    PyObject *delta = PyDelta_FromDSU(0, (int)tm->tm_gmtoff, 0);
    PyObject *name = PyUnicode_DecodeLocale(tm->tm_zone ? tm->tm_zone : "", "surrogateescape");
    PyObject *zone = delta && name ? PyTimeZone_FromOffsetAndName(delta, name) : NULL;
    Py_XDECREF(delta);
    Py_XDECREF(name);
    return zone;
}

PyDoc_STRVAR(date_from_ticks_doc, "DateFromTicks(ticks, /)\n--\n\n"
                                  "The local date at `ticks` seconds since the epoch. DB-API 2.0.");

static PyObject *
module_date_from_ticks(PyObject *module, PyObject *args)
{
    double ticks;
    struct tm tm;
    int micro;
    if (!PyArg_ParseTuple(args, "d:DateFromTicks", &ticks) ||
        split_ticks(module, ticks, &tm, &micro) < 0)
        return NULL;
    return wrap(module, PyDate_FromDate(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday), TYPE_DATE);
}

PyDoc_STRVAR(time_from_ticks_doc, "TimeFromTicks(ticks, /)\n--\n\n"
                                  "The local time at `ticks` seconds since the epoch. DB-API 2.0.");

static PyObject *
module_time_from_ticks(PyObject *module, PyObject *args)
{
    double ticks;
    struct tm tm;
    int micro;
    if (!PyArg_ParseTuple(args, "d:TimeFromTicks", &ticks) ||
        split_ticks(module, ticks, &tm, &micro) < 0)
        return NULL;
    return wrap(module, PyTime_FromTime(tm.tm_hour, tm.tm_min, tm.tm_sec, micro), TYPE_TIME);
}

PyDoc_STRVAR(
    timestamp_from_ticks_doc,
    "TimestampFromTicks(ticks, /)\n--\n\n"
    "The local date and time at `ticks` seconds since the epoch, with its zone. DB-API 2.0.");

static PyObject *
module_timestamp_from_ticks(PyObject *module, PyObject *args)
{
    double ticks;
    struct tm tm;
    int micro;
    if (!PyArg_ParseTuple(args, "d:TimestampFromTicks", &ticks) ||
        split_ticks(module, ticks, &tm, &micro) < 0)
        return NULL;
    PyObject *value = NULL, *zone = local_zone(&tm);
    if (zone)
        value = PyDateTimeAPI->DateTime_FromDateAndTime(
            tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, micro,
            zone, PyDateTimeAPI->DateTimeType);
    Py_XDECREF(zone);
    return wrap(module, value, TYPE_TIMESTAMP);
}

/* The adapter of an object that must be of a type; these four stand in the registry. */
static PyObject *
wrap_checked(PyObject *module, PyObject *obj, PyTypeObject *wanted, int type)
{
    if (!PyObject_TypeCheck(obj, wanted)) {
        PyErr_Format(PyExc_TypeError, "argument 1 must be %.200s, not %.200s", wanted->tp_name,
                     obj == Py_None ? "None" : Py_TYPE(obj)->tp_name);
        return NULL;
    }
    return wrap(module, Py_NewRef(obj), type);
}

static PyObject *
module_date_from_py(PyObject *module, PyObject *obj)
{
    return wrap_checked(module, obj, PyDateTimeAPI->DateType, TYPE_DATE);
}

static PyObject *
module_time_from_py(PyObject *module, PyObject *obj)
{
    return wrap_checked(module, obj, PyDateTimeAPI->TimeType, TYPE_TIME);
}

static PyObject *
module_timestamp_from_py(PyObject *module, PyObject *obj)
{
    return wrap_checked(module, obj, PyDateTimeAPI->DateTimeType, TYPE_TIMESTAMP);
}

static PyObject *
module_interval_from_py(PyObject *module, PyObject *obj)
{
    return wrap_checked(module, obj, PyDateTimeAPI->DeltaType, TYPE_INTERVAL);
}

static PyMethodDef module_functions[] = {
    {"Date", module_date, METH_VARARGS, date_doc},
    {"Time", module_time, METH_VARARGS, time_doc},
    {"Timestamp", module_timestamp, METH_VARARGS, timestamp_doc},
    {"DateFromTicks", module_date_from_ticks, METH_VARARGS, date_from_ticks_doc},
    {"TimeFromTicks", module_time_from_ticks, METH_VARARGS, time_from_ticks_doc},
    {"TimestampFromTicks", module_timestamp_from_ticks, METH_VARARGS, timestamp_from_ticks_doc},
    {"DateFromPy", module_date_from_py, METH_O,
     "DateFromPy(date, /)\n--\n\nThe adapter of a datetime.date."},
    {"TimeFromPy", module_time_from_py, METH_O,
     "TimeFromPy(time, /)\n--\n\nThe adapter of a datetime.time."},
    {"TimestampFromPy", module_timestamp_from_py, METH_O,
     "TimestampFromPy(datetime, /)\n--\n\nThe adapter of a datetime.datetime."},
    {"IntervalFromPy", module_interval_from_py, METH_O,
     "IntervalFromPy(timedelta, /)\n--\n\nThe adapter of a datetime.timedelta."},
    {NULL, NULL, 0, NULL},
};

int
adapt_datetime_init(PyObject *module, module_state *state)
{
    PyObject **slots = state->adapt_slots;
    if (COMPAT_IMPORT_DATETIME() < 0 || PyModule_AddFunctions(module, module_functions) < 0 ||
        state_add_type(module, &datetime_spec, NULL, &slots[SLOT_DATETIME_ADAPTER], NULL) < 0)
        return -1;
    const struct {
        int type_slot;
        int adapter_slot;
        PyTypeObject *type;
        const char *adapter;
    } kinds[] = {
        {SLOT_DATE_TYPE, ADAPT_DATE, PyDateTimeAPI->DateType, "DateFromPy"},
        {SLOT_TIME_TYPE, ADAPT_TIME, PyDateTimeAPI->TimeType, "TimeFromPy"},
        {SLOT_DATETIME_TYPE, ADAPT_DATETIME, PyDateTimeAPI->DateTimeType, "TimestampFromPy"},
        {SLOT_TIMEDELTA_TYPE, ADAPT_TIMEDELTA, PyDateTimeAPI->DeltaType, "IntervalFromPy"},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        PyObject *adapter = PyObject_GetAttrString(module, kinds[i].adapter);
        if (!adapter)
            return -1;
        Py_XSETREF(slots[kinds[i].adapter_slot], adapter);
        Py_XSETREF(slots[kinds[i].type_slot], Py_NewRef((PyObject *)kinds[i].type));
    }
    return 0;
}
