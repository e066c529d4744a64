"""Paths of copy_records() and stream()."""

import datetime as dt
import decimal
import gc
import uuid

from world import Fails, expect, fails, path

import psycopg2
from psycopg2 import extensions, extras

VALUES = {
    "a": 1,
    "b": "text é \\ \t",
    "c": 1.5,
    "d": dt.date(2020, 1, 1),
    "e": dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
    "f": b"\0\1",
    "g": uuid.UUID(int=5),
    "h": dt.timedelta(1),
}
TYPES = ["int", "text", "float8", "date", "timestamptz", "bytea", "uuid", "interval"]
MIXED = (
    [extensions.AsIs("'x'::text"), ["a", None, ["b"]], ("x", 1, None)],
    [extras.Json({"a": 1}), extras.NumericRange(1, 2), decimal.Decimal("1.5")],
    [extras.DateRange(dt.date(2020, 1, 1)), extras.Inet("1.2.3.4"), None],
)


@path
def copy_records_in_text(w):
    w.cur.execute("create temp table if not exists r (a text, b text, c text)")
    for record in MIXED:
        w.cur.copy_records("r", [record, tuple(record)])
    w.cur.copy_records("r", ((i, i, i) for i in range(10)), columns=["a", "b", "c"])
    w.cur.copy_records("r", iter(()), schema="pg_temp")
    w.cur.execute("truncate r")


@path
def copy_records_in_binary(w):
    columns = ", ".join(f"{name} {type_}" for name, type_ in zip(VALUES, TYPES))
    w.cur.execute(f"create temp table if not exists bin ({columns})")
    records = [tuple(VALUES.values()), [None] * len(VALUES)] * 600
    w.cur.copy_records("bin", records, columns=list(VALUES))
    assert w.cur.query.endswith(b"(FORMAT binary)")
    w.cur.execute("truncate bin")


class Raising:
    def __conform__(self, protocol):
        raise Fails


@path
def copy_records_fails(w):
    w.cur.execute("create temp table if not exists r (a text, b text, c text)")
    w.conn.commit()

    def generate():
        yield 1, 2, 3
        raise Fails

    bad = [
        ([(1, 2)], psycopg2.ProgrammingError),
        (["abc"], TypeError),
        ([{1: 2}], TypeError),
        ([(1, 2, object())], psycopg2.ProgrammingError),
        ([(1, ["x", object()], 3)], psycopg2.ProgrammingError),
        ([(1, 2, extensions.AsIs("now()"))], psycopg2.ProgrammingError),
        ([(1, 2, "\0")], ValueError),
        ([(1, 2, "\ud800")], UnicodeEncodeError),
        ([(1, 2, Raising())], Fails),
        ([("a", "b", "\0")] * 1200, ValueError),
        (generate(), Fails),
        (5, TypeError),
    ]
    for records, error in bad:
        with expect(error):
            w.cur.copy_records("r", records)
        w.conn.rollback()
    for kwargs, error in (
        ({"table": "nosuch"}, psycopg2.errors.UndefinedTable),
        ({"table": "r", "columns": "a"}, TypeError),
        ({"table": "r", "columns": [5]}, TypeError),
        ({"table": "r", "schema": 5}, TypeError),
    ):
        with expect(error):
            w.cur.copy_records(records=[(1, 2, 3)], **kwargs)
        w.conn.rollback()
    w.conn.rollback()


STREAMED = "select generate_series(1, 1000) as i, 'x' as x"


@path
def stream_read(w):
    for factory in (None, extras.DictCursor, extras.RealDictCursor, extras.NamedTupleCursor):
        with w.conn.cursor(cursor_factory=factory) as cur:
            assert len(list(cur.stream(STREAMED))) == 1000
            list(cur.stream("select 1 where %s", (False,)))
    with w.conn.cursor() as cur:
        cur.row_factory = lambda cursor: {}
        list(cur.stream(STREAMED, size=1))


@path
def stream_left(w):
    w.conn.autocommit = True
    stream = w.cur.stream(STREAMED)
    next(stream)
    stream.close()
    stream = w.cur.stream(STREAMED)
    stream = None
    cycle = [w.cur.stream(STREAMED)]
    cycle.append(cycle)
    cycle = None
    gc.collect()
    with w.cur.stream("select 1") as stream:
        next(stream)
    with w.conn.cursor() as cur:
        stream = cur.stream(STREAMED)
    assert list(stream) == []
    w.cur.execute("select 1")  # what is kept of the last statement is always the same
    w.conn.autocommit = False


@path
def stream_fails(w):
    for query in ("selec", "select 1/0", "", "copy (select 1) to stdout", "select 1; select 2"):
        with expect(psycopg2.Error):
            w.cur.stream(query)
        w.conn.rollback()
    with expect(psycopg2.errors.DivisionByZero):
        list(w.cur.stream("select 1/(500 - i) from generate_series(1, 1000) i"))
    w.conn.rollback()
    stream = w.cur.stream(STREAMED)
    for use in (w.cur.fetchone, w.conn.commit, lambda: w.cur.execute("select 1")):
        with expect(psycopg2.ProgrammingError):
            use()
    stream.close()
    w.conn.rollback()
    with w.conn.cursor() as cur:
        extensions.register_type(extensions.new_type((23,), "FAILS", fails), cur)
        stream = cur.stream(STREAMED)
        with expect(Fails):
            next(stream)
    with expect(ValueError):
        w.cur.stream("select 1", size=0)
    w.conn.rollback()
