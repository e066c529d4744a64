"""Walk all paths under valgrind, which sees what plain C reads and writes amiss: make valgrind.

Usage: python tests/leaks/tour.py [part of a path's name ...]

What is told: any read or write outside of what was allocated; and where this driver, or libpq that
it called, goes by memory that holds nothing yet, or forgets memory for good. CPython's own is not.
"""

import importlib
import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent / "tools")]
REPORT = HERE.parent.parent / "build" / "valgrind.xml"
ROUNDS = 2  # what is kept from the first is found or freed in the second


def is_ours(error):
    """Whether an error is to be told, by its kind and by whose functions were being called."""
    kind = error.findtext("kind")
    if kind.startswith("Invalid"):
        return True
    for frame in error.find("stack"):
        whose = os.path.basename(frame.findtext("obj", ""))
        if whose.startswith(("_psycopg", "libpq")):
            return True
        if frame.findtext("fn") == "_PyEval_EvalFrameDefault":
            return False  # farther out is who called a Python function
        if not kind.startswith("Leak") and whose.startswith(("python", "libpython")):
            return False  # small ints of CPython 3.11 look as if nothing had been written there
    return False


def describe(error):
    what = error.findtext("what") or error.findtext("xwhat/text") or error.findtext("kind")
    lines = [what]
    for frame in error.find("stack"):
        place = frame.findtext("file") or frame.findtext("obj", "?")
        lines.append(f"    {frame.findtext('fn', '?')} ({place}:{frame.findtext('line', '?')})")
    return "\n".join(lines[:25])


def run_valgrind(dsn, words):
    """Walk under valgrind; return its status and the errors that are ours."""
    REPORT.parent.mkdir(exist_ok=True)
    command = ["valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite"]
    command += ["--num-callers=40"]
    command += ["--xml=yes", f"--xml-file={REPORT}"]
    done = subprocess.run(
        [*command, sys.executable, __file__, "--here", *words],
        env={**os.environ, "PYTHONMALLOC": "malloc", "TEST_DSN": dsn},
    )
    errors = xml.parse(REPORT).getroot().findall("error")
    return done.returncode, [error for error in errors if is_ours(error)], len(errors)


def walk(words):
    """What runs under valgrind."""
    for file in sorted(HERE.glob("paths_*.py")):
        importlib.import_module(file.stem)
    from world import PATHS, World

    names = [name for name in PATHS if not words or any(word in name for word in words)]
    for name in names:
        print(name, flush=True)
        world = World(os.environ["TEST_DSN"])
        for _ in range(ROUNDS):
            PATHS[name](world)
        world.close()
    print(f"{len(names)} paths")


def main(words):
    from pglocal import Server, get_postgres

    with Server(get_postgres().bindir) as server:
        os.environ["PGPASSFILE"] = server.passfile
        status, ours, every = run_valgrind(server.dsn, words)
    for error in ours:
        print(describe(error))
    print(f"{len(ours)} errors of the driver's, {every - len(ours)} of Python's own")
    return 1 if status or ours else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        walk(sys.argv[2:])
    else:
        sys.exit(main(sys.argv[1:]))
