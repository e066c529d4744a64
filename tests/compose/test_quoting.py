"""Text never gets out of its quotes: every encoding, and both kinds of string literal."""

import pytest
from fix_faker import same, texts, through_server
from hypothesis import given
from hypothesis import strategies as st

from psycopg2 import extensions
from psycopg2.extensions import AsIs, adapt

ATTACKS = [
    "'",
    "''",
    "\\",
    "\\'",
    "\\\\'",
    "'; drop table victims; --",
    "\\'; drop table victims; --",
    "\\\\'; drop table victims; --",
    "x' or '1'='1",
    "\\x27; drop table victims; --",
    "$$; drop table victims; --",
    "*/ drop table victims; /*",
    "-- \n'",
    "%s%(a)s%%",
    "\\x6162",
    "E'a'",
    "\\",
    "a\\",
    "ends in a quote'",
]


@pytest.fixture(params=["on", "off"])
def standard_strings(request, conn, cur):
    cur.execute(f"set standard_conforming_strings = {request.param}")
    cur.execute("set escape_string_warning = off")
    conn.commit()
    return request.param


@pytest.fixture(params=["position", "name", "list", "nested", "tuple", "prepared", "bytes"])
def select(request, conn, cur):
    """A function that sends a text in each way, and returns what the server makes of it."""

    def fetch(query, args=None):
        cur.execute(query, args)
        return cur.fetchone()

    def prepared(value):
        adapter = adapt(value)
        adapter.prepare(conn)
        return fetch(b"select " + adapter.getquoted())[0]

    def as_bytes(value):
        sent = value.encode(extensions.encodings[conn.encoding])
        return bytes(fetch("select %s", (sent,))[0]).decode(extensions.encodings[conn.encoding])

    return {
        "position": lambda v: fetch("select %s", (v,))[0],
        "name": lambda v: fetch("select %(v)s", {"v": v})[0],
        "list": lambda v: fetch("select %s", ([v],))[0][0],
        "nested": lambda v: fetch("select %s", ([["a", v], [v, "b"]],))[0][1][0],
        "tuple": lambda v: fetch("select r.x from (values %s) r (x, y)", ((v, "b"),))[0],
        "prepared": prepared,
        "bytes": as_bytes,
    }[request.param]


@pytest.mark.parametrize("value", ATTACKS)
def test_text_stays_in_its_quotes(select, standard_strings, value):
    assert select(value) == value


@through_server
@given(
    value=st.text(st.sampled_from("'\\\"%();-x é日\n$:"), max_size=8) | texts,
    strings=st.sampled_from(["on", "off"]),
)
def test_text_of_any_kind_stays_in_its_quotes(conn, cur, value, strings):
    cur.execute(f"set standard_conforming_strings = {strings}; set escape_string_warning = off")
    cur.execute("select %s, %s, %s", (value, [value, "'"], value.encode()))
    got = cur.fetchone()
    assert got[:2] == (value, [value, "'"])
    assert same(got[2], value.encode())
    conn.rollback()


def test_text_is_quoted_by_the_setting_of_the_moment(conn, cur):
    """The server tells of a change, even within one transaction."""
    for strings in ("on", "off", "on", "off"):
        cur.execute(f"set standard_conforming_strings = {strings}; set escape_string_warning = off")
        cur.execute("select %s, %s", ("\\'", b"\\'"))
        assert cur.fetchone()[0] == "\\'"
    conn.rollback()
    cur.execute("select %s", ("\\'",))
    assert cur.fetchone() == ("\\'",)


# In these, the second byte of a letter may be a backslash (0x5c), and of some letters a quote's.
MULTIBYTE = ["SJIS", "BIG5", "GBK", "GB18030", "UHC", "SHIFT_JIS_2004", "JOHAB"]
SINGLE_BYTE = ["LATIN1", "LATIN9", "WIN1252", "KOI8R", "EUC_JP", "EUC_KR", "EUC_CN", "UTF8"]


def letters_with_a_backslash(codec):
    """Letters whose last byte in the encoding is a backslash, a quote, or another ASCII sign."""
    found = {}
    for code in [*range(0xA1, 0x500), *range(0x2000, 0xD800), *range(0xE000, 0xFFFD)]:
        try:
            encoded = chr(code).encode(codec)
        except UnicodeEncodeError:
            continue
        if len(encoded) > 1 and encoded[-1] in b"\\'\"`|;-":
            found.setdefault(encoded[-1], []).append(chr(code))
    return [
        letter for letters in found.values() for letter in letters[:: max(1, len(letters) // 8)]
    ]


@pytest.mark.parametrize("encoding", MULTIBYTE)
@pytest.mark.parametrize("strings", ["on", "off"])
def test_multibyte_letter_does_not_open_the_quotes(conn, cur, encoding, strings):
    # in an array, the original takes the second byte for a backslash, and gives another letter
    cur.execute(f"set standard_conforming_strings = {strings}; set escape_string_warning = off")
    conn.commit()
    conn.set_client_encoding(encoding)
    letters = letters_with_a_backslash(extensions.encodings[conn.encoding])
    assert letters or encoding == "UHC"  # which has letters there, but no signs
    cur.execute("create temp table victims ()")
    for letter in letters:
        for tail in ("", "'", "; drop table victims; --", "'; drop table victims; --"):
            value = letter + tail
            try:
                cur.execute("savepoint s")
                cur.execute("select %s, %s, %s", (value, [value], (value,)))
                got = cur.fetchone()
            except cur.connection.DataError:
                # Python and the server need not agree on which letters there are
                cur.execute("rollback to s")
            else:
                assert got == (value, [value], value)
    cur.execute("select count(*) from pg_class where oid = 'victims'::regclass")
    assert cur.fetchone() == (1,)


@pytest.mark.parametrize("encoding", [*MULTIBYTE, *SINGLE_BYTE])
@pytest.mark.parametrize("strings", ["on", "off"])
def test_half_a_letter_does_not_swallow_the_quote(conn, cur, encoding, strings):
    """bytes in a QuotedString are the caller's own encoding, perhaps a wrong one."""
    cur.execute(f"set standard_conforming_strings = {strings}; set escape_string_warning = off")
    cur.execute("create temp table victims ()")
    conn.commit()
    conn.set_client_encoding(encoding)
    for lead in (b"\x81", b"\x95", b"\xa1", b"\xbf", b"\xe9", b"\xfe"):
        for tail in (b"'; drop table victims; --", b"\\'; drop table victims; --"):
            try:
                cur.execute("select %s", (extensions.QuotedString(lead + tail),))
            except (conn.Error, UnicodeError, ValueError, TypeError):
                conn.rollback()
            cur.execute("select count(*) from pg_class where oid = to_regclass('victims')")
            assert cur.fetchone() == (1,)


@pytest.mark.parametrize("encoding, value", [("LATIN1", "日"), ("SJIS", "é"), ("SQL_ASCII", "é")])
@pytest.mark.parametrize("way", ["value", "list", "tuple", "query"])
def test_text_outside_the_client_encoding_is_refused(conn, cur, encoding, value, way):
    conn.set_client_encoding(encoding)
    calls = {
        "value": ("select %s", (value,)),
        "list": ("select %s", ([value],)),
        "tuple": ("select %s", ((value, 1),)),
        "query": (f"select '{value}'", None),
    }
    with pytest.raises(UnicodeEncodeError):
        cur.execute(*calls[way])
    conn.rollback()
    cur.execute("select %s", ("ok",))
    assert cur.fetchone() == ("ok",)


def test_text_as_it_is_in_the_client_encoding(conn, cur):
    conn.set_client_encoding("LATIN1")
    # the original sends UTF-8 all the same, which the server reads as other letters
    cur.execute("select '%s'", (AsIs("é"),))
    assert cur.fetchone() == ("é",)


@pytest.mark.parametrize(
    "name, quoted",
    [
        ("a", '"a"'),
        ('a"b', '"a""b"'),
        ("a\\b", '"a\\b"'),
        ("A b", '"A b"'),
        ("é日", '"é日"'),
        ("", '""'),
        (b"bytes", '"bytes"'),
    ],
)
def test_quote_ident(conn, cur, name, quoted):
    assert extensions.quote_ident(name, conn) == quoted
    assert extensions.quote_ident(name, cur) == quoted


@pytest.mark.parametrize("args", [(), ("a",), ("a", None), ("a", 5), (5, "conn"), (None, "conn")])
def test_quote_ident_refuses(conn, args):
    args = tuple(conn if arg == "conn" else arg for arg in args)
    with pytest.raises(TypeError):
        extensions.quote_ident(*args)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_quote_ident_refuses_what_is_no_name(conn, name):
    with pytest.raises((ValueError, conn.Error)):
        extensions.quote_ident(name, conn)
