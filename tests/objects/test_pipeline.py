"""What is sent ahead of the answers, and in how many trips."""

import datetime as dt

import pytest
from fix_proxy import rows_of_seen_table

import psycopg2
from psycopg2 import extensions, sql
from psycopg2.extras import DictCursor, Json, LoggingConnection, execute_batch

ROWS = [(i, f"row {i}") for i in range(5)]
INSERT = "insert into t (a, b) values (%s, %s)"
PREPARED = "prepare: insert into t (a, b) values ($1, $2)"
SAVEPOINT, RELEASE = "SAVEPOINT psycopg2_trial", "RELEASE SAVEPOINT psycopg2_trial"


def bound(row):
    return "bind: insert into t (a, b) values ({}, '{}')".format(*row)


def is_rule_check(query):
    return "pg_rewrite" in query


def test_executemany_prepares_once(seen_table, seen):
    seen_table.executemany(INSERT, ROWS)
    savepoint, check, *rest = seen[1]
    assert (savepoint, is_rule_check(check)) == (SAVEPOINT, True)
    assert rest == [PREPARED, RELEASE, PREPARED, *map(bound, ROWS)]
    assert (seen_table.rowcount, seen_table.statusmessage) == (5, "INSERT 0 1")
    assert seen_table.query == b"insert into t (a, b) values (4, 'row 4')"
    assert rows_of_seen_table(seen_table) == ROWS


def test_executemany_is_two_trips_and_the_transaction_none(seen, proxy):
    conn, queries = seen
    cur = conn.cursor()
    cur.execute("create temp table t (a int, b text)")
    conn.commit()
    before = proxy.trips
    cur.executemany(INSERT, ROWS * 1000)
    assert proxy.trips - before == 2
    assert queries[3] == "BEGIN"
    assert conn.status == extensions.STATUS_BEGIN
    cur.execute("select count(*) from t")
    assert cur.fetchone() == (5000,)


@pytest.mark.parametrize("rows", [[], [(1, "a")], ()])
def test_one_row_goes_by_itself(seen_table, seen, rows):
    seen_table.executemany(INSERT, rows)
    assert seen[1] == [f"insert into t (a, b) values ({a}, '{b}')" for a, b in rows]
    assert seen_table.rowcount == len(rows)


@pytest.mark.parametrize(
    "make",
    [
        iter,
        lambda rows: (row for row in rows),
        lambda rows: map(list, rows),
        lambda rows: [dict(zip("ab", row)) for row in rows],
    ],
)
def test_rows_come_in_any_form(seen_table, seen, make):
    rows = make(ROWS)
    seen_table.executemany(
        "insert into t values (%(a)s, %(b)s)" if type(rows) is list else INSERT, rows
    )
    assert [query for query in seen[1] if query.startswith("bind: ")]
    assert seen_table.rowcount == 5
    assert rows_of_seen_table(seen_table) == ROWS


def test_autocommit_executes_row_by_row(seen):
    conn, queries = seen
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("create temp table t (a int primary key, b text)")
    del queries[:]
    with pytest.raises(psycopg2.errors.UniqueViolation):
        cur.executemany(INSERT, [(1, "a"), (2, "b"), (1, "c"), (3, "d")])
    assert [query[-8:] for query in queries] == ["(1, 'a')", "(2, 'b')", "(1, 'c')"]
    assert rows_of_seen_table(cur) == [(1, "a"), (2, "b")]


def test_a_block_under_autocommit_is_a_transaction(seen):
    conn, queries = seen
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("create temp table t (a int, b text)")
    with conn:
        cur.executemany(INSERT, ROWS)
    assert queries.count(PREPARED) == 2
    assert rows_of_seen_table(cur) == ROWS


def test_a_failed_transaction_is_told_row_by_row(seen_table, seen):
    with pytest.raises(psycopg2.errors.SyntaxError):
        seen_table.execute("insert")
    del seen[1][:]
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        seen_table.executemany(INSERT, ROWS)
    assert seen[1] == ["insert into t (a, b) values (0, 'row 0')"]


def test_types_that_alternate_are_tried_once_each(seen_table, seen):
    rows = [(1, "a"), (None, "b"), (2**40, None), (3, "d"), (2**41, "e")]
    with pytest.raises(psycopg2.errors.NumericValueOutOfRange):
        seen_table.executemany(INSERT, rows)
    seen_table.connection.rollback()
    seen_table.execute("create temp table t (a int8, b text)")
    del seen[1][:]
    seen_table.executemany(INSERT, rows)
    assert seen[1].count(SAVEPOINT) == 2
    assert sum(map(is_rule_check, seen[1])) == 1
    assert rows_of_seen_table(seen_table) == sorted(
        rows, key=lambda row: (row[0] is None, row[0] or 0)
    )


def test_a_null_goes_as_a_value_of_its_column(seen_table, seen):
    seen_table.executemany(INSERT, [(1, "a"), (None, None), (3, None)])
    assert seen[1].count(SAVEPOINT) == 1
    assert seen[1][-2:] == [
        "bind: insert into t (a, b) values (NULL, NULL)",
        "bind: insert into t (a, b) values (3, NULL)",
    ]


def test_a_float_goes_into_its_column_in_binary(seen_table, seen):
    seen_table.execute("create temp table f (a float8, b numeric)")
    del seen[1][:]
    seen_table.executemany("insert into f values (%s, %s)", [(0.5, 0.5), (1.5, 0.25)])
    binds = [query for query in seen[1] if query.startswith("bind: ")]
    assert binds[-1].endswith("\x00\x00\x00\x00', 0.25)")
    seen_table.execute("select * from f")
    assert [(a, str(b)) for a, b in seen_table.fetchall()] == [(0.5, "0.5"), (1.5, "0.25")]


TEXT_ONLY = [
    "insert into t (b) values ('item %s')",
    "insert into t (b) values (%s::varchar)",
    "insert into t (b) values (upper(%s::text))",
    "insert into t (b) values ('a' || %s)",
    "insert into t (b) select %s",
    "insert into t (b) values ((%s))",
    "insert into t (a) values (10 -%s)",
    "insert into t (b) select b from t order by b, %s",
    "update t set b = case when a = %s then b end",
]


@pytest.mark.parametrize("template", TEXT_ONLY)
def test_what_needs_a_literal_is_composed(seen_table, seen, template):
    seen_table.executemany(template, [(1,), (1,), (1,)])
    composed = [
        query for query in seen[1] if "pg_rewrite" not in query and "SAVEPOINT" not in query
    ]
    assert composed == [template.replace("%s", "1")] * 3


@pytest.mark.parametrize(
    "template",
    [
        "insert into t (a) values (%s); select 1",
        "insert into t (a) values (%s) -- done",
        "insert into t (a) values (/* value */ %s)",
        "insert into t (a, b) values (%s, e'\\t')",
        "insert into t (a, b) values (%s, $$x$$)",
        "insert into t (a, b) values (%s, '(')) (",
        "insert into t (a, b) select %s, name from pg_cursors",
        "copy (select %s) to stdout",
        "set application_name to %s",
        "do 'begin perform %s; end'",
        "(select %s)",
    ],
)
def test_what_is_not_surely_one_statement_goes_by_itself(seen_table, seen, template):
    before = seen[0].info.transaction_status
    with psycopg2_errors():
        seen_table.executemany(template, [(1,), (2,)])
    assert before == extensions.TRANSACTION_STATUS_INTRANS
    assert not [query for query in seen[1] if query.startswith(("prepare: ", SAVEPOINT))]


class psycopg2_errors:
    def __enter__(self):
        pass

    def __exit__(self, kind, error, tb):
        return kind is not None and issubclass(kind, psycopg2.Error)


@pytest.mark.parametrize("encoding", ["SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB"])
def test_an_encoding_with_unsafe_letters_goes_by_itself(seen_table, seen, encoding):
    seen[0].commit()
    seen[0].set_client_encoding(encoding)
    del seen[1][:]
    seen_table.executemany(INSERT, ROWS)
    assert len(seen[1]) == 1 + len(ROWS)
    assert rows_of_seen_table(seen_table) == ROWS


@pytest.mark.parametrize("encoding", ["LATIN1", "EUC_JP", "SQL_ASCII", "WIN1252"])
def test_an_encoding_with_plain_ascii_goes_ahead(seen_table, seen, encoding):
    seen[0].commit()
    seen[0].set_client_encoding(encoding)
    del seen[1][:]
    rows = ROWS if encoding == "SQL_ASCII" else [(1, "\xa7"), (2, "\xb6"), (3, "a")]
    seen_table.executemany(INSERT, rows)
    assert "bind: " in seen[1][-1]
    assert rows_of_seen_table(seen_table) == rows


@pytest.fixture
def latin_cursor(conn, connect, dsn):
    """A cursor of a database in LATIN1, with a table t."""
    conn.autocommit = True
    admin = conn.cursor()
    admin.execute("drop database if exists pipeline_latin")
    admin.execute("create database pipeline_latin template template0 encoding 'LATIN1' locale 'C'")
    latin = connect(dsn, dbname="pipeline_latin")
    latin.set_client_encoding("UTF8")
    cur = latin.cursor()
    cur.execute("create temp table t (a int, b text)")
    yield cur
    latin.close()
    admin.execute("drop database pipeline_latin")


@pytest.mark.parametrize("run", ["executemany", "execute_batch"])
def test_a_letter_that_the_server_lacks_is_refused_as_in_a_literal(latin_cursor, run):
    rows = [(1, "a"), (2, "\xe9"), (3, "\u20ac")]
    with pytest.raises(psycopg2.errors.UntranslatableCharacter) as refused:
        if run == "executemany":
            latin_cursor.executemany(INSERT, rows)
        else:
            execute_batch(latin_cursor, INSERT, rows, page_size=2)
    assert refused.value.diag.context is None
    assert latin_cursor.query == INSERT.replace("%s, %s", "3, '\u20ac'").encode()


def test_rules_that_return_rows_are_minded(seen_table, seen):
    seen_table.execute("create rule r as on insert to t do also select 1 union select 2")
    del seen[1][:]
    seen_table.executemany(INSERT, ROWS)
    assert seen_table.rowcount == 5
    assert seen[1][-1] == "insert into t (a, b) values (4, 'row 4')"
    assert not [query for query in seen[1] if query.startswith("bind: ")]


def test_a_registered_adapter_is_used(seen_table, registries, seen):
    class Shout(extensions.QuotedString):
        def getquoted(self):
            return super().getquoted().upper()

    extensions.register_adapter(str, Shout)
    seen_table.executemany(INSERT, ROWS)
    assert rows_of_seen_table(seen_table) == [(a, b.upper()) for a, b in ROWS]
    assert not [query for query in seen[1] if query.startswith("bind: ")]


def test_an_adapter_registered_halfway_is_used(seen_table, registries):
    class Shout(extensions.QuotedString):
        def getquoted(self):
            return super().getquoted().upper()

    def rows():
        yield from ROWS[:3]
        extensions.register_adapter(str, Shout)
        yield from ROWS[3:]

    seen_table.executemany(INSERT, rows())
    assert rows_of_seen_table(seen_table) == ROWS[:3] + [(a, b.upper()) for a, b in ROWS[3:]]


def test_other_adapters_are_composed_and_go_ahead(seen_table, seen, proxy):
    before = proxy.trips
    seen_table.executemany(INSERT, [(i, Json({"i": i})) for i in range(50)])
    assert proxy.trips - before == 2
    assert seen[1][-1] == "insert into t (a, b) values (49, '{\"i\": 49}')"
    assert seen_table.query == seen[1][-1].encode()


def test_sql_objects_are_templates(seen_table, seen):
    template = sql.SQL("insert into {} (a, b) values ({})").format(
        sql.Identifier("t"), sql.SQL(", ").join([sql.Placeholder()] * 2)
    )
    seen_table.executemany(template, ROWS)
    assert [query for query in seen[1] if query.startswith("bind: ")]
    assert rows_of_seen_table(seen_table) == ROWS


def test_server_without_the_extended_protocol(seen, connect, dsn):
    conn = connect(dsn, replication="database")
    cur = conn.cursor()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)
    cur.execute("create temp table t (a int, b text)")
    cur.executemany(INSERT, ROWS)
    assert cur.rowcount == 5
    assert rows_of_seen_table(cur) == ROWS


# -- execute_batch()


def test_batch_goes_ahead(seen_table, seen, proxy):
    before = proxy.trips
    execute_batch(seen_table, INSERT, ROWS * 100, page_size=7)
    assert proxy.trips - before == 2
    assert (seen_table.rowcount, seen_table.statusmessage) == (1, "INSERT 0 1")
    assert seen_table.query == b";".join(
        b"insert into t (a, b) values (%d, 'row %d')" % (i, i) for i in (2, 3, 4)
    )
    seen_table.execute("select count(*) from t")
    assert seen_table.fetchone() == (500,)


def test_batch_leaves_the_last_result(seen_table):
    execute_batch(seen_table, INSERT + " returning a", ROWS, page_size=2)
    assert (seen_table.rowcount, seen_table.fetchall()) == (1, [(4,)])


def test_batch_in_autocommit_is_a_transaction_a_page(seen):
    conn, queries = seen
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("create temp table t (a int primary key, b text)")
    del queries[:]
    with pytest.raises(psycopg2.errors.UniqueViolation):
        execute_batch(cur, INSERT, [(1, "a"), (2, "b"), (3, "c"), (1, "d")], page_size=2)
    assert len(queries) == 2
    assert rows_of_seen_table(cur) == [(1, "a"), (2, "b")]


def test_batch_with_a_bad_row_executes_nothing_of_its_page(seen_table):
    rows = [*ROWS[:3], (object(), "x"), (9, "y")]
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt"):
        execute_batch(seen_table, INSERT, rows, page_size=2)
    assert rows_of_seen_table(seen_table) == ROWS[:2]


def test_batch_with_a_bad_row_begins_nothing(conn, cur):
    cur.execute("create temp table t (a int, b text)")
    conn.commit()
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt"):
        execute_batch(cur, INSERT, [(1, "a"), (2, object())])
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("bad", ["a value", "the cursor"])
def test_behind_pages_that_went_ahead_the_cursor_tells_of_the_last(seen_table, bad):
    def rows():
        yield from ROWS[:4]
        if bad == "the cursor":
            seen_table.close()
        yield 7, object()

    with pytest.raises(psycopg2.Error):
        execute_batch(seen_table, INSERT, rows(), page_size=2)
    assert seen_table.query == b";".join(
        b"insert into t (a, b) values (%d, 'row %d')" % (i, i) for i in (2, 3)
    )
    assert (seen_table.rowcount, seen_table.statusmessage) == (1, "INSERT 0 1")


class Own(extensions.cursor):
    executed = ()

    def execute(self, query, args=None):
        self.executed += (query,)
        return super().execute(query, args)


class OwnMogrify(extensions.cursor):
    def mogrify(self, query, args=None):
        return super().mogrify(query, args).replace(b"row", b"ROW")


def test_batch_calls_methods_of_a_subclass(seen):
    conn = seen[0]
    cur = conn.cursor(cursor_factory=Own)
    cur.execute("create temp table t (a int, b text)")
    execute_batch(cur, INSERT, ROWS, page_size=3)
    assert len(cur.executed) == 3
    cur = conn.cursor(cursor_factory=OwnMogrify)
    execute_batch(cur, INSERT, [(9, "row")])
    assert rows_of_seen_table(cur)[-1] == (9, "ROW")


def test_batch_calls_methods_of_an_instance(seen_table):
    cur = seen_table.connection.cursor(cursor_factory=Own)
    calls = []
    cur.mogrify = lambda *args: calls.append(args) or b"select 1"
    execute_batch(cur, INSERT, ROWS)
    assert len(calls) == 5


def test_batch_is_logged(connect, proxy):
    import io

    conn = connect(proxy.dsn, connection_factory=LoggingConnection)
    log = io.StringIO()
    conn.initialize(log)
    cur = conn.cursor()
    cur.execute("create temp table t (a int, b text)")
    execute_batch(cur, INSERT, ROWS[:2])
    assert log.getvalue().count("insert into") == 2


def test_batch_of_a_dict_cursor_goes_ahead(seen_table, seen):
    cur = seen_table.connection.cursor(cursor_factory=DictCursor)
    execute_batch(cur, INSERT + " returning a", ROWS)
    assert "bind: " in seen[1][-1]
    assert cur.fetchone()["a"] == 4


def test_batch_refuses_what_is_no_cursor():
    from psycopg2 import _psycopg

    with pytest.raises(TypeError):
        _psycopg._execute_batch(1, "select 1", [], print)


def test_pages_are_lists(cur):
    from psycopg2 import _psycopg

    with pytest.raises(TypeError, match="a page must be a list, not tuple"):
        _psycopg._execute_batch(cur, "select 1", [((1,),)], print)


# -- BEGIN together with the first statement


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "  SELECT 'it''s', \"a\" from (values (1)) x (a);",
        "with x as (select 1 as a) select a from x",
        "values (1, 2)",
        "table pg_am",
        "select generate_series(1, 3000)",
    ],
)
def test_a_query_goes_with_its_begin(seen, proxy, query):
    conn, queries = seen
    cur = conn.cursor()
    before = proxy.trips
    cur.execute(query)
    assert (proxy.trips - before, queries) == (1, ["BEGIN", query])
    assert (conn.status, conn.info.transaction_status) == (
        extensions.STATUS_BEGIN,
        extensions.TRANSACTION_STATUS_INTRANS,
    )
    rows = cur.fetchall()
    assert (len(rows), cur.query) == (cur.rowcount, query.encode())
    cur.execute(query)  # and now by the simple protocol
    assert cur.fetchall() == rows


@pytest.mark.parametrize(
    "query",
    [
        "select $1",
        "select $$x$$",
        "select 1; select 2",
        "select 1 -- one",
        "/* one */ select 1",
        "select e'\\n'",
        "insert into pg_temp.x values (1)",
        "with x as (delete from pg_am returning 1) select 1",
        "set local application_name = 'x'",
        "(select 1)",
        "select '" + "x" * 20000 + "'",
        "select name from PG_CURSORS",
        'table "pg_cursors"',
        "select count(*) from pg_catalog.pg_cursor()",
        "fetch 1 from x",
        "",
    ],
)
def test_anything_else_does_not(seen, proxy, query):
    conn, queries = seen
    before = proxy.trips
    with psycopg2_errors():
        conn.cursor().execute(query or ";")
    assert (proxy.trips - before, queries) == (2, ["BEGIN", query or ";"])


@pytest.mark.parametrize(
    "query, position",
    [
        ("select foo\n from bar", 18),
        ("select 1 from pg_am where amname = 5", 34),
        ("select 1/0", None),
        ("select\n  'x'::int", 10),
        ("values (1), (", None),
    ],
)
def test_errors_are_where_they_are(seen, conn, query, position):
    """As in a transaction that is open already, where the simple protocol is used."""
    told = []
    with conn.cursor() as cur:
        cur.execute("select 1")
    for connection in (seen[0], conn):
        cur = connection.cursor()
        with pytest.raises(psycopg2.Error) as e:
            cur.execute(query)
        diag = e.value.diag
        told.append((type(e.value), str(e.value), e.value.pgcode, diag.statement_position))
        assert connection.info.transaction_status == extensions.TRANSACTION_STATUS_INERROR
        assert connection.status == extensions.STATUS_BEGIN
        assert (cur.query, cur.rowcount, cur.description) == (query.encode(), -1, None)
        connection.rollback()
        cur.execute("select 5")
        assert cur.fetchone() == (5,)
    assert told[0] == told[1]
    assert position is None or told[0][3] == str(position)


def test_settings_of_the_transaction_ride_on_it(seen):
    conn, queries = seen
    conn.set_session(isolation_level="serializable", readonly=True, deferrable=True)
    cur = conn.cursor()
    cur.execute(
        "select current_setting('transaction_isolation'), current_setting('transaction_read_only')"
    )
    assert cur.fetchone() == ("serializable", "on")
    assert queries[0] == "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE"


def test_a_named_cursor_is_declared_with_the_begin(seen, proxy):
    conn, queries = seen
    before = proxy.trips
    with conn.cursor('a "name"') as cur:
        cur.execute("select generate_series(1, %s)", (5,))
        assert proxy.trips - before == 1
        assert cur.fetchall() == [(i,) for i in range(1, 6)]
    assert queries[0] == "BEGIN"


@pytest.mark.parametrize("autocommit", [False, True])
def test_copy_records_asks_for_the_columns_with_the_begin(seen_table, seen, proxy, autocommit):
    conn, queries = seen
    conn.commit()
    conn.autocommit = autocommit
    del queries[:]
    before = proxy.trips
    seen_table.copy_records("t", ROWS, columns=("a", "b"))
    begin = [] if autocommit else ["BEGIN"]
    assert [query.split()[0] for query in queries] == [*begin, "SELECT", "COPY"]
    assert proxy.trips - before == 2
    assert conn.status == (extensions.STATUS_READY if autocommit else extensions.STATUS_BEGIN)
    assert rows_of_seen_table(seen_table) == ROWS


def test_copy_records_that_asks_for_nothing_begins_too(seen_table, seen):
    conn, queries = seen
    conn.commit()
    del queries[:]
    with pytest.raises(psycopg2.ProgrammingError):
        seen_table.copy_records("t", ROWS, columns=())
    assert queries[0] == "BEGIN"
    assert conn.info.transaction_status == extensions.TRANSACTION_STATUS_INERROR


def test_notices_and_notifications_come(conn, seen):
    ours = seen[0]
    cur = ours.cursor()
    cur.execute("listen x")
    ours.commit()
    cur.execute(
        "create function pg_temp.f() returns int language plpgsql as "
        "'begin raise notice ''told''; perform pg_notify(''x'', ''y''); return 1; end'"
    )
    ours.commit()
    cur.execute("select pg_temp.f()")
    assert [notice.strip() for notice in ours.notices] == ["NOTICE:  told"]
    ours.commit()
    assert [notify.payload for notify in ours.notifies] == ["y"]


def test_begin_goes_together_when_green(seen, proxy, registries):
    from psycopg2.extras import wait_select

    extensions.set_wait_callback(wait_select)
    try:
        before = proxy.trips
        cur = seen[0].cursor()
        cur.execute("select generate_series(1, 1000), %s", (dt.date(2020, 1, 1),))
        assert proxy.trips - before == 1
        assert len(cur.fetchall()) == 1000
        with pytest.raises(psycopg2.errors.UndefinedColumn):
            seen[0].rollback()
            cur.execute("select x")
        assert seen[0].info.transaction_status == extensions.TRANSACTION_STATUS_INERROR
    finally:
        extensions.set_wait_callback(None)
