"""Dates and times: the whole range, infinity, odd offsets, and tzinfo_factory."""

import datetime as dt

import pytest
from fix_faker import UTC, same

import psycopg2
from psycopg2 import extensions, tz

MAX = dt.datetime.max
MIN = dt.datetime.min


def zone(**kwargs):
    return dt.timezone(dt.timedelta(**kwargs))


@pytest.fixture(autouse=True)
def utc(conn):
    conn.cursor().execute("set timezone = 'UTC'")
    conn.commit()


VALUES = [
    ("'2020-01-02'::date", dt.date(2020, 1, 2)),
    ("'0001-01-01'::date", dt.date.min),
    ("'9999-12-31'::date", dt.date.max),
    ("'infinity'::date", dt.date.max),
    ("'-infinity'::date", dt.date.min),
    ("'00:00'::time", dt.time(0, 0)),
    ("'24:00'::time", dt.time(0, 0)),
    ("'23:59:59.999999'::time", dt.time.max),
    ("'12:34:56.5'::time", dt.time(12, 34, 56, 500000)),
    ("'12:34:56.000001'::time", dt.time(12, 34, 56, 1)),
    ("'12:34:56.00012'::time", dt.time(12, 34, 56, 120)),
    ("'12:00+00'::timetz", dt.time(12, 0, tzinfo=UTC)),
    ("'24:00+05:30'::timetz", dt.time(0, 0, tzinfo=zone(hours=5, minutes=30))),
    ("'12:00-03:30'::timetz", dt.time(12, 0, tzinfo=zone(hours=-3, minutes=-30))),
    ("'12:00-00:30'::timetz", dt.time(12, 0, tzinfo=zone(minutes=-30))),
    ("'12:00+01:02:03'::timetz", dt.time(12, 0, tzinfo=zone(hours=1, minutes=2, seconds=3))),
    ("'12:00-15:59:59'::timetz", dt.time(12, 0, tzinfo=zone(hours=-15, minutes=-59, seconds=-59))),
    ("'12:00-00:00:01'::timetz", dt.time(12, 0, tzinfo=zone(seconds=-1))),
    ("'12:00:00.123+01'::timetz", dt.time(12, 0, 0, 123000, tzinfo=zone(hours=1))),
    ("'2020-01-02'::timestamp", dt.datetime(2020, 1, 2)),
    ("'2020-01-02 03:04:05.6'::timestamp", dt.datetime(2020, 1, 2, 3, 4, 5, 600000)),
    ("'0001-01-01'::timestamp", MIN),
    ("'9999-12-31 23:59:59.999999'::timestamp", MAX),
    ("'infinity'::timestamp", MAX),
    ("'-infinity'::timestamp", MIN),
    ("'2020-01-02 24:00'::timestamp", dt.datetime(2020, 1, 3)),
    ("'2020-01-02+00'::timestamptz", dt.datetime(2020, 1, 2, tzinfo=UTC)),
    (
        "'2020-01-02 03:04:05.6+05:30'::timestamptz",
        dt.datetime(2020, 1, 1, 21, 34, 5, 600000, tzinfo=UTC),
    ),
    ("'0001-01-01+00'::timestamptz", MIN.replace(tzinfo=UTC)),
    ("'9999-12-31 23:59:59.999999+00'::timestamptz", MAX.replace(tzinfo=UTC)),
    ("'infinity'::timestamptz", MAX.replace(tzinfo=UTC)),
    ("'-infinity'::timestamptz", MIN.replace(tzinfo=UTC)),
]


@pytest.mark.parametrize("expression, wanted", VALUES)
def test_date_comes_back(fetch, expression, wanted):
    got = fetch(expression)
    assert same(got, wanted), repr(got)


@pytest.mark.parametrize("expression, wanted", VALUES)
def test_date_comes_back_in_an_array(fetch, expression, wanted):
    # the original cannot read an infinite one there
    got = fetch(f"array[{expression}, null, {expression}]")
    assert same(got, [wanted, None, wanted]), repr(got)


@pytest.mark.parametrize(
    "expression, year",
    [
        ("'10000-01-01'::date", "10000"),
        ("'5874897-12-31'::date", "5874897"),
        ("'10000-01-01'::timestamp", "10000"),
        ("'294276-12-31'::timestamp", "294276"),
        ("'10000-01-01+00'::timestamptz", "10000"),
        ("'0001-01-01 BC'::date", "-1"),
        ("'4713-01-01 BC'::date", "-4713"),
        ("'0044-03-15 BC'::timestamp", "-44"),
        ("'0044-03-15 BC'::timestamptz", "-44"),
    ],
)
@pytest.mark.parametrize("array", [False, True], ids=["scalar", "array"])
def test_year_that_python_has_not_is_refused(conn, cur, expression, year, array):
    cur.execute(f"select array[{expression}]" if array else f"select {expression}")
    with pytest.raises(ValueError, match=f"^year {year} is out of range"):
        cur.fetchone()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


ZONES = [
    "UTC",
    "Europe/Rome",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Africa/Monrovia",
    "Europe/Amsterdam",
    "Asia/Kolkata",
    "<+15:59>-15:59",
    "<-15:59>+15:59",
]
MOMENTS = [
    dt.datetime(2020, 2, 3, 4, 5, 6, 7),
    dt.datetime(2020, 7, 3),
    dt.datetime(1900, 1, 1),  # many places were some seconds off
    dt.datetime(1850, 6, 1, 12, 30, 15, 500000),
    dt.datetime(1, 1, 2),
    dt.datetime(9999, 12, 30),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
]


@pytest.mark.parametrize("where", ZONES)
@pytest.mark.parametrize("moment", [m.replace(tzinfo=UTC) for m in MOMENTS], ids=str)
def test_moment_is_the_same_in_every_timezone(cur, where, moment):
    cur.execute("select set_config('timezone', %s, true)", (where,))
    cur.execute("select %s, extract(timezone from %s)::int", (moment, moment))
    got, offset = cur.fetchone()
    assert got == moment
    assert got.utcoffset() == dt.timedelta(seconds=offset)


@pytest.mark.parametrize("where", ZONES)
@pytest.mark.parametrize("infinity, wanted", [("infinity", MAX), ("-infinity", MIN)])
def test_infinite_moment_is_aware_in_every_timezone(cur, where, infinity, wanted):
    cur.execute("select set_config('timezone', %s, true)", (where,))
    cur.execute("select %s::timestamptz, array[%s::timestamptz]", (infinity, infinity))
    got = cur.fetchone()
    assert same(got, (wanted.replace(tzinfo=UTC), [wanted.replace(tzinfo=UTC)]))


@pytest.mark.parametrize(
    "where, text",
    [("Europe/Rome", "9999-12-31 23:59:59+00"), ("America/St_Johns", "0001-01-01 00:00+00")],
)
def test_moment_outside_the_years_of_its_timezone_is_refused(cur, where, text):
    cur.execute("select set_config('timezone', %s, true)", (where,))
    cur.execute("select %s::timestamptz", (text,))
    with pytest.raises(ValueError, match="year .* is out of range"):
        cur.fetchone()


SELECT = """
    select '2020-02-03 04:05:06+00'::timestamptz, 'infinity'::timestamptz, '12:00+05:30'::timetz,
        '2020-01-01'::timestamp, '12:00'::time, array['2020-02-03 04:05:06+00'::timestamptz]
"""


@pytest.fixture
def select_with(conn, cur):
    def select(factory):
        cur.execute("set timezone = 'Europe/Rome'")
        cur.tzinfo_factory = factory
        cur.execute(SELECT)
        return cur.fetchone()

    return select


def test_tzinfo_factory_is_timezone_by_default(conn):
    assert conn.cursor().tzinfo_factory is dt.timezone


def test_tzinfo_factory_gets_a_timedelta(select_with):
    asked = []

    def factory(offset):
        asked.append(offset)
        return dt.timezone(offset, "mine")

    got = select_with(factory)
    assert got[0].tzname() == "mine"
    assert got[0].utcoffset() == got[5][0].utcoffset() == dt.timedelta(hours=1)
    assert got[2].utcoffset() == dt.timedelta(hours=5, minutes=30)
    assert set(asked) == {dt.timedelta(hours=1), dt.timedelta(hours=5, minutes=30)}
    assert all(type(offset) is dt.timedelta for offset in asked)
    assert got[3].tzinfo is got[4].tzinfo is None


@pytest.mark.parametrize(
    "factory",
    [dt.timezone, tz.FixedOffsetTimezone, lambda offset: tz.FixedOffsetTimezone(offset, "x")],
    ids=["timezone", "FixedOffsetTimezone", "lambda"],
)
def test_tzinfo_factory_makes_the_offset(select_with, factory):
    got = select_with(factory)
    assert got[0] == dt.datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert got[0].utcoffset() == dt.timedelta(hours=1)
    assert got[2].utcoffset() == dt.timedelta(hours=5, minutes=30)


def test_tzinfo_factory_may_be_a_zone(select_with):
    zoneinfo = pytest.importorskip("zoneinfo")
    rome = zoneinfo.ZoneInfo("Europe/Rome")
    got = select_with(lambda offset: rome)
    assert got[0].tzinfo is rome
    assert got[0] == dt.datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_tzinfo_factory_none_means_naive(select_with):
    got = select_with(None)
    local = dt.datetime(2020, 2, 3, 5, 5, 6)
    assert got == (local, MAX, dt.time(12), dt.datetime(2020, 1, 1), dt.time(12), [local])


def test_tzinfo_factory_giving_none_means_naive(select_with):
    got = select_with(lambda offset: None)
    assert got[0] == dt.datetime(2020, 2, 3, 5, 5, 6)
    assert got[2] == dt.time(12)


@pytest.mark.parametrize(
    "factory, error",
    [
        (5, TypeError),
        (lambda: None, TypeError),
        (lambda offset: 5, TypeError),
        (lambda offset: "UTC", TypeError),
        (lambda offset: 1 / 0, ZeroDivisionError),
    ],
    ids=["no callable", "no argument", "int", "str", "raises"],
)
def test_tzinfo_factory_that_is_bad_is_heard(conn, cur, select_with, factory, error):
    with pytest.raises(error):
        select_with(factory)
    cur.tzinfo_factory = dt.timezone
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_tzinfo_factory_is_of_one_cursor(conn, cur):
    cur.tzinfo_factory = None
    other = conn.cursor()
    other.execute("select now()")
    assert other.fetchone()[0].tzinfo is not None


def test_offset_seconds_survive_both_ways(cur):
    odd = zone(hours=3, minutes=4, seconds=5)
    cur.execute(
        "select %s, %s", (dt.time(1, 2, 3, 4, tzinfo=odd), dt.datetime(2020, 1, 1, tzinfo=odd))
    )
    time, moment = cur.fetchone()
    assert same(time, dt.time(1, 2, 3, 4, tzinfo=odd))
    assert moment == dt.datetime(2020, 1, 1, tzinfo=odd)


def test_offset_of_less_than_a_second_is_not_lost_in_silence(cur):
    odd = zone(hours=5, microseconds=1)
    try:
        cur.execute("select %s", (dt.datetime(2020, 1, 1, tzinfo=odd),))
    except (psycopg2.DataError, ValueError):
        return
    assert cur.fetchone() == (dt.datetime(2020, 1, 1, tzinfo=odd),)


class BadZone(dt.tzinfo):
    def __init__(self, offset):
        self.offset = offset

    def utcoffset(self, moment):
        if isinstance(self.offset, Exception):
            raise self.offset
        return self.offset


@pytest.mark.parametrize(
    "offset, error",
    [(5, TypeError), (dt.timedelta(days=2), ValueError), (KeyError("boom"), KeyError)],
    ids=repr,
)
def test_tzinfo_that_is_bad_is_heard(conn, cur, offset, error):
    with pytest.raises(error):
        cur.execute("select %s", (dt.datetime(2020, 1, 1, tzinfo=BadZone(offset)),))
    cur.execute("select 1")


def test_tzinfo_without_an_offset_is_naive(cur):
    """A datetime is aware where utcoffset() is not None (Python's own rule)."""
    value = dt.datetime(2020, 1, 1, tzinfo=BadZone(None))
    cur.execute("select pg_typeof(%s)::text, %s::text", (value, value))
    type_, text = cur.fetchone()
    assert text.startswith("2020-01-01 00:00:00")


@pytest.mark.parametrize("behind", ["", "+02"])
@pytest.mark.parametrize("digits", ["1", "12", "123", "1234", "12345", "123456", "000001"])
def test_fraction_of_each_length(cur, digits, behind):
    micro = int(digits.ljust(6, "0"))
    value = extensions.PYDATETIMETZ(f"2020-01-02 03:04:05.{digits}{behind}", cur)
    assert (value.second, value.microsecond) == (5, micro)
    value = extensions.PYTIME(f"03:04:05.{digits}{behind}", cur)
    assert (value.second, value.microsecond) == (5, micro)


@pytest.mark.parametrize("digits", ["", "1234567", "12345x", "x23456", "123 45", "-12345"])
def test_fraction_that_is_none_is_refused(cur, digits):
    with pytest.raises(psycopg2.DataError, match="unable to parse time"):
        extensions.PYTIME(f"03:04:05.{digits}", cur)
    with pytest.raises(psycopg2.DataError, match="unable to parse date"):
        extensions.PYDATETIME(f"2020-01-02 03:04:05.{digits}", cur)
