"""Own one PostgreSQL server, and end it when whoever asked for it is gone.

Run as a program: the first line of standard input is a JSON object (see `server.py`), each later
line a command (``stop MODE``, ``start``, ``restart MODE``), each answered by one line of JSON.

After ``quit``, or where the input ends because the other side has died in whatever way, the server
is stopped and its directory removed. Nothing has to be remembered by the side that asked.

The server runs in the foreground as a child of this process, with a death signal, so that it
also ends should this process be killed.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_SECONDS = 120
STOP_SECONDS = 30
SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """The server could not be made, started or stopped; the text is for a person."""


def libc_prctl():
    """Return libc's prctl(), or None where the system has none (macOS)."""
    if not sys.platform.startswith("linux"):
        return None
    return ctypes.CDLL(None, use_errno=True).prctl


PRCTL = libc_prctl()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Cluster:
    """One data directory and, while it runs, its postmaster."""

    def __init__(self, config):
        self.config = config
        self.uid, self.gid = config["uid"], config["gid"]
        self.base = tempfile.mkdtemp(prefix="psycopg2-", dir=config["tmp"])
        self.data = os.path.join(self.base, "data")
        self.log = os.path.join(self.base, "log")
        self.port = None
        self.process = None

    # -- running programs as the server's user ------------------------------------------------

    def spawn(self, name, args, **kwargs):
        """Start a program of the installation as the server's user, in its own directory."""
        path = os.path.join(self.config["bindir"], name)
        if os.getuid() == 0:
            kwargs.update(user=self.uid, group=self.gid, extra_groups=[])
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        env.update(LC_ALL="C", HOME=self.base, PGTZ="UTC")
        try:
            return subprocess.Popen([path, *args], cwd=self.base, env=env, **kwargs)
        except OSError as e:
            raise Failure(f"cannot run {path} as user id {self.uid}: {e.strerror}") from e

    def run(self, name, args, text=None):
        """Run a program to its end; return its output, or fail with it."""
        process = self.spawn(
            name,
            args,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        out, _ = process.communicate(text)
        if process.returncode or "ERROR:" in out or "FATAL:" in out:
            raise Failure(f"{name} failed:\n{out.strip()}")
        return out

    # -- making -------------------------------------------------------------------------------

    def create(self):
        os.chmod(self.base, 0o700)
        if os.getuid() == 0:
            os.chown(self.base, self.uid, self.gid)
        self.run(
            "initdb",
            ["-D", self.data, "-U", self.config["user"], "-A", "trust", "-N"]
            + ["-E", "UTF8", "--locale", self.config["locale"]],
        )
        for name, text in self.config["files"].items():
            self.write(name, text)
        with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
            for name, value in self.config["settings"].items():
                quoted = str(value).replace("'", "''")
                f.write(f"{name} = '{quoted}'\n")
        if self.config["sql"]:
            self.run("postgres", ["--single", "-D", self.data, "postgres"], self.single_sql())

    def single_sql(self):
        """Return the statements as single-user mode reads them: one line each."""
        return "".join(" ".join(stmt.split()) + "\n" for stmt in self.config["sql"])

    def write(self, name, text):
        path = os.path.join(self.data, name)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "w") as f:
            f.write(text)
            if os.getuid() == 0:
                os.fchown(f.fileno(), self.uid, self.gid)

    # -- starting and stopping ----------------------------------------------------------------

    def start(self):
        if self.process and self.process.poll() is None:
            return
        tries = 1 if self.port else 5  # the port has to stay the same over a restart
        for left in reversed(range(tries)):
            port = self.port or free_port()
            if self.launch(port):
                self.port = port
                return
            if not left or "ddress already in use" not in self.log_tail():
                raise Failure(f"the server does not start:\n{self.log_tail()}")

    def launch(self, port):
        """Start the postmaster; return whether it got ready."""
        args = ["-D", self.data, "-p", str(port), "-k", self.base, "-h", "127.0.0.1"]
        with open(self.log, "w") as log:
            self.process = self.spawn(
                "postgres",
                args,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None:
            if self.is_ready():
                return True
            if time.monotonic() > deadline:
                self.stop("immediate")
                raise Failure(f"the server is not ready after {START_SECONDS} s")
            time.sleep(0.02)
        return False

    def is_ready(self):
        """Read what the postmaster writes for pg_ctl: line 1 is its pid, line 8 its state."""
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as f:
                lines = f.read().split("\n")
        except OSError:
            return False
        return (
            len(lines) > 7
            and lines[0].strip() == str(self.process.pid)
            and lines[7].strip() == "ready"
        )

    def stop(self, mode):
        """Ask the postmaster to stop, less and less politely."""
        for signum in (SIGNALS[mode], signal.SIGQUIT, signal.SIGKILL):
            if not self.process or self.process.poll() is not None:
                return
            self.process.send_signal(signum)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue

    def log_tail(self):
        try:
            with open(self.log) as f:
                return "".join(f.readlines()[-20:]).strip()
        except OSError as e:
            return f"(no log: {e})"

    def remove(self):
        self.stop("immediate")
        shutil.rmtree(self.base, ignore_errors=True)


def die_with_parent():
    """In the child: ask the kernel for a fast shutdown, should the supervisor die."""
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def answer(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def read_commands(parent):
    """Yield command lines until the input ends or the parent is another one.

    A child forked by the parent may hold the pipe open, so end of input alone is not enough.
    """
    buffer = b""
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], 1)
        if not readable:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            return
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            yield line.decode()


def obey(cluster, line):
    """Do one command; a failed one is an answer, not the end."""
    verb, _, mode = line.partition(" ")
    try:
        if verb in ("stop", "restart"):
            cluster.stop(mode)
        if verb in ("start", "restart"):
            cluster.start()
        answer(ok=True)
    except Failure as e:
        answer(ok=False, error=str(e))


def on_signal(signum, frame):
    raise SystemExit(128 + signum)


def main():
    parent = os.getppid()
    for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(signum, on_signal)
    commands = read_commands(parent)
    config = next(commands, None)
    if config is None:
        return
    cluster = None
    try:
        cluster = Cluster(json.loads(config))
        cluster.create()
        cluster.start()
        answer(ok=True, port=cluster.port, base=cluster.base, pid=cluster.process.pid)
        for line in commands:
            if line == "quit":
                break
            obey(cluster, line)
    except Failure as e:
        answer(ok=False, error=str(e))
    except BrokenPipeError:
        sys.stdout = None  # nobody is left to tell
    finally:
        if cluster:
            for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(signum, signal.SIG_IGN)  # the clean-up has to end
            cluster.remove()


if __name__ == "__main__":
    main()
