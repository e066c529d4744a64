"""Targets: the text of one value, through its typecaster."""

import datetime as dt
import decimal
import json
import re
import uuid

from targets import ENCODINGS, REFUSED, Script, cursor, expect, target, text_of

from psycopg2 import _psycopg, extensions, extras


def cast(caster, data, cur=None):
    """Return (whether it could be read, the value)."""
    try:
        return True, caster(data, cur)
    except REFUSED:
        return False, None


def try_to(function, *args):
    """The same for a function of Python's own."""
    try:
        return True, function(*args)
    except (ValueError, ArithmeticError):
        return False, None


def expect_same(data, got, wanted):
    """Both read the same value, or neither any; repr tells -0.0 from 0.0, and nan is nan."""
    expect((got[0], repr(got[1])) == (wanted[0], repr(wanted[1])), data, got, wanted)


@target
def numbers(data):
    text = text_of(data)
    for caster in (_psycopg.INTEGER, _psycopg.LONGINTEGER, _psycopg.ROWID):
        got = cast(caster, data)
        expect_same(data, got, (False, None) if text is None else try_to(int, text))
    got = cast(_psycopg.FLOAT, data)
    expect_same(data, got, (False, None) if text is None else try_to(float, text))
    got = cast(_psycopg.DECIMAL, data)
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?|NaN|-?Infinity", text or "", re.ASCII):
        expect_same(data, got, (True, decimal.Decimal(text)))
    read, value = cast(_psycopg.BOOLEAN, data)
    if read:
        expect(value is (text.lower() in ("t", "true")), data, value)


@target
def uuids(data):
    text = text_of(data)
    got = cast(extensions.string_types[2950], data)
    expect_same(data, got, (False, None) if text is None else try_to(uuid.UUID, text))


@target
def texts(data):
    """Text in any encoding: the codec of Python's decides what it is."""
    script = Script(data)
    name = script.one_of(list(ENCODINGS))
    body = script.rest()
    text = text_of(body, ENCODINGS[name])
    read, value = cast(_psycopg.STRING, body, cursor(name))
    if name == "SHIFT_JIS_2004":  # the server reads some of its letters otherwise than Python
        expect(read == (text is not None), data, value)
    else:
        expect((value if read else None) == text, data, value, text)
    expect(cast(_psycopg.BYTES, body, cursor(name)) == (True, body), data)


@target
def json_texts(data):
    text = text_of(data)
    got = cast(extensions.string_types[114], data)
    try:
        expect_same(data, got, (False, None) if text is None else try_to(json.loads, text))
    except RecursionError:
        pass


@target
def bytea(data):
    read, value = cast(_psycopg.BINARY, data)
    if data[:2] == b"\\x":
        expect(read == bool(re.fullmatch(b"(?:[0-9a-fA-F]{2})*", data[2:])), data, value)
        expect(not read or bytes(value) == bytes.fromhex(data[2:].decode()), data, value)
    read, value = cast(_psycopg.BINARY, b"\\x" + data.hex().encode())
    expect(read and bytes(value) == data, data)
    escaped = b"".join(
        b"\\\\" if c == 92 else bytes([c]) if 32 <= c < 127 else b"\\%03o" % c for c in data
    )
    read, value = cast(_psycopg.BINARY, escaped)
    expect(read and bytes(value) == data, escaped, value)


STYLES = [
    "ISO, MDY",
    "ISO, YMD",
    "SQL, MDY",
    "SQL, DMY",
    "Postgres, MDY",
    "Postgres, DMY",
    "German",
]
PLAIN_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?: ([01][0-9]|2[0-3]):([0-9]{2}):([0-5][0-9])(?:\.([0-9]{1,6}))?)?"
)


@target
def dates(data):
    script = Script(data)
    cur = cursor(style=script.one_of(STYLES))
    body = script.rest()
    for name in ("DATE", "TIME", "DATETIME", "DATETIMETZ"):
        read, value = cast(getattr(_psycopg, name), body, cur)
        expect(not read or hasattr(value, "isoformat"), data, value)


@target
def dates_iso(data):
    for name in ("DATE", "TIME", "DATETIME", "DATETIMETZ"):
        read, value = cast(getattr(_psycopg, name), data)
        expect(not read or hasattr(value, "isoformat"), data, value)
    parts = PLAIN_DATE.fullmatch(text_of(data) or "")
    if parts:
        numbers = [int(part or 0) for part in parts.groups()[:6]]
        numbers.append(int((parts[7] or "0").ljust(6, "0")))
        got = cast(_psycopg.DATETIME, data)
        expect_same(data, got, try_to(dt.datetime, *numbers))
        got = cast(_psycopg.DATE, data)
        expect_same(data, got, try_to(dt.date, *numbers[:3]))


INTERVAL = re.compile(
    r"(?:([+-]?[0-9]{1,6}) days?)?(?(1)(?: |$))"
    r"(?:([+-]?)([0-9]{2,6}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?)?"
)


@target
def intervals(data):
    cast(_psycopg.INTERVAL, b"-" + data)
    got = cast(_psycopg.INTERVAL, data)
    parts = INTERVAL.fullmatch(text_of(data) or "")
    if not parts or not (parts[1] or parts[3]) or data.endswith(b" "):
        return
    days, hours, minutes, seconds, micro = (
        int(part or 0)
        for part in (parts[1], parts[3], parts[4], parts[5], (parts[6] or "").ljust(6, "0"))
    )
    span = dt.timedelta(0, seconds, micro, 0, minutes, hours)
    wanted = dt.timedelta(days=days) + (-span if parts[2] == "-" else span)
    expect_same(data, got, (True, wanted))


ARRAYS = [
    _psycopg.STRINGARRAY,
    _psycopg.INTEGERARRAY,
    _psycopg.FLOATARRAY,
    _psycopg.DECIMALARRAY,
    _psycopg.DATETIMEARRAY,
    _psycopg.DATETIMETZARRAY,
    _psycopg.TIMEARRAY,
    _psycopg.INTERVALARRAY,
    _psycopg.BINARYARRAY,
    _psycopg.BOOLEANARRAY,
    _psycopg.BYTESARRAY,
    extensions.string_types[2951],
    extensions.string_types[199],
    extensions.new_array_type((1,), "NESTED", _psycopg.INTEGERARRAY),
    extensions.new_array_type((2,), "OWN", extensions.new_type((3,), "X", lambda v, c: v)),
]


@target
def arrays(data):
    """Any text; and what PostgreSQL makes of a list of texts, in any encoding."""
    script = Script(data)
    name = script.one_of(list(ENCODINGS))
    body = script.rest()
    cur = cursor(name)
    for caster in ARRAYS:
        read, value = cast(caster, body, cur)
        expect(not read or isinstance(value, list), data, value)
    text = text_of(body, ENCODINGS[name])
    if text is None:
        return
    items = text.split("\0")
    quoted = [item.replace("\\", "\\\\").replace('"', '\\"') for item in items]
    try:
        array = '{"' + '","'.join(quoted) + '"}'
        encoded = array.encode(ENCODINGS[name])
    except UnicodeEncodeError:  # a letter that the codec reads and does not write
        return
    if encoded.decode(ENCODINGS[name]) == array and name != "SHIFT_JIS_2004":
        expect(_psycopg.STRINGARRAY(encoded, cur) == items, encoded, items)


@target
def ranges(data):
    for oid in (3904, 3912, 3910, 3905):
        cast(extensions.string_types[oid], data, cursor())


@target
def hstore_and_composites(data):
    text = text_of(data)
    if text is not None:
        cast(extras.HstoreAdapter.parse, text)
        cast(lambda text, _: extras.CompositeCaster.tokenize(text), text)
