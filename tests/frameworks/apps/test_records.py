"""records: SQL for humans, on SQLAlchemy's text()."""

from __future__ import annotations

import pytest
import records
import sqlalchemy as sa


@pytest.fixture
def db(url):
    db = records.Database(url.render_as_string(hide_password=False))
    yield db
    db.close()


def test_rows_have_the_names_of_their_columns_and_are_exported(db):
    rows = db.query("SELECT n, 'é' || n AS name FROM generate_series(1, :end) n", end=3)
    first = rows[0]
    assert (first.n, first["name"], first[1]) == (1, "é1", "é1")
    assert [row.as_dict() for row in rows][2] == {"n": 3, "name": "é3"}
    assert rows.export("csv").split() == ["n,name", "1,é1", "2,é2", "3,é3"]


def test_a_transaction_is_kept_whole_or_undone_whole(db):
    with db.transaction() as conn:
        conn.query("CREATE TABLE kept (n int PRIMARY KEY)")
        conn.bulk_query("INSERT INTO kept VALUES (:n)", [{"n": n} for n in range(5)])
    with db.transaction() as conn:  # which keeps errors to itself
        conn.query("INSERT INTO kept VALUES (99)")
        with pytest.raises(sa.exc.IntegrityError):
            conn.query("INSERT INTO kept VALUES (1)")
        raise KeyError("given up")
    with db.transaction() as conn:
        assert conn.query("SELECT sum(n) AS total FROM kept", fetchall=True)[0].total == 10
