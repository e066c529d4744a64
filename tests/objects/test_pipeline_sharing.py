"""The connection while rows are sent ahead: other code that wants it, signals, and its end."""

import os
import threading
import time
import tracemalloc

import pytest

import psycopg2
from psycopg2 import errors, extensions
from psycopg2.extras import execute_batch

INSERT = "insert into t (a) values (%s)"
IDLE, INTRANS = extensions.TRANSACTION_STATUS_IDLE, extensions.TRANSACTION_STATUS_INTRANS


@pytest.fixture
def table(conn, cur):
    cur.execute("create temp table t (a int primary key)")
    conn.commit()
    return cur


def rows_of(cur):
    cur.execute("select a from t order by a")
    return [a for (a,) in cur.fetchall()]


def run_many(cur, rows):
    cur.executemany(INSERT, rows)


def run_batch(cur, rows):
    execute_batch(cur, INSERT, rows, page_size=3)


def test_the_iterable_finds_the_rows_before(table, conn):
    other, counts = conn.cursor(), []

    def rows():
        for i in range(40):
            yield (i,)
            if i % 7 == 0:
                other.execute("select count(*) from t")
                counts.append((i, *other.fetchone()))

    table.executemany(INSERT, rows())
    assert counts == [(i, i + 1) for i in range(0, 40, 7)]
    assert (table.rowcount, rows_of(table)) == (40, list(range(40)))


def test_the_iterable_looks_at_the_connection(table, conn):
    seen = []

    def rows():
        for i in range(10):
            seen.append(conn.get_transaction_status())
            yield (i,)

    table.executemany(INSERT, rows())
    assert seen == [IDLE] + [INTRANS] * 9
    assert rows_of(table) == list(range(10))


def test_the_iterable_commits(table, conn, conn2):
    def rows():
        yield from ((i,) for i in range(5))
        conn.commit()
        yield from ((i,) for i in range(5, 10))

    table.executemany(INSERT, rows())
    conn.rollback()
    assert rows_of(table) == list(range(5))


def test_rows_come_from_a_named_cursor_of_the_same_connection(table, conn):
    source = conn.cursor("source")
    source.itersize = 7
    source.execute("select generate_series(1, 100)")
    table.executemany(INSERT, source)
    assert (table.rowcount, rows_of(table)) == (100, list(range(1, 101)))


def test_the_iterable_waits_for_a_thread_that_uses_the_connection(table, conn):
    def rows():
        for i in range(3):
            yield (i,)
        thread = threading.Thread(target=lambda: found.extend(rows_of(conn.cursor())))
        thread.start()
        thread.join()
        for i in range(3, 6):
            yield (i,)

    found = []
    table.executemany(INSERT, rows())
    assert found == [0, 1, 2]
    assert rows_of(table) == list(range(6))


@pytest.mark.parametrize("autocommit", [False, True])
@pytest.mark.parametrize("fails", [0, 1, 3, 700])
def test_the_iterable_that_raises_has_its_rows_executed(table, conn, fails, autocommit):
    def rows():
        for i in range(fails):
            yield (i,)
        raise KeyError("no more")

    conn.autocommit = autocommit
    with pytest.raises(KeyError, match="no more"):
        table.executemany(INSERT, rows())
    assert table.rowcount == fails
    if fails:
        assert table.query == b"insert into t (a) values (%d)" % (fails - 1)
    assert rows_of(table) == list(range(fails))


def test_a_row_that_fails_is_told_before_what_the_iterable_raises(table):
    def rows():
        yield from [(1,), (2,), (1,)]
        raise KeyError("no more")

    with pytest.raises(errors.UniqueViolation):
        table.executemany(INSERT, rows())
    assert table.query == b"insert into t (a) values (1)"


def test_a_row_that_fails_is_told_to_the_iterable_that_uses_the_connection(table, conn):
    told = []

    def rows():
        yield from [(1,), (2,), (1,), (4,)]
        try:
            conn.cursor().execute("select 1")
        except psycopg2.Error as e:
            told.append(type(e))
        yield (5,)

    with pytest.raises(errors.UniqueViolation):
        table.executemany(INSERT, rows())
    assert told == [errors.UniqueViolation]
    conn.rollback()
    assert rows_of(table) == []


@pytest.mark.parametrize("count", [1, 5])
def test_the_iterable_that_ends_with_a_query_of_the_same_cursor(table, conn, count):
    def rows():
        yield from ((i,) for i in range(count))
        table.execute("select 1")

    table.executemany(INSERT, rows())
    assert (table.query, table.statusmessage) == (b"select 1", "SELECT 1")
    assert table.rowcount == count


def test_rows_that_come_slowly_do_not_wait_for_others(table, conn, conn2):
    """Each is sent when it comes: what the server did shows before the end, and what it refuses."""
    conn2.autocommit = True
    watching = conn2.cursor()
    watching.execute("drop sequence if exists many_slow; create sequence many_slow")

    def rows():
        for i in range(8):
            time.sleep(0.02)
            yield (i,)
        deadline = time.monotonic() + 30
        while not done and time.monotonic() < deadline:
            watching.execute("select last_value >= 7 from many_slow")
            done.extend(row for row in watching if row[0])

    done = []
    try:
        table.executemany("select nextval('many_slow') where 0 <= %s", rows())
    finally:
        conn.rollback()
        watching.execute("drop sequence many_slow")
    assert done


@pytest.mark.parametrize("run", [run_many, run_batch])
def test_what_a_lock_refuses_shows_the_row(table, conn, conn2, run):
    conn2.autocommit = True
    conn2.cursor().execute("drop table if exists many_locked; create table many_locked (a int)")
    conn2.autocommit = False
    conn2.cursor().execute("lock table many_locked")
    table.execute("set lock_timeout = 50")
    conn.commit()
    insert = "insert into many_locked (a) values (%s)"
    try:
        with pytest.raises(errors.LockNotAvailable) as failed:
            if run is run_many:
                table.executemany(insert, [(1,), (2,)])
            else:
                execute_batch(table, insert + " returning a", [(1,), (2,)], page_size=2)
        assert "LINE 1: insert into many_locked (a) values (1)" in str(failed.value)
    finally:
        conn2.cursor().execute("drop table many_locked")
        conn2.commit()


@pytest.mark.parametrize("run", [run_many, run_batch])
def test_the_iterable_that_closes_the_connection(table, conn, run):
    def rows():
        yield from ((i,) for i in range(5))
        conn.close()
        yield from ((i,) for i in range(5, 10))

    with pytest.raises(psycopg2.InterfaceError):
        run(table, rows())
    assert conn.closed


@pytest.mark.parametrize("run", [run_many, run_batch])
@pytest.mark.parametrize("at", [0, 1, 5, 3000])
def test_behind_a_row_that_fails_nothing_is_executed(table, conn, run, at):
    table.execute(
        "create temp sequence s; create function pg_temp.f(a int) returns int language sql "
        "volatile as 'select nextval(''s'')::int * 0 + a'"
    )
    conn.commit()
    values = [(i,) for i in range(4000)]
    values[at] = (values[at - 1] if at else "x") if at else ("x",)
    template = "insert into t (a) values (pg_temp.f(%s))"
    with pytest.raises(psycopg2.Error):
        if run is run_many:
            table.executemany(template, values)
        else:
            execute_batch(table, template, values, page_size=3)
    conn.rollback()
    table.execute("select last_value, is_called from s")
    assert table.fetchone()[0] <= at + 1
    assert table.rowcount == 1


@pytest.mark.parametrize("run", [run_many, run_batch])
def test_more_rows_than_the_wire_holds(table, run):
    """Neither side may wait for the other for ever."""
    count = 60_000
    run(table, ((i,) for i in range(count)))
    table.execute("select count(*), max(a) from t")
    assert table.fetchone() == (count, count - 1)


def test_answers_larger_than_the_wire_holds(table):
    rows = [(f"{i}" + "x" * 20_000,) for i in range(500)]
    table.executemany("select upper(%s), repeat('y', 20000)", rows)
    assert table.rowcount == 500


def test_rows_are_not_gathered(table):
    def rows():
        for i in range(200_000):
            if i % 20_000 == 0:
                peaks.append(tracemalloc.get_traced_memory()[0])
            yield (i,)

    peaks = []
    tracemalloc.start()
    try:
        table.executemany(INSERT, rows())
    finally:
        tracemalloc.stop()
    assert max(peaks) - peaks[1] < 2_000_000


def test_interrupt_ends_it_and_the_connection_lives(table, conn, interrupt_at_work):
    with pytest.raises(KeyboardInterrupt):
        interrupt_at_work(conn)
        table.executemany(
            "insert into t (a) select %s from pg_sleep(%s)", [(1, 0), (2, 0), (3, 600), (4, 0)]
        )
    assert conn.closed == 0
    conn.rollback()
    assert rows_of(table) == []


@pytest.mark.parametrize("run", [run_many, run_batch])
def test_the_server_ends_the_session_in_the_middle(table, conn, conn2, run):
    def rows():
        for i in range(20_000):
            if i == 10_000:
                conn2.cursor().execute("select pg_terminate_backend(%s, 10000)", (pid,))
            yield (i,)

    pid = conn.get_backend_pid()
    with pytest.raises(psycopg2.OperationalError):
        run(table, rows())
    assert conn.closed == 2


@pytest.mark.parametrize("value", [2, "two"])
def test_the_row_is_told_that_the_server_ends_the_session_at(table, conn, conn2, value):
    def rows():
        yield (1,)
        conn2.cursor().execute("select pg_terminate_backend(%s, 10000)", (pid,))
        yield (value,)
        yield (3,)

    pid = conn.get_backend_pid()
    table.execute("select 1")  # in a transaction the first row goes by itself
    with pytest.raises(psycopg2.OperationalError):
        table.executemany(INSERT, rows())
    assert table.query == INSERT.encode() % (b"2" if value == 2 else b"'two'")
    assert table.rowcount == -1


@pytest.mark.parametrize("size", [1, 100, 5000])
def test_the_wire_breaks_in_the_middle(proxy, connect, size):
    conn = connect(proxy.dsn)
    cur = conn.cursor()
    cur.execute("create temp table t (a int primary key)")
    proxy.cut_after(size)
    with pytest.raises(psycopg2.OperationalError):
        run_many(cur, [(i,) for i in range(20_000)])
    assert conn.closed == 2


def test_fork_in_the_iterable(table, conn):
    def rows():
        yield from [(1,), (2,), (3,)]
        child = os.fork()
        if child == 0:
            try:
                table.execute("select 1")
            except psycopg2.InterfaceError:
                os._exit(7)
            os._exit(1)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        yield (4,)

    statuses = []
    table.executemany(INSERT, rows())
    assert statuses == [7]
    assert rows_of(table) == [1, 2, 3, 4]
