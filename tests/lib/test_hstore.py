"""hstore: dictionaries both ways."""

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import adapt
from psycopg2.extras import HstoreAdapter, RealDictCursor, register_hstore

pytestmark = pytest.mark.usefixtures("registries")


@pytest.fixture
def hconn(connect):
    """A connection to a database that has hstore, in a schema of its own."""
    conn = connect()
    with conn, conn.cursor() as cur:
        cur.execute("create schema if not exists hstore_here")
        cur.execute("create extension if not exists hstore schema hstore_here")
        cur.execute("set search_path to public, hstore_here")
    yield conn
    conn.rollback()
    with conn, conn.cursor() as cur:
        cur.execute("drop extension hstore")
        cur.execute("drop schema hstore_here")


DICTS = [
    {},
    {"a": "b"},
    {"a": None},
    {"a": None, "b": "", "": "c"},
    {"it's": 'a "quote"', "back\\slash": "\\", "\\\"'": "\n\t=>,"},
    {"é": "€", "=>": "NULL"},
    {"%s": "%(a)s %%"},
    {str(i): str(i) * 100 for i in range(100)},
]


@pytest.mark.parametrize("value", DICTS)
def test_values_go_and_come_back(hconn, value):
    register_hstore(hconn)
    cur = hconn.cursor()
    cur.execute("select %s", (value,))
    assert cur.fetchone() == (value,)
    cur.execute("select %s", ([value, value],))
    assert cur.fetchone() == ([value, value],)


def test_values_the_server_writes(hconn):
    register_hstore(hconn)
    cur = hconn.cursor()
    cur.execute(
        'select \'a=>1, b=>NULL, "c d"=>"x\\"y"\'::hstore, array[\'a=>1\'::hstore, null],'
        " null::hstore, ''::hstore"
    )
    assert cur.fetchone() == (
        {"a": "1", "b": None, "c d": 'x"y'},
        [{"a": "1"}, None],
        None,
        {},
    )


@pytest.mark.parametrize(
    "value, quoted",
    [
        ({}, b"''::hstore"),
        ({"a": "b"}, b"hstore(ARRAY['a'], ARRAY['b'])"),
        ({"a": "b", "c": None}, b"hstore(ARRAY['a','c'], ARRAY['b',NULL])"),
        ({"a": None}, b"hstore(ARRAY['a'], '{NULL}')"),
        ({"it's": "%s"}, b"hstore(ARRAY['it''s'], ARRAY['%s'])"),
    ],
)
def test_adapter_quotes(hconn, value, quoted):
    register_hstore(hconn)
    assert hconn.cursor().mogrify("%s", (value,)) == quoted
    adapter = adapt(value)
    assert type(adapter) is HstoreAdapter
    adapter.prepare(hconn)
    assert adapter.getquoted() == quoted


def test_adapter_in_the_connection_s_encoding(hconn):
    register_hstore(hconn)
    hconn.set_client_encoding("LATIN1")
    cur = hconn.cursor()
    cur.execute("select %s", ({"é": "è"},))
    assert b"\xe9" in cur.query
    assert cur.fetchone() == ({"é": "è"},)


@pytest.mark.parametrize("value", [{None: "a"}, {"a": 1}, {1: "a"}])
def test_keys_and_values_are_text(hconn, value):
    register_hstore(hconn)
    with pytest.raises(psycopg2.Error):
        hconn.cursor().execute("select %s", (value,))


@pytest.mark.parametrize(
    "text, value",
    [
        (None, None),
        ("", {}),
        ('"a"=>"1"', {"a": "1"}),
        ('"a"=>"1", "b"=>NULL', {"a": "1", "b": None}),
        ('"a"=>"1","b"=>"2"', {"a": "1", "b": "2"}),
        ('"a" => "1"', {"a": "1"}),
        ('""=>""', {"": ""}),
        ('"a\\"b\\\\"=>"x\\"y\\\\"', {'a"b\\': 'x"y\\'}),
        ('"a\n"=>"b\n"', {"a\n": "b\n"}),
        ('"a"=>"NULL"', {"a": "NULL"}),
    ],
)
def test_parse(text, value):
    assert HstoreAdapter.parse(text, None) == value


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a=>1",
        '"a"',
        '"a"=>',
        '"a"=>1',
        '"a"=>"1" "b"=>"2"',
        '"a"=>"1',
        '"a"=>"1",,"b"=>"2"',
        '"a"=>null',
        '"a\\"=>"b"',
        ',"a"=>"1"',
    ],
)
def test_parse_what_is_no_hstore(text):
    with pytest.raises(psycopg2.InterfaceError, match="hstore"):
        HstoreAdapter.parse(text, None)


def select(conn):
    cur = conn.cursor()
    cur.execute("select 'a=>1'::hstore_here.hstore, array['a=>1'::hstore_here.hstore]")
    return cur.fetchone()


HSTORE = ({"a": "1"}, [{"a": "1"}])
TEXT = ('"a"=>"1"', '{"\\"a\\"=>\\"1\\""}')


def test_register_for_one_connection(hconn, conn2):
    assert register_hstore(hconn) is None
    assert select(hconn) == HSTORE
    assert select(conn2) == TEXT


def test_register_for_one_cursor(hconn):
    cur = hconn.cursor()
    register_hstore(cur)
    cur.execute("select 'a=>1'::hstore")
    assert cur.fetchone() == ({"a": "1"},)
    assert select(hconn) == TEXT


def test_register_globally(hconn, conn2):
    register_hstore(hconn, globally=True)
    assert select(conn2) == HSTORE


@pytest.mark.parametrize("as_tuple", [True, False])
def test_register_with_oids(hconn, conn2, as_tuple):
    (oid,), (array_oid,) = HstoreAdapter.get_oids(hconn)
    if as_tuple:
        oid, array_oid = (oid, 400001), (array_oid,)
    register_hstore(conn2, oid=oid, array_oid=array_oid)
    assert select(conn2) == HSTORE


def test_register_without_the_array(hconn):
    (oid,), _ = HstoreAdapter.get_oids(hconn)
    register_hstore(hconn, oid=oid)
    assert select(hconn) == (HSTORE[0], TEXT[1])


def test_get_oids_finds_every_schema_s(hconn):
    cur = hconn.cursor(cursor_factory=RealDictCursor)  # whose rows are no tuples
    oids, array_oids = HstoreAdapter.get_oids(cur)
    cur.execute(
        "select 'hstore_here.hstore'::regtype::oid as o, 'hstore_here.hstore[]'::regtype::oid as a"
    )
    row = cur.fetchone()
    assert (oids, array_oids) == ((row["o"],), (row["a"],))


def test_lookup_leaves_the_transaction_as_it_was(hconn):
    register_hstore(hconn)
    assert hconn.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE
    hconn.cursor().execute("create temp table kept (i int)")
    register_hstore(hconn)
    assert hconn.info.transaction_status == extensions.TRANSACTION_STATUS_INTRANS
    hconn.cursor().execute("select * from kept")


def test_lookup_in_autocommit(hconn):
    hconn.autocommit = True
    register_hstore(hconn)
    assert select(hconn) == HSTORE


def test_database_without_hstore(conn, cur):
    cur.execute("select count(*) from pg_type where typname = 'hstore'")
    assert cur.fetchone() == (0,)
    conn.rollback()
    with pytest.raises(psycopg2.ProgrammingError, match="hstore type not found"):
        register_hstore(conn)
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("array_oid", [None, ()])
def test_register_with_the_oids_of_a_database_without_hstore(conn, array_oid):
    register_hstore(conn, oid=(), array_oid=array_oid)
    assert conn.string_types == {}


def test_register_with_an_array_s_oid_alone(conn):
    register_hstore(conn, oid=(), array_oid=(400001,))
    assert list(conn.string_types) == [400001]


@pytest.mark.parametrize(
    "args, error",
    [((None,), psycopg2.ProgrammingError), ((5,), (TypeError, AttributeError))],
)
def test_register_without_a_connection(args, error):
    with pytest.raises(error):
        register_hstore(*args)


@pytest.mark.parametrize("oid", ["x", ("x",), 1.5])
def test_register_with_what_is_no_oid(conn, oid):
    with pytest.raises(TypeError):
        register_hstore(conn, oid=oid)
