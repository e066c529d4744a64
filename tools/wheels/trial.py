"""Wheels on trial: each alone in an environment, against a server with TLS and SCRAM."""

import os
from pathlib import Path

from certificate import make_certificate

from pglocal import Server, get_postgres

from . import run
from .build import fresh

PROGRAM = Path(__file__).with_name("program.py")
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")  # nothing that leads to a libpq elsewhere


class Trial:
    """A server, as a context manager, and what is run against it."""

    def __init__(self, work):
        authority, chain, key = make_certificate()
        self.root = work / "root.crt"
        self.root.write_text(authority)
        self.server = Server(
            get_postgres().bindir,
            settings={"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"},
            files={"server.crt": chain, "server.key": key},
        )

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *exc_info):
        self.server.close()

    def run(self, python, wheel, folder):
        """run(python, wheel, folder) -> str

        Install the wheel in an empty environment and try it there; returns what it has to say.
        Raises CalledProcessError where it fails.
        """
        run(python, "-m", "venv", fresh(folder))
        venv_python = folder / "bin" / "python"
        pip = [venv_python, "-m", "pip", "--disable-pip-version-check"]
        run(*pip, "install", "-q", "--no-index", "--no-deps", wheel)
        env = {name: os.environ[name] for name in KEPT if name in os.environ}
        env["PGPASSFILE"] = self.server.passfile
        dsn = f"{self.server.dsn} sslmode=verify-full sslrootcert={self.root}"
        said = []
        for first in "psycopg2", "ssl":
            words = [first, dsn, self.server.host, self.server.port, self.root]
            said.append(run(venv_python, PROGRAM, *words, env=env, cwd=folder))
        if said[0] != said[1]:
            raise AssertionError(f"the order of imports changes what is loaded: {said}")
        return said[0].rstrip()
