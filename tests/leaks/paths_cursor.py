"""Paths of cursors: queries, parameters, fetching, factories, named cursors, COPY."""

import contextlib
import gzip
import io
import pickle

from world import Fails, expect, fails, path

import psycopg2
from psycopg2 import extensions, extras, sql

ROWS = "select i, i::text, null, now(), array[i, null] from generate_series(1, 50) i"


@path
def cursor_made(w):
    with w.conn.cursor() as cur:
        repr(cur)
        for name in dir(cur):
            getattr(cur, name)
    w.conn.cursor().close()


class Cyclic(extensions.cursor):
    pass


@path
def cursor_in_cycles(w):
    cur = w.conn.cursor(cursor_factory=Cyclic)
    cur.me = cur
    cur.row_factory = lambda cursor: cur and {}
    cur.tzinfo_factory = lambda offset: cur and None
    extensions.register_type(extensions.new_type((23,), "OURS", lambda v, c: (v, cur)), cur)
    cur.execute("select 1, now()")
    cur.fetchone()


@path
def cursor_with_a_typecaster_that_knows_it(w):
    """The decoders of a result hold the typecaster, which holds the cursor."""
    cur = w.conn.cursor()
    extensions.register_type(extensions.new_type((23,), "OURS", lambda v, c: cur and v), cur)
    cur.execute("select 1")
    cur.fetchone()


@path
def cursor_with_a_tzinfo_factory_that_knows_it(w):
    cur = w.conn.cursor()

    def factory(offset):
        return cur and None

    cur.tzinfo_factory = factory
    cur.execute("select now()")
    cur.fetchone()


@path
def cursor_without_init(w):
    cur = extensions.cursor.__new__(extensions.cursor)
    for call in (cur.fetchone, cur.fetchall, cur.nextset, lambda: cur.execute("x")):
        with expect(psycopg2.InterfaceError):
            call()
    with expect(TypeError):
        extensions.cursor(5)
    with expect(TypeError):
        extensions.cursor(w.conn, 5)
    cur.close()


@path
def execute_and_fetch(w):
    cur = w.cur
    cur.execute(ROWS)
    cur.fetchone()
    cur.fetchmany(10)
    next(cur)
    cur.scroll(1)
    cur.scroll(0, "absolute")
    list(cur)
    assert cur.fetchone() is None
    cur.execute(ROWS)
    cur.fetchall()
    cur.execute(ROWS)  # and leave the rows


@path
def execute_large(w):
    w.cur.execute("select repeat('x', 1000000) from generate_series(1, 3)")
    w.cur.fetchone()


@path
def execute_forms(w):
    for query in ("select 1", b"select 1", sql.SQL("select {}").format(sql.Literal(1))):
        w.cur.execute(query)
        w.cur.fetchall()
    w.cur.execute("select %s, %s", (1, "a"))
    w.cur.execute("select %(a)s, %(a)s, %(b)s", {"a": 1, "b": "é"})
    w.cur.execute("select %s, '%%'", [None])
    w.cur.execute("create temp table if not exists t (a int)")
    w.cur.execute("insert into t values (%s)", (1,))
    w.cur.execute("delete from t")
    assert w.cur.mogrify("%s", ("a",)) == b"'a'"


@path
def execute_fails(w):
    cur = w.cur
    bad = [
        ("select %s", (), IndexError),
        ("select %s", (1, 2), TypeError),
        ("select %(a)s", {}, KeyError),
        ("select %(a)s", (1,), TypeError),
        ("select %s", 5, TypeError),
        ("select %d", (1,), ValueError),
        ("select %", (1,), (ValueError, psycopg2.Error, IndexError)),
        ("select %(a", {"a": 1}, (ValueError, psycopg2.ProgrammingError)),
        ("select %(a)s %s", {"a": 1}, psycopg2.ProgrammingError),
        ("select %s", (object(),), psycopg2.ProgrammingError),
        ("select %s", ("\0",), ValueError),
        ("select %s", ("\ud800",), UnicodeEncodeError),
        ("", None, psycopg2.ProgrammingError),
        (" ", None, psycopg2.ProgrammingError),
        (5, None, TypeError),
        ("select\0", None, ValueError),
        ("selec", None, psycopg2.errors.SyntaxError),
        ("select 1/0", None, psycopg2.errors.DivisionByZero),
        ("copy pg_class from stdin", None, psycopg2.ProgrammingError),
        ("copy pg_class to stdout (format binary)", None, psycopg2.ProgrammingError),
        ("select 1; select 1/i from generate_series(1, 0, -1) i", None, psycopg2.DataError),
    ]
    for query, args, error in bad:
        with expect(*error if isinstance(error, tuple) else (error,)):
            cur.execute(query, args)
    with expect(psycopg2.ProgrammingError):
        cur.fetchone()


@path
def executemany(w):
    w.cur.executemany("select %s", [(1,), (2,)])
    w.cur.executemany("select 1", [])
    w.cur.executemany("select %s", ((i,) for i in range(2)))
    with expect(ZeroDivisionError):
        w.cur.executemany("select %s", ((1 // i,) for i in (1, 0)))
    with expect(TypeError):
        w.cur.executemany("select %s", 5)
    with expect(psycopg2.errors.DivisionByZero):
        w.cur.executemany("select 1/%s", [(1,), (0,)])


@path
def rows_sent_ahead(w):
    """In a transaction; the iterable, and another cursor, come in between."""
    insert = "insert into ahead values (%s, %s)"
    rows = [(1, "a"), (2, None), (2**40, 0.5), (None, [3]), (4, sql.Identifier), (5, "e")]

    def with_another():
        yield from rows[:3]
        w.cur.execute("select 1")
        yield from rows[:3]

    def run(rows, way):
        with w.conn, w.conn.cursor() as cur:
            cur.execute("create temp table ahead (a int8, b text) on commit drop")
            if way == "batch":
                extras.execute_batch(cur, insert, rows, page_size=2)
            elif way == "values":
                extras.execute_values(cur, "insert into ahead values %s", rows, page_size=2)
            else:
                cur.executemany(insert, rows)

    for way in ("many", "batch", "values"):
        run(rows[:3], way)
        run(with_another(), way)
        with expect(psycopg2.ProgrammingError):
            run(rows, way)
        with expect(psycopg2.errors.NumericValueOutOfRange):
            run([(1, "a"), (2, "b"), (2**70, "c"), (4, "d")], way)
        with expect(ZeroDivisionError):
            run(((1 // i, "x") for i in (1, 1, 0)), way)


@path
def callproc(w):
    w.cur.callproc("abs", (-1,))
    w.cur.fetchall()
    w.cur.callproc("make_date", {"year": 2020, "month": 1, "day": 2})
    w.cur.fetchall()
    with expect(psycopg2.errors.UndefinedFunction):
        w.cur.callproc("nosuch", [1])
    with expect(TypeError):
        w.cur.callproc("abs", 5)
    with expect(TypeError):
        w.cur.callproc("abs", {5: 5})
    with expect(psycopg2.ProgrammingError):
        w.cur.callproc("abs", [object()])


@path
def description(w):
    w.cur.execute(
        "select 1 as a, 2.5::numeric(10, 2) as b, 'x'::varchar(5) as c, relname from pg_class"
    )
    column, other = w.cur.description[:2]
    assert list(column) and column[:3] and column == column[:] and column != other
    pickle.loads(pickle.dumps(w.cur.description))
    for bad in (7, "x"):
        with expect(IndexError, TypeError):
            column[bad]
    repr(extensions.Column("a", 1))
    with expect(TypeError):
        extensions.Column(nosuch=1)
    with expect(TypeError):
        extensions.Column().__setstate__(5)


@path
def row_factories(w):
    cur = w.conn.cursor()
    cur.row_factory = lambda cursor: {}
    cur.execute(ROWS)
    cur.fetchall()
    cur.row_factory = fails
    cur.execute(ROWS)
    with expect(Fails):
        cur.fetchone()
    with expect(Fails):
        cur.fetchall()
    cur.row_factory = lambda cursor: 5
    with expect(TypeError):
        cur.fetchone()


@path
def typecasters(w):
    cur = w.conn.cursor()
    extensions.register_type(extensions.new_type((25,), "OURS", lambda v, c: [v, c]), cur)
    cur.execute(ROWS)
    cur.fetchall()
    failing = extensions.new_type((23,), "FAILS", fails)
    extensions.register_type(failing, cur)
    extensions.register_type(extensions.new_array_type((1007,), "FAILSARRAY", failing), cur)
    cur.execute("select 1, array[1, null] from generate_series(1, 3)")
    for fetch in (cur.fetchone, cur.fetchmany, cur.fetchall):
        with expect(Fails):
            fetch()
    with expect(Fails):
        cur.cast(23, "1")
    cur.string_types = {23: "no typecaster"}
    cur.execute("select 1")
    with expect(TypeError):
        cur.fetchone()


@path
def typecaster_that_executes(w):
    cur = w.conn.cursor()

    def cast(value, cursor):
        cursor.execute("select 'nested'")
        return value

    extensions.register_type(extensions.new_type((23,), "OURS", cast), cur)
    cur.execute(ROWS)
    with contextlib.suppress(psycopg2.ProgrammingError):
        cur.fetchall()


@path
def tzinfo_factories(w):
    cur = w.conn.cursor()
    cur.tzinfo_factory = None
    cur.execute("select now(), array[now()]")
    cur.fetchone()
    cur.tzinfo_factory = fails
    cur.execute("select now(), array[now()]")
    with expect(Fails):
        cur.fetchone()
    cur.tzinfo_factory = lambda offset: 5
    with contextlib.suppress(TypeError):
        cur.fetchone()


@path
def scrolling_fails(w):
    w.cur.execute("select 1")
    with expect(psycopg2.ProgrammingError, IndexError):
        w.cur.scroll(5)
    with expect(psycopg2.ProgrammingError):
        w.cur.scroll(0, "nosuch")
    with expect(psycopg2.NotSupportedError):
        w.cur.nextset()


def transactional(w):
    return w.once("transactional", lambda: psycopg2.connect(w.dsn))


@path
def named_cursors(w):
    conn = transactional(w)
    with conn, conn.cursor("a name") as cur:
        cur.itersize = 10
        cur.execute(ROWS)
        cur.fetchone()
        cur.fetchmany(3)
        cur.scroll(2)
        list(cur)
    with conn:
        cur = conn.cursor("other", scrollable=True)
        cur.execute("select %s", ("é",))
        cur.fetchall()
        with expect(psycopg2.ProgrammingError):
            cur.execute("select 1")
        with expect(psycopg2.ProgrammingError):
            cur.executemany("select 1", [])
    with expect(psycopg2.ProgrammingError):
        cur.fetchone()  # the transaction is over
    held = conn.cursor("held", withhold=True)
    held.execute(ROWS)
    conn.commit()
    held.fetchone()
    held.close()
    with expect(psycopg2.ProgrammingError):
        conn.cursor("bad").execute("selec")
    conn.rollback()
    with expect(ValueError):
        conn.cursor("\0")


@path
def copy_to(w):
    w.cur.copy_expert("copy (select generate_series(1, 1000)) to stdout", io.StringIO())
    w.cur.copy_expert("copy (select generate_series(1, 1000)) to stdout", io.BytesIO())
    packed = gzip.GzipFile(fileobj=io.BytesIO(), mode="wb")
    w.cur.copy_expert("copy (select generate_series(1, 1000)) to stdout", packed)
    w.cur.execute("copy (select generate_series(1, 1000)) to stdout")
    w.cur.fetchone()
    w.cur.fetchall()


class Broken:
    def __init__(self, count):
        self.count = count

    def write(self, data):
        self.count -= 1
        if self.count < 0:
            raise Fails

    def read(self, size):
        self.write(None)
        return "1\n" * 100


@path
def copy_to_fails(w):
    for count in (0, 3):
        with expect(Fails):
            w.cur.copy_expert("copy (select generate_series(1, 9)) to stdout", Broken(count))
    with expect(psycopg2.errors.DivisionByZero):
        w.cur.copy_expert("copy (select 1/i from generate_series(1, 0, -1) i) to stdout", Broken(9))
    with expect(TypeError):
        w.cur.copy_expert("copy (select 1) to stdout", 5)
    with expect(psycopg2.ProgrammingError):
        w.cur.copy_to(io.StringIO(), "nosuch")


@path
def copy_from(w):
    w.cur.execute("create temp table if not exists c (a int, b text)")
    w.cur.copy_from(io.StringIO("1\té\n2\t\\N\n"), "c")
    w.cur.copy_from(io.BytesIO(b"1\n"), "c", columns=["a"], sep=",", null="")
    w.cur.copy_expert("copy c from stdin", io.StringIO("1\tx\n" * 10000))
    w.cur.copy_to(io.StringIO(), "c")
    w.cur.execute("truncate c")


@path
def copy_from_fails(w):
    w.cur.execute("create temp table if not exists c (a int, b text)")
    for count in (0, 3):
        with expect(psycopg2.errors.QueryCanceled):
            w.cur.copy_from(Broken(count), "c", columns=("a",))
    with expect(psycopg2.errors.InvalidTextRepresentation):
        w.cur.copy_from(io.StringIO("x\ty\n"), "c")
    with expect(psycopg2.errors.UndefinedTable):
        w.cur.copy_from(io.StringIO("x\ty\n"), "nosuch")
    for file in (None, 5, io.StringIO):
        with expect(TypeError, psycopg2.Error):
            w.cur.copy_from(file, "c")
    with expect(Fails):
        w.cur.copy_from(io.StringIO(), "c", columns=(fails() for i in range(2)))
    with expect(psycopg2.Error):
        w.cur.copy_from(io.StringIO("\ud800"), "c")
