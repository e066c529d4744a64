"""Two-phase commit: xid, tpc_begin, tpc_prepare, tpc_commit, tpc_rollback, tpc_recover."""

import datetime as dt
import io
import uuid

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import STATUS_BEGIN, STATUS_PREPARED, STATUS_READY

OUTSIDE = "must be called outside a transaction"
NO_TPC = "with no parameter must be called in a two-phase transaction"


@pytest.fixture
def gid(conn2):
    """The id of a transaction, which is forgotten after the test."""
    gid = f"test {uuid.uuid4()}"
    yield gid
    conn2.rollback()
    if gid in prepared(conn2):
        conn2.tpc_rollback(gid)


@pytest.fixture
def table(conn2):
    """The name of a table with one column, i."""
    conn2.autocommit = True
    conn2.cursor().execute("create table tpc_rows (i int)")
    yield "tpc_rows"
    conn2.cursor().execute("drop table tpc_rows")


def prepared(conn):
    """Return the ids of the prepared transactions, as the server has them."""
    with conn.cursor() as cur:
        cur.execute("select gid from pg_prepared_xacts where database = current_database()")
        gids = {gid for (gid,) in cur}
    if not conn.autocommit:
        conn.rollback()
    return gids


def rows(conn, table):
    with conn.cursor() as cur:
        cur.execute(f"select i from {table}")
        return [i for (i,) in cur]


# -- The flow --


def test_tpc_prepare_and_commit(conn, cur, conn2, gid, table):
    assert conn.tpc_begin(gid) is None
    assert conn.status == STATUS_BEGIN
    cur.execute(f"insert into {table} values (1)")
    assert conn.tpc_prepare() is None
    assert conn.status == STATUS_PREPARED
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    assert gid in prepared(conn2)
    assert rows(conn2, table) == []
    assert conn.tpc_commit() is None
    assert conn.status == STATUS_READY
    assert gid not in prepared(conn2)
    assert rows(conn2, table) == [1]


def test_tpc_prepare_and_rollback(conn, cur, conn2, gid, table):
    conn.tpc_begin(gid)
    cur.execute(f"insert into {table} values (1)")
    conn.tpc_prepare()
    conn.tpc_rollback()
    assert conn.status == STATUS_READY
    assert gid not in prepared(conn2)
    assert rows(conn2, table) == []


@pytest.mark.parametrize(("end", "left"), [("tpc_commit", [1]), ("tpc_rollback", [])])
def test_tpc_one_phase(seen, conn2, gid, table, end, left):
    conn, queries = seen
    conn.tpc_begin(gid)
    conn.cursor().execute(f"insert into {table} values (1)")
    getattr(conn, end)()
    assert conn.status == STATUS_READY
    assert rows(conn2, table) == left
    plain = "COMMIT" if left else "ROLLBACK"
    assert queries == ["BEGIN", f"insert into {table} values (1)", plain]


def test_tpc_what_is_sent(seen):
    conn, queries = seen
    conn.tpc_begin(conn.xid(1, "gt'rid", "bqual"))
    conn.cursor().execute("select 1")
    conn.tpc_prepare()
    conn.tpc_rollback()
    name = "'1_Z3Qncmlk_YnF1YWw='"
    assert queries == [
        "BEGIN",
        "select 1",
        f"PREPARE TRANSACTION {name}",
        f"ROLLBACK PREPARED {name}",
    ]


def test_tpc_isolation_rides_on_begin(conn, cur, gid):
    conn.set_session(isolation_level="SERIALIZABLE", readonly=True)
    conn.tpc_begin(gid)
    cur.execute("select current_setting('transaction_isolation')")
    assert cur.fetchone() == ("serializable",)
    conn.tpc_rollback()


def test_tpc_one_after_the_other(conn, cur, conn2, gid, table):
    for i in range(3):
        conn.tpc_begin(gid)
        cur.execute(f"insert into {table} values (%s)", (i,))
        conn.tpc_prepare()
        conn.tpc_commit()
    cur.execute(f"insert into {table} values (3)")
    conn.commit()
    assert rows(conn2, table) == [0, 1, 2, 3]


def test_tpc_finished_by_another_connection(conn, cur, conn2, gid, table):
    conn.tpc_begin(gid)
    cur.execute(f"insert into {table} values (1)")
    conn.tpc_prepare()
    conn.close()
    conn2.tpc_commit(gid)
    assert rows(conn2, table) == [1]


def test_tpc_reset_leaves_it_prepared(conn, cur, conn2, gid, table):
    conn.tpc_begin(gid)
    cur.execute(f"insert into {table} values (1)")
    conn.tpc_prepare()
    conn.reset()
    assert conn.status == STATUS_READY
    assert gid in prepared(conn2)
    conn.tpc_rollback(gid)
    assert gid not in prepared(conn2)


def test_tpc_reset_ends_an_unprepared_one(conn, cur, gid):
    conn.tpc_begin(gid)
    cur.execute("select 1")
    conn.reset()
    assert conn.status == STATUS_READY
    with pytest.raises(psycopg2.ProgrammingError, match=NO_TPC):
        conn.tpc_commit()


@pytest.mark.parametrize("name", ["plain", "it's \\ quoted\"", "é", "%s", "x" * 190])
def test_tpc_ids_of_any_text(conn, cur, conn2, name):
    conn.tpc_begin(name)
    cur.execute("select pg_current_xact_id()")
    conn.tpc_prepare()
    assert name in prepared(conn2)
    conn.tpc_rollback()
    assert name not in prepared(conn2)


def test_tpc_bytes_are_an_id_too(conn, cur, conn2, gid):
    conn.tpc_begin(gid.encode())
    cur.execute("select pg_current_xact_id()")
    conn.tpc_prepare()
    assert gid in prepared(conn2)
    conn.tpc_commit()


# -- Recovering --


def test_tpc_recover(conn, cur, conn2, gid):
    before = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=1)
    conn.tpc_begin(gid)
    cur.execute("select pg_current_xact_id()")
    conn.tpc_prepare()
    conn.close()
    (xid,) = (xid for xid in conn2.tpc_recover() if xid.gtrid == gid)
    assert conn2.status == STATUS_READY
    assert isinstance(xid, extensions.Xid)
    assert tuple(xid) == (None, gid, None)
    assert str(xid) == gid
    assert before < xid.prepared
    assert (xid.owner, xid.database) == (conn2.info.user, conn2.info.dbname)
    conn2.tpc_commit(xid)
    assert gid not in {x.gtrid for x in conn2.tpc_recover()}


def test_tpc_recover_takes_an_xid_apart(conn, cur, conn2):
    xid = conn.xid(42, "gtrid", "bqual")
    conn.tpc_begin(xid)
    cur.execute("select pg_current_xact_id()")
    conn.tpc_prepare()
    (found,) = (x for x in conn2.tpc_recover() if x.format_id == 42)
    assert tuple(found) == (42, "gtrid", "bqual")
    assert str(found) == str(xid)
    conn.tpc_rollback()


def test_tpc_recover_keeps_a_transaction(conn, cur):
    cur.execute("select 1")
    assert isinstance(conn.tpc_recover(), list)
    assert conn.status == STATUS_BEGIN


@pytest.mark.parametrize("autocommit", [False, True])
def test_tpc_recover_leaves_none_behind(conn, autocommit):
    conn.autocommit = autocommit
    assert isinstance(conn.tpc_recover(), list)
    assert conn.status == STATUS_READY
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


# -- Misuse --


def check_misuse(match, call, *args):
    with pytest.raises(psycopg2.ProgrammingError, match=match):
        call(*args)


def test_tpc_begin_in_a_transaction(conn, cur, gid):
    cur.execute("select 1")
    check_misuse("tpc_begin cannot be used inside a transaction", conn.tpc_begin, gid)


def test_tpc_begin_twice(conn, gid):
    conn.tpc_begin(gid)
    check_misuse("tpc_begin cannot be used inside a transaction", conn.tpc_begin, gid)


def test_tpc_begin_in_autocommit(conn, gid):
    conn.autocommit = True
    check_misuse("tpc_begin can't be called in autocommit mode", conn.tpc_begin, gid)
    assert conn.status == STATUS_READY


@pytest.mark.parametrize("in_transaction", [False, True])
def test_tpc_prepare_outside(conn, cur, in_transaction):
    if in_transaction:
        cur.execute("select 1")
    check_misuse("prepare must be called inside a two-phase transaction", conn.tpc_prepare)


@pytest.mark.parametrize("end", ["tpc_commit", "tpc_rollback"])
def test_tpc_end_outside(conn, cur, end):
    check_misuse(NO_TPC, getattr(conn, end))
    cur.execute("select 1")
    check_misuse(NO_TPC, getattr(conn, end))
    check_misuse(OUTSIDE, getattr(conn, end), "some id")


@pytest.mark.parametrize("end", ["tpc_commit", "tpc_rollback"])
def test_tpc_end_of_another_inside(conn, gid, end):
    conn.tpc_begin(gid)
    check_misuse(OUTSIDE, getattr(conn, end), gid)


@pytest.mark.parametrize("end", ["commit", "rollback"])
@pytest.mark.parametrize("is_prepared", [False, True])
def test_tpc_plain_end_inside(conn, cur, gid, end, is_prepared):
    conn.tpc_begin(gid)
    if is_prepared:
        conn.tpc_prepare()
    check_misuse(f"{end} cannot be used during a two-phase transaction", getattr(conn, end))
    conn.tpc_rollback()


def test_tpc_with_ends_in_an_error(conn, cur, gid):
    conn.tpc_begin(gid)
    with pytest.raises(psycopg2.ProgrammingError, match="commit cannot be used during"), conn:
        cur.execute("select 1")
    conn.tpc_rollback()


PREPARED = {
    "execute": lambda conn, cur: cur.execute("select 1"),
    "executemany": lambda conn, cur: cur.executemany("select %s", [(1,)]),
    "callproc": lambda conn, cur: cur.callproc("now"),
    "copy_from": lambda conn, cur: cur.copy_from(io.StringIO(), "t"),
    "copy_to": lambda conn, cur: cur.copy_to(io.StringIO(), "t"),
    "copy_expert": lambda conn, cur: cur.copy_expert("copy t to stdout", io.StringIO()),
    "lobject": lambda conn, cur: conn.lobject(),
    "cancel": lambda conn, cur: conn.cancel(),
    "set_client_encoding": lambda conn, cur: conn.set_client_encoding("latin1"),
    "isolation_level": lambda conn, cur: conn.set_isolation_level(1),
    "tpc_prepare": lambda conn, cur: conn.tpc_prepare(),
    "tpc_recover": lambda conn, cur: conn.tpc_recover(),
}


@pytest.mark.parametrize("name", PREPARED)
def test_tpc_prepared_cannot(conn, cur, gid, name):
    conn.tpc_begin(gid)
    conn.tpc_prepare()
    with pytest.raises(
        psycopg2.ProgrammingError,
        match=f'^"?{name}"? cannot be used with a prepared two-phase transaction',
    ):
        PREPARED[name](conn, cur)
    assert conn.status == STATUS_PREPARED
    conn.tpc_rollback()


def test_tpc_prepared_rows_can_be_fetched(conn, cur, gid):
    conn.tpc_begin(gid)
    cur.execute("select generate_series(1, 3)")
    conn.tpc_prepare()
    assert cur.fetchone() == (1,)
    assert list(cur) == [(2,), (3,)]
    conn.tpc_rollback()


def test_tpc_prepared_named_cursor(conn, gid):
    cur = conn.cursor("n")
    conn.tpc_begin(gid)
    cur.execute("select generate_series(1, 3)")
    assert cur.fetchone() == (1,)
    conn.tpc_prepare()
    with pytest.raises(psycopg2.ProgrammingError, match="named cursor isn't valid anymore"):
        cur.fetchone()
    held = conn.cursor("held", withhold=True)
    for call in (held.fetchone, held.fetchall, lambda: held.scroll(1)):
        with pytest.raises(psycopg2.ProgrammingError, match="with a prepared two-phase"):
            call()
    conn.tpc_rollback()


@pytest.mark.parametrize("name", ["autocommit", "readonly", "deferrable", "isolation_level"])
def test_tpc_prepared_cannot_set(conn, gid, name):
    conn.tpc_begin(gid)
    conn.tpc_prepare()
    with pytest.raises(psycopg2.ProgrammingError, match="inside a transaction"):
        setattr(conn, name, 1)
    conn.tpc_rollback()


@pytest.mark.parametrize("bad", [5, None, (1, "a", "b"), object()])
@pytest.mark.parametrize("name", ["tpc_begin", "tpc_commit", "tpc_rollback"])
def test_tpc_no_id(conn, name, bad):
    with pytest.raises(TypeError, match="not a valid transaction id"):
        getattr(conn, name)(bad)
    assert conn.status == STATUS_READY


def test_tpc_xid_without_init(conn):
    with pytest.raises(ValueError, match="not set"):
        conn.tpc_begin(extensions.Xid.__new__(extensions.Xid))
    assert conn.status == STATUS_READY


def test_tpc_begin_needs_an_id(conn):
    with pytest.raises(TypeError):
        conn.tpc_begin()


@pytest.mark.parametrize("end", ["tpc_commit", "tpc_rollback"])
def test_tpc_end_of_none_such(conn, cur, end):
    with pytest.raises(psycopg2.errors.UndefinedObject, match='"none such" does not exist'):
        getattr(conn, end)("none such")
    assert conn.status == STATUS_READY
    cur.execute("select 5")
    assert cur.fetchone() == (5,)


def test_tpc_closed_connection(conn):
    conn.close()
    for call in (conn.tpc_begin, conn.tpc_commit, conn.tpc_rollback):
        with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
            call("x")
    for call in (conn.tpc_prepare, conn.tpc_recover):
        with pytest.raises(psycopg2.InterfaceError, match="connection already closed"):
            call()


# -- The server refuses --


def test_tpc_prepare_of_a_failed_transaction_is_an_error(conn, cur, conn2, gid):
    conn.tpc_begin(gid)
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        cur.execute("select nope")
    with pytest.raises(psycopg2.InternalError, match="rolled back, and is not prepared"):
        conn.tpc_prepare()
    assert conn.status == STATUS_READY
    assert gid not in prepared(conn2)
    cur.execute("select 5")
    assert cur.fetchone() == (5,)


@pytest.mark.parametrize("why", ["temporary objects", "is too long", "already in use"])
def test_tpc_prepare_refused(conn, cur, conn2, gid, why):
    name = "x" * 200 if why == "is too long" else gid
    if why == "already in use":
        conn2.tpc_begin(gid)
        conn2.cursor().execute("select pg_current_xact_id()")
        conn2.tpc_prepare()
    conn.tpc_begin(name)
    cur.execute("select pg_current_xact_id()")
    if why == "temporary objects":
        cur.execute("create temp table t (i int)")
    with pytest.raises(psycopg2.DatabaseError, match=why):
        conn.tpc_prepare()
    assert conn.status == STATUS_BEGIN
    conn.tpc_rollback()
    assert conn.status == STATUS_READY
    cur.execute("select 5")
    assert cur.fetchone() == (5,)
    if why == "already in use":
        conn2.tpc_rollback()


def test_tpc_server_process_killed(conn, cur, conn2, gid):
    conn.tpc_begin(gid)
    conn2.cursor().execute("select pg_terminate_backend(%s, 60000)", (conn.get_backend_pid(),))
    with pytest.raises(psycopg2.OperationalError):
        conn.tpc_prepare()
    assert conn.closed == 2


# -- Xid --


def test_xid_parts(conn):
    xid = conn.xid(1, "gtrid", "bqual")
    assert isinstance(xid, extensions.Xid)
    assert tuple(xid) == (xid.format_id, xid.gtrid, xid.bqual) == (1, "gtrid", "bqual")
    assert (len(xid), xid[0], xid[-1]) == (3, 1, "bqual")
    assert (xid.prepared, xid.owner, xid.database) == (None, None, None)
    assert repr(xid) == "<Xid: (1, 'gtrid', 'bqual')>"
    with pytest.raises(IndexError):
        xid[3]
    with pytest.raises(AttributeError):
        xid.gtrid = "x"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((), TypeError),
        ((1, "a"), TypeError),
        (("1", "a", "b"), TypeError),
        ((1, b"a", "b"), TypeError),
        ((1, "a", None), TypeError),
        ((-1, "a", "b"), ValueError),
        ((2**31, "a", "b"), OverflowError),
        ((1, "a" * 65, "b"), ValueError),
        ((1, "a", "b" * 65), ValueError),
        ((1, "é", "b"), ValueError),
        ((1, "a", "\n"), ValueError),
    ],
)
def test_xid_bad_parts(conn, args, error):
    for make in (conn.xid, extensions.Xid):
        with pytest.raises(error):
            make(*args)


@pytest.mark.parametrize(
    "parts", [(0, "", ""), (2**31 - 1, "a" * 64, "b" * 64), (1, " ~", "'\\"), (7, "gt", "bq")]
)
def test_xid_text_there_and_back(parts):
    xid = extensions.Xid(*parts)
    assert tuple(extensions.Xid.from_string(str(xid))) == parts


def test_xid_is_encoded_as_jdbc_does():
    assert str(extensions.Xid(1, "gt", "bq")) == "1_Z3Q=_YnE="


@pytest.mark.parametrize(
    "text",
    ["", "plain", "1_Z3Q_YnE", "x_Z3Q=_YnE=", "1_Z3Q=", "-1_Z3Q=_YnE=", "99999999999_Z3Q=_YnE="],
)
def test_xid_of_others_is_kept_as_it_is(text):
    xid = extensions.Xid.from_string(text)
    assert tuple(xid) == (None, text, None)
    assert str(xid) == text
    assert repr(xid) == f"<Xid: {text!r} (unparsed)>"


@pytest.mark.parametrize("bad", [None, 5])
def test_xid_from_no_string(bad):
    with pytest.raises(TypeError, match="not a valid transaction id"):
        extensions.Xid.from_string(bad)
