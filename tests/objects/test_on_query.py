"""connection.on_query: told of each statement, once, whatever sends it."""

import gc
import io
import sys
import threading
import weakref

import pytest

import psycopg2
from psycopg2 import extensions, extras


class Log(list):
    """What the hook was told, without the durations, which it checks."""

    def __init__(self, conn):
        super().__init__()
        conn.on_query = self.add

    def add(self, query, duration, rowcount, error):
        assert type(duration) is float and duration >= 0
        assert type(query) is bytes
        self.append((query, rowcount, type(error) if error else None))


@pytest.fixture
def log(conn):
    return Log(conn)


FACTORIES = [
    extensions.cursor,
    extras.DictCursor,
    extras.RealDictCursor,
    extras.NamedTupleCursor,
    type("OwnCursor", (extensions.cursor,), {}),
]


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_execute_is_told_for_every_factory(conn, log, factory):
    cur = conn.cursor(cursor_factory=factory)
    cur.execute("select %s, generate_series(1, 3)", ("a",))
    assert log == [(b"select 'a', generate_series(1, 3)", 3, None)]
    cur.callproc("abs", (-1,))
    assert log[1:] == [(b"SELECT * FROM abs( -1)", 1, None)]


def test_commit_and_rollback_are_told_where_they_are_sent(conn, log):
    conn.commit()
    conn.rollback()
    assert log == []
    with conn, conn.cursor() as cur:
        cur.execute("select 1")
    cur = conn.cursor()
    cur.execute("select 2")
    conn.rollback()
    assert [entry[0] for entry in log] == [b"select 1", b"COMMIT", b"select 2", b"ROLLBACK"]
    assert log[1] == (b"COMMIT", -1, None)


def test_commit_that_fails_is_told(conn, cur):
    cur.execute("create temp table hook_t (a int unique deferrable initially deferred)")
    conn.commit()
    cur.execute("insert into hook_t values (1), (1)")
    log = Log(conn)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        conn.commit()
    assert log == [(b"COMMIT", -1, psycopg2.errors.UniqueViolation)]


def test_error_is_told_as_it_is_raised(conn, cur):
    seen = []
    conn.on_query = lambda *told: seen.append(told)
    with pytest.raises(psycopg2.errors.DivisionByZero) as caught:
        cur.execute("select 1/0")
    ((query, _, rowcount, error),) = seen
    assert (query, rowcount) == (b"select 1/0", -1)
    assert error is caught.value
    assert error.cursor is cur


def test_what_is_not_sent_is_not_told(conn, cur, log):
    for bad in ((object(),), (1, 2)):
        with pytest.raises((psycopg2.ProgrammingError, TypeError)):
            cur.execute("select %s", bad)
        with pytest.raises((psycopg2.ProgrammingError, TypeError)):
            cur.executemany("select %s", [bad])
    cur.executemany("select %s", [])
    cur.mogrify("select 1")
    cur.close()
    with pytest.raises(psycopg2.InterfaceError):
        cur.execute("select 1")
    conn.close()
    assert log == []


@pytest.mark.parametrize("autocommit", [False, True])
def test_executemany_is_told_once_with_its_total(conn, cur, autocommit):
    conn.autocommit = autocommit
    cur.execute("create temp table hook_t (a int, b text)")
    log = Log(conn)
    cur.executemany("insert into hook_t values (%s, %s)", [(i, "x") for i in range(5)])
    assert log == [(b"insert into hook_t values (4, 'x')", 5, None)]
    del log[:]
    cur.executemany("insert into hook_t values (%s, %s)", iter([([i][0], None) for i in range(3)]))
    assert log == [(b"insert into hook_t values (2, NULL)", 3, None)]
    del log[:]
    with pytest.raises(psycopg2.DataError):
        cur.executemany("insert into hook_t values (%s, %s)", [(1, "x"), ("y", "x"), (2, "x")])
    assert log == [
        (b"insert into hook_t values ('y', 'x')", -1, psycopg2.errors.InvalidTextRepresentation)
    ]


def test_executemany_does_not_hide_what_runs_within_it(conn, cur, log):
    cur.execute("create temp table hook_t (a int)")
    other = conn.cursor()

    def rows():
        for i in range(3):
            other.execute("select %s", (i,))
            yield (i,)

    del log[:]
    cur.executemany("insert into hook_t values (%s)", rows())
    assert [entry[0] for entry in log] == [
        b"select 0", b"select 1", b"select 2", b"insert into hook_t values (2)"
    ]  # fmt: skip
    assert log[-1][1] == 3


def test_pages_are_told_together_where_they_go_ahead(conn, cur, log):
    cur.execute("create temp table hook_t (a int)")
    del log[:]
    extras.execute_batch(cur, "insert into hook_t values (%s)", [(i,) for i in range(5)], 2)
    assert log == [(b"insert into hook_t values (4)", 5, None)]
    del log[:]
    rows = [(i,) for i in range(5)]
    extras.execute_values(cur, "insert into hook_t values %s", rows, None, 2)
    assert log == [(b"insert into hook_t values (4)", 5, None)]
    del log[:]
    returning = "insert into hook_t values %s returning a"
    extras.execute_values(cur, returning, rows, None, 2, fetch=True)
    assert [entry[1] for entry in log] == [2, 2, 1]
    with pytest.raises(psycopg2.DataError):
        extras.execute_batch(cur, "insert into hook_t values (%s)", [(1,), ("x",), (2,)], 2)
    assert [entry[1:] for entry in log[3:]] == [(-1, psycopg2.errors.InvalidTextRepresentation)]


def test_named_cursor_tells_all_that_it_sends(conn, log):
    with conn.cursor("hook") as cur:
        cur.itersize = 2
        cur.execute("select generate_series(1, 3)")
        assert len(list(cur)) == 3
    assert [entry[0] for entry in log] == [
        b'DECLARE "hook" CURSOR WITHOUT HOLD FOR select generate_series(1, 3)',
        *[b'FETCH FORWARD 2 FROM "hook"'] * 3,
        b'CLOSE "hook"',
    ]


def test_copy_is_told(conn, cur, log):
    cur.execute("create temp table hook_t (a int)")
    del log[:]
    cur.copy_from(io.StringIO("1\n2\n"), "hook_t")
    cur.copy_to(io.StringIO(), "hook_t")
    cur.copy_expert("COPY hook_t TO STDOUT", io.StringIO())
    cur.copy_records("hook_t", [(3,)])
    assert [entry[1] for entry in log] == [2, 2, 2, 1]
    assert all(b"COPY" in entry[0] for entry in log)
    del log[:]
    with pytest.raises(psycopg2.DataError):
        cur.copy_from(io.StringIO("x\n"), "hook_t")
    assert [entry[1:] for entry in log] == [(-1, psycopg2.errors.InvalidTextRepresentation)]


def test_stream_is_told_at_its_start_and_of_a_later_error(conn, cur, log):
    query = "select 1 / (5000 - i) from generate_series(1, 100000) i"
    stream = cur.stream(query, size=10)
    assert log == [(query.encode(), -1, None)]
    with pytest.raises(psycopg2.errors.DivisionByZero):
        list(stream)
    assert log[1:] == [(query.encode(), -1, psycopg2.errors.DivisionByZero)]


def test_async_query_is_told_when_poll_meets_its_end(connect):
    conn = connect(async_=1)
    extras.wait_select(conn)
    log = Log(conn)
    cur = conn.cursor()
    cur.execute("select %s, generate_series(1, 2)", (1,))
    assert log == []
    extras.wait_select(conn)
    assert log == [(b"select 1, generate_series(1, 2)", 2, None)]
    cur.execute("select 1/0")
    with pytest.raises(psycopg2.errors.DivisionByZero):
        extras.wait_select(conn)
    assert log[1:] == [(b"select 1/0", -1, psycopg2.errors.DivisionByZero)]
    del log[:], cur
    conn.cursor().execute("select 3")
    with pytest.raises(psycopg2.InterfaceError):
        extras.wait_select(conn)
    assert log == [(b"select 3", -1, psycopg2.InterfaceError)]


def test_query_with_a_wait_callback_is_told(conn):
    extensions.set_wait_callback(extras.wait_select)
    try:
        log = Log(conn)
        conn.cursor().execute("select 1")
        conn.commit()
    finally:
        extensions.set_wait_callback(None)
    assert log == [(b"select 1", 1, None), (b"COMMIT", -1, None)]


def test_hook_may_execute_and_is_not_told_of_that(conn, cur):
    calls = []

    def hook(query, duration, rowcount, error):
        calls.append(query)
        if error is None:
            with conn.cursor() as own:
                own.execute("select 'own'")
            assert own.query == b"select 'own'"

    conn.on_query = hook
    cur.execute("select 1")
    assert cur.fetchall() == [(1,)]
    cur.executemany("select %s", [(1,), (2,)])
    conn.commit()
    assert calls == [b"select 1", b"select 2", b"COMMIT"]


def test_hook_may_take_itself_away_and_close_the_connection(conn, cur):
    class Hook:
        def __call__(self, *told):
            conn.on_query = None
            conn.close()

    conn.on_query = Hook()
    cur.execute("select 1")
    assert conn.closed == 1 and conn.on_query is None


def test_exception_of_the_hook_goes_to_the_unraisable_hook(conn, cur, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda info: seen.append(info.exc_type))

    def bad(*told):
        raise ZeroDivisionError

    conn.on_query = bad
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        cur.execute("select x")
    assert seen == [ZeroDivisionError, ZeroDivisionError]
    conn.rollback()


def test_interrupt_in_the_hook_is_raised(conn, cur):
    def stop(*told):
        raise KeyboardInterrupt

    conn.on_query = stop
    with pytest.raises(KeyboardInterrupt):
        cur.execute("select 1")
    conn.on_query = None
    assert cur.fetchone() == (1,)


def test_on_query_takes_a_callable_or_none(conn):
    assert conn.on_query is None
    with pytest.raises(TypeError, match="on_query must be callable or None, not int"):
        conn.on_query = 3
    conn.on_query = print
    assert conn.on_query is print
    del conn.on_query
    assert conn.on_query is None


def test_connection_and_its_hook_are_collected(dsn):
    conn = psycopg2.connect(dsn)
    conn.on_query = lambda *told, conn=conn: None
    ref = weakref.ref(conn)
    conn.close()
    del conn
    gc.collect()
    assert ref() is None


def test_thread_whose_hook_ended_during_another_is_told_again(conn):
    told, second_began, first_ended = [], threading.Event(), threading.Event()

    def hook(query, *_):
        told.append(query)
        if query == b"select 1":
            assert second_began.wait(60)
        elif query == b"select 2":
            second_began.set()
            assert first_ended.wait(60)

    conn.on_query = hook
    other = threading.Thread(target=lambda: conn.cursor().execute("select 2"))
    cur = conn.cursor()
    cur.execute("savepoint s")
    other.start()
    cur.execute("select 1")
    first_ended.set()
    other.join()
    cur.execute("select 3")
    assert sorted(told) == [b"savepoint s", b"select 1", b"select 2", b"select 3"]


def test_threads_are_each_told(conn, log):
    def work(number):
        for _ in range(20):
            conn.cursor().execute("select %s", (number,))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry[0] for entry in log) == sorted(b"select %d" % (i % 3) for i in range(60))
