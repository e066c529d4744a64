"""Typecasters of the program's own: how they are made, where they hold, and how they fail."""

import uuid

import pytest

import psycopg2
from psycopg2 import extensions, extras
from psycopg2.extensions import INTEGER, new_array_type, new_type, register_type, string_types

INT4 = 23
SOME_UUID = "b3b28a40-9f7c-4d6c-8a3f-1c6f5f1d2b3a"


@pytest.fixture(autouse=True)
def registry_as_it_was():
    before = dict(string_types)
    yield
    string_types.clear()
    string_types.update(before)
    register_type(INTEGER)  # through the front door too, for whoever counts changes there


def tagging(tag, oid=INT4):
    """A caster that shows whose it is."""
    return new_type((oid,), tag, lambda value, cur: (tag, value))


def select(cur, expression="1"):
    cur.execute(f"select {expression}")
    return cur.fetchone()[0]


def test_caster_of_the_most_specific_scope_wins(connect, conn, cur):
    register_type(tagging("module"))
    assert select(cur) == ("module", "1")
    register_type(tagging("connection"), conn)
    assert select(cur) == ("connection", "1")
    register_type(tagging("cursor"), cur)
    assert select(cur) == ("cursor", "1")
    assert select(conn.cursor()) == ("connection", "1")
    assert select(connect().cursor()) == ("module", "1")
    assert string_types[INT4].name == "module"
    register_type(INTEGER)
    assert select(connect().cursor()) == 1
    assert select(cur) == ("cursor", "1")


def test_caster_scopes_can_be_seen(conn, cur):
    assert conn.string_types == {}
    assert conn.binary_types == {}
    assert conn.cursor().string_types is None
    of_conn, of_cur = tagging("connection"), tagging("cursor")
    register_type(of_conn, conn)
    register_type(of_cur, cur)
    assert conn.string_types == {INT4: of_conn}
    assert cur.string_types[INT4] is of_cur
    with pytest.raises(AttributeError):
        conn.string_types = {}


@pytest.mark.parametrize("named", [False, True], ids=["client", "named"])
def test_caster_is_used_by_every_kind_of_cursor(conn, named):
    register_type(tagging("connection"), conn)
    cur = conn.cursor("name") if named else conn.cursor()
    cur.execute("select 1, 2")
    assert cur.fetchall() == [(("connection", "1"), ("connection", "2"))]


def test_caster_for_one_of_the_oids_only(conn, cur):
    register_type(new_type((20, 21), "SMALL", lambda value, cur: f"<{value}>"), conn)
    cur.execute("select 1::int2, 2::int4, 3::int8")
    assert cur.fetchone() == ("<1>", 2, "<3>")


def test_caster_gets_none_for_null(conn, cur):
    register_type(tagging("t"), cur)
    assert select(cur, "null::int") == ("t", None)


def test_caster_gets_text_and_the_cursor(cur):
    seen = []

    def caster(value, of):
        seen.append((value, of))
        return "cast"

    register_type(new_type((25, INT4), "SEES", caster), cur)
    cur.execute("select 'é', 5, null::text")
    assert cur.fetchone() == ("cast", "cast", "cast")
    assert [value for value, _ in seen] == ["é", "5", None]
    assert all(of is cur for _, of in seen)


def test_caster_registered_after_execute_is_for_the_next_result(cur):
    cur.execute("select generate_series(1, 3)")
    assert cur.fetchone() == (1,)
    register_type(tagging("late"), cur)
    assert cur.fetchall() == [(2,), (3,)]
    assert select(cur) == ("late", "1")


def test_caster_of_the_module_changes_between_results(cur):
    """Nothing remembers a caster from one result to the next."""
    for _ in range(2):
        assert select(cur) == 1
        register_type(tagging("mine"))
        assert select(cur) == ("mine", "1")
        register_type(INTEGER)


def test_string_types_may_be_changed_in_place(connect):
    string_types[INT4] = tagging("in place")
    assert select(connect().cursor()) == ("in place", "1")
    del string_types[INT4]
    assert select(connect().cursor()) == "1"
    string_types[INT4] = INTEGER
    assert select(connect().cursor()) == 1


@pytest.mark.parametrize("nonsense", [5, None, "text", object()], ids=repr)
def test_string_types_holding_no_caster_is_an_error(connect, nonsense):
    # the original crashes
    cur = connect().cursor()
    string_types[INT4] = nonsense
    with pytest.raises((TypeError, psycopg2.Error)):
        select(cur)


class Boom(Exception):
    pass


def raising(exception):
    def caster(value, cur):
        raise exception

    return caster


@pytest.mark.parametrize("method", ["fetchone", "fetchmany", "fetchall", "iter"])
@pytest.mark.parametrize("array", [False, True], ids=["scalar", "array"])
def test_caster_that_raises_is_heard(conn, cur, method, array):
    caster = new_type((INT4,), "RAISES", raising(Boom("in the caster")))
    if array:
        caster = new_array_type((1007,), "RAISES", caster)
    register_type(caster, cur)
    cur.execute("select array[1, 2]" if array else "select 1")
    with pytest.raises(Boom, match="^in the caster$"):
        list(cur) if method == "iter" else getattr(cur, method)()
    assert select(conn.cursor()) == 1
    assert select(conn.cursor(), "array[1]") == [1]


def test_caster_that_raises_takes_its_row_with_it(cur):
    def picky(value, cur):
        if value == "2":
            raise Boom
        return int(value)

    register_type(new_type((INT4,), "PICKY", picky), cur)
    cur.execute("select generate_series(1, 3)")
    assert cur.fetchone() == (1,)
    with pytest.raises(Boom):
        cur.fetchone()
    assert cur.fetchone() == (3,)
    assert cur.fetchone() is None


@pytest.mark.parametrize("caster", [lambda value: 1, lambda: 1], ids=["one", "none"])
def test_caster_of_another_signature_is_an_error(cur, caster):
    register_type(new_type((INT4,), "BAD", caster), cur)
    with pytest.raises(TypeError, match="positional argument"):
        select(cur)


@pytest.mark.parametrize("given", [None, NotImplemented, "text", [], object], ids=repr)
def test_caster_may_give_anything(cur, given):
    register_type(new_type((INT4,), "ANY", lambda value, cur: given), cur)
    assert select(cur) is given
    register_type(new_array_type((1007,), "ANYS", cur.string_types[INT4]), cur)
    assert select(cur, "array[1, 2]") == [given, given]


@pytest.mark.parametrize(
    "does",
    [
        lambda cur: cur.close(),
        lambda cur: cur.connection.close(),
        lambda cur: cur.execute("select 'another'"),
        lambda cur: cur.fetchall(),
        lambda cur: cur.fetchone(),
        lambda cur: register_type(tagging("inner"), cur),
        lambda cur: cur.connection.rollback(),
        lambda cur: cur.scroll(-1),
    ],
    ids=["close", "close all", "execute", "fetchall", "fetchone", "register", "rollback", "scroll"],
)
def test_caster_may_disturb_its_cursor_without_a_crash(connect, does):
    conn = connect()
    cur = conn.cursor()
    busy = []

    def caster(value, of):
        if not busy:
            busy.append(value)
            does(of)
        return value

    register_type(new_type((INT4,), "DISTURBS", caster), cur)
    cur.execute("select i, i + 1 from generate_series(1, 3) i")
    try:
        rows = cur.fetchall()
    except psycopg2.Error:
        pass
    else:
        assert isinstance(rows, list)
    assert busy == ["1"]
    if not conn.closed:
        conn.rollback()
        assert select(conn.cursor(), "'ok'") == "ok"


def test_caster_may_use_another_cursor(conn, cur):
    other = conn.cursor()

    def caster(value, of):
        other.execute("select %s || '!'", (value,))
        return other.fetchone()[0]

    register_type(new_type((INT4,), "ASKS", caster), cur)
    cur.execute("select generate_series(1, 3)")
    assert cur.fetchall() == [("1!",), ("2!",), ("3!",)]


def test_caster_under_bytes_is_not_decoded(conn, cur):
    register_type(extensions.BYTES, conn)
    register_type(extensions.BYTESARRAY, conn)
    cur.execute("select 'é', 'é'::name, array['é', null], null::text")
    assert cur.fetchone() == (b"\xc3\xa9", b"\xc3\xa9", [b"\xc3\xa9", None], None)


def test_caster_for_uuid_gives_text_again(connect, conn, cur):
    register_type(new_type((2950,), "UUID", lambda value, cur: value), conn)
    assert select(cur, f"'{SOME_UUID}'::uuid") == SOME_UUID
    assert select(connect().cursor(), f"'{SOME_UUID}'::uuid") == uuid.UUID(SOME_UUID)


def test_register_uuid_stays_and_changes_nothing(conn, cur):
    extras.register_uuid(conn_or_curs=conn)
    value = uuid.UUID(SOME_UUID)
    cur.execute("select %s, %s", (value, [value, None]))
    assert cur.fetchone() == (value, [value, None])


def test_cast_of_the_cursor_uses_its_own_casters(connect, conn, cur):
    assert cur.cast(INT4, "5") == 5
    assert cur.cast(20, b"5") == 5
    assert cur.cast(99999, "5") == "5"
    assert cur.cast(INT4, None) is None
    assert cur.cast(99999, None) is None
    assert cur.cast(1007, "{1,NULL}") == [1, None]
    register_type(tagging("module"))
    assert cur.cast(INT4, "5") == ("module", "5")
    register_type(tagging("connection"), conn)
    assert cur.cast(INT4, "5") == ("connection", "5")
    register_type(tagging("cursor"), cur)
    assert cur.cast(INT4, "5") == ("cursor", "5")
    assert conn.cursor().cast(INT4, "5") == ("connection", "5")
    assert connect().cursor().cast(INT4, "5") == ("module", "5")


@pytest.mark.parametrize("args", [(), (23,), (23, "5", 1), (23, 5), (23, object())])
def test_cast_of_the_cursor_refuses(cur, args):
    with pytest.raises(TypeError):
        cur.cast(*args)


@pytest.mark.parametrize("oid", ["int4", None, [], -1, 2**32 + 23, 2**70])
def test_cast_of_what_is_no_oid_is_text(cur, oid):
    assert cur.cast(oid, "5") == "5"


def test_cast_of_what_does_not_parse_is_refused(cur):
    with pytest.raises(ValueError, match="invalid literal"):
        cur.cast(INT4, "five")


def test_new_type(cur):
    caster = new_type((INT4, 21), "MINE", lambda value, cur: (value, cur))
    assert (caster.name, caster.values) == ("MINE", (INT4, 21))
    assert caster("5", cur) == ("5", cur)
    assert caster("5", None) == ("5", None)
    assert caster == INT4
    assert caster == 21
    assert caster != 20
    assert "MINE" in repr(caster)
    named = new_type(values=(INT4,), name="é", castobj=int)
    assert named.name == "é"
    assert new_type((), "NONE", int).values == ()


def test_new_type_calls_back_for_none(cur):
    caster = new_type((INT4,), "MINE", lambda value, cur: ("called", value))
    assert caster(None, cur) in (None, ("called", None))


def test_new_type_without_a_function_cannot_cast(cur):
    for caster in (new_type((INT4,), "MINE"), new_type((INT4,), "MINE", None)):
        assert caster.values == (INT4,)
        assert caster(None, cur) is None
        with pytest.raises(psycopg2.Error):
            caster("5", cur)


def test_new_array_type(cur):
    items = new_type((INT4,), "MINE", lambda value, cur: ("item", value))
    caster = new_array_type((1007,), "MINES", items)
    assert (caster.name, caster.values) == ("MINES", (1007,))
    assert caster("{1,NULL,{2}}", cur) == [("item", "1"), ("item", None), [("item", "2")]]
    assert caster(None, cur) is None
    assert new_array_type(values=(1007,), name="A", baseobj=items).values == (1007,)
    register_type(caster, cur)
    assert select(cur, "array[1, null]") == [("item", "1"), ("item", None)]


@pytest.mark.parametrize(
    "function, args",
    [
        (new_type, ()),
        (new_type, ([INT4], "A", int)),
        (new_type, (INT4, "A", int)),
        (new_type, ((INT4,), 5, int)),
        (new_type, ((INT4,), None, int)),
        (new_type, ((INT4,), b"A", int)),
        (new_type, (("a",), "A", int)),  # the original takes any object for an oid
        (new_type, ((None,), "A", int)),
        (new_array_type, ()),
        (new_array_type, ((1007,), "A")),
        (new_array_type, ((1007,), "A", int)),
        (new_array_type, ((1007,), "A", None)),
        (new_array_type, (1007, "A", INTEGER)),
        (new_array_type, ([1007], "A", INTEGER)),
        (register_type, ()),
        (register_type, (5,)),
        (register_type, ("INTEGER",)),
        (register_type, (int,)),
        (register_type, (INTEGER, 5)),
        (register_type, (INTEGER, "conn")),
        (register_type, (INTEGER, None, None)),
    ],
    ids=lambda v: getattr(v, "__name__", None) or repr(v)[:30],
)
def test_registration_refuses(function, args):
    with pytest.raises(TypeError):
        function(*args)


def test_registration_of_none_is_for_the_module(connect):
    register_type(tagging("module"), None)
    assert select(connect().cursor()) == ("module", "1")


@pytest.mark.parametrize("scope", ["connection", "cursor"])
def test_registration_on_what_is_closed(conn, cur, scope):
    conn.close()
    try:
        register_type(tagging("late"), conn if scope == "connection" else cur)
    except psycopg2.InterfaceError:
        pass


def test_caster_made_from_another(cur):
    """A caster may call one that is there already, as the documentation shows."""

    def half(value, cur):
        number = INTEGER(value, cur)
        return None if number is None else number / 2

    register_type(new_type((INT4,), "HALF", half), cur)
    cur.execute("select 5, null::int")
    assert cur.fetchone() == (2.5, None)


def test_caster_is_not_made_from_its_class():
    with pytest.raises(TypeError):
        type(INTEGER)()
    with pytest.raises(TypeError):
        object.__new__(type(INTEGER))
