"""Composite types: rows of a type of the server as named tuples, or as what a factory makes."""

from collections import namedtuple as _namedtuple

from psycopg2._catalog import find_type, query_catalog
from psycopg2._psycopg import (
    DataError,
    ProgrammingError,
    new_array_type,
    new_type,
    register_type,
)
from psycopg2._text import split_items

_ATTRIBUTES = """\
select attname, atttypid from pg_catalog.pg_attribute
where attrelid = %s and attnum > 0 and not attisdropped
order by attnum
"""


class CompositeCaster:
    """CompositeCaster(name, oid, attrs, array_oid=None, schema=None)

    Makes Python objects of the values of a composite type; `register_composite()` makes one from
    the server's catalogue.

    *attrs* is a list of (name, OID) for each attribute of the type. Subclass it and override
    `make()` for objects other than named tuples.

    Its attributes are `name`, `schema`, `oid` and `array_oid` (int, or None); `attnames` and
    `atttypes`, the names and OIDs of the type's attributes; `type`, the class of named tuples;
    `typecaster` and `array_typecaster`, what reads values and arrays.
    """

    def __init__(self, name, oid, attrs, array_oid=None, schema=None):
        self.name = name
        self.schema = schema
        self.oid = oid
        self.array_oid = array_oid

        self.attnames = [attr[0] for attr in attrs]
        self.atttypes = [attr[1] for attr in attrs]
        self._create_type(name, self.attnames)
        self.typecaster = new_type((oid,), name, self.parse)
        if array_oid:
            self.array_typecaster = new_array_type((array_oid,), f"{name}ARRAY", self.typecaster)
        else:
            self.array_typecaster = None

    def parse(self, s, curs):
        """parse(s, curs) -> object

        What `make()` makes of the text *s* of a value; None for None. The attributes are read
        with the typecasters of the cursor *curs*.

        Raises `DataError` for a text that is not the type's.
        """
        if s is None:
            return None
        tokens = self.tokenize(s)
        if len(tokens) != len(self.atttypes):
            raise DataError(
                f"expecting {len(self.atttypes)} components for the type {self.name}, "
                f"{len(tokens)} found instead"
            )
        cast = curs.cast
        return self.make([cast(oid, token) for oid, token in zip(self.atttypes, tokens)])

    def make(self, values):
        """make(values) -> object

        The Python object with the list of attributes *values*: here, a named tuple of the class
        `type`.
        """
        return self._ctor(values)

    @classmethod
    def tokenize(cls, s):
        """tokenize(s) -> list

        The attributes in the text of a composite value, as str, or None for NULL.

        Raises `DataError` where there is no such value in *s*. See `Composite Type Input and
        Output Syntax <https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX>`__.
        """
        if len(s) < 2 or s[0] != "(" or s[-1] != ")":
            raise DataError(f"failed to parse composite value: {s!r}")
        try:
            return split_items(s[1:-1])
        except ValueError as e:
            raise DataError(f"failed to parse composite value: {s!r}: {e}") from None

    def _create_type(self, name, attnames):
        self.type = _namedtuple(name, attnames)
        self.type.__module__ = "psycopg2.extras"
        self._ctor = self.type._make

    @classmethod
    def _from_db(cls, name, conn_or_curs):
        """Make a caster for the type *name* that the server has."""
        found = find_type(conn_or_curs, name)
        attrs = query_catalog(conn_or_curs, _ATTRIBUTES, (found.relation,)) if found else None
        if not attrs:
            raise ProgrammingError(f"PostgreSQL type '{name}' not found")
        return cls(found.name, found.oid, attrs, array_oid=found.array_oid, schema=found.schema)


def register_composite(name, conn_or_curs, globally=False, factory=None):
    """register_composite(name, conn_or_curs, globally=False, factory=None) -> CompositeCaster

    Have the values of a composite type, or of a table's rows, come back as named tuples.

    *name* is the type's, with its schema (``schema.name``) or without; where there is none,
    search_path finds the type. It is registered for *conn_or_curs*, or for all connections where
    *globally* is true. *factory* is a subclass of `CompositeCaster` to use instead.

    Raises `ProgrammingError` if the server has no such type.
    """
    if factory is None:
        factory = CompositeCaster
    elif not (isinstance(factory, type) and issubclass(factory, CompositeCaster)):
        raise TypeError(f"factory must be a subclass of CompositeCaster, not {factory!r}")

    caster = factory._from_db(name, conn_or_curs)
    scope = None if globally else conn_or_curs
    register_type(caster.typecaster, scope)
    if caster.array_typecaster is not None:
        register_type(caster.array_typecaster, scope)
    return caster
