"""Programs that type checkers refuse: where one stops to, its comment here is told as needless."""

import psycopg2
from psycopg2 import extensions, extras, pool, sql


def connect_takes(dsn: str) -> None:
    psycopg2.connect(1)  # type: ignore[call-overload]
    psycopg2.connect(dsn, cursor_factory=dict)  # type: ignore[type-var]
    pool.SimpleConnectionPool("1", 2, dsn)  # type: ignore[call-overload]


def rows_may_be_none(cur: extensions.cursor, real: extras.RealDictCursor) -> None:
    print(cur.fetchone()[0])  # type: ignore[index]
    print(real.fetchone()["a"])  # type: ignore[index]


def rows_by_name(cur: extensions.cursor) -> None:
    for row in cur:
        print(row["a"])  # type: ignore[call-overload]


def cursors_are_not_interchangeable(conn: extensions.connection) -> extras.DictCursor:
    return conn.cursor()  # type: ignore[return-value]


def statements(conn: extensions.connection, cur: extensions.cursor) -> None:
    cur.execute(1)  # type: ignore[arg-type]
    cur.execute("SELECT %s", 1)  # type: ignore[arg-type]
    cur.execute("SELECT %s", {1})  # type: ignore[arg-type]
    sql.SQL("{}").format("text")  # type: ignore[arg-type]
    sql.Identifier(1)  # type: ignore[arg-type]
    sql.SQL("a") + "b"  # type: ignore[operator]
    cur.copy_records("t", [1])  # type: ignore[list-item]


def sessions(conn: extensions.connection) -> None:
    conn.closed = 1  # type: ignore[misc]
    conn.dsn = ""  # type: ignore[misc]
    conn.nosuch()  # type: ignore[attr-defined]
    conn.xid("1", "a", "b")  # type: ignore[arg-type]
