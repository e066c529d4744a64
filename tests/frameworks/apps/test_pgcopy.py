"""pgcopy: COPY in the binary format, made by that package, through copy_expert()."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from pgcopy import CopyManager

COLUMNS = ("i", "big", "x", "flag", "t", "raw", "day", "at", "price", "key", "tags", "doc")
MADE = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.timezone.utc)


@pytest.fixture
def table(app_conn):
    with app_conn, app_conn.cursor() as cur:
        cur.execute(
            "CREATE TABLE loaded (i int, big int8, x float8, flag bool, t text, raw bytea,"
            " day date, at timestamptz, price numeric, key uuid, tags text[], doc jsonb)"
        )
    yield app_conn
    app_conn.rollback()
    with app_conn, app_conn.cursor() as cur:
        cur.execute("DROP TABLE loaded")


def row(n: int) -> tuple:
    return (
        n, n * 2**40, n / 3, n % 2 == 0, f"é\t{n}\\", bytes([0, n % 256]), dt.date(2024, 1, 1),
        MADE + dt.timedelta(seconds=n), Decimal(n) / 8, uuid.UUID(int=n), [f"a{n}", "b,c"],
        b'{"n": %d}' % n,
    )  # fmt: skip


def test_rows_in_the_binary_format_arrive_as_they_were(table):
    schema = table.cursor()
    schema.execute("SELECT current_schema()")
    manager = CopyManager(table, f"{schema.fetchone()[0]}.loaded", COLUMNS)
    manager.copy([row(n) for n in range(1000)])
    table.commit()
    with table.cursor() as cur:
        cur.execute("SELECT * FROM loaded ORDER BY i")
        for n, found in enumerate(cur.fetchall()):
            expected = (*row(n)[:-1], {"n": n})
            assert (*found[:5], bytes(found[5]), *found[6:]) == expected
        assert cur.rowcount == 1000


def test_a_thread_can_feed_the_copy_through_a_pipe(table):
    schema = table.cursor()
    schema.execute("SELECT current_schema()")
    manager = CopyManager(table, f"{schema.fetchone()[0]}.loaded", ("i", "t"))
    manager.threading_copy((n, "x" * 1000) for n in range(5000))
    table.commit()
    schema.execute("SELECT count(*), sum(i), sum(length(t)) FROM loaded")
    assert schema.fetchone() == (5000, sum(range(5000)), 5_000_000)
