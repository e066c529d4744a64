"""Range types."""

import copy
import datetime as dt
import pickle
from decimal import Decimal

import pytest

import psycopg2
from psycopg2 import _range, extensions
from psycopg2.extensions import adapt
from psycopg2.extras import (
    DateRange,
    DateTimeRange,
    DateTimeTZRange,
    NumericRange,
    Range,
    RangeAdapter,
    RangeCaster,
    register_range,
)

pytestmark = pytest.mark.usefixtures("registries")

D = dt.date
DT = dt.datetime
UTC = dt.timezone.utc


# The objects


@pytest.mark.parametrize(
    "r, text, representation",
    [
        (Range(), "[None, None)", "Range(None, None, '[)')"),
        (Range(1, 2), "[1, 2)", "Range(1, 2, '[)')"),
        (Range(None, 2, "(]"), "(None, 2]", "Range(None, 2, '(]')"),
        (Range(empty=True), "empty", "Range(empty=True)"),
        (Range(1, 2, empty=True), "empty", "Range(empty=True)"),
        (NumericRange(Decimal("1.5")), "[1.5, None)", "NumericRange(Decimal('1.5'), None, '[)')"),
        (
            DateRange(D(2020, 1, 1)),
            "[2020-01-01, None)",
            "DateRange(datetime.date(2020, 1, 1), None, '[)')",
        ),
    ],
)
def test_text(r, text, representation):
    assert str(r) == text
    assert repr(r) == representation


@pytest.mark.parametrize("bounds", ["[[", "", "[", "{}", None, 5, "[) "])
def test_bounds_are_checked(bounds):
    with pytest.raises(ValueError, match="bound flags not valid"):
        Range(1, 2, bounds)


ATTRS = ["lower", "upper", "isempty", "lower_inf", "upper_inf", "lower_inc", "upper_inc"]


@pytest.mark.parametrize(
    "r, values",
    [
        (Range(1, 2), (1, 2, False, False, False, True, False)),
        (Range(1, 2, "(]"), (1, 2, False, False, False, False, True)),
        (Range(None, None, "[]"), (None, None, False, True, True, False, False)),
        (Range(None, 2, "[]"), (None, 2, False, True, False, False, True)),
        (Range(empty=True), (None, None, True, False, False, False, False)),
    ],
)
def test_attributes(r, values):
    assert tuple(getattr(r, name) for name in ATTRS) == values


@pytest.mark.parametrize("name", ATTRS)
def test_attributes_cannot_be_set(name):
    with pytest.raises(AttributeError):
        setattr(Range(1, 2), name, 1)


@pytest.mark.parametrize(
    "r, inside, outside",
    [
        (Range(1, 3), [1, 2], [0, 3, 4]),
        (Range(1, 3, "()"), [2], [1, 3]),
        (Range(1, 3, "(]"), [2, 3], [1]),
        (Range(1, 3, "[]"), [1, 3], [0, 4]),
        (Range(None, 3), [-5, 2], [3]),
        (Range(3, None, "()"), [4], [3]),
        (Range(), [0, "a", None], []),
        (Range(empty=True), [], [0, None]),
    ],
)
def test_contains(r, inside, outside):
    assert all(x in r for x in inside)
    assert not any(x in r for x in outside)


def test_contains_what_does_not_compare():
    with pytest.raises(TypeError):
        assert "a" in Range(1, 2)


def test_only_the_empty_one_is_false():
    assert Range()
    assert Range(1, 1)
    assert not Range(empty=True)


@pytest.mark.parametrize(
    "a, b, equal",
    [
        (Range(1, 2), Range(1, 2), True),
        (Range(1, 2), Range(1, 2, "[]"), False),
        (Range(1, 2), Range(1, 3), False),
        (Range(1, 2), NumericRange(1, 2), True),
        (Range(empty=True), Range(1, 2, empty=True), True),
        (Range(), Range(empty=True), False),
        (Range(1, 2), 5, False),
        (Range(1, 2), (1, 2), False),
    ],
)
def test_equality(a, b, equal):
    assert (a == b) is equal
    assert (a != b) is not equal
    if equal:
        assert hash(a) == hash(b)


def test_hash_of_what_has_none():
    with pytest.raises(TypeError):
        hash(Range([], 2))


ORDERED = [
    Range(empty=True),
    Range(None, None, "()"),
    Range(),
    Range(None, 1),
    Range(1, None),
    Range(1, 2, "()"),
    Range(1, 2),
    Range(1, 2, "[]"),
    Range(1, 3),
    Range(2, 3),
]


@pytest.mark.parametrize("i", range(len(ORDERED)))
@pytest.mark.parametrize("j", range(len(ORDERED)))
def test_order(i, j):
    a, b = ORDERED[i], ORDERED[j]
    assert (a < b, a <= b, a > b, a >= b) == (i < j, i <= j, i > j, i >= j)


@pytest.mark.parametrize("op", ["__lt__", "__le__", "__gt__", "__ge__"])
def test_order_with_what_is_no_range(op):
    assert getattr(Range(1, 2), op)(5) is NotImplemented
    with pytest.raises(TypeError):
        assert Range(1, 2) < 5
    with pytest.raises(TypeError):
        sorted([Range(1, "a"), Range(1, 2)])


@pytest.mark.parametrize("cls", [Range, NumericRange, DateRange, DateTimeRange, DateTimeTZRange])
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_copies_and_pickles(cls, again):
    for r in (cls(1, 2, "(]"), cls(empty=True)):
        new = again(r)
        assert type(new) is cls
        assert new == r


def test_subclass_pickles_with_its_own_attributes():
    r = NumericRange(1, 2)
    r.note = "mine"
    assert pickle.loads(pickle.dumps(r)).note == "mine"


def test_range_of_a_pickle_of_psycopg2_2_9():
    pickled = (
        b"\x80\x02cpsycopg2._range\nNumericRange\nq\x00)\x81q\x01}q\x02(X\x06\x00\x00\x00_lowerq"
        b"\x03K\x01X\x06\x00\x00\x00_upperq\x04K\x02X\x07\x00\x00\x00_boundsq\x05X\x02\x00\x00\x00"
        b"[]q\x06ub."
    )
    assert pickle.loads(pickled) == NumericRange(1, 2, "[]")


# The server's types


@pytest.mark.parametrize(
    "typ, r",
    [
        ("int4range", NumericRange(1, 3)),
        ("int4range", NumericRange(-3, -1)),
        ("int4range", NumericRange(None, -1, "()")),
        ("int8range", NumericRange(-(2**40), 2**40)),
        ("numrange", NumericRange(Decimal("-1.50"), Decimal("2.25"), "[]")),
        ("numrange", NumericRange(None, Decimal("NaN"), "()")),
        ("daterange", DateRange(D(2020, 1, 1), D(2020, 2, 1))),
        ("tsrange", DateTimeRange(DT(2020, 1, 1), DT(2020, 1, 1, 2, 3, 4, 5), "(]")),
        ("tstzrange", DateTimeTZRange(DT(2020, 1, 1, tzinfo=UTC), DT(2020, 1, 2, tzinfo=UTC))),
        ("tstzrange", DateTimeTZRange(None, None, "()")),
        ("int8range", NumericRange(5, None)),
        ("daterange", DateRange(empty=True)),
        ("int4range", NumericRange(empty=True)),
    ],
)
def test_values_go_and_come_back(cur, typ, r):
    cur.execute(f"select %s::{typ}, %s::{typ}[]", (r, [r, None]))
    got, array = cur.fetchone()
    assert type(got) is type(array[0]) is type(r)
    assert repr(got) == repr(r)
    assert [repr(item) for item in array] == [repr(r), "None"]


@pytest.mark.parametrize("typ", ["int4range", "numrange", "daterange", "tsrange", "tstzrange"])
def test_null(cur, typ):
    cur.execute(f"select null::{typ}, '{{}}'::{typ}[]")
    assert cur.fetchone() == (None, [])


def test_infinite_bounds_of_dates(cur):
    cur.execute("select '[-infinity,infinity]'::daterange")
    assert cur.fetchone()[0] == DateRange(D.min, D.max, "[]")


@pytest.mark.parametrize(
    "r, quoted",
    [
        (NumericRange(1, 2), b"'[1,2)'"),
        (NumericRange(None, None, "[]"), b"'[,]'"),
        (NumericRange(-1, 5), b"'[ -1,5)'"),
        (NumericRange(empty=True), b"'empty'"),
        (NumericRange("1", "2"), b"'[1,2)'"),
        (NumericRange(None, float("inf")), b"'[,Infinity)'"),
        (NumericRange(float("-inf"), Decimal("nan")), b"'[-Infinity,NaN)'"),
        (DateRange(D(2020, 1, 1)), b"daterange('2020-01-01'::date, NULL, '[)')"),
        (DateRange(empty=True), b"'empty'::daterange"),
        (DateTimeRange(DT(2020, 1, 1)), b"tsrange('2020-01-01T00:00:00'::timestamp, NULL, '[)')"),
        (
            DateTimeTZRange(None, DT(2020, 1, 1, tzinfo=UTC), "()"),
            b"tstzrange(NULL, '2020-01-01T00:00:00+00:00'::timestamptz, '()')",
        ),
    ],
)
def test_adapters_quote(conn, r, quoted):
    cur = conn.cursor()
    assert cur.mogrify("%s", (r,)) == quoted
    assert cur.mogrify("%s", ([r],)) == b"ARRAY[" + quoted + b"]"
    assert adapt(r).getquoted() == quoted


@pytest.mark.parametrize(
    "bound", ["'); drop table t; --", "1,2", "1]", "a b", D(2020, 1, 1), [1, "a"]]
)
def test_bounds_that_are_no_numbers(cur, bound):
    for r in (NumericRange(bound, None), NumericRange(None, bound)):
        with pytest.raises(psycopg2.DataError, match="cannot be a bound"):
            cur.mogrify("%s", (r,))


def test_range_itself_does_not_adapt(cur):
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'Range'"):
        cur.mogrify("%s", (Range(1, 2),))
    with pytest.raises(NotImplementedError, match="must be subclassed"):
        RangeAdapter(Range(1, 2)).getquoted()


@pytest.mark.parametrize(
    "text, r",
    [
        (None, None),
        ("empty", NumericRange(empty=True)),
        ("[1,2)", NumericRange(1, 2)),
        ("(,)", NumericRange(None, None, "()")),
        ("[,5]", NumericRange(None, 5, "[]")),
        ('["1","2")', NumericRange(1, 2)),
        ("[-1,)", NumericRange(-1, None)),
    ],
)
def test_parse(cur, text, r):
    assert _range.int4range_caster.parse(text, cur) == r


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[)",
        "junk",
        "1,2",
        "[1,2",
        "1,2)",
        "[1,2)x",
        " [1,2) ",
        "Empty",
        "[1)",
        "[1,2,3)",
        '["1,2)',
        '[1,"2)',
        "[1,2\\)",
    ],
)
def test_parse_what_is_no_range(cur, text):
    with pytest.raises(psycopg2.InterfaceError, match="failed to parse range"):
        _range.int4range_caster.parse(text, cur)


def test_parse_what_is_no_bound(cur):
    with pytest.raises((ValueError, psycopg2.DataError)):
        _range.int4range_caster.parse("[a,2)", cur)


# register_range()


@pytest.fixture
def rconn(conn):
    """A connection whose transaction has range types, in the schemas rng and rng2."""
    cur = conn.cursor()
    cur.execute(
        """
        create schema rng; create schema rng2; set local search_path to rng, public;
        create type textrange as range (subtype = text, collation = "C");
        create type rng2.textrange as range (subtype = date);
        create type rng2.hidden as range (subtype = int4);
        create type "We ird" as range (subtype = float8);
        create type "Upper" as range (subtype = float8)
        """
    )
    return conn


def roundtrip(conn, r):
    cur = conn.cursor()
    cur.execute("select %s, %s", (r, [r, None]))
    got, array = cur.fetchone()
    assert array == [got, None]
    return got


@pytest.mark.parametrize(
    "lower, upper",
    [
        ("a", "b"),
        ('"', '\\"'),
        (" ", "it's"),
        ("", "é"),
        (",", "x,y"),
        ("[", "]"),
        ("(", ")"),
        ("NULL", "null"),
        (None, "\n"),
        ("\\", None),
        ('""', '"""'),
    ],
)
def test_text_of_all_kinds_comes_through(rconn, lower, upper):
    cls = register_range("textrange", "TextRange", rconn).range
    got = roundtrip(rconn, cls(lower, upper, "[]"))
    assert (got.lower, got.upper) == (lower, upper)
    assert type(got) is cls


def test_register_makes_a_class(rconn):
    caster = register_range("textrange", "TextRange", rconn)
    assert isinstance(caster, RangeCaster)
    assert issubclass(caster.range, Range)
    assert caster.range.__name__ == "TextRange"
    assert caster.subtype_oid == 25
    assert (caster.adapter.name, caster.typecaster.name) == ("textrange", "textrange")
    cur = rconn.cursor()
    assert cur.mogrify("%s", [caster.range("a", empty=True)]) == b"'empty'::textrange"
    assert cur.mogrify("%s", [caster.range("a")]) == b"textrange('a', NULL, '[)')"


def test_register_with_a_class_of_one_s_own(rconn):
    class Mine(Range):
        pass

    assert register_range("textrange", Mine, rconn).range is Mine
    assert type(roundtrip(rconn, Mine("a", "b"))) is Mine


@pytest.mark.parametrize(
    "name, subtype, quoted",
    [
        ("textrange", 25, b"textrange("),
        ("rng.textrange", 25, b"rng.textrange("),
        ("rng2.textrange", 1082, b"rng2.textrange("),
        ('"rng2"."textrange"', 1082, b'"rng2"."textrange"('),
        ("TextRange", 25, b"TextRange("),
        ("We ird", 701, b'"We ird"('),
        ('"We ird"', 701, b'"We ird"('),
        ("Upper", 701, b'"Upper"('),
        ("rng.Upper", 701, b'"rng"."Upper"('),
    ],
)
def test_names(rconn, name, subtype, quoted):
    caster = register_range(name, "Mine", rconn)
    assert caster.subtype_oid == subtype
    r = caster.range()
    assert rconn.cursor().mogrify("%s", (r,)) == quoted + b"NULL, NULL, '[)')"
    assert roundtrip(rconn, r) == caster.range(None, None, "()")
    assert roundtrip(rconn, caster.range(empty=True)).isempty


@pytest.mark.parametrize("name", ["nosuch", "rng.nosuch", "hidden", "int4", "", "pg_class"])
def test_names_that_are_no_range(rconn, name):
    with pytest.raises(psycopg2.ProgrammingError, match="not found"):
        register_range(name, "Mine", rconn)
    assert rconn.info.transaction_status == extensions.TRANSACTION_STATUS_INTRANS


@pytest.mark.parametrize("path, subtype", [("rng2, rng", 1082), ("rng, rng2", 25)])
def test_search_path_decides(rconn, path, subtype):
    rconn.cursor().execute(f"set local search_path to {path}")
    assert register_range("textrange", "Mine", rconn).subtype_oid == subtype


def test_register_for_one_connection_or_all(rconn, conn2):
    caster = register_range("textrange", "Mine", rconn)
    (oid,) = caster.typecaster.values
    assert conn2.cursor().cast(oid, "[a,b)") == "[a,b)"
    register_range("textrange", caster.range, rconn, globally=True)
    assert conn2.cursor().cast(oid, "[a,b)") == caster.range("a", "b")


def test_lookup_leaves_no_transaction_open(conn):
    register_range("int4range", "Mine", conn)
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("pyrange", [Range, int, 5, None])
def test_register_needs_a_strict_subclass(conn, pyrange):
    with pytest.raises(TypeError, match="strict subclass"):
        register_range("int4range", pyrange, conn)


@pytest.mark.parametrize("pgrange", [RangeAdapter, int, 5])
def test_caster_needs_a_name_or_an_adapter(pgrange):
    with pytest.raises(TypeError, match="pgrange must be"):
        RangeCaster(pgrange, "Mine", 1, 2)


@pytest.mark.parametrize(
    "args, error",
    [
        (("int4range", "Mine", None), psycopg2.ProgrammingError),
        (("int4range", "Mine", 5), (TypeError, AttributeError)),
        ((5, "Mine", "conn"), TypeError),
    ],
)
def test_misuse(conn, args, error):
    with pytest.raises(error):
        register_range(*[conn if arg == "conn" else arg for arg in args])


def test_caster_by_hand(cur):
    caster = RangeCaster("mine", "Mine", 400001, 23, 400002)
    assert caster.parse("[1,2)", cur) == caster.range(1, 2)
    assert caster.array_typecaster.values == (400002,)
    assert RangeCaster("mine", "Mine", 400001, 23).array_typecaster is None


def test_adapter_of_a_name_that_is_not_ascii(conn):
    conn.set_client_encoding("LATIN1")
    adapter = type("Adapter", (RangeAdapter,), {"name": "é"})(Range(1, "è"))
    adapter.prepare(conn)
    assert adapter.getquoted() == "é(1, 'è', '[)')".encode("latin1")
