"""Threads that use one connection, or one cursor, each without regard for the others.

What a call returns is then whole, or it raises an Error that says why; and nothing is read that
another thread lets go of (a build with sanitizers would tell).
"""

import io
import threading
import time

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import wait_select


def together(*functions, times=60):
    """Run each function many times in a thread of its own, all at once; raise what they raise."""
    start = threading.Barrier(len(functions))
    errors = []

    def work(function):
        start.wait()
        try:
            for _ in range(times):
                function()
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(f,), daemon=True) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    for error in errors:
        raise error


def looks(conn):
    """All ways to look at a connection without sending a query."""
    info = conn.info
    return [
        lambda: conn.get_parameter_status("TimeZone"),
        lambda: info.parameter_status("client_encoding"),
        lambda: info.error_message,
        lambda: (info.dbname, info.host, info.port, info.user, info.options, info.password),
        lambda: (info.status, info.transaction_status, info.socket, info.backend_pid),
        lambda: (info.ssl_in_use, info.ssl_attribute_names, info.ssl_attribute("library")),
        lambda: (conn.closed, conn.encoding, conn.status, conn.notices[:], conn.dsn),
        conn.get_transaction_status,
        conn.get_dsn_parameters,
        conn.fileno,
        conn.isexecuting,
        lambda: extensions.quote_ident("a", conn),
        lambda: conn.cursor("named"),
    ]


def test_race_of_looks_and_queries(conn):
    conn.autocommit = True

    def query():
        cur = conn.cursor()
        cur.execute("set timezone = %s; select 1", ("UTC",))
        assert cur.fetchone() == (1,)

    def change():
        conn.cursor().execute("set timezone = 'Europe/Rome'; set client_encoding = utf8")

    together(query, change, *looks(conn))


def test_race_of_quoting_and_queries(conn):
    """libpq quotes by what the connection knows, and notes there what is not valid."""
    conn.set_client_encoding("SJIS")
    conn.autocommit = True

    def query():
        cur = conn.cursor()
        cur.execute("select %s", ("表",))
        assert cur.fetchone() == ("表",)

    def quote():
        assert conn.cursor().mogrify("%s", ("表",)) == "'表'".encode("cp932")
        with pytest.raises(psycopg2.DataError):
            conn.cursor().mogrify("%s", ("\x80",))

    def fail():
        with pytest.raises(psycopg2.ProgrammingError):
            conn.cursor().execute("selec")

    together(query, fail, quote, quote)


def test_race_of_cancel_and_queries(conn):
    conn.autocommit = True

    def query():
        cur = conn.cursor()
        try:
            cur.execute("select generate_series(1, 100)")
        except psycopg2.errors.QueryCanceled:
            return
        assert cur.fetchall() == [(i,) for i in range(1, 101)]

    together(query, query, conn.cancel, times=30)
    while True:
        try:
            conn.cursor().execute("select 1")
            return
        except psycopg2.errors.QueryCanceled:  # a request that was still on its way
            pass


@pytest.mark.parametrize("ending", ["close", "terminate"])
@pytest.mark.parametrize("attempt", range(5))
def test_race_of_the_end_and_everything(connect, conn2, ending, attempt):
    conn = connect()
    conn.autocommit = True
    pid = conn.get_backend_pid()
    running = threading.Event()

    def end():
        running.wait(60)
        if ending == "close":
            conn.close()
        else:
            conn2.cursor().execute("select pg_terminate_backend(%s)", (pid,))

    def until_it_ends(function):
        def work():
            while True:
                running.set()
                try:
                    function()
                except psycopg2.InterfaceError:
                    return
                except psycopg2.errors.QueryCanceled:
                    pass
                except psycopg2.OperationalError:
                    assert conn.closed

        return work

    def query():
        conn.cursor().execute("select generate_series(1, 10)")

    def look():
        for function in looks(conn):
            function()
        if conn.closed:
            conn.fileno()  # some of them tell nothing of it

    def cancel():
        try:
            conn.cancel()
        except psycopg2.OperationalError as e:
            # The server is gone, and who waits for its answer has yet to be told.
            assert "cancel failed" in str(e)

    together(end, until_it_ends(query), until_it_ends(look), until_it_ends(cancel), times=1)
    conn.close()
    conn.close()


def test_race_of_closes(connect):
    for _ in range(10):
        conn = connect()
        together(conn.close, conn.close, conn.close, times=1)
        assert conn.closed == 1


def test_race_on_one_cursor(conn):
    """A fetch gives rows of one result, in order, and no row twice."""
    conn.autocommit = True
    cur = conn.cursor()

    def query(letter):
        cur.execute("select %s, i from generate_series(1, 500) i", (letter,))

    def fetch():
        try:
            rows = cur.fetchall()
        except psycopg2.ProgrammingError as e:
            assert "no results to fetch" in str(e)
            return
        assert len({row[0] for row in rows}) <= 1
        assert [row[1] for row in rows] == list(range(1, 501))[-len(rows) :]

    together(lambda: query("a"), lambda: query("b"), fetch, fetch, lambda: cur.description)


@pytest.mark.parametrize("fetch", ["fetchone", "fetchmany", "fetchall", "iteration"])
def test_race_of_fetches_takes_turns(conn, cur, fetch):
    """A typecaster lets other threads run: they wait for the end of the row, or of the call."""
    threads = 4
    extensions.register_type(
        extensions.new_type((23,), "SLOW", lambda value, c: (time.sleep(0), int(value))[1]), cur
    )
    cur.execute("select generate_series(1, 400)")
    got = []

    def work():
        if fetch == "fetchone":
            got.extend(iter(cur.fetchone, None))
        elif fetch == "iteration":
            got.extend(cur)
        else:
            for rows in iter(getattr(cur, fetch), []):
                got.extend(rows)

    together(*[work] * threads, times=1)
    assert sorted(got) == [(i,) for i in range(1, 401)]


def test_race_of_a_fetch_and_scrolling(conn, cur):
    extensions.register_type(
        extensions.new_type((23,), "SLOW", lambda value, c: (time.sleep(0), int(value))[1]), cur
    )
    cur.execute("select generate_series(1, 20)")

    def fetch():
        rows = [row for (row,) in cur.fetchmany(5)]
        assert rows == [rows[0] + i for i in range(len(rows))]

    together(fetch, lambda: cur.scroll(3, "absolute"), fetch, times=20)


def test_race_on_one_cursor_with_a_typecaster(conn):
    """A typecaster lets other threads run in the middle of a row."""
    conn.autocommit = True
    cur = conn.cursor()
    extensions.register_type(extensions.new_type((23,), "OURS", lambda value, c: value * 2), cur)

    def query():
        cur.execute("select i, repeat('x', 1000) from generate_series(1, 50) i")

    def fetch():
        try:
            rows = cur.fetchmany(10)
        except psycopg2.ProgrammingError:
            return
        for number, text in rows:
            assert (number[: len(number) // 2] * 2, text) == (number, "x" * 1000)

    def register():
        cur.string_types = {23: extensions.new_type((23,), "NEW", lambda value, c: value * 2)}

    together(query, fetch, fetch, register)


def test_race_of_copies(conn):
    conn.autocommit = True

    def out():
        file = io.StringIO()
        conn.cursor().copy_expert("copy (select generate_series(1, 200)) to stdout", file)
        assert file.getvalue().split() == [str(i) for i in range(1, 201)]

    def lines():
        cur = conn.cursor()
        cur.execute("copy (select generate_series(1, 200)) to stdout")
        assert cur.fetchall() == [f"{i}\n" for i in range(1, 201)]

    together(out, out, lines)


@pytest.mark.parametrize("name", ["notices", "notifies"])
def test_race_of_notices_and_notifications(conn, name):
    """Each arrives, once."""
    conn.autocommit = True
    conn.cursor().execute("listen here")

    class Sink(list):
        """A list of its own kind is not cut to the last 50."""

    kept = Sink()
    setattr(conn, name, kept)

    def say():
        if name == "notices":
            conn.cursor().execute("do $$begin raise notice 'a'; raise notice 'b'; end$$")
        else:
            conn.cursor().execute("notify here, 'a'; notify here, 'b'")

    together(say, say, conn.poll, times=40)
    conn.poll()
    assert len(kept) == 160


def test_race_of_polls(connect):
    conn = connect(async_=1)
    wait_select(conn)
    cur = conn.cursor()
    for _ in range(20):
        cur.execute("select generate_series(1, 1000)")
        together(conn.poll, conn.poll, conn.isexecuting, times=20)
        wait_select(conn)
        assert len(cur.fetchall()) == 1000


def test_race_of_transactions(conn):
    def work():
        with conn.cursor() as cur:
            try:
                cur.execute("select 1")
                assert cur.fetchone() == (1,)
                conn.commit()
            except psycopg2.ProgrammingError as e:
                assert "no results" in str(e)

    together(work, conn.rollback, conn.commit, work)
    conn.rollback()
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
