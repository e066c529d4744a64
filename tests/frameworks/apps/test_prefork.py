"""Worker processes made by fork, as task queues make them: what parent and children may share."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

import psycopg2
from psycopg2.pool import ThreadedConnectionPool

FORK = multiprocessing.get_context("fork")
TASKS = 200


def serve(dsn: str, number: int, results) -> None:
    """What a worker does: take tasks from a table until there are none, each in a transaction."""
    pool = ThreadedConnectionPool(1, 2, dsn)
    done = 0
    while True:
        conn = pool.getconn()
        with conn, conn.cursor() as cur:
            cur.execute(
                "SELECT n, payload FROM task WHERE state = 'new' ORDER BY n"
                " LIMIT 1 FOR UPDATE SKIP LOCKED"
            )
            row = cur.fetchone()
            if row:
                cur.execute(
                    "UPDATE task SET state = 'done', worker = %s, result = %s WHERE n = %s",
                    (number, row[1] * 2, row[0]),
                )
                done += 1
        pool.putconn(conn)
        if not row:
            break
    pool.closeall()
    results.put((number, done))


@pytest.fixture
def tasks(app_conn):
    with app_conn, app_conn.cursor() as cur:
        cur.execute(
            "CREATE TABLE task (n int PRIMARY KEY, payload int, state text DEFAULT 'new',"
            " worker int, result int)"
        )
        rows = ((n, n) for n in range(TASKS))
        cur.executemany("INSERT INTO task (n, payload) VALUES (%s, %s)", rows)
    yield app_conn
    with app_conn, app_conn.cursor() as cur:
        cur.execute("DROP TABLE task")


def test_forked_workers_do_each_task_once_while_the_parent_keeps_its_connection(tasks, app_dsn):
    cur = tasks.cursor()
    cur.execute("SELECT pg_backend_pid(), count(*) FROM task")  # the parent is in a transaction
    before = cur.fetchone()
    results = FORK.Queue()
    workers = [FORK.Process(target=serve, args=(app_dsn, n, results)) for n in range(4)]
    for worker in workers:
        worker.start()
    told = dict(results.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4  # after closing their copies
    cur.execute("SELECT pg_backend_pid(), count(*) FROM task")
    assert cur.fetchone() == before and tasks.closed == 0
    tasks.rollback()
    cur.execute("SELECT count(*), sum(result), count(DISTINCT n) FROM task WHERE state = 'done'")
    assert cur.fetchone() == (TASKS, sum(2 * n for n in range(TASKS)), TASKS)
    assert sum(told.values()) == TASKS


def hold_task(dsn: str, ready) -> None:
    conn = psycopg2.connect(dsn)
    cur = conn.cursor()
    cur.execute("SELECT n FROM task WHERE state = 'new' ORDER BY n LIMIT 1 FOR UPDATE SKIP LOCKED")
    ready.put(cur.fetchone()[0])
    signal.pause()


def test_the_task_of_a_worker_that_is_killed_is_free_again(tasks, app_dsn):
    ready = FORK.Queue()
    worker = FORK.Process(target=hold_task, args=(app_dsn, ready))
    worker.start()
    assert ready.get(timeout=60) == 0
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    with tasks, tasks.cursor() as cur:
        cur.execute("SELECT n FROM task ORDER BY n LIMIT 1 FOR UPDATE")  # waits for its end
        assert cur.fetchone() == (0,)


def double(n: int) -> int:
    with connection, connection.cursor() as cur:
        cur.execute("SELECT %s * 2", (n,))
        return cur.fetchone()[0]


def connect_worker(dsn: str) -> None:
    global connection
    connection = psycopg2.connect(dsn)


def test_a_pool_of_processes_with_a_connection_each(app_dsn):
    with FORK.Pool(3, initializer=connect_worker, initargs=(app_dsn,)) as pool:
        assert pool.map(double, range(100), chunksize=5) == [n * 2 for n in range(100)]
        pool.close()
        pool.join()


def refuse(n: int) -> None:
    with psycopg2.connect(n) as conn, conn.cursor() as cur:
        cur.execute("SELECT * FROM nowhere")


def test_an_error_of_the_driver_comes_back_from_a_worker_with_its_details(app_dsn):
    with FORK.Pool(1) as pool, pytest.raises(psycopg2.errors.UndefinedTable) as caught:
        pool.apply(refuse, (app_dsn,))
    assert caught.value.pgcode == "42P01"
    assert 'relation "nowhere" does not exist' in str(caught.value)
