"""Threads: turns on one connection, other threads run while the server works, closing, cancelling.

A statement is known to be at work by a lock that it waits for: no test sleeps and hopes.
"""

import threading

import pytest

import psycopg2

KEY = 770077


class Worker(threading.Thread):
    """A thread that keeps what its function returned or raised."""

    def __init__(self, function, *args):
        super().__init__(daemon=True)
        self.function = function
        self.args = args
        self.value = self.error = None
        self.start()

    def run(self):
        try:
            self.value = self.function(*self.args)
        except BaseException as error:
            self.error = error

    def result(self):
        self.join(60)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.value


@pytest.fixture
def gate(connect):
    """A lock held on the server: who asks for it waits until gate.open()."""

    class Gate:
        def __init__(self):
            self.conn = connect()
            self.conn.autocommit = True
            self.cur = self.conn.cursor()
            self.cur.execute("select pg_advisory_lock(%s)", (KEY,))

        def open(self):
            self.cur.execute("select pg_advisory_unlock_all()")

        def wait_for_waiters(self, count=1):
            """Return when `count` sessions wait at the gate; the server is asked until it is so."""
            while True:
                self.cur.execute(
                    "select count(*) from pg_locks where locktype = 'advisory' and not granted"
                    " and objid = %s and database = (select oid from pg_database"
                    " where datname = current_database())",
                    (KEY,),
                )
                if self.cur.fetchone()[0] >= count:
                    return

    made = Gate()
    yield made
    if not made.conn.closed:
        made.open()


PASS = f"select pg_advisory_lock_shared({KEY}), pg_advisory_unlock_shared({KEY}), 'passed'"


def run(conn, query):
    with conn.cursor() as cur:
        cur.execute(query)
        return cur.fetchall()


# Turns


def test_threads_take_turns_on_a_connection(conn):
    def work(number):
        out = []
        for turn in range(50):
            with conn.cursor() as cur:
                cur.execute("select %s, %s, repeat('x', 1000)", (number, turn))
                out.append(cur.fetchone()[:2])
        return out

    workers = [Worker(work, number) for number in range(8)]
    for number, worker in enumerate(workers):
        assert worker.result() == [(number, turn) for turn in range(50)]


def test_threads_wait_while_another_has_the_connection(conn, gate):
    first = Worker(run, conn, PASS)
    gate.wait_for_waiters()
    second = Worker(run, conn, "select 'second'")
    assert first.is_alive()
    gate.open()
    assert first.result()[0][2] == "passed"
    assert second.result() == [("second",)]


def test_threads_mix_every_kind_of_call(conn):
    # The original loses the connection.
    import io

    conn.autocommit = True
    run_once = conn.cursor()
    run_once.execute("create temp table mixed (a int)")

    def execute():
        for n in range(30):
            run(conn, f"select {n}")

    def copy():
        for _ in range(30):
            with conn.cursor() as cur:
                cur.copy_from(io.StringIO("1\n2\n"), "mixed")
                cur.copy_to(io.StringIO(), "mixed")

    def other():
        for _ in range(30):
            conn.commit()
            conn.poll()
            conn.get_transaction_status()
            conn.rollback()
            _ = conn.notices, conn.encoding, conn.info.status
            conn.cursor().mogrify("select %s", ("x",))

    workers = [Worker(function) for function in (execute, copy, other) * 2]
    for worker in workers:
        worker.result()
    assert run(conn, "select count(*) from mixed") == [(120,)]


def test_threads_have_cursors_of_their_own_results(conn):
    barrier = threading.Barrier(4)

    def work(number):
        cur = conn.cursor()
        barrier.wait(60)
        cur.execute("select %s from generate_series(1, 1000)", (number,))
        barrier.wait(60)
        return set(cur.fetchall())

    workers = [Worker(work, number) for number in range(4)]
    assert [worker.result() for worker in workers] == [{(number,)} for number in range(4)]


def test_threads_may_fetch_from_one_cursor(conn):
    cur = conn.cursor()
    cur.execute("select generate_series(1, 5000)")

    def work():
        return list(iter(cur.fetchone, None))

    workers = [Worker(work) for _ in range(4)]
    rows = [row for worker in workers for row in worker.result()]
    assert sorted(rows) == [(n,) for n in range(1, 5001)]


def test_threads_may_execute_on_one_cursor(conn):
    cur = conn.cursor()

    def work():
        for n in range(50):
            cur.execute("select %s", (n,))

    for worker in [Worker(work) for _ in range(4)]:
        worker.result()
    cur.execute("select 'well'")
    assert cur.fetchone() == ("well",)


# Other threads run while the server works


@pytest.mark.parametrize(
    "way", ["execute", "executemany", "callproc", "named", "copy_expert", "commit", "fetch"]
)
def test_threads_run_while_a_statement_waits(conn, gate, way):
    def work():
        cur = conn.cursor()
        if way == "execute":
            cur.execute(PASS)
        elif way == "executemany":
            cur.executemany(PASS, [None])
        elif way == "callproc":
            cur.callproc("pg_advisory_lock_shared", (KEY,))
        elif way == "copy_expert":
            import io

            cur.copy_expert(f"copy ({PASS.replace(', pg', '::text, pg')}) to stdout", io.StringIO())
        elif way == "commit":
            cur.execute(f"""create function pg_temp.wait() returns trigger language plpgsql as
                $$begin perform pg_advisory_lock_shared({KEY}); return null; end$$;
                create temp table waiting (a int);
                create constraint trigger t after insert on waiting deferrable initially deferred
                for each row execute function pg_temp.wait();
                insert into waiting values (1)""")
            conn.commit()
        else:
            named = conn.cursor("named")
            named.execute(PASS)
            named.fetchall()
        return "done"

    worker = Worker(work)
    # If the worker kept the GIL this thread could not ask, nor open the gate.
    gate.wait_for_waiters()
    gate.open()
    assert worker.result() == "done"


def test_threads_run_while_a_connection_is_made(proxy, connect):
    # The relay's threads are of this process: they answer while connect() waits.
    assert connect(proxy.dsn).closed == 0


def test_threads_run_while_a_connection_is_cancelled(proxy, connect):
    # The original waits for ever: it keeps the GIL in cancel().
    connect(proxy.dsn).cancel()


# Cancelling and closing from elsewhere


def test_threads_cancel_a_statement(conn, gate):
    worker = Worker(run, conn, PASS)
    gate.wait_for_waiters()
    conn.cancel()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        worker.result()
    conn.rollback()
    assert run(conn, "select 1") == [(1,)]


def test_threads_cancel_one_of_several(conn, gate):
    first = Worker(run, conn, PASS)
    gate.wait_for_waiters()
    second = Worker(run, conn, "select 2")
    conn.cancel()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        first.result()
    # The second comes into the transaction that failed, or after nothing at all.
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        second.result()


@pytest.mark.parametrize("how", ["cursor", "connection"])
def test_threads_close_while_a_statement_runs(conn, gate, how):
    cur = conn.cursor()

    def work():
        cur.execute(PASS)
        return cur.fetchall()

    worker = Worker(work)
    gate.wait_for_waiters()
    closer = Worker((cur if how == "cursor" else conn).close)
    gate.open()
    closer.result()
    try:
        assert worker.result()[0][2] == "passed"
    except psycopg2.Error:
        pass  # closed before it could fetch
    assert cur.closed is True
    assert conn.closed == (how == "connection")


def test_threads_close_the_connection_others_wait_for(conn, gate):
    first = Worker(run, conn, PASS)
    gate.wait_for_waiters()
    others = [Worker(run, conn, "select 2") for _ in range(3)]
    closer = Worker(conn.close)
    gate.open()
    closer.result()
    for worker in (first, *others):
        try:
            worker.result()
        except psycopg2.Error:
            continue
    assert conn.closed == 1


def test_threads_drop_the_last_reference_elsewhere(dsn):
    conns = [psycopg2.connect(dsn) for _ in range(4)]

    def work(conn):
        cur = conn.cursor()
        cur.execute("select generate_series(1, 100)")
        return cur

    workers = [Worker(work, conns.pop()) for _ in range(4)]
    for worker in workers:
        assert len(worker.result().fetchall()) == 100


def test_threads_deadlock_of_the_server_is_told(connect):
    one, two = connect(), connect()
    for conn in (one, two):
        conn.cursor().execute("set deadlock_timeout to '10ms'")
    run(one, "select pg_advisory_xact_lock(770001)")
    run(two, "select pg_advisory_xact_lock(770002)")
    workers = [
        Worker(run, one, "select pg_advisory_xact_lock(770002)"),
        Worker(run, two, "select pg_advisory_xact_lock(770001)"),
    ]
    errors = []
    for worker, conn in zip(workers, (one, two)):
        worker.join(60)
        if worker.error:
            errors.append(worker.error)
        conn.rollback()
    assert [type(error) for error in errors] == [psycopg2.errors.DeadlockDetected]


def test_memory_that_is_kept_is_of_one_thread_at_a_time(connect):
    """Row buffers and arenas go from one thread's results to another's (see kept.h)."""
    query = "select i, i + {0}, repeat(chr({0}), 50) from generate_series(1, 40000) i"

    def work(number):
        code = 65 + number
        expected = [(i, i + code, chr(code) * 50) for i in range(1, 40001)]
        cur = connect().cursor()
        for _ in range(5):
            cur.execute(query.format(code))
            assert cur.fetchall() == expected

    for worker in [Worker(work, number) for number in range(4)]:
        worker.result()
