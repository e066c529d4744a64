"""Operations whose allocations fail, one after the other: what run.py runs."""

import datetime as dt
import decimal
import io
import os
import pickle
import uuid

import psycopg2
import psycopg2.pool
from psycopg2 import extensions, extras, sql

DSN = os.environ["TEST_DSN"]
GTRID = f"nomemory {os.getpid()}"

SCENARIOS = {}


def scenario(function):
    """Register op(conn, cur); it returns a value that is always the same."""
    SCENARIOS[function.__name__] = function
    return function


def register(name, function):
    SCENARIOS[name] = function


# -- connecting -----------------------------------------------------------------------------------


@scenario
def connect(conn, cur):
    c = psycopg2.connect(DSN)
    try:
        return c.closed, c.encoding, c.info.dbname == conn.info.dbname
    finally:
        c.close()


@scenario
def connect_with_factories(conn, cur):
    c = psycopg2.connect(DSN, connection_factory=extras.DictConnection, application_name="x'y z")
    try:
        return type(c).__name__
    finally:
        c.close()


@scenario
def connect_refused(conn, cur):
    try:
        psycopg2.connect(DSN, dbname="does not exist")
    except psycopg2.OperationalError as error:
        if "memory" in str(error):
            raise
        return "refused"


@scenario
def connect_async(conn, cur):
    c = psycopg2.connect(DSN, async_=1)
    try:
        extras.wait_select(c)
        k = c.cursor()
        k.execute("select 1, %s", ("x",))
        extras.wait_select(c)
        return k.fetchall()
    finally:
        c.close()


@scenario
def pool(conn, cur):
    p = psycopg2.pool.ThreadedConnectionPool(1, 2, DSN)
    try:
        c = p.getconn()
        p.putconn(c)
        return c.closed
    finally:
        p.closeall()


# -- parameters -----------------------------------------------------------------------------------

PARAMETERS = {
    "none": None,
    "bool": True,
    "int": 42,
    "big_int": 10**40,
    "float": 1.5,
    "float_nan": float("nan"),
    "decimal": decimal.Decimal("1.50"),
    "str": "plain",
    "str_long": "x" * 5000,
    "str_quotes": "it's a \\ é \U0001f600",
    "bytes": b"\0\1\\'" * 10,
    "bytes_long": bytes(range(256)) * 100,
    "bytearray": bytearray(b"abc"),
    "memoryview": memoryview(b"abc"),
    "date": dt.date(2020, 1, 2),
    "datetime": dt.datetime(2020, 1, 2, 3, 4, 5, 6),
    "datetime_tz": dt.datetime(2020, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    "time": dt.time(1, 2, 3),
    "time_tz": dt.time(1, 2, 3, tzinfo=dt.timezone.utc),
    "timedelta": dt.timedelta(days=-3, seconds=4, microseconds=5),
    "uuid": uuid.UUID(int=7),
    "list": [1, None, 3],
    "list_of_str": ["a", 'b"c', None, "d\\e"],
    "list_nested": [[1, 2], [3, 4]],
    "list_of_dates": [dt.date(2020, 1, 2)],
    "json": extras.Json({"a": [1, "x"]}),
    "range": extras.NumericRange(1, 5),
    "date_range": extras.DateRange(dt.date(2020, 1, 1), None),
    "inet": extras.Inet("127.0.0.1"),
    "as_is": extensions.AsIs("1"),
    "binary": psycopg2.Binary(b"abc"),
    "quoted": extensions.QuotedString("it's"),
}


def with_parameter(value):
    def op(conn, cur):
        cur.execute("select %s", (value,))
        by_name = cur.mogrify("%(a)s %% %(a)s", {"a": value})
        return cur.rowcount, cur.query, by_name

    return op


for name, value in PARAMETERS.items():
    register("parameter_" + name, with_parameter(value))


@scenario
def parameter_tuple(conn, cur):
    cur.execute("select 1 where 1 in %s", ((1, 2, 3),))
    return cur.fetchall()


class Seven:  # out here: CPython 3.13.0 crashes where it has no memory for a class
    def __conform__(self, protocol):
        return extensions.AsIs("7")


@scenario
def parameter_conform(conn, cur):
    cur.execute("select %s", (Seven(),))
    return cur.fetchall()


@scenario
def parameters_many(conn, cur):
    cur.execute("select array[" + ",".join(["%s"] * 300) + "]", list(range(300)))
    return cur.fetchone()


@scenario
def composed(conn, cur):
    query = sql.SQL("select {} as {}, {}").format(
        sql.Literal("x"), sql.Identifier('a"b'), sql.Placeholder("n")
    )
    cur.execute(query, {"n": 1})
    return query.as_string(conn), cur.fetchall(), cur.description[0].name


# -- values ---------------------------------------------------------------------------------------

VALUES = {
    "bool": "true",
    "int2": "1::int2",
    "int4": "1000000",
    "int8": "5000000000",
    "oid": "1::oid",
    "float4": "1.5::float4",
    "float8": "1.5e300::float8",
    "numeric": "1.50",
    "numeric_long": "repeat('9', 200)::numeric",
    "text": "'text é'::text",
    "text_long": "repeat('é', 5000)",
    "varchar": "'x'::varchar",
    "char": "'x'::char(5)",
    "name": "'x'::name",
    "bytea": "'\\x0001ff'::bytea",
    "bytea_long": "decode(repeat('00', 5000), 'hex')",
    "date": "'2020-01-02'::date",
    "date_infinite": "'infinity'::date",
    "time": "'01:02:03.4'::time",
    "timetz": "'01:02:03+02'::timetz",
    "timestamp": "'2020-01-02 03:04:05.6'::timestamp",
    "timestamptz": "'2020-01-02 03:04:05+02'::timestamptz",
    "interval": "'1 year 2 days 03:04:05.6'::interval",
    "uuid": "'00000000-0000-0000-0000-000000000007'::uuid",
    "json": '\'{"a": [1, "x"]}\'::json',
    "jsonb": '\'{"a": [1, "x"]}\'::jsonb',
    "json_long": "json_build_object('a', array(select n from generate_series(1, 200) n), 'b', 1.5,"
    " E'\\n', 1e30, 'é', repeat('k', 200), 'c', json_build_array('', 1e9, json_build_object()))",
    "inet": "'127.0.0.1'::inet",
    "int_array": "array[1, null, 3]",
    "int_array_nested": "array[array[1, 2], array[3, 4]]",
    "text_array": "array['a', 'b\"c', null, 'd,e']",
    "timestamp_array": "array['2020-01-02'::timestamp]",
    "uuid_array": "array['00000000-0000-0000-0000-000000000007'::uuid]",
    "json_array": "array['{}'::json]",
    "numrange": "'[1,5)'::numrange",
    "daterange": "'[2020-01-01,)'::daterange",
    "tstzrange": "'[2020-01-01,)'::tstzrange",
    "int4range_array": "array['[1,5)'::int4range]",
    "record": "row(1, 'x')",
    "point": "'(1,2)'::point",
    "money": "1::money",
}


def with_value(expression):
    def op(conn, cur):
        cur.execute(f"select {expression} from generate_series(1, 3)")
        rows = cur.fetchall()
        return repr([bytes(row[0]) if isinstance(row[0], memoryview) else row[0] for row in rows])

    return op


for name, value in VALUES.items():
    register("value_" + name, with_value(value))


@scenario
def fetch_each_way(conn, cur):
    cur.execute("select n, n::text, null from generate_series(1, 700) n")
    rows = [cur.fetchone(), *cur.fetchmany(2), *cur.fetchmany()]
    cur.scroll(2)
    rows += list(cur)
    return rows, cur.rownumber, cur.rowcount, cur.description[1].name


@scenario
def fetch_rows_of_dicts(conn, cur):
    out = []
    for factory in (extras.DictCursor, extras.RealDictCursor, extras.NamedTupleCursor):
        with conn.cursor(cursor_factory=factory) as c:
            c.execute("select 1 as a, 'x' as b")
            out += [repr(row) for row in c.fetchall()]
    return out


@scenario
def change_rows_of_dicts(conn, cur):
    """What makes a row the OrderedDict that it is called; no item may be lost on the way."""
    uses = (list, repr, lambda row: row.pop("b"), lambda row: row.move_to_end("a"),
            lambda row: row.update(q=1), lambda row: row == extras.RealDictRow(row))  # fmt: skip
    out = []
    with conn.cursor(cursor_factory=extras.RealDictCursor) as c:
        c.execute(f"select 1 as a, 'x' as b, 2 as c from generate_series(1, {len(uses)})")
        for use, row in zip(uses, c.fetchall()):
            try:
                # not items(): CPython's iterator of these crashes where its pair has no memory
                out += [use(row), [(key, row[key]) for key in row]]
            except MemoryError:
                if not {"a", "c"} <= set(dict.keys(row)):
                    return "lost"
                raise
    return out


@scenario
def fetch_by_python_caster(conn, cur):
    caster = extensions.new_type((25,), "UPPER", lambda value, c: value and value.upper())
    extensions.register_type(caster, cur)
    extensions.register_type(extensions.new_array_type((1009,), "UPPERS", caster), cur)
    cur.execute("select 'x'::text, array['y', null]")
    return cur.fetchall()


@scenario
def description(conn, cur):
    cur.execute("select 1::numeric(5, 2) as a, 'x'::varchar(3) as b")
    return [tuple(column) for column in cur.description], pickle.dumps(cur.description)


# -- ways to execute ------------------------------------------------------------------------------


@scenario
def executemany(conn, cur):
    cur.executemany("insert into t values (%s, %s)", [(n, "x") for n in range(5)])
    return cur.rowcount, cur.statusmessage


def row_of(n):
    return {"a": n, "b": extras.Json([n])}


@scenario
def executemany_composed(conn, cur):
    cur.executemany("insert into t values (%(a)s, %(b)s)", map(row_of, range(5)))
    return cur.rowcount, cur.statusmessage, cur.query


@scenario
def executemany_that_fails(conn, cur):
    try:
        cur.executemany("insert into t values (%s, 'x')", [(1,), (2,), (2**70,), (4,)])
    except psycopg2.errors.NumericValueOutOfRange:
        return cur.query


@scenario
def execute_values(conn, cur):
    rows = [(n, f"it's {n}") for n in range(20)]
    return extras.execute_values(
        cur, "insert into t values %s returning a", rows, page_size=7, fetch=True
    )


@scenario
def execute_values_ahead(conn, cur):
    rows = [(None if n == 3 else n, f"it's {n}") for n in range(9)]
    extras.execute_values(cur, "insert into t values %s", rows, page_size=2)
    told = cur.query, cur.rowcount
    rows = [(n, extras.Json([n])) for n in range(5)]
    extras.execute_values(cur, "insert into t values %s", rows, page_size=2)
    return told, cur.query, cur.rowcount


@scenario
def execute_batch(conn, cur):
    extras.execute_batch(cur, "insert into t values (%s, %s)", [(1, "x"), (2, "y")], page_size=1)
    cur.execute("select count(*) from t")
    return cur.fetchall()


@scenario
def callproc(conn, cur):
    cur.callproc("upper", ["x"])
    return cur.fetchall(), cur.callproc("lower", {"": 1} and ["X"])


@scenario
def named_cursor(conn, cur):
    with conn.cursor("a name", scrollable=True) as named:
        named.itersize = 3
        named.execute("select n from generate_series(1, 10) n")
        rows = [named.fetchone(), *named.fetchmany(2)]
        named.scroll(-1)
        rows += list(named)
    return rows


@scenario
def copy_from(conn, cur):
    cur.copy_from(io.StringIO("1\tx\n2\té\n" * 50), "t", columns=("a", "b"), size=64)
    cur.execute("select count(*), max(b) from t")
    return cur.fetchall()


@scenario
def copy_from_bytes(conn, cur):
    cur.copy_expert("copy t from stdin", io.BytesIO(b"1\tx\n" * 20000))
    cur.execute("select count(*) from t")
    return cur.fetchall()


@scenario
def copy_records(conn, cur):
    cur.execute("create temp table r (a text[], b daterange, c timestamptz, d bytea)")
    day = dt.date(2020, 1, 1)
    stamp = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    values = (["x", None, 'é"'], extras.DateRange(day), stamp, b"\0")
    cur.copy_records("r", iter([values, (None, None, extensions.AsIs("'infinity'::date"), b"")]))
    cur.execute("select a, b::text, c::text, d::text from r")
    return cur.fetchall()


@scenario
def copy_records_binary(conn, cur):
    records = [(1, "x"), (None, "é")] * 500
    cur.copy_records("t", records, columns=["a", "b"])
    binary = b"binary" in cur.query
    cur.execute("select count(*), count(a), max(b) from t")
    return binary, cur.fetchall()


@scenario
def copy_records_fails(conn, cur):
    try:
        cur.copy_records("t", [(1, "x"), (1, "x\0")])
    except ValueError:
        return "refused"


@scenario
def stream(conn, cur):
    first = cur.stream("select n, n::text from generate_series(1, 20) n", size=7)
    with conn.cursor(cursor_factory=extras.RealDictCursor) as c:
        rows = list(first)
        return rows, cur.rowcount, [dict(row) for row in c.stream("select 1 as a", size=1)]


@scenario
def stream_closed(conn, cur):
    with cur.stream("select generate_series(1, 1000) as n", size=10) as rows:
        return next(rows), cur.description[0].name


class Lines:
    def __init__(self, lines):
        self.write = lines.append


@scenario
def copy_to(conn, cur):
    text, data, lines = io.StringIO(), io.BytesIO(), []
    query = "copy (select n, 'é' from generate_series(1, 20) n) to stdout"
    cur.copy_expert(query, text)
    cur.copy_expert(query, data)

    cur.copy_expert(query, Lines(lines))
    return text.getvalue(), data.getvalue(), lines


@scenario
def copy_execute(conn, cur):
    cur.execute("copy (select generate_series(1, 20)) to stdout")
    return cur.fetchall(), cur.rowcount


@scenario
def notify(conn, cur):
    del conn.notifies[:]
    cur.execute("listen here; notify here, 'payload'")
    conn.commit()
    conn.poll()
    told = [tuple(n) for n in conn.notifies], [n.payload for n in conn.notifies]
    # Where there is no memory for a notification it is lost, with no way to tell.
    expected = ([(conn.info.backend_pid, "here")], ["payload"])
    return told in (expected, ([], []))


@scenario
def notices(conn, cur):
    del conn.notices[:]
    cur.execute("do $$begin for i in 1..60 loop raise notice 'é %', i; end loop; end$$")
    return len(conn.notices) <= 60  # to shorten the list takes memory


@scenario
def large_object(conn, cur):
    large = conn.lobject(0, "wb")
    large.write(b"x" * 10000)
    large.seek(1)
    got = large.read(10), large.tell()
    large.truncate(5)
    large.seek(0)
    rest = large.read()
    large.close()
    text = conn.lobject(large.oid, "rt")
    got += rest, text.read()
    text.unlink()
    return got


# -- errors, settings, functions of the module ----------------------------------------------------


@scenario
def errors(conn, cur):
    try:
        cur.execute("select * from does_not_exist")
    except psycopg2.errors.UndefinedTable as error:
        copy = pickle.loads(pickle.dumps(error))
        # Of its text libpq leaves out what it has no memory for.
        return error.pgcode, error.diag.message_primary, copy.pgcode


@scenario
def errors_of_driver(conn, cur):
    out = []
    for query, args in (
        ("select %s", ()),
        ("select %(a)s", {}),
        ("select %s", (object,)),
        ("select %s", ("\0",)),
        ("", None),
        ("select %z", (1,)),
    ):
        try:
            cur.execute(query, args)
        except MemoryError:
            raise
        except Exception as error:
            if isinstance(error, psycopg2.OperationalError):
                raise
            out.append(type(error).__name__)
    return out


@scenario
def session_settings(conn, cur):
    conn.rollback()
    conn.set_session("serializable", readonly=True, deferrable=True)
    cur.execute("select 1")
    conn.rollback()
    conn.set_session("default", readonly=False, deferrable=False, autocommit=True)
    conn.set_session(autocommit=False)
    conn.set_client_encoding("LATIN1")
    cur.execute("select 'é'")
    got = conn.encoding, cur.fetchall(), conn.isolation_level
    conn.rollback()
    conn.set_client_encoding("UTF8")
    return got


@scenario
def session_reset(conn, cur):
    cur.execute("select 1")
    conn.reset()
    return conn.status


@scenario
def with_blocks(conn, cur):
    with conn, conn.cursor() as c:
        c.execute("select 1")
        got = c.fetchall()
    return got, conn.status


@scenario
def two_phase(conn, cur):
    conn.rollback()
    conn.tpc_begin(conn.xid(1, GTRID, "b"))
    cur.execute("select 1")
    conn.tpc_prepare()
    conn.tpc_rollback()
    return conn.status


@scenario
def cancel(conn, cur):
    conn.cancel()
    return "cancelled"


@scenario
def information(conn, cur):
    i = conn.info
    return (
        i.dbname, i.user, i.host, i.port, i.options, i.status, i.transaction_status,
        i.server_version, i.backend_pid, i.ssl_in_use, i.ssl_attribute_names,
        sorted(i.dsn_parameters), i.parameter_status("TimeZone"), conn.dsn, repr(i)[:5],
    )  # fmt: skip


@scenario
def module_functions(conn, cur):
    return (
        extensions.parse_dsn("host=a port=1 dbname='b c'"),
        extensions.make_dsn("host=a", port=2),
        extensions.quote_ident('a"b', conn),
        extensions.encrypt_password("p", "u", algorithm="md5"),
        extensions.Xid.from_string("1_Z3RyaWQ=_YnF1YWw=").gtrid,
        extensions.adapt("x").getquoted(),
        psycopg2.Date(2020, 1, 2).getquoted(),
        psycopg2.TimestampFromTicks(0).getquoted() != b"",
        repr(extensions.INTEGER),
    )


@scenario
def encrypt_password(conn, cur):
    return extensions.encrypt_password("p", "u", conn, "scram-sha-256")[:6]
