"""fork: a child may not use its parent's connection, nor harm it; it makes its own."""

import os
import textwrap

import pytest
from fix_interpreter import run_python
from fix_interpreter import run_script as run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform cannot fork")

# What runs in the child is a function, so that an exception or an early end of it is seen.
FORK = """
def fork(work):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid


def wait(pid):
    assert os.waitpid(pid, 0)[1] == 0


def refused(call, *args):
    try:
        call(*args)
    except psycopg2.InterfaceError as error:
        assert "another process" in str(error), error
    else:
        raise AssertionError("not refused")


def in_child(work):
    wait(fork(work))


def anew():
    c = psycopg2.connect(os.environ["TEST_DSN"]).cursor()
    c.execute("select 1")
    assert c.fetchone() == (1,)


def still_there():
    # The temporary table lives as long as the session does.
    cur.execute("select count(*), (select ssl from pg_stat_ssl where pid = pg_backend_pid())"
                " from kept")
    print(cur.fetchone(), conn.closed)


cur.execute("create temp table kept as select generate_series(1, 3)")
"""


def run_fork(dsn, script, *flags):
    return run(dsn, FORK + textwrap.dedent(script), *flags)


@pytest.fixture(params=["plain", "tls"])
def any_dsn(request, server):
    """The DSN without and with TLS: closing the latter says goodbye on the wire."""
    return f"{server.dsn} sslmode={'require' if request.param == 'tls' else 'disable'}"


USES = {
    "execute": 'cur.execute, "select 1"',
    "executemany": 'cur.executemany, "select %s", [(1,)]',
    "callproc": 'cur.callproc, "version"',
    "copy_expert": 'cur.copy_expert, "copy kept to stdout", io.StringIO()',
    "copy_from": 'cur.copy_from, io.StringIO("1"), "kept"',
    "commit": "conn.commit",
    "rollback": "conn.rollback",
    "with": "conn.__enter__",
    "cursor": "conn.cursor",
    "cancel": "conn.cancel",
    "reset": "conn.reset",
    "poll": "conn.poll",
    "fileno": "conn.fileno",
    "lobject": "conn.lobject",
    "lobject read": "large.read",
    "lobject write": 'large.write, "x"',
    "named fetch": "named.fetchone",
    "set_session": "conn.set_session, None, True",
    "set_client_encoding": 'conn.set_client_encoding, "LATIN1"',
    "tpc_recover": "conn.tpc_recover",
    "quote_ident": 'extensions.quote_ident, "x", conn',
    "get_backend_pid": "conn.get_backend_pid",
    "get_parameter_status": 'conn.get_parameter_status, "TimeZone"',
}


def test_fork_child_that_uses_its_parents_connection_is_refused(any_dsn):
    calls = "".join(f"    refused({call})\n" for call in USES.values())
    script = f"""
large = conn.lobject()
named = conn.cursor("named")
named.execute("select 1")

def work():
{calls}

in_child(work)
still_there()
assert named.fetchone() == (1,)
assert large.read() == ""
"""
    (answer,) = run(any_dsn, FORK + script)
    assert answer == f"(3, {'require' in any_dsn}) 0"


ENDS = {
    "exits": "pass",
    "closes": "conn.close(); assert conn.closed == 1; conn.close()",
    "drops": "del globals()['cur'], globals()['conn']; gc.collect()",
    "closes the cursors": "cur.close(); named.close(); large.close()",
    "looks at it": """
        assert conn.info.status == extensions.STATUS_READY, conn.info.status
        assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_UNKNOWN
        assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_UNKNOWN
        repr(conn), conn.dsn, conn.notices, conn.closed, conn.info.error_message
        """,
    "connects anew": "anew()",
    "connects the same object anew": """
        conn.close(); conn.__init__(os.environ["TEST_DSN"])
        c = conn.cursor(); c.execute("select 1"); assert c.fetchone() == (1,); conn.close()
        """,
    "fetches the rest of its rows": "assert rows.fetchall() == [(2,), (3,)]",
    "forks again": "in_child(lambda: refused(cur.execute, 'select 1')); conn.close(); anew()",
}


@pytest.mark.parametrize("end", ENDS)
def test_fork_child_leaves_the_session_of_its_parent(any_dsn, end):
    script = f"""
named = conn.cursor("named")
named.execute("select 1")
large = conn.lobject()
rows = conn.cursor()
rows.execute("select generate_series(1, 3)")
rows.fetchone()

def work():
{textwrap.indent(textwrap.dedent(ENDS[end]).strip(), "    ")}

for _ in range(2):
    in_child(work)
    still_there()
conn.commit()
"""
    script = script.replace("STATUS_READY, conn.info.status", "STATUS_READY, 1")
    answers = run(any_dsn, FORK + script)
    assert answers == [f"(3, {'require' in any_dsn}) 0"] * 2


def test_fork_child_that_ends_as_processes_do_leaves_the_session(any_dsn):
    script = """
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        sys.exit(0)
    wait(pid)
    still_there()
    """
    assert run_fork(any_dsn, script) == [f"(3, {'require' in any_dsn}) 0"]


def test_fork_parent_that_ends_leaves_the_child_its_own(dsn):
    script = """
    down, up = os.pipe()
    def work():
        os.read(down, 1)
        refused(cur.execute, "select 1")
        anew()
    pid = fork(work)
    conn.close()
    os.write(up, b"x")
    wait(pid)
    print("well")
    """
    assert run_fork(dsn, script) == ["well"]


@pytest.mark.parametrize("child", ["anew()", "refused(cur.execute, 'select 1')", "conn.close()"])
def test_fork_while_other_threads_use_and_wait_for_the_connection(dsn, child):
    # The child must not wait for a lock whose owner it does not have. The query waits for a lock
    # that this program has, so that it is still at work when the fork comes.
    script = f"""
    conn.commit()
    gate = psycopg2.connect(os.environ["TEST_DSN"])
    gate.autocommit = True
    g = gate.cursor()
    g.execute("select pg_advisory_lock(770078)")
    answers = []

    def work():
        c = conn.cursor()
        c.execute("select 1, pg_advisory_xact_lock_shared(770078)")
        answers.append(c.fetchone()[0])

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    while True:
        g.execute("select count(*) from pg_locks where objid = 770078 and not granted")
        if g.fetchone()[0]:
            break
    for _ in range(3):
        in_child(lambda: {child})
        in_child(lambda: (globals().pop("conn"), globals().pop("cur"), gc.collect()))
    g.execute("select pg_advisory_unlock_all()")
    for worker in workers:
        worker.join()
    print(answers)
    still_there()
    """
    answers = run_fork(dsn + " sslmode=require", script, "-W", "ignore::DeprecationWarning")
    assert answers == ["[1, 1, 1, 1]", "(3, True) 0"]


FORKING_CALLBACKS = {
    "read": """
        class Reader:
            done = 0
            def read(self, size):
                if self.done: return ""
                self.done = 1
                return call()
        use = lambda: cur.copy_expert("copy kept from stdin", Reader())
        """,
    "write": """
        class Writer:
            def write(self, data): call()
        use = lambda: cur.copy_expert("copy kept to stdout", Writer())
        """,
    "wait callback": """
        def callback(c):
            call(); extras.wait_select(c)
        extensions.set_wait_callback(callback)
        use = lambda: cur.execute("select 1")
        """,
    "wait callback, when BEGIN is answered": """
        def callback(c):
            extras.wait_select(c); call()
        extensions.set_wait_callback(callback)
        use = lambda: cur.execute("select 1; select 2")
        """,
    "adapter": """
        class Value:
            pass
        asked = []
        def adapt(value):
            asked.append(value)
            if len(asked) == 500: call()
            return extensions.AsIs("4")
        extensions.register_adapter(Value, adapt)
        use = lambda: cur.executemany("insert into kept values (%s)", [[Value()]] * 1000)
        """,
}


@pytest.mark.parametrize("callback", FORKING_CALLBACKS)
def test_fork_within_a_callback_stops_the_child_there(dsn, callback):
    # The child comes back from the fork into the middle of its parent's operation.
    script = f"""
conn.commit()
pids = []
def call():
    if not pids:
        pids.append(os.fork())
    return "4\\n"
{textwrap.dedent(FORKING_CALLBACKS[callback])}
try:
    use()
except psycopg2.Error as error:
    os._exit(3 if pids == [0] and "process" in str(error) else 4)
except BaseException:
    os._exit(5)
if pids == [0]:
    os._exit(6)
assert os.WEXITSTATUS(os.waitpid(pids[0], 0)[1]) == 3
conn.commit()
cur.execute("select 'well'")
print(cur.fetchone()[0])
"""
    assert run(dsn, FORK + script) == ["well"]


def test_fork_in_a_signal_handler_while_another_thread_has_the_connection(dsn):
    # The first signal may come before the connection is waited for, the last does not.
    script = """
    import signal
    conn.commit()
    gate = psycopg2.connect(os.environ["TEST_DSN"])
    gate.autocommit = True
    g = gate.cursor()
    g.execute("select pg_advisory_lock(770079)")
    asked, handled = threading.Event(), threading.Semaphore(0)
    main, pids = threading.get_ident(), []

    def work():
        conn.cursor().execute("select pg_advisory_xact_lock_shared(770079)")

    def pester():
        asked.wait()
        for _ in range(5):
            signal.pthread_kill(main, signal.SIGUSR1)
            handled.acquire()
        g.execute("select pg_advisory_unlock_all()")

    def handle(*_):
        if 0 not in pids:
            pids.append(os.fork())
            handled.release()

    signal.signal(signal.SIGUSR1, handle)
    workers = [threading.Thread(target=work), threading.Thread(target=pester)]
    for worker in workers:
        worker.start()
    while True:
        g.execute("select count(*) from pg_locks where objid = 770079 and not granted")
        if g.fetchone()[0]:
            break
    asked.set()
    try:
        cur.execute("select 'well'")
    except psycopg2.InterfaceError as error:
        os._exit(3 if 0 in pids and "another process" in str(error) else 4)
    except BaseException:
        os._exit(5)
    if 0 in pids:
        os._exit(6)
    for worker in workers:
        worker.join()
    print(cur.fetchone()[0], [os.WEXITSTATUS(os.waitpid(pid, 0)[1]) for pid in pids])
    """
    answers = run_fork(dsn, script, "-W", "ignore::DeprecationWarning")
    assert answers == ["well [3, 3, 3, 3, 3]"]


@pytest.mark.parametrize("asynchronous", ["connecting", "executing"])
def test_fork_amid_asynchronous_work(dsn, asynchronous):
    script = f"""
    other = psycopg2.connect(os.environ["TEST_DSN"], async_=1)
    c = None
    if "{asynchronous}" == "executing":
        extras.wait_select(other)
        c = other.cursor()
        c.execute("select 7")
    in_child(lambda: refused(other.poll))
    in_child(lambda: other.close())
    extras.wait_select(other)
    if not c:
        c = other.cursor()
        c.execute("select 7")
        extras.wait_select(other)
    elif c.rowcount < 0:
        extras.wait_select(other)
    print(c.fetchone()[0])
    """
    assert run_fork(dsn, script) == ["7"]


def test_fork_child_that_takes_from_its_parents_pool_is_told(dsn):
    script = """
    from psycopg2.pool import ThreadedConnectionPool
    pool = ThreadedConnectionPool(1, 4, os.environ["TEST_DSN"])
    taken = pool.getconn()

    def work():
        refused(taken.cursor)
        pool.putconn(taken)
        pool.closeall()

    in_child(work)
    c = taken.cursor()
    c.execute("select 'well'")
    print(c.fetchone()[0])
    pool.putconn(taken)
    assert pool.getconn() is taken
    """
    assert run_fork(dsn + " sslmode=require", script) == ["well"]


WORKER = """
import os, psycopg2
inherited = None

def use(_):
    if inherited is not None:
        try:
            inherited.cursor()
        except psycopg2.InterfaceError as error:
            return "another process" in str(error)
        return "not refused"
    return True

def anew(n):
    c = psycopg2.connect(os.environ["TEST_DSN"]).cursor()
    c.execute("select %s + 1", (n,))
    return c.fetchone()[0]
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_multiprocessing_workers_connect_on_their_own(dsn, method, tmp_path):
    (tmp_path / "worker.py").write_text(WORKER)
    (tmp_path / "main.py").write_text(
        textwrap.dedent(f"""
        import multiprocessing, os, psycopg2, sys, worker
        if __name__ == "__main__":
            conn = psycopg2.connect(os.environ["TEST_DSN"])
            cur = conn.cursor()
            worker.inherited = conn
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                print(pool.map(worker.use, range(4)), pool.map(worker.anew, range(4)))
            cur.execute("select 1")
            print(cur.fetchone()[0], conn.closed)
        """)
    )
    lines = run_python(dsn, str(tmp_path / "main.py"))
    assert lines == ["[True, True, True, True] [1, 2, 3, 4]", "1 0"]
