"""What differs from psycopg2 2.9 on purpose."""

import pathlib
import sys
import uuid

import pytest

import psycopg2
from psycopg2 import extensions, extras

pytestmark = pytest.mark.usefixtures("registries")

KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")
ROOT = pathlib.Path(__file__).resolve().parents[2]


def ask(cur, *args):
    cur.execute(*args)
    return cur.fetchone()[0]


def test_differs_uuid_needs_no_registration(cur):
    assert ask(cur, "select %s", (KEY,)) == KEY
    assert ask(cur, "select %s", ([KEY, None],)) == [KEY, None]


def test_differs_register_uuid_changes_nothing(conn, cur):
    before = dict(extensions.string_types), dict(extensions.adapters)
    extras.register_uuid()
    extras.register_uuid(conn_or_curs=conn)
    assert ask(cur, "select %s", (KEY,)) == KEY
    assert before[1] == extensions.adapters


def test_differs_uuid_as_text_by_registering(conn, cur):
    as_text = extensions.new_type((2950,), "UUID_TEXT", extensions.UNICODE)
    extensions.register_type(as_text, conn)
    assert ask(cur, "select %s", (KEY,)) == str(KEY)


def test_differs_copy_to_stdout_through_execute(cur):
    query = "copy (select generate_series(1, 5)) to stdout"
    cur.execute(query)
    assert cur.fetchone() == "1\n"
    assert cur.fetchmany(2) == ["2\n", "3\n"]
    assert list(cur) == ["4\n", "5\n"]
    assert (cur.fetchone(), cur.fetchmany(), cur.fetchall()) == (None, [], [])
    cur.execute(query)
    assert cur.fetchall() == [f"{i}\n" for i in range(1, 6)]


def test_differs_copy_from_stdin_names_copy_expert(cur):
    cur.execute("create temp table t (i int)")
    with pytest.raises(psycopg2.ProgrammingError, match=r"copy_expert\(\)"):
        cur.execute("copy t from stdin")


def test_differs_memoryview_of_bytea_equals_bytes(cur):
    value = ask(cur, "select 'abc'::bytea")
    assert isinstance(value, memoryview)
    assert value == b"abc"
    assert value != b"abd"


def test_differs_register_bytes(conn, cur, conn2):
    extras.register_bytes(conn)
    value = ask(cur, "select 'abc'::bytea")
    assert (value, type(value)) == (b"abc", bytes)
    assert ask(cur, "select array['a'::bytea, null]") == [b"a", None]
    assert isinstance(ask(conn2.cursor(), "select 'abc'::bytea"), memoryview)


def test_differs_ctrl_c_cancels_at_once(conn, cur, conn2, interrupt_at_work):
    # The query waits for a lock that nobody ever gives free: only Ctrl-C can end it.
    conn2.cursor().execute("select pg_advisory_lock(991)")
    with pytest.raises(KeyboardInterrupt):
        interrupt_at_work(conn)
        cur.execute("select pg_advisory_lock(991)")
    assert conn.closed == 0
    conn.rollback()
    assert ask(cur, "select 1") == 1


@pytest.mark.parametrize("name", ["DictCursor", "RealDictCursor", "NamedTupleCursor"])
def test_differs_rows_are_made_in_c(conn, name):
    # No Python code runs for a row: as many calls for a hundred of them as for one.
    cur = conn.cursor(cursor_factory=getattr(extras, name))

    def calls(count):
        seen = []
        cur.execute("select i as a, i + 1 as b from generate_series(1, %s) i", (count,))
        sys.setprofile(lambda frame, event, arg: seen.append(event))
        try:
            rows = cur.fetchall()
        finally:
            sys.setprofile(None)
        assert len(rows) == count
        return seen.count("call")

    calls(1)
    assert calls(100) == calls(1)


def test_differs_licence():
    text = (ROOT / "LICENSE").read_text()
    assert "without fee" in text
    assert "GNU" not in text
