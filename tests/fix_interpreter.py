"""Programs that run in an interpreter of their own, since they fork, exit or break things."""

import os
import subprocess
import sys
import textwrap

LONG = os.environ.get("PSYCOPG2_TEST_LONG") == "1"  # do many times as much, by hand
TIMEOUT = 1200 if LONG else 120

PRELUDE = """
import gc, io, os, sys, threading
import psycopg2
from psycopg2 import extensions, extras
conn = psycopg2.connect(os.environ["TEST_DSN"])
cur = conn.cursor()
"""


def run_python(dsn, *args, env=None):
    """Run Python; return the lines it printed. It must end well, with nothing on stderr."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", *args],
        env={**os.environ, "TEST_DSN": dsn, **(env or {})},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert (done.returncode, done.stderr) == (0, ""), (
        f"{done.returncode} {done.stdout}{done.stderr}"
    )
    return done.stdout.splitlines()


def run_script(dsn, script, *flags, prelude=PRELUDE, env=None):
    """The same with a script, which finds `conn`, `cur` and the usual modules."""
    return run_python(dsn, *flags, "-c", prelude + textwrap.dedent(script), env=env)
