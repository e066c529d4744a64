"""callproc() and executemany()."""

import pytest

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, TRANSACTION_STATUS_INTRANS


@pytest.mark.parametrize(
    "args, returned, query, row",
    [
        (("upper", ("a",)), ("a",), b"SELECT * FROM upper('a')", ("A",)),
        (("upper", ["a"]), ["a"], b"SELECT * FROM upper('a')", ("A",)),
        (("pg_catalog.upper", ("a",)), ("a",), b"SELECT * FROM pg_catalog.upper('a')", ("A",)),
        (("concat", ("a", 1, None)), ("a", 1, None), None, ("a1",)),
        (("version", ()), (), b"SELECT * FROM version()", None),
        (("version",), None, b"SELECT * FROM version()", None),
        (("version", None), None, b"SELECT * FROM version()", None),
        (("version", {}), {}, b"SELECT * FROM version()", None),
        (("upper", "a"), "a", b"SELECT * FROM upper('a')", ("A",)),
    ],
)
def test_callproc_calls_and_returns_its_parameters(cur, args, returned, query, row):
    got = cur.callproc(*args)
    assert (got, type(got)) == (returned, type(returned)) or got == ()
    assert query is None or cur.query == query
    assert row is None or cur.fetchall() == [row]


def test_callproc_takes_a_dict_of_named_parameters(cur):
    cur.execute("""create function pg_temp.named("A b" text, c int default 3) returns text
        language sql as 'select $1 || $2'""")
    cur.callproc("pg_temp.named", {"A b": "it's"})
    assert cur.query == b"SELECT * FROM pg_temp.named(\"A b\":='it''s')"
    assert cur.fetchall() == [("it's3",)]
    cur.callproc("pg_temp.named", {"A b": "x", "c": 5})
    assert cur.fetchall() == [("x5",)]


def test_callproc_quotes_the_names_of_a_dict(cur):
    with pytest.raises(psycopg2.errors.UndefinedFunction):
        cur.callproc("upper", {'a"); drop table x; --': 1})
    assert b'("a""); drop table x; --":=1)' in cur.query


@pytest.mark.parametrize(
    "args, kind",
    [
        ((), TypeError),
        ((5,), TypeError),
        ((None,), TypeError),
        (("upper", 5), TypeError),
        (("upper", {5: 1}), TypeError),
        (("upper", (object(),)), psycopg2.ProgrammingError),
        (("upper", ("a\0b",)), ValueError),
        (("upper\0", ("a",)), (ValueError, psycopg2.ProgrammingError)),
        (("no_such_function",), psycopg2.errors.UndefinedFunction),
    ],
)
def test_callproc_refuses_nonsense(conn, cur, args, kind):
    with pytest.raises(kind):
        cur.callproc(*args)
    conn.rollback()
    cur.callproc("upper", ("a",))
    assert cur.fetchone() == ("A",)


def test_callproc_of_several_rows(cur):
    cur.callproc("generate_series", (1, 3))
    assert cur.fetchall() == [(1,), (2,), (3,)]
    assert cur.rowcount == 3


# executemany


@pytest.fixture
def table(cur):
    cur.execute("create temp table many (a int, b text)")
    return cur


def rows_of(cur):
    cur.execute("select a, b from many order by a")
    return cur.fetchall()


@pytest.mark.parametrize("wrap", [list, tuple, iter, lambda x: (y for y in x), dict.fromkeys])
def test_executemany_takes_any_iterable(table, wrap):
    table.executemany("insert into many values (%s, %s)", wrap([(1, "x"), (2, "y"), (3, None)]))
    assert table.rowcount == 3
    assert table.statusmessage == "INSERT 0 1"
    assert rows_of(table) == [(1, "x"), (2, "y"), (3, None)]


def test_executemany_takes_mappings(table):
    rows = [{"a": 1, "b": "x"}, {"b": "y", "a": 2, "more": 3}]
    table.executemany("insert into many values (%(a)s, %(b)s)", rows)
    assert table.query == b"insert into many values (2, 'y')"
    assert rows_of(table) == [(1, "x"), (2, "y")]


def test_executemany_sends_one_statement_each(seen):
    conn, queries = seen
    conn.cursor().executemany("select %s", [(1,), ("x",)])
    assert queries == ["BEGIN", "select 1", "select 'x'"]


@pytest.mark.parametrize("query", ["explain select %s", "show datestyle"])
def test_executemany_of_what_tells_no_count(cur, query):
    rows = [(1,), (2,)] if "%s" in query else [(), ()]
    cur.executemany(query, rows)
    assert cur.rowcount == -1


def test_executemany_sums_the_rowcount(table):
    table.executemany("insert into many select generate_series(1, %s)", [(1,), (2,), (0,), (3,)])
    assert table.rowcount == 6
    table.executemany("update many set b = %s", [("x",), ("y",)])
    assert table.rowcount == 12


def test_executemany_of_nothing_sends_nothing(seen):
    conn, queries = seen
    cur = conn.cursor()
    cur.execute("select 1")
    del queries[:]
    assert cur.executemany("not even SQL", []) is None
    assert queries == []
    assert cur.rowcount == 0


def test_executemany_leaves_no_result(cur):
    cur.executemany("select %s", [(1,), (2,)])
    assert cur.description is None
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        cur.fetchone()


def test_executemany_iterator_that_raises(conn, table):
    conn.commit()

    def rows():
        yield (1, "x")
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        table.executemany("insert into many values (%s, %s)", rows())
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INTRANS
    assert rows_of(table) == [(1, "x")]


def test_executemany_iterator_that_raises_at_once(conn, cur):
    def rows():
        raise RuntimeError("mine")
        yield

    with pytest.raises(RuntimeError, match="mine"):
        cur.executemany("select %s", rows())
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("autocommit", [True, False])
def test_executemany_statement_that_fails_stops_it(conn, cur, autocommit):
    conn.autocommit = autocommit
    asked = []

    def rows():
        for n in (1, 0, 2):
            asked.append(n)
            yield (n,)

    with pytest.raises(psycopg2.errors.DivisionByZero):
        cur.executemany("select 1 / %s", rows())
    assert asked[:2] == [1, 0]
    assert cur.query == b"select 1 / 0"
    assert cur.rowcount == -1
    if autocommit:  # in a transaction rows may be asked for while others are under way
        assert asked == [1, 0]


def test_executemany_iterator_that_uses_the_same_cursor(table):
    def rows():
        yield (1, "x")
        table.execute("insert into many values (2, 'y')")
        yield (3, "z")

    table.executemany("insert into many values (%s, %s)", rows())
    assert rows_of(table) == [(1, "x"), (2, "y"), (3, "z")]


def test_executemany_iterator_that_closes_the_cursor(conn, table):
    # The original goes on executing on the closed cursor.
    def rows():
        yield (1, "x")
        table.close()
        yield (2, "y")

    with pytest.raises(psycopg2.InterfaceError):
        table.executemany("insert into many values (%s, %s)", rows())
    assert conn.closed == 0


@pytest.mark.parametrize(
    "args, kind",
    [
        (("select 1",), TypeError),
        (("select 1", None), TypeError),
        (("select 1", 5), TypeError),
        (("select %s", [1]), TypeError),
        (("select %s", [(1,), ()]), IndexError),
        (("select %(a)s", [{"a": 1}, {}]), KeyError),
        ((5, [()]), TypeError),
        (("", [()]), psycopg2.ProgrammingError),
    ],
)
def test_executemany_refuses_nonsense(cur, args, kind):
    with pytest.raises(kind):
        cur.executemany(*args)
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
