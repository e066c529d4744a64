"""What the paths work on, and the catalogue they are put into."""

import contextlib

import psycopg2

PATHS = {}


def path(function):
    """Enter a function in the catalogue: it is called again and again with a `World`."""
    PATHS[function.__name__] = function
    return function


class World:
    """A place to work in, of one path: its connection, and what it wants to keep between runs."""

    def __init__(self, dsn):
        self.dsn = dsn
        self.kept = {}

    def once(self, name, make):
        """Return what `make` returned the first time."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    @property
    def conn(self):
        """A connection in autocommit mode, the same each time."""
        return self.once("conn", self._connect)

    @property
    def cur(self):
        """A cursor of it, the same each time."""
        return self.once("cur", self.conn.cursor)

    def _connect(self):
        conn = psycopg2.connect(self.dsn)
        conn.autocommit = True
        return conn

    def close(self):
        for thing in self.kept.values():
            if isinstance(thing, psycopg2.extensions.connection):
                with contextlib.suppress(psycopg2.Error):
                    thing.close()
        self.kept.clear()


class Fails(Exception):
    """What code of the program's raises here."""


def fails(*args, **kwargs):
    raise Fails


@contextlib.contextmanager
def expect(*classes):
    """Something must raise one of these: a path that no longer fails leaks nothing by failing."""
    try:
        yield
    except classes:
        return
    raise AssertionError(f"{classes} was not raised")
