"""Walks all paths and tells what each leaves behind: `make leaks`, under a debug build of Python.

Usage: python tests/leaks [part of a path's name ...]
"""

import contextlib
import os
import resource
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import paths_connection  # noqa: E402, F401
import paths_cursor  # noqa: E402, F401
import paths_objects  # noqa: E402, F401
import paths_people  # noqa: E402, F401
import paths_replication  # noqa: E402, F401
import paths_streams  # noqa: E402, F401
import paths_values  # noqa: E402, F401
from meter import METERS, measure  # noqa: E402
from world import PATHS, World  # noqa: E402

from pglocal import Server, get_postgres  # noqa: E402

#: the rest of the process may grow by so many KiB from the first path's end to the last's
MOST_RSS_GROWTH = 32 * 1024


@contextlib.contextmanager
def find_server():
    """Give the DSN of a server: the one in the environment, or one of our own."""
    if os.environ.get("PSYCOPG2_TEST_DSN"):
        yield os.environ["PSYCOPG2_TEST_DSN"]
        return
    with Server(get_postgres().bindir) as server:
        os.environ["PGPASSFILE"] = server.passfile
        yield server.dsn


def walk(names, dsn):
    """Measure each path; return the names of those that leak."""
    bad = []
    # Paths drop what is open, and Python keeps each text that it has warned with.
    warnings.simplefilter("ignore", ResourceWarning)
    print(f"{'path':46}" + "".join(f"{name:>10}" for name in METERS))
    for name in names:
        world = World(dsn)
        growth = measure(lambda path=PATHS[name], world=world: path(world))
        world.close()
        figures = "".join(f"{getattr(growth, meter):10.2f}" for meter in METERS)
        print(f"{name:46}{figures}{'  leaks' if growth.leaks else ''}", flush=True)
        if growth.leaks:
            bad.append(name)
    return bad


def main(words):
    if "refs" not in METERS:
        print("note: this is no debug build of Python: references are not counted")
    names = [name for name in PATHS if not words or any(word in name for word in words)]
    if not names:
        sys.exit(f"no path has such a name; there are: {', '.join(PATHS)}")
    with find_server() as dsn:
        bad = walk(names[:1], dsn)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        bad += walk(names[1:], dsn)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{len(names)} paths, {len(bad)} leak; memory went from {before} to {after} KiB")
    if bad or after - before > MOST_RSS_GROWTH:
        sys.exit(1)


main(sys.argv[1:])
