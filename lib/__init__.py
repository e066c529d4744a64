"""A PostgreSQL adapter for Python, as DB-API 2.0 (PEP 249) describes it.

`connect()` opens a connection; the exceptions, type objects and constructors of the DB-API are
here as well. What goes beyond the DB-API is in `psycopg2.extensions` and `psycopg2.extras`.
"""

import os as _os
from operator import index as _index

try:
    import psycopg2._psycopg as _psycopg
    from psycopg2._psycopg import (
        BINARY,
        DATETIME,
        NUMBER,
        ROWID,
        STRING,
        Binary,
        DatabaseError,
        DataError,
        Date,
        DateFromTicks,
        Error,
        IntegrityError,
        InterfaceError,
        InternalError,
        NotSupportedError,
        OperationalError,
        ProgrammingError,
        Time,
        TimeFromTicks,
        Timestamp,
        TimestampFromTicks,
        Warning,
        _connect,
        apilevel,
        paramstyle,
        threadsafety,
    )
    from psycopg2._psycopg import (
        __libpq_version__ as __libpq_version__,
    )
    from psycopg2._psycopg import (
        __version__ as __version__,
    )
except ImportError as e:
    from psycopg2._loading import explain as _explain

    raise _explain(e) from None

# isort: split
# _range registers the adapters and typecasters of the server's range types
from psycopg2 import _range as _range
from psycopg2 import errors as errors
from psycopg2 import extensions as _ext

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "Binary",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "errors",
    "extensions",
    "paramstyle",
    "threadsafety",
]


def _check():
    """Tell of what makes trouble later, where looking for it costs nothing."""
    if _psycopg.libpq_version() // 10000 < __libpq_version__ // 10000:
        from psycopg2._loading import warn_of_older_libpq

        warn_of_older_libpq(__libpq_version__, _psycopg.libpq_version())
    # its libraries are beside the package: to list that folder would take longer than to look
    if _os.path.isdir(_os.path.join(_os.path.dirname(__path__[0]), "psycopg2_binary.libs")):
        from psycopg2._loading import warn_of_neighbour

        warn_of_neighbour()


_check()


def connect(dsn=None, connection_factory=None, cursor_factory=None, **kwargs):
    """connect(dsn=None, connection_factory=None, cursor_factory=None, **kwargs) -> connection

    Open a session with a PostgreSQL server.

    *dsn* is a libpq connection string, as keywords (``"dbname=test user=postgres"``) or as a URI
    (``"postgresql://postgres@localhost/test"``). Keyword arguments are libpq's parameters, such as
    *host*, *port*, *dbname* (or *database*), *user*, *password*; they go before what the *dsn*
    says, and the ones that are `None` are left out.

    *connection_factory* is called with the connection string, instead of
    `extensions.connection`. *cursor_factory* becomes the connection's, and makes the cursors for
    which `connection.cursor()` is given no other. With *async_* (or *async*) true the connection
    is an asynchronous one.

    Raises `ProgrammingError` for a string or parameter that libpq does not know,
    `OperationalError` when the server cannot be reached or refuses, `TypeError` when *database*
    and *dbname* are both given.

    See DB-API 2.0, ``connect()``, and libpq's `connection strings
    <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>`__.
    """
    async_ = [_index(kwargs.pop(name, 0)) for name in ("async", "async_")]

    dsn = _ext.make_dsn(dsn, **kwargs)
    conn = _connect(dsn, connection_factory, 1 if any(async_) else 0)
    if cursor_factory is not None:
        conn.cursor_factory = cursor_factory
    return conn
