"""make_dsn() and the arguments of connect()."""

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import make_dsn, parse_dsn


@pytest.mark.parametrize(
    "dsn, kwargs, expected",
    [
        (None, {}, ""),
        ("", {}, ""),
        ("dbname=a", {}, "dbname=a"),
        ("  dbname=a  ", {}, "  dbname=a  "),
        ("postgresql://h/db", {}, "postgresql://h/db"),
        ("host=a,b port=1,2", {}, "host=a,b port=1,2"),
        ("dbname=a", {"dbname": "b"}, "dbname=b"),
        ("dbname=a", {"dbname": None}, "dbname=a"),
        ("dbname=a", {"database": "b"}, "dbname=b"),
        (None, {"database": "a"}, "dbname=a"),
        (None, {"host": None, "port": 5432}, "port=5432"),
        (None, {"dbname": ""}, "dbname=''"),
        (None, {"dbname": "it's"}, r"dbname=it\'s"),
        (None, {"dbname": "a\\b"}, r"dbname=a\\b"),
        (None, {"dbname": "a b", "port": 5}, "dbname='a b' port=5"),
        (None, {"password": "x\n"}, "password='x\n'"),
        (None, {"user": " "}, "user=' '"),
        (None, {"dbname": "a=b"}, "dbname=a=b"),
    ],
)
def test_make_dsn_gives(dsn, kwargs, expected):
    assert make_dsn(dsn, **kwargs) == expected


@pytest.mark.parametrize(
    "value", ["", " ", "'", "\\", "a'b\\c d", "\t\n", "é €", "=", "\\'", "\xa0"]
)
def test_make_dsn_values_are_what_libpq_reads(value):
    assert parse_dsn(make_dsn(user=value, dbname="x")) == {"user": value, "dbname": "x"}


def test_make_dsn_joins_a_uri_with_keywords():
    dsn = make_dsn("postgresql://tester:secret@host:1234/db", user="me")
    assert parse_dsn(dsn) == {
        "user": "me",
        "password": "secret",
        "host": "host",
        "port": "1234",
        "dbname": "db",
    }


@pytest.mark.parametrize(
    "args, kwargs", [(["nosuch=1"], {}), ([], {"nosuch": 1}), (["dbname"], {})]
)
def test_make_dsn_names_what_libpq_does_not_know(args, kwargs):
    with pytest.raises(psycopg2.ProgrammingError, match="nosuch|dbname"):
        make_dsn(*args, **kwargs)


def test_make_dsn_does_not_take_database_twice():
    with pytest.raises(TypeError, match="'database' and 'dbname'"):
        make_dsn(database="a", dbname="b")


@pytest.mark.parametrize("value", [b"me", bytearray(b"me"), memoryview(b"me")])
def test_make_dsn_does_not_take_bytes_for_a_value(value):
    with pytest.raises(TypeError, match="'user' must be a string"):
        make_dsn(user=value)


def test_make_dsn_does_not_take_an_int():
    with pytest.raises(TypeError):
        make_dsn(5)


def called_with(*args, **kwargs):
    """The arguments that connect() gives a connection factory."""
    seen = []
    psycopg2.connect(*args, connection_factory=lambda *a: seen.append(a), **kwargs)
    return seen[0]


def test_connect_gives_the_factory_the_joined_dsn():
    assert called_with("dbname=a", port=5) == ("dbname=a port=5",)


@pytest.mark.parametrize("name", ["async", "async_"])
def test_connect_takes_both_spellings_of_async(name):
    assert called_with("dbname=a", **{name: True}) == ("dbname=a", 1)
    assert called_with("dbname=a", **{name: False}) == ("dbname=a",)


def test_connect_sets_the_cursor_factory(connect, dsn):
    class Cursor(extensions.cursor):
        pass

    conn = connect(dsn, cursor_factory=Cursor)
    assert conn.cursor_factory is Cursor
    assert type(conn.cursor()) is Cursor
    assert connect(dsn, cursor_factory=None).cursor_factory is None
