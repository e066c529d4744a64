"""The module: DB-API 2.0 globals, type objects, constructors, DSN functions, small helpers."""

import datetime as dt
import re

import pytest

import psycopg2
from psycopg2 import extensions

OIDS = {
    "BINARY": {17},
    "DATETIME": {1082, 1083, 1114, 1184, 1266, 704, 1186},
    "NUMBER": {20, 21, 23, 700, 701, 1700},
    "ROWID": {26},
    "STRING": {18, 19, 25, 1042, 1043},
}


def test_module_states_the_dbapi_level():
    assert psycopg2.apilevel == "2.0"
    assert psycopg2.threadsafety == 2
    assert psycopg2.paramstyle == "pyformat"


def test_module_version_reads_like_the_original():
    assert re.fullmatch(r"2\.9\.\d+ \(dt dec pq3 ext lo64\)", psycopg2.__version__)
    assert psycopg2._psycopg.__version__ == psycopg2.__version__


def test_module_tells_compiled_and_running_libpq():
    assert psycopg2.__libpq_version__ >= 140000
    assert extensions.libpq_version() >= psycopg2.__libpq_version__ // 10000 * 10000


@pytest.mark.parametrize(
    "name",
    """BINARY Binary DATETIME DataError DatabaseError Date DateFromTicks Error IntegrityError
    InterfaceError InternalError NUMBER NotSupportedError OperationalError ProgrammingError ROWID
    STRING Time TimeFromTicks Timestamp TimestampFromTicks Warning apilevel connect extensions
    paramstyle threadsafety errors __version__ __libpq_version__""".split(),
)
def test_module_has_every_name(name):
    assert hasattr(psycopg2, name)


@pytest.mark.parametrize(
    "name",
    """AsIs BINARYARRAY BOOLEAN BOOLEANARRAY BYTES BYTESARRAY Binary Boolean Column
    ConnectionInfo DATE DATEARRAY DATETIMEARRAY DECIMAL DECIMALARRAY
    Diagnostics FLOAT FLOATARRAY Float INTEGER INTEGERARRAY INTERVAL INTERVALARRAY
    ISOLATION_LEVEL_AUTOCOMMIT ISOLATION_LEVEL_DEFAULT ISOLATION_LEVEL_READ_COMMITTED
    ISOLATION_LEVEL_READ_UNCOMMITTED ISOLATION_LEVEL_REPEATABLE_READ ISOLATION_LEVEL_SERIALIZABLE
    ISQLQuote Int LONGINTEGER LONGINTEGERARRAY Notify POLL_ERROR POLL_OK POLL_READ
    POLL_WRITE PYDATE PYDATEARRAY PYDATETIME PYDATETIMEARRAY PYDATETIMETZ PYDATETIMETZARRAY
    PYINTERVAL PYINTERVALARRAY PYTIME PYTIMEARRAY QueryCanceledError QuotedString ROWIDARRAY
    STATUS_BEGIN STATUS_IN_TRANSACTION STATUS_PREPARED STATUS_READY STATUS_SETUP STRINGARRAY TIME
    TIMEARRAY TRANSACTION_STATUS_ACTIVE TRANSACTION_STATUS_IDLE TRANSACTION_STATUS_INERROR
    TRANSACTION_STATUS_INTRANS TRANSACTION_STATUS_UNKNOWN TransactionRollbackError UNICODE
    UNICODEARRAY Xid adapt adapters binary_types connection cursor encodings encrypt_password
    get_wait_callback libpq_version lobject make_dsn new_array_type new_type parse_dsn quote_ident
    register_adapter register_type set_wait_callback string_types""".split(),
)
def test_extensions_has_every_name(name):
    assert hasattr(extensions, name)


def test_extensions_constants_have_their_values():
    values = {
        "ISOLATION_LEVEL_AUTOCOMMIT": 0,
        "ISOLATION_LEVEL_READ_COMMITTED": 1,
        "ISOLATION_LEVEL_REPEATABLE_READ": 2,
        "ISOLATION_LEVEL_SERIALIZABLE": 3,
        "ISOLATION_LEVEL_READ_UNCOMMITTED": 4,
        "ISOLATION_LEVEL_DEFAULT": None,
        "STATUS_SETUP": 0,
        "STATUS_READY": 1,
        "STATUS_BEGIN": 2,
        "STATUS_IN_TRANSACTION": 2,
        "STATUS_PREPARED": 5,
        "TRANSACTION_STATUS_IDLE": 0,
        "TRANSACTION_STATUS_ACTIVE": 1,
        "TRANSACTION_STATUS_INTRANS": 2,
        "TRANSACTION_STATUS_INERROR": 3,
        "TRANSACTION_STATUS_UNKNOWN": 4,
        "POLL_OK": 0,
        "POLL_READ": 1,
        "POLL_WRITE": 2,
        "POLL_ERROR": 3,
    }
    assert {name: getattr(extensions, name) for name in values} == values


# Type objects


@pytest.mark.parametrize(
    "name, oid",
    [
        ("STRING", 25),
        ("STRING", 1043),
        ("STRING", 1042),
        ("STRING", 19),
        ("STRING", 18),
        ("NUMBER", 20),
        ("NUMBER", 21),
        ("NUMBER", 23),
        ("NUMBER", 700),
        ("NUMBER", 701),
        ("NUMBER", 1700),
        ("BINARY", 17),
        ("DATETIME", 1114),
        ("ROWID", 26),
    ],
)
def test_type_object_equals_its_oids(name, oid):
    kind = getattr(psycopg2, name)
    assert kind == oid
    assert oid == kind
    assert not kind != oid
    assert oid in kind.values
    others = [n for n in OIDS if n != name]
    assert all(getattr(psycopg2, other) != oid for other in others)


def test_type_object_equals_itself_and_no_other():
    assert psycopg2.STRING == psycopg2.STRING
    assert psycopg2.STRING != psycopg2.NUMBER
    assert psycopg2.NUMBER != 25


@pytest.mark.parametrize("value", [None, "x", 1.5j, object(), [23]])
def test_type_object_differs_from_anything_else(value):
    # The original raises ValueError or TypeError, for it calls int() of the value.
    assert (psycopg2.NUMBER == value) is False
    assert (psycopg2.NUMBER != value) is True


def test_type_object_tells_its_name_and_oids():
    assert {n: getattr(psycopg2, n).name for n in OIDS} == {n: n for n in OIDS}
    assert set(psycopg2.STRING.values) == OIDS["STRING"]
    assert "'STRING'" in repr(psycopg2.STRING)


def test_type_object_matches_the_description(cur):
    cur.execute("select 1, 1.5, 'x'::text, 'x'::bytea, now()::timestamp, 1::oid")
    kinds = ["NUMBER", "NUMBER", "STRING", "BINARY", "DATETIME", "ROWID"]
    for column, kind in zip(cur.description, kinds):
        assert column.type_code == getattr(psycopg2, kind)


@pytest.mark.parametrize("text, wanted", [("15", 15), ("1.5", 1.5), (None, None)])
def test_type_object_casts(cur, text, wanted):
    assert psycopg2.NUMBER(text, cur) == wanted


# Constructors

UTC = dt.timezone.utc


@pytest.mark.parametrize(
    "name, args, adapted, sql",
    [
        ("Date", (2020, 1, 2), dt.date(2020, 1, 2), "'2020-01-02'::date"),
        ("Time", (1, 2, 3), dt.time(1, 2, 3), "'01:02:03'::time"),
        ("Time", (1, 2, 3.5), dt.time(1, 2, 3, 500000), "'01:02:03.500000'::time"),
        ("Timestamp", (2020, 1, 2), dt.datetime(2020, 1, 2), "'2020-01-02T00:00:00'::timestamp"),
        (
            "Timestamp",
            (2020, 1, 2, 3, 4, 5.25),
            dt.datetime(2020, 1, 2, 3, 4, 5, 250000),
            "'2020-01-02T03:04:05.250000'::timestamp",
        ),
        (
            "Timestamp",
            (2020, 1, 2, 3, 4, 5, UTC),
            dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
            "'2020-01-02T03:04:05+00:00'::timestamptz",
        ),
        ("Binary", (b"a\0b",), b"a\0b", None),
    ],
)
def test_constructor_wraps_a_value(name, args, adapted, sql):
    made = getattr(psycopg2, name)(*args)
    assert made.adapted == adapted
    assert type(made.adapted) is type(adapted)
    if sql:
        assert str(made) == sql
        assert made.getquoted() == sql.encode()


@pytest.mark.parametrize("ticks", [0, 1700000000, 1.5, 86399])
def test_constructor_from_ticks_means_local_time(ticks):
    local = dt.datetime.fromtimestamp(ticks)
    assert psycopg2.DateFromTicks(ticks).adapted == local.date()
    assert psycopg2.TimeFromTicks(ticks).adapted == local.time()
    stamp = psycopg2.TimestampFromTicks(ticks).adapted
    assert stamp.utcoffset() is not None
    assert stamp.timestamp() == ticks


def test_constructor_values_reach_the_server(cur):
    values = (
        psycopg2.Date(2020, 1, 2),
        psycopg2.Time(1, 2, 3),
        psycopg2.Timestamp(2020, 1, 2, 3, 4, 5),
        psycopg2.Binary(b"\0\xff'\\"),
    )
    cur.execute("select %s, %s, %s, %s", values)
    *dates, blob = cur.fetchone()
    assert dates == [dt.date(2020, 1, 2), dt.time(1, 2, 3), dt.datetime(2020, 1, 2, 3, 4, 5)]
    assert bytes(blob) == b"\0\xff'\\"


@pytest.mark.parametrize(
    "name, args, kind",
    [
        ("Date", (2020, 13, 1), ValueError),
        ("Date", (2020, 2, 30), ValueError),
        ("Date", ("x", 1, 1), TypeError),
        ("Date", (2020,), TypeError),
        ("Time", (25, 0, 0), ValueError),
        ("Time", (0, 0, "x"), TypeError),
        ("Timestamp", (2020, 1, 2, 3, 4, 61), ValueError),
        ("Timestamp", (2020, 1, 2, 3, 4, 5, "tz"), TypeError),
        ("DateFromTicks", ("x",), TypeError),
        ("TimeFromTicks", (1e30,), (ValueError, OverflowError, psycopg2.InterfaceError)),
        ("TimestampFromTicks", (None,), TypeError),
        ("Binary", (), TypeError),
    ],
)
def test_constructor_refuses_nonsense(name, args, kind):
    with pytest.raises(kind):
        getattr(psycopg2, name)(*args)


@pytest.mark.parametrize("value", ["text", 5, 1.5])
def test_constructor_binary_names_what_it_cannot_escape(value):
    with pytest.raises(TypeError, match=f"can't escape {type(value).__name__} to binary"):
        psycopg2.Binary(value).getquoted()


# DSN functions


@pytest.mark.parametrize(
    "args, kwargs, wanted",
    [
        ((), {}, ""),
        (("",), {}, ""),
        ((None,), {"dbname": "x"}, "dbname=x"),
        (("host=a",), {"port": 1}, "host=a port=1"),
        (("host=a dbname=b",), {"dbname": "c"}, "dbname=c host=a"),
        (("dbname=a",), {"dbname": None}, "dbname=a"),
        ((), {"database": "x"}, "dbname=x"),
        (("dbname=a",), {"database": "x"}, "dbname=x"),
        ((), {"dbname": "b c"}, "dbname='b c'"),
        ((), {"user": ""}, "user=''"),
        ((), {"password": "a'b\\c d"}, "password='a\\'b\\\\c d'"),
        (("postgresql://h:1/d",), {}, "postgresql://h:1/d"),
        (("postgresql://h/d",), {"user": "x"}, "dbname=d host=h user=x"),
    ],
)
def test_make_dsn_joins(args, kwargs, wanted):
    made = extensions.make_dsn(*args, **kwargs)
    assert made == wanted
    extensions.parse_dsn(made)


@pytest.mark.parametrize(
    "args, kwargs, kind, text",
    [
        ((), {"foo": 1}, psycopg2.ProgrammingError, 'invalid connection option "foo"'),
        (("foo=1",), {}, psycopg2.ProgrammingError, 'invalid connection option "foo"'),
        (("host",), {}, psycopg2.ProgrammingError, 'missing "=" after "host"'),
        (("host",), {"port": 1}, psycopg2.ProgrammingError, 'missing "=" after "host"'),
        ((5,), {}, TypeError, "int"),
        ((), {"database": "x", "dbname": "y"}, TypeError, "'database' and 'dbname'"),
    ],
)
def test_make_dsn_validates(args, kwargs, kind, text):
    with pytest.raises(kind) as caught:
        extensions.make_dsn(*args, **kwargs)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "given, wanted",
    [
        ("", {}),
        ("dbname='x y' user=z", {"dbname": "x y", "user": "z"}),
        (b"dbname=x", {"dbname": "x"}),
        ("dbname=x dbname=y", {"dbname": "y"}),
        ("user='it\\'s \\\\'", {"user": "it's \\"}),
        ("dbname=été", {"dbname": "été"}),
        ("postgres://h1:1,h2:2/d", {"host": "h1,h2", "port": "1,2", "dbname": "d"}),
        (
            "postgresql://u:p%40@h:1/d?sslmode=require",
            {
                "user": "u",
                "password": "p@",
                "host": "h",
                "port": "1",
                "dbname": "d",
                "sslmode": "require",
            },
        ),
    ],
)
def test_parse_dsn_splits(given, wanted):
    assert extensions.parse_dsn(given) == wanted


@pytest.mark.parametrize(
    "given, kind",
    [
        ("nosuch=1", psycopg2.ProgrammingError),
        ("dbname", psycopg2.ProgrammingError),
        ("dbname='x", psycopg2.ProgrammingError),
        ("postgresql://[::1", psycopg2.ProgrammingError),
        (5, TypeError),
        (None, TypeError),
    ],
)
def test_parse_dsn_says_what_is_wrong(given, kind):
    with pytest.raises(kind) as caught:
        extensions.parse_dsn(given)
    if kind is psycopg2.ProgrammingError:
        assert str(caught.value).startswith("invalid dsn: ")


# Identifiers and passwords


@pytest.mark.parametrize(
    "name, wanted", [("a", '"a"'), ('a"b', '"a""b"'), ("A b", '"A b"'), ("été", '"été"')]
)
def test_quote_ident_quotes(conn, cur, name, wanted):
    assert extensions.quote_ident(name, conn) == wanted
    assert extensions.quote_ident(name, cur) == wanted
    assert extensions.quote_ident(name, scope=cur) == wanted


@pytest.mark.parametrize("scope", [None, 5, "conn"])
def test_quote_ident_wants_a_connection_or_cursor(scope):
    with pytest.raises(TypeError, match="argument 2 must be a connection or a cursor"):
        extensions.quote_ident("a", scope)


def test_quote_ident_wants_a_string(conn):
    with pytest.raises(TypeError, match="int"):
        extensions.quote_ident(5, conn)


def test_quote_ident_refuses_a_nul(conn):
    # The original drops what follows the NUL.
    with pytest.raises(ValueError, match="NUL|null"):
        extensions.quote_ident("a\0b", conn)


def test_quote_ident_of_a_closed_connection(conn):
    conn.close()
    with pytest.raises(psycopg2.InterfaceError, match="connection"):
        extensions.quote_ident("a", conn)


def test_encrypt_password_hashes_md5_without_a_server():
    hashed = extensions.encrypt_password("p", "u", None, "md5")
    assert hashed == "md5534b9a3588bdd87bf7c3b9d650e43e46"


def test_encrypt_password_asks_the_server_for_the_rest(conn, cur):
    made = extensions.encrypt_password("p", "u", conn, "scram-sha-256")
    assert made.startswith("SCRAM-SHA-256$4096:")
    assert extensions.encrypt_password("p", "u", cur).startswith(("SCRAM-SHA-256$", "md5"))
    with pytest.raises(psycopg2.ProgrammingError, match="requires a connection or cursor"):
        extensions.encrypt_password("p", "u")
    with pytest.raises(psycopg2.ProgrammingError, match='algorithm "nosuch"'):
        extensions.encrypt_password("p", "u", conn, "nosuch")
