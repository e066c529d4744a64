"""Rows as named tuples."""

import gc
import weakref

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import NamedTupleConnection, NamedTupleCursor

TWO_ROWS = "select * from (values (1, 'x'), (2, 'y')) as t (a, b)"


@pytest.fixture
def ncur(conn):
    return conn.cursor(cursor_factory=NamedTupleCursor)


FETCHES = {
    "fetchone": lambda cur: [cur.fetchone(), cur.fetchone()],
    "fetchmany": lambda cur: cur.fetchmany(2),
    "fetchmany without size": lambda cur: cur.fetchmany() + cur.fetchmany(),
    "fetchmany by name": lambda cur: cur.fetchmany(size=5),
    "fetchall": lambda cur: cur.fetchall(),
    "iteration": list,
    "next": lambda cur: [next(cur), next(cur)],
}


@pytest.mark.parametrize("name", [None, "named"])
@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES)
def test_rows_are_named_tuples(conn, name, fetch):
    cur = conn.cursor(name, cursor_factory=NamedTupleCursor)
    cur.itersize = 1
    cur.execute(TWO_ROWS)
    rows = fetch(cur)
    assert rows == [(1, "x"), (2, "y")]
    assert [(row.a, row.b) for row in rows] == [(1, "x"), (2, "y")]
    assert repr(rows[0]) == "Record(a=1, b='x')"
    assert type(rows[0]) is type(rows[1])
    assert cur.fetchone() is None
    assert cur.fetchmany(2) == cur.fetchall() == list(cur) == []


@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES)
def test_no_results_to_fetch(ncur, fetch):
    ncur.execute("select 1 as a")
    ncur.execute("create temp table t (i int)")
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        fetch(ncur)


@pytest.mark.parametrize(
    "column, attribute",
    [
        ("a", "a"),
        ("?column?", "f_column_"),
        ("_a", "f_a"),
        ("__class__", "f__class__"),
        ("1x", "f1x"),
        ("a b", "a_b"),
        ("a-b", "a_b"),
        ("a$", "a_"),
        ("a%b", "a_b"),
        ("é", "é"),
        ("日本", "日本"),
        ("print", "print"),
        ("count", "count"),
        ("__", "f__"),
    ],
)
def test_names_become_attributes(ncur, column, attribute):
    ncur.execute(f'select 1 as "{column.replace("%", "%%")}"', ())
    row = ncur.fetchone()
    assert row._fields == (attribute,)
    assert getattr(row, attribute) == 1 or attribute == "count"


@pytest.mark.parametrize(
    "columns", ["1 as a, 2 as a", "1, 2", '1 as "a b", 2 as "a-b"', '1 as "class"', '1 as "☃"']
)
@pytest.mark.parametrize("fetch", ["fetchone", "fetchall", "fetchmany"])
def test_names_that_cannot_be_attributes(ncur, columns, fetch):
    ncur.execute(f"select {columns}")
    with pytest.raises(ValueError):
        getattr(ncur, fetch)()


def test_row_without_columns(ncur):
    ncur.execute("select")
    assert ncur.fetchall() == [()]


def test_record_is_the_class_of_the_rows(ncur):
    assert ncur.Record is None
    ncur.execute("select 1 as a")
    row = ncur.fetchone()
    assert type(row) is ncur.Record
    assert type(row).__module__ == "psycopg2.extras"
    ncur.execute("select 1 as b")
    assert ncur.Record is None
    assert ncur.fetchone() == ncur.Record(b=1)


def test_record_is_kept_for_the_same_columns(conn, ncur):
    ncur.execute("select 1 as a")
    first = type(ncur.fetchone())
    ncur.execute("select 2 as a")
    other = conn.cursor(cursor_factory=NamedTupleCursor)
    other.execute("select 3 as a")
    assert type(ncur.fetchone()) is type(other.fetchone()) is first


@pytest.mark.parametrize(
    "run",
    [
        lambda cur: cur.callproc("abs", (-1,)),
        lambda cur: cur.execute("select 1 as abs"),
        lambda cur: cur.execute("select %(n)s as abs", {"n": 1}),
    ],
)
def test_record_is_made_anew(ncur, run):
    ncur.execute("select 0 as other")
    ncur.fetchone()
    run(ncur)
    assert ncur.fetchone().abs == 1


def test_executemany_has_no_rows(ncur):
    ncur.execute("create temp table t (i int)")
    ncur.executemany("insert into t values (%s)", [(1,), (2,)])
    ncur.execute("select i from t order by i")
    assert [row.i for row in ncur] == [1, 2]


def test_scroll_keeps_the_record(ncur):
    ncur.execute(TWO_ROWS)
    assert ncur.fetchall()[1].a == 2
    ncur.scroll(0, "absolute")
    assert ncur.fetchone().a == 1


def test_class_of_the_rows_may_be_another(conn):
    class Cursor(NamedTupleCursor):
        def _make_nt(self):
            return type("Mine", (super()._make_nt(),), {"twice": property(lambda r: 2 * r.a)})

    cur = conn.cursor(cursor_factory=Cursor)
    cur.execute("select 21 as a")
    assert cur.fetchone().twice == 42


def test_a_row_adapts_as_a_tuple(ncur):
    ncur.execute("select 1 as a, 'x' as b")
    row = ncur.fetchone()
    assert ncur.mogrify("%s", (row,)) == b"(1, 'x')"


def test_connection_of_the_cursor(connect, dsn):
    conn = connect(dsn, connection_factory=NamedTupleConnection)
    assert type(conn.cursor()) is NamedTupleCursor
    assert conn.cursor("named").name == "named"
    assert type(conn.cursor(cursor_factory=extensions.cursor)) is extensions.cursor


def test_cursor_is_freed_without_the_collector(conn):
    gc.disable()
    try:
        cur = conn.cursor(cursor_factory=NamedTupleCursor)
        cur.execute(TWO_ROWS)
        cur.fetchall()
        ref = weakref.ref(cur)
        del cur
        assert ref() is None
    finally:
        gc.enable()
