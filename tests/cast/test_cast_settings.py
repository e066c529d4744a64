"""The server's settings may be anything: what comes back is right, or it is refused."""

import datetime as dt
import itertools

import pytest
from fix_faker import FAKERS, UTC, same, through_server
from hypothesis import given
from hypothesis import strategies as st

import psycopg2

DATESTYLES = [
    f"{style}, {order}"
    for style, order in itertools.product(
        ["ISO", "German", "SQL", "Postgres"], ["DMY", "MDY", "YMD"]
    )
]
ZONES = ["UTC", "Europe/Rome", "America/St_Johns", "Asia/Kolkata", "<+15:59>-15:59"]
REFUSALS = (psycopg2.DataError, psycopg2.NotSupportedError)


def is_iso(datestyle):
    return datestyle.startswith("ISO")


# Day, month and year that can be taken for one another, and some that cannot.
DATES = [
    dt.date(2020, 2, 3),
    dt.date(2003, 2, 1),
    dt.date(1, 2, 3),
    dt.date(12, 11, 10),
    dt.date(99, 12, 31),
    dt.date(2020, 12, 31),
    dt.date(9999, 12, 31),
    dt.date(1, 1, 1),
]
TIMES = [dt.time(0), dt.time(4, 5, 6, 789000), dt.time(23, 59, 59, 999999), dt.time(12, 0, 0, 1)]
STAMPS = [dt.datetime.combine(d, t) for d, t in zip(DATES, TIMES * 2)]


def fetch_in(conn, datestyle, values, zone="UTC"):
    """Store the values with the style ISO, and read them in another: alone, and in an array."""
    cur = conn.cursor()
    cur.execute("select set_config('timezone', %s, true)", (zone,))
    names = [f"v{i}" for i in range(len(values))]
    cur.execute("set local datestyle = 'ISO, MDY'")
    marks = ", ".join(f"%s as {name}, array[%s, null] as a{name}" for name in names)
    cur.execute(f"create temp table stored as select {marks}", [v for v in values for _ in "ab"])
    cur.execute(f"set local datestyle = '{datestyle}'")
    cur.execute("select * from stored")
    row = cur.fetchone()
    conn.rollback()
    return [(row[i], row[i + 1]) for i in range(0, len(row), 2)]


@pytest.mark.parametrize("datestyle", DATESTYLES)
@pytest.mark.parametrize("value", [*DATES, *STAMPS], ids=str)
def test_datestyle_is_right_or_refused(conn, datestyle, value):
    try:
        got = fetch_in(conn, datestyle, [value])
    except REFUSALS:  # not the ValueError of a date which was misread
        assert not is_iso(datestyle)
    else:
        assert same(got[0], (value, [value, None])), got


@pytest.mark.parametrize("datestyle", DATESTYLES)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("value", STAMPS[:2] + STAMPS[3:4], ids=str)
def test_datestyle_of_aware_times_is_right_or_refused(conn, datestyle, zone, value):
    value = value.replace(tzinfo=UTC)
    try:
        got = fetch_in(conn, datestyle, [value], zone)
    except REFUSALS:
        assert not is_iso(datestyle)
    else:
        assert got[0] == (value, [value, None])


@pytest.mark.parametrize("datestyle", DATESTYLES)
@pytest.mark.parametrize(
    "value", [*TIMES, *(t.replace(tzinfo=dt.timezone(dt.timedelta(hours=-3.5))) for t in TIMES)]
)
def test_datestyle_is_not_of_times(conn, datestyle, value):
    assert same(fetch_in(conn, datestyle, [value])[0], (value, [value, None]))


@pytest.mark.parametrize("datestyle", DATESTYLES)
@pytest.mark.parametrize(
    "expression, wanted",
    [
        ("'infinity'::date", dt.date.max),
        ("'-infinity'::date", dt.date.min),
        ("'infinity'::timestamp", dt.datetime.max),
        ("'-infinity'::timestamptz", dt.datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_datestyle_and_infinity(cur, datestyle, expression, wanted):
    cur.execute(f"set datestyle = '{datestyle}'")
    cur.execute(f"select {expression}")
    assert same(cur.fetchone()[0], wanted)


@pytest.mark.parametrize("datestyle", DATESTYLES)
@pytest.mark.parametrize(
    "expression",
    ["'0044-03-15 BC'::date", "'10000-01-02'::date", "'0044-03-15 BC'::timestamp",
     "'10000-01-02'::timestamp", "'10000-01-02+00'::timestamptz", "'0012-03-15 BC'::date"],
)  # fmt: skip
def test_datestyle_and_years_that_python_has_not(cur, datestyle, expression):
    cur.execute(f"set datestyle = '{datestyle}'")
    cur.execute(f"select {expression}")
    with pytest.raises((ValueError, *REFUSALS)):
        cur.fetchone()


@pytest.mark.parametrize("datestyle", DATESTYLES)
@pytest.mark.parametrize("value", [*DATES, *STAMPS], ids=str)
def test_datestyle_is_not_of_parameters(cur, datestyle, value):
    """What is sent is read the same, whatever the order of day and month is."""
    cur.execute(f"set datestyle = '{datestyle}'")
    cur.execute(
        "select extract(year from %s)::int, extract(month from %s)::int, extract(day from %s)::int",
        (value,) * 3,
    )
    assert cur.fetchone() == (value.year, value.month, value.day)


@through_server
@given(
    value=st.dates() | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
    datestyle=st.sampled_from(DATESTYLES),
    zone=st.sampled_from(ZONES),
)
def test_datestyle_any_date_is_right_or_refused(conn, value, datestyle, zone):
    try:
        ((alone, in_array),) = fetch_in(conn, datestyle, [value], zone)
    except REFUSALS:
        conn.rollback()
        assert not is_iso(datestyle)
    except ValueError:
        conn.rollback()
        # in this timezone, it is in a year which Python has not
        assert value.tzinfo and not 1 < value.year < 9999
    else:
        assert alone == value
        assert in_array == [value, None]


def test_datestyle_may_change_between_results(conn, cur):
    for style in ("ISO", "German", "ISO", "SQL, DMY", "ISO"):
        cur.execute(f"set datestyle = '{style}'")
        cur.execute("select '2020-02-03'::date")
        try:
            assert cur.fetchone() == (dt.date(2020, 2, 3),)
        except REFUSALS:
            assert style != "ISO"


@pytest.mark.parametrize("output", ["hex", "escape"])
@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"abc",
        b"\\",
        b"\\x",
        b"\\\\",
        b"\x00",
        b"'\"\\",
        bytes(range(256)),
        b"\\x4142",
        b"\\134",
    ],
    ids=repr,
)
def test_bytea_output_changes_nothing(cur, output, value):
    cur.execute(f"set bytea_output = {output}")
    cur.execute("select %s, array[%s, null, %s]", (value, value, value))
    assert same(cur.fetchone(), (value, [value, None, value]))


@through_server
@given(value=FAKERS["bytea"], output=st.sampled_from(["hex", "escape"]))
def test_bytea_output_changes_nothing_of_any_bytes(cur, value, output):
    cur.execute(f"set bytea_output = {output}")
    cur.execute("select %s, %s", (value, [[value, None], [None, value]]))
    assert same(cur.fetchone(), (value, [[value, None], [None, value]]))


FLOATS = [0.1, 1 / 3, 1e300 / 3, 5e-324, 1.7976931348623157e308, 123456789.123456789, -2.5e-8]


@pytest.mark.parametrize("digits", [1, 2, 3])
@pytest.mark.parametrize("value", FLOATS)
def test_extra_float_digits_gives_every_bit(cur, digits, value):
    cur.execute(f"set extra_float_digits = {digits}")
    cur.execute("select %s::float8, array[%s::float8]", (value, value))
    assert same(cur.fetchone(), (value, [value]))


@pytest.mark.parametrize("digits", [-15, -1, 0])
@pytest.mark.parametrize("value", FLOATS)
def test_extra_float_digits_of_less_gives_what_the_server_says(cur, digits, value):
    """The server rounds, as it was told to."""
    cur.execute(f"set extra_float_digits = {digits}")
    cur.execute("select %s::float8, (%s::float8)::text", (value, value))
    got, text = cur.fetchone()
    assert got == float(text)


@pytest.mark.parametrize("money", ["C"])
def test_money_is_its_text(cur, money):
    cur.execute(f"set lc_monetary = '{money}'")
    cur.execute("select 5::money, array[5::money]")
    got, array = cur.fetchone()
    assert "5.00" in got
    assert "5.00" in array


@pytest.mark.parametrize(
    "setting",
    [
        "xmlbinary = hex",
        "timezone_abbreviations = 'Australia'",
        "array_nulls = off",
        "backslash_quote = off",
        "transform_null_equals = on",
        "quote_all_identifiers = on",
    ],
)
def test_other_settings_change_nothing(conn, cur, setting):
    cur.execute("set timezone = 'UTC'")
    cur.execute(f"set {setting}")
    values = (
        None,
        'it\'s \\ "quoted"',
        [None, "NULL", "a"],
        b"\x00'\\",
        dt.datetime(2020, 1, 2, tzinfo=UTC),
        dt.timedelta(1, 2, 3),
    )
    cur.execute("select %s, %s, %s::text[], %s, %s, %s", values)
    got = cur.fetchone()
    if "array_nulls" in setting:
        assert got[2][1:] == values[2][1:]
        got = (*got[:2], values[2], *got[3:])
    assert same(got, values)
