"""progress= of the COPY methods: told of bytes and rows, and able to stop."""

import functools
import io

import pytest

import psycopg2
from psycopg2 import extensions, extras

ROWS = 30_000
LINES = "".join(f"{i}\ttext {i}\n" for i in range(ROWS))


class Bar:
    """What tqdm's bars have: update() takes how much has come since the last call."""

    def __init__(self):
        self.n = 0
        self.calls = 0

    def update(self, n=1):
        assert n > 0
        self.n += n
        self.calls += 1


class Stop(Exception):
    pass


@pytest.fixture
def cur(conn):
    cur = conn.cursor()
    cur.execute("create temp table progress_t (a int, b text)")
    conn.commit()
    return cur


@pytest.fixture
def full(cur):
    cur.copy_from(io.StringIO(LINES), "progress_t")
    cur.connection.commit()
    return cur


LOADS = {
    "copy_from": lambda cur, p: cur.copy_from(io.StringIO(LINES), "progress_t", progress=p),
    "copy_expert": lambda cur, p: cur.copy_expert(
        "COPY progress_t FROM STDIN", io.BytesIO(LINES.encode()), progress=p
    ),
    "copy_records": lambda cur, p: cur.copy_records(
        "progress_t", ((i, f"text {i}") for i in range(ROWS)), progress=p
    ),
    "copy_records of a list": lambda cur, p: cur.copy_records(
        "progress_t", [(i, f"text {i}") for i in range(ROWS)], progress=p
    ),
}
WRITES = {
    "copy_to": lambda cur, p, file: cur.copy_to(file, "progress_t", progress=p),
    "copy_expert": lambda cur, p, file: cur.copy_expert(
        "COPY progress_t TO STDOUT", file, progress=p
    ),
}


class OwnFile:
    """Whose write() gets each line by itself."""

    def __init__(self):
        self.size = 0

    def write(self, data):
        self.size += len(data)


def check_totals(told, rows):
    assert len(told) > 2
    assert told == sorted(set(told))
    assert [type(number) for pair in told for number in pair] == [int] * (2 * len(told))
    assert told[-1][1] == rows


def count(cur):
    cur.execute("select count(*) from progress_t")
    return cur.fetchone()[0]


@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
def test_loading_tells_bytes_and_rows_so_far(cur, load):
    told = []
    load(cur, lambda size, rows: told.append((size, rows)))
    check_totals(told, ROWS)
    assert count(cur) == ROWS


def test_bytes_are_those_that_are_sent(cur):
    told = []
    cur.copy_from(io.StringIO(LINES), "progress_t", progress=lambda *args: told.append(args))
    assert told[-1] == (len(LINES), ROWS)
    assert told[0][0] == 8192
    cur.connection.set_client_encoding("LATIN1")
    cur.copy_from(
        io.StringIO("1\t\u00e9\n"), "progress_t", progress=lambda *args: told.append(args)
    )
    assert told[-1] == (4, 1)


@pytest.mark.parametrize("make", [io.BytesIO, io.StringIO, OwnFile])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_writing_tells_bytes_and_rows_so_far(full, write, make):
    told = []
    write(full, lambda size, rows: told.append((size, rows)), make())
    check_totals(told, ROWS)
    assert told[-1] == (len(LINES), ROWS)


@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
def test_update_of_a_bar_gets_what_came_since(cur, load):
    bar, told = Bar(), []
    load(cur, bar.update)
    load(cur, lambda size, rows: told.append(size))
    assert bar.n == told[-1]
    assert bar.calls == len(told) > 2


def test_update_of_a_bar_when_writing(full):
    bar = Bar()
    full.copy_to(io.StringIO(), "progress_t", progress=bar.update)
    assert bar.n == len(LINES) and bar.calls > 2


@pytest.mark.parametrize(
    "function, arguments",
    [
        (lambda *args: args, 2),
        (lambda size, rows=0: (size, rows), 2),
        (lambda size: (size,), 1),
        (functools.partial(lambda bar, n: (n,), None), 1),
        (functools.partial(lambda bar, size, rows: (size, rows), None), 2),
    ],
)
def test_kind_of_function_is_told_by_its_arguments(cur, function, arguments):
    told = []

    @functools.wraps(function)
    def wrapped(*args):
        told.append(function(*args))

    cur.copy_from(io.StringIO("1\tx\n"), "progress_t", progress=wrapped)
    assert [len(args) for args in told] == [arguments]


def test_builtin_without_a_signature_gets_both(cur):
    cur.copy_from(io.StringIO("1\tx\n"), "progress_t", progress=max)
    assert count(cur) == 1


def test_binary_format_has_no_lines(full):
    out, told = io.BytesIO(), []
    full.copy_expert("COPY progress_t TO STDOUT (FORMAT binary)", out,
                     progress=lambda *args: told.append(args))  # fmt: skip
    assert told[-1] == (len(out.getvalue()), -1)
    out.seek(0)
    full.copy_expert("COPY progress_t FROM STDIN (FORMAT binary)", out,
                     progress=lambda *args: told.append(args))  # fmt: skip
    assert told[-1] == (len(out.getvalue()), -1)


@pytest.mark.parametrize("autocommit", [False, True])
@pytest.mark.parametrize("at", ["first", "last"])
@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt])
@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
def test_exception_stops_and_nothing_is_loaded(conn, cur, load, error, at, autocommit):
    conn.autocommit = autocommit

    def stop(size, rows):
        if at == "first" or rows == ROWS:
            raise error("enough")

    with pytest.raises(error, match="enough"):
        load(cur, stop)
    assert conn.closed == 0
    conn.rollback()
    assert count(cur) == 0
    conn.commit()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_exception_stops_writing(conn, full, write):
    def stop(size, rows):
        raise Stop("enough")

    with pytest.raises(Stop, match="enough"):
        write(full, stop, io.StringIO())
    assert conn.closed == 0
    conn.rollback()
    assert count(full) == ROWS


@pytest.mark.parametrize(
    "use",
    [lambda conn: conn.cursor().execute("select 1"), lambda conn: conn.close()],
    ids=["execute", "close"],
)
def test_connection_cannot_be_used_within(conn, cur, use):
    with pytest.raises(psycopg2.ProgrammingError, match="the connection is busy"):
        cur.copy_from(io.StringIO("1\tx\n"), "progress_t", progress=lambda *args: use(conn))
    conn.rollback()
    assert count(cur) == 0


def test_copy_of_nothing_tells_nothing(cur):
    told = []
    cur.copy_from(io.StringIO(""), "progress_t", progress=lambda *args: told.append(args))
    cur.copy_to(io.StringIO(), "progress_t", progress=lambda *args: told.append(args))
    cur.copy_records("progress_t", [], progress=lambda *args: told.append(args))
    assert told == []


def test_error_of_the_server_goes_through(conn, cur):
    told = []
    with pytest.raises(psycopg2.DataError):
        cur.copy_from(
            io.StringIO("x\ty\n" + LINES),
            "progress_t",
            progress=lambda size, rows: told.append((size, rows)),
        )
    assert told == sorted(set(told))
    conn.rollback()


@pytest.mark.parametrize("method", ["copy_from", "copy_to", "copy_expert", "copy_records"])
def test_progress_is_by_keyword_and_callable_or_none(cur, method):
    args = {
        "copy_from": (io.StringIO("1\tx\n"), "progress_t"),
        "copy_to": (io.StringIO(), "progress_t"),
        "copy_expert": ("COPY progress_t TO STDOUT", io.StringIO()),
        "copy_records": ("progress_t", [(1, "x")]),
    }[method]
    call = getattr(cur, method)
    call(*args, progress=None)
    with pytest.raises(TypeError, match="progress must be callable or None, not int"):
        call(*args, progress=3)
    assert cur.connection.get_transaction_status() == extensions.TRANSACTION_STATUS_INTRANS


def test_progress_with_a_wait_callback(conn, cur):
    bar = Bar()
    extensions.set_wait_callback(extras.wait_select)
    try:
        cur.copy_from(io.StringIO(LINES), "progress_t", progress=bar.update)
        cur.copy_to(io.StringIO(), "progress_t", progress=bar.update)
    finally:
        extensions.set_wait_callback(None)
    assert bar.n == 2 * len(LINES)
