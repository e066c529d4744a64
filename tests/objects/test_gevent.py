"""gevent and psycogreen for real: each test runs a program of its own, all of it patched."""

import os
import subprocess
import sys
import textwrap

import pytest

PROLOGUE = """
import gevent.monkey
gevent.monkey.patch_all()
from psycogreen.gevent import patch_psycopg
patch_psycopg()

import io, sys
import gevent
import psycopg2
from psycopg2 import extensions, pool

dsn = sys.argv[1]

def until(cur, query, args, wanted):
    # Ask until the answer is the wanted one, other greenlets running meanwhile.
    while True:
        cur.execute(query, args)
        if cur.fetchone()[0] == wanted:
            return

def until_waits(cur, pid):
    query = "select count(*) from pg_locks where not granted and pid = %s"
    until(cur, query, (pid,), 1)

admin = psycopg2.connect(dsn)
admin.autocommit = True
admin_cur = admin.cursor()
KEY = 880088
"""


@pytest.fixture
def run(dsn):
    """A function that runs a program and returns what it printed; it must end by itself."""

    def run_program(body):
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", PROLOGUE + textwrap.dedent(body), dsn],
            capture_output=True,
            text=True,
            timeout=100,
            env={**os.environ, "PYTHONDEVMODE": ""},
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run_program


def test_gevent_greenlets_run_while_others_wait(run):
    # Every worker waits for a lock that the main greenlet gives free only once all of them wait.
    out = run(
        """
        admin_cur.execute("select pg_advisory_lock(%s)", (KEY,))
        conns = [psycopg2.connect(dsn) for _ in range(5)]

        def work(number):
            with conns[number] as conn, conn.cursor() as cur:
                cur.execute("select pg_advisory_xact_lock(%s)", (KEY,))
                cur.execute("select %s", (number,))
                return cur.fetchone()[0]

        jobs = [gevent.spawn(work, i) for i in range(5)]
        for conn in conns:
            until_waits(admin_cur, conn.get_backend_pid())
        admin_cur.execute("select pg_advisory_unlock(%s)", (KEY,))
        gevent.joinall(jobs, raise_error=True)
        print([job.value for job in jobs])
        """
    )
    assert out == "[0, 1, 2, 3, 4]\n"


@pytest.mark.parametrize(
    "way",
    [
        "cur.copy_to(io.StringIO(), 'locked_by_admin')",
        "cur.copy_from(io.StringIO('1'), 'locked_by_admin')",
        "conn.lobject(oid).unlink()",
        "cur.callproc('pg_advisory_xact_lock', (KEY,))",
        "list(conn.cursor('n'))",
    ],
)
def test_gevent_calls_let_others_run(run, way):
    # The call waits for a lock that admin has; admin, in another greenlet, gives it free.
    out = run(
        f"""
        admin.autocommit = False
        admin_cur.execute("select pg_advisory_xact_lock(%s)", (KEY,))
        conn = psycopg2.connect(dsn)
        cur = conn.cursor()
        cur.execute("create table if not exists locked_by_admin (i int)")
        oid = conn.lobject().oid
        conn.commit()
        cur.execute("select 1")
        if "'n'" in {way!r}:
            cur.execute("declare n cursor for select pg_advisory_xact_lock(%s)", (KEY,))
        admin_cur.execute("lock table locked_by_admin")
        admin_cur.execute("select lo_unlink(%s)", (oid,))
        watch = psycopg2.connect(dsn)
        watch.autocommit = True

        def call():
            {way}
            return "done"

        job = gevent.spawn(call)
        until_waits(watch.cursor(), conn.get_backend_pid())
        admin.rollback()
        print(job.get())
        """
    )
    assert out == "done\n"


def test_gevent_two_greenlets_on_one_connection(run):
    out = run(
        """
        conn = psycopg2.connect(dsn)
        cur = conn.cursor()
        admin_cur.execute("select pg_advisory_lock(%s)", (KEY,))
        job = gevent.spawn(cur.execute, "select pg_advisory_xact_lock(%s)", (KEY,))
        until_waits(admin_cur, conn.get_backend_pid())
        for call in (lambda: conn.cursor().execute("select 1"), conn.commit, conn.close,
                     conn.lobject, lambda: cur.copy_to(io.StringIO(), "pg_class")):
            try:
                call()
            except psycopg2.ProgrammingError as e:
                print(e)
        admin_cur.execute("select pg_advisory_unlock(%s)", (KEY,))
        job.get()
        cur.execute("select 5")
        print(cur.fetchone())
        """
    )
    error = "a single connection cannot be used by two greenlets at the same time\n"
    assert out == error * 5 + "(5,)\n"


def test_gevent_poll_by_another_greenlet_is_safe(run):
    # Meanwhile the C stack of the greenlet that executes is somewhere else.
    out = run(
        """
        conn = psycopg2.connect(dsn)
        cur = conn.cursor()
        admin_cur.execute("select pg_advisory_lock(%s)", (KEY,))
        job = gevent.spawn(cur.execute, "select pg_advisory_xact_lock(%s), 'x'", (KEY,))
        until_waits(admin_cur, conn.get_backend_pid())
        print({conn.poll() for _ in range(100)} == {extensions.POLL_READ})
        admin_cur.execute("select pg_advisory_unlock(%s)", (KEY,))
        job.get()
        print(cur.fetchall())
        """
    )
    assert out == "True\n[('', 'x')]\n"


@pytest.mark.parametrize("end", ["kill", "timeout"])
def test_gevent_greenlet_killed_in_a_query(run, end):
    out = run(
        f"""
        conn = psycopg2.connect(dsn)
        cur = conn.cursor()
        pid = conn.get_backend_pid()
        admin_cur.execute("select pg_advisory_lock(%s)", (KEY,))

        def work():
            with gevent.Timeout(1 if {end!r} == "timeout" else None, False):
                cur.execute("select pg_advisory_xact_lock(%s)", (KEY,))

        job = gevent.spawn(work)
        if {end!r} == "kill":
            until_waits(admin_cur, pid)
            job.kill()
        job.join()
        print(conn.closed, job.successful())
        """
    )
    assert out == "2 True\n"


def test_gevent_pool(run):
    out = run(
        """
        connections = pool.ThreadedConnectionPool(1, 3, dsn)

        def work(number):
            while True:
                try:
                    conn = connections.getconn()
                    break
                except pool.PoolError:
                    gevent.sleep(0)
            try:
                with conn, conn.cursor() as cur:
                    cur.execute("select %s, pg_sleep(0.001)", (number,))
                    return cur.fetchone()[0]
            finally:
                connections.putconn(conn)

        jobs = [gevent.spawn(work, i) for i in range(20)]
        gevent.joinall(jobs, raise_error=True)
        print([job.value for job in jobs] == list(range(20)))
        """
    )
    assert out == "True\n"


MANY = """
from psycopg2.extras import execute_batch, execute_values
COUNT = 24
rows = [(i, "row %d" % i) for i in range(2000)]
# Every row waits for a lock that admin has.
WAYS = [
    lambda cur: cur.executemany(
        "insert into many_rows select %s, %s from pg_advisory_xact_lock_shared(880088)", rows),
    lambda cur: execute_batch(
        cur, "insert into many_rows select %s, %s from pg_advisory_xact_lock_shared(880088)", rows),
    lambda cur: execute_values(
        cur, "insert into many_rows select v.* from (values %s) v, "
        "pg_advisory_xact_lock_shared(880088)", rows, page_size=100),
    lambda cur: cur.executemany("insert into many_rows values (%s, %s)",
        [(1, "x"), (2, None), (None, "refused")]),
]
admin_cur.execute("drop table if exists many_rows")
admin_cur.execute("create unlogged table many_rows (a int not null, b text)")
admin_cur.execute("select pg_advisory_lock(%s)", (KEY,))
conns = [psycopg2.connect(dsn) for _ in range(COUNT)]

def work(number):
    with conns[number] as conn, conn.cursor() as cur:
        try:
            WAYS[number % len(WAYS)](cur)
        except psycopg2.errors.NotNullViolation:
            return "refused"
        return "done"

jobs = [gevent.spawn(work, i) for i in range(COUNT)]
for i, conn in enumerate(conns):
    if i % len(WAYS) != 3:
        until_waits(admin_cur, conn.info.backend_pid)
"""


def test_gevent_many_rows_in_many_greenlets(run):
    # All are in the midst of what they send ahead, at once.
    out = run(
        MANY
        + """
admin_cur.execute("select pg_advisory_unlock(%s)", (KEY,))
gevent.joinall(jobs, raise_error=True)
print([job.value for job in jobs] == ["done", "done", "done", "refused"] * (COUNT // 4))
admin_cur.execute("select count(*), count(distinct a), count(b) from many_rows")
n = 2000 * COUNT // 4 * 3
print(admin_cur.fetchone() == (n, 2000, n), {conn.closed for conn in conns})
admin_cur.execute("drop table many_rows")
"""
    )
    assert out == "True\nTrue {0}\n"


def test_gevent_greenlets_killed_with_rows_ahead(run):
    out = run(
        MANY
        + """
killed = [job for i, job in enumerate(jobs) if i % 4 != 3 and i < COUNT // 2]
gevent.killall(killed)
print([conn.closed for conn in conns[:COUNT // 2]] == [2, 2, 2, 0] * (COUNT // 8))
admin_cur.execute("select pg_advisory_unlock(%s)", (KEY,))
gevent.joinall(jobs, raise_error=True)
admin_cur.execute("select count(*) from many_rows")
print(admin_cur.fetchone() == (2000 * COUNT // 8 * 3,))
admin_cur.execute("drop table many_rows")
"""
    )
    assert out == "True\nTrue\n"
