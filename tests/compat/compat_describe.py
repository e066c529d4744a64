"""Python values, errors and the state of connections in words that can be compared."""

import re

from psycopg2 import extensions

CONNECTION = "closed status autocommit encoding isolation_level readonly deferrable".split()
CURSOR = "closed rowcount rownumber statusmessage query description lastrowid".split()
PLAIN = (type(None), bool, int, float, str, bytes)
# What differs without meaning: addresses, where libpq looks for a socket, and how argument
# parsing words that a call does not fit.
SOCKET = re.compile(r'socket "[^"]*/(?=\.s\.PGSQL)')
WRONG_CALL = re.compile(
    r"\btakes (exactly|at least|at most|no|from|\d)|expected (at (least|most) )?\d+ arg"
    r"|missing .*required|required argument|keyword arg|positional arg"
)
# Types that a probe makes get the next OID.
TYPE_OID = re.compile(r"\btype_code=[1-9]\d{4,}\b")
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")


class Describer:
    """Says what things are. `masks` maps what differs between runs, as patterns of whole words, to
    what to show instead."""

    def __init__(self, masks):
        self.masks = masks

    def mask_pid(self, pid):
        """Hide who sent a notification; elsewhere the same number may be a year, or a type."""
        self.masks[rf"(?<=Notify\(){pid}"] = "PID"

    def clean(self, text):
        for old, new in self.masks.items():
            text = re.sub(rf"\b{old}\b", new, text)
        text = TYPE_OID.sub("type_code=OID", text)
        return SOCKET.sub('socket "SOCKETS/', ADDRESS.sub("ADDRESS", text))

    def value(self, value, depth=0):
        kind = type(value)
        if depth > 6:
            return "..."
        if kind in PLAIN:
            return self.clean(repr(value))
        if kind is memoryview:
            return f"memoryview {value.format} {bytes(value)!r}"
        if kind in (list, tuple):
            inner = ", ".join(self.value(item, depth + 1) for item in value)
            return f"[{inner}]" if kind is list else f"({inner})"
        if kind in (set, frozenset):
            inner = ", ".join(sorted(self.value(item, depth + 1) for item in value))
            return f"{kind.__name__} {{{inner}}}"
        if kind is dict:
            return "{" + self.items(value, depth) + "}"
        return self.object(value, kind, depth)

    def items(self, mapping, depth):
        return ", ".join(
            f"{self.value(key, depth + 1)}: {self.value(item, depth + 1)}"
            for key, item in mapping.items()
        )

    def object(self, value, kind, depth):
        if isinstance(value, type):
            return f"class {value.__module__}.{value.__qualname__}"
        if isinstance(value, BaseException):
            return self.error(value)
        try:
            text = self.clean(repr(value))
        except Exception as e:
            text = f"repr fails: {self.error(e)}"
        name = f"{kind.__module__}.{kind.__qualname__}"
        if isinstance(value, (list, tuple)):
            inner = ", ".join(self.value(item, depth + 1) for item in value)
            return f"{name} ({inner}) {text}"
        if isinstance(value, dict):
            return f"{name} {{{self.items(value, depth)}}} {text}"
        return f"{name} {text}"

    def error(self, error):
        """Return the class with its ancestors, the text, and what a server's error tells more."""
        ancestors = [base.__name__ for base in type(error).__mro__[:-1]]
        kind = f"{type(error).__module__}.{'<'.join(ancestors)}"
        text = self.clean(str(error))
        if isinstance(error, TypeError) and WRONG_CALL.search(text):
            text = "does not take these arguments"
        told = f"error {kind}: {text!r}"
        if hasattr(error, "pgcode"):
            told += f" pgcode={error.pgcode!r}"
            if (error.pgerror or "").strip() != str(error).strip():
                told += f" pgerror={self.value(error.pgerror)}"
            told += f" cursor={type(error.cursor).__name__}"
        return told

    def state(self, value):
        """Return the state of a connection or cursor, attribute by attribute."""
        if isinstance(value, extensions.connection):
            state = {name: self.attribute(value, name) for name in CONNECTION}
            state["transaction"] = self.call(value.get_transaction_status)
            state["notices"] = self.attribute(value, "notices")
            return state
        if isinstance(value, extensions.cursor):
            return {name: self.attribute(value, name) for name in CURSOR}
        return None

    def attribute(self, value, name):
        return self.call(getattr, value, name)

    def call(self, function, *args):
        try:
            return self.value(function(*args))
        except Exception as e:
            return self.error(e)
