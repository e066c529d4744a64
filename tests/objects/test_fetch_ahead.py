"""Rows that are made while more of their result is on its way: nobody can tell."""

import datetime
import gc
import sys

import pytest

import psycopg2
from psycopg2 import extensions, extras

ROWS = 10_000
#: Comes in pieces, between each two of which the client has time.
PAUSES = f"""
    from generate_series(1, {ROWS}) i,
        lateral (select case when i % 256 = 0 then pg_sleep(0.002) end) p
"""
QUERY = f"select i as i, 'row ' || i as name, {{}} as more {PAUSES}"
EXPECTED = [(i, f"row {i}", None) for i in range(1, ROWS + 1)]


def count_objects():
    gc.collect()
    return sys.getallocatedblocks()


#: So many objects are a good part of the rows.
MANY = 2 * ROWS // 10
#: Rows that come in chunks, and a collector that C can pause: nothing is made ahead without. What
#: was made shows where Python's own allocator counts it.
AHEAD = (
    extensions.libpq_version() >= 170000
    and sys.version_info >= (3, 10)
    and sys.getallocatedblocks() > 0
)


@pytest.fixture
def execute(conn):
    """Execute QUERY with some more column; return the cursor and how many objects that made."""

    def execute(more="null::int", cur=None, before="", **kwargs):
        cur = cur or conn.cursor(**kwargs)
        objects = count_objects()
        cur.execute(before + QUERY.format(more))
        return cur, count_objects() - objects

    return execute


@pytest.fixture
def execute_ahead(conn, execute):
    """The same, where rows have to be made; return the cursor.

    They are while the client has nothing to read. On a machine that lets it run too late for that,
    with all of the result there already, it is done once more.
    """

    def execute_ahead(more="null::int", **kwargs):
        for _ in range(50):
            conn.rollback()
            cur, made = execute(more, **kwargs)
            if made > MANY or not AHEAD:
                return cur
        raise AssertionError("no rows were made")

    return execute_ahead


@pytest.mark.parametrize("autocommit", [False, True])
def test_rows_are_made_before_they_are_fetched(conn, execute_ahead, autocommit):
    conn.autocommit = autocommit  # else it goes together with its BEGIN
    assert execute_ahead().fetchall() == EXPECTED


@pytest.mark.parametrize(
    "kind", ["null::int", "i::numeric / 4", "array[i, null]", "'{\"a\": 1}'::json"]
)
def test_rows_are_what_they_are_without(cur, execute_ahead, kind):
    ahead = execute_ahead(kind)
    cur.execute(f"select i, 'row ' || i, {kind} from generate_series(1, {ROWS}) i")
    assert ahead.fetchall() == cur.fetchall()


def fetch_by(cur, sizes):
    rows = []
    while True:
        for size in sizes:
            part = [cur.fetchone()] if size == 1 else cur.fetchmany(size)
            if not part or part == [None]:
                return rows
            rows += part
            assert cur.rownumber == len(rows)


@pytest.mark.parametrize("sizes", [[1], [100], [1, 2, 3000], [ROWS - 1, 1], [ROWS, 1], [ROWS + 1]])
def test_fetched_bit_by_bit(execute_ahead, sizes):
    cur = execute_ahead()
    assert fetch_by(cur, sizes) == EXPECTED


def test_iterated(execute_ahead):
    cur = execute_ahead()
    assert list(cur) == EXPECTED
    assert cur.fetchall() == []


def test_scrolled(execute_ahead):
    cur = execute_ahead()
    for row in (5000, 0, ROWS - 1, 4999, 17):
        cur.scroll(row, mode="absolute")
        assert cur.fetchone() == EXPECTED[row]
    cur.scroll(10, mode="absolute")
    assert cur.fetchmany(20) == EXPECTED[10:30]
    cur.scroll(0, mode="absolute")
    for _ in range(2):
        assert cur.fetchall() == EXPECTED
        cur.scroll(0, mode="absolute")
    assert list(cur) == EXPECTED


@pytest.mark.parametrize(
    "factory", [extras.DictCursor, extras.RealDictCursor, extras.NamedTupleCursor]
)
def test_rows_of_other_shapes(execute_ahead, factory):
    cur = execute_ahead(cursor_factory=factory)
    rows = cur.fetchmany(10) + [cur.fetchone()] + cur.fetchall()
    assert [tuple(row.values() if isinstance(row, dict) else row) for row in rows] == EXPECTED


@pytest.mark.parametrize("autocommit", [False, True])
def test_rows_of_the_last_of_several_statements(conn, execute, autocommit):
    conn.rollback()
    conn.autocommit = autocommit
    first = QUERY.format("'first'") + "; "
    cur, _ = execute(before=first)
    assert cur.fetchall() == EXPECTED
    cur.execute(first + "select 'last'")
    assert cur.fetchall() == [("last",)]
    cur.execute(first + "select 1 where false")
    assert cur.fetchall() == []


def test_error_of_a_value_comes_with_its_row(execute_ahead):
    bad = ROWS // 2
    cur = execute_ahead(f"case when i = {bad} then '20000-01-01'::date else '2000-01-01' end")
    assert len(cur.fetchmany(bad - 1)) == bad - 1
    with pytest.raises(ValueError, match="20000"):
        cur.fetchone()
    assert cur.fetchone() == (bad + 1, f"row {bad + 1}", datetime.date(2000, 1, 1))
    cur.scroll(0, mode="absolute")
    with pytest.raises(ValueError, match="20000"):
        cur.fetchall()
    assert cur.rownumber == bad


@pytest.mark.parametrize("end", ["1 / (i - 10000)", "case when i = 10000 then 'x'::text::int end"])
def test_error_of_the_server_leaves_nothing(conn, execute, end):
    with pytest.raises(psycopg2.DataError):
        execute(end)
    conn.rollback()
    objects = count_objects()
    for _ in range(2):
        with pytest.raises(psycopg2.DataError):
            execute(end)
        conn.rollback()
    assert count_objects() - objects < MANY / 4


def test_ctrl_c_in_the_midst(conn, execute, interrupt_at_work):
    interrupt_at_work(conn)
    with pytest.raises(KeyboardInterrupt):
        execute(f"case when i = {ROWS} then pg_sleep(1000)::text end")
    conn.rollback()
    cur, _ = execute()
    assert cur.fetchall() == EXPECTED


@pytest.mark.parametrize("let_go", ["close", "execute", "delete"])
def test_rows_that_nobody_fetches_go_with_the_result(conn, execute_ahead, let_go):
    cur = execute_ahead()
    objects = count_objects()
    if let_go == "close":
        cur.close()
    elif let_go == "execute":
        cur.execute("select 1")
    del cur
    assert objects - count_objects() > MANY or not AHEAD


def test_functions_of_the_program_wait_for_the_fetch(conn, execute):
    calls = []
    caster = extensions.new_type((23,), "COUNTED", lambda value, cur: calls.append(value) or value)
    cur = conn.cursor()
    extensions.register_type(caster, cur)
    execute(cur=cur)
    assert calls == []
    assert cur.fetchone() == ("1", "row 1", None)


def test_casters_are_those_of_when_the_result_came(conn, cur, execute):
    caster = extensions.new_type((23,), "LATE", lambda value, cur: "late")
    many, _ = execute()
    cur.execute("select 1")
    extensions.register_type(caster, conn)
    assert many.fetchone() == (1, "row 1", None)
    assert cur.fetchone() == (1,)


def test_tzinfo_factory_is_that_of_the_fetch(execute, execute_ahead):
    moment = "'2020-01-01 12:00:00+00'::timestamptz"
    cur = execute_ahead(moment)
    cur.tzinfo_factory = None
    assert cur.fetchone()[2].tzinfo is None
    cur.tzinfo_factory = lambda offset: datetime.timezone(offset, "mine")
    assert cur.fetchone()[2].tzname() == "mine"
    cur, made = execute(moment, cur=cur)
    assert made < MANY / 4
    assert {row[2].tzname() for row in cur} == {"mine"}


def test_row_factory_of_the_fetch(execute_ahead):
    cur = execute_ahead()
    assert cur.fetchone() == EXPECTED[0]
    cur.row_factory = lambda cur: [None] * 3
    assert cur.fetchone() == list(EXPECTED[1])
    cur.row_factory = None
    assert cur.fetchall() == EXPECTED[2:]


def test_settings_that_change_on_the_way(execute):
    cur, _ = execute("date '2001-02-03'", before="set datestyle to german; ")
    assert {row[2] for row in cur} == {datetime.date(2001, 2, 3)}
    cur, _ = execute("'ж'", before="set client_encoding to koi8r; ")
    assert {row[2] for row in cur} == {"ж"}
    cur, _ = execute("'ж'", before="set client_encoding to utf8; ")
    assert {row[2] for row in cur} == {"ж"}


def test_rows_of_a_named_cursor(conn, execute):
    cur = conn.cursor("ahead")
    execute(cur=cur)
    assert cur.fetchmany(10) == EXPECTED[:10]
    assert cur.fetchall() == EXPECTED[10:]


def test_not_all_rows_of_a_large_result(cur):
    rows = 500_000
    objects = count_objects()
    cur.execute(f"select i + 1000000, i + 2000000 from generate_series(1, {rows}) i")
    assert count_objects() - objects < 3 * 0.8 * rows
    assert sum(1 for _ in cur) == rows
