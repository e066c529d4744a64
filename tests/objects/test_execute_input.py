"""What execute(), executemany(), mogrify() and callproc() say to bad input, and go on after it."""

import datetime as dt
import io

import pytest

import psycopg2
from psycopg2 import extensions, extras

SURROGATE = "\ud800"


class Unknown:
    pass


@pytest.fixture(params=["execute", "mogrify", "executemany", "copy_expert"])
def bind(request, cur):
    """A function (query, parameters) that binds, by each way in that does."""
    if request.param == "execute":
        return cur.execute
    if request.param == "mogrify":
        return cur.mogrify
    if request.param == "executemany":
        return lambda query, args: cur.executemany(query, [args])
    # copy_expert() binds nothing, so what it sends is bound for it.
    return lambda query, args: cur.copy_expert(cur.mogrify(query, args), None)


@pytest.fixture(autouse=True)
def still_usable(conn):
    """After any of these errors the connection must go on, at the latest after a rollback."""
    yield
    if not conn.closed:
        conn.rollback()
        with conn.cursor() as cur:
            cur.execute("select %s", ("ok",))
            assert cur.fetchone() == ("ok",)


@pytest.mark.parametrize(
    "query, args, kind, text",
    [
        ("select %s", (), IndexError, "tuple index out of range"),
        ("select %s", [], IndexError, "list index out of range"),
        ("select %s, %s", (1,), IndexError, "tuple index out of range"),
        ("select %s", (1, 2), TypeError, "not all arguments converted"),
        ("select %s", {}, TypeError, "dict is not a sequence"),
        ("select %s", {"a": 1}, TypeError, "dict is not a sequence"),
        ("select %(a)s", {}, KeyError, "'a'"),
        ("select %(a)s", {"b": 1}, KeyError, "'a'"),
        ("select %(a)s", (1,), TypeError, "tuple indices must be integers or slices, not str"),
        ("select %(a)s", [1], TypeError, "list indices must be integers or slices, not str"),
        ("select %s", 5, TypeError, "'int' object does not support indexing"),
        ("select %s", 1.5, TypeError, "'float' object does not support indexing"),
        ("select %s", {1}, TypeError, "'set' object does not support indexing"),
        ("select %s", iter([1]), TypeError, "does not support indexing"),
        ("select %s", "ab", TypeError, "not all arguments converted"),
    ],
)
def test_parameters_of_the_wrong_number_or_kind(bind, query, args, kind, text):
    with pytest.raises(kind) as caught:
        bind(query, args)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "query, args, kind, text",
    [
        ("select %s, %(a)s", (1,), psycopg2.ProgrammingError, "argument formats can't be mixed"),
        ("select %(a)s %s", {"a": 1}, psycopg2.ProgrammingError, "argument formats can't be mixed"),
        ("select %(a", {"a": 1}, psycopg2.ProgrammingError, "incomplete placeholder: '%(' without"),
        ("select %(a)", {"a": 1}, ValueError, "incomplete format"),
        ("select %", (1,), ValueError, "incomplete format"),
        ("select %d", (1,), ValueError, "unsupported format character 'd' (0x64) at index 8"),
        ("select %(a)d", {"a": 1}, ValueError, "unsupported format character 'd' (0x64)"),
        ("select % s", (1,), ValueError, "unsupported format character ' ' (0x20) at index 8"),
        ("select %1$s", (1,), ValueError, "unsupported format character '1' (0x31) at index 8"),
    ],
)
def test_placeholder_is_bad(bind, query, args, kind, text):
    with pytest.raises(kind) as caught:
        bind(query, args)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "value, name",
    [
        (Unknown(), "Unknown"),
        (object(), "object"),
        ({1}, "set"),
        ({"a": 1}, "dict"),
        (1j, "complex"),
        (Unknown, "type"),
        (iter([]), "list_iterator"),
        (range(3), "range"),
        (Exception("x"), "Exception"),
    ],
)
@pytest.mark.parametrize("wrap", ["plain", "named", "list", "tuple", "nested"])
def test_parameter_of_an_unsupported_type(bind, wrap, value, name):
    query, args = {
        "plain": ("select %s", (value,)),
        "named": ("select %(a)s", {"a": value}),
        "list": ("select %s", ([value],)),
        "tuple": ("select %s", ((1, value),)),
        "nested": ("select %s", ([[None, [value]]],)),
    }[wrap]
    with pytest.raises(psycopg2.ProgrammingError) as caught:
        bind(query, args)
    assert str(caught.value) == f"can't adapt type '{name}'"


@pytest.mark.parametrize("wrap", ["plain", "named", "list", "adapted"])
@pytest.mark.parametrize("value", ["\0", "a\0b", "a\0", "'\0"])
def test_parameter_with_a_nul(bind, wrap, value):
    query, args = {
        "plain": ("select %s", (value,)),
        "named": ("select %(a)s", {"a": value}),
        "list": ("select %s", ([value],)),
        "adapted": ("select %s", (extensions.QuotedString(value),)),
    }[wrap]
    with pytest.raises(ValueError, match=r"NUL \(0x00\)"):
        bind(query, args)


@pytest.mark.parametrize("value", [SURROGATE, "a" + SURROGATE, "\udfff\ud800"])
@pytest.mark.parametrize("wrap", ["plain", "named", "list"])
def test_parameter_with_a_lone_surrogate(bind, wrap, value):
    query, args = {
        "plain": ("select %s", (value,)),
        "named": ("select %(a)s", {"a": value}),
        "list": ("select %s", ([value],)),
    }[wrap]
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        bind(query, args)


# The query itself


@pytest.mark.parametrize("query", ["", b"", "  ", ";", "-- x", "/* x */", " ; ; ", "\n"])
@pytest.mark.parametrize("args", [None, ()])
def test_query_is_empty(cur, query, args):
    with pytest.raises(psycopg2.ProgrammingError, match="can't execute an empty query"):
        cur.execute(query, args)


@pytest.mark.parametrize("query", [None, [], ()])
def test_query_is_nothing(cur, query):
    with pytest.raises((psycopg2.ProgrammingError, TypeError)):
        cur.execute(query)


@pytest.mark.parametrize("query", [5, 1.5, object(), ["select 1"], bytearray(b"select 1")])
def test_query_is_no_string(cur, query):
    name = type(query).__name__
    with pytest.raises(TypeError, match=f"must be a string or unicode object: got {name}"):
        cur.execute(query)


@pytest.mark.parametrize("query", ["select 1\0", "select \0 1", b"select 1\0, 2", "\0"])
@pytest.mark.parametrize("way", ["execute", "bound", "executemany", "copy_expert", "named"])
def test_query_with_a_nul(conn, cur, query, way):
    # The original sends what stands before the NUL.
    with pytest.raises(ValueError, match="NUL"):
        if way == "execute":
            cur.execute(query)
        elif way == "bound":
            cur.execute(query, ())
        elif way == "executemany":
            cur.executemany(query, [()])
        elif way == "copy_expert":
            cur.copy_expert(query, io.StringIO())
        else:
            conn.cursor("named").execute(query)


def test_query_with_a_lone_surrogate(cur):
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        cur.execute("select '\ud800'")


def test_query_of_bytes_not_in_the_encoding(cur):
    with pytest.raises(psycopg2.DataError, match="0xff"):
        cur.execute(b"select '\xff'")


@pytest.mark.parametrize(
    "args, kwargs",
    [((), {}), (("select 1", None, None), {}), ((), {"sql": "select 1"}), ((), {"vars": ()})],
)
def test_execute_refuses_other_arguments(cur, args, kwargs):
    with pytest.raises(TypeError):
        cur.execute(*args, **kwargs)


def test_execute_takes_its_arguments_by_name(cur):
    cur.execute(query="select %(x)s", vars={"x": 1})
    assert cur.fetchone() == (1,)
    assert cur.mogrify(query="%s", vars=(1,)) == b"1"
    cur.executemany(query="select %s", vars_list=[(1,)])


# Parameters that are no plain tuple or dict


class Keyed:
    """A mapping that is no dict."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, key):
        return self.values[key]


class Raising:
    def __getitem__(self, key):
        raise RuntimeError("mine")

    def __len__(self):
        return 1


def test_parameters_may_be_any_mapping(cur):
    cur.execute("select %(a)s, %(b)s, %(a)s", Keyed({"a": 1, "b": "x"}))
    assert cur.fetchone() == (1, "x", 1)


def test_parameters_mapping_error_comes_through(bind):
    with pytest.raises(RuntimeError, match="mine"):
        bind("select %(a)s", Raising())


def test_parameters_named_are_asked_once_each(cur):
    asked = []

    class Asked(dict):
        def __getitem__(self, key):
            asked.append(key)
            return super().__getitem__(key)

    cur.execute("select %(a)s, %(b)s, %(a)s", Asked(a=1, b=2))
    assert cur.fetchone() == (1, 2, 1)
    assert sorted(set(asked)) == ["a", "b"]


@pytest.mark.parametrize("args", [None, (), [], {}])
def test_percent_doubles_only_where_parameters_are_given(cur, args):
    wanted = b"select '%%'" if args is None else b"select '%'"
    assert cur.mogrify("select '%%'", args) == wanted
    cur.execute("select '%%'", args)
    assert cur.fetchone() == (wanted[8:-1].decode(),)


def test_percent_without_parameters_is_left_alone(cur):
    cur.execute("select 5 % 3, '%s', '%(a)s'")
    assert cur.fetchone() == (2, "%s", "%(a)s")


# An adapter that raises or returns nonsense


class Adapted:
    def __init__(self, quoted):
        self.quoted = quoted

    def __conform__(self, protocol):
        return self

    def getquoted(self):
        if isinstance(self.quoted, BaseException):
            raise self.quoted
        return self.quoted


@pytest.mark.parametrize("error", [RuntimeError("mine"), psycopg2.DataError("mine"), SystemExit(3)])
def test_adapter_error_comes_through(bind, error):
    with pytest.raises(type(error)) as caught:
        bind("select %s", (Adapted(error),))
    assert caught.value is error


@pytest.mark.parametrize("quoted", [5, None, [b"x"], object()])
def test_adapter_returns_nonsense(bind, quoted):
    with pytest.raises((TypeError, ValueError, psycopg2.ProgrammingError)):
        bind("select %s", (Adapted(quoted),))


def test_adapter_error_in_prepare_comes_through(bind):
    class Prepared(Adapted):
        def prepare(self, conn):
            raise RuntimeError("not prepared")

    with pytest.raises(RuntimeError, match="not prepared"):
        bind("select %s", (Prepared(b"1"),))


def test_adapter_that_closes_the_connection(conn, cur):
    class Closing(Adapted):
        def getquoted(self):
            conn.close()
            return b"1"

    with pytest.raises(psycopg2.Error):
        cur.execute("select %s", (Closing(b"1"),))
    assert conn.closed == 1


def test_adapter_that_executes_on_the_same_cursor(cur):
    class Nested(Adapted):
        def getquoted(self):
            cur.execute("select 7")
            return str(cur.fetchone()[0]).encode()

    cur.execute("select %s, 8", (Nested(b""),))
    assert cur.fetchone() == (7, 8)


# A typecaster that raises or returns nonsense


@pytest.mark.parametrize("style", ["postgres", "postgres_verbose", "sql_standard", "iso_8601"])
def test_intervals_keep_the_signs_of_their_parts(cur, style):
    spans = [dt.timedelta(-3, 5, 7), dt.timedelta(-1), dt.timedelta(2, 3), dt.timedelta(-1, 86399)]
    cur.execute("set intervalstyle to " + style)
    cur.execute("select %s", (spans,))
    assert cur.fetchone() == (spans,)
    cur.execute("create temp table spans (v interval)")
    for span in spans:
        cur.execute("insert into spans values (%s)", (span,))
    cur.executemany("insert into spans values (%s)", [(span,) for span in spans])
    extras.execute_values(cur, "insert into spans values %s", [(span,) for span in spans])
    cur.execute("select v from spans")
    assert [row[0] for row in cur] == spans * 3


def test_interval_without_a_connection_is_as_in_the_original():
    assert (
        extensions.adapt(dt.timedelta(-1, 2)).getquoted() == b"'-1 days 2.000000 seconds'::interval"
    )


def test_caster_error_comes_through(cur):
    def fail(value, cursor):
        raise RuntimeError(f"cannot cast {value}")

    extensions.register_type(extensions.new_type((23,), "FAIL", fail), cur)
    cur.execute("select 1, 2")
    for fetch in (cur.fetchone, cur.fetchall, lambda: next(cur)):
        cur.execute("select 1, 2")
        with pytest.raises(RuntimeError, match="cannot cast 1"):
            fetch()
    cur.execute("select 'x'")
    assert cur.fetchone() == ("x",)


def test_caster_may_return_anything(cur):
    marker = object()
    extensions.register_type(extensions.new_type((23,), "ANY", lambda v, c: marker), cur)
    cur.execute("select 1, null::int")
    assert cur.fetchone() == (marker, marker)


def test_caster_that_closes_the_cursor_or_connection(connect):
    # The original gives rows with holes.
    for what in ("cursor", "connection"):
        conn = connect()
        cur = conn.cursor()
        to_close = {"cursor": cur, "connection": conn}[what]

        def close(value, cursor, to_close=to_close):
            to_close.close()
            return value

        extensions.register_type(extensions.new_type((23,), "CLOSE", close), cur)
        cur.execute("select g, g from generate_series(1, 3) g")
        try:
            rows = cur.fetchall()
        except psycopg2.InterfaceError:
            rows = []  # also right: the rows are gone
        assert set(rows) <= {("1", "1"), ("2", "2"), ("3", "3")}
        assert cur.closed is True


def test_caster_that_executes_on_the_same_cursor(cur):
    # The original crashes.
    def execute(value, cursor):
        cursor.execute("select 'other'")
        return value

    extensions.register_type(extensions.new_type((23,), "EXECUTE", execute), cur)
    cur.execute("select g, g from generate_series(1, 3) g")
    try:
        cur.fetchall()
    except psycopg2.Error:
        pass  # which rows come is not promised, that nothing breaks is
    cur.execute("select 'x'")
    assert cur.fetchone() == ("x",)
