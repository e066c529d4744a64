"""Feedback of a replication stream: what the server is told, and when, and that nothing is taken as
confirmed before the consumer has confirmed it.

The sender is one of the tests' own, so each status update is seen.
"""

import datetime as dt
import select
import threading

import pytest
from fix_walsender import (
    DONE,
    NOTHING,
    PATIENCE,
    READY,
    complete_message,
    data_message,
    keepalive_message,
    read,
    read_until,
    stop,
)

import psycopg2
from psycopg2 import extras

EPOCH = dt.datetime.fromtimestamp(0)


@pytest.fixture
def cur(start_stream):
    return start_stream()


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
def test_feedback_goes_out_by_itself(walsender, start_stream, interval):
    cur = start_stream(**interval)
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


def test_feedback_looks_no_further_than_one_message(walsender, cur):
    """Or a consumer that reports each message would have all of them in memory."""
    walsender.send(data_message(1, b"a") + data_message(2, b"b") + keepalive_message(3))
    assert select.select([cur], [], [], PATIENCE)[0]
    for _ in range(5):
        cur.send_feedback(force=True)
    assert cur.wal_end == 1
    assert [read(cur).payload, read(cur).payload] == [b"a", b"b"]


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
