"""hstore: dictionaries of text, both ways."""

import re as _re

from psycopg2._catalog import query_catalog
from psycopg2._psycopg import (
    DataError,
    InterfaceError,
    ProgrammingError,
    adapt,
    new_array_type,
    new_type,
    register_type,
    value_text,
)
from psycopg2._text import quote_item
from psycopg2.extensions import register_adapter

_OIDS = """\
select t.oid, t.typarray from pg_catalog.pg_type t
where t.typname = 'hstore'
"""


class HstoreAdapter:
    """HstoreAdapter(wrapped)

    Adapts the dictionary *wrapped* to a value of hstore. Its keys and values are to be str;
    None is a value, never a key.
    """

    def __init__(self, wrapped):
        self.wrapped = wrapped
        self.conn = None

    def prepare(self, conn):
        """prepare(conn)

        Called before `getquoted()` with the connection that the text is quoted for.
        """
        self.conn = conn

    def getquoted(self):
        """getquoted() -> bytes

        The value as SQL, in the encoding of the connection.
        """
        if not self.wrapped:
            return b"''::hstore"
        keys = self._quote(list(self.wrapped))
        values = self._quote(list(self.wrapped.values()))
        return b"hstore(%s, %s)" % (keys, values)

    def _value_text(self):
        pairs = []
        for key, value in self.wrapped.items():
            key = self._item_text(key)
            if key == "NULL":
                raise DataError("null value not allowed for hstore key")
            pairs.append(f"{key}=>{self._item_text(value)}")
        return ", ".join(pairs)

    #: for COPY, which takes no calls; a subclass with a getquoted() of its own does not have it
    getquoted.value_text = _value_text

    def _item_text(self, item):
        text = value_text(item, self.conn)
        return "NULL" if text is None else quote_item(text)

    def _quote(self, items):
        adapter = adapt(items)
        if self.conn is not None and hasattr(adapter, "prepare"):
            adapter.prepare(self.conn)
        return adapter.getquoted()

    # one pair and what follows it; the server puts everything but NULL into double quotes
    _re_hstore = _re.compile(
        r'"([^"\\]*(?:\\.[^"\\]*)*)"\s*=>\s*'
        r'(?:NULL|"([^"\\]*(?:\\.[^"\\]*)*)")(?:\s*,\s*|$)',
        _re.DOTALL,
    )
    _re_escaped = _re.compile(r"\\(.)", _re.DOTALL)

    @classmethod
    def parse(cls, s, cur):
        """parse(s, cur) -> dict

        The dictionary in the text *s* of a value; None for None.

        Raises `InterfaceError` for a text that is not hstore's.
        """
        if s is None:
            return None
        result = {}
        pos = 0
        pair = cls._re_hstore.match
        while pos < len(s):
            m = pair(s, pos)
            if m is None:
                raise InterfaceError(
                    f"error parsing hstore pair at char {pos}: {s[pos : pos + 50]!r}"
                )
            key, value = m.groups()
            if "\\" in m.group(0):
                key = cls._re_escaped.sub(r"\1", key)
                value = value and cls._re_escaped.sub(r"\1", value)
            result[key] = value
            pos = m.end()
        return result

    @classmethod
    def parse_unicode(cls, s, cur):
        """parse_unicode(s, cur) -> dict

        As `parse()`, for programs from the days of Python 2.
        """
        return cls.parse(s, cur)

    @classmethod
    def get_oids(cls, conn_or_curs):
        """get_oids(conn_or_curs) -> (tuple, tuple)

        The OIDs of every hstore type of the database, and the ones of their arrays.
        """
        rows = query_catalog(conn_or_curs, _OIDS)
        return tuple([row[0] for row in rows]), tuple([row[1] for row in rows])


def register_hstore(conn_or_curs, globally=False, unicode=False, oid=None, array_oid=None):
    """register_hstore(conn_or_curs, globally=False, unicode=False, oid=None, array_oid=None)

    Have the values of hstore come back as dictionaries of str, and dictionaries adapt to it.

    The OIDs are looked up in the catalogue of *conn_or_curs*, unless *oid* is given, one or a
    tuple of them (and *array_oid*, without which arrays are not read), which may be empty, as
    `HstoreAdapter.get_oids()` gives it where there is no hstore. They are registered for
    *conn_or_curs*, or for all connections where *globally* is true; the adapter is for all.
    *unicode* is not used.

    Raises `ProgrammingError` if the database does not have hstore.
    """
    if oid is None:
        oid, array_oid = HstoreAdapter.get_oids(conn_or_curs)
        if not oid:
            raise ProgrammingError(
                "hstore type not found in the database. "
                'please install it with "CREATE EXTENSION hstore"'
            )
    scope = None if globally else conn_or_curs
    register_type(new_type(_as_oids(oid), "HSTORE", HstoreAdapter.parse), scope)
    register_adapter(dict, HstoreAdapter)

    if array_oid:
        base = new_type(_as_oids(oid), "HSTORE", HstoreAdapter.parse)
        register_type(new_array_type(_as_oids(array_oid), "HSTOREARRAY", base), scope)


def _as_oids(oid):
    """Return a tuple of OIDs, for one OID or several."""
    if isinstance(oid, int):
        return (oid,)
    oids = tuple(oid) if isinstance(oid, (tuple, list)) else (oid,)
    if not all(isinstance(item, int) for item in oids):
        raise TypeError(f"expected an OID or a tuple of them, got {oid!r}")
    return tuple([item for item in oids if item])
