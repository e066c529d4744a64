"""A real PgBouncer before the server, which all connections of a pool share one session of."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

import psycopg2
from pglocal import get_pgbouncer, server_account, short_tmp
from pglocal.supervisor import die_with_parent, free_port

MODES = ("transaction", "statement", "session")
SETTINGS = """
[databases]
{databases}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
default_pool_size = 1
log_connections = 0
log_disconnections = 0
"""
SECONDS = 60


class Bouncer:
    """Runs until close(), and no longer than this process.

    ``dsn[mode]`` are the DSNs of its databases, one for each pool mode. Each has a pool of one
    connection to the server.
    """

    def __init__(self, upstream):
        self.program, self.env = get_pgbouncer()
        self.upstream = upstream
        self.process = None
        self.base = tempfile.mkdtemp(prefix="psycopg2-bouncer-", dir=short_tmp())
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        for _ in range(5):  # somebody else may take the port
            self.port = free_port()
            if self.launch():
                break
        else:
            raise RuntimeError(f"pgbouncer does not start:\n{self.log()}")
        template = f"host=127.0.0.1 port={self.port} user=bounced sslmode=disable"
        self.dsn = {mode: f"{template} gssencmode=disable dbname={mode}" for mode in MODES}

    def launch(self):
        """Start it as somebody who may: it refuses to be root. Return whether it listens."""
        uid, gid = server_account()
        path = os.path.join(self.base, "settings.ini")
        databases = "\n".join(f"{mode} = {self.upstream} pool_mode={mode}" for mode in MODES)
        with open(path, "w") as file:
            file.write(SETTINGS.format(databases=databases, port=self.port))
        os.chmod(self.base, 0o755)
        who = {"user": uid, "group": gid, "extra_groups": []} if os.getuid() == 0 else {}
        with open(os.path.join(self.base, "log"), "w") as log:
            self.process = subprocess.Popen(
                [self.program, path],
                cwd=self.base,
                env={"PATH": os.environ.get("PATH", ""), **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **who,
            )
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.02)
            else:
                return self.process.poll() is None
        return False

    def log(self):
        with open(os.path.join(self.base, "log")) as file:
            return file.read()

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.base, ignore_errors=True)


@pytest.fixture(scope="session")
def bouncer(server):
    """A PgBouncer before the test database."""
    host = vars(server).get("socket_dir") or server.host
    running = Bouncer(f"host={host} port={server.port} user={server.user} dbname={server.dbname}")
    yield running
    running.close()


@pytest.fixture
def bounced(bouncer):
    """A function that connects through PgBouncer, in a pool mode."""
    made = []

    def connect(mode="transaction", **kwargs):
        conn = psycopg2.connect(bouncer.dsn[mode], **kwargs)
        made.append(conn)
        return conn

    yield connect
    for conn in made:
        conn.close()
