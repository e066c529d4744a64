"""Results that give their memory back as they are read, and are scrolled in all the same.

Rows of 100 KB and more, so that few of them make a large result (see ROWBUF_LARGE in rowbuf.h).
"""

import pytest
from fix_interpreter import run_script

from psycopg2 import extensions

ROWS = 900
QUERY = f"select i, repeat(chr(65 + i % 26), 100000 + i) from generate_series(1, {ROWS}) i"

#: what the scripts share: the rows, how they look, the file, the memory in MB
PRELUDE = f"""
import os, re, resource, sys
import psycopg2
conn = psycopg2.connect(os.environ["TEST_DSN"])
cur = conn.cursor()
ROWS, QUERY = {ROWS}, {QUERY!r}
cur.itersize = 7

def is_right(row, i):
    return row == (i, chr(65 + i % 26) * (100000 + i))

def is_at(i):
    return cur.rownumber == i - 1 and is_right(cur.fetchone(), i)

def memory_of(kind):
    with open("/proc/self/status") as status:
        return int(re.search(kind + r":\\s*(\\d+) kB", status.read())[1]) >> 10

def spilled():
    '''The descriptors of files that have no name.'''
    found = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{{fd}}").endswith(" (deleted)"):
                found.append(int(fd))
        except OSError:
            pass
    return found
"""


def run(dsn, script, **kwargs):
    return run_script(dsn, script, prelude=PRELUDE, **kwargs)


@pytest.fixture
def rows(cur):
    cur.execute(QUERY)
    return cur


def is_right(row, i):
    return row == (i, chr(65 + i % 26) * (100000 + i))


def test_large_fetchall_and_back(rows):
    assert [is_right(row, i) for i, row in enumerate(rows.fetchall(), 1)] == [True] * ROWS
    rows.scroll(0, mode="absolute")
    assert [is_right(row, i) for i, row in enumerate(rows, 1)] == [True] * ROWS
    assert rows.fetchone() is None


def test_large_scroll_to_anywhere(rows):
    rows.fetchmany(ROWS // 2)
    for position in (ROWS - 1, 0, 1, ROWS // 2, ROWS // 2 - 30, ROWS // 2 + 30, 1, ROWS - 2, 5):
        rows.scroll(position, mode="absolute")
        assert rows.rownumber == position
        assert is_right(rows.fetchone(), position + 1)
    rows.scroll(-3)
    assert is_right(rows.fetchone(), 4)


def test_large_step_back_again_and_again(rows):
    for i in range(1, ROWS, 50):
        rows.scroll(i, mode="absolute")
        assert is_right(rows.fetchone(), i + 1)
        rows.scroll(-2)
        assert is_right(rows.fetchone(), i)


def test_large_bad_value_is_passed(rows):
    """Every tenth row cannot be read: it is stepped over, wherever a block ends."""
    rows.execute(
        "select i, case when i % 10 = 0 then '10000-01-01' else '2000-01-01' end::date,"
        f" repeat('x', 100000) from generate_series(1, {ROWS}) i"
    )
    for _ in range(2):
        for i in range(1, ROWS + 1):
            if i % 10:
                assert rows.fetchone()[0] == i
            else:
                with pytest.raises(ValueError):
                    rows.fetchone()
        rows.scroll(0, mode="absolute")


def test_large_result_gives_memory_back(dsn):
    out = run(
        dsn,
        """
        before = memory_of("VmRSS")
        cur.execute(QUERY)
        held = memory_of("VmRSS") - before
        for i, row in enumerate(cur, 1):
            if i == ROWS // 2:
                half = memory_of("VmRSS") - before
        print(held, half, memory_of("VmRSS") - before)
        """,
    )
    held, half, left = map(int, out[0].split())
    assert held > 80
    assert half < held * 0.75
    assert left < held * 0.3


def test_small_result_touches_no_file(dsn):
    out = run(
        dsn,
        """
        cur.execute("select repeat('x', 100000) from generate_series(1, 600)")  # 60 MB
        cur.fetchall()
        print(spilled())
        """,
        env={"TMPDIR": "/proc/self/nowhere"},
    )
    assert out == ["[]"]


def test_large_file_is_private_and_goes(dsn, tmp_path):
    out = run(
        dsn,
        """
        cur.execute(QUERY)
        print(len(spilled()))
        cur.fetchmany(ROWS // 2)
        [fd] = spilled()
        print(oct(os.fstat(fd).st_mode & 0o777), os.get_inheritable(fd))
        print(os.readlink(f"/proc/self/fd/{fd}").startswith(os.environ["TMPDIR"] + "/"))
        print(os.listdir(os.environ["TMPDIR"]))
        cur.execute("select 1")
        print(len(spilled()))
        cur.execute(QUERY)
        cur.fetchall()
        cur.close()
        del cur
        print(len(spilled()))
        """,
        env={"TMPDIR": str(tmp_path)},
    )
    assert out == ["0", "0o600 False", "True", "[]", "0", "0"]


def test_large_results_leave_nothing_behind(dsn):
    out = run(
        dsn,
        """
        def use():
            cur.execute(QUERY)
            cur.fetchmany(ROWS // 2)
            cur.scroll(3, mode="absolute")
            cur.fetchall()
            cur.scroll(5, mode="absolute")
            cur.execute("select 1")
            return memory_of("VmRSS"), len(os.listdir("/proc/self/fd"))

        use()
        memory, files = use()
        for _ in range(8):
            again = use()
        print(again[0] - memory, again[1] - files)
        """,
    )
    grown, files = map(int, out[0].split())
    # of eight results of 90 MB; how far the buffer of libpq grows depends on what arrives
    assert grown < 64
    assert files == 0


def test_little_memory_outlasts_its_results(dsn):
    """Some pages are kept for the next results (see kept.h), of however many they were; the system
    may take them."""
    out = run(
        dsn,
        """
        def lazily_free():
            with open("/proc/self/smaps_rollup") as rollup:
                return int(re.search(r"LazyFree:\\s*(\\d+) kB", rollup.read())[1]) >> 10

        for _ in range(3):
            cursors = [conn.cursor() for _ in range(3)]
            for cur in cursors:
                cur.execute(f"{QUERY} limit 300")
            in_use = lazily_free()
            for cur in cursors:
                cur.close()
            print(in_use, lazily_free())
        """,
    )
    uses = [[int(figure) for figure in line.split()] for line in out]
    assert [in_use for in_use, _ in uses] == [0] * 3
    assert max(kept for _, kept in uses) <= 16


def test_memory_of_many_objects_is_used_again(dsn):
    """Arenas of Python's allocator are kept too; and what is not used for long is given back."""
    out = run(
        dsn,
        """
        def use(limit):
            cur.execute("select i, i + 1000, -i from generate_series(1, %s) i", [limit])
            rows = cur.fetchall()
            assert rows[-1] == (limit, limit + 1000, -limit)

        def rest(statements):
            for _ in range(statements):
                cur.execute("select 1")
            return memory_of("VmSize")

        before = rest(1)
        for work in [lambda: use(300_000), lambda: use(300_000), lambda: use(600_000),
                     lambda: rest(998), lambda: rest(100)]:
            work()
            print(rest(1) - before)
        """,
    )
    first, again, most, kept, left = map(int, out)
    assert first > 40
    assert again - first < 16
    assert first < most < 100
    assert kept == most
    assert left < 16


@pytest.mark.skipif(extensions.libpq_version() < 170000, reason="libpq hands over whole results")
def test_rows_are_held_once(dsn):
    """They come from libpq in pieces; also where the statement gave few the last time."""
    out = run(
        dsn,
        """
        query = "select repeat('x', 10000) from generate_series(1, %s)"
        for limit in (1, 1, 6000):
            before = memory_of("VmHWM")
            cur.execute(query, [limit])
        print(memory_of("VmHWM") - before)
        """,
    )
    assert 0 < int(out[0]) < 110  # of 60 MB, which would be 120


def test_large_without_a_folder_stays_in_memory(dsn):
    out = run(
        dsn,
        """
        cur.execute(QUERY)
        print(all(is_right(row, i) for i, row in enumerate(cur, 1)))
        cur.scroll(9, mode="absolute")
        print(is_at(10), spilled())
        """,
        env={"TMPDIR": "/proc/self/nowhere"},
    )
    assert out == ["True", "True []"]


def test_large_with_no_room_keeps_the_rest_in_memory(dsn):
    """The file takes 10 MB; what is in it is read from there, all else from memory."""
    out = run(
        dsn,
        """
        resource.setrlimit(resource.RLIMIT_FSIZE, (10 << 20, 10 << 20))
        cur.execute(QUERY)
        for again in range(2):
            cur.scroll(0, mode="absolute")
            print(all(is_right(row, i) for i, row in enumerate(cur.fetchall(), 1)), len(spilled()))
        """,
    )
    assert out == ["True 1", "True 1"]


def test_large_file_cut_short_is_an_error(dsn):
    """The rows are gone: that is told, the cursor stands where it stood, and goes on."""
    out = run(
        dsn,
        """
        cur.execute(QUERY)
        cur.fetchmany(ROWS // 2)
        os.ftruncate(spilled()[0], 0)
        for where in ("absolute", "relative"):
            try:
                cur.scroll(ROWS // 4 if where == "absolute" else -ROWS // 4, mode=where)
            except psycopg2.OperationalError as e:
                print(e)
        print(is_at(ROWS // 2 + 1))
        print(sum(1 for row in cur))
        cur.execute("select 1")
        print(cur.fetchone())
        """,
    )
    reason = "can't read rows of a large result back from the temporary file: Input/output error"
    assert out == [reason, reason, "True", str(ROWS - ROWS // 2 - 1), "(1,)"]


def test_large_row_that_cannot_be_read_on_is_an_error(dsn):
    """The file is lost between two rows that were both scrolled back to."""
    out = run(
        dsn,
        """
        cur.execute(QUERY)
        cur.fetchall()
        cur.scroll(0, mode="absolute")
        os.ftruncate(spilled()[0], 0)
        read = 0
        for fetch in (cur.fetchone, cur.fetchall, lambda: cur.fetchmany(100), lambda: next(cur)):
            try:
                while fetch():
                    read += 1
            except psycopg2.OperationalError as e:
                print(type(e).__name__, cur.rownumber == read)
        print(0 < read < 100)
        """,
    )
    assert out == ["OperationalError True"] * 4 + ["True"]


def test_large_never_writes_to_a_file_of_the_program(dsn, tmp_path):
    """Closing all descriptors, as daemons do, may give its number to another file."""
    out = run(
        dsn,
        """
        cur.execute(QUERY)
        cur.fetchmany(ROWS // 2)
        [fd] = spilled()
        mine = os.open(os.environ["TMPDIR"] + "/mine", os.O_RDWR | os.O_CREAT)
        os.dup2(mine, fd)
        print(len(cur.fetchall()) == ROWS - ROWS // 2, os.path.getsize(mine))
        cur.scroll(-9)
        print(is_at(ROWS - 8))
        try:
            cur.scroll(ROWS // 4, mode="absolute")
        except psycopg2.OperationalError as e:
            print(e)
        cur.close()
        del cur
        print(os.fstat(fd).st_size)
        """,
        env={"TMPDIR": str(tmp_path)},
    )
    reason = "can't read rows of a large result back from the temporary file: Bad file descriptor"
    assert out == ["True 0", "True", reason, "0"]


def test_large_result_is_read_by_parent_and_child(dsn):
    out = run(
        dsn,
        """
        cur.execute(QUERY)
        cur.fetchmany(50)
        pid = os.fork()
        for position in (50, ROWS // 3, 0) if pid else (ROWS // 2, 10):
            cur.scroll(position, mode="absolute")
            good = all(is_right(row, i) for i, row in enumerate(cur, position + 1))
            if not good:
                os._exit(1)
        if not pid:
            os._exit(0)
        print(os.waitpid(pid, 0)[1])
        """,
    )
    assert out == ["0"]


@pytest.mark.parametrize("kind", ["RealDictCursor", "DictCursor", "NamedTupleCursor"])
def test_large_rows_of_every_shape(conn, kind):
    from psycopg2 import extras

    with conn.cursor(cursor_factory=getattr(extras, kind)) as cur:
        cur.execute(f"select i as number, text from ({QUERY}) as x (i, text)")
        for _ in range(2):
            rows = cur.fetchall()
            values = [row.values() if kind == "RealDictCursor" else row for row in rows]
            assert [is_right(tuple(row), i) for i, row in enumerate(values, 1)] == [True] * ROWS
            cur.scroll(0, mode="absolute")


def test_large_copy_lines(cur):
    cur.execute(f"copy ({QUERY}) to stdout")
    for _ in range(2):
        lines = list(cur)
        assert len(lines) == ROWS
        assert lines[99] == f"100\t{chr(65 + 100 % 26) * 100100}\n"
        cur.scroll(0, mode="absolute")


def test_many_objects_are_as_few(cur):
    """Objects that are freed in any order, whose arenas serve the next result."""
    cur.execute("select i, i::text, i + 0.5, null from generate_series(1, 200000) i")
    rows = cur.fetchall()
    assert len(rows) == 200000
    assert sum(row[0] for row in rows) == 200000 * 200001 // 2
    assert all(row[1] == str(row[0]) and row[2] == row[0] + 0.5 for row in rows)
    odd = rows[1::2]
    del rows
    cur.execute("select i, i::text, i + 0.5, null from generate_series(1, 200000) i")
    assert cur.fetchall()[1::2] == odd
