"""Isolation level, read only, deferrable and autocommit: what is set, and what the server sees."""

import itertools

import pytest

import psycopg2
from psycopg2 import extensions

LEVELS = {
    1: "READ COMMITTED",
    2: "REPEATABLE READ",
    3: "SERIALIZABLE",
    4: "READ UNCOMMITTED",
}
SETTINGS = ("isolation_level", "readonly", "deferrable")


def begin_text(level, readonly, deferrable):
    words = ["BEGIN"]
    if level is not None:
        words.append(f"ISOLATION LEVEL {LEVELS[level]}")
    if readonly is not None:
        words.append("READ ONLY" if readonly else "READ WRITE")
    if deferrable is not None:
        words.append("DEFERRABLE" if deferrable else "NOT DEFERRABLE")
    return " ".join(words)


def transaction_settings(conn):
    names = ("isolation", "read_only", "deferrable")
    with conn.cursor() as cur:
        cur.execute("select " + ",".join(f"current_setting('transaction_{n}')" for n in names))
        return cur.fetchone()


def default_settings(conn):
    names = ("isolation", "read_only", "deferrable")
    query = ",".join(f"current_setting('default_transaction_{n}')" for n in names)
    with conn.cursor() as cur:
        cur.execute("select " + query)
        return cur.fetchone()


@pytest.mark.parametrize(
    "settings",
    list(itertools.product((None, 1, 2, 3, 4), (None, True, False), (None, True, False))),
    ids=str,
)
def test_session_settings_ride_on_begin(seen, settings):
    conn, queries = seen
    conn.set_session(**{n: v for n, v in zip(SETTINGS, settings) if v is not None})
    assert queries == []
    assert (conn.isolation_level, conn.readonly, conn.deferrable) == settings
    conn.cursor().execute("select 1")
    assert queries == [begin_text(*settings), "select 1"]
    del queries[:]
    conn.commit()
    conn.cursor().execute("select 2")
    assert queries == ["COMMIT", begin_text(*settings), "select 2"]


def test_session_settings_reach_the_server(conn):
    conn.set_session("serializable", True, True)
    assert transaction_settings(conn) == ("serializable", "on", "on")
    conn.rollback()
    conn.set_session("repeatable read", False, False)
    assert transaction_settings(conn) == ("repeatable read", "off", "off")


@pytest.mark.parametrize("way", ["attribute", "set_session", "positional", "set_isolation_level"])
@pytest.mark.parametrize(
    "value, wanted",
    [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        ("read committed", 1),
        ("REPEATABLE READ", 2),
        ("Serializable", 3),
        ("READ UNCOMMITTED", 4),
        ("default", None),
        ("DEFAULT", None),
        (b"serializable", 3),
    ],
)
def test_session_isolation_level_takes(conn, way, value, wanted):
    # The original's set_isolation_level() leaves the level as it is when given a name.
    conn.isolation_level = 1 if wanted != 1 else 3
    if way == "attribute":
        conn.isolation_level = value
    elif way == "set_session":
        conn.set_session(isolation_level=value)
    elif way == "positional":
        conn.set_session(value)
    else:
        conn.set_isolation_level(value)
    assert conn.isolation_level == wanted
    assert conn.autocommit is False


def test_session_isolation_level_none_means_default_by_attribute_only(conn):
    conn.isolation_level = 3
    conn.set_session(None)
    assert conn.isolation_level == 3
    conn.isolation_level = None
    assert conn.isolation_level is None
    conn.isolation_level = 3
    conn.set_isolation_level(None)
    assert conn.isolation_level is None


@pytest.mark.parametrize(
    "way, value, kind, text",
    [
        ("attribute", 0, ValueError, "isolation_level must be between 1 and 4"),
        ("attribute", 5, ValueError, "isolation_level must be between 1 and 4"),
        ("attribute", -1, ValueError, "isolation_level must be between 1 and 4"),
        ("attribute", "x", ValueError, "bad value for isolation_level: 'x'"),
        ("attribute", "", ValueError, "bad value for isolation_level: ''"),
        ("attribute", "read  committed", ValueError, "bad value for isolation_level"),
        ("attribute", 1.5, TypeError, "float"),
        ("attribute", [], TypeError, "list"),
        ("set_session", 0, ValueError, "isolation_level must be between 1 and 4"),
        ("set_session", 5, ValueError, "isolation_level must be between 1 and 4"),
        ("set_session", "x", ValueError, "bad value for isolation_level: 'x'"),
        ("set_session", 1.5, TypeError, "float"),
        ("set_isolation_level", 5, ValueError, "isolation level must be between 0 and 4"),
        ("set_isolation_level", -1, ValueError, "isolation level must be between 0 and 4"),
        # The original says nothing to these two.
        ("set_isolation_level", "x", ValueError, "x"),
        ("set_isolation_level", 1.5, TypeError, "float"),
    ],
)
def test_session_isolation_level_refuses(conn, way, value, kind, text):
    conn.isolation_level = 2
    with pytest.raises(kind) as caught:
        if way == "attribute":
            conn.isolation_level = value
        else:
            getattr(conn, way)(value)
    assert text in str(caught.value)
    assert conn.isolation_level == 2


@pytest.mark.parametrize("name", ["readonly", "deferrable"])
@pytest.mark.parametrize("way", ["attribute", "set_session"])
@pytest.mark.parametrize(
    "value, wanted",
    [(True, True), (False, False), (1, True), (0, False), ("default", None), ("DEFAULT", None)],
)
def test_session_flags_take(conn, name, way, value, wanted):
    setattr(conn, name, not wanted)
    if way == "attribute":
        setattr(conn, name, value)
    else:
        conn.set_session(**{name: value})
    assert getattr(conn, name) is wanted


@pytest.mark.parametrize("name", ["readonly", "deferrable"])
def test_session_flags_none_means_default_by_attribute_only(conn, name):
    setattr(conn, name, True)
    conn.set_session(**{name: None})
    assert getattr(conn, name) is True
    setattr(conn, name, None)
    assert getattr(conn, name) is None


@pytest.mark.parametrize("name", ["readonly", "deferrable"])
@pytest.mark.parametrize("value", ["on", "off", "x", ""])
def test_session_flags_refuse_other_strings(conn, name, value):
    for change in (lambda: setattr(conn, name, value), lambda: conn.set_session(**{name: value})):
        with pytest.raises(ValueError, match="the only string accepted is 'default'; got " + value):
            change()
        assert getattr(conn, name) is None


@pytest.mark.parametrize("name", [*SETTINGS, "autocommit"])
def test_session_attribute_cannot_be_deleted(conn, name):
    # The original crashes.
    with pytest.raises((TypeError, AttributeError)):
        delattr(conn, name)


@pytest.mark.parametrize("args, kwargs", [((), {"nosuch": 1}), ((1, True, True, True, 5), {})])
def test_session_set_session_refuses_other_arguments(conn, args, kwargs):
    with pytest.raises(TypeError):
        conn.set_session(*args, **kwargs)


def test_session_bad_value_changes_nothing(conn):
    with pytest.raises(ValueError, match="'default'"):
        conn.set_session("serializable", readonly=True, deferrable="x")
    assert (conn.isolation_level, conn.readonly, conn.deferrable) == (None, None, None)


# In a transaction


@pytest.mark.parametrize("name", [*SETTINGS, "autocommit"])
def test_session_attribute_is_refused_inside_a_transaction(conn, cur, name):
    cur.execute("select 1")
    with pytest.raises(psycopg2.ProgrammingError, match="cannot be used inside a transaction"):
        setattr(conn, name, 1)
    with pytest.raises(psycopg2.ProgrammingError, match="cannot be used inside a transaction"):
        conn.set_session(**{name: 1})
    assert conn.status == extensions.STATUS_BEGIN
    conn.rollback()
    setattr(conn, name, 1)


def test_session_set_isolation_level_rolls_back(conn, cur):
    cur.execute("create table never_there (a int)")
    conn.set_isolation_level(3)
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    assert conn.isolation_level == 3
    cur.execute("select to_regclass('never_there')")
    assert cur.fetchone() == (None,)


# Autocommit


@pytest.mark.parametrize("value, wanted", [(True, True), (False, False), (1, True), (0, False)])
def test_session_autocommit_takes_truth(conn, value, wanted):
    conn.autocommit = not wanted
    conn.autocommit = value
    assert conn.autocommit is wanted
    conn.set_session(autocommit=not wanted)
    conn.set_session(autocommit=value)
    assert conn.autocommit is wanted


def test_session_autocommit_sends_no_begin(seen):
    conn, queries = seen
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("select 1")
    conn.commit()
    conn.rollback()
    assert queries == ["select 1"]
    assert conn.status == extensions.STATUS_READY
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_session_autocommit_commits_at_once(conn, conn2):
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("drop table if exists committed_at_once")
    cur.execute("create table committed_at_once (a int)")
    other = conn2.cursor()
    other.execute("select to_regclass('committed_at_once')::text")
    assert other.fetchone() == ("committed_at_once",)
    conn2.rollback()
    cur.execute("drop table committed_at_once")


def test_session_set_isolation_level_0_is_autocommit(conn):
    conn.set_isolation_level(extensions.ISOLATION_LEVEL_AUTOCOMMIT)
    assert (conn.autocommit, conn.isolation_level) == (True, None)
    conn.set_isolation_level(extensions.ISOLATION_LEVEL_READ_COMMITTED)
    assert (conn.autocommit, conn.isolation_level) == (False, 1)


def test_session_settings_under_autocommit_are_the_defaults_of_the_session(conn):
    before = default_settings(conn)
    conn.rollback()
    conn.set_session("serializable", readonly=True, deferrable=True, autocommit=True)
    assert default_settings(conn) == ("serializable", "on", "on")
    assert transaction_settings(conn) == ("serializable", "on", "on")
    conn.readonly = False
    assert default_settings(conn) == ("serializable", "off", "on")
    conn.autocommit = False
    assert default_settings(conn) == before
    conn.rollback()
    assert (conn.isolation_level, conn.readonly, conn.deferrable) == (3, False, True)


def test_session_defaults_under_autocommit_are_put_back(conn):
    before = default_settings(conn)
    conn.rollback()
    conn.set_session("serializable", True, True, autocommit=True)
    conn.set_session("default", "default", "default")
    assert default_settings(conn) == before


def test_session_reading_asks_the_server_nothing(seen):
    conn, queries = seen
    conn.set_session(3, True, True)
    assert (conn.isolation_level, conn.readonly, conn.deferrable) == (3, True, True)
    assert (conn.autocommit, conn.encoding, conn.status) == (False, "UTF8", 1)
    assert conn.server_version
    assert queries == []


def test_session_user_may_begin_by_hand_under_autocommit(conn):
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("begin")
    cur.execute("create table never_there (a int)")
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_INTRANS
    cur.execute("rollback")
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE
    cur.execute("select to_regclass('never_there')")
    assert cur.fetchone() == (None,)


@pytest.mark.parametrize(
    "before",
    ["conn.readonly = True", "conn.set_session('serializable', deferrable=True)"],
)
def test_settings_of_before_autocommit_are_not_sent_with_it(seen, before):
    conn, queries = seen
    exec(before, {"conn": conn})
    conn.autocommit = True
    assert queries == []
    conn.readonly = False
    conn.readonly = False
    assert queries == ["SET default_transaction_read_only TO 'off'"] * 2


def test_the_sessions_defaults_come_back_after_autocommit(seen):
    conn, queries = seen
    conn.set_session("serializable", readonly=True, autocommit=True)
    del queries[:]
    conn.set_session("repeatable read", autocommit=False)
    assert queries == [
        "SET default_transaction_isolation TO DEFAULT",
        "SET default_transaction_read_only TO DEFAULT",
    ]
    assert (conn.isolation_level, conn.readonly) == (2, True)
