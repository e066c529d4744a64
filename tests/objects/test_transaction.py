"""Transactions: commit, rollback, status, `with conn`."""

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import (
    STATUS_BEGIN,
    STATUS_READY,
    TRANSACTION_STATUS_IDLE,
    TRANSACTION_STATUS_INERROR,
    TRANSACTION_STATUS_INTRANS,
)


@pytest.fixture
def rows(connect):
    """A function that tells which rows of the table `tx` others see."""
    watcher = connect()
    watcher.autocommit = True
    cur = watcher.cursor()
    cur.execute("drop table if exists tx")
    cur.execute("create table tx (a int)")

    def committed():
        cur.execute("select a from tx order by a")
        return [a for (a,) in cur.fetchall()]

    yield committed
    watcher.close()


@pytest.fixture(autouse=True)
def drop_table(connect, rows, conn, conn2):
    yield
    conn.close()
    conn2.close()
    other = connect()
    other.autocommit = True
    other.cursor().execute("drop table if exists tx")


def insert(conn, value):
    conn.cursor().execute("insert into tx values (%s)", (value,))


# What is sent, and when


def test_transaction_begins_with_the_first_statement(seen):
    conn, queries = seen
    cur = conn.cursor()
    assert queries == []
    cur.execute("select 1")
    cur.execute("select 2")
    assert queries == ["BEGIN", "select 1", "select 2"]


@pytest.mark.parametrize("name", ["commit", "rollback"])
def test_transaction_end_is_sent_once_and_only_if_needed(seen, name):
    conn, queries = seen
    getattr(conn, name)()
    assert queries == []
    conn.cursor().execute("select 1")
    getattr(conn, name)()
    getattr(conn, name)()
    assert queries == ["BEGIN", "select 1", name.upper()]


def test_transaction_fetching_and_asking_sends_nothing(seen):
    conn, queries = seen
    cur = conn.cursor()
    cur.execute("select generate_series(1, 3)")
    del queries[:]
    cur.fetchone()
    cur.fetchmany(1)
    cur.mogrify("select %s", ("x",))
    assert conn.status == STATUS_BEGIN
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INTRANS
    cur.close()
    conn.cursor()
    assert queries == []


# Status


def test_transaction_status_follows(conn, cur):
    def state():
        assert conn.info.transaction_status == conn.get_transaction_status()
        return conn.status, conn.get_transaction_status()

    assert state() == (STATUS_READY, TRANSACTION_STATUS_IDLE)
    cur.execute("select 1")
    assert state() == (STATUS_BEGIN, TRANSACTION_STATUS_INTRANS)
    conn.commit()
    assert state() == (STATUS_READY, TRANSACTION_STATUS_IDLE)
    with pytest.raises(psycopg2.errors.SyntaxError):
        cur.execute("selec")
    assert state() == (STATUS_BEGIN, TRANSACTION_STATUS_INERROR)
    conn.rollback()
    assert state() == (STATUS_READY, TRANSACTION_STATUS_IDLE)


def test_transaction_commit_keeps_and_rollback_drops(conn, rows):
    insert(conn, 1)
    assert rows() == []
    conn.commit()
    insert(conn, 2)
    conn.rollback()
    assert rows() == [1]


def test_transaction_failed_refuses_statements_until_rollback(conn, cur, rows):
    insert(conn, 1)
    with pytest.raises(psycopg2.errors.DivisionByZero):
        cur.execute("select 1/0")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        cur.execute("select 1")
    conn.rollback()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    assert rows() == []


def test_transaction_commit_of_a_failed_one_rolls_back(conn, cur, rows):
    insert(conn, 1)
    with pytest.raises(psycopg2.errors.DivisionByZero):
        cur.execute("select 1/0")
    conn.commit()
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert rows() == []


def test_transaction_commit_that_fails_raises_and_ends_it(conn, cur, rows):
    cur.execute("alter table tx add constraint u unique (a) deferrable initially deferred")
    conn.commit()
    insert(conn, 1)
    insert(conn, 1)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        conn.commit()
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert conn.status == STATUS_READY
    insert(conn, 2)
    conn.commit()
    assert rows() == [2]


def test_transaction_serialization_failure_is_told_as_such(conn, conn2, rows):
    insert(conn, 1)
    conn.commit()
    for session in (conn, conn2):
        session.set_session("serializable")
        session.cursor().execute("select sum(a) from tx")
    insert(conn, 10)
    insert(conn2, 20)
    conn.commit()
    with pytest.raises(extensions.TransactionRollbackError):
        conn2.commit()
    conn2.rollback()
    assert rows() == [1, 10]


def test_transaction_savepoint_survives_an_error(conn, cur, rows):
    cur.execute("alter table tx add primary key (a)")
    conn.commit()
    insert(conn, 1)
    cur.execute("savepoint before")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        insert(conn, 1)
    cur.execute("rollback to savepoint before")
    insert(conn, 2)
    conn.commit()
    assert rows() == [1, 2]


def test_transaction_ended_by_sql_is_noticed(conn, cur, rows):
    insert(conn, 1)
    cur.execute("commit")
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert rows() == [1]
    conn.rollback()
    assert rows() == [1]


# with conn


def test_with_commits_and_stays_open(conn, rows):
    with conn as target:
        assert target is conn
        insert(conn, 1)
    assert conn.closed == 0
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert rows() == [1]


def test_with_rolls_back_on_an_exception_and_stays_open(conn, rows):
    with pytest.raises(ZeroDivisionError), conn:
        insert(conn, 1)
        _ = 1 / 0
    assert conn.closed == 0
    assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert rows() == []


def test_with_rolls_back_on_a_server_error(conn, rows):
    with pytest.raises(psycopg2.errors.DivisionByZero), conn:
        insert(conn, 1)
        conn.cursor().execute("select 1/0")
    assert rows() == []


def test_with_again_is_another_transaction(conn, rows):
    with conn:
        insert(conn, 1)
    with pytest.raises(ZeroDivisionError), conn:
        insert(conn, 2)
        _ = 1 / 0
    with conn:
        insert(conn, 3)
    assert rows() == [1, 3]


def test_with_joins_a_transaction_already_open(conn, rows):
    insert(conn, 1)
    with conn:
        insert(conn, 2)
    assert rows() == [1, 2]


def test_with_cannot_be_nested(conn, rows):
    with pytest.raises(psycopg2.ProgrammingError, match="cannot be re-entered recursively"), conn:
        insert(conn, 1)
        with conn:
            pytest.fail("entered")
    assert rows() == []
    with conn:
        insert(conn, 2)
    assert rows() == [2]


def test_with_is_a_transaction_under_autocommit(seen, rows):
    conn, queries = seen
    conn.autocommit = True
    with conn:
        assert conn.get_transaction_status() == TRANSACTION_STATUS_IDLE
        conn.cursor().execute("insert into tx values (1)")
        assert conn.get_transaction_status() == TRANSACTION_STATUS_INTRANS
        assert rows() == []
    assert queries == ["BEGIN", "insert into tx values (1)", "COMMIT"]
    assert conn.autocommit is True
    assert rows() == [1]
    with pytest.raises(ZeroDivisionError), conn:
        insert(conn, 2)
        _ = 1 / 0
    insert(conn, 3)
    assert rows() == [1, 3]


def test_with_under_autocommit_takes_the_session_settings(seen):
    conn, queries = seen
    conn.set_session("serializable", readonly=True, autocommit=True)
    del queries[:]
    with conn:
        conn.cursor().execute("select 1")
    assert queries == ["BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", "select 1", "COMMIT"]


def test_with_under_autocommit_may_be_ended_within(conn, rows):
    conn.autocommit = True
    with conn:
        insert(conn, 1)
        conn.rollback()
        insert(conn, 2)
        conn.commit()
        assert rows() == [2]
        insert(conn, 3)
    assert rows() == [2, 3]


def test_with_refuses_to_change_autocommit_within(conn):
    conn.autocommit = True
    with conn:
        conn.cursor().execute("select 1")
        with pytest.raises(psycopg2.ProgrammingError, match="inside a transaction"):
            conn.autocommit = False


def test_with_closed_within_raises_interface_error(conn):
    with pytest.raises(psycopg2.InterfaceError, match="connection already closed"), conn:
        conn.close()


def test_with_keeps_the_exception_when_closed_within(conn):
    with pytest.raises((ZeroDivisionError, psycopg2.InterfaceError)) as caught, conn:
        conn.close()
        _ = 1 / 0
    error = caught.value
    assert ZeroDivisionError in (type(error), type(error.__context__))


def test_with_error_of_commit_comes_out(conn, cur, rows):
    cur.execute("alter table tx add constraint u unique (a) deferrable initially deferred")
    conn.commit()
    with pytest.raises(psycopg2.errors.UniqueViolation), conn:
        insert(conn, 1)
        insert(conn, 1)
    with conn:
        insert(conn, 2)
    assert rows() == [2]


def test_with_cursor_closes_the_cursor_only(conn, rows):
    with conn.cursor() as cur:
        cur.execute("insert into tx values (1)")
    assert cur.closed is True
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INTRANS
    conn.rollback()
    assert rows() == []
