"""What programs rely on, one test for each row: cursors, with and without a name (26 to 42)."""

import io
import pickle

import pytest

import psycopg2
from psycopg2 import extensions


def ask(cur, *args):
    cur.execute(*args)
    return cur.fetchone()[0]


def test_row_026_mogrify_gives_bytes_on_an_idle_cursor(seen):
    conn, queries = seen
    assert conn.cursor().mogrify("select %s", ("é",)) == "select 'é'".encode()
    assert queries == []


def test_row_027_query_is_set_by_copy_and_callproc(cur):
    cur.copy_to(io.StringIO(), "pg_am", columns=("oid",))
    assert b"pg_am" in cur.query
    cur.callproc("abs", (5,))
    assert cur.query == b"SELECT * FROM abs(5)"


@pytest.mark.parametrize("wrap", [list, tuple, iter, lambda rows: (row for row in rows)])
def test_row_028_executemany_takes_any_iterable(cur, wrap):
    cur.execute("create temp table t (i int)")
    cur.executemany("insert into t values (%s)", wrap([(1,), (2,)]))
    assert ask(cur, "select count(*) from t") == 2


def test_row_029_rowcount_while_unknown(cur):
    assert cur.rowcount == -1
    cur.execute("create temp table t (i int)")
    assert cur.rowcount == -1


def test_row_030_nextset_is_not_supported(cur):
    with pytest.raises(psycopg2.NotSupportedError):
        cur.nextset()


def test_row_031_failed_scroll_keeps_the_position(cur):
    cur.execute("select generate_series(1, 3)")
    cur.fetchone()
    for value, mode in ((5, "relative"), (-5, "relative"), (3, "absolute"), (-1, "absolute")):
        with pytest.raises((psycopg2.ProgrammingError, IndexError)):
            cur.scroll(value, mode)
    assert cur.fetchone() == (2,)


def test_row_032_column(cur):
    cur.execute("create temp table t (n numeric(7, 2), s varchar(9))")
    cur.execute("select n, s from t")
    number, text = cur.description
    assert (number.name, number.type_code, number.precision, number.scale) == ("n", 1700, 7, 2)
    assert (text.name, text.internal_size, text.display_size, text.null_ok) == ("s", 9, None, None)
    assert number.table_oid == text.table_oid > 0
    assert (number.table_column, text.table_column) == (1, 2)
    assert len(number) == 7
    assert number[:2] == ("n", 1700)
    assert tuple(pickle.loads(pickle.dumps(number))) == tuple(number)


def test_row_033_callproc_takes_a_dict(cur):
    cur.execute(
        "create function pg_temp.minus(a int, b int) returns int language sql as 'select a - b'"
    )
    cur.callproc("pg_temp.minus", {"b": 1, "a": 5})
    assert cur.fetchone() == (4,)


def test_row_034_cast_uses_the_casters_of_cursor_and_connection(conn, cur):
    for kind, scope in (("conn", conn), ("cur", cur)):
        caster = extensions.new_type((23,), kind, lambda value, cur, kind=kind: kind + value)
        extensions.register_type(caster, scope)
        assert cur.cast(23, "7") == kind + "7"
    assert conn.cursor().cast(23, "7") == "conn7"


def test_row_035_nul_in_a_string(cur):
    with pytest.raises(ValueError, match="NUL"):
        cur.execute("select %s", ("a\0b",))


def test_row_036_percent_twice_is_one_only_with_parameters(cur):
    assert ask(cur, "select '%%'") == "%%"
    assert ask(cur, "select '%%'", None) == "%%"
    assert ask(cur, "select '%%'", ()) == "%"
    assert ask(cur, "select '%%' || %s", ("x",)) == "%x"


@pytest.mark.parametrize("name", ["plain", 'with "quotes"', "é %s", "x;--", " "])
def test_row_037_any_string_names_a_cursor(conn, name):
    cur = conn.cursor(name)
    cur.execute("select 1")
    assert cur.name == name
    assert cur.fetchall() == [(1,)]


def test_row_038_itersize(seen):
    conn, queries = seen
    cur = conn.cursor("n")
    assert cur.itersize == 2000
    cur.execute("select generate_series(1, 2001)")
    assert sum(1 for _ in cur) == 2001
    assert queries[2:4] == ['FETCH FORWARD 2000 FROM "n"'] * 2


def test_row_039_autocommit_needs_withhold(conn):
    conn.autocommit = True
    with pytest.raises(psycopg2.ProgrammingError, match="outside of transactions"):
        conn.cursor("n").execute("select 1")
    held = conn.cursor("n", withhold=True)
    held.execute("select 1")
    assert held.fetchone() == (1,)
    held.close()


def test_row_040_fetching_from_hold_begins_no_transaction(conn):
    cur = conn.cursor("n", withhold=True)
    cur.execute("select generate_series(1, 3)")
    conn.commit()
    assert cur.fetchone() == (1,)
    assert conn.status == extensions.STATUS_READY
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_row_041_cursor_takes_over_a_portal(conn, cur):
    cur.execute(
        """create function pg_temp.opened() returns refcursor language plpgsql as $$
        declare c refcursor := 'portal';
        begin open c for select generate_series(1, 3); return c; end $$"""
    )
    cur.callproc("pg_temp.opened")
    name = cur.fetchone()[0]
    assert conn.cursor(name).fetchall() == [(1,), (2,), (3,)]


def test_row_042_closing_an_unused_named_cursor_is_silent(conn):
    cur = conn.cursor("unused")
    assert cur.close() is None
    assert cur.closed
