"""ResourceWarning for what is dropped and should have been closed."""

import contextlib
import gc
import os
import subprocess
import sys
import warnings

import pytest

import psycopg2
from psycopg2 import extensions, extras
from psycopg2.pool import SimpleConnectionPool


class OwnConnection(extensions.connection):
    pass


@contextlib.contextmanager
def caught():
    """The ResourceWarnings of what is dropped within."""
    gc.collect()
    told = []
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        yield told
        gc.collect()
    told += [str(w.message) for w in seen if w.category is ResourceWarning]


@pytest.mark.parametrize("factory", [None, OwnConnection, extras.LoggingConnection])
def test_connection_that_is_dropped_open_is_told(dsn, factory):
    with caught() as told:
        conn = psycopg2.connect(dsn, connection_factory=factory)
        shown = repr(conn)
        del conn
    assert told == ["unclosed " + shown]


def test_connection_in_a_cycle_is_told(dsn):
    with caught() as told:
        conn = OwnConnection(dsn)
        conn.me = conn
        del conn
    assert len(told) == 1


def test_async_connection_that_is_dropped_open_is_told(dsn):
    with caught() as told:
        conn = psycopg2.connect(dsn, async_=1)
        extras.wait_select(conn)
        del conn
    assert len(told) == 1


def test_connection_that_was_closed_is_not_told(dsn):
    with caught() as told:
        with contextlib.closing(psycopg2.connect(dsn)) as conn:
            conn.cursor().execute("select 1")
        del conn
        pool = SimpleConnectionPool(1, 2, dsn)
        first, second = pool.getconn(), pool.getconn()
        pool.putconn(first)
        pool.putconn(second)
        pool.closeall()
        del pool, first, second
        extensions.connection.__new__(extensions.connection)
    assert told == []


def test_connection_that_failed_or_was_lost_is_not_told(dsn, conn):
    with caught() as told:
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect("host=/nonexistent")
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(dsn, options="-c no_such_setting=1")
        lost = psycopg2.connect(dsn)
        conn.cursor().execute("select pg_terminate_backend(%s)", (lost.info.backend_pid,))
        with pytest.raises(psycopg2.OperationalError):
            lost.cursor().execute("select pg_sleep(60)")
        del lost
    assert told == []


def test_warning_made_an_error_is_unraisable(dsn, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda info: seen.append(info.exc_type))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        conn = psycopg2.connect(dsn)
        del conn
        gc.collect()
    assert seen == [ResourceWarning]


def test_connection_may_be_revived_by_the_warning(dsn, monkeypatch):
    kept = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", ResourceWarning)
        monkeypatch.setattr(
            warnings, "_showwarnmsg", lambda message: kept.append(message.source), raising=False
        )
        conn = psycopg2.connect(dsn)
        del conn
        gc.collect()
        (revived,) = kept
        cur = revived.cursor()
        cur.execute("select 1")
        assert cur.fetchone() == (1,)
        revived.close()
        kept.clear()
        del revived, cur
        gc.collect()
    assert kept == []


@pytest.mark.parametrize("withhold", [False, True])
def test_named_cursor_that_is_dropped_open_is_told(conn, withhold):
    with caught() as told:
        cur = conn.cursor("un'closed", withhold=withhold)
        cur.execute("select 1")
        del cur
    assert told == [f"""unclosed named cursor "un'closed" of {conn!r}"""]


def test_named_cursor_that_is_over_is_not_told(conn, dsn):
    with caught() as told:
        conn.cursor("unused")
        with conn.cursor("closed") as cur:
            cur.execute("select 1")
        cur = conn.cursor("committed")
        cur.execute("select 1")
        conn.commit()
        cur = conn.cursor("rolled_back")
        cur.execute("select 1")
        conn.rollback()
        cur = conn.cursor("gone")
        cur.execute("select 1")
        conn.close()
        del cur
    assert told == []


def test_plain_cursor_is_not_told(conn):
    with caught() as told:
        conn.cursor().execute("select 1")
    assert told == []


def test_stream_that_is_dropped_open_is_told(conn):
    cur = conn.cursor()
    with caught() as told:
        stream = cur.stream("select generate_series(1, 100000)", size=1)
        next(stream)
        del stream
    assert told == [f"unclosed stream of {cur!r}"]
    conn.rollback()
    with caught() as told:
        assert len(list(cur.stream("select generate_series(1, 300)", size=1))) == 300
        with cur.stream("select generate_series(1, 100000)", size=1) as stream:
            next(stream)
        del stream
        conn.rollback()
        stream = cur.stream("select generate_series(1, 100000)", size=1)
        conn.close()
        del stream
    assert told == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork()")
def test_child_does_not_tell_of_what_is_its_parents(dsn):
    code = """
import gc, os, sys, psycopg2
conn = psycopg2.connect(sys.argv[1])
cur = conn.cursor("n")
cur.execute("select 1")
if os.fork() == 0:
    del cur, conn
    gc.collect()
    os._exit(0)
os.wait()
cur.close()
conn.close()
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, dsn], capture_output=True, text=True
    )
    assert (done.returncode, "unclosed" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("options, told", [(["-X", "dev"], True), ([], False)])
def test_connection_open_at_exit_does_no_harm(dsn, options, told):
    code = """
import sys, psycopg2
conn = psycopg2.connect(sys.argv[1])
cur = conn.cursor("n")
cur.execute("select 1")
sys.modules["kept"] = conn
holder = [psycopg2.connect(sys.argv[1])]
holder.append(holder)
"""
    done = subprocess.run(
        [sys.executable, *options, "-c", code, dsn], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert ("unclosed <connection" in done.stderr) is told
    assert "Error" not in done.stderr
