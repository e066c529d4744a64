"""Notes on exceptions (PEP 678): what to do about them, beside the message of the original."""

import copy
import dataclasses
import enum
import pickle
import sys

import pytest

import psycopg2
from psycopg2 import extensions, extras, sql

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="notes came with Python 3.11")


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int = 0


class Plain:
    pass


def notes_of(function, *args):
    with pytest.raises(Exception) as caught:
        function(*args)
    return caught.value, "\n".join(getattr(caught.value, "__notes__", []))


@pytest.mark.parametrize(
    "query, args, message, notes",
    [
        ("%s, %s", (1,), "tuple index out of range", ["2 placeholders", "is 1 parameter"]),
        ("%s", (), "tuple index out of range", ["1 placeholder,", "are 0 parameters"]),
        ("%s", [1, 2], "not all arguments", ["1 placeholder,", "are 2 parameters"]),
        ("%s %% %(", [], "list index", ["1 placeholder,", "are 0 parameters"]),
        ("%s", "abc", "not all arguments", ["are 3 parameters", "one str", "(value,)"]),
        ("%s%s", b"a", "index out of range", ["is 1 parameter", "one bytes"]),
        ("%s", 42, "does not support indexing", ["a int", "(value,)"]),
        ("%s", {1, 2}, "does not support indexing", ["a set", "list(values)"]),
        ("%s", {"a": 1}, "dict is not a sequence", ["%(name)s", "sequence"]),
        ("%(a)s", (1,), "tuple indices must be", ["%(name)s", "from a dict", "a tuple"]),
        ("%(a)s", [1], "list indices must be", ["from a dict", "a list"]),
        ("%(a)s", "abc", "string indices must be", ["from a dict", "a str"]),
        ("%(nmae)s", {"name": 1, "age": 2}, "nmae", ["names age, name"]),
        ("%(a)s", {}, "a", ["are empty"]),
        ("like 'a%' and %s", (1,), "index out of range", ["% at index 7", "%%"]),
        ("like 'a%' and %s", (1, 2), "unsupported format character ''' (0x27)", ["%%", "%s"]),
        ("%d", (1,), "unsupported format character 'd'", ["value of any type"]),
        ("%s %", (1, 2), "incomplete format", ["%%"]),
        ("%s %(a)s", (1,), "argument formats can't be mixed", ["throughout"]),
        ("%s", ("a\0b",), "NUL", ["bytea"]),
    ],
)
def test_query_and_parameters_that_do_not_fit_are_explained(cur, query, args, message, notes):
    for method in cur.execute, cur.mogrify:
        error, text = notes_of(method, query, args)
        assert message in str(error)
        assert [note for note in notes if note not in text] == []
    error, text = notes_of(cur.executemany, query, [args])
    assert [note for note in notes if note not in text] == []
    assert len(set(error.__notes__)) == len(error.__notes__)


def test_values_are_never_told(cur):
    error, text = notes_of(cur.execute, "%(a)s", {"b": "secret"})
    assert "secret" not in text
    error, text = notes_of(cur.execute, "%s", ("secret", "secret"))
    assert "secret" not in text


def test_names_that_are_no_text_or_too_many_are_not_told(cur):
    for args in ({1: 2}, {"x" * 100: 1}, {str(i): i for i in range(50)}):
        _, text = notes_of(cur.execute, "%(a)s", args)
        assert text == ""


@pytest.mark.parametrize(
    "value, notes",
    [
        (Plain(), ["register_adapter(Plain,", "__conform__"]),
        ({"a": 1}, ["Json", "hstore"]),
        ({1}, ["list(value)", "tuple(value)"]),
        (range(3), ["list(value)"]),
        ((i for i in "ab"), ["list(value)"]),
        (Color.RED, ["member.value"]),
        (Point(), ["astuple"]),
        (Point, ["a class"]),
        (len, ["not called"]),
        ("".join, ["not called"]),
        (notes_of, ["not called"]),
        (sql.SQL("a"), ["part of a query"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_that_does_not_adapt_is_explained(cur, value, notes):
    name = type(value).__name__
    for call in (
        lambda: cur.execute("select %s", (value,)),
        lambda: cur.execute("select %s", ([1, value],)),
        lambda: cur.executemany("select %s", [(value,)]),
        lambda: extras.execute_values(cur, "values %s", [(value,)]),
        lambda: extensions.adapt(value),
    ):
        error, text = notes_of(call)
        assert type(error) is psycopg2.ProgrammingError
        assert str(error).startswith("can't adapt type '") and name in str(error)
        assert [note for note in notes if note not in text] == []


def test_advice_that_fails_is_left_out(cur):
    class Meta(type):
        def __getattr__(cls, name):
            raise ZeroDivisionError

    class Odd(metaclass=Meta):
        pass

    error, text = notes_of(cur.execute, "select %s", (Odd(),))
    assert str(error) == "can't adapt type 'Odd'" and text == ""


def test_error_of_the_programs_own_is_left_alone(cur):
    class Bad:
        def __conform__(self, protocol):
            raise RuntimeError("its own")

    error, text = notes_of(cur.execute, "%s", (Bad(),))
    assert (str(error), text) == ("its own", "")


def test_statement_without_its_parameters_is_explained(conn, cur):
    error, text = notes_of(cur.execute, "select %s")
    assert type(error) is psycopg2.errors.SyntaxError
    assert "second argument" in text
    conn.rollback()
    error, text = notes_of(cur.execute, "selec 1")
    assert text == ""
    assert error.diag.severity_nonlocalized == "ERROR"


def test_failed_transaction_is_explained(conn, cur):
    notes_of(cur.execute, "select 1/0")
    error, text = notes_of(cur.execute, "select 1")
    assert type(error) is psycopg2.errors.InFailedSqlTransaction
    assert "rollback()" in text


def test_statement_that_needs_autocommit_is_explained(conn, cur):
    cur.execute("select 1")
    error, text = notes_of(cur.execute, "vacuum")
    assert type(error) is psycopg2.errors.ActiveSqlTransaction
    assert "autocommit" in text


def test_session_settings_within_a_transaction_are_explained(conn, cur):
    cur.execute("select 1")
    _, text = notes_of(lambda: conn.set_session(readonly=True))
    assert "rollback()" in text


def test_closed_cursor_and_connection_are_told_apart(conn):
    cur, other = conn.cursor(), conn.cursor()
    cur.close()
    assert notes_of(cur.execute, "select 1")[1] == ""
    conn.close()
    error, text = notes_of(other.execute, "select 1")
    assert (str(error), text) == ("cursor already closed", "its connection is closed")


def test_missing_rows_are_explained(cur):
    assert "no statement" in notes_of(cur.fetchone)[1]
    cur.execute("create temp table notes_t (a int)")
    assert "RETURNING" in notes_of(cur.fetchone)[1]


def test_unknown_connection_parameter_is_explained():
    for call in (
        lambda: psycopg2.connect("host=localhost passwd=secret"),
        lambda: extensions.parse_dsn("passwd=secret"),
    ):
        error, text = notes_of(call)
        assert 'invalid connection option "passwd"' in str(error)
        assert "password" in text and "secret" not in text


def test_named_cursor_says_how_it_would_work(conn):
    cur = conn.cursor("notes_cur")
    cur.execute("select 1")
    assert "new cursor" in notes_of(cur.execute, "select 2")[1]
    conn.commit()
    assert "withhold=True" in notes_of(cur.fetchone)[1]
    conn.autocommit = True
    assert "withhold=True" in notes_of(conn.cursor("notes_cur").execute, "select 1")[1]


@pytest.mark.parametrize(
    "again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))], ids=["copy", "pickle"]
)
def test_notes_stay_with_a_copied_error(cur, again):
    error, text = notes_of(cur.execute, "select %s", ({},))
    made = again(error)
    assert (str(made), made.__notes__) == (str(error), error.__notes__)
