"""json and jsonb: Json, and register_json() with its kin."""

import json
from decimal import Decimal

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import adapt, register_adapter
from psycopg2.extras import Json, register_default_json, register_default_jsonb, register_json

pytestmark = pytest.mark.usefixtures("registries")


def exact(s):
    return json.loads(s, parse_float=Decimal)


@pytest.mark.parametrize("typ", ["json", "jsonb"])
@pytest.mark.parametrize(
    "value",
    [None, True, 0, 1.5, "x", 'it\'s \\ "é" € \u2028', [], {}, [1, [None]], {"a": {"b": [1, {}]}}],
)
def test_values_go_and_come_back(cur, typ, value):
    cur.execute(f"select %s::{typ}", (Json(value),))
    assert cur.fetchone() == (value,)


@pytest.mark.parametrize("typ", ["json", "jsonb"])
def test_arrays_come_back(cur, typ):
    cur.execute(f"select %s::{typ}[]", ([Json({"a": 1}), None, Json([2])],))
    assert cur.fetchone() == ([{"a": 1}, None, [2]],)
    cur.execute(f"select null::{typ}, 'null'::{typ}, '{{}}'::{typ}[]")
    assert cur.fetchone() == (None, None, [])


def test_json_quotes():
    assert Json({"a": "it's"}).getquoted() == b"""'{"a": "it''s"}'"""
    assert str(Json({"a": 1})) == """'{"a": 1}'"""


def test_json_in_the_connection_s_encoding(conn):
    conn.set_client_encoding("LATIN1")
    cur = conn.cursor()
    cur.execute("select %s::json", (Json("é", dumps=lambda o: json.dumps(o, ensure_ascii=False)),))
    assert b"\xe9" in cur.query
    assert cur.fetchone() == ("é",)


def test_json_adapts_itself():
    obj = Json({"a": 1})
    assert adapt(obj) is obj
    assert obj.adapted == {"a": 1}
    assert obj.__conform__(int) is None


def test_dumps_may_be_given():
    obj = Json({"a": 1}, dumps=lambda o: f"<{o['a']}>")
    assert obj.getquoted() == b"'<1>'"
    assert obj.dumps({"a": 2}) == "<2>"


def test_dumps_may_be_overridden():
    class Sorted(Json):
        def dumps(self, obj):
            return json.dumps(obj, sort_keys=True)

    assert Sorted({"b": 1, "a": 2}).getquoted() == b"""'{"a": 2, "b": 1}'"""


def test_what_json_cannot_say(cur):
    with pytest.raises(TypeError, match="not JSON serializable"):
        cur.execute("select %s", (Json(object()),))
    cur.execute("select 1")


def test_dictionaries_adapt_when_registered(cur):
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'dict'"):
        cur.mogrify("%s", ({"a": 1},))
    register_adapter(dict, Json)
    assert cur.mogrify("%s", ({"a": 1},)) == b"""'{"a": 1}'"""


SELECT = "select '1.5'::json, '1.5'::jsonb, '{1.5,null}'::json[], '{1.5,null}'::jsonb[]"
EXACT, PLAIN = Decimal, float


def kinds(conn):
    """The types that numbers of json and jsonb come back as."""
    cur = conn.cursor()
    cur.execute(SELECT)
    one, two, ones, twos = cur.fetchone()
    assert ones == [one, None]
    assert twos == [two, None]
    assert type(ones[0]) is type(one)
    assert type(twos[0]) is type(two)
    return type(one), type(two)


@pytest.mark.parametrize(
    "register, expected",
    [
        (lambda conn: register_default_json(conn, loads=exact), (EXACT, PLAIN)),
        (lambda conn: register_default_jsonb(conn, loads=exact), (PLAIN, EXACT)),
        (lambda conn: register_json(conn, loads=exact), (EXACT, PLAIN)),
        (lambda conn: register_json(conn, loads=exact, name="jsonb"), (PLAIN, EXACT)),
        (lambda conn: register_json(conn, False, exact, 114, 199), (EXACT, PLAIN)),
    ],
)
def test_loads_for_one_connection(conn, conn2, register, expected):
    casters = register(conn)
    assert [type(caster) for caster in casters] == [type(extensions.UNICODE)] * 2
    assert kinds(conn) == expected
    assert kinds(conn2) == (PLAIN, PLAIN)


def test_loads_for_one_cursor(conn, cur):
    register_default_json(cur, loads=exact)
    cur.execute("select '1.5'::json")
    assert type(cur.fetchone()[0]) is EXACT
    assert kinds(conn) == (PLAIN, PLAIN)


@pytest.mark.parametrize("args", [(), (None,)])
def test_loads_for_all_connections(conn, conn2, args):
    register_default_json(*args, loads=exact)
    register_default_jsonb(*args, loads=exact)
    assert kinds(conn) == kinds(conn2) == (EXACT, EXACT)


def test_loads_globally(conn, conn2):
    register_default_json(conn, globally=True, loads=exact)
    assert kinds(conn2) == (EXACT, PLAIN)


@pytest.mark.parametrize("scoped", [True, False])
def test_registering_without_loads_undoes_it(conn, scoped):
    scope = conn if scoped else None
    register_default_json(scope, loads=exact)
    register_default_jsonb(scope, loads=exact)
    register_default_json(scope)
    register_default_jsonb(scope)
    assert kinds(conn) == (PLAIN, PLAIN)


def test_loads_may_give_the_text(conn):
    register_default_jsonb(conn, loads=lambda s: s)
    cur = conn.cursor()
    cur.execute("""select '{"a": "é"}'::jsonb, null::jsonb""")
    assert cur.fetchone() == ('{"a": "é"}', None)


def test_loads_that_raises(conn, cur):
    def loads(s):
        raise ZeroDivisionError("mine")

    register_default_json(conn, loads=loads)
    cur.execute("select '1'::json")
    with pytest.raises(ZeroDivisionError, match="mine"):
        cur.fetchone()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_other_oids():
    caster, array_caster = register_json(oid=400001, array_oid=400002, name="mine")
    assert (caster.name, caster.values) == ("MINE", (400001,))
    assert (array_caster.name, array_caster.values) == ("MINEARRAY", (400002,))
    assert caster('{"a": 1}', None) == {"a": 1}
    assert caster(None, None) is None
    assert array_caster("{1,2}", None) == [1, 2]
    caster, array_caster = register_json(oid=400003)
    assert array_caster is None


def test_a_type_that_is_not_there(conn, cur):
    cur.execute("select 1")
    with pytest.raises(psycopg2.ProgrammingError, match="nosuchtype data type not found"):
        register_json(conn, name="nosuchtype")
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_INTRANS


def test_lookup_leaves_no_transaction_open(conn):
    register_json(conn)
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: register_json(), psycopg2.ProgrammingError),
        (lambda: register_json(5), TypeError),
        (lambda: register_default_json(5), TypeError),
        (lambda: register_default_json(loads=5), TypeError),
    ],
)
def test_misuse(call, error):
    with pytest.raises(error):
        call()
