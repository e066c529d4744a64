"""Paths of what helps people: notes, values of other libraries, on_query, progress=, warnings."""

import contextlib
import datetime as dt
import io
import ipaddress
import pathlib
import sys
import warnings

from world import Fails, expect, fails, path

import psycopg2
from psycopg2 import extensions, extras

SLIPS = [
    ("%s, %s", (1,)),
    ("%s", [1, 2]),
    ("%s", "abc"),
    ("%s", 42),
    ("%s", {"a": 1}),
    ("%(a)s", (1,)),
    ("%(a)s", {"b": 1}),
    ("%(a)s", {}),
    ("a%' and %s", (1,)),
    ("%d", (1,)),
    ("%s %", (1, 2)),
    ("%s %(a)s", (1,)),
    ("%s", ("a\0b",)),
    ("%s", (object(),)),
    ("%s", ({},)),
    ("%s", ([print],)),
]


class Missing(dt.datetime):
    def isoformat(self, *args):
        return "NaT"


@path
def notes(w):
    for query, args in SLIPS:
        with contextlib.suppress(TypeError, ValueError, LookupError, psycopg2.Error):
            w.cur.execute(query, args)
            raise AssertionError(query)
        with contextlib.suppress(TypeError, ValueError, LookupError, psycopg2.Error):
            w.cur.executemany(query, [args])
            raise AssertionError(query)
    for query in "select %s", "select 1/0", "fetch 1 from no_such_cursor":
        with expect(psycopg2.Error):
            w.cur.execute(query)
    with expect(psycopg2.ProgrammingError):
        extensions.parse_dsn("passwd=x")


@path
def foreign_values(w):
    values = [pathlib.PurePosixPath("/a"), ipaddress.ip_address("::1"), Missing(2020, 1, 1)]
    w.cur.execute("select %s, %s, %s", values)
    assert w.cur.fetchone() == ("/a", "::1", None)
    w.cur.executemany("select %s", [(value,) for value in values])


class Stop(BaseException):
    pass


@path
def on_query(w):
    conn = psycopg2.connect(w.dsn)
    told = []
    conn.on_query = lambda *args, conn=conn: told.append(args)
    cur = conn.cursor()
    cur.execute("create temp table h (a int)")
    cur.executemany("insert into h values (%s)", [(1,), (2,)])
    extras.execute_batch(cur, "insert into h values (%s)", [(1,), (2,)])
    cur.copy_from(io.StringIO("1\n"), "h")
    list(cur.stream("select * from h"))
    conn.commit()
    with expect(psycopg2.Error):
        cur.execute("select 1/0")
    conn.rollback()
    assert len(told) >= 7

    def stop(*args):
        raise Stop

    conn.on_query = stop
    for query in "select 1", "select x":
        with expect(Stop):
            cur.execute(query)
    with expect(TypeError):
        conn.on_query = 1
    conn.close()


@path
def on_query_fails(w):
    before = sys.unraisablehook
    sys.unraisablehook = lambda info: None
    w.conn.on_query = fails
    try:
        w.cur.execute("select 1")
    finally:
        w.conn.on_query = None
        sys.unraisablehook = before


@path
def on_query_of_async_connections(w):
    conn = psycopg2.connect(w.dsn, async_=1)
    extras.wait_select(conn)
    conn.on_query = lambda *args: None
    cur = conn.cursor()
    cur.execute("select 1")
    extras.wait_select(conn)
    cur.execute("select 1/0")
    with expect(psycopg2.Error):
        extras.wait_select(conn)
    cur.execute("select pg_sleep(60)")
    conn.close()


@path
def copy_progress(w):
    w.cur.execute("create temp table if not exists p (a int)")
    lines = "1\n" * 5000
    for progress in (lambda size, rows: None, lambda size: None):
        w.cur.copy_from(io.StringIO(lines), "p", progress=progress)
        w.cur.copy_to(io.BytesIO(), "p", progress=progress)
        w.cur.copy_records("p", [(1,)] * 10, progress=progress)
    for progress in (fails, lambda size: fails()):
        with expect(Fails):
            w.cur.copy_from(io.StringIO(lines), "p", progress=progress)
        with expect(Fails):
            w.cur.copy_to(io.BytesIO(), "p", progress=progress)
        with expect(Fails):
            w.cur.copy_records("p", [(1,)] * 10, progress=progress)
    with expect(TypeError):
        w.cur.copy_to(io.BytesIO(), "p", progress=1)
    w.cur.execute("truncate p")


@path
def dropped_open(w):
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always", ResourceWarning)
        conn = psycopg2.connect(w.dsn)
        cur = conn.cursor("dropped")
        cur.execute("select 1")
        del cur
        next(conn.cursor().stream("select generate_series(1, 1000)", size=1))
        del conn
