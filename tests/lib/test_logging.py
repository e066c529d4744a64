"""Connections that log what they execute."""

import gc
import io
import logging
import weakref

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import (
    DictCursor,
    LoggingConnection,
    LoggingCursor,
    MinTimeLoggingConnection,
    MinTimeLoggingCursor,
)


@pytest.fixture
def log():
    return io.StringIO()


@pytest.fixture
def lconn(connect, dsn, log):
    conn = connect(dsn, connection_factory=LoggingConnection)
    conn.initialize(log)
    return conn


def test_queries_go_to_a_file(lconn, log):
    cur = lconn.cursor()
    assert type(cur) is LoggingCursor
    cur.execute("select %s", ("é",))
    assert cur.fetchall() == [("é",)]
    cur.callproc("abs", (1,))
    assert log.getvalue() == "select 'é'\nSELECT * FROM abs(1)\n"


def test_queries_that_fail_are_logged(lconn, log):
    with pytest.raises(psycopg2.ProgrammingError):
        lconn.cursor().execute("oops")
    assert log.getvalue() == "oops\n"


def test_named_cursors_are_logged(lconn, log):
    lconn.cursor("named").execute("select 1")
    assert "select 1" in log.getvalue()


def test_executemany_is_not_logged(lconn, log):
    lconn.cursor().executemany("select %s", [(1,), (2,)])
    assert log.getvalue() == ""


def test_encoding_of_the_connection(lconn, log):
    lconn.set_client_encoding("LATIN1")
    lconn.cursor().execute("select 'é'")
    assert log.getvalue() == "select 'é'\n"


def test_queries_go_to_a_logger(lconn, caplog):
    logger = logging.getLogger("psycopg2.test")
    lconn.initialize(logger)
    with caplog.at_level(logging.DEBUG, logger="psycopg2.test"):
        lconn.cursor().execute("select 1")
    assert [(r.name, r.levelname, r.msg) for r in caplog.records] == [
        ("psycopg2.test", "DEBUG", b"select 1")
    ]


def test_filter_decides(connect, dsn, log):
    class Conn(LoggingConnection):
        def filter(self, msg, curs):
            assert curs.connection is self
            if b"secret" in msg:
                return None
            return msg if b"bytes" in msg else f"<{msg.decode()}>"

    conn = connect(dsn, connection_factory=Conn)
    conn.initialize(log)
    cur = conn.cursor()
    for query in ("select 1", "select 'secret'", "select 'bytes'"):
        cur.execute(query)
    assert log.getvalue() == "<select 1>\nselect 'bytes'\n"


@pytest.mark.parametrize("factory", [LoggingConnection, MinTimeLoggingConnection])
def test_initialize_comes_first(connect, dsn, factory):
    with pytest.raises(psycopg2.ProgrammingError, match=r"initialize\(\)d"):
        connect(dsn, connection_factory=factory).cursor()


@pytest.mark.parametrize("logobj", [None, 5, "file.log"])
def test_initialize_needs_a_file_or_a_logger(lconn, logobj):
    with pytest.raises(TypeError, match="file or a logger"):
        lconn.initialize(logobj)


@pytest.mark.parametrize("factory", [LoggingConnection, MinTimeLoggingConnection])
def test_cursors_of_another_factory(connect, dsn, log, factory):
    conn = connect(dsn, connection_factory=factory, cursor_factory=DictCursor)
    conn.initialize(log)
    assert type(conn.cursor()) is DictCursor
    assert type(conn.cursor(cursor_factory=extensions.cursor)) is extensions.cursor
    conn.cursor().execute("select 1")
    assert log.getvalue() == ""


def test_file_that_raises_says_so(lconn):
    class Log:
        def write(self, text):
            raise OSError("disk full")

    lconn.initialize(Log())
    with pytest.raises(OSError, match="disk full"):
        lconn.cursor().execute("select 1")


@pytest.fixture
def mconn(connect, dsn, log):
    conn = connect(dsn, connection_factory=MinTimeLoggingConnection)
    conn.initialize(log, mintime=50)
    return conn


def test_slow_queries_are_logged(mconn, log):
    cur = mconn.cursor()
    assert type(cur) is MinTimeLoggingCursor
    cur.execute("select pg_sleep(0.06)")
    first = log.getvalue()
    cur.callproc("pg_sleep", (0.06,))
    second = log.getvalue()[len(first) :]
    for text, query in ((first, "select pg_sleep(0.06)"), (second, "SELECT * FROM pg_sleep(0.06)")):
        query_line, time_line = text.splitlines()
        assert query_line == query
        assert time_line.startswith("  (execution time: ")
        assert float(time_line.split()[2]) > 50


def test_quick_queries_are_not_logged(mconn, log):
    mconn.initialize(log, mintime=3_600_000)
    mconn.cursor().execute("select 1")
    assert log.getvalue() == ""


def test_all_queries_are_slow_by_default(mconn, log):
    mconn.initialize(log)
    mconn.cursor().execute("select 1")
    assert log.getvalue().startswith("select 1\n  (execution time: ")


def test_timestamp_is_when_the_query_began(mconn):
    import time

    cur = mconn.cursor()
    before = time.time()
    cur.execute("select 1")
    assert before <= cur.timestamp <= time.time()


def test_connection_is_freed_without_the_collector(dsn, log):
    gc.disable()
    try:
        conn = psycopg2.connect(dsn, connection_factory=LoggingConnection)
        conn.initialize(log)
        ref = weakref.ref(conn)
        del conn
        assert ref() is None
    finally:
        gc.enable()
