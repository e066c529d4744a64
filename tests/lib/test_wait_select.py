"""wait_select()."""

import os
import signal
import threading

import pytest

import psycopg2
from psycopg2 import _wait, errors, extensions
from psycopg2.extras import wait_select


@pytest.fixture
def aconn(connect, dsn):
    conn = connect(dsn, async_=1)
    wait_select(conn)
    return conn


@pytest.fixture
def green():
    extensions.set_wait_callback(wait_select)
    yield
    extensions.set_wait_callback(None)


@pytest.fixture
def interrupt_when_running(monkeypatch, conn2):
    """A function: send SIGINT to this process once the query of *conn* runs; the thread.

    It waits until the main thread is within wait_select(), so that nothing else is interrupted.
    """
    waiting = threading.Event()
    wait = _wait._wait
    conn2.autocommit = True

    def tell_and_wait(conn, reading):
        if threading.current_thread() is threading.main_thread():
            waiting.set()
        wait(conn, reading)

    def watch(pid):
        waiting.wait()
        cur = conn2.cursor()
        state = None
        while state != ("active", "PgSleep"):
            cur.execute("select state, wait_event from pg_stat_activity where pid = %s", (pid,))
            state = cur.fetchone()
        os.kill(os.getpid(), signal.SIGINT)

    def start(conn):
        waiting.clear()
        thread = threading.Thread(target=watch, args=(conn.info.backend_pid,), daemon=True)
        thread.start()
        return thread

    monkeypatch.setattr(_wait, "_wait", tell_and_wait)
    return start


def test_waits_for_a_connection(aconn):
    assert aconn.closed == 0
    assert aconn.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE


def test_waits_for_a_query(aconn):
    cur = aconn.cursor()
    cur.execute("select pg_sleep(0.05), 'x'")
    assert wait_select(aconn) is None
    assert cur.fetchone()[1] == "x"


def test_waits_for_a_large_query(aconn):
    cur = aconn.cursor()
    cur.execute("select length(%s)", ("x" * 5_000_000,))
    wait_select(aconn)
    assert cur.fetchone() == (5_000_000,)


def test_raises_what_the_server_says(aconn):
    cur = aconn.cursor()
    cur.execute("select nosuch")
    with pytest.raises(errors.UndefinedColumn):
        wait_select(aconn)
    cur.execute("select 1")
    wait_select(aconn)
    assert cur.fetchone() == (1,)


def test_raises_when_there_is_no_server():
    with pytest.raises(psycopg2.OperationalError):
        wait_select(psycopg2.connect("host=127.0.0.1 port=1 dbname=x user=x", async_=1))


def test_nothing_to_wait_for(conn, aconn):
    assert wait_select(conn) is None
    assert wait_select(aconn) is None


@pytest.mark.parametrize("what", [None, 5])
def test_needs_a_connection(what):
    with pytest.raises(AttributeError):
        wait_select(what)


def test_ctrl_c_cancels_the_query(aconn, interrupt_when_running):
    cur = aconn.cursor()
    cur.execute("select pg_sleep(60)")
    thread = interrupt_when_running(aconn)
    with pytest.raises(errors.QueryCanceled):
        wait_select(aconn)
    thread.join()
    cur.execute("select 1")
    wait_select(aconn)
    assert cur.fetchone() == (1,)


def test_ctrl_c_is_not_lost_where_the_query_ends_well(aconn, interrupt_when_running):
    cur = aconn.cursor()
    cur.execute("select pg_sleep(60)")
    cancelled = []

    class Conn:
        """The connection, whose query ends when it is cancelled instead of failing."""

        async_ = 1

        def __getattr__(self, name):
            return getattr(aconn, name)

        def poll(self):
            try:
                return aconn.poll()
            except errors.QueryCanceled:
                cancelled.append(True)
                return extensions.POLL_OK

    thread = interrupt_when_running(aconn)
    with pytest.raises(KeyboardInterrupt):
        wait_select(Conn())
    thread.join()
    assert cancelled == [True]


def test_as_the_wait_callback(green, connect):
    conn = connect()
    cur = conn.cursor()
    cur.execute("select pg_sleep(0.02), 'x'")
    assert cur.fetchone()[1] == "x"
    with pytest.raises(errors.UndefinedColumn):
        cur.execute("select nosuch")
    conn.rollback()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_ctrl_c_as_the_wait_callback(green, connect, interrupt_when_running):
    conn = connect()
    conn.autocommit = True  # the query is then all that is waited for
    cur = conn.cursor()
    thread = interrupt_when_running(conn)
    with pytest.raises(errors.QueryCanceled):
        cur.execute("select pg_sleep(60)")
    thread.join()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
