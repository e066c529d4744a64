"""The server that is measured against, with the tables of the workloads on it."""

import contextlib
import os
import sys
from pathlib import Path

import psycopg2
from psycopg2.extensions import parse_dsn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from bench import workloads  # noqa: E402
from pglocal import InstallError, Server, ServerError, get_postgres, open_socket  # noqa: E402

__all__ = ["ROOT", "InstallError", "ServerError", "open_socket", "prepared_server"]

#: what would take the processor at times of its own choosing is off
SETTINGS = {"jit": "off", "autovacuum": "off", "shared_buffers": "256MB"}


@contextlib.contextmanager
def prepared_server(dsn, scale=1):
    """Give the parameters of a server on which the tables are, and its version.

    The password is in the environment: there every driver finds it, whatever way it takes to the
    server, and no list of processes shows it.
    """
    with contextlib.ExitStack() as stack:
        if not dsn:
            server = Server(get_postgres().bindir, dbname="bench", settings=SETTINGS)
            dsn = stack.enter_context(server).socket_dsn
        conn = stack.enter_context(contextlib.closing(psycopg2.connect(dsn)))
        conn.autocommit = True
        cur = conn.cursor()
        for statement in workloads.setup_statements(scale):
            cur.execute(statement)
        stack.callback(cur.execute, workloads.teardown_statement())
        params = parse_dsn(dsn)
        params.pop("password", None)
        if conn.info.password:
            os.environ["PGPASSWORD"] = conn.info.password
        yield params, conn.info.parameter_status("server_version")
