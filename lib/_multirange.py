"""Multirange types: Python objects for them, and their adapters and typecasters."""

import re
from types import GenericAlias

from psycopg2 import _range
from psycopg2._psycopg import (
    InterfaceError,
    ISQLQuote,
    ProgrammingError,
    encodings,
    new_array_type,
    new_type,
    register_type,
    value_text,
)
from psycopg2.extensions import register_adapter


class Multirange:
    """Multirange(ranges=())

    A PostgreSQL multirange: a sequence of `Range`, from any iterable of them.

    Multiranges are immutable, hashable, ordered as their ranges are, and false if they hold no
    range. ``x in multirange`` is true for a value within one of the ranges, and for a `Range` that
    is one of them. They keep the ranges that they are given: it is the server that sorts them,
    joins those that meet, and drops the empty ones.

    Raises `TypeError` for an item that is no `Range`.
    See `Range Types <https://www.postgresql.org/docs/current/rangetypes.html>`__.
    """

    __slots__ = ("_ranges",)
    __class_getitem__ = classmethod(GenericAlias)  # for annotations

    def __init__(self, ranges=()):
        self._ranges = tuple(ranges)
        for item in self._ranges:
            if not isinstance(item, _range.Range):
                raise TypeError(f"a multirange is made of Range, not {type(item).__name__}")

    def __repr__(self):
        return f"{type(self).__name__}({list(self._ranges)!r})"

    def __str__(self):
        return "{" + ", ".join(map(str, self._ranges)) + "}"

    def __len__(self):
        return len(self._ranges)

    def __getitem__(self, index):
        found = self._ranges[index]
        return type(self)(found) if isinstance(index, slice) else found

    def __iter__(self):
        return iter(self._ranges)

    def __contains__(self, x):
        if isinstance(x, _range.Range):
            return x in self._ranges
        return any(x in item for item in self._ranges)

    def __bool__(self):
        return bool(self._ranges)

    def __eq__(self, other):
        return self._ranges == other._ranges if isinstance(other, Multirange) else NotImplemented

    def __hash__(self):
        return hash(self._ranges)

    def __lt__(self, other):
        return self._ranges < other._ranges if isinstance(other, Multirange) else NotImplemented

    def __le__(self, other):
        return self._ranges <= other._ranges if isinstance(other, Multirange) else NotImplemented

    def __gt__(self, other):
        return self._ranges > other._ranges if isinstance(other, Multirange) else NotImplemented

    def __ge__(self, other):
        return self._ranges >= other._ranges if isinstance(other, Multirange) else NotImplemented


class NumericMultirange(Multirange):
    """NumericMultirange(ranges=())

    The `Multirange` of the server's int4multirange, int8multirange and nummultirange.
    """


class DateMultirange(Multirange):
    """DateMultirange(ranges=())

    The `Multirange` of `datetime.date`: the server's datemultirange.
    """


class DateTimeMultirange(Multirange):
    """DateTimeMultirange(ranges=())

    The `Multirange` of `datetime.datetime` without a time zone: the server's tsmultirange.
    """


class DateTimeTZMultirange(Multirange):
    """DateTimeTZMultirange(ranges=())

    The `Multirange` of `datetime.datetime` with a time zone: the server's tstzmultirange.
    """


class MultirangeAdapter:
    """MultirangeAdapter(adapted)

    The adapter of a `Multirange`, to be subclassed with the name of a multirange type of the
    server in `name` and with the adapter class of its ranges in `range_adapter`: the multirange is
    written as a call of the type's constructor.
    """

    #: the multirange type's name, as SQL has it
    name = None
    #: the class that writes the ranges, whatever their own class
    range_adapter = None

    def __init__(self, adapted):
        self.adapted = adapted
        self._conn = None

    def __conform__(self, proto):
        return self if proto is ISQLQuote else None

    def prepare(self, conn):
        """prepare(conn)

        Called before `getquoted()` with the connection that the bounds are quoted for.
        """
        self._conn = conn

    def getquoted(self):
        """getquoted() -> bytes

        Raises `ProgrammingError` where a bound has no adapter.
        """
        self._check_name()
        name = self.name.encode("utf8" if self._conn is None else encodings[self._conn.encoding])
        if not self.adapted:
            return b"'{}'::" + name
        return b"%s(%s)" % (name, b", ".join(self._quoted_ranges()))

    def _value_text(self):
        self._check_name()
        texts = [value_text(self.range_adapter(item), self._conn) for item in self.adapted]
        return "{" + ",".join(texts) + "}"

    #: see RangeAdapter
    getquoted.value_text = _value_text

    def _check_name(self):
        if self.name is None or self.range_adapter is None:
            raise NotImplementedError(
                "MultirangeAdapter must be subclassed overriding its name and range_adapter, "
                "or the getquoted() method"
            )

    def _quoted_ranges(self):
        quoted = []
        for item in self.adapted:
            adapter = self.range_adapter(item)
            if self._conn is not None:
                adapter.prepare(self._conn)
            quoted.append(adapter.getquoted())
        return quoted


class NumberMultirangeAdapter(MultirangeAdapter):
    """NumberMultirangeAdapter(adapted)

    The adapter of `NumericMultirange`: a literal without a type, which the server takes as the
    multirange type that is called for.
    """

    range_adapter = _range.NumberRangeAdapter

    def getquoted(self):
        """getquoted() -> bytes

        Raises `DataError` where a bound is no number.
        """
        return b"'{%s}'" % b",".join(quoted[1:-1] for quoted in self._quoted_ranges())


# A range in the text of a multirange: within its brackets, text in quotes and what a backslash
# escapes may hold any character.
_RANGE_TEXT = re.compile(r'empty|[\[(](?:"(?:[^"\\]|\\.)*"|\\.|[^"\\\])])*[\])]', re.DOTALL)


def _split_ranges(s):
    """Return the texts of the ranges in ``{[lower,upper),...}``."""
    end = len(s) - 1
    texts = []
    at = 1
    while s[:1] == "{" and s[-1:] == "}" and at < end:
        match = _RANGE_TEXT.match(s, at, end)
        if match is None:
            break
        texts.append(match.group())
        at = match.end()
        if at == end or s[at] != ",":
            break
        at += 1
        if at == end:
            break
    if s == "{}" or (texts and at == end and s[end - 1] != ","):
        return texts
    raise InterfaceError(f"failed to parse multirange: {s!r}")


class MultirangeCaster:
    """MultirangeCaster(pgmultirange, pymultirange, oid, range_caster, array_oid=None)

    Makes `Multirange` objects of the values of a multirange type; `register_multirange()` makes
    one from the server's catalogue. The attributes `multirange` and `adapter` are the classes,
    `typecaster` and `array_typecaster` what reads values and arrays. The ranges are made by
    *range_caster*, a `RangeCaster`.
    """

    def __init__(self, pgmultirange, pymultirange, oid, range_caster, array_oid=None):
        self.range_caster = range_caster
        if isinstance(pgmultirange, str):
            words = {"name": pgmultirange, "range_adapter": range_caster.adapter}
            self.adapter = type(pgmultirange, (MultirangeAdapter,), words)
        elif _range._is_strict_subclass(pgmultirange, MultirangeAdapter):
            self.adapter = pgmultirange
        else:
            raise TypeError("pgmultirange must be a string or a MultirangeAdapter strict subclass")

        if isinstance(pymultirange, str):
            self.multirange = type(pymultirange, (Multirange,), {})
        elif _range._is_strict_subclass(pymultirange, Multirange):
            self.multirange = pymultirange
        else:
            raise TypeError("pymultirange must be a string or a Multirange strict subclass")

        name = self.adapter.name or self.multirange.__name__
        self.typecaster = new_type((oid,), name, self.parse)
        self.array_typecaster = None
        if array_oid is not None:
            self.array_typecaster = new_array_type((array_oid,), name + "ARRAY", self.typecaster)

    def parse(self, s, cur=None):
        """parse(s, cur=None) -> Multirange

        The multirange in the text *s* of a value; None for None. The bounds are read with the
        typecasters of the cursor *cur*.

        Raises `InterfaceError` for a text that is no multirange.
        """
        if s is None:
            return None
        parse = self.range_caster.parse
        return self.multirange([parse(text, cur) for text in _split_ranges(s)])

    def _register(self, scope=None):
        register_type(self.typecaster, scope)
        if self.array_typecaster is not None:
            register_type(self.array_typecaster, scope)
        register_adapter(self.multirange, self.adapter)


_FIND_MULTIRANGE = """\
select t.oid, t.typarray, n.nspname, t.typname
from pg_catalog.pg_range r
join pg_catalog.pg_type t on t.oid = r.rngmultitypid
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where r.rngtypid = %s
"""


def _caster_from_db(conn_or_curs, range_caster, pymultirange):
    """Make a caster for the multirange type that the server made for a range type."""
    from psycopg2._catalog import query_catalog, solve_conn_curs
    from psycopg2.extensions import quote_ident

    conn, cur = solve_conn_curs(conn_or_curs)
    cur.close()
    if conn.server_version < 140000:
        raise ProgrammingError("the server has no multirange types: PostgreSQL 14 brought them")
    (range_oid,) = range_caster.typecaster.values
    rows = query_catalog(conn, _FIND_MULTIRANGE, (range_oid,))
    if not rows:
        raise ProgrammingError(f"the server has no range type with the OID {range_oid}")
    oid, array_oid, schema, name = rows[0]
    sql_name = f"{quote_ident(schema, conn)}.{quote_ident(name, conn)}"
    if pymultirange is None:
        pymultirange = re.sub("Range$", "", range_caster.range.__name__) + "Multirange"
    return MultirangeCaster(sql_name, pymultirange, oid, range_caster, array_oid or None)


def register_multirange(conn_or_curs=None, range_caster=None, pymultirange=None, *, globally=False):
    """register_multirange(conn_or_curs=None, range_caster=None, pymultirange=None, *, \
globally=False) -> MultirangeCaster or None

    Have the values of multirange types come back as `Multirange` objects; without it they are
    strings.

    With no *range_caster*, those of the multirange types that every server has, for *conn_or_curs*
    or, with None, for all connections; None is returned.

    With the *range_caster* that `register_range()` returned, those of the multirange type that
    belongs to this range type: for *conn_or_curs*, which is also asked for the type, or for all
    connections where *globally* is true. *pymultirange* is a subclass of `Multirange` or the name
    for one that is made, and found as the attribute `multirange` of what is returned; None names
    it after the class of the ranges. Objects of this class adapt, on all connections.

    Raises `ProgrammingError` if the server has no such type.
    """
    if range_caster is None:
        if pymultirange is not None:
            raise TypeError("pymultirange needs a range_caster")
        for caster in _default_casters:
            caster._register(None if globally else conn_or_curs)
        return None
    if not isinstance(range_caster, _range.RangeCaster):
        raise TypeError(
            f"range_caster must be a RangeCaster, not {type(range_caster).__name__}: "
            "register_range() returns one"
        )
    caster = _caster_from_db(conn_or_curs, range_caster, pymultirange)
    caster._register(None if globally else conn_or_curs)
    return caster


# The multirange types that every server has. Programs get their values as strings until they call
# register_multirange(); objects of these classes adapt anyhow.

_default_casters = [
    MultirangeCaster(*args)
    for args in (
        (NumberMultirangeAdapter, NumericMultirange, 4451, _range.int4range_caster, 6150),
        (NumberMultirangeAdapter, NumericMultirange, 4536, _range.int8range_caster, 6157),
        (NumberMultirangeAdapter, NumericMultirange, 4532, _range.numrange_caster, 6151),
        ("datemultirange", DateMultirange, 4535, _range.daterange_caster, 6155),
        ("tsmultirange", DateTimeMultirange, 4533, _range.tsrange_caster, 6152),
        ("tstzmultirange", DateTimeTZMultirange, 4534, _range.tstzrange_caster, 6153),
    )
]
for _caster in _default_casters:
    register_adapter(_caster.multirange, _caster.adapter)
del _caster
