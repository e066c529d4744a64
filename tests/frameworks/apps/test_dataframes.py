"""pandas and polars: what a frame holds is what the table holds, whichever way it went."""

from __future__ import annotations

import datetime as dt
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sqlalchemy as sa
from pandas.testing import assert_frame_equal

from psycopg2 import errors

ROWS = 700
# What pandas makes of the driver's error depends on its version and the method.
REFUSED = (sa.exc.DataError, pd.errors.DatabaseError, errors.NumericValueOutOfRange)


def copy_rows(table, connection, keys, rows):
    """A method= for DataFrame.to_sql() that loads with COPY: the one of the documentation."""
    driver = connection.connection.driver_connection
    with driver.cursor() as cur:
        cur.copy_records(table.name, rows, columns=keys, schema=table.schema)
        return cur.rowcount


def make_frame(rows: int = ROWS) -> pd.DataFrame:
    at = pd.date_range("2024-03-31", periods=rows, freq="37min", tz="UTC", unit="us")
    return pd.DataFrame(
        {
            "n": np.arange(rows, dtype=np.int64) - 5,
            "big": np.arange(rows, dtype=np.int64) * 2**53,
            "x": np.where(np.arange(rows) % 7 == 3, np.nan, np.linspace(-1e300, 1e-300, rows)),
            "flag": np.arange(rows) % 3 == 0,
            "text": [[f"a\tb\\{i}", "100%s", "NULL", "", None, "☂\n"][i % 6] for i in range(rows)],
            "at": at,
            "group": pd.Categorical([["lo", "hi"][i % 2] for i in range(rows)]),
        }
    )


@pytest.mark.parametrize("method", [None, "multi", copy_rows], ids=["rows", "multi", "copy"])
def test_a_pandas_frame_is_the_same_in_the_table_by_every_method(engine, method):
    frame = make_frame()
    sent = frame.to_sql(
        "frames", engine, if_exists="replace", index=False, method=method, chunksize=300
    )
    assert sent in (ROWS, None)  # None: the driver cannot know
    with engine.connect() as conn:
        checked = conn.execute(
            sa.text(
                "SELECT count(*), count(*) FILTER (WHERE x IS NULL), sum(big),"
                " count(*) FILTER (WHERE text IS NULL), count(*) FILTER (WHERE text = ''),"
                " count(*) FILTER (WHERE text = E'☂\\n'), max(at) FROM frames"
            )
        ).one()
    assert tuple(checked) == (
        ROWS,
        int(frame["x"].isna().sum()),
        sum(frame["big"].tolist()),
        *(sum(1 for i in range(ROWS) if i % 6 == kind) for kind in (4, 3, 5)),
        frame["at"].iloc[-1].to_pydatetime(),
    )
    back = pd.read_sql("SELECT * FROM frames ORDER BY n", engine)
    expected = frame.assign(group=frame["group"].astype(back["group"].dtype))
    back["at"] = back["at"].astype(frame["at"].dtype)
    assert_frame_equal(back, expected)


def test_a_bad_value_in_a_frame_loads_nothing(engine):
    with engine.begin() as conn:
        conn.execute(sa.text("DROP TABLE IF EXISTS narrow"))
        conn.execute(sa.text("CREATE TABLE narrow (n smallint)"))
    frame = pd.DataFrame({"n": [1, 2, 99999]})
    for method in (None, "multi", copy_rows):
        with pytest.raises(REFUSED, match="out of range"):
            frame.to_sql("narrow", engine, if_exists="append", index=False, method=method)
    with engine.connect() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM narrow")) == 0


def test_pandas_reads_nullable_types_in_pieces(engine):
    query = sa.text(
        "SELECT n, CASE n % 3 WHEN 0 THEN NULL ELSE n END AS maybe, n / 4.0 AS x, n % 2 = 0 AS even"
        " FROM generate_series(1, 1000) n"
    )
    with engine.connect().execution_options(stream_results=True) as conn:
        pieces = list(pd.read_sql(query, conn, chunksize=300, dtype_backend="numpy_nullable"))
    assert [len(piece) for piece in pieces] == [300, 300, 300, 100]
    frame = pd.concat(pieces, ignore_index=True)
    assert str(frame["maybe"].dtype) == "Int64" and str(frame["even"].dtype) == "boolean"
    assert frame["maybe"].isna().sum() == 333
    assert frame["maybe"].sum() == sum(n for n in range(1, 1001) if n % 3)
    assert frame["x"].sum() == 500500 / 4


POLARS_QUERY = """
    SELECT n, n * 2.5::float8 AS x, 'no. ' || n AS name, n % 2 = 0 AS even,
           (n / 8.0)::numeric(12, 3) AS price, date '2024-02-28' + n AS day,
           timestamp '2024-02-28 12:00' + n * interval '1 s' AS at,
           NULLIF(n, 3) AS maybe, ARRAY[n, n + 1] AS pair
    FROM generate_series(1, 500) n ORDER BY n
"""


def check_polars(frame: pl.DataFrame) -> None:
    assert frame.shape == (500, 9)
    assert frame.schema["n"] == pl.Int64 or frame.schema["n"] == pl.Int32
    assert frame.schema["x"] == pl.Float64 and frame.schema["even"] == pl.Boolean
    assert frame.schema["day"] == pl.Date
    assert frame["x"].sum() == 2.5 * 125250
    assert frame["name"][499] == "no. 500"
    assert frame["price"].to_list() == [Decimal(n) / 8 for n in range(1, 501)]
    assert frame["day"][1] == dt.date(2024, 3, 1)
    assert frame["at"][59] == dt.datetime(2024, 2, 28, 12, 1)
    assert frame["maybe"].null_count() == 1 and frame["maybe"][2] is None
    assert frame["pair"][9].to_list() == [10, 11]


def test_polars_reads_from_the_driver_and_from_sqlalchemy(app_conn, engine):
    check_polars(pl.read_database(POLARS_QUERY, app_conn))
    with app_conn.cursor() as cur:
        check_polars(pl.read_database(POLARS_QUERY, cur))
    with engine.connect() as conn:
        check_polars(pl.read_database(POLARS_QUERY, conn))


def test_polars_reads_with_parameters_and_in_batches(app_conn):
    some = pl.read_database(
        "SELECT n FROM generate_series(1, 9) n WHERE n %% 2 = %(rest)s AND n < %(end)s",
        app_conn,
        execute_options={"vars": {"rest": 1, "end": 6}},
    )
    assert some["n"].to_list() == [1, 3, 5]
    batches = pl.read_database(
        "SELECT n FROM generate_series(1, 1000) n", app_conn, iter_batches=True, batch_size=300
    )
    sizes, total = [], 0
    for batch in batches:
        sizes.append(batch.height)
        total += batch["n"].sum()
    assert sizes == [300, 300, 300, 100] and total == 500500


def test_a_polars_frame_goes_in_by_copy_records_and_comes_back_equal(app_conn):
    frame = pl.DataFrame(
        {
            "n": [1, 2, None],
            "text": ["a\tb", None, "\\N"],
            "x": [0.1, float("inf"), None],
            "price": [Decimal("1.10"), None, Decimal("-0.01")],
            "day": [dt.date(2024, 2, 29), None, dt.date(1, 1, 1)],
            "at": [dt.datetime(2024, 2, 29, 1, 2, 3, 4), None, dt.datetime(9999, 12, 31)],
        }
    )
    with app_conn.cursor() as cur:
        cur.execute(
            "CREATE TEMP TABLE frame (n int8, text text, x float8, price numeric(5,2),"
            " day date, at timestamp)"
        )
        cur.copy_records("frame", frame.iter_rows(), columns=frame.columns)
        assert cur.rowcount == 3
    back = pl.read_database("SELECT * FROM frame", app_conn, schema_overrides=frame.schema)
    assert back.equals(frame, null_equal=True)


def test_pandas_on_the_driver_alone(app_conn):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        frame = pd.read_sql(
            "SELECT n, 'x' || n AS t FROM generate_series(1, %(end)s) n",
            app_conn,
            params={"end": 3},
            index_col="n",
        )
    assert frame["t"].to_dict() == {1: "x1", 2: "x2", 3: "x3"}
