"""The client encoding may be anything that both the server and Python know."""

import pytest
from fix_faker import through_server
from hypothesis import given
from hypothesis import strategies as st

import psycopg2
from psycopg2 import extensions

# Each with a text that it can write, letters of more than one byte where it has them.
TEXTS = {
    "BIG5": "中文 A",
    "EUC_CN": "中文 A",
    "EUC_JIS_2004": "日本語 カナ",
    "EUC_JP": "日本語 カナ",
    "EUC_KR": "한국어",
    "GB18030": "中文 😀 é",
    "GBK": "中文 A",
    "ISO_8859_5": "Привет",
    "ISO_8859_6": "سلام",
    "ISO_8859_7": "Γειά",
    "ISO_8859_8": "שלום",
    "KOI8R": "Привет",
    "KOI8U": "Привіт",
    "LATIN1": "éèñß",
    "LATIN2": "łódź",
    "LATIN3": "ĥello",
    "LATIN4": "ēīū",
    "LATIN5": "İstanbul",
    "LATIN6": "þorn",
    "LATIN7": "ģļ",
    "LATIN8": "ŵŷ",
    "LATIN9": "€œ",
    "LATIN10": "șț",
    "SHIFT_JIS_2004": "日本語 カナ",
    "SJIS": "日本語 ソ表能",
    "SQL_ASCII": "plain",
    "UHC": "한국어 똠",
    "UTF8": "é日😀",
    "WIN866": "Привет",
    "WIN874": "ภาษา",
    "WIN1250": "łódź",
    "WIN1251": "Привет",
    "WIN1252": "€é",
    "WIN1253": "Γειά",
    "WIN1254": "İş",
    "WIN1255": "שלום",
    "WIN1256": "سلام",
    "WIN1257": "ģļ",
    "WIN1258": "đồ",
}


def test_encoding_of_the_server_is_known_if_python_has_it(cur):
    cur.execute(
        "select name from generate_series(0, 99) n, pg_encoding_to_char(n) name where name <> ''"
    )
    names = {name for (name,) in cur}
    assert names - set(extensions.encodings) == {"EUC_TW", "MULE_INTERNAL"}
    # JOHAB's letters are tested one by one, with those of the others of several bytes
    assert names - set(TEXTS) - {"JOHAB"} == {"EUC_TW", "MULE_INTERNAL"}


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("way", ["method", "sql", "connect"])
def test_encoding_both_ways(connect, encoding, way):
    conn = connect(client_encoding=encoding) if way == "connect" else connect()
    if way == "method":
        conn.set_client_encoding(encoding)
    cur = conn.cursor()
    if way == "sql":  # the original goes on in the encoding from before
        cur.execute(f"set client_encoding = '{encoding}'")
    text = TEXTS[encoding]
    if encoding == "WIN1258":
        text = "đ"  # the rest is written in two parts, which the server does not know
    cur.execute(
        f"select %s, %s, '{text}', convert_to(%s::text, 'UTF8')",
        (text, [text, text + "'\"", None], text),
    )
    got = cur.fetchone()
    assert got[:3] == (text, [text, text + "'\"", None], text)
    assert bytes(got[3]).decode() == text
    assert conn.encoding.replace("_", "") == encoding.replace("_", "")
    cur.execute(f'select 1 as "{text}"')
    assert cur.description[0].name == text


@pytest.mark.parametrize("encoding", [e for e in TEXTS if e != "SQL_ASCII"])
def test_encoding_ascii_is_ascii(conn, cur, encoding):
    """A backslash is a backslash: not a yen sign, which some codecs make of it."""
    conn.set_client_encoding(encoding)
    text = "".join(map(chr, range(1, 128)))
    cur.execute("select %s, convert_to(%s::text, 'UTF8'), %s", (text, text, [text]))
    got = cur.fetchone()
    assert got[0] == text
    assert bytes(got[1]) == text.encode()
    assert got[2] == [text]


def letters_of(codec):
    """A good part of the letters the codec has."""
    codes = [*range(0xA0, 0x700), *range(0xE00, 0xE80), *range(0x2010, 0x2700, 3)]
    codes += [*range(0x3000, 0xD800, 97), *range(0xFF00, 0xFFEF, 2)]
    for code in codes:
        try:
            chr(code).encode(codec)
        except UnicodeEncodeError:
            continue
        yield chr(code)


@pytest.mark.parametrize("encoding", [e for e in TEXTS if e not in ("SQL_ASCII", "UTF8")])
def test_encoding_letters_come_back_or_are_refused(conn, cur, encoding):
    """Python's codec writes some letters as another one: a yen sign as a backslash, for one.

    Then nothing may be stored changed, nor come back so.
    """
    conn.set_client_encoding(encoding)
    conn.autocommit = True
    changed = []
    # many in one go, and in halves to find those which do not pass
    todo = [list(letters_of(extensions.encodings[conn.encoding]))]
    seen = 0
    while todo:
        part = todo.pop()
        try:
            cur.execute("select " + ", ".join(["%s"] * len(part)), part)
            got = cur.fetchone()
        except (UnicodeError, psycopg2.Error):
            if len(part) > 1:
                half = len(part) // 2
                todo += [part[:half], part[half:]]
        else:
            seen += len(part)
            changed += [a for a, b in zip(part, got) if a != b]
            same_letters = [a for a, b in zip(part, got) if a == b]
            if same_letters:
                cur.execute("select %s", (same_letters,))
                assert cur.fetchone() == (same_letters,)
    assert seen > 20
    assert changed == []


def test_encoding_follows_the_server(conn, cur):
    """SET, RESET and a rollback change it too, and the server tells."""
    assert conn.encoding == "UTF8"
    cur.execute("set client_encoding = 'LATIN1'")
    assert conn.encoding == "LATIN1"
    cur.execute("select %s, U&'\\00e9'", ("é",))
    assert cur.fetchone() == ("é", "é")
    conn.rollback()
    assert conn.encoding == "UTF8"
    cur.execute("select %s, U&'\\65e5'", ("日",))
    assert cur.fetchone() == ("日", "日")
    cur.execute("select set_config('client_encoding', 'SJIS', true)")
    cur.execute("select %s, U&'\\65e5'", ("日",))
    assert cur.fetchone() == ("日", "日")


def test_encoding_of_rows_is_that_of_their_result(conn, cur):
    """The rows which are here already do not change with the encoding."""
    cur.execute("select 'é' from generate_series(1, 3)")
    assert cur.fetchone() == ("é",)
    other = conn.cursor()
    other.execute("set client_encoding = 'LATIN1'")
    try:
        assert cur.fetchall() == [("é",), ("é",)]
    except UnicodeDecodeError:
        pass


def test_encoding_that_python_has_not_is_refused(connect):
    conn = connect()
    with pytest.raises(psycopg2.OperationalError, match="EUC_?TW"):
        conn.set_client_encoding("EUC_TW")
    conn.rollback()
    assert conn.encoding == "UTF8"
    cur = conn.cursor()
    cur.execute("select 'é'")
    assert cur.fetchone() == ("é",)


def test_encoding_that_python_has_not_by_sql_loses_nothing(connect):
    conn = connect()
    cur = conn.cursor()
    try:
        cur.execute("set client_encoding = 'EUC_TW'")
        cur.execute("select 'plain', U&'\\4e2d'")
        assert cur.fetchone() == ("plain", "中")
    except (psycopg2.Error, UnicodeError):
        pass
    conn.rollback()
    cur.execute("select %s", ("é",))
    assert cur.fetchone() == ("é",)


@pytest.mark.parametrize("name", ["utf8", "UTF-8", "utf 8", "unicode", "Latin1", "LATIN-1", "sjis"])
def test_encoding_may_be_spelled_in_many_ways(conn, cur, name):
    conn.set_client_encoding(name)
    cur.execute("select 'ok'")
    assert cur.fetchone() == ("ok",)


@pytest.mark.parametrize(
    "name, error",
    [("nope", psycopg2.Error), ("", psycopg2.Error), (None, TypeError), (5, TypeError)],
)
def test_encoding_that_is_none_is_refused(conn, cur, name, error):
    with pytest.raises(error):
        conn.set_client_encoding(name)
    assert conn.encoding == "UTF8"
    cur.execute("select 'é'")
    assert cur.fetchone() == ("é",)


def test_encoding_of_sql_ascii_is_not_guessed(conn, cur):
    conn.set_client_encoding("SQL_ASCII")
    cur.execute("select U&'\\00e9', 'plain'")
    with pytest.raises(UnicodeDecodeError):
        cur.fetchone()
    extensions.register_type(extensions.BYTES, cur)
    cur.execute("select U&'\\00e9', 'plain'")
    assert cur.fetchone() == (b"\xc3\xa9", b"plain")


def test_encoding_letter_the_client_has_not_is_the_servers_error(conn, cur):
    conn.set_client_encoding("LATIN1")
    with pytest.raises(psycopg2.errors.UntranslatableCharacter):
        cur.execute("select U&'\\65e5'")
    conn.rollback()
    cur.execute("select 'é'")
    assert cur.fetchone() == ("é",)


@through_server
@given(st.data())
def test_encoding_any_text_comes_back_or_is_refused(conn, cur, data):
    encoding = data.draw(st.sampled_from(sorted(set(TEXTS) - {"SQL_ASCII", "SHIFT_JIS_2004"})))
    codec = extensions.encodings[encoding]
    text = data.draw(st.text(st.characters(codec=codec, exclude_characters="\0"), max_size=20))
    conn.rollback()
    conn.set_client_encoding(encoding)
    try:
        cur.execute("select %s", (text,))
        (alone,) = cur.fetchone()
    except (psycopg2.DataError, UnicodeError):
        conn.rollback()
        return
    assert alone == text
    cur.execute("select %s", ([text, None],))
    assert cur.fetchone() == ([text, None],)
