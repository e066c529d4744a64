"""Rows that know their columns: as a dictionary, as a list with names, as a named tuple."""

import copyreg as _copyreg
import re as _re
from collections import OrderedDict as _OrderedDict
from collections import namedtuple as _namedtuple
from functools import lru_cache as _lru_cache

from psycopg2 import extensions as _ext
from psycopg2._psycopg import RealDictRow

_connection = _ext.connection
_cursor = _ext.cursor


class DictCursorBase(_cursor):
    """DictCursorBase(conn, name=None, ..., row_factory)

    The base of cursors whose rows are made by *row_factory*: a callable that is given the cursor,
    and returns an object whose items are then set by their position. The other arguments are those
    of `extensions.cursor`.
    """

    _row_factory = None
    #: the description that the index and the mapping were made from; at first what none is
    _described = object()

    def __init__(self, *args, **kwargs):
        row_factory = kwargs.pop("row_factory", None)
        if row_factory is None:
            raise NotImplementedError("DictCursorBase can't be instantiated without a row factory.")
        super().__init__(*args, **kwargs)
        self.row_factory = row_factory

    @property
    def row_factory(self):
        """What makes the rows: a callable, given the cursor."""
        return self._row_factory

    @row_factory.setter
    def row_factory(self, factory):
        self._row_factory = factory
        # functions, not bound methods: these would keep the cursor in a reference cycle
        if isinstance(factory, type) and issubclass(factory, RealDictRow):
            self._row_maker = DictCursorBase._shape_real_dict
        else:
            self._row_maker = DictCursorBase._shape_dict if factory is DictRow else None
        # the base class makes rows of these classes by itself, and others with the factory
        _cursor.row_factory.__set__(self, factory if self._row_maker is None else None)

    def callproc(self, procname, vars=None):
        """callproc(procname, vars=None) -> parameters

        As `extensions.cursor.callproc()`.
        """
        return super().callproc(procname, vars)

    @property
    def index(self):
        """The position of each column, by its name: an `~collections.OrderedDict`."""
        if self.description is not self._described:
            self._describe()
        return self._index

    @property
    def column_mapping(self):
        """The names of the columns: a list."""
        if self.description is not self._described:
            self._describe()
        return self._column_mapping

    def _describe(self):
        """Note the columns of a new result."""
        self._described = description = self.description
        self._column_mapping = [column[0] for column in description or ()]
        self._index = _OrderedDict([(name, i) for i, name in enumerate(self._column_mapping)])

    def _shape_dict(self):
        return DictRow, self.index

    def _shape_real_dict(self):
        if self._row_factory is RealDictRow:
            return RealDictRow, tuple(self.column_mapping)
        return _make_real_dict_row


def _make_real_dict_row(cursor, values):
    """Make a row of a subclass of RealDictRow, by its own methods."""
    row = cursor.row_factory(cursor)
    for name, value in zip(cursor.column_mapping, values):
        row[name] = value
    return row


class DictConnection(_connection):
    """DictConnection(dsn, async_=0)

    A connection whose cursors are `DictCursor`, where no other factory is asked for.
    """

    def cursor(self, *args, **kwargs):
        """cursor(...) -> DictCursor

        As `extensions.connection.cursor()`.
        """
        kwargs.setdefault("cursor_factory", self.cursor_factory or DictCursor)
        return super().cursor(*args, **kwargs)


class DictCursor(DictCursorBase):
    """DictCursor(conn, name=None, ...)

    A cursor whose rows are `DictRow`: lists, of which the items are also found by the names of
    their columns.
    """

    def __init__(self, *args, **kwargs):
        kwargs["row_factory"] = DictRow
        super().__init__(*args, **kwargs)


class DictRow(list):
    """DictRow(cursor)

    A row of a `DictCursor`: a list, whose items are also found by the names of their columns.
    Where several columns have one name, it is the last one's.
    """

    __slots__ = ("_index",)

    def __init__(self, cursor):
        self._index = cursor.index
        super().__init__([None] * len(cursor.description or ()))

    def __getitem__(self, x):
        if not isinstance(x, (int, slice)):
            x = self._index[x]
        return _get_item(self, x)

    def __setitem__(self, x, v):
        if not isinstance(x, (int, slice)):
            x = self._index[x]
        _set_item(self, x, v)

    def items(self):
        """items() -> iterator

        The pairs of name and value, in the order of the columns.
        """
        return ((name, _get_item(self, i)) for name, i in self._index.items())

    def keys(self):
        """keys() -> iterator

        The names of the columns.
        """
        return iter(self._index)

    def values(self):
        """values() -> iterator

        The values, one for each name.
        """
        return (_get_item(self, i) for i in self._index.values())

    def get(self, x, default=None):
        """get(x, default=None) -> value

        The item with the name or the position *x*, or *default* where there is none.
        """
        try:
            return self[x]
        except (KeyError, IndexError):
            return default

    def copy(self):
        """copy() -> OrderedDict

        The values by their names, in a dictionary of their own.
        """
        return _OrderedDict(self.items())

    def __contains__(self, x):
        return x in self._index

    def __reduce_ex__(self, protocol):
        # Without the items that a list would add: the state has them.
        return _copyreg.__newobj__, (type(self),), self.__getstate__()

    def __getstate__(self):
        return list(self), self._index.copy()

    def __setstate__(self, state):
        self[:] = state[0]
        self._index = state[1]


class RealDictConnection(_connection):
    """RealDictConnection(dsn, async_=0)

    A connection whose cursors are `RealDictCursor`, where no other factory is asked for.
    """

    def cursor(self, *args, **kwargs):
        """cursor(...) -> RealDictCursor

        As `extensions.connection.cursor()`.
        """
        kwargs.setdefault("cursor_factory", self.cursor_factory or RealDictCursor)
        return super().cursor(*args, **kwargs)


class RealDictCursor(DictCursorBase):
    """RealDictCursor(conn, name=None, ...)

    A cursor whose rows are `RealDictRow`: dictionaries, which have the names of the columns as
    keys and no positions.
    """

    def __init__(self, *args, **kwargs):
        kwargs["row_factory"] = RealDictRow
        super().__init__(*args, **kwargs)


class NamedTupleConnection(_connection):
    """NamedTupleConnection(dsn, async_=0)

    A connection whose cursors are `NamedTupleCursor`, where no other factory is asked for.
    """

    def cursor(self, *args, **kwargs):
        """cursor(...) -> NamedTupleCursor

        As `extensions.connection.cursor()`.
        """
        kwargs.setdefault("cursor_factory", self.cursor_factory or NamedTupleCursor)
        return super().cursor(*args, **kwargs)


class NamedTupleCursor(_cursor):
    """NamedTupleCursor(conn, name=None, ...)

    A cursor whose rows are named tuples of the class `Record`, with the names of the columns as
    attributes. In a name, what cannot stand in a Python identifier becomes ``_``, and an ``f`` is
    put before it if it begins with a digit or ``_``.

    Fetching raises `ValueError` where two columns have one name, or one has a keyword's.
    """

    #: the class of the rows, from the first fetch on
    Record = None
    #: how many classes are kept for results with the same columns
    MAX_CACHE = 1024

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._row_maker = NamedTupleCursor._shape

    def execute(self, query, vars=None):
        """execute(query, vars=None)

        As `extensions.cursor.execute()`.
        """
        self.Record = None
        return super().execute(query, vars)

    def executemany(self, query, vars):
        """executemany(query, vars)

        As `extensions.cursor.executemany()`.
        """
        self.Record = None
        return super().executemany(query, vars)

    def stream(self, query, vars=None, size=100):
        """stream(query, vars=None, size=100) -> iterator

        As `extensions.cursor.stream()`.
        """
        self.Record = None
        return super().stream(query, vars, size)

    def callproc(self, procname, vars=None):
        """callproc(procname, vars=None)

        As `extensions.cursor.callproc()`.
        """
        self.Record = None
        return super().callproc(procname, vars)

    def _shape(self):
        if self.Record is None:
            self.Record = self._make_nt()
        return self.Record, None

    def _make_nt(self):
        """_make_nt() -> type

        The class of the rows of this result. A subclass may make another.
        """
        return _make_record(tuple([column[0] for column in self.description or ()]))


@_lru_cache(NamedTupleCursor.MAX_CACHE)
def _make_record(names):
    """Return the named tuple for columns with the given names."""
    return _namedtuple("Record", [_as_identifier(name) for name in names], module=_PUBLIC)


def _as_identifier(name):
    name = _re_clean.sub("_", name)
    return "f" + name if name[:1] == "_" or "0" <= name[:1] <= "9" else name


_PUBLIC = "psycopg2.extras"
# every ASCII character that is no letter, digit or underscore
_re_clean = _re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]")

_get_item, _set_item = list.__getitem__, list.__setitem__
