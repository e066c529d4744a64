"""Signals during a query, in a process of their own: Ctrl-C cancels at once, and all goes on.

The original waits for the server to end the query. The process tells what it does on its output;
that its query is at work is asked from the server, so no test sleeps and hopes.
"""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

KEY = 770088
WAIT = f"select pg_advisory_lock({KEY})"

PRELUDE = """
import io, os, signal, sys, threading
import psycopg2
conn = psycopg2.connect(os.environ["TEST_DSN"], application_name="interrupted")
cur = conn.cursor()

def tell(*words):
    print(*words, flush=True)

def usable():
    conn.rollback()
    cur.execute("select 'usable'")
    tell(conn.closed, cur.fetchone()[0])
"""


@pytest.fixture
def gate(connect):
    """A session that holds the lock the statements wait for, and can see who waits."""
    conn = connect()
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("select pg_advisory_lock(%s)", (KEY,))
    return cur


@pytest.fixture
def run(dsn):
    """A function that starts a script, and gives its process."""
    started = []

    def start(script, stdin=None):
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(script)],
            env={**os.environ, "TEST_DSN": dsn},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for_waiter(gate, process):
    """Return when a session waits for the lock; the server is asked until it is so."""
    query = """select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'interrupted'
        and wait_event_type = 'Lock'"""
    while True:
        gate.execute(query)
        if gate.fetchone()[0]:
            return
        assert process.poll() is None, process.communicate()


def count_active(gate):
    gate.execute("""select count(*) from pg_stat_activity
        where application_name = 'interrupted' and state = 'active'""")
    return gate.fetchone()[0]


def end(process):
    """Return what else the process printed, as lines; it must end well and soon.

    Not by communicate(), which does not see what readline() has read ahead.
    """
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    out, err = process.stdout.read(), process.stderr.read()
    watchdog.cancel()
    assert process.wait() == 0, err
    return out.splitlines()


WAYS = {
    "execute": f'cur.execute("{WAIT}")',
    "autocommit": f'conn.autocommit = True; cur.execute("{WAIT}")',
    "executemany": f'cur.executemany("{WAIT}", [None])',
    "callproc": f'cur.callproc("pg_advisory_lock", ({KEY},))',
    "named": f'n = conn.cursor("n"); n.execute("{WAIT}"); n.fetchone()',
    "iterate": f'n = conn.cursor("n"); n.execute("{WAIT}"); list(n)',
    "copy_expert": f'cur.copy_expert("copy ({WAIT}::text) to stdout", io.StringIO())',
    "copy by execute": f'cur.execute("copy ({WAIT}::text) to stdout"); cur.fetchall()',
    "several": f'cur.execute("select 1; {WAIT}; select 2")',
    "commit": f'''cur.execute("""create function pg_temp.wait() returns trigger language plpgsql as
        $$begin perform pg_advisory_lock({KEY}); return null; end$$;
        create temp table waiting (a int);
        create constraint trigger t after insert on waiting deferrable initially deferred
        for each row execute function pg_temp.wait(); insert into waiting values (1)""")
        conn.commit()''',
}


@pytest.mark.parametrize("way", WAYS)
def test_interrupt_cancels_at_once(gate, run, way):
    process = run(f"""
    try:
        {WAYS[way]}
    except KeyboardInterrupt:
        tell("interrupted")
    usable()
    """)
    wait_for_waiter(gate, process)
    process.send_signal(signal.SIGINT)
    assert end(process) == ["interrupted", "0 usable"]
    assert count_active(gate) == 0


def test_interrupt_again_and_again(gate, run):
    process = run(f"""
    for turn in range(3):
        try:
            cur.execute("{WAIT}")
        except KeyboardInterrupt:
            tell("interrupted")
            conn.rollback()
            tell("rolled back")
    usable()
    """)
    for _ in range(3):
        wait_for_waiter(gate, process)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        assert process.stdout.readline() == "rolled back\n"
    assert end(process) == ["0 usable"]


def test_interrupt_not_caught_ends_the_process(gate, run):
    process = run(f'cur.execute("{WAIT}")')
    wait_for_waiter(gate, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert err.rstrip().endswith("KeyboardInterrupt")


def test_interrupt_within_with_rolls_back(gate, run):
    process = run(f"""
    try:
        with conn:
            cur.execute("create temp table gone (a int)")
            cur.execute("{WAIT}")
    except KeyboardInterrupt:
        tell("interrupted", conn.get_transaction_status())
    cur.execute("select to_regclass('gone')")
    tell(cur.fetchone())
    """)
    wait_for_waiter(gate, process)
    process.send_signal(signal.SIGINT)
    assert end(process) == ["interrupted 0", "(None,)"]


def test_interrupt_handler_that_raises_something_else(gate, run):
    process = run(f"""
    class Alarm(Exception):
        pass

    def handle(*args):
        raise Alarm("mine")

    signal.signal(signal.SIGUSR1, handle)
    try:
        cur.execute("{WAIT}")
    except Alarm as error:
        tell("raised", error)
    usable()
    """)
    wait_for_waiter(gate, process)
    process.send_signal(signal.SIGUSR1)
    assert end(process) == ["raised mine", "0 usable"]


def test_interrupt_handler_that_returns_lets_the_query_go_on(gate, run):
    process = run(f"""
    signal.signal(signal.SIGUSR1, lambda *args: tell("handled"))
    cur.execute("{WAIT}; select 'result'")
    tell(cur.fetchone()[0])
    usable()
    """)
    wait_for_waiter(gate, process)
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.readline() == "handled\n"
    gate.execute("select pg_advisory_unlock_all()")
    assert end(process) == ["result", "0 usable"]


def test_interrupt_of_the_main_thread_leaves_the_others(gate, run):
    process = run(f"""
    done = threading.Event()

    def work():
        cur.execute("{WAIT}; select 'result'")
        tell(cur.fetchone()[0])
        done.set()

    threading.Thread(target=work).start()
    try:
        done.wait()
    except KeyboardInterrupt:
        tell("interrupted")
    done.wait()
    usable()
    """)
    wait_for_waiter(gate, process)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    gate.execute("select pg_advisory_unlock_all()")
    assert end(process) == ["result", "0 usable"]


def test_interrupt_while_waiting_for_a_thread_that_has_the_connection(gate, run):
    script = f"""
    def work():
        cur.execute("{WAIT}; select 'result'")
        tell(cur.fetchone()[0])

    worker = threading.Thread(target=work)
    worker.start()
    sys.stdin.readline()
    try:
        tell("waiting")
        conn.cursor().execute("select 1")
    except KeyboardInterrupt:
        tell("interrupted")
    worker.join()
    usable()
    """
    process = run(script, stdin=subprocess.PIPE)
    wait_for_waiter(gate, process)
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    # Which of both comes first is open: it may be interrupted just before it waits.
    assert process.stdout.readline() == "interrupted\n"
    gate.execute("select pg_advisory_unlock_all()")
    assert end(process) == ["result", "0 usable"]


def test_interrupt_while_connecting(run):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = run(f"""
        try:
            psycopg2.connect(host="127.0.0.1", port={silent.getsockname()[1]}, user="x",
                             sslmode="disable", gssencmode="disable")
        except KeyboardInterrupt:
            tell("interrupted")
        usable()
        """)
        client = silent.accept()[0]
        assert client.recv(4)  # the start-up packet: the driver now waits for an answer
        process.send_signal(signal.SIGINT)
        assert end(process) == ["interrupted", "0 usable"]
        client.close()
