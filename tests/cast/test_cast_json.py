"""json and jsonb: what json.loads() makes of the text, for any text."""

import gc
import json
import sys

import pytest
from fix_interpreter import run_script
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from psycopg2 import _psycopg, extensions

JSON = _psycopg.JSON

through_the_server = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def outcome(function, *args):
    """Return the value, or the class and text of the error."""
    try:
        return "value", function(*args)
    except Exception as e:
        return type(e), str(e)


def check_same(text):
    """Fail where the typecaster and json.loads() differ on a text, in value, type or order."""
    got, wanted = outcome(JSON, text, None), outcome(json.loads, text)
    assert repr(got) == repr(wanted), text  # repr tells -0.0 from 0.0, 1 from 1.0, and order


def nested(depth, opening="[", closing="]", inside=""):
    return opening * depth + inside + closing * depth


PLAIN = [
    *("true", "false", "null", "0", "-0", "1", "-1", "42", "10", "100", "-7", '""', '"a"', '"ab"'),
    *("[]", "{}", "[[]]", "[{}]", '{"a": {}}', "[[], [], {}]", "[1]", "[1, [2, [3, []], 4], 5]"),
    '{"id": 1, "name": "n1", "tags": [1, 2, 1]}',
    # white space
    *(" 1", "1 ", "\n\t\r 1\r\t\n ", " [ ] ", "[ 1 ]", "[1 ,2]", "[1, 2]", "[\n1\n,\n2\n]", "{ }"),
    *('{"a":1}', '{ "a" : 1 }', '{"a"\n:\t1\r, "b" : 2}\n', '\n"a"\n'),
    # duplicates: the last value in the place of the first
    '{"a": 1, "b": 2, "a": 3}',
    '{"a": [1], "a": [2], "a": {"a": 1, "a": 2}}',
    r'{"a": 1, "\u0061": 2}',
    # keys of every length: the short ones are kept from one document to the next
    *(json.dumps({"k" * n: n, "l" * n: -n}) for n in range(150)),
    *(json.dumps({"é" * n: n, "k" + "ж" * n: n}, ensure_ascii=False) for n in range(70)),
    json.dumps({f"key {n}": n for n in range(3000)}),
    *(json.dumps({f"{n}{'x' * n}{m}": m for m in range(20)}) for n in range(20)),
    json.dumps([{"a": n, "ключ": n, "e\n": n} for n in range(100)]),
    # arrays of every size
    *(json.dumps(list(range(n))) for n in [1, 2, 63, 64, 65, 127, 128, 129, 1000, 5000]),
    json.dumps([[n] * (n % 70) for n in range(300)]),
]

NUMBERS = [
    *("0.0", "-0.0", "1.0", "-1.5", "0.1", "1e5", "1E5", "1e+5", "1e-5", "1.5E-10", "0e0", "-0e-0"),
    *("1e400", "-1e400", "1e-400", "1e99999999999", "1e-99999999999", "0e999999", "123.456e-7"),
    *("5e-324", "2e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "1.8e308"),
    *("0.3", "2.675", "9007199254740993.0", "1e22", "1e23", "8.5e-5", "0." + "0" * 500 + "1"),
    *("1" + "0" * 400 + ".0", "0." + "123456789" * 20, "123456789" * 4 + ".5e-20"),
    *("9" * n for n in range(1, 45)),
    *("-" + "9" * n for n in range(1, 45)),
    *("1" + "0" * n for n in range(45)),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"),
    *("7" * 640, "7" * 641, "7" * 3999, "7" * 4000, "7" * 4001, "7" * 4300, "-" + "7" * 4300),
]

STRINGS = [
    *('"' + "x" * n + '"' for n in range(40)),
    *('"' + "x" * n + r"\n" + "y" * m + '"' for n in range(18) for m in (0, 1, 7, 8, 9)),
    *('"' + "x" * n + "é" + "y" * m + '"' for n in range(18) for m in (0, 1, 7, 8, 9)),
    *('"' + "x" * n + c + '"' for n in range(10) for c in "~\x7f\x80ÿĀж￿\U00010000\U0010ffff😀"),
    r'"\"\\\/\b\f\n\r\t"',
    r'"a\u0000b"',
    r'"\u0041\u00e9\u0436\u20ac\uFFFF\uabCD\u007f\u0080\u07ff\u0800"',
    r'"\ud83d\ude00"',
    r'"\uD800\uDC00\udbff\udfff"',
    '"' + r"\ud83d\ude00" * 100 + '"',
    '"' + r"\u0436" * 1000 + '"',
    '"' + "text é" * 1000 + '"',
    '"' + r"text\n" * 1000 + '"',
    *(json.dumps({'k"' * n: '\\"' * n, "é" * n: "\n"}) for n in range(40)),
    r'["\n", "a", "\u0436\n", {"\t": "\\"}, "plain", "\""]',
]

# Halves of surrogate pairs: json.loads() takes them.
SURROGATES = [
    r'"\ud800"',
    r'"\udfff"',
    r'"\ud83dx"',
    r'"\ud83d\n"',
    r'"\ud83d\u0041"',
    r'"\ud83d\ud83d\ude00"',
    r'"\ude00\ud83d"',
    r'["a", {"\ud800": "\udc00"}]',
]

MALFORMED = [
    *("", " ", "\n", "\0", "-", "+1", "--1", "- 1", "01", "-01", "00", "1.", ".5", "1.e5", "1e"),
    *(
        "1e+",
        "1e-",
        "1.5e",
        "1.5.5",
        "1a",
        "1 2",
        "0x10",
        "1_000",
        "١",
        "½",
        "tru",
        "truee",
        "True",
    ),
    *("fals", "nul", "nulll", "t", "f", "n", "N", "I", "NaN1", "undefined", "nan", "Inf", "-Inf"),
    *("[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1}", "{]", "[1]]", "[]1"),
    *('{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a" 1}', '{"a"::1}', '{"a",1}', "{a:1}"),
    *("{1:2}", "{,}", '{"a":}', "{'a':1}", '{"a":1}}', '{"a":1 "b":2}', "{null: 1}", '{"a": 1; }'),
    *('"', '"a', '"a\\', '"\\"', '"\\u', '"\\u1', '"\\u123', '"\\u1234', '"a" "b"', "'a'", '"a"b'),
    *(r'"\x41"', r'"\u12g4"', r'"\uU123"', r'"\u 123"', r'"\u-123"', r'"\N"', r'"\0"', r'"\'"'),
    *(r'"\ud83d\u"', r'"\ud83d\ude0"', r'"\ud83d\ude0g"', r'"\ud83d\\"', r'"\ud83d\u12"'),
    *('"' + chr(c) + '"' for c in range(32)),
    *('"' + "x" * n + chr(c) + 'yyyyyyyy"' for n in range(9) for c in (0, 1, 10, 31)),
    *('"\\n' + "x" * n + chr(c) + '"' for n in range(9) for c in (0, 10, 31)),
    *(f'["{chr(c)}é"]' for c in (0, 10, 31)),
    *("\x0b1", "\x0c1", "\xa01", "1\xa0", " 1", "[1,\x0b2]", "é", "[é]", '{"a": é}', "{é: 1}"),
    *("// x\n1", "/* x */1", "[1] // x", "#", "<", '\\"a"', "[1,,2]", "[[1]", '{"a": {"b": 1}'),
    '{"a": ["b", {"c": [1, 2, {"d": "e", "f"}]}]}',
    "\ufeff1",
    "\ufeff",
    "1\ufeff",
    "9" * 5000,
    "[" + "9" * 5000 + "]",
]

CONSTANTS = ["NaN", "Infinity", "-Infinity", "[NaN, Infinity, -Infinity]", '{"a": NaN}', " NaN "]

DEEP = [
    *(nested(n) for n in (98, 99, 100, 101, 102, 150)),
    *(nested(n, '{"a": ', "}", "1") for n in (98, 99, 100, 101, 102, 150)),
    *(nested(n, '[{"a": ', "}]", "[]") for n in (49, 50, 51)),
    *(nested(n)[:-1] for n in (99, 100, 101)),
]

ALL = [*PLAIN, *NUMBERS, *STRINGS, *SURROGATES, *MALFORMED, *CONSTANTS, *DEEP]


def test_json_is_what_loads_gives():
    for text in ALL:
        check_same(text)


def test_json_inside_of_others_is_what_loads_gives():
    for text in ALL:
        check_same(f"[{text}]")
        check_same(f'[1, "a", {text}, {{}}]')
        check_same(f'{{"a": "b", "c": {text}, "d": 1}}')
        check_same(f"\n {text}\t")


def test_json_cut_short_is_what_loads_makes_of_it():
    text = '{"a": [1, -2.5e3, "x\\n\\u00e9é\\ud83d\\ude00", true, false, null, {}], "b": {"c": []}}'
    for end in range(len(text)):
        check_same(text[:end])
        check_same(text[end:])
        check_same(text[:end] + text[end + 1 :])


def test_json_with_any_character_anywhere():
    text = r'{"a": [1, -2.5e3, "x\n\u00e9", true, null], "b": {}}'
    for at in range(len(text)):
        for c in '"\\{}[]:,0-+.eEtu \n\0\x1f\x7fé\ud7ff':
            check_same(text[:at] + c + text[at + 1 :])
            check_same(text[:at] + c + text[at:])


@pytest.mark.parametrize("around", [b'"%s"', b'"xxxxxxxx%s"', b'{"%s": 1}', b'"\\n%s"', b"%s"])
@pytest.mark.parametrize(
    "data",
    [b"\x80", b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xe2\x82"],
)
def test_json_of_broken_utf8_tells_where(around, data):
    data = around % data
    with pytest.raises(UnicodeDecodeError) as wanted:
        data.decode()
    with pytest.raises(UnicodeDecodeError) as got:
        JSON(data, None)
    assert str(got.value) == str(wanted.value)


@pytest.mark.skipif(not hasattr(sys, "set_int_max_str_digits"), reason="any int may be read")
@pytest.mark.parametrize("limit", [640, 4300, 10000, 0])
def test_json_numbers_are_limited_as_ints_are(limit):
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(limit)
    try:
        for digits in (639, 640, 641, 4000, 4001, 4300, 4301, 9999, 10001):
            text = f'[1, "a", -{"8" * digits}]'
            got, wanted = outcome(JSON, text, None), outcome(json.loads, text)
            assert got == wanted, digits
            assert (got[0] is ValueError) == (0 < limit < digits)
    finally:
        sys.set_int_max_str_digits(before)


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.text(alphabet='"\\/\b\f\n\r\t\x7fé€😀 nu', max_size=20),
    ),
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(st.one_of(st.text(), st.sampled_from("abc")), inner)
    ),
    max_leaves=30,
)
spaces = st.sampled_from([None, 0, 1, "\t", "\r\n"])
separators = st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), ("\n,", "\t:\r")])


@given(values, st.booleans(), spaces, separators)
@settings(deadline=None)
def test_json_of_any_value(value, ensure_ascii, indent, marks):
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=marks)
    check_same(text)
    assert repr(JSON(text, None)) == repr(value)


@given(st.text(alphabet='[]{}:,"\\ \n0123456789-+.eEtruefalsnlNIi/bdu\0é\ud7ff'))
@settings(deadline=None, max_examples=300)
def test_json_of_any_text(text):
    check_same(text)


@given(values)
@through_the_server
def test_json_through_the_server(conn, value):
    text = json.dumps(value, ensure_ascii=False, indent=1)
    with conn.cursor() as cur:
        cur.execute("select %s::json, %s", (text, text))
        got, back = cur.fetchone()
        assert repr(got) == repr(json.loads(back)) == repr(value)
        if "\\u0000" not in text:  # which jsonb does not hold
            cur.execute("select %s::jsonb, (%s::jsonb)::text, array[%s::jsonb]", (text,) * 3)
            got, back, array = cur.fetchone()
            assert repr(got) == repr(json.loads(back)) == repr(array[0])


@pytest.mark.parametrize("kind", ["json", "jsonb"])
def test_json_of_many_rows(conn, kind):
    """Rows that share keys, and rows that do not."""
    with conn.cursor() as cur:
        cur.execute(
            f"""
            select i, json_build_object('id', i, 'key ' || i % 700, 'v ' || i, 'ж' || i % 3,
                                        json_build_array(i, i / 4.0, null, i % 2 = 0))::{kind}
            from generate_series(1, 5000) i
            """
        )
        for i, got in cur.fetchall():
            wanted = {"id": i, f"key {i % 700}": f"v {i}", f"ж{i % 3}": [i, i / 4, None, not i % 2]}
            assert repr(dict(sorted(got.items()))) == repr(dict(sorted(wanted.items())))


def test_json_keeps_the_keys_of_a_column(cur):
    cur.execute('select \'{"some key": 1, "ключ": 2}\'::json from generate_series(1, 3)')
    rows = [row for (row,) in cur.fetchall()]
    for keys in zip(*rows):
        assert keys[0] is keys[1] is keys[2]


def test_json_keeps_few_keys():
    """What it keeps does not grow with the keys that it has seen."""
    blocks = []
    for _ in range(2):
        for n in range(20000):
            JSON(f'{{"one of many {n}": 1}}', None)
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert blocks[1] - blocks[0] < 2000


@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1", "SQL_ASCII", "EUC_JP", "BIG5", "SJIS"])
@pytest.mark.parametrize("text", [r'{"a": [1, 2.5, "\\ \" \n"]}', '"é"', '{"é": "ÿ"}', '"日本"'])
def test_json_in_any_encoding(conn, encoding, text):
    conn.set_client_encoding(encoding)
    python_name = extensions.encodings[encoding]
    try:
        data = text.encode(python_name)
    except UnicodeEncodeError:
        return
    with conn.cursor() as cur:
        assert JSON(data, cur) == json.loads(text)
        assert JSON(text, cur) == json.loads(text)


def test_json_deeper_than_python_goes(cur):
    for depth in (101, 900, 3000, 100_000):
        text = nested(depth)
        got, wanted = outcome(JSON, text, None), outcome(json.loads, text)
        assert got[0] == wanted[0]
        assert JSON("[1]", None) == [1]


@pytest.mark.parametrize(
    "change",
    [
        "json.JSONDecoder = lambda: decoder(strict=False)",
        "json.JSONDecoder = lambda: decoder(parse_float=lambda text: text)",
        "json.JSONDecoder = lambda: decoder(parse_int=lambda text: text)",
        "json.JSONDecoder = lambda: decoder(object_hook=lambda d: d)",
        "json.JSONDecoder = lambda: decoder(object_pairs_hook=lambda pairs: pairs)",
        "json.decoder.scanner.make_scanner = json.scanner.py_make_scanner",
    ],
)
def test_json_by_a_decoder_that_was_replaced(dsn, change):
    lines = run_script(
        dsn,
        f"""
        import json
        decoder = json.JSONDecoder
        {change}
        text = '{{"a": [1, 2.5], "b": "x\\t"}}'
        cur.execute("select '{{\\"a\\": [1, 2.5]}}'::json")
        print(cur.fetchone()[0])
        print(json.JSONDecoder().decode('{{"a": [1, 2.5]}}'))
        """,
    )
    assert lines[0] == lines[1]
