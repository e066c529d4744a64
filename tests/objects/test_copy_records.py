"""copy_records(): it loads what INSERT would have stored; where something goes wrong, nothing."""

import collections
import datetime as dt
import decimal
import enum
import ipaddress
import itertools
import signal
import sqlite3
import threading
import uuid

import pytest
from fix_faker import FAKERS, arrays, through_server
from fix_interpreter import run_script
from hypothesis import given, settings
from hypothesis import strategies as st

import psycopg2
from psycopg2 import errors, extensions, extras
from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE, TRANSACTION_STATUS_INERROR, AsIs

MANY = 5000  # records of a list go in the binary format when there are so many


def as_iterator(records):
    return iter(records)


def as_long_list(records):
    """The records again and again."""
    return list(itertools.islice(itertools.cycle(records), max(MANY, len(records))))


# In text, and, where the types allow it, in binary.
WAYS = [as_iterator, as_long_list]
ways = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(autouse=True)
def no_copy_is_left(conn):
    yield
    assert conn.get_transaction_status() != TRANSACTION_STATUS_ACTIVE
    conn.rollback()
    with conn.cursor() as cur:
        cur.execute("select 1")
        assert cur.fetchone() == (1,)


@pytest.fixture
def table(cur):
    """A cursor of a connection that has an empty table `data`."""
    cur.execute("create temp table data (a int, b text, c float8)")
    return cur


def rows_of(cur, table="data"):
    cur.execute(f"select * from {table} order by ctid")
    return cur.fetchall()


def texts_of(cur, table, limit):
    """What the server has in the table, to the bit, in the order in which it came."""
    cur.execute(f"select t.*::text from {table} t order by ctid limit %s", (limit,))
    return cur.fetchall()


def check_as_insert(cur, type_, values, way):
    """Values become in a column what they become when they are inserted."""
    cur.execute(
        f"""
        drop table if exists pg_temp.copied, pg_temp.inserted;
        create temp table copied (v {type_});
        create temp table inserted (v {type_})
        """
    )
    for value in values:
        cur.execute("insert into inserted values (%s)", (value,))
    records = way([(value,) for value in values])
    cur.copy_records("copied", records)
    assert texts_of(cur, "copied", len(values)) == texts_of(cur, "inserted", len(values))


# -- Values ---------------------------------------------------------------------------------------


@ways
@pytest.mark.parametrize("type_", FAKERS)
def test_values_become_what_insert_makes_of_them(cur, type_, way):
    @settings(through_server, max_examples=10)
    @given(st.lists(FAKERS[type_] | st.none(), min_size=1, max_size=20))
    def check(values):
        check_as_insert(cur, type_, values, way)

    check()


@pytest.mark.parametrize("type_", ["int4", "float8", "numeric", "text", "bytea", "timestamp"])
def test_lists_become_what_insert_makes_of_them(cur, type_):
    @settings(through_server, max_examples=10)
    @given(st.lists(arrays(FAKERS[type_]), min_size=1, max_size=5))
    def check(values):
        check_as_insert(cur, f"{type_}[]", values, as_iterator)

    check()


class Name(str):
    pass


class Colour(str, enum.Enum):
    RED = "red"


class Size(enum.IntEnum):
    BIG = 3


class Own:
    """It adapts by itself."""

    def __init__(self, literal):
        self.literal = literal

    def __conform__(self, protocol):
        return self

    def getquoted(self):
        return self.literal


UTC = dt.timezone.utc
ODD_ZONE = dt.timezone(dt.timedelta(hours=-3, minutes=-30, seconds=-15))

VALUES = [
    (
        "text",
        ["", None, "NULL", "\\N", "\\.", "a\tb\nc\rd\\e\b\f\v'\"", "\x01\x7f", "é€\U0001f600"],
    ),
    ("text", [Name("it's"), Colour.RED, "x" * 200_000 + "\\" + "é" * 200_000]),
    ("text", [AsIs("'x''y'"), AsIs("E'a\\tb\\'c\\\\\\x41\\101\\u00e9\\U0001F600'"), AsIs("null")]),
    ("text", [Own(b"'x'::pg_catalog.text"), Own("  'é' :: text ::\"varchar\""), Own("'5'")]),
    ("text[]", [AsIs("ARRAY['a\"b', null, E'\\\\'::text, 'c,d']::text[]"), AsIs("'{}'"), []]),
    ("text[]", [["NULL", None, "", 'a"b\\', "{x}", " y "], [None], [["a"], ["b"]]]),
    ("text[]", [AsIs("array[['a','b'],['c','d']]"), extensions.adapt(["x", "y"])]),
    ("int", [0, -1, 2**31 - 1, -(2**31), Size.BIG, AsIs("-7"), AsIs(" + 7 "), AsIs("12::int4")]),
    ("int8", [2**63 - 1, -(2**63), 2**31]),
    ("int2", [2**15 - 1, -(2**15)]),
    ("numeric", [10**40, 1.5, decimal.Decimal("1.500"), decimal.Decimal("NaN"), 7, AsIs("1e3")]),
    ("numeric", [decimal.Decimal("-Infinity"), decimal.Decimal("1E+10"), AsIs(".5"), -3]),
    ("float8", [0.0, -0.0, 1e308, 5e-324, 1 / 3, float("inf"), float("-inf"), float("nan"), 2**53]),
    ("float8", [3, -(2**53), 10**20, decimal.Decimal("0.1")]),
    ("float4", [0.1, 16777217.0, 1e-45]),
    ("bool", [True, False, AsIs("true"), AsIs("FALSE"), AsIs("'yes'")]),
    ("bytea", [b"", b"\\x00", bytes(range(256)), bytearray(b"\0"), memoryview(b"abcdef")[::2]]),
    (
        "date",
        [dt.date.min, dt.date.max, dt.datetime(2020, 2, 29, 23, 59), AsIs("'infinity'::date")],
    ),
    ("timestamp", [dt.datetime.min, dt.datetime.max, dt.datetime(2000, 1, 1, 0, 0, 0, 1)]),
    ("timestamp", [dt.datetime(2020, 1, 1, 12), dt.date(2020, 1, 1), "yesterday"]),
    (
        "timestamptz",
        [dt.datetime(2020, 1, 1, 12, tzinfo=ODD_ZONE), dt.datetime(1, 1, 1, tzinfo=UTC)],
    ),
    (
        "timestamptz",
        [dt.datetime(2020, 7, 1, 12), dt.date(2020, 7, 1), "2020-01-01 00:00 Asia/Tokyo"],
    ),
    ("time", [dt.time(0), dt.time.max, dt.time(1, 2, 3, tzinfo=UTC)]),
    ("timetz", [dt.time(1, 2, 3, 4, tzinfo=ODD_ZONE), dt.time(1, 2)]),
    ("interval", [dt.timedelta(0), dt.timedelta(-1, 1, 1), dt.timedelta.max, dt.timedelta.min]),
    ("uuid", [uuid.UUID(int=0), str(uuid.UUID(int=5)), uuid.UUID(int=2**128 - 1)]),
    ("jsonb", [extras.Json({"a": ["\\", '"', "é", None]}), '{"b": 1}', extras.Json("x\ty")]),
    ("inet", [extras.Inet("10.0.0.1/8"), "::1"]),
    ("numrange", [extras.NumericRange(1, 2.5), extras.NumericRange(empty=True), "(,)"]),
    ("daterange", [extras.DateRange(dt.date(2020, 1, 1), None, "(]"), extras.DateRange()]),
    ("tsrange[]", [[extras.DateTimeRange(dt.datetime(2020, 1, 1)), None]]),
    ("tstzrange", [extras.DateTimeTZRange(dt.datetime(2020, 1, 1, tzinfo=UTC), empty=True)]),
    ("int", [(5,), ("6",)]),
    ("varchar(3)", ["abc", "de   ", "é"]),
    ("char(4)", ["abc", ""]),
    ("numeric(6,2)", [1, 1.25, decimal.Decimal("1.005")]),
    ("timestamp(0)", [dt.datetime(2020, 1, 1, 0, 0, 0, 500_000)]),
    ("bit(3)", ["101"]),
    ("point", ["(1,2)"]),
    ("money", ["12.30"]),
    ("name", ["x" * 80]),
    ("xml", ["<a>é</a>"]),
    ("json", ['{"a": 1}']),
]


@ways
@pytest.mark.parametrize("type_, values", VALUES)
def test_corner_values_become_what_insert_makes_of_them(cur, type_, values, way):
    cur.execute("set timezone to 'Europe/Berlin'")
    check_as_insert(cur, type_, values, way)


@ways
def test_types_of_the_users_are_loaded(cur, registries, way):
    cur.execute(
        """
        create type pg_temp.mood as enum ('sad', 'it''s ok');
        create domain pg_temp.small as int check (value < 10);
        create domain pg_temp.smaller as pg_temp.small check (value < 5);
        create type pg_temp.pair as (a int, b text);
        create type pg_temp.nested as (x pg_temp.pair, y int[])
        """
    )
    check_as_insert(cur, "pg_temp.mood", ["sad", "it's ok", None], way)
    check_as_insert(cur, "pg_temp.small", [1, None, 9], way)
    check_as_insert(cur, "pg_temp.smaller", [1, None, 4], way)
    check_as_insert(cur, "pg_temp.pair", [(1, 'a"b,(\\'), (None, ""), (2, None)], way)
    cur.execute("create temp table pairs (v pg_temp.pair[])")
    cur.copy_records("pairs", [([(1, "x"), None, (2, 'y\\"')],)])
    cur.execute("select v[1].b, v[2].b, v[3].b from pairs")
    assert cur.fetchall() == [("x", None, 'y\\"')]
    check_as_insert(cur, "pg_temp.nested", [((1, "x y"), [1, 2]), (None, None)], way)
    cur.execute("create temp table checked (v pg_temp.smaller)")
    with pytest.raises(errors.CheckViolation):
        cur.copy_records("checked", way([(1,), (7,)]))


@ways
def test_hstore_and_multiranges_are_loaded(conn, cur, registries, way):
    cur.execute("create extension if not exists hstore")
    extras.register_hstore(cur)
    check_as_insert(cur, "hstore", [{}, {"a": None, 'q"\\': "x=>y", "": ""}], way)
    with pytest.raises(psycopg2.DataError, match=r"records\[0\]\[0\].*hstore key"):
        cur.copy_records("copied", [({None: "a"},)])
    if conn.server_version < 140000:
        return
    conn.rollback()
    ranges = [extras.DateRange(dt.date(2020, 1, 1)), extras.DateRange(None, dt.date(2019, 1, 1))]
    values = [extras.DateMultirange(ranges), extras.DateMultirange()]
    check_as_insert(cur, "datemultirange", values, way)
    check_as_insert(cur, "nummultirange", [extras.NumericMultirange([extras.NumericRange(1)])], way)


@ways
def test_registered_adapters_are_asked(cur, registries, way):
    class Celsius(float):
        pass

    def adapt_date(value):
        if value == dt.date.max:
            return AsIs("'infinity'::date")
        return extensions.DateFromPy(value)

    extensions.register_adapter(Celsius, lambda value: AsIs(f"'{value * 2}'::float8"))
    extensions.register_adapter(dt.date, adapt_date)
    extensions.register_adapter(ipaddress.IPv4Address, extras.Inet)
    check_as_insert(cur, "float8", [Celsius(1.5), 1.5], way)
    check_as_insert(cur, "date", [dt.date.max, dt.date(2020, 1, 1)], way)
    cur.execute("select max(v)::text from copied")
    assert cur.fetchone() == ("infinity",)
    extensions.register_adapter(str, lambda value: AsIs("'replaced'"))
    cur.copy_records("copied", way([(None,)]))  # no str in it
    cur.execute("create temp table replaced (v text)")
    cur.copy_records("replaced", way([("x",)]))
    assert set(rows_of(cur, "replaced")) == {("replaced",)}


def test_a_getquoted_of_ones_own_goes_before_the_text_it_inherits(cur, registries):
    class Mine(extras.HstoreAdapter if hasattr(extras, "HstoreAdapter") else object):
        def __init__(self, wrapped):
            self.wrapped = wrapped

        def prepare(self, conn):
            pass

        def getquoted(self):
            return b"'mine'"

    extensions.register_adapter(dict, Mine)
    cur.execute("create temp table texts (v text)")
    cur.copy_records("texts", [({"a": "b"},)])
    assert rows_of(cur, "texts") == [("mine",)]


@ways
@pytest.mark.parametrize("type_", ["timestamp", "timestamp(3)", "date", "time", "timestamp[]"])
def test_a_time_zone_is_not_dropped(cur, way, type_):
    """INSERT converts to the session's zone, COPY would leave it out without a word."""
    value = dt.datetime(2020, 1, 1, 12, tzinfo=UTC)
    cur.execute(f"create temp table zoneless (a int, v {type_})")
    records = [(1, None), (1, [value] if type_[-1] == "]" else value)]
    with pytest.raises(psycopg2.DataError, match=r"records\[1\]\[1\]: .*time zone"):
        cur.copy_records("zoneless", way(records))


def test_a_time_zone_is_not_dropped_from_a_range(cur):
    cur.execute("create temp table zoneless (v tsrange)")
    value = extras.DateTimeRange(dt.datetime(2020, 1, 1, 12, tzinfo=UTC))
    with pytest.raises(psycopg2.DataError, match=r"records\[0\]\[0\]: .*time zone"):
        cur.copy_records("zoneless", [(value,)])


EXPRESSIONS = ["now()", "1 + 1", "current_date", "(select 1)", "'a' || 'b'", "default", "", "1; 2"]
EXPRESSIONS += [
    "'a'::varchar(1)",
    "'open",
    "E'\\",
    "ARRAY[1",
    "ARRAY[now()]",
    "x'1'",
    "0x1F",
    "1_0",
]
EXPRESSIONS += [
    "'a' 'b'",
    "-'1'",
    "ARRAY[1][1]",
    "$$a$$",
    "null + 1",
    "truely",
    "nullif",
    "date '1'",
]
EXPRESSIONS += ["'x'::", "'x'::\"a", "'x'::int[1]", "1e", ".", "- - 1", "E'\\ud800'", "ARRAY[" * 40]


@pytest.mark.parametrize("sql", EXPRESSIONS)
def test_an_expression_is_refused(table, sql):
    with pytest.raises(psycopg2.ProgrammingError, match=r"records\[1\]\[1\]: .*SQL expression"):
        table.copy_records("data", [(1, "x", 2.5), (2, AsIs(sql), 2.5)])
    assert table.connection.get_transaction_status() == TRANSACTION_STATUS_INERROR


# -- Encodings ------------------------------------------------------------------------------------

LETTERS = {
    "UTF8": "aé€\U0001f600",
    "LATIN1": "aé",
    "WIN1252": "a€",
    "KOI8R": "жук",
    "EUC_JP": "表ソ",
    "SJIS": "表ソ能\\",  # the second byte of these is a backslash
    "BIG5": "功許蓋\\",
    "GBK": "誠\\",
    "GB18030": "誠\U0001f600\\",
    "UHC": "갂\\",
    "SHIFT_JIS_2004": "表ソ",
}


@pytest.mark.parametrize("encoding", LETTERS)
def test_client_encodings_are_honoured(conn, cur, encoding):
    conn.set_client_encoding(encoding)
    text = LETTERS[encoding]
    values = [text, f"{text}\t{text}\n", f"'{text}'", f'"{text}"']
    check_as_insert(cur, "text", values, as_iterator)
    check_as_insert(cur, "text", values, as_long_list)
    check_as_insert(cur, "text[]", [values], as_iterator)
    check_as_insert(cur, "jsonb", [extras.Json(values), extras.Json({text: 1})], as_iterator)
    cur.execute("select * from copied limit 1")
    assert cur.fetchone() == (values,)


@ways
@pytest.mark.parametrize("encoding, text", [("LATIN1", "€"), ("UTF8", "\ud800"), ("SJIS", "\xe9")])
def test_what_an_encoding_lacks_is_an_error(conn, table, way, encoding, text):
    conn.commit()
    conn.set_client_encoding(encoding)
    with pytest.raises(UnicodeEncodeError, match=r"in records\[0\]\[1\]"):
        table.copy_records("data", way([(1, text, 1.0)]))


def test_names_in_the_client_encoding(conn, cur):
    conn.set_client_encoding("LATIN1")
    cur.execute('create temp table "é" ("ü" int)')
    cur.copy_records("é", as_long_list([(1,)]), columns=["ü"])
    assert cur.rowcount == MANY


def test_old_strings(conn, cur):
    cur.execute("set standard_conforming_strings to off")
    check_as_insert(cur, "text", ["a\\b'c", AsIs("'a\\tb'"), Name("\\")], as_iterator)
    check_as_insert(cur, "bytea", [b"\\\0'", bytearray(b"\\")], as_iterator)
    check_as_insert(cur, "jsonb", [extras.Json("\\")], as_iterator)


# -- What is told ---------------------------------------------------------------------------------


def test_the_cursor_tells_what_was_done(table):
    assert table.copy_records("data", [(1, "x", 1.0), (2, None, None)]) is None
    assert table.rowcount == 2
    assert table.statusmessage == "COPY 2"
    assert table.query == b'COPY "data" FROM STDIN'
    assert table.description is None
    with pytest.raises(psycopg2.ProgrammingError, match="no results"):
        table.fetchone()
    assert rows_of(table) == [(1, "x", 1.0), (2, None, None)]


def test_names_are_quoted(cur):
    cur.execute('create temp table "T ""x" ("a""b" int, "C, d" int)')
    cur.copy_records('T "x', [(1, 2)], columns=iter(["C, d", 'a"b']), schema="pg_temp")
    assert cur.query == b'COPY "pg_temp"."T ""x" ("C, d","a""b") FROM STDIN'
    assert rows_of(cur, '"T ""x"') == [(2, 1)]


def test_columns_choose_and_order(table):
    table.copy_records("data", as_long_list([(2.5, 1)]), columns=("c", "a"))
    assert set(rows_of(table)) == {(1, None, 2.5)}


@ways
def test_no_records(table, way):
    table.copy_records("data", way([]) if way is as_iterator else [])
    assert (table.rowcount, table.statusmessage) == (0, "COPY 0")


@ways
def test_a_table_without_columns(cur, way):
    cur.execute("create temp table empty ()")
    cur.copy_records("empty", way([()]))
    cur.execute("select count(*) from empty")
    assert cur.fetchone() == (1 if way is as_iterator else MANY,)


@ways
def test_generated_and_dropped_columns(conn, cur, way):
    if conn.server_version < 120000:
        pytest.skip("generated columns came with PostgreSQL 12")
    cur.execute(
        """
        create temp table g (a int, gone text, b int generated always as (a * 2) stored, c text);
        alter table g drop column gone
        """
    )
    cur.copy_records("g", way([(1, "x")]))
    assert set(rows_of(cur, "g")) == {(1, 2, "x")}


def records_of_every_kind():
    Pair = collections.namedtuple("Pair", "a b c")
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    yield (1, "x", 1.0)
    yield [1, "x", 1.0]
    yield Pair(1, "x", 1.0)
    yield collections.UserList([1, "x", 1.0])
    yield db.execute("select 1, 'x', 1.0").fetchone()
    db.close()


def test_records_of_every_kind(conn, table):
    records = list(records_of_every_kind())
    with conn.cursor(cursor_factory=extras.DictCursor) as cur:
        cur.execute("select 1 as a, 'x' as b, 1.0::float8 as c")
        records.append(cur.fetchone())
    table.copy_records("data", records)
    assert rows_of(table) == [(1, "x", 1.0)] * len(records)


def test_a_generator_is_read_as_it_goes(table):
    """A hundred times what is held at a time, and never more than a part of it."""
    alive = set()

    class Value(str):
        def __init__(self, text):
            alive.add(id(self))

        def __del__(self):
            alive.discard(id(self))

    most = 0

    def records():
        nonlocal most
        for i in range(100_000):
            most = max(most, len(alive))
            yield i, Value("x" * 60), None

    table.copy_records("data", records())
    assert table.rowcount == 100_000
    assert most <= 2


def test_in_a_transaction_and_without(conn, conn2, table):
    conn.commit()
    conn.autocommit = True
    table.execute("create temp table t (a int)")
    table.copy_records("t", as_long_list([(1,)]))
    with pytest.raises(psycopg2.ProgrammingError):
        table.copy_records("t", [(1,), (object(),)])
    table.execute("select count(*) from t")
    assert table.fetchone() == (MANY,)
    conn.autocommit = False
    table.copy_records("t", as_long_list([(1,)]))
    conn.rollback()
    table.execute("select count(*) from t")
    assert table.fetchone() == (MANY,)


# -- Errors ---------------------------------------------------------------------------------------


class Hostile:
    def __conform__(self, protocol):
        raise KeyError("mine")


class Odd(Exception):
    """It has more than a message."""

    def __init__(self, one, two):
        super().__init__(one, two)


class Raising:
    def __conform__(self, protocol):
        return self

    def getquoted(self):
        raise Odd(1, 2)


BAD = [
    ((1,), psycopg2.ProgrammingError, r"records\[5000\] has 1 values, and 3 are expected"),
    ((1, 2, 3, 4), psycopg2.ProgrammingError, r"records\[5000\] has 4 values"),
    ("abc", TypeError, r"records\[5000\] must be a sequence of values, not str"),
    (b"abc", TypeError, r"records\[5000\] must be"),
    ({1: 1, 2: 2, 3: 3}, TypeError, r"records\[5000\] must be .* not dict"),
    (collections.UserDict(a=1, b=2, c=3), TypeError, r"records\[5000\] must be .* UserDict"),
    ({1, 2, 3}, TypeError, r"records\[5000\] must be"),
    (iter("abc"), TypeError, r"records\[5000\] must be"),
    (None, TypeError, r"records\[5000\] must be"),
    (5, TypeError, r"records\[5000\] must be"),
    ((1, object(), 1.0), psycopg2.ProgrammingError, r"records\[5000\]\[1\]: can't adapt type"),
    ((1, ["x", [object()]], 1.0), psycopg2.ProgrammingError, r"records\[5000\]\[1\]: can't adapt"),
    ((1, "a\0b", 1.0), ValueError, r"records\[5000\]\[1\]: .*NUL"),
    ((1, ["a\0b"], 1.0), ValueError, r"records\[5000\]\[1\]: .*NUL"),
    ((1, Name("\0"), 1.0), ValueError, r"records\[5000\]\[1\]: .*NUL"),
    ((1, "\ud800", 1.0), UnicodeEncodeError, r"in records\[5000\]\[1\]"),
    ((1, Hostile(), 1.0), KeyError, None),
    ((1, (), 1.0), psycopg2.ProgrammingError, r"records\[5000\]\[1\]: .*empty tuple"),
    ((10**200_000, "x", 1.0), psycopg2.DataError, r"records\[5000\]\[0\]"),
    ((1, Raising(), 1.0), Odd, None),
]


@ways
@pytest.mark.parametrize("record, kind, text", BAD)
def test_a_bad_record_is_told_and_nothing_is_loaded(conn, table, record, kind, text, way):
    conn.commit()
    records = as_long_list([(1, "x", 1.0)]) + [record]
    with pytest.raises(kind, match=text) as raised:
        table.copy_records("data", iter(records) if way is as_iterator else records)
    if isinstance(raised.value, psycopg2.Error):
        assert raised.value.cursor is table
    if kind in (Odd, KeyError):
        assert raised.value.args in ((1, 2), ("mine",))
        assert getattr(raised.value, "__notes__", ["records[5000][1]"]) == ["records[5000][1]"]
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INERROR
    conn.rollback()
    assert rows_of(table) == []


@ways
@pytest.mark.parametrize(
    "record, kind, text",
    [
        (("x", "y", 1.0), errors.InvalidTextRepresentation, "line 5001, column a"),
        ((2**31, "y", 1.0), errors.NumericValueOutOfRange, "line 5001, column a"),
        ((True, "y", 1.0), errors.InvalidTextRepresentation, "line 5001, column a"),
    ],
)
def test_what_the_server_says_to_a_value_is_told(conn, table, record, kind, text, way):
    conn.commit()
    records = as_long_list([(1, "x", 1.0)]) + [record]
    with pytest.raises(kind, match=text):
        table.copy_records("data", iter(records) if way is as_iterator else records)
    conn.rollback()
    assert rows_of(table) == []


@ways
def test_a_constraint_that_fails(conn, cur, way):
    cur.execute("create temp table k (a int primary key, b text not null)")
    with pytest.raises(errors.UniqueViolation):
        cur.copy_records("k", [*((i, "x") for i in range(MANY)), (7, "x")])
    conn.rollback()
    cur.execute("create temp table k (a int primary key, b text not null)")
    with pytest.raises(errors.NotNullViolation):
        cur.copy_records("k", [*((i, "x") for i in range(MANY)), (-1, None)])


@pytest.mark.parametrize("after", [0, 1, 20_000])
@pytest.mark.parametrize(
    "error", [ValueError("mine"), Odd(1, 2), psycopg2.Error("mine"), KeyError(1)]
)
def test_what_the_iterable_raises_comes_through(conn, table, error, after):
    conn.commit()

    def records():
        for i in range(after):
            yield i, "x" * 20, None
        raise error

    with pytest.raises(type(error)) as raised:
        table.copy_records("data", records())
    assert raised.value is error
    assert error.args in (("mine",), (1, 2), (1,))
    conn.rollback()
    assert rows_of(table) == []


@pytest.mark.parametrize(
    "args, kwargs, kind",
    [
        ((), {}, TypeError),
        (("data",), {}, TypeError),
        ((5, []), {}, TypeError),
        ((None, []), {}, TypeError),
        (("da\0ta", []), {}, ValueError),
        (("data", 5), {}, TypeError),
        (("data", None), {}, TypeError),
        (("data", []), {"columns": 5}, TypeError),
        (("data", []), {"columns": "abc"}, TypeError),
        (("data", []), {"columns": [5]}, TypeError),
        (("data", []), {"columns": []}, psycopg2.ProgrammingError),
        (("data", []), {"columns": ["nosuch"]}, errors.UndefinedColumn),
        (("data", []), {"columns": ["a", "a"]}, errors.DuplicateColumn),
        (("data", []), {"schema": "nosuch"}, psycopg2.ProgrammingError),
        (("data", []), {"schema": 5}, TypeError),
        (("data", []), {"nosuch": 5}, TypeError),
        (("nosuch", []), {}, errors.UndefinedTable),
        (("nosuch", [(1,)] * MANY), {}, errors.UndefinedTable),
        (("data", [(1,)] * MANY), {"columns": ["nosuch"]}, errors.UndefinedColumn),
        (("data", [(1,)] * MANY), {}, psycopg2.ProgrammingError),
        (("data", [(1,)]), {}, psycopg2.ProgrammingError),
        (("data", [(1, 2, 3, 4)] * MANY), {}, psycopg2.ProgrammingError),
        (("data", [(1, 2)] * MANY), {"columns": ["a"]}, psycopg2.ProgrammingError),
        (("pg_catalog.pg_class", []), {}, errors.UndefinedTable),
    ],
)
def test_nonsense_is_refused(table, args, kwargs, kind):
    with pytest.raises(kind):
        table.copy_records(*args, **kwargs)


def test_nothing_is_sent_for_an_argument_that_is_wrong(conn, table):
    conn.commit()
    for wrong in (5, None):
        with pytest.raises(TypeError):
            table.copy_records("data", wrong)
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_where_it_cannot_be_done(dsn, connect, conn, table):
    with pytest.raises(psycopg2.ProgrammingError, match="named"):
        conn.cursor("name").copy_records("data", [])
    closed = conn.cursor()
    closed.close()
    with pytest.raises(psycopg2.InterfaceError, match="closed"):
        closed.copy_records("data", [])
    aconn = connect(dsn, async_=True)
    extras.wait_select(aconn)
    with pytest.raises(psycopg2.ProgrammingError, match="copy_records cannot be used in async"):
        aconn.cursor().copy_records("data", [])


# -- While it runs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda conn, cur: cur.execute("select 1"),
        lambda conn, cur: conn.commit(),
        lambda conn, cur: conn.cursor().copy_records("data", []),
        lambda conn, cur: conn.close(),
        lambda conn, cur: conn.set_client_encoding("LATIN1"),
        lambda conn, cur: conn.poll(),
    ],
)
def test_the_connection_is_busy_for_the_iterable(conn, table, use):
    def records():
        yield 1, "x", 1.0
        use(conn, table)

    with pytest.raises(psycopg2.ProgrammingError, match="busy"):
        table.copy_records("data", records())


def test_a_closed_cursor_does_not_matter(conn, table):
    def records():
        yield 1, "x", 1.0
        table.close()
        yield 2, "y", 2.0

    table.copy_records("data", records())
    with conn.cursor() as cur:
        assert rows_of(cur) == [(1, "x", 1.0), (2, "y", 2.0)]


def test_other_threads_wait(conn, table):
    started, answer = threading.Event(), []

    def other():
        started.wait(60)
        with conn.cursor() as cur:
            cur.execute("select count(*) from data")
            answer.append(cur.fetchone())

    thread = threading.Thread(target=other)
    thread.start()

    def records():
        yield 1, "x", 1.0
        started.set()
        yield from [(1, "x" * 50, 1.0)] * 10_000

    table.copy_records("data", records())
    thread.join(60)
    assert answer == [(10_001,)]


def test_records_that_change_while_they_are_read(table):
    class Meddler:
        def __conform__(self, protocol):
            record.clear()
            return AsIs("1")

    record = [Meddler(), "x", 1.0]
    with pytest.raises(psycopg2.ProgrammingError, match=r"records\[0\] has 0 values"):
        table.copy_records("data", [record])


def test_records_that_grow_while_they_are_read(table):
    records = [[1, "x", 1.0]] * MANY

    class Meddler:
        def __conform__(self, protocol):
            del records[5:]
            return AsIs("'y'")

    records[2] = [1, Meddler(), 1.0]
    table.copy_records("data", records)
    assert table.rowcount == 5


def test_green(connect, dsn):
    calls = []

    def wait(conn):
        calls.append(conn)
        extras.wait_select(conn)

    extensions.set_wait_callback(wait)
    try:
        conn = connect()
        cur = conn.cursor()
        cur.execute("create temp table data (a int, b text)")
        del calls[:]
        for way in WAYS:
            cur.copy_records("data", way([(1, "x" * 1000)] * 20_000))
            assert cur.rowcount == 20_000
        assert len(calls) > 2
        with pytest.raises(ValueError):
            cur.copy_records("data", [(1, "\0")])
        conn.rollback()
        cur.execute("select 1")
    finally:
        extensions.set_wait_callback(None)


def test_ctrl_c_ends_it(conn, table):
    conn.commit()

    def records():
        for i in range(50_000):
            if i == 40_000:
                signal.raise_signal(signal.SIGINT)
            yield i, "x" * 50, None

    with pytest.raises(KeyboardInterrupt):
        table.copy_records("data", records())
    conn.rollback()
    assert rows_of(table) == []


def test_ctrl_c_while_the_server_does_not_read(conn, conn2, cur):
    """A trigger waits for a lock: the data piles up before it, and the driver waits."""
    with conn2.cursor() as other:
        other.execute("select pg_advisory_lock(7, pg_backend_pid()), pg_backend_pid()")
        key = other.fetchone()[1]
    cur.execute(
        f"""
        create temp table slow (a text);
        create function pg_temp.wait() returns trigger language plpgsql as
        'begin perform pg_advisory_xact_lock(7, {key}); return new; end';
        create trigger wait before insert on slow for each row execute function pg_temp.wait()
        """
    )
    conn.commit()
    timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        cur.copy_records("slow", [("x" * 1000,)] * 50_000)
    timer.join()
    conn.rollback()
    cur.execute("select count(*) from slow")
    assert cur.fetchone() == (0,)


@pytest.mark.parametrize("after", [0, 20_000])
def test_the_server_vanishes(connect, conn2, after):
    conn = connect()
    cur = conn.cursor()
    cur.execute("create temp table gone (a int, b text)")

    def records():
        for i in range(100_000):
            if i == after:
                with conn2.cursor() as other:
                    other.execute("select pg_terminate_backend(%s)", (conn.info.backend_pid,))
            yield i, "x" * 50

    with pytest.raises(psycopg2.OperationalError):
        cur.copy_records("gone", records())
    assert conn.closed == 2


def test_a_child_of_the_iterable_leaves_the_connection_alone(dsn):
    lines = run_script(
        dsn,
        """
        cur.execute("create temp table f (a int)")

        def records():
            yield (1,)
            pid = os.fork()
            if not pid:
                try:
                    cur.execute("select 1")
                except psycopg2.Error as error:
                    print(type(error).__name__, flush=True)
                os._exit(0)
            os.waitpid(pid, 0)
            yield (2,)

        cur.copy_records("f", records())
        print(cur.rowcount)
        """,
    )
    assert lines in (["InterfaceError", "2"], ["ProgrammingError", "2"])
