"""copy_records(): it loads what INSERT would have stored; where something goes wrong, nothing."""

import collections
import signal
import sqlite3
import threading

import pytest
from fix_copy import MANY, WAYS, Name, as_iterator, as_long_list, rows_of, ways
from fix_interpreter import run_script

import psycopg2
from psycopg2 import errors, extensions, extras
from psycopg2.extensions import TRANSACTION_STATUS_INERROR, AsIs

pytestmark = pytest.mark.usefixtures("no_copy_is_left")


# -- What is told ---------------------------------------------------------------------------------


def test_the_cursor_tells_what_was_done(table):
    assert table.copy_records("data", [(1, "x", 1.0), (2, None, None)]) is None
    assert table.rowcount == 2
    assert table.statusmessage == "COPY 2"
    assert table.query == b'COPY "data" FROM STDIN'
    assert table.description is None
    with pytest.raises(psycopg2.ProgrammingError, match="no results"):
        table.fetchone()
    assert rows_of(table) == [(1, "x", 1.0), (2, None, None)]


def test_names_are_quoted(cur):
    cur.execute('create temp table "T ""x" ("a""b" int, "C, d" int)')
    cur.copy_records('T "x', [(1, 2)], columns=iter(["C, d", 'a"b']), schema="pg_temp")
    assert cur.query == b'COPY "pg_temp"."T ""x" ("C, d","a""b") FROM STDIN'
    assert rows_of(cur, '"T ""x"') == [(2, 1)]


def test_columns_choose_and_order(table):
    table.copy_records("data", as_long_list([(2.5, 1)]), columns=("c", "a"))
    assert set(rows_of(table)) == {(1, None, 2.5)}


@ways
def test_no_records(table, way):
    table.copy_records("data", way([]) if way is as_iterator else [])
    assert (table.rowcount, table.statusmessage) == (0, "COPY 0")


@ways
def test_a_table_without_columns(cur, way):
    cur.execute("create temp table empty ()")
    cur.copy_records("empty", way([()]))
    cur.execute("select count(*) from empty")
    assert cur.fetchone() == (1 if way is as_iterator else MANY,)


@ways
def test_generated_and_dropped_columns(conn, cur, way):
    if conn.server_version < 120000:
        pytest.skip("generated columns came with PostgreSQL 12")
    cur.execute(
        """
        create temp table g (a int, gone text, b int generated always as (a * 2) stored, c text);
        alter table g drop column gone
        """
    )
    cur.copy_records("g", way([(1, "x")]))
    assert set(rows_of(cur, "g")) == {(1, 2, "x")}


def records_of_every_kind():
    Pair = collections.namedtuple("Pair", "a b c")
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    yield (1, "x", 1.0)
    yield [1, "x", 1.0]
    yield Pair(1, "x", 1.0)
    yield collections.UserList([1, "x", 1.0])
    yield db.execute("select 1, 'x', 1.0").fetchone()
    db.close()


def test_records_of_every_kind(conn, table):
    records = list(records_of_every_kind())
    with conn.cursor(cursor_factory=extras.DictCursor) as cur:
        cur.execute("select 1 as a, 'x' as b, 1.0::float8 as c")
        records.append(cur.fetchone())
    table.copy_records("data", records)
    assert rows_of(table) == [(1, "x", 1.0)] * len(records)


def test_a_generator_is_read_as_it_goes(table):
    """A hundred times what is held at a time, and never more than a part of it."""
    alive = set()

    class Value(str):
        def __init__(self, text):
            alive.add(id(self))

        def __del__(self):
            alive.discard(id(self))

    most = 0

    def records():
        nonlocal most
        for i in range(100_000):
            most = max(most, len(alive))
            yield i, Value("x" * 60), None

    table.copy_records("data", records())
    assert table.rowcount == 100_000
    assert most <= 2


def test_in_a_transaction_and_without(conn, conn2, table):
    conn.commit()
    conn.autocommit = True
    table.execute("create temp table t (a int)")
    table.copy_records("t", as_long_list([(1,)]))
    with pytest.raises(psycopg2.ProgrammingError):
        table.copy_records("t", [(1,), (object(),)])
    table.execute("select count(*) from t")
    assert table.fetchone() == (MANY,)
    conn.autocommit = False
    table.copy_records("t", as_long_list([(1,)]))
    conn.rollback()
    table.execute("select count(*) from t")
    assert table.fetchone() == (MANY,)


# -- Errors ---------------------------------------------------------------------------------------


class Hostile:
    def __conform__(self, protocol):
        raise KeyError("mine")


class Odd(Exception):
    """It has more than a message."""

    def __init__(self, one, two):
        super().__init__(one, two)


class Raising:
    def __conform__(self, protocol):
        return self

    def getquoted(self):
        raise Odd(1, 2)


BAD = [
    ((1,), psycopg2.ProgrammingError, r"records\[5000\] has 1 values, and 3 are expected"),
    ((1, 2, 3, 4), psycopg2.ProgrammingError, r"records\[5000\] has 4 values"),
    ("abc", TypeError, r"records\[5000\] must be a sequence of values, not str"),
    (b"abc", TypeError, r"records\[5000\] must be"),
    ({1: 1, 2: 2, 3: 3}, TypeError, r"records\[5000\] must be .* not dict"),
    (collections.UserDict(a=1, b=2, c=3), TypeError, r"records\[5000\] must be .* UserDict"),
    ({1, 2, 3}, TypeError, r"records\[5000\] must be"),
    (iter("abc"), TypeError, r"records\[5000\] must be"),
    (None, TypeError, r"records\[5000\] must be"),
    (5, TypeError, r"records\[5000\] must be"),
    ((1, object(), 1.0), psycopg2.ProgrammingError, r"records\[5000\]\[1\]: can't adapt type"),
    ((1, ["x", [object()]], 1.0), psycopg2.ProgrammingError, r"records\[5000\]\[1\]: can't adapt"),
    ((1, "a\0b", 1.0), ValueError, r"records\[5000\]\[1\]: .*NUL"),
    ((1, ["a\0b"], 1.0), ValueError, r"records\[5000\]\[1\]: .*NUL"),
    ((1, Name("\0"), 1.0), ValueError, r"records\[5000\]\[1\]: .*NUL"),
    ((1, "\ud800", 1.0), UnicodeEncodeError, r"in records\[5000\]\[1\]"),
    ((1, Hostile(), 1.0), KeyError, None),
    ((1, (), 1.0), psycopg2.ProgrammingError, r"records\[5000\]\[1\]: .*empty tuple"),
    ((10**200_000, "x", 1.0), psycopg2.DataError, r"records\[5000\]\[0\]"),
    ((1, Raising(), 1.0), Odd, None),
]


@ways
@pytest.mark.parametrize("record, kind, text", BAD)
def test_a_bad_record_is_told_and_nothing_is_loaded(conn, table, record, kind, text, way):
    conn.commit()
    records = as_long_list([(1, "x", 1.0)]) + [record]
    with pytest.raises(kind, match=text) as raised:
        table.copy_records("data", iter(records) if way is as_iterator else records)
    if isinstance(raised.value, psycopg2.Error):
        assert raised.value.cursor is table
    if kind in (Odd, KeyError):
        assert raised.value.args in ((1, 2), ("mine",))
        assert getattr(raised.value, "__notes__", ["records[5000][1]"]) == ["records[5000][1]"]
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INERROR
    conn.rollback()
    assert rows_of(table) == []


@ways
@pytest.mark.parametrize(
    "record, kind, text",
    [
        (("x", "y", 1.0), errors.InvalidTextRepresentation, "line 5001, column a"),
        ((2**31, "y", 1.0), errors.NumericValueOutOfRange, "line 5001, column a"),
        ((True, "y", 1.0), errors.InvalidTextRepresentation, "line 5001, column a"),
    ],
)
def test_what_the_server_says_to_a_value_is_told(conn, table, record, kind, text, way):
    conn.commit()
    records = as_long_list([(1, "x", 1.0)]) + [record]
    with pytest.raises(kind, match=text):
        table.copy_records("data", iter(records) if way is as_iterator else records)
    conn.rollback()
    assert rows_of(table) == []


@ways
def test_a_constraint_that_fails(conn, cur, way):
    cur.execute("create temp table k (a int primary key, b text not null)")
    with pytest.raises(errors.UniqueViolation):
        cur.copy_records("k", [*((i, "x") for i in range(MANY)), (7, "x")])
    conn.rollback()
    cur.execute("create temp table k (a int primary key, b text not null)")
    with pytest.raises(errors.NotNullViolation):
        cur.copy_records("k", [*((i, "x") for i in range(MANY)), (-1, None)])


@pytest.mark.parametrize("after", [0, 1, 20_000])
@pytest.mark.parametrize(
    "error", [ValueError("mine"), Odd(1, 2), psycopg2.Error("mine"), KeyError(1)]
)
def test_what_the_iterable_raises_comes_through(conn, table, error, after):
    conn.commit()

    def records():
        for i in range(after):
            yield i, "x" * 20, None
        raise error

    with pytest.raises(type(error)) as raised:
        table.copy_records("data", records())
    assert raised.value is error
    assert error.args in (("mine",), (1, 2), (1,))
    conn.rollback()
    assert rows_of(table) == []


@pytest.mark.parametrize(
    "args, kwargs, kind",
    [
        ((), {}, TypeError),
        (("data",), {}, TypeError),
        ((5, []), {}, TypeError),
        ((None, []), {}, TypeError),
        (("da\0ta", []), {}, ValueError),
        (("data", 5), {}, TypeError),
        (("data", None), {}, TypeError),
        (("data", []), {"columns": 5}, TypeError),
        (("data", []), {"columns": "abc"}, TypeError),
        (("data", []), {"columns": [5]}, TypeError),
        (("data", []), {"columns": []}, psycopg2.ProgrammingError),
        (("data", []), {"columns": ["nosuch"]}, errors.UndefinedColumn),
        (("data", []), {"columns": ["a", "a"]}, errors.DuplicateColumn),
        (("data", []), {"schema": "nosuch"}, psycopg2.ProgrammingError),
        (("data", []), {"schema": 5}, TypeError),
        (("data", []), {"nosuch": 5}, TypeError),
        (("nosuch", []), {}, errors.UndefinedTable),
        (("nosuch", [(1,)] * MANY), {}, errors.UndefinedTable),
        (("data", [(1,)] * MANY), {"columns": ["nosuch"]}, errors.UndefinedColumn),
        (("data", [(1,)] * MANY), {}, psycopg2.ProgrammingError),
        (("data", [(1,)]), {}, psycopg2.ProgrammingError),
        (("data", [(1, 2, 3, 4)] * MANY), {}, psycopg2.ProgrammingError),
        (("data", [(1, 2)] * MANY), {"columns": ["a"]}, psycopg2.ProgrammingError),
        (("pg_catalog.pg_class", []), {}, errors.UndefinedTable),
    ],
)
def test_nonsense_is_refused(table, args, kwargs, kind):
    with pytest.raises(kind):
        table.copy_records(*args, **kwargs)


def test_nothing_is_sent_for_an_argument_that_is_wrong(conn, table):
    conn.commit()
    for wrong in (5, None):
        with pytest.raises(TypeError):
            table.copy_records("data", wrong)
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_where_it_cannot_be_done(dsn, connect, conn, table):
    with pytest.raises(psycopg2.ProgrammingError, match="named"):
        conn.cursor("name").copy_records("data", [])
    closed = conn.cursor()
    closed.close()
    with pytest.raises(psycopg2.InterfaceError, match="closed"):
        closed.copy_records("data", [])
    aconn = connect(dsn, async_=True)
    extras.wait_select(aconn)
    with pytest.raises(psycopg2.ProgrammingError, match="copy_records cannot be used in async"):
        aconn.cursor().copy_records("data", [])


# -- While it runs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda conn, cur: cur.execute("select 1"),
        lambda conn, cur: conn.commit(),
        lambda conn, cur: conn.cursor().copy_records("data", []),
        lambda conn, cur: conn.close(),
        lambda conn, cur: conn.set_client_encoding("LATIN1"),
        lambda conn, cur: conn.poll(),
    ],
)
def test_the_connection_is_busy_for_the_iterable(conn, table, use):
    def records():
        yield 1, "x", 1.0
        use(conn, table)

    with pytest.raises(psycopg2.ProgrammingError, match="busy"):
        table.copy_records("data", records())


def test_a_closed_cursor_does_not_matter(conn, table):
    def records():
        yield 1, "x", 1.0
        table.close()
        yield 2, "y", 2.0

    table.copy_records("data", records())
    with conn.cursor() as cur:
        assert rows_of(cur) == [(1, "x", 1.0), (2, "y", 2.0)]


def test_other_threads_wait(conn, table):
    started, answer = threading.Event(), []

    def other():
        started.wait(60)
        with conn.cursor() as cur:
            cur.execute("select count(*) from data")
            answer.append(cur.fetchone())

    thread = threading.Thread(target=other)
    thread.start()

    def records():
        yield 1, "x", 1.0
        started.set()
        yield from [(1, "x" * 50, 1.0)] * 10_000

    table.copy_records("data", records())
    thread.join(60)
    assert answer == [(10_001,)]


def test_records_that_change_while_they_are_read(table):
    class Meddler:
        def __conform__(self, protocol):
            record.clear()
            return AsIs("1")

    record = [Meddler(), "x", 1.0]
    with pytest.raises(psycopg2.ProgrammingError, match=r"records\[0\] has 0 values"):
        table.copy_records("data", [record])


def test_records_that_grow_while_they_are_read(table):
    records = [[1, "x", 1.0]] * MANY

    class Meddler:
        def __conform__(self, protocol):
            del records[5:]
            return AsIs("'y'")

    records[2] = [1, Meddler(), 1.0]
    table.copy_records("data", records)
    assert table.rowcount == 5


def test_green(connect, dsn):
    calls = []

    def wait(conn):
        calls.append(conn)
        extras.wait_select(conn)

    extensions.set_wait_callback(wait)
    try:
        conn = connect()
        cur = conn.cursor()
        cur.execute("create temp table data (a int, b text)")
        del calls[:]
        for way in WAYS:
            cur.copy_records("data", way([(1, "x" * 1000)] * 20_000))
            assert cur.rowcount == 20_000
        assert len(calls) > 2
        with pytest.raises(ValueError):
            cur.copy_records("data", [(1, "\0")])
        conn.rollback()
        cur.execute("select 1")
    finally:
        extensions.set_wait_callback(None)


def test_ctrl_c_ends_it(conn, table):
    conn.commit()

    def records():
        for i in range(50_000):
            if i == 40_000:
                signal.raise_signal(signal.SIGINT)
            yield i, "x" * 50, None

    with pytest.raises(KeyboardInterrupt):
        table.copy_records("data", records())
    conn.rollback()
    assert rows_of(table) == []


def test_ctrl_c_while_the_server_does_not_read(conn, conn2, cur, interrupt_at_work):
    """A trigger waits for a lock: the data piles up before it, and the driver waits."""
    with conn2.cursor() as other:
        other.execute("select pg_advisory_lock(7, pg_backend_pid()), pg_backend_pid()")
        key = other.fetchone()[1]
    cur.execute(
        f"""
        create temp table slow (a text);
        create function pg_temp.wait() returns trigger language plpgsql as
        'begin perform pg_advisory_xact_lock(7, {key}); return new; end';
        create trigger wait before insert on slow for each row execute function pg_temp.wait()
        """
    )
    conn.commit()
    with pytest.raises(KeyboardInterrupt):
        interrupt_at_work(conn)
        cur.copy_records("slow", [("x" * 1000,)] * 50_000)
    conn.rollback()
    cur.execute("select count(*) from slow")
    assert cur.fetchone() == (0,)


@pytest.mark.parametrize("after", [0, 20_000])
def test_the_server_vanishes(connect, conn2, after):
    conn = connect()
    cur = conn.cursor()
    cur.execute("create temp table gone (a int, b text)")

    def records():
        for i in range(100_000):
            if i == after:
                with conn2.cursor() as other:
                    other.execute("select pg_terminate_backend(%s)", (conn.info.backend_pid,))
            yield i, "x" * 50

    with pytest.raises(psycopg2.OperationalError):
        cur.copy_records("gone", records())
    assert conn.closed == 2


def test_a_child_of_the_iterable_leaves_the_connection_alone(dsn):
    lines = run_script(
        dsn,
        """
        cur.execute("create temp table f (a int)")

        def records():
            yield (1,)
            pid = os.fork()
            if not pid:
                try:
                    cur.execute("select 1")
                except psycopg2.Error as error:
                    print(type(error).__name__, flush=True)
                os._exit(0)
            os.waitpid(pid, 0)
            yield (2,)

        cur.copy_records("f", records())
        print(cur.rowcount)
        """,
    )
    assert lines in (["InterfaceError", "2"], ["ProgrammingError", "2"])
