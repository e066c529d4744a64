"""The measurements measure: every workload runs, and a count that grew is told.

What they find is nobody's promise here; a machine that runs tests is no place for time.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import psycopg2
from bench import report, workloads
from bench.callgrind.__main__ import compare, nearest, read_dump
from bench.delay import DelayedServer
from bench.rounds import BenchError, Driver
from psycopg2.extensions import parse_dsn

ROOT = Path(__file__).resolve().parent.parent.parent
ORIGINAL = os.environ.get("PSYCOPG2_ORIGINAL") or str(ROOT / ".venv-original" / "bin" / "python")


def bench(*words):
    done = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        env={**os.environ, "PSYCOPG2_PEERS": ORIGINAL},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def measured(dsn, tmp_path_factory):
    """The lines and the JSON of one quick measurement of everything."""
    path = tmp_path_factory.mktemp("bench") / "results.json"
    dsn += " sslmode=disable"  # 300 handshakes would take longer than all the rest
    words = ["--quick", "--no-plot", "--drivers", "psycopg2,ours,libpq", "--dsn", dsn]
    status, text = bench(*words, "--json", str(path))
    assert status == 0, text
    return text.splitlines(), json.loads(path.read_text())


@pytest.mark.parametrize("table", [workloads.WORKLOADS, workloads.MEMORY], ids=["times", "memory"])
def test_every_workload_is_measured_for_the_driver_and_the_original(measured, table):
    lines, results = measured
    wanted = workloads.make_workloads(table, 1 / 100)
    rows = {row["name"]: row for row in results["workloads"] if row["name"] in wanted}
    assert list(rows) == list(wanted)
    keys = {"memory"} if table is workloads.MEMORY else {"wall", "cpu", "wall_ratio", "cpu_ratio"}
    for name, row in rows.items():
        assert any(line.startswith(f"{name} ") for line in lines)
        for driver in "psycopg2", "ours":
            assert set(row["figures"][driver]) == keys
            assert keys == {"memory"} or row["figures"][driver]["wall"] > 0


def test_the_floor_does_what_needs_no_python(measured):
    _, results = measured
    able = {row["name"] for row in results["workloads"] if "libpq" in row["figures"]}
    assert able >= {"int4", "mixed", "key", "txn", "executemany", "copy_rows", "key_8", "key_far"}
    assert not able & {"fetchone", "dicts", "execute_values"}


def test_nothing_stays_on_the_server(measured, conn):
    cur = conn.cursor()
    cur.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", (workloads.SCHEMA,))
    assert cur.fetchone() == (0,)


def test_a_workload_that_is_not_there_is_named(dsn):
    status, text = bench("--dsn", dsn, "--workload", "int4", "int5")
    assert status == 1
    assert text == "error: no workload or group int5: --list tells them\n"


def test_a_driver_that_does_less_than_asked_is_caught(dsn):
    workload = workloads.Workload("rows", "short", "fetch", 3, "", "SELECT 1 UNION SELECT 2")
    told = pytest.raises(BenchError, match="ours did 2 of 3 in short")
    with Driver("ours", sys.executable, parse_dsn(dsn)) as driver, told:
        driver.ask(workload)


def test_a_driver_that_ends_is_named(dsn):
    workload = workloads.Workload("rows", "wrong", "fetch", 3, "", "SELECT nonsense")
    told = pytest.raises(BenchError, match="ours ended with status 1")
    with Driver("ours", sys.executable, parse_dsn(dsn)) as driver, told:
        driver.ask(workload)


def test_the_relay_holds_what_passes_both_ways(server, dsn):
    params = {**parse_dsn(dsn), "password": vars(server).get("password", "")}
    with DelayedServer(params, 50) as relay:
        conn = psycopg2.connect(**relay.params)
        cur = conn.cursor()
        conn.autocommit = True
        begin = time.perf_counter()
        cur.execute("SELECT 1")
        assert time.perf_counter() - begin >= 0.1
        assert cur.fetchone() == (1,)
        conn.close()


def test_summary_names_where_a_peer_is_ahead():
    def row(name, **walls):
        figures = {driver: {"wall": wall} for driver, wall in walls.items()}
        return {"name": name, "group": "rows", "figures": figures}

    rows = [
        row("won", psycopg2=2, ours=1, libpq=0.5),
        row("lost", psycopg2=2, ours=1, asyncpg=0.9),
    ]
    assert report.summary(rows) == "ours: ahead of every peer on 1 of 2; behind on lost (asyncpg)"


# -- counts of instructions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "counted, holds, grown",
    [(1050, True, []), (1051, True, ["path"]), (1051, False, []), (700, True, [])],
)
def test_a_path_fails_when_it_takes_five_percent_more(counted, holds, grown, capsys):
    assert compare({"path": counted}, {"path": 1000}, holds) == grown
    assert "path" in capsys.readouterr().out


def test_a_path_without_a_figure_is_told(capsys):
    assert compare({"path": 10}, {}, True) == []
    assert "no figure" in capsys.readouterr().out


def test_figures_of_the_same_system_come_before_those_that_resemble_it():
    figures = {"CPython 3.12.1, libpq 18.6": {"a": 1}, "CPython 3.11.7, libpq 17.2": {"a": 2}}
    assert nearest("CPython 3.11.7, libpq 17.2", figures)[1] == {"a": 2}
    assert nearest("CPython 3.12.1, libpq 17.9", figures)[0] == "CPython 3.12.1, libpq 18.6"
    assert nearest("CPython 3.12.1, libpq 17.9", {}) == (None, {})


DUMP = """\
version: 1
desc: Trigger: Client Request: one_row
positions: line
events: Ir

fn=(1) query
10 100
cfn=(2) _int_malloc
calls=3 7
12 60
+1 5

fn=(2)
7 60

fn=(3) malloc
* 8
"""


def test_a_dump_tells_its_path_and_what_was_counted_without_calls_twice(tmp_path):
    path = tmp_path / "out.1"
    path.write_text(DUMP)
    assert read_dump(path) == ("one_row", 100 + 5 + 60 + 8, 60)
    path.write_text(DUMP.replace("Ir", "Ir Dr"))
    with pytest.raises(BenchError, match="expected instruction counts alone"):
        read_dump(path)
