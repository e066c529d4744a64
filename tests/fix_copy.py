"""What tests of COPY share: how it may not end, and records for both formats of copy_records()."""

import itertools

import pytest

from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE

MANY = 5000  # records of a list go in the binary format when there are so many


def as_iterator(records):
    return iter(records)


def as_long_list(records):
    """The records again and again."""
    return list(itertools.islice(itertools.cycle(records), max(MANY, len(records))))


# In text, and, where the types allow it, in binary.
WAYS = [as_iterator, as_long_list]
ways = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def no_copy_is_left(conn):
    """Whatever a COPY ends in, the connection is not left within it, as the original leaves it."""
    yield
    assert conn.get_transaction_status() != TRANSACTION_STATUS_ACTIVE
    conn.rollback()
    with conn.cursor() as cur:
        cur.execute("select 1")
        assert cur.fetchone() == (1,)


@pytest.fixture
def table(cur):
    """A cursor of a connection that has an empty table `data`."""
    cur.execute("create temp table data (a int, b text, c float8)")
    return cur


def rows_of(cur, table="data"):
    cur.execute(f"select * from {table} order by ctid")
    return cur.fetchall()


class Name(str):
    """A str of the program's own type."""
