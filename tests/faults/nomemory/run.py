"""Let the allocations of one operation fail, one after the other, and see what becomes of it.

Usage: run.py KIND LENGTH STEP NAME...

KIND is python or malloc. The allocations number 1 to LENGTH fail, then STEP to STEP + LENGTH, and
so on to the last one. They cannot fail for ever: libpq waits for memory where it lacks it for the
answer to a COPY.

An operation either gives what it always gives, or MemoryError or OperationalError; its connection
then still works, or says that it is closed. Anything else is printed, and the status is 1.
"""

import pickle
import sys
import traceback

import nomemory
from scenarios import DSN, GTRID, SCENARIOS

import psycopg2

DENSE = 400  # allocations: farther on the steps grow, hashing a password makes thousands
GIVE_UP = 10  # wrong outcomes


def is_fair(error):
    """Tell whether an exception says that there is no memory, in the words of whoever lacked it."""
    if isinstance(error, (MemoryError, psycopg2.OperationalError, pickle.PicklingError)):
        return True
    # Python's own: the evaluation loop loses a MemoryError, threading has its own word. What is
    # wrong in a C function reads otherwise: "<...> returned NULL without setting an exception".
    if type(error) is psycopg2.DatabaseError and error.pgcode is None:
        return True  # libpq had no memory for the SQLSTATE
    # CPython 3.12 and 3.13.0: json's encoder overlooks it.
    if type(error) is SystemError and str(error).startswith("<_json.Encoder object at "):
        return True
    return (type(error), str(error)) in (
        (SystemError, "error return without exception set"),
        (RuntimeError, "can't allocate lock"),
    )


class Runner:
    """Runs one operation many times, on a connection that is made anew when it was lost."""

    def __init__(self, op):
        self.op = op
        self.conn = self.cur = None
        self.wrong = []

    def prepare(self):
        if self.conn is None or self.conn.closed:
            self.conn = psycopg2.connect(DSN)
            with self.conn.cursor() as c:
                c.execute("create temp table t (a int, b text)")
            self.conn.commit()
        self.cur = self.conn.cursor()

    def tidy(self):
        """Bring the connection back to its start; it must work, or be closed."""
        if self.conn.closed:
            return
        try:
            self.conn.rollback()
        except psycopg2.ProgrammingError:  # a two-phase transaction
            try:
                self.conn.tpc_rollback()
            except psycopg2.errors.UndefinedObject:  # it is, but its answer was lost
                self.conn.close()
                return
        for xid in self.conn.tpc_recover():
            if xid.gtrid == GTRID:
                self.conn.tpc_rollback(xid)
        if self.conn.encoding != "UTF8":
            self.conn.set_client_encoding("UTF8")
        self.conn.set_session("default", "default", "default", False)
        cur = self.conn.cursor()
        cur.execute("select 42, %s, pg_sleep(0)", ("it's",))
        row = cur.fetchone()
        assert row[:2] == (42, "it's"), row
        self.conn.rollback()

    def call(self, kind, first, last):
        self.prepare()
        conn, cur, op = self.conn, self.cur, self.op
        return nomemory.call(lambda: op(conn, cur), kind, first, last)

    def check(self, expected, result, error, n):
        if error is None:
            if result != expected:
                self.wrong.append(f"allocation {n}: {result!r} instead of {expected!r}")
        elif not is_fair(error):
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            self.wrong.append(f"allocation {n}: {text}")

    def run(self, kind, length, step):
        for _ in range(3):  # what is made on first use
            expected, error, _ = self.call(kind, 0, 0)
            if error:
                raise error
            self.tidy()
        failed, n = 0, 1 - step
        while True:
            n += max(step, (n - DENSE) // 10)
            result, error, count = self.call(kind, n, n + length - 1)
            if count < n or len(self.wrong) >= GIVE_UP:
                break
            failed += error is not None
            self.check(expected, result, error, n)
            error = result = None
            try:
                self.tidy()
            except Exception as failure:
                text = "".join(traceback.format_tb(failure.__traceback__))
                self.wrong.append(f"allocation {n}: not usable afterwards: {failure!r}\n{text}")
                self.conn = None
        return n, failed


def main():
    kind, length, step, *names = sys.argv[1:]
    sys.unraisablehook = lambda unraisable: None  # a generator that could not be closed
    status = 0
    for name in names or SCENARIOS:
        runner = Runner(SCENARIOS[name])
        count, failed = runner.run(kind, int(length), int(step))
        print(f"{name}: {count} allocations, {failed} errors")
        for text in runner.wrong:
            status = 1
            print(f"{name}: {text}")
        sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
