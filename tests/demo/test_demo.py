"""The demo passes, shows what it did, and fails where one value differs."""

import io

import pytest
from rich.console import Console

import psycopg2
from demo import __main__ as program
from demo import steps
from demo.data import Data, Facts
from demo.screen import Screen


@pytest.fixture(scope="module")
def played(dsn):
    """A job whose every step was done, in a database of its own: (job, status, what was shown)."""
    admin = psycopg2.connect(dsn)
    admin.autocommit = True
    admin.cursor().execute("CREATE DATABASE demo_flights TEMPLATE template0 ENCODING 'UTF8'")
    own = psycopg2.extensions.make_dsn(dsn, dbname="demo_flights")
    out = io.StringIO()
    screen = Screen(Console(file=out, width=80))
    status = program.play(own, "PostgreSQL", screen)
    job = steps.Job(own, psycopg2.connect(own), Data(), advance=lambda done, total: None)
    job.facts = Facts(job.data.flight_lines())
    yield job, status, out.getvalue()
    job.conn.close()
    admin.cursor().execute("DROP DATABASE demo_flights")
    admin.close()


def test_demo_passes(played):
    _, status, shown = played
    assert status == 0
    assert "Every count and value is what it has to be" in shown


def test_demo_shows_each_step_with_its_rows(played):
    _, _, shown = played
    lines = shown.splitlines()
    for step in steps.STEPS:
        (line,) = [line for line in lines if step.__doc__ in line]
        assert line.rstrip().endswith(("s", *"0123456789"))
    rows = [line for line in lines if "Load the flights" in line or "compare with" in line]
    assert all("336,776" in line for line in rows)


def test_demo_draws_a_bar_for_each_hour(played):
    _, _, shown = played
    bars = {line[1:6]: line.count("█") for line in shown.splitlines() if " flights" in line[50:]}
    assert list(bars) == [f"{hour:02}:00" for hour in range(5, 24)]
    assert max(bars, key=bars.get) == "19:00"


def test_demo_writes_no_control_codes_to_a_file(played):
    _, _, shown = played
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    "step, change, back",
    [
        (
            steps.ask_carriers,
            "UPDATE flights SET carrier = 'AA' WHERE id = 1",
            "UPDATE flights SET carrier = 'UA' WHERE id = 1",
        ),
        (
            steps.ask_destinations,
            "UPDATE flights SET dest = 'ORD' WHERE id = 1",
            "UPDATE flights SET dest = 'IAH' WHERE id = 1",
        ),
        (
            steps.walk_flights,
            "UPDATE flights SET dep_delay = dep_delay + 1 WHERE id = 336000",
            "UPDATE flights SET dep_delay = dep_delay - 1 WHERE id = 336000",
        ),
        (
            steps.ask_hours,
            "UPDATE flights SET dep_delay = dep_delay + 1 WHERE id = 4242",
            "UPDATE flights SET dep_delay = dep_delay - 1 WHERE id = 4242",
        ),
        (
            steps.export_flights,
            "UPDATE flights SET time_hour = time_hour + interval '1 s' WHERE id = 300000",
            "UPDATE flights SET time_hour = time_hour - interval '1 s' WHERE id = 300000",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_one_changed_value_is_found(played, step, change, back):
    job = played[0]
    with job.conn, job.conn.cursor() as cur:
        cur.execute(change)
        assert cur.rowcount == 1
    try:
        with pytest.raises(steps.Difference):
            step(job)
    finally:
        with job.conn, job.conn.cursor() as cur:
            cur.execute(back)
    assert step(job) > 0


def test_failing_step_ends_the_demo(played, monkeypatch):
    job = played[0]
    out = io.StringIO()
    screen = Screen(Console(file=out, width=80))
    monkeypatch.setattr(program, "STEPS", [steps.create_tables, steps.ask_hours])
    assert program.run_steps(job, screen) is False
    assert "DuplicateTable" in out.getvalue()
    assert steps.ask_hours.__doc__ not in out.getvalue()


def test_difference_of_lists_is_told_by_its_place():
    with pytest.raises(steps.Difference, match=r"rows, row 2\n  expected: 2\n  got:      3"):
        steps.check("rows", [1, 2], [1, 3])
    with pytest.raises(steps.Difference, match="row 2"):
        steps.check("rows", [1, 2], [1])
