"""Every letter of the multi-byte encodings is the same letter to Python and to the server."""

import pytest

import psycopg2
from psycopg2 import extensions

MULTI_BYTE = "BIG5 EUC_CN EUC_JIS_2004 EUC_JP EUC_KR GB18030 GBK JOHAB SHIFT_JIS_2004 SJIS UHC"
LETTERS = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]

CONVERT = """
    create function pg_temp.convert(bytes bytea, encoding name) returns text language plpgsql
    as $$
        begin
            return convert_from(bytes, encoding);
        exception when others then
            return null;
        end
    $$
"""


@pytest.fixture
def convert(conn2):
    """A function: how the server reads each of some bytes, None where it refuses them."""
    cur = conn2.cursor()
    cur.execute(CONVERT)

    def convert_all(items, encoding):
        cur.execute(
            "select array(select pg_temp.convert(b, %s) from unnest(%s) with ordinality t(b, i)"
            " order by i)",
            (encoding, items),
        )
        return cur.fetchone()[0]

    return convert_all


def written(conn, letter):
    """The bytes the driver writes for a letter, without the quotes; None where it refuses to."""
    quoted = extensions.QuotedString(letter)
    quoted.prepare(conn)
    try:
        literal = quoted.getquoted()
    except UnicodeEncodeError as e:
        assert (e.object, e.start, e.end) == (letter, 0, 1)
        return None
    except psycopg2.DataError:  # bytes which the encoding has not, for libpq
        return None
    start = literal.index(b"'") + 1
    return literal[start:-1]


@pytest.mark.parametrize("encoding", MULTI_BYTE.split())
def test_encoding_letter_is_written_as_the_server_reads_it(conn, cur, convert, encoding):
    conn.set_client_encoding(encoding)
    letters = [letter for letter in LETTERS if letter not in "'\\"]
    sent = [(letter, written(conn, letter)) for letter in letters]
    sent = [(letter, data) for letter, data in sent if data is not None]
    read = convert([data for _, data in sent], encoding)
    changed = [(a, data, b) for (a, data), b in zip(sent, read) if b not in (a, None)]
    assert changed == []
    same = [a for (a, _), b in zip(sent, read) if b == a]
    assert len(same) > 5000
    cur.execute("select unnest(%s)", (same,))
    unreadable = 0
    for letter in same:
        try:
            assert cur.fetchone() == (letter,)
        except UnicodeDecodeError:  # it has two places in the set, and Python knows one
            unreadable += 1
    assert unreadable < 100
    assert cur.fetchone() is None


@pytest.mark.parametrize(
    "encoding, letter",
    [
        ("SHIFT_JIS_2004", "\xa5"),
        ("SHIFT_JIS_2004", "\u203e"),
        ("EUC_JP", "\xa5"),
        ("EUC_JP", "\u301c"),
        ("SJIS", "\u301c"),
        ("SJIS", "\xa2"),
        ("BIG5", "\u02cd"),
        ("EUC_KR", "\uac02"),
    ],
)
def test_encoding_letter_that_would_change_is_refused(conn, cur, encoding, letter):
    """The codecs write these, as another letter that is like it."""
    conn.set_client_encoding(encoding)
    assert letter.encode(extensions.encodings[encoding])
    for text in (letter, f"ab{letter}"):
        with pytest.raises(UnicodeEncodeError, match="another character") as caught:
            cur.execute("select %s", (text,))
        assert caught.value.object == text
        assert text[caught.value.start : caught.value.end] == letter
    cur.execute("select 'still here'")
    assert cur.fetchone() == ("still here",)
