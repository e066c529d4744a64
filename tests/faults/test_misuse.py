"""Every type, made or half made, meets every operation with every kind of argument.

Nothing may crash, hang, or raise SystemError, which is Python's word for a mistake in C.
"""

import contextlib
import copy
import io
import operator
import pickle
import sys

import pytest

import psycopg2
from psycopg2 import _psycopg, extensions


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Some of the arguments are names of files to write."""
    monkeypatch.chdir(tmp_path)


def find_types():
    """All types of the extension, those that only their objects lead to included."""
    found = {v for v in vars(_psycopg).values() if isinstance(v, type)}
    found |= {type(v) for v in vars(_psycopg).values() if type(v).__module__.startswith("psycopg2")}
    found |= {type(extensions.adapters), type(extensions.adapt([])), type(psycopg2.Date(1, 1, 1))}
    return sorted(found, key=lambda t: t.__qualname__)


TYPES = find_types()

JUNK = [
    (),
    (None,),
    (0,),
    (-1,),
    (2**70,),
    (1.5,),
    ("",),
    ("x",),
    ("\0",),
    ("\ud800",),
    (b"\xff",),
    ([],),
    ({},),
    (object(),),
    (int,),
    ("select 1", ("x",)),
    (1, 2),
    ("a", "b", "c"),
    (None, None, None, None),
]

OPERATIONS = [
    repr,
    str,
    bytes,
    bool,
    len,
    hash,
    iter,
    list,
    int,
    dir,
    copy.copy,
    copy.deepcopy,
    pickle.dumps,
    reversed,
    next,
    operator.index,
    lambda x: x == x,
    lambda x: x == 5,
    lambda x: x < x,
    lambda x: x[0],
    lambda x: x["x"],
    lambda x: x[:],
    lambda x: x + x,
    lambda x: x * 2,
    lambda x: x | x,
    lambda x: 5 in x,
    lambda x: x(),
    lambda x: x(1, 2),
    lambda x: x.__enter__(),
    lambda x: x.__exit__(None, None, None),
    lambda x: x.__sizeof__(),
    lambda x: x.__reduce_ex__(2),
    lambda x: x.__init__(),
    lambda x: x.__init__(1, 2, 3),
    lambda x: x.__setstate__(()),
    lambda x: x.__setstate__((1,) * 20),
    lambda x: x.__setstate__({5: 5}),
]

# What would end the test rather than tell something: a server that is left, methods of object.
LEFT_OUT = {"__class__", "__subclasshook__", "__init_subclass__", "__new__", "__del__", "close"}


def attempt(function, *args):
    """Call something; that it raises is fine, except for one exception."""
    try:
        return function(*args)
    except SystemError as e:
        pytest.fail(f"{function}{args}: {e!r}")
    except Exception:
        return None


def handle(thing):
    """Do to an object all that can be done."""
    for operation in OPERATIONS:
        attempt(operation, thing)
    for name in dir(type(thing)):
        if name in LEFT_OUT:
            continue
        value = attempt(getattr, thing, name)
        for junk in (None, 5, "x", [], {}, object()):
            attempt(setattr, thing, name, junk)
        attempt(delattr, thing, name)
        attempt(getattr, thing, name)
        if callable(value):
            for args in JUNK:
                attempt(value, *args)
            attempt(lambda value=value: value(nosuch=1))


def made_by_new(cls):
    with contextlib.suppress(TypeError):  # typecasters are made by functions
        return cls.__new__(cls)


@pytest.mark.parametrize("cls", TYPES, ids=lambda t: t.__qualname__)
def test_misuse_without_init(cls, registries):
    thing = made_by_new(cls)
    if thing is not None:
        handle(thing)


@pytest.mark.parametrize("cls", TYPES, ids=lambda t: t.__qualname__)
def test_misuse_of_a_subclass_without_init(cls, registries):
    try:
        sub = type("Sub", (cls,), {"__init__": lambda self, *args, **kwargs: None})
    except TypeError:
        return  # a type that is not for subclassing
    for args in JUNK:
        thing = attempt(sub, *args)
        if thing is not None:
            break
    if thing is not None:
        handle(thing)


@pytest.mark.parametrize("cls", TYPES, ids=lambda t: t.__qualname__)
def test_misuse_of_the_constructor(cls, registries):
    for args in JUNK:
        thing = attempt(cls, *args)
        if isinstance(thing, cls):
            for again in JUNK:
                attempt(thing.__init__, *again)
    attempt(lambda: cls(nosuch=1))
    attempt(lambda: cls.__init__(object()))


def live(name, conn):
    cur = conn.cursor()
    cur.execute("select 1 as a, now(), '{1}'::int[] from generate_series(1, 3)")
    return {
        "connection": lambda: conn,
        "cursor": lambda: cur,
        "named cursor": lambda: conn.cursor("named"),
        "column": lambda: cur.description[0],
        "info": lambda: conn.info,
        "lobject": conn.lobject,
        "xid": lambda: conn.xid(1, "a", "b"),
        "notify": lambda: extensions.Notify(1, "a"),
        "error": lambda: attempt_error(cur),
        "diag": lambda: attempt_error(cur).diag,
        "caster": lambda: extensions.new_type((1,), "x", lambda v, c: v),
        "array caster": lambda: extensions.new_array_type((1,), "x", extensions.INTEGER),
        "adapter of text": lambda: extensions.QuotedString("x"),
        "adapter of a list": lambda: extensions.adapt([1]),
        "adapter of a date": lambda: psycopg2.Date(2020, 1, 1),
    }[name]()


def attempt_error(cur):
    try:
        cur.execute("selec")
    except psycopg2.Error as e:
        return e


LIVE = ["connection", "cursor", "named cursor", "column", "info", "lobject", "xid", "notify"]
LIVE += ["error", "diag", "caster", "array caster"]
LIVE += ["adapter of text", "adapter of a list", "adapter of a date"]


@pytest.mark.parametrize("name", LIVE)
def test_misuse_of_what_lives(connect, name, registries):
    conn = connect()
    handle(live(name, conn))
    with contextlib.suppress(psycopg2.Error):
        conn.rollback()


@pytest.mark.parametrize("name", LIVE)
def test_misuse_of_what_is_closed(connect, name, registries):
    conn = connect()
    thing = live(name, conn)
    conn.close()
    handle(thing)


FUNCTIONS = sorted(
    name
    for name, value in vars(_psycopg).items()
    if callable(value) and not isinstance(value, type) and name != "set_wait_callback"
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_misuse_of_functions(conn, cur, name, registries):
    function = getattr(_psycopg, name)
    for args in [*JUNK, (conn,), (cur,), ("x", conn), (5, cur), (conn, conn)]:
        if name == "_connect" and args and args[0] != "x":
            continue  # the server that is by default there
        attempt(function, *args)
    attempt(lambda: function(nosuch=1))


@pytest.mark.parametrize("size", [sys.maxsize, 2**31, -1, 0])
def test_misuse_of_sizes(conn, cur, size):
    cur.execute("select generate_series(1, 3)")
    for call in (
        lambda: cur.fetchmany(size),
        lambda: cur.copy_from(io.StringIO("x"), "nosuch", size=size),
        lambda: conn.lobject(0, "w").read(size),
        lambda: conn.lobject(0, "w").seek(size),
        lambda: conn.lobject(0, "w").truncate(size),
    ):
        attempt(call)
        with contextlib.suppress(psycopg2.Error):
            conn.rollback()
    cur.execute("select 1")
    assert cur.fetchall() == [(1,)]
