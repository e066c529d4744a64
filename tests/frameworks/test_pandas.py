"""pandas on a raw connection, and through SQLAlchemy: what is read is what was written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import text
from sqlalchemy.dialects import postgresql as pg

from psycopg2 import errors, sql

# pandas only promises SQLAlchemy and warns about every other connection, psycopg2's too.
RAW = "ignore:pandas only supports SQLAlchemy connectable:UserWarning"


@pytest.fixture
def measures(app_conn):
    cur = app_conn.cursor()
    cur.execute(
        """CREATE TEMP TABLE measures (
               id int, station text, celsius float8, price numeric(8,2), dry bool,
               day date, at timestamptz)"""
    )
    cur.executemany(
        "INSERT INTO measures VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (
                i,
                ["Öland", "Paris", None][i % 3],
                None if i == 4 else i / 4 - 10,
                Decimal(i) + Decimal("0.25"),
                i % 2 == 0,
                dt.date(2024, 1, 1) + dt.timedelta(days=i),
                dt.datetime(2024, 1, 1, 12, tzinfo=dt.timezone.utc) + dt.timedelta(hours=i),
            )
            for i in range(10)
        ],
    )
    return app_conn


@pytest.mark.filterwarnings(RAW)
def test_read_sql_raw_values_and_dtypes(measures):
    frame = pd.read_sql("SELECT * FROM measures ORDER BY id", measures)

    assert list(frame.columns) == ["id", "station", "celsius", "price", "dry", "day", "at"]
    assert frame["id"].dtype == np.int64
    assert frame["celsius"].dtype == np.float64
    assert frame["dry"].dtype == bool
    assert frame["price"].dtype == np.float64  # pandas coerces Decimal unless told not to
    assert frame["id"].tolist() == list(range(10))
    assert frame["station"].tolist()[:2] == ["Öland", "Paris"]
    assert pd.isna(frame["station"][2])
    assert np.isnan(frame["celsius"][4])
    assert frame["celsius"].sum() == sum(i / 4 - 10 for i in range(10) if i != 4)
    assert frame["day"][9] == dt.date(2024, 1, 10)
    assert frame["at"][3] == pd.Timestamp("2024-01-01 15:00:00+00:00")


@pytest.mark.filterwarnings(RAW)
def test_read_sql_raw_keeps_decimals_when_asked(measures):
    frame = pd.read_sql("SELECT price FROM measures ORDER BY id", measures, coerce_float=False)
    assert frame["price"].tolist() == [Decimal(i) + Decimal("0.25") for i in range(10)]


@pytest.mark.filterwarnings(RAW)
@pytest.mark.parametrize(
    "query, params",
    [
        ("SELECT id FROM measures WHERE id >= %s AND station = %s ORDER BY id", (2, "Paris")),
        (
            "SELECT id FROM measures WHERE id >= %(low)s AND station = %(name)s ORDER BY id",
            {"low": 2, "name": "Paris"},
        ),
    ],
)
def test_read_sql_raw_with_parameters(measures, query, params):
    assert pd.read_sql(query, measures, params=params)["id"].tolist() == [4, 7]


@pytest.mark.filterwarnings(RAW)
def test_read_sql_raw_in_chunks_with_index_and_dates(measures):
    chunks = pd.read_sql(
        "SELECT id, day FROM measures ORDER BY id",
        measures,
        index_col="id",
        parse_dates=["day"],
        chunksize=4,
    )
    frames = list(chunks)
    assert [len(f) for f in frames] == [4, 4, 2]
    whole = pd.concat(frames)
    assert whole.index.tolist() == list(range(10))
    assert whole["day"].dtype.kind == "M"
    assert whole.loc[9, "day"] == pd.Timestamp("2024-01-10")


@pytest.mark.filterwarnings(RAW)
def test_read_sql_raw_rich_types(app_conn):
    key = uuid.uuid4()
    frame = pd.read_sql(
        """SELECT ARRAY[1, NULL, 3] AS ints, '{"a": [1, {"b": null}]}'::jsonb AS doc,
                  %s::uuid AS key, %s AS raw, interval '1 day 02:00' AS span""",
        app_conn,
        params=(str(key), b"\x00\xff'\\"),
    )
    row = frame.iloc[0]
    assert row["ints"] == [1, None, 3]
    assert row["doc"] == {"a": [1, {"b": None}]}
    assert str(row["key"]) == str(key)
    assert bytes(row["raw"]) == b"\x00\xff'\\"
    assert row["span"] == pd.Timedelta(days=1, hours=2)


@pytest.mark.filterwarnings(RAW)
def test_read_sql_raw_empty_result_has_the_columns(measures):
    frame = pd.read_sql("SELECT id, station FROM measures WHERE false", measures)
    assert frame.empty
    assert list(frame.columns) == ["id", "station"]


def test_read_sql_raw_bad_query_names_the_table(app_conn):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Until 3.0 pandas wraps the driver's error in its own.
        with pytest.raises((pd.errors.DatabaseError, errors.UndefinedTable), match="no_such_table"):
            pd.read_sql("SELECT * FROM no_such_table", app_conn)
    app_conn.rollback()
    cur = app_conn.cursor()
    cur.execute("SELECT 1")
    assert cur.fetchone() == (1,)


def make_frame(rows: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": np.arange(rows, dtype=np.int64),
            "name": [f"naïve 100% 'q\\' {i}" for i in range(rows)],
            "value": np.linspace(-1e10, 1e10, rows),
            "flag": np.arange(rows) % 3 == 0,
            "at": pd.date_range("2024-02-28", periods=rows, freq="37min", unit="us"),
        }
    )


def copy_method(table, conn, keys, data_iter):
    """The COPY method from the pandas manual, for ``to_sql(method=...)``."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(data_iter)
    buffer.seek(0)
    query = sql.SQL("COPY {} ({}) FROM STDIN WITH CSV").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, keys))
    )
    with conn.connection.cursor() as cur:
        cur.copy_expert(query, buffer)
        return cur.rowcount


@pytest.mark.parametrize(
    "method, rows",
    [(None, 1500), ("multi", 300), (copy_method, 1500)],
    ids=["rows", "multi", "copy"],
)
def test_to_sql_round_trip(engine, method, rows):
    frame = make_frame(rows)
    frame.to_sql("frames", engine, if_exists="replace", index=False, method=method, chunksize=500)
    back = pd.read_sql("SELECT * FROM frames ORDER BY id", engine)
    back["at"] = back["at"].astype(frame["at"].dtype)
    assert_frame_equal(back, frame)


def test_to_sql_nulls_and_aware_times(engine):
    frame = pd.DataFrame(
        {
            "n": [1.5, None, float("-inf")],
            "s": ["a", None, ""],
            "at": pd.to_datetime(
                ["2024-03-31T00:30:00Z", None, "1999-12-31T23:59:59.999999Z"], format="ISO8601"
            ),
        }
    )
    frame.to_sql("gaps", engine, if_exists="replace", index_label="pos")
    with engine.connect() as conn:
        rows = conn.execute(text("SELECT pos, n, s, at FROM gaps ORDER BY pos")).all()
    utc = dt.timezone.utc
    assert [tuple(r) for r in rows] == [
        (0, 1.5, "a", dt.datetime(2024, 3, 31, 0, 30, tzinfo=utc)),
        (1, None, None, None),
        (2, float("-inf"), "", dt.datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=utc)),
    ]


def test_to_sql_json_array_and_uuid_columns(engine):
    key = uuid.uuid4()
    frame = pd.DataFrame({"doc": [{"a": [1, 2]}], "tags": [["x", "it's"]], "key": [key]})
    dtype = {"doc": pg.JSONB, "tags": pg.ARRAY(pg.TEXT), "key": pg.UUID}
    frame.to_sql("docs", engine, if_exists="replace", index=False, dtype=dtype)
    back = pd.read_sql(
        text("SELECT doc, tags, key FROM docs WHERE doc @> :doc"),
        engine,
        params={"doc": '{"a": [2]}'},
    )
    assert back["doc"][0] == {"a": [1, 2]}
    assert back["tags"][0] == ["x", "it's"]
    assert str(back["key"][0]) == str(key)


def test_read_sql_streams_through_a_server_side_cursor(engine):
    with engine.connect().execution_options(stream_results=True) as conn:
        query = text("SELECT n, n * n AS square FROM generate_series(1, 5000) n")
        frames = list(pd.read_sql(query, conn, chunksize=1000))
    assert [len(f) for f in frames] == [1000] * 5
    assert sum(int(f["square"].sum()) for f in frames) == sum(n * n for n in range(1, 5001))
