"""What type checkers make of programs: `make types` reads this file, nothing runs it.

Each assert_type() is what an editor shows; mypy --strict and pyright have to agree.
"""

import asyncio
import datetime
import io
import logging
from collections.abc import Iterator
from typing import Any, Optional

from typing_extensions import assert_type

import psycopg2
from psycopg2 import errorcodes, errors, extensions, extras, pool, sql, tz
from psycopg2.extensions import connection, cursor
from psycopg2.extras import DictCursor, DictRow, NamedTupleCursor, RealDictCursor, RealDictRow

Row = tuple[Any, ...]


def rows_are_tuples(dsn: str) -> None:
    conn = psycopg2.connect(dsn)
    assert_type(conn, connection)
    cur = conn.cursor()
    assert_type(cur, cursor)
    assert_type(cur.execute("SELECT %s", (1,)), None)
    assert_type(cur.fetchone(), Optional[Row])
    assert_type(cur.fetchmany(3), list[Row])
    assert_type(cur.fetchall(), list[Row])
    assert_type(list(cur), list[Row])
    assert_type(next(cur), Row)
    assert_type(cur.rowcount, int)
    assert_type(cur.description, Optional[tuple[extensions.Column, ...]])
    assert_type(cur.query, Optional[bytes])
    assert_type(cur.mogrify("SELECT %(a)s", {"a": 1}), bytes)
    assert_type(cur.statusmessage, Optional[str])


def rows_by_the_factory_of_a_cursor(conn: connection) -> None:
    real = conn.cursor(cursor_factory=RealDictCursor)
    assert_type(real, RealDictCursor)
    assert_type(real.fetchone(), Optional[RealDictRow])
    assert_type(real.fetchmany(), list[RealDictRow])
    assert_type(real.fetchall(), list[RealDictRow])
    assert_type(next(real), RealDictRow)
    for row in real:
        assert_type(row, RealDictRow)
        assert_type(row["a"], Any)
        assert_type(dict(row), dict[str, Any])
    by_dict = conn.cursor(cursor_factory=DictCursor)
    assert_type(by_dict.fetchone(), Optional[DictRow])
    assert_type(by_dict.fetchall(), list[DictRow])
    for each in by_dict:
        assert_type(each["a"], Any)
        assert_type(each.get("a"), Any)
        assert_type(list(each.keys()), list[str])
    named = conn.cursor(cursor_factory=NamedTupleCursor)
    assert_type(named, NamedTupleCursor)
    assert_type(named.fetchone().id, Any)


def rows_by_the_factory_of_a_connection(dsn: str) -> None:
    conn = psycopg2.connect(dsn, cursor_factory=RealDictCursor)
    assert_type(conn, "connection[RealDictCursor]")
    assert_type(conn.cursor(), RealDictCursor)
    assert_type(conn.cursor().fetchone(), Optional[RealDictRow])
    assert_type(conn.cursor("named").fetchall(), list[RealDictRow])
    assert_type(conn.cursor(cursor_factory=DictCursor), DictCursor)
    assert_type(conn.cursor("named", DictCursor), DictCursor)
    assert_type(psycopg2.connect(dsn, None, DictCursor).cursor(), DictCursor)
    takes_any_connection(conn)


def takes_any_connection(conn: connection) -> cursor:
    return conn.cursor()


class Audited(connection):
    def audit(self) -> int:
        return 1


def connections_by_their_factory(dsn: str) -> None:
    conn = psycopg2.connect(dsn, connection_factory=extras.DictConnection)
    assert_type(conn, extras.DictConnection)
    assert_type(conn.cursor(), DictCursor)
    assert_type(conn.cursor().fetchone(), Optional[DictRow])
    real = psycopg2.connect(dsn, connection_factory=extras.RealDictConnection)
    assert_type(real.cursor(), RealDictCursor)
    named = psycopg2.connect(dsn, connection_factory=extras.NamedTupleConnection)
    assert_type(named.cursor("n"), NamedTupleCursor)
    mine = psycopg2.connect(dsn, Audited)
    assert_type(mine, Audited)
    assert_type(mine.audit(), int)
    assert_type(mine.cursor(), cursor)
    logged = psycopg2.connect(dsn, connection_factory=extras.LoggingConnection)
    logged.initialize(logging.getLogger())
    assert_type(logged.cursor(), extras.LoggingCursor)
    streaming = psycopg2.connect(dsn, connection_factory=extras.LogicalReplicationConnection)
    assert_type(streaming.cursor(), extras.ReplicationCursor)


def with_blocks(dsn: str) -> int:
    with psycopg2.connect(dsn, cursor_factory=DictCursor) as conn:
        assert_type(conn, "connection[DictCursor]")
        with conn.cursor() as cur:
            assert_type(cur, DictCursor)
        with conn.cursor("named", withhold=True) as named:
            assert_type(named, DictCursor)
    with psycopg2.connect(dsn, connection_factory=Audited) as mine:
        assert_type(mine, Audited)
        return 1


def streams(cur: cursor, real: RealDictCursor) -> None:
    with cur.stream("SELECT 1") as rows:
        for row in rows:
            assert_type(row, Row)
    assert_type(list(real.stream("SELECT 1 AS a")), list[RealDictRow])
    real.copy_records("t", [(1, "a"), [2, None]], columns=["a", "b"])
    cur.copy_expert("COPY t TO STDOUT", io.StringIO())


def statements(conn: connection, cur: cursor) -> None:
    query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier("a"), sql.Identifier("s", "t"))
    assert_type(query, sql.Composed)
    assert_type(sql.SQL(", ").join([sql.Literal(1), sql.Placeholder("x")]), sql.Composed)
    assert_type(sql.SQL("a") + sql.SQL("b"), sql.Composed)
    assert_type(sql.Placeholder() * 3, sql.Composed)
    assert_type(query.as_string(conn), str)
    cur.execute(query, {"x": 1})
    cur.execute(b"SELECT 1")
    cur.executemany(query, [(1,), (2,)])
    extras.execute_values(cur, "INSERT INTO t VALUES %s", [(1, 2)])
    extras.execute_batch(cur, "INSERT INTO t VALUES (%s)", [(1,)], page_size=10)


def pools(dsn: str) -> None:
    simple = pool.SimpleConnectionPool(1, 2, dsn)
    assert_type(simple.getconn(), connection)
    simple.putconn(simple.getconn())
    threaded = pool.ThreadedConnectionPool(1, 2, dsn, cursor_factory=RealDictCursor)
    conn = threaded.getconn("key")
    assert_type(conn, "connection[RealDictCursor]")
    assert_type(conn.cursor().fetchall(), list[RealDictRow])
    threaded.putconn(conn, "key", close=True)
    mine = pool.ThreadedConnectionPool(1, 2, dsn, connection_factory=Audited)
    assert_type(mine.getconn().audit(), int)
    mine.closeall()


def failures(cur: cursor) -> None:
    try:
        cur.execute("SELECT 1")
    except errors.UniqueViolation as e:
        assert_type(e.diag.constraint_name, Optional[str])
        assert_type(e.pgcode, Optional[str])
        assert_type(e.cursor, Optional[cursor])
        is_integrity: psycopg2.IntegrityError = e
        print(is_integrity, e.pgcode == errorcodes.UNIQUE_VIOLATION)
    except psycopg2.OperationalError as e:
        assert_type(e.pgerror, Optional[str])
    assert_type(errors.lookup("23505"), type[psycopg2.Error])


def large_objects(conn: connection) -> None:
    lobj = conn.lobject(0, "rw")
    assert_type(lobj, extensions.lobject)
    assert_type(lobj.write("text"), int)
    assert_type(lobj.seek(0), int)


def sessions(conn: connection) -> None:
    assert_type(conn.closed, int)
    assert_type(conn.info.ssl_in_use, bool)
    assert_type(conn.info.ssl_attribute("cipher"), Optional[str])
    assert_type(conn.get_dsn_parameters(), dict[str, str])
    conn.set_session(isolation_level="SERIALIZABLE", readonly=True)
    conn.isolation_level = extensions.ISOLATION_LEVEL_READ_COMMITTED
    conn.autocommit = True
    xid = conn.xid(1, "gtrid", "bqual")
    assert_type(xid, extensions.Xid)
    conn.tpc_begin(xid)
    assert_type(conn.tpc_recover(), list[extensions.Xid])


def values(conn: connection, cur: cursor) -> None:
    def cast(value: Optional[str], curs: cursor) -> Optional[float]:
        return None if value is None else float(value)

    number = extensions.new_type(extensions.DECIMAL.values, "number", cast)
    assert_type(number.values, tuple[int, ...])
    extensions.register_type(number, conn)
    extensions.register_adapter(dict, extras.Json)
    assert_type(extras.DateRange(None, datetime.date(2024, 1, 1)).upper, Optional[datetime.date])
    assert_type(tz.FixedOffsetTimezone(60).utcoffset(None), datetime.timedelta)
    assert_type(psycopg2.Binary(b"a").getquoted(), bytes)


def generator(conn: connection) -> Iterator[RealDictRow]:
    with conn.cursor(cursor_factory=RealDictCursor) as cur:
        cur.execute("SELECT 1 AS a")
        yield from cur


async def coroutine(conn: connection) -> int:
    loop = asyncio.get_running_loop()
    loop.add_reader(conn.fileno(), conn.poll)
    assert_type(conn.poll(), int)
    return extensions.POLL_OK
