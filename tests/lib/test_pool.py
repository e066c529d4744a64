"""Connection pools."""

import threading

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import DictCursor
from psycopg2.pool import (
    AbstractConnectionPool,
    PoolError,
    SimpleConnectionPool,
    ThreadedConnectionPool,
)

IDLE = extensions.TRANSACTION_STATUS_IDLE


@pytest.fixture(params=[SimpleConnectionPool, ThreadedConnectionPool])
def make_pool(request, dsn):
    made = []

    def make(minconn, maxconn, *args, **kwargs):
        pool = request.param(minconn, maxconn, *(args or [dsn]), **kwargs)
        made.append(pool)
        return pool

    yield make
    for pool in made:
        if not pool.closed:
            pool.closeall()


def pid(conn):
    return conn.info.backend_pid


def kill(conn, conn2):
    """End the session of *conn* through *conn2*, and have *conn* notice."""
    with conn2, conn2.cursor() as cur:
        cur.execute("select pg_terminate_backend(%s, 5000)", (pid(conn),))
    with pytest.raises(psycopg2.OperationalError):
        conn.cursor().execute("select 1")


def test_getconn_gives_what_connect_makes(make_pool, dsn):
    pool = make_pool(1, 2, dsn, cursor_factory=DictCursor, application_name="pooled")
    conn = pool.getconn()
    assert isinstance(conn, extensions.connection)
    assert type(conn.cursor()) is DictCursor
    assert conn.info.dsn_parameters["application_name"] == "pooled"


def test_minconn_are_made_at_once(make_pool, dsn, conn):
    pool = make_pool(2, 3, dsn, application_name="minconn")
    cur = conn.cursor()
    cur.execute("select count(*) from pg_stat_activity where application_name = 'minconn'")
    assert cur.fetchone() == (2,)
    assert (pool.minconn, pool.maxconn, pool.closed) == (2, 3, False)


def test_connections_come_back(make_pool):
    pool = make_pool(1, 2)
    conn = pool.getconn()
    pool.putconn(conn)
    assert pool.getconn() is conn


def test_maxconn_is_the_end(make_pool):
    pool = make_pool(1, 2)
    conns = [pool.getconn(), pool.getconn()]
    assert len({pid(conn) for conn in conns}) == 2
    with pytest.raises(PoolError, match="exhausted"):
        pool.getconn()
    pool.putconn(conns[0])
    assert pool.getconn() is conns[0]


def test_maxconn_may_be_none(make_pool):
    with pytest.raises(PoolError, match="exhausted"):
        make_pool(0, 0).getconn()


@pytest.mark.parametrize("least, most", [(0, -1), (1, 0), (1, -1), (3, 2)])
def test_maxconn_less_than_minconn_is_no_limit(make_pool, least, most):
    pool = make_pool(least, most)
    assert len({pid(pool.getconn()) for _ in range(5)}) == 5


def test_connections_over_minconn_are_closed(make_pool):
    pool = make_pool(1, 3)
    conns = [pool.getconn() for _ in range(3)]
    for conn in conns:
        pool.putconn(conn)
    assert [conn.closed for conn in conns] == [0, 1, 1]


def test_key_gets_its_connection_back(make_pool):
    pool = make_pool(1, 3)
    conn = pool.getconn("a")
    other = pool.getconn("b")
    assert pool.getconn("a") is conn
    assert pool.getconn(key="b") is other is not conn
    pool.putconn(other, "b")
    assert pool.getconn("a") is conn
    pool.putconn(conn, key="a")


def test_key_zero_is_a_key(make_pool):
    pool = make_pool(1, 3)
    assert pool.getconn(0) is pool.getconn(0)


def test_keys_of_the_caller_and_of_the_pool_do_not_meet(make_pool):
    pool = make_pool(0, 3)
    mine = pool.getconn(1)
    assert pool.getconn() is not mine
    assert pool.getconn(1) is mine


def test_connection_may_be_put_without_its_key(make_pool):
    pool = make_pool(1, 2)
    conn = pool.getconn("a")
    pool.putconn(conn)
    assert pool.getconn("b") is conn


@pytest.mark.parametrize("statement", ["create table if not exists nosuch (i int)", "oops"])
def test_putconn_rolls_back(make_pool, conn, statement):
    pool = make_pool(1, 2)
    pooled = pool.getconn()
    try:
        pooled.cursor().execute(statement)
    except psycopg2.ProgrammingError:
        assert pooled.info.transaction_status == extensions.TRANSACTION_STATUS_INERROR
    pool.putconn(pooled)
    assert (pooled.closed, pooled.info.transaction_status) == (0, IDLE)
    assert pool.getconn() is pooled
    cur = conn.cursor()
    cur.execute("select to_regclass('nosuch')")
    assert cur.fetchone() == (None,)


def test_putconn_closes_when_told(make_pool):
    pool = make_pool(1, 2)
    conn = pool.getconn()
    pool.putconn(conn, close=True)
    assert conn.closed == 1
    assert pool.getconn() is not conn


def test_closed_connection_is_not_given_out(make_pool):
    pool = make_pool(1, 2)
    conn = pool.getconn()
    conn.close()
    pool.putconn(conn)
    assert pool.getconn().closed == 0


def test_connection_that_was_put_back_and_closed_is_not_given_out(make_pool):
    pool = make_pool(1, 1)
    conn = pool.getconn()
    pool.putconn(conn)
    conn.close()
    assert pool.getconn().closed == 0


def test_broken_connection_is_let_go(make_pool, conn2):
    pool = make_pool(1, 1)
    conn = pool.getconn()
    kill(conn, conn2)
    pool.putconn(conn)
    again = pool.getconn()
    assert again is not conn
    again.cursor().execute("select 1")


def test_connection_that_breaks_at_the_rollback_is_let_go(make_pool, conn2):
    pool = make_pool(1, 1)
    conn = pool.getconn()
    conn.cursor().execute("select 1")
    with conn2, conn2.cursor() as cur:
        cur.execute("select pg_terminate_backend(%s, 5000)", (pid(conn),))
    pool.putconn(conn)  # which is what a `finally` says: no error of its own
    assert conn.closed
    pool.getconn().cursor().execute("select 1")


def test_prepared_transaction_is_not_handed_on(make_pool, conn2):
    pool = make_pool(1, 1)
    conn = pool.getconn()
    conn.tpc_begin("pooled transaction")
    conn.tpc_prepare()
    try:
        pool.putconn(conn)
        assert pool.getconn() is not conn
    finally:
        conn2.tpc_rollback("pooled transaction")


@pytest.mark.parametrize("what", [None, 5, "conn"])
def test_putconn_of_something_else(make_pool, what):
    with pytest.raises(PoolError, match="unkeyed"):
        make_pool(1, 2).putconn(what)


def test_putconn_of_a_stranger(make_pool, conn):
    pool = make_pool(1, 2)
    with pytest.raises(PoolError, match="unkeyed"):
        pool.putconn(conn)
    assert conn.closed == 0


def test_putconn_twice(make_pool):
    pool = make_pool(1, 2)
    conn = pool.getconn()
    pool.putconn(conn)
    with pytest.raises(PoolError, match="unkeyed"):
        pool.putconn(conn)
    assert pool.getconn() is conn
    assert pool.getconn() is not conn


def test_putconn_with_another_key(make_pool):
    pool = make_pool(2, 2)
    conn, other = pool.getconn("a"), pool.getconn("b")
    for key in ("b", "nosuch"):
        with pytest.raises(PoolError, match=key):
            pool.putconn(conn, key)
    assert pool.getconn("a") is conn
    assert pool.getconn("b") is other


def test_closeall_closes_the_borrowed_too(make_pool):
    pool = make_pool(2, 3)
    borrowed, rested = pool.getconn(), pool.getconn()
    pool.putconn(rested)
    pool.closeall()
    assert (borrowed.closed, rested.closed, pool.closed) == (1, 1, True)
    for call in (pool.getconn, pool.closeall, lambda: pool.putconn(borrowed)):
        with pytest.raises(PoolError, match="closed"):
            call()


def test_closeall_with_closed_connections(make_pool, conn2):
    pool = make_pool(2, 3)
    conns = [pool.getconn(), pool.getconn(), pool.getconn()]
    conns[0].close()
    kill(conns[1], conn2)
    pool.closeall()
    assert all(conn.closed for conn in conns)


def test_pool_error_is_a_database_error():
    assert PoolError.__bases__ == (psycopg2.Error,)


def test_pool_that_cannot_connect(make_pool, server):
    with pytest.raises(psycopg2.OperationalError):
        make_pool(1, 2, server.dsn, dbname="nosuchdatabase")


def test_pool_that_cannot_connect_later_goes_on(make_pool, dsn):
    pool = make_pool(0, 1, dsn, connection_factory=None)
    pool._kwargs["dbname"] = "nosuchdatabase"
    with pytest.raises(psycopg2.OperationalError):
        pool.getconn()
    del pool._kwargs["dbname"]
    assert pool.getconn().closed == 0


def test_connections_made_before_one_fails_are_closed(dsn):
    made = []

    class Conn(extensions.connection):
        def __init__(self, *args, **kwargs):
            if len(made) == 2:
                raise RuntimeError("enough")
            super().__init__(*args, **kwargs)
            made.append(self)

    with pytest.raises(RuntimeError, match="enough"):
        SimpleConnectionPool(3, 3, dsn, connection_factory=Conn)
    assert [conn.closed for conn in made] == [1, 1]


@pytest.mark.parametrize("args", [("x", 2), (1, "x"), (None, 2)])
def test_pool_needs_numbers(args, dsn):
    with pytest.raises((ValueError, TypeError)):
        SimpleConnectionPool(*args, dsn)


def test_numbers_may_be_strings(make_pool):
    assert make_pool("1", "2").maxconn == 2


def test_abstract_pool_has_no_public_methods():
    assert issubclass(SimpleConnectionPool, AbstractConnectionPool)
    assert not hasattr(AbstractConnectionPool, "getconn")


def test_threads_share_a_pool(dsn):
    pool = ThreadedConnectionPool(0, 4, dsn)
    in_use, lock, failures, served = set(), threading.Lock(), [], []
    turns = threading.Semaphore(4)

    def work():
        try:
            for _ in range(25):
                with turns:
                    conn = pool.getconn()
                    with lock:
                        assert id(conn) not in in_use
                        in_use.add(id(conn))
                    with conn.cursor() as cur:
                        cur.execute("select 1")
                        served.append(cur.fetchone()[0])
                    with lock:
                        in_use.discard(id(conn))
                    pool.putconn(conn)
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.closeall()
    assert failures == []
    assert len(served) == 200
