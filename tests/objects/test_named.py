"""Named cursors: DECLARE, FETCH in batches, MOVE, withhold, scrollable, portals taken over."""

import gc
import io

import pytest

import psycopg2
from psycopg2 import extras
from psycopg2.extensions import (
    STATUS_READY,
    TRANSACTION_STATUS_IDLE,
    TRANSACTION_STATUS_INERROR,
    TRANSACTION_STATUS_INTRANS,
)

TEN = "select generate_series(1, 10)"
NAMES = ["n", "two words", 'qu"ote', "it's", "été", "50%", "%s", "%(a)s", "UPPER", "a;b", "x" * 63]


@pytest.fixture
def named(conn):
    """A named cursor with the rows 1 to 10."""
    cur = conn.cursor("named")
    cur.execute(TEN)
    return cur


def numbers(rows):
    return [a for (a,) in rows]


def test_named_attributes_of_a_new_one(conn):
    cur = conn.cursor("a name")
    assert (cur.name, cur.withhold, cur.scrollable, cur.itersize) == ("a name", False, None, 2000)
    assert (cur.description, cur.rowcount, cur.query, cur.closed) == (None, -1, None, False)
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("name", NAMES)
def test_named_any_string_is_a_name(conn, cur, name):
    made = conn.cursor(name)
    assert made.name == name
    made.execute("select %s", (1,))
    cur.execute("select name from pg_cursors")
    assert cur.fetchall() == [(name,)]
    assert made.fetchall() == [(1,)]
    made.close()
    cur.execute("select name from pg_cursors")
    assert cur.fetchall() == []


@pytest.mark.parametrize("name", [5, 1.5, object(), ["n"]])
def test_named_name_must_be_a_string(conn, name):
    with pytest.raises(TypeError, match=type(name).__name__):
        conn.cursor(name)


def test_named_name_with_a_nul_is_refused(conn):
    # The original drops what follows the NUL.
    with pytest.raises(ValueError, match="NUL|null"):
        conn.cursor("a\0b").execute("select 1")


@pytest.mark.parametrize(
    "scrollable, withhold, wanted",
    [
        (None, False, 'DECLARE "n" CURSOR WITHOUT HOLD FOR select 1'),
        (None, True, 'DECLARE "n" CURSOR WITH HOLD FOR select 1'),
        (True, False, 'DECLARE "n" SCROLL CURSOR WITHOUT HOLD FOR select 1'),
        (True, True, 'DECLARE "n" SCROLL CURSOR WITH HOLD FOR select 1'),
        (False, False, 'DECLARE "n" NO SCROLL CURSOR WITHOUT HOLD FOR select 1'),
        (False, True, 'DECLARE "n" NO SCROLL CURSOR WITH HOLD FOR select 1'),
    ],
)
@pytest.mark.parametrize("way", ["arguments", "attributes"])
def test_named_execute_declares(seen, way, scrollable, withhold, wanted):
    conn, queries = seen
    if way == "arguments":
        cur = conn.cursor("n", scrollable=scrollable, withhold=withhold)
    else:
        cur = conn.cursor("n")
        cur.scrollable, cur.withhold = scrollable, withhold
    assert (cur.scrollable, cur.withhold) == (scrollable, withhold)
    cur.execute("select 1")
    assert queries == ["BEGIN", wanted]
    assert cur.query == wanted.encode()
    assert cur.statusmessage == "DECLARE CURSOR"
    assert cur.description is None


def test_named_fetches_what_is_asked(seen):
    conn, queries = seen
    cur = conn.cursor("n")
    cur.execute(TEN)
    del queries[:]
    assert cur.fetchone() == (1,)
    assert numbers(cur.fetchmany(2)) == [2, 3]
    assert numbers(cur.fetchall()) == [4, 5, 6, 7, 8, 9, 10]
    assert (cur.fetchone(), cur.fetchmany(3), cur.fetchall()) == (None, [], [])
    assert queries == [
        'FETCH FORWARD 1 FROM "n"',
        'FETCH FORWARD 2 FROM "n"',
        'FETCH FORWARD ALL FROM "n"',
        'FETCH FORWARD 1 FROM "n"',
        'FETCH FORWARD 3 FROM "n"',
        'FETCH FORWARD ALL FROM "n"',
    ]


def test_named_describes_after_the_first_fetch(named):
    declared = named.query
    named.fetchone()
    assert named.description[0].name == "generate_series"
    assert (named.rowcount, named.rownumber, named.statusmessage) == (1, 1, "FETCH 1")
    named.fetchmany(3)
    assert (named.rowcount, named.rownumber) == (3, 3)
    assert named.query == declared


def test_named_fetchmany_defaults_to_arraysize(named):
    assert numbers(named.fetchmany()) == [1]
    named.arraysize = 3
    assert numbers(named.fetchmany()) == [2, 3, 4]
    assert numbers(named.fetchmany(size=2)) == [5, 6]


def test_named_iterates_in_batches_of_itersize(seen):
    conn, queries = seen
    cur = conn.cursor("n")
    cur.itersize = 4
    cur.execute(TEN)
    del queries[:]
    positions = [(a, cur.rownumber) for (a,) in cur]
    assert positions == list(zip(range(1, 11), [1, 2, 3, 4, 1, 2, 3, 4, 1, 2]))
    assert set(queries) == {'FETCH FORWARD 4 FROM "n"'}
    assert len(queries) in (3, 4)


def test_named_iteration_mixes_with_fetching(named):
    # What iteration has taken in advance is gone for the fetch methods.
    named.itersize = 3
    assert next(named) == (1,)
    assert next(iter(named)) == (2,)
    named.itersize = 2000
    assert numbers(named.fetchmany(1)) in ([3], [4])


def test_named_iteration_interrupted_goes_on(named):
    named.itersize = 3
    for (a,) in named:
        if a == 2:
            break
    assert numbers(named) == [3, 4, 5, 6, 7, 8, 9, 10]


def test_named_execute_only_once(named):
    with pytest.raises(psycopg2.ProgrammingError, match="on named cursors more than once"):
        named.execute("select 1")
    assert named.fetchone() == (1,)


@pytest.mark.parametrize(
    "name, args", [("executemany", ("select %s", [()])), ("callproc", ("now",))]
)
def test_named_refuses(named, name, args):
    wanted = rf"can't call \.{name}\(\) on named cursors"
    with pytest.raises(psycopg2.ProgrammingError, match=wanted):
        getattr(named, name)(*args)
    assert named.fetchone() == (1,)


@pytest.mark.parametrize("name", ["withhold", "scrollable"])
@pytest.mark.parametrize("value, wanted", [(1, True), (0, False), ("x", True)])
def test_named_flags_take_truth(conn, name, value, wanted):
    cur = conn.cursor("n")
    setattr(cur, name, value)
    assert getattr(cur, name) is wanted


# scroll


def test_named_scroll_moves(seen):
    conn, queries = seen
    cur = conn.cursor("n", scrollable=True)
    cur.execute(TEN)
    del queries[:]
    cur.scroll(3)
    assert cur.fetchone() == (4,)
    cur.scroll(-2)
    assert cur.fetchone() == (3,)
    cur.scroll(7, "absolute")
    assert cur.fetchone() == (8,)
    assert [query for query in queries if query.startswith("MOVE")] == [
        'MOVE 3 FROM "n"',
        'MOVE -2 FROM "n"',
        'MOVE ABSOLUTE 7 FROM "n"',
    ]
    cur.scroll(0, "absolute")
    assert numbers(cur.fetchall()) == list(range(1, 11))


def test_named_scroll_past_the_end_is_no_error(named):
    named.scroll(100)
    assert named.fetchone() is None


def test_named_scroll_backwards_needs_scrollable(conn):
    cur = conn.cursor("n", scrollable=False)
    cur.execute(TEN)
    cur.fetchmany(2)
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="only scan forward"):
        cur.scroll(-1)


@pytest.mark.parametrize(
    "args, kind",
    [((), TypeError), (("x",), TypeError), ((1, "x"), psycopg2.ProgrammingError)],
)
def test_named_scroll_refuses_nonsense(named, args, kind):
    # The original takes any other mode for "absolute".
    with pytest.raises(kind):
        named.scroll(*args)
    assert named.fetchone() == (1,)


# Transactions


def test_named_ends_with_its_transaction(conn, named):
    conn.commit()
    for call in (
        named.fetchone,
        named.fetchmany,
        named.fetchall,
        lambda: next(named),
        lambda: named.scroll(1),
    ):
        with pytest.raises(psycopg2.ProgrammingError, match="named cursor isn't valid anymore"):
            call()
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE


def test_named_under_autocommit_needs_withhold(conn):
    conn.autocommit = True
    with pytest.raises(psycopg2.ProgrammingError, match="named cursor outside of transactions"):
        conn.cursor("n").execute(TEN)
    cur = conn.cursor("n", withhold=True)
    cur.execute(TEN)
    assert len(cur.fetchall()) == 10
    cur.close()


def test_named_withhold_outlives_the_transaction(conn):
    cur = conn.cursor("n", withhold=True)
    cur.execute(TEN)
    assert numbers(cur.fetchmany(2)) == [1, 2]
    conn.commit()
    assert cur.fetchone() == (3,)
    cur.scroll(1)
    assert numbers(cur.fetchmany(2)) == [5, 6]
    assert numbers(cur) == [7, 8, 9, 10]
    # Fetching from it begins no transaction.
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert conn.status == STATUS_READY
    cur.close()
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE


def test_named_in_a_failed_transaction(conn, cur, named):
    with pytest.raises(psycopg2.errors.SyntaxError):
        cur.execute("selec")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        named.fetchone()
    assert named.close() is None
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INERROR


def test_named_bad_sql_names_its_place(conn):
    cur = conn.cursor("n")
    with pytest.raises(psycopg2.errors.SyntaxError, match='syntax error at or near "selec"'):
        cur.execute("selec")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        conn.cursor("other").execute("select 1")


@pytest.mark.parametrize("query", ["insert into x values (1)", "set timezone to 'utc'", ";"])
def test_named_takes_queries_only(conn, query):
    with pytest.raises(psycopg2.ProgrammingError):
        conn.cursor("n").execute(query)


def test_named_name_used_twice(conn, named):
    with pytest.raises(psycopg2.errors.DuplicateCursor, match='"named" already exists'):
        conn.cursor("named").execute("select 1")


# Closing


def test_named_close_closes_the_portal(seen, cur):
    conn, queries = seen
    named = conn.cursor("n")
    named.execute(TEN)
    del queries[:]
    named.close()
    assert queries == ['CLOSE "n"']
    assert named.closed is True
    with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
        named.fetchone()


@pytest.mark.parametrize("autocommit", [False, True])
def test_named_close_of_an_unused_one_is_silent(conn, autocommit):
    conn.autocommit = autocommit
    cur = conn.cursor("unused")
    assert cur.close() is None
    assert cur.close() is None
    assert cur.closed is True
    assert not conn.notices


def test_named_close_after_the_connection_is_silent(conn, named):
    conn.close()
    assert named.closed is True
    assert named.close() is None


def test_named_with_closes_it(conn, cur):
    with conn.cursor("n") as named:
        named.execute(TEN)
    assert named.closed is True
    cur.execute("select count(*) from pg_cursors")
    assert cur.fetchone() == (0,)


def test_named_dropped_leaves_the_connection_well(conn, cur):
    named = conn.cursor("n")
    named.execute(TEN)
    del named
    gc.collect()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INTRANS


# A portal somebody else opened


@pytest.fixture
def portal(conn, cur):
    """The name of a portal opened by a function, with the rows 1 to 4."""
    cur.execute("""create function pg_temp.open_portal() returns refcursor language plpgsql as $$
        declare portal refcursor := 'my "portal"';
        begin open portal for select generate_series(1, 4) as a; return portal; end $$""")
    cur.callproc("pg_temp.open_portal")
    return cur.fetchone()[0]


@pytest.mark.parametrize("way", ["fetchall", "fetchone", "iteration", "fetchmany"])
def test_named_takes_over_a_portal(conn, portal, way):
    named = conn.cursor(portal)
    if way == "fetchall":
        rows = named.fetchall()
    elif way == "fetchone":
        rows = [named.fetchone() for _ in range(4)]
    elif way == "fetchmany":
        rows = named.fetchmany(4)
    else:
        rows = list(named)
    assert numbers(rows) == [1, 2, 3, 4]
    assert named.description[0].name == "a"


def test_named_takes_over_a_portal_and_closes_it(conn, cur, portal):
    conn.cursor(portal).close()
    cur.execute("select count(*) from pg_cursors")
    assert cur.fetchone() == (0,)


def test_named_fetch_of_no_portal_is_an_error(conn):
    with pytest.raises(psycopg2.errors.InvalidCursorName, match='cursor "nosuch" does not exist'):
        conn.cursor("nosuch").fetchone()


# Together with the rest


def test_named_two_at_once(conn):
    one, two = conn.cursor("one"), conn.cursor("two")
    one.itersize = two.itersize = 2
    one.execute(TEN)
    two.execute("select g * 10 from generate_series(1, 10) g")
    assert [(a, b) for (a,), (b,) in zip(one, two)] == [(n, n * 10) for n in range(1, 11)]


def test_named_many_rows_in_small_batches(conn):
    cur = conn.cursor("n")
    cur.itersize = 1000
    cur.execute("select g, repeat('x', 100) from generate_series(1, 20000) g")
    assert sum(a for a, _ in cur) == 20000 * 20001 // 2


def test_named_of_a_row_class(conn):
    cur = conn.cursor("n", cursor_factory=extras.DictCursor)
    cur.execute("select 1 as a, 2 as b")
    assert cur.fetchone()["b"] == 2


def test_named_binds_parameters(conn):
    cur = conn.cursor("n")
    cur.execute("select %(a)s, '%%'", {"a": "it's"})
    assert cur.fetchone() == ("it's", "%")


def test_named_copies_like_any_other(conn):
    out = io.StringIO()
    conn.cursor("n").copy_expert("copy (select 1) to stdout", out)
    assert out.getvalue() == "1\n"


def test_named_cursor_closes_one_that_sql_has_declared(conn):
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("declare held cursor with hold for select 1")
    conn.cursor("held").close()
    cur.execute("select count(*) from pg_cursors where name = 'held'")
    assert cur.fetchone() == (0,)


def test_scroll_of_a_named_cursor_has_no_rows(conn):
    cur = conn.cursor("passed", scrollable=True)
    cur.execute("select generate_series(1, 9)")
    assert cur.fetchone() == (1,)
    cur.scroll(3)
    assert (cur.rowcount, cur.description, cur.statusmessage) == (-1, None, "MOVE 3")
    assert cur.fetchone() == (5,)


def test_why_it_cannot_be_executed_is_told_before_that_it_is_closed(conn):
    used = conn.cursor("used")
    used.execute("select 1")
    used.close()
    with pytest.raises(psycopg2.ProgrammingError, match="more than once"):
        used.execute("select 1")
    unused = conn.cursor("unused")
    unused.close()
    with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
        unused.execute("select 1")
    conn.rollback()
    conn.autocommit = True
    with pytest.raises(psycopg2.ProgrammingError, match="outside of transactions"):
        unused.execute("select 1")
