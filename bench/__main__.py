"""Measures the driver, its peers and bare libpq: the same work, in turns, on the same server.

Without --dsn, the server is a private one that ends with the measurement. With it, the tables are
made in a schema psycopg2_bench of that database, which is dropped before and after.

Results go to build/bench/results.json and results.svg; with --publish also to the documentation:
bench/results.json and doc/src/performance.svg.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
from bench import report, workloads
from bench.delay import DelayedServer
from bench.rounds import DRIVERS, BenchError, Driver, find_programs, measure_memory, measure_times
from bench.server import ROOT, InstallError, ServerError, prepared_server

QUICK_SCALE = 1 / 100


def parse_arguments(words):
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--dsn", help="a server to use instead of a private one")
    add("--workload", nargs="+", metavar="NAME", help="only these, or those of these groups")
    add("--rounds", type=int, default=5, help="how often each driver does each (%(default)s)")
    add("--drivers", default=",".join(DRIVERS), help="only these (%(default)s)")
    add("--quick", action="store_true", help="a hundredth of the rows, one round: a trial")
    add("--list", action="store_true", help="tell the workloads, and measure nothing")
    add("--json", type=Path, default=ROOT / "build/bench/results.json", help="where to write")
    add("--no-plot", action="store_true", help="do not draw")
    add("--publish", action="store_true", help="renew what the documentation shows")
    options = parser.parse_args(words)
    wanted = set(options.drivers.split(","))
    unknown = sorted(wanted - set(DRIVERS))
    if unknown:
        parser.error(f"no such driver: {', '.join(unknown)}; there are: {', '.join(DRIVERS)}")
    options.drivers = [name for name in DRIVERS if name in wanted]
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    partial = options.quick or options.workload or len(options.drivers) < len(DRIVERS)
    if options.publish and (partial or options.no_plot):
        parser.error("--publish goes with all workloads and drivers, in full, and the plot")
    return options


def choose(options, scale):
    """Return the workloads that are wanted; fail if a name fits none."""
    made = workloads.make_workloads(workloads.WORKLOADS + workloads.MEMORY, scale)
    if not options.workload:
        return list(made.values())
    known = set(made) | {w.group for w in made.values()}
    unknown = sorted(set(options.workload) - known)
    if unknown:
        raise BenchError(f"no workload or group {', '.join(unknown)}: --list tells them")
    return [w for w in made.values() if {w.name, w.group} & set(options.workload)]


class Table:
    """The measurement itself: it prints each line when it is known, and keeps them all."""

    def __init__(self, options, programs):
        self.options = options
        self.programs = programs
        self.rounds = 1 if options.quick else options.rounds
        self.versions = {}
        self.rows = []

    def add(self, workload, figures):
        print(report.line(workload, figures, self.programs), flush=True)
        facts = {key: getattr(workload, key) for key in ("group", "name", "text", "n")}
        self.rows.append({**facts, "figures": figures})

    def measure(self, chosen, params):
        """Measure the workloads of one distance, all on the same connections."""
        if not chosen:
            return
        with contextlib.ExitStack() as stack:
            drivers = [
                stack.enter_context(Driver(name, program, params))
                for name, program in self.programs.items()
            ]
            if not self.versions:
                self.versions = {driver.name: driver.version for driver in drivers}
                print(report.head(self.versions), flush=True)
            for workload in chosen:
                self.add(workload, measure_times(drivers, workload, self.rounds))

    def run(self, chosen, params):
        far = [w for w in chosen if w.group == "distance"]
        memory = [w for w in chosen if w.group == "memory"]
        self.measure([w for w in chosen if w not in far + memory], params)
        with DelayedServer(params, workloads.DELAY) as relay:
            self.measure(far, relay.params)
        for workload in memory:
            self.add(workload, measure_memory(self.programs, params, workload))


def plot(peers, source, target):
    """Draw the results; the library for it is in the peers' environment."""
    done = subprocess.run([peers, ROOT / "bench" / "plot.py", source, target])
    if done.returncode:
        raise BenchError("the results cannot be drawn")


def main(words):
    options = parse_arguments(words)
    scale = QUICK_SCALE if options.quick else 1
    chosen = choose(options, scale)
    if options.list:
        for w in chosen:
            print(f"{w.group:12} {w.name:16} {w.text}")
        return
    peers = os.environ.get("PSYCOPG2_PEERS") or str(ROOT / ".venv-peers" / "bin" / "python")
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        programs = find_programs(options.drivers, peers, directory)
        params, version = stack.enter_context(prepared_server(options.dsn, scale))
        table = Table(options, programs)
        table.run(chosen, params)
    print(report.summary(table.rows))
    where = "as --dsn says" if options.dsn else "on the same machine, over its Unix socket"
    facts = report.describe_machine()
    facts.update(server=version, where=where, rounds=table.rounds)
    results = {"facts": facts, "drivers": table.versions, "workloads": table.rows}
    report.save(options.json, results)
    ratios = any("wall_ratio" in f for row in table.rows for f in row["figures"].values())
    if options.no_plot or "psycopg2" not in programs or not ratios:
        return
    svg = options.json.with_suffix(".svg")
    plot(peers, options.json, svg)
    if options.publish:
        shutil.copyfile(options.json, ROOT / "bench" / "results.json")
        shutil.copyfile(svg, ROOT / "doc" / "src" / "performance.svg")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (BenchError, InstallError, ServerError, psycopg2.Error) as e:
        sys.exit(f"error: {str(e).strip()}")
    except KeyboardInterrupt:
        sys.exit(130)
