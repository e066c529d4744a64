"""Replication connections, slots, and the commands that begin a stream."""

import pickle

import pytest

import psycopg2
from psycopg2 import errors, extensions, extras, sql
from psycopg2.extras import REPLICATION_LOGICAL, REPLICATION_PHYSICAL

LOGICAL = extras.LogicalReplicationConnection
PHYSICAL = extras.PhysicalReplicationConnection


@pytest.fixture
def admin(connect):
    conn = connect()
    conn.autocommit = True
    return conn.cursor()


@pytest.fixture
def logical(connect, dsn):
    # A slot is made once all open transactions have ended: rather an error than a wait for ever.
    return connect(dsn, connection_factory=LOGICAL, options="-c lock_timeout=60s").cursor()


@pytest.fixture
def physical(connect, dsn):
    return connect(dsn, connection_factory=PHYSICAL).cursor()


@pytest.fixture
def names(admin):
    """Names of slots that are dropped after the test."""
    names = ["psycopg2_slot_one", "psycopg2_slot_two"]
    yield names
    admin.execute(
        "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
        " where slot_name = any(%s)",
        (names,),
    )


@pytest.fixture
def sent(walsender, connect):
    """A function that calls start_replication() of a new cursor, and gives the command."""

    def start(factory=LOGICAL, **kwargs):
        cur = connect(walsender.dsn, connection_factory=factory).cursor()
        cur.start_replication(**kwargs)
        (command,) = walsender.commands
        return command

    return start


# -- Connections ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "factory, kind, replication",
    [(LOGICAL, REPLICATION_LOGICAL, "database"), (PHYSICAL, REPLICATION_PHYSICAL, "true")],
)
def test_connection(connect, dsn, factory, kind, replication):
    conn = connect(dsn, connection_factory=factory)
    assert conn.replication_type == kind
    parameters = conn.get_dsn_parameters()
    assert parameters["replication"] == replication
    wanted = "replication" if kind == REPLICATION_PHYSICAL else extensions.parse_dsn(dsn)["dbname"]
    assert parameters["dbname"] == wanted
    assert conn.cursor_factory is extras.ReplicationCursor
    assert type(conn.cursor()) is extras.ReplicationCursor
    assert isinstance(conn, extensions.connection)
    assert repr(conn).startswith("<ReplicationConnection object at 0x")
    assert "closed: 0>" in repr(conn)
    with pytest.raises(AttributeError):
        conn.replication_type = 1


def test_connection_from_a_uri_and_bytes(connect, dsn):
    options = extensions.parse_dsn(dsn)
    uri = "postgresql://{user}@{host}:{port}/{dbname}?application_name=uri".format(**options)
    for conn in connect(uri, connection_factory=LOGICAL), LOGICAL(dsn.encode()):
        assert conn.get_dsn_parameters()["replication"] == "database"
        conn.close()


def test_connection_takes_other_keywords(connect, dsn):
    conn = connect(
        dsn,
        connection_factory=LOGICAL,
        cursor_factory=extensions.cursor,
        application_name="named",
    )
    assert type(conn.cursor()) is extensions.cursor
    assert conn.get_dsn_parameters()["application_name"] == "named"


@pytest.mark.parametrize(
    "name", ["autocommit", "isolation_level", "set_session", "set_isolation_level", "reset"]
)
def test_connection_has_no_transactions_to_set_up(logical, name):
    with pytest.raises(AttributeError, match="not readable"):
        getattr(logical.connection, name)
    with pytest.raises(AttributeError, match="not writable"):
        setattr(logical.connection, name, None)


def test_connection_is_in_autocommit_mode(logical):
    logical.execute("select 1")
    assert logical.fetchone() == (1,)
    conn = logical.connection
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    assert conn.commit() is None and conn.rollback() is None


def test_connection_does_not_trip_over_the_date_style(connect, dsn, admin):
    """A physical one takes no SET; the dates are set right where there can be any."""
    admin.execute("select current_database()")
    name = extensions.quote_ident(admin.fetchone()[0], admin)
    admin.execute(f"alter database {name} set datestyle to 'German'")
    try:
        conn = connect(dsn, connection_factory=PHYSICAL, options="-c datestyle=German")
        assert conn.get_parameter_status("DateStyle").startswith("German")
        conn = connect(dsn, connection_factory=LOGICAL)
        assert conn.get_parameter_status("DateStyle").startswith("ISO")
    finally:
        admin.execute(f"alter database {name} reset datestyle")


@pytest.mark.parametrize("kind", [0, 1, -1])
def test_connection_of_no_kind(dsn, kind):
    base = LOGICAL.__mro__[1]
    with pytest.raises(TypeError, match="REPLICATION_PHYSICAL or REPLICATION_LOGICAL"):
        base(dsn, replication_type=kind)
    with pytest.raises(TypeError, match="REPLICATION_PHYSICAL or REPLICATION_LOGICAL"):
        base(dsn)


@pytest.mark.parametrize(
    "args, error",
    [
        ((), TypeError),
        ((5,), TypeError),
        ((None,), TypeError),
        (("no dsn",), psycopg2.ProgrammingError),
        (("dbname=x\0y",), ValueError),
        (("host=/nowhere",), psycopg2.OperationalError),
    ],
)
def test_connection_with_bad_arguments(args, error):
    with pytest.raises(error):
        LOGICAL(*args)


def test_connection_whose_init_did_not_run(dsn):
    class Lazy(LOGICAL):
        def __init__(self, *args, **kwargs):
            pass

    conn = Lazy(dsn)
    assert conn.replication_type == 0 and conn.closed == 1
    assert "closed: 1>" in repr(conn)
    with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
        conn.cursor()
    assert conn.close() is None


def test_cursor_whose_init_did_not_run():
    class Lazy(extras.ReplicationCursor):
        def __init__(self):
            pass

    cur = Lazy()
    calls = [
        cur.read_message,
        cur.send_feedback,
        cur.fileno,
        lambda: cur.consume_stream(print),
        lambda: cur.start_replication_expert("x"),
        lambda: cur.io_timestamp,
        lambda: cur.feedback_timestamp,
    ]
    for call in calls:
        with pytest.raises(psycopg2.InterfaceError, match="has no connection"):
            call()
    assert cur.wal_end == 0
    assert cur.connection is None
    assert repr(cur).startswith("<ReplicationCursor object at 0x")


def test_row_82_stop_replication_is_no_error_of_the_database():
    assert issubclass(extras.StopReplication, Exception)
    assert not issubclass(extras.StopReplication, (psycopg2.Error, psycopg2.Warning))
    raised = pickle.loads(pickle.dumps(extras.StopReplication("enough")))
    assert type(raised) is extras.StopReplication and raised.args == ("enough",)


# -- Slots ----------------------------------------------------------------------------------------


def test_logical_slot(logical, admin, names):
    assert logical.create_replication_slot(names[0], output_plugin="test_decoding") is None
    assert logical.query == f'CREATE_REPLICATION_SLOT "{names[0]}" LOGICAL "test_decoding"'.encode()
    name, lsn, _, plugin = logical.fetchone()
    assert (name, plugin) == (names[0], "test_decoding")
    assert [c.name for c in logical.description][:2] == ["slot_name", "consistent_point"]
    query = "select slot_type, plugin from pg_replication_slots where slot_name = %s"
    admin.execute(query, (names[0],))
    assert admin.fetchall() == [("logical", "test_decoding")]
    assert logical.drop_replication_slot(names[0]) is None
    admin.execute(query, (names[0],))
    assert admin.fetchall() == []


def test_physical_slots(physical, logical, admin, names):
    physical.create_replication_slot(names[0])
    logical.create_replication_slot(names[1], slot_type=REPLICATION_PHYSICAL)
    admin.execute(
        "select slot_name, slot_type from pg_replication_slots where slot_name = any(%s)"
        " order by 1",
        (names,),
    )
    assert admin.fetchall() == [(name, "physical") for name in names]
    for name in names:
        physical.drop_replication_slot(name)


@pytest.mark.parametrize(
    "kwargs, error, text",
    [
        ({}, psycopg2.ProgrammingError, "output plugin name is required to create logical"),
        ({"slot_type": 5}, psycopg2.ProgrammingError, "unrecognized replication type: 5"),
        ({"slot_type": "x"}, psycopg2.ProgrammingError, "unrecognized replication type: 'x'"),
        (
            {"slot_type": REPLICATION_PHYSICAL, "output_plugin": "x"},
            psycopg2.ProgrammingError,
            "cannot specify output plugin name when creating physical",
        ),
        ({"slot_name": None}, TypeError, "NoneType"),
        ({"slot_name": 5, "output_plugin": "x"}, TypeError, "int"),
        ({"slot_name": "a\0b", "output_plugin": "x"}, ValueError, "NUL"),
        ({"slot_name": "a b", "output_plugin": "x y"}, errors.InvalidName, 'name "a b"'),
    ],
)
def test_slot_that_cannot_be(logical, kwargs, error, text):
    with pytest.raises(error) as caught:
        logical.create_replication_slot(**{"slot_name": "psycopg2_bad", **kwargs})
    assert text in str(caught.value)
    logical.execute("select 1")
    assert logical.fetchone() == (1,)


def test_slot_errors_of_the_server(logical, physical, names):
    physical.create_replication_slot(names[0])
    with pytest.raises(errors.DuplicateObject) as caught:
        physical.create_replication_slot(names[0])
    assert caught.value.cursor is physical
    physical.drop_replication_slot(names[0])
    with pytest.raises(errors.UndefinedObject):
        physical.drop_replication_slot(names[0])
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        physical.create_replication_slot(
            names[0], slot_type=REPLICATION_LOGICAL, output_plugin="test_decoding"
        )
    with pytest.raises(errors.FeatureNotSupported):
        physical.execute("select 1")


def test_other_commands_of_the_protocol(physical, logical, dsn):
    physical.execute("IDENTIFY_SYSTEM")
    (row,) = physical.fetchall()
    assert row[3] is None and "/" in row[2]
    logical.execute("IDENTIFY_SYSTEM")
    assert logical.fetchone()[3] == extensions.parse_dsn(dsn)["dbname"]
    physical.execute("SHOW wal_level")
    assert physical.fetchall() == [("logical",)]


# -- The command that begins a stream -------------------------------------------------------------


@pytest.mark.parametrize(
    "kwargs, command",
    [
        ({}, 'SLOT "s" LOGICAL 0/00000000'),
        ({"start_lsn": 0}, 'SLOT "s" LOGICAL 0/00000000'),
        ({"start_lsn": "0/16B3748"}, 'SLOT "s" LOGICAL 0/016B3748'),
        ({"start_lsn": "ff/abcdef01"}, 'SLOT "s" LOGICAL FF/ABCDEF01'),
        ({"start_lsn": 2**40 + 7}, 'SLOT "s" LOGICAL 100/00000007'),
        ({"start_lsn": 2**64 - 1}, 'SLOT "s" LOGICAL FFFFFFFF/FFFFFFFF'),
        ({"timeline": 0}, 'SLOT "s" LOGICAL 0/00000000'),
        ({"options": {}}, 'SLOT "s" LOGICAL 0/00000000'),
        ({"options": {"a": "b", "c": 1}}, 'SLOT "s" LOGICAL 0/00000000 ("a" \'b\', "c" \'1\')'),
        ({"options": {'a"b': "c'd\\e"}}, 'SLOT "s" LOGICAL 0/00000000 ("a""b" \'c\'\'d\\e\')'),
        ({"options": {"a": None}}, 'SLOT "s" LOGICAL 0/00000000 ("a")'),
        ({"options": {"a": "100%s"}}, 'SLOT "s" LOGICAL 0/00000000 ("a" \'100%s\')'),
        ({"slot_name": 'x"y %s'}, 'SLOT "x""y %s" LOGICAL 0/00000000'),
        ({"slot_type": REPLICATION_PHYSICAL}, 'SLOT "s" 0/00000000'),
        (
            {"slot_type": REPLICATION_PHYSICAL, "slot_name": None, "timeline": 3},
            "0/00000000 TIMELINE 3",
        ),
    ],
)
def test_command_of_a_logical_connection(sent, kwargs, command):
    assert sent(**{"slot_name": "s", **kwargs}) == "START_REPLICATION " + command


@pytest.mark.parametrize(
    "kwargs, command",
    [
        ({}, "0/00000000"),
        ({"slot_name": "s"}, 'SLOT "s" 0/00000000'),
        ({"start_lsn": "1/2", "timeline": 4}, "1/00000002 TIMELINE 4"),
        ({"slot_name": "s", "slot_type": REPLICATION_LOGICAL}, 'SLOT "s" LOGICAL 0/00000000'),
    ],
)
def test_command_of_a_physical_connection(sent, kwargs, command):
    assert sent(PHYSICAL, **kwargs) == "START_REPLICATION " + command


@pytest.mark.parametrize(
    "kwargs, error, text",
    [
        ({"slot_name": None}, psycopg2.ProgrammingError, "slot name is required for logical"),
        ({"slot_name": ""}, psycopg2.ProgrammingError, "slot name is required for logical"),
        ({"slot_name": 5}, TypeError, "int"),
        ({"slot_type": 7}, psycopg2.ProgrammingError, "unrecognized replication type: 7"),
        ({"timeline": 1}, psycopg2.ProgrammingError, "cannot specify timeline for logical"),
        ({"start_lsn": -1}, ValueError, "not an LSN: -1"),
        ({"start_lsn": 2**64}, ValueError, "not an LSN: 18446744073709551616"),
        ({"start_lsn": "x"}, ValueError, "not an LSN: 'x'"),
        ({"start_lsn": "x/y"}, ValueError, "not an LSN: 'x/y'"),
        ({"start_lsn": "1/2/3"}, ValueError, "not an LSN: '1/2/3'"),
        ({"start_lsn": "1/-2"}, ValueError, "not an LSN: '1/-2'"),
        ({"start_lsn": "123456789/2"}, ValueError, "not an LSN: '123456789/2'"),
        ({"start_lsn": "٣/1"}, ValueError, "not an LSN"),
        ({"start_lsn": None}, TypeError, "NoneType"),
        ({"start_lsn": 1.5}, TypeError, "float"),
        ({"start_lsn": b"0/1"}, TypeError, "bytes"),
        ({"options": [("a", "b")]}, AttributeError, "items"),
        ({"options": {"a": "b\0"}}, ValueError, "NUL"),
        ({"options": {5: "b"}}, TypeError, "int"),
        ({"status_interval": 0.5}, psycopg2.ProgrammingError, "status_interval must be >= 1"),
        ({"status_interval": -1}, psycopg2.ProgrammingError, "status_interval must be >= 1"),
        ({"status_interval": float("nan")}, psycopg2.ProgrammingError, "status_interval must"),
        ({"status_interval": "x"}, TypeError, "real number"),
        ({"decode": "x"}, TypeError, "integer"),
        ({"bogus": 1}, TypeError, "bogus"),
        (
            {"slot_type": REPLICATION_PHYSICAL, "options": {"a": "b"}},
            psycopg2.ProgrammingError,
            "cannot specify output plugin options for physical",
        ),
        ({"slot_type": REPLICATION_PHYSICAL, "timeline": "x"}, ValueError, "'d'"),
    ],
)
def test_stream_that_cannot_be(logical, kwargs, error, text):
    with pytest.raises(error) as caught:
        logical.start_replication(**{"slot_name": "s", **kwargs})
    assert text in str(caught.value)
    logical.execute("select 1")  # nothing was begun
    assert logical.fetchone() == (1,)


def test_stream_of_a_slot_that_is_not_there(logical, physical):
    for cur in logical, physical:
        with pytest.raises(errors.UndefinedObject):
            cur.start_replication("psycopg2_no_slot")
        cur.execute("IDENTIFY_SYSTEM")
        assert len(cur.fetchall()) == 1


@pytest.mark.parametrize(
    "command",
    [
        "START_REPLICATION x",
        b"START_REPLICATION x",
        sql.SQL("START_REPLICATION {}").format(sql.Identifier("x")),
    ],
)
def test_expert_command(walsender, connect, command):
    cur = connect(walsender.dsn, connection_factory=LOGICAL).cursor()
    assert cur.start_replication_expert(command, decode=True, status_interval=2.5) is None
    assert walsender.commands in (["START_REPLICATION x"], ['START_REPLICATION "x"'])
    assert cur.read_message() is None


@pytest.mark.parametrize(
    "command, error",
    [
        ("", psycopg2.ProgrammingError),
        (None, psycopg2.ProgrammingError),
        (5, TypeError),
        ("START\0", ValueError),
        ("START_REPLICATION nonsense here", errors.SyntaxError),
        ("copy pg_class from stdin", psycopg2.ProgrammingError),
    ],
)
def test_expert_command_that_is_none(logical, command, error):
    with pytest.raises(error):
        logical.start_replication_expert(command)
    with pytest.raises(psycopg2.ProgrammingError, match="not replicating"):
        logical.read_message()


def test_expert_command_without_a_stream_has_a_result(logical):
    """So has a START_REPLICATION of a timeline that has ended."""
    logical.start_replication_expert("select 1 as one")
    assert logical.fetchall() == [(1,)]
    with pytest.raises(psycopg2.ProgrammingError, match="not replicating"):
        logical.read_message()


def test_replication_cursor_of_a_plain_connection(connect, dsn, admin, names):
    conn = connect(dsn, replication="database")
    conn.autocommit = True
    cur = conn.cursor(cursor_factory=extras.ReplicationCursor)
    with pytest.raises(psycopg2.ProgrammingError, match="unrecognized replication type: None"):
        cur.start_replication("x")
    cur.create_replication_slot(names[0], REPLICATION_LOGICAL, "test_decoding")
    cur.start_replication(names[0], REPLICATION_LOGICAL)
    assert cur.read_message() is None
    conn.close()
    logical = connect(dsn, connection_factory=LOGICAL).cursor()
    logical.execute(f"DROP_REPLICATION_SLOT {names[0]} WAIT")


def test_a_stream_needs_a_replication_cursor(connect, dsn, names):
    conn = connect(dsn, connection_factory=LOGICAL)
    conn.cursor().create_replication_slot(names[0], output_plugin="test_decoding")
    cur = conn.cursor(cursor_factory=extensions.cursor)
    with pytest.raises(psycopg2.ProgrammingError, match="needs a replication cursor"):
        cur.execute(f"START_REPLICATION SLOT {names[0]} LOGICAL 0/0")
    cur.execute("select 1")  # the stream was ended
    assert cur.fetchone() == (1,)


def test_message_by_hand(logical, cur):
    for cursor in logical, cur:
        message = type_of_message()(cursor, b"x")
        assert (message.cursor, message.payload) == (cursor, b"x")
        assert (message.data_size, message.data_start, message.wal_end) == (0, 0, 0)
        assert message.send_time.year >= 1999
        with pytest.raises(AttributeError):
            message.payload = b"y"
    for args in (), (cur,), (1, b"x"), (cur, b"x", 1):
        with pytest.raises(TypeError):
            type_of_message()(*args)
    empty = type_of_message().__new__(type_of_message())
    assert empty.payload is None and empty.cursor is None and "0/0" in repr(empty)


def type_of_message():
    return extras.ReplicationMessage
