"""Targets: what becomes part of a statement, a connection string or a name, through its parser."""

import collections
import io
import re

from targets import ENCODINGS, REFUSED, Script, cursor, expect, server, target, text_of

import psycopg2
from psycopg2 import _psycopg, extensions, sql


class EveryName(dict):
    """Has an argument of any name, so that a query can use many."""

    def __missing__(self, name):
        return f"'{name}"


ARGUMENTS = [
    None,
    (),
    ("it's \\", 1, None, 2.5),
    (["a", "b"], (1, 2), b"\0"),
    {"": 1, "a": "x'", "b": -1},
    [1],
    ("\u00e9\\",),
    EveryName(),
    collections.UserList([1, "x"]),
]
BAD_ARGUMENTS = (TypeError, IndexError, KeyError, *REFUSED)
PLACEHOLDER = re.compile(rb"%(?:(%)|(s)|\(([^()%]*)\)s)")


def compose(cur, codec, query, args):
    """What mogrify() should give, by a plain reading of its documentation; it raises for errors."""
    if not query or b"\0" in query:
        raise ValueError(query)
    if args is None:
        return query
    made, at, used, styles = b"", 0, 0, set()
    for found in PLACEHOLDER.finditer(query):
        if b"%" in query[at : found.start()]:
            raise ValueError(query)
        made += query[at : found.start()]
        at = found.end()
        if found[1]:
            made += b"%"
            continue
        if found[2] and isinstance(args, dict):
            raise TypeError(args)
        value = args[used] if found[2] else args[found[3].decode(codec)]
        made += cur.mogrify(b"%s", (value,))
        styles.add(found[2])
        used += 1
    positional = styles == {b"s"}
    if b"%" in query[at:] or len(styles) > 1 or (positional and used < len(args)):
        raise ValueError(query)
    return made + query[at:]


def is_written_back(text, data, name):
    """Whether a str is the very bytes it was read from, by Python's codec and by the server."""
    try:
        same = text is not None and text.encode(ENCODINGS[name]) == data
    except UnicodeEncodeError:
        return False
    return same and name not in ("SHIFT_JIS_2004", "JOHAB", "BIG5", "EUC_JP")


@target
def placeholders(data):
    script = Script(data)
    name = script.one_of(list(ENCODINGS))
    args = script.one_of(ARGUMENTS)
    query = script.rest()
    cur = cursor(name)
    try:
        wanted = compose(cur, ENCODINGS[name], query, args)
    except BAD_ARGUMENTS:
        wanted = None
    text = text_of(query, ENCODINGS[name])
    for form in (query, text) if is_written_back(text, query, name) else (query,):
        try:
            made = cur.mogrify(form, args)
        except BAD_ARGUMENTS:
            made = None
        expect(made == wanted, form, args, made, wanted)


def read_literal(statement, conforming):
    """Read a literal as PostgreSQL does; None where it is none, or more than one."""
    escapes = statement.lstrip().startswith("E") or not conforming
    body = r"(?:[^'\\]|''|\\\\)*" if escapes else r"(?:[^']|'')*"
    found = re.fullmatch(rf" ?E?'({body})'(?:::bytea)?", statement, re.DOTALL)
    if not found:
        return None
    text = found[1].replace("''", "'")
    return text.replace("\\\\", "\\") if escapes else text


@target
def value_texts(data):
    """What COPY makes of a literal, whoever wrote it; of a str's own it makes that str."""
    script = Script(data)
    conn = cursor(strings=script.one_of(["on", "off"])).connection
    text = text_of(script.rest())
    if text is None:
        return
    try:
        value = _psycopg.value_text(extensions.AsIs(text), conn)
    except (psycopg2.ProgrammingError, UnicodeDecodeError):
        value = None
    expect(value is None or len(value) <= 2 * len(text), data, value)
    if "\0" not in text:
        quoted = extensions.QuotedString(text)
        quoted.prepare(conn)
        expect(_psycopg.value_text(quoted, conn) == text, data, text)
        record = _psycopg.value_text((text, None), conn)
        expect(record[:1] + record[-2:] == "(,)", data, record)


@target
def literals(data):
    """No parameter ends its own literal: the server reads what it was, in any encoding."""
    script = Script(data)
    name = script.one_of(list(ENCODINGS))
    strings = script.one_of(["on", "off"])
    body = script.rest()
    cur = cursor(name, strings=strings)
    text = text_of(body, ENCODINGS[name])
    try:
        made = cur.mogrify("%s", (text,)) if text else b"''"
    except REFUSED:  # a NUL, or a letter that the codec reads and does not write
        made = None
    if made is not None and name != "SHIFT_JIS_2004":
        expect(
            read_literal(made.decode(ENCODINGS[name]), strings == "on") == (text or ""), data, made
        )
    made = cur.mogrify("%s", (body,))
    expect(read_literal(made.decode(), strings == "on") == "\\x" + body.hex(), data, made)


def quote(name):
    return '"' + name.replace('"', '""') + '"'


@target
def identifiers(data):
    script = Script(data)
    name = script.one_of(list(ENCODINGS))
    text = text_of(script.rest(), ENCODINGS[name])
    if text is None or "\0" in text:
        return
    cur = cursor(name)
    try:
        encoded = text.encode(ENCODINGS[name])
        same = encoded.decode(ENCODINGS[name]) == text and name != "SHIFT_JIS_2004"
        made = extensions.quote_ident(text, cur)
    except REFUSED:
        return
    expect(made == quote(text), data, made)
    expect(sql.Identifier(text).as_string(cur) == quote(text), data, made)
    try:
        cur.copy_to(io.BytesIO(), text, columns=[text], sep=text, null=text)
    except REFUSED:
        return
    sent = server().queries[-1].decode(ENCODINGS[name])
    literal = cur.mogrify("%s", (text,)).decode(ENCODINGS[name])
    wanted = f"COPY {quote(text)}({quote(text)}) TO stdout WITH DELIMITER AS {literal}"
    expect(not same or sent == f"{wanted} NULL AS {literal}", data, sent)


@target
def dsn(data):
    try:
        parsed = extensions.parse_dsn(data)
    except (ValueError, psycopg2.ProgrammingError):
        return
    try:
        again = extensions.parse_dsn(extensions.make_dsn(**parsed))
    except UnicodeEncodeError:  # bytes that are no text
        return
    expect(again == parsed, data, parsed, again)


@target
def xids(data):
    text = text_of(data)
    if text is None:
        return
    try:
        xid = extensions.Xid.from_string(text)
    except ValueError:
        expect("\0" in text, text)
        return
    expect(repr(xid) and len(tuple(xid)) == 3, text)
    expect(str(xid) == text, text, xid)
    gtrid, _, bqual = text.partition("_")
    try:
        xid = extensions.Xid(len(text), gtrid, bqual)
    except ValueError:
        return
    expect(tuple(extensions.Xid.from_string(str(xid))) == (len(text), gtrid, bqual), text, xid)


@target
def settings(data):
    """Words that a connection is set with: no statement can be made of them but the right one."""
    text = text_of(data)
    if text is None:
        return
    conn = cursor().connection
    for work in (
        lambda: conn.set_client_encoding(text),
        lambda: conn.set_session(isolation_level=text),
        lambda: conn.set_session(readonly=text),
        lambda: conn.lobject(0, text),
    ):
        server().queries.clear()
        try:
            work()
        except REFUSED:
            pass
        for query in server().queries:
            expect(re.fullmatch(rb"[A-Za-z0-9_ ,]*( TO '[A-Za-z0-9 ]*')?", query), text, query)
        conn.set_session(isolation_level=None, readonly=None, autocommit=True)
        conn.set_client_encoding("UTF8")
