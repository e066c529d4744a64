"""Every public name has a docstring fit for help() and for the reference.

That each has an entry there is looked at when the documentation is built: see doc/src/reference.py.
"""

from __future__ import annotations

import datetime
import inspect
import re
import sys

import pytest
from public_names import MODULES, Public, missing_names, public_names

import psycopg2
from psycopg2 import _psycopg

PUBLIC = list(public_names())
PLAIN = (int, str, dict, datetime.timedelta, type(None))  # what has no docstring of its own
Typecaster = type(psycopg2.STRING)


def text_signature(public: Public) -> str:
    """The first line of most docstrings of C code, which Python keeps apart for inspect."""
    return getattr(public.value, "__text_signature__", None) or ""


def has_lost_its_signature(public: Public) -> bool:
    """Whether this is a class made in C under Python 3.9, which drops the first line."""
    made_in_c = getattr(_psycopg, public.leaf, None) is public.value
    return sys.version_info < (3, 10) and isinstance(public.value, type) and made_in_c


def is_called(public: Public) -> bool:
    is_exception = isinstance(public.value, type) and issubclass(public.value, BaseException)
    is_typecaster = isinstance(public.value, Typecaster)
    if is_exception or is_typecaster or has_lost_its_signature(public):
        return False
    return callable(public.value)


@pytest.mark.parametrize("module", MODULES)
def test_reference_docstrings_are_there(module: str) -> None:
    names = [public for public in PUBLIC if public.name.startswith(module + ".")]
    assert names
    assert not [
        public.name
        for public in names
        if not isinstance(public.value, PLAIN) and not (public.value.__doc__ or "").strip()
    ]


def test_reference_docstrings_tell_the_signature_once() -> None:
    assert not [
        public.name
        for public in PUBLIC
        if is_called(public)
        and public.value.__doc__.startswith(f"{public.leaf}(") == bool(text_signature(public))
    ]


def test_reference_docstrings_say_more_than_the_signature() -> None:
    def says_more(public: Public) -> bool:
        text = inspect.cleandoc(public.value.__doc__)
        if not text_signature(public):
            _, _, text = text.partition("\n\n")
        return len(re.findall(r"\w+", text)) >= 2

    assert not [public.name for public in PUBLIC if is_called(public) and not says_more(public)]


def test_reference_a_name_without_an_entry_is_found() -> None:
    entries = {public.name for public in PUBLIC} - {"psycopg2.extensions.cursor.fetchone"}
    assert missing_names(entries) == ["psycopg2.extensions.cursor.fetchone"]


@pytest.mark.parametrize(
    "name",
    [
        "psycopg2.connect",
        "psycopg2.extensions.connection.tpc_recover",
        "psycopg2.extensions.Diagnostics.sqlstate",
        "psycopg2.extras.ReplicationCursor.start_replication",
        "psycopg2.errors.UniqueViolation",
        "psycopg2.errorcodes.UNIQUE_VIOLATION",
        "psycopg2.sql.Composed.join",
        "psycopg2.pool.ThreadedConnectionPool.putconn",
        "psycopg2.tz.LOCAL",
    ],
)
def test_reference_public_names_are_seen(name: str) -> None:
    assert name in {public.name for public in PUBLIC}
