"""Through a real PgBouncer: clients take turns on one session of the server, which keeps nothing
of theirs."""

import threading

import pytest

import psycopg2
from psycopg2 import errors, extensions
from psycopg2.extras import execute_batch, execute_values

ROWS = [(i, f"row {i}") for i in range(250)]
INSERT = "insert into bounced_rows (a, b) values (%s, %s)"
VALUES = "insert into bounced_rows (a, b) values %s"
PREPARED = "select count(*) from pg_prepared_statements where name not like 'kept%'"


@pytest.fixture
def table(connect):
    """A table that all sessions see, and a cursor that does not go through PgBouncer."""
    conn = connect()
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("drop table if exists bounced_rows")
    cur.execute("create table bounced_rows (a int8, b text)")
    yield cur
    cur.execute("drop table bounced_rows")


def rows_of(cur):
    cur.execute("select a, b from bounced_rows order by a, b")
    return cur.fetchall()


WAYS = {
    "execute": lambda cur: [cur.execute(INSERT, row) for row in ROWS],
    "executemany": lambda cur: cur.executemany(INSERT, ROWS),
    "executemany of an iterator": lambda cur: cur.executemany(INSERT, iter(ROWS)),
    "execute_batch": lambda cur: execute_batch(cur, INSERT, ROWS, page_size=7),
    "execute_values": lambda cur: execute_values(cur, VALUES, ROWS, page_size=20),
    "copy_records": lambda cur: cur.copy_records("bounced_rows", ROWS),
}
READ = "select a, b from bounced_rows order by a"


def read_named(cur):
    with cur.connection.cursor("a name") as named:
        named.itersize = 7
        named.execute(READ)
        return list(named)


READERS = {
    "execute": lambda cur: cur.execute(READ) or cur.fetchall(),
    "stream": lambda cur: list(cur.stream(READ, size=7)),
    "a named cursor": read_named,
}


@pytest.fixture
def others(bounced):
    """Clients of the same session of the server: they do the same with other types."""

    def use(mode):
        cur = bounced(mode).cursor()
        cur.connection.autocommit = mode == "statement"
        cur.executemany("select %s::text || %s", [(0.5, "x"), (1.5, "y"), (2.5, "z")])
        cur.execute(PREPARED)
        (left,) = cur.fetchone()
        cur.connection.close()
        return left

    return use


@pytest.mark.parametrize("autocommit", [False, True])
@pytest.mark.parametrize("mode", ["transaction", "session"])
@pytest.mark.parametrize("way", WAYS)
def test_pgbouncer_leaves_nothing_prepared(table, bounced, others, way, mode, autocommit):
    conn = bounced(mode)
    conn.autocommit = autocommit
    cur = conn.cursor()
    for turn in (1, 2):
        WAYS[way](cur)
        if not autocommit:
            conn.commit()
        if mode == "transaction":  # in the other one the session is this client's
            assert others(mode) == 0
        assert rows_of(table) == sorted(ROWS * turn)
    cur.execute(PREPARED)
    assert cur.fetchone() == (0,)


@pytest.mark.parametrize("way", WAYS)
def test_pgbouncer_by_the_statement(table, bounced, others, way):
    conn = bounced("statement")
    conn.autocommit = True
    WAYS[way](conn.cursor())
    assert rows_of(table) == ROWS
    assert others("statement") == 0


@pytest.mark.parametrize("way", READERS)
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_pgbouncer_reads(table, bounced, others, way, mode):
    WAYS["copy_records"](table)
    conn = bounced(mode)
    for _ in range(2):
        with conn, conn.cursor() as cur:  # the first of them goes with its BEGIN
            assert READERS[way](cur) == ROWS
        if mode == "transaction":
            assert others(mode) == 0


@pytest.mark.parametrize("way", ["execute", "stream"])
def test_pgbouncer_reads_by_the_statement(table, bounced, way):
    WAYS["copy_records"](table)
    conn = bounced("statement")
    conn.autocommit = True
    with conn.cursor() as cur:
        assert READERS[way](cur) == ROWS


@pytest.mark.parametrize(
    "call",
    [
        lambda cur: cur.execute("select 1"),
        lambda cur: cur.execute("set local lock_timeout to 0"),
        lambda cur: cur.executemany("select %s", [(1,), (2,)]),
    ],
)
def test_pgbouncer_by_the_statement_refuses_transactions(bounced, call):
    conn = bounced("statement")
    with pytest.raises(psycopg2.Error, match="transaction blocks not allowed"):
        call(conn.cursor())
    assert conn.closed == 2


def test_pgbouncer_clients_in_turns(table, bounced):
    """Each time another client had the session in between, with another statement."""
    conns = [bounced() for _ in range(3)]
    templates = [INSERT, "insert into bounced_rows (b, a) values (%s, %s)", INSERT + " returning a"]
    for turn in range(5):
        for conn, template in zip(conns, templates):
            rows = ROWS[turn * 10 : turn * 10 + 10]
            rows = [row[::-1] for row in rows] if "(b, a)" in template else rows
            with conn, conn.cursor() as cur:
                cur.executemany(template, rows)
                assert cur.rowcount == 10
    assert rows_of(table) == sorted(ROWS[:50] * 3)


def test_pgbouncer_clients_at_once(table, bounced):
    """Threads wait for the session of one another; what each sees is its own."""

    def work(number):
        conn = bounced()
        try:
            for turn in range(5):
                with conn, conn.cursor() as cur:
                    mark = f"{number} {turn}"
                    cur.execute("select %s", (mark,))
                    assert cur.fetchone() == (mark,)
                    cur.executemany(INSERT, [(i, mark) for i in range(20)])
                    execute_values(cur, VALUES, [(i, mark) for i in range(20)], page_size=5)
                    execute_batch(cur, INSERT, [(i, None) for i in range(10)], page_size=3)
                with conn, conn.cursor() as cur:
                    cur.executemany(INSERT, [(i, "undone") for i in range(5)])
                    conn.rollback()
        except Exception as e:
            failed.append(e)

    failed = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    table.execute("select count(*), count(b), count(distinct b) from bounced_rows")
    assert table.fetchone() == (4 * 5 * 50, 4 * 5 * 40, 4 * 5)


@pytest.mark.parametrize("way", ["executemany", "execute_batch", "execute_values", "copy_records"])
def test_pgbouncer_a_failure_leaves_nothing(table, bounced, others, way):
    table.execute("alter table bounced_rows add primary key (a)")
    table.execute("insert into bounced_rows values (130, 'there')")
    conn = bounced()
    with pytest.raises(errors.UniqueViolation), conn:
        WAYS[way](conn.cursor())
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    assert others("transaction") == 0
    assert rows_of(table) == [(130, "there")]


def test_pgbouncer_what_a_trial_refuses_leaves_nothing(table, bounced, others):
    conn = bounced()
    with conn, conn.cursor() as cur:
        cur.executemany("insert into bounced_rows (a) values (%s)", [("1",), ("2",), ("3",)])
    assert others("transaction") == 0
    assert [a for a, _ in rows_of(table)] == [1, 2, 3]


def test_pgbouncer_the_first_statement_may_fail(bounced, others):
    conn = bounced()
    cur = conn.cursor()
    with pytest.raises(errors.UndefinedColumn, match=r"LINE 1: select nope\n *\^"):
        cur.execute("select nope")
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_INERROR
    conn.rollback()
    assert others("transaction") == 0
    cur.execute("select 5")
    assert cur.fetchone() == (5,)


def test_pgbouncer_cancels(table, bounced, others):
    """A cancel request goes to PgBouncer, which knows whom it is for."""

    def cancel():
        while not over.is_set():
            table.execute(
                "select 1 from pg_stat_activity where wait_event = 'PgSleep' and pid = %s", pid
            )
            if table.fetchone():
                conn.cancel()
                return

    conn = bounced()
    cur = conn.cursor()
    cur.execute("select pg_backend_pid()")
    pid = cur.fetchone()
    over, thread = threading.Event(), threading.Thread(target=cancel)
    thread.start()
    try:
        with pytest.raises(errors.QueryCanceled):
            cur.executemany(
                "insert into bounced_rows select %s, 'x' from pg_sleep(%s)",
                [(1, 0), (2, 0), (3, 600), (4, 0)],
            )
    finally:
        over.set()
        thread.join()
    conn.rollback()
    assert others("transaction") == 0
    assert rows_of(table) == []


def test_pgbouncer_a_stream_that_is_left(table, bounced, others):
    conn = bounced()
    with conn, conn.cursor() as cur:
        stream = cur.stream("select generate_series(1, 1000000)", size=10)
        assert next(stream) == (1,)
        stream.close()
        conn.rollback()
        cur.execute("select 7")
        assert cur.fetchone() == (7,)
    assert others("transaction") == 0
