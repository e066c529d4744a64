"""What programs rely on, one test for each row: values there and back (43 to 68)."""

import collections
import datetime as dt
import enum
import ipaddress
import pickle
from decimal import Decimal

import pytest

import psycopg2
from psycopg2 import extensions, extras
from psycopg2.extensions import adapt, new_type, register_adapter, register_type
from psycopg2.extras import NumericRange, Range

pytestmark = pytest.mark.usefixtures("registries")


def ask(cur, *args):
    cur.execute(*args)
    return cur.fetchone()[0]


class Base:
    pass


class Quoted:
    """An adapter that has getquoted() and no prepare()."""

    def __init__(self, obj):
        self.obj = obj

    def getquoted(self):
        return b"'base'"


def test_row_043_conform_goes_before_superclass():
    class Sub(Base):
        def __conform__(self, proto):
            return extensions.AsIs("conform")

    register_adapter(Base, Quoted)
    assert adapt(Sub()).getquoted() == b"conform"


def test_row_044_subclasses_inherit_adapters(cur):
    class Sub(Base):
        pass

    register_adapter(Base, Quoted)
    assert ask(cur, "select %s", (Sub(),)) == "base"


def test_row_045_prepare_is_optional(cur):
    class Prepared(Quoted):
        def prepare(self, conn):
            self.conn = conn

        def getquoted(self):
            return b"true" if self.conn is cur.connection else b"false"

    register_adapter(Base, Quoted)
    assert ask(cur, "select %s", (Base(),)) == "base"
    register_adapter(Base, Prepared)
    assert ask(cur, "select %s", (Base(),)) is True


@pytest.mark.parametrize("number", [-1, -1.5, Decimal("-1.5")])
def test_row_046_negative_number_after_a_minus_sign(cur, number):
    assert ask(cur, "select 5-%s", (number,)) == 5 - number


@pytest.mark.parametrize("text", ["Infinity", "-Infinity", "NaN", "sNaN"])
def test_row_047_decimal_infinity_is_nan(cur, text):
    assert cur.mogrify("%s", (Decimal(text),)) == b"'NaN'::numeric"


def test_row_048_int_enum_is_a_number(cur):
    class Color(enum.IntEnum):
        RED = 3

    assert cur.mogrify("%s", (Color.RED,)) == b"3"


def test_row_049_namedtuple_is_a_record(cur):
    point = collections.namedtuple("point", "x y")
    assert cur.mogrify("%s", (point(1, "a"),)) == b"(1, 'a')"
    assert ask(cur, "select 1 in %s", (point(1, 2),)) is True


def test_row_050_most_specific_scope_wins(conn, cur):
    for kind, scope in (("module", None), ("conn", conn), ("cur", cur)):
        register_type(new_type((23,), kind, lambda v, c, kind=kind: kind), scope)
        assert ask(cur, "select 1") == kind
    assert ask(conn.cursor(), "select 1") == "conn"


def test_row_051_casters_get_none_for_null(cur):
    register_type(new_type((23,), "N", lambda value, cur: (value,)), cur)
    assert ask(cur, "select null::int") == (None,)


def test_row_052_bytea_is_a_memoryview(cur):
    value = ask(cur, "select %s::bytea", (b"a\0b",))
    assert isinstance(value, memoryview)
    assert bytes(value) == b"a\0b"


def test_row_053_casters_under_bytes_skip_decoding(conn, cur):
    cur.execute("set client_encoding to sql_ascii")
    with pytest.raises(UnicodeDecodeError):
        ask(cur, "select U&'\\00E9'")
    register_type(extensions.BYTES, conn)
    register_type(extensions.BYTESARRAY, conn)
    assert ask(cur, "select U&'\\00E9'") == "é".encode()
    assert ask(cur, "select array[U&'\\00E9', null]") == ["é".encode(), None]


def test_row_054_values_for_the_float_recipe(cur):
    values = extensions.DECIMAL.values
    assert values == (1700,)
    to_float = new_type(values, "DEC2FLOAT", lambda v, c: None if v is None else float(v))
    register_type(to_float, cur)
    value = ask(cur, "select 1.5::numeric")
    assert (value, type(value)) == (1.5, float)


@pytest.mark.parametrize("text", ["infinity", "-infinity"])
def test_row_055_infinite_timestamptz_stays_aware(cur, text):
    value = ask(cur, f"select '{text}'::timestamptz")
    assert value.tzinfo is not None
    assert value.year == (9999 if text == "infinity" else 1)
    assert ask(cur, f"select '{text}'::timestamp").tzinfo is None


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_row_056_year_10000_is_a_value_error(cur, kind):
    with pytest.raises(ValueError, match="10000"):
        ask(cur, f"select '10000-01-02'::{kind}")


def test_row_057_24_00_becomes_00_00(cur):
    assert ask(cur, "select '24:00'::time") == dt.time(0, 0)
    assert ask(cur, "select '24:00+01'::timetz").replace(tzinfo=None) == dt.time(0, 0)


def test_row_058_offsets_keep_their_seconds(cur):
    cur.execute("set timezone to 'Asia/Kolkata'")
    value = ask(cur, "select '1850-01-01 00:00:00+00'::timestamptz")
    assert value.utcoffset() == dt.timedelta(hours=5, minutes=53, seconds=28)
    value = extensions.PYDATETIMETZ("2000-01-01 00:00:00+01:02:03", cur)
    assert value.utcoffset() == dt.timedelta(hours=1, minutes=2, seconds=3)


def test_row_059_tzinfo_factory_gets_a_timedelta(cur):
    got = []

    def factory(offset):
        got.append(offset)
        return dt.timezone(offset)

    cur.tzinfo_factory = factory
    cur.execute("set timezone to 'Asia/Kathmandu'")
    ask(cur, "select '2020-01-01 00:00:00+00'::timestamptz")
    assert got == [dt.timedelta(hours=5, minutes=45)]


@pytest.mark.parametrize("text", ["1 day 2", "x", "1 mon 2:3:4:5", "P1", "1:", "--1 day"])
def test_row_060_malformed_interval_is_an_error(cur, text):
    with pytest.raises((ValueError, OverflowError, psycopg2.Error)):
        extensions.INTERVAL(text, cur)


def test_row_061_array_of_an_unknown_type_stays_a_string(conn, cur):
    cur.execute("create type pg_temp.mood as enum ('a', 'b')")
    assert ask(cur, "select array['a', 'b']::pg_temp.mood[]") == "{a,b}"


@pytest.mark.parametrize("value", [[None], [None, None], [[None, None], [None, None]]])
def test_row_062_lists_of_none_adapt(cur, value):
    assert ask(cur, "select %s::text[]", (value,)) == value


@pytest.mark.parametrize("value", [[], [[]], [[], []], [[[]]]])
def test_row_062_lists_empty_within_adapt(cur, value):
    assert ask(cur, "select %s::text[]", (value,)) == []


def test_row_063_ranges_are_hashable_ordered_picklable():
    a, b = NumericRange(1, 5), NumericRange(2, 5)
    assert len({a, NumericRange(1, 5), b}) == 2
    assert sorted([b, a]) == [a, b]
    assert pickle.loads(pickle.dumps(a)) == a


def test_row_064_empty_range_is_falsy():
    assert not Range(empty=True)
    assert Range(1, 1)


def test_row_065_composites(conn, cur):
    cur.execute("create schema row65 create table here (i int, s text)")
    cur.execute("create type row65.outside as (h row65.here, n numeric)")
    cur.execute("set search_path to row65")
    extras.register_composite("here", conn)
    extras.register_composite("outside", conn)
    value = ask(cur, "select ((1, 'a')::here, 2.5)::outside")
    assert (value.h.i, value.h.s, value.n) == (1, "a", Decimal("2.5"))
    conn.rollback()


def test_row_066_hstore_none_is_a_value_never_a_key(connect):
    conn = connect()
    cur = conn.cursor()
    cur.execute("create schema row66 create table t (i int)")
    cur.execute("create extension hstore schema row66")
    cur.execute("set search_path to row66")
    extras.register_hstore(cur)
    assert ask(cur, "select %s", ({"a": None},)) == {"a": None}
    with pytest.raises((psycopg2.Error, TypeError, ValueError)):
        cur.execute("select %s", ({None: "a"},))
    conn.rollback()


def test_row_067_dict_does_not_adapt_until_registered(cur):
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'dict'"):
        cur.execute("select %s", ({"a": 1},))
    register_adapter(dict, extras.Json)
    assert ask(cur, "select %s::jsonb", ({"a": 1},)) == {"a": 1}


def test_row_068_inet_is_str_or_ipaddress(conn, cur):
    assert ask(cur, "select '10.0.0.1/8'::inet") == "10.0.0.1/8"
    extras.register_ipaddress(conn)
    assert ask(cur, "select '10.0.0.1/8'::inet") == ipaddress.ip_interface("10.0.0.1/8")
