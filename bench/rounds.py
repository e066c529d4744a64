"""Drivers in processes of their own, asked in turns for the same work."""

import contextlib
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import sysconfig
from pathlib import Path

from bench.workloads import Workload
from psycopg2.extensions import make_dsn

HERE = Path(__file__).resolve().parent

#: in the order of the table; ratios are to the first
DRIVERS = ("psycopg2", "ours", "psycopg3", "psycopg3-binary", "asyncpg", "libpq")
NOTHING = Workload("", "nothing", "nothing", 0, "")


class BenchError(Exception):
    """A measurement cannot be made; the text says why."""


def build_floor(directory):
    """Compile floor.c with the libpq that the driver is built with; return the program."""
    pg_config = os.environ.get("PG_CONFIG") or shutil.which("pg_config")
    if not pg_config:
        raise BenchError("libpq needs PG_CONFIG in the environment, or pg_config on PATH")
    where = [
        subprocess.run([pg_config, option], capture_output=True, text=True, check=True).stdout
        for option in ("--includedir", "--libdir")
    ]
    include, lib = (path.strip() for path in where)
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[:1]
    program = os.path.join(directory, "floor")
    command = [*compiler, "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"]
    command += [f"-I{include}", HERE / "drivers" / "floor.c", "-o", program]
    command += [f"-L{lib}", f"-Wl,-rpath,{lib}", "-lpq", "-pthread"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise BenchError(f"floor.c does not compile:\n{done.stdout.strip()}")
    return program


class Driver:
    """A process that holds one driver and its connections; a context manager."""

    def __init__(self, name, program, params):
        if name == "libpq":
            command = [program, make_dsn(**params)]
        else:
            command = [program, HERE / "drivers", name, json.dumps(params)]
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.version = self._read()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(BrokenPipeError):  # it has ended, and reading told so
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise BenchError(f"{self.name} ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, workload):
        """Do the work once; return what it took, or None if the driver cannot do it."""
        w = workload
        with contextlib.suppress(BrokenPipeError):  # reading tells
            self.process.stdin.write(f"{w.verb}\t{w.n}\t{w.threads}\t{w.sql}\n")
            self.process.stdin.flush()
        answer = self._read()
        if answer and answer["count"] != w.n:
            raise BenchError(f"{self.name} did {answer['count']} of {w.n} in {w.name}")
        return answer


def measure_times(drivers, workload, rounds):
    """Ask each driver in turns; return what each took, and that as ratios to the first driver.

    The round before the first warms up. Each round begins with another driver, so that none always
    comes after the same one. A ratio is the median of the rounds' ratios: a disturbance of the
    machine that lasts longer than a round hits both sides of it.
    """
    taken = {driver.name: [] for driver in drivers}
    able = [driver for driver in drivers if driver.ask(workload)]
    for number in range(rounds if able else 0):
        first = number % len(able)
        for driver in able[first:] + able[:first]:
            taken[driver.name].append(driver.ask(workload))
    base = taken[drivers[0].name]
    row = {}
    for driver in able:
        times = taken[driver.name]
        row[driver.name] = figures = {
            what: statistics.median(t[what] for t in times) for what in ("wall", "cpu")
        }
        for what in ("wall", "cpu") if base else ():
            ratios = [t[what] / b[what] for t, b in zip(times, base) if b[what]]
            figures[f"{what}_ratio"] = statistics.median(ratios) if ratios else None
    return row


def measure_memory(programs, params, workload):
    """Return the peak of resident memory in MiB that a workload adds in a process of its own."""
    row = {}
    for name, program in programs.items():
        with Driver(name, program, params) as driver:
            before, after = driver.ask(NOTHING), driver.ask(workload)
            if after:
                row[name] = {"memory": (after["peak"] - before["peak"]) / 1024}
    return row


def find_programs(names, peers, directory):
    """Return what runs each driver: a Python with it installed, or the floor's own program."""
    programs = {}
    for name in names:
        if name == "libpq":
            programs[name] = build_floor(directory)
        else:
            programs[name] = sys.executable if name == "ours" else peers
    return programs
