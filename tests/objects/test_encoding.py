"""The client encoding: setting it, text both ways under it, and what does not fit in it."""

import pytest

import psycopg2
from psycopg2 import extensions


@pytest.mark.parametrize(
    "given, name, server_name",
    [
        ("UTF8", "UTF8", "UTF8"),
        ("utf-8", "UTF8", "UTF8"),
        ("Utf 8", "UTF8", "UTF8"),
        ("LATIN1", "LATIN1", "LATIN1"),
        ("latin1", "LATIN1", "LATIN1"),
        ("iso-8859-15", {"ISO885915", "LATIN9"}, "LATIN9"),
        ("WIN1252", "WIN1252", "WIN1252"),
        ("SQL_ASCII", "SQLASCII", "SQL_ASCII"),
        ("EUC_JIS_2004", "EUCJIS2004", "EUC_JIS_2004"),
        ("GB18030", "GB18030", "GB18030"),
    ],
)
def test_encoding_is_set_and_told(conn, given, name, server_name):
    conn.set_client_encoding("KOI8R")
    assert conn.set_client_encoding(given) is None
    # Where the server's name for it is another, the original tells the one given.
    assert conn.encoding in ({name} if isinstance(name, str) else name)
    assert conn.get_parameter_status("client_encoding") == server_name
    assert extensions.encodings[conn.encoding]


@pytest.mark.parametrize("given", ["LATIN1", "latin-1", "iso_8859_1"])
def test_encoding_is_taken_from_the_connection_parameters(connect, dsn, given):
    conn = connect(dsn, client_encoding=given)
    with conn.cursor() as cur:
        cur.execute("select %s, chr(233)", ("é",))
        assert cur.fetchone() == ("é", "é")


def test_encoding_change_is_sent_once_and_rolls_back(seen):
    conn, queries = seen
    conn.cursor().execute("select 1")
    del queries[:]
    conn.set_client_encoding("latin1")
    assert conn.status == extensions.STATUS_READY
    assert queries == ["ROLLBACK", "SET client_encoding TO 'LATIN1'"]
    del queries[:]
    conn.set_client_encoding("LATIN1")
    assert queries == []


@pytest.mark.parametrize("name", ["klingon", "", "'; select 1; --", "été"])
def test_encoding_unknown_to_the_server_is_refused(conn, name):
    with pytest.raises((psycopg2.DataError, ValueError)):
        conn.set_client_encoding(name)
    assert conn.encoding == "UTF8"
    with conn.cursor() as cur:
        cur.execute("select %s", ("é",))
        assert cur.fetchone() == ("é",)


@pytest.mark.parametrize("value", [None, 5, ["utf8"]])
def test_encoding_wants_a_string(conn, value):
    with pytest.raises(TypeError):
        conn.set_client_encoding(value)


def test_encoding_refuses_a_nul(conn):
    with pytest.raises(ValueError, match="null|NUL"):
        conn.set_client_encoding("latin1\0")


@pytest.mark.parametrize(
    "encoding, text",
    [
        ("utf8", "é€\U0001f600"),
        ("latin1", "é"),
        ("iso885915", "é€"),
        ("win1252", "€’"),
        ("win1251", "Привет"),
        ("koi8r", "Привет"),
        ("eucjp", "日本"),
        ("gbk", "中文"),
        ("big5", "中文"),
        ("sjis", "日本"),
    ],
)
def test_encoding_carries_text_everywhere(conn, encoding, text):
    conn.set_client_encoding(encoding)
    cur = conn.cursor()
    cur.execute(f'select %s, 1 as "{text}"', (text,))
    assert cur.fetchone() == (text, 1)
    assert cur.description[1].name == text
    cur.execute(f"select '{text}'")
    assert cur.fetchone() == (text,)
    assert cur.query == f"select '{text}'".encode(extensions.encodings[conn.encoding])
    cur.execute(f'create temp table "{text}" (a text)')
    with pytest.raises(psycopg2.errors.DuplicateTable, match=text):
        cur.execute(f'create temp table "{text}" (a text)')
    conn.rollback()
    cur.execute(f"do $$begin raise notice '%', '{text}'; end$$")
    assert conn.notices[-1] == f"NOTICE:  {text}\n"


@pytest.mark.parametrize("way", ["argument", "query", "in list", "named argument"])
@pytest.mark.parametrize("encoding, text", [("latin1", "€"), ("utf8", "\ud800"), ("win1251", "é")])
def test_encoding_cannot_hold_the_text(conn, cur, way, encoding, text):
    conn.set_client_encoding(encoding)
    with pytest.raises(UnicodeEncodeError):
        if way == "argument":
            cur.execute("select %s", (text,))
        elif way == "query":
            cur.execute(f"select '{text}'")
        elif way == "in list":
            cur.execute("select %s", (["a", text],))
        else:
            cur.execute("select %(a)s", {"a": text})
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_encoding_server_has_a_character_the_client_has_not(conn, cur):
    conn.set_client_encoding("latin1")
    with pytest.raises(psycopg2.errors.UntranslatableCharacter):
        cur.execute("select chr(8364)")
    conn.rollback()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_encoding_bytes_of_a_query_are_not_touched(conn, cur):
    cur.execute("select 'é'".encode())
    assert cur.fetchone() == ("é",)
    with pytest.raises(psycopg2.errors.CharacterNotInRepertoire, match="0xe9"):
        cur.execute("select 'é'".encode("latin1"))


def test_encoding_changed_by_sql_is_noticed(conn, cur):
    # The original goes on with the encoding it knew.
    cur.execute("set client_encoding to 'latin1'")
    cur.execute("select chr(233), %s", ("é",))
    assert cur.fetchone() == ("é", "é")
    conn.rollback()
    cur.execute("select chr(8364), %s", ("€",))
    assert cur.fetchone() == ("€", "€")


def test_encoding_that_python_has_no_codec_for_goes_with_its_transaction(conn, cur, monkeypatch):
    monkeypatch.setitem(extensions.encodings, "LATIN1", 5)
    cur.execute("select 1")
    with pytest.raises(TypeError, match="encodings"):
        cur.execute("set client_encoding to latin1")
    conn.rollback()
    cur.execute("select 'é'")
    assert cur.fetchone() == ("é",)
    assert conn.encoding == "UTF8"
