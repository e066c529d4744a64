"""Counts the instructions of hot paths with valgrind; compares them with figures.json beside it.

A path that takes 5 % more than its figure fails, if the figure was counted with the same Python,
libpq, C library and compiler; with others it only tells. --renew writes what was counted as the new
figures.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import psycopg2
from bench.callgrind.paths import PATHS
from bench.rounds import BenchError
from bench.server import InstallError, ServerError, prepared_server
from psycopg2.extensions import libpq_version, make_dsn

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "figures.json"
MOST_GROWTH = 0.05
SCALE = 1 / 50  #: of the tables

#: What malloc() and free() do beyond their caches depends on all that happened in the heap before,
#: and differs by some percent of a small query: it is not counted, the calls of them are.
HEAP_INTERNALS = {"_int_malloc", "_int_free", "_int_realloc", "malloc_consolidate"}
HEAP_INTERNALS |= {"unlink_chunk", "unlink_chunk.constprop.0", "sysmalloc", "systrim"}


def run(command, **options):
    """Run a program; return its output, or fail with it."""
    command = [str(word) for word in command]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    if done.returncode:
        raise BenchError(f"failed: {' '.join(command)}\n{done.stdout}".strip())
    return done.stdout


def find_compiler():
    words = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    return words[0]


def describe():
    """Return what the counts hold for."""
    version = libpq_version()
    parts = [
        f"{platform.python_implementation()} {platform.python_version()}",
        f"libpq {version // 10000}.{version % 10000}",
        " ".join(platform.libc_ver()),
        f"{Path(find_compiler()).name} {run([find_compiler(), '-dumpfullversion']).strip()}",
        platform.machine(),
    ]
    return ", ".join(parts)


def build_counter(directory):
    """Compile counter.c; return the library."""
    if not shutil.which("valgrind"):
        raise BenchError("there is no valgrind (Debian: apt-get install valgrind)")
    library = Path(directory) / "counter.so"
    flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    run([find_compiler(), *flags, HERE / "counter.c", "-o", library])
    return library


def plain_environment():
    """Return an environment in which counts repeat.

    A hash that changes would change how many places a dictionary looks into; variables of other
    lengths, how memory is laid out and what malloc then does.
    """
    kept = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    kept.pop("PG_CONFIG", None)
    return {**kept, "PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}


def count(names, params):
    """Walk the paths under callgrind; return how many instructions one operation of each takes.

    Each is in a process of its own: what is left in the heap by one would slow down the next.
    """
    with tempfile.TemporaryDirectory() as directory:
        command = [shutil.which("valgrind"), "--tool=callgrind", "-q"]
        command += ["--instr-atstart=no", "--collect-atstart=no"]
        command += [f"--callgrind-out-file={directory}/out.%p"]
        command += [sys.executable, HERE / "paths.py", make_dsn(**params)]
        command += [build_counter(directory)]
        env = plain_environment()
        done = {name: int(run([*command, name], env=env)) for name in names}
        dumps = [read_dump(path) for path in Path(directory).glob("out.*.1")]
    if not any(heap for _, _, heap in dumps):
        raise BenchError("the C library has no symbols (Debian: apt-get install libc6-dbg)")
    counted = {name: total - heap for name, total, heap in dumps}
    return {name: round(counted[name] / done[name]) for name in names}


def read_dump(path):
    """Return (name, instructions, of these in the heap's internals) of a file callgrind wrote."""
    name, total, heap, function, names, is_call = None, 0, 0, None, {}, False
    for line in Path(path).read_text().splitlines():
        if line.startswith("desc: Trigger: Client Request: "):
            name = line.rpartition(": ")[2]
        elif line.startswith("events:") and line != "events: Ir":
            raise BenchError(f"{path}: expected instruction counts alone, found {line}")
        elif line.startswith(("fn=", "cfn=")):
            number, _, text = line.partition("=")[2].partition(" ")
            names[number] = names.get(number) or text
            if line.startswith("fn="):
                function = names[number]
        elif line.startswith("calls="):
            is_call = True  # the next line has what the called function took
        elif line[:1] in "+-*0123456789" and line and not is_call:
            total += int(line.split()[-1])
            heap += int(line.split()[-1]) if function in HEAP_INTERNALS else 0
        else:
            is_call = False
    return name, total, heap


def compare(counted, figures, holds):
    """Print each path beside its figure; return the names of those that grew too much."""
    grown = []
    print(f"{'instructions of one operation':30}{'counted':>10}{'figure':>10}")
    for name, number in counted.items():
        figure = figures.get(name)
        change = number / figure - 1 if figure else 0
        told = f"{change:+9.1%}" if figure else "  no figure"
        if figure and number > figure * (1 + MOST_GROWTH):
            told += "  too much" if holds else "  (the figure is another system's)"
            grown.append(name)
        elif change < -MOST_GROWTH:
            told += "  renew the figure: make callgrind ARGS=--renew"
        print(f"{name:30}{number:10,}{figure or 0:10,}{told}")
    return grown if holds else []


def renew(key, counted):
    """Write what was counted on this system as its figures."""
    figures = read_figures()
    figures[key] = counted
    FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    print(f"wrote {FIGURES.name} for {key}")


def read_figures():
    try:
        return json.loads(FIGURES.read_text())
    except FileNotFoundError:
        return {}


def nearest(key, figures):
    """Return (key, figures) of this system, or of the one that has most in common with it."""
    parts = key.split(", ")

    def shared(other):
        return sum(part in parts for part in other.split(", "))

    best = max(figures, key=shared, default=None)
    return best, figures.get(best, {})


def main(words):
    parser = argparse.ArgumentParser(
        prog="callgrind", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", nargs="*", help=f"only these of {', '.join(PATHS)}")
    parser.add_argument("--dsn", help="a server to use instead of a private one")
    parser.add_argument("--renew", action="store_true", help="take what is counted as right")
    options = parser.parse_args(words)
    unknown = sorted(set(options.path) - set(PATHS))
    if unknown:
        parser.error(f"no path {', '.join(unknown)}; there are: {', '.join(PATHS)}")
    if options.path and options.renew:
        parser.error("--renew goes with all paths")
    key = describe()
    with prepared_server(options.dsn, SCALE) as (params, _):
        counted = count(options.path or list(PATHS), params)
    if options.renew:
        renew(key, counted)
    known, figures = nearest(key, read_figures())
    print(f"counted with {key}")
    if known != key:
        print(f"figures from {known}: they tell, and fail nothing")
    grown = compare(counted, figures, known == key)
    if grown:
        sys.exit(
            f"error: more instructions than before in {', '.join(grown)}. If that is meant: "
            "make callgrind ARGS=--renew, and commit bench/callgrind/figures.json"
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (BenchError, InstallError, ServerError, psycopg2.Error) as e:
        sys.exit(f"error: {str(e).strip()}")
