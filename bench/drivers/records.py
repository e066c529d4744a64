"""The rows that are loaded: made before the clock starts, the same for every driver."""

import datetime

TABLE = "psycopg2_bench.load"
COLUMNS = ("id", "name", "score", "day", "note")
INSERT = f"insert into {TABLE} (id, name, score, day, note) values (%s, %s, %s, %s, %s)"
INSERT_MANY = f"insert into {TABLE} (id, name, score, day, note) values %s"
INSERT_NUMBERED = f"insert into {TABLE} (id, name, score, day, note) values ($1, $2, $3, $4, $5)"
COPY_IN = f"copy {TABLE} (id, name, score, day, note) from stdin"
KEY = "select id, name, age from psycopg2_bench.keyed where id = %s"
KEY_NUMBERED = "select id, name, age from psycopg2_bench.keyed where id = $1"
KEYS = 20_000
DAY = datetime.date(2024, 1, 1)


def make_rows(n):
    """Return n tuples of an int, a str, a float, a date, and a str with quotes or None."""
    return [
        (i, f"name {i}", i / 3, DAY, None if i % 5 == 0 else f"a longer note with 'quotes' {i}")
        for i in range(n)
    ]


def escape_text(value):
    """Return a str, or None, as COPY's text format wants it."""
    if value is None:
        return r"\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def copy_lines(rows):
    """Return the rows in COPY's text format: what a program writes whose driver has no more."""
    return "".join(
        f"{i}\t{escape_text(name)}\t{score}\t{day}\t{escape_text(note)}\n"
        for i, name, score, day, note in rows
    )


def key_of(i):
    """Return the key of the i-th single-row query."""
    return i % KEYS + 1
