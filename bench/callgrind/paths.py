"""The hot paths, one of which is walked under valgrind.

Usage: valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no ...
       python paths.py DSN COUNTER.so PATH

It is walked once before it is counted, so that caches are full, and then so often that what differs
from time to time (the pieces in which an answer arrives) is lost in it. Prints how many operations
it did while they were counted.
"""

import ctypes
import gc
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "drivers"))

import records

import psycopg2
from psycopg2.extras import RealDictCursor, execute_values

ROWS = records.make_rows(500)
MIXED = "select * from psycopg2_bench.mixed limit 1000"
DOCUMENTS = (
    "select jsonb_build_object('id', id, 'price', id / 8.0::float8, 'text', E'é\\n', 'of', null,"
    " 'tags', jsonb_build_array(true, 'n' || id)) from generate_series(1000, 1999) id"
)


def compose(conn):
    """mogrify() of an INSERT of five values."""
    cur = conn.cursor()
    for row in ROWS:
        cur.mogrify(records.INSERT, row)
    return len(ROWS)


def one_row(conn):
    """execute() and fetchone() of a query for one row."""
    cur = conn.cursor()
    for i in range(200):
        cur.execute(records.KEY, (i + 1,))
        cur.fetchone()
    return 200


def fetch_mixed(conn):
    """execute() and fetchall() of rows of ten types, a row."""
    cur = conn.cursor()
    cur.execute(MIXED)
    return len(cur.fetchall())


def dict_rows(conn):
    """The same into dictionaries, a row."""
    cur = conn.cursor(cursor_factory=RealDictCursor)
    cur.execute(MIXED)
    return len(cur.fetchall())


def fetch_json(conn):
    """execute() and fetchall() of documents, a row."""
    cur = conn.cursor()
    cur.execute(DOCUMENTS)
    return len(cur.fetchall())


def stream(conn):
    """stream() of rows of ten types, a row."""
    return sum(1 for _ in conn.cursor().stream(MIXED))


def values_page(conn):
    """execute_values() of a page of 500 rows of five values, a row."""
    cur = conn.cursor()
    execute_values(cur, records.INSERT_MANY, ROWS, page_size=1000)
    return len(ROWS)


def values_ahead(conn):
    """execute_values() of five pages of 100 rows of five values, a row."""
    cur = conn.cursor()
    execute_values(cur, records.INSERT_MANY, ROWS, page_size=100)
    return len(ROWS)


def executemany(conn):
    """executemany() of INSERTs of five values, a row."""
    cur = conn.cursor()
    cur.executemany(records.INSERT, ROWS)
    return len(ROWS)


def copy_rows(conn):
    """copy_records() of rows of five values, a row."""
    schema, _, table = records.TABLE.partition(".")
    cur = conn.cursor()
    cur.copy_records(table, ROWS, columns=records.COLUMNS, schema=schema)
    return len(ROWS)


def copy_out(conn):
    """COPY of rows of ten types to a file, a row."""
    cur = conn.cursor()
    with open(os.devnull, "wb", buffering=0) as file:  # a buffer that grows is moved, or not
        cur.copy_expert(f"copy ({MIXED}) to stdout", file)
    return cur.rowcount


ALL = (compose, one_row, fetch_mixed, fetch_json, dict_rows, stream)
ALL += (values_page, values_ahead, executemany, copy_rows, copy_out)
PATHS = {path.__name__: path for path in ALL}

#: A path is counted on so many connections, and memory shifted by so many bytes before each:
#: where a string happens to lie decides what strcmp() and memcpy() do, by some percent.
CONNECTIONS = 8
SHIFT = 520


def main(dsn, library, name):
    counter = ctypes.CDLL(library)
    counter.counter_write.argtypes = [ctypes.c_char_p]
    counter.counter_prepare()
    path, done, shifts = PATHS[name], 0, []
    for _ in range(CONNECTIONS):
        shifts.append(bytes(SHIFT))
        conn = psycopg2.connect(dsn)
        path(conn)
        gc.collect()
        counter.counter_toggle()
        done += path(conn)
        counter.counter_toggle()
        conn.close()
    counter.counter_write(name.encode())
    print(done)


if __name__ == "__main__":
    main(*sys.argv[1:])
