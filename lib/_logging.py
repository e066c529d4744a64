"""Connections that log what they execute."""

import time as _time

from psycopg2 import extensions as _ext
from psycopg2._psycopg import ProgrammingError, encodings

_connection = _ext.connection
_cursor = _ext.cursor


class LoggingConnection(_connection):
    """LoggingConnection(dsn, async_=0)

    A connection that logs every query which its cursors execute, to a file or a logger.

    `initialize()` must be called before cursors are made.
    """

    _logobj = None

    def initialize(self, logobj):
        """initialize(logobj)

        Log to *logobj*: an open text file, or a `logging.Logger`, which gets messages of the level
        DEBUG.
        """
        if not (hasattr(logobj, "write") or hasattr(logobj, "debug")):
            raise TypeError(
                f"expected an open file or a logger, got {type(logobj).__name__} instead"
            )
        self._logobj = logobj

    def log(self, msg, curs):
        """log(msg, curs)

        Log the query *msg* of the cursor *curs*, as `filter()` leaves it.
        """
        msg = self.filter(msg, curs)
        if not msg:
            return
        if hasattr(self._logobj, "write"):
            if isinstance(msg, bytes):
                msg = msg.decode(encodings[self.encoding], "replace")
            self._logobj.write(msg + "\n")
        else:
            self._logobj.debug(msg)

    def filter(self, msg, curs):
        """filter(msg, curs) -> str, bytes or None

        What to log for the query *msg* (bytes) that the cursor *curs* executed; nothing where it
        is false. A subclass may override it.
        """
        return msg

    def _check(self):
        if self._logobj is None:
            raise ProgrammingError("LoggingConnection object has not been initialize()d")

    def cursor(self, *args, **kwargs):
        """cursor(...) -> LoggingCursor

        As `extensions.connection.cursor()`. Cursors of another factory do not log.
        """
        self._check()
        kwargs.setdefault("cursor_factory", self.cursor_factory or LoggingCursor)
        return super().cursor(*args, **kwargs)


class LoggingCursor(_cursor):
    """LoggingCursor(conn, name=None)

    A cursor that logs what execute(), stream() and callproc() send, through its
    `LoggingConnection`.
    """

    def execute(self, query, vars=None):
        """execute(query, vars=None)

        As `extensions.cursor.execute()`.
        """
        try:
            return super().execute(query, vars)
        finally:
            self.connection.log(self.query, self)

    def stream(self, query, vars=None, size=100):
        """stream(query, vars=None, size=100) -> iterator

        As `extensions.cursor.stream()`; what is logged is the way to the first rows.
        """
        try:
            return super().stream(query, vars, size)
        finally:
            self.connection.log(self.query, self)

    def callproc(self, procname, vars=None):
        """callproc(procname, vars=None)

        As `extensions.cursor.callproc()`.
        """
        try:
            return super().callproc(procname, vars)
        finally:
            self.connection.log(self.query, self)


class MinTimeLoggingConnection(LoggingConnection):
    """MinTimeLoggingConnection(dsn, async_=0)

    A connection that logs the queries which take longer than some time, and how long.
    """

    def initialize(self, logobj, mintime=0):
        """initialize(logobj, mintime=0)

        Log to *logobj* the queries that take longer than *mintime* milliseconds.
        """
        super().initialize(logobj)
        self._mintime = mintime

    def filter(self, msg, curs):
        """filter(msg, curs) -> str or None

        The query and its time, where this is over the limit.
        """
        elapsed = (_time.time() - curs.timestamp) * 1000
        if not msg or elapsed <= self._mintime:
            return None
        if isinstance(msg, bytes):
            msg = msg.decode(encodings[self.encoding], "replace")
        return f"{msg}\n  (execution time: {elapsed} ms)"

    def cursor(self, *args, **kwargs):
        """cursor(...) -> MinTimeLoggingCursor

        As `extensions.connection.cursor()`. Cursors of another factory do not log.
        """
        kwargs.setdefault("cursor_factory", self.cursor_factory or MinTimeLoggingCursor)
        return super().cursor(*args, **kwargs)


class MinTimeLoggingCursor(LoggingCursor):
    """MinTimeLoggingCursor(conn, name=None)

    The cursor of `MinTimeLoggingConnection`; `timestamp` is when it last began a query.
    """

    def execute(self, query, vars=None):
        """execute(query, vars=None)

        As `extensions.cursor.execute()`.
        """
        self.timestamp = _time.time()
        return super().execute(query, vars)

    def stream(self, query, vars=None, size=100):
        """stream(query, vars=None, size=100) -> iterator

        As `extensions.cursor.stream()`.
        """
        self.timestamp = _time.time()
        return super().stream(query, vars, size)

    def callproc(self, procname, vars=None):
        """callproc(procname, vars=None)

        As `extensions.cursor.callproc()`.
        """
        self.timestamp = _time.time()
        return super().callproc(procname, vars)
