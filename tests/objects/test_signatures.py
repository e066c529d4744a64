"""What inspect.signature() and help() show of the C code is what it takes."""

import inspect
import pydoc
import re
import sys
import types

import pytest

from psycopg2 import _psycopg, extensions, extras

# what Python's syntax, or inspect, has no words for; their docstrings open with the signature
UNTOLD = {
    "adapt": "the default is a class",
    "connection.lobject": "the default of lobject_factory is a class",
    "connection.tpc_commit": "xid has no default, not even None",
    "connection.tpc_rollback": "xid has no default, not even None",
    "RealDictRow.pop": "default has no default",
}
ASYNC = {"_connect", "connection", "ReplicationConnection"}  # which take it as async, too
NOT_MADE = {"RowStream", "type"}  # by calling their classes
METHODS = (types.MethodDescriptorType, types.ClassMethodDescriptorType)
Kind = inspect.Parameter
VARIADIC = (Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD)
POSITIONAL = (Kind.POSITIONAL_ONLY, *VARIADIC)


def callables():
    """Yield each name of a function, a class or a method that the C code defines, with it."""
    for name, value in vars(_psycopg).items():
        if isinstance(value, types.BuiltinFunctionType):
            yield name, value
        elif isinstance(value, type):
            if name not in NOT_MADE and not issubclass(value, BaseException):
                yield name, value
            for leaf, member in vars(value).items():
                if isinstance(member, METHODS):
                    yield f"{name}.{leaf}", getattr(value, leaf)


def is_told(name, value):
    """Whether there is a signature: Python 3.9 drops those of classes made from a spec."""
    dropped = isinstance(value, type) and sys.version_info < (3, 10)
    return name not in UNTOLD and not dropped


CALLABLES = dict(callables())
TOLD = [name for name, value in CALLABLES.items() if is_told(name, value)]


@pytest.fixture
def bound(connect, dsn):
    """A function that returns a callable by its name; of methods, that of an object."""

    def replication_cursor():
        kind = extras.LogicalReplicationConnection
        return connect(dsn, connection_factory=kind).cursor()

    makers = {
        "connection": connect,
        "cursor": lambda: connect().cursor(),
        "lobject": lambda: connect().lobject(),
        "ConnectionInfo": lambda: connect().info,
        "Column": _psycopg.Column,
        "RealDictRow": _psycopg.RealDictRow,
        "Error": _psycopg.Error,
        "List": lambda: _psycopg.List([]),
        "ReplicationCursor": replication_cursor,
        "RowStream": lambda: connect().cursor().stream("select 1"),
        "Xid": lambda: extensions.Xid(1, "a", "b"),
    }

    def find(name):
        kind, _, leaf = name.partition(".")
        if not leaf:
            return CALLABLES[name]
        make = makers.get(kind) or (lambda: getattr(_psycopg, kind)(b""))
        return getattr(make(), leaf)

    return find


class Anything(str):
    """What most arguments can be, so that their names are looked at too."""

    def __index__(self):
        return 0


def complaint(function, **kwargs):
    """Call a function; return what its TypeError says, or nothing."""
    try:
        function(**kwargs)
    except TypeError as e:
        return str(e)
    except Exception:
        return ""  # of the values, which come after the names
    return ""


def parameters_of(name):
    parameters = inspect.signature(CALLABLES[name]).parameters.values()
    return [p for p in parameters if p.name != "self"]


def test_signatures_are_all_there():
    assert len(CALLABLES) > 100
    untold = set()
    for name, value in CALLABLES.items():
        try:
            inspect.signature(value)
        except ValueError:
            untold.add(name)
    assert untold == CALLABLES.keys() - set(TOLD)


@pytest.mark.parametrize("name", UNTOLD)
def test_signatures_that_cannot_be_told_open_the_docstring(name):
    assert CALLABLES[name].__doc__.startswith(f"{name.rpartition('.')[2]}(")


@pytest.mark.parametrize("name", TOLD)
def test_signatures_name_the_keywords_that_are_taken(name, bound):
    parameters = parameters_of(name)
    by_name = {p.name: Anything("x") for p in parameters if p.kind not in POSITIONAL}
    if len(by_name) < len(parameters):
        return
    function = bound(name)
    assert "argument" in complaint(function, **by_name, nonesuch=1)
    if by_name:
        told = complaint(function, **by_name)
        assert not re.search("keyword|missing|unexpected", told), told


@pytest.mark.parametrize("name", TOLD)
def test_signatures_name_the_positional_arguments_alone(name, bound):
    function = bound(name)
    for parameter in parameters_of(name):
        if parameter.kind is parameter.POSITIONAL_ONLY:
            assert "keyword" in complaint(function, **{parameter.name: Anything("x")})


@pytest.mark.parametrize("name", TOLD)
def test_signatures_count_the_positional_arguments(name, bound):
    parameters = parameters_of(name)
    if any(p.kind in VARIADIC for p in parameters):
        return
    function = bound(name)
    positional = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    with pytest.raises(TypeError, match="argument"):
        function(*[Anything("x")] * (len(positional) + 1 + (name in ASYNC)))
    required = [p for p in positional if p.default is p.empty]
    if required:
        with pytest.raises(TypeError, match="argument"):
            function(*[Anything("x")] * (len(required) - 1))


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("cursor.copy_from", {"sep": "\t", "null": "\\N", "size": 8192, "columns": None}),
        ("cursor.copy_to", {"sep": "\t", "null": "\\N", "columns": None}),
        ("cursor.fetchmany", {"size": None}),
        ("cursor.stream", {"vars": None, "size": 100}),
        ("lobject.read", {"size": -1}),
        ("NoneAdapter.getquoted", {"_null": b"NULL"}),
    ],
)
def test_signatures_have_the_defaults(name, defaults):
    parameters = inspect.signature(CALLABLES[name]).parameters
    assert {key: parameters[key].default for key in defaults} == defaults


@pytest.mark.parametrize("name", ["cursor.execute", "connection.cursor", "parse_dsn"])
def test_signatures_are_shown_once_by_help(name):
    leaf = name.rpartition(".")[2]
    assert pydoc.plain(pydoc.render_doc(CALLABLES[name])).count(f"{leaf}(") == 1
