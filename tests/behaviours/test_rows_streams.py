"""What programs rely on, one test for each row: files, COPY, NOTIFY, waiting, 2PC (70 to 84)."""

import io
import select

import pytest

import psycopg2
from psycopg2 import extensions, extras
from psycopg2.extras import wait_select


@pytest.fixture
def table(cur):
    """The name of a table with one column of text, which needs quotes."""
    cur.execute('create temp table "a ""b c" (s text)')
    return 'a "b c'


@pytest.fixture
def set_callback():
    yield extensions.set_wait_callback
    extensions.set_wait_callback(None)


def test_row_070_large_objects_are_text_by_default(conn):
    obj = conn.lobject()
    assert obj.mode == "wt"
    obj.write("é")
    obj.seek(0)
    assert conn.lobject(obj.oid).read() == "é"
    assert conn.lobject(obj.oid, "rb").read() == "é".encode()
    conn.rollback()


def test_row_071_offsets_past_2_gb(conn):
    obj = conn.lobject(mode="wb")
    assert obj.seek(3 << 30) == obj.tell() == 3 << 30
    obj.write(b"x")
    assert obj.tell() == (3 << 30) + 1
    obj.truncate(5 << 30)
    assert obj.seek(0, 2) == 5 << 30
    conn.rollback()


def test_row_072_table_name_is_quoted(cur, table):
    cur.copy_from(io.StringIO("x\n"), table)
    out = io.StringIO()
    cur.copy_to(out, table)
    assert out.getvalue() == "x\n"
    assert b'"a ""b c"' in cur.query


def test_row_073_text_files_exchange_text(conn, cur, table):
    conn.set_client_encoding("LATIN1")
    cur.execute('create temp table "a ""b c" (s text)')
    cur.copy_from(io.StringIO("é\n"), table)
    text, raw = io.StringIO(), io.BytesIO()
    cur.copy_to(text, table)
    cur.copy_to(raw, table)
    assert (text.getvalue(), raw.getvalue()) == ("é\n", b"\xe9\n")


class Boom(Exception):
    pass


class BadFile:
    def read(self, size):
        raise Boom("in read")

    def write(self, data):
        raise Boom("in write")


def test_row_074_exceptions_of_the_file_come_through(conn, cur, table):
    with pytest.raises(psycopg2.extensions.QueryCanceledError, match="in read") as caught:
        cur.copy_from(BadFile(), table)
    assert isinstance(caught.value.__cause__, Boom)
    conn.rollback()
    with pytest.raises(Boom, match="in write"):
        cur.copy_to(BadFile(), "pg_am")
    conn.rollback()


def test_row_076_notify_unpacks(conn, cur):
    conn.autocommit = True
    cur.execute("listen row76")
    cur.execute("notify row76, 'payload'")
    pid, channel = conn.notifies[0]
    assert (pid, channel) == (conn.get_backend_pid(), "row76")
    assert conn.notifies[0].payload == "payload"


def test_row_077_async_is_autocommit_only(connect):
    conn = connect(async_=1)
    wait_select(conn)
    assert conn.autocommit is True
    for call in (conn.commit, conn.rollback):
        with pytest.raises(psycopg2.ProgrammingError, match="asynchronous mode"):
            call()
    with pytest.raises(psycopg2.ProgrammingError, match="asynchronous mode"):
        conn.autocommit = False


def test_row_078_two_greenlets_on_one_connection(conn, cur, set_callback):
    errors = []

    def callback(conn):
        # What another greenlet would do meanwhile.
        with pytest.raises(psycopg2.ProgrammingError) as caught:
            conn.cursor().execute("select 2")
        errors.append(str(caught.value))
        wait_select(conn)

    set_callback(callback)
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    assert set(errors) == {"a single connection cannot be used by two greenlets at the same time"}


def test_row_079_exception_in_the_callback_closes(conn, cur, set_callback):
    def callback(conn):
        raise Boom("in the callback")

    set_callback(callback)
    with pytest.raises(Boom):
        cur.execute("select 1")
    assert conn.closed == 2


def test_row_080_foreign_xids_are_encoded_as_jdbc_does(conn):
    assert str(conn.xid(7, "global", "branch")) == "7_Z2xvYmFs_YnJhbmNo"
    assert tuple(extensions.Xid.from_string("7_Z2xvYmFs_YnJhbmNo")) == (7, "global", "branch")


def test_row_081_commit_inside_a_tpc_transaction(conn):
    conn.tpc_begin("row 81")
    for call in (conn.commit, conn.rollback):
        with pytest.raises(psycopg2.ProgrammingError, match="during a two-phase transaction"):
            call()
    conn.tpc_rollback()


# -- Replication --


@pytest.fixture
def stream(connect, dsn, conn):
    """A replication cursor whose stream of changes has begun."""
    conn.autocommit = True
    slot = "rows_82_84"
    repl = connect(dsn, connection_factory=extras.LogicalReplicationConnection)
    cur = repl.cursor()
    cur.create_replication_slot(slot, output_plugin="test_decoding")
    cur.start_replication(slot, decode=True, status_interval=600)
    yield cur
    repl.close()
    with conn.cursor() as admin:
        admin.execute(
            "select pg_terminate_backend(active_pid, 60000) from pg_replication_slots"
            " where slot_name = %s and active",
            (slot,),
        )
        admin.execute("select pg_drop_replication_slot(%s)", (slot,))
        admin.execute("drop table if exists row_82_84")


def next_message(stream):
    while True:
        message = stream.read_message()
        if message:
            return message
        assert select.select([stream], [], [], 60)[0]


def test_row_082_stop_replication_is_no_error(stream, conn, cur):
    assert not issubclass(extras.StopReplication, psycopg2.Error)
    cur.execute("create table row_82_84 (i int)")
    cur.execute("insert into row_82_84 values (1)")

    def consume(message):
        raise extras.StopReplication

    with pytest.raises(extras.StopReplication):
        stream.consume_stream(consume)


def flushed(cur, stream):
    cur.execute(
        "select coalesce(flush_lsn, '0/0') - '0/0' from pg_stat_replication where pid = %s",
        (stream.connection.get_backend_pid(),),
    )
    return cur.fetchone()[0]


def test_row_083_feedback_is_lazy_unless_forced(stream, conn, cur):
    cur.execute("create table row_82_84 (i int)")
    cur.execute("insert into row_82_84 values (1)")
    lsn = next_message(stream).data_start
    before = flushed(cur, stream)
    stream.send_feedback(flush_lsn=lsn)
    assert flushed(cur, stream) == before < lsn
    stream.send_feedback(flush_lsn=lsn, force=True)
    while flushed(cur, stream) < lsn:
        stream.read_message()


def test_row_084_replication_cursor_works_with_select(stream, conn, cur):
    assert stream.fileno() == stream.connection.fileno()
    cur.execute("create table row_82_84 (i int)")
    cur.execute("insert into row_82_84 values (42)")
    messages = [next_message(stream).payload]
    while not messages[-1].startswith("table "):
        messages.append(next_message(stream).payload)
    assert messages[-1] == "table public.row_82_84: INSERT: i[integer]:42"
