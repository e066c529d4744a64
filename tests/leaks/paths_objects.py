"""Paths of large objects, and of what psycopg2.extras, psycopg2.sql and psycopg2.pool make."""

import datetime as dt
import logging
import os
import tempfile

from world import expect, path

import psycopg2
from psycopg2 import extensions, extras, pool, sql

LOGGER = logging.Logger("of leaks")


def transactional(w):
    return w.once("transactional", lambda: psycopg2.connect(w.dsn))


@path
def large_objects(w):
    conn = transactional(w)
    with conn:
        made = conn.lobject(0, "w")
        assert made.write("text é") and made.write(b"bytes")
        made.seek(0)
        made.tell()
        made.read(5)
        made.truncate(3)
        repr(made), made.oid, made.mode, made.closed
        made.close()
        other = conn.lobject(made.oid, "rb")
        other.read()
        conn.lobject(made.oid)  # dropped open
        other.unlink()
    with expect(psycopg2.ProgrammingError, psycopg2.InterfaceError):
        other.read()


@path
def large_objects_and_files(w):
    conn = transactional(w)
    with tempfile.TemporaryDirectory() as directory:
        name = os.path.join(directory, "file")
        with open(name, "wb") as f:
            f.write(b"x" * 1000)
        with conn:
            made = conn.lobject(0, "w", 0, name)
            made.export(name)
            made.unlink()
        with expect(psycopg2.OperationalError), conn:
            conn.lobject(0, "w", 0, name + ".nosuch")
        with expect(psycopg2.OperationalError), conn:
            conn.lobject(1).export(name)


@path
def large_objects_fail(w):
    conn = transactional(w)
    with expect(psycopg2.OperationalError), conn:
        conn.lobject(1, "r")
    with expect(ValueError):
        conn.lobject(0, "nosuch")
    with expect(TypeError):
        conn.lobject("x")
    with expect(TypeError):
        conn.lobject(lobject_factory=lambda *args: 5)
    with expect(psycopg2.ProgrammingError):
        w.conn.lobject()
    with expect(psycopg2.InterfaceError):
        extensions.lobject.__new__(extensions.lobject).read()
    with conn:
        made = conn.lobject(0, "wb")
        with expect(TypeError):
            made.write(5)
        made.write(b"\xff")
        text = conn.lobject(made.oid, "rt")
        with expect(UnicodeDecodeError):
            text.read()
        with expect(psycopg2.OperationalError):
            made.seek(-5)
    conn.rollback()


@path
def dictionaries_and_named_tuples(w):
    for factory in (extras.DictCursor, extras.RealDictCursor, extras.NamedTupleCursor):
        cur = w.conn.cursor(cursor_factory=factory)
        cur.execute("select i as a, 'x' as b, '[1]'::json as c from generate_series(1, 5) i")
        cur.fetchone(), cur.fetchmany(2), list(cur)
        repr(cur.fetchall())
        cur.execute("select 1 as a, now() as b")
        with expect(ZeroDivisionError):
            cur.tzinfo_factory = lambda offset: 1 // 0
            cur.fetchall()
        cur.execute("select 1")  # and leave the row


@path
def dictionaries_that_are_changed(w):
    cur = w.conn.cursor(cursor_factory=extras.RealDictCursor)
    cur.execute("select i as a, 'x' as b, '[1]'::json as c from generate_series(1, 9) i")
    rows = cur.fetchall()
    rows[0]["a"] = rows[0]
    rows[1].me = rows[1]
    rows[2].pop("b"), rows[2].popitem(), rows[2].move_to_end("a")
    list(rows[3]), list(reversed(rows[4])), rows[5].copy(), rows[6] | rows[7]
    assert rows[7] != rows[8]
    with expect(KeyError):
        del rows[8]["q"]
    with expect(TypeError):
        rows[8].items(1)


class Row(extras.RealDictRow):
    pass


@path
def rows_of_other_classes(w):
    cur = w.conn.cursor(cursor_factory=extras.RealDictCursor)
    cur.row_factory = Row
    cur.execute("select 1 as a")
    cur.fetchall()
    cur = w.conn.cursor()
    for maker in (5, lambda cursor: 5, lambda cursor: (int, None), lambda cursor: (dict, ())):
        cur._row_maker = maker
        cur.execute("select 1 as a")
        with expect(TypeError):
            cur.fetchall()


@path
def many_at_a_time(w):
    extras.execute_batch(w.cur, "select %s", [(i,) for i in range(10)], page_size=3)
    extras.execute_values(w.cur, "select * from (values %s) t", [(1, 2), (3, 4)], fetch=True)
    with expect(ValueError):
        extras.execute_values(w.cur, "select 1", [(1,)])


@path
def types_of_extras(w):
    w.cur.execute("select %s, %s", (extras.Json({"a": [1]}), extras.Inet("1.2.3.4")))
    w.cur.execute(
        """select '[1,3)'::int4range, '[2020-01-01,]'::tstzrange, '{"[1,2)"}'::int4range[]"""
    )
    (numbers, times, several) = w.cur.fetchone()
    w.cur.execute("select %s, %s, %s", (numbers, times, several))
    assert 1 in numbers and hash(numbers) and numbers < extras.NumericRange(2, 3)
    assert times.lower == dt.datetime(2020, 1, 1, tzinfo=times.lower.tzinfo)
    w.cur.execute("select row(1, 'a')")
    w.cur.fetchone()


@path
def composites(w):
    w.cur.execute("drop type if exists pg_temp.leaky; create type pg_temp.leaky as (a int, b text)")
    cur = w.conn.cursor()
    extras.register_composite("leaky", cur)
    cur.execute("select (1, 'x, \"y')::leaky, array[(1, null)::leaky]")
    cur.fetchone()
    with expect(psycopg2.ProgrammingError):
        extras.register_composite("nosuch", cur)


@path
def logging_connections(w):
    conn = w.once(
        "logging", lambda: psycopg2.connect(w.dsn, connection_factory=extras.LoggingConnection)
    )
    conn.initialize(LOGGER)
    cur = conn.cursor()
    cur.execute("select %s", ("x",))
    with expect(psycopg2.errors.SyntaxError):
        cur.execute("selec")
    conn.rollback()


@path
def pools(w):
    connections = pool.ThreadedConnectionPool(1, 2, w.dsn)
    conn = connections.getconn()
    connections.getconn("key")
    with expect(pool.PoolError):
        connections.getconn()
    connections.putconn(conn, close=True)
    connections.closeall()


@path
def composed_queries(w):
    query = sql.SQL("select {} as {}, {named}").format(
        sql.Literal("x"), sql.Identifier("a", "b"), named=sql.Placeholder("c")
    )
    query.as_string(w.conn), repr(query)
    assert query == query + sql.SQL("") or query
    with expect(TypeError):
        sql.Identifier(5)
    with expect(IndexError):
        sql.SQL("{}").format()
    sql.SQL(", ").join([sql.Literal(i) for i in range(3)]).as_string(w.cur)
