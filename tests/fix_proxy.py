"""A TCP relay before the server: it keeps the SQL that passes, and can break the wire at will."""

import contextlib
import datetime
import re
import socket
import struct
import threading
import uuid

import pytest

from pglocal import open_socket
from psycopg2 import extensions

NUMBER = re.compile(rb"-?[0-9.]+")
EPOCH = datetime.datetime(2000, 1, 1)


def read_number(layout):
    return lambda data: str(*struct.unpack(layout, data))


def read_timestamp(data):
    return str(EPOCH + datetime.timedelta(microseconds=struct.unpack("!q", data)[0]))


# What parameters in binary format say, by the type. A float8 is left as it is: it shows that it
# was one.
READERS = {
    16: lambda data: "true" if data[0] else "false",
    20: read_number("!q"),
    23: read_number("!i"),
    1082: lambda data: str(EPOCH.date() + datetime.timedelta(days=struct.unpack("!i", data)[0])),
    1114: read_timestamp,
    1184: lambda data: read_timestamp(data) + "+00:00",
    2950: lambda data: str(uuid.UUID(bytes=data)),
}


class Proxy:
    """Relays connections to the server.

    ``queries`` holds the text of each statement sent so far, in order: a statement is kept before
    it is passed on, so what a call sent is here when that call returns. Of one with parameters of
    the server's there is "prepare: " and its text, and for each use "bind: " and what it comes to.
    ``trips`` counts how often the client has waited for the server: the statements of the simple
    protocol, and the Syncs of the extended one.
    """

    def __init__(self, dsn, **extra):
        params = extensions.parse_dsn(dsn)
        self.upstream = params.get("host", "127.0.0.1"), int(params.get("port", 5432))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        extra.update(host="127.0.0.1", port=self.port, sslmode="disable", gssencmode="disable")
        self.dsn = extensions.make_dsn(dsn, **extra)
        self.queries = []
        self.trips = 0
        self.relay_limit = None
        self.open_sockets = []
        self.threads = []
        self._start(self._accept)

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()  # first: another thread may join what is in the list
        self.threads.append(thread)

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = open_socket(*self.upstream)
            self.open_sockets += [client, server]
            self._start(self._relay, client, server)

    def _relay(self, client, server):
        """Pass on what either side says until one goes, then let go of both."""
        other = threading.Thread(target=self._relay_client, args=(client, server), daemon=True)
        other.start()
        self._relay_server(server, client)
        other.join()
        for sock in client, server:
            sock.close()
            self.open_sockets.remove(sock)

    def _relay_client(self, client, server):
        """Pass the client's messages on one by one; the first has no type byte."""
        with contextlib.suppress(OSError, EOFError), client.makefile("rb") as stream:
            tag = parsed = b""
            types = ()
            while True:
                head = read_exactly(stream, 4)
                body = read_exactly(stream, struct.unpack("!i", head)[0] - 4)
                self.trips += tag in (b"Q", b"S")
                if tag == b"Q":
                    self._keep(body.rstrip(b"\0"))
                elif tag == b"P":
                    parsed, types = read_parse(body)
                    if b"$1" in parsed and not is_function_call(parsed):
                        self._keep(b"prepare: " + parsed)
                elif tag == b"B" and not is_function_call(parsed):
                    values = read_values(body, types)
                    self._keep(b"bind: " + fill_in(parsed, values) if values else parsed)
                server.sendall(tag + head + body)
                tag = read_exactly(stream, 1)
        shut(server)

    def _keep(self, text):
        self.queries.append(text.decode("utf8", "backslashreplace"))

    def _relay_server(self, server, client):
        with contextlib.suppress(OSError):
            while True:
                data = server.recv(65536)
                if not data:
                    break
                if self.relay_limit is not None:
                    data = data[: self.relay_limit]
                    self.relay_limit -= len(data)
                client.sendall(data)
                if self.relay_limit == 0:
                    break
        shut(client)
        shut(server)

    def is_idle(self, patience):
        """Tell whether all connections made so far have ended within some seconds; if so,
        `queries` has all that they sent."""
        for thread in self.threads[1:]:
            thread.join(patience)
            if thread.is_alive():
                return False
            self.threads.remove(thread)
        return True

    def cut_after(self, size):
        """Pass on `size` bytes more of what the server says, then break the connection."""
        self.relay_limit = size

    def break_all(self):
        """Break every connection at once."""
        for sock in list(self.open_sockets):
            shut(sock)

    def close(self):
        """Break everything and wait for the threads to end."""
        shut(self.listener)
        self.listener.close()
        self.break_all()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


def read_exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def is_function_call(text):
    """Tell whether a statement is a function of large objects: these have been messages of their
    own, and are none of the program's statements."""
    return text.startswith(b"SELECT pg_catalog.lo")


def fill_in(text, values):
    """Return a statement with values for its parameters."""
    literals = [
        value
        if value == b"NULL" or NUMBER.fullmatch(value)
        else b"'%s'" % value.replace(b"'", b"''")
        for value in values
    ]
    return re.sub(rb"\$(\d+)", lambda match: literals[int(match[1]) - 1], text)


def read_parse(body):
    """Return the statement and the types of its parameters that a Parse message holds."""
    text, rest = body.split(b"\0", 2)[1:]
    return text, struct.unpack_from(f"!{struct.unpack_from('!h', rest)[0]}I", rest, 2)


def read_values(body, types):
    """Return the parameters of a Bind message as bytes, a NULL as NULL."""
    at = body.index(b"\0", body.index(b"\0") + 1) + 1  # after the two names
    formats = struct.unpack_from(f"!{struct.unpack_from('!h', body, at)[0]}h", body, at + 2)
    at += 2 + 2 * len(formats)
    values = []
    for number in range(*struct.unpack_from("!h", body, at)):
        (size,) = struct.unpack_from("!i", body, at + 2)
        value = body[at + 6 : at + 6 + size] if size >= 0 else b"NULL"
        if size >= 0 and formats and formats[number] and types[number] in READERS:
            value = READERS[types[number]](value).encode()
        values.append(value)
        at += 4 + max(size, 0)
    return values


def shut(sock):
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(server, dsn):
    """A relay to the server: dsn, queries, cut_after(size), break_all()."""
    # The password file names the server's port, not the relay's.
    relay = Proxy(dsn, password=vars(server).get("password"))
    yield relay
    relay.close()


@pytest.fixture
def seen(proxy, connect):
    """A pair: a connection through the relay, and the list of the SQL it has sent since."""
    conn = connect(proxy.dsn)
    del proxy.queries[:]
    return conn, proxy.queries


@pytest.fixture
def seen_table(seen):
    """A cursor on a connection through the relay, in a transaction with a table t."""
    conn, queries = seen
    cur = conn.cursor()
    cur.execute("create temp table t (a int, b text)")
    del queries[:]
    return cur


def rows_of_seen_table(cur):
    cur.execute("select a, b from t order by a, b")
    return cur.fetchall()
