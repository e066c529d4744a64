"""aiopg: asynchronous connections of the driver under asyncio, in a pool, cancelled, and NOTIFY."""

from __future__ import annotations

import asyncio
import warnings

import pytest

import psycopg2
from psycopg2 import extras

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it is older than the Python
    import aiopg


def run(work):
    return asyncio.run(asyncio.wait_for(work, 60))


def test_many_tasks_share_a_pool_and_each_gets_its_own_rows(app_dsn):
    async def work():
        async with aiopg.create_pool(app_dsn, minsize=2, maxsize=5) as pool:

            async def ask(n):
                async with pool.acquire() as conn, conn.cursor() as cur:
                    await cur.execute("SELECT %s::int, pg_sleep(0.001), %s", (n, f"é{n}"))
                    return await cur.fetchone()

            rows = await asyncio.gather(*(ask(n) for n in range(100)))
            assert pool.size <= 5
            return rows

    assert run(work()) == [(n, "", f"é{n}") for n in range(100)]


def test_rows_of_other_factories_and_iteration(app_dsn):
    async def work():
        rows = {"cursor_factory": extras.RealDictCursor}
        async with aiopg.connect(app_dsn) as conn, conn.cursor(**rows) as cur:
            await cur.execute("SELECT n, n * n AS square FROM generate_series(1, 3) n")
            return [dict(row) async for row in cur]

    assert run(work()) == [{"n": n, "square": n * n} for n in (1, 2, 3)]


def test_transactions_commit_and_roll_back(app_dsn):
    async def work():
        async with aiopg.connect(app_dsn) as conn, conn.cursor() as cur:
            await cur.execute("CREATE TEMP TABLE kept (n int)")
            async with cur.begin():
                await cur.execute("INSERT INTO kept VALUES (1)")
            with pytest.raises(psycopg2.errors.DivisionByZero):
                async with cur.begin():
                    await cur.execute("INSERT INTO kept VALUES (2)")
                    await cur.execute("SELECT 1 / 0")
            await cur.execute("SELECT array_agg(n) FROM kept")
            return await cur.fetchone()

    assert run(work()) == ([1],)


def test_a_query_that_takes_too_long_is_cancelled_in_the_server(app_dsn, app_conn):
    async def work():
        async with aiopg.connect(app_dsn) as conn:
            pid = conn.raw.info.backend_pid
            async with conn.cursor() as cur:
                with pytest.raises((asyncio.TimeoutError, psycopg2.extensions.QueryCanceledError)):
                    await cur.execute("SELECT pg_sleep(600)", timeout=0.2)
            return pid

    pid = run(work())
    app_conn.autocommit = True
    with app_conn.cursor() as cur:  # it ends there too, not after ten minutes
        cur.execute("SELECT pg_terminate_backend(%s, 20000)", (pid,))
        cur.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", (pid,))
        assert cur.fetchone() == (0,)


def test_notifications_arrive(app_dsn):
    async def work():
        async with aiopg.connect(app_dsn) as conn, conn.cursor() as cur:
            await cur.execute("LISTEN news")
            await cur.execute("NOTIFY news, 'ü'")
            notify = await conn.notifies.get()
            return notify.channel, notify.payload, notify.pid == conn.raw.info.backend_pid

    assert run(work()) == ("news", "ü", True)
