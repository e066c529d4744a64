"""Values of numpy, pandas, pathlib, ipaddress and enum: exactly what they are, or a refusal."""

import datetime as dt
import decimal
import enum
import ipaddress
import math
import pathlib
import re
import struct
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import psycopg2
from psycopg2 import extensions, extras


class Kind(enum.IntEnum):
    FIRST = 3


class Name(str, enum.Enum):
    IT = "it's"


class Ratio(float, enum.Enum):
    HALF = 0.5


class Whole(int):
    def __repr__(self):
        return "whole"

    __str__ = __repr__


class Real(float):
    __repr__ = __str__ = Whole.__repr__


class Text(str):
    __repr__ = __str__ = Whole.__repr__


class Scalar(np.float32):
    pass


class Folder(pathlib.PurePosixPath):
    pass


UTC = dt.timezone.utc
STAMP = dt.datetime(2024, 2, 29, 23, 59, 59, 999999)

# The value, the SQL type to read it as, and the object that comes back.
VALUES = [
    (np.int8(-128), "int", -128),
    (np.int16(-32768), "int", -32768),
    (np.int32(-(2**31)), "int", -(2**31)),
    (np.int64(-(2**63)), "int8", -(2**63)),
    (np.uint8(255), "int", 255),
    (np.uint64(2**64 - 1), "numeric", decimal.Decimal(2**64 - 1)),
    (np.intp(7), "int", 7),
    (np.bool_(True), "bool", True),
    (np.float16(0.1), "float8", float(np.float16(0.1))),
    (np.float32(0.1), "float8", float(np.float32(0.1))),
    (np.float32(3.4028235e38), "float8", float(np.float32(3.4028235e38))),
    (np.float32(1e-45), "float8", float(np.float32(1e-45))),
    (Scalar(0.1), "float8", float(np.float32(0.1))),
    (np.float64(0.1), "float8", 0.1),
    (np.float64("-inf"), "float8", -math.inf),
    (np.float32("inf"), "float8", math.inf),
    (np.longdouble(1.5), "float8", 1.5),
    (np.str_("it's"), "text", "it's"),
    (np.bytes_(b"a\\b\xff"), "bytea", b"a\\b\xff"),
    (np.datetime64("2024-02-29"), "date", dt.date(2024, 2, 29)),
    (np.datetime64("2024-02"), "date", dt.date(2024, 2, 1)),
    (np.datetime64("2024-02-29T23"), "timestamp", dt.datetime(2024, 2, 29, 23)),
    (np.datetime64("2024-02-29T23:59:59.999999"), "timestamp", STAMP),
    (np.datetime64("2024-02-29T23:59:59.999999000"), "timestamp", STAMP),
    (np.datetime64("1969-12-31T23:59:59.999999000"), "timestamp",
     dt.datetime(1969, 12, 31, 23, 59, 59, 999999)),
    (np.datetime64("NaT"), "timestamp", None),
    (np.datetime64("NaT", "ns"), "timestamp", None),
    (np.timedelta64(-1, "us"), "interval", dt.timedelta(microseconds=-1)),
    (np.timedelta64(2, "W"), "interval", dt.timedelta(14)),
    (np.timedelta64(-1000, "ns"), "interval", dt.timedelta(microseconds=-1)),
    (np.timedelta64("NaT", "s"), "interval", None),
    (np.array([1, -2], "i2"), "int[]", [1, -2]),
    (np.array([[1, 2], [3, 4]]), "int[]", [[1, 2], [3, 4]]),
    (np.array([], "f8"), "float8[]", []),
    (np.array([0.1, 2**-149], "f4"), "float8[]", [float(np.float32(0.1)), 2**-149]),
    (np.array([1.5, 2], "longdouble"), "float8[]", [1.5, 2.0]),
    (np.array([True, False]), "bool[]", [True, False]),
    (np.array(["a", "it's"]), "text[]", ["a", "it's"]),
    (np.array([1, None, "x"], "O")[1:2], "text[]", [None]),
    (np.array([decimal.Decimal("1.10")], "O"), "numeric[]", [decimal.Decimal("1.10")]),
    (np.array(["2024-02-29T23:59:59.999999000", "NaT"], "M8[ns]"), "timestamp[]", [STAMP, None]),
    (np.array([["2024-02-29"], ["2024-03-01"]], "M8[D]"), "date[]",
     [[dt.date(2024, 2, 29)], [dt.date(2024, 3, 1)]]),
    (np.array([5, 7], "m8[s]"), "interval[]", [dt.timedelta(0, 5), dt.timedelta(0, 7)]),
    (np.ma.array([1, 2], mask=[False, True]), "int[]", [1, None]),
    (np.ma.array(np.array([5, 7], "m8[s]"), mask=[True, False]), "interval[]",
     [None, dt.timedelta(0, 7)]),
    (np.array(5), "int", 5),
    (np.arange(6)[::2], "int[]", [0, 2, 4]),
    (np.array([1, 2], ">i4"), "int[]", [1, 2]),
    (pd.Timestamp(STAMP), "timestamp", STAMP),
    (pd.Timestamp("2024-02-29 12:00+02:00"), "timestamptz",
     dt.datetime(2024, 2, 29, 10, tzinfo=UTC)),
    (pd.Timedelta(days=-1, microseconds=1), "interval", dt.timedelta(days=-1, microseconds=1)),
    (pd.NaT, "timestamp", None),
    (pd.NA, "int", None),
    (pathlib.PurePosixPath("/a/it's"), "text", "/a/it's"),
    (pathlib.PureWindowsPath(r"c:\a"), "text", r"c:\a"),
    (pathlib.Path("x"), "text", "x"),
    (Folder("/b"), "text", "/b"),
    (ipaddress.ip_address("127.0.0.1"), "inet", "127.0.0.1"),
    (ipaddress.ip_interface("::1/64"), "inet", "::1/64"),
    (ipaddress.ip_network("10.0.0.0/8"), "cidr", "10.0.0.0/8"),
    (Kind.FIRST, "int", 3),
    (Name.IT, "text", "it's"),
    (Ratio.HALF, "float8", 0.5),
    (Whole(7), "int", 7),
    (Real(0.1), "float8", 0.1),
    (Text("x"), "text", "x"),
]  # fmt: skip
IDS = [f"{type(value).__name__}-{i}" for i, (value, _, _) in enumerate(VALUES)]


def by_execute(cur, value, type_):
    cur.execute(f"SELECT CAST(%s AS {type_})", (value,))


def by_name(cur, value, type_):
    cur.execute(f"SELECT CAST(%(v)s AS {type_})", {"v": value})


def by_list(cur, value, type_):
    if isinstance(value, np.ndarray):
        cur.execute(f"SELECT %s::{type_}", ([*value] if value.ndim else value,))
    else:
        cur.execute(f"SELECT (%s::{type_}[])[2]", ([None, value],))


def table(cur, type_):
    cur.execute(f"CREATE TEMP TABLE foreign_t (v {type_})")


def by_executemany(cur, value, type_):
    table(cur, type_)
    cur.executemany("INSERT INTO foreign_t VALUES (%s)", [(value,)] * 3)
    cur.execute("SELECT v FROM foreign_t")


def by_values(cur, value, type_):
    table(cur, type_)
    template = f"(CAST(%s AS {type_}))"
    extras.execute_values(cur, "INSERT INTO foreign_t VALUES %s", [(value,)] * 3, template)
    cur.execute("SELECT v FROM foreign_t")


def by_records(cur, value, type_):
    table(cur, type_)
    cur.copy_records("foreign_t", [(value,)] * 3)
    cur.execute("SELECT v FROM foreign_t")


WAYS = [by_execute, by_name, by_list, by_executemany, by_values, by_records]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("value, type_, wanted", VALUES, ids=IDS)
def test_value_goes_exactly(conn, way, value, type_, wanted):
    cur = conn.cursor()
    cur.execute("SET TIME ZONE 'UTC'")
    way(cur, value, type_)
    got = cur.fetchone()[0]
    assert type(got) is type(wanted) or isinstance(got, memoryview)
    assert got == wanted
    if isinstance(wanted, float):
        assert struct.pack("d", got) == struct.pack("d", wanted)


MICROSECONDS = {"W": 604800 * 10**6, "D": 86400 * 10**6, "h": 3600 * 10**6, "m": 60 * 10**6}
MICROSECONDS |= {"s": 10**6, "ms": 1000, "us": 1}


@pytest.mark.parametrize("unit", MICROSECONDS)
@given(st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-(2**40), 2**40), st.sampled_from([1, 7]))
@example(2**62, 7)
@example(2**60, 1)
def test_time_goes_exactly_or_not_at_all(unit, count, step):
    """Of numpy's own conversions some make another time of a large number."""
    microseconds = count * step * MICROSECONDS[unit]
    for kind, zero in ((np.timedelta64, dt.timedelta(0)), (np.datetime64, dt.datetime(1970, 1, 1))):
        try:
            wanted = zero + dt.timedelta(microseconds=microseconds)
        except OverflowError:
            with pytest.raises(psycopg2.ProgrammingError):
                extensions.adapt(kind(count, (unit, step)))
        else:
            if kind is np.datetime64 and unit in ("W", "D"):
                wanted = wanted.date()
            assert extensions.adapt(kind(count, (unit, step))).adapted == wanted


@pytest.mark.parametrize("value", [np.float64("nan"), np.float32("nan"), np.longdouble("nan")])
def test_nan_stays_nan(cur, value):
    cur.execute("SELECT %s, %s", (value, np.array([value, 1])))
    number, array = cur.fetchone()
    assert math.isnan(number) and math.isnan(array[0]) and array[1] == 1


def test_float32_reaches_a_real_as_it_is(cur):
    wanted = [np.float32(x) for x in (0.1, 1e-45, 16777217, 3.4028235e38)]
    cur.execute("SELECT %s::real[]", (np.array(wanted),))
    assert [np.float32(x) for x in cur.fetchone()[0]] == wanted


REFUSED = [
    (np.datetime64("2024-01-01T00:00:00.000000001"), "microsecond"),
    (np.array(["2024-01-01T00:00:00.000000001"], "M8[ns]"), "microsecond"),
    (np.timedelta64(1, "ps"), "microsecond"),
    (np.timedelta64(3, "M"), "unit, M"),
    (np.timedelta64(3), "unit, generic"),
    (np.datetime64("12024-01-01"), "str(value)"),
    (np.timedelta64(2**60, "s"), "str(value)"),
    (np.timedelta64(2**62, "70us"), "str(value)"),
    (np.datetime64(2**62, "7us"), "str(value)"),
    (np.datetime64(2**62, "M"), "str(value)"),
    (np.datetime64(-1970, "Y"), "str(value)"),
    (np.complex128(1j), "complex128"),
    (np.array([1j]), "complex128"),
    (np.zeros(1, [("a", "i4")]), "fields"),
    (np.zeros(1, [("a", "i4")])[0], "fields"),
    (np.void(b"ab"), "V2"),
    (pd.Series([1]), "to_list()"),
    (pd.Index([1]), "to_list()"),
    (pd.Interval(1, 2), "register_adapter"),
]
if np.finfo(np.longdouble).nmant > 52:
    REFUSED.append((np.nextafter(np.longdouble(1), np.longdouble(2)), "Decimal"))


@pytest.mark.parametrize("value, note", REFUSED, ids=lambda value: type(value).__name__)
def test_value_that_does_not_go_exactly_is_refused(cur, value, note):
    for call in (
        lambda: cur.execute("SELECT %s", (value,)),
        lambda: cur.execute("SELECT %s", ([value],)),
        lambda: extensions.adapt(value),
    ):
        with pytest.raises(psycopg2.ProgrammingError) as caught:
            call()
        assert re.fullmatch(r"can't adapt type '[\w.]+'", str(caught.value))
        assert caught.value.__context__ is None
        if sys.version_info >= (3, 11):
            assert note in "\n".join(caught.value.__notes__)


@pytest.mark.parametrize(
    "value",
    [np.int64(1), np.array([1]), {"a": [np.float32(1)]}, {np.int64(1): 1}],
    ids=["scalar", "array", "inside", "key"],
)
def test_value_that_json_cannot_dump_says_what_to_pass(cur, value):
    with pytest.raises(TypeError, match="int64|ndarray|float32") as caught:
        cur.execute("SELECT %s::json", (extras.Json(value),))
    if sys.version_info >= (3, 11):
        assert re.search(r"dumps=.*\.item\(\).*\.tolist\(\)", "\n".join(caught.value.__notes__))


def test_dumps_of_ones_own_raises_what_it_does(cur):
    def refuse(value):
        raise TypeError("not mine")

    with pytest.raises(TypeError, match="not mine") as caught:
        cur.execute("SELECT %s::json", (extras.Json(np.int64(1), dumps=refuse),))
    assert not getattr(caught.value, "__notes__", [])


def test_adapter_that_is_registered_goes_first(cur, registries):
    extensions.register_adapter(np.int64, lambda value: extensions.AsIs("'mine'"))
    extensions.register_adapter(np.generic, lambda value: extensions.AsIs("'inherited'"))
    extensions.register_adapter(pathlib.PurePath, lambda value: extensions.AsIs("'path'"))
    cur.execute("SELECT %s, %s, %s", (np.int64(1), np.int32(1), pathlib.Path("a")))
    assert cur.fetchone() == ("mine", "inherited", "path")


def test_adapter_of_the_plain_type_is_used(cur, registries):
    extensions.register_adapter(float, lambda value: extensions.AsIs("'a float'"))
    cur.execute("SELECT %s", (np.float32(1),))
    assert cur.fetchone() == ("a float",)


def test_types_are_not_kept_alive(cur):
    import gc
    import weakref

    made = type("Short", (np.float32,), {})
    cur.execute("SELECT %s", (made(1),))
    ref = weakref.ref(made)
    del made
    gc.collect()
    assert ref() is None


def test_nothing_is_imported(dsn):
    code = """
import sys
before = set(sys.modules)
import psycopg2
cur = psycopg2.connect(sys.argv[1]).cursor()
try:
    cur.execute("SELECT %s", (object(),))
except psycopg2.ProgrammingError as error:
    assert "can't adapt" in str(error)
else:
    raise AssertionError
new = set(sys.modules) - before
print([name for name in ("numpy", "pandas", "ipaddress", "dataclasses") if name in new])
"""
    done = subprocess.run([sys.executable, "-c", code, dsn], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
