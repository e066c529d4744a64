"""What is fuzzed: a function for each kind of text that the driver parses in C.

A target takes any bytes. It returns where they are read, or are refused by an exception of the
right class; what is read wrong, or refused in a wrong way, is an exception out of it.
"""

import functools

from fake_server import FakeServer

import psycopg2

TARGETS = {}

# What a value that is not valid may raise: decimal.InvalidOperation is an ArithmeticError.
REFUSED = (psycopg2.Error, ValueError, OverflowError, ArithmeticError)

# One byte and more of it a character, and those whose second byte may be a quote or a backslash.
ENCODINGS = {
    "UTF8": "utf-8",
    "LATIN1": "iso8859-1",
    "SQL_ASCII": "ascii",
    "EUC_JP": "euc_jp",
    "SJIS": "cp932",
    "BIG5": "big5",
    "GBK": "gbk",
    "GB18030": "gb18030",
    "UHC": "cp949",
    "JOHAB": "johab",
    "SHIFT_JIS_2004": "shift_jis_2004",
}


def target(function):
    """Register a target under its name."""
    TARGETS[function.__name__] = function
    return function


class Script:
    """Bytes as a series of choices; beyond their end there are zeros."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def __bool__(self):
        return self.at < len(self.data)

    def byte(self):
        return (self.take(1) or b"\0")[0]

    def take(self, size):
        self.at += size
        return self.data[self.at - size : self.at]

    def rest(self):
        return self.take(len(self.data))

    def one_of(self, choices):
        return choices[self.byte() % len(choices)]


@functools.cache
def server():
    """The server of all connections."""
    return FakeServer()


@functools.cache
def cursor(encoding="UTF8", style="ISO, MDY", strings="on"):
    """A cursor of a connection with these settings of the server."""
    settings = {"DateStyle": style, "standard_conforming_strings": strings}
    conn = server().connect(client_encoding=encoding, **settings)
    conn.autocommit = True
    return conn.cursor()


def text_of(data, codec="utf-8"):
    """The str in `data`, None where there is none."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def expect(condition, *what):
    """Fail with what was read and what came of it."""
    if not condition:
        raise AssertionError(" -> ".join(map(repr, what)))


import targets_queries  # noqa: E402, F401
import targets_values  # noqa: E402, F401
import targets_wire  # noqa: E402, F401
