"""Fixtures for the applications: each test module gets a schema of its own, and drops it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn


@pytest.fixture(scope="module")
def app_dsn(request: pytest.FixtureRequest, dsn: str):
    """A DSN whose connections work in a fresh schema named after the test module."""
    schema = "app_" + re.sub(r"\W", "_", request.module.__name__.rpartition(".")[2])
    admin = psycopg2.connect(dsn)
    admin.autocommit = True
    drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
    with admin.cursor() as cur:
        cur.execute(drop)
        cur.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    options = f"{parse_dsn(dsn).get('options', '')} -c search_path={schema}".strip()
    yield make_dsn(dsn, options=options)
    with admin.cursor() as cur:
        # A connection that a test left in a transaction must fail the test run, not hang it.
        cur.execute("SET lock_timeout = '20s'")
        cur.execute(drop)
    admin.close()


@pytest.fixture
def app_conn(app_dsn: str):
    """A connection into the module's schema; what a test does not commit is rolled back."""
    conn = psycopg2.connect(app_dsn)
    yield conn
    conn.close()


@pytest.fixture(autouse=True, scope="module")
def restore_registries(module_registries: None) -> None:
    """Frameworks register types once for the whole process: SQLAlchemy its UUIDs and hstore."""


@pytest.fixture(scope="module")
def url(app_dsn: str):
    """`app_dsn` as an SQLAlchemy URL, as a user would write it."""
    parts = parse_dsn(app_dsn)
    named = {
        "username": parts.pop("user", None),
        "password": parts.pop("password", None),
        "database": parts.pop("dbname", None),
    }
    if not parts.get("host", "/").startswith("/"):  # a socket directory stays in the query
        named["host"] = parts.pop("host")
        port = parts.pop("port", None)
        named["port"] = int(port) if port else None
    return sqlalchemy.URL.create("postgresql+psycopg2", query=parts, **named)


@pytest.fixture(scope="module")
def engine(url: sqlalchemy.URL):
    """An SQLAlchemy engine on the module's schema."""
    engine = sqlalchemy.create_engine(url)
    yield engine
    engine.dispose()
