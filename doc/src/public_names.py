"""What is public in the package: the reference has an entry, and a docstring, for each of these."""

from __future__ import annotations

import importlib
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

MODULES = [
    "psycopg2",
    "psycopg2.extensions",
    "psycopg2.extras",
    "psycopg2.errors",
    "psycopg2.errorcodes",
    "psycopg2.sql",
    "psycopg2.pool",
    "psycopg2.tz",
]


class Public(NamedTuple):
    name: str  # such as psycopg2.extensions.cursor.execute
    value: Any

    @property
    def leaf(self) -> str:
        return self.name.rpartition(".")[2]


def module_names(module: types.ModuleType) -> list[str]:
    """The names that a module offers, but for those it only passes on."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, types.ModuleType)
        and getattr(value, "__module__", module.__name__) == module.__name__
    ]


def class_names(cls: type) -> list[str]:
    """The names of a class's own members, but for the exceptions that connections have."""
    return [
        name
        for name, value in vars(cls).items()
        if not name.startswith("_") and not isinstance(getattr(cls, name), type)
    ]


def public_names() -> Iterator[Public]:
    """Yield each name of each public module, and of each class in it."""
    for path in MODULES:
        module = importlib.import_module(path)
        for name in module_names(module):
            value = getattr(module, name)
            yield Public(f"{path}.{name}", value)
            if isinstance(value, type):
                for member in class_names(value):
                    yield Public(f"{path}.{name}.{member}", getattr(value, member))


def missing_names(entries: set[str]) -> list[str]:
    """Return the public names that are not among the entries of the reference."""
    return [public.name for public in public_names() if public.name not in entries]
