"""Asynchronous connections: how they come to be, what they are, what they cannot do."""

import asyncio
import select
import selectors

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE
from psycopg2.extras import wait_select


@pytest.fixture
def aconn(connect):
    """An asynchronous connection that stands."""
    conn = connect(async_=1)
    wait_select(conn)
    return conn


@pytest.mark.parametrize("words", [{"async_": 1}, {"async": 1}, {"async_": True}, {"async_": 2}])
def test_async_and_async_mean_the_same(connect, words):
    conn = connect(**words)
    assert conn.async_ == 1
    assert getattr(conn, "async") == 1
    wait_select(conn)
    assert conn.autocommit is True


@pytest.mark.parametrize("words", [{}, {"async_": 0}, {"async": False}])
def test_async_not(connect, words):
    conn = connect(**words)
    assert conn.async_ == 0
    assert conn.status == extensions.STATUS_READY


def test_async_either_word_suffices(connect):
    assert connect(**{"async": 1, "async_": 0}).async_ == 1


@pytest.mark.parametrize("value", ["x", None, 1.5])
def test_async_must_be_a_whole_number(dsn, value):
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        psycopg2.connect(dsn, async_=value)


def test_async_by_the_class_itself(dsn):
    conn = extensions.connection(dsn, async_=1)
    wait_select(conn)
    assert conn.closed == 0
    conn.close()


@pytest.mark.parametrize("name", ["async", "async_"])
def test_async_attribute_is_readonly(aconn, name):
    with pytest.raises(AttributeError):
        setattr(aconn, name, 0)


def test_async_while_connecting(connect):
    conn = connect(async_=1)
    assert (conn.status, conn.closed) == (0, 0)
    assert conn.isexecuting() is True
    assert conn.encoding is None
    assert (conn.server_version, conn.protocol_version) == (0, 0)
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_UNKNOWN
    assert conn.fileno() >= 0
    for call in (conn.cursor, conn.cancel):
        with pytest.raises(psycopg2.OperationalError, match="connection attempt underway"):
            call()
    wait_select(conn)
    assert conn.status == extensions.STATUS_READY
    assert conn.isexecuting() is False


def test_async_poll_says_what_to_wait_for(connect):
    conn = connect(async_=1)
    said = set()
    state = None
    while state != POLL_OK:
        state = conn.poll()
        said.add(state)
        if state == POLL_READ:
            assert select.select([conn], [], [], 60)[0]
        elif state == POLL_WRITE:
            assert select.select([], [conn], [], 60)[1]
    assert said == {POLL_OK, POLL_READ, POLL_WRITE}
    assert conn.poll() == POLL_OK


def test_async_poll_too_often_does_no_harm(connect):
    conn = connect(async_=1)
    while conn.poll() != POLL_OK:
        pass
    cur = conn.cursor()
    cur.execute("select 1")
    while conn.poll() != POLL_OK:
        pass
    assert cur.fetchone() == (1,)


def test_async_closed_while_connecting(connect):
    conn = connect(async_=1)
    conn.close()
    assert conn.closed == 1
    assert conn.isexecuting() is False
    with pytest.raises(psycopg2.InterfaceError, match="already closed"):
        conn.poll()


def test_async_dropped_while_connecting(dsn):
    # Nothing to see but that it ends well.
    for _ in range(5):
        psycopg2.connect(dsn, async_=1)


def check_failed(conn, match):
    with pytest.raises(psycopg2.OperationalError, match=match):
        wait_select(conn)
    assert conn.closed == 2
    with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
        conn.poll()
    conn.close()


def test_async_refused(connect):
    check_failed(connect("host=127.0.0.1 port=1", async_=1), '"127.0.0.1", port 1 failed')


def test_async_no_such_database(connect, dsn):
    conn = connect(dsn, dbname="no such", async_=1)
    check_failed(conn, 'database "no such" does not exist')


def test_async_next_host_after_a_refusal(connect, server):
    params = extensions.parse_dsn(server.dsn)
    conn = connect(server.dsn, host="127.0.0.1,127.0.0.1", port=f"1,{params['port']}", async_=1)
    wait_select(conn)
    assert conn.info.port == int(params["port"])


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ("foo=1", psycopg2.ProgrammingError),
        ("host=127.0.0.1 port=abc", psycopg2.OperationalError),
        ("host=/nonexistent/directory", psycopg2.OperationalError),
    ],
)
def test_async_bad_dsn_is_told_at_once(bad, error):
    with pytest.raises(error):
        psycopg2.connect(bad, async_=1)


def test_async_sets_the_date_style(connect, server, dsn):
    options = "-c datestyle=german"
    conn = connect(dsn, options=options, async_=1)
    wait_select(conn)
    assert conn.get_parameter_status("DateStyle").startswith("ISO")


CANNOT = {
    "commit": lambda conn: conn.commit(),
    "rollback": lambda conn: conn.rollback(),
    "reset": lambda conn: conn.reset(),
    "set_session": lambda conn: conn.set_session(autocommit=True),
    "set_client_encoding": lambda conn: conn.set_client_encoding("latin1"),
    "lobject": lambda conn: conn.lobject(),
    "tpc_begin": lambda conn: conn.tpc_begin("x"),
    "tpc_prepare": lambda conn: conn.tpc_prepare(),
    "tpc_commit": lambda conn: conn.tpc_commit(),
    "tpc_rollback": lambda conn: conn.tpc_rollback(),
    "tpc_recover": lambda conn: conn.tpc_recover(),
}


@pytest.mark.parametrize("when", ["connecting", "idle", "busy"])
@pytest.mark.parametrize("name", CANNOT)
def test_async_cannot(connect, name, when):
    conn = connect(async_=1)
    if when != "connecting":
        wait_select(conn)
    if when == "busy":
        conn.cursor().execute("select 1")
    with pytest.raises(
        psycopg2.ProgrammingError, match=f"^{name} cannot be used in asynchronous mode"
    ):
        CANNOT[name](conn)
    assert conn.closed == 0


def test_async_cannot_set_isolation_level(aconn):
    with pytest.raises(psycopg2.ProgrammingError, match="isolation_level.* in asynchronous mode"):
        aconn.set_isolation_level(1)


@pytest.mark.parametrize("name", ["autocommit", "readonly", "deferrable", "isolation_level"])
def test_async_cannot_set_attributes(aconn, name):
    before = getattr(aconn, name)
    with pytest.raises(psycopg2.ProgrammingError, match="in asynchronous mode"):
        setattr(aconn, name, 1)
    assert getattr(aconn, name) == before


def test_async_with_ends_in_an_error(aconn):
    with pytest.raises(psycopg2.ProgrammingError, match="commit cannot be used in async"), aconn:
        pass


def test_async_no_named_cursors(aconn):
    with pytest.raises(psycopg2.ProgrammingError, match="cannot produce named cursors"):
        aconn.cursor("name")


def test_async_xid_can_be_made(aconn):
    assert tuple(aconn.xid(1, "a", "b")) == (1, "a", "b")


def test_async_selectors(connect):
    conn = connect(async_=1)
    masks = {POLL_READ: selectors.EVENT_READ, POLL_WRITE: selectors.EVENT_WRITE}
    with selectors.DefaultSelector() as selector:
        while True:
            state = conn.poll()
            if state == POLL_OK:
                break
            selector.register(conn, masks[state])
            assert selector.select(60)
            selector.unregister(conn)
    assert conn.status == extensions.STATUS_READY


def test_async_asyncio(connect):
    async def ready(conn):
        loop = asyncio.get_running_loop()
        while True:
            state = conn.poll()
            if state == POLL_OK:
                return
            event = asyncio.Event()
            if state == POLL_READ:
                loop.add_reader(conn, event.set)
            else:
                loop.add_writer(conn, event.set)
            try:
                await asyncio.wait_for(event.wait(), 60)
            finally:
                loop.remove_reader(conn)
                loop.remove_writer(conn)

    async def ask(number):
        conn = connect(async_=1)
        await ready(conn)
        cur = conn.cursor()
        cur.execute("select pg_backend_pid(), %s", (number,))
        await ready(conn)
        return cur.fetchone()

    async def main():
        return await asyncio.gather(*map(ask, range(4)))

    rows = asyncio.run(main())
    assert [number for _, number in rows] == [0, 1, 2, 3]
    assert len({pid for pid, _ in rows}) == 4
