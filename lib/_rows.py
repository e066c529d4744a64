"""Rows that know their columns: as a dictionary, as a list with names, as a named tuple."""

import re as _re
from collections import OrderedDict as _OrderedDict
from collections import namedtuple as _namedtuple
from functools import lru_cache as _lru_cache

from psycopg2 import extensions as _ext

_connection = _ext.connection
_cursor = _ext.cursor


class DictCursorBase(_cursor):
    """DictCursorBase(conn, name=None, ..., row_factory)

    The base of cursors whose rows are made by *row_factory*: a callable that is given the cursor,
    and returns an object whose items are then set by their position. The other arguments are those
    of `extensions.cursor`.
    """

    _row_factory = None
    #: makes a row of the cursor and a tuple; None: the base class makes the rows, with the factory
    _make_row = None
    #: the description that the index and the mapping were made from
    _described = ()

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
            self._make_row = DictCursorBase._make_real_dict_row
        else:
            self._make_row = DictCursorBase._make_dict_row if factory is DictRow else None
        # rows of these classes are made of whole tuples: let the base class give them out
        _cursor.row_factory.__set__(self, factory if self._make_row is None else None)

    def callproc(self, procname, vars=None):
        """callproc(procname, vars=None) -> parameters

        As `extensions.cursor.callproc()`.
        """
        return super().callproc(procname, vars)

    def fetchone(self):
        """fetchone() -> row, or None when there are no more"""
        row = super().fetchone()
        return row if row is None or self._make_row is None else self._make_row(self, row)

    def fetchmany(self, size=None):
        """fetchmany(size=cursor.arraysize) -> list of rows"""
        rows = super().fetchmany(size)
        make = self._make_row
        return rows if make is None else [make(self, row) for row in rows]

    def fetchall(self):
        """fetchall() -> list of rows"""
        rows = super().fetchall()
        make = self._make_row
        return rows if make is None else [make(self, row) for row in rows]

    def __next__(self):
        row = super().__next__()
        return row if self._make_row is None else self._make_row(self, row)

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

    def _make_dict_row(self, values):
        if self.description is not self._described:
            self._describe()
        row = _new_list(DictRow)
        _fill_list(row, values)
        row._index = self._index
        return row

    def _make_real_dict_row(self, values):
        if self.description is not self._described:
            self._describe()
        if self._row_factory is RealDictRow:
            row = _new_dict(RealDictRow)
            _fill_dict(row, zip(self._column_mapping, values))
        else:
            row = self._row_factory(self)
            for name, value in zip(self._column_mapping, values):
                row[name] = value
        return row


class DictConnection(_connection):
    """A connection whose cursors are `DictCursor`, where no other factory is asked for."""

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
        """items() -> iterator of (name, value)"""
        return ((name, _get_item(self, i)) for name, i in self._index.items())

    def keys(self):
        """keys() -> iterator of the names"""
        return iter(self._index)

    def values(self):
        """values() -> iterator of the values, one for each name"""
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
        """copy() -> OrderedDict of the values by their names"""
        return _OrderedDict(self.items())

    def __contains__(self, x):
        return x in self._index

    def __getstate__(self):
        return list(self), self._index.copy()

    def __setstate__(self, state):
        self[:] = state[0]
        self._index = state[1]


class RealDictConnection(_connection):
    """A connection whose cursors are `RealDictCursor`, where no other factory is asked for."""

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


class RealDictRow(_OrderedDict):
    """RealDictRow(cursor)

    A row of a `RealDictCursor`: an `~collections.OrderedDict` of the values by the names of their
    columns, in their order. Where several columns have one name, it has the last one's value.
    """

    def __init__(self, *args, **kwargs):
        if args and isinstance(args[0], _cursor):
            args = args[1:]  # the row of a cursor: its items are set afterwards
        super().__init__(*args, **kwargs)


class NamedTupleConnection(_connection):
    """A connection whose cursors are `NamedTupleCursor`, where no other factory is asked for."""

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

    def callproc(self, procname, vars=None):
        """callproc(procname, vars=None)

        As `extensions.cursor.callproc()`.
        """
        self.Record = None
        return super().callproc(procname, vars)

    def fetchone(self):
        """fetchone() -> Record, or None when there are no more"""
        row = super().fetchone()
        return None if row is None else _new_tuple(self.Record or self._set_record(), row)

    def fetchmany(self, size=None):
        """fetchmany(size=cursor.arraysize) -> list of Record"""
        rows = super().fetchmany(size)
        record = self.Record or self._set_record()
        return [_new_tuple(record, row) for row in rows]

    def fetchall(self):
        """fetchall() -> list of Record"""
        rows = super().fetchall()
        record = self.Record or self._set_record()
        return [_new_tuple(record, row) for row in rows]

    def __next__(self):
        row = super().__next__()
        return _new_tuple(self.Record or self._set_record(), row)

    def _set_record(self):
        self.Record = self._make_nt()
        return self.Record

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

# The constructors of the base classes, which rows are made with: their own take a cursor.
_new_list, _fill_list = list.__new__, list.__init__
_get_item, _set_item = list.__getitem__, list.__setitem__
_new_dict, _fill_dict = _OrderedDict.__new__, _OrderedDict.__init__
_new_tuple = tuple.__new__
