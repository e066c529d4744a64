"""Limits that the server sets: time for statements, locks, transactions; size, memory, roles."""

import pytest

import psycopg2
from psycopg2 import errors, extensions


def usable(conn):
    conn.rollback()
    with conn.cursor() as cur:
        cur.execute("select 1")
        return cur.fetchone() == (1,)


@pytest.mark.parametrize("way", ["execute", "executemany", "callproc", "named", "copy", "several"])
def test_statement_timeout_cancels(conn, cur, way):
    import io

    cur.execute("set local statement_timeout to '20ms'")  # what comes after has time
    with pytest.raises(errors.QueryCanceled, match="statement timeout") as caught:
        if way == "execute":
            cur.execute("select pg_sleep(60)")
        elif way == "executemany":
            cur.executemany("select pg_sleep(%s)", [(0,), (60,), (0,)])
        elif way == "callproc":
            cur.callproc("pg_sleep", (60,))
        elif way == "copy":
            cur.copy_expert("copy (select pg_sleep(60)::text) to stdout", io.StringIO())
        elif way == "several":
            cur.execute("select 1; select pg_sleep(60); select 2")
        else:
            named = conn.cursor("n")
            named.execute("select pg_sleep(60)")
            named.fetchone()
    assert isinstance(caught.value, extensions.QueryCanceledError)
    assert isinstance(caught.value, psycopg2.OperationalError)
    assert caught.value.pgcode == "57014"
    assert usable(conn)


def test_statement_timeout_by_the_connection_options(connect, dsn):
    conn = connect(dsn, options="-c statement_timeout=20ms")
    with pytest.raises(errors.QueryCanceled):
        conn.cursor().execute("select pg_sleep(60)")
    assert (conn.closed, conn.status) == (0, extensions.STATUS_BEGIN)


def test_lock_timeout_tells_the_lock_is_not_available(conn, conn2, cur):
    conn2.cursor().execute("select pg_advisory_xact_lock(770033)")
    cur.execute("set lock_timeout to '20ms'")
    with pytest.raises(errors.LockNotAvailable, match="lock timeout") as caught:
        cur.execute("select pg_advisory_xact_lock(770033)")
    assert isinstance(caught.value, psycopg2.OperationalError)
    assert usable(conn)


def test_nowait_tells_the_lock_is_not_available(conn, conn2, cur):
    cur.execute("drop table if exists nowait; create table nowait (a int)")
    conn.commit()
    conn2.cursor().execute("lock table nowait")
    with pytest.raises(errors.LockNotAvailable):
        cur.execute("lock table nowait nowait")
    conn.rollback()
    conn2.rollback()
    cur.execute("drop table nowait")
    conn.commit()


def test_idle_transaction_timeout_loses_the_connection(conn, cur, connect):
    cur.execute("set idle_in_transaction_session_timeout to '20ms'")
    pid = conn.get_backend_pid()
    watcher = connect().cursor()
    while True:
        watcher.execute("select count(*) from pg_stat_activity where pid = %s", (pid,))
        if watcher.fetchone() == (0,):
            break
        watcher.connection.rollback()
    with pytest.raises((psycopg2.OperationalError, psycopg2.InternalError)) as caught:
        cur.execute("select 1")
    # The original does not tell. What comes with the answer before is no error of a query yet.
    told = str(caught.value) + "".join(conn.notices)
    assert "idle-in-transaction timeout" in told
    assert conn.closed == 2


def test_value_too_large_for_the_server(conn, cur):
    with pytest.raises(errors.ProgramLimitExceeded):
        cur.execute("select repeat('x', 2000000000)")
    assert usable(conn)


def test_too_many_columns(conn, cur):
    with pytest.raises(errors.TooManyColumns):
        cur.execute("select " + ",".join(["1"] * 1665))
    assert usable(conn)


def test_statement_too_deep(conn, cur):
    cur.execute("""create function pg_temp.deep(a int) returns int language plpgsql as
        'begin return pg_temp.deep(a + 1); end'""")
    with pytest.raises(errors.StatementTooComplex, match="stack depth"):
        cur.execute("select pg_temp.deep(1)")
    assert usable(conn)


def test_too_many_connections_for_the_role(conn, cur, dsn):
    conn.autocommit = True
    cur.execute("drop role if exists full_role; create role full_role login connection limit 0")
    try:
        with pytest.raises(psycopg2.OperationalError) as caught:
            psycopg2.connect(dsn, user="full_role", password="x")
        text = str(caught.value)
        assert "too many connections for role" in text or "password authentication" in text
    finally:
        cur.execute("drop role full_role")


def test_permission_denied(conn, cur):
    cur.execute("create role poor_role; set role poor_role")
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        cur.execute("select * from pg_authid")
    assert usable(conn)


def test_read_only_transaction_refuses_writes(conn, cur):
    conn.readonly = True
    with pytest.raises(errors.ReadOnlySqlTransaction):
        cur.execute("create table never_there (a int)")
    assert usable(conn)
