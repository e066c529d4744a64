"""A cursor: making one, its attributes, close(), and what a closed one answers."""

import gc
import io
import weakref

import pytest

import psycopg2
from psycopg2 import extensions, extras

CLOSED_CALLS = [
    ("execute", ("select 1",)),
    ("executemany", ("select 1", [()])),
    ("callproc", ("now",)),
    ("fetchone", ()),
    ("fetchmany", ()),
    ("fetchall", ()),
    ("__iter__", ()),
    ("__next__", ()),
    ("scroll", (1,)),
    ("nextset", ()),
    ("setinputsizes", (1,)),
    ("setoutputsize", (1,)),
    ("copy_from", (io.StringIO(), "t")),
    ("copy_to", (io.StringIO(), "t")),
    ("copy_expert", ("copy t to stdout", io.StringIO())),
]


def test_cursor_attributes_of_a_new_one(conn, cur):
    wanted = {
        "arraysize": 1,
        "binary_types": None,
        "closed": False,
        "connection": conn,
        "description": None,
        "itersize": 2000,
        "lastrowid": 0,
        "name": None,
        "pgresult_ptr": None,
        "query": None,
        "row_factory": None,
        "rowcount": -1,
        "rownumber": 0,
        "scrollable": None,
        "statusmessage": None,
        "string_types": None,
        "withhold": False,
    }
    assert {name: getattr(cur, name) for name in wanted} == wanted
    assert type(cur) is extensions.cursor
    assert repr(cur).startswith("<cursor object at 0x")
    assert repr(cur).endswith("; closed: 0>")


@pytest.mark.parametrize(
    "name",
    "closed connection description lastrowid name pgresult_ptr query rowcount rownumber "
    "statusmessage typecaster".split(),
)
def test_cursor_attribute_is_read_only(cur, name):
    with pytest.raises(AttributeError):
        setattr(cur, name, None)


@pytest.mark.parametrize("name", ["arraysize", "itersize"])
@pytest.mark.parametrize("value", [None, "x", 1.5, 10**30])
def test_cursor_sizes_refuse_nonsense_and_stay(cur, name, value):
    # The original leaves -1 behind.
    before = getattr(cur, name)
    with pytest.raises((TypeError, OverflowError)):
        setattr(cur, name, value)
    assert getattr(cur, name) == before


@pytest.mark.parametrize("name", ["withhold", "scrollable"])
def test_cursor_without_a_name_has_no_portal_to_configure(conn, cur, name):
    with pytest.raises(psycopg2.ProgrammingError, match=f"set .{name} on unnamed cursor"):
        setattr(cur, name, True)
    with pytest.raises(psycopg2.ProgrammingError, match=f"set .{name} on unnamed cursor"):
        conn.cursor(**{name: True})
    assert not getattr(cur, name)
    conn.cursor(withhold=False, scrollable=None)


def test_cursor_tzinfo_factory_is_a_fixed_offset(cur):
    import datetime as dt

    assert cur.tzinfo_factory(dt.timedelta(0)).utcoffset(None) == dt.timedelta(0)
    cur.tzinfo_factory = None
    assert cur.tzinfo_factory is None


@pytest.mark.parametrize(
    "args, kwargs",
    [
        ((), {"cursor_factory": extras.DictCursor}),
        ((None, extras.DictCursor), {}),
        (("a name", extras.DictCursor, True, False), {}),
        (("a name",), {"withhold": True, "cursor_factory": extras.DictCursor}),
    ],
)
def test_cursor_is_made_by_the_factory(conn, args, kwargs):
    cur = conn.cursor(*args, **kwargs)
    assert type(cur) is extras.DictCursor
    assert cur.name == (args[0] if args else None)
    assert cur.connection is conn


@pytest.mark.parametrize("name, wanted", [(None, ((),)), ("n", (("n",),))])
def test_cursor_factory_gets_connection_and_name(conn, name, wanted):
    calls = []

    def factory(*args, **kwargs):
        calls.append((args[1:], kwargs))
        assert args[0] is conn
        return extensions.cursor(*args, **kwargs)

    conn.cursor(name, cursor_factory=factory)
    assert calls in ([((), {})], [(("n",), {})], [((None,), {})], [((), {"name": None})])
    assert calls[0][0] in (wanted[0], (name,))


@pytest.mark.parametrize("made", [None, {}, "cursor", object()])
def test_cursor_factory_must_make_a_cursor(conn, made):
    with pytest.raises(TypeError, match="must be subclass of psycopg2.extensions.cursor"):
        conn.cursor(cursor_factory=lambda *args, **kwargs: made)


def test_cursor_factory_errors_come_through(conn):
    with pytest.raises(TypeError, match="not callable"):
        conn.cursor(cursor_factory=5)
    with pytest.raises(ZeroDivisionError):
        conn.cursor(cursor_factory=lambda *args: 1 / 0)


@pytest.mark.parametrize("args, kwargs", [((1, 2, 3, 4, 5), {}), ((), {"factory": None})])
def test_cursor_method_refuses_other_arguments(conn, args, kwargs):
    with pytest.raises(TypeError):
        conn.cursor(*args, **kwargs)


def test_cursor_type_is_made_of_a_connection(conn):
    assert extensions.cursor(conn).connection is conn
    assert extensions.cursor(conn, "n").name == "n"
    for args in ((), (5,), (None,), (conn, "n", 1, 2)):
        with pytest.raises(TypeError):
            extensions.cursor(*args)


def test_cursor_of_a_connection_not_ready(connect, dsn):
    conn = connect(dsn, async_=1)
    with pytest.raises(psycopg2.OperationalError):
        conn.cursor()


# Closing


def test_cursor_close_twice_is_silent(cur):
    assert cur.close() is None
    assert cur.closed is True
    assert cur.close() is None
    assert repr(cur).endswith("; closed: -1>")


@pytest.mark.parametrize("how", ["cursor", "connection"])
@pytest.mark.parametrize("name, args", CLOSED_CALLS)
def test_cursor_closed_refuses(conn, cur, how, name, args):
    cur.execute("select 1")
    method = getattr(cur, name)
    (cur if how == "cursor" else conn).close()
    with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
        method(*args)


@pytest.mark.parametrize("how", ["cursor", "connection"])
def test_cursor_closed_still_tells(conn, cur, how):
    cur.execute("select 1 as a")
    (cur if how == "cursor" else conn).close()
    assert cur.closed is True
    assert cur.description[0].name == "a"
    assert (cur.query, cur.statusmessage) == (b"select 1 as a", "SELECT 1")
    assert cur.connection is conn
    assert cur.mogrify("select %s", (1,)) == b"select 1"
    assert cur.cast(23, "1") == 1
    assert cur.close() is None


def test_cursor_closed_leaves_the_others(conn, cur):
    other = conn.cursor()
    other.execute("select 1")
    cur.close()
    assert other.fetchone() == (1,)


def test_cursor_with_closes_it(conn):
    with conn.cursor() as cur:
        assert cur.closed is False
        cur.execute("select 1")
    assert cur.closed is True
    with pytest.raises(ZeroDivisionError), conn.cursor() as cur:
        _ = 1 / 0
    assert cur.closed is True


def test_cursor_keeps_its_connection(dsn):
    cur = psycopg2.connect(dsn).cursor()
    gc.collect()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    cur.connection.close()


def test_cursor_goes_in_a_cycle(conn):
    class Cyclic(extensions.cursor):
        pass

    cur = conn.cursor(cursor_factory=Cyclic)
    cur.myself = cur
    cur.row_factory = cur
    cur.tzinfo_factory = cur
    reference = weakref.ref(cur)
    cur.execute("select 1")
    assert cur.description
    del cur
    gc.collect()
    assert reference() is None


def test_cursor_error_does_not_keep_the_cursor_forever(conn):
    cur = conn.cursor()
    reference = weakref.ref(cur)
    try:
        cur.execute("selec")
    except psycopg2.Error as caught:
        caught.myself = caught
    del cur
    gc.collect()
    assert reference() is None


# The result in its attributes


@pytest.mark.parametrize(
    "query, rowcount, message",
    [
        ("select generate_series(1, 3)", 3, "SELECT 3"),
        ("select 1 where false", 0, "SELECT 0"),
        ("insert into attrs select generate_series(1, 4)", 4, "INSERT 0 4"),
        ("insert into attrs values (7) returning a", 1, "INSERT 0 1"),
        ("update attrs set a = 0 where false", 0, "UPDATE 0"),
        ("delete from attrs", 2, "DELETE 2"),
        ("set extra_float_digits to 1", -1, "SET"),
        ("create table attrs2 ()", -1, "CREATE TABLE"),
        ("select 1; delete from attrs", 2, "DELETE 2"),
        ("create table attrs2 as select 1 as a", 1, "SELECT 1"),
        ("explain select 1", 1, "EXPLAIN"),
        ("show timezone", 1, "SHOW"),
        ("values (1), (2)", 2, "SELECT 2"),
    ],
)
def test_cursor_rowcount_and_statusmessage(cur, query, rowcount, message):
    cur.execute("create temp table attrs (a int); insert into attrs values (1), (2)")
    cur.execute(query)
    assert cur.statusmessage == message
    assert cur.rowcount in ((rowcount, -1) if message == "EXPLAIN" else (rowcount,))
    assert cur.query == query.encode()
    assert cur.lastrowid == 0
    assert cur.rownumber == 0


def test_cursor_query_is_what_was_sent(cur):
    cur.execute("select %s, '%%'", ("it's",))
    assert cur.query == b"select 'it''s', '%'"
    with pytest.raises(psycopg2.errors.SyntaxError):
        cur.execute("selec %s", (1,))
    assert cur.query == b"selec 1"


def test_cursor_failed_execute_forgets_the_last_result(cur):
    cur.execute("select 1")
    with pytest.raises(psycopg2.errors.DivisionByZero):
        cur.execute("select 1/0")
    assert (cur.description, cur.rowcount, cur.statusmessage) == (None, -1, "")
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        cur.fetchone()


def test_cursor_pgresult_ptr_is_there_while_a_result_is(cur):
    cur.execute("select 1")
    assert isinstance(cur.pgresult_ptr, int) and cur.pgresult_ptr
    cur.close()
    assert cur.pgresult_ptr is None


def test_cursor_setinputsizes_and_setoutputsize_do_nothing(cur):
    assert cur.setinputsizes([None, 5]) is None
    assert cur.setoutputsize(100) is None
    assert cur.setoutputsize(100, 2) is None


def test_cursor_nextset_is_not_supported(cur):
    cur.execute("select 1; select 2")
    with pytest.raises(psycopg2.NotSupportedError, match="not supported by PostgreSQL"):
        cur.nextset()
    assert cur.fetchall() == [(2,)]


# cast


@pytest.mark.parametrize(
    "oid, text, wanted",
    [
        (23, "1", 1),
        (23, b"1", 1),
        (23, None, None),
        (25, "é", "é"),
        (9999999, "x", "x"),
        (1007, "{1,NULL}", [1, None]),
        (16, "t", True),
    ],
)
def test_cursor_cast(cur, oid, text, wanted):
    assert cur.cast(oid, text) == wanted


def test_cursor_cast_uses_the_most_specific_scope(conn, cur):
    def caster(word):
        return extensions.new_type((23,), "WORD", lambda value, cursor: (word, value, cursor))

    extensions.register_type(caster("conn"), conn)
    assert cur.cast(23, "1") == ("conn", "1", cur)
    extensions.register_type(caster("cur"), cur)
    assert cur.cast(23, "1") == ("cur", "1", cur)
    assert cur.cast(23, None) is None
    other = conn.cursor()
    assert other.cast(23, "1") == ("conn", "1", other)
    assert list(cur.string_types) == [23]
    assert list(conn.string_types) == [23]


@pytest.mark.parametrize("args", [(23,), (), (23, 5)])
def test_cursor_cast_refuses(cur, args):
    with pytest.raises(TypeError):
        cur.cast(*args)
