"""Composite types."""

import datetime as dt

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import CompositeCaster, DictCursor, RealDictCursor, register_composite

pytestmark = pytest.mark.usefixtures("registries")


@pytest.fixture
def cconn(conn):
    """A connection whose transaction has types, in the schemas comp and comp2."""
    cur = conn.cursor()
    cur.execute(
        """
        create schema comp; create schema comp2; set local search_path to comp, public;
        create type pair as (a int, b text);
        create type comp2.pair as (z date);
        create type comp2.hidden as (z int);
        create type nested as (p pair, q pair[], d date);
        create type "We ird" as (x int);
        create type "Upper" as (x int);
        create type empty as ();
        create table rel (i int, j text, k float8);
        alter table rel drop column i
        """
    )
    return conn


def select(conn, expression, *args):
    cur = conn.cursor()
    cur.execute(f"select {expression}", args or None)
    return cur.fetchone()[0]


def test_rows_are_named_tuples(cconn):
    caster = register_composite("pair", cconn)
    assert isinstance(caster, CompositeCaster)
    got = select(cconn, "(1, 'x')::pair")
    assert got == (1, "x")
    assert (got.a, got.b) == (1, "x")
    assert type(got) is caster.type
    assert repr(got) == "pair(a=1, b='x')"


@pytest.mark.parametrize(
    "b",
    [
        None,
        "",
        " ",
        "x",
        ",",
        "()",
        '"',
        '""',
        "\\",
        "\\\\",
        'a"b\\c,(d) e',
        "NULL",
        "it's",
        "é\n\t",
        "(1,2)",
        "{}",
    ],
)
def test_text_of_all_kinds_comes_through(cconn, b):
    register_composite("pair", cconn)
    assert select(cconn, "(%s, %s)::pair", 1, b) == (1, b)
    assert select(cconn, "array[(%s, %s)::pair]", None, b) == [(None, b)]


def test_arrays_and_null(cconn):
    register_composite("pair", cconn)
    assert select(cconn, "array[(1, 'x')::pair, null, row(null, null)::pair]") == [
        (1, "x"),
        None,
        (None, None),
    ]
    assert select(cconn, "null::pair") is None


def test_nested(cconn):
    pair = register_composite("pair", cconn)
    nested = register_composite("nested", cconn)
    got = select(
        cconn,
        "row(%s, array[%s::pair, %s::pair], %s)::nested",
        (1, 'a"b'),
        (2, None),
        (3, "c,\\"),
        dt.date(2020, 1, 2),
    )
    assert got == ((1, 'a"b'), [(2, None), (3, "c,\\")], dt.date(2020, 1, 2))
    assert type(got) is nested.type
    assert type(got.p) is type(got.q[1]) is pair.type


def test_nested_without_the_inner_one(cconn):
    register_composite("nested", cconn)
    assert select(cconn, "row(row(1, 'x'), null, null)::nested") == ("(1,x)", None, None)


def test_rows_of_a_table(cconn):
    caster = register_composite("rel", cconn)
    assert caster.attnames == ["j", "k"]
    assert select(cconn, "('x', 1.5)::rel") == ("x", 1.5)


def test_attributes_of_the_caster(cconn):
    caster = register_composite("pair", cconn)
    oid = select(cconn, "'pair'::regtype::oid")
    array_oid = select(cconn, "'pair[]'::regtype::oid")
    assert (caster.name, caster.schema) == ("pair", "comp")
    assert (caster.oid, caster.array_oid) == (oid, array_oid)
    assert (caster.attnames, caster.atttypes) == (["a", "b"], [23, 25])
    assert (caster.typecaster.name, caster.typecaster.values) == ("pair", (oid,))
    assert (caster.array_typecaster.name, caster.array_typecaster.values) == (
        "pairARRAY",
        (array_oid,),
    )
    assert caster.type.__module__ == "psycopg2.extras"


@pytest.mark.parametrize(
    "name, schema, typname",
    [
        ("pair", "comp", "pair"),
        ("comp.pair", "comp", "pair"),
        ("comp2.pair", "comp2", "pair"),
        ('"comp2"."pair"', "comp2", "pair"),
        ('comp2."pair"', "comp2", "pair"),
        ("PAIR", "comp", "pair"),
        ("Comp2.Pair", "comp2", "pair"),
        (" pair ", "comp", "pair"),
        ("We ird", "comp", "We ird"),
        ('"We ird"', "comp", "We ird"),
        ("Upper", "comp", "Upper"),
        ("comp.Upper", "comp", "Upper"),
    ],
)
def test_names(cconn, name, schema, typname):
    class Caster(CompositeCaster):
        def _create_type(self, name, attnames):
            pass  # "We ird" cannot be a class

        def make(self, values):
            return values

    caster = register_composite(name, cconn, factory=Caster)
    assert (caster.schema, caster.name) == (schema, typname)


@pytest.mark.parametrize("path, schema", [("comp2, comp", "comp2"), ("comp, comp2", "comp")])
def test_search_path_decides(cconn, path, schema):
    cconn.cursor().execute(f"set local search_path to {path}")
    assert register_composite("pair", cconn).schema == schema


def test_search_path_goes_before_public(conn):
    cur = conn.cursor()
    cur.execute(
        "create type public.twin as (in_public int); create schema mine;"
        "create type mine.twin as (in_mine int); set local search_path to mine, public"
    )
    assert register_composite("twin", conn).attnames == ["in_mine"]


def test_public_is_found_outside_the_search_path(conn):
    cur = conn.cursor()
    cur.execute("create type public.twin as (a int); set local search_path to pg_catalog")
    assert register_composite("twin", conn).schema == "public"


def test_temporary_types(conn):
    conn.cursor().execute("create temp table temporary (a int)")
    assert register_composite("temporary", conn).attnames == ["a"]
    assert register_composite("pg_temp.temporary", conn).attnames == ["a"]


@pytest.mark.parametrize(
    "name",
    [
        "nosuch",
        "comp.nosuch",
        "nosuch.pair",
        "hidden",
        "int4",
        "empty",
        "",
        ".",
        '"',
        '"pair',
        "a.b.c.d",
        '""',
        'comp."pair"x',
    ],
)
def test_names_that_are_no_composite_type(cconn, name):
    with pytest.raises(psycopg2.ProgrammingError, match="not found"):
        register_composite(name, cconn)
    assert cconn.info.transaction_status == extensions.TRANSACTION_STATUS_INTRANS


def test_register_for_one_connection(cconn, conn2):
    oid = register_composite("pair", cconn).oid
    assert oid in cconn.string_types
    assert oid not in conn2.string_types
    assert oid not in extensions.string_types


def test_register_for_one_cursor(cconn):
    cur = cconn.cursor()
    register_composite("pair", cur)
    cur.execute("select (1, 'x')::pair")
    assert cur.fetchone() == ((1, "x"),)
    assert select(cconn, "(1, 'x')::pair") == "(1,x)"


def test_register_globally(cconn, conn2):
    caster = register_composite("pair", cconn, globally=True)
    assert conn2.cursor().cast(caster.oid, "(1,x)") == (1, "x")
    assert conn2.cursor().cast(caster.array_oid, '{"(1,x)"}') == [(1, "x")]


@pytest.mark.parametrize("factory", [DictCursor, RealDictCursor])
def test_lookup_does_not_use_the_cursor_s_rows(cconn, factory):
    cconn.cursor_factory = factory
    assert register_composite("pair", cconn).attnames == ["a", "b"]
    assert register_composite("pair", cconn.cursor()).attnames == ["a", "b"]


def test_lookup_leaves_no_transaction_open(conn):
    register_composite("pg_class", conn)
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE
    with pytest.raises(psycopg2.ProgrammingError):
        register_composite("nosuch", conn)
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE


def test_lookup_in_a_failed_transaction(conn):
    with pytest.raises(psycopg2.ProgrammingError):
        conn.cursor().execute("oops")
    with pytest.raises(psycopg2.InternalError, match="aborted"):
        register_composite("pair", conn)
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_INERROR


def test_factory_makes_other_objects(cconn):
    class DictCaster(CompositeCaster):
        def make(self, values):
            return dict(zip(self.attnames, values))

    caster = register_composite("pair", cconn, factory=DictCaster)
    assert type(caster) is DictCaster
    assert select(cconn, "array[(1, 'x')::pair]") == [{"a": 1, "b": "x"}]


def test_factory_that_raises(cconn):
    class Caster(CompositeCaster):
        def make(self, values):
            raise ZeroDivisionError("mine")

    register_composite("pair", cconn, factory=Caster)
    with pytest.raises(ZeroDivisionError, match="mine"):
        select(cconn, "(1, 'x')::pair")


def test_type_that_changed_since(cconn):
    register_composite("pair", cconn)
    cconn.cursor().execute("alter type pair add attribute c int")
    with pytest.raises(psycopg2.DataError, match="expecting 2 components for the type pair, 3"):
        select(cconn, "(1, 'x', 2)::pair")


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("(1,2)", ["1", "2"]),
        ('(,"",a b, x )', [None, "", "a b", " x "]),
        ('("a""b","c\\\\d","e\\"f")', ['a"b', "c\\d", 'e"f']),
        ("()", [None]),
        ("(a\nb)", ["a\nb"]),
        ('(a"b,c"d)', ["ab,cd"]),
        ("(a\\,b)", ["a,b"]),
    ],
)
def test_tokenize(text, tokens):
    assert CompositeCaster.tokenize(text) == tokens


@pytest.mark.parametrize("text", ["", "(", "1,2", "(1,2", "(1,2)x", '(1,"2)', "(1,2\\)", '("\\")'])
def test_tokenize_what_is_no_composite(text):
    with pytest.raises(psycopg2.DataError, match="failed to parse composite"):
        CompositeCaster.tokenize(text)


def test_caster_by_hand(cur):
    caster = CompositeCaster("mine", 400001, [("a", 23), ("b", 25)], array_oid=400002)
    assert caster.parse("(1,2)", cur) == (1, "2")
    assert caster.parse(None, cur) is None
    assert caster.make([1, 2]) == caster.type(1, 2)
    assert caster.array_typecaster.values == (400002,)
    assert CompositeCaster("mine", 400001, [("a", 23)]).array_typecaster is None


@pytest.mark.parametrize("attname", ["a b", "class"])
def test_attributes_that_cannot_be_named(attname):
    with pytest.raises(ValueError, match="field names"):
        CompositeCaster("mine", 400001, [(attname, 23)])


@pytest.mark.parametrize(
    "args, kwargs, error",
    [
        (("pair", None), {}, psycopg2.ProgrammingError),
        (("pair", 5), {}, (TypeError, AttributeError)),
        ((5, "conn"), {}, TypeError),
        (("pair", "conn"), {"factory": 5}, (TypeError, AttributeError)),
        (("pair", "conn"), {"factory": dict}, (TypeError, AttributeError)),
    ],
)
def test_misuse(conn, args, kwargs, error):
    args = [conn if arg == "conn" else arg for arg in args]
    with pytest.raises(error):
        register_composite(*args, **kwargs)
