"""Pages of execute_values(): as one prepared statement where they can, and ahead of the answers."""

import datetime as dt
import tracemalloc

import pytest
from fix_proxy import rows_of_seen_table

import psycopg2
from psycopg2 import errors, extensions
from psycopg2.extras import DictCursor, Json, execute_values

INSERT = "insert into t (a, b) values %s"
ROWS = [(i, f"row {i}") for i in range(6)]
PREPARED = "prepare: insert into t (a, b) values ($1,$2),($3,$4)"
SAVEPOINT, RELEASE = "SAVEPOINT psycopg2_trial", "RELEASE SAVEPOINT psycopg2_trial"


def bound(*rows):
    values = ",".join("({},{})".format(a, f"'{b}'" if b else "NULL") for a, b in rows)
    return f"bind: insert into t (a, b) values {values}"


def test_full_pages_are_one_prepared_statement(seen_table, seen):
    rows = [*ROWS, (9, "last")]
    assert execute_values(seen_table, INSERT, rows, page_size=2) is None
    savepoint, check, *rest = seen[1]
    assert (savepoint, "pg_rewrite" in check) == (SAVEPOINT, True)
    pages = [bound(*rows[i : i + 2]) for i in (0, 2, 4)]
    last = "insert into t (a, b) values (9,'last')"
    assert rest == [PREPARED, RELEASE, PREPARED, *pages, last]
    assert (seen_table.rowcount, seen_table.statusmessage) == (1, "INSERT 0 1")
    assert seen_table.query == last.encode()
    assert rows_of_seen_table(seen_table) == rows


def test_the_query_told_is_that_of_the_last_page(seen_table):
    execute_values(seen_table, INSERT, ROWS, page_size=3)
    assert seen_table.query == b"insert into t (a, b) values (3,'row 3'),(4,'row 4'),(5,'row 5')"
    assert (seen_table.rowcount, seen_table.statusmessage) == (3, "INSERT 0 3")


def test_many_pages_are_two_trips(seen_table, proxy):
    before = proxy.trips
    execute_values(seen_table, INSERT, ROWS * 100, page_size=100)
    assert proxy.trips - before == 2
    seen_table.execute("select count(*) from t")
    assert seen_table.fetchone() == (600,)


def test_a_null_may_stand_anywhere(seen_table, seen):
    rows = [(0, None), (None, "b"), (1, "a"), (None, None), (2, "c"), (3, None)]
    execute_values(seen_table, INSERT, rows, page_size=2)
    assert seen[1].count(SAVEPOINT) == 1
    assert [query[:5] for query in seen[1]].count("bind:") == 3
    seen_table.execute("select a, b from t")
    assert seen_table.fetchall() == rows


def test_a_column_of_nulls_alone(seen_table, seen):
    execute_values(seen_table, INSERT, [(i, None) for i in range(6)], page_size=3)
    assert seen[1].count(SAVEPOINT) == 1
    assert rows_of_seen_table(seen_table) == [(i, None) for i in range(6)]


def test_floats_go_into_their_columns_in_binary(seen_table, seen):
    seen_table.execute("create temp table f (a float8, b numeric)")
    rows = [(None, 0.5), (1 / 3, None), (0.1, 0.1), (1e300, 2.5)]
    execute_values(seen_table, "insert into f values %s", rows, page_size=2)
    assert "0.5),(" in [query for query in seen[1] if query.startswith("bind: ")][0]
    seen_table.execute("select a, b::text from f")
    assert seen_table.fetchall() == [(None, "0.5"), (1 / 3, None), (0.1, "0.1"), (1e300, "2.5")]


@pytest.mark.parametrize(
    "template, make",
    [
        ("(%(a)s, upper(%(b)s))", lambda row: {"a": row[0], "b": row[1], "c": 0}),
        ("(%s, upper(%s))", list),
        (b"(%s, '100%% ' || upper(%s))", tuple),
    ],
)
def test_templates_of_any_form(seen_table, seen, template, make):
    execute_values(seen_table, INSERT, map(make, ROWS), template=template, page_size=2)
    assert "bind: " in seen[1][-1]
    assert [b[-5:] for _, b in rows_of_seen_table(seen_table)] == [b.upper() for _, b in ROWS]


@pytest.mark.parametrize(
    "value",
    [[1, 2], Json({"it's": 1}), extensions.AsIs("current_date")],
    ids=lambda v: type(v).__name__,
)
def test_what_is_no_parameter_is_composed_and_goes_ahead(seen_table, seen, proxy, value):
    seen_table.execute("create temp table c (a int, b text)")
    rows = [(i, value) for i in range(300)]
    before = proxy.trips
    execute_values(
        seen_table, "insert into c values %s", rows, template="(%s, %s::text)", page_size=3
    )
    assert proxy.trips - before == 2
    assert not [query for query in seen[1] if query.startswith("bind: ")]
    assert seen[1][-1] == seen_table.query.decode()
    seen_table.execute("select count(*), count(distinct b) from c")
    assert seen_table.fetchone() == (300, 1)


def test_text_that_the_column_reads_is_composed(seen_table, seen):
    """As a parameter it would be refused without a place."""
    rows = [("1", "a"), ("2", "b"), ("3", "c"), ("x", "d"), ("5", "e")]
    with pytest.raises(errors.InvalidTextRepresentation, match=r"LINE 1: .*\n *\^"):
        execute_values(seen_table, INSERT, rows, page_size=2)
    assert seen_table.query == b"insert into t (a, b) values ('3','c'),('x','d')"
    assert not [query for query in seen[1] if query.startswith("bind: ")]


def test_an_iterator_is_not_read_ahead_of_its_first_page(seen_table, seen):
    def rows():
        for i, row in enumerate(ROWS):
            read.append((i, len(seen[1])))
            yield row

    read = []
    execute_values(seen_table, INSERT, rows(), page_size=2)
    assert read[:3] == [(0, 0), (1, 0), (2, 1)]
    assert seen[1][0] == "insert into t (a, b) values (0,'row 0'),(1,'row 1')"
    assert rows_of_seen_table(seen_table) == ROWS


def test_one_page_goes_by_itself(seen_table, seen):
    execute_values(seen_table, INSERT, ROWS)
    execute_values(seen_table, INSERT, ROWS, page_size=6)
    execute_values(seen_table, INSERT, iter(ROWS), page_size=6)
    assert len(seen[1]) == len(set(seen[1])) * 3 == 3


def test_autocommit_executes_page_by_page(seen):
    conn, queries = seen
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("create temp table t (a int primary key, b text)")
    del queries[:]
    rows = [(1, "a"), (2, "b"), (3, "c"), (1, "d"), (4, "e"), (5, "f")]
    with pytest.raises(errors.UniqueViolation):
        execute_values(cur, INSERT, rows, page_size=2)
    assert queries == [
        "insert into t (a, b) values (1,'a'),(2,'b')",
        "insert into t (a, b) values (3,'c'),(1,'d')",
    ]
    assert rows_of_seen_table(cur) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("extra", [None, [1]])
def test_behind_a_page_that_fails_nothing_is_executed(seen_table, extra):
    seen_table.execute("alter table t add primary key (a), add c int[]")
    seen_table.execute("savepoint s")
    rows = [(i, "x", extra) for i in range(400)]
    rows[205] = (204, "twice", extra)
    with pytest.raises(errors.UniqueViolation, match=r"\(a\)=\(204\)") as e:
        execute_values(seen_table, "insert into t (a, b, c) values %s", rows, page_size=10)
    assert e.value.cursor is seen_table
    assert b"(204,'x'," in seen_table.query and b"(205," not in seen_table.query
    assert (seen_table.rowcount, seen_table.description) == (-1, None)
    assert seen_table.connection.info.transaction_status == extensions.TRANSACTION_STATUS_INERROR
    seen_table.execute("rollback to s")
    assert rows_of_seen_table(seen_table) == []


def test_a_row_that_does_not_adapt_leaves_the_pages_before(seen_table):
    rows = [*ROWS, (object(), "x"), (9, "y")]
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt"):
        execute_values(seen_table, INSERT, rows, page_size=2)
    assert (seen_table.rowcount, seen_table.query) == (
        2,
        b"insert into t (a, b) values (4,'row 4'),(5,'row 5')",
    )
    assert rows_of_seen_table(seen_table) == ROWS


@pytest.mark.parametrize("size", [2, 3])
def test_an_adapter_that_closes_the_cursor_leaves_it_telling_of_the_page_before(seen_table, size):
    class Closes:
        def __conform__(self, protocol):
            return self

        def getquoted(self):
            seen_table.close()
            seen_table.connection.cursor().execute("select 1")
            return b"'x'"

    rows = [(i, "x") for i in range(2 * size - 1)] + [(9, Closes())]
    with pytest.raises(psycopg2.InterfaceError):
        execute_values(seen_table, INSERT, rows, page_size=size)
    assert seen_table.query.endswith(b"(%d,'x')" % (size - 1))
    assert (seen_table.rowcount, seen_table.statusmessage) == (size, f"INSERT 0 {size}")


def test_a_row_of_another_length_leaves_the_pages_before(seen_table):
    with pytest.raises((IndexError, TypeError)):
        execute_values(seen_table, INSERT, [*ROWS, (7,), (8, "x")], page_size=2)
    assert rows_of_seen_table(seen_table) == ROWS


def test_an_iterator_that_raises_leaves_the_pages_before(seen_table):
    def rows():
        yield from ROWS
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        execute_values(seen_table, INSERT, rows(), page_size=2)
    assert seen_table.rowcount == 2
    assert rows_of_seen_table(seen_table) == ROWS


def test_a_refusal_is_told_before_what_the_iterator_raises(seen_table):
    def rows():
        yield from [(1, "a"), (2, "b"), (3, "c"), (1, "d"), (5, "e"), (6, "f")]
        raise ZeroDivisionError("mine")

    seen_table.execute("alter table t add primary key (a)")
    with pytest.raises(errors.UniqueViolation):
        execute_values(seen_table, INSERT, rows(), page_size=2)


def test_the_iterator_finds_the_pages_before(seen_table):
    other, counts = seen_table.connection.cursor(), []

    def rows():
        for i in range(40):
            yield (i, "x")
            if i % 7 == 0:
                other.execute("select count(*) from t")
                counts.append(other.fetchone()[0])

    execute_values(seen_table, INSERT, rows(), page_size=4)
    assert counts == [0, 8, 12, 20, 28, 36]
    assert len(rows_of_seen_table(seen_table)) == 40


def test_fetch_gives_the_rows_of_all_pages(seen_table):
    got = execute_values(seen_table, INSERT + " returning a", ROWS, page_size=2, fetch=True)
    assert got == [(a,) for a, _ in ROWS]


def test_the_rows_of_the_last_page_can_be_fetched(seen_table):
    cur = seen_table.connection.cursor(cursor_factory=DictCursor)
    execute_values(cur, INSERT + " returning a", ROWS, page_size=2)
    assert [row["a"] for row in cur.fetchall()] == [4, 5]


def test_rules_that_make_more_of_it_are_minded(seen_table, seen):
    seen_table.execute("create rule r as on insert to t do also values (1), (2)")
    del seen[1][:]
    execute_values(seen_table, INSERT, ROWS, page_size=2)
    assert not [query for query in seen[1] if query.startswith("bind: ")]
    assert seen_table.fetchall() == [(1,), (2,)] * 2


def test_more_values_than_the_protocol_takes(seen_table):
    rows = [(i, dt.date(2020, 1, 1)) for i in range(80_000)]
    execute_values(seen_table, INSERT, rows, page_size=40_000)
    seen_table.execute("select count(*), max(a), max(b) from t")
    assert seen_table.fetchone() == (80_000, 79_999, "2020-01-01")


def test_pages_are_not_gathered(cur):
    def rows():
        for i in range(60_000):
            if i % 10_000 == 0:
                peaks.append(tracemalloc.get_traced_memory()[0])
            yield (i, f"{i}" + "x" * 200)

    cur.execute("create temp table t (a int, b text)")
    peaks = []
    tracemalloc.start()
    try:
        execute_values(cur, INSERT, rows(), page_size=500)
    finally:
        tracemalloc.stop()
    assert max(peaks) - peaks[0] < 10_000_000  # all of them are 20 MB


def test_the_cursor_is_closed_by_the_iterator(seen_table):
    def rows():
        yield from ROWS
        seen_table.close()
        yield from ROWS

    with pytest.raises(psycopg2.InterfaceError, match="already closed"):
        execute_values(seen_table, INSERT, rows(), page_size=2)
