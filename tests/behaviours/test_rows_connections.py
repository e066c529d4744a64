"""What programs rely on, one test for each row: the module, DSNs and connections (1 to 25)."""

import collections
import gc
import re
import weakref

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import wait_select


def test_row_001_keywords_override_the_dsn(connect, dsn):
    conn = connect(f"{dsn} application_name=dsn", application_name="keyword")
    assert conn.info.dsn_parameters["application_name"] == "keyword"


def test_row_002_database_is_dbname(connect, dsn):
    assert extensions.make_dsn(database="x") == "dbname=x"
    name = extensions.parse_dsn(dsn)["dbname"]
    assert connect(dsn, database=name).info.dbname == name


def test_row_003_none_is_left_out(connect, dsn):
    assert extensions.make_dsn(host=None, port=5, user=None) == "port=5"
    assert connect(dsn, password=None, options=None).closed == 0


@pytest.mark.parametrize("word", ["async", "async_"])
def test_row_004_async_and_async_mean_the_same(connect, word):
    conn = connect(**{word: True})
    wait_select(conn)
    assert conn.async_ == getattr(conn, "async") == 1


@pytest.mark.parametrize("bad", ["host", "nosuch=1", "dbname='x", "postgresql://h/?nosuch=1"])
def test_row_005_make_dsn_validates(bad):
    with pytest.raises(psycopg2.ProgrammingError, match="invalid dsn"):
        extensions.make_dsn(bad)


def test_row_006_several_hosts_reach_libpq(connect, dsn):
    port = extensions.parse_dsn(dsn)["port"]
    conn = connect(dsn, host="127.0.0.1,127.0.0.1", port=f"1,{port}")
    assert "host=127.0.0.1,127.0.0.1" in conn.dsn
    assert (conn.get_dsn_parameters()["port"], conn.info.port) == (f"1,{port}", int(port))


def test_row_007_two_versions_of_libpq():
    assert psycopg2.__libpq_version__ >= 140000
    assert extensions.libpq_version() >= 140000


def test_row_008_version():
    assert re.fullmatch(r"2\.9\.\d+ \(dt dec pq3 ext lo64\)", psycopg2.__version__)


@pytest.mark.parametrize(
    ("name", "oids"),
    [
        ("STRING", [18, 19, 25, 1042, 1043]),
        ("NUMBER", [20, 21, 23, 700, 701, 1700]),
        ("BINARY", [17]),
        ("DATETIME", [1114]),
        ("ROWID", [26]),
    ],
)
def test_row_009_type_objects_equal_many_oids(name, oids):
    kind = getattr(psycopg2, name)
    assert all(kind == oid for oid in oids)
    assert kind != 16


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (psycopg2.Binary(b"x"), "bytes"),
        (psycopg2.Date(2020, 1, 2), "date"),
        (psycopg2.Time(1, 2, 3), "time"),
        (psycopg2.Timestamp(2020, 1, 2), "datetime"),
        (psycopg2.DateFromTicks(0), "date"),
        (psycopg2.TimeFromTicks(0), "time"),
        (psycopg2.TimestampFromTicks(0), "datetime"),
    ],
)
def test_row_010_constructors_have_adapted(made, kind):
    assert type(made.adapted).__name__ == kind


def test_row_011_closed_is_an_int(connect, conn, cur):
    other = connect()
    assert (other.closed, type(other.closed)) == (0, int)
    cur.execute("select pg_terminate_backend(%s, 60000)", (other.get_backend_pid(),))
    with pytest.raises(psycopg2.OperationalError):
        other.cursor().execute("select 1")
    assert other.closed == 2
    conn.close()
    assert conn.closed == 1


def test_row_012_dsn_hides_the_password(connect, dsn):
    params = extensions.parse_dsn(dsn)
    uri = "postgresql://{user}:s3cret@{host}:{port}/{dbname}".format(**params)
    for text in (f"{dsn} password=s3cret", uri):
        conn = connect(text, async_=1)  # it need not come about
        assert "s3cret" not in conn.dsn + repr(conn)
        assert "password=xxx" in conn.dsn


def test_row_013_exceptions_are_attributes(conn):
    names = ["Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "InternalError"]
    names += ["OperationalError", "IntegrityError", "ProgrammingError", "NotSupportedError"]
    assert all(getattr(conn, name) is getattr(psycopg2, name) for name in names)


@pytest.mark.parametrize("autocommit", [False, True])
def test_row_014_with_is_a_transaction_and_does_not_close(seen, autocommit):
    conn, queries = seen
    conn.autocommit = autocommit
    with conn:
        conn.cursor().execute("select 1")
    with pytest.raises(KeyError), conn:
        conn.cursor().execute("select 2")
        raise KeyError
    assert queries == ["BEGIN", "select 1", "COMMIT", "BEGIN", "select 2", "ROLLBACK"]
    assert conn.closed == 0


def test_row_015_close_sends_no_rollback(seen):
    conn, queries = seen
    conn.cursor().execute("select 1")
    conn.close()
    assert queries == ["BEGIN", "select 1"]


def test_row_016_second_close_is_silent(conn):
    assert (conn.close(), conn.close(), conn.closed) == (None, None, 1)


def test_row_017_set_session_takes_default(seen):
    conn, queries = seen
    conn.set_session(isolation_level="SERIALIZABLE", readonly=True, deferrable=True)
    conn.set_session(isolation_level="DEFAULT", readonly="DEFAULT", deferrable="DEFAULT")
    assert (conn.isolation_level, conn.readonly, conn.deferrable) == (None, None, None)
    conn.cursor().execute("select 1")
    assert queries == ["BEGIN", "select 1"]


def test_row_018_settings_ride_on_begin(seen):
    conn, queries = seen
    conn.set_session("SERIALIZABLE", readonly=True, deferrable=True)
    conn.cursor().execute("select 1")
    assert queries == ["BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE", "select 1"]


def test_row_019_reading_isolation_level_asks_nothing(seen):
    conn, queries = seen
    conn.isolation_level = "REPEATABLE READ"
    assert conn.isolation_level == extensions.ISOLATION_LEVEL_REPEATABLE_READ
    assert queries == []


def test_row_020_reset_leaves_prepared_transactions(conn, cur):
    conn.tpc_begin("row 20")
    cur.execute("select pg_current_xact_id()")
    conn.tpc_prepare()
    conn.reset()
    assert "row 20" in [xid.gtrid for xid in conn.tpc_recover()]
    conn.tpc_rollback("row 20")


def raise_notices(cur, count):
    cur.execute(f"do $$ begin for i in 1..{count} loop raise notice '%', i; end loop; end $$")


def test_row_021_notices_keeps_the_last_50(conn, cur):
    raise_notices(cur, 60)
    assert conn.notices == [f"NOTICE:  {i}\n" for i in range(11, 61)]


def test_row_022_notices_and_notifies_can_be_replaced(conn, cur):
    class Failing:
        def append(self, item):
            raise RuntimeError("swallowed")

    conn.notices, conn.notifies = collections.deque(), collections.deque()
    cur.execute("listen row22")
    cur.execute("notify row22")
    raise_notices(cur, 60)
    conn.commit()
    assert (len(conn.notices), len(conn.notifies)) == (60, 1)
    conn.notices = Failing()
    raise_notices(cur, 1)
    conn.notices = None
    raise_notices(cur, 1)


def test_row_023_weak_references(dsn):
    conn = psycopg2.connect(dsn)
    cur = conn.cursor()
    refs = [weakref.ref(conn), weakref.ref(cur)]
    assert [ref() for ref in refs] == [conn, cur]
    conn.close()
    del conn, cur
    gc.collect()
    assert [ref() for ref in refs] == [None, None]


def test_row_024_native_pointers(conn, cur):
    assert conn.pgconn_ptr > 0
    assert cur.pgresult_ptr is None
    cur.execute("select 1")
    assert cur.pgresult_ptr > 0
    assert "psycopg2.connection.native_connection" in repr(conn.get_native_connection())


def test_row_025_status_of_a_closed_connection(conn):
    conn.close()
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_UNKNOWN
