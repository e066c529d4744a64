"""Any value, sent as a literal, comes back as the very same value."""

import datetime as dt
from decimal import Decimal

import pytest
from fix_faker import (
    FAKERS,
    all_texts,
    arrays,
    aware_datetimes,
    decimals,
    offsets,
    same,
    small_timedeltas,
    through_server,
)
from hypothesis import example, given
from hypothesis import strategies as st


def select(cur, value, cast=""):
    """Send it by position and by name, and return what came back of both."""
    cur.execute(f"select %s{cast}", (value,))
    (first,) = cur.fetchone()
    cur.execute(f"select %(value)s{cast}", {"value": value})
    (second,) = cur.fetchone()
    assert same(first, second)
    return first


# Types whose literal says what it is, so that no cast is needed: not numeric, whose 1 is an int.
SELF_DESCRIBING = ["bool", "int4", "text", "bytea", "date", "time", "timetz", "timestamp"]
SELF_DESCRIBING += ["interval", "uuid"]


@pytest.mark.parametrize("type_", SELF_DESCRIBING)
def test_literal_comes_back(conn, cur, type_):
    @through_server
    @given(FAKERS[type_])
    def check(value):
        assert same(select(cur, value), value)

    check()


@pytest.mark.parametrize("type_", FAKERS)
def test_literal_with_a_cast_comes_back(conn, cur, type_):
    @through_server
    @given(FAKERS[type_])
    def check(value):
        if type_ in ("int2", "int4", "int8", "float4", "float8"):
            # a cast binds closer than the sign of a number
            cur.execute(f"select cast(%s as {type_})", (value,))
            assert same(cur.fetchone()[0], value)
        else:
            assert same(select(cur, value, f"::{type_}"), value)

    check()


@pytest.mark.parametrize("type_", [t for t in FAKERS if t != "varchar"])
def test_literal_list_comes_back(conn, cur, type_):
    @through_server
    @given(arrays(FAKERS[type_]))
    def check(value):
        assert same(select(cur, value, f"::{type_}[]"), value)

    check()


@pytest.mark.parametrize("type_", [t for t in SELF_DESCRIBING if t != "text"])
def test_literal_in_a_tuple_is_found(conn, cur, type_):
    @through_server
    @given(st.lists(FAKERS[type_], min_size=1, max_size=5))
    def check(values):
        cur.execute("select %s in %s", (values[-1], tuple(values)))
        assert cur.fetchone() == (True,)

    check()


@through_server
@given(st.lists(all_texts, min_size=1, max_size=5))
def test_literal_text_in_a_tuple_is_found(conn, cur, values):
    cur.execute("select %s::text in %s", (values[-1], tuple(values)))
    assert cur.fetchone() == (True,)


@through_server
@given(st.integers() | st.integers(-(10**300), 10**300))
def test_literal_int_of_any_size(conn, cur, value):
    cur.execute("select cast(%s as numeric), %s", (value, [value]))
    got, (alone,) = cur.fetchone()
    assert same(got, Decimal(value))
    assert alone == value


@through_server
@given(st.floats())
@example(-0.0)
@example(5e-324)
@example(-1.7976931348623157e308)
def test_literal_float_bit_for_bit(conn, cur, value):
    cur.execute("select cast(%s as float8)", (value,))
    assert same(cur.fetchone()[0], value)


@through_server
@given(decimals() | st.decimals(allow_nan=False, allow_infinity=False))
@example(Decimal("1E+400"))
@example(Decimal("-1.50E-400"))
@example(Decimal("0E-20"))
def test_literal_decimal_keeps_its_value(conn, cur, value):
    if not value.is_nan() and abs(value.adjusted()) > 1000:
        value = value.scaleb(-value.adjusted())
    cur.execute("select cast(%s as numeric), %s", (value, [value, Decimal("0.5")]))
    got, (in_list, _) = cur.fetchone()
    assert same(got, in_list)
    if value.is_nan():
        assert got.is_nan()
    else:
        assert got == value
        if value.as_tuple().exponent <= 0 and value:
            assert str(got) == str(value)  # trailing zeros too


@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome", "America/St_Johns", "Asia/Kathmandu"])
def test_literal_aware_datetime_is_the_same_moment(conn, cur, zone):
    cur.execute("select set_config('timezone', %s, false)", (zone,))

    @through_server
    @given(aware_datetimes)
    def check(value):
        cur.execute("select %s, %s", (value, [value, None]))
        assert cur.fetchone() == (value, [value, None])

    check()


@through_server
@given(st.times(), offsets)
def test_literal_aware_time_keeps_its_offset(conn, cur, value, zone):
    value = value.replace(tzinfo=zone)
    got = select(cur, value)
    assert same(got, value)
    assert got.utcoffset() == zone.utcoffset(None)


@through_server
@given(small_timedeltas, st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)))
def test_literal_timedelta_means_the_same_to_the_server(conn, cur, delta, moment):
    cur.execute("select %s + %s, %s - %s", (moment, delta, moment, delta))
    assert cur.fetchone() == (moment + delta, moment - delta)


@through_server
@given(st.binary() | st.binary(min_size=1000, max_size=3000))
def test_literal_bytes_of_every_kind(conn, cur, value):
    cur.execute("select %s, %s, %s", (value, bytearray(value), memoryview(value)))
    for got in cur.fetchone():
        assert same(got, value)
    cur.execute("select %s", (memoryview(value)[::-1],))  # the original raises BufferError
    assert same(cur.fetchone()[0], value[::-1])


@through_server
@given(st.lists(st.one_of(st.none(), *(FAKERS[t] for t in SELF_DESCRIBING)), max_size=12))
def test_literal_many_of_many_types(conn, cur, values):
    if not values:
        return
    cur.execute("select " + ", ".join(["%s"] * len(values)), values)
    assert same(list(cur.fetchone()), values)
    names = {f"v{i}": value for i, value in enumerate(values)}
    cur.execute("select " + ", ".join(f"%({name})s" for name in names), names)
    assert same(list(cur.fetchone()), values)
