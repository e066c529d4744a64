"""Fetching: fetchone, fetchmany, fetchall, iteration, scroll, row_factory, rownumber."""

import pytest

import psycopg2
from psycopg2 import extensions


@pytest.fixture
def ten(cur):
    """A cursor with the rows 1 to 10."""
    cur.execute("select generate_series(1, 10)")
    return cur


def numbers(rows):
    return [a for (a,) in rows]


def test_fetchone_gives_tuples_then_none(ten):
    assert [ten.fetchone() for _ in range(12)] == [(n,) for n in range(1, 11)] + [None, None]
    assert ten.rownumber == 10


def test_fetchall_gives_the_rest_then_nothing(ten):
    ten.fetchone()
    rows = ten.fetchall()
    assert type(rows) is list and type(rows[0]) is tuple
    assert numbers(rows) == list(range(2, 11))
    assert ten.fetchall() == []


@pytest.mark.parametrize(
    "args, kwargs, wanted",
    [
        ((), {}, [1]),
        ((3,), {}, [1, 2, 3]),
        ((), {"size": 3}, [1, 2, 3]),
        ((0,), {}, []),
        ((None,), {}, [1]),
        ((10,), {}, list(range(1, 11))),
        ((11,), {}, list(range(1, 11))),
        ((2**40,), {}, list(range(1, 11))),
        ((-1,), {}, list(range(1, 11))),
    ],
)
def test_fetchmany_takes_a_size(ten, args, kwargs, wanted):
    assert numbers(ten.fetchmany(*args, **kwargs)) == wanted
    assert ten.rownumber == len(wanted)


def test_fetchmany_defaults_to_arraysize(ten):
    ten.arraysize = 4
    assert numbers(ten.fetchmany()) == [1, 2, 3, 4]
    assert numbers(ten.fetchmany(None)) == [5, 6, 7, 8]
    assert numbers(ten.fetchmany()) == [9, 10]
    assert ten.fetchmany() == []


@pytest.mark.parametrize("size", ["x", 1.5, [], 10**30])
def test_fetchmany_refuses_nonsense_and_stays(ten, size):
    with pytest.raises((TypeError, OverflowError)):
        ten.fetchmany(size)
    assert ten.fetchone() == (1,)


def test_iteration_gives_the_rest(ten):
    assert iter(ten) is ten
    assert next(ten) == (1,)
    assert numbers(ten) == list(range(2, 11))
    assert list(ten) == []
    with pytest.raises(StopIteration):
        next(ten)


def test_fetching_mixes(ten):
    assert ten.fetchone() == (1,)
    assert numbers(ten.fetchmany(2)) == [2, 3]
    assert next(ten) == (4,)
    ten.scroll(1)
    assert numbers(ten.fetchall()) == [6, 7, 8, 9, 10]


@pytest.mark.parametrize("query", [None, "set extra_float_digits to 1", "create temp table x ()"])
@pytest.mark.parametrize("name", ["fetchone", "fetchmany", "fetchall", "__next__"])
def test_fetching_without_a_result_is_an_error(cur, query, name):
    if query:
        cur.execute(query)
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        getattr(cur, name)()


def test_fetching_gives_the_last_of_several_statements(cur):
    cur.execute("select 1; select 2, 3")
    assert (len(cur.description), cur.fetchall()) == (2, [(2, 3)])
    cur.execute("select 1; set extra_float_digits to 1")
    assert cur.description is None


def test_fetching_after_commit_still_works(conn, ten):
    conn.commit()
    assert len(ten.fetchall()) == 10


def test_fetching_rows_without_columns(cur):
    cur.execute("select from generate_series(1, 3)")
    assert cur.rowcount == 3
    assert cur.description is None or len(cur.description) == 0


def test_fetching_empty_result_has_a_description(cur):
    cur.execute("select 1 as a where false")
    assert cur.description[0].name == "a"
    assert (cur.fetchone(), cur.fetchall(), cur.rowcount) == (None, [], 0)


def test_fetching_wide_rows(cur):
    cur.execute("select " + ",".join(f"{n} as c{n}" for n in range(1600)))
    assert cur.fetchone() == tuple(range(1600))
    assert cur.description[1599].name == "c1599"


def test_fetching_two_cursors_are_apart(conn, ten):
    other = conn.cursor()
    other.execute("select generate_series(11, 12)")
    assert numbers(ten.fetchmany(2)) == [1, 2]
    assert numbers(other.fetchall()) == [11, 12]
    assert numbers(ten.fetchmany(2)) == [3, 4]


# scroll


@pytest.mark.parametrize(
    "start, args, wanted",
    [
        (0, (3,), 3),
        (5, (-2,), 3),
        (5, (-5,), 0),
        (0, (9,), 9),
        (5, (0,), 5),
        (5, (2, "relative"), 7),
        (5, (2, "absolute"), 2),
        (5, (0, "absolute"), 0),
        (5, (9, "absolute"), 9),
    ],
)
def test_scroll_moves(ten, start, args, wanted):
    ten.fetchmany(start)
    assert ten.scroll(*args) is None
    assert ten.rownumber == wanted
    assert ten.fetchone() == (wanted + 1,)


@pytest.mark.parametrize(
    "args", [(-6,), (5,), (100,), (2**31 - 1,), (-(2**31),), (10, "absolute"), (-1, "absolute")]
)
def test_scroll_out_of_bounds_keeps_the_position(ten, args):
    ten.fetchmany(5)
    with pytest.raises(psycopg2.ProgrammingError, match="scroll destination out of bounds"):
        ten.scroll(*args)
    assert ten.rownumber == 5
    assert ten.fetchone() == (6,)


def test_scroll_out_of_bounds_is_an_index_error_too(ten):
    # DB-API 2.0 wants IndexError; what is raised is ProgrammingError, and stays so.
    with pytest.raises(psycopg2.ProgrammingError) as caught:
        ten.scroll(100)
    assert isinstance(caught.value, psycopg2.DatabaseError)


@pytest.mark.parametrize(
    "args, kind",
    [
        ((), TypeError),
        (("x",), TypeError),
        ((1.5,), TypeError),
        ((1, None), TypeError),
        ((1, "x"), psycopg2.ProgrammingError),
        ((1, ""), psycopg2.ProgrammingError),
        ((2**40,), (OverflowError, psycopg2.ProgrammingError)),
    ],
)
def test_scroll_refuses_nonsense(ten, args, kind):
    ten.fetchmany(5)
    with pytest.raises(kind):
        ten.scroll(*args)
    assert ten.fetchone() == (6,)


def test_scroll_names_its_modes(ten):
    with pytest.raises(psycopg2.ProgrammingError, match="must be 'relative' or 'absolute'"):
        ten.scroll(1, mode="backward")
    ten.scroll(value=1, mode="absolute")
    assert ten.fetchone() == (2,)


def test_scroll_without_a_result(cur):
    with pytest.raises(psycopg2.ProgrammingError):
        cur.scroll(1)


# row_factory


class Row(list):
    """A row made by a factory: an empty sequence that the columns are put into."""

    def __init__(self, cursor):
        super().__init__([None] * len(cursor.description))
        self.cursor = cursor


@pytest.mark.parametrize("name", ["fetchone", "fetchmany", "fetchall", "__next__"])
def test_row_factory_makes_the_rows(cur, name):
    cur.row_factory = Row
    cur.execute("select 1, 'x'")
    got = getattr(cur, name)()
    row = got[0] if name in ("fetchmany", "fetchall") else got
    assert type(row) is Row
    assert row == [1, "x"]
    assert row.cursor is cur


def test_row_factory_of_the_class(conn):
    class RowCursor(extensions.cursor):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.row_factory = Row

    cur = conn.cursor(cursor_factory=RowCursor)
    cur.execute("select 1")
    assert type(cur.fetchone()) is Row


@pytest.mark.parametrize("factory", [lambda cur: 1 / 0, lambda cur: (), lambda cur: 5, 7])
def test_row_factory_errors_come_through(cur, factory):
    cur.row_factory = factory
    cur.execute("select 1, 2")
    with pytest.raises((ZeroDivisionError, TypeError, IndexError, SystemError)):
        cur.fetchone()
    cur.row_factory = None
    cur.execute("select 1, 2")
    assert cur.fetchone() == (1, 2)


# Large


def test_fetching_many_rows(cur):
    cur.execute("select g, 'row ' || g from generate_series(1, 100000) g")
    assert cur.rowcount == 100000
    total = 0
    while rows := cur.fetchmany(777):
        assert all(text == f"row {n}" for n, text in rows)
        total += len(rows)
    assert total == cur.rownumber == 100000
    cur.scroll(99998, "absolute")
    assert cur.fetchall()[-1] == (100000, "row 100000")


def test_fetching_scrolls_back_over_rows_already_fetched(cur):
    cur.execute("select generate_series(1, 50000)")
    assert len(cur.fetchall()) == 50000
    cur.scroll(0, "absolute")
    assert numbers(cur.fetchall()) == list(range(1, 50001))


@pytest.mark.parametrize("size", [10_000_000, 50_000_000])
def test_fetching_a_huge_value(cur, size):
    cur.execute("select repeat('x', %s)", (size,))
    (value,) = cur.fetchone()
    assert len(value) == size
    assert value == "x" * size


def test_executing_a_huge_query(cur):
    text = "é" * 5_000_000
    cur.execute("select %s, length(%s)", (text, text))
    assert cur.fetchone() == (text, len(text))


def test_executing_many_statements_at_once(cur):
    cur.execute(";".join(f"select {n}" for n in range(5000)))
    assert cur.fetchall() == [(4999,)]
    assert cur.rowcount == 1


@pytest.mark.parametrize("call", ["execute", "callproc"])
def test_what_is_told_of_rows_outlives_a_refused_call(cur, call):
    cur.execute("select generate_series(1, 3) as n")
    cur.fetchone()
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt"):
        getattr(cur, call)("abs", (object(),)) if call == "callproc" else cur.execute(
            "select %s", (object(),)
        )
    assert (cur.rowcount, cur.rownumber, cur.statusmessage) == (3, 1, "SELECT 3")
    assert [column.name for column in cur.description] == ["n"]
    assert (cur.query, cur.pgresult_ptr) == (None, None)
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        cur.fetchone()
    assert (cur.rowcount, cur.rownumber, cur.statusmessage) == (-1, 0, "SELECT 3")
    assert cur.description is None


def test_a_fetch_that_has_nothing_to_fetch_forgets_the_rowcount(cur):
    cur.execute("create temp table counted as select generate_series(1, 3)")
    assert cur.rowcount == 3
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        cur.fetchall()
    assert (cur.rowcount, cur.statusmessage) == (-1, "SELECT 3")


def test_the_memory_of_rows_goes_with_the_next_call_even_if_it_is_refused(cur):
    cur.execute("select repeat('x', 1000) from generate_series(1, 100)")
    with pytest.raises(IndexError):
        cur.execute("select %s", ())
    cur.scroll(5)  # within what rowcount tells
    assert cur.rownumber == 5
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        cur.fetchall()


@pytest.mark.parametrize("read", [0, 1, 2])
def test_rows_before_an_executemany_of_nothing_are_gone(cur, read):
    def ready():
        cur.execute("select generate_series(1, 2)")
        cur.fetchmany(read)
        cur.executemany("select %s", [])

    ready()
    assert cur.fetchone() is None
    ready()
    assert cur.fetchmany() == []
    ready()
    assert cur.fetchall() == []
    ready()
    assert list(cur) == []
    ready()
    with pytest.raises(psycopg2.ProgrammingError, match="out of bounds"):
        cur.scroll(1)


@pytest.mark.parametrize("autocommit", [False, True])
def test_same_statement_gives_few_rows_and_many(conn, autocommit):
    conn.autocommit = autocommit
    for n in (1, 1, 70_000, 70_000, 1, 3, 5_000, 0, 0, 64, 65, 66, 1):
        with conn.cursor() as cur:
            cur.execute("select i, repeat('ж', i %% 7) from generate_series(1, %s) i", (n,))
            assert (cur.rowcount, cur.statusmessage) == (n, f"SELECT {n}")
            assert cur.pgresult_ptr
            assert cur.fetchall() == [(i, "ж" * (i % 7)) for i in range(1, n + 1)]
            if n:
                cur.scroll(0, mode="absolute")
                assert cur.fetchone() == (1, "ж")
        conn.commit()


@pytest.mark.parametrize("autocommit", [False, True])
def test_same_statement_gives_one_large_value_and_small_ones(conn, autocommit):
    conn.autocommit = autocommit
    cur = conn.cursor()
    for n in (1, 3_000_000, 2, 100_000, 100_000, 0):
        cur.execute("select repeat('x', %s), 7", [n])
        assert cur.fetchall() == [("x" * n, 7)]


@pytest.mark.parametrize("autocommit", [False, True])
def test_same_statement_fails_after_some_rows(conn, autocommit):
    conn.autocommit = autocommit
    cur = conn.cursor()
    query = "select 1000 / (i - %s) from generate_series(1, %s) i"
    for _ in range(2):
        for bad, n in ((9_000, 2), (8_000, 8_500), (9_000, 2), (9_000, 8_000), (3_000, 3_500)):
            cur.execute("select 1")
            if n > bad:
                with pytest.raises(psycopg2.errors.DivisionByZero):
                    cur.execute(query, (bad, n))
                assert cur.description is None
                conn.rollback()
            else:
                cur.execute(query, (bad, n))
                assert len(cur.fetchall()) == n
