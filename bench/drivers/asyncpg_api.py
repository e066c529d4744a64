"""The interface of asyncpg. Results are in binary format; json is decoded, as elsewhere."""

import asyncio
import io
import json

import asyncpg
import records

LOOP = asyncio.new_event_loop()

#: what libpq calls it, and what asyncpg does
PARAMETERS = {"host": "host", "port": "port", "user": "user", "dbname": "database"}
PARAMETERS.update(password="password", sslmode="ssl", passfile="passfile")


def version():
    return asyncpg.__version__, None


def wait(coroutine):
    return LOOP.run_until_complete(coroutine)


def call(do, *args):
    """Do a verb, which is a coroutine here, to its end."""
    return wait(do(*args))


class Session:
    """One connection, and what the workloads do on it."""

    def __init__(self, params):
        unknown = sorted(params.keys() - PARAMETERS.keys())
        if unknown:
            raise SystemExit(f"asyncpg is not told of {', '.join(unknown)}: leave it out")
        self.params = {PARAMETERS[name]: value for name, value in params.items()}
        self.conn = wait(asyncpg.connect(**self.params))
        for name in ("json", "jsonb"):
            codec = {"encoder": json.dumps, "decoder": json.loads, "schema": "pg_catalog"}
            wait(self.conn.set_type_codec(name, **codec))

    def reset(self):
        pass  # each verb ends its transaction

    # -- results ------------------------------------------------------------------------------

    async def fetch(self, n, sql):
        return len(await self.conn.fetch(sql))

    async def fetch_iter(self, n, sql):
        return sum(1 for _ in await self.conn.fetch(sql))

    async def fetch_realdict(self, n, sql):
        return len([dict(row) for row in await self.conn.fetch(sql)])

    async def named(self, n, sql):
        count = 0
        async with self.conn.transaction():
            async for _ in self.conn.cursor(sql, prefetch=2000):
                count += 1
        return count

    stream = named

    # -- round trips --------------------------------------------------------------------------

    async def key(self, n, sql):
        for i in range(n):
            await self.conn.fetchrow(records.KEY_NUMBERED, records.key_of(i))
        return n

    async def txn(self, n, sql):
        for i in range(n):
            async with self.conn.transaction():
                await self.conn.fetchrow(records.KEY_NUMBERED, records.key_of(i))
        return n

    async def connect(self, n, sql):
        for _ in range(n):
            await (await asyncpg.connect(**self.params)).close()
        return n

    # -- loading ------------------------------------------------------------------------------

    async def insert(self, rows, sql):
        async def work():
            for row in rows:
                await self.conn.execute(records.INSERT_NUMBERED, *row)

        return await self.undo(work, rows)

    async def executemany(self, rows, sql):
        return await self.undo(lambda: self.conn.executemany(records.INSERT_NUMBERED, rows), rows)

    execute_batch = execute_values = executemany

    async def copy_rows(self, rows, sql):
        schema, _, table = records.TABLE.partition(".")
        return await self.undo(
            lambda: self.conn.copy_records_to_table(
                table, schema_name=schema, records=rows, columns=records.COLUMNS
            ),
            rows,
        )

    async def undo(self, work, rows):
        """Load rows in a transaction that is rolled back."""
        transaction = self.conn.transaction()
        await transaction.start()
        await work()
        await transaction.rollback()
        return len(rows)

    async def copy_out(self, n, sql):
        file = io.BytesIO()
        await self.conn.copy_from_query(sql, output=file)
        return file.getvalue().count(b"\n")


def run_threads(sessions, verb, n, sql):
    """Do a verb on all sessions at once, in one thread as asyncpg is made for; return the sum."""

    async def work():
        each = (getattr(session, verb)(n // len(sessions), sql) for session in sessions)
        return sum(await asyncio.gather(*each))

    return wait(work())
