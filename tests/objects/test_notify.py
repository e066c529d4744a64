"""LISTEN and NOTIFY: conn.notifies and Notify; and the server's notices."""

import collections
import select

import pytest

import psycopg2
from psycopg2.extensions import Notify


class Collector:
    """Anything with append() may take the place of the lists."""

    def __init__(self, error=None):
        self.items = []
        self.error = error

    def append(self, item):
        self.items.append(item)
        if self.error:
            raise self.error


@pytest.fixture
def listening(conn):
    conn.autocommit = True
    conn.cursor().execute("listen channel")
    return conn


@pytest.fixture
def notify(conn2):
    """A function that notifies from a second connection."""
    conn2.autocommit = True

    def send(payload="", channel="channel"):
        conn2.cursor().execute("select pg_notify(%s, %s)", (channel, payload))
        return conn2.get_backend_pid()

    return send


def wait_for(conn, count):
    """poll() until `count` notifications are there; the socket says when to look."""
    while len(conn.notifies) < count:
        assert select.select([conn], [], [], 60)[0] == [conn]
        conn.poll()


def test_notify_is_found_by_poll(listening, notify):
    pid = notify("hello")
    wait_for(listening, 1)
    (note,) = listening.notifies
    assert isinstance(note, Notify)
    assert (note.pid, note.channel, note.payload) == (pid, "channel", "hello")


def test_notify_is_found_by_any_query(listening, notify):
    notify("one")
    notify("two")
    for _ in range(1000):
        listening.cursor().execute("select pg_sleep(0.01)")
        if len(listening.notifies) == 2:
            break
    assert [note.payload for note in listening.notifies] == ["one", "two"]


def test_notify_of_ones_own_comes_with_the_commit(conn, cur):
    cur.execute("listen channel")
    conn.commit()
    cur.execute("notify channel, 'mine'")
    assert conn.notifies == []
    conn.commit()
    conn.poll()
    assert [(n.pid, n.payload) for n in conn.notifies] == [(conn.get_backend_pid(), "mine")]


def test_notify_stays_until_it_is_taken(listening, notify):
    notify("1")
    wait_for(listening, 1)
    notify("2")
    wait_for(listening, 2)
    assert listening.notifies.pop(0).payload == "1"
    assert [note.payload for note in listening.notifies] == ["2"]
    del listening.notifies[:]
    listening.poll()
    assert listening.notifies == []


@pytest.mark.parametrize("payload", ["", "été €", "x" * 7999, "with\nlines\tand 'quotes'"])
@pytest.mark.parametrize("channel", ["channel", "été", "Two Words"])
def test_notify_carries_text(conn, notify, payload, channel):
    conn.autocommit = True
    conn.cursor().execute(f'listen "{channel}"')
    notify(payload, channel)
    wait_for(conn, 1)
    assert (conn.notifies[0].channel, conn.notifies[0].payload) == (channel, payload)


def test_notify_text_follows_the_client_encoding(listening, notify):
    listening.set_client_encoding("latin1")
    notify("été")
    wait_for(listening, 1)
    assert listening.notifies[0].payload == "été"


def test_notify_not_listened_to_does_not_come(listening, notify):
    notify("x", "elsewhere")
    notify("y")
    wait_for(listening, 1)
    assert [note.payload for note in listening.notifies] == ["y"]


def test_notify_many_at_once(listening, conn2):
    conn2.cursor().execute("select pg_notify('channel', g::text) from generate_series(1, 2000) g")
    conn2.commit()
    wait_for(listening, 2000)
    assert [note.payload for note in listening.notifies] == [str(n) for n in range(1, 2001)]


@pytest.mark.parametrize("error", [None, RuntimeError("mine"), psycopg2.Error("mine")])
def test_notify_goes_to_any_object_with_append(listening, notify, error):
    listening.notifies = collector = Collector(error)
    notify("a")
    while not collector.items:
        listening.cursor().execute("select pg_sleep(0.01)")
    assert [note.payload for note in collector.items] == ["a"]
    assert listening.notifies is collector


@pytest.mark.parametrize("target", [None, 5, (), object()])
def test_notify_goes_nowhere_without_append(listening, notify, target):
    listening.notifies = target
    notify("a")
    for _ in range(5):
        listening.cursor().execute("select pg_sleep(0.01)")
    assert listening.notifies is target
    assert listening.closed == 0


# The object


def test_notify_unpacks_as_pid_and_channel():
    note = Notify(1, "c", "p")
    pid, channel = note
    assert (pid, channel, len(note)) == (1, "c", 2)
    assert (note[0], note[1], note[-1], tuple(note)) == (1, "c", "c", (1, "c"))
    with pytest.raises(IndexError):
        note[2]


@pytest.mark.parametrize(
    "args, kwargs, text",
    [
        ((1, "c"), {}, "Notify(1, 'c', '')"),
        ((1, "c", "p"), {}, "Notify(1, 'c', 'p')"),
        ((), {"pid": 1, "channel": "it's", "payload": "é"}, "Notify(1, \"it's\", 'é')"),
    ],
)
def test_notify_is_made_by_hand(args, kwargs, text):
    note = Notify(*args, **kwargs)
    assert repr(note) == str(note) == text


@pytest.mark.parametrize("args", [(), (1,), (1, "c", "p", 4)])
def test_notify_wants_pid_and_channel(args):
    with pytest.raises(TypeError):
        Notify(*args)


@pytest.mark.parametrize("name", ["pid", "channel", "payload"])
def test_notify_is_read_only(name):
    with pytest.raises(AttributeError):
        setattr(Notify(1, "c"), name, "x")


@pytest.mark.parametrize(
    "other, equal",
    [
        (Notify(1, "c", "p"), True),
        (Notify(1, "c", "q"), False),
        (Notify(2, "c", "p"), False),
        (Notify(1, "d", "p"), False),
        ((1, "c"), True),
        ((1, "d"), False),
        (5, False),
        (None, False),
    ],
)
def test_notify_compares(other, equal):
    # To the original nothing but a tuple or a Notify is unequal.
    note = Notify(1, "c", "p")
    assert (note == other) is equal
    assert (note != other) is not equal


def test_notify_without_payload_hashes_as_a_tuple():
    assert hash(Notify(1, "c")) == hash((1, "c"))
    assert {(1, "c")} == {Notify(1, "c")}
    assert hash(Notify(1, "c", "p")) == hash(Notify(1, "c", "p"))
    assert len({Notify(1, "c", "p"), Notify(1, "c", "q"), Notify(1, "c", "p")}) == 2


def test_notify_orders():
    notes = [Notify(2, "a"), Notify(1, "b"), Notify(1, "a")]
    assert sorted(notes) == notes[::-1]


# Notices


def raise_notices(cur, count, word="n"):
    cur.execute(f"do $$begin for i in 1..{count} loop raise notice '{word}%', i; end loop; end$$")


def test_notices_are_kept(conn, cur):
    cur.execute(
        "do $$begin raise notice 'été'; raise warning 'w' using detail='d', hint='h'; end$$"
    )
    assert conn.notices == ["NOTICE:  été\n", "WARNING:  w\nDETAIL:  d\nHINT:  h\n"]


@pytest.mark.parametrize("batches", [[60], [30, 30], [1] * 60])
def test_notices_keep_the_last_fifty(conn, cur, batches):
    for index, size in enumerate(batches):
        raise_notices(cur, size, f"batch {index} number ")
    assert len(conn.notices) == 50
    assert conn.notices[-1] == f"NOTICE:  batch {len(batches) - 1} number {batches[-1]}\n"


def test_notices_come_with_errors_too(conn, cur):
    with pytest.raises(psycopg2.errors.DivisionByZero):
        cur.execute("do $$begin raise notice 'before'; perform 1/0; end$$")
    assert conn.notices == ["NOTICE:  before\n"]


def test_notices_of_commit_and_rollback(conn, cur):
    conn.autocommit = True
    cur.execute("rollback")
    assert conn.notices == ["WARNING:  there is no transaction in progress\n"]


@pytest.mark.parametrize("error", [None, RuntimeError("mine"), psycopg2.Error("mine")])
def test_notices_go_to_any_object_with_append(conn, cur, error):
    conn.notices = collector = Collector(error)
    raise_notices(cur, 60)
    assert collector.items[0] == "NOTICE:  n1\n"
    assert error or collector.items[-1] == "NOTICE:  n60\n"
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_notices_of_a_deque_are_all_kept(conn, cur):
    conn.notices = collections.deque()
    for _ in range(3):
        raise_notices(cur, 40)
    assert len(conn.notices) == 120


@pytest.mark.parametrize("target", [None, 5, (), object()])
def test_notices_go_nowhere_without_append(conn, cur, target):
    conn.notices = target
    raise_notices(cur, 3)
    assert conn.notices is target
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
