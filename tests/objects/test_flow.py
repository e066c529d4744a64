"""A large answer is waited for in large pieces, and nobody notices but the processor."""

import collections
import io
import os
import signal
import socket
import threading

import pytest

# Rows of 8 KB that take the server longer than the client.
LONG = """select i, repeat(md5(i::text), 250),
    (select count(*) from generate_series(1, 2000 + i % 2)) from generate_series(1, 50000) i"""
WAYS = {
    "execute": lambda cur: cur.execute(LONG),
    "copy": lambda cur: cur.copy_expert(f"copy ({LONG}) to stdout", io.BytesIO()),
    "copy by execute": lambda cur: cur.execute(f"copy ({LONG}) to stdout"),
    # in C all the way: a signal that Python code sees leaves the stream where it is
    "stream": lambda cur: collections.deque(cur.stream(LONG, size=100), maxlen=0),
}


@pytest.fixture
def least(conn):
    """A function that tells how many bytes poll() waits for on the connection's socket."""
    with socket.socket(fileno=os.dup(conn.fileno())) as sock:
        yield lambda: sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)


@pytest.fixture
def when_flowing(least):
    """Call something, in another thread, when the connection has been seen waiting for much."""
    seen, done = threading.Event(), threading.Event()
    threads = []

    def watch(action):
        while not done.is_set():
            if least() > 1:
                seen.set()
                action()
                return

    def start(action):
        threads.append(threading.Thread(target=watch, args=(action,)))
        threads[-1].start()
        return seen

    yield start
    done.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("way", WAYS)
def test_large_answer_is_waited_for_in_large_pieces(conn, least, when_flowing, way):
    """While it flows; afterwards the socket is as it was, for those who wait for it themselves."""
    seen = when_flowing(conn.cancel)
    cur = conn.cursor()
    with pytest.raises(conn.OperationalError, match="canceling statement"):
        WAYS[way](cur)
    assert seen.is_set()
    assert least() == 1
    conn.rollback()
    cur.execute("select 'usable'")
    assert cur.fetchone() == ("usable",)


@pytest.mark.parametrize("way", WAYS)
def test_signal_is_seen_while_a_large_answer_flows(conn, least, when_flowing, way):
    class Alarm(Exception):
        pass

    def handle(signum, frame):
        raise Alarm

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        main = threading.main_thread().ident
        when_flowing(lambda: signal.pthread_kill(main, signal.SIGUSR1))
        cur = conn.cursor()
        with pytest.raises(Alarm):
            WAYS[way](cur)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert least() == 1
    conn.rollback()
    cur = conn.cursor()
    cur.execute("select 'usable'")
    assert cur.fetchone() == ("usable",)


def test_pieces_of_every_size_make_one_answer(conn):
    """Rows of 0 to 300 KB, in an order that no piece fits."""
    sizes = [(i * 7919) % 300000 if i % 10 == 0 else i % 100 for i in range(2000)]
    cur = conn.cursor()
    cur.execute("select repeat(chr(97 + size %% 26), size) from unnest(%s) size", (sizes,))
    rows = cur.fetchall()
    assert [len(text) for (text,) in rows] == sizes
    assert all(text == chr(97 + len(text) % 26) * len(text) for (text,) in rows)
