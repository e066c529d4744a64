"""Start a private server, do the job of `steps`, show it; exit 1 if one value differs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import psycopg2
from pglocal import InstallError, Server, ServerError, get_postgres
from pglocal.cache import CacheError

from .data import Data, DataError
from .screen import Screen
from .steps import STEPS, Difference, Job


def run_steps(job: Job, screen: Screen) -> bool:
    """Do one step after the other; return whether all went well."""
    screen.header()
    for step in STEPS:
        text = step.__doc__ or step.__name__
        started = time.perf_counter()
        try:
            with screen.running(text) as job.advance:
                rows = step(job)
        except (Difference, psycopg2.Error) as e:
            screen.failed(text, f"{type(e).__name__}: {e}")
            return False
        screen.done(text, rows, time.perf_counter() - started)
    return True


def play(dsn: str, version: str, screen: Screen) -> int:
    """Do the job on a server; return the exit status."""
    data = Data()
    started = time.perf_counter()
    screen.title(version)
    conn = psycopg2.connect(dsn)
    try:
        job = Job(dsn, conn, data)
        if not run_steps(job, screen):
            return 1
    finally:
        conn.close()
    screen.chart(job.chart)
    screen.end(time.perf_counter() - started)
    return 0


def main() -> int:
    screen = Screen()
    try:
        installation = get_postgres(fallback=True)
        with Server(installation.bindir, dbname="flights") as server:
            return play(server.socket_dsn, installation.version, screen)
    except (InstallError, ServerError, CacheError, DataError, psycopg2.Error) as e:
        screen.failed("the demo cannot run", str(e))
        return 1
    except KeyboardInterrupt:
        screen.failed("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())
