"""Processes: interpreter exit with everything open, the garbage collector, descriptors."""

import os
import sys
import textwrap

import pytest
from fix_interpreter import run_script as run

import psycopg2

EXITS = {
    "open connection": "",
    "open transaction": 'cur.execute("create temp table x (a int)")',
    "failed transaction": """
        try: cur.execute("selec")
        except psycopg2.Error: pass
        """,
    "rows not fetched": 'cur.execute("select generate_series(1, 100000)"); cur.fetchone()',
    "named cursor": 'n = conn.cursor("n"); n.execute("select 1"); n.fetchone()',
    "large object": 'l = conn.lobject(); l.write("x")',
    "large object in a failed transaction": """
        l = conn.lobject()
        try: cur.execute("selec")
        except psycopg2.Error: pass
        """,
    "copy lines not fetched": """
        cur.execute("copy (select generate_series(1, 1000)) to stdout"); cur.fetchone()
        """,
    "cycles": """
        class Cyclic(extensions.connection): pass
        c = psycopg2.connect(os.environ["TEST_DSN"], connection_factory=Cyclic)
        c.myself = c; c.cur = c.cursor(); c.notices = [c]
        """,
    "asynchronous": """
        a = psycopg2.connect(os.environ["TEST_DSN"], async_=1)
        extras.wait_select(a); a.cursor().execute("select pg_sleep(0)")
        """,
    "not yet connected": 'a = psycopg2.connect(os.environ["TEST_DSN"], async_=1)',
    "casters and adapters": """
        extensions.register_type(extensions.new_type((23,), "X", lambda v, c: (v, c)), conn)
        extensions.register_adapter(complex, lambda x: extensions.AsIs("1"))
        cur.execute("select 1, %s", (1j,)); kept = cur.fetchall()
        """,
    "error kept": """
        try: cur.execute("selec")
        except psycopg2.Error as e: kept = e
        """,
    "in a module of its own": """
        import types; m = types.ModuleType("m"); m.conn, m.cur = conn, cur
        sys.modules["m"] = m; m.m = m; del conn, cur, m
        """,
    "at exit": """
        import atexit; atexit.register(lambda: (cur.execute("select 1"), conn.close()))
        """,
    "in a finalizer": """
        class Late:
            def __del__(self):
                try: conn.cursor().execute("select 1")
                except Exception: pass
        late = Late(); sys.late = late
        """,
    "a daemon thread amid a query": """
        started = threading.Event()
        def work():
            started.set()
            cur.execute("select pg_sleep(600)")
        threading.Thread(target=work, daemon=True).start(); started.wait()
        """,
    "daemon threads amid queries on all there is": """
        # Each waits for a lock that this program has, or for the connection.
        cur.execute("select pg_advisory_lock(770079)")
        from psycopg2 import pool as pools
        pool = pools.ThreadedConnectionPool(2, 8, os.environ["TEST_DSN"])
        shared = psycopg2.connect(os.environ["TEST_DSN"])
        def work(c):
            c.cursor().execute("select pg_advisory_lock(770079)")
        for n in range(8):
            c = shared if n % 2 else pool.getconn()
            threading.Thread(target=work, args=(c,), daemon=True).start()
        while True:
            cur.execute("select count(*) from pg_locks where objid = 770079 and not granted")
            if cur.fetchone()[0] == 5: break
        """,
    "a daemon thread amid a COPY": """
        started = threading.Event()
        class Reader:
            def read(self, size):
                started.set()
                return "1\\n"
        cur.execute("create temp table x (a int)")
        work = lambda: cur.copy_expert("copy x from stdin", Reader())
        threading.Thread(target=work, daemon=True).start(); started.wait()
        """,
    "a daemon thread that makes rows": """
        started = threading.Event()
        def work():
            while True:
                cur.execute("select n, n::text, now() from generate_series(1, 5000) n")
                cur.fetchall()
                started.set()
        threading.Thread(target=work, daemon=True).start(); started.wait()
        """,
    "cursors in cycles": """
        class Cursor(extensions.cursor): pass
        class Large(extensions.lobject): pass
        for name in (None, "n"):
            c = conn.cursor(name, cursor_factory=Cursor); c.me = c; c.row_factory = c.me
            c.row_factory = lambda c=c: [c]
        c.execute("select 1"); c.tzinfo_factory = lambda offset, c=c: c
        l = conn.lobject(lobject_factory=Large); l.me = l; conn.notices = l
        extensions.register_type(extensions.new_type((23,), "X", lambda v, k, c=c: c), c)
        extensions.set_wait_callback(extras.wait_select)
        del c, l
        """,
    "an error's cycle": """
        try: cur.execute("selec")
        except psycopg2.Error as e:
            e.me = e; e.conn = conn; conn.notices = [e]; kept = e.diag
        """,
    "os._exit": 'cur.execute("select 1"); sys.stdout.flush(); os._exit(0)',
}


@pytest.mark.parametrize("state", EXITS)
def test_exit_with_something_open_is_silent(dsn, state):
    script = textwrap.dedent(EXITS[state])
    assert run(dsn, script + '\nprint("end")' * (state != "os._exit")) in ([], ["end"])


@pytest.mark.parametrize("state", ["open transaction", "named cursor", "cycles", "large object"])
def test_exit_in_development_mode_warns_of_nothing_but_what_is_open(dsn, state):
    flags = ["-X", "dev", "-W", "error", "-W", "ignore::ResourceWarning"]
    assert run(dsn, textwrap.dedent(EXITS[state]), *flags) == []


def test_exit_ends_the_sessions(dsn, cur):
    (pid,) = run(dsn, "print(conn.get_backend_pid())")
    for _ in range(1000):
        cur.execute("select count(*) from pg_stat_activity where pid = %s", (int(pid),))
        if cur.fetchone() == (0,):
            return
        cur.execute("select pg_sleep(0.01), pg_stat_clear_snapshot()")
    pytest.fail("the session is still there")


def test_reimport_in_the_same_process(dsn):
    script = """
    for name in [n for n in sys.modules if n.split(".")[0] == "psycopg2"]:
        del sys.modules[name]
    import psycopg2 as again
    other = again.connect(os.environ["TEST_DSN"])
    c = other.cursor()
    c.execute("select 1, '2020-01-02'::date")
    print(c.fetchone()[0])
    try:
        c.execute("selec")
    except again.Error:
        print("its own error")
    cur.execute("select 2")
    print(cur.fetchone()[0])
    """
    assert run(dsn, script) == ["1", "its own error", "2"]


# Limits of the process


def test_no_descriptor_left_is_an_error(dsn):
    script = """
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    made = []
    try:
        while True:
            made.append(psycopg2.connect(os.environ["TEST_DSN"]))
    except psycopg2.OperationalError as error:
        message = str(error)
    del made
    print(message.strip() != "")  # libpq's own text is empty here
    cur.execute("select 1")
    print(cur.fetchone()[0])
    """
    assert run(dsn, script) == ["True", "1"]


def test_many_connections_come_and_go(dsn):
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(50):
        psycopg2.connect(dsn).cursor().execute("select 1")
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
@pytest.mark.parametrize(
    "call",
    [
        "cur.execute(\"select repeat('x', 100000000)\"); cur.fetchall()",
        "cur.execute('select %s', (text,))",
        "cur.mogrify('select %s', ([text] * 10,))",
        "cur.copy_expert(\"copy (select repeat('x', 100000000)) to stdout\", io.StringIO())",
        "cur.execute(\"copy (select repeat('x', 100000000)) to stdout\"); cur.fetchall()",
        "cur.execute(\"select repeat('x', 1000000) from generate_series(1, 150)\"); cur.fetchall()",
    ],
)
def test_no_memory_left_is_an_error(dsn, call):
    script = f"""
    import resource
    text = "x" * 40000000 if "text" in '''{call}''' else ""
    used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + 50000000,) * 2)
    try:
        {call}
    except (MemoryError, psycopg2.Error) as error:
        print("error")
        error = None
    text = ""
    resource.setrlimit(resource.RLIMIT_AS, (resource.getrlimit(resource.RLIMIT_AS)[1],) * 2)
    if conn.closed:
        print("usable")  # lost is fair, a crash or a hang is not
    else:
        conn.rollback()
        cur.execute("select 'usable'")
        print(cur.fetchone()[0])
    """
    assert run(dsn, script) == ["error", "usable"]
