"""What each type of the server becomes in Python: the value, and the type of the value."""

import decimal
import uuid
from decimal import Decimal

import pytest
from fix_faker import same

import psycopg2
from psycopg2 import extensions

NAN = float("nan")
INF = float("inf")
SOME_UUID = "b3b28a40-9f7c-4d6c-8a3f-1c6f5f1d2b3a"

SCALARS = [
    ("true", True),
    ("false", False),
    ("(-32768)::int2", -32768),
    ("32767::int2", 32767),
    ("0::int2", 0),
    ("(-2147483648)::int4", -(2**31)),
    ("2147483647::int4", 2**31 - 1),
    ("0::int4", 0),
    ("-1", -1),
    ("(-9223372036854775808)::int8", -(2**63)),
    ("9223372036854775807::int8", 2**63 - 1),
    ("1000000000000000000::int8", 10**18),
    ("0::oid", 0),
    ("4294967295::oid", 2**32 - 1),
    ("1.5::float4", 1.5),
    ("0.1::float4", 0.1),
    ("'-inf'::float4", -INF),
    ("'nan'::float4", NAN),
    ("1e-300::float8", 1e-300),
    ("'nan'::float8", NAN),
    ("'inf'::float8", INF),
    ("'-inf'::float8", -INF),
    ("'-0'::float8", -0.0),
    ("0::float8", 0.0),
    ("1e22::float8", 1e22),
    ("1.7976931348623157e308::float8", 1.7976931348623157e308),
    ("5e-324::float8", 5e-324),
    ("0.1::float8 + 0.2::float8", 0.1 + 0.2),
    ("123456789.123::float8", 123456789.123),
    ("1.50::numeric", Decimal("1.50")),
    ("-1.50::numeric", Decimal("-1.50")),
    ("0::numeric", Decimal("0")),
    ("0.000::numeric", Decimal("0.000")),
    ("'NaN'::numeric", Decimal("NaN")),
    ("'Infinity'::numeric", Decimal("Infinity")),
    ("'-Infinity'::numeric", Decimal("-Infinity")),
    ("1e50::numeric", Decimal("1" + "0" * 50)),
    ("1e-50::numeric", Decimal("1E-50")),
    (
        "12345678901234567890.12345678901234567890",
        Decimal("12345678901234567890.12345678901234567890"),
    ),
    ("'abc'::text", "abc"),
    ("''::text", ""),
    ("'ab'::char(5)", "ab   "),
    ("'ab'::varchar", "ab"),
    ("'ab'::varchar(5)", "ab"),
    ("'ab'::name", "ab"),
    ("'a'::\"char\"", "a"),
    ("''::\"char\"", ""),
    ("'abc'", "abc"),
    ("'é日😀'::text", "é日😀"),
    ("'é日😀'::varchar", "é日😀"),
    ("E'a\\\\b'::text", "a\\b"),
    ("E'a\\nb\\t'::text", "a\nb\t"),
    ("repeat('é', 100000)", "é" * 100000),
    ("'\\xdeadbeef'::bytea", b"\xde\xad\xbe\xef"),
    ("''::bytea", b""),
    ("'\\x00ff5c27'::bytea", b"\x00\xff\\'"),
    (f"'{SOME_UUID}'::uuid", uuid.UUID(SOME_UUID)),
    (f"'{SOME_UUID.upper()}'::uuid", uuid.UUID(SOME_UUID)),
    ("'00000000-0000-0000-0000-000000000000'::uuid", uuid.UUID(int=0)),
    ("'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid", uuid.UUID(int=2**128 - 1)),
    # what has no typecaster is its text
    ("'1.2.3.4'::inet", "1.2.3.4"),
    ("'1.2.3.0/24'::cidr", "1.2.3.0/24"),
    ("'08:00:2b:01:02:03'::macaddr", "08:00:2b:01:02:03"),
    ("'101'::bit(3)", "101"),
    ("'(1,2)'::point", "(1,2)"),
    ("'a b'::tsvector", "'a' 'b'"),
    ("'pg_class'::regclass", "pg_class"),
    ("'5'::xid", "5"),
    ("'1 2'::int2vector", "1 2"),
    # json and jsonb, with nothing registered
    ("""'{"a": [1, 2.5, null, true, "é"]}'::json""", {"a": [1, 2.5, None, True, "é"]}),
    ("""'{"a": [1, 2.5, null, true, "é"]}'::jsonb""", {"a": [1, 2.5, None, True, "é"]}),
    ("'null'::json", None),
    ("'null'::jsonb", None),
    ("'[]'::json", []),
    ("'12345678901234567890'::json", 12345678901234567890),
    ("'12345678901234567890'::jsonb", 12345678901234567890),
    ("'1.0'::jsonb", 1.0),
    ("'\"\\u00e9\"'::json", "é"),
    ("'\"a\\nb\"'::jsonb", "a\nb"),
]


@pytest.mark.parametrize(
    "expression, wanted", SCALARS, ids=lambda v: str(v)[:40].encode("ascii", "replace").decode()
)
def test_value_comes_back(fetch, expression, wanted):
    got = fetch(expression)
    assert same(got, wanted), repr(got)


@pytest.mark.parametrize(
    "type_",
    [
        "bool",
        "int2",
        "int4",
        "int8",
        "oid",
        "float4",
        "float8",
        "numeric",
        "text",
        "varchar",
        "char(5)",
        "name",
        "bytea",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "json",
        "jsonb",
        "inet",
        "int4[]",
        "text[]",
        "uuid[]",
        "json[]",
        "int4range",
        "point",
        "money",
    ],
)
def test_null_is_none(fetch, type_):
    assert fetch(f"null::{type_}") is None


@pytest.mark.parametrize("expression", ["1", "1::int8", "1::oid", "true", "1.5::float8"])
def test_number_is_of_the_exact_type(fetch, expression):
    got = fetch(expression)
    assert type(got) is {"true": bool, "1.5::float8": float}.get(expression, int)


def test_bytea_is_a_readonly_memoryview_equal_to_bytes(fetch):
    got = fetch("'\\x00ff41'::bytea")
    assert type(got) is memoryview
    assert got.readonly
    # the original's are of format "c", and equal to no bytes
    assert got == b"\x00\xffA"
    assert (got.format, got.itemsize, got.nbytes, got.ndim) == ("B", 1, 3, 1)
    assert bytes(got) == got.tobytes() == b"\x00\xffA"
    assert got[2] == 65


def test_bytea_outlives_its_cursor_and_connection(connect):
    conn = connect()
    cur = conn.cursor()
    cur.execute("select '\\x4142'::bytea, repeat('x', 100000)::bytea")
    small, large = cur.fetchone()
    cur.execute("select 1")
    cur.close()
    conn.close()
    assert bytes(small) == b"AB"
    assert bytes(large) == b"x" * 100000


def test_bytea_large(cur):
    cur.execute("select string_agg(decode(lpad(to_hex(i), 2, '0'), 'hex'), '') from "
                "generate_series(0, 255) i, generate_series(1, 1000) j")  # fmt: skip
    assert len(cur.fetchone()[0]) == 256000


@pytest.mark.parametrize("precision", [1, 3, 50])
def test_numeric_does_not_depend_on_the_decimal_context(cur, precision):
    with decimal.localcontext() as context:
        context.prec = precision
        context.traps[decimal.Inexact] = True
        cur.execute("select 12345678901234567890.1234567890, %s", (Decimal("1.23456789012345"),))
        assert cur.fetchone() == (
            Decimal("12345678901234567890.1234567890"),
            Decimal("1.23456789012345"),
        )


def test_numeric_of_many_rows_stand_for_themselves(cur):
    """Values of one length, of many, NULL between them: none is the one before or after it."""
    cur.execute(
        "select n::numeric, case when n % 3 <> 0 then n / 8.0 end, array[n / 4.0, null, n / 2.0],"
        " case when n % 5 = 0 then 'NaN' else n::text end::numeric"
        " from generate_series(-3000, 3000) n"
    )
    for n, (whole, part, both, other) in zip(range(-3000, 3001), cur.fetchall()):
        assert type(whole) is Decimal
        assert whole == n
        assert part == (Decimal(n) / 8 if n % 3 else None)
        assert both == [Decimal(n) / 4, None, Decimal(n) / 2]
        assert other.is_nan() if n % 5 == 0 else other == n


def test_numeric_that_is_none_leaves_no_trace(cur):
    """Text that is no number, by hand: refused each time, and the next one is read."""
    for text in ("1x", "é2", "12\0", "1e", "  ", "", "12"):
        if text == "12":
            assert cur.cast(1700, text) == 12
        else:
            with pytest.raises(decimal.InvalidOperation):
                cur.cast(1700, text)


def test_numeric_large(cur):
    cur.execute("select 10::numeric ^ 100000, '1e-16000'::numeric, '-1.50e-300'::numeric")
    large, small, zeros = cur.fetchone()
    assert large == Decimal(10) ** 100000
    assert small == Decimal("1e-16000")
    assert same(zeros, Decimal("-1.50e-300"))


def test_json_may_hold_a_nul(cur):
    cur.execute("select '\"a\\u0000b\"'::json")
    assert cur.fetchone() == ("a\0b",)


def test_json_deep_is_an_error_not_a_crash(conn, cur):
    cur.execute("select (repeat('[', 3000) || repeat(']', 3000))::json")
    try:
        assert type(cur.fetchone()[0]) is list
    except RecursionError:
        pass
    conn.rollback()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_columns_are_cast_each_for_itself(cur):
    expressions = [e for e, _ in SCALARS]
    cur.execute("select " + ", ".join(expressions))
    got = cur.fetchone()
    for value, (expression, wanted) in zip(got, SCALARS):
        assert same(value, wanted), expression


def test_rows_are_cast_each_for_itself(cur):
    cur.execute(
        "select i, nullif(i, 3), i::text, nullif(i::text, '2'), i * 1.5, i % 2 = 0, array[i, null]"
        " from generate_series(1, 5) i"
    )
    assert cur.fetchall() == [
        (
            i,
            None if i == 3 else i,
            str(i),
            None if i == 2 else str(i),
            Decimal(i) * Decimal("1.5"),
            i % 2 == 0,
            [i, None],
        )
        for i in range(1, 6)
    ]


def test_rows_without_columns(cur):
    cur.execute("select from generate_series(1, 3)")
    assert cur.fetchall() == [(), (), ()]


def test_record_is_its_text(cur):
    cur.execute("select row(1, 'a'), array[row(1, 'a')]")
    assert cur.fetchone() == ("(1,a)", '{"(1,a)"}')


def test_more_columns_than_a_thousand(cur):
    cur.execute("select " + ", ".join(f"{i}, '{i}'" for i in range(800)))
    assert cur.fetchone() == tuple(v for i in range(800) for v in (i, str(i)))


def test_float_is_not_of_the_locale(cur):
    import locale

    before = locale.setlocale(locale.LC_NUMERIC)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_NUMERIC, name)
        except locale.Error:
            continue
        try:
            cur.execute("select %s, 1.5::float8", (2.5,))
            assert cur.fetchone() == (Decimal("2.5"), 1.5)
        finally:
            locale.setlocale(locale.LC_NUMERIC, before)


def test_register_bytes_gives_bytes(connect):
    from psycopg2 import extras

    conn = connect()
    extras.register_bytes(conn)
    cur = conn.cursor()
    cur.execute("select '\\x00ff41'::bytea, null::bytea, array['\\x00'::bytea, null]")
    got = cur.fetchone()
    assert got[:2] == (b"\x00\xffA", None)
    assert type(got[0]) is bytes
    assert same(got[2], [b"\x00", None])
    other = connect().cursor()
    other.execute("select '\\x41'::bytea")
    assert type(other.fetchone()[0]) is memoryview


def test_decimal_values_give_the_float_recipe(conn, cur):
    """The documentation's recipe: float for numeric, through DECIMAL.values."""
    dec2float = extensions.new_type(
        extensions.DECIMAL.values,
        "DEC2FLOAT",
        lambda value, cur: float(value) if value is not None else None,
    )
    extensions.register_type(dec2float, conn)
    cur.execute("select 1.50, null::numeric, 'NaN'::numeric")
    got = cur.fetchone()
    assert same(got, (1.5, None, NAN))
    assert psycopg2.extensions.string_types[1700] is extensions.DECIMAL
