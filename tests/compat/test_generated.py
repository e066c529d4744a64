"""Values, texts and sequences of calls that hypothesis makes up: both drivers answer the same.

The same ones each time. COMPAT_EXAMPLES in the environment is how many times as many to try, and
these at random: ``make compat ARGS="-k generated"`` with it is for a quiet hour.
"""

import os

import pytest
from compat import generate, generate_calls
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("COMPAT_EXAMPLES", 0))
pytestmark = [
    # Strategies made of long lists of samples are not worth showing.
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
    pytest.mark.timeout(0 if TIMES else 300),
]


def made_up(examples):
    return settings(
        max_examples=examples * (TIMES or 1),
        deadline=None,
        derandomize=not TIMES,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def check(pair, differences, statements):
    found = pair.compare("\n".join(statements), differences.texts)
    if found:
        pytest.fail("\n".join([*statements, "", *found]), pytrace=False)


def statements(strategy, most=40):
    return st.lists(strategy, min_size=1, max_size=most)


@made_up(25)
@given(statements(generate.VALUES))
def test_values_are_written_as_the_original_writes_them(pair, differences, values):
    check(pair, differences, [f"cur.mogrify('%s', ({value},))" for value in values])


@made_up(15)
@given(statements(generate.nested(generate.SIMPLE), 20))
def test_values_come_back_as_they_do_for_the_original(pair, differences, values):
    lines = ["conn.autocommit = True"]
    for value in values:
        lines += [f"cur.execute('select %s', ({value},))", "cur.fetchone()"]
    check(pair, differences, lines)


@made_up(15)
@given(
    statements(generate.columns(), 20),
    st.sampled_from(["ISO, MDY", "ISO, DMY", "ISO, YMD"]),
    st.sampled_from(["utc", "Europe/Rome", "Asia/Kolkata", "America/St_Johns"]),
)
def test_columns_are_read_as_the_original_reads_them(pair, differences, columns, style, zone):
    settings = f"cur.execute(\"set datestyle to '{style}'; set timezone to '{zone}'\")"
    check(pair, differences, ["conn.autocommit = True", settings, *columns])


@made_up(25)
@given(statements(generate.MOGRIFY | generate.MOGRIFY_BYTES))
def test_placeholders_and_arguments_meet_as_in_the_original(pair, differences, calls):
    check(pair, differences, calls)


@made_up(15)
@given(statements(generate.COMPOSABLE, 15))
def test_sql_objects_are_those_of_the_original(pair, differences, objects):
    lines = []
    for each in objects:
        lines += ["x = None", f"x = {each}", "x", "x.as_string(conn)", "cur.mogrify(x)"]
    check(pair, differences, [*lines, "x == x, x != x, hash(x) == hash(x)"])


@made_up(25)
@given(statements(generate.DSN_CALLS))
def test_connection_strings_are_read_as_by_the_original(pair, differences, calls):
    check(pair, differences, calls)


@made_up(25)
@given(statements(generate.CASTS | generate.HSTORE))
def test_typecasters_read_what_the_server_sends_as_the_original(pair, differences, calls):
    check(pair, differences, calls)


@made_up(15)
@given(statements(generate.RANGES))
def test_ranges_are_those_of_the_original(pair, differences, calls):
    check(pair, differences, calls)


@made_up(10)
@given(st.data(), st.sampled_from(generate.ENCODINGS))
def test_text_travels_in_each_encoding_as_with_the_original(pair, differences, data, encoding):
    text = generate.texts_of(generate.ENCODINGS_OF_PYTHON[encoding])
    lines = ["conn.autocommit = True", f"conn.set_client_encoding({encoding!r})", "conn.encoding"]
    for value in data.draw(st.lists(text, min_size=1, max_size=10)):
        array = f"[{value!r}]" if encoding in generate.SAFE_ENCODINGS else "1"
        lines += [
            f"cur.mogrify('%s', ({value!r},))",
            f"cur.execute('select %s', ({value!r},))",
            "cur.fetchone()",
            f"cur.execute('select %s as ' + {value!r}.join('\"\"'), ({array},))",
            "cur.fetchone()",
        ]
    check(pair, differences, lines)


@made_up(40)
@given(st.lists(generate_calls.CALLS, min_size=3, max_size=25))
def test_sequences_of_calls_end_as_for_the_original(pair, differences, calls):
    if any("tpc_begin" in each for each in calls):
        calls = [c for c in calls if "bar" not in c and "set_isolation_level" not in c]
    check(pair, differences, ["conn, cur", *calls])


@made_up(25)
@given(st.lists(generate_calls.ASYNC_CALLS, min_size=3, max_size=20))
def test_asynchronous_calls_end_as_for_the_original(pair, differences, calls):
    first = ["c = connect(dsn, async_=1)", "[extras.wait_select(c), c.status]", "u = c.cursor()"]
    check(pair, differences, [*first, *calls])


@made_up(15)
@given(
    st.lists(generate_calls.ROW_CALLS, min_size=3, max_size=20),
    st.sampled_from(generate_calls.FACTORIES),
)
def test_rows_of_extras_are_those_of_the_original(pair, differences, calls, factory):
    if factory != "NamedTupleCursor":
        calls.insert(1, "cur.execute('select 1 as a, 2 as a')")
    check(pair, differences, [f"cur = conn.cursor(cursor_factory=extras.{factory})", *calls])


@made_up(10)
@given(
    st.lists(generate_calls.POOL_CALLS, min_size=2, max_size=15),
    st.integers(0, 2),
    st.integers(0, 3),
)
def test_pools_give_and_take_as_in_the_original(pair, differences, calls, least, most):
    made = f"p = pool.ThreadedConnectionPool({least}, {most}, dsn)"
    check(pair, differences, ["p = k = c = None", made, *calls, "p.closeall()"])


@made_up(15)
@given(statements(generate_calls.MANY_CALLS, 12))
def test_many_rows_at_once_are_sent_as_by_the_original(pair, differences, calls):
    lines = ["conn.autocommit = True", "cur.execute('create temp table many (a text, b text)')"]
    for each in calls:
        lines += [each, "cur.query, cur.rowcount, cur.statusmessage"]
    check(pair, differences, lines)


@made_up(8)
@given(statements(generate_calls.COPY_CALLS, 12))
def test_copy_takes_and_gives_what_the_original_does(pair, differences, calls):
    lines = ["conn.autocommit = True", "cur.execute('create temp table many (a text, b text)')"]
    for each in calls:
        lines += ["cur = conn.cursor()", each, "cur.rowcount"]
    check(pair, differences, [*lines, "cur.execute('select * from many')", "cur.fetchall()"])


REST = """
def rest(l, *size):
    at, end = l.tell(), l.seek(0, 2)
    l.seek(min(at, end))  # what is beyond the end differs
    return l.read(*size)
"""


@made_up(10)
@given(st.lists(generate_calls.LOBJECT_CALLS, min_size=2, max_size=15))
def test_large_objects_are_used_as_in_the_original(pair, differences, calls):
    first = [
        REST,
        "l = conn.lobject(0, 'wb')",
        "l.write(b'0123456789')",
        "oid = l.oid",
        "conn.commit()",
    ]
    check(pair, differences, [*first, "l = conn.lobject(oid, 'rw')", *calls, "conn.rollback()"])
