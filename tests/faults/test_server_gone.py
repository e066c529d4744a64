"""The server goes: its process is killed, it is stopped, the wire breaks, the answer is cut."""

import io
import threading

import pytest

import psycopg2
from psycopg2 import extensions

KEY = 770099


@pytest.fixture
def admin(connect):
    conn = connect()
    conn.autocommit = True
    return conn.cursor()


def kill(admin, conn):
    """End the server process of the connection and return when it is gone."""
    admin.execute("select pg_terminate_backend(%s, 60000)", (conn.get_backend_pid(),))
    assert admin.fetchone() == (True,)


def is_lost(conn):
    """Check what a lost connection answers."""
    assert conn.closed == 2
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_UNKNOWN
    for call in (conn.cursor, conn.commit, conn.rollback, conn.poll, conn.reset):
        with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
            call()
    assert conn.close() is None
    assert conn.closed == 2 or conn.closed == 1


CALLS = {
    "execute": lambda conn, cur: cur.execute("select 1"),
    "executemany": lambda conn, cur: cur.executemany("select %s", [(1,)]),
    "callproc": lambda conn, cur: cur.callproc("now"),
    "named": lambda conn, cur: conn.cursor("n").execute("select 1"),
    "copy_from": lambda conn, cur: cur.copy_from(io.StringIO("1\n"), "pg_class"),
    "copy_to": lambda conn, cur: cur.copy_to(io.StringIO(), "pg_class"),
    "copy_expert": lambda conn, cur: cur.copy_expert("copy pg_class to stdout", io.StringIO()),
    "lobject": lambda conn, cur: conn.lobject(),
    "set_client_encoding": lambda conn, cur: conn.set_client_encoding("latin1"),
    "reset": lambda conn, cur: conn.reset(),
    "tpc_recover": lambda conn, cur: conn.tpc_recover(),
}


@pytest.mark.parametrize("way", CALLS)
def test_killed_idle_is_noticed_by_the_next_call(conn, cur, admin, way):
    kill(admin, conn)
    assert conn.closed == 0  # nobody asked yet
    with pytest.raises(psycopg2.OperationalError) as caught:
        CALLS[way](conn, cur)
    assert str(caught.value).strip()
    is_lost(conn)


@pytest.mark.parametrize("way", ["commit", "rollback", "execute", "with"])
def test_killed_in_a_transaction(conn, cur, admin, way):
    cur.execute("select 1")
    kill(admin, conn)
    with pytest.raises((psycopg2.OperationalError, psycopg2.InterfaceError)):
        if way == "with":
            with conn:
                cur.execute("select 1")
        elif way == "execute":
            cur.execute("select 1")
        else:
            getattr(conn, way)()
    is_lost(conn)


def test_killed_error_tells_the_server_s_reason(conn, cur, admin):
    # The original tells only that the server closed the connection.
    kill(admin, conn)
    with pytest.raises(psycopg2.OperationalError) as caught:
        cur.execute("select 1")
    text = str(caught.value)
    assert "terminating connection due to administrator command" in text
    assert "closed" in text and "unexpectedly" in text


@pytest.mark.parametrize("way", ["execute", "copy", "named", "executemany"])
def test_killed_in_mid_query(conn, cur, admin, way):
    # The original does not tell the server's reason.
    admin.execute("select pg_advisory_lock(%s)", (KEY,))
    query = f"select pg_advisory_lock({KEY})"
    outcome = []

    def work():
        try:
            if way == "copy":
                cur.copy_expert(f"copy ({query}::text) to stdout", io.StringIO())
            elif way == "named":
                named = conn.cursor("n")
                named.execute(query)
                named.fetchall()
            elif way == "executemany":
                cur.executemany(query, [None, None])
            else:
                cur.execute(query)
        except BaseException as error:
            outcome.append(error)

    pid = conn.get_backend_pid()
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    while True:
        admin.execute(
            "select count(*) from pg_stat_activity where pid = %s and wait_event_type = 'Lock'",
            (pid,),
        )
        if admin.fetchone()[0]:
            break
    admin.execute("select pg_terminate_backend(%s, 60000)", (pid,))
    worker.join(60)
    (error,) = outcome
    assert isinstance(error, psycopg2.OperationalError)
    assert "terminating connection due to administrator command" in str(error)
    assert error.pgcode in ("57P01", None)
    is_lost(conn)


def test_killed_leaves_what_was_fetched(conn, cur, admin):
    cur.execute("select generate_series(1, 5)")
    assert cur.fetchone() == (1,)
    kill(admin, conn)
    with pytest.raises(psycopg2.OperationalError):
        conn.cursor().execute("select 1")
    assert conn.closed == 2
    with pytest.raises(psycopg2.InterfaceError, match="cursor already closed"):
        cur.fetchone()
    assert cur.closed is True


def test_killed_with_a_named_cursor_open(conn, admin):
    named = conn.cursor("n")
    named.execute("select generate_series(1, 10)")
    named.fetchone()
    kill(admin, conn)
    with pytest.raises(psycopg2.OperationalError):
        named.fetchone()
    assert conn.closed == 2
    assert named.close() is None


def test_killed_with_a_large_object_open(conn, admin):
    lobj = conn.lobject(0, "rwb")
    kill(admin, conn)
    with pytest.raises(psycopg2.OperationalError):
        lobj.write(b"x")
    assert conn.closed == 2
    with pytest.raises(psycopg2.InterfaceError):
        lobj.read()


def test_killed_while_copy_reads_its_file(conn, cur, admin):
    cur.execute("create temp table target (a text)")

    class File:
        """It kills the server when it is read for the third time, and then goes on for long."""

        calls = 0

        def read(self, size):
            self.calls += 1
            if self.calls == 3:
                kill(admin, conn)
            return "x" * 1000 + "\n" if self.calls < 100000 else ""

    file = File()
    with pytest.raises(psycopg2.OperationalError):
        cur.copy_from(file, "target")
    assert file.calls < 100000  # it did not read on for nobody
    is_lost(conn)


def test_killed_while_copy_writes_its_file(conn, cur, admin):
    class File:
        killed = False

        def write(self, data):
            if not self.killed:
                self.killed = True
                kill(admin, conn)

    with pytest.raises(psycopg2.OperationalError):
        cur.copy_expert(
            "copy (select repeat('x', 1000) from generate_series(1, 200000)) to stdout", File()
        )
    is_lost(conn)


def test_killed_close_is_silent(conn, cur, admin):
    named = conn.cursor("n")
    named.execute("select 1")
    kill(admin, conn)
    conn.close()
    assert conn.closed == 1
    cur.close()
    named.close()


def test_killed_poll_tells(conn, admin):
    kill(admin, conn)
    with pytest.raises(psycopg2.OperationalError):
        for _ in range(3):  # first comes the server's farewell
            conn.poll()
    assert conn.closed == 2


# The wire


@pytest.mark.parametrize("way", ["execute", "commit", "fetch named", "copy"])
def test_wire_broken_between_calls(seen, proxy, way):
    conn, _ = seen
    cur = conn.cursor()
    named = conn.cursor("n")
    named.execute("select generate_series(1, 10)")
    proxy.break_all()
    with pytest.raises(psycopg2.OperationalError):
        if way == "execute":
            cur.execute("select 1")
        elif way == "commit":
            conn.commit()
        elif way == "copy":
            cur.copy_expert("copy (select 1) to stdout", io.StringIO())
        else:
            named.fetchone()
    is_lost(conn)


@pytest.mark.parametrize("size", [0, 1, 5, 6, 40, 1000, 50000])
@pytest.mark.parametrize("way", ["execute", "named", "copy", "copy by execute"])
def test_wire_cut_amid_the_answer(seen, proxy, way, size):
    # The original raises DatabaseError for a COPY, about a status and no message.
    conn, _ = seen
    cur = conn.cursor()
    rows = "select g, repeat('x', 100) from generate_series(1, 2000) g"
    cur.execute("select 1")  # the transaction has begun: what is cut is the answer itself
    named = conn.cursor("n")
    if way == "named":
        named.execute(rows)
    proxy.cut_after(size)
    with pytest.raises(psycopg2.OperationalError):
        if way == "named":
            named.fetchall()
        elif way == "copy":
            cur.copy_expert(f"copy ({rows}) to stdout", io.StringIO())
        elif way == "copy by execute":
            cur.execute(f"copy ({rows}) to stdout")  # the original refuses it at once
            cur.fetchall()
        else:
            cur.execute(rows)
            cur.fetchall()
    is_lost(conn)


@pytest.mark.parametrize("size", [0, 1, 20, 100])
def test_wire_cut_while_connecting(proxy, size):
    proxy.cut_after(size)
    with pytest.raises(psycopg2.OperationalError) as caught:
        psycopg2.connect(proxy.dsn)
    assert str(proxy.port) in str(caught.value)


def test_server_that_talks_nonsense():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as nonsense:

        def answer():
            client = nonsense.accept()[0]
            client.recv(1000)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            client.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(
                host="127.0.0.1",
                port=nonsense.getsockname()[1],
                sslmode="disable",
                gssencmode="disable",
                user="x",
            )
        thread.join(60)


def test_server_that_closes_at_once():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as rude:
        thread = threading.Thread(target=lambda: rude.accept()[0].close(), daemon=True)
        thread.start()
        with pytest.raises(psycopg2.OperationalError) as caught:
            psycopg2.connect(host="127.0.0.1", port=rude.getsockname()[1], user="x")
        assert str(rude.getsockname()[1]) in str(caught.value)
        thread.join(60)


def test_server_that_says_nothing_ends_in_a_time_out():
    import socket

    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    dsn = f"host=127.0.0.1 port={port} user=x sslmode=disable gssencmode=disable"
    with silent, pytest.raises(psycopg2.OperationalError, match="timeout expired"):
        psycopg2.connect(dsn, connect_timeout=2)


def test_server_stopped_and_started_again(server, dsn):
    assert server.stop and server.start  # skips at once where the server is not ours
    conn = psycopg2.connect(dsn)
    conn.cursor().execute("select 1")
    server.stop()
    try:
        with pytest.raises(psycopg2.OperationalError):
            conn.cursor().execute("select 1")
        assert conn.closed == 2
        with pytest.raises(psycopg2.OperationalError) as caught:
            psycopg2.connect(dsn)
        assert str(server.port) in str(caught.value)
    finally:
        server.start()
    conn = psycopg2.connect(dsn)
    with conn.cursor() as cur:
        cur.execute("select 1")
        assert cur.fetchone() == (1,)
    conn.close()
