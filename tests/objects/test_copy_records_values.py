"""copy_records() loads what INSERT would have stored, of each type and in each encoding."""

import datetime as dt
import decimal
import enum
import ipaddress
import uuid

import pytest
from fix_copy import MANY, Name, as_iterator, as_long_list, rows_of, ways
from fix_faker import FAKERS, arrays, through_server
from hypothesis import given, settings
from hypothesis import strategies as st

import psycopg2
from psycopg2 import errors, extensions, extras
from psycopg2.extensions import TRANSACTION_STATUS_INERROR, AsIs

pytestmark = pytest.mark.usefixtures("no_copy_is_left")


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
@pytest.mark.parametrize("style", ["postgres", "postgres_verbose", "sql_standard", "iso_8601"])
def test_intervals_keep_the_signs_of_their_parts(cur, style, way):
    class Own(dt.timedelta):
        pass

    values = [dt.timedelta(-3, 5, 7), dt.timedelta(-1), dt.timedelta(2, 3), Own(-4, 1)]
    cur.execute("create temp table spans (v interval, w interval[])")
    cur.execute("set intervalstyle to " + style)
    cur.copy_records("spans", way([(v, [v]) for v in values]))
    cur.execute("select v, w[1] from spans")
    assert set(cur.fetchall()) == {(v, v) for v in values}


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
