"""Tells what the modules of whichever psycopg2 its Python has show to dir() and inspect."""

import importlib
import inspect
import json
import sys
import types

MODULES = "psycopg2 " + " ".join(
    f"psycopg2.{name}"
    for name in "_psycopg errorcodes errors extensions extras pool sql tz".split()
)
OWN = ("psycopg2", "probe")


def signature(thing):
    """Return [name, kind, whether it has a default] of each parameter, or None."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    return [
        [p.name, p.kind.name, p.default is not p.empty]
        for p in parameters
        if not p.name.startswith("_")
    ]


def ancestors(kind):
    return [f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__]


def member(kind, name):
    """Tell what an attribute of a class is: a method, another class, or a value."""
    value = getattr(kind, name, None)
    if isinstance(value, type):
        return {"is": "class", "mro": ancestors(value)}
    if callable(value):
        return {"is": "callable", "signature": signature(value)}
    return {"is": "attribute"}


def describe(value):
    if isinstance(value, type):
        members = {
            name: member(value, name)
            for name in dir(value)
            if not name.startswith("_") and not issubclass(value, Exception)
        }
        return {"is": "class", "mro": ancestors(value), "signature": signature(value)}, members
    if isinstance(value, (int, str)):
        return {"is": "constant", "value": repr(value)}, {}
    if type(value).__module__.startswith(OWN):
        return {"is": type(value).__name__, "repr": repr(value).split(" at ")[0]}, {}
    if callable(value):
        return {"is": "callable", "signature": signature(value)}, {}
    return {"is": type(value).__name__}, {}


def foreign(value):
    """Tell whether a name was but imported from elsewhere."""
    if isinstance(value, types.ModuleType):
        return not value.__name__.startswith(OWN)
    home = getattr(value, "__module__", None) if callable(value) else None
    return bool(home) and not str(home).startswith(OWN)


def exported(module_name):
    """Return what a program gets with an asterisk."""
    names = {}
    exec(f"from {module_name} import *", names)
    return sorted(name for name in names if not name.startswith("__"))


def main():
    told = {}
    for module_name in MODULES.split():
        module = importlib.import_module(module_name)
        for name in exported(module_name):
            told[f"from {module_name} import *: {name}"] = {"is": "exported"}
        for name in dir(module):
            value = getattr(module, name)
            if name.startswith("_"):
                continue
            if foreign(value):
                told[f"{module_name}.{name}"] = {"is": "imported"}
                continue
            told[f"{module_name}.{name}"], members = describe(value)
            for inner, found in members.items():
                told[f"{module_name}.{name}.{inner}"] = found
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
