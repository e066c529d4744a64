"""copy_from(), copy_to(), copy_expert(): the SQL, the files, and what files may do wrong."""

import io

import pytest

import psycopg2

pytestmark = pytest.mark.usefixtures("no_copy_is_left")

DATA = "1\té\t\\N\n2\t\\N\ttab\\there\n"
ROWS = [(1, "é", None), (2, None, "tab\there")]


class Reader:
    """A file that is no class of io: read(size) gives str or bytes."""

    def __init__(self, data):
        self.data = data
        self.sizes = []

    def read(self, size):
        self.sizes.append(size)
        chunk, self.data = self.data[:size], self.data[size:]
        return chunk


class Writer:
    def __init__(self):
        self.chunks = []

    def write(self, chunk):
        self.chunks.append(chunk)


@pytest.fixture
def table(cur):
    """A cursor of a connection that has an empty table `data`."""
    cur.execute('create temp table data (a int, b text, "C d" text)')
    return cur


@pytest.fixture
def filled(table):
    table.execute("insert into data values (1, 'é', null), (2, null, E'tab\\there')")
    return table


def rows_of(cur):
    cur.execute("select * from data order by a")
    return cur.fetchall()


# copy_from


@pytest.mark.parametrize(
    "make",
    [
        lambda: io.StringIO(DATA),
        lambda: io.BytesIO(DATA.encode()),
        lambda: Reader(DATA),
        lambda: Reader(DATA.encode()),
    ],
)
def test_copy_from_reads_text_and_bytes(table, make):
    assert table.copy_from(make(), "data") is None
    assert table.rowcount == 2
    assert table.query == rb"""COPY "data" FROM stdin WITH DELIMITER AS '	' NULL AS '\N'"""
    assert rows_of(table) == ROWS


@pytest.mark.parametrize("mode", ["r", "rb"])
def test_copy_from_reads_real_files(table, tmp_path, mode):
    path = tmp_path / "data.txt"
    path.write_text(DATA, encoding="utf8")
    with open(path, mode, **({"encoding": "utf8"} if mode == "r" else {})) as file:
        table.copy_from(file, "data")
    assert rows_of(table) == ROWS


@pytest.mark.parametrize(
    "args, kwargs, data, query",
    [
        (
            ("|", "NUL", 8192, ("a", "b")),
            {},
            "1|x\n2|NUL\n",
            """COPY "data"("a","b") FROM stdin WITH DELIMITER AS '|' NULL AS 'NUL'""",
        ),
        (
            (),
            {"sep": ",", "null": "", "columns": ["a", "C d"]},
            "1,x\n2,\n",
            """COPY "data"("a","C d") FROM stdin WITH DELIMITER AS ',' NULL AS ''""",
        ),
        (
            (),
            {"sep": "'", "null": "\\N", "columns": ("a", "b")},
            "1'x\n2'\\N\n",
            """COPY "data"("a","b") FROM stdin WITH DELIMITER AS '''' NULL AS '\\N'""",
        ),
        (
            (),
            {"columns": (name for name in ("a", "b"))},
            "1\tx\n2\t\\N\n",
            """COPY "data"("a","b") FROM stdin WITH DELIMITER AS '\t' NULL AS '\\N'""",
        ),
    ],
)
def test_copy_from_takes_separator_null_and_columns(table, args, kwargs, data, query):
    table.copy_from(Reader(data), "data", *args, **kwargs)
    assert table.query == query.encode()
    table.execute('select a, coalesce(b, "C d") from data order by a')
    assert table.fetchall() == [(1, "x"), (2, None)]


def test_copy_from_takes_its_arguments_by_name(table):
    table.copy_from(file=Reader(DATA), table="data", sep="\t", null="\\N", size=10, columns=None)
    assert rows_of(table) == ROWS


@pytest.mark.parametrize("size", [1, 2, 7, 8192, 10**6])
@pytest.mark.parametrize("encode", [str, str.encode])
def test_copy_from_reads_in_chunks_of_size(table, size, encode):
    file = Reader(encode(DATA))
    table.copy_from(file, "data", size=size)
    assert set(file.sizes) == {size}
    assert rows_of(table) == ROWS


def test_copy_from_takes_more_than_it_asked_for(table):
    class Generous(Reader):
        def read(self, size):
            chunk, self.data = self.data, ""
            return chunk

    table.copy_from(Generous("1\tx\ty\n" * 10000), "data", size=10)
    assert table.rowcount == 10000


def test_copy_from_an_empty_file(table):
    table.copy_from(io.StringIO(), "data")
    assert table.rowcount == 0


def test_copy_from_without_a_last_newline(table):
    table.copy_from(io.StringIO("1\tx\ty"), "data")
    assert rows_of(table) == [(1, "x", "y")]


def test_copy_from_encodes_str_for_the_client_encoding(conn, table):
    conn.set_client_encoding("latin1")
    table.execute("create temp table if not exists data (a int, b text, c text)")
    table.copy_from(io.StringIO("1\té\tx\n"), "data")
    table.copy_from(io.BytesIO("2\té\tx\n".encode("latin1")), "data")
    assert [row[:2] for row in rows_of(table)] == [(1, "é"), (2, "é")]
    with pytest.raises((UnicodeEncodeError, psycopg2.errors.QueryCanceled)):
        table.copy_from(io.StringIO("3\t€\tx\n"), "data")


@pytest.mark.parametrize("name", ['qu"ote', "UPPER", "two words", "dot.ted", "été"])
def test_copy_quotes_the_table_name(cur, name):
    quoted = '"{}"'.format(name.replace('"', '""'))
    cur.execute(f"create temp table {quoted} (a int)")
    cur.copy_from(io.StringIO("1\n"), name)
    assert cur.query.startswith(f"COPY {quoted} FROM".encode())
    out = io.StringIO()
    cur.copy_to(out, name)
    assert out.getvalue() == "1\n"
    with pytest.raises(psycopg2.errors.UndefinedTable):
        cur.copy_from(io.StringIO("1\n"), "pg_catalog.pg_class")


def test_copy_quotes_the_column_names(cur):
    cur.execute('create temp table odd ("a""b" int, "C, d" int)')
    cur.copy_from(io.StringIO("1\t2\n"), "odd", columns=['a"b', "C, d"])
    assert b'("a""b","C, d")' in cur.query


@pytest.mark.parametrize(
    "data, kind, text",
    [
        ("x\ty\tz\n", psycopg2.errors.InvalidTextRepresentation, "line 1, column a"),
        ("1\n", psycopg2.errors.BadCopyFileFormat, 'missing data for column "b"'),
        ("1\t2\t3\t4\n", psycopg2.errors.BadCopyFileFormat, "extra data"),
        (b"1\t\xff\tx\n", psycopg2.errors.CharacterNotInRepertoire, "0xff"),
    ],
)
def test_copy_from_tells_what_the_server_says_to_the_data(table, data, kind, text):
    with pytest.raises(kind, match=text):
        table.copy_from(Reader(data), "data")


@pytest.mark.parametrize(
    "args, kwargs, kind",
    [
        ((), {}, TypeError),
        ((io.StringIO(),), {}, TypeError),
        ((5, "data"), {}, TypeError),
        ((Writer(), "data"), {}, TypeError),
        ((io.StringIO(), 5), {}, TypeError),
        ((io.StringIO(), None), {}, TypeError),
        ((io.StringIO(), "da\0ta"), {}, ValueError),
        ((io.StringIO(), "data"), {"sep": None}, TypeError),
        ((io.StringIO(), "data"), {"sep": "||"}, psycopg2.errors.FeatureNotSupported),
        ((io.StringIO(), "data"), {"null": 5}, TypeError),
        ((io.StringIO(), "data"), {"size": "x"}, TypeError),
        ((io.StringIO(), "data"), {"columns": 5}, TypeError),
        ((io.StringIO(), "data"), {"columns": [5]}, TypeError),
        ((io.StringIO(), "data"), {"columns": []}, (psycopg2.ProgrammingError, ValueError)),
        ((io.StringIO(), "data"), {"columns": ["nosuch"]}, psycopg2.errors.UndefinedColumn),
        ((io.StringIO(), "data"), {"nosuch": 1}, TypeError),
        ((io.StringIO(), "nosuch"), {}, psycopg2.errors.UndefinedTable),
    ],
)
def test_copy_from_refuses_nonsense(table, args, kwargs, kind):
    with pytest.raises(kind):
        table.copy_from(*args, **kwargs)


def test_copy_names_the_method_that_a_file_lacks(table):
    with pytest.raises(TypeError, match=r"must have a \.read\(\) method"):
        table.copy_from(5, "data")
    with pytest.raises(TypeError, match=r"must have a \.write\(\) method"):
        table.copy_to(5, "data")
    with pytest.raises(TypeError, match="file-like object"):
        table.copy_expert("copy data to stdout", 5)


# copy_to


@pytest.mark.parametrize(
    "args, kwargs, wanted",
    [
        ((), {}, DATA),
        (("|", "NUL"), {}, "1|é|NUL\n2|NUL|tab\there\n"),
        ((), {"sep": ",", "null": "", "columns": ("a", "C d")}, "1,\n2,tab\there\n"),
        ((), {"columns": iter(["a"])}, "1\n2\n"),
    ],
)
def test_copy_to_writes_text(filled, args, kwargs, wanted):
    out = io.StringIO()
    assert filled.copy_to(out, "data", *args, **kwargs) is None
    assert out.getvalue().replace("\\t", "\t" if "|" in args or kwargs else "\\t") == wanted
    assert filled.rowcount == 2


def test_copy_to_writes_bytes_or_str_as_the_file_is(filled):
    text, binary, other = io.StringIO(), io.BytesIO(), Writer()
    for file in (text, binary, other):
        filled.copy_to(file, "data")
    assert filled.query == rb"""COPY "data" TO stdout WITH DELIMITER AS '	' NULL AS '\N'"""
    assert text.getvalue() == DATA
    assert binary.getvalue() == DATA.encode()
    assert b"".join(other.chunks) == DATA.encode()
    assert {type(chunk) for chunk in other.chunks} == {bytes}


def test_copy_to_decodes_for_text_files(conn, table):
    conn.set_client_encoding("latin1")
    text, binary = io.StringIO(), io.BytesIO()
    table.copy_expert("copy (select chr(233)) to stdout", text)
    table.copy_expert("copy (select chr(233)) to stdout", binary)
    assert (text.getvalue(), binary.getvalue()) == ("é\n", b"\xe9\n")


@pytest.mark.parametrize(
    "args, kwargs, kind",
    [
        ((), {}, TypeError),
        ((5, "data"), {}, TypeError),
        ((Reader(""), "data"), {}, TypeError),
        ((io.StringIO(), "nosuch"), {}, psycopg2.errors.UndefinedTable),
        ((io.StringIO(), "data"), {"columns": []}, (psycopg2.ProgrammingError, ValueError)),
        ((io.StringIO(), "da\0ta"), {}, ValueError),
    ],
)
def test_copy_to_refuses_nonsense(table, args, kwargs, kind):
    with pytest.raises(kind):
        table.copy_to(*args, **kwargs)


# copy_expert


@pytest.mark.parametrize(
    "query", ["copy data to stdout csv header", b"copy data to stdout csv header"]
)
def test_copy_expert_runs_any_copy_out(filled, query):
    out = io.StringIO()
    assert filled.copy_expert(query, out) is None
    assert out.getvalue() == "a,b,C d\n1,é,\n2,,tab\there\n"
    assert (filled.rowcount, filled.query) == (2, b"copy data to stdout csv header")
    assert filled.description is None


def test_copy_expert_takes_a_composed_query(filled):
    from psycopg2 import sql

    out = io.StringIO()
    filled.copy_expert(sql.SQL("copy {} to stdout").format(sql.Identifier("data")), out)
    assert out.getvalue() == DATA


def test_copy_expert_runs_any_copy_in(table):
    table.copy_expert("copy data (a, b) from stdin csv header", Reader("a,b\n1,x\n2,\n"), size=3)
    assert table.rowcount == 2
    assert rows_of(table) == [(1, "x", None), (2, None, None)]


def test_copy_expert_binary_goes_round(filled):
    out = io.BytesIO()
    filled.copy_expert("copy data to stdout (format binary)", out)
    assert out.getvalue().startswith(b"PGCOPY\n\xff\r\n\0")
    filled.execute("delete from data")
    out.seek(0)
    filled.copy_expert("copy data from stdin (format binary)", out)
    assert filled.rowcount == 2
    assert rows_of(filled) == ROWS


def test_copy_expert_binary_into_a_text_file_is_an_error(filled):
    with pytest.raises(UnicodeDecodeError):
        filled.copy_expert("copy data to stdout (format binary)", io.StringIO())


def test_copy_expert_runs_other_statements_too(table):
    table.copy_expert("select 1 as a", io.StringIO())
    assert (table.fetchall(), table.description[0].name) == ([(1,)], "a")
    table.copy_expert("insert into data values (1)", io.StringIO())
    assert (table.rowcount, table.statusmessage) == (1, "INSERT 0 1")


@pytest.mark.parametrize(
    "query, kind",
    [
        ("", psycopg2.ProgrammingError),
        (None, (psycopg2.ProgrammingError, TypeError)),
        (5, TypeError),
        ("selec", psycopg2.errors.SyntaxError),
        ("copy nosuch to stdout", psycopg2.errors.UndefinedTable),
        ("copy (select 1/0) to stdout", psycopg2.errors.DivisionByZero),
    ],
)
def test_copy_expert_refuses_nonsense(cur, query, kind):
    with pytest.raises(kind):
        cur.copy_expert(query, io.StringIO())


@pytest.mark.parametrize(
    "query, file", [("copy data to stdout", Reader("")), ("copy data from stdin", Writer())]
)
def test_copy_expert_wants_a_file_for_the_direction(filled, query, file):
    with pytest.raises((AttributeError, TypeError)):
        filled.copy_expert(query, file)


@pytest.mark.parametrize("rows", [0, 1, 100000])
def test_copy_expert_moves_many_rows_both_ways(table, rows):
    out = io.StringIO()
    query = "copy (select g, repeat('é', 30), 'x' from generate_series(1, %s) g) to stdout"
    table.copy_expert(table.mogrify(query, (rows,)), out)
    assert table.rowcount == rows
    out.seek(0)
    table.copy_expert("copy data from stdin", out)
    assert table.rowcount == rows
    table.execute("select count(*), sum(length(b)) from data")
    assert table.fetchone() == (rows, rows * 30 or None)


def test_copy_expert_moves_one_huge_value(table):
    out = io.BytesIO()
    table.copy_expert("copy (select 1, repeat('x', 20000000), 'y') to stdout", out)
    assert len(out.getvalue()) == 20000000 + 5
    out.seek(0)
    table.copy_expert("copy data from stdin", out)
    table.execute("select length(b) from data")
    assert table.fetchone() == (20000000,)


# Files that go wrong


class Failing:
    """A file whose nth call raises, or gives something that is neither str nor bytes."""

    def __init__(self, outcome, after=0):
        self.outcome = outcome
        self.after = after

    def _call(self, ok):
        if self.after:
            self.after -= 1
            return ok
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome

    def read(self, size):
        return self._call("1\tx\ty\n")

    def write(self, chunk):
        return self._call(None)


@pytest.mark.parametrize("after", [0, 1, 5])
@pytest.mark.parametrize("error", [ValueError("mine"), OSError(5, "disk"), psycopg2.Error("mine")])
def test_copy_from_read_error_fails_the_copy(table, after, error):
    # The server is told, so the error is its own; the file's error is its cause.
    with pytest.raises(psycopg2.errors.QueryCanceled) as caught:
        table.copy_from(Failing(error, after), "data")
    assert "COPY from stdin failed: error in .read() call" in str(caught.value)
    assert type(error).__name__ in str(caught.value)
    assert caught.value.__cause__ is error  # the original has none


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_copy_from_read_exit_comes_through(table, error):
    # The original raises QueryCanceled for these too.
    with pytest.raises(type(error)) as caught:
        table.copy_from(Failing(error, 1), "data")
    assert caught.value is error


@pytest.mark.parametrize("outcome", [5, None, [], bytearray(b"x"), object()])
def test_copy_from_read_nonsense_fails_the_copy(table, outcome):
    if isinstance(outcome, bytearray):
        outcome = memoryview(outcome)[::2]  # no plain buffer either
    with pytest.raises((psycopg2.errors.QueryCanceled, TypeError)):
        table.copy_from(Failing(outcome, 1), "data")


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), psycopg2.Error("mine")])
def test_copy_to_write_error_comes_through(filled, after, error):
    with pytest.raises(type(error)) as caught:
        filled.copy_to(Failing(error, after), "data")
    assert caught.value is error


def test_copy_to_write_error_amid_many_rows(cur):
    with pytest.raises(ValueError, match="mine"):
        cur.copy_expert(
            "copy (select generate_series(1, 1000000)) to stdout", Failing(ValueError("mine"), 10)
        )


@pytest.mark.parametrize("result", [None, 5, "x"])
def test_copy_to_write_result_is_ignored(filled, result):
    assert filled.copy_to(Failing(result), "data") is None


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("what", ["same cursor", "other cursor", "commit"])
def test_copy_file_that_uses_the_connection_gets_an_error(conn, filled, direction, what):
    seen = []

    def use(_=None):
        if seen:
            return ""
        try:
            if what == "commit":
                conn.commit()
            else:
                (filled if what == "same cursor" else conn.cursor()).execute("select 1")
        except psycopg2.Error as error:
            seen.append(error)
        return ""

    file = Writer()
    file.read = file.write = use
    # The original lets it, and the COPY breaks.
    if direction == "in":
        filled.copy_from(file, "data")
    else:
        filled.copy_to(file, "data")
    assert isinstance(seen[0], psycopg2.Error)
