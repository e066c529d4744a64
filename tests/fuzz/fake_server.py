"""A server in a thread that answers a query with the bytes it was told, whatever they are.

It stands in for PostgreSQL where a fuzzer wants answers that PostgreSQL would never give, tens of
thousands of them a minute, each the same every time.
"""

import socket
import struct
import tempfile
import threading
from pathlib import Path

from fix_proxy import read_exactly, shut
from fix_walsender import PARAMETERS, READY, complete_message, error_message, message, strings

import psycopg2

PORT = 5432
QUERY = "fuzz"  # what is answered with `answer`; all else gets what most statements get


class FakeServer:
    """Listens on a Unix socket. `answer` is what QUERY is answered with, `hang_up` whether the
    server goes then; `sent` is what COPY brought, `queries` all that was sent."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="fuzz")
        path = Path(self.directory.name) / f".s.PGSQL.{PORT}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.dsn = f"host={self.directory.name} port={PORT} user=x dbname=x gssencmode=disable"
        self.answer = READY
        self.hang_up = False
        self.copied = []
        self.queries = []
        self.settings = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def connect(self, cls=None, **settings):
        """Connect with what the server reports at first besides PARAMETERS."""
        self.settings = settings
        return psycopg2.connect(self.dsn, connection_factory=cls)

    def close(self):
        shut(self.listener)
        self.listener.close()
        self.directory.cleanup()

    def _accept(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            with peer, peer.makefile("rb") as stream:
                read_exactly(stream, struct.unpack("!i", read_exactly(stream, 4))[0] - 4)
                reports = {**PARAMETERS, **self.settings}
                peer.sendall(
                    message(b"R", struct.pack("!i", 0))
                    + b"".join(message(b"S", strings(*pair)) for pair in reports.items())
                    + READY
                )
                while self._answer(peer, stream):
                    pass
        except (OSError, EOFError):
            pass

    def _answer(self, peer, stream):
        """Answer one message of the client; return whether to go on."""
        tag = read_exactly(stream, 1)
        body = read_exactly(stream, struct.unpack("!i", read_exactly(stream, 4))[0] - 4)
        if tag == b"Q":
            query = body[:-1]
            self.queries.append(query)
            mine = query == QUERY.encode() or query.startswith(b"START_REPLICATION")
            peer.sendall(self.answer if mine else plain_answer(query))
            return not (mine and self.hang_up)
        if tag == b"d":
            self.copied.append(body)
        elif tag == b"c":
            peer.sendall(complete_message("COPY 1") + READY)
        elif tag == b"f":
            peer.sendall(error_message("57014", "COPY failed") + READY)
        return tag != b"X"


def plain_answer(query):
    """What a statement gets that needs no rows; SET client_encoding is obeyed."""
    word, _, rest = query.decode("latin1").partition(" ")
    report = b""
    if rest.startswith("client_encoding TO '"):
        report = message(b"S", strings("client_encoding", rest.split("'")[1]))
    status = b"T" if word == "BEGIN" else b"I"
    return report + complete_message(word) + message(b"Z", status)
