"""execute_values() and execute_batch()."""

import pytest

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extras import DictCursor, RealDictCursor, execute_batch, execute_values


@pytest.fixture
def table(cur):
    cur.execute("create temp table t (id serial primary key, a int, b text)")
    return "t"


def rows_of(cur):
    cur.execute("select a, b from t order by id")
    return cur.fetchall()


INSERT = "insert into t (a, b) values %s"


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_values_loads_all_rows(cur, table, n, page_size):
    rows = [(i, f"it's {i}") for i in range(n)]
    assert execute_values(cur, INSERT, rows, page_size=page_size) is None
    assert rows_of(cur) == rows


@pytest.mark.parametrize(
    "make", [list, tuple, iter, lambda rows: (row for row in rows), lambda rows: map(list, rows)]
)
def test_values_takes_any_iterable(cur, table, make):
    rows = [(1, "a"), (2, None), (3, "c")]
    execute_values(cur, INSERT, make(rows), page_size=2)
    assert rows_of(cur) == rows


@pytest.mark.parametrize(
    "query",
    [
        INSERT,
        INSERT.encode(),
        sql.SQL("insert into {} (a, b) values %s").format(sql.Identifier("t")),
    ],
)
def test_values_takes_any_query(cur, table, query):
    execute_values(cur, query, [(1, "é")])
    assert rows_of(cur) == [(1, "é")]


@pytest.mark.parametrize(
    "template, rows",
    [
        ("(%s, %s)", [(1, "a"), (2, "b")]),
        (b"(%s, %s)", [(1, "a"), (2, "b")]),
        (sql.SQL("(%s, %s)"), [(1, "a"), (2, "b")]),
        ("(%(a)s, %(b)s)", [{"a": 1, "b": "a"}, {"a": 2, "b": "b", "c": 3}]),
        ("(%s, upper(%s))", [(1, "A"), (2, "B")]),
    ],
)
def test_values_with_a_template(cur, table, template, rows):
    execute_values(cur, INSERT, rows, template=template)
    assert [(a, b.lower()) for a, b in rows_of(cur)] == [(1, "a"), (2, "b")]


def test_values_with_a_constant_in_the_template(cur, table):
    execute_values(cur, INSERT, [(1,), (2,)], template="(%s, '100%%')")
    assert rows_of(cur) == [(1, "100%"), (2, "100%")]


def test_values_sends_one_statement_a_page(cur, table):
    execute_values(cur, INSERT, [(1, "x"), (2, "y"), (3, "z")], page_size=2)
    assert cur.query == b"insert into t (a, b) values (3,'z')"
    assert (cur.rowcount, cur.statusmessage) == (1, "INSERT 0 1")


def test_values_without_rows_sends_nothing(cur, table):
    before = cur.query
    assert execute_values(cur, INSERT, []) is None
    assert execute_values(cur, INSERT, iter(()), fetch=True) == []
    assert cur.query == before


@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_values_fetches_the_rows_of_all_pages(cur, table, page_size):
    rows = [(i, "x") for i in range(5)]
    got = execute_values(cur, INSERT + " returning a, b", rows, page_size=page_size, fetch=True)
    assert got == rows


@pytest.mark.parametrize("factory", [DictCursor, RealDictCursor])
def test_values_fetches_the_cursor_s_rows(conn, factory):
    cur = conn.cursor(cursor_factory=factory)
    got = execute_values(
        cur, "select * from (values %s) as v (x)", [(1,), (2,)], page_size=1, fetch=True
    )
    assert [row["x"] for row in got] == [1, 2]


def test_values_may_stand_anywhere(cur, table):
    execute_values(cur, INSERT, [(1, "a"), (2, "b"), (3, "c")])
    execute_values(
        cur,
        "update t set b = v.b from (values %s) as v (a, b) where t.a = v.a",
        [(1, "A"), (3, "C")],
    )
    assert sorted(rows_of(cur)) == [(1, "A"), (2, "b"), (3, "C")]


@pytest.mark.parametrize(
    "query, expected",
    [
        ("select '%%', * from (values %s) v", [("%", "a%s%%b")]),
        ("select * from (values %s) v where '%%' = '%%'", [("a%s%%b",)]),
        ("select * from (values %s) v -- %", [("a%s%%b",)]),
    ],
)
def test_values_percent_signs(cur, query, expected):
    assert execute_values(cur, query, [("a%s%%b",)], fetch=True) == expected


@pytest.mark.parametrize(
    "query, match",
    [
        ("insert into t values (1)", "doesn't contain any '%s'"),
        ("insert into t values %%s", "doesn't contain any '%s'"),
        ("insert into t values %s, %s", "more than one '%s'"),
        ("insert into t values %s returning %(a)s", "unsupported format character: '\\('"),
        ("select %d", "unsupported format character: 'd'"),
    ],
)
def test_values_query_needs_one_placeholder(cur, query, match):
    with pytest.raises(ValueError, match=match):
        execute_values(cur, query, [(1,)])


def test_values_rows_of_different_lengths(cur):
    with pytest.raises(IndexError):
        execute_values(cur, "select * from (values %s) v", [(1, 2), (3,)])


@pytest.mark.parametrize(
    "rows, template, error",
    [
        (5, None, TypeError),
        ([1, 2], None, TypeError),
        ([1], "(%s)", TypeError),
        ([{"a": 1}], None, TypeError),
        ([{"a": 1}], "(%(b)s)", KeyError),
        ([(object(),)], None, psycopg2.ProgrammingError),
        ([()], None, errors.SyntaxError),
    ],
)
def test_values_bad_rows(cur, rows, template, error):
    with pytest.raises(error):
        execute_values(cur, "select * from (values %s) v", rows, template=template)
    cur.connection.rollback()
    cur.execute("select 1")


@pytest.mark.parametrize("query", [5, None, ["select %s"]])
def test_values_query_must_be_a_string(cur, query):
    with pytest.raises(TypeError):
        execute_values(cur, query, [(1,)])


@pytest.mark.parametrize("run", [execute_values, execute_batch])
@pytest.mark.parametrize(
    "page_size, error", [(0, ValueError), (-1, ValueError), ("x", TypeError), (1.5, TypeError)]
)
def test_page_size_must_be_a_positive_int(cur, run, page_size, error):
    with pytest.raises(error, match="page_size"):
        run(cur, "select * from (values %s) v", [(1,)], page_size=page_size)


def test_values_iterator_that_raises(cur, table):
    def rows():
        yield (1, "a")
        yield (2, "b")
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        execute_values(cur, INSERT, rows(), page_size=2)
    assert rows_of(cur) == [(1, "a"), (2, "b")]


def test_values_in_the_connection_s_encoding(conn):
    conn.set_client_encoding("LATIN1")
    got = execute_values(conn.cursor(), "select 'é', * from (values %s) v", [("é",)], fetch=True)
    assert got == [("é", "é")]


BATCH = "insert into t (a, b) values (%s, %s)"


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_batch_loads_all_rows(cur, table, n, page_size):
    rows = [(i, f"it's {i};") for i in range(n)]
    assert execute_batch(cur, BATCH, rows, page_size) is None
    assert rows_of(cur) == rows


@pytest.mark.parametrize(
    "query",
    [
        BATCH,
        BATCH.encode(),
        sql.SQL("insert into {} (a, b) values (%s, %s)").format(sql.Identifier("t")),
    ],
)
@pytest.mark.parametrize("make", [list, iter, lambda rows: (row for row in rows)])
def test_batch_takes_any_iterable_and_query(cur, table, query, make):
    rows = [(1, "é"), (2, None)]
    execute_batch(cur, query, make(rows), page_size=1)
    assert rows_of(cur) == rows


def test_batch_of_dictionaries(cur, table):
    execute_batch(
        cur, "insert into t (a, b) values (%(a)s, %(b)s)", ({"a": i, "b": "x"} for i in range(3))
    )
    assert rows_of(cur) == [(0, "x"), (1, "x"), (2, "x")]


def test_batch_joins_statements(cur, table):
    execute_batch(cur, BATCH, [(1, "a"), (2, "b"), (3, "c")], page_size=2)
    assert cur.query == b"insert into t (a, b) values (3, 'c')"
    execute_batch(cur, BATCH, [(1, "a"), (2, "b")])
    assert cur.query == (
        b"insert into t (a, b) values (1, 'a');insert into t (a, b) values (2, 'b')"
    )
    assert cur.rowcount == 1


def test_batch_error_undoes_the_page(conn, cur, table):
    conn.commit()
    with pytest.raises(errors.InvalidTextRepresentation):
        execute_batch(cur, "insert into t (a) values (%s)", [("1",), ("x",)])
    conn.rollback()
    assert rows_of(cur) == []


@pytest.mark.parametrize(
    "args, error", [(5, TypeError), ([(1,)], IndexError), ([5], TypeError), ([{}], TypeError)]
)
def test_batch_bad_arguments(cur, args, error):
    with pytest.raises(error):
        execute_batch(cur, "select %s, %s", args)
