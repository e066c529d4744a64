"""gevent with psycogreen: 200 greenlets on one thread, a pool, SQLAlchemy; in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest


def run_patched(dsn: str, program: str) -> dict:
    """Run a program in a process where gevent has patched everything; return what it prints."""
    start = """
        from gevent import monkey; monkey.patch_all()
        from psycogreen.gevent import patch_psycopg; patch_psycopg()
        import json, sys, gevent, psycopg2
        from gevent.pool import Pool
        dsn = sys.argv[1]
    """
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(start) + textwrap.dedent(program), dsn],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_200_greenlets_share_a_pool_and_none_loses_a_row(app_dsn):
    told = run_patched(
        app_dsn,
        """
        from gevent.lock import BoundedSemaphore
        from psycopg2.pool import ThreadedConnectionPool

        pool, free = ThreadedConnectionPool(20, 20, dsn), BoundedSemaphore(20)
        running = most = 0

        def work(n):
            global running, most
            with free:
                conn = pool.getconn()
                try:
                    running += 1
                    most = max(most, running)
                    with conn, conn.cursor() as cur:
                        cur.execute("INSERT INTO work VALUES (%s) RETURNING n", (n,))
                        got = cur.fetchone()[0]
                        cur.execute("SELECT n, pg_sleep(0.01) FROM work WHERE n = %s", (n,))
                        again = cur.fetchone()[0]
                    running -= 1
                finally:
                    pool.putconn(conn)
                return got == again == n

        with psycopg2.connect(dsn) as conn, conn.cursor() as cur:
            cur.execute("CREATE TABLE work (n int PRIMARY KEY)")
        right = Pool(200).map(work, range(200))
        with conn, conn.cursor() as cur:
            cur.execute("SELECT count(*), sum(n) FROM work")
            rows = cur.fetchone()
        conn.close()
        pool.closeall()
        print(json.dumps({"right": sum(right), "rows": rows, "most": most}))
        """,
    )
    assert told == {"right": 200, "rows": [200, 19900], "most": 20}


def test_greenlets_run_while_others_wait_for_the_server(app_dsn):
    told = run_patched(
        app_dsn,
        """
        first, second = psycopg2.connect(dsn), psycopg2.connect(dsn)
        order = []

        def wait():
            cur = first.cursor()
            cur.execute("SELECT pg_advisory_xact_lock(4711)")
            order.append("locked by the first")
            ready.set()
            release.wait()
            first.commit()

        def ask():
            ready.wait()
            cur = second.cursor()
            gevent.spawn_later(0, lambda: (order.append("released"), release.set()))
            cur.execute("SELECT pg_advisory_xact_lock(4711)")
            order.append("locked by the second")
            second.commit()

        from gevent.event import Event
        ready, release = Event(), Event()
        gevent.joinall([gevent.spawn(ask), gevent.spawn(wait)], raise_error=True)
        first.close(), second.close()
        print(json.dumps(order))
        """,
    )
    assert told == ["locked by the first", "released", "locked by the second"]


@pytest.mark.parametrize("killed", [1, 50])
def test_a_killed_greenlet_costs_its_connection_and_no_other(app_dsn, killed):
    told = run_patched(
        app_dsn,
        f"""
        conns = [psycopg2.connect(dsn) for _ in range({killed} + 1)]

        def sleep(conn):
            conn.cursor().execute("SELECT pg_sleep(600)")

        greenlets = [gevent.spawn(sleep, conn) for conn in conns[1:]]
        cur = conns[0].cursor()
        busy = 0
        while busy < {killed}:
            cur.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
                        " AND wait_event = 'PgSleep'", ([c.info.backend_pid for c in conns],))
            busy = cur.fetchone()[0]
            conns[0].commit()
        gevent.killall(greenlets, timeout=60)
        cur.execute("SELECT 1")
        told = [all(g.dead for g in greenlets), sum(c.closed != 0 for c in conns[1:]),
                conns[0].closed, cur.fetchone()[0]]
        for conn in conns:
            conn.close()
        print(json.dumps(told))
        """,
    )
    assert told == [True, killed, 0, 1]


def test_sqlalchemy_in_200_greenlets(app_dsn):
    told = run_patched(
        app_dsn,
        """
        import sqlalchemy as sa
        from psycopg2.extensions import parse_dsn

        engine = sa.create_engine("postgresql+psycopg2://", connect_args=parse_dsn(dsn),
                                  pool_size=10, max_overflow=5, pool_timeout=60)
        counters = sa.Table("counter", sa.MetaData(), sa.Column("n", sa.Integer))
        counters.metadata.create_all(engine)
        with engine.begin() as conn:
            conn.execute(counters.insert().values(n=0))

        def work(n):
            with engine.begin() as conn:
                conn.execute(counters.update().values(n=counters.c.n + n))
                return conn.scalar(sa.text("SELECT pg_backend_pid()"))

        pids = Pool(200).map(work, range(200))
        with engine.connect() as conn:
            total = conn.scalar(sa.select(counters.c.n))
        out = engine.pool.checkedout()
        engine.dispose()
        print(json.dumps([total, len(set(pids)) <= 15, out]))
        """,
    )
    assert told == [19900, True, 0]
