"""What the release notes of psycopg2 tell of crashes, hangs, leaks and double frees, tried here.

Each test names the release whose notes tell of it.
"""

import datetime as dt
import gc
import io
import pickle
import select
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fix_interpreter import run_script

import psycopg2
from psycopg2 import errorcodes, extensions, extras, pool, sql


def works(conn):
    cur = conn.cursor()
    cur.execute("select 'well'")
    assert cur.fetchone() == ("well",)


def in_threads(count, work):
    """Run work(number) in so many threads at once; raise the first of what they raised."""
    with ThreadPoolExecutor(count) as threads:
        for done in [threads.submit(work, number) for number in range(count)]:
            done.result(120)


# Objects that were not initialised, or were made by hand


def bare(type_):
    return type_.__new__(type_)


class Forgetful(extensions.connection):
    def __init__(self, *args, **kwargs):
        pass


class ForgetfulCursor(extensions.cursor):
    def __init__(self, *args, **kwargs):
        pass


class ForgetfulLobject(extensions.lobject):
    def __init__(self, *args, **kwargs):
        pass


BARE = [
    extensions.connection,
    extensions.cursor,
    extensions.lobject,
    extensions.Column,
    extensions.Notify,
    extensions.Xid,
    extensions.Diagnostics,
    extensions.ConnectionInfo,
    extensions.AsIs,
    extensions.Binary,
    extensions.Boolean,
    extensions.Float,
    extensions.Int,
    extensions.QuotedString,
    extensions.ISQLQuote,
    psycopg2.Error,
    Forgetful,
    ForgetfulCursor,
    ForgetfulLobject,
    extras.LogicalReplicationConnection,
    extras.ReplicationCursor,
    extras.ReplicationMessage,
]


@pytest.mark.parametrize("type_", BARE, ids=lambda type_: type_.__name__)
def test_2_7_repr_and_all_else_of_an_object_that_was_not_initialised(type_):
    # 2.7: repr() of an uninitialised connection
    try:
        obj = bare(type_)
    except TypeError:
        return  # it cannot be made at all
    for use in (repr, str, hash, bool, len, iter, list, pickle.dumps, lambda o: o == o):
        try:
            use(obj)
        except Exception:
            continue
    for name in dir(type_):
        if name.startswith("__") and name not in ("__enter__", "__exit__", "__next__"):
            continue
        try:
            value = getattr(obj, name)
            if callable(value):
                value()
        except Exception:
            continue
        try:
            setattr(obj, name, getattr(obj, name))
        except Exception:
            continue
    del obj
    gc.collect()


def test_2_4_1_a_subclass_that_forgets_init_gets_an_error(dsn, conn):
    with pytest.raises(psycopg2.InterfaceError):
        psycopg2.connect(dsn, connection_factory=Forgetful).cursor()
    with pytest.raises(psycopg2.Error):
        conn.cursor(cursor_factory=ForgetfulCursor).execute("select 1")
    with pytest.raises(psycopg2.Error):
        conn.lobject(lobject_factory=ForgetfulLobject).read()
    works(conn)


def test_2_8_7_column_made_by_hand_keeps_its_attributes():
    before = sys.getrefcount(None)
    values = [f"value {n}" for n in range(9)]
    column = extensions.Column(*values)
    del values
    gc.collect()
    assert (column.name, column.table_column) == ("value 0", "value 8")
    for _ in range(1000):
        extensions.Column()
        column.__init__(*[f"again {n}" for n in range(9)])
    assert column.scale == "again 5"
    assert sys.getrefcount(None) > before - 100


def test_2_5_2_pickling_the_error_of_a_connection_that_failed(dsn):
    with pytest.raises(psycopg2.OperationalError) as caught:
        psycopg2.connect(dsn, dbname="does not exist")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.pgcode == caught.value.pgcode and copy.cursor is None
    assert copy.diag.message_primary is None


# Arguments and placeholders


@pytest.mark.parametrize("args", [(1, 2), [1, 2, 3], tuple(range(1000)), (None,) * 50])
def test_2_9_11_more_arguments_than_placeholders(cur, args):
    with pytest.raises(TypeError):
        cur.execute("select %s", args)
    cur.execute("select 1", args)  # with none at all they are not looked at
    assert cur.fetchone() == (1,)


@pytest.mark.parametrize("value", [b"", bytearray(), memoryview(b""), ""])
def test_2_0_3_empty_values(cur, value):
    binary = psycopg2.Binary(value if value != "" else b"")
    assert binary.getquoted() == b"''::bytea"
    cur.execute("select %s, %s", (value, binary))
    first, second = cur.fetchone()
    assert len(first) == 0 and bytes(second) == b""


@pytest.mark.parametrize("query", ["", b"", " ", ";", "-- nothing", "/* nothing */"])
def test_2_0_3_empty_queries(cur, query):
    with pytest.raises(psycopg2.ProgrammingError):
        cur.execute(query)
    works(cur.connection)


@pytest.mark.parametrize("query", [None, 1, object(), [], bytearray(b"select 1")])
def test_2_0_3_queries_that_are_none(cur, query):
    with pytest.raises((TypeError, psycopg2.ProgrammingError)):
        cur.execute(query)
    with pytest.raises((TypeError, psycopg2.ProgrammingError)):
        cur.executemany(query, [()])
    works(cur.connection)


def test_2_4_6_adapters_run_python_amid_quoting(conn):
    # other threads go on while text is quoted, also with the server's help
    conn.autocommit = True
    conn.cursor().execute("set standard_conforming_strings to off")

    def work(number):
        for n in range(200):
            text = f"it's \\ {number} {n}"
            made = conn.cursor().mogrify("%s", (text,)).decode()
            assert made == "E'" + text.replace("'", "''").replace("\\", "\\\\") + "'"

    in_threads(4, work)


def test_2_7_no_nul_in_parameters(cur):
    for value in ("a\0b", ["\0"], ("\0",), extensions.QuotedString("\0")):
        with pytest.raises(ValueError):
            cur.execute("select %s", (value,))
    works(cur.connection)


def test_2_7_6_arrays_of_empty_arrays(cur):
    for value in ([], [[]], [[], []], [[[]]], [None], [[None], [None]]):
        cur.execute("select %s::int[]", (value,))
        cur.fetchone()


# Values


@pytest.mark.parametrize("seconds", [0, 2**31 - 1, 2**31, 2**40, -(2**31) - 1])
def test_2_7_intervals_of_many_seconds(cur, seconds):
    cur.execute("select %s * interval '1 second'", (seconds,))
    assert cur.fetchone()[0] == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "1", "-", "1 ", "99999999999999999999 days", "1:", ":::", "1 day 1 day", "." * 99]
)
def test_2_8_malformed_intervals_end(text):
    try:
        psycopg2.extensions.INTERVAL(text, None)
    except (psycopg2.Error, ValueError, OverflowError):
        pass


@pytest.mark.parametrize("text", ["{", "}", "{{", "{}}", '{"', "{a", "{a,", "[", "[0:1]", "{\\"])
def test_2_0_14_malformed_arrays_end(text):
    with pytest.raises((psycopg2.DataError, ValueError)):
        extensions.STRINGARRAY(text, None)
    with pytest.raises((psycopg2.DataError, ValueError)):
        extensions.INTEGERARRAY(text, None)


def test_2_8_6_oids_beyond_31_bits():
    column = extensions.Column("a", 2**32 - 1, None, None, None, None, None, 2**32 - 1, 1)
    assert (column.type_code, column.table_oid) == (2**32 - 1, 2**32 - 1)


def test_2_4_caster_that_loses_its_last_reference(cur):
    def caster(value, cur_):
        cur_.string_types.clear() if cur_.string_types else None
        gc.collect()
        return value + "!"

    extensions.register_type(extensions.new_type((25,), "X", caster), cur)
    extensions.register_type(extensions.new_array_type((1009,), "XS", extensions.string_types[25]),
                             cur)  # fmt: skip
    del caster
    cur.execute("select n::text, array[n::text] from generate_series(1, 50) n")
    assert [row[0] for row in cur.fetchall()] == [f"{n}!" for n in range(1, 51)]


# Connections


def test_2_7_6_session_attributes_read_again_and_again(conn):
    counts = [sys.getrefcount(value) for value in (None, True, False)]
    names = ["readonly", "deferrable", "isolation_level", "autocommit", "cursor_factory"]
    for _ in range(5000):
        assert [getattr(conn, name) for name in names] == [None, None, None, False, None]
    for value in (True, False, None):
        conn.readonly = conn.deferrable = value
        for _ in range(5000):
            assert conn.readonly is value and conn.deferrable is value
    after = [sys.getrefcount(value) for value in (None, True, False)]
    assert all(abs(a - b) < 500 for a, b in zip(after, counts)), (counts, after)


def test_2_8_6_encoding_set_to_what_it_is(conn):
    for _ in range(300):
        conn.set_client_encoding("UTF8")
        conn.set_client_encoding("utf-8")
    assert conn.encoding == "UTF8"
    works(conn)


def test_2_5_1_connections_whose_making_failed_are_freed_once(dsn):
    for _ in range(20):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(dsn, dbname="does not exist")
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(dsn, port=1)
        conn = psycopg2.connect(dsn)
        conn.close()
        conn.close()
        with pytest.raises(psycopg2.OperationalError):
            conn.__init__(dsn + " dbname='does not exist'")
        conn.close()
        del conn
    gc.collect()


def kill(conn, conn2):
    conn2.autocommit = True
    conn2.cursor().execute("select pg_terminate_backend(%s, 60000)", (conn.info.backend_pid,))


@pytest.mark.parametrize(
    "use",
    [
        lambda conn: conn.cursor().execute("select 1"),
        lambda conn: conn.commit(),
        lambda conn: conn.rollback(),
        lambda conn: conn.reset(),
        lambda conn: conn.set_client_encoding("LATIN1"),
        lambda conn: conn.cursor().copy_expert("copy pg_class to stdout", io.BytesIO()),
        lambda conn: conn.lobject(),
        lambda conn: conn.cursor("n").execute("select 1"),
        lambda conn: [conn.poll() for _ in range(3)],
    ],
)
def test_2_6_2_connections_that_the_server_closed(conn, conn2, use):
    cur = conn.cursor()
    cur.execute("select 1")
    kill(conn, conn2)
    with pytest.raises((psycopg2.OperationalError, psycopg2.InterfaceError)):
        use(conn)
    assert conn.closed == 2
    for again in (use, lambda c: c.cursor(), lambda c: c.cancel()):
        with pytest.raises(psycopg2.InterfaceError):
            again(conn)
    conn.info.status, conn.status, conn.get_transaction_status(), repr(conn), conn.notices
    conn.close()
    assert conn.closed == 1


def test_2_5_broken_connections_are_let_go(dsn, conn2):
    # their memory and their descriptors
    for _ in range(10):
        conn = psycopg2.connect(dsn)
        fd = conn.fileno()
        kill(conn, conn2)
        with pytest.raises(psycopg2.OperationalError):
            conn.cursor().execute("select 1")
        conn.close()
        with pytest.raises(OSError):
            socket.socket(fileno=fd).getpeername()


def test_2_4_5_close_on_what_is_closed(conn):
    cur, named, large = conn.cursor(), conn.cursor("n"), conn.lobject()
    named.execute("select 1")
    for _ in range(2):
        large.close()
        named.close()
        cur.close()
        conn.close()
    for obj in (cur, named):
        with pytest.raises(psycopg2.InterfaceError):
            obj.execute("select 1")


def test_2_3_cursors_and_large_objects_outlive_their_connection(dsn):
    conn = psycopg2.connect(dsn)
    cur, named, large = conn.cursor(), conn.cursor("n"), conn.lobject()
    cur.execute("select 1")
    named.execute("select 1")
    del conn
    gc.collect()
    cur.connection.close()
    for use in (cur.fetchone, named.fetchone, large.read, large.tell):
        with pytest.raises(psycopg2.Error):
            use()
    del cur, named, large
    gc.collect()


def test_2_2_notices_while_threads_share_a_connection(conn):
    conn.autocommit = True

    def work(number):
        for _ in range(30):
            cur = conn.cursor()
            cur.execute("do $$begin raise notice 'x'; end$$")
            cur.execute("listen here; notify here")
            assert len(conn.notices) <= 50

    in_threads(4, work)
    conn.poll()
    assert len(conn.notifies) == 120
    works(conn)


def test_2_6_1_error_while_data_is_sent_frees_the_connection(proxy):
    conn = psycopg2.connect(proxy.dsn)
    cur = conn.cursor()
    cur.execute("create temp table t (a text)")

    class Reader:
        count = 0

        def read(self, size):
            self.count += 1
            if self.count == 5:
                proxy.cut()
            return "x" * 70000 + "\n" if self.count < 1000 else ""

    with pytest.raises(psycopg2.OperationalError):
        cur.copy_from(Reader(), "t")
    done = threading.Event()

    def other():
        with pytest.raises(psycopg2.Error):
            conn.cursor().execute("select 1")
        done.set()

    threading.Thread(target=other, daemon=True).start()
    assert done.wait(60)
    conn.close()


# Results


def test_2_7_7_results_that_threads_replace(conn):
    cur = conn.cursor()

    def work(number):
        for n in range(60):
            cur.execute("select %s from generate_series(1, 5)", (n,))
            try:
                cur.fetchall()
            except psycopg2.ProgrammingError:
                pass
            for name in ("description", "pgresult_ptr", "lastrowid", "statusmessage"):
                getattr(cur, name)

    in_threads(6, work)
    works(conn)


def test_2_5_4_copy_through_the_wrong_methods(cur):
    cur.execute("create temp table t (a int)")
    cur.connection.commit()
    for call in (
        lambda: cur.execute("copy t from stdin"),
        lambda: cur.executemany("copy t from stdin", [()]),
        lambda: cur.copy_expert("select 1", io.StringIO()),
        lambda: cur.copy_expert("copy t from stdin; select 1; copy t to stdout", io.StringIO()),
        lambda: cur.execute("copy t from stdin; copy t from stdin"),
    ):
        try:
            call()
        except psycopg2.Error:
            cur.connection.rollback()
        works(cur.connection)


def test_2_7_6_copy_on_an_asynchronous_connection_does_not_hang(dsn):
    conn = psycopg2.connect(dsn, async_=1)
    extras.wait_select(conn)
    cur = conn.cursor()
    for query in ("copy (select 1) to stdout", "copy pg_class from stdin"):
        cur.execute(query)
        try:
            extras.wait_select(conn)
        except psycopg2.ProgrammingError:
            pass
        cur.execute("select 'well'")
        extras.wait_select(conn)
        assert cur.fetchone() == ("well",)
    conn.close()


def test_2_8_1_poll_with_no_cursor_left(dsn):
    conn = psycopg2.connect(dsn, async_=1)
    extras.wait_select(conn)
    conn.cursor().execute("select pg_sleep(0)")
    gc.collect()
    try:
        extras.wait_select(conn)
    except psycopg2.InterfaceError as error:
        assert "disappeared" in str(error)
    assert conn.poll() == extensions.POLL_OK
    conn.close()
    with pytest.raises(psycopg2.InterfaceError):
        conn.poll()


def test_2_4_3_asynchronous_connections_dropped_amid_a_query(dsn):
    for _ in range(5):
        conn = psycopg2.connect(dsn, async_=1)
        extras.wait_select(conn)
        cur = conn.cursor()
        cur.execute("select pg_sleep(600)")
        conn.poll()
        del conn, cur
        gc.collect()


def test_2_4_6_and_2_7_2_wait_callback_that_raises_closes_and_tells_why(dsn):
    script = """
    def fails(c): raise ZeroDivisionError("in the callback")
    extensions.set_wait_callback(fails)
    for use in (lambda: cur.execute("select 1"), lambda: conn.commit()):
        try: use()
        except ZeroDivisionError: print("raised", conn.closed)
        except psycopg2.InterfaceError: print("closed", conn.closed)
    for odd in (lambda c: c.close(), lambda c: None, lambda: 1, lambda c: sys.exit):
        extensions.set_wait_callback(None)
        other = psycopg2.connect(os.environ["TEST_DSN"])
        extensions.set_wait_callback(odd)
        try: other.cursor().execute("select 1")
        except (psycopg2.Error, TypeError): pass
    """
    assert run_script(dsn, script) == ["raised 2", "closed 2"]


def test_2_5_5_pickled_columns(cur):
    cur.execute("select 1 as a, 'x' as b")
    assert pickle.loads(pickle.dumps(cur.description)) == cur.description


def test_2_4_5_pickled_errors_of_every_class():
    for code in vars(errorcodes).values():
        if not (isinstance(code, str) and len(code) == 5 and code.isalnum()):
            continue
        try:
            error = psycopg2.errors.lookup(code)("text")
        except KeyError:
            continue
        assert type(pickle.loads(pickle.dumps(error))) is type(error)


def test_2_5_exceptions_and_their_diagnostics_outlive_everything(dsn):
    conn = psycopg2.connect(dsn)
    with pytest.raises(psycopg2.errors.UndefinedTable) as caught:
        conn.cursor().execute("select * from does_not_exist")
    conn.close()
    diag = caught.value.diag
    del conn, caught
    gc.collect()
    assert 'does_not_exist"' in diag.message_primary
    assert diag.sqlstate == "42P01"


def test_2_6_errors_without_a_result_have_empty_diagnostics():
    diag = psycopg2.Error("x").diag
    assert {getattr(diag, name) for name in dir(diag) if not name.startswith("_")} == {None}


def test_2_6_1_threads_connect_with_tls_at_once(server):
    def work(number):
        for _ in range(5):
            psycopg2.connect(server.dsn, sslmode="require").close()

    in_threads(6, work)


def test_2_4_pool_closed_with_connections_out(dsn):
    made = pool.ThreadedConnectionPool(1, 3, dsn)
    conn = made.getconn()
    made.closeall()
    assert conn.closed
    with pytest.raises(pool.PoolError):
        made.putconn(conn)


def test_2_7_null_of_composed_queries(cur):
    for query in (sql.SQL(""), sql.Composed([]), sql.SQL("").join([])):
        with pytest.raises(psycopg2.ProgrammingError):
            cur.execute(query)
    works(cur.connection)


def test_2_0_notify_on_a_connection_that_is_idle(conn, conn2):
    conn.autocommit = conn2.autocommit = True
    conn.cursor().execute("listen here")
    conn2.cursor().execute("notify here, 'payload'")
    assert select.select([conn], [], [], 60)[0] == [conn]
    conn.poll()
    note = conn.notifies.pop()
    pid, channel = note
    assert (channel, note.payload, note[1], len(note)) == ("here", "payload", "here", 2)
    with pytest.raises(IndexError):
        note[2]
