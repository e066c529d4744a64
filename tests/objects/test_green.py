"""Waiting through a callback: what goes through it, and what it may do wrong."""

import io
import select

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE
from psycopg2.extras import wait_select


class Waiter:
    """A wait callback that counts its calls, and what poll() told it."""

    def __init__(self):
        self.calls = 0
        self.said = []

    def __call__(self, conn):
        self.calls += 1
        while True:
            self.said.append(conn.poll())
            if self.said[-1] == POLL_OK:
                return
            if self.said[-1] == POLL_READ:
                assert select.select([conn], [], [], 60)[0]
            else:
                assert self.said[-1] == POLL_WRITE
                assert select.select([], [conn], [], 60)[1]

    def take(self):
        """Return how often it was called since it was last asked."""
        calls, self.calls = self.calls, 0
        return calls


@pytest.fixture
def set_callback():
    yield extensions.set_wait_callback
    extensions.set_wait_callback(None)


@pytest.fixture
def waiter(set_callback):
    waiter = Waiter()
    set_callback(waiter)
    return waiter


@pytest.fixture
def gconn(waiter, connect):
    """A connection that was made through the callback."""
    conn = connect()
    waiter.take()
    return conn


@pytest.fixture
def gcur(gconn):
    return gconn.cursor()


class Boom(Exception):
    pass


def test_green_get_and_set(set_callback):
    assert extensions.get_wait_callback() is None
    assert set_callback(wait_select) is None
    assert extensions.get_wait_callback() is wait_select
    set_callback(None)
    assert extensions.get_wait_callback() is None


@pytest.mark.parametrize("value", [5, "wait_select", object()])
def test_green_callback_must_be_callable(set_callback, value):
    set_callback(wait_select)
    with pytest.raises(TypeError, match="callable or None"):
        set_callback(value)
    assert extensions.get_wait_callback() is wait_select


def test_green_connect(waiter, connect):
    conn = connect()
    assert waiter.take() == 1
    assert {POLL_READ, POLL_WRITE, POLL_OK} == set(waiter.said)
    assert (conn.status, conn.closed, conn.async_) == (extensions.STATUS_READY, 0, 0)
    assert conn.encoding == "UTF8"
    assert conn.autocommit is False


def test_green_connect_and_set_the_date_style(waiter, connect, dsn):
    conn = connect(dsn, options="-c datestyle=german")
    assert waiter.take() == 2
    assert conn.get_parameter_status("DateStyle").startswith("ISO")


BLOCKING = {
    "execute": (lambda conn, cur: cur.execute("select 1"), 1),
    "execute, two trips": (lambda conn, cur: cur.execute("select 1; select 2"), 2),
    "executemany": (lambda conn, cur: cur.executemany("select %s", [(1,), (2,)]), 2),
    "callproc": (lambda conn, cur: cur.callproc("now"), 1),
    "named": (lambda conn, cur: conn.cursor("n").execute("select 1"), 1),
    "set_isolation_level": (lambda conn, cur: conn.set_isolation_level(1), 0),
    "set_client_encoding": (lambda conn, cur: conn.set_client_encoding("latin1"), 1),
    "reset": (lambda conn, cur: conn.reset(), 1),
    "tpc_begin": (lambda conn, cur: conn.tpc_begin("green"), 1),
    "tpc_recover": (lambda conn, cur: conn.tpc_recover(), 2),
    "lobject": (lambda conn, cur: conn.lobject(), 3),
}


@pytest.mark.parametrize("name", BLOCKING)
def test_green_calls_go_through_the_callback(gconn, gcur, waiter, name):
    call, times = BLOCKING[name]
    call(gconn, gcur)
    assert waiter.take() == times


def test_green_transaction_goes_through_the_callback(gconn, gcur, waiter):
    for end in (gconn.commit, gconn.rollback):
        gcur.execute("select 1")
        assert waiter.take() == 1
        end()
        assert waiter.take() == 1
        end()
        assert waiter.take() == 0


def test_green_named_cursor_goes_through_the_callback(gconn, waiter):
    cur = gconn.cursor("n")
    cur.execute("select generate_series(1, 10)")
    waiter.take()
    assert cur.fetchone() == (1,)
    assert waiter.take() == 1
    cur.scroll(2)
    assert waiter.take() == 1
    cur.close()
    assert waiter.take() == 1


def test_green_result(gcur):
    gcur.execute("select i, repeat('x', 100) from generate_series(1, 20000) i")
    rows = gcur.fetchall()
    assert len(rows) == 20000
    assert rows[-1] == (20000, "x" * 100)


def test_green_query_larger_than_the_socket_takes(gcur, waiter):
    text = "x" * 20_000_000
    gcur.execute("select length(%s)", (text,))
    assert gcur.fetchone() == (len(text),)
    assert POLL_WRITE in waiter.said


def test_green_copy_there_and_back(gcur, waiter):
    text = "".join(f"{i}\tline {i}\n" for i in range(200_000))
    gcur.execute("create temp table t (i int, s text)")
    waiter.take()
    gcur.copy_from(io.StringIO(text), "t")
    assert waiter.take() >= 2
    out = io.StringIO()
    gcur.copy_to(out, "t")
    assert waiter.take() >= 2
    assert out.getvalue() == text
    gcur.copy_expert("copy t (i) to stdout", out)
    assert waiter.take() >= 2


def test_green_large_object_there_and_back(gconn, waiter):
    obj = gconn.lobject(0, "wb")
    waiter.take()
    for call in (lambda: obj.write(b"abc" * 1000), lambda: obj.seek(3), obj.tell, obj.read):
        call()
        assert waiter.take() >= 1
    obj.unlink()
    assert waiter.take() >= 1


def test_green_error_of_the_server(gconn, gcur):
    with pytest.raises(psycopg2.errors.UndefinedColumn) as caught:
        gcur.execute("select nope")
    assert caught.value.cursor is gcur
    gconn.rollback()
    gcur.execute("select 5")
    assert gcur.fetchone() == (5,)


def test_green_async_connections_have_nothing_of_it(waiter, connect):
    conn = connect(async_=1)
    assert waiter.take() == 0
    wait_select(conn)
    cur = conn.cursor()
    cur.execute("select 1")
    wait_select(conn)
    assert cur.fetchone() == (1,)
    assert waiter.take() == 0


def test_green_set_in_mid_life(conn, cur, set_callback):
    cur.execute("select 1")
    waiter = Waiter()
    set_callback(waiter)
    cur.execute("select 2")
    assert waiter.take() == 1
    set_callback(None)
    cur.execute("select 3")
    assert waiter.take() == 0
    assert cur.fetchone() == (3,)


def test_green_not_executing(gconn):
    assert gconn.poll() == POLL_OK
    assert gconn.isexecuting() is False


def test_green_no_server(waiter):
    with pytest.raises(psycopg2.OperationalError, match="port 1 failed"):
        psycopg2.connect("host=127.0.0.1 port=1")


def test_green_no_such_database(waiter, dsn):
    with pytest.raises(psycopg2.OperationalError, match='"no such" does not exist'):
        psycopg2.connect(dsn, dbname="no such")


def test_green_server_process_killed(gconn, gcur, waiter, conn, cur):
    cur.execute("select pg_terminate_backend(%s, 60000)", (gconn.get_backend_pid(),))
    with pytest.raises(psycopg2.OperationalError, match="terminating connection"):
        gcur.execute("select 1")
    assert gconn.closed == 2


# -- A callback that raises --


def raise_boom(conn):
    raise Boom("in the callback")


def test_green_exception_while_connecting(set_callback, dsn):
    set_callback(raise_boom)
    with pytest.raises(Boom, match="in the callback"):
        psycopg2.connect(dsn)


RAISING = {
    "execute": lambda conn, cur: cur.execute("select 1; select 2"),
    "commit": lambda conn, cur: conn.commit(),
    "copy_from": lambda conn, cur: cur.copy_from(io.StringIO("1\n"), "t"),
    "copy_to": lambda conn, cur: cur.copy_to(io.StringIO(), "t"),
    "lobject": lambda conn, cur: conn.lobject(),
    "executemany": lambda conn, cur: cur.executemany(
        "insert into t values (%s)", [(i,) for i in range(20_000)]
    ),
}


@pytest.mark.parametrize(
    ("name", "after"), [(name, after) for name in RAISING for after in (0, 1) if name != "commit"]
)
def test_green_exception_closes_the_connection(gconn, gcur, waiter, set_callback, name, after):
    gcur.execute("create temp table t as select 1 as i")
    gconn.commit()
    left = [None] * after

    def callback(conn):
        if left:
            left.pop()
            return waiter(conn)
        conn.poll()
        raise Boom("in the callback")

    set_callback(callback)
    with pytest.raises(Boom, match="in the callback"):
        RAISING[name](gconn, gcur)
    assert gconn.closed == 2
    assert gcur.closed
    assert gconn.get_transaction_status() == extensions.TRANSACTION_STATUS_UNKNOWN
    for call in (gconn.cursor, gconn.commit, gconn.poll):
        with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
            call()
    with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
        gcur.execute("select 1")
    gconn.close()


def test_green_exception_in_commit_closes_the_connection(gconn, gcur, set_callback):
    gcur.execute("select 1")
    set_callback(raise_boom)
    with pytest.raises(Boom):
        gconn.commit()
    assert gconn.closed == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_green_exception_of_any_kind_comes_through(gconn, gcur, set_callback, error):
    def callback(conn):
        raise error

    set_callback(callback)
    with pytest.raises(error):
        gcur.execute("select 1")
    assert gconn.closed == 2


# -- A callback that does not do what it should --


def poll_once(conn):
    conn.poll()


def not_at_all(conn):
    pass


@pytest.mark.parametrize("callback", [poll_once, not_at_all], ids=lambda f: f.__name__)
def test_green_back_too_early(set_callback, connect, callback):
    # The rest is waited for in the usual way: the answer is right, if not green.
    set_callback(callback)
    conn = connect()
    assert conn.encoding == "UTF8"
    cur = conn.cursor()
    cur.execute("select pg_sleep(0.05), %s", ("x" * 1_000_000,))
    assert len(cur.fetchone()[1]) == 1_000_000
    cur.execute("create temp table t (s text)")
    cur.copy_from(io.StringIO(f"{'x' * 1000}\n" * 10000), "t")
    out = io.StringIO()
    cur.copy_to(out, "t")
    assert len(out.getvalue()) == 1001 * 10000
    conn.rollback()
    assert conn.status == extensions.STATUS_READY


def test_green_back_too_early_ctrl_c_still_works(set_callback, connect, interrupt_at_work):
    set_callback(id)  # as good as not_at_all, and no Python code that is itself interrupted
    green = connect()
    pid = green.get_backend_pid()
    with pytest.raises(KeyboardInterrupt):
        interrupt_at_work(green)
        green.cursor().execute("select pg_sleep(600)")
    assert green.get_backend_pid() == pid
    green.rollback()
    green.cursor().execute("select 1")


def test_green_polls_on_after_the_end(gconn, gcur, waiter, set_callback):
    def callback(conn):
        waiter(conn)
        assert [conn.poll(), conn.poll()] == [POLL_OK, POLL_OK]

    set_callback(callback)
    gcur.execute("select 1")
    assert gcur.fetchone() == (1,)
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        gcur.execute("select nope")


def test_green_closes_the_connection(gconn, gcur, set_callback):
    set_callback(lambda conn: conn.close())
    with pytest.raises(psycopg2.ProgrammingError, match="two greenlets"):
        gcur.execute("select 1")
    assert gconn.closed == 2
    gconn.close()
    assert gconn.closed == 1


def test_green_takes_itself_away(gcur, waiter, set_callback):
    def callback(conn):
        set_callback(None)
        waiter(conn)

    set_callback(callback)
    gcur.execute("select 1")
    assert gcur.fetchone() == (1,)
    assert waiter.take() == 1


def test_green_wait_select_is_one(set_callback, connect):
    set_callback(wait_select)
    cur = connect().cursor()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_green_answer_of_the_callback_does_not_matter(gcur, waiter, set_callback):
    set_callback(lambda conn: waiter(conn) or 5)
    gcur.execute("select 1")
    assert gcur.fetchone() == (1,)


@pytest.mark.parametrize("name", RAISING)
def test_green_use_in_the_callback_is_an_error(gconn, gcur, waiter, set_callback, name):
    gcur.execute("create temp table t as select 1 as i")
    errors = []

    def callback(conn):
        try:
            RAISING[name](conn, conn.cursor())
        except psycopg2.ProgrammingError as e:
            errors.append(str(e))
        waiter(conn)

    set_callback(callback)
    gcur.execute("select 1")
    assert errors == [
        "a single connection cannot be used by two greenlets at the same time",
    ]
    assert gcur.fetchone() == (1,)
