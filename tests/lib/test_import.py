"""What importing the package brings with it, and what its modules hold."""

import importlib
import pickle
import subprocess
import sys

import pytest

import psycopg2
from psycopg2 import extensions, extras

MODULES = ["extensions", "extras", "errors", "errorcodes", "pool", "sql", "tz"]


def loaded_by(statement):
    """The modules that a fresh interpreter has after *statement*, and not without it."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(out.stdout.split())


@pytest.mark.parametrize("module", ["psycopg2", "psycopg2.extensions", "psycopg2.errorcodes"])
def test_import_is_light(module):
    heavy = {"json", "ipaddress", "logging", "re", "typing", "asyncio", "psycopg2.extras"}
    assert loaded_by(f"import {module}") & heavy == set()


def test_import_of_extras_is_light():
    heavy = {"json", "ipaddress", "logging", "typing", "asyncio"}
    assert loaded_by("import psycopg2.extras") & heavy == set()


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_there(name):
    module = importlib.import_module(f"psycopg2.{name}")
    assert module.__doc__
    for public in getattr(module, "__all__", []):
        assert hasattr(module, public)


def test_dbapi_names():
    assert (psycopg2.apilevel, psycopg2.threadsafety, psycopg2.paramstyle) == ("2.0", 2, "pyformat")
    assert psycopg2.__version__.endswith(" (dt dec pq3 ext lo64)")
    assert psycopg2.__libpq_version__ >= 140000


@pytest.mark.parametrize(
    "name, value",
    [
        ("ISOLATION_LEVEL_AUTOCOMMIT", 0),
        ("ISOLATION_LEVEL_READ_UNCOMMITTED", 4),
        ("ISOLATION_LEVEL_READ_COMMITTED", 1),
        ("ISOLATION_LEVEL_REPEATABLE_READ", 2),
        ("ISOLATION_LEVEL_SERIALIZABLE", 3),
        ("ISOLATION_LEVEL_DEFAULT", None),
        ("STATUS_SETUP", 0),
        ("STATUS_READY", 1),
        ("STATUS_BEGIN", 2),
        ("STATUS_IN_TRANSACTION", 2),
        ("STATUS_SYNC", 3),
        ("STATUS_ASYNC", 4),
        ("STATUS_PREPARED", 5),
        ("POLL_OK", 0),
        ("POLL_READ", 1),
        ("POLL_WRITE", 2),
        ("POLL_ERROR", 3),
        ("TRANSACTION_STATUS_IDLE", 0),
        ("TRANSACTION_STATUS_ACTIVE", 1),
        ("TRANSACTION_STATUS_INTRANS", 2),
        ("TRANSACTION_STATUS_INERROR", 3),
        ("TRANSACTION_STATUS_UNKNOWN", 4),
    ],
)
def test_constants(name, value):
    assert getattr(extensions, name) == value


OF_EXTRAS = set(extras.__all__) - {"REPLICATION_LOGICAL", "REPLICATION_PHYSICAL"}


@pytest.mark.parametrize("name", sorted(OF_EXTRAS - {"ReplicationMessage"}))
def test_extras_are_pickled_by_their_public_name(name):
    obj = getattr(extras, name)
    assert pickle.loads(pickle.dumps(obj)) is obj
    assert obj.__module__ in ("psycopg2.extras", "psycopg2._range", "psycopg2._json")


@pytest.mark.parametrize("callable_", [5, None, "x"])
def test_register_adapter_needs_a_callable(callable_):
    with pytest.raises(TypeError, match="must be callable"):
        extensions.register_adapter(object, callable_)


def test_tuples_and_none_have_adapters():
    assert extensions.adapters[tuple, extensions.ISQLQuote] is extensions.SQL_IN
    assert extensions.adapters[type(None), extensions.ISQLQuote] is extensions.NoneAdapter
    assert extensions.SQL_IN((1, "a", None)).getquoted() == b"(1, 'a', NULL)"
    assert extensions.NoneAdapter(None).getquoted() == b"NULL"


def test_documented_encodings_are_there():
    for name in (
        "UTF8",
        "UNICODE",
        "LATIN1",
        "SQL_ASCII",
        "SQLASCII",
        "EUC_JP",
        "EUCJP",
        "WIN1252",
    ):
        "".encode(extensions.encodings[name])
