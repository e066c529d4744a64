"""A replication stream down to its messages: what is told to the server and when, and how it ends.

The sender is one of the tests' own, so each status update is seen.
"""

import datetime as dt
import os
import select
import signal
import threading

import pytest
from fix_walsender import (
    DONE,
    PATIENCE,
    READY,
    complete_message,
    data_message,
    error_message,
    keepalive_message,
    message,
    row_messages,
)

import psycopg2
from psycopg2 import errors, extensions, extras

NOTHING = (0, 0, 0, False)
EPOCH = dt.datetime.fromtimestamp(0)


@pytest.fixture
def start(walsender, connect):
    """A function that gives a cursor with a stream of the tests' sender."""

    def start(factory=extras.LogicalReplicationConnection, **kwargs):
        cur = connect(walsender.dsn, connection_factory=factory).cursor()
        cur.start_replication("s", **kwargs)
        return cur

    return start


@pytest.fixture
def cur(start):
    return start()


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


def test_decoded_payload(walsender, start):
    cur = start(decode=True)
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
    walsender, start, database, client, payload, text
):
    walsender.parameters.update(server_encoding=database, client_encoding=client)
    cur = start(decode=True)
    walsender.send(data_message(1, payload))
    assert read(cur).payload == text


def test_payload_in_an_encoding_that_is_not_known(walsender, start):
    walsender.parameters.update(server_encoding="MULE_INTERNAL")
    cur = start(decode=True)
    walsender.send(data_message(1, b"x"))
    with pytest.raises(psycopg2.NotSupportedError, match="MULE_INTERNAL"):
        read(cur)


def test_payload_that_cannot_be_decoded(walsender, start):
    """The next one can be read, and nothing counts as confirmed."""
    cur = start(decode=True)
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


# -- Feedback -------------------------------------------------------------------------------------


def test_first_look_introduces_the_client(walsender, cur):
    assert cur.feedback_timestamp == EPOCH < cur.io_timestamp
    before = dt.datetime.now()
    assert cur.read_message() is None
    assert walsender.status() == NOTHING
    assert before <= cur.feedback_timestamp <= dt.datetime.now()
    assert cur.io_timestamp >= cur.feedback_timestamp


def test_row_83_feedback_is_lazy(walsender, cur):
    cur.read_message()
    assert walsender.status() == NOTHING
    sent = cur.feedback_timestamp
    for lsn in 10, 20:
        assert cur.send_feedback(lsn, lsn + 1, apply_lsn=lsn + 2) is None
        assert cur.read_message() is None
    assert cur.feedback_timestamp == sent
    cur.send_feedback(force=True)
    assert cur.feedback_timestamp > sent
    assert walsender.status() == (20, 21, 22, False)  # and nothing before it


def test_feedback_that_asks_for_an_answer_is_sent_at_once(walsender, cur):
    cur.send_feedback(write_lsn=7, reply=True)
    assert walsender.status() == (7, 0, 0, True)
    cur.send_feedback(force=True)
    assert walsender.status() == (7, 0, 0, False)


def test_feedback_never_goes_back(walsender, cur):
    cur.send_feedback(10, 20, 30)
    cur.send_feedback(5, 6, 7)
    cur.send_feedback()
    cur.send_feedback(force=True)
    assert walsender.status() == (10, 20, 30, False)


def test_feedback_of_the_highest_position(walsender, cur):
    cur.send_feedback(flush_lsn=2**64 - 1, force=True)
    assert walsender.status() == (0, 2**64 - 1, 0, False)


@pytest.mark.parametrize(
    "kwargs, error",
    [
        ({"flush_lsn": "0/1"}, TypeError),
        ({"flush_lsn": None}, TypeError),
        ({"flush_lsn": 1.0}, TypeError),
        ({"write_lsn": -1}, OverflowError),
        ({"apply_lsn": 2**64}, OverflowError),
        ({"reply": "x"}, TypeError),
        ({"force": None}, TypeError),
        ({"bogus": 1}, TypeError),
    ],
)
def test_feedback_that_is_none(walsender, cur, kwargs, error):
    with pytest.raises(error):
        cur.send_feedback(**kwargs)
    cur.send_feedback(force=True)
    assert walsender.status() == NOTHING


def test_server_that_asks_is_answered_at_once(walsender, cur):
    cur.read_message()
    assert walsender.status() == NOTHING
    cur.send_feedback(write_lsn=5)
    walsender.send(keepalive_message(0, reply=True))
    assert select.select([cur], [], [], PATIENCE)[0]
    assert cur.read_message() is None
    assert walsender.status() == (5, 0, 0, False)


def test_server_that_asks_is_answered_before_the_consumer_works(walsender, cur):
    walsender.send(keepalive_message(0, reply=True) + data_message(1, b"x"))

    def consume(got):
        assert walsender.status() == NOTHING  # of the first look
        assert walsender.status() == NOTHING  # the answer
        raise extras.StopReplication

    with pytest.raises(extras.StopReplication):
        cur.consume_stream(consume)


@pytest.mark.parametrize("interval", [{"status_interval": 1}, {}])
def test_feedback_goes_out_by_itself(walsender, start, interval):
    cur = start(**interval)
    keepalive = {} if interval else {"keepalive_interval": 1.0}
    cur.send_feedback(flush_lsn=3)
    answers = []

    def watch():
        answers.extend(walsender.status() for _ in range(3))
        walsender.send(data_message(9, b"end"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(extras.StopReplication):
        cur.consume_stream(stop, **keepalive)
    watcher.join(PATIENCE)
    assert answers == [(0, 3, 0, False)] * 3


def stop(got):
    raise extras.StopReplication(got.payload)


# What is confirmed, of a stream that has told what `messages` say, once the consumer has confirmed
# up to `confirmed` (None: nothing) and the server has said that its log ends at 1000.
KEEPALIVE_CASES = {
    "nothing came": ([], None, 1000),
    "one came": ([data_message(100, b"x" * 50)], None, 0),
    "the one was confirmed": ([data_message(100, b"x" * 50)], 100, 1000),
    "the first of two": ([data_message(100, b"x"), data_message(200, b"y")], 100, 100),
    "both": ([data_message(100, b"x"), data_message(200, b"y")], 200, 1000),
    "almost": ([data_message(100, b"x"), data_message(200, b"y")], 199, 199),
    "more": ([data_message(100, b"x"), data_message(200, b"y")], 300, 1000),
    "beyond": ([data_message(100, b"x")], 5000, 5000),
    "log, nothing": ([data_message(100, b"x" * 50, 150)], None, 0),
    "log, its beginning": ([data_message(100, b"x" * 50, 900)], 100, 100),
    "log, almost all": ([data_message(100, b"x" * 50, 150)], 149, 149),
    "log, all": ([data_message(100, b"x" * 50, 900)], 150, 1000),
}


@pytest.mark.parametrize("case", KEEPALIVE_CASES)
def test_feedback_never_confirms_what_the_consumer_has_not(walsender, cur, case):
    messages, confirmed, flushed = KEEPALIVE_CASES[case]
    for data in messages:
        walsender.send(data)
        read(cur)
    if confirmed is not None:
        cur.send_feedback(flush_lsn=confirmed)
    walsender.send(keepalive_message(1000))
    read_until(cur, 1000)
    cur.send_feedback(force=True)
    statuses = [walsender.status()]
    while statuses[-1] == NOTHING and len(statuses) < 2:
        statuses.append(walsender.status())  # the one of the first look
    assert statuses[-1] == (0, flushed, 0, False)


def test_what_came_later_at_a_position_confirmed_before_is_open(walsender, cur):
    """A transaction may begin where the last one, which was confirmed, has ended."""
    walsender.send(data_message(100, b"commit"))
    read(cur)
    cur.send_feedback(flush_lsn=100)
    walsender.send(data_message(100, b"next"))
    assert read(cur).payload == b"next"
    walsender.send(keepalive_message(1000))
    read_until(cur, 1000)
    assert walsender.status() == NOTHING
    cur.send_feedback(force=True)
    assert walsender.status() == (0, 100, 0, False)
    cur.send_feedback(flush_lsn=100)
    walsender.send(keepalive_message(1001))
    read_until(cur, 1001)
    cur.send_feedback(force=True)
    assert walsender.status() == (0, 1001, 0, False)


def test_confirmations_of_a_stream_are_not_those_of_the_next(walsender, cur):
    cur.send_feedback(flush_lsn=100, force=True)
    assert walsender.status() == (0, 100, 0, False)
    walsender.send(DONE + complete_message("COPY 0") + READY)
    with pytest.raises(psycopg2.DatabaseError, match="ended the replication stream"):
        read(cur)
    assert walsender.status() == b"c"
    cur.start_replication("other")
    cur.send_feedback(force=True)
    assert walsender.status() == NOTHING


def test_feedback_before_the_stream(walsender, connect):
    """What is confirmed before stands, and can only be sent once there is a stream."""
    cur = connect(walsender.dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
    assert cur.send_feedback(flush_lsn=5) is None
    for kwargs in {"force": True}, {"reply": True}:
        with pytest.raises(psycopg2.ProgrammingError, match="send_feedback: not replicating"):
            cur.send_feedback(**kwargs)
    cur.start_replication("s")
    cur.send_feedback(force=True)
    assert walsender.status() == (0, 5, 0, False)


@pytest.mark.parametrize("is_async", [0, 1])
def test_server_that_does_not_listen(walsender, connect, is_async):
    """One update is on its way at most, or the memory would grow; the last word counts."""
    conn = connect(
        walsender.dsn, connection_factory=extras.LogicalReplicationConnection, async_=is_async
    )
    if is_async:
        extras.wait_select(conn)
    cur = conn.cursor()
    cur.start_replication("s")
    if is_async:
        extras.wait_select(conn)
    walsender.may_read.clear()
    sent = 200_000 if is_async else 100
    for lsn in range(1, sent + 1):
        cur.send_feedback(flush_lsn=lsn, force=True)
    walsender.may_read.set()
    status = walsender.status()
    while status[1] < sent:
        if cur.read_message() is None and not walsender.received.qsize():
            select.select([cur], [cur], [], PATIENCE)
        status = walsender.status()
    assert status == (0, sent, 0, False)


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


def test_feedback_looks_no_further_than_one_message(walsender, cur):
    """Or a consumer that reports each message would have all of them in memory."""
    walsender.send(data_message(1, b"a") + data_message(2, b"b") + keepalive_message(3))
    assert select.select([cur], [], [], PATIENCE)[0]
    for _ in range(5):
        cur.send_feedback(force=True)
    assert cur.wal_end == 1
    assert [read(cur).payload, read(cur).payload] == [b"a", b"b"]


# -- Misuse ---------------------------------------------------------------------------------------


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


def test_feedback_from_another_thread(walsender, cur):
    """consume_stream() lets others have the connection while it waits."""
    statuses = []

    def work():
        statuses.append(walsender.status())
        cur.send_feedback(flush_lsn=50, force=True)
        statuses.append(walsender.status())
        walsender.send(data_message(60, b"end"))

    worker = threading.Thread(target=work)
    worker.start()
    with pytest.raises(extras.StopReplication):
        cur.consume_stream(stop)
    worker.join(PATIENCE)
    assert statuses == [NOTHING, (0, 50, 0, False)]


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
def test_intervals_beyond_all_time(walsender, start, forever):
    cur = start(status_interval=forever)
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
