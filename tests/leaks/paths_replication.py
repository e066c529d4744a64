"""Paths of replication: streams that are read, end, fail and are left behind."""

import select
import sys
from pathlib import Path

from world import Fails, expect, fails, path

import psycopg2
from psycopg2 import extensions, extras

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fix_walsender import (
    DONE,
    PATIENCE,
    READY,
    WalSender,
    complete_message,
    data_message,
    error_message,
    keepalive_message,
    message,
    row_messages,
)

CHANGES = data_message(1, b"a" * 1000) + keepalive_message(2, reply=True) + data_message(3, b"b")


class Sender(WalSender):
    """The other end of one connection, `conn`, and a cursor of it, with a stream to be read."""

    def __enter__(self):
        self.conn = extras.LogicalReplicationConnection(self.dsn)
        self.cur = self.conn.cursor()
        self.cur.start_replication("s", decode=True)
        return self

    def __exit__(self, *exc):
        self.conn.close()
        self.close()
        self.conn = self.cur = None


def read(cur):
    while True:
        got = cur.read_message()
        if got is not None:
            return got
        select.select([cur], [], [], PATIENCE)


@path
def replication_messages(w):
    with Sender() as sender:
        sender.send(CHANGES)
        for got in read(sender.cur), read(sender.cur):
            repr(got), got.payload, got.send_time, got.cursor, got.data_size
        sender.cur.send_feedback(1, 2, 3, force=True)
        sender.cur.send_feedback(reply=True)
        assert sender.cur.io_timestamp >= sender.cur.feedback_timestamp and sender.cur.wal_end
        got.cursor.kept = got  # a cycle


class Cursor(extras.ReplicationCursor):
    """Has a dict, so that cycles can go through it."""


@path
def replication_cursors_in_cycles(w):
    with Sender() as sender:
        cur = sender.conn.cursor(cursor_factory=Cursor)
        sender.send(CHANGES)
        cur.last = read(cur)
        cur.conn = sender.conn
        # What was received ahead is let go with the connection.
        cur.send_feedback(force=True)


@path
def replication_is_consumed(w):
    with Sender() as sender:
        sender.send(CHANGES)
        for _ in range(2):
            with expect(Fails):
                sender.cur.consume_stream(fails)
        for args in (5,), (fails, 0), (fails, "x"):
            with expect(TypeError, psycopg2.ProgrammingError):
                sender.cur.consume_stream(*args)


@path
def replication_ends(w):
    rows = row_messages(next_tli="2") + complete_message("SELECT 1")
    for end in DONE + rows + complete_message("X") + READY, complete_message("X") + READY:
        with Sender() as sender:
            sender.send(CHANGES + end)
            with expect(psycopg2.DatabaseError):
                sender.cur.consume_stream(len_of_payload)
            with expect(psycopg2.ProgrammingError):
                sender.cur.read_message()


def len_of_payload(got):
    return len(got.payload)


@path
def replication_fails(w):
    for end in error_message("57014", "no more") + READY, b"", DONE, data_message(5, b"x")[:-1]:
        with Sender() as sender:
            sender.send(CHANGES + end)
            sender.hang_up()
            with expect(psycopg2.OperationalError):
                sender.cur.consume_stream(len_of_payload)
    with Sender() as sender:
        sender.send(message(b"d", b"?") + data_message(1, b"\xff"))
        with expect(psycopg2.OperationalError):
            read(sender.cur)
        with expect(UnicodeDecodeError):
            read(sender.cur)


@path
def replication_is_misused(w):
    with Sender() as sender:
        cur = sender.cur
        for call in (
            lambda: cur.execute("select 1"),
            lambda: cur.start_replication("s"),
            lambda: cur.start_replication_expert(None),
            lambda: cur.start_replication("s", status_interval=0),
            lambda: cur.start_replication("s", start_lsn="x"),
            lambda: cur.create_replication_slot("s"),
            lambda: cur.send_feedback(flush_lsn=-1),
            lambda: cur.send_feedback(flush_lsn="x"),
        ):
            with expect(psycopg2.Error, ValueError, TypeError, OverflowError):
                call()
        cur.close()
        for name in "read_message", "send_feedback":
            with expect(psycopg2.InterfaceError):
                getattr(cur, name)()
    with expect(TypeError):
        extensions.connection.__new__(extras.LogicalReplicationConnection).__init__()
    with expect(psycopg2.OperationalError):
        extras.LogicalReplicationConnection("host=/nowhere")
    with expect(psycopg2.ProgrammingError):
        extras.PhysicalReplicationConnection("nonsense")
    with expect(TypeError):
        extras.ReplicationMessage(1, 2)
    extras.ReplicationMessage(w.cur, b"x")


@path
def replication_of_a_server(w):
    # libpq 18 itself loses some bytes whenever it cancels over TLS.
    dsn = extensions.make_dsn(w.dsn, sslmode="disable")
    conn = w.once("logical", lambda: extras.LogicalReplicationConnection(dsn))
    cur = conn.cursor()
    cur.execute("IDENTIFY_SYSTEM")
    cur.fetchall()
    cur.create_replication_slot("psycopg2_leaks", output_plugin="test_decoding")
    cur.fetchone()
    try:
        cur.start_replication("psycopg2_leaks", options={"skip-empty-xacts": 1})
        w.cur.execute("create table replicated (); drop table replicated")
        cur.read_message()
        conn.cancel()
        with expect(psycopg2.errors.QueryCanceled):
            read(cur)
    finally:
        cur.drop_replication_slot("psycopg2_leaks")
    with expect(psycopg2.errors.UndefinedObject):
        cur.start_replication("psycopg2_leaks")
