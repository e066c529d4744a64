"""The ways a value comes out of a result."""

import pytest


@pytest.fixture(params=["one", "many", "all", "iter", "named", "column", "later row"])
def fetch(request, conn):
    """A function that gives the value of an SQL expression, by every way out of a result."""

    def through(expression, args=None):
        cur = conn.cursor("named") if request.param == "named" else conn.cursor()
        select = f"select {expression}"
        if request.param == "column":
            cur.execute("drop table if exists pg_temp.one")
            cur.execute(f"create temp table one as select {expression} as value", args)
            select, args = "select value from one", None
        elif request.param == "later row":  # after a NULL in the same column
            select = f"select case when i = 2 then {expression} end from generate_series(1, 2) i"
        cur.execute(select, args)
        rows = {
            "one": lambda: [cur.fetchone()],
            "many": lambda: cur.fetchmany(1),
            "all": cur.fetchall,
            "iter": lambda: list(cur),
            "named": cur.fetchall,
            "column": cur.fetchall,
            "later row": lambda: cur.fetchall()[1:],
        }[request.param]()
        cur.close()
        ((value,),) = rows
        return value

    return through
