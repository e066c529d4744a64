"""Intervals: every shape and sign, every IntervalStyle, and what timedelta cannot hold."""

import datetime as dt

import pytest
from fix_faker import same, through_server
from hypothesis import given
from hypothesis import strategies as st

import psycopg2
from psycopg2 import extensions


def td(years=0, months=0, **kwargs):
    """A month counts 30 days and a year 365, which is what the original counts too."""
    return dt.timedelta(days=365 * years + 30 * months) + dt.timedelta(**kwargs)


VALUES = [
    ("0", td()),
    ("1 day", td(days=1)),
    ("-1 day", td(days=-1)),
    ("2 days", td(days=2)),
    ("1 mon", td(months=1)),
    ("-1 mon", td(months=-1)),
    ("2 mons", td(months=2)),
    ("1 year", td(years=1)),
    ("-1 year", td(years=-1)),
    ("13 mons", td(years=1, months=1)),
    ("-13 mons", td(years=-1, months=-1)),
    ("1 year 2 mons", td(years=1, months=2)),
    ("-1 year -2 mons", td(years=-1, months=-2)),
    ("1 mon -1 day", td(months=1, days=-1)),
    ("-1 mon 1 day", td(months=-1, days=1)),
    ("1 year 2 mons 3 days 04:05:06.789", td(1, 2, days=3, hours=4, minutes=5, seconds=6.789)),
    ("-1 year -2 mons -3 days -04:05:06.789", -td(1, 2, days=3, hours=4, minutes=5, seconds=6.789)),
    ("1 year 2 mons -3 days 04:05:06", td(1, 2, days=-3, hours=4, minutes=5, seconds=6)),
    ("-1 year -2 mons 3 days -04:05:06", td(-1, -2, days=3, hours=-4, minutes=-5, seconds=-6)),
    ("3 days 04:05:06", td(days=3, hours=4, minutes=5, seconds=6)),
    ("-3 days -04:05:06", -td(days=3, hours=4, minutes=5, seconds=6)),
    ("-3 days 04:05:06", td(days=-3, hours=4, minutes=5, seconds=6)),
    ("3 days -04:05:06", td(days=3, hours=-4, minutes=-5, seconds=-6)),
    ("1 mon 24:00:00", td(months=1, days=1)),
    ("1 mon -00:00:01", td(months=1, seconds=-1)),
    ("-1 mon 00:00:01", td(months=-1, seconds=1)),
    ("-1 day +01:00", td(days=-1, hours=1)),
    ("1 day -00:00:01", td(days=1, seconds=-1)),
    ("1 year -00:00:01", td(years=1, seconds=-1)),
    ("00:00:01", td(seconds=1)),
    ("-00:00:01", td(seconds=-1)),
    ("01:00", td(hours=1)),
    ("-01:00", td(hours=-1)),
    ("00:01", td(minutes=1)),
    ("-00:01", td(minutes=-1)),
    ("00:00:00.5", td(microseconds=500000)),
    ("-00:00:00.5", td(microseconds=-500000)),
    ("00:00:00.000001", td(microseconds=1)),
    ("-00:00:00.000001", td(microseconds=-1)),
    ("00:00:00.120000", td(microseconds=120000)),
    ("25:00:00.000001", td(hours=25, microseconds=1)),
    ("1000000:00:00", td(hours=1000000)),
    ("-1000000:00:00.5", td(hours=-1000000, microseconds=-500000)),
    ("999999999 days", td(days=999999999)),
    ("-999999999 days", td(days=-999999999)),
    ("100 years", td(years=100)),
]

# The largest count of microseconds the server has; the original finds it "too big".
LARGEST = [
    ("2562047788:00:54.775807", td(microseconds=2**63 - 1)),
    ("-2562047788:00:54.775807", td(microseconds=-(2**63 - 1))),
]

STYLES = ["postgres", "postgres_verbose", "sql_standard", "iso_8601"]
# An interval may be refused in a style which is not read, never misread.
REFUSALS = (psycopg2.DataError, psycopg2.NotSupportedError)


def stored(conn, text):
    """Store the interval as the server reads it in its own style, whatever it is written in."""
    cur = conn.cursor()
    cur.execute("set intervalstyle = postgres")
    cur.execute("create temp table stored (value interval)")
    cur.execute("insert into stored values (%s)", (text,))
    return cur


@pytest.mark.parametrize("text, wanted", [*VALUES, *LARGEST], ids=str)
def test_interval_comes_back(fetch, text, wanted):
    got = fetch(f"'{text}'::interval")
    assert same(got, wanted), repr(got)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("text, wanted", [*VALUES, *LARGEST], ids=str)
def test_interval_in_another_style_is_right_or_refused(conn, style, text, wanted):
    cur = stored(conn, text)
    cur.execute(f"set intervalstyle = {style}")
    cur.execute("select value, array[value, null] from stored")
    try:
        got = cur.fetchone()
    except REFUSALS:
        assert style != "postgres"
    else:
        assert same(got, (wanted, [wanted, None])), got


@through_server
@given(
    months=st.integers(-2000, 2000),
    days=st.integers(-2000, 2000),
    micros=st.integers(-(10**13), 10**13) | st.integers(-2000000, 2000000),
    style=st.sampled_from(STYLES),
)
def test_interval_of_any_shape_is_right_or_refused(conn, cur, months, days, micros, style):
    cur.execute(f"set intervalstyle = {style}")
    cur.execute(
        "select make_interval(months => %s, days => %s) + %s * interval '00:00:00.000001'",
        (months, days, micros),
    )
    years, months = divmod(abs(months), 12)[0] * (1, -1)[months < 0], months
    try:
        (got,) = cur.fetchone()
    except REFUSALS:
        assert style != "postgres"
    else:
        assert got == td(years, months - 12 * years, days=days, microseconds=micros)
    finally:
        conn.rollback()


@pytest.mark.parametrize(
    "text",
    ["178000000 years", "-178000000 years", "3000000 years", "2147483647 days", "-1000000000 days"],
)
@pytest.mark.parametrize("array", [False, True], ids=["scalar", "array"])
def test_interval_beyond_timedelta_is_refused(conn, cur, text, array):
    cur.execute("select array[%s::interval]" if array else "select %s::interval", (text,))
    with pytest.raises((OverflowError, psycopg2.DataError)):
        cur.fetchone()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


@pytest.mark.parametrize("text", ["infinity", "-infinity"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("array", [False, True], ids=["scalar", "array"])
def test_interval_infinite_is_refused(server, conn, cur, text, style, array):
    if server.version_num < 170000:
        pytest.skip("infinite intervals are of PostgreSQL 17")
    cur.execute(f"set intervalstyle = {style}")
    cur.execute("select array[%s::interval]" if array else "select %s::interval", (text,))
    # the original gives timedelta(0)
    with pytest.raises((OverflowError, psycopg2.DataError)):
        cur.fetchone()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "day",
        "1 day x",
        "1 x",
        "NaN",
        "::",
        ":1",
        "1:2:3:4",
        "--1 day",
        "P1",
        "99999999999999999999 days",
        "99999999999999999999:00:00",
        "{1,2}",
        "2020-01-02 03:04:05",
        "\\xdead",
        "1e5 days",
    ],
)
def test_interval_malformed_is_refused(cur, text):
    # the original makes up a value for some of these
    with pytest.raises((ValueError, OverflowError, psycopg2.DataError)):
        extensions.INTERVAL(text, cur)


@through_server
@given(st.text(st.sampled_from("0123456789:.-+ dayshmonpyrPTMSDHYW@ago"), max_size=40))
def test_interval_garbage_ends(conn, cur, text):
    try:
        got = extensions.INTERVAL(text, cur)
    except (ValueError, OverflowError, psycopg2.Error):
        return
    assert type(got) is dt.timedelta


def test_interval_of_a_column_with_fields(cur):
    cur.execute(
        "select '1 year 2 mons'::interval year to month, '1 day 2:03'::interval day to minute,"
        " '1.123456'::interval second(3)"
    )
    assert cur.fetchone() == (td(1, 2), td(days=1, hours=2, minutes=3), td(seconds=1.123))
