"""More than one interpreter in a process: each imports the driver for itself."""

import pytest
from fix_interpreter import run_script as run

# decimal itself complains when it is first imported by an interpreter that is not the main one
PRELUDE = """
import decimal, gc, os, sys
try:
    import _interpreters as interpreters
    make = lambda: interpreters.create("legacy")
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        print("none")
        sys.exit()
    try:
        make = lambda: interpreters.create(isolated=False)
        interpreters.destroy(make())
    except TypeError:
        make = interpreters.create

def run_in(which, code):
    failed = interpreters.run_string(which, code)
    assert not failed, failed

DATES = '''
import datetime, os, psycopg2
from psycopg2 import extensions
conn = psycopg2.connect(os.environ["TEST_DSN"])
cur = conn.cursor()
moment = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
cur.execute("select %s, now(), '1 day'::interval, '12:00+01'::timetz, 1.5, %s",
            (datetime.date(2020, 1, 2), [moment]))
row = cur.fetchone()
assert row[0] == datetime.date(2020, 1, 2) and row[1].tzinfo
try:
    cur.execute("selec")
except psycopg2.errors.SyntaxError as e:
    assert e.diag.sqlstate == "42601"
conn.rollback()
'''

REGISTER = '''
extensions.register_type(extensions.new_type((23,), "X", lambda v, c: "second"))
extensions.register_adapter(complex, lambda v: extensions.AsIs("'second'"))
cur.execute("select 1, %s", (1j,))
assert cur.fetchone() == ("second", "second")
'''
"""


@pytest.mark.parametrize("first", ["main", "second"])
def test_interpreters_work_on_their_own(dsn, first):
    """The one that goes takes nothing from those that stay."""
    script = f"""
    for _ in range(3):
        second = make()
        if {first!r} == "main":
            exec(DATES)
        run_in(second, DATES)
        interpreters.destroy(second)
        gc.collect()
        exec(DATES)
    print("well")
    """
    prelude = "import psycopg2\n" if first == "main" else ""
    assert run(dsn, script, prelude=prelude + PRELUDE) in (["well"], ["none"])


def test_interpreters_have_registries_of_their_own(dsn):
    script = """
    second = make()
    run_in(second, DATES + REGISTER)
    exec(DATES)
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    try:
        cur.execute("select %s", (1j,))
    except psycopg2.ProgrammingError:
        print("well")
    """
    assert run(dsn, script, prelude=PRELUDE) in (["well"], ["none"])


def test_interpreter_left_to_the_end(dsn):
    script = """
    second = make()
    run_in(second, DATES + "import sys; sys.kept = [conn, cur]")
    exec(DATES)
    print("well")
    """
    assert run(dsn, script, prelude=PRELUDE) in (["well"], ["none"])
