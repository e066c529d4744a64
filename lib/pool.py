"""Pools of connections, to be shared by the threads of a program or used by one."""

import threading as _threading
from types import GenericAlias as _GenericAlias

import psycopg2
from psycopg2 import extensions as _ext


class PoolError(psycopg2.Error):
    """What the methods of a pool raise for wrong use of it, and where it has no connection left."""


class AbstractConnectionPool:
    """AbstractConnectionPool(minconn, maxconn, *args, **kwargs)

    The base of the pools: connections made by ``psycopg2.connect(*args, **kwargs)``, *minconn* of
    them at once and never more than *maxconn*. Those over *minconn* are closed when they come
    back. A *maxconn* less than *minconn*, such as -1, is no limit.
    """

    __class_getitem__ = classmethod(_GenericAlias)  # for annotations

    def __init__(self, minconn, maxconn, *args, **kwargs):
        self.minconn = int(minconn)
        self.maxconn = int(maxconn)
        self.closed = False

        self._args = args
        self._kwargs = kwargs

        self._pool = []  # the connections at rest
        self._used = {}  # the ones given out, by their keys
        self._rused = {}  # and their keys, by the ids of the connections
        self._keys = 0

        try:
            for _ in range(self.minconn):
                self._connect()
        except BaseException:
            for conn in self._pool:
                conn.close()
            raise

    def _connect(self, key=None):
        """Make a connection; give it out under *key*, or let it rest."""
        conn = psycopg2.connect(*self._args, **self._kwargs)
        if key is not None:
            self._used[key] = conn
            self._rused[id(conn)] = key
        else:
            self._pool.append(conn)
        return conn

    def _getkey(self):
        """A key that is not in use."""
        while True:
            self._keys += 1
            if self._keys not in self._used:
                return self._keys

    def _getconn(self, key=None):
        """Give out a connection."""
        if self.closed:
            raise PoolError("connection pool is closed")
        if key is None:
            key = self._getkey()
        if key in self._used:
            return self._used[key]

        while self._pool:
            conn = self._pool.pop()
            if conn.closed:  # somebody who had it before closed it, and it is no use
                continue
            self._used[key] = conn
            self._rused[id(conn)] = key
            return conn
        if self.minconn <= self.maxconn <= len(self._used):
            raise PoolError("connection pool exhausted")
        return self._connect(key)

    def _putconn(self, conn, key=None, close=False):
        """Take a connection back."""
        if self.closed:
            raise PoolError("connection pool is closed")
        known = self._rused.get(id(conn))
        if known is None or self._used[known] is not conn:
            raise PoolError("trying to put unkeyed connection")
        if key is None:
            key = known
        elif key != known:
            raise PoolError(f"the connection was not given out with the key {key!r}")

        del self._used[key]
        del self._rused[id(conn)]
        if close or conn.closed or len(self._pool) >= self.minconn:
            conn.close()
            return
        if not self._clean(conn):
            conn.close()
            return
        self._pool.append(conn)

    @staticmethod
    def _clean(conn):
        """End what the last user left open; False if the connection is no use any more."""
        status = conn.info.transaction_status
        if status == _ext.TRANSACTION_STATUS_UNKNOWN or conn.status == _ext.STATUS_PREPARED:
            return False
        if status != _ext.TRANSACTION_STATUS_IDLE:
            try:
                conn.rollback()
            except psycopg2.Error:
                return False
            except BaseException:
                conn.close()
                raise
        return True

    def _closeall(self):
        """Close all connections, the ones given out as well."""
        if self.closed:
            raise PoolError("connection pool is closed")
        self.closed = True
        conns = self._pool + list(self._used.values())
        self._pool, self._used, self._rused = [], {}, {}
        error = None
        for conn in conns:
            try:
                conn.close()
            except Exception as e:
                error = e
        if error is not None:
            raise error


class SimpleConnectionPool(AbstractConnectionPool):
    """SimpleConnectionPool(minconn, maxconn, *args, **kwargs)

    A pool for one thread. The arguments are those of `AbstractConnectionPool`.
    """

    def getconn(self, key=None):
        """getconn(key=None) -> connection

        A connection from the pool, until `putconn()`. With a *key*, it is the one that was given
        out under it and not put back, if there is such.

        Raises `PoolError` when all are in use, or the pool is closed; and what
        `psycopg2.connect()` does.
        """
        return self._getconn(key)

    def putconn(self, conn, key=None, close=False):
        """putconn(conn, key=None, close=False)

        Put a connection back. A transaction that is open is rolled back; with *close* true, the
        connection is closed.

        Raises `PoolError` for a connection that the pool did not give out, or not with that *key*,
        and where the pool is closed.
        """
        self._putconn(conn, key, close)

    def closeall(self):
        """closeall()

        Close all connections, those in use as well, and the pool.

        Raises `PoolError` where it is closed already.
        """
        self._closeall()


class ThreadedConnectionPool(AbstractConnectionPool):
    """ThreadedConnectionPool(minconn, maxconn, *args, **kwargs)

    A pool that several threads may use at a time. The arguments are those of
    `AbstractConnectionPool`.
    """

    def __init__(self, minconn, maxconn, *args, **kwargs):
        self._lock = _threading.Lock()
        super().__init__(minconn, maxconn, *args, **kwargs)

    def getconn(self, key=None):
        """getconn(key=None) -> connection

        As `SimpleConnectionPool.getconn()`.
        """
        with self._lock:
            return self._getconn(key)

    def putconn(self, conn=None, key=None, close=False):
        """putconn(conn=None, key=None, close=False)

        As `SimpleConnectionPool.putconn()`.
        """
        with self._lock:
            self._putconn(conn, key, close)

    def closeall(self):
        """closeall()

        As `SimpleConnectionPool.closeall()`.
        """
        with self._lock:
            self._closeall()
