"""COPY through execute(): TO STDOUT gives its lines, FROM STDIN is refused.

The original refuses both.
"""

import pytest

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE, TRANSACTION_STATUS_INTRANS

THREE = "copy (select g, 'row ' || g from generate_series(1, 3) g) to stdout"
LINES = ["1\trow 1\n", "2\trow 2\n", "3\trow 3\n"]


@pytest.fixture(autouse=True)
def still_usable(conn):
    yield
    if not conn.closed:
        assert conn.get_transaction_status() != TRANSACTION_STATUS_ACTIVE
        conn.rollback()
        with conn.cursor() as cur:
            cur.execute("select 1")
            assert cur.fetchone() == (1,)


def test_copy_out_fetchone_gives_lines_then_none(cur):
    cur.execute(THREE)
    assert [cur.fetchone() for _ in range(5)] == [*LINES, None, None]


def test_copy_out_fetchall_gives_all_then_nothing(cur):
    cur.execute(THREE)
    assert cur.fetchall() == LINES
    assert cur.fetchall() == []


def test_copy_out_fetchmany_gives_some(cur):
    cur.execute(THREE)
    assert cur.fetchmany() == LINES[:1]
    assert cur.fetchmany(5) == LINES[1:]
    assert cur.fetchmany(5) == []


def test_copy_out_iterates(cur):
    cur.execute(THREE)
    assert next(cur) == LINES[0]
    assert "".join(cur) == "".join(LINES[1:])
    with pytest.raises(StopIteration):
        next(cur)


def test_copy_out_fetching_mixes(cur):
    cur.execute(THREE)
    assert (cur.fetchone(), cur.fetchmany(1), cur.fetchall()) == (LINES[0], [LINES[1]], [LINES[2]])


@pytest.mark.parametrize(
    "query, args, wanted",
    [
        ("copy (select %s) to stdout", ("it's é",), ["it's é\n"]),
        ("COPY (VALUES (1, NULL)) TO STDOUT", None, ["1\t\\N\n"]),
        ("/* why */ copy (select 1) to stdout csv header", None, ["?column?\n", "1\n"]),
        (b"copy (select 1) to stdout", None, ["1\n"]),
        ("copy (select 1 where false) to stdout", None, []),
        ("copy (select '') to stdout", None, ["\n"]),
        ("copy (select E'a\\nb') to stdout", None, ["a\\nb\n"]),
        ("copy (select repeat('é', 1000000)) to stdout", None, ["é" * 1000000 + "\n"]),
    ],
)
def test_copy_out_lines_are_str(cur, query, args, wanted):
    cur.execute(query, args)
    assert cur.fetchall() == wanted


def test_copy_out_csv_with_line_breaks_joins_to_the_same(cur):
    # A line of the server is one message; a quoted value may hold a line break.
    cur.execute("copy (select E'a\\nb', 1) to stdout csv")
    assert "".join(cur) == '"a\nb",1\n'


def test_copy_out_follows_the_client_encoding(conn, cur):
    conn.set_client_encoding("latin1")
    cur.execute("copy (select chr(233)) to stdout")
    assert cur.fetchall() == ["é\n"]


def test_copy_out_leaves_the_state_of_any_query(conn, cur):
    cur.execute(THREE)
    assert cur.fetchall() == LINES
    assert cur.rowcount == 3
    assert cur.query == THREE.encode()
    assert conn.get_transaction_status() == TRANSACTION_STATUS_INTRANS


def test_copy_out_many_lines(cur):
    cur.execute("copy (select generate_series(1, 300000)) to stdout")
    assert [int(line) for line in cur] == list(range(1, 300001))


@pytest.mark.parametrize("taken", [0, 1])
@pytest.mark.parametrize("next_use", ["execute", "other cursor", "close", "commit", "rollback"])
def test_copy_out_need_not_be_taken_to_its_end(conn, cur, taken, next_use):
    cur.execute("copy (select generate_series(1, 100000)) to stdout")
    for _ in range(taken):
        cur.fetchone()
    if next_use == "execute":
        cur.execute("select 1")
        assert cur.fetchall() == [(1,)]
    elif next_use == "other cursor":
        other = conn.cursor()
        other.execute("select 1")
        assert other.fetchall() == [(1,)]
    elif next_use == "close":
        cur.close()
    else:
        getattr(conn, next_use)()


def test_copy_out_connection_may_be_closed_amid(conn, cur):
    cur.execute("copy (select generate_series(1, 100000)) to stdout")
    cur.fetchone()
    conn.close()
    with pytest.raises(psycopg2.InterfaceError):
        cur.fetchone()


def test_copy_out_under_autocommit(conn, cur):
    conn.autocommit = True
    cur.execute(THREE)
    assert cur.fetchall() == LINES


@pytest.mark.parametrize(
    "query, kind",
    [
        ("copy nosuch to stdout", psycopg2.errors.UndefinedTable),
        ("copy (select 1/0) to stdout", psycopg2.errors.DivisionByZero),
        ("copy (selec) to stdout", psycopg2.errors.SyntaxError),
    ],
)
def test_copy_out_tells_what_is_wrong(cur, query, kind):
    with pytest.raises(kind):
        cur.execute(query)
        cur.fetchall()


def test_copy_out_that_fails_amid_its_lines(conn, cur):
    with pytest.raises(psycopg2.errors.DivisionByZero):
        cur.execute("copy (select 1 / (50000 - g) from generate_series(1, 100000) g) to stdout")
        cur.fetchall()


def test_copy_out_binary_is_refused_or_right(cur):
    # Binary data is no text: copy_expert() is for it.
    with pytest.raises((psycopg2.Error, UnicodeDecodeError)):
        cur.execute("copy (select 1) to stdout (format binary)")
        cur.fetchall()


@pytest.mark.parametrize("query", ["copy x from stdin", "select 1; copy x from stdin; select 2"])
def test_copy_in_is_refused_and_names_the_way(cur, query):
    cur.execute("create temp table x (a int)")
    with pytest.raises(psycopg2.ProgrammingError, match=r"copy_expert\(\)"):
        cur.execute(query)


def test_copy_in_by_executemany_is_refused(cur):
    cur.execute("create temp table x (a int)")
    with pytest.raises(psycopg2.ProgrammingError, match=r"copy_expert\(\)"):
        cur.executemany("copy x from stdin", [()])
