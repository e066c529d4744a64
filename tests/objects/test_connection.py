"""A connection: its attributes, close(), what a closed one answers, cancel, reset, info."""

import gc
import select
import weakref

import pytest

import psycopg2
from psycopg2 import extensions

CLOSED_CALLS = [
    ("cursor", ()),
    ("commit", ()),
    ("rollback", ()),
    ("cancel", ()),
    ("reset", ()),
    ("fileno", ()),
    ("poll", ()),
    ("get_backend_pid", ()),
    ("get_parameter_status", ("server_version",)),
    ("get_dsn_parameters", ()),
    ("get_native_connection", ()),
    ("set_client_encoding", ("utf8",)),
    ("set_isolation_level", (1,)),
    ("set_session", ()),
    ("lobject", ()),
    ("xid", (1, "a", "b")),
    ("tpc_begin", ("x",)),
    ("tpc_commit", ()),
    ("tpc_prepare", ()),
    ("tpc_recover", ()),
    ("tpc_rollback", ()),
    ("__enter__", ()),
    ("__exit__", (None, None, None)),
]


def test_connection_attributes_of_a_new_one(conn, dsn):
    wanted = {
        "async": 0,
        "async_": 0,
        "autocommit": False,
        "binary_types": {},
        "closed": 0,
        "cursor_factory": None,
        "deferrable": None,
        "dsn": dsn,
        "encoding": "UTF8",
        "isolation_level": None,
        "notices": [],
        "notifies": [],
        "protocol_version": 3,
        "readonly": None,
        "status": extensions.STATUS_READY,
        "string_types": {},
    }
    assert {name: getattr(conn, name) for name in wanted} == wanted
    assert type(conn.closed) is int
    assert type(conn.autocommit) is bool
    assert conn.server_version == conn.info.server_version >= 90000
    assert isinstance(conn.pgconn_ptr, int) and conn.pgconn_ptr


@pytest.mark.parametrize(
    "name",
    """async async_ binary_types closed dsn encoding info protocol_version server_version status
    string_types pgconn_ptr""".split(),
)
def test_connection_attribute_is_read_only(conn, name):
    with pytest.raises(AttributeError):
        setattr(conn, name, getattr(conn, name))


def test_connection_takes_no_new_attribute(conn):
    with pytest.raises(AttributeError):
        conn.nosuch = 1


def test_connection_repr_tells_dsn_and_state(conn, dsn):
    assert repr(conn).startswith("<connection object at 0x")
    assert repr(conn).endswith(f"; dsn: '{dsn}', closed: 0>")
    conn.close()
    assert repr(conn).endswith("closed: 1>")


# Closing


def test_connection_close_twice_is_silent(conn):
    assert conn.close() is None
    assert conn.closed == 1
    assert conn.close() is None
    assert conn.closed == 1


def test_connection_close_sends_no_rollback(seen):
    conn, queries = seen
    conn.cursor().execute("select 1")
    conn.close()
    assert queries == ["BEGIN", "select 1"]


def test_connection_close_loses_what_was_not_committed(connect, cur, conn):
    other = connect()
    cur.execute("drop table if exists close_loses")
    cur.execute("create table close_loses (a int)")
    conn.commit()
    other.cursor().execute("insert into close_loses values (1)")
    other.close()
    cur.execute("select count(*) from close_loses")
    assert cur.fetchone() == (0,)
    conn.rollback()
    cur.execute("drop table close_loses")
    conn.commit()


def test_connection_close_ends_the_session(connect, cur):
    other = connect()
    pid = other.get_backend_pid()
    other.close()
    cur.execute("select pg_stat_get_backend_pid(b) from pg_stat_get_backend_idset() b")
    for _ in range(1000):  # the server takes its time to see it
        cur.execute("select count(*) from pg_stat_activity where pid = %s", (pid,))
        if cur.fetchone() == (0,):
            break
        cur.execute("select pg_sleep(0.01), pg_stat_clear_snapshot()")
    else:
        pytest.fail("the session is still there")


@pytest.mark.parametrize("name, args", CLOSED_CALLS)
def test_connection_closed_refuses(conn, name, args):
    method = getattr(conn, name)
    conn.close()
    with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
        method(*args)


@pytest.mark.parametrize(
    "name, value", [("autocommit", 1), ("readonly", 1), ("deferrable", 1), ("isolation_level", 1)]
)
def test_connection_closed_refuses_to_set(conn, name, value):
    conn.close()
    with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
        setattr(conn, name, value)


def test_connection_closed_still_tells(conn, dsn):
    version = conn.server_version
    info = conn.info
    conn.close()
    assert conn.isexecuting() is False
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_UNKNOWN
    assert (conn.dsn, conn.encoding, conn.notices, conn.notifies) == (dsn, "UTF8", [], [])
    assert (conn.autocommit, conn.isolation_level, conn.readonly) == (False, None, None)
    assert (conn.server_version, conn.protocol_version) == (version, 3)
    assert conn.pgconn_ptr is None
    assert conn.Error is psycopg2.Error
    assert info.transaction_status == extensions.TRANSACTION_STATUS_UNKNOWN


def test_connection_dropped_closes_the_session(connect, cur, dsn):
    other = psycopg2.connect(dsn)
    pid = other.get_backend_pid()
    reference = weakref.ref(other)
    del other
    gc.collect()
    assert reference() is None
    for _ in range(1000):
        cur.execute("select count(*) from pg_stat_activity where pid = %s", (pid,))
        if cur.fetchone() == (0,):
            break
        cur.execute("select pg_sleep(0.01), pg_stat_clear_snapshot()")
    else:
        pytest.fail("the session is still there")


# What libpq and the server tell


def test_connection_backend_pid_is_the_server_process(conn, cur):
    cur.execute("select pg_backend_pid()")
    assert cur.fetchone() == (conn.get_backend_pid(),) == (conn.info.backend_pid,)


@pytest.mark.parametrize("name, wanted", [("is_superuser", "on"), ("nosuch", None), ("", None)])
def test_connection_parameter_status(conn, name, wanted):
    assert conn.get_parameter_status(name) == wanted
    assert conn.info.parameter_status(name) == wanted


def test_connection_parameter_status_follows_the_session(conn, cur):
    cur.execute("set application_name to 'an app'")
    assert conn.get_parameter_status("application_name") == "an app"
    cur.execute("set timezone to 'Asia/Tokyo'")
    assert conn.get_parameter_status("TimeZone") == "Asia/Tokyo"


@pytest.mark.parametrize("name", [None, 5, b"server_version"])
def test_connection_parameter_status_wants_a_string(conn, name):
    with pytest.raises(TypeError):
        conn.get_parameter_status(name)
    with pytest.raises(TypeError):
        conn.info.parameter_status(name)


def test_connection_dsn_parameters_leave_out_the_password(connect, dsn):
    conn = connect(dsn, application_name="an app")
    params = conn.get_dsn_parameters()
    given = extensions.parse_dsn(dsn)
    assert params.items() >= given.items()
    assert params["application_name"] == "an app"
    assert "password" not in params
    assert conn.info.dsn_parameters == params


def test_connection_fileno_is_the_socket(conn):
    assert conn.fileno() == conn.info.socket > 2
    assert select.select([], [conn], [], 0)[1] == [conn]
    assert select.select([conn], [], [], 0)[0] == []


def test_connection_poll_is_ok_when_idle(conn):
    assert conn.poll() == extensions.POLL_OK
    assert conn.isexecuting() is False


def test_connection_gives_its_native_pointer(conn):
    assert conn.pgconn_ptr > 0
    capsule = conn.get_native_connection()
    assert '"psycopg2.connection.native_connection"' in repr(capsule)


# Info


def test_info_tells_the_connection(conn, dsn):
    info = conn.info
    given = extensions.parse_dsn(dsn)
    assert isinstance(info, extensions.ConnectionInfo)
    assert (info.dbname, info.user, info.host) == (given["dbname"], given["user"], given["host"])
    assert (type(info.port), info.port) == (int, int(given["port"]))
    assert info.options == ""
    assert (info.status, info.transaction_status) == (0, extensions.TRANSACTION_STATUS_IDLE)
    assert (info.protocol_version, info.error_message) == (3, None)
    assert (type(info.needs_password), type(info.used_password)) == (bool, bool)
    assert isinstance(info.ssl_in_use, bool)


def test_info_error_message_is_the_last_of_libpq(conn, cur):
    with pytest.raises(psycopg2.errors.SyntaxError):
        cur.execute("selec")
    assert "syntax error" in conn.info.error_message


def test_info_of_a_closed_connection(conn):
    info = conn.info
    conn.close()
    assert (info.dbname, info.user, info.host, info.port, info.options) == (None,) * 5
    assert (info.status, info.socket, info.backend_pid, info.server_version) == (1, -1, 0, 0)
    assert (info.needs_password, info.used_password, info.ssl_in_use) == (False,) * 3
    assert info.parameter_status("server_version") is None
    with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
        _ = info.dsn_parameters


def test_info_without_ssl(connect, dsn):
    info = connect(dsn, sslmode="disable").info
    assert info.ssl_in_use is False
    assert info.ssl_attribute("cipher") is None
    assert info.ssl_attribute("no such") is None


def test_info_with_ssl(connect, server):
    conn = connect(server.dsn, sslmode="verify-ca", sslrootcert=server.root_cert)
    info = conn.info
    assert info.ssl_in_use is True
    assert info.ssl_attribute("protocol").startswith("TLS")
    assert info.ssl_attribute("library") == "OpenSSL"
    assert "cipher" in info.ssl_attribute_names


@pytest.mark.parametrize("args", [(), (5,), (None,)])
def test_info_is_made_of_a_connection(conn, args):
    assert extensions.ConnectionInfo(conn).dbname == conn.info.dbname
    with pytest.raises(TypeError):
        extensions.ConnectionInfo(*args)


@pytest.mark.parametrize("name", ["dbname", "status", "dsn_parameters", "socket"])
def test_info_is_read_only(conn, name):
    with pytest.raises(AttributeError):
        setattr(conn.info, name, 1)


# Cancel and reset


def test_connection_cancel_of_an_idle_one_does_nothing(conn, cur):
    assert conn.cancel() is None
    # The request may arrive late, but only at a statement that is then running: none is.
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_connection_reset_goes_back_to_the_defaults(conn, cur):
    conn.set_session("serializable", readonly=True, deferrable=True, autocommit=True)
    cur.execute("prepare vanishing as select 1")
    cur.execute("set statement_timeout to 12345")
    conn.reset()
    assert (conn.isolation_level, conn.readonly, conn.deferrable) == (None, None, None)
    assert conn.autocommit is False
    assert conn.status == extensions.STATUS_READY
    cur.execute("select current_setting('statement_timeout'), count(*) from pg_prepared_statements")
    assert cur.fetchone() == ("0", 0)


def test_connection_reset_rolls_back(conn, cur):
    cur.execute("create table never_there (a int)")
    conn.reset()
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    cur.execute("select to_regclass('never_there')")
    assert cur.fetchone() == (None,)


def test_connection_reset_of_a_failed_transaction(conn, cur):
    with pytest.raises(psycopg2.errors.SyntaxError):
        cur.execute("selec")
    conn.reset()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_connection_reset_leaves_prepared_transactions(conn):
    xid = conn.xid(1, "reset leaves", "me")
    conn.tpc_begin(xid)
    conn.cursor().execute("select 1")
    conn.tpc_prepare()
    conn.reset()
    assert "reset leaves" in [x.gtrid for x in conn.tpc_recover()]
    conn.tpc_rollback(xid)


# Weak references


def test_connection_and_cursor_are_weakly_referenced(dsn):
    conn = psycopg2.connect(dsn)
    cur = conn.cursor()
    of_conn, of_cur = weakref.ref(conn), weakref.ref(cur)
    assert (of_conn(), of_cur()) == (conn, cur)
    del conn
    assert of_conn() is cur.connection
    del cur
    gc.collect()
    assert (of_conn(), of_cur()) == (None, None)


def test_connection_goes_in_a_cycle(dsn):
    class Cyclic(extensions.connection):
        pass

    conn = psycopg2.connect(dsn, connection_factory=Cyclic)
    conn.myself = conn
    conn.notices = [conn]
    reference = weakref.ref(conn)
    del conn
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("what", ["conn", "cur"])
def test_connection_and_cursor_do_not_pickle(conn, cur, what):
    import copy
    import pickle

    with pytest.raises(TypeError):
        pickle.dumps({"conn": conn, "cur": cur}[what])
    with pytest.raises(TypeError):
        copy.copy({"conn": conn, "cur": cur}[what])
