"""Code of the program's that runs in the middle of a call, and takes away what the call works on.

Each of these is a way to have the driver look at memory that is gone, were it not careful; the
assertions are what a program may count on all the same.
"""

import contextlib
import datetime as dt
import gc
import gzip
import io
import sys

import pytest

import psycopg2
from psycopg2 import extensions

INT_OID = 23
TEXT_OID = 25


def casts_with(cur, function, oid=INT_OID):
    extensions.register_type(extensions.new_type((oid,), "OURS", function), cur)


# typecasters and factories


@pytest.mark.parametrize(
    "call",
    [
        lambda cur: cur.execute("select generate_series(1, 1000)"),
        lambda cur: cur.executemany("select 1", []),
        lambda cur: cur.executemany("select %s", [(1,), (2,)]),
        lambda cur: cur.callproc("now"),
        lambda cur: cur.copy_expert("copy (select 1) to stdout", io.StringIO()),
        lambda cur: cur.close(),
        lambda cur: cur.connection.close(),
        lambda cur: cur.connection.rollback(),
    ],
    ids="execute executemany-of-none executemany callproc copy close conn.close rollback".split(),
)
@pytest.mark.parametrize("fetch", ["fetchone", "fetchmany", "fetchall", "next"])
def test_caster_that_uses_its_cursor(conn, cur, fetch, call):
    called = []

    def cast(value, cursor):
        if not called:
            called.append(value)
            call(cursor)
        return value

    casts_with(cur, cast)
    cur.execute("select i, repeat('x', 5000), i from generate_series(1, 100) i")
    read = {"fetchmany": lambda: cur.fetchmany(50), "next": lambda: next(cur)}
    rows = read.get(fetch, getattr(cur, fetch, None))()
    rows = rows if isinstance(rows, list) else [rows]
    assert called == ["1"]
    assert rows[0] == ("1", "x" * 5000, "1")
    assert [row[0] for row in rows] == [str(i + 1) for i in range(len(rows))]


@pytest.mark.parametrize("fetch", ["fetchone", "fetchall"])
def test_caster_that_fetches_from_its_cursor_is_told(cur, fetch):
    def cast(value, cursor):
        return getattr(cursor, fetch)()

    casts_with(cur, cast)
    cur.execute("select generate_series(1, 3)")
    with pytest.raises(psycopg2.ProgrammingError, match="fetched from already"):
        cur.fetchall()
    with pytest.raises(psycopg2.ProgrammingError, match="fetched from already"):
        cur.fetchone()


def test_caster_that_scrolls_its_cursor_is_told(cur):
    casts_with(cur, lambda value, cursor: cursor.scroll(0, "absolute"))
    cur.execute("select generate_series(1, 3)")
    with pytest.raises(psycopg2.ProgrammingError, match="fetched from already"):
        cur.fetchall()


def test_caster_that_unregisters_itself(cur):
    def cast(value, cursor):
        cursor.string_types = None
        gc.collect()
        return f"cast {value}"

    casts_with(cur, cast)
    cur.execute("select 1, 2, array[3]")
    assert cur.fetchone() == ("cast 1", "cast 2", [3])
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_caster_of_elements_that_clears_the_lists_around(cur):
    def cast(value, cursor):
        for thing in gc.get_objects():
            if type(thing) is list and thing and type(thing[0]) is list and not thing[0]:
                thing.clear()
        return value

    extensions.register_type(
        extensions.new_array_type((1007,), "OURS", extensions.new_type((23,), "ONE", cast)), cur
    )
    cur.execute("select array[[[1, 2], [3, 4]]]")
    assert type(cur.fetchone()[0]) is list


def test_tzinfo_factory_that_replaces_itself(cur):
    class Factory:
        def __init__(self, number):
            self.number = number

        def __call__(self, offset):
            cur.tzinfo_factory = Factory(self.number + 1)
            gc.collect()
            return dt.timezone(offset, f"zone {self.number}")

    cur.tzinfo_factory = Factory(1)
    cur.execute("select '2020-01-01 00:00+01'::timestamptz from generate_series(1, 5)")
    rows = cur.fetchall()
    assert {row[0].tzname() for row in rows} == {"zone 1"}
    cur.execute("select 1")
    number = cur.tzinfo_factory.number
    text = '{"2020-01-01 00:00:00+01","2020-01-01 00:00:00+02"}'
    for got in (cur.cast(1185, text), extensions.PYDATETIMETZARRAY(text, cur)):
        assert {value.tzname() for value in got} <= {f"zone {number}", f"zone {number + 1}"}


def test_row_factory_that_replaces_itself(cur):
    class Row(dict):
        pass

    class Factory:
        def __call__(self, cursor):
            cursor.row_factory = Factory()
            gc.collect()
            return Row(factory=type(self).__name__)

    cur.row_factory = Factory()
    cur.execute("select generate_series(1, 3)")
    assert cur.fetchall() == [{"factory": "Factory", 0: i} for i in (1, 2, 3)]


def test_row_that_executes_when_it_is_filled(cur):
    class Row(dict):
        def __setitem__(self, key, value):
            cur.execute("select 'other' from generate_series(1, 1000)")
            super().__setitem__(key, value)

    cur.row_factory = lambda cursor: Row()
    cur.execute("select i, repeat('x', 5000) from generate_series(1, 50) i")
    assert cur.fetchone() == {0: 1, 1: "x" * 5000}
    cur.row_factory = None
    assert cur.fetchone() == ("other",)


# what a program may put into, or take from, the attributes


class Oid(int):
    """An OID of the program's own: to look for it is to run this."""

    def __hash__(self):
        return hash(int(self))

    def __eq__(self, other):
        self.action()
        return int(self) == other

    action = staticmethod(lambda: None)


def test_oid_that_executes_when_it_is_compared(conn, cur):
    class Executing(Oid):
        @staticmethod
        def action():
            cur.string_types = None
            cur.execute("select 'other' from generate_series(1, 1000)")
            gc.collect()

    caster = extensions.new_type((Executing(INT_OID),), "OURS", lambda value, cursor: "ours")
    extensions.register_type(caster, cur)
    cur.execute("select 1, 2, 3")
    assert cur.fetchone() == ("ours",) * 3
    assert cur.fetchone() is None  # the result of the query that ended last


def test_oid_that_drops_the_dict_it_is_put_into(conn, cur):
    class Dropping(Oid):
        def __hash__(self):
            cur.string_types = None
            gc.collect()
            return super().__hash__()

    oids = tuple(Dropping(i) for i in range(1, 50))
    extensions.register_type(extensions.new_type(oids, "OURS", lambda v, c: v), cur)
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


@pytest.mark.parametrize("name", ["row_factory", "tzinfo_factory", "string_types", "binary_types"])
def test_attribute_of_the_cursor_deleted(cur, name):
    with contextlib.suppress(TypeError, AttributeError):
        delattr(cur, name)
    cur.execute("select 1, now(), '{1}'::int[]")
    row = cur.fetchone()
    assert row[0] == 1
    assert cur.cast(INT_OID, "5") == 5
    assert cur.cast(1184, "2020-01-01 00:00:00+00").year == 2020
    assert extensions.PYDATETIMETZ("2020-01-01 00:00:00+00", cur).year == 2020
    assert getattr(cur, name) in (None, {}) or name == "tzinfo_factory"
    casts_with(cur, lambda value, cursor: "ours")
    cur.execute("select 1")
    assert cur.fetchone() == ("ours",)


@pytest.mark.parametrize("value", [5, "x", [], object()])
def test_string_types_that_are_no_dict_are_refused(cur, value):
    with contextlib.suppress(TypeError):
        cur.string_types = value
        with pytest.raises(TypeError, match="dict"):
            casts_with(cur, lambda value, cursor: value)
        cur.execute("select 1")
        with pytest.raises(TypeError, match="dict"):
            cur.fetchone()


@pytest.mark.parametrize("name", ["notices", "notifies", "cursor_factory"])
def test_attribute_of_the_connection_deleted(conn, name):
    with contextlib.suppress(TypeError, AttributeError):
        delattr(conn, name)
    cur = conn.cursor()
    assert type(cur) is extensions.cursor
    cur.execute("do $$begin raise notice 'lost'; end$$; listen here; notify here")
    conn.commit()
    conn.poll()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


# notices and notifications


@pytest.mark.parametrize("name", ["notices", "notifies"])
@pytest.mark.parametrize("action", ["execute", "close", "raise", "replace", "interrupt"])
def test_append_that_uses_its_connection(conn, name, action):
    class Sink(list):
        def append(self, item):
            super().append(item)
            if len(self) > 3:
                return
            if action == "execute":
                conn.cursor().execute("do $$begin raise notice 'more'; end$$; notify here, 'more'")
            elif action == "close":
                conn.close()
            elif action == "raise":
                raise ZeroDivisionError
            elif action == "interrupt":
                raise KeyboardInterrupt
            else:
                setattr(conn, name, [])
                gc.collect()

    conn.autocommit = True
    sink = Sink()
    setattr(conn, name, sink)
    cur = conn.cursor()
    cur.execute("listen here; do $$begin raise notice 'a'; raise notice 'b'; end$$; notify here")
    assert conn.closed == (action == "close")
    if action == "close":
        with pytest.raises(psycopg2.InterfaceError):
            conn.poll()
        return
    conn.poll()
    assert len(sink) >= 1
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


# adapters


def test_adapter_that_executes_on_its_cursor(conn, cur):
    class Executing:
        def __conform__(self, protocol):
            return self

        def prepare(self, connection):
            cur.execute("select 'inner', %s", ("x" * 10000,))

        def getquoted(self):
            cur.execute("select 'inner', %s", ("y" * 100000,))
            return b"'outer'"

    cur.execute("select %s, %s, %(a)s".replace("%(a)s", "%s"), (Executing(), "z", Executing()))
    assert cur.fetchone() == ("outer", "z", "outer")
    assert cur.query == b"select 'outer', 'z', 'outer'"


@pytest.mark.parametrize("what", ["cursor", "connection"])
def test_adapter_that_closes(conn, cur, what):
    class Closing:
        def __conform__(self, protocol):
            return self

        def getquoted(self):
            (cur if what == "cursor" else conn).close()
            return b"1"

    with contextlib.suppress(psycopg2.InterfaceError):
        cur.execute("select %s, %s", (Closing(), "é"))
    with pytest.raises(psycopg2.InterfaceError):
        cur.execute("select 1")
    with pytest.raises(psycopg2.InterfaceError):
        cur.fetchone()


def test_adapter_that_closes_under_an_encoding_libpq_quotes(conn, cur):
    class Closing:
        def __conform__(self, protocol):
            return self

        def getquoted(self):
            conn.close()
            return b"1"

    conn.set_client_encoding("SJIS")
    with pytest.raises(psycopg2.Error):
        cur.execute("select %s, %s", (Closing(), "表"))


def test_adapter_that_empties_the_list_it_is_in(cur):
    class Emptying:
        def __init__(self, items):
            self.items = items

        def __conform__(self, protocol):
            return self

        def getquoted(self):
            self.items.clear()
            gc.collect()
            return b"1"

    items = [[2], 3]
    items.insert(0, Emptying(items))
    assert cur.mogrify("%s", (items,)) == b"ARRAY[1]"
    args = ["a", "b"]
    args.insert(0, Emptying(args))
    with pytest.raises((IndexError, TypeError)):
        cur.execute("select %s, %s, %s", args)
    names = {"b": 1}
    names["a"] = Emptying(names)
    with pytest.raises(KeyError):
        cur.execute("select %(a)s, %(b)s", names)


def test_adapter_that_changes_its_class(cur):
    class Other:
        def __conform__(self, protocol):
            return extensions.AsIs("'other'")

    def make():
        class Temporary:
            def __conform__(self, protocol):
                self.__class__ = Other
                gc.collect()

        return Temporary()

    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt"):
        cur.execute("select %s", (make(),))


def test_adapters_that_are_executing_on_an_asynchronous_connection(connect):
    from psycopg2.extras import wait_select

    conn = connect(async_=1)
    wait_select(conn)
    cur, other = conn.cursor(), conn.cursor()

    class Executing:
        def __conform__(self, protocol):
            return self

        def getquoted(self):
            other.execute("select 'other'")
            return b"1"

    with pytest.raises(psycopg2.ProgrammingError, match="underway"):
        cur.execute("select %s", (Executing(),))
    wait_select(conn)
    assert other.fetchone() == ("other",)
    cur.execute("select 5")
    wait_select(conn)
    assert cur.fetchone() == (5,)


# values of settings


class Truth:
    def __init__(self, action):
        self.action = action

    def __bool__(self):
        self.action()
        return True


@pytest.mark.parametrize("name", ["autocommit", "readonly", "deferrable"])
def test_setting_whose_truth_begins_a_transaction(conn, cur, name):
    with pytest.raises(psycopg2.ProgrammingError, match="inside a transaction"):
        setattr(conn, name, Truth(lambda: cur.execute("select 1")))
    conn.rollback()
    cur.execute("show transaction_read_only")
    assert cur.fetchone() == ("off",)


def test_setting_whose_truth_closes_the_connection(conn):
    with pytest.raises(psycopg2.InterfaceError):
        conn.autocommit = Truth(conn.close)
    with pytest.raises(psycopg2.InterfaceError):
        conn.cursor(withhold=Truth(conn.close))


# description


def test_description_whose_end_executes(cur):
    class Executing:
        def __del__(self):
            cur.execute("select 'of the end'")

    cur.execute("select 1 as one")
    cur.description[0].__setstate__((Executing(),) * 9)
    cur.execute("select 2 as two")
    assert cur.fetchone() in [(2,), ("of the end",)]
    cur.execute("select 3 as three")
    assert cur.fetchone() == (3,)
    assert cur.description[0].name == "three"


# errors


def test_error_class_that_makes_something_else(conn, cur, monkeypatch):
    """The dict of classes is the program's too."""

    class Other(psycopg2.Error):
        def __new__(cls, *args):
            return ValueError(*args)

    class Adapted:
        def __conform__(self, protocol):
            raise Other("from __conform__")

    with pytest.raises((ValueError, Other, psycopg2.ProgrammingError)):
        cur.execute("select %s", (Adapted(),))
    monkeypatch.setitem(psycopg2._psycopg.sqlstate_errors, "42601", Other)
    with pytest.raises((ValueError, Other)):
        cur.execute("selec")
    conn.rollback()
    with pytest.raises((ValueError, Other)):
        conn.cursor("named").execute("selec")


def test_errors_in_a_long_chain_end(conn):
    error = None
    for _ in range(100_000):
        following = psycopg2.Error()
        following.__context__ = error
        error = following
    del error, following
    gc.collect()


# files


class Broken(io.RawIOBase):
    def writable(self):
        return True

    def write(self, data):
        raise ZeroDivisionError


def test_copy_to_a_file_that_raises_lends_it_nothing_for_good(conn, cur):
    """The traceback keeps what write() was called with; the memory is not there for ever."""
    with pytest.raises(ZeroDivisionError) as caught:
        cur.copy_expert(
            "copy (select md5(i::text) from generate_series(1, 100000) i) to stdout",
            gzip.GzipFile(fileobj=Broken(), mode="wb"),
        )
    views = []
    traceback = caught.value.__traceback__
    while traceback:
        views += [v for v in traceback.tb_frame.f_locals.values() if isinstance(v, memoryview)]
        traceback = traceback.tb_next
    for view in views:
        with pytest.raises(ValueError, match="released"):
            bytes(view)
    conn.rollback()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


@pytest.mark.parametrize("action", ["execute", "close cursor", "close", "cancel", "rollback"])
@pytest.mark.parametrize("direction", ["from stdin", "to stdout"])
def test_copy_file_that_uses_its_connection(conn, cur, direction, action):
    cur.execute("create temp table data as select generate_series(1, 10) as a")
    raised = []

    def act():
        try:
            {
                "execute": lambda: cur.execute("select 1"),
                "close cursor": cur.close,
                "close": conn.close,
                "cancel": conn.cancel,
                "rollback": conn.rollback,
            }[action]()
        except psycopg2.Error as e:
            raised.append(type(e))

    class File:
        lines = 3

        def read(self, size):
            act()
            self.lines -= 1
            return "1\n" if self.lines >= 0 else ""

        def write(self, data):
            act()

    if action == "cancel":
        with contextlib.suppress(psycopg2.errors.QueryCanceled):
            cur.copy_expert(f"copy data {direction}", File())
    else:
        cur.copy_expert(f"copy data {direction}", File())
        wanted = set() if action == "close cursor" else {psycopg2.ProgrammingError}
        assert set(raised) == wanted
    assert conn.closed == 0
    conn.rollback()
    other = conn.cursor()
    other.execute("select 1")
    assert other.fetchone() == (1,)


# sizes


@pytest.mark.parametrize("value", [sys.maxsize, -sys.maxsize - 1, sys.maxsize - 1, 2**31, -(2**31)])
@pytest.mark.parametrize("mode", ["relative", "absolute"])
def test_scroll_by_the_largest_numbers(cur, value, mode):
    cur.execute("select generate_series(1, 3)")
    cur.fetchone()
    with pytest.raises((psycopg2.ProgrammingError, IndexError), match="out of bounds"):
        cur.scroll(value, mode)
    assert cur.fetchone() == (2,)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**200])
def test_sizes_beyond_what_c_counts(conn, cur, value):
    cur.execute("select 1")
    for call in (
        lambda: cur.scroll(value),
        lambda: cur.fetchmany(value),
        lambda: setattr(cur, "arraysize", value),
        lambda: setattr(cur, "itersize", value),
        lambda: cur.copy_from(io.StringIO(), "t", size=value),
        lambda: conn.lobject(value),
        lambda: psycopg2.DateFromTicks(value),
    ):
        with pytest.raises((OverflowError, ValueError, psycopg2.InterfaceError)):
            call()
    assert cur.fetchone() == (1,)


@pytest.mark.parametrize("ticks", [6.77e16, -6.77e16, 6.7e16, 1e17, 1e300, float("inf")])
def test_ticks_at_the_end_of_time(ticks):
    for make in (psycopg2.DateFromTicks, psycopg2.TimeFromTicks, psycopg2.TimestampFromTicks):
        with pytest.raises((psycopg2.InterfaceError, ValueError, OverflowError)):
            make(ticks)
    with pytest.raises(psycopg2.InterfaceError):
        psycopg2.TimestampFromTicks(float("nan"))


def test_transaction_id_is_not_cut_at_a_nul(conn):
    with pytest.raises(ValueError, match="NUL"):
        conn.tpc_begin("name\0of it")
    with pytest.raises(ValueError, match="NUL"):
        extensions.Xid.from_string("\0")
