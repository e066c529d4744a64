"""Arrays: of every type, of every shape, with everything that has to be quoted in them."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from fix_faker import UTC, all_texts, arrays, same, through_server
from hypothesis import given
from hypothesis import strategies as st

import psycopg2
from psycopg2 import extensions

SOME_UUID = "b3b28a40-9f7c-4d6c-8a3f-1c6f5f1d2b3a"

OF_TYPES = [
    ("array[true, null, false]", [True, None, False]),
    ("array[1::int2, null]", [1, None]),
    ("array[-1, null, 2147483647]", [-1, None, 2147483647]),
    ("array[9223372036854775807::int8, -9223372036854775808]", [2**63 - 1, -(2**63)]),
    ("array[4294967295::oid]", [2**32 - 1]),
    (
        "array[1.5, 'nan', 'inf', '-0', 5e-324]::float8[]",
        [1.5, float("nan"), float("inf"), -0.0, 5e-324],
    ),
    ("array[1.5, null]::float4[]", [1.5, None]),
    ("array['NaN', 1.50, null]::numeric[]", [Decimal("NaN"), Decimal("1.50"), None]),
    ("array['Infinity', '-Infinity']::numeric[]", [Decimal("Infinity"), Decimal("-Infinity")]),
    ("array['a', null]::text[]", ["a", None]),
    ("array['a', null]::varchar[]", ["a", None]),
    ("array['ab', null]::char(3)[]", ["ab ", None]),
    ("array['ab', null]::name[]", ["ab", None]),
    ("array['a', '']::\"char\"[]", ["a", ""]),
    ("array['\\xdead', null, '']::bytea[]", [b"\xde\xad", None, b""]),
    ("array['2020-01-01']::date[]", [dt.date(2020, 1, 1)]),
    ("array['12:00', '24:00']::time[]", [dt.time(12), dt.time(0)]),
    ("array['12:00+01']::timetz[]", [dt.time(12, tzinfo=dt.timezone(dt.timedelta(hours=1)))]),
    ("array['2020-01-01 01:02:03.4']::timestamp[]", [dt.datetime(2020, 1, 1, 1, 2, 3, 400000)]),
    (
        "array['2020-01-01 01:02:03+00']::timestamptz[]",
        [dt.datetime(2020, 1, 1, 1, 2, 3, tzinfo=UTC)],
    ),
    ("array['1 day 01:00', '-1 mon']::interval[]", [dt.timedelta(1, 3600), dt.timedelta(-30)]),
    (f"array['{SOME_UUID}', null]::uuid[]", [uuid.UUID(SOME_UUID), None]),
    ("""array['{"a": "b\\"c"}', 'null', null, '[1]']::json[]""", [{"a": 'b"c'}, None, None, [1]]),
    ("""array['{"a": "b\\"c"}', 'null', null, '[1]']::jsonb[]""", [{"a": 'b"c'}, None, None, [1]]),
    ("array['1.2.3.4', null]::inet[]", ["1.2.3.4", None]),
    ("array['1.2.3.0/24']::cidr[]", ["1.2.3.0/24"]),
    ("array['08:00:2b:01:02:03']::macaddr[]", ["08:00:2b:01:02:03"]),
    # arrays of a type which nothing is registered for stay text
    ("array['(1,2)', null]::point[]", '{"(1,2)",NULL}'),
    ("array['(1,1),(0,0)', '(2,2),(1,1)']::box[]", "{(1,1),(0,0);(2,2),(1,1)}"),
    ("array['1']::bit[]", "{1}"),
    ("array['5']::xid[]", "{5}"),
]


@pytest.fixture(autouse=True)
def utc(conn):
    conn.cursor().execute("set timezone = 'UTC'")
    conn.commit()


@pytest.mark.parametrize("expression, wanted", OF_TYPES, ids=lambda v: str(v)[-22:])
def test_array_of_each_type(fetch, expression, wanted):
    got = fetch(expression)
    assert same(got, wanted), repr(got)


SHAPES = [
    ("'{}'::int[]", []),
    ("'{{1,2},{3,4}}'::int[]", [[1, 2], [3, 4]]),
    ("'{{{1}}}'::int[]", [[[1]]]),
    ("'{{{{{{1}}}}}}'::int[]", [[[[[[1]]]]]]),
    ("'{{{1,2},{3,4}},{{5,6},{7,NULL}}}'::int[]", [[[1, 2], [3, 4]], [[5, 6], [7, None]]]),
    ("'{NULL,NULL}'::int[]", [None, None]),
    ("'{{NULL},{NULL}}'::int[]", [[None], [None]]),
    ("'[0:1]={1,2}'::int[]", [1, 2]),
    ("'[5:5]={1}'::int[]", [1]),
    # the original reads the bounds of one dimension, not of two
    ("'[2:3][5:6]={{1,2},{3,4}}'::int[]", [[1, 2], [3, 4]]),
    ("'[-1:0]={1,2}'::int[]", [1, 2]),
    ("'[-2:-1][5:6]={{1,2},{3,4}}'::int[]", [[1, 2], [3, 4]]),
    ("'[0:1]={a,NULL}'::text[]", ["a", None]),
    ("'[-1:0]={2020-01-01,NULL}'::date[]", [dt.date(2020, 1, 1), None]),
    ("array(select i from generate_series(1, 10000) i)", list(range(1, 10001))),
]


@pytest.mark.parametrize("expression, wanted", SHAPES, ids=lambda v: str(v)[:30])
def test_array_of_each_shape(fetch, expression, wanted):
    assert same(fetch(expression), wanted)


TEXTS = [
    "",
    "a",
    "NULL",
    "null",
    "Null",
    " ",
    " a ",
    "a,b",
    ",",
    "{",
    "}",
    "{}",
    "{a}",
    '"',
    '""',
    'a"b',
    "\\",
    "\\\\",
    '\\"',
    "a\\b",
    "'",
    "\n\t\r",
    "é日😀",
    "[0:1]={1}",
    "=",
    ";",
    "%s",
    "x" * 100000,
    '"' * 1000,
    "\\" * 1001,
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda v: repr(v[:10]))
def test_array_item_is_quoted_as_it_must_be(cur, text):
    for value in ([text], [text, None], ["a", text, "b"], [[text, text], [None, text]]):
        cur.execute("select %s::text[], %s::varchar[], %s::name[]", (value, value, ["x"]))
        assert cur.fetchone()[:2] == (value, value)


@through_server
@given(arrays(all_texts))
def test_array_of_any_text_comes_back(cur, value):
    cur.execute("select %s::text[]", (value,))
    assert cur.fetchone() == (value,)


def test_array_of_an_enum_is_text(conn, cur):
    cur.execute("create type mood as enum ('happy', 'so, so')")
    cur.execute("select array['so, so', 'happy']::mood[], 'happy'::mood")
    assert cur.fetchone() == ('{"so, so",happy}', "happy")
    conn.rollback()


def test_array_type_made_for_an_enum(conn, cur):
    cur.execute("create type mood as enum ('happy', 'so, so')")
    cur.execute("select typarray from pg_type where typname = 'mood'")
    (oid,) = cur.fetchone()
    extensions.register_type(extensions.new_array_type((oid,), "MOODS", extensions.UNICODE), cur)
    cur.execute("select array['so, so', 'happy', null]::mood[]")
    assert cur.fetchone() == (["so, so", "happy", None],)
    conn.rollback()


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("{1,2}", [1, 2]),
        ("{}", []),
        ("{{},{}}", [[], []]),
        ("{{1},{2}}", [[1], [2]]),
        ("{{1},2}", [[1], 2]),
        ('{"1","2"}', [1, 2]),
        ("[0:1]={1,2}", [1, 2]),
        (None, None),
    ],
)
def test_array_by_hand(cur, text, wanted):
    assert extensions.INTEGERARRAY(text, cur) == wanted


MALFORMED = [
    "",
    " ",
    "5",
    "x",
    "1,2",
    "1,2}",
    "NULL",
    "null",
    "[0:1]",
    "[0:1]={",
    "={1}",
    "[0:1={1}",
]
MALFORMED += [
    "{",
    "{1",
    "{1,2",
    "{{1}",
    "{{1},{2}",
    "{1}}",
    "{{1}}}",
    "}",
    "{}}",
    '{"1',
    '{"',
    '{"1\\',
]
MALFORMED += ['{"\\"}', "{1\\", "{" * 100, "}" * 100, "[0:1]={1}}", "[", "[]", "[0", "[0:"]
OF_ALL_KINDS = ["INTEGERARRAY", "UNICODEARRAY", "BYTESARRAY", "BINARYARRAY", "DATEARRAY"]
OF_ALL_KINDS += ["BOOLEANARRAY", "DECIMALARRAY", "FLOATARRAY", "INTERVALARRAY", "ROWIDARRAY"]
OF_ALL_KINDS += ["PYTIMEARRAY", "PYDATETIMETZARRAY", "JSONARRAY"]


@pytest.mark.parametrize("name", OF_ALL_KINDS)
def test_array_malformed_is_refused(cur, name):
    # the original crashes where a quote is left open
    for text in MALFORMED:
        with pytest.raises((psycopg2.Error, ValueError)):
            pytest.fail(f"{text!r} gave {getattr(extensions, name)(text, cur)!r}")


# so long that the integers behind it are looked for among those before them
LONG = "1000," * 100


def test_array_malformed_behind_many_integers_is_refused(cur):
    for end in ["", "1000", "-", "--1}", "-}", ",}", "1000,}", "x}", "1000x}", "1000{}", "1 000}"]:
        for text in ("{" + LONG + end, "{{" + LONG + end):
            with pytest.raises((psycopg2.DataError, ValueError)):
                pytest.fail(f"{text!r} gave {extensions.INTEGERARRAY(text, cur)!r}")


INTEGER_TEXTS = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.integers().map("{:021d}".format),
    st.sampled_from(["-0", "+1", "1_000", " 7", "NULL", "null", '"1000"', '"-5"', "\\5", '"1\\5"']),
)


def test_array_integers_are_read_alike_first_and_again(cur):
    @through_server
    @given(st.lists(INTEGER_TEXTS, min_size=1))
    def check(texts):
        first = [extensions.INTEGERARRAY("{" + text + "}", cur)[0] for text in texts]
        long_text = "{" + LONG + ",".join(texts + texts) + "}"
        assert extensions.INTEGERARRAY(long_text, cur)[100:] == first + first

    check()


def test_array_integers_that_come_again_in_a_column(cur):
    edge = [2**63 - 1, -(2**63), 2**31, -(2**31) - 1, 0, -1, 64, -64]
    cur.execute(
        "select array[i, i + 1, i + 64, -i, null], %s::int8[], array[[i, i / 9]]"
        " from generate_series(1::int8, 3000) i",
        (edge,),
    )
    for i, row in enumerate(cur, 1):
        assert row == ([i, i + 1, i + 64, -i, None], edge, [[i, i // 9]])
        row[0][0] = row[1][0] = "the program's own"


@pytest.mark.parametrize("name", ["INTEGERARRAY", "UNICODEARRAY", "BINARYARRAY", "DATEARRAY"])
def test_array_garbage_ends(cur, name):
    caster = getattr(extensions, name)

    @through_server
    @given(st.text(st.sampled_from('{}{},,""\\NUL[]:=01 é'), max_size=24))
    def check(text):
        for given_ in (text, "{" + text + "}", "[0:1]={" + text, "{" + LONG + text + "}"):
            try:
                got = caster(given_, cur)
            except (psycopg2.Error, ValueError):
                continue
            assert type(got) is list

    check()


def test_array_too_deep_is_refused(cur):
    """By hand, a text may be nested deeper than a server's six dimensions."""
    for depth in (7, 100, 100000):
        text = "{" * depth + "1" + "}" * depth
        try:
            got = extensions.INTEGERARRAY(text, cur)
        except (psycopg2.DataError, ValueError, RecursionError):
            continue
        assert repr(got) == "[" * depth + "1" + "]" * depth


@pytest.mark.parametrize("size", [1, 63, 64, 65, 127, 128, 129, 1000])
def test_array_of_each_length_alone_and_within(cur, size):
    numbers = list(range(size))
    text = ",".join(map(str, numbers))
    assert extensions.INTEGERARRAY("{" + text + "}", cur) == numbers
    assert extensions.INTEGERARRAY("{{" + text + "},{" + text + "}}", cur) == [numbers, numbers]
    with pytest.raises(ValueError, match="invalid literal for int"):
        extensions.INTEGERARRAY("{{" + text + "},{" + text + ",x}}", cur)
    with pytest.raises(psycopg2.DataError, match="malformed array"):
        extensions.INTEGERARRAY("{{" + text + "},{" + text, cur)


def test_array_item_that_does_not_parse_is_refused(cur):
    with pytest.raises(ValueError, match="invalid literal for int"):
        extensions.INTEGERARRAY("{1,x}", cur)
    with pytest.raises(psycopg2.InterfaceError, match="can't parse boolean: 'x"):
        extensions.BOOLEANARRAY("{t,x}", cur)


@pytest.mark.parametrize(
    "encoding", ["SJIS", "BIG5", "GBK", "GB18030", "JOHAB", "SHIFT_JIS_2004", "UHC", "EUC_JP"]
)
def test_array_letters_whose_second_byte_is_a_sign(conn, cur, encoding):
    """The second byte of a letter may be one of \\ { | } too: it is no escape, and no brace."""
    conn.set_client_encoding(encoding)
    codec = extensions.encodings[conn.encoding]
    tried = 0
    for sign in b"\\{|}@[]^_`~":
        for lead in range(0x81, 0xFF):
            try:
                letter = bytes([lead, sign]).decode(codec)
                assert letter.encode(codec) == bytes([lead, sign])
            except (UnicodeError, AssertionError):
                continue
            cur.execute("savepoint s")
            values = [letter, f"a{letter}", f"{letter}b", f"{letter} {letter}", f'"{letter}"']
            try:
                cur.execute("select %s", (letter,))
                assert cur.fetchone() == (letter,)
            except (psycopg2.DataError, UnicodeError):
                cur.execute("rollback to s")  # the server has no such letter, or another one
                continue
            cur.execute("select %s, %s", (values, [[letter], [letter]]))
            assert cur.fetchone() == (values, [[letter], [letter]])
            tried += 1
    assert tried or encoding in ("UHC", "EUC_JP", "JOHAB")
