"""The text of a query: which placeholders there are, and what is said of the bad ones."""

import collections
import collections.abc
import types

import pytest
from fix_faker import through_server
from hypothesis import given
from hypothesis import strategies as st

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import AsIs

SPECS = ["d", "i", "r", "f", "x", "c", "S", "b", "u", "5s", "-5s", ".2s", "05s", "*s"]
SPECS += ["ls", "hs", "#s", "+s"]


class ByName:
    """Not a mapping, but it can be asked for a name."""

    def __getitem__(self, key):
        return f"got {key}"


class Missing(dict):
    def __missing__(self, key):
        return key + "?"


class Sequence(collections.abc.Sequence):
    def __init__(self, *items):
        self.items = items

    def __getitem__(self, index):
        return self.items[index]

    def __len__(self):
        return len(self.items)


class Raises(dict):
    def __getitem__(self, key):
        raise ZeroDivisionError("boom")


@pytest.fixture(params=["str", "bytes", "sql"])
def text(request):
    """The ways to give a query: str, bytes, a Composable."""
    return {"str": str, "bytes": lambda s: s.encode(), "sql": sql.SQL}[request.param]


@pytest.mark.parametrize(
    "query, args, wanted",
    [
        ("select 1", None, "select 1"),
        ("select %s", None, "select %s"),
        ("select %%", None, "select %%"),
        ("select %%", (), "select %"),
        ("select %%", [], "select %"),
        ("select %%", {}, "select %"),
        ("select %s", (1,), "select 1"),
        ("select %s", [1], "select 1"),
        ("select %s", range(1), "select 0"),
        ("select %s", "a", "select 'a'"),
        ("%s, %s", "ab", "'a', 'b'"),
        ("%s", b"a", "97"),
        ("%s%s", (1, 2), "12"),
        ("%s %s", Sequence(1, 2), "1 2"),
        ("%s %s", collections.UserList([1, 2]), "1 2"),
        ("%s %s", collections.namedtuple("NT", "a b")(1, "x"), "1 'x'"),
        ("%(a)s", {"a": 1}, "1"),
        ("%(a)s", {"a": 1, "b": object()}, "1"),
        ("%(a)s %(a)s %(b)s", {"a": 1, "b": "x'"}, "1 1 'x'''"),
        ("%(a)s", collections.UserDict(a=1), "1"),
        ("%(a)s", types.MappingProxyType({"a": 1}), "1"),
        ("%(a)s", collections.ChainMap({"a": 1}), "1"),
        ("%(a)s", collections.OrderedDict(a=1), "1"),
        ("%(a)s", Missing(), "'a?'"),
        ("%(a)s", ByName(), "'got a'"),
        ("%()s", {"": 1}, "1"),
        ("%(a b)s", {"a b": 1}, "1"),
        ("%(1)s", {"1": 1}, "1"),
        ("%(日本 é)s", {"日本 é": 1}, "1"),
        ("%(a)s %%", {"a": 1}, "1 %"),
        ("%%s", (), "%s"),
        ("%%s", (1,), "%s"),
        ("%%%s", (1,), "%1"),
        ("%%%%", (1,), "%%"),
        ("%%%%%s", (1,), "%%1"),
        ("%s%%s", (1,), "1%s"),
        ("%s%%(a)s", (1,), "1%(a)s"),
        ("'%s' \"%s\" -- %s", (1, 2, 3), "'1' \"2\" -- 3"),
        ("like '%%a' and %s", (1,), "like '%a' and 1"),
        ("%s é 日本 😀", (1,), "1 é 日本 😀"),
        ("%s", ("%s %(a)s %%",), "'%s %(a)s %%'"),
        # arguments nobody asks for are not looked at
        ("select 1", (1,), "select 1"),
        ("select 1", {"a": 1}, "select 1"),
        ("select 1", [object()], "select 1"),
        ("1", 5, "1"),
        ("1", "abc", "1"),
    ],
)
def test_placeholder_is_replaced(cur, text, query, args, wanted):
    assert cur.mogrify(text(query), args) == wanted.encode()


@pytest.mark.parametrize(
    "query, args, cls, message",
    [
        ("%s", (), IndexError, "out of range"),
        ("%s", [], IndexError, "out of range"),
        ("%s", "", IndexError, "out of range"),
        ("%s, %s", (1,), IndexError, "out of range"),
        ("%s%s%s", (1, 2), IndexError, "out of range"),
        ("%s", (1, 2), TypeError, "not all arguments converted"),
        ("%s", "ab", TypeError, "not all arguments converted"),
        ("%s %%", (1, 2, 3), TypeError, "not all arguments converted"),
        ("%s", {}, TypeError, "dict is not a sequence"),
        ("%s", {"a": 1}, TypeError, "dict is not a sequence"),
        ("%s %(a)s", {"a": 1}, TypeError, "dict is not a sequence"),
        ("%s", 5, TypeError, "'int' object does not support indexing"),
        ("%s", 0, TypeError, "'int' object does not support indexing"),
        ("%s", False, TypeError, "'bool' object does not support indexing"),
        ("%s", {1}, TypeError, "'set' object does not support indexing"),
        ("%s", iter([1]), TypeError, "'list_iterator' object does not support indexing"),
        ("%s", (x for x in [1]), TypeError, "'generator' object does not support indexing"),
        ("%(a)s", {}, KeyError, "a"),
        ("%(a)s", {"b": 1}, KeyError, "a"),
        ("%(a)s", {b"a": 1}, KeyError, "a"),
        ("%(1)s", {1: 1}, KeyError, "1"),
        ("%(a)s %(b)s %(c)s", {"a": 1, "c": 2}, KeyError, "b"),
        ("%(a(b)c)s", {"a(b)c": 1, "a(b": 2}, KeyError, r"a\(b\)c"),
        ("%(日本)s", {}, KeyError, "日本"),
        ("%(a)s", (1,), TypeError, "tuple indices must be integers"),
        ("%(a)s", [1], TypeError, "list indices must be integers"),
        ("%(a)s", "abc", TypeError, "string indices must be integers"),
        ("%(a)s", 5, TypeError, "'int' object is not subscriptable"),
        ("%(a)s", Raises(a=1), ZeroDivisionError, "boom"),
        ("%(a)s %s", {"a": 1}, psycopg2.ProgrammingError, "argument formats can't be mixed"),
        ("%s %(a)s", (1,), psycopg2.ProgrammingError, "argument formats can't be mixed"),
        ("%(a", {"a": 1}, psycopg2.ProgrammingError, r"incomplete placeholder: '%\(' without '\)'"),
        ("%(a%b)s", {"a%b": 1}, psycopg2.ProgrammingError, "incomplete placeholder"),
        ("%(a)", {"a": 1}, ValueError, "incomplete format"),
        ("%", (1,), ValueError, "incomplete format"),
        ("%(a))s", {"a": 1}, ValueError, r"unsupported format character '\)' \(0x29\)"),
        ("like 'a%' and 1", (1,), ValueError, "unsupported format character"),
        # the original asks for the argument first, and may say that its index is out of range
        ("like '%a' and %s", (1,), (ValueError, IndexError), "format|out of range"),
        ("%s %", (1,), (ValueError, IndexError), "format|out of range"),
        # the original has an OverflowError, "character argument not in range(0x110000)"
        ("%é", (1,), ValueError, "unsupported format character"),
        ("%日", (1,), ValueError, "unsupported format character"),
    ]
    + [
        (f"%{spec}", (1,), ValueError, "unsupported format character")
        for spec in [
            "d",
            "i",
            "r",
            "f",
            "x",
            "c",
            "S",
            "b",
            "u",
            "5s",
            "-5s",
            ".2s",
            "05s",
            "*s",
            "ls",
            "hs",
            "#s",
            "+s",
        ]
    ]
    + [
        (f"%(a){spec}", {"a": 1}, ValueError, "unsupported format character")
        for spec in ("d", "5s", "-10s", ".1s")
    ]
    + [("% s", (1,), ValueError, r"unsupported format character ' ' \(0x20\) at index 1")],
)
def test_placeholder_refuses(conn, cur, query, args, cls, message):
    with pytest.raises(cls, match=message):
        cur.execute(query, args)
    # it never went to the server, so no transaction has begun
    assert conn.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE
    cur.execute("select %s", (1,))
    assert cur.fetchone() == (1,)


def test_placeholder_position_needs_a_sequence(cur):
    # the original fails with a SystemError
    with pytest.raises(TypeError):
        cur.mogrify("%s", ByName())


@pytest.mark.parametrize(
    "query", [5, bytearray(b"%s"), memoryview(b"%s"), object(), 1.5, (b"a",), {"a": 1}]
)
@pytest.mark.parametrize("method", ["execute", "mogrify"])
def test_query_of_another_type_is_refused(cur, method, query):
    with pytest.raises(TypeError, match="argument 1 must be a string or unicode object"):
        getattr(cur, method)(query, (1,))


@pytest.mark.parametrize("query", ["", " ", ";", b"", None])
def test_query_that_is_empty_is_refused(cur, query):
    with pytest.raises(psycopg2.ProgrammingError, match="can't execute an empty query"):
        cur.execute(query)


@pytest.mark.parametrize("query", ["select 1\0", b"select 1\0", "select '\0', %s", "\0"])
@pytest.mark.parametrize("args", [None, (1,)])
def test_query_with_nul_is_refused(conn, cur, query, args):
    # the original sends what stands before the NUL
    with pytest.raises((ValueError, psycopg2.ProgrammingError), match="NUL"):
        cur.execute(query, args)
    assert conn.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("args", [None, (1,)])
def test_query_with_a_surrogate_is_refused(cur, args):
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        cur.execute("select '\ud800' || %s", args)


def test_query_of_bytes_is_sent_as_it_is(conn, cur):
    conn.set_client_encoding("latin1")
    assert cur.mogrify(b"\xff\xfe %s", ("é",)) == b"\xff\xfe '\xe9'"
    cur.execute(b"select '\xe9', %s", ("é",))
    assert cur.fetchone() == ("é", "é")


def test_query_and_name_in_the_client_encoding(conn, cur):
    conn.set_client_encoding("latin1")
    # the original cannot look for a name that is not ASCII in this encoding
    assert cur.mogrify("é %(é)s", {"é": "é"}) == b"\xe9 '\xe9'"
    assert cur.mogrify("é %s", ("é",)) == b"\xe9 '\xe9'"
    with pytest.raises(UnicodeEncodeError, match="can't encode character"):
        cur.mogrify("日")


@pytest.mark.parametrize(
    "query, args, wanted",
    [
        (
            sql.SQL("{} {}").format(sql.Identifier('a"b'), sql.Placeholder()),
            ("x",),
            b'"a""b" \'x\'',
        ),
        (sql.SQL("{} %s").format(sql.Literal("a'")), (1,), b"'a''' 1"),
        (sql.SQL("%s"), None, b"%s"),
    ],
)
def test_query_may_be_composed(cur, query, args, wanted):
    assert cur.mogrify(query, args) == wanted


def test_placeholder_adapts_a_name_once_and_asks_each_time(cur):
    asked, adapted = [], []

    class Args(dict):
        def __getitem__(self, key):
            asked.append(key)
            return super().__getitem__(key)

    class Value:
        def __conform__(self, protocol):
            adapted.append(protocol)
            return AsIs("v")

    assert cur.mogrify("%(a)s %(a)s", Args(a=Value())) == b"v v"
    assert asked and set(asked) == {"a"}
    assert len(adapted) == 1


@pytest.mark.parametrize("many", [1000, 20000])
@pytest.mark.parametrize("named", [False, True])
def test_placeholder_many(cur, many, named):
    if named:
        query = ",".join(f"%(a{i})s" for i in range(many))
        args = {f"a{i}": f"v{i}" for i in range(many)}
    else:
        query, args = ",".join(["%s"] * many), [f"v{i}" for i in range(many)]
    assert cur.mogrify(query, args) == ",".join(f"'v{i}'" for i in range(many)).encode()


def test_mogrify_arguments(cur):
    assert cur.mogrify(query="%s", vars=(1,)) == b"1"
    with pytest.raises(TypeError, match="query"):
        cur.mogrify()
    with pytest.raises(TypeError):
        cur.mogrify("a", (1,), 3)
    with pytest.raises(TypeError):
        cur.mogrify("%s", parameters=(1,))
    cur.execute(query="select %s", vars=(1,))
    assert cur.fetchone() == (1,)


def test_mogrify_asks_nothing_of_the_server(conn, cur):
    cur.mogrify("select %s", (1,))
    assert conn.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.parametrize("rows", [[(1,), (2, 3)], [(1,), ()], [(1,), 5], [(1,), {"a": 1}]])
def test_executemany_stops_at_bad_arguments(conn, cur, rows):
    cur.execute("create temp table many (x int)")
    conn.commit()
    with pytest.raises((TypeError, IndexError)):
        cur.executemany("insert into many values (%s)", rows)
    cur.execute("select x from many")
    assert cur.fetchall() == [(1,)]


@pytest.mark.parametrize("rows", [5, None])
def test_executemany_needs_an_iterable(cur, rows):
    with pytest.raises(TypeError, match="not iterable|iterator"):
        cur.executemany("select %s", rows)


def test_arguments_may_change_while_they_are_adapted(cur):
    """The list and the dict belong to the caller, whose adapter may empty them."""

    class Clears:
        def __init__(self, of):
            self.of = of

        def __conform__(self, protocol):
            self.of.clear()
            return AsIs("gone")

    args = []
    args.extend([Clears(args), "b" * 1000])
    with pytest.raises(IndexError):
        cur.mogrify("%s %s", args)
    named = {}
    named.update(a=Clears(named), b="b")
    with pytest.raises(KeyError):
        cur.mogrify("%(a)s %(b)s", named)


@through_server
@given(
    st.lists(st.sampled_from(["%s", "%%", "%(a)s", "%", "(", ")", "a", "é", "'", "s", "%("])),
    st.sampled_from([None, (), (1,), (1, 2, 3), {}, {"a": "x"}, [None] * 5]),
)
def test_placeholder_garbage_ends(cur, parts, args):
    """It is written as Python's own % would, or it is refused."""
    query = "-" + "".join(parts)
    try:
        got = cur.mogrify(query, args)
    except (ValueError, TypeError, LookupError, psycopg2.ProgrammingError):
        assert args is not None
        return
    if args is None:
        assert got == query.encode()
        return
    quoted = {1: "1", 2: "2", 3: "3", None: "NULL", "x": "'x'"}
    if isinstance(args, dict):
        args = {key: quoted[value] for key, value in args.items()}
    else:
        args = tuple(quoted[value] for value in args)
    if "%" not in query.replace("%%", ""):
        args = ()  # nothing asks for them, which is not refused
    assert got == (query % args).encode()
