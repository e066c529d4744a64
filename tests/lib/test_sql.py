"""psycopg2.sql: statements made of parts."""

import datetime as dt
import pickle

import pytest

import psycopg2
from psycopg2 import sql
from psycopg2.sql import SQL, Composable, Composed, Identifier, Literal, Placeholder


@pytest.mark.parametrize(
    "obj, text",
    [
        (SQL("select 1"), "select 1"),
        (SQL("%s {}"), "%s {}"),
        (Identifier("a"), '"a"'),
        (Identifier('a"b%'), '"a""b%"'),
        (Identifier("s", "t"), '"s"."t"'),
        (Identifier(""), '""'),
        (Literal(1), "1"),
        (Literal(-1), " -1"),
        (Literal(None), "NULL"),
        (Literal("it's %s"), "'it''s %s'"),
        (Literal([1, 2]), "ARRAY[1,2]"),
        (Literal(dt.date(2020, 1, 2)), "'2020-01-02'::date"),
        (Placeholder(), "%s"),
        (Placeholder("x y"), "%(x y)s"),
        (SQL("a") + SQL("b"), "ab"),
        (SQL("a") + Composed([SQL("b")]), "ab"),
        (Composed([SQL("a")]) + SQL("b"), "ab"),
        (Composed([SQL("a")]) + Composed([SQL("b"), Literal(1)]), "ab1"),
        (SQL("a") * 3, "aaa"),
        (SQL("a") * 0, ""),
        (Composed([SQL("a"), SQL("b")]) * 2, "abab"),
        (Placeholder() * 2, "%s%s"),
        (SQL(", ").join(Placeholder() * 3), "%s, %s, %s"),
        (SQL(", ").join(Identifier(n) for n in "ab"), '"a", "b"'),
        (SQL(", ").join([]), ""),
        (Composed([SQL("a"), SQL("b")]).join(", "), "a, b"),
        (Composed([SQL("a"), SQL("b")]).join(SQL(";")), "a;b"),
        (SQL("{} and {}").format(SQL("a"), Literal(1)), "a and 1"),
        (SQL("{1} and {0} {1}").format(SQL("a"), Literal(1)), "1 and a 1"),
        (SQL("{x} and {y}").format(x=SQL("a"), y=Literal(1)), "a and 1"),
        (SQL("{} {y}").format(SQL("a"), y=SQL("b")), "a b"),
        (SQL("{{{}}} %s").format(SQL("a")), "{a} %s"),
        (SQL("no fields").format(), "no fields"),
        (SQL("").format(), ""),
        (sql.NULL, "NULL"),
        (sql.DEFAULT, "DEFAULT"),
    ],
)
def test_as_string(conn, obj, text):
    assert obj.as_string(conn) == text
    assert obj.as_string(conn.cursor()) == text


@pytest.mark.parametrize(
    "obj, text",
    [
        (SQL("a"), "SQL('a')"),
        (Identifier("a"), "Identifier('a')"),
        (Identifier("a", "b"), "Identifier('a', 'b')"),
        (Literal("a"), "Literal('a')"),
        (Placeholder(), "Placeholder()"),
        (Placeholder("x"), "Placeholder('x')"),
        (Composed([SQL("a"), Literal(1)]), "Composed([SQL('a'), Literal(1)])"),
        (sql.NULL, "SQL('NULL')"),
    ],
)
def test_repr(obj, text):
    assert repr(obj) == str(obj) == text


@pytest.mark.parametrize(
    "call, error, match",
    [
        (lambda: SQL(5), TypeError, "SQL values must be strings"),
        (lambda: SQL(b"a"), TypeError, "SQL values must be strings"),
        (lambda: Identifier(), TypeError, "cannot be empty"),
        (lambda: Identifier(5), TypeError, "must be strings"),
        (lambda: Identifier("a", None), TypeError, "must be strings"),
        (lambda: Identifier("a", "b").string, AttributeError, "more than one"),
        (lambda: Placeholder(5), TypeError, "expected string or None as name, got 5"),
        (lambda: Placeholder("a)b"), ValueError, r"invalid name: 'a\)b'"),
        (lambda: Composed(["a"]), TypeError, "must be Composable, got 'a' instead"),
        (lambda: Composed(5), TypeError, "not iterable"),
        (lambda: SQL("a") + "b", TypeError, "unsupported operand"),
        (lambda: Composed([]) + "b", TypeError, "unsupported operand"),
        (lambda: SQL("a") * "b", TypeError, "can't multiply"),
        (lambda: Composed([]).join(5), TypeError, "must be a string or an SQL"),
        (lambda: SQL(",").join(["a"]), TypeError, "must be Composable"),
        (lambda: SQL("{}").format("a"), TypeError, "must be Composable, got 'a'"),
        (lambda: SQL("{}").format(), IndexError, None),
        (lambda: SQL("{x}").format(), KeyError, "x"),
        (lambda: SQL("{:>5}").format(SQL("a")), ValueError, "no format specification"),
        (lambda: SQL("{!r}").format(SQL("a")), ValueError, "no format conversion"),
        (lambda: SQL("{").format(), ValueError, "Single '{'"),
        (lambda: SQL("}").format(), ValueError, "Single '}'"),
        (lambda: SQL("{} {0}").format(SQL("a")), ValueError, "automatic field numbering to manual"),
        (lambda: SQL("{0} {}").format(SQL("a")), ValueError, "to automatic"),
        (lambda: SQL("{a.b}").format(a=SQL("a")), KeyError, "a.b"),
        (lambda: hash(SQL("a")), TypeError, "unhashable"),
    ],
)
def test_misuse(call, error, match):
    with pytest.raises(error, match=match):
        call()


@pytest.mark.parametrize("context", [None, 5, "x"])
@pytest.mark.parametrize("obj", [Literal(1), Identifier("a")])
def test_as_string_needs_a_connection(obj, context):
    with pytest.raises(TypeError, match="must be a connection or a cursor"):
        obj.as_string(context)


def test_literal_of_what_does_not_adapt(conn):
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'object'"):
        Literal(object()).as_string(conn)


def test_composable_is_abstract(conn):
    with pytest.raises(NotImplementedError):
        Composable("a").as_string(conn)


@pytest.mark.parametrize(
    "a, b, equal",
    [
        (SQL("a"), SQL("a"), True),
        (SQL("a"), SQL("b"), False),
        (SQL("a"), Literal("a"), False),
        (SQL("a"), "a", False),
        (Identifier("a"), Identifier("a"), True),
        (Identifier("a"), Identifier("a", "b"), False),
        (Placeholder(), Placeholder("a"), False),
        (Composed([SQL("a")]), Composed([SQL("a")]), True),
    ],
)
def test_equality(a, b, equal):
    assert (a == b) is equal
    assert (a != b) is not equal


def test_attributes():
    assert SQL("a").string == "a"
    assert Identifier("a").string == "a"
    assert Identifier("a", "b").strings == ("a", "b")
    assert Literal([1]).wrapped == [1]
    assert Placeholder("a").name == "a"
    assert Placeholder().name is None
    assert Composed([SQL("a"), SQL("b")]).seq == [SQL("a"), SQL("b")]
    assert list(Composed([SQL("a"), SQL("b")])) == [SQL("a"), SQL("b")]


def test_pickle():
    query = SQL("select {} from {}").format(Literal(1), Identifier("a", "b"))
    assert pickle.loads(pickle.dumps(query)) == query


def test_format_splits_the_text():
    assert SQL("a {} b {x}").format(SQL("1"), x=SQL("2")).seq == [
        SQL("a "),
        SQL("1"),
        SQL(" b "),
        SQL("2"),
    ]


def test_execute_takes_composables(cur):
    cur.execute("create temp table t (id serial, name text)")
    query = SQL("insert into {table} ({fields}) values ({values})").format(
        table=Identifier("t"),
        fields=SQL(", ").join([Identifier("name")]),
        values=SQL(", ").join(Placeholder() * 1),
    )
    cur.execute(query, ["it's"])
    assert cur.query == b"""insert into "t" ("name") values ('it''s')"""
    cur.executemany(query, [["a"], ["b"]])
    cur.execute(SQL("select name from {} order by id").format(Identifier("t")))
    assert cur.fetchall() == [("it's",), ("a",), ("b",)]
    assert cur.mogrify(SQL("{}").format(Literal("x"))) == b"'x'"


def test_percent_in_an_identifier_is_left_alone(cur):
    cur.execute(SQL("select 1 as {}").format(Identifier("50%")))
    assert cur.description[0].name == "50%"


def test_copy_expert_takes_composables(cur, tmp_path):
    path = tmp_path / "out"
    with path.open("w") as f:
        cur.copy_expert(SQL("copy (select {}) to stdout").format(Literal("x")), f)
    assert path.read_text() == "x\n"


def test_literal_is_in_the_connection_s_encoding(conn):
    conn.set_client_encoding("LATIN1")
    assert Literal("é").as_string(conn) == "'é'"
    assert Identifier("é").as_string(conn) == '"é"'
    with pytest.raises(UnicodeEncodeError):
        Literal("€").as_string(conn)
