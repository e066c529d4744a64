"""Who uses a connection while it streams: consumers, other threads, Ctrl-C, asynchronous programs.

The sender is one of the tests' own.
"""

import datetime as dt
import os
import signal
import threading

import pytest
from fix_walsender import DONE, NOTHING, PATIENCE, READY, complete_message, data_message, read, stop

import psycopg2
from psycopg2 import errors, extensions, extras

EPOCH = dt.datetime.fromtimestamp(0)


@pytest.fixture
def cur(start_stream):
    return start_stream()


def test_connection_is_in_use(walsender, cur):
    conn = cur.connection
    calls = {
        "execute": lambda: cur.execute("select 1"),
        "start": lambda: cur.start_replication("s"),
        "other": lambda: conn.cursor().start_replication("s"),
        "slot": lambda: cur.drop_replication_slot("s"),
        "copy": lambda: cur.copy_expert("copy t to stdout", open(os.devnull, "wb")),  # noqa: SIM115
        "encoding": lambda: conn.set_client_encoding("LATIN1"),
        "named": lambda: conn.cursor("n", withhold=True).execute("select 1"),
    }
    for call in calls.values():
        with pytest.raises(psycopg2.OperationalError, match="in use by a replication stream"):
            call()
    assert len(walsender.commands) == 1
    walsender.send(data_message(1, b"still there"))
    assert read(cur).payload == b"still there"


def test_every_cursor_of_the_connection_has_the_stream(walsender, cur):
    """The one that began it may be gone."""
    other = cur.connection.cursor()
    cur.close()
    walsender.send(data_message(1, b"x"))
    assert read(other).cursor is other
    other.send_feedback(flush_lsn=1, force=True)
    assert walsender.status() == NOTHING
    assert walsender.status() == (0, 1, 0, False)


@pytest.mark.parametrize("closes", ["cursor", "connection"])
def test_closed_by_the_consumer(walsender, cur, closes):
    def consume(got):
        (cur if closes == "cursor" else cur.connection).close()

    walsender.send(data_message(1, b"a") + data_message(2, b"b"))
    with pytest.raises(psycopg2.InterfaceError, match="already closed"):
        cur.consume_stream(consume)
    for call in cur.read_message, cur.send_feedback, lambda: cur.consume_stream(print):
        with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
            call()
    for name in "io_timestamp", "feedback_timestamp":
        with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
            getattr(cur, name)
    assert cur.wal_end == 1


def test_closed_by_another_thread(walsender, cur):
    closing = threading.Thread(target=lambda: (walsender.status(), cur.connection.close()))
    closing.start()
    with pytest.raises(psycopg2.InterfaceError, match="already closed"):
        cur.consume_stream(print)
    closing.join(PATIENCE)


def test_consumer_that_raises(walsender, cur):
    walsender.send(data_message(1, b"a") + data_message(2, b"b") + data_message(3, b"c"))

    def consume(got):
        raise ZeroDivisionError(got.payload)

    with pytest.raises(ZeroDivisionError, match="a"):
        cur.consume_stream(consume)
    with pytest.raises(ZeroDivisionError, match="b"):  # it goes on with the next
        cur.consume_stream(consume)
    assert read(cur).payload == b"c"


def test_consumer_that_reads(walsender, cur):
    walsender.send(data_message(1, b"a") + data_message(2, b"b"))
    seen = []

    def consume(got):
        seen.append(got.payload)
        seen.append(read(cur).payload)
        with pytest.raises(psycopg2.ProgrammingError, match="already in the consume loop"):
            cur.consume_stream(print)
        raise extras.StopReplication

    with pytest.raises(extras.StopReplication):
        cur.consume_stream(consume)
    assert seen == [b"a", b"b"]


@pytest.mark.parametrize(
    "args, error, text",
    [
        ((), TypeError, "consume"),
        ((5,), TypeError, "consume must be callable, not int"),
        ((print, 0.5), psycopg2.ProgrammingError, "keepalive_interval must be >= 1"),
        ((print, float("nan")), psycopg2.ProgrammingError, "keepalive_interval must be >= 1"),
        ((print, "x"), psycopg2.ProgrammingError, "keepalive_interval must be int or float"),
        ((print, 10**400), OverflowError, "too large"),
        ((print, 1, 1), TypeError, "at most 2"),
    ],
)
def test_consuming_with_bad_arguments(cur, args, error, text):
    with pytest.raises(error, match=text):
        cur.consume_stream(*args)
    assert cur.read_message() is None


@pytest.mark.parametrize("forever", [float("inf"), 1e300])
def test_intervals_beyond_all_time(walsender, start_stream, forever):
    cur = start_stream(status_interval=forever)
    walsender.send(data_message(1, b"x"))
    with pytest.raises(extras.StopReplication):
        cur.consume_stream(stop, keepalive_interval=forever)


def test_not_replicating(connect, walsender):
    cur = connect(walsender.dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
    with pytest.raises(psycopg2.ProgrammingError, match="read_message: not replicating"):
        cur.read_message()
    with pytest.raises(psycopg2.ProgrammingError, match="consume_stream: not replicating"):
        cur.consume_stream(print)
    assert cur.io_timestamp == cur.feedback_timestamp == EPOCH
    assert cur.wal_end == 0


def test_ctrl_c_ends_the_wait_and_not_the_stream(walsender, cur):
    def interrupt():
        walsender.status()
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        cur.consume_stream(print)
    interrupting.join(PATIENCE)
    walsender.send(data_message(1, b"still there"))
    assert read(cur).payload == b"still there"


def test_wait_callback(walsender, connect):
    """The stream begins by it; consume_stream() would not let others run."""
    calls = []

    def wait(conn):
        calls.append(conn)
        extras.wait_select(conn)

    conn = connect(walsender.dsn, connection_factory=extras.LogicalReplicationConnection)
    cur = conn.cursor()
    extensions.set_wait_callback(wait)
    try:
        cur.start_replication("s")
        assert calls == [conn]
        walsender.send(data_message(1, b"x"))
        assert read(cur).payload == b"x"
        cur.send_feedback(flush_lsn=1, force=True)
        with pytest.raises(psycopg2.ProgrammingError, match="with an asynchronous callback"):
            cur.consume_stream(print)
    finally:
        extensions.set_wait_callback(None)
    assert [walsender.status(), walsender.status()] == [NOTHING, (0, 1, 0, False)]


def test_asynchronous_connection(walsender, connect):
    conn = connect(walsender.dsn, connection_factory=extras.LogicalReplicationConnection, async_=1)
    with pytest.raises(psycopg2.OperationalError, match="attempt underway"):
        conn.cursor()
    extras.wait_select(conn)
    cur = conn.cursor()
    cur.start_replication("s", decode=True)
    assert conn.isexecuting()
    with pytest.raises(psycopg2.ProgrammingError, match="asynchronous query is underway"):
        cur.start_replication("s")
    with pytest.raises(psycopg2.ProgrammingError, match="not replicating"):
        cur.read_message()
    extras.wait_select(conn)
    assert not conn.isexecuting()
    with pytest.raises(psycopg2.ProgrammingError, match="cannot be used in asynchronous mode"):
        cur.consume_stream(print)
    with pytest.raises(psycopg2.OperationalError, match="in use by a replication stream"):
        cur.execute("select 1")
    walsender.send(data_message(1, b"x"))
    assert read(cur).payload == "x"
    assert conn.poll() == extensions.POLL_OK
    walsender.send(DONE + complete_message("COPY 0") + READY)
    with pytest.raises(psycopg2.DatabaseError, match="ended the replication stream"):
        read(cur)
    assert cur.statusmessage == "COPY 0"


def test_asynchronous_stream_needs_a_replication_cursor(walsender, connect):
    conn = connect(
        walsender.dsn,
        connection_factory=extras.LogicalReplicationConnection,
        cursor_factory=extensions.cursor,
        async_=1,
    )
    extras.wait_select(conn)
    cur = conn.cursor()
    cur.execute("START")
    with pytest.raises(psycopg2.ProgrammingError, match="needs a replication cursor"):
        extras.wait_select(conn)
    walsender.answers["again"] = complete_message("AGAIN") + READY
    cur.execute("again")
    extras.wait_select(conn)
    assert cur.statusmessage == "AGAIN"


def test_cancelled_by_another_thread(walsender, cur):
    cancelling = threading.Thread(target=lambda: (walsender.status(), cur.connection.cancel()))
    cancelling.start()
    with pytest.raises(errors.QueryCanceled, match="cancelled"):
        cur.consume_stream(print)
    cancelling.join(PATIENCE)
    assert cur.connection.closed == 0
