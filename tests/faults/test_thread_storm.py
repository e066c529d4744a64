"""Eight threads at once: on one connection, on a pool; some close and cancel what others use.

The work is bounded by count. PSYCOPG2_TEST_LONG=1 makes it fifty times as long. Each program runs
in a process of its own, so that a deadlock or a crash is seen as one.
"""

import pytest
from fix_interpreter import LONG, TIMEOUT, run_script

pytestmark = pytest.mark.timeout(TIMEOUT + 60)
ROUNDS = 50 if LONG else 1
THREADS = 8

STORM = f"""
import random, io, itertools
from psycopg2 import pool as pools, errors as pgerrors

THREADS, ROUNDS = {THREADS}, {ROUNDS}
DSN = os.environ["TEST_DSN"]
sys.setswitchinterval(1e-5)
problems = []


def storm(*works):
    # Run works in turn in eight threads; each is called with its number.
    barrier = threading.Barrier(THREADS)

    def run(work, number):
        try:
            barrier.wait(60)
            work(number)
        except BaseException as error:
            problems.append(repr(error))

    threads = [
        threading.Thread(target=run, args=(work, number))
        for number, work in zip(range(THREADS), itertools.cycle(works))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# What a statement may meet when others cancel and close: never another's rows, never a wrong class.
GONE = (psycopg2.InterfaceError, psycopg2.OperationalError, pgerrors.InFailedSqlTransaction)
ROWS = "select %s, n, 'it''s ' || n, %s from generate_series(1, 40) n"


def ask(conn, number, turn):
    # The rows must be those of this very question, all of them and in order.
    with conn.cursor() as c:
        c.execute(ROWS, (number, str(turn)))
        rows = [c.fetchone(), *c.fetchmany(9), *c]
        assert rows == [(number, n, f"it's {{n}}", str(turn)) for n in range(1, 41)], rows[:2]


def tolerate(work, *args):
    try:
        work(*args)
    except psycopg2.ProgrammingError as error:
        # closed between execute() and fetch: the cursor's rows stay, or it says what it is
        if not isinstance(error, GONE):
            raise
    except GONE:
        pass
"""


def storm(dsn, script):
    script = STORM + script + '\nassert not problems, problems[:3]\nprint("well")\n'
    assert run_script(dsn, script) == ["well"]


@pytest.mark.parametrize("tls", ["disable", "require"])
def test_storm_on_one_connection_gives_each_its_own_rows(dsn, tls):
    storm(
        f"{dsn} sslmode={tls}",
        """
def work(number):
    for turn in range(60 * ROUNDS):
        ask(conn, number, turn)

storm(work)
ask(conn, 0, 0)
""",
    )


def test_storm_of_every_kind_of_call_on_one_connection(dsn):
    storm(
        dsn,
        """
conn.autocommit = True
cur.execute("create temp table t (a int, b text); create temp table log (a int)")

def asks(number):
    for turn in range(40 * ROUNDS):
        ask(conn, number, turn)

def copies(number):
    for turn in range(20 * ROUNDS):
        with conn.cursor() as c:
            c.copy_expert("copy t from stdin", io.StringIO(f"{number}\\tx\\n" * 10))
            out = io.StringIO()
            c.copy_expert(f"copy (select {number}, {turn}) to stdout", out)
            assert out.getvalue() == f"{number}\\t{turn}\\n", out.getvalue()

def manies(number):
    for turn in range(10 * ROUNDS):
        with conn.cursor() as c:
            c.executemany("insert into log values (%s)", [(number,)] * 5)
            got = extras.execute_values(c, "insert into log values %s returning a",
                                        [(number,)] * 5, fetch=True)
            assert got == [(number,)] * 5

def looks(number):
    for turn in range(200 * ROUNDS):
        conn.poll(), conn.get_transaction_status(), conn.get_parameter_status("TimeZone")
        conn.info.error_message, conn.info.parameter_status("DateStyle"), conn.notices[-1:]
        conn.cursor().mogrify("select %s", ("é'",))
        extensions.quote_ident("x y", conn)
        conn.encoding, conn.dsn, conn.info.backend_pid, conn.closed, repr(conn)

def notifies(number):
    with conn.cursor() as c:
        for turn in range(20 * ROUNDS):
            c.execute(f"listen l{number}; notify l{number}, '{turn}'")
            c.execute("do $$begin raise notice 'x'; end$$")

storm(asks, copies, manies, looks, notifies)
cur.execute("select count(*) from t union all select count(*) from log")
assert cur.fetchall() == [(2 * 20 * 10 * ROUNDS,), (2 * 10 * 10 * ROUNDS,)], cur.fetchall()
assert len(conn.notifies) == 20 * ROUNDS, len(conn.notifies)
""",
    )


def test_storm_on_one_cursor_never_mixes_rows(dsn):
    storm(
        dsn,
        """
shared = conn.cursor()

def executes(number):
    for turn in range(60 * ROUNDS):
        shared.execute("select %s, %s from generate_series(1, 20)", (number, number))

def fetches(number):
    for turn in range(120 * ROUNDS):
        try:
            rows = shared.fetchmany(3) + [shared.fetchone()] + shared.fetchall()
        except psycopg2.ProgrammingError:  # no results yet, or another thread is fetching
            continue
        assert all(row is None or row[0] == row[1] for row in rows), rows
        shared.description, shared.rowcount, shared.query, shared.statusmessage

shared.execute("select 0, 0")
storm(executes, fetches)
shared.execute("select 7")
assert shared.fetchall() == [(7,)]
""",
    )


@pytest.mark.parametrize("tls", ["disable", "require"])
def test_storm_of_cancels_while_others_fetch(dsn, tls):
    storm(
        f"{dsn} sslmode={tls}",
        """
conn.autocommit = True

def asks(number):
    for turn in range(60 * ROUNDS):
        tolerate(ask, conn, number, turn)

def cancels(number):
    for turn in range(15 * ROUNDS):
        conn.cancel()

storm(asks, asks, asks, cancels)
for turn in range(100):  # a cancel that comes late hits one statement more
    try:
        ask(conn, 0, turn)
    except psycopg2.errors.QueryCanceled:
        continue
    break
ask(conn, 0, 0)
""",
    )


@pytest.mark.parametrize("tls", ["disable", "require"])
def test_storm_of_closes_while_others_fetch_and_cancel(dsn, tls):
    storm(
        f"{dsn} sslmode={tls}",
        """
for turn in range(25 * ROUNDS):
    target = psycopg2.connect(DSN)
    done = threading.Event()

    def asks(number):
        while not done.is_set():
            tolerate(ask, target, number, turn)
            if target.closed:
                break

    def cancels(number):
        while not target.closed:
            tolerate(target.cancel)

    def looks(number):
        while not target.closed:
            try:
                target.info.error_message, target.get_transaction_status(), target.info.host
                target.get_parameter_status("TimeZone"), target.info.ssl_in_use, target.fileno()
                target.cursor().mogrify("select %s", ("x",))
                extensions.quote_ident("x", target)
            except psycopg2.InterfaceError:
                pass

    def closes(number):
        with target.cursor() as c:
            tolerate(c.execute, "select 1")
        target.close()
        done.set()

    storm(asks, asks, cancels, looks, asks, looks, asks, closes)
    assert target.closed == 1, target.closed
    assert not problems, problems[:3]
""",
    )


def test_storm_on_a_pool(dsn):
    storm(
        dsn,
        """
pool = pools.ThreadedConnectionPool(2, THREADS, DSN)

def work(number):
    rand = random.Random(number)
    for turn in range(40 * ROUNDS):
        c = pool.getconn()
        try:
            ask(c, number, turn)
            if rand.random() < 0.3:
                c.cursor().execute("create temp table if not exists t (a int)")
        finally:
            pool.putconn(c, close=rand.random() < 0.1)

storm(work)
taken = [pool.getconn() for _ in range(THREADS)]
assert len({c.info.backend_pid for c in taken}) == THREADS
for c in taken:
    ask(c, 0, 0)
    pool.putconn(c)
pool.closeall()
""",
    )


def test_storm_on_a_pool_that_is_closed_and_cancelled(dsn):
    storm(
        dsn,
        """
for turn in range(8 * ROUNDS):
    pool = pools.ThreadedConnectionPool(1, THREADS, DSN)
    taken = []

    def work(number):
        for n in range(10):
            try:
                c = pool.getconn()
            except pools.PoolError:
                return
            taken.append(c)
            tolerate(ask, c, number, n)
            try:
                pool.putconn(c)
            except pools.PoolError:
                return

    def cancels(number):
        for n in range(10):
            for c in taken[-3:]:
                tolerate(c.cancel)

    def closes(number):
        while len(taken) < 6 and not problems:
            pass
        pool.closeall()

    storm(work, work, work, work, work, work, cancels, closes)
    assert not problems, problems[:3]
    assert all(c.closed for c in taken)
""",
    )


def test_storm_of_last_references(dsn):
    storm(
        dsn,
        """
def work(number):
    for turn in range(6 * ROUNDS):
        c = psycopg2.connect(DSN)
        k = c.cursor()
        k.execute("select generate_series(1, 50)")
        large = c.lobject()
        shelf.append((c, k, large))
        del c, large
        while len(shelf) > 4:
            try:
                shelf.pop(random.randrange(4))
            except IndexError:
                pass
        assert len(k.fetchall()) == 50

shelf = []
storm(work)
del shelf[:]
gc.collect()
""",
    )
