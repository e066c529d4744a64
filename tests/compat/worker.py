"""Runs probes under whichever psycopg2 its Python has, and tells what each statement gave.

A program of its own, used by compat.harness: a probe comes as a line of JSON on standard input,
its answer goes as a line of JSON to what was standard output.
"""

import ast
import contextlib
import datetime
import decimal
import gc
import importlib
import io
import ipaddress
import json
import os
import pickle
import select
import sys
import threading
import traceback
import uuid
import warnings
import weakref

from compat_describe import Describer

import psycopg2
from psycopg2 import errorcodes, errors, extensions, extras, pool, sql, tz

NAMES = {
    "psycopg2": psycopg2,
    "ext": extensions,
    "extensions": extensions,
    "extras": extras,
    "errors": errors,
    "errorcodes": errorcodes,
    "pool": pool,
    "sql": sql,
    "tz": tz,
    "datetime": datetime,
    "date": datetime.date,
    "time": datetime.time,
    "dt": datetime.datetime,
    "timedelta": datetime.timedelta,
    "timezone": datetime.timezone,
    "decimal": decimal,
    "D": decimal.Decimal,
    "Decimal": decimal.Decimal,
    "gc": gc,
    "importlib": importlib,
    "io": io,
    "StringIO": io.StringIO,
    "BytesIO": io.BytesIO,
    "ipaddress": ipaddress,
    "json": json,
    "os": os,
    "pickle": pickle,
    "select": select,
    "sys": sys,
    "threading": threading,
    "uuid": uuid,
    "UUID": uuid.UUID,
    "warnings": warnings,
    "weakref": weakref,
    "inf": float("inf"),
    "nan": float("nan"),
}


class Registries:
    """What a program may change for the whole module; put back after each probe."""

    def __init__(self):
        registries = "adapters encodings string_types binary_types".split()
        self.saved = [(vars(extensions)[name], dict(vars(extensions)[name])) for name in registries]

    def restore(self):
        for live, saved in self.saved:
            # By identity: typecasters for the same OIDs are equal.
            if list(map(id, live.values())) != list(map(id, saved.values())):
                live.clear()
                live.update(saved)
        extensions.set_wait_callback(None)


class Helper:
    """What probes do to the server process of a connection, over one that is not recorded."""

    def __init__(self, dsn):
        self.dsn = dsn

    def kill(self, conn):
        """End it."""
        helper = psycopg2.connect(self.dsn)
        with helper.cursor() as cur:
            cur.execute("SELECT pg_terminate_backend(%s, 20000)", (conn.info.backend_pid,))
        helper.close()

    def when_it_sleeps(self, conn, call):
        """Have a thread make a call once it is in pg_sleep()."""
        threading.Thread(target=self.watch, args=(conn.info.backend_pid, call)).start()

    def watch(self, pid, call):
        helper = psycopg2.connect(self.dsn)
        helper.autocommit = True
        event = None
        with helper.cursor() as cur:
            while event != ("PgSleep",):
                cur.execute("SELECT wait_event FROM pg_stat_activity WHERE pid = %s", (pid,))
                event = cur.fetchone()
        helper.close()
        call()


class Run:
    """One probe: its names, the connections it made, what it answered."""

    def __init__(self, dsn, describer, helper):
        self.dsn = dsn
        self.describer = describer
        self.masks, describer.masks = describer.masks, dict(describer.masks)
        self.made = []
        self.states = {}
        self.names = dict(NAMES, dsn=dsn, connect=self.connect, __name__="probe")
        self.names.update(kill=helper.kill, when_it_sleeps=helper.when_it_sleeps)

    def connect(self, *args, **kwargs):
        conn = psycopg2.connect(*(args or (self.dsn,)), **kwargs)
        self.made.append(conn)
        with contextlib.suppress(psycopg2.Error):
            pid = conn.get_backend_pid()
            if pid:  # an asynchronous connection has none yet
                self.describer.mask_pid(pid)
        return conn

    def prepare(self, tree):
        """Make `conn` and `cur` for a probe that reads them."""
        read = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        if read & {"conn", "cur"}:
            self.names["conn"] = self.connect()
            self.names["cur"] = self.names["conn"].cursor()
            self.observe()

    def statement(self, node):
        """Run one statement; return what it gave, as a list of lines."""
        lines = []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                if isinstance(node, ast.Expr):
                    code = compile(ast.Expression(node.value), "<probe>", "eval")
                    value = eval(code, self.names)
                    if value is not None:
                        lines.append(self.describer.value(value))
                    del value
                else:
                    exec(compile(ast.Module([node], []), "<probe>", "exec"), self.names)
            except BaseException as e:
                lines.append(self.describer.error(e))
        for warning in caught:
            if warning.category is not ResourceWarning:
                lines.append(f"warning {warning.category.__name__}: {warning.message}")
        lines += self.observe()
        return lines

    def observe(self):
        """Tell what changed in the connections and cursors that have a name."""
        lines = []
        for name, value in list(self.names.items()):
            if isinstance(value, extensions.lobject):
                self.mask_oid(value)
            state = self.describer.state(value)
            if state is None:
                continue
            before = self.states.get(name, {})
            for key, text in state.items():
                if before.get(key) != text:
                    lines.append(f"{name}.{key} = {text}")
            self.states[name] = state
        return lines

    def mask_oid(self, lobject):
        with contextlib.suppress(psycopg2.Error):
            if lobject.oid > 10000:  # the server chose it
                self.describer.masks[str(lobject.oid)] = "OID"

    def finish(self):
        self.describer.masks = self.masks
        for conn in self.made:
            with contextlib.suppress(Exception):
                conn.close()
        self.names.clear()
        gc.collect()


def run_probe(source, dsn, describer, helper):
    tree = ast.parse(source)
    run = Run(dsn, describer, helper)
    try:
        run.prepare(tree)
        return [[ast.unparse(node), run.statement(node)] for node in tree.body]
    finally:
        run.finish()


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    dsn = sys.argv[1]
    helper = Helper(sys.argv[2])
    describer = Describer(json.loads(sys.argv[3]))
    registries = Registries()
    psycopg2.connect(dsn).close()  # libpq escapes without a connection as for the last one
    for line in sys.stdin:
        try:
            answer = run_probe(json.loads(line), dsn, describer, helper)
        except BaseException:
            answer = {"failed": traceback.format_exc()}
        registries.restore()
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
