"""What is measured: each workload's name and group, what a driver is asked to do, how often."""

from dataclasses import dataclass

SCHEMA = "psycopg2_bench"

#: milliseconds, each way, to the server in the group "distance"
DELAY = 1.0


@dataclass(frozen=True)
class Workload:
    """One line of the table.

    ``verb`` is a method of the drivers' sessions, ``n`` how many operations or rows it does,
    ``sql`` the query of those verbs that take one, ``threads`` how many sessions share the work
    (0: one, in the main thread), ``text`` what it is for a reader.
    """

    group: str
    name: str
    verb: str
    n: int
    text: str
    sql: str = ""
    threads: int = 0


#: one column of each type alone: an expression of i, and how many rows
TYPES = {
    "bool": ("i % 2 = 0", 300_000),
    "int4": ("i", 300_000),
    "int8": ("i::int8 * 1000000007", 300_000),
    "float4": ("(i / 7.0)::float4", 200_000),
    "float8": ("i / 7.0::float8", 200_000),
    "numeric": ("(i * 1.01)::numeric(12, 2)", 150_000),
    "text": ("'row ' || i", 200_000),
    "text_md5": ("md5(i::text)", 200_000),
    "text_cyrillic": ("'строка ' || i", 200_000),
    "text_1kb": ("repeat(md5(i::text), 32)", 20_000),
    "date": ("'1970-01-01'::date + i % 30000", 150_000),
    "time": ("'00:00'::time + i * interval '1 ms'", 150_000),
    "timestamp": ("'2020-01-01'::timestamp + i * interval '1.000037 s'", 150_000),
    "timestamptz": ("'2020-01-01'::timestamptz + i * interval '1 s'", 100_000),
    "interval": ("i * interval '1 h 1.5 s'", 100_000),
    "bytea": ("decode(repeat(md5(i::text), 8), 'hex')", 60_000),
    "uuid": ("md5(i::text)::uuid", 100_000),
    "jsonb": ("jsonb_build_object('id', i, 'tags', jsonb_build_array(1, 'n' || i))", 40_000),
    "int4_array": ("array[i, i + 1, i + 2, i + 3]", 60_000),
    "text_array": ("array['a' || i, 'b', null]", 60_000),
    "int4range": ("int4range(i, i + 10)", 30_000),
    "null": ("null::int4", 300_000),
}

SERIES = "select {} from generate_series(1, {{n}}) i"
MIXED = f"select * from {SCHEMA}.mixed limit {{n}}"
WIDE = f"select * from {SCHEMA}.wide limit {{n}}"
INTS = SERIES.format("i, i * 2, -i, i + 1")
FAR = f"{2 * DELAY:g} ms away"

#: group, name, verb, n, text, sql, threads; {n} stands for n
WORKLOADS = [
    *(
        ("types", name, "fetch", n, f"{{n}} rows of one {name}", SERIES.format(expression), 0)
        for name, (expression, n) in TYPES.items()
    ),
    ("rows", "mixed", "fetch", 100_000, "{n} rows of ten types", MIXED, 0),
    ("rows", "four_ints", "fetch", 200_000, "{n} rows of four int4", INTS, 0),
    ("rows", "wide", "fetch", 10_000, "{n} rows of 60 columns", WIDE, 0),
    ("rows", "fetchone", "fetch_one", 50_000, "fetchone() of {n} rows of ten types", MIXED, 0),
    ("rows", "iterate", "fetch_iter", 50_000, "iterating {n} rows of ten types", MIXED, 0),
    ("rows", "dicts", "fetch_realdict", 50_000, "{n} rows as dictionaries", MIXED, 0),
    ("rows", "dictrows", "fetch_dict", 50_000, "{n} rows as DictRow", MIXED, 0),
    ("rows", "namedtuples", "fetch_namedtuple", 50_000, "{n} rows as named tuples", MIXED, 0),
    ("rows", "named_cursor", "named", 50_000, "a server-side cursor over {n} rows", MIXED, 0),
    ("rows", "stream", "stream", 50_000, "{n} rows in bounded memory", MIXED, 0),
    ("rows", "copy_out", "copy_out", 100_000, "COPY of {n} rows to a file", MIXED, 0),
    ("single rows", "key", "key", 3000, "{n} queries by key, autocommit", "", 0),
    ("single rows", "txn", "txn", 1500, "{n} transactions of one query by key", "", 0),
    ("single rows", "insert", "insert", 2000, "execute() of {n} INSERTs of five values", "", 0),
    ("single rows", "connect", "connect", 80, "{n} connections, opened and closed", "", 0),
    ("loading", "executemany", "executemany", 3000, "executemany() of {n} INSERTs", "", 0),
    ("loading", "execute_batch", "execute_batch", 6000, "execute_batch() of {n} INSERTs", "", 0),
    ("loading", "execute_values", "execute_values", 20_000, "execute_values() of {n} rows", "", 0),
    ("loading", "copy_rows", "copy_rows", 50_000, "COPY of {n} tuples", "", 0),
    *(
        ("threads", f"key_{t}", "key", 4000, f"{{n}} queries by key, {t} at a time", "", t)
        for t in (1, 2, 4, 8)
    ),
    *(
        ("threads", f"mixed_{t}", "fetch", 48_000, f"{{n}} rows, {t} at a time", MIXED, t)
        for t in (1, 2, 4, 8)
    ),
    ("distance", "key_far", "key", 200, f"{{n}} queries by key, {FAR}", "", 0),
    ("distance", "txn_far", "txn", 100, f"{{n}} transactions of one query, {FAR}", "", 0),
    ("distance", "many_far", "executemany", 400, f"executemany() of {{n}}, {FAR}", "", 0),
    ("distance", "batch_far", "execute_batch", 4000, f"execute_batch() of {{n}}, {FAR}", "", 0),
    ("distance", "values_far", "execute_values", 8000, f"execute_values() of {{n}}, {FAR}", "", 0),
]  # fmt: skip

#: of these the memory is measured, each in a process of its own
ALL = " union all ".join([f"select * from {SCHEMA}.mixed"] * 5)
MEMORY = [
    ("memory", "fetchall", "fetch", 500_000, "fetchall() of {n} rows of ten types", ALL, 0),
    ("memory", "streaming", "stream", 500_000, "{n} rows of ten types in bounded memory", ALL, 0),
]


def scaled(n, scale):
    """Return n times scale, a whole number that 8 threads and 5 tables can share."""
    return n if scale == 1 else max(40, int(n * scale) // 40 * 40)


def make_workloads(table, scale=1):
    """Return the workloads of a table by name, with `scale` times their rows and operations."""
    made = {}
    for group, name, verb, full, text, sql, threads in table:
        n = scaled(full, scale)
        each = sql.format(n=n // max(1, threads))
        made[name] = Workload(group, name, verb, n, text.format(n=f"{n:,}"), each, threads)
    return made


MIXED_COLUMNS = """
i as id, i::int8 * 99991 as big, 'customer ' || i as name, i / 3.0::float8 as score,
i % 2 = 0 as active, (i * 1.01)::numeric(12, 2) as amount, '2000-01-01'::date + i % 9000 as day,
'2020-01-01'::timestamp + i * interval '1.5 s' as at,
'2020-01-01'::timestamptz + i * interval '61 s' as tz,
case when i % 3 = 0 then null else md5(i::text) end as note
"""
WIDE_COLUMNS = ", ".join(
    f"'value ' || (i + {c}) as c{c}" if c % 2 else f"i + {c} as c{c}" for c in range(60)
)


def setup_statements(scale=1):
    """Return the SQL that makes the tables, in a schema of their own, which is dropped first."""
    mixed, wide = scaled(100_000, scale), scaled(10_000, scale)
    series = "from generate_series(1, {}) i"
    return [
        teardown_statement(),
        f"create schema {SCHEMA}",
        f"create table {SCHEMA}.mixed as select {MIXED_COLUMNS} {series.format(mixed)}",
        f"create table {SCHEMA}.wide as select {WIDE_COLUMNS} {series.format(wide)}",
        f"create table {SCHEMA}.keyed as select i as id, 'name ' || i as name, i % 100 as age"
        f" {series.format(20_000)}",
        f"create unique index on {SCHEMA}.keyed (id)",
        f"create unlogged table {SCHEMA}.load"
        " (id int, name text, score float8, day date, note text)",
        f"analyze {SCHEMA}.mixed, {SCHEMA}.wide, {SCHEMA}.keyed",
    ]


def teardown_statement():
    return f"drop schema if exists {SCHEMA} cascade"
