"""stream(): rows as they arrive, and who else may use the connection meanwhile."""

import gc
import io
import itertools
import threading

import pytest
from fix_interpreter import run_script

import psycopg2
from psycopg2 import errors, extensions, extras
from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE, TRANSACTION_STATUS_INTRANS

BUSY = "busy with a stream"
SLOW = """
    select i, repeat('x', 10000), case when i > 2 then pg_sleep(60) end
    from generate_series(1, 100) i
"""  # the server sends at least the first row
ENDLESS = "select generate_series(1, 1000000000) as i, repeat('x', 100)"


@pytest.fixture(autouse=True)
def no_stream_is_left(conn):
    yield
    gc.collect()
    if conn.closed:
        return
    assert conn.get_transaction_status() != TRANSACTION_STATUS_ACTIVE
    conn.rollback()
    with conn.cursor() as cur:
        cur.execute("select 1")
        assert cur.fetchone() == (1,)


def numbers(n):
    return f"select i, 'row ' || i from generate_series(1, {n}) i"


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
@pytest.mark.parametrize("n", [0, 1, 99, 100, 101, 2500])
def test_all_rows_come_in_order(cur, n, size):
    assert list(cur.stream(numbers(n), size=size)) == [(i, f"row {i}") for i in range(1, n + 1)]
    assert (cur.rowcount, cur.statusmessage) == (n, f"SELECT {n}")
    assert [c.name for c in cur.description] == ["i", "?column?"]
    assert cur.fetchone() is None


def test_arguments_are_those_of_execute(conn, cur):
    from psycopg2 import sql

    assert list(cur.stream("select %s, %s", (1, "x'y"))) == [(1, "x'y")]
    assert cur.query == b"select 1, 'x''y'"
    assert list(cur.stream("select %(a)s", {"a": None})) == [(None,)]
    assert list(cur.stream(b"select '%'")) == [("%",)]
    assert list(cur.stream(query=sql.SQL("select {}").format(sql.Literal(5)), vars=None)) == [(5,)]
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INTRANS


def test_what_is_told_on_the_way(cur):
    stream = cur.stream(numbers(1000))
    assert [c.name for c in cur.description] == ["i", "?column?"]
    assert (cur.rowcount, cur.rownumber) == (-1, 0)
    for i in range(1, 251):
        assert next(stream)[0] == i
        assert cur.rownumber == i
    assert len(list(stream)) == 750
    assert (cur.rowcount, cur.rownumber) == (1000, 1000)
    with pytest.raises(StopIteration):
        next(stream)


def test_statements_without_rows(conn, cur):
    assert list(cur.stream("create temp table t (a int)")) == []
    assert list(cur.stream("insert into t values (1), (2)")) == []
    assert (cur.rowcount, cur.statusmessage, cur.description) == (2, "INSERT 0 2", None)
    assert list(cur.stream("insert into t values (3) returning a")) == [(3,)]
    conn.commit()


def test_rows_are_made_as_the_cursor_makes_them(conn, registries):
    query = "select 1 as a, 'x' as b union all select 2, null"
    with conn.cursor(cursor_factory=extras.RealDictCursor) as cur:
        assert list(cur.stream(query)) == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    with conn.cursor(cursor_factory=extras.DictCursor) as cur:
        assert [row["b"] for row in cur.stream(query)] == ["x", None]
    with conn.cursor(cursor_factory=extras.NamedTupleCursor) as cur:
        assert [row.a for row in cur.stream(query)] == [1, 2]
        assert [row.c for row in cur.stream("select 5 as c")] == [5]
    with conn.cursor() as cur:
        cur.row_factory = lambda cursor: [None] * len(cursor.description)
        assert list(cur.stream(query)) == [[1, "x"], [2, None]]
        cur.row_factory = None
        extensions.register_type(extensions.new_type((23,), "N", lambda v, c: ("n", v)), cur)
        assert list(cur.stream("select 1")) == [(("n", "1"),)]


def test_a_stream_is_logged(connect, dsn):
    class Log(list):
        write = list.append

    log = Log()
    conn = connect(dsn, connection_factory=extras.LoggingConnection)
    conn.initialize(log)
    with conn.cursor() as cur:
        assert list(cur.stream("select %s", (1,))) == [(1,)]
    assert "select 1" in "".join(map(str, log))


def test_autocommit(conn, cur):
    conn.autocommit = True
    assert len(list(cur.stream(numbers(500)))) == 500
    stream = cur.stream(ENDLESS)
    next(stream)
    stream.close()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


# -- The connection is busy -----------------------------------------------------------------------

USES = [
    lambda conn, cur: cur.execute("select 1"),
    lambda conn, cur: cur.executemany("select %s", [(1,)]),
    lambda conn, cur: cur.callproc("now"),
    lambda conn, cur: cur.stream("select 1"),
    lambda conn, cur: cur.copy_records("t", []),
    lambda conn, cur: cur.copy_expert("copy (select 1) to stdout", io.StringIO()),
    lambda conn, cur: conn.cursor().execute("select 1"),
    lambda conn, cur: conn.cursor("named").execute("select 1"),
    lambda conn, cur: conn.commit(),
    lambda conn, cur: conn.rollback(),
    lambda conn, cur: conn.reset(),
    lambda conn, cur: conn.poll(),
    lambda conn, cur: conn.lobject(),
    lambda conn, cur: conn.set_client_encoding("LATIN1"),
    lambda conn, cur: conn.tpc_recover(),
]


@pytest.mark.parametrize("n", [3, 1000])
@pytest.mark.parametrize("use", USES)
def test_other_uses_are_refused_and_the_stream_goes_on(conn, cur, use, n):
    """For as many rows as fit one chunk, too: a program is to meet it with a few rows already."""
    stream = cur.stream(numbers(n))
    next(stream)
    with pytest.raises(psycopg2.ProgrammingError, match=BUSY):
        use(conn, cur)
    assert len(list(stream)) == n - 1
    conn.rollback()


@pytest.mark.parametrize("n", [3, 1000])
def test_the_cursor_cannot_fetch_what_is_streamed(cur, n):
    stream = cur.stream(numbers(n))
    uses = [cur.fetchone, cur.fetchmany, cur.fetchall, lambda: next(cur), lambda: cur.scroll(1)]
    for use in uses:
        with pytest.raises(psycopg2.ProgrammingError, match="come from what stream"):
            use()
    assert len(list(stream)) == n


def test_other_threads_are_refused_at_once(conn, cur):
    stream = cur.stream(SLOW, size=1)
    next(stream)
    raised, ended = [], []

    def other():
        try:
            conn.cursor().execute("select 1")
        except psycopg2.ProgrammingError as error:
            raised.append(str(error))
        conn.cancel()

    def read():
        try:
            list(stream)
        except psycopg2.Error as error:
            ended.append(type(error))

    first = [threading.Thread(target=read), threading.Thread(target=other)]
    for thread in first:
        thread.start()
    for thread in first:
        thread.join(60)
    assert BUSY in raised[0]
    assert ended == [errors.QueryCanceled]


def test_what_only_looks_is_allowed(conn, cur):
    stream = cur.stream(numbers(1000))
    assert conn.get_transaction_status() == TRANSACTION_STATUS_ACTIVE
    assert conn.info.server_version == conn.server_version
    assert cur.mogrify("%s", ("é'",)) == "'é'''".encode()
    assert conn.get_parameter_status("server_version")
    assert (conn.encoding, conn.closed) == ("UTF8", 0)
    stream.close()


def test_a_typecaster_may_neither_use_the_connection_nor_the_stream(conn, cur):
    caught = []

    def cast(value, cursor):
        for use in (lambda: cursor.execute("select 1"), lambda: next(stream), stream.close):
            with pytest.raises(psycopg2.ProgrammingError) as raised:
                use()
            caught.append(str(raised.value))
        with pytest.raises(psycopg2.ProgrammingError):
            cursor.close()
        return value

    extensions.register_type(extensions.new_type((23,), "MEDDLER", cast), cur)
    stream = cur.stream("select i from generate_series(1, 250) i")
    assert len(list(stream)) == 250
    assert BUSY in caught[0] and "being read already" in caught[1]


# -- Ending early ---------------------------------------------------------------------------------


def end_by_close(cur):
    stream = cur.stream(ENDLESS)
    next(stream)
    stream.close()
    stream.close()
    assert list(stream) == []


def end_by_with(cur):
    with cur.stream(ENDLESS) as stream:
        next(stream)
    assert list(stream) == []


def end_by_break(cur):
    for row in cur.stream(ENDLESS):
        if row[0] == 500:
            break


def end_by_garbage(cur):
    stream = cur.stream(ENDLESS)
    box = [stream]
    box.append(box)
    del box, stream
    gc.collect()


def end_by_exception(cur):
    with pytest.raises(ZeroDivisionError):
        for row in cur.stream(ENDLESS):
            1 / (row[0] - 250)


def end_by_generator_exit(cur):
    def generate():
        for i, _ in cur.stream(ENDLESS):
            yield i

    generator = generate()
    next(generator)
    generator.close()


def end_by_closing_the_cursor(cur):
    stream = cur.stream(ENDLESS)
    next(stream)
    cur.close()
    assert cur.description[0].name == "i"
    assert list(stream) == []


@pytest.mark.parametrize(
    "end",
    [
        end_by_close,
        end_by_with,
        end_by_break,
        end_by_garbage,
        end_by_exception,
        end_by_generator_exit,
        end_by_closing_the_cursor,
    ],
)
def test_a_stream_that_is_left_frees_the_connection(conn, cur, end):
    end(cur)
    assert conn.get_transaction_status() != TRANSACTION_STATUS_ACTIVE
    conn.rollback()
    with conn.cursor() as other:
        other.execute("select 1")
        assert other.fetchone() == (1,)


def test_the_block_that_ends_a_transaction_can_roll_back(conn):
    with pytest.raises(ZeroDivisionError), conn, conn.cursor() as cur:
        stream = cur.stream(ENDLESS)
        next(stream)
        raise ZeroDivisionError


def test_many_streams_one_after_the_other(conn, cur):
    conn.autocommit = True
    for i in range(30):
        stream = cur.stream(ENDLESS, size=1 + i)
        assert next(stream)[0] == 1
        del stream


# -- Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, kind",
    [
        ("selec", errors.SyntaxError),
        ("select * from nosuch", errors.UndefinedTable),
        ("select 1; select 2", errors.SyntaxError),
        ("select 1 / 0", errors.DivisionByZero),
        ("", psycopg2.ProgrammingError),
        ("copy (select 1) to stdout", psycopg2.ProgrammingError),
        ("copy pg_class from stdin", psycopg2.Error),
        (None, (TypeError, psycopg2.ProgrammingError)),
        (5, TypeError),
    ],
)
def test_a_statement_that_fails(cur, query, kind):
    with pytest.raises(kind):
        cur.stream(query)


def test_an_error_in_the_midst_of_the_rows(conn, cur):
    stream = cur.stream("select 1000 / (1000 - i) from generate_series(1, 10000) i")
    got = []
    with pytest.raises(errors.DivisionByZero) as raised:
        got.extend(row for row in stream)
    assert raised.value.cursor is cur
    assert list(stream) == []
    conn.rollback()
    assert list(cur.stream("select 1")) == [(1,)]


def test_a_value_that_cannot_be_read_is_passed(cur):
    def cast(value, cursor):
        if value == "5":
            raise ZeroDivisionError
        return value

    extensions.register_type(extensions.new_type((23,), "FAILING", cast), cur)
    stream = cur.stream("select i from generate_series(1, 300) i")
    assert [next(stream) for _ in range(4)][-1] == ("4",)
    with pytest.raises(ZeroDivisionError):
        next(stream)
    assert next(stream) == ("6",)
    assert len(list(stream)) == 294


@pytest.mark.parametrize(
    "kwargs, kind",
    [
        ({}, TypeError),
        ({"query": "select 1", "size": 0}, ValueError),
        ({"query": "select 1", "size": -1}, ValueError),
        ({"query": "select 1", "size": "x"}, TypeError),
        ({"query": "select 1", "size": 2**40}, OverflowError),
        ({"query": "select %s", "vars": ()}, IndexError),
        ({"query": "select %s", "vars": (object(),)}, psycopg2.ProgrammingError),
        ({"query": "select 1", "nosuch": 1}, TypeError),
    ],
)
def test_nonsense_is_refused(cur, kwargs, kind):
    with pytest.raises(kind):
        cur.stream(**kwargs)


def test_where_it_cannot_be_done(connect, conn, dsn):
    with pytest.raises(psycopg2.ProgrammingError, match="named"):
        conn.cursor("name").stream("select 1")
    closed = conn.cursor()
    closed.close()
    with pytest.raises(psycopg2.InterfaceError, match="closed"):
        closed.stream("select 1")
    aconn = connect(dsn, async_=True)
    extras.wait_select(aconn)
    with pytest.raises(psycopg2.ProgrammingError, match="stream cannot be used in async"):
        aconn.cursor().stream("select 1")
    with pytest.raises(TypeError):
        type(conn.cursor().stream("select 1"))()


@pytest.mark.parametrize("n", [3, 1000])
def test_the_connection_is_closed_meanwhile(conn, cur, n):
    stream = cur.stream(numbers(n))
    next(stream)
    conn.close()
    with pytest.raises(psycopg2.InterfaceError, match="closed"):
        next(stream)
    assert list(stream) == []
    stream.close()


def test_the_server_vanishes(conn, conn2, cur):
    stream = cur.stream("select i, pg_sleep(0.001) from generate_series(1, 100000) i", size=1)
    next(stream)
    with conn2.cursor() as other:
        other.execute("select pg_terminate_backend(%s)", (conn.info.backend_pid,))
    with pytest.raises(psycopg2.OperationalError):
        for _ in stream:
            pass
    assert conn.closed == 2
    assert list(stream) == []


def test_ctrl_c(conn, cur, interrupt_at_work):
    stream = cur.stream(SLOW, size=1)
    next(stream)
    begin = threading.Lock()
    begin.acquire()
    interrupt_at_work(conn, after=begin)
    with pytest.raises(KeyboardInterrupt):
        # No Python code runs between the release and the wait for the next row.
        list(itertools.chain(itertools.starmap(begin.release, [()]), stream))
    assert list(stream) == []


def test_a_child_does_not_disturb_the_stream_of_its_parent(dsn):
    lines = run_script(
        dsn,
        """
        stream = cur.stream("select i from generate_series(1, 100000) i")
        next(stream)
        pid = os.fork()
        if not pid:
            try:
                next(stream)
            except psycopg2.InterfaceError as error:
                print("child:", "another process" in str(error), flush=True)
            stream.close()
            del stream
            gc.collect()
            os._exit(0)
        os.waitpid(pid, 0)
        print(sum(1 for _ in stream), cur.rowcount)
        """,
    )
    assert lines == ["child: True", "99999 100000"]


def test_a_process_that_ends_in_the_midst_of_a_stream(dsn):
    lines = run_script(
        dsn,
        """
        stream = cur.stream("select generate_series(1, 100000000)")
        box = [stream, next(stream)]
        box.append(box)
        print("end")
        """,
    )
    assert lines == ["end"]


# -- Memory, and coroutines -----------------------------------------------------------------------


def test_memory_is_bounded(dsn):
    lines = run_script(
        dsn,
        """
        import resource
        for row in cur.stream("select i, repeat('x', 100) from generate_series(1, 2000) i"):
            pass
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        n = 0
        for row in cur.stream("select i, repeat('x', 100) from generate_series(1, 400000) i"):
            n += 1
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(n, (after - before) * (1 if sys.platform == "darwin" else 1024))
        """,
    )
    n, grown = map(int, lines[0].split())
    assert n == 400_000
    assert grown < 10_000_000  # the values are 40 MB


def test_green(connect):
    calls = []

    def wait(conn):
        calls.append(conn)
        extras.wait_select(conn)

    extensions.set_wait_callback(wait)
    try:
        conn = connect()
        cur = conn.cursor()
        del calls[:]
        assert len(list(cur.stream(numbers(5000)))) == 5000
        assert len(calls) > 10
        stream = cur.stream(ENDLESS)
        next(stream)
        stream.close()
        conn.rollback()
        cur.execute("select 1")
        assert cur.fetchone() == (1,)
    finally:
        extensions.set_wait_callback(None)
