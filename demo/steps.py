"""The job, step by step. Each step does one thing with the driver and compares what came of it.

A step takes the `Job` and returns the number of rows it dealt with. Where a value is not what
it has to be, it raises `Difference`.
"""

from __future__ import annotations

import select
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

import psycopg2
from psycopg2 import errors, extras, sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from .data import Data, Day, Digest, Facts, moment

FLIGHTS = """\
year smallint NOT NULL, month smallint NOT NULL, day smallint NOT NULL,
dep_time smallint, sched_dep_time smallint NOT NULL, dep_delay smallint,
arr_time smallint, sched_arr_time smallint NOT NULL, arr_delay smallint,
carrier text NOT NULL, flight integer NOT NULL, tailnum text,
origin text NOT NULL, dest text NOT NULL, air_time smallint, distance integer NOT NULL,
hour smallint NOT NULL, minute smallint NOT NULL, time_hour timestamptz NOT NULL"""

SCHEMA = {
    "flights": f"id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {FLIGHTS}",
    "airlines": "carrier text PRIMARY KEY, name text NOT NULL",
    "airports": "faa text PRIMARY KEY, name text NOT NULL, lat float8, lon float8, alt integer, "
    "tz integer, dst text, tzone text",
    "planes": "tailnum text PRIMARY KEY, year integer, type text, manufacturer text, model text, "
    "engines integer, seats integer, speed integer, engine text",
    "weather": "origin text, year integer, month integer, day integer, hour integer, "
    "temp float8, dewp float8, humid float8, wind_dir integer, wind_speed float8, "
    "wind_gust float8, precip float8, pressure float8, visib float8, time_hour timestamptz",
    "digests": "id uuid PRIMARY KEY, origin text NOT NULL, day date NOT NULL, "
    "hours integer[] NOT NULL, facts jsonb NOT NULL",
}

SMALL: dict[str, list[Callable[[str], Any]]] = {
    "airlines": [str, str],
    "airports": [str, str, float, float, int, int, str, str],
    "planes": [str, int, str, str, str, int, int, int, str],
    "weather": [str, int, int, int, int, float, float, float]
    + [int, float, float, float, float, float, moment],
}

EXPORT = """\
COPY (SELECT {columns}, to_char(time_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
             AS time_hour
      FROM flights ORDER BY id)
TO STDOUT (FORMAT csv, HEADER, NULL 'NA')"""


class Difference(Exception):
    """A value is not what it has to be."""


def check(what: str, expected: object, got: object) -> None:
    """Fail where two values differ; of two lists, tell the first place."""
    if expected == got:
        return
    if isinstance(expected, list) and isinstance(got, list):
        for number, pair in enumerate(zip_longest(expected, got, fillvalue="(its end)"), 1):
            if pair[0] != pair[1]:
                what, (expected, got) = f"{what}, row {number}", pair
                break
    raise Difference(f"{what}\n  expected: {expected!r:.500}\n  got:      {got!r:.500}")


def in_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows in an order of their own: a table has none."""
    return sorted(rows, key=repr)


def unseen(done: int, total: int) -> None:
    """Move no bar."""


@dataclass
class Job:
    """What the steps share. `advance(done, total)` moves the bar of the step that runs."""

    dsn: str
    conn: psycopg2.extensions.connection
    data: Data
    advance: Callable[[int, int], None] = unseen
    facts: Facts = field(init=False)  # by add_up(), as the others by the steps that find them
    digests: dict[Day, Digest] = field(init=False)
    chart: list[tuple[Any, ...]] = field(init=False)


class CountingReader:
    """A binary file for COPY that tells how far it has been read."""

    def __init__(self, file: IO[bytes], size: int, advance: Callable[[int, int], None]) -> None:
        self.file, self.size, self.advance = file, size, advance
        self.done = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(size)
        self.done += len(chunk)
        self.advance(self.done, self.size)
        return chunk


# -- loading ------------------------------------------------------------------------------------


def add_up(job: Job) -> int:
    """Add the file up in plain Python"""
    job.facts = Facts(job.data.flight_lines())
    return job.facts.flights


def create_tables(job: Job) -> int:
    """Create the tables"""
    with job.conn, job.conn.cursor() as cur:
        for name, columns in SCHEMA.items():
            cur.execute(
                sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(name), sql.SQL(columns))
            )
        cur.execute(
            "SELECT count(*) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_name = ANY(%s)",
            (list(SCHEMA),),
        )
        check("tables", (len(SCHEMA),), cur.fetchone())
    return len(SCHEMA)


def load_flights(job: Job) -> int:
    """Load the flights with COPY"""
    columns = sql.SQL(", ").join(map(sql.Identifier, job.facts.columns))
    command = sql.SQL("COPY flights ({}) FROM STDIN (FORMAT csv, HEADER, NULL 'NA')")
    file, size = job.data.open_flights()
    with file, job.conn, job.conn.cursor() as cur:
        cur.copy_expert(command.format(columns), CountingReader(file, size, job.advance))
        check("rows that COPY tells", job.facts.flights, cur.rowcount)
        cur.execute("SELECT count(*) FROM flights")
        check("rows in flights", (job.facts.flights,), cur.fetchone())
        cur.execute("ANALYZE flights")
    return job.facts.flights


def load_small(job: Job) -> int:
    """Load the small tables with execute_values"""
    total = 0
    for name, types in SMALL.items():
        rows = job.data.small(name, types)
        table = sql.Identifier(name)
        with job.conn, job.conn.cursor() as cur:
            insert = sql.SQL("INSERT INTO {} VALUES %s").format(table)
            extras.execute_values(cur, insert, rows, page_size=1000)
            cur.execute(sql.SQL("SELECT * FROM {}").format(table))
            check(f"values of {name}", in_order(rows), in_order(cur.fetchall()))
        total += len(rows)
        job.advance(total, total)
    return total


# -- asking -------------------------------------------------------------------------------------


def ask_carriers(job: Job) -> int:
    """Ask each airline's delay, with parameters"""
    query = """
        SELECT count(*), count(arr_delay), sum(arr_delay) FROM flights
        WHERE carrier = %(carrier)s AND time_hour >= %(first)s"""
    first = moment("2013-01-01T00:00:00Z")
    with job.conn, job.conn.cursor() as cur:
        for carrier, expected in job.facts.by_carrier.items():
            cur.execute(query, {"carrier": carrier, "first": first})
            check(f"flights of {carrier}", tuple(expected), cur.fetchone())
    return len(job.facts.by_carrier)


def ask_destinations(job: Job) -> int:
    """Ask the busiest airports, with a dict cursor"""
    with job.conn, job.conn.cursor(cursor_factory=extras.RealDictCursor) as cur:
        cur.execute("""
            SELECT dest, name, count(*) AS flights FROM flights LEFT JOIN airports ON dest = faa
            GROUP BY dest, name""")
        rows = cur.fetchall()
    check("destinations", job.facts.destinations, {row["dest"]: row["flights"] for row in rows})
    check("name of ORD", ["Chicago Ohare Intl"], [r["name"] for r in rows if r["dest"] == "ORD"])
    return len(rows)


def walk_flights(job: Job) -> int:
    """Walk all flights with a server-side cursor"""
    by_hour: dict[int, list[int]] = {}
    digests: dict[Day, Digest] = {}
    count = 0
    with job.conn, job.conn.cursor("all_flights") as cur:
        cur.itersize = 10_000
        cur.execute("""
            SELECT origin, make_date(year, month, day), hour, carrier, tailnum, dep_delay
            FROM flights ORDER BY id""")
        for origin, day, hour, carrier, tailnum, delay in cur:
            count += 1
            digests.setdefault((origin, day), Digest()).add(hour, carrier, tailnum, delay)
            departed = by_hour.setdefault(hour, [0, 0])
            if delay is not None:
                departed[0] += 1
                departed[1] += delay
            if count % cur.itersize == 0:
                job.advance(count, job.facts.flights)
    check("flights walked", job.facts.flights, count)
    check("delays by hour", dict(job.facts.by_hour), by_hour)
    check("days of the airports", job.facts.days.keys(), digests.keys())
    job.digests = digests
    return count


def ask_hours(job: Job) -> int:
    """Average the delay by hour, in SQL"""
    with job.conn, job.conn.cursor() as cur:
        cur.execute("""
            SELECT hour, count(dep_delay), avg(dep_delay)::float8 FROM flights
            GROUP BY hour HAVING count(dep_delay) > 0 ORDER BY hour""")
        job.chart = cur.fetchall()
    own = sorted((hour, n, total / n) for hour, (n, total) in job.facts.by_hour.items() if n)
    check("hours and departures", [row[:2] for row in own], [row[:2] for row in job.chart])
    for (hour, _, mine), (_, _, theirs) in zip(own, job.chart):
        check(f"average delay at {hour}", round(mine, 9), round(theirs, 9))
    return len(job.chart)


# -- writing ------------------------------------------------------------------------------------


def write_digests(job: Job) -> int:
    """Write daily digests: UUID key, array, JSONB"""
    rows = []
    for (origin, day), digest in job.digests.items():
        key = uuid.uuid5(uuid.NAMESPACE_URL, f"flights:{origin}/{day}")
        rows.append((key, origin, day, digest.hours, extras.Json(digest.facts())))
    extras.register_uuid(conn_or_curs=job.conn)
    with job.conn, job.conn.cursor() as cur:
        extras.execute_values(cur, "INSERT INTO digests VALUES %s", rows, page_size=500)
        cur.execute("SELECT id, origin, day, hours, facts FROM digests")
        found = cur.fetchall()
        written = [(*row[:4], row[4].adapted) for row in rows]
        check("digests", in_order(written), in_order(found))
        cur.execute("SELECT id FROM digests WHERE facts @> %s", (extras.Json({"cancelled": 0}),))
        calm = {row[0] for row in rows if row[4].adapted["cancelled"] == 0}
        check("days with every flight flown", calm, {row[0] for row in cur})
    expected = {key: digest.facts() for key, digest in job.facts.days.items()}
    check("digests by the file", expected, {(r[1], r[2]): r[4] for r in found})
    return len(rows)


def survive_violation(job: Job) -> int:
    """Survive a UniqueViolation with a savepoint"""
    with job.conn, job.conn.cursor() as cur:
        cur.execute("INSERT INTO airlines VALUES (%s, %s)", ("ZZ", "Zeppelin 'Züri' Air"))
        cur.execute("SAVEPOINT before_mistake")
        try:
            cur.execute("INSERT INTO airlines VALUES (%s, %s)", ("UA", "again"))
        except errors.UniqueViolation as e:
            check("the constraint", "airlines_pkey", e.diag.constraint_name)
            check("the SQLSTATE", "23505", e.pgcode)
            cur.execute("ROLLBACK TO SAVEPOINT before_mistake")
        else:
            raise Difference("the second airline UA was let in")
    with job.conn, job.conn.cursor() as cur:
        cur.execute(
            "SELECT carrier, name FROM airlines WHERE carrier = ANY(%s) ORDER BY 1", (["UA", "ZZ"],)
        )
        expected = [("UA", "United Air Lines Inc."), ("ZZ", "Zeppelin 'Züri' Air")]
        check("airlines after it", expected, cur.fetchall())
    return 1


def notify_other(job: Job) -> int:
    """Notify a second connection"""
    other = psycopg2.connect(job.dsn)
    try:
        other.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with other.cursor() as cur:
            cur.execute("LISTEN departures")
        with job.conn, job.conn.cursor() as cur:
            cur.execute("SELECT pg_notify('departures', %s)", ("EWR 05:17 → IAH",))
        while not other.notifies:
            if not any(select.select([other], [], [], 10)):
                raise Difference("no notification came within 10 seconds")
            other.poll()
        note = other.notifies.pop()
        check("the notification", ("departures", "EWR 05:17 → IAH"), (note.channel, note.payload))
        check("who sent it", job.conn.info.backend_pid, note.pid)
    finally:
        other.close()
    return 1


def export_flights(job: Job) -> int:
    """Export by COPY, compare with the input by row"""
    columns = sql.SQL(", ").join(map(sql.Identifier, job.facts.columns[:-1]))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "flights.csv")
        with open(path, "wb") as out, job.conn, job.conn.cursor() as cur:
            cur.copy_expert(sql.SQL(EXPORT).format(columns=columns), out)
            check("rows exported", job.facts.flights, cur.rowcount)
        with open(path, encoding="utf-8", newline="") as exported:
            return compare_lines(job, job.data.flight_lines(), exported)


def compare_lines(job: Job, expected: Iterable[str], got: Iterator[str]) -> int:
    """Compare two CSV files line by line, the headers too; return the number of rows."""
    number = 0
    for line in expected:
        check(f"line {number + 1} of the export", line, next(got, "(its end)").rstrip("\n"))
        number += 1
        if number % 10_000 == 0:
            job.advance(number, job.facts.flights)
    check("the end of the export", None, next(got, None))
    return number - 1


STEPS = [
    add_up,
    create_tables,
    load_flights,
    load_small,
    ask_carriers,
    ask_destinations,
    walk_flights,
    ask_hours,
    write_digests,
    survive_violation,
    notify_other,
    export_flights,
]
