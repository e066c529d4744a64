"""A sender of a server's log that does as a test tells it, down to the byte.

It speaks the real protocol over a real socket, so that a test can see each status update that the
driver sends, and can send what a server does at moments that cannot be brought about in one.
"""

import contextlib
import queue
import select
import socket
import struct
import threading

import pytest
from fix_proxy import read_exactly, shut

from psycopg2 import extras

PARAMETERS = {
    "server_version": "18.0",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
}
PATIENCE = 60  # seconds, for what comes at once unless it is broken


def message(tag, body=b""):
    return tag + struct.pack("!i", len(body) + 4) + body


def strings(*texts):
    return b"".join(text.encode() + b"\0" for text in texts)


def data_message(data_start, payload, wal_end=None, send_time=0):
    """Return a message with data; without `wal_end` as of a logical stream."""
    wal_end = data_start if wal_end is None else wal_end
    return message(b"d", b"w" + struct.pack("!QQq", data_start, wal_end, send_time) + payload)


def keepalive_message(wal_end, reply=False):
    return message(b"d", b"k" + struct.pack("!Qq?", wal_end, 0, reply))


def error_message(sqlstate, text, severity="ERROR"):
    return message(b"E", strings(f"S{severity}", f"V{severity}", f"C{sqlstate}", f"M{text}", ""))


def complete_message(tag):
    return message(b"C", strings(tag))


def row_messages(**columns):
    """Return a result of one row of text values."""
    description = struct.pack("!h", len(columns))
    row = description
    for name, value in columns.items():
        description += strings(name) + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0)
        row += struct.pack("!i", len(value)) + value.encode()
    return message(b"T", description) + message(b"D", row)


DONE = message(b"c")
READY = message(b"Z", b"I")
NOTHING = (0, 0, 0, False)  # a status update that confirms nothing


class WalSender:
    """Accepts one connection, and requests to cancel. ``send()`` sends it anything; ``status()``
    waits for its next status update: (write_lsn, flush_lsn, apply_lsn, reply)."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.dsn = (
            f"host=127.0.0.1 port={self.listener.getsockname()[1]} user=postgres dbname=test "
            "sslmode=disable gssencmode=disable"
        )
        self.parameters = dict(PARAMETERS)
        self.commands = []
        self.received = queue.Queue()
        self.peer = None
        self.answers = {}  # command to what is sent for it, instead of the beginning of a stream
        self.may_read = threading.Event()
        self.may_read.set()
        self.threads = [
            threading.Thread(target=target, daemon=True) for target in (self._accept, self._run)
        ]
        self.threads[0].start()

    def _accept(self):
        with contextlib.suppress(OSError, EOFError):
            self.peer = self.listener.accept()[0]
            self.threads[1].start()
            while True:
                with self.listener.accept()[0] as other, other.makefile("rb") as stream:
                    request = struct.unpack("!iiii", read_exactly(stream, 16))
                    assert request == (16, 80877102, 1, 1)
                    self.send(error_message("57014", "cancelled") + READY)

    def _run(self):
        with contextlib.suppress(OSError, EOFError), self.peer.makefile("rb") as stream:
            read_exactly(stream, struct.unpack("!i", read_exactly(stream, 4))[0] - 4)
            self.send(message(b"R", struct.pack("!i", 0)))
            for name, value in self.parameters.items():
                self.send(message(b"S", strings(name, value)))
            self.send(message(b"K", struct.pack("!ii", 1, 1)) + READY)
            while True:
                self._serve(stream)
        self.received.put(None)

    def _serve(self, stream):
        tag = read_exactly(stream, 1)
        body = read_exactly(stream, struct.unpack("!i", read_exactly(stream, 4))[0] - 4)
        self.may_read.wait(PATIENCE)
        if tag == b"Q":
            command = body[:-1].decode()
            self.commands.append(command)
            self.send(self.answers.get(command, message(b"W", struct.pack("!bh", 0, 0))))
        elif tag == b"d":
            assert body[:1] == b"r" and len(body) == 34
            write_lsn, flush_lsn, apply_lsn, _, reply = struct.unpack("!QQQq?", body[1:])
            self.received.put((write_lsn, flush_lsn, apply_lsn, reply))
        else:
            self.received.put(tag)

    def send(self, data):
        self.peer.sendall(data)

    def status(self):
        return self.received.get(timeout=PATIENCE)

    def hang_up(self):
        """Close the connection, as a server does that is gone."""
        shut(self.peer)

    def close(self):
        self.may_read.set()
        shut(self.listener)
        self.listener.close()
        if self.peer:
            shut(self.peer)
        for thread in self.threads:
            if thread.ident:
                thread.join(PATIENCE)
                assert not thread.is_alive()
        if self.peer:
            self.peer.close()


@pytest.fixture
def walsender():
    """A sender that does as it is told: dsn, send(bytes), status(), hang_up()."""
    sender = WalSender()
    yield sender
    sender.close()


# -- The driver's side ----------------------------------------------------------------------------


@pytest.fixture
def start_stream(walsender, connect):
    """A function that gives a cursor with a stream of the tests' sender."""

    def start(factory=extras.LogicalReplicationConnection, **kwargs):
        cur = connect(walsender.dsn, connection_factory=factory).cursor()
        cur.start_replication("s", **kwargs)
        return cur

    return start


def read(cur):
    """Return the next message, as a program with select() does."""
    while True:
        message = cur.read_message()
        if message is not None:
            return message
        assert select.select([cur], [], [], PATIENCE)[0] == [cur]


def read_until(cur, lsn):
    """Read, where no message is for us, until the server's log is known to end at `lsn`."""
    while cur.wal_end < lsn:
        assert select.select([cur], [], [], PATIENCE)[0] == [cur]
        assert cur.read_message() is None


def stop(got):
    """A consumer that has seen enough with the first message."""
    raise extras.StopReplication(got.payload)
