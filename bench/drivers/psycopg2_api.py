"""The interface of psycopg2: what the project and the original share.

A verb does n operations and returns how many it did; it reads all that it asked for. Nothing here
imports the project: in the peers' environment ``import psycopg2`` is the original.
"""

import io
import threading

import records

import psycopg2
import psycopg2.extras

psycopg2.extras.register_uuid()  # the original gives strings otherwise


def version():
    number = psycopg2.extensions.libpq_version()
    return psycopg2.__version__.split()[0], f"{number // 10000}.{number % 10000}"


def call(do, *args):
    """Do a verb."""
    return do(*args)


class Session:
    """One connection, and what the workloads do on it."""

    def __init__(self, params):
        self.params = params
        self.conn = psycopg2.connect(**params)

    def reset(self):
        """Forget what the last workload did."""
        self.conn.rollback()
        self.conn.autocommit = False

    # -- results ------------------------------------------------------------------------------

    def fetch(self, n, sql, **options):
        with self.conn.cursor(**options) as cur:
            cur.execute(sql)
            return len(cur.fetchall())

    def fetch_one(self, n, sql):
        count = 0
        with self.conn.cursor() as cur:
            cur.execute(sql)
            while cur.fetchone() is not None:
                count += 1
        return count

    def fetch_iter(self, n, sql):
        with self.conn.cursor() as cur:
            cur.execute(sql)
            return sum(1 for _ in cur)

    def fetch_realdict(self, n, sql):
        return self.fetch(n, sql, cursor_factory=psycopg2.extras.RealDictCursor)

    def fetch_dict(self, n, sql):
        return self.fetch(n, sql, cursor_factory=psycopg2.extras.DictCursor)

    def fetch_namedtuple(self, n, sql):
        return self.fetch(n, sql, cursor_factory=psycopg2.extras.NamedTupleCursor)

    def named(self, n, sql):
        """A server-side cursor."""
        with self.conn.cursor("bench") as cur:
            cur.itersize = 2000
            cur.execute(sql)
            return sum(1 for _ in cur)

    def stream(self, n, sql):
        """Row by row in bounded memory, the fastest way the driver has."""
        with self.conn.cursor() as cur:
            if not hasattr(cur, "stream"):
                return self.named(n, sql)
            return sum(1 for _ in cur.stream(sql))

    # -- round trips --------------------------------------------------------------------------

    def key(self, n, sql):
        self.conn.autocommit = True
        with self.conn.cursor() as cur:
            for i in range(n):
                cur.execute(records.KEY, (records.key_of(i),))
                cur.fetchone()
        return n

    def txn(self, n, sql):
        for i in range(n):
            with self.conn, self.conn.cursor() as cur:
                cur.execute(records.KEY, (records.key_of(i),))
                cur.fetchone()
        return n

    def connect(self, n, sql):
        for _ in range(n):
            psycopg2.connect(**self.params).close()
        return n

    # -- loading ------------------------------------------------------------------------------

    def insert(self, rows, sql):
        """A statement a row."""
        with self.conn.cursor() as cur:
            for row in rows:
                cur.execute(records.INSERT, row)
        return len(rows)

    def executemany(self, rows, sql):
        with self.conn.cursor() as cur:
            cur.executemany(records.INSERT, rows)
        return len(rows)

    def execute_batch(self, rows, sql):
        with self.conn.cursor() as cur:
            psycopg2.extras.execute_batch(cur, records.INSERT, rows)
        return len(rows)

    def execute_values(self, rows, sql):
        with self.conn.cursor() as cur:
            psycopg2.extras.execute_values(cur, records.INSERT_MANY, rows, page_size=1000)
        return len(rows)

    def copy_rows(self, rows, sql):
        """From tuples to COPY, the fastest way the driver has."""
        schema, _, table = records.TABLE.partition(".")
        with self.conn.cursor() as cur:
            if hasattr(cur, "copy_records"):
                cur.copy_records(table, rows, columns=records.COLUMNS, schema=schema)
            else:
                file = io.StringIO(records.copy_lines(rows))
                cur.copy_expert(records.COPY_IN, file, size=1 << 16)
        return len(rows)

    def copy_out(self, n, sql):
        file = io.BytesIO()
        with self.conn.cursor() as cur:
            cur.copy_expert(f"copy ({sql}) to stdout", file)
        return file.getvalue().count(b"\n")


def run_threads(sessions, verb, n, sql):
    """Do a verb in one thread a session, n operations in all; return the sum."""
    counts = []

    def work(session):
        counts.append(getattr(session, verb)(n // len(sessions), sql))

    threads = [threading.Thread(target=work, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)
