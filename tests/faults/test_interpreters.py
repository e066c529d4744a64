"""Several interpreters in one process: each imports the driver, and has its own of everything."""

import importlib.util
import textwrap

import pytest
from fix_interpreter import PRELUDE as IMPORTS
from fix_interpreter import run_script

MODULES = ("_interpreters", "_xxsubinterpreters")

pytestmark = pytest.mark.skipif(
    not any(importlib.util.find_spec(name) for name in MODULES),
    reason="this Python has no module for interpreters",
)

PRELUDE = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import warnings

warnings.simplefilter("ignore")


def create():
    # Modules of Python's own, such as datetime, cannot be in isolated ones before 3.13.
    if sys.version_info >= (3, 13):
        return interpreters.create("legacy")
    return interpreters.create(isolated=False) if sys.version_info >= (3, 10) \\
        else interpreters.create()


def run_in(other, script):
    failure = interpreters.run_string(other, "import os, gc\\n" + script)
    assert failure is None, failure  # 3.13 returns it, the others raise


def still_works():
    cur.execute("select 1, 'x', '2020-01-02'::date, 1.5, array[1, 2], '{\\"a\\": 1}'::jsonb")
    print(cur.fetchone()[:2])
    conn.rollback()


WORK = '''
import psycopg2, decimal, datetime, sys
from psycopg2 import extensions, extras
conn = psycopg2.connect(os.environ["TEST_DSN"])
cur = conn.cursor()
cur.execute("select %s, %s, %s, %s, %s", (1, "it's", datetime.date(2020, 1, 2), [1, None],
                                          decimal.Decimal("1.5")))
assert cur.fetchone() == (1, "it's", datetime.date(2020, 1, 2), [1, None], decimal.Decimal("1.5"))
moment = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
cur.execute("select %s, now(), '1 day'::interval, '12:00+01'::timetz", ([moment],))
moments, now, day, noon = cur.fetchone()
assert (moments, day) == ([moment], datetime.timedelta(1)) and now.tzinfo and noon.tzinfo
try:
    cur.execute("selec")
except psycopg2.errors.SyntaxError as error:
    assert error.pgcode == "42601"
conn.rollback()
with conn.cursor(cursor_factory=extras.DictCursor) as c:
    c.execute("select 1 as a")
    assert c.fetchone()["a"] == 1
'''
"""


def run(dsn, script, imports=IMPORTS):
    return run_script(dsn, PRELUDE + textwrap.dedent(script), prelude=imports)


def test_a_second_interpreter_imports_and_works(dsn):
    script = """
    other = create()
    run_in(other, WORK)
    still_works()
    run_in(other, "cur.execute('select 2'); assert cur.fetchone() == (2,); conn.close()")
    interpreters.destroy(other)
    still_works()
    """
    assert run(dsn, script) == ["(1, 'x')"] * 2


def test_a_second_interpreter_imports_it_before_the_first(dsn):
    """The one that goes takes nothing from those that stay."""
    script = """
    for _ in range(3):
        other = create()
        run_in(other, WORK)
        interpreters.destroy(other)
        gc.collect()
        exec(WORK)
    print("well")
    """
    # decimal itself complains when it is first imported by an interpreter that is not the main one
    assert run(dsn, script, "import decimal, gc, os, sys\n") == ["well"]


def test_interpreters_come_and_go_with_everything_open(dsn):
    script = """
    for n in range(5):
        other = create()
        run_in(other, WORK)
        run_in(other, '''
    class Cyclic(extensions.connection): pass
    c = psycopg2.connect(os.environ["TEST_DSN"], connection_factory=Cyclic)
    c.me = c
    c.cur = c.cursor("named"); c.cur.execute("select 1")
    c.large = c.lobject()
    ''')
        interpreters.destroy(other)
        still_works()
    """
    assert run(dsn, script) == ["(1, 'x')"] * 5


def test_interpreters_share_nothing(dsn):
    script = """
    other = create()
    run_in(other, WORK + '''
    caster = extensions.new_type((23,), "NONE", lambda value, cur: "other's")
    extensions.register_type(caster)
    extensions.register_adapter(str, lambda value: extensions.AsIs("'other adapter'"))
    extensions.encodings.clear()
    extensions.set_wait_callback(extras.wait_select)
    cur.execute("select 1, %s", ("x",))
    assert cur.fetchone() == ("other's", "other adapter"), cur.fetchone()
    ''')
    assert extensions.get_wait_callback() is None
    assert extensions.encodings
    cur.execute("select 1, %s", ("x",))
    print(cur.fetchone())
    psycopg2.connect(os.environ["TEST_DSN"]).close()
    interpreters.destroy(other)
    still_works()
    """
    assert run(dsn, script) == ["(1, 'x')"] * 2


def test_interpreters_that_are_alive_at_exit(dsn):
    script = """
    for n in range(3):
        run_in(create(), WORK + "sys.kept = [conn, cur]")
    still_works()
    """
    assert run(dsn, script) == ["(1, 'x')"]


def test_interpreters_in_threads(dsn):
    script = """
    def work():
        other = create()
        for n in range(3):
            run_in(other, WORK)
        interpreters.destroy(other)
        done.append(1)

    done = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(done))
    still_works()
    """
    assert run(dsn, script) == ["4", "(1, 'x')"]
