"""Programs that are tested without a database: mocks made from the driver's own classes."""

from __future__ import annotations

from unittest import mock

import pytest

import psycopg2
from psycopg2 import errors, extensions, extras, pool


def count_items(dsn: str) -> int:
    """The program that is tested."""
    conn = psycopg2.connect(dsn)
    try:
        with conn, conn.cursor() as cur:
            cur.execute("SELECT count(*) FROM item WHERE price < %s", (10,))
            return cur.fetchone()[0]
    finally:
        conn.close()


def test_connect_can_be_replaced_where_the_program_looks_it_up():
    with mock.patch("psycopg2.connect") as connect:
        cur = connect.return_value.cursor.return_value.__enter__.return_value
        cur.fetchone.return_value = (7,)
        assert count_items("dbname=nowhere") == 7
    connect.assert_called_once_with("dbname=nowhere")
    cur.execute.assert_called_once_with("SELECT count(*) FROM item WHERE price < %s", (10,))
    connect.return_value.close.assert_called_once_with()


@pytest.mark.parametrize(
    "spec",
    [extensions.connection, extensions.cursor, extras.DictCursor, extras.RealDictCursor,
     extras.NamedTupleCursor, extras.LoggingConnection, extensions.lobject, extensions.Xid,
     extras.ReplicationCursor, pool.ThreadedConnectionPool],
    ids=lambda spec: spec.__name__,
)  # fmt: skip
def test_a_mock_of_a_class_has_its_methods_and_no_others(spec):
    for make in (
        lambda: mock.Mock(spec=spec),
        lambda: mock.MagicMock(spec_set=spec),
        lambda: mock.create_autospec(spec, instance=True),
    ):
        made = make()
        assert isinstance(made, spec)
        for name in dir(spec):
            if not name.startswith("_"):
                assert hasattr(made, name), name
        with pytest.raises(AttributeError):
            made.no_such_method()


def test_a_mock_serves_as_a_context_manager_and_an_iterator():
    conn = mock.MagicMock(spec=extensions.connection)
    conn.cursor.return_value = cur = mock.MagicMock(spec=extensions.cursor)
    conn.__enter__.return_value = conn
    cur.__enter__.return_value = cur
    cur.__iter__.return_value = iter([(1,), (2,)])
    with conn as inner, inner.cursor() as opened:
        assert list(opened) == [(1,), (2,)]
    assert conn.__exit__.called and cur.__exit__.called


def test_errors_of_the_driver_can_be_raised_by_a_mock():
    with mock.patch("psycopg2.connect", side_effect=psycopg2.OperationalError("no route")):
        with pytest.raises(psycopg2.OperationalError, match="no route") as caught:
            count_items("")
        assert caught.value.pgcode is None and caught.value.diag.sqlstate is None
    conn = mock.MagicMock(spec=extensions.connection)
    conn.cursor.return_value.__enter__.return_value.execute.side_effect = errors.UniqueViolation()
    with mock.patch("psycopg2.connect", return_value=conn):
        with pytest.raises(psycopg2.IntegrityError):
            count_items("")
        conn.close.assert_called_once_with()


def test_a_method_of_a_subclass_can_be_watched_on_a_real_connection(app_dsn):
    class Connection(extensions.connection):
        pass

    conn = psycopg2.connect(app_dsn, connection_factory=Connection)
    with mock.patch.object(Connection, "commit", autospec=True) as commit:
        conn.cursor().execute("SELECT 1")
        conn.commit()
    commit.assert_called_once_with()
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_INTRANS
    with mock.patch.object(conn, "cursor", wraps=conn.cursor) as cursor:
        with conn.cursor() as cur:
            cur.execute("SELECT 2")
            assert cur.fetchone() == (2,)
        cursor.assert_called_once_with()
    conn.close()


def test_adapting_a_mock_is_refused_and_not_written_into_the_query(app_conn):
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'Mock'"):
        app_conn.cursor().execute("SELECT %s", (mock.Mock(spec=object),))
