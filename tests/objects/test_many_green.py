"""executemany(), execute_batch() and execute_values() through a wait callback, and with Ctrl-C."""

import select

import pytest

import psycopg2
from psycopg2 import errors, extensions
from psycopg2.extensions import POLL_OK, POLL_READ
from psycopg2.extras import execute_batch, execute_values, wait_select

INSERT = "insert into t (a, b) values (%s, %s)"
VALUES = "insert into t (a, b) values %s"
WAYS = {
    "executemany": lambda cur, rows: cur.executemany(INSERT, rows),
    "executemany of an iterator": lambda cur, rows: cur.executemany(INSERT, iter(rows)),
    "execute_batch": lambda cur, rows: execute_batch(cur, INSERT, rows, page_size=50),
    "execute_values": lambda cur, rows: execute_values(cur, VALUES, rows, page_size=50),
    "execute_values, composed": lambda cur, rows: execute_values(
        cur, VALUES, rows, template="(%s, lower(%s)::text)", page_size=50
    ),
    "copy_records": lambda cur, rows: cur.copy_records("t", rows),
}
ROWS = [(i, f"row {i}") for i in range(20_000)]
# By these a statement for a row can be written that waits.
SLEEPERS = {
    "executemany": lambda cur, rows: cur.executemany(
        "insert into t (a) select %s from pg_sleep(%s)", rows
    ),
    "execute_batch": lambda cur, rows: execute_batch(
        cur, "insert into t (a) select %s from pg_sleep(%s)", rows, page_size=2
    ),
    "execute_values": lambda cur, rows: execute_values(
        cur,
        "insert into t (a) select a from (values %s) v (a, s), pg_sleep(v.s)",
        rows,
        page_size=2,
    ),
}
SLEEPY = [(1, 0), (2, 0), (3, 0), (4, 600), (5, 0), (6, 0)]


class Boom(Exception):
    pass


@pytest.fixture
def set_callback():
    yield extensions.set_wait_callback
    extensions.set_wait_callback(None)


@pytest.fixture
def table(conn, cur):
    cur.execute("create temp table t (a int primary key, b text)")
    conn.commit()
    return cur


def count(cur):
    cur.execute("select count(*), sum(a), count(b) from t")
    return cur.fetchone()


@pytest.mark.parametrize("autocommit", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_results_are_what_they_are_without(table, conn, set_callback, way, autocommit):
    rows = ROWS[:500] if autocommit else ROWS
    calls = []

    def callback(conn):
        calls.append(1)
        wait_select(conn)

    told = []
    for green in (False, True):
        set_callback(callback if green else None)
        conn.autocommit = autocommit
        WAYS[way](table, rows)
        told.append([table.rowcount, table.statusmessage, table.query, *count(table)])
        if autocommit:
            table.execute("truncate t")
        else:
            conn.rollback()
    assert told[0] == told[1]
    assert told[0][3:] == [len(rows), sum(a for a, _ in rows), len(rows)]
    assert len(calls) > 2


@pytest.mark.parametrize("way", WAYS)
def test_errors_are_what_they_are_without(table, conn, set_callback, way):
    rows = [*ROWS]
    rows[7003] = (7001, "twice")
    told = []
    for callback in (None, wait_select):
        set_callback(callback)
        with pytest.raises(errors.UniqueViolation) as e:
            WAYS[way](table, rows)
        told.append([str(e.value), table.query, table.rowcount, conn.get_transaction_status()])
        assert e.value.cursor is table
        conn.rollback()
        assert count(table) == (0, None, 0)
        conn.rollback()
    assert told[0] == told[1]


@pytest.mark.parametrize("waits", [0, 1, 2])
@pytest.mark.parametrize("way", WAYS)
def test_an_exception_of_the_callback_comes_through(table, conn, set_callback, way, waits):
    """And closes the connection, whichever of the waits it is that ends so."""
    left = [None] * waits

    def callback(conn):
        if left:
            left.pop()
            return wait_select(conn)
        conn.poll()
        raise Boom("in the callback")

    set_callback(callback)
    with pytest.raises(Boom, match="in the callback"):
        WAYS[way](table, ROWS)
        conn.commit()  # where there were no more waits than that
        table.execute("select 1")
    assert conn.closed == 2
    with pytest.raises(psycopg2.InterfaceError, match="already closed"):
        WAYS[way](table, ROWS)


@pytest.mark.parametrize("way", SLEEPERS)
def test_the_callback_cancels(table, conn, set_callback, way):
    """Once the server is at work: the rest is read, and the connection lives."""

    def callback(waiting):
        cancelled = False
        while (state := waiting.poll()) != POLL_OK:
            assert state == POLL_READ or not cancelled
            poller = select.poll()
            poller.register(waiting.fileno(), select.POLLIN)
            while not poller.poll(20):
                if not cancelled and is_asleep():
                    waiting.cancel()
                    cancelled = True

    def is_asleep():
        set_callback(None)  # of this very thread, for the other connection
        try:
            watch.execute(
                "select 1 from pg_stat_activity where wait_event = 'PgSleep' and pid = %s", (pid,)
            )
            return watch.fetchone()
        finally:
            set_callback(callback)

    pid = conn.get_backend_pid()
    watcher = psycopg2.connect(conn.dsn)
    watcher.autocommit = True
    watch = watcher.cursor()
    set_callback(callback)
    with pytest.raises(errors.QueryCanceled):
        SLEEPERS[way](table, SLEEPY)
    set_callback(None)
    watcher.close()
    assert conn.closed == 0
    conn.rollback()
    assert count(table) == (0, None, 0)


@pytest.mark.parametrize("autocommit", [False, True])
@pytest.mark.parametrize("way", SLEEPERS)
def test_ctrl_c_in_the_midst(table, conn, interrupt_at_work, way, autocommit):
    conn.autocommit = autocommit
    interrupt_at_work(conn)
    with pytest.raises(KeyboardInterrupt):
        SLEEPERS[way](table, SLEEPY)
    assert conn.closed == 0
    conn.rollback()
    # in autocommit what was executed by itself stays: rows, or pages
    done = {"executemany": 3, "execute_batch": 2, "execute_values": 2}[way]
    assert count(table)[0] == (done if autocommit else 0)
    WAYS["execute_values"](table, ROWS[10:200])


def test_ctrl_c_in_the_midst_of_a_copy(table, conn, interrupt_at_work):
    table.execute(
        "create function pg_temp.wait() returns trigger language plpgsql as "
        "$$begin if new.a = 15000 then perform pg_sleep(600); end if; return new; end$$;"
        "create trigger t before insert on t for each row execute function pg_temp.wait()"
    )
    conn.commit()
    interrupt_at_work(conn)
    with pytest.raises(KeyboardInterrupt):
        table.copy_records("t", ROWS)
    assert conn.closed == 0
    conn.rollback()
    assert count(table) == (0, None, 0)
