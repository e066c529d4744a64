"""Paths of connections: made, refused, set, used in transactions, asked, closed, cancelled."""

import contextlib

from world import Fails, expect, fails, path

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import wait_select


class Subclass(extensions.connection):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.me = self  # a cycle


class Forgetful(extensions.connection):
    def __init__(self, *args, **kwargs):
        pass


@path
def connect_and_close(w):
    conn = psycopg2.connect(w.dsn)
    conn.cursor().execute("select 1")
    conn.close()


@path
def connect_and_drop(w):
    psycopg2.connect(w.dsn, application_name="dropped").cursor().execute("select 1")


@path
def connect_with_factories(w):
    conn = psycopg2.connect(w.dsn, connection_factory=Subclass, cursor_factory=extensions.cursor)
    conn.cursor()
    assert conn.me is conn


@path
def connect_fails(w):
    with expect(psycopg2.OperationalError):
        psycopg2.connect(w.dsn, dbname="not there")
    with expect(psycopg2.OperationalError):
        psycopg2.connect("host=127.0.0.1 port=1")
    with expect(psycopg2.ProgrammingError):
        psycopg2.connect("nosuch=1")
    with expect(psycopg2.ProgrammingError):
        psycopg2.connect(w.dsn, nosuch=1)
    with expect(psycopg2.InternalError):
        extensions.connection("nosuch")
    with expect(TypeError):
        psycopg2.connect(w.dsn, connection_factory=5)
    with expect(Fails):
        psycopg2.connect(w.dsn, connection_factory=fails)


@path
def connection_without_init(w):
    for conn in (extensions.connection.__new__(extensions.connection), Forgetful("")):
        for call in (conn.cursor, conn.commit, conn.cancel, conn.poll, conn.reset):
            with expect(psycopg2.InterfaceError):
                call()
        repr(conn)
        conn.close()


@path
def connection_attributes(w):
    for name in dir(w.conn):
        getattr(w.conn, name)
    for name in dir(w.conn.info):
        getattr(w.conn.info, name)
    w.conn.info.parameter_status("server_version")
    w.conn.info.ssl_attribute("library")
    w.conn.get_parameter_status("TimeZone")
    w.conn.get_parameter_status("nosuch")
    w.conn.get_dsn_parameters()
    w.conn.get_native_connection()
    repr(w.conn)


@path
def connection_closed_asked(w):
    conn = w.once("closed", lambda: psycopg2.connect(w.dsn))
    conn.close()
    for name in dir(conn):
        getattr(conn, name)
    for name in dir(conn.info):
        with contextlib.suppress(psycopg2.InterfaceError):
            getattr(conn.info, name)
    for call in (conn.cursor, conn.commit, conn.cancel, conn.lobject, conn.fileno):
        with expect(psycopg2.InterfaceError):
            call()


def transactional(w):
    return w.once("transactional", lambda: psycopg2.connect(w.dsn))


@path
def transactions(w):
    conn = transactional(w)
    cur = w.once("its cursor", conn.cursor)
    cur.execute("select 1")
    conn.commit()
    cur.execute("select 1")
    conn.rollback()
    with conn:
        cur.execute("select 1")
    with expect(Fails), conn:
        cur.execute("select 1")
        fails()
    with expect(psycopg2.ProgrammingError), conn:
        cur.execute("selec")


@path
def settings(w):
    conn = transactional(w)
    for level in ("serializable", "default", 1, None):
        conn.isolation_level = level
    conn.set_session("repeatable read", readonly=True, deferrable=False, autocommit=False)
    conn.set_session("default", "default", "default")
    conn.set_isolation_level(0)
    conn.set_isolation_level(1)
    conn.set_client_encoding("LATIN1")
    conn.set_client_encoding("UTF8")
    conn.reset()
    with expect(ValueError):
        conn.isolation_level = "nosuch"
    with expect(ValueError):
        conn.readonly = "nosuch"
    with expect(TypeError):
        conn.set_client_encoding(None)
    with expect(psycopg2.Error):
        conn.set_client_encoding("nosuch")
    conn.rollback()


@path
def cursor_factories(w):
    conn = w.conn
    with expect(Fails):
        conn.cursor(cursor_factory=fails)
    with expect(TypeError):
        conn.cursor(cursor_factory=lambda *args: 5)
    with expect(TypeError):
        conn.cursor(5)
    with expect(psycopg2.ProgrammingError):
        conn.cursor(withhold=True)
    conn.cursor("named", withhold=True, scrollable=True)


@path
def notices(w):
    w.cur.execute("do $$begin for i in 1..60 loop raise notice 'n %', i; end loop; end$$")
    assert len(w.conn.notices) == 50
    del w.conn.notices[:]


class Failing:
    def append(self, item):
        raise Fails


@path
def notices_into_what_fails(w):
    w.once("set", lambda: setattr(w.conn, "notices", Failing()))
    w.once("set too", lambda: setattr(w.conn, "notifies", Failing()))
    w.cur.execute("do $$begin raise notice 'n'; end$$; listen here; notify here, 'payload'")
    w.conn.poll()


@path
def notifications(w):
    w.cur.execute("listen here; notify here, 'payload'")
    w.conn.poll()
    (notify,) = w.conn.notifies
    assert notify == (w.conn.get_backend_pid(), "here") or notify.payload == "payload"
    assert hash(notify) and repr(notify) and list(notify) and notify[1] == "here"
    assert notify != extensions.Notify(1, "other") and notify != 5
    with expect(IndexError):
        notify[2]
    with expect(TypeError):
        extensions.Notify()
    del w.conn.notifies[:]


@path
def cancel_nothing(w):
    w.conn.cancel()
    # the request may come late, and then meets this
    with contextlib.suppress(psycopg2.errors.QueryCanceled):
        w.cur.execute("select 1")


@path
def lost_connection(w):
    conn = psycopg2.connect(w.dsn)
    cur = conn.cursor()
    with expect(psycopg2.OperationalError):
        cur.execute("select pg_terminate_backend(pg_backend_pid())")
    assert conn.closed
    with expect(psycopg2.InterfaceError):
        cur.execute("select 1")


@path
def two_phases(w):
    conn = transactional(w)
    for finish in ("tpc_commit", "tpc_rollback"):
        conn.tpc_begin(conn.xid(1, "a", "b"))
        with expect(psycopg2.ProgrammingError):
            conn.commit()
        getattr(conn, finish)()
    with expect(psycopg2.ProgrammingError):
        conn.tpc_commit()
    with expect(TypeError):
        conn.tpc_begin(5)
    with expect(ValueError):
        conn.tpc_begin("\0")
    conn.tpc_recover()


@path
def transaction_ids(w):
    xid = extensions.Xid(1, "gtrid", "bqual")
    again = extensions.Xid.from_string(str(xid))
    assert list(again) == list(xid) and repr(again)
    extensions.Xid.from_string("no XA name")
    for args in [(-1, "a", "b"), (1, "a" * 65, "b"), (1, "a", "\n")]:
        with expect(ValueError):
            extensions.Xid(*args)
    with expect(IndexError):
        xid[3]
    with expect(ValueError):
        str(extensions.Xid.__new__(extensions.Xid))


def asynchronous(w):
    conn = psycopg2.connect(w.dsn, async_=1)
    wait_select(conn)
    return conn


@path
def asynchronous_connect(w):
    asynchronous(w).close()
    psycopg2.connect(w.dsn, async_=1)
    with expect(psycopg2.OperationalError):
        wait_select(psycopg2.connect("host=127.0.0.1 port=1", async_=1))


@path
def asynchronous_queries(w):
    conn = w.once("async", lambda: asynchronous(w))
    cur = conn.cursor()
    cur.execute("select generate_series(1, 10)")
    assert conn.isexecuting()
    with expect(psycopg2.ProgrammingError):
        cur.execute("select 1")
    wait_select(conn)
    assert len(cur.fetchall()) == 10
    cur.execute("selec")
    with expect(psycopg2.ProgrammingError):
        wait_select(conn)
    with expect(psycopg2.ProgrammingError):
        conn.commit()


@path
def asynchronous_left_alone(w):
    conn = asynchronous(w)
    conn.cursor().execute("select pg_sleep(10)")
    conn.close()


@path
def wait_callback(w):
    extensions.set_wait_callback(wait_select)
    try:
        w.cur.execute("select generate_series(1, 10)")
        w.cur.fetchall()
        with expect(psycopg2.ProgrammingError):
            w.cur.execute("selec")
    finally:
        extensions.set_wait_callback(None)


@path
def wait_callback_fails(w):
    conn = psycopg2.connect(w.dsn)
    cur = conn.cursor()
    extensions.set_wait_callback(fails)
    try:
        with expect(Fails):
            cur.execute("select 1")
    finally:
        extensions.set_wait_callback(None)
    assert conn.closed


@path
def wait_callback_uses_its_connection(w):
    def nested(conn):
        with expect(psycopg2.ProgrammingError):
            conn.cursor().execute("select 1")

    cur = w.cur  # connecting waits through the callback too
    extensions.set_wait_callback(nested)
    try:
        cur.execute("select 1")
    finally:
        extensions.set_wait_callback(None)


@path
def strings_of_connections(w):
    options = extensions.parse_dsn(f"{w.dsn} password='a b'")
    assert extensions.parse_dsn(extensions.make_dsn(**options)) == options
    for bad in ("nosuch", "nosuch=1", "postgresql://[", "port="):
        with contextlib.suppress(psycopg2.ProgrammingError):
            extensions.parse_dsn(bad)
    assert extensions.quote_ident('a"é', w.conn) == '"a""é"'
    with expect(ValueError):
        extensions.quote_ident("\0", w.conn)
    with expect(TypeError):
        extensions.quote_ident("a", 5)
    with expect(psycopg2.ProgrammingError):
        extensions.quote_ident(b"\xff", w.conn)


@path
def encrypted_passwords(w):
    extensions.encrypt_password("secret", "me", algorithm="md5")
    extensions.encrypt_password("secret", "me", w.conn, "md5")
    with expect(psycopg2.ProgrammingError):
        extensions.encrypt_password("secret", "me", w.conn, "nosuch")
    with expect(psycopg2.ProgrammingError):
        extensions.encrypt_password("secret", "me")
