"""Paths of values: into SQL and back, by hand, refused; errors and what they tell."""

import contextlib
import copy
import datetime as dt
import pickle
import uuid
from decimal import Decimal

from world import Fails, expect, fails, path

import psycopg2
from psycopg2 import extensions

ZONE = dt.timezone(dt.timedelta(seconds=3601))

VALUES = [
    None,
    True,
    1,
    -(10**30),
    1.5,
    float("nan"),
    Decimal("1.50"),
    "text é '\\",
    b"bytes\0",
    bytearray(b"x"),
    memoryview(b"xyz")[::2],
    dt.date(2020, 1, 2),
    dt.time(1, 2, 3),
    dt.time(1, 2, 3, 4, ZONE),
    dt.datetime(2020, 1, 2, 3, 4, 5, 6),
    dt.datetime(2020, 1, 2, tzinfo=ZONE),
    dt.timedelta(-1, 2, 3),
    uuid.UUID(int=5),
    [1, None, 2],
    [[None]],
    ["a", 'b"'],
    [],
    (1, "a"),
]

COLUMNS = """
    true, 1::int2, 2, 3::int8, 10::numeric ^ 50, 1.5::float4, 2.5::float8, 'a'::"char", 'b'::name,
    'c'::varchar, 'd'::char(3), '\\x00ff'::bytea, '2020-01-02'::date, 'infinity'::date,
    '01:02'::time, '01:02+03:04:05'::timetz, '2020-01-02'::timestamp, '2020-01-02'::timestamptz,
    '1 mon 2 days'::interval, '00000000-0000-0000-0000-000000000005'::uuid,
    '{"a": [1, null]}'::json, '[true, {}]'::jsonb, '1.2.3.4'::inet, 5::oid, '(1,2)'::point,
    '{{1,2},{3,null}}'::int[], '{"a b",null,"\\"\\\\"}'::text[], '[0:1]={1,2}'::int[],
    '{2020-01-02 01:00:00+01}'::timestamptz[], '{1.5}'::numeric[], '{t}'::bool[]
"""


@path
def values_both_ways(w):
    w.cur.execute("select " + ", ".join(["%s"] * len(VALUES)), VALUES)
    w.cur.fetchall()


@path
def values_of_columns(w):
    for rows in (1, 20):
        w.cur.execute(f"select {COLUMNS} from generate_series(1, {rows})")
        w.cur.fetchall()


@path
def values_out_of_range(w):
    for expression, error in [
        ("'10000-01-01'::date", ValueError),
        ("'0044-03-15 BC'::date", ValueError),
        ("'9999999 years'::interval", OverflowError),
        ("'10000-01-01'::timestamptz", ValueError),
        ("'{10000-01-01}'::date[]", ValueError),
    ]:
        w.cur.execute(f"select 1, {expression}, 'after'")
        with expect(error, psycopg2.DataError):
            w.cur.fetchone()


@path
def values_in_encodings(w):
    for encoding, text in [("LATIN1", "é"), ("SJIS", "表"), ("EUC_JP", "日本"), ("BIG5", "中")]:
        w.conn.set_client_encoding(encoding)
        w.cur.execute("select %s, %s", (text, [text]))
        w.cur.fetchone()
        with expect(UnicodeEncodeError):
            w.cur.execute("select %s", ("\U0001f600",))
    w.conn.set_client_encoding("SJIS")
    with expect(UnicodeEncodeError):
        w.cur.execute("select %s", ("\u301c",))
    w.conn.set_client_encoding("SQL_ASCII")
    w.cur.execute("select U&'\\00e9'")
    with expect(UnicodeDecodeError):
        w.cur.fetchone()
    w.conn.set_client_encoding("UTF8")


@path
def adapters_by_hand(w):
    for value in VALUES:
        adapter = extensions.adapt(value)
        if hasattr(adapter, "prepare"):
            adapter.prepare(w.conn)
        adapter.getquoted()
        str(adapter)
    for make, value in [
        (extensions.QuotedString, "é"),
        (extensions.Binary, b"x"),
        (extensions.AsIs, "x"),
        (extensions.Boolean, 1),
        (extensions.Int, 1),
        (extensions.Float, 1.0),
        (extensions.SQL_IN, (1, "a")),
        (extensions.ISQLQuote, 1),
        (psycopg2.Binary, b"x"),
    ]:
        adapter = make(value)
        adapter.getquoted()
        assert adapter.__class__ and repr(adapter)
    quoted = extensions.QuotedString("é")
    quoted.encoding = "utf8"
    quoted.getquoted()
    with expect(LookupError):
        quoted.encoding = "no-such-codec"
        extensions.QuotedString("é").getquoted()
        other = extensions.QuotedString("é")
        other.encoding = "no-such-codec"
        other.getquoted()


@path
def adapters_fail(w):
    for make in (extensions.QuotedString, extensions.Binary, extensions.Int, extensions.Float):
        with expect(TypeError):
            make()
        with expect(TypeError):
            make(1, 2)
        with expect(TypeError, ValueError):
            make(object()).getquoted()
        with expect(psycopg2.InterfaceError):
            make.__new__(make).getquoted()
    with expect(TypeError):
        extensions.QuotedString("x").prepare(5)
    with expect(psycopg2.ProgrammingError):
        extensions.adapt(object())
    with expect(ValueError):
        extensions.QuotedString("\0").getquoted()
    for args in [(1, 2), (2020, 13, 1), ("x",)]:
        with expect(TypeError, ValueError):
            psycopg2.Date(*args)
    for make in (psycopg2.DateFromTicks, psycopg2.TimeFromTicks, psycopg2.TimestampFromTicks):
        make(5).getquoted()
        with expect(psycopg2.InterfaceError):
            make(float("nan"))


class Conforms:
    def __init__(self, quoted):
        self.quoted = quoted

    def __conform__(self, protocol):
        return self

    def prepare(self, conn):
        self.conn = conn

    def getquoted(self):
        if isinstance(self.quoted, Exception):
            raise self.quoted
        return self.quoted


@path
def adapters_of_the_program(w):
    w.cur.execute("select %s, %s", (Conforms(b"1"), Conforms("'é'")))
    w.cur.execute("select %s", ([Conforms(b"1"), Conforms(b"2")],))
    for bad in (5, None, Fails()):
        with expect(ValueError, Fails):
            w.cur.execute("select %s", (Conforms(bad),))
    unadapted = type("Unadapted", (), {"__conform__": fails})
    with expect(Fails, psycopg2.ProgrammingError):
        w.cur.execute("select %s", (unadapted(),))
    nested = []
    nested.append(nested)
    with expect(RecursionError):
        w.cur.execute("select %s", (nested,))


class Registered:
    pass


@path
def registries(w):
    extensions.register_adapter(Registered, lambda value: extensions.AsIs("1"))
    w.cur.execute("select %s", (Registered(),))
    extensions.adapters.pop((Registered, extensions.ISQLQuote))
    with expect(TypeError):
        extensions.register_adapter(Registered, 5)
    caster = extensions.new_type((99999,), "OURS", lambda value, cursor: value)
    array = extensions.new_array_type((99998,), "OURS[]", caster)
    for scope in (None, w.conn, w.conn.cursor()):
        extensions.register_type(caster, scope)
        extensions.register_type(array, scope)
    assert caster == 99999 and caster != array and caster.name and caster.values and repr(caster)
    for bad in [(5, "x"), ((1,), 5), (("x",), "x"), ((1,), "x", 5)]:
        with expect(TypeError):
            extensions.new_type(*bad)
    with expect(TypeError):
        extensions.new_array_type((1,), "x", 5)
    with expect(TypeError):
        extensions.register_type(5)
    with expect(TypeError):
        extensions.register_type(caster, 5)
    with expect(psycopg2.Error):
        extensions.new_type((1,), "x")("1", None)


CASTERS = ["INTEGER", "LONGINTEGER", "FLOAT", "DECIMAL", "BOOLEAN", "UNICODE", "BYTES", "BINARY"]
CASTERS += ["PYDATE", "PYTIME", "PYDATETIME", "PYDATETIMETZ", "PYINTERVAL", "JSON", "UUID"]
CASTERS += ["INTEGERARRAY", "UNICODEARRAY", "BINARYARRAY", "PYDATEARRAY", "JSONARRAY"]
TEXTS = ["1", "t", "2020-01-02", "01:02:03", "1 day", "{1,2}", "{{x},{}", "[1]", "\\x0", "é", ""]
TEXTS += [
    r'{"a": [1.5, "b\n", "é", {"b": [99999999999999999999], "a": 1}]}',
    '{"a": ["b", {"c": 500}, "',
]


@path
def typecasters_by_hand(w):
    for name in CASTERS:
        caster = getattr(extensions, name, None) or getattr(psycopg2._psycopg, name)
        for text in [*TEXTS, b"1", None, 5]:
            with contextlib.suppress(psycopg2.Error, ValueError, TypeError, ArithmeticError):
                caster(text, w.cur)
            with contextlib.suppress(psycopg2.Error, ValueError, TypeError, ArithmeticError):
                caster(text, None)
    with expect(TypeError):
        extensions.INTEGER("1")
    extensions.INTEGER("1", 5)
    for oid, text in [("a", "b"), (2**40, "b"), (25, None), (23, "1")]:
        w.cur.cast(oid, text)


@path
def errors_and_what_they_tell(w):
    try:
        w.cur.execute("select 1 from nosuch")
    except psycopg2.Error as e:
        for name in dir(e.diag):
            getattr(e.diag, name)
        for again in (pickle.loads(pickle.dumps(e)), copy.copy(e)):
            assert again.pgcode == e.pgcode == "42P01" and str(again) == str(e)
        assert e.cursor is w.cur
        e.me = e  # a cycle
    assert extensions.Diagnostics(psycopg2.Error()).sqlstate is None
    with expect(TypeError):
        extensions.Diagnostics(5)
    with expect(TypeError):
        psycopg2.Error().__setstate__(5)
    with expect(KeyError):
        psycopg2.errors.lookup("nosuch")


@path
def errors_raised_from_python(w):
    raised = psycopg2.DataError("x")
    with expect(psycopg2.DataError):
        w.cur.execute("select %s", (Conforms(raised),))
    assert raised.cursor is w.cur
