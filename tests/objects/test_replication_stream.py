"""Replication from a real server: logical decoding by test_decoding, and the log itself."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

import psycopg2
from psycopg2 import errors, extras

LOGICAL = extras.LogicalReplicationConnection
PHYSICAL = extras.PhysicalReplicationConnection
SLOT = "psycopg2_stream"
OPTIONS = {"include-xids": 0, "skip-empty-xacts": 1}
PATIENCE = 60


@pytest.fixture
def admin(connect):
    conn = connect()
    conn.autocommit = True
    cur = conn.cursor()
    # A slot is made once all open transactions have ended: rather an error than a wait for ever.
    cur.execute("set lock_timeout to '60s'")
    cur.execute("create table replicated (id int primary key, name text)")
    yield cur
    cur.execute("drop table replicated")


@pytest.fixture
def slot(admin):
    """The name of a logical slot, which is dropped after the test whoever uses it."""
    admin.execute("select pg_create_logical_replication_slot(%s, 'test_decoding')", (SLOT,))
    yield SLOT
    admin.execute(
        "select pg_terminate_backend(active_pid, 60000) from pg_replication_slots"
        " where slot_name = %s and active_pid is not null",
        (SLOT,),
    )
    admin.execute("select pg_drop_replication_slot(%s)", (SLOT,))


@pytest.fixture
def start(connect, dsn, slot):
    """A function that gives a cursor with a stream of the slot."""

    def start(is_async=0, connection={}, **kwargs):  # noqa: B006
        conn = connect(dsn, connection_factory=LOGICAL, async_=is_async, **connection)
        if is_async:
            extras.wait_select(conn)
        cur = conn.cursor()
        cur.start_replication(slot, **{"options": OPTIONS, "decode": True, **kwargs})
        if is_async:
            extras.wait_select(conn)
        return cur

    return start


@pytest.fixture
def cur(start):
    return start()


def insert(admin, *names):
    admin.execute("select coalesce(max(id), 0) from replicated")
    (last,) = admin.fetchone()
    for number, name in enumerate(names, last + 1):
        admin.execute("insert into replicated values (%s, %s)", (number, name))


def change(number, name):
    return f"table public.replicated: INSERT: id[integer]:{number} name[text]:'{name}'"


def read(cur):
    while True:
        message = cur.read_message()
        if message is not None:
            return message
        assert select.select([cur], [], [], PATIENCE)[0] == [cur]


def read_transaction(cur):
    messages = [read(cur)]
    while messages[-1].payload != "COMMIT":
        messages.append(read(cur))
    return messages


def lsn(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


def confirmed(admin):
    """Return what the server knows to be confirmed, as an LSN."""
    admin.execute(
        "select confirmed_flush_lsn from pg_replication_slots where slot_name = %s", (SLOT,)
    )
    return lsn(admin.fetchone()[0])


def wait_until(admin, query, *args):
    """Return when the server answers with True; it is asked until then."""
    while True:
        admin.execute(query, args)
        row = admin.fetchone()
        if row and row[0]:
            return


# -- Logical decoding -----------------------------------------------------------------------------


def test_changes_are_consumed(cur, admin):
    insert(admin, "one", "é")
    admin.execute("rollback; begin; insert into replicated values (77, 'gone'); rollback")
    insert(admin, "last")
    seen = []

    def consume(message):
        assert type(message) is extras.ReplicationMessage and message.cursor is cur
        seen.append(message)
        if "last" in message.payload:
            raise extras.StopReplication("enough")

    with pytest.raises(extras.StopReplication, match="enough"):
        cur.consume_stream(consume)
    changes = [m.payload for m in seen if m.payload not in ("BEGIN", "COMMIT")]
    assert changes == [change(1, "one"), change(2, "é"), change(3, "last")]
    assert seen[1].data_size == len(seen[1].payload.encode())
    # With skip-empty-xacts the plugin writes BEGIN late, and the server gives it no position.
    positions = [m.data_start for m in seen if m.payload != "BEGIN"]
    assert positions == sorted(positions)
    assert cur.wal_end >= positions[-1] > 0
    assert read(cur).payload == "COMMIT"  # it goes on where it was stopped


def test_bytes_where_nothing_is_decoded(start, admin):
    cur = start(decode=False)
    insert(admin, "é")
    payloads = [read(cur).payload for _ in range(3)]
    assert payloads == [b"BEGIN", change(1, "é").encode(), b"COMMIT"]


def test_payloads_are_decoded_by_the_encoding_of_the_database(start, admin):
    """They are sent as they are; the original takes them to be in the client's."""
    cur = start(connection={"client_encoding": "latin1"})
    insert(admin, "é")
    assert [m.payload for m in read_transaction(cur)][1] == change(1, "é")


def test_messages_carry_the_time(cur, admin):
    insert(admin, "x")
    admin.execute("set timezone to 'UTC'; select now()")
    (now,) = admin.fetchone()
    message = read(cur)
    assert abs(message.send_time.astimezone() - now).total_seconds() < 3600


def test_row_84_select_waits_for_the_cursor(cur, admin):
    assert cur.fileno() == cur.connection.fileno()
    while cur.read_message() is None and select.select([cur], [], [], 0)[0]:
        pass
    insert(admin, "x")
    assert select.select([cur], [], [], PATIENCE)[0] == [cur]
    assert read(cur).payload == "BEGIN"


@pytest.mark.parametrize("is_async", [0, 1])
def test_asyncio_waits_for_the_cursor(start, admin, is_async):
    cur = start(is_async)
    payloads = []

    async def follow():
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def look():
            for message in iter(cur.read_message, None):
                payloads.append(message.payload)
            if payloads[-1:] == ["COMMIT"]:
                done.set_result(True)

        loop.add_reader(cur.fileno(), look)
        insert(admin, "x")
        await asyncio.wait_for(done, PATIENCE)
        loop.remove_reader(cur.fileno())

    asyncio.run(follow())
    assert payloads == ["BEGIN", change(1, "x"), "COMMIT"]


def test_many_changes(cur, admin):
    admin.execute(
        "insert into replicated select g, repeat('x', 100) from generate_series(1, 20000) g"
    )
    messages = read_transaction(cur)
    assert [m.payload for m in messages[1:-1]] == [change(n, "x" * 100) for n in range(1, 20001)]


def test_a_large_change(cur, admin):
    insert(admin, "x" * 20_000_000)
    assert len(read_transaction(cur)[1].payload) > 20_000_000


# -- Feedback -------------------------------------------------------------------------------------


def test_what_is_confirmed_is_not_sent_again(start, admin):
    cur = start()
    insert(admin, "one", "two")
    first, second = read_transaction(cur), read_transaction(cur)
    before = confirmed(admin)
    cur.send_feedback(flush_lsn=first[-1].data_start)
    assert confirmed(admin) == before  # lazy
    cur.send_feedback(force=True)
    wait_until(
        admin,
        "select confirmed_flush_lsn >= %s::pg_lsn from pg_replication_slots where slot_name = %s",
        f"{first[-1].data_start >> 32:X}/{first[-1].data_start & 0xFFFFFFFF:X}",
        SLOT,
    )
    assert confirmed(admin) < second[-1].data_start
    cur.connection.close()
    wait_until(admin, "select not active from pg_replication_slots where slot_name = %s", SLOT)
    again = read_transaction(start())
    assert [m.payload for m in again] == [m.payload for m in second]


def test_what_is_not_confirmed_is_sent_again(start, admin):
    insert(admin, "x")
    for _ in range(2):
        cur = start(status_interval=1)
        assert read_transaction(cur)[1].payload == change(1, "x")
        # Feedback goes out, and the server's log goes on: nothing of that confirms the change.
        wait_until(
            admin,
            "select reply_time > backend_start from pg_stat_replication where pid = %s",
            cur.connection.info.backend_pid,
        )
        admin.execute("create temp table other as select generate_series(1, 10)")
        admin.execute("drop table other")
        admin.execute("select pg_current_wal_lsn()")
        end = lsn(admin.fetchone()[0])
        while cur.wal_end < end:
            cur.send_feedback(reply=True)
            assert select.select([cur], [], [], PATIENCE)[0]
            assert cur.read_message() is None
        cur.connection.close()
        wait_until(admin, "select not active from pg_replication_slots where slot_name = %s", SLOT)


def test_positions_arrive(cur, admin):
    insert(admin, "x")
    last = read_transaction(cur)[-1].data_start
    cur.send_feedback(last - 1, last - 2, last - 3, force=True)
    texts = [f"{p >> 32:X}/{p & 0xFFFFFFFF:X}" for p in (last - 1, last - 2, last - 3)]
    wait_until(
        admin,
        "select (write_lsn, flush_lsn, replay_lsn) = (%s::pg_lsn, %s::pg_lsn, %s::pg_lsn)"
        " from pg_stat_replication where pid = %s",
        *texts,
        cur.connection.info.backend_pid,
    )


@pytest.mark.parametrize("way", ["consume", "read"])
def test_idle_for_longer_than_the_server_waits(start, admin, way):
    """The server asks at half of wal_sender_timeout, and has to be answered."""
    cur = start(connection={"options": "-c wal_sender_timeout=3s"})
    pid = cur.connection.info.backend_pid

    def wait_long():
        wait_until(
            admin,
            "select clock_timestamp() - backend_start > interval '7 s' from pg_stat_activity"
            " where pid = %s",
            pid,
        )
        insert(admin, "still there")

    waiting = threading.Thread(target=wait_long)
    waiting.start()
    seen = []
    if way == "read":
        seen += read_transaction(cur)
    else:

        def consume(message):
            seen.append(message)
            if message.payload == "COMMIT":
                raise extras.StopReplication

        with pytest.raises(extras.StopReplication):
            cur.consume_stream(consume)
    waiting.join(PATIENCE)
    assert seen[1].payload == change(1, "still there")
    assert cur.connection.info.backend_pid == pid


def test_a_consumer_that_takes_its_time_reports(start, admin):
    cur = start(connection={"options": "-c wal_sender_timeout=3s"})
    insert(admin, "x", "y")

    def consume(message):
        if "'x'" in message.payload:
            began = message.send_time
            while (cur.io_timestamp - began).total_seconds() < 7:
                cur.send_feedback(force=True)
                select.select([], [], [], 0.1)
        if "'y'" in message.payload:
            raise extras.StopReplication

    with pytest.raises(extras.StopReplication):
        cur.consume_stream(consume)


# -- The log itself -------------------------------------------------------------------------------


@pytest.fixture
def physical(connect, dsn):
    cur = connect(dsn, connection_factory=PHYSICAL).cursor()
    cur.execute("IDENTIFY_SYSTEM")
    _, timeline, position, _ = cur.fetchone()
    return cur, timeline, position


@pytest.mark.parametrize("with_timeline", [False, True])
def test_the_log_is_streamed_without_a_gap(physical, admin, with_timeline):
    cur, timeline, position = physical
    cur.start_replication(
        start_lsn=position, decode=False, timeline=timeline if with_timeline else 0
    )
    admin.execute("set synchronous_commit to on")
    insert(admin, "a mark that is found in the log")
    admin.execute("select pg_current_wal_flush_lsn()")
    end = lsn(admin.fetchone()[0])
    log, at = b"", lsn(position)
    while at < end:
        message = read(cur)
        assert message.data_start == at
        assert message.data_size == len(message.payload) > 0
        assert message.wal_end >= at + message.data_size
        log += message.payload
        at += message.data_size
    assert b"a mark that is found in the log" in log


def test_a_physical_slot_keeps_what_is_not_confirmed(physical, admin):
    cur, _, position = physical
    cur.create_replication_slot("psycopg2_physical")
    try:
        cur.start_replication("psycopg2_physical", start_lsn=position)
        insert(admin, "x")
        message = read(cur)
        end = message.data_start + message.data_size
        cur.send_feedback(flush_lsn=end, force=True)
        wait_until(
            admin,
            "select restart_lsn = %s::pg_lsn from pg_replication_slots where slot_name = %s",
            f"{end >> 32:X}/{end & 0xFFFFFFFF:X}",
            "psycopg2_physical",
        )
    finally:
        cur.connection.close()
        wait_until(
            admin,
            "select not active from pg_replication_slots where slot_name = %s",
            "psycopg2_physical",
        )
        admin.execute("select pg_drop_replication_slot('psycopg2_physical')")


def test_a_timeline_that_is_not_there(physical):
    cur, timeline, position = physical
    with pytest.raises(psycopg2.Error, match="timeline 99"):
        cur.start_replication(start_lsn=position, timeline=99)


def test_a_start_beyond_the_end_of_the_log(physical):
    cur, _, _ = physical
    with pytest.raises(psycopg2.Error, match="ahead of the WAL flush position"):
        cur.start_replication(start_lsn="FFFFFFF0/0")
        read(cur)


# -- Trouble --------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["read", "consume"])
def test_killed_server_process(cur, admin, way):
    admin.execute("select pg_terminate_backend(%s, 60000)", (cur.connection.info.backend_pid,))
    with pytest.raises(errors.AdminShutdown, match="terminating connection"):
        read(cur) if way == "read" else cur.consume_stream(print)
    assert cur.connection.closed == 2


def test_cancelled_stream(cur, admin):
    """The connection is free again, for a new stream, too."""
    cur.connection.cancel()
    with pytest.raises(errors.QueryCanceled):
        cur.consume_stream(print)
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    cur.start_replication(SLOT, options=OPTIONS, decode=True)
    insert(admin, "x")
    assert read_transaction(cur)[1].payload == change(1, "x")


def test_bad_option(connect, dsn, slot):
    cur = connect(dsn, connection_factory=LOGICAL).cursor()
    with pytest.raises(errors.InvalidParameterValue, match='option "nonsense"'):
        cur.start_replication(slot, options={"nonsense": "x"})
    cur.start_replication(slot)
    assert cur.connection.closed == 0


def test_slot_in_use(cur, connect, dsn, slot):
    other = connect(dsn, connection_factory=LOGICAL).cursor()
    with pytest.raises(errors.ObjectInUse, match="is active for PID"):
        other.start_replication(slot)


def test_ctrl_c_in_a_program(dsn, slot, admin):
    """It ends consume_stream() at once, and the stream can be gone on with."""
    script = """
        import os, select
        import psycopg2
        from psycopg2 import extras
        conn = psycopg2.connect(
            os.environ["TEST_DSN"], connection_factory=extras.LogicalReplicationConnection
        )
        cur = conn.cursor()
        cur.start_replication("%s", options={"skip-empty-xacts": 1}, decode=True)
        print("started", flush=True)
        try:
            cur.consume_stream(print, keepalive_interval=3600)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        while True:
            message = cur.read_message()
            if message:
                print(message.payload.split()[0], flush=True)
                break
            select.select([cur], [], [], 60)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script % slot)],
        env={**os.environ, "TEST_DSN": dsn},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "started\n"
        wait_until(
            admin,
            "select reply_time is not null from pg_stat_replication join pg_replication_slots"
            " on pid = active_pid where slot_name = %s",
            slot,
        )
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        insert(admin, "x")
        out, err = process.communicate(timeout=PATIENCE)
        assert (out, err, process.returncode) == ("BEGIN\n", "", 0)
    finally:
        process.kill()
        process.communicate()
