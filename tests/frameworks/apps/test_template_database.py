"""Fixtures in the way of pytest-postgresql: a template loaded once, a database for each test."""

from __future__ import annotations

import pytest

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import make_dsn

TEMPLATE = "app_template"


@pytest.fixture(scope="module")
def admin(dsn):
    conn = psycopg2.connect(dsn)
    conn.autocommit = True
    yield conn
    conn.close()


def drop(admin, name: str) -> None:
    with admin.cursor() as cur:
        query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        cur.execute(query.format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def template(admin, dsn):
    drop(admin, TEMPLATE)
    with admin.cursor() as cur:
        cur.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
    conn = psycopg2.connect(make_dsn(dsn, dbname=TEMPLATE))
    with conn, conn.cursor() as cur:
        cur.execute("CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE)")
        cur.execute("INSERT INTO item (name) SELECT 'no. ' || n FROM generate_series(1, 100) n")
    conn.close()
    yield TEMPLATE
    drop(admin, TEMPLATE)


@pytest.fixture
def database(admin, template, dsn):
    """The DSN of a fresh copy of the template; whatever a test leaves open does not keep it."""
    name = "app_copy"
    drop(admin, name)
    with admin.cursor() as cur:
        cur.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield make_dsn(dsn, dbname=name)
    drop(admin, name)


@pytest.fixture
def connection(database):
    conn = psycopg2.connect(database)
    yield conn
    conn.close()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_the_template_as_it_was(connection, turn):
    with connection, connection.cursor() as cur:
        cur.execute("SELECT count(*), max(id) FROM item")
        assert cur.fetchone() == (100, 100)
        cur.execute("DELETE FROM item WHERE id > 10")
        cur.execute("INSERT INTO item (name) VALUES ('new') RETURNING id")
        assert cur.fetchone() == (101,)


def test_a_connection_left_open_does_not_keep_the_database(admin, database):
    left = psycopg2.connect(database)
    left.cursor().execute("SELECT 1")
    drop(admin, "app_copy")
    with pytest.raises((errors.AdminShutdown, psycopg2.OperationalError)):
        left.cursor().execute("SELECT 1")
    assert left.closed == 2
