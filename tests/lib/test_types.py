"""inet, uuid and bytea: the functions that register them."""

import ipaddress
import uuid
import warnings

import pytest

import psycopg2
from psycopg2 import extensions, extras
from psycopg2.extensions import adapt, register_type
from psycopg2.extras import (
    Inet,
    UUID_adapter,
    register_inet,
    register_ipaddress,
    register_uuid,
)

pytestmark = pytest.mark.usefixtures("registries")


def select(conn, expression, *args):
    cur = conn.cursor()
    cur.execute(f"select {expression}", args or None)
    return cur.fetchone()[0]


# ipaddress


def test_inet_is_text_unless_registered(conn):
    assert select(conn, "'1.2.3.4/8'::inet") == "1.2.3.4/8"
    assert select(conn, "array['1.2.3.4'::inet]") == ["1.2.3.4"]
    assert select(conn, "'1.2.3.0/24'::cidr") == "1.2.3.0/24"


@pytest.mark.parametrize(
    "typ, obj",
    [
        ("inet", ipaddress.ip_interface("1.2.3.4/24")),
        ("inet", ipaddress.ip_interface("1.2.3.4")),
        ("inet", ipaddress.ip_interface("::ffff:102:300/128")),
        ("inet", ipaddress.ip_interface("2001:db8::1/64")),
        ("cidr", ipaddress.ip_network("1.2.3.0/24")),
        ("cidr", ipaddress.ip_network("2001:db8::/32")),
    ],
)
def test_ipaddress_go_and_come_back(conn, typ, obj):
    assert register_ipaddress(conn) is None
    for value in (obj, None, [obj, None]):
        assert select(conn, f"%s::{typ}{'[]' if isinstance(value, list) else ''}", value) == value
    assert type(select(conn, f"%s::{typ}", obj)) is type(obj)


@pytest.mark.parametrize("text", ["1.2.3.4", "2001:db8::1"])
def test_addresses_adapt(conn, text):
    register_ipaddress(conn)
    assert select(conn, "host(%s::inet)", ipaddress.ip_address(text)) == text


def test_ipaddress_for_all_connections(conn, conn2):
    register_ipaddress()
    for c in (conn, conn2):
        assert select(c, "'1.2.3.4'::inet") == ipaddress.ip_interface("1.2.3.4/32")


def test_ipaddress_for_a_cursor(conn, cur):
    register_ipaddress(cur)
    cur.execute("select '1.2.3.4'::inet")
    assert cur.fetchone() == (ipaddress.ip_interface("1.2.3.4"),)
    assert select(conn, "'1.2.3.4'::inet") == "1.2.3.4"


def test_ipaddress_of_nonsense(cur):
    register_ipaddress(cur)
    with pytest.raises(ValueError):
        cur.cast(869, "junk")
    with pytest.raises(TypeError):
        register_ipaddress(5)


# Inet


def test_inet_adapts(conn):
    assert select(conn, "%s", Inet("1.2.3.4/8")) == "1.2.3.4/8"
    obj = Inet("it's")
    obj.prepare(conn)
    assert obj.getquoted() == b"'it''s'::inet"
    assert Inet("1.2.3.4").getquoted() == b"'1.2.3.4'::inet"
    assert Inet(None).getquoted() == b"NULL::inet"


def test_inet_object():
    obj = Inet("1.2.3.4")
    assert (obj.addr, str(obj), repr(obj)) == ("1.2.3.4", "1.2.3.4", "Inet('1.2.3.4')")
    assert adapt(obj) is obj
    assert obj.__conform__(int) is None


def test_register_inet_warns_and_registers(conn):
    with pytest.warns(DeprecationWarning, match="inet"):
        caster = register_inet(None, conn)
    assert caster.values == (869,)
    assert extensions.INET is caster
    assert repr(select(conn, "array['1.2.3.4'::inet, null]")) == "[Inet('1.2.3.4'), None]"
    assert select(conn, "null::inet") is None


@pytest.mark.parametrize(
    "oid, values",
    [(400001, (400001,)), ([400001, 400002], (400001,)), ((), (869,)), (0, (869,))],
)
def test_register_inet_for_other_oids(conn, oid, values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert register_inet(oid, conn).values == values


# UUID

U = uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")


def test_uuid_needs_no_registration(conn):
    assert select(conn, "%s", U) == U
    assert select(conn, "%s", [U, None]) == [U, None]
    assert conn.cursor().mogrify("%s", (U,)) == f"'{U}'::uuid".encode()


@pytest.mark.parametrize("scoped", [True, False])
def test_register_uuid_changes_nothing(conn, scoped):
    caster = register_uuid(None, conn if scoped else None)
    assert (caster.name, caster.values) == ("UUID", (2950,))
    test_uuid_needs_no_registration(conn)


@pytest.mark.parametrize("oids", [None, (), 0])
def test_register_uuid_brings_uuids_back(conn, oids):
    as_text = extensions.new_type((2950,), "TEXT", lambda value, cur: value)
    register_type(as_text, conn)
    assert select(conn, "%s", U) == str(U)
    register_uuid(oids, conn_or_curs=conn)
    assert select(conn, "%s", U) == U


@pytest.mark.parametrize("oids", [400001, [400001, 400002], (400001, 400002)])
def test_register_uuid_for_other_oids(cur, oids):
    caster = register_uuid(oids, cur)
    assert caster.values == (400001,)
    assert cur.cast(400001, str(U)) == U
    assert cur.cast(400001, None) is None
    if oids != 400001:
        assert cur.cast(400002, f"{{{U},NULL}}") == [U, None]


def test_register_uuid_for_what_is_no_connection():
    with pytest.raises(TypeError):
        register_uuid(None, 5)


def test_uuid_adapter():
    adapter = UUID_adapter(U)
    assert adapter.getquoted() == f"'{U}'::uuid".encode()
    assert str(adapter) == f"'{U}'::uuid"
    assert adapt(adapter) is adapter


# bytes

ALL = bytes(range(256))


def test_bytea_is_a_memoryview_unless_registered(conn):
    assert isinstance(select(conn, "%s", psycopg2.Binary(b"abc")), memoryview)


@pytest.mark.parametrize("output", ["hex", "escape"])
@pytest.mark.parametrize("value", [b"", b"abc", ALL, b"it's \\ \0"])
def test_register_bytes(conn, conn2, output, value):
    conn.cursor().execute(f"set bytea_output to {output}")
    caster = extras.register_bytes(conn)
    assert caster.values == (17,)
    got = select(conn, "%s", value)
    assert (type(got), got) == (bytes, value)
    assert select(conn, "%s", [value, None]) == [value, None]
    assert select(conn, "null::bytea") is None
    assert isinstance(select(conn2, "%s", value), memoryview)


def test_register_bytes_for_all_connections_and_back(conn):
    extras.register_bytes()
    assert type(select(conn, "%s", b"abc")) is bytes
    register_type(psycopg2.BINARY)
    assert isinstance(select(conn, "%s", b"abc"), memoryview)


def test_register_bytes_for_what_is_no_connection():
    with pytest.raises(TypeError):
        extras.register_bytes(5)
