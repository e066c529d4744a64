"""What programs rely on, one test for each row: the Python part and subclassing (85 to 101)."""

import io
import logging
import pickle

import pytest

import psycopg2
from psycopg2 import errors, extensions, extras, sql
from psycopg2.pool import SimpleConnectionPool, ThreadedConnectionPool


@pytest.fixture(params=[SimpleConnectionPool, ThreadedConnectionPool])
def pool(request, dsn):
    pool = request.param(1, 2, dsn)
    yield pool
    if not pool.closed:
        pool.closeall()


def ask(cur, *args):
    cur.execute(*args)
    return cur.fetchone()


def test_row_085_identifier_takes_several_parts(conn):
    assert sql.Identifier("a b", 'c"d').as_string(conn) == '"a b"."c""d"'


def test_row_086_placeholder_times_n(conn):
    text = sql.SQL(", ").join(sql.Placeholder() * 3).as_string(conn)
    assert text == "%s, %s, %s"


def test_row_087_percent_in_an_identifier_is_left_alone(conn, cur):
    assert sql.Identifier("a%s%%").as_string(conn) == '"a%s%%"'
    ask(cur, sql.SQL("select 1 as {}").format(sql.Identifier("100%")))
    assert cur.description[0].name == "100%"


def test_row_088_class_08_is_operational_error():
    classes = [
        errors.lookup(code) for code in ("08000", "08001", "08003", "08004", "08006", "08P01")
    ]
    assert all(issubclass(cls, psycopg2.OperationalError) for cls in classes)


def test_row_089_lookup_raises_key_error():
    assert errors.lookup("23505") is errors.UniqueViolation
    with pytest.raises(KeyError):
        errors.lookup("XXXXX")


def test_row_090_exceptions_pickle(cur):
    with pytest.raises(errors.UndefinedColumn) as caught:
        cur.execute("select nope")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert type(copied) is errors.UndefinedColumn
    assert (str(copied), copied.pgcode) == (str(caught.value), "42703")


def test_row_091_missing_diag_field_is_none(cur):
    with pytest.raises(errors.UndefinedColumn) as caught:
        cur.execute("select nope")
    assert caught.value.diag.constraint_name is None
    assert psycopg2.Error("made").diag.sqlstate is None


def test_row_092_key_gets_its_connection_back(pool):
    conn = pool.getconn("key")
    assert pool.getconn("key") is conn
    assert pool.getconn("other") is not conn


def test_row_093_putconn_rolls_back(pool):
    conn = pool.getconn()
    conn.cursor().execute("select 1")
    pool.putconn(conn)
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_row_094_closeall_closes_the_borrowed_too(pool):
    conn = pool.getconn()
    pool.closeall()
    assert conn.closed


def test_row_095_real_dict_row_tolerates_a_name_twice(conn):
    row = ask(conn.cursor(cursor_factory=extras.RealDictCursor), "select 1 as a, 2 as a, 3 as b")
    assert row == {"a": 2, "b": 3}


def test_row_096_named_tuple_cursor_renames_invalid_names(conn):
    cur = conn.cursor(cursor_factory=extras.NamedTupleCursor)
    row = ask(cur, 'select 1 as "?column?", 2 as _x, 3 as "1x", 4 as "a b", 5 as ok')
    assert tuple(row) == (1, 2, 3, 4, 5)
    assert row.ok == 5
    assert all(name.isidentifier() for name in row._fields)


class ListHandler(logging.Handler):
    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        self.texts.append(record.msg)


def logging_connection(connect, to):
    conn = connect(connection_factory=extras.LoggingConnection)
    conn.initialize(to)
    return conn


def test_row_097_logging_connection_takes_a_logger_or_a_file(connect):
    logger, handler, file = logging.getLogger("row 97"), ListHandler(), io.StringIO()
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    for to in (logger, file):
        logging_connection(connect, to).cursor().execute("select %s", (97,))
    assert handler.texts == [b"select 97"]
    assert "select 97" in file.getvalue()


def test_row_098_executemany_is_not_logged(connect):
    file = io.StringIO()
    cur = logging_connection(connect, file).cursor()
    cur.executemany("select %s", [(98,)])
    assert file.getvalue() == ""


def test_row_099_execute_values_fetch(cur):
    cur.execute("create temp table t (i int)")
    rows = [(i,) for i in range(10)]
    got = extras.execute_values(
        cur, "insert into t values %s returning i", rows, page_size=3, fetch=True
    )
    assert got == rows


class Forgetful:
    def __init__(self, *args, **kwargs):
        pass


@pytest.mark.parametrize("name", ["cursor", "commit", "rollback", "poll", "fileno", "lobject"])
def test_row_100_connection_without_init(dsn, name):
    cls = type("Conn", (Forgetful, extensions.connection), {})
    with pytest.raises(psycopg2.InterfaceError):
        getattr(cls(dsn), name)()


@pytest.mark.parametrize(
    ("name", "args"),
    [("execute", ("select 1",)), ("fetchone", ()), ("mogrify", ("x",)), ("callproc", ("now",))],
)
def test_row_100_cursor_without_init(conn, name, args):
    cls = type("Cur", (Forgetful, extensions.cursor), {})
    with pytest.raises(psycopg2.InterfaceError):
        getattr(cls(conn), name)(*args)


def test_row_101_cursor_factory_none_is_the_default(conn, connect):
    assert type(conn.cursor(cursor_factory=None)) is extensions.cursor
    assert type(connect(cursor_factory=None).cursor()) is extensions.cursor
    conn.cursor_factory = None
    assert type(conn.cursor()) is extensions.cursor
