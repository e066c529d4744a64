"""A replication stream down to its messages: what comes, in whatever pieces, and how it ends.

The sender is one of the tests' own.
"""

import datetime as dt
import threading

import pytest
from fix_walsender import (
    DONE,
    NOTHING,
    PATIENCE,
    READY,
    complete_message,
    data_message,
    error_message,
    keepalive_message,
    message,
    read,
    row_messages,
)

import psycopg2
from psycopg2 import errors


@pytest.fixture
def cur(start_stream):
    return start_stream()


# -- Messages -------------------------------------------------------------------------------------


def test_message_has_what_was_sent(walsender, cur):
    before = dt.datetime.now()
    walsender.send(data_message(0x1_0000_0002, b"\0payload\xff", 0x1_0000_00AB, 848675752275733))
    got = read(cur)
    assert (got.payload, got.data_size) == (b"\0payload\xff", 9)
    assert (got.data_start, got.wal_end) == (0x1_0000_0002, 0x1_0000_00AB)
    assert got.cursor is cur
    sent = dt.datetime(2026, 11, 22, 15, 15, 52, 275733, dt.timezone.utc)
    assert got.send_time == sent.astimezone().replace(tzinfo=None)
    assert cur.wal_end == 0x1_0000_00AB
    assert before <= cur.io_timestamp <= dt.datetime.now()
    assert repr(got).startswith("<ReplicationMessage object at 0x")
    text = "data_size: 9; data_start: 1/2; wal_end: 1/ab; send_time: 848675752275733>"
    assert repr(got).endswith(text)
    assert str(got) == repr(got)


@pytest.mark.parametrize("lsn", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_message_at_any_position(walsender, cur, lsn):
    walsender.send(data_message(lsn, b"x"))
    got = read(cur)
    assert got.data_start == got.wal_end == lsn


@pytest.mark.parametrize("payload", [b"", b"\0", b"x" * 10_000_000])
def test_message_of_any_size(walsender, cur, payload):
    sending = threading.Thread(target=walsender.send, args=(data_message(1, payload),))
    sending.start()
    assert read(cur).payload == payload
    sending.join(PATIENCE)


def test_message_that_comes_in_pieces(walsender, cur):
    data = data_message(5, b"payload")
    for i in range(len(data) - 1):
        walsender.send(data[i : i + 1])
        assert cur.read_message() is None
    walsender.send(data[-1:])
    assert read(cur).payload == b"payload"


def test_messages_that_come_together(walsender, cur):
    walsender.send(
        data_message(1, b"a") + keepalive_message(2) + data_message(3, b"b") + data_message(4, b"c")
    )
    assert read(cur).payload == b"a"
    # What libpq has already makes no descriptor readable: it has to be given without a wait.
    assert [cur.read_message().payload for _ in range(2)] == [b"b", b"c"]
    assert cur.read_message() is None


@pytest.mark.parametrize("year", [2**63 - 1, -(2**63)])
def test_message_of_a_time_that_is_none(walsender, cur, year):
    walsender.send(data_message(1, b"x", send_time=year))
    got = read(cur)
    assert got.payload == b"x"
    with pytest.raises((ValueError, OverflowError)):
        assert got.send_time


def test_decoded_payload(walsender, start_stream):
    cur = start_stream(decode=True)
    walsender.send(data_message(1, "é€".encode()))
    got = read(cur)
    assert (got.payload, got.data_size) == ("é€", 5)


@pytest.mark.parametrize(
    "database, client, payload, text",
    [
        ("LATIN1", "UTF8", b"\xe9", "é"),
        ("UTF8", "LATIN1", b"\xc3\xa9", "é"),
        ("EUC_JP", "UTF8", b"\xa4\xa2", "あ"),
        ("SQL_ASCII", "UTF8", b"\xc3\xa9", "é"),  # the server knows no better than we
        ("SQL_ASCII", "LATIN1", b"\xe9", "é"),
    ],
)
def test_payload_is_in_the_encoding_of_the_database(
    walsender, start_stream, database, client, payload, text
):
    walsender.parameters.update(server_encoding=database, client_encoding=client)
    cur = start_stream(decode=True)
    walsender.send(data_message(1, payload))
    assert read(cur).payload == text


def test_payload_in_an_encoding_that_is_not_known(walsender, start_stream):
    walsender.parameters.update(server_encoding="MULE_INTERNAL")
    cur = start_stream(decode=True)
    walsender.send(data_message(1, b"x"))
    with pytest.raises(psycopg2.NotSupportedError, match="MULE_INTERNAL"):
        read(cur)


def test_payload_that_cannot_be_decoded(walsender, start_stream):
    """The next one can be read, and nothing counts as confirmed."""
    cur = start_stream(decode=True)
    walsender.send(data_message(1, b"\xff") + keepalive_message(9) + data_message(2, b"good"))
    with pytest.raises(UnicodeDecodeError):
        read(cur)
    assert read(cur).payload == "good"
    cur.send_feedback(force=True)
    assert walsender.status() == NOTHING
    assert walsender.status() == NOTHING


@pytest.mark.parametrize("bad", [b"z123", b"w", b"w" + bytes(23), b"k", b"k" + bytes(16)])
def test_message_that_is_not_valid(walsender, cur, bad):
    walsender.send(message(b"d", bad) + data_message(1, b"good"))
    with pytest.raises(psycopg2.OperationalError, match="replication message that is not valid"):
        read(cur)
    assert cur.connection.closed == 0
    assert read(cur).payload == b"good"


# -- The end --------------------------------------------------------------------------------------

ENDS = {
    "done": (DONE + complete_message("COPY 0") + READY, "COPY 0", None),
    "complete": (complete_message("COPY 0") + READY, "COPY 0", None),
    "timeline": (
        DONE
        + row_messages(next_tli="2", next_tli_startpos="0/5")
        + complete_message("SELECT 1")
        + complete_message("START_STREAMING")
        + READY,
        "SELECT 1",
        [("2", "0/5")],
    ),
}


def send_forced(cur):
    while True:
        cur.send_feedback(force=True)


WAYS = {"read": read, "consume": lambda cur: cur.consume_stream(print), "feedback": send_forced}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("way", WAYS)
def test_stream_that_ends(walsender, cur, end, way):
    data, tag, rows = ENDS[end]
    walsender.send(data_message(1, b"last") + data)
    assert read(cur).payload == b"last"
    with pytest.raises(psycopg2.DatabaseError, match="ended the replication stream") as caught:
        WAYS[way](cur)
    assert caught.value.cursor is cur
    assert cur.statusmessage == tag
    if rows:
        assert cur.fetchall() == rows
    for call in cur.read_message, lambda: cur.consume_stream(print):
        with pytest.raises(psycopg2.ProgrammingError, match="not replicating, call start_repl"):
            call()
    assert cur.connection.closed == 0
    walsender.answers["again"] = complete_message("AGAIN") + READY
    cur.execute("again")
    assert cur.statusmessage == "AGAIN"


@pytest.mark.parametrize("way", WAYS)
def test_stream_that_fails(walsender, cur, way):
    walsender.send(data_message(1, b"last") + error_message("57014", "that is it") + READY)
    assert read(cur).payload == b"last"
    with pytest.raises(errors.QueryCanceled, match="that is it") as caught:
        WAYS[way](cur)
    assert caught.value.cursor is cur
    assert cur.connection.closed == 0
    walsender.answers["again"] = complete_message("AGAIN") + READY
    cur.execute("again")


LOSSES = {
    "hung up": (b"", psycopg2.OperationalError, "server closed the connection"),
    "fatal": (error_message("57P01", "bye", "FATAL"), errors.AdminShutdown, "bye"),
    "shut down": (complete_message("COPY 0"), psycopg2.OperationalError, "closed the connection"),
    "done": (DONE, psycopg2.OperationalError, "closed the connection"),
    "cut": (data_message(2, b"cut")[:-1], psycopg2.OperationalError, "closed the connection"),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("way", WAYS)
def test_server_that_goes(walsender, cur, loss, way):
    """What came before is given first."""
    data, error, text = LOSSES[loss]
    walsender.send(data_message(1, b"last") + data)
    walsender.hang_up()
    assert read(cur).payload == b"last"
    with pytest.raises(error, match=text):
        WAYS[way](cur)
    assert cur.connection.closed == 2
    with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
        cur.read_message()
