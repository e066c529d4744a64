"""The adapter objects themselves: made by hand, asked for their text, and of the wrong value."""

import datetime as dt
import os
import subprocess
import sys
import time
import uuid
from decimal import Decimal

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import (
    SQL_IN,
    AsIs,
    Binary,
    Boolean,
    DateFromPy,
    Float,
    Int,
    IntervalFromPy,
    ISQLQuote,
    NoneAdapter,
    QuotedString,
    TimeFromPy,
    TimestampFromPy,
    adapt,
)

VALUES = [
    True,
    5,
    -5,
    1.5,
    Decimal("1.5"),
    "text",
    b"binary",
    bytearray(b"binary"),
    dt.date(2020, 1, 2),
    dt.time(1, 2),
    dt.datetime(2020, 1, 2),
    dt.timedelta(1),
    [1, "a", None],
    uuid.UUID(int=5),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_adapter_object(conn, value):
    adapter = adapt(value)
    quoted = adapter.getquoted()
    assert type(quoted) is bytes
    assert str(adapter) == quoted.decode()
    assert adapter.__conform__(ISQLQuote) is adapter
    if type(value) is not uuid.UUID:
        assert adapter.adapted is value or adapter.adapted == value
        assert adapter.__conform__(int) is None
        with pytest.raises((AttributeError, TypeError)):
            adapter.adapted = 6
    if hasattr(adapter, "prepare"):
        assert adapter.prepare(conn) is None
        assert type(adapter.getquoted()) is bytes


@pytest.mark.parametrize("value", ["text", b"binary", [1]], ids=repr)
@pytest.mark.parametrize("conn", [None, 5, "conn"], ids=repr)
def test_prepare_takes_a_connection(value, conn):
    with pytest.raises(TypeError, match=r"must be .*connection"):
        adapt(value).prepare(conn)


@pytest.mark.parametrize(
    "cls, value, wanted",
    [
        (AsIs, 5, b"5"),
        (AsIs, -5, b"-5"),
        (AsIs, "é'x", "é'x".encode()),
        (AsIs, None, b"NULL"),
        (AsIs, True, b"True"),
        (AsIs, [1], b"[1]"),
        (AsIs, Decimal("-1.5"), b"-1.5"),
        (AsIs, b"b", b"b'b'"),
        (Int, 5, b"5"),
        (Int, -5, b" -5"),
        (Int, 1.5, b"1"),
        (Int, -1.5, b" -1"),
        (Int, True, b"1"),
        (Int, Decimal("-1.5"), b" -1"),
        (Float, 1.5, b"1.5"),
        (Float, -1.5, b" -1.5"),
        (Float, 5, b"5"),
        (Float, -5, b" -5"),
        (Float, float("nan"), b"'NaN'::float"),
        (Float, Decimal("-Infinity"), b"'-Infinity'::float"),
        (Boolean, True, b"true"),
        (Boolean, 0, b"false"),
        (Boolean, None, b"false"),
        (Boolean, "x", b"true"),
        (Boolean, [], b"false"),
        (Binary, b"ab", b"'ab'::bytea"),
        (Binary, None, b"NULL"),
        (QuotedString, "a'b", b"'a''b'"),
        (QuotedString, b"a'b", b"'a''b'"),
        (SQL_IN, (1, None, "x'"), b"(1, NULL, 'x''')"),
        (SQL_IN, [1], b"(1)"),
        (SQL_IN, (), b"()"),
        (NoneAdapter, None, b"NULL"),
        (NoneAdapter, 5, b"NULL"),
    ],
)
def test_adapter_made_by_hand(cur, cls, value, wanted):
    quoted = cls(value).getquoted()
    if cls is Binary and value is not None:  # the connection tells how to write it
        assert quoted in (wanted, b"'\\x6162'::bytea")
        wanted = b"'\\x6162'::bytea"
    else:
        assert quoted == wanted
    if cls in (SQL_IN, NoneAdapter):
        return  # they are adapters, but do not adapt themselves
    assert cur.mogrify("<%s>", (cls(value),)) == b"<" + wanted + b">"
    assert cur.mogrify("%s", ([cls(value)],)) == b"ARRAY[" + wanted + b"]"
    assert cur.mogrify("%s", ((cls(value),),)) == b"(" + wanted + b")"


@pytest.mark.parametrize(
    "cls, value, error, message",
    [
        (Int, "x", ValueError, "invalid literal for int"),
        (Int, None, TypeError, "int"),
        (Int, [1], TypeError, "int"),
        (Int, float("nan"), ValueError, "NaN"),
        (Int, float("inf"), OverflowError, "infinity"),
        (Float, "x", TypeError, "must be real number, not str"),
        (Float, None, TypeError, "must be real number, not NoneType"),
        (Binary, 5, TypeError, "can't escape int to binary"),
        (Binary, "text", TypeError, "can't escape str to binary"),
        (Binary, [1], TypeError, "can't escape list to binary"),
        (QuotedString, 5, TypeError, "can't quote non-string object"),
        (QuotedString, None, TypeError, "can't quote non-string object"),
        (SQL_IN, 5, TypeError, "not iterable"),
        (SQL_IN, ("ok", object()), psycopg2.ProgrammingError, "can't adapt type 'object'"),
    ],
)
@pytest.mark.parametrize("way", ["getquoted", "str", "mogrify"])
def test_adapter_of_the_wrong_value_is_refused(cur, cls, value, error, message, way):
    with pytest.raises(error, match=message):
        adapter = cls(value)
        if way == "getquoted" or cls is SQL_IN:
            adapter.getquoted()
        elif way == "mogrify":
            cur.mogrify("%s", (adapter,))
        else:  # in the original, a SystemError for Float
            str(adapter)


@pytest.mark.parametrize("value", [5, None, "text", (1,), {}], ids=repr)
def test_list_adapter_takes_a_list_alone(value):
    # the original raises a SystemError
    with pytest.raises(TypeError):
        type(adapt([1]))(value)


@pytest.mark.parametrize("cls", [AsIs, Int, Float, Boolean, Binary, QuotedString, ISQLQuote])
@pytest.mark.parametrize("args", [(), (1, 2)], ids=["none", "two"])
def test_adapter_takes_one_argument(cls, args):
    with pytest.raises(TypeError, match="argument"):
        cls(*args)


@pytest.mark.parametrize("cls", [AsIs, Int, Float, Boolean, Binary, QuotedString])
def test_adapter_may_be_subclassed(cur, cls):
    class Sub(cls):
        def getquoted(self):
            return b"<" + super().getquoted() + b">"

    value = {Binary: b"x", QuotedString: "x"}.get(cls, 1)
    assert cur.mogrify("%s", (Sub(value),)).startswith(b"<")
    assert cur.mogrify("%s", ([Sub(value)],)).startswith(b"ARRAY[<")


class ForgetsInit:
    def __init__(self):
        pass


@pytest.mark.parametrize("cls", [AsIs, Int, Float, Boolean, Binary, QuotedString, ISQLQuote])
@pytest.mark.parametrize("how", ["new", "subclass"])
def test_adapter_that_was_not_initialised_is_refused(cls, how):
    # the original crashes
    made = cls.__new__(cls) if how == "new" else type("Sub", (ForgetsInit, cls), {})()
    if cls is ISQLQuote:
        assert made.getquoted() is None
        return
    with pytest.raises((psycopg2.Error, TypeError, ValueError, AttributeError, RuntimeError)):
        made.getquoted()


def test_isqlquote_is_a_base_class(cur):
    base = ISQLQuote(5)
    assert base._wrapped == 5
    assert base.getquoted() is base.getbuffer() is base.getbinary() is None

    class Mine(ISQLQuote):
        def getquoted(self):
            return b"mine %d" % self._wrapped

    assert Mine(3).getquoted() == b"mine 3"


def test_quoted_string_has_an_encoding(conn):
    quoted = QuotedString("é日")
    assert quoted.encoding == "latin1"
    with pytest.raises(UnicodeEncodeError):
        quoted.getquoted()
    quoted.encoding = "utf8"
    assert quoted.getquoted() == "'é日'".encode()
    prepared = QuotedString("é日")
    prepared.prepare(conn)
    assert prepared.getquoted() == "'é日'".encode()
    assert prepared.buffer == prepared.getquoted()


@pytest.mark.parametrize("encoding", [None, 5])
def test_quoted_string_encoding_is_text(encoding):
    with pytest.raises(TypeError):
        QuotedString("x").encoding = encoding


def test_quoted_string_encoding_may_not_be_deleted():
    # the original crashes
    with pytest.raises((TypeError, AttributeError)):
        del QuotedString("x").encoding


@pytest.mark.parametrize("after", ["nothing", "a connection"])
@pytest.mark.parametrize(
    "value, wanted",
    [("é'", b"'\xe9'''"), (["é"], b"ARRAY['\xe9']"), (("é", 1), b"('\xe9', 1)")],
    ids=["str", "list", "tuple"],
)
def test_text_without_a_connection_is_in_its_own_encoding(dsn, after, value, wanted):
    """What another connection speaks changes nothing, in this process or a fresh one.

    The original replaces the letter, once the process has made a connection in UTF-8.
    """
    code = "import sys, psycopg2; from psycopg2.extensions import adapt\n"
    if after == "a connection":
        code += f"conn = psycopg2.connect({dsn!r})\n"
    code += f"sys.stdout.buffer.write(adapt({value!r}).getquoted())"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout == wanted


@pytest.mark.parametrize("value", ["a\\'b", b"a\\'\x00\xff", ["\\'", b"\\"]], ids=repr)
def test_text_without_a_connection_is_read_right_by_the_server(conn, cur, value):
    cur.execute(b"select " + adapt(value).getquoted().replace(b"::bytea", b"::bytea::text"))
    got = cur.fetchone()[0]
    if isinstance(value, str):
        assert got == value
    elif isinstance(value, bytes):
        assert got == "\\x" + value.hex()
    else:
        assert got == ["\\'", "\\x5c"]


@pytest.mark.parametrize(
    "maker, good, wanted",
    [
        (DateFromPy, dt.date(2020, 1, 1), b"'2020-01-01'::date"),
        (TimeFromPy, dt.time(1), b"'01:00:00'::time"),
        (TimestampFromPy, dt.datetime(2020, 1, 1), b"'2020-01-01T00:00:00'::timestamp"),
        (IntervalFromPy, dt.timedelta(1), b"'1 days 0.000000 seconds'::interval"),
    ],
)
def test_from_py_takes_its_own_type(maker, good, wanted):
    assert maker(good).getquoted() == wanted
    assert maker(good).adapted == good
    for bad in (5, None, "2020-01-01", object()):
        with pytest.raises(TypeError, match="argument 1 must be datetime"):
            maker(bad)
    with pytest.raises(TypeError):
        maker()


@pytest.mark.parametrize(
    "name, args, adapted",
    [
        ("Date", (2020, 1, 2), dt.date(2020, 1, 2)),
        ("Time", (1, 2, 3), dt.time(1, 2, 3)),
        ("Time", (1, 2, 3.5), dt.time(1, 2, 3, 500000)),
        ("Time", (1, 2, 3, dt.timezone.utc), dt.time(1, 2, 3, tzinfo=dt.timezone.utc)),
        ("Timestamp", (2020, 1, 2), dt.datetime(2020, 1, 2)),
        ("Timestamp", (2020, 1, 2, 3), dt.datetime(2020, 1, 2, 3)),
        ("Timestamp", (2020, 1, 2, 3, 4, 5.25), dt.datetime(2020, 1, 2, 3, 4, 5, 250000)),
        (
            "Timestamp",
            (2020, 1, 2, 3, 4, 5, dt.timezone.utc),
            dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc),
        ),
        ("Binary", (b"ab",), b"ab"),
    ],
)
def test_constructor_of_the_module(cur, name, args, adapted):
    made = getattr(psycopg2, name)(*args)
    assert made.adapted == adapted
    assert cur.mogrify("%s", (made,)) == cur.mogrify("%s", (adapted,))


@pytest.mark.parametrize(
    "name, args, error",
    [
        ("Date", (2020, 13, 1), ValueError),
        ("Date", ("a", 1, 1), TypeError),
        ("Date", (2020,), TypeError),
        ("Time", (24, 0, 0), ValueError),
        ("Time", (1, 2), TypeError),
        ("Timestamp", (2020, 1, 1, 1, 2, 60), ValueError),
        ("Timestamp", (2020, 1, 1, 1, 2, -1), ValueError),
        ("TimestampFromTicks", ("a",), TypeError),
        ("TimestampFromTicks", (float("nan"),), (psycopg2.InterfaceError, ValueError)),
        ("DateFromTicks", (1e18,), (psycopg2.InterfaceError, ValueError, OverflowError)),
    ],
)
def test_constructor_of_the_module_refuses(name, args, error):
    with pytest.raises(error):
        getattr(psycopg2, name)(*args)


@pytest.fixture(params=["UTC", "Europe/Rome", "America/St_Johns"])
def local_zone(request):
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize("ticks", [0, 1.5, 86399, 1577836800.25, -1.5, 2**33])
def test_ticks_are_of_the_local_time(local_zone, ticks):
    local = dt.datetime.fromtimestamp(ticks)
    assert psycopg2.DateFromTicks(ticks).adapted == local.date()
    assert psycopg2.TimeFromTicks(ticks).adapted == local.time()
    stamp = psycopg2.TimestampFromTicks(ticks).adapted
    assert stamp.replace(tzinfo=None) == local
    assert stamp.utcoffset() == local.astimezone().utcoffset()


def test_adapters_are_in_extensions_under_their_own_name():
    for cls in (AsIs, Binary, Boolean, Float, Int, QuotedString, ISQLQuote):
        assert cls.__module__ == "psycopg2.extensions"
        assert getattr(extensions, cls.__name__) is cls
