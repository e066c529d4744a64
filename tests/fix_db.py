"""Fixtures of the database: a server of our own, and connections to it.

With PSYCOPG2_TEST_DSN in the environment no server is started and that one is used; the few tests
that stop a server or need its password role are then skipped, which the summary shows.
"""

import os

import pytest
from certificate import make_certificate

import psycopg2
from pglocal import Server, get_postgres
from psycopg2 import extensions

EXTERNAL_DSN = os.environ.get("PSYCOPG2_TEST_DSN")


class OwnServer(Server):
    """The tests' server: TLS is on, and ``root_cert`` is the file to verify it with."""

    def __init__(self, root_cert):
        authority, chain, key = make_certificate()
        root_cert.write_text(authority)
        self.root_cert = str(root_cert)
        super().__init__(
            get_postgres().bindir,
            settings={"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"},
            files={"server.crt": chain, "server.key": key},
        )

    @property
    def version_num(self):
        """The server's version as an int, such as 180001."""
        return query_version(self.dsn)


class ExternalServer:
    """A server somebody else runs: it can be asked, not controlled."""

    def __init__(self, dsn):
        self.dsn = dsn
        conn = psycopg2.connect(dsn)
        parameters = conn.get_dsn_parameters()
        conn.close()
        self.host, self.port = parameters["host"], int(parameters["port"])
        self.user, self.dbname = parameters["user"], parameters["dbname"]

    @property
    def version_num(self):
        return query_version(self.dsn)

    def __getattr__(self, name):
        pytest.skip(f"needs a server of the tests' own (server.{name})")


def query_version(dsn):
    conn = psycopg2.connect(dsn)
    try:
        return conn.server_version
    finally:
        conn.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The PostgreSQL server: host, port, dsn, password_role, stop(), start(), restart()."""
    if EXTERNAL_DSN:
        yield ExternalServer(EXTERNAL_DSN)
        return
    for name in [name for name in os.environ if name.startswith("PG") and name != "PG_CONFIG"]:
        del os.environ[name]  # a developer's own settings would change what is tested
    with OwnServer(tmp_path_factory.mktemp("tls") / "root.crt") as own:
        os.environ["PGPASSFILE"] = own.passfile
        yield own


@pytest.fixture(scope="session")
def dsn(server):
    """The DSN of the test database, as keywords; its user is a superuser and needs no password."""
    return server.dsn


@pytest.fixture
def connect(dsn):
    """A function that connects like psycopg2.connect(); what it made is closed after the test."""
    made = []

    def connect_to_tests(*args, **kwargs):
        conn = psycopg2.connect(*(args or (dsn,)), **kwargs)
        made.append(conn)
        return conn

    yield connect_to_tests
    for conn in made:
        if isinstance(conn, extensions.connection):
            conn.close()


@pytest.fixture
def conn(connect):
    """A fresh connection."""
    return connect()


@pytest.fixture
def conn2(connect):
    """A second connection, beside `conn`."""
    return connect()


@pytest.fixture
def cur(conn):
    """A cursor of `conn`."""
    return conn.cursor()
