"""Queries on asynchronous connections: one at a time, and done when poll() says so."""

import gc
import io
import select
import weakref

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import POLL_OK, POLL_READ
from psycopg2.extras import NamedTupleCursor, wait_select


@pytest.fixture
def aconn(connect):
    conn = connect(async_=1)
    wait_select(conn)
    return conn


@pytest.fixture
def acur(aconn):
    return aconn.cursor()


def ask(cur, *args):
    """Execute, wait, and return all rows."""
    cur.execute(*args)
    wait_select(cur.connection)
    return cur.fetchall()


def test_async_query(aconn, acur):
    acur.execute("select %s, %s", (1, "a"))
    assert acur.query == b"select 1, 'a'"
    assert (acur.rowcount, acur.description) == (-1, None)
    assert aconn.isexecuting() is True
    assert aconn.get_transaction_status() == extensions.TRANSACTION_STATUS_ACTIVE
    wait_select(aconn)
    assert aconn.isexecuting() is False
    assert acur.rowcount == 1
    assert acur.statusmessage == "SELECT 1"
    assert [column.type_code for column in acur.description] == [23, 25]
    assert acur.fetchall() == [(1, "a")]


def test_async_query_larger_than_the_socket_takes(acur):
    # Sending it takes several steps, receiving it too.
    text = "x" * 20_000_000
    assert ask(acur, "select %s", (text,)) == [(text,)]


def test_async_many_rows(acur):
    assert ask(acur, "select generate_series(1, 20000)")[-1] == (20000,)


def test_async_no_transaction_is_begun(aconn, acur):
    ask(acur, "select 1")
    assert aconn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    assert aconn.status == extensions.STATUS_READY


def test_async_transaction_by_hand(aconn, acur):
    acur.execute("begin")
    wait_select(aconn)
    assert aconn.get_transaction_status() == extensions.TRANSACTION_STATUS_INTRANS
    assert (acur.statusmessage, acur.rowcount) == ("BEGIN", -1)
    acur.execute("rollback")
    wait_select(aconn)
    assert aconn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_async_several_statements_give_the_last_result(acur):
    assert ask(acur, "select 1; select 2") == [(2,)]


def test_async_callproc(aconn, acur):
    assert acur.callproc("abs", (-3,)) == (-3,)
    wait_select(aconn)
    assert acur.fetchall() == [(3,)]


def test_async_scroll_and_iterate(aconn, acur):
    acur.execute("select generate_series(1, 5)")
    wait_select(aconn)
    assert acur.fetchone() == (1,)
    acur.scroll(2)
    assert acur.fetchone() == (4,)
    assert list(acur) == [(5,)]


def test_async_cursor_factory(aconn):
    cur = aconn.cursor(cursor_factory=NamedTupleCursor)
    cur.execute("select 1 as a")
    wait_select(aconn)
    assert cur.fetchone().a == 1


BUSY = {
    "execute": lambda cur: cur.execute("select 2"),
    "callproc": lambda cur: cur.callproc("now"),
}


@pytest.mark.parametrize("which", ["same", "other"])
@pytest.mark.parametrize("name", BUSY)
def test_async_busy_until_polled_through(aconn, acur, name, which):
    acur.execute("select 1")
    cur = acur if which == "same" else aconn.cursor()
    select.select([aconn], [], [], 60)  # the answer is here, but nobody has taken it
    with pytest.raises(
        psycopg2.ProgrammingError,
        match=f"^{name} cannot be used while an asynchronous query is underway",
    ):
        BUSY[name](cur)
    wait_select(aconn)
    assert acur.fetchall() == [(1,)]
    BUSY[name](cur)
    wait_select(aconn)
    assert cur.rowcount == 1


@pytest.mark.parametrize("name", ["fetchone", "fetchmany", "fetchall", "__next__"])
def test_async_nothing_to_fetch_while_busy(aconn, acur, name):
    ask(acur, "select 1, 2")
    acur.execute("select 3")
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        getattr(acur, name)()
    wait_select(aconn)
    assert acur.fetchone() == (3,)


CANNOT = {
    "executemany": lambda cur: cur.executemany("select %s", [(1,)]),
    "copy_from": lambda cur: cur.copy_from(io.StringIO("1\n"), "t"),
    "copy_to": lambda cur: cur.copy_to(io.StringIO(), "t"),
    "copy_expert": lambda cur: cur.copy_expert("copy t to stdout", io.StringIO()),
}


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("name", CANNOT)
def test_async_cannot(aconn, acur, name, busy):
    if busy:
        acur.execute("select 1")
    with pytest.raises(
        psycopg2.ProgrammingError, match=f"^{name} cannot be used in asynchronous mode"
    ):
        CANNOT[name](acur)
    wait_select(aconn)
    assert ask(acur, "select 5") == [(5,)]


def test_async_while_busy_the_rest_goes_on(aconn, acur):
    acur.execute("select 1")
    assert acur.mogrify("select %s", ("a",)) == b"select 'a'"
    assert acur.cast(23, "7") == 7
    assert aconn.get_parameter_status("server_encoding")
    assert aconn.get_backend_pid() > 0
    assert extensions.quote_ident("a", aconn) == '"a"'
    wait_select(aconn)
    assert acur.fetchone() == (1,)


def test_async_copy_to_stdout_gives_lines(acur):
    assert ask(acur, "copy (select generate_series(1, 2)) to stdout") == ["1\n", "2\n"]


def test_async_copy_from_stdin_is_refused(aconn, acur):
    acur.execute("create temp table t (i int); copy t from stdin")
    with pytest.raises(psycopg2.ProgrammingError, match=r"copy_expert\(\)"):
        wait_select(aconn)
    assert aconn.isexecuting() is False
    assert ask(acur, "select 5") == [(5,)]


def test_async_empty_query_is_told_by_execute(aconn, acur):
    with pytest.raises(psycopg2.ProgrammingError, match="can't execute an empty query"):
        acur.execute("")
    assert aconn.isexecuting() is False
    assert ask(acur, "select 5") == [(5,)]


def test_async_error_in_composing_sends_nothing(aconn, acur):
    with pytest.raises(IndexError):
        acur.execute("select %s", ())
    assert aconn.isexecuting() is False
    assert ask(acur, "select 5") == [(5,)]


def test_async_error_of_the_server(aconn, acur):
    acur.execute("select nope")
    with pytest.raises(psycopg2.errors.UndefinedColumn) as caught:
        wait_select(aconn)
    assert caught.value.cursor is acur
    assert caught.value.diag.severity == "ERROR"
    assert aconn.isexecuting() is False
    assert (acur.rowcount, acur.description) == (-1, None)
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        acur.fetchone()
    assert ask(acur, "select 5") == [(5,)]


def test_async_cancel(aconn, acur, conn, cur):
    # A server that has not begun with the query knows of nothing to cancel.
    conn.autocommit = True
    acur.execute("select pg_sleep(600)")
    assert aconn.poll() == POLL_READ
    event = None
    while event != ("PgSleep",):
        cur.execute(
            "select wait_event from pg_stat_activity where pid = %s", (aconn.get_backend_pid(),)
        )
        event = cur.fetchone()
    aconn.cancel()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        wait_select(aconn)
    assert ask(acur, "select 5") == [(5,)]


def test_async_cursor_closed_while_executing(aconn, acur):
    acur.execute("select 1")
    acur.close()
    assert aconn.isexecuting() is True
    wait_select(aconn)
    assert aconn.isexecuting() is False
    with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
        acur.fetchone()


def test_async_cursor_dropped_while_executing(aconn):
    cur = aconn.cursor()
    ref = weakref.ref(cur)
    cur.execute("select 1")
    del cur
    gc.collect()
    assert ref() is None
    assert aconn.isexecuting() is True
    with pytest.raises(psycopg2.InterfaceError, match="the asynchronous cursor has disappeared"):
        wait_select(aconn)
    assert aconn.isexecuting() is False
    assert ask(aconn.cursor(), "select 5") == [(5,)]


def test_async_cursor_dropped_and_the_query_fails(aconn):
    aconn.cursor().execute("select nope")
    gc.collect()
    with pytest.raises(psycopg2.errors.UndefinedColumn) as caught:
        wait_select(aconn)
    assert caught.value.cursor is None


def test_async_connection_closed_while_executing(aconn, acur, cur):
    # The server sees to its end only then that nobody is there, so the query must be a short one.
    cur.execute("select pg_advisory_lock(770011)")
    acur.execute("select pg_advisory_xact_lock(770011)")
    aconn.close()
    cur.execute("select pg_advisory_unlock(770011)")
    assert (aconn.closed, acur.closed) == (1, True)
    assert aconn.isexecuting() is False
    for call in (aconn.poll, aconn.fileno):
        with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
            call()


def test_async_everything_dropped_while_executing(dsn):
    conn = psycopg2.connect(dsn, async_=1)
    wait_select(conn)
    cur = conn.cursor()
    ref = weakref.ref(conn)
    cur.execute("select 1")
    del cur, conn
    gc.collect()
    assert ref() is None


def kill(cur, conn):
    cur.execute("select pg_terminate_backend(%s, 60000)", (conn.get_backend_pid(),))
    assert cur.fetchone() == (True,)


def test_async_server_process_killed_while_executing(aconn, acur, cur):
    acur.execute("select pg_sleep(600)")
    kill(cur, aconn)
    with pytest.raises(psycopg2.OperationalError, match="terminating connection") as caught:
        wait_select(aconn)
    assert caught.value.cursor is acur
    assert (aconn.closed, acur.closed) == (2, True)
    assert aconn.isexecuting() is False
    with pytest.raises(psycopg2.InterfaceError):
        aconn.poll()


def test_async_server_process_killed_while_idle(aconn, cur):
    kill(cur, aconn)
    with pytest.raises(psycopg2.OperationalError, match="closed"):
        while select.select([aconn], [], [], 60)[0]:
            assert aconn.poll() == POLL_OK
    assert aconn.closed == 2


def test_async_wire_broken_amid_the_answer(proxy, connect):
    conn = connect(proxy.dsn, async_=1)
    wait_select(conn)
    cur = conn.cursor()
    proxy.cut_after(5000)
    cur.execute("select generate_series(1, 100000)")
    with pytest.raises(psycopg2.OperationalError):
        wait_select(conn)
    assert conn.closed == 2


def test_async_notifies(aconn, acur, conn, cur):
    acur.execute("listen row")
    wait_select(aconn)
    cur.execute("notify row, 'one'; notify row, 'two'")
    conn.commit()
    while len(aconn.notifies) < 2:
        assert select.select([aconn], [], [], 60)[0]
        assert aconn.poll() == POLL_OK
    assert [(n.pid, n.channel, n.payload) for n in aconn.notifies] == [
        (conn.get_backend_pid(), "row", "one"),
        (conn.get_backend_pid(), "row", "two"),
    ]


def test_async_notices(aconn, acur):
    acur.execute("do $$ begin raise notice 'hello'; end $$")
    wait_select(aconn)
    assert aconn.notices == ["NOTICE:  hello\n"]


def test_async_encoding_is_followed(aconn, acur):
    acur.execute("set client_encoding to latin1")
    wait_select(aconn)
    assert aconn.encoding == "LATIN1"
    assert ask(acur, "select %s", ("é",)) == [("é",)]


def test_async_poll_of_a_blocking_connection(conn, cur):
    assert conn.poll() == POLL_OK
    assert conn.isexecuting() is False


def test_async_typecaster_that_executes_gets_no_hang(aconn, acur):
    # The result is with the cursor by then: another query may be sent.
    other = aconn.cursor()

    def cast(value, cur):
        other.execute("select 7")
        return value

    extensions.register_type(extensions.new_type((25,), "T", cast), acur)
    acur.execute("select 'a'::text")
    wait_select(aconn)
    assert acur.fetchone() == ("a",)
    wait_select(aconn)
    assert other.fetchone() == (7,)
