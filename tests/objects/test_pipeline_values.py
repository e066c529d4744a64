"""executemany() and its like mean what executing one statement after the other means,
whatever goes ahead."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import Json, execute_batch, execute_values

TABLE = """
create type pg_temp.mood as enum ('sad', 'ok');
create domain pg_temp.small as int check (value < 100);
create temp table t (
    id serial, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, n2 numeric(12, 2),
    txt text, v5 varchar(5), c3 char(3), d date, ts timestamp, tz timestamptz, tm time,
    iv interval, iy interval year, b bytea, bo bool, u uuid, j jsonb, m pg_temp.mood,
    dom pg_temp.small, a int[]);
insert into t (i4, txt) values (1, 'one'), (2, 'two'), (null, null);
"""
COLUMNS = (
    "i2 i4 i8 f4 f8 n n2 txt v5 c3 d ts tz tm iv iy b bo u j m dom a".split()  # fmt: skip
)

OFFSETS = st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 130),
    st.sampled_from([2**15, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1, -(2**63), 2**63]),
    st.floats(),
    st.sampled_from([0.1, -0.0, 1e22, 5e-324, 1.5]),
    st.decimals(),
    st.sampled_from([Decimal("1e400"), Decimal("1E+5"), Decimal("-7"), Decimal("0.10")]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
    st.sampled_from(
        ["", "7", "-7.5", "nan", "2020-02-03", "sad", "{1,2}", "5", "it's", "a\\b", "é"]
    ),
    st.binary(max_size=5),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=OFFSETS),
    st.times(),
    st.timedeltas(),
    st.uuids(),
    st.lists(st.integers(0, 5), max_size=2),
    st.sampled_from(
        [Json({"a": "it's"}), extensions.AsIs("1 + 1"), extensions.AsIs("2; select 3")]
    ),
)

TEMPLATES = [
    "insert into t ({0}, {1}) values (%s, %s)",
    "insert into t ({0}, {1}) values (%s, %s), (null, null)",
    "insert into t ({0}, {1}) select %s, %s",
    "insert into t ({0}, {1}) values (%s, %s) returning id, {0}",
    'insert into "t" ("{0}", {1}) values (%s, coalesce(%s, null));',
    "update t set {0} = %s where i4 = %s",
    "update t set {0} = %s, {1} = %s",
    "delete from t where {0} = %s or {1} = %s",
    "insert into t ({0}, txt) values (%s, 'item %%' || %s)",
    "insert into t ({0}, txt) values (%s, 'item ' || %s::text)",
    "insert into t ({0}, f8) values (%s, 10 -%s)",
    "insert into t ({0}, i4) values (%s, %s::int2)",
    "insert into t (txt, i4) values (pg_typeof(%s), length(%s))",
    "insert into t (txt, j) values (upper(%s), to_jsonb(%s))",
    "insert into t (i4, txt) select i4, txt from t where i4 = %s order by i4, %s",
    "insert into t (i4, txt) select i4, txt from t where i4 in (%s, %s)",
    "insert into t (i4, txt) select i4, txt from t where txt is distinct from %s limit %s",
    "insert into t (txt, {0}) values (date '2020-01-02' + %s, %s)",
    "insert into t ({0}, {1}) values (%s, (%s))",
    "insert into t ({0}, {1}) values (/* a */ %s, %s)",
    "insert into t ({0}, {1}) values (%s, %s) -- %%",
    "insert into t ({0}, {1}) values (%s, %s); select 1",
    "with x as (select %s as p) insert into t ({1}) select p from x where p = %s",
    "select f({0}, {1}) from (select %s as {0}, %s as {1}) x",
    "select concat(%s, %s)",
    "select round(%s, %s)",
    "select i4 from t where {0} < %s and {1} >= %s",
    "values (%s, %s)",
]


def told(error):
    diag = error.diag
    return (
        type(error),
        error.pgcode,
        str(error),
        diag.statement_position,
        diag.context,
        diag.column_name,
    )


def outcome(cur, run):
    """Run something; return all that the program can see of it."""
    try:
        told_total = run()
        error = None
    except (psycopg2.Error, ValueError, TypeError, OverflowError) as e:
        told_total = None
        error = told(e) if isinstance(e, psycopg2.Error) else (type(e), str(e))
    status = cur.connection.get_transaction_status()
    seen = [error, told_total, cur.query, status, cur.statusmessage, list(cur.connection.notices)]
    if status == extensions.TRANSACTION_STATUS_INTRANS:
        cur.execute("select * from t order by id, i4, txt")
        seen.append(plain(cur.fetchall()))
    return seen


def plain(rows):
    """Return rows as texts, which are equal where the values are the same: NaN, and bytea."""
    return [
        repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
        for row in rows
    ]


@pytest.fixture(scope="module")
def pair(dsn):
    """Two connections with a table each."""
    conns = [psycopg2.connect(dsn) for _ in range(2)]
    for conn in conns:
        with conn, conn.cursor() as cur:
            cur.execute(TABLE)
    yield conns
    for conn in conns:
        conn.close()


def fresh(pair):
    for conn in pair:
        conn.rollback()
        del conn.notices[:]
        with conn.cursor() as cur:
            cur.execute("alter sequence t_id_seq restart")
    return [conn.cursor() for conn in pair]


def one_by_one(cur, template, rows):
    def run():
        total = 0
        for row in rows:
            cur.execute(template, row)
            total = -1 if total < 0 or cur.rowcount < 0 else total + cur.rowcount
        return total

    return run


def many(cur, template, rows):
    def run():
        cur.executemany(template, rows)
        assert cur.description is None
        return cur.rowcount

    return run


statements = st.builds(
    lambda template, columns: template.format(*columns),
    st.sampled_from(TEMPLATES),
    st.lists(st.sampled_from(COLUMNS), min_size=2, max_size=2, unique=True),
)
# Rows that are alike, as a program's are, and now and then one that is not.
alike = st.tuples(VALUES, VALUES).flatmap(
    lambda row: st.lists(st.one_of(st.just(row), st.tuples(VALUES, VALUES)), max_size=4).map(
        lambda rows: [row, row, *rows]
    )
)
random_runs = settings(
    max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@random_runs
@given(template=statements, rows=alike)
def test_executemany_is_execute_row_by_row(pair, template, rows):
    ours, theirs = fresh(pair)
    expected = outcome(theirs, one_by_one(theirs, template, rows))
    assert outcome(ours, many(ours, template, rows)) == expected


@random_runs
@given(template=statements, rows=alike)
def test_executemany_of_an_iterator(pair, template, rows):
    ours, theirs = fresh(pair)
    expected = outcome(theirs, one_by_one(theirs, template, rows))
    assert outcome(ours, many(ours, template, map(list, rows))) == expected


@random_runs
@given(template=statements, rows=alike)
def test_executemany_by_name(pair, template, rows):
    ours, theirs = fresh(pair)
    named = template.replace("%s", "%(a)s", 1).replace("%s", "%(b)s")
    dicts = [{"a": a, "b": b} for a, b in rows]
    expected = outcome(theirs, one_by_one(theirs, named, dicts))
    assert outcome(ours, many(ours, named, dicts)) == expected


class Logged(extensions.cursor):
    """A cursor with a method of its own, so that each page is composed."""

    def execute(self, *args):
        return super().execute(*args)


def in_batches(cur, template, rows):
    def run():
        execute_batch(cur, template, rows, page_size=3)
        rows_left = cur.fetchall() if cur.description else None
        return cur.rowcount, rows_left and plain(rows_left)

    return run


@random_runs
@given(template=statements, rows=alike)
def test_execute_batch_is_what_its_text_is(pair, template, rows):
    ours, _ = fresh(pair)
    theirs = pair[1].cursor(cursor_factory=Logged)
    expected = outcome(theirs, in_batches(theirs, template, rows))
    assert outcome(ours, in_batches(ours, template, rows)) == expected


def in_values(cur, statement, rows, fetch=False):
    query, template = statement

    def run():
        got = execute_values(cur, query, rows, template=template, page_size=2, fetch=fetch)
        rows_left = cur.fetchall() if cur.description and not fetch else None
        return cur.rowcount, got and plain(got), rows_left and plain(rows_left)

    return run


VALUES_QUERIES = [
    "insert into t ({0}, {1}) values %s",
    "insert into t ({0}, {1}) values %s",
    "insert into t ({0}, {1}) values (null, null), %s, (null, null) returning id, {1}",
    "insert into t ({0}, {1}) select * from (values %s) v",
    "insert into t (txt, {1}) values %s on conflict do nothing",
    "update t set {0} = v.a from (values %s) as v (b, a) where t.i4 = v.b",
    "select *, '%%' from (values %s) v",
    "values %s",
    "insert into t ({0}, {1}) values %s -- %%",
]
VALUES_TEMPLATES = [
    None,
    None,
    "(%s, %s)",
    "(%s, coalesce(%s, null))",
    "(upper(%s), %s)",
    "(%s, %s::text)",
    "(10 -%s, (%s))",
    "(%s, %s || ' 100%%')",
]
values_statements = st.builds(
    lambda query, columns, template: (query.format(*columns), template),
    st.sampled_from(VALUES_QUERIES),
    st.lists(st.sampled_from(COLUMNS), min_size=2, max_size=2, unique=True),
    st.sampled_from(VALUES_TEMPLATES),
)
# Columns whose values are alike, but for a NULL or another now and then.
columns_alike = st.tuples(VALUES, VALUES).flatmap(
    lambda row: st.lists(
        st.tuples(*(st.one_of(st.just(value), st.just(value), st.none(), VALUES) for value in row)),
        min_size=2,
        max_size=9,
    )
)


@random_runs
@given(statement=values_statements, rows=columns_alike, make=st.sampled_from([list, iter]))
def test_execute_values_is_what_its_text_is(pair, statement, rows, make):
    ours, _ = fresh(pair)
    theirs = pair[1].cursor(cursor_factory=Logged)
    expected = outcome(theirs, in_values(theirs, statement, make(rows)))
    assert outcome(ours, in_values(ours, statement, make(rows))) == expected


def test_execute_values_of_columns_that_are_stored_in_another_type(pair):
    """Each type of the values into each type of column, with NULL at any place of the page."""
    for value, _ in TYPED:
        for column in COLUMNS:
            rows = [(value, None), (None, value), (value, value), (None, None), (value, None)]
            ours, _ = fresh(pair)
            theirs = pair[1].cursor(cursor_factory=Logged)
            statement = f"insert into t ({column}, txt) values %s", None
            expected = outcome(theirs, in_values(theirs, statement, rows))
            assert outcome(ours, in_values(ours, statement, rows)) == expected


REFUSED = [
    ("update none set v3 = %s", "a", "abcd"),
    ("update none set c3 = %s", "a", "abcd"),
    ("update none set i2 = %s where i2 = 5", 1, 2**15),
    ("update none set i4 = %s", 1, 2**31),
    ("update none set n2 = %s", 1, 100),
    ("update none set n2 = %s, i4 = 3", Decimal("1.5"), Decimal("99.999")),
    ("update none set f4 = %s", 1.5, 1e300),
    ("update none set i2 = 1, a[1] = %s", 1, 2**31),
    ("update none set i2 = 1 or false, v3 = %s", "a", "abcd"),
    ("update none set bo = i2 is distinct from 3, v3 = %s", "a", "abcd"),
    ("insert into none (i4) values (1) on conflict (i4) do update set v3 = %s", "a", "abcd"),
    ("with x as (update none set i2 = %s returning i2) select i2 from x", 1, 2**15),
    ("merge into none using none s on true when matched then update set v3 = %s", "a", "abcd"),
    ("merge into none using none s on true when not matched then insert values (%s)", 1, 2**15),
    ("update none set v3 = x from (values (%s)) v (x)", "a", "abcd"),
    ("delete from none where f4 = sqrt(%s)", 4, -1),
    ("select 1 from none where '5' = chr(%s)", 65, -1),
    ("select abs(%s) from none", 1, -(2**31)),
]


@pytest.mark.parametrize("template, good, bad", REFUSED)
def test_what_no_row_takes_is_refused_all_the_same(pair, template, good, bad):
    """The server may know for the literal, before it looks for rows; and after a few executions of
    one plan only once it has found some."""
    told = []
    for cur, way in zip(fresh(pair), (many, one_by_one)):
        cur.execute(
            "create temp table none (i2 int2, i4 int unique, n2 numeric(4, 2), f4 float4, "
            "v3 varchar(3), c3 char(3), bo bool, a int[])"
        )
        told.append(outcome(cur, way(cur, template, [(good,)] * 9 + [(bad,)])))
    assert told[0] == told[1]
    assert told[0][0] is not None


DAYS = [
    dt.date.min,
    dt.date(1900, 2, 28),
    dt.date(1900, 3, 1),
    dt.date(1999, 12, 31),
    dt.date(2000, 1, 1),
    dt.date(2000, 2, 29),
    dt.date(2000, 12, 31),
    dt.date(2020, 1, 2),
    dt.date.max,
]
TYPED = [
    (None, "unknown"),
    (True, "boolean"),
    (False, "boolean"),
    (0, "integer"),
    (-1, "integer"),
    (5, "integer"),
    (-(2**31), "integer"),
    (2**31 - 1, "integer"),
    (2**31, "bigint"),
    (-(2**31) - 1, "bigint"),
    (-(2**63), "bigint"),
    (2**63 - 1, "bigint"),
    (2**63, "numeric"),
    (-(2**63) - 1, "numeric"),
    (5.0, "numeric"),
    (1e300, "numeric"),
    (-0.0, "double precision"),
    (float("nan"), "double precision"),
    (float("-inf"), "double precision"),
    (Decimal(5), "integer"),
    (Decimal("5.0"), "numeric"),
    (Decimal("NaN"), "numeric"),
    ("5", "unknown"),
    (b"5", "bytea"),
    *((day, "date") for day in DAYS),
    *((dt.datetime.combine(day, dt.time()), "timestamp without time zone") for day in DAYS),
    (dt.datetime.max, "timestamp without time zone"),
    (dt.datetime(1999, 12, 31, 23, 59, 59, 999999), "timestamp without time zone"),
    (dt.datetime(2020, 1, 2, tzinfo=dt.timezone.utc), "timestamp with time zone"),
    (dt.datetime.min.replace(tzinfo=dt.timezone.utc), "timestamp with time zone"),
    (
        dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=14))),
        "timestamp with time zone",
    ),
    (dt.time(1, 2), "time without time zone"),
    (dt.time(1, 2, tzinfo=dt.timezone.utc), "time with time zone"),
    (dt.timedelta(1), "interval"),
    (uuid.UUID(int=5), "uuid"),
    (uuid.UUID(int=2**128 - 1), "uuid"),
]


@pytest.mark.parametrize("value, name", TYPED, ids=repr)
def test_a_parameter_has_the_type_and_value_of_its_literal(seen, value, name):
    conn, queries = seen
    cur = conn.cursor()
    template = "insert into typed (name, value) values (pg_typeof(%s), format('%%s', %s))"
    cur.execute("create temp table typed (name text, value text)")
    cur.executemany(template, [(value, value)] * 3)
    cur.execute("select name from typed")
    assert cur.fetchall() == [(name,)] * 3
    cur.execute(template, (value, value))
    cur.execute("select count(distinct name), count(distinct value) from typed")
    assert cur.fetchone() == (1, 1)
    if name != "unknown":  # which this function leaves to be found out: that is refused
        assert [query[:5] for query in queries].count("bind:") == 3


@given(st.lists(st.floats(), min_size=2, max_size=20))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("column", ["f8", "f4", "n", "n2", "txt"])
def test_a_float_is_stored_as_its_literal_is(pair, column, floats):
    ours, theirs = fresh(pair)
    template = f"insert into t ({column}) values (%s)"
    rows = [(value,) for value in floats]
    expected = outcome(theirs, one_by_one(theirs, template, rows))
    assert outcome(ours, many(ours, template, rows)) == expected
