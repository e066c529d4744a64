"""Targets: what a server sends, in any order and of any content, through a whole connection."""

import io
import re
import struct

from fake_server import QUERY
from fix_walsender import (
    DONE,
    READY,
    complete_message,
    message,
    strings,
)
from targets import ENCODINGS, REFUSED, Script, cursor, expect, server, target, text_of

import psycopg2
from psycopg2 import extensions, extras

LARGE = 70_000  # bytes: more than are passed on at a time
OIDS = [0, 4294967295, *sorted(extensions.string_types), 3904, 3926]
FIELDS = b"SVCMDHPpqWscdtnFLRx"
NAMES = ["client_encoding", "DateStyle", "standard_conforming_strings", "TimeZone", "x"]
FACTORIES = [
    None,
    extras.DictCursor,
    extras.RealDictCursor,
    extras.NamedTupleCursor,
    extensions.cursor,
]


class Answer:
    """A server's answer as a script tells it."""

    def __init__(self, script):
        self.script = script
        self.columns = []  # of the rows that come next: (oid, format)
        self.rows = []  # since then, of bytes
        self.steps = ""
        self.wild = False  # something came after which a connection is not what it was
        self.waits = False  # it is the driver's turn, and what the server says to that ends it
        parts = []
        while script and not (self.wild or self.waits):
            self.steps += script.one_of("TDDCNEASIHGX")
            parts.append(self.STEPS[self.steps[-1]](self))
        self.is_one_result = bool(re.fullmatch("T[DNA]*C[NA]*", self.steps))
        self.bytes = b"".join(parts) + (b"" if self.wild or self.waits else READY)

    def text(self):
        return self.script.take(self.script.byte()).replace(b"\0", b"") + b"\0"

    def description(self):
        self.columns = [
            (self.script.one_of(OIDS), self.script.byte() & 1)
            for _ in range(self.script.byte() % 5)
        ]
        self.rows = []
        body = struct.pack("!h", len(self.columns))
        for oid, format_ in self.columns:
            modifier = struct.unpack("!i", self.script.take(4).ljust(4, b"\xff"))[0]
            body += self.text() + struct.pack("!IhIhih", 0, 0, oid, -1, modifier, format_)
        return message(b"T", body)

    def row(self):
        row, body = [], struct.pack("!h", len(self.columns))
        for _ in self.columns:
            size = self.script.byte()
            value = None if size == 255 else self.script.take(size)
            row.append(value)
            body += (
                struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
            )
        count = 250 if self.script.byte() == 77 else 1  # more than are taken off the wire at a time
        self.rows += [row] * count
        return message(b"D", body) * count

    def complete(self):
        return message(b"C", self.text())

    def fields(self):
        body = b""
        for _ in range(self.script.byte() % 6):
            body += bytes([self.script.one_of(FIELDS)]) + self.text()
        return body + b"\0"

    def notice(self):
        return message(b"N", self.fields())

    def error(self):
        self.columns = []
        return message(b"E", self.fields())

    def notification(self):
        return message(b"A", struct.pack("!i", self.script.byte()) + self.text() + self.text())

    def report(self):
        self.wild = True
        name = strings(self.script.one_of(NAMES))
        return message(b"S", name + self.text()) + READY

    def empty(self):
        return message(b"I")

    def copy_out(self):
        pieces = [self.script.take(self.script.byte()) for _ in range(self.script.byte() % 9)]
        start = message(b"H", struct.pack("!bh", self.script.byte() & 1, 0))
        return start + b"".join(message(b"d", piece) for piece in pieces) + DONE

    def copy_in(self):
        self.waits = True
        return message(b"G", struct.pack("!bh", 0, 0))

    def anything(self):
        """Bytes that may be no message at all; the server goes afterwards."""
        self.wild = True
        return self.script.take(self.script.byte())

    STEPS = {
        "T": description,
        "D": row,
        "C": complete,
        "N": notice,
        "E": error,
        "A": notification,
        "S": report,
        "I": empty,
        "H": copy_out,
        "G": copy_in,
        "X": anything,
    }


def look_at(cur):
    """Touch all that an answer leaves behind; names and tags need not be text."""
    for obj in (cur, cur.connection, cur.connection.info):
        for name in ("description", "rowcount", "statusmessage", "lastrowid", "query", "rownumber",
                     "notices", "notifies", "encoding", "status", "error_message"):  # fmt: skip
            try:
                repr(getattr(obj, name, None))
            except REFUSED:
                pass


@target
def results(data):
    """Rows of any types, errors, notices, notifications, and whatever is not in order."""
    script = Script(data)
    encoding = script.one_of(list(ENCODINGS))
    factory = script.one_of(FACTORIES)
    answer = Answer(script)
    keep = cursor(encoding).connection
    conn = server().connect(client_encoding=encoding) if answer.wild else keep
    conn.autocommit = True
    server().answer, server().hang_up = answer.bytes, answer.wild
    cur = conn.cursor(cursor_factory=factory)
    rows = None
    try:
        cur.execute(QUERY)
        rows = cur.fetchall() if cur.description is not None else None
    except REFUSED as error:
        if isinstance(error, psycopg2.Error):
            repr([getattr(error.diag, name) for name in dir(error.diag)]), str(error)
    look_at(cur)
    if rows and not factory and answer.is_one_result:
        compare(cur, rows, answer)
    conn.notices.clear(), conn.notifies.clear()
    if conn.closed or answer.wild:
        conn.close()
        cursor.cache_clear()


def shown(value):
    """What a value looks like, wherever a memoryview in it lies."""
    if isinstance(value, memoryview):
        return repr(bytes(value))
    return re.sub("0x[0-9a-f]+", "", repr(value))


def compare(cur, rows, answer):
    """The values of rows are those that their casters give when they are called by hand."""
    expect(len(rows) == len(answer.rows), rows, answer.rows)
    for row, sent in zip(rows[-3:], answer.rows[-3:]):
        for value, text, (oid, format_) in zip(row, sent, answer.columns):
            if text is None or not format_:
                wanted = None if text is None else cur.cast(oid, text)
                expect(shown(wanted) == shown(value), text, value)


def pieces_of(script):
    """The messages that COPY data comes in; one that takes all there is, many times over."""
    pieces = []
    while script:
        size = script.byte()
        piece = script.take(size)
        pieces.append(piece * (LARGE // len(piece)) if piece and len(piece) < size else piece)
    return [piece for piece in pieces if piece]


class Own(io.RawIOBase):
    """A file that wants each message by itself."""

    def __init__(self):
        self.pieces = []

    def write(self, data):
        self.pieces.append(bytes(data))


@target
def copy_out(data):
    """The data of a COPY TO arrives as it was sent, in files of bytes and of text, and as rows."""
    script = Script(data)
    name = script.one_of(list(ENCODINGS))
    pieces = pieces_of(script)
    cur = cursor(name)
    server().hang_up = False
    server().answer = (
        message(b"H", struct.pack("!bh", 0, 0))
        + b"".join(message(b"d", piece) for piece in pieces)
        + DONE + complete_message(f"COPY {len(pieces)}") + READY
    )  # fmt: skip
    binary, own = io.BytesIO(), Own()
    cur.copy_expert(QUERY, binary)
    expect(binary.getvalue() == b"".join(pieces), pieces, binary.getvalue())
    cur.copy_expert(QUERY, own)
    expect(own.pieces == pieces, pieces, own.pieces)
    expect(cur.rowcount == len(pieces), pieces, cur.rowcount)
    texts = [text_of(piece, ENCODINGS[name]) for piece in pieces]
    if None in texts or name == "SHIFT_JIS_2004":
        return
    file = io.StringIO(newline="")
    cur.copy_expert(QUERY, file)
    expect(file.getvalue() == "".join(texts), pieces, file.getvalue())
    cur.execute(QUERY)
    rows = cur.fetchall()
    expect(rows == texts, pieces, rows)


@target
def copy_in(data):
    """What a file gives a COPY FROM, in pieces of any size, is what the server gets."""
    script = Script(data)
    name = script.one_of(list(ENCODINGS))
    size = script.byte() or 1
    pieces = pieces_of(script)
    size *= 1 if sum(map(len, pieces)) < LARGE // 2 else 100
    cur = cursor(name)
    server().answer, server().hang_up = message(b"G", struct.pack("!bh", 0, 0)), False
    server().copied.clear()
    cur.copy_expert(QUERY, io.BytesIO(b"".join(pieces)), size)
    expect(b"".join(server().copied) == b"".join(pieces), pieces, server().copied)
    text = text_of(b"".join(pieces), ENCODINGS[name])
    if text is None or name == "SHIFT_JIS_2004":
        return
    server().copied.clear()
    try:
        cur.copy_expert(QUERY, io.StringIO(text, newline=""), size)
    except (psycopg2.Error, UnicodeEncodeError):
        return  # a letter that the codec reads and does not write
    got = b"".join(server().copied)
    expect(got.decode(ENCODINGS[name]) == text, pieces, got)


@target
def replication(data):
    """The messages of a replication stream: data, keepalives, and what is neither."""
    script = Script(data)
    decode = bool(script.byte() & 1)
    pieces = pieces_of(script)
    server().hang_up = True
    server().answer = (
        message(b"W", struct.pack("!bh", 0, 0))
        + b"".join(message(b"d", piece) for piece in pieces)
        + DONE + complete_message("COPY 0") + READY
    )  # fmt: skip
    conn = server().connect(extras.LogicalReplicationConnection)
    cur = conn.cursor()
    try:
        cur.start_replication("slot", decode=decode)
        for _ in range(len(pieces) + 3):
            read = cur.read_message()
            if read is not None:
                repr(read), read.payload, read.send_time, read.data_start, read.wal_end
        repr([cur.io_timestamp, cur.feedback_timestamp, cur.wal_end])
    except REFUSED:
        pass
    conn.close()
