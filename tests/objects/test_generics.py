"""What the stubs say is generic can be written with its type at run time too, in an annotation."""

import pickle

import pytest

from psycopg2 import extensions, extras, pool
from psycopg2.extras import DictCursor

GENERIC = [
    extensions.connection,
    extras.LogicalReplicationConnection,
    pool.SimpleConnectionPool,
    pool.ThreadedConnectionPool,
    extras.Range,
    extras.Multirange,
]


@pytest.mark.parametrize("cls", GENERIC, ids=lambda cls: cls.__name__)
def test_generic_class_takes_its_type_in_brackets(cls):
    alias = cls[DictCursor]
    assert alias.__origin__ is cls
    assert alias.__args__ == (DictCursor,)


def test_generic_stream_takes_its_type_in_brackets(conn):
    with conn.cursor() as cur, cur.stream("select 1") as stream:
        assert type(stream)[tuple].__origin__ is type(stream)


def test_generic_connection_is_a_base_class_and_a_factory(connect):
    class Mine(extensions.connection[DictCursor]):
        pass

    assert Mine.__bases__ == (extensions.connection,)
    assert type(connect(connection_factory=Mine)) is Mine
    assert type(connect(connection_factory=extensions.connection[DictCursor])) is (
        extensions.connection
    )


def test_generic_range_is_what_it_would_be_without():
    value = extras.Range[int](1, 5)
    assert value == extras.Range(1, 5)
    assert pickle.loads(pickle.dumps(value)) == value
