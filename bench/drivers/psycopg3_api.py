"""The interface of psycopg 3, with results in text or in binary format."""

import io

import psycopg.rows
import psycopg2_api
import records

import psycopg

call, run_threads = psycopg2_api.call, psycopg2_api.run_threads


def version():
    number = psycopg.pq.version()
    name = f"{psycopg.__version__} ({psycopg.pq.__impl__})"
    return name, f"{number // 10000}.{number % 10000}"


class Session(psycopg2_api.Session):
    """One connection; what is written here differs from psycopg2's interface."""

    binary = False

    def __init__(self, params):
        self.params = params
        self.conn = psycopg.connect(**params)

    def fetch(self, n, sql, **options):
        with self.conn.cursor(binary=self.binary, **options) as cur:
            cur.execute(sql)
            return len(cur.fetchall())

    def fetch_one(self, n, sql):
        count = 0
        with self.conn.cursor(binary=self.binary) as cur:
            cur.execute(sql)
            while cur.fetchone() is not None:
                count += 1
        return count

    def fetch_iter(self, n, sql):
        with self.conn.cursor(binary=self.binary) as cur:
            cur.execute(sql)
            return sum(1 for _ in cur)

    def fetch_realdict(self, n, sql):
        return self.fetch(n, sql, row_factory=psycopg.rows.dict_row)

    fetch_dict = None  # rows that are lists and dictionaries at once: psycopg2's alone

    def fetch_namedtuple(self, n, sql):
        return self.fetch(n, sql, row_factory=psycopg.rows.namedtuple_row)

    def named(self, n, sql):
        with self.conn.cursor("bench", binary=self.binary) as cur:
            cur.itersize = 2000
            cur.execute(sql)
            return sum(1 for _ in cur)

    def stream(self, n, sql):
        with self.conn.cursor(binary=self.binary) as cur:
            options = {"size": 1000} if psycopg.capabilities.has_stream_chunked() else {}
            return sum(1 for _ in cur.stream(sql, binary=self.binary, **options))

    def txn(self, n, sql):
        for i in range(n):
            with self.conn.transaction(), self.conn.cursor() as cur:
                cur.execute(records.KEY, (records.key_of(i),))
                cur.fetchone()
        return n

    def connect(self, n, sql):
        for _ in range(n):
            psycopg.connect(**self.params).close()
        return n

    def execute_batch(self, rows, sql):
        return self.executemany(rows, sql)

    def execute_values(self, rows, sql):
        return self.executemany(rows, sql)

    def copy_rows(self, rows, sql):
        with self.conn.cursor() as cur, cur.copy(records.COPY_IN) as copy:
            for row in rows:
                copy.write_row(row)
        return len(rows)

    def copy_out(self, n, sql):
        file = io.BytesIO()
        with self.conn.cursor() as cur, cur.copy(f"copy ({sql}) to stdout") as copy:
            for block in copy:
                file.write(block)
        return file.getvalue().count(b"\n")


class BinarySession(Session):
    """The same with results in PostgreSQL's binary format."""

    binary = True
