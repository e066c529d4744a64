"""Start a private PostgreSQL server that cannot outlive the process that asked for it."""

import atexit
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile

SUPERVISOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "supervisor.py")
SERVICE_USER = "psycopg2-dev"

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": 100,
    "max_prepared_transactions": 20,
    "wal_level": "logical",
    "max_wal_senders": 10,
    "max_replication_slots": 10,
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "unix_socket_permissions": "0700",
}

# The socket lives in a directory that only its owner can enter, so it needs no password. A TCP
# port is open to every user of the machine, and a superuser can run programs: it does.
HBA = """\
local all {password_role} scram-sha-256
local all all trust
local replication all trust
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""


class ServerError(Exception):
    """The private server cannot be started or controlled; the text says why."""


def server_account():
    """Return the (uid, gid) to run the server as: ourselves, or as root somebody who may less."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    for name in ("postgres", SERVICE_USER):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return entry.pw_uid, entry.pw_gid
    return make_account()


def make_account():
    """As root, make a system account that owns nothing and cannot log in."""
    shell = next((s for s in ("/usr/sbin/nologin", "/sbin/nologin") if os.path.exists(s)), None)
    if shutil.which("useradd"):
        args = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
    elif shutil.which("adduser"):
        args = ["adduser", "-S", "-D", "-H", "-h", "/nonexistent"]
    else:
        raise ServerError(
            "PostgreSQL does not run as root, and there is neither a user 'postgres' nor useradd "
            "to make one: run this as an ordinary user"
        )
    args += ["-s", shell or "/bin/false", SERVICE_USER]
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        raise ServerError(f"cannot make a user for the server: {done.stdout.strip()}") from None
    return entry.pw_uid, entry.pw_gid


def short_tmp():
    """Return where to put the server's directory: the path of a Unix socket has to be short."""
    tmp = tempfile.gettempdir()
    return tmp if os.getuid() != 0 and len(tmp) < 50 else "/tmp"


def open_socket(host, port):
    """Return a socket that is connected to a server: host is a name or a directory, as in libpq."""
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(f"{host}/.s.PGSQL.{port}")
    return sock


class Server:
    """A PostgreSQL server of our own on a free port of 127.0.0.1 and a private Unix socket.

    ``bindir`` holds initdb and postgres. ``settings`` are added to postgresql.conf, ``files`` (name
    to text) are put into the data directory, ``sql`` runs once before the server starts.

    Use it as a context manager, or call start() and close(). It also ends, and its directory
    goes, when this process ends in whatever way.
    """

    host = "127.0.0.1"
    user = "postgres"
    password_role = ("pwrole", "correct horse")

    def __init__(self, bindir, *, dbname="psycopg2_test", settings=None, files=None, sql=()):
        self.bindir = os.path.abspath(bindir)
        self.dbname = dbname
        self.password = secrets.token_urlsafe(18)
        self.settings = {**SETTINGS, **(settings or {})}
        self.files = {"pg_hba.conf": HBA.format(password_role=self.password_role[0])}
        self.files.update(files or {})
        self.sql = [
            f"ALTER ROLE {self.user} PASSWORD '{self.password}'",
            "CREATE ROLE {} LOGIN PASSWORD '{}'".format(*self.password_role),
            f"CREATE DATABASE {dbname} TEMPLATE template0 ENCODING 'UTF8'",
            *sql,
        ]
        self.port = self.socket_dir = self.pid = self.passfile = None
        self._supervisor = None
        self._owner = os.getpid()

    # -- life ---------------------------------------------------------------------------------

    def start(self):
        """Make the cluster and start it; after stop(), start it again on the same port."""
        if self._supervisor:
            self._ask("start")
            return self
        uid, gid = server_account()
        config = {
            "bindir": self.bindir,
            "tmp": short_tmp(),
            "uid": uid,
            "gid": gid,
            "user": self.user,
            "locale": "C.UTF-8" if sys.platform.startswith("linux") else "C",
            "settings": self.settings,
            "files": self.files,
            "sql": self.sql,
        }
        self._supervisor = subprocess.Popen(
            [sys.executable, SUPERVISOR],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: the server follows when we are done
        )
        atexit.register(self.close)
        try:
            ready = self._ask(json.dumps(config))
        except BaseException:
            self.close()
            raise
        self.port, self.socket_dir, self.pid = ready["port"], ready["base"], ready["pid"]
        self._write_passfile()
        return self

    def stop(self, mode="fast"):
        """Stop the server but keep its data: mode is smart, fast or immediate."""
        self._ask(f"stop {mode}")

    def restart(self, mode="fast"):
        """Stop and start the server; it keeps its port and its data."""
        self._ask(f"restart {mode}")

    def close(self):
        """End the server for good and remove its directory. More than once is fine."""
        if os.getpid() != self._owner:
            return  # a fork has a copy of us, not the server
        supervisor, self._supervisor = self._supervisor, None
        if supervisor:
            atexit.unregister(self.close)
            try:
                # Said aloud, since a fork may hold the pipe open.
                supervisor.stdin.write("quit\n")
                supervisor.stdin.close()
            except BrokenPipeError:
                pass
            supervisor.wait()
            supervisor.stdout.close()
        self.passfile = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.close()

    def _ask(self, line):
        try:
            self._supervisor.stdin.write(line + "\n")
            self._supervisor.stdin.flush()
            reply = json.loads(self._supervisor.stdout.readline() or "{}")
        except BrokenPipeError:
            reply = {}
        if not reply.get("ok"):
            raise ServerError(reply.get("error", "the server's supervisor died"))
        return reply

    # -- reaching it --------------------------------------------------------------------------

    def _write_passfile(self):
        self.passfile = os.path.join(self.socket_dir, "pgpass")
        fd = os.open(self.passfile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as f:
            f.write(f"{self.host}:{self.port}:*:{self.user}:{self.password}\n")

    @property
    def dsn(self):
        """The keywords to connect over TCP. The password is in `passfile`, for PGPASSFILE."""
        return f"host={self.host} port={self.port} user={self.user} dbname={self.dbname}"

    @property
    def socket_dsn(self):
        """The keywords to connect over the Unix socket, which needs no password."""
        return f"host={self.socket_dir} port={self.port} user={self.user} dbname={self.dbname}"
