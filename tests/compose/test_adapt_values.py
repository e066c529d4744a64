"""The SQL text of every built-in type, by every way in."""

import array
import collections
import datetime as dt
import enum
import fractions
import uuid
from decimal import Decimal

import pytest

import psycopg2
from psycopg2.extensions import AsIs, adapt

UTC = dt.timezone.utc


def offset(**kwargs):
    return dt.timezone(dt.timedelta(**kwargs))


class Number(enum.IntEnum):
    POSITIVE = 3
    NEGATIVE = -4


class Flag(enum.IntFlag):
    A = 1
    B = 2


class Text(str, enum.Enum):
    QUOTE = "it's"


class Plain(enum.Enum):
    A = 1


class LoudInt(int):
    """What a subclass shows to people is not what the server gets."""

    def __str__(self):
        return "1; drop table x"

    __repr__ = __str__


class LoudFloat(float):
    def __str__(self):
        return "1; drop table x"

    __repr__ = __str__


class LoudDecimal(Decimal):
    def __str__(self):
        return "1; drop table x"

    __repr__ = __str__


class LoudStr(str):
    def __str__(self):
        return "something else"


class MyBytes(bytes):
    pass


class MyList(list):
    pass


class MyTuple(tuple):
    pass


class MyDate(dt.date):
    pass


class MyDatetime(dt.datetime):
    pass


Point = collections.namedtuple("Point", "x y")

NUMBERS = [
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (1, "1"),
    (-1, " -1"),
    (2**31, "2147483648"),
    (-(2**63), " -9223372036854775808"),
    (2**63 - 1, "9223372036854775807"),
    (2**64, "18446744073709551616"),
    (10**40, "1" + "0" * 40),
    (-(10**40), " -1" + "0" * 40),
    (Number.POSITIVE, "3"),
    (Number.NEGATIVE, " -4"),
    (Flag.A | Flag.B, "3"),
    (LoudInt(5), "5"),
    (LoudInt(-5), " -5"),
    (0.0, "0.0"),
    (-0.0, "'-0.0'::float"),  # the original writes a numeric, and the sign is lost
    (1.0, "1.0"),
    (-1.5, " -1.5"),
    (0.1, "0.1"),
    (1 / 3, "0.3333333333333333"),
    (1e15, "1000000000000000.0"),
    (1e16, "1e+16"),
    (1e300, "1e+300"),
    (-1e300, " -1e+300"),
    (5e-324, "5e-324"),
    (float("nan"), "'NaN'::float"),
    (float("inf"), "'Infinity'::float"),
    (float("-inf"), "'-Infinity'::float"),
    (LoudFloat(1.5), "1.5"),  # the original writes what __repr__ says
    (Decimal("1"), "1"),
    (Decimal("-1"), " -1"),
    (Decimal("1.50"), "1.50"),
    (Decimal("0E-20"), "0E-20"),
    (Decimal("-0"), " -0"),
    (Decimal("1E+5"), "1E+5"),
    (Decimal("-1E+5"), " -1E+5"),
    (Decimal("1E-10"), "1E-10"),
    (Decimal("NaN"), "'NaN'::numeric"),
    (Decimal("-NaN"), "'NaN'::numeric"),
    (Decimal("sNaN"), "'NaN'::numeric"),
    (Decimal("NaN123"), "'NaN'::numeric"),
    (Decimal("Infinity"), "'NaN'::numeric"),
    (Decimal("-Infinity"), "'NaN'::numeric"),
    (LoudDecimal("1.50"), "1.50"),  # the original writes what __str__ says
    (LoudDecimal("-1.50"), " -1.50"),
]

TEXTS = [
    ("", "''"),
    ("abc", "'abc'"),
    ("it's", "'it''s'"),
    ("''", "''''''"),
    ('"', "'\"'"),
    ("back\\slash", "'back\\slash'"),
    ("\\'", "'\\'''"),
    ("a\nb\tc\r", "'a\nb\tc\r'"),
    ("%s", "'%s'"),
    ("é", "'é'"),
    ("日本語", "'日本語'"),
    ("😀", "'😀'"),
    ("x" * 100000, "'" + "x" * 100000 + "'"),
    ("'" * 100000, "'" + "'" * 200000 + "'"),
    (Text.QUOTE, "'it''s'"),
    (LoudStr("x'y"), "'x''y'"),
]

BINARIES = [
    (b"", "'\\x'::bytea"),
    (b"abc", "'\\x616263'::bytea"),
    (b"\x00\xff'\\", "'\\x00ff275c'::bytea"),
    (MyBytes(b"ab"), "'\\x6162'::bytea"),
    (bytearray(b"a\x00b"), "'\\x610062'::bytea"),
    (bytearray(), "'\\x'::bytea"),
    (memoryview(b"abc\xff"), "'\\x616263ff'::bytea"),
    (memoryview(b"abcdef")[1:3], "'\\x6263'::bytea"),
    (memoryview(array.array("B", [1, 2])), "'\\x0102'::bytea"),
    (memoryview(b"abcd").cast("B", (2, 2)), "'\\x61626364'::bytea"),
    # the original raises BufferError for these
    (memoryview(b"abcdef")[::2], "'\\x616365'::bytea"),
    (memoryview(b"abcdef")[::-1], "'\\x666564636261'::bytea"),
]

DATES = [
    (dt.date(2020, 1, 2), "'2020-01-02'::date"),
    (dt.date.min, "'0001-01-01'::date"),
    (dt.date.max, "'9999-12-31'::date"),
    (MyDate(2020, 1, 2), "'2020-01-02'::date"),
    (dt.time(0, 0), "'00:00:00'::time"),
    (dt.time(12, 34, 56, 789), "'12:34:56.000789'::time"),
    (dt.time.max, "'23:59:59.999999'::time"),
    (dt.time(1, 2, fold=1), "'01:02:00'::time"),
    (dt.time(1, 2, tzinfo=UTC), "'01:02:00+00:00'::timetz"),
    (dt.time(1, 2, tzinfo=offset(hours=-3, minutes=-30)), "'01:02:00-03:30'::timetz"),
    (dt.time(1, 2, tzinfo=offset(hours=3, seconds=17)), "'01:02:00+03:00:17'::timetz"),
    (dt.datetime(2020, 1, 2), "'2020-01-02T00:00:00'::timestamp"),
    (dt.datetime(2020, 1, 2, 3, 4, 5, 6), "'2020-01-02T03:04:05.000006'::timestamp"),
    (dt.datetime.min, "'0001-01-01T00:00:00'::timestamp"),
    (dt.datetime.max, "'9999-12-31T23:59:59.999999'::timestamp"),
    (MyDatetime(2020, 1, 2), "'2020-01-02T00:00:00'::timestamp"),
    (dt.datetime(2020, 1, 2, tzinfo=UTC), "'2020-01-02T00:00:00+00:00'::timestamptz"),
    (
        dt.datetime(2020, 1, 2, tzinfo=offset(hours=-5, minutes=-45)),
        "'2020-01-02T00:00:00-05:45'::timestamptz",
    ),
    (
        dt.datetime(2020, 1, 2, tzinfo=offset(hours=5, seconds=1)),
        "'2020-01-02T00:00:00+05:00:01'::timestamptz",
    ),
    (dt.timedelta(0), "'0 days 0.000000 seconds'::interval"),
    (dt.timedelta(1), "'1 days 0.000000 seconds'::interval"),
    (dt.timedelta(-1), "'-1 days 0.000000 seconds'::interval"),
    (dt.timedelta(microseconds=1), "'0 days 0.000001 seconds'::interval"),
    (dt.timedelta(microseconds=-1), "'-1 days 86399.999999 seconds'::interval"),
    (dt.timedelta(1, 2, 3), "'1 days 2.000003 seconds'::interval"),
    (dt.timedelta.min, "'-999999999 days 0.000000 seconds'::interval"),
    (dt.timedelta.max, "'999999999 days 86399.999999 seconds'::interval"),
]

# The original needs register_uuid() for these.
UUIDS = [(uuid.UUID(int=5), "'00000000-0000-0000-0000-000000000005'::uuid")]

SCALARS = [*NUMBERS, *TEXTS, *BINARIES, *DATES, *UUIDS]

LISTS = [
    ([], "'{}'"),
    (MyList([1, 2]), "ARRAY[1,2]"),
    ([None], "'{NULL}'"),
    ([None, None], "'{NULL,NULL}'"),
    ([[None]], "'{{NULL}}'"),
    ([[None, None], [None]], "'{{NULL,NULL},{NULL}}'"),
    ([1, None], "ARRAY[1,NULL]"),
    ([[1, 2], [3, 4]], "ARRAY[ARRAY[1,2],ARRAY[3,4]]"),
    ([[[1]]], "ARRAY[ARRAY[ARRAY[1]]]"),
    ([-1, -2], "ARRAY[ -1, -2]"),
    ([1, "a"], "ARRAY[1,'a']"),
    ([(1, 2)], "ARRAY[(1, 2)]"),
    ([[(1, "a")]], "ARRAY[ARRAY[(1, 'a')]]"),
    ([Point(1, 2)], "ARRAY[(1, 2)]"),
    (["a", "b'c"], "ARRAY['a','b''c']"),
]

TUPLES = [
    ((), "()"),
    ((1,), "(1)"),
    ((1, 2), "(1, 2)"),
    (MyTuple((1, 2)), "(1, 2)"),
    (Point(1, "x"), "(1, 'x')"),
    ((None,), "(NULL)"),
    ((-1, -2), "( -1,  -2)"),
    (((1, 2), (3, 4)), "((1, 2), (3, 4))"),
    (([1, 2],), "(ARRAY[1,2])"),
    (((),), "(())"),
    ((True, None, 1.5), "(true, NULL, 1.5)"),
]


def name(value):
    """A short name of a case."""
    shown = value if isinstance(value, str) else f"{type(value).__name__}-{value}"
    return shown if len(shown) < 60 and shown.isprintable() and shown.isascii() else "long"


@pytest.mark.parametrize("value, wanted", [*SCALARS, *LISTS, *TUPLES], ids=name)
@pytest.mark.parametrize("way", ["position", "name", "list", "tuple", "conform"])
def test_value_is_written_the_same_by_every_way_in(cur, value, wanted, way):
    class Wrapper:
        def __conform__(self, protocol):
            return adapt(value)

    calls = {
        "position": ("<%s>", (value,), "<{}>"),
        "name": ("<%(v)s>", {"v": value}, "<{}>"),
        "list": ("<%s>", ([0, value],), "<ARRAY[0,{}]>"),
        "tuple": ("<%s>", ((0, value),), "<(0, {})>"),
        "conform": ("<%s>", (Wrapper(),), "<{}>"),
    }
    query, args, shape = calls[way]
    if value == [] and way == "list":
        wanted = "ARRAY[]"
    assert cur.mogrify(query, args) == shape.format(wanted).encode()


@pytest.mark.parametrize("way", ["position", "name", "list", "tuple"])
def test_none_is_null(cur, way):
    calls = {
        "position": ("%s", (None,), b"NULL"),
        "name": ("%(v)s", {"v": None}, b"NULL"),
        "list": ("%s", ([0, None],), b"ARRAY[0,NULL]"),
        "tuple": ("%s", ((0, None),), b"(0, NULL)"),
    }
    query, args, wanted = calls[way]
    assert cur.mogrify(query, args) == wanted


@pytest.mark.parametrize(
    "value, named",
    [
        ({}, "dict"),
        ({"a": 1}, "dict"),
        (type("Mine", (dict,), {})(), "Mine"),
        (set(), "set"),
        (frozenset([1]), "frozenset"),
        (range(3), "range"),
        (object(), "object"),
        (1j, "complex"),
        (fractions.Fraction(1, 2), "Fraction"),
        (Plain.A, "Plain"),
        (int, "type"),
        (len, "builtin_function_or_method"),
        (..., "ellipsis"),
        (NotImplemented, "NotImplementedType"),
        (array.array("i", [1]), "array.array"),
        (iter([]), "list_iterator"),
    ],
)
@pytest.mark.parametrize("way", ["position", "name", "list", "nested", "tuple", "adapt"])
def test_value_of_an_unknown_type_is_refused(conn, cur, value, named, way):
    calls = {
        "position": lambda: cur.execute("select %s", (value,)),
        "name": lambda: cur.execute("select %(v)s", {"v": value}),
        "list": lambda: cur.execute("select %s", ([value],)),
        "nested": lambda: cur.execute("select %s", ([[1], [value]],)),
        "tuple": lambda: cur.execute("select %s", ((1, value),)),
        "adapt": lambda: adapt(value),
    }
    with pytest.raises(psycopg2.ProgrammingError) as caught:
        calls[way]()
    assert str(caught.value) == f"can't adapt type '{named}'"
    assert conn.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE
    cur.execute("select 1")


@pytest.mark.parametrize("value", ["a\0b", "\0", "abc\0"])
@pytest.mark.parametrize("way", ["position", "name", "list", "tuple", "executemany"])
def test_text_with_nul_is_refused(conn, cur, value, way):
    calls = {
        "position": lambda: cur.execute("select %s", (value,)),
        "name": lambda: cur.execute("select %(v)s", {"v": value}),
        "list": lambda: cur.execute("select %s", (["ok", value],)),
        "tuple": lambda: cur.execute("select %s", ((1, value),)),
        "executemany": lambda: cur.executemany("select %s", [(value,)]),
    }
    with pytest.raises(ValueError, match=r"cannot contain NUL \(0x00\) characters"):
        calls[way]()
    assert conn.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("value", ["\ud800", "x\udcffy", "\udfff" * 3])
@pytest.mark.parametrize("way", ["position", "name", "list", "tuple"])
def test_text_with_a_surrogate_is_refused(conn, cur, value, way):
    calls = {
        "position": ("select %s", (value,)),
        "name": ("select %(v)s", {"v": value}),
        "list": ("select %s", (["ok", value],)),
        "tuple": ("select %s", ((1, value),)),
    }
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        cur.execute(*calls[way])
    assert conn.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("depth", [10, 100])
def test_list_may_be_deep(cur, depth):
    value = 1
    for _ in range(depth):
        value = [value]
    wanted = "ARRAY[" * depth + "1" + "]" * depth
    assert cur.mogrify("%s", (value,)) == wanted.encode()


@pytest.mark.parametrize("kind", ["itself", "deep", "deep tuple", "in a tuple"])
def test_list_without_an_end_is_refused(cur, kind):
    value = []
    if kind == "deep":
        for _ in range(100000):
            value = [value]
    elif kind == "deep tuple":
        for _ in range(100000):
            value = (value,)
    else:
        value.append(value if kind == "itself" else (value,))
    with pytest.raises(RecursionError):
        cur.mogrify("%s", (value,))
    assert cur.mogrify("%s", ([1],)) == b"ARRAY[1]"


@pytest.mark.parametrize(
    "value", [[[]], [[], []], [[[]]], [], [[None], [None]], [[[None]]], [None]], ids=repr
)
def test_list_empty_or_all_null_is_taken_by_the_server(cur, value):
    cur.execute("select %s::int[]", (value,))
    got = cur.fetchone()[0]
    assert got == ([] if not str(value).strip("[], ") else value)


@pytest.mark.parametrize("value", [-1, -1.5, Decimal("-1.5"), -(10**20), Number.NEGATIVE])
@pytest.mark.parametrize("query", ["10-%s", "10 -%s", "10 - %s", "10-(%s)", "-%s + 10"])
def test_negative_number_after_a_minus_is_still_subtracted(cur, value, query):
    cur.execute("select " + query, (value,))
    assert float(cur.fetchone()[0]) == float(10 - value)


@pytest.mark.parametrize("values", [(1, 2), (1,), ("a", "b'c"), (None, 1), (dt.date(2020, 1, 1),)])
def test_tuple_is_for_in(cur, values):
    probe = [v for v in values if v is not None][0]
    cur.execute("select %s in %s", (probe, values))
    assert cur.fetchone() == (True,)


def test_tuple_is_a_record(cur):
    cur.execute("select %s = (1, 'x'), %s = row(1, %s)", (Point(1, "x"), (1, Point(2, 3)), (2, 3)))
    assert cur.fetchone() == (True, True)


@pytest.mark.parametrize("values", [[1, 2], [], [None], ["a"], [[1], [2]]])
def test_list_is_for_any(cur, values):
    cast = "::text[]" if values == ["a"] else "::int[]"
    cur.execute(f"select count(*) from unnest(%s{cast})", (values,))
    assert cur.fetchone() == (len(values),)


def test_list_may_change_while_it_is_adapted(cur):
    class Clears:
        def __init__(self, of):
            self.of = of

        def __conform__(self, protocol):
            self.of.clear()
            return AsIs("gone")

    value = []
    value.extend([Clears(value), "b", ["c"]])
    # there is no right answer; there must be no crash, and no item that is gone
    try:
        assert cur.mogrify("%s", (value,)) == b"ARRAY[gone]"
    except (RuntimeError, IndexError):
        pass
