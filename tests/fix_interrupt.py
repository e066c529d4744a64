"""Ctrl-C while the server is at work: sent once the server says so; no test sleeps and hopes."""

import os
import signal
import threading

import pytest

import psycopg2

AT_WORK = """select 1 from pg_stat_activity
    where pid = %s and state = 'active' and wait_event in ('PgSleep', 'advisory')"""


@pytest.fixture
def interrupt_at_work(dsn):
    """A function: send SIGINT to this process once a query of a connection sleeps, or waits for an
    advisory lock. With a lock of Python's it first waits for that to be released.

    The signal must not come while Python code runs, which would raise the KeyboardInterrupt itself.
    """
    over = threading.Event()
    threads = []

    def watch(watcher, pid, after):
        if after:
            after.acquire()
        with watcher.cursor() as cur:
            while not over.is_set():
                cur.execute(AT_WORK, (pid,))
                if cur.fetchone():
                    os.kill(os.getpid(), signal.SIGINT)
                    return

    def start(conn, after=None):
        watcher = psycopg2.connect(dsn)
        watcher.autocommit = True
        thread = threading.Thread(target=watch, args=(watcher, conn.get_backend_pid(), after))
        threads.append((thread, watcher, after))
        thread.start()

    yield start
    over.set()
    for thread, watcher, after in threads:
        if after and thread.is_alive() and after.locked():
            after.release()
        thread.join()
        watcher.close()
