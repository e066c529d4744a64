"""Statements built of parts: names and values where placeholders cannot stand.

A `Composable` object can be given to `cursor.execute()` and the other methods in place of a
string::

    cur.execute(
        sql.SQL("insert into {} values (%s, %s)").format(sql.Identifier("my_table")), [10, 20])
"""

import string

from psycopg2 import extensions as ext

_formatter = string.Formatter()


class Composable:
    """Composable(wrapped)

    The base of the parts that a statement is made of. They are joined by ``+``, repeated by
    ``*``, and equal if they are of one class and their contents are equal.
    """

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def __repr__(self):
        return f"{type(self).__name__}({self._wrapped!r})"

    def as_string(self, context):
        """as_string(context) -> str

        The SQL text. *context* is the connection or cursor that the text is for: names and values
        are quoted as its server and its encoding need it.

        Raises `TypeError` where *context* is something else, and one is needed.
        """
        raise NotImplementedError

    def __add__(self, other):
        if isinstance(other, Composed):
            return Composed([self]) + other
        if isinstance(other, Composable):
            return Composed([self]) + Composed([other])
        return NotImplemented

    def __mul__(self, n):
        return Composed([self] * n)

    def __eq__(self, other):
        return type(self) is type(other) and self._wrapped == other._wrapped

    def __ne__(self, other):
        return not self == other

    __hash__ = None


class Composed(Composable):
    """Composed(seq)

    A sequence of `Composable`, one after the other. It can be iterated over.

    Raises `TypeError` where an element is none.
    """

    def __init__(self, seq):
        wrapped = []
        for item in seq:
            if not isinstance(item, Composable):
                raise TypeError(f"Composed elements must be Composable, got {item!r} instead")
            wrapped.append(item)
        super().__init__(wrapped)

    @property
    def seq(self):
        """The elements: a list."""
        return list(self._wrapped)

    def as_string(self, context):
        """as_string(context) -> str

        The text of all elements, one after the other.
        """
        return "".join([item.as_string(context) for item in self._wrapped])

    def __iter__(self):
        return iter(self._wrapped)

    def __add__(self, other):
        if isinstance(other, Composed):
            return Composed(self._wrapped + other._wrapped)
        if isinstance(other, Composable):
            return Composed([*self._wrapped, other])
        return NotImplemented

    def join(self, joiner):
        """join(joiner) -> Composed

        The elements with *joiner* between them: a str or `SQL`.
        """
        if isinstance(joiner, str):
            joiner = SQL(joiner)
        elif not isinstance(joiner, SQL):
            raise TypeError("Composed.join() argument must be a string or an SQL")
        return joiner.join(self)


class SQL(Composable):
    """SQL(string)

    A piece of SQL as it stands: never made of anything that comes from outside the program.

    It may have ``{}`` in it for `format()`, and placeholders for `cursor.execute()`.
    """

    def __init__(self, string):
        if not isinstance(string, str):
            raise TypeError("SQL values must be strings")
        super().__init__(string)

    @property
    def string(self):
        """The text."""
        return self._wrapped

    def as_string(self, context):
        """as_string(context) -> str

        The text as it stands.
        """
        return self._wrapped

    def format(self, *args, **kwargs):
        """format(*args, **kwargs) -> Composed

        The text with ``{}``, ``{0}``, ``{name}`` replaced by `Composable` objects; ``{{`` and
        ``}}`` are braces. Formats and conversions (``{:>10}``, ``{!r}``) are not allowed.

        Raises `ValueError` for a text that cannot be read so, `IndexError` or `KeyError` where an
        argument is missing, `TypeError` where one is no `Composable`.
        """
        parts = []
        autonum = 0  # None: the fields have numbers
        for literal, name, spec, conversion in _formatter.parse(self._wrapped):
            if spec:
                raise ValueError("no format specification supported by SQL")
            if conversion:
                raise ValueError("no format conversion supported by SQL")
            if literal:
                parts.append(SQL(literal))
            if name is None:
                continue

            if name.isdigit():
                if autonum:
                    raise ValueError(
                        "cannot switch from automatic field numbering to manual field specification"
                    )
                parts.append(args[int(name)])
                autonum = None
            elif not name:
                if autonum is None:
                    raise ValueError(
                        "cannot switch from manual field specification to automatic field numbering"
                    )
                parts.append(args[autonum])
                autonum += 1
            else:
                parts.append(kwargs[name])
        return Composed(parts)

    def join(self, seq):
        """join(seq) -> Composed

        The elements of *seq*, any iterable of `Composable`, with this text between them.
        """
        parts = []
        for item in seq:
            parts += [self, item] if parts else [item]
        return Composed(parts)


class Identifier(Composable):
    """Identifier(*strings)

    A name in SQL, of a table or a column; with several strings, a qualified one:
    ``Identifier("schema", "table")`` is ``"schema"."table"``.
    """

    def __init__(self, *strings):
        if not strings:
            raise TypeError("Identifier cannot be empty")
        for part in strings:
            if not isinstance(part, str):
                raise TypeError("SQL identifier parts must be strings")
        super().__init__(strings)

    @property
    def strings(self):
        """The parts of the name: a tuple."""
        return self._wrapped

    @property
    def string(self):
        """The name, where it has one part; `AttributeError` if it has more."""
        if len(self._wrapped) != 1:
            raise AttributeError("the Identifier wraps more than one string")
        return self._wrapped[0]

    def __repr__(self):
        return f"{type(self).__name__}({', '.join([repr(part) for part in self._wrapped])})"

    def as_string(self, context):
        """as_string(context) -> str

        The name, quoted for the connection or cursor *context*.
        """
        return ".".join([ext.quote_ident(part, context) for part in self._wrapped])


class Literal(Composable):
    """Literal(wrapped)

    A value, of any type that adapts.
    """

    @property
    def wrapped(self):
        """The value."""
        return self._wrapped

    def as_string(self, context):
        """as_string(context) -> str

        The value as an SQL literal, for the connection or cursor *context*.

        Raises `ProgrammingError` where it has no adapter.
        """
        if isinstance(context, ext.connection):
            conn = context
        elif isinstance(context, ext.cursor):
            conn = context.connection
        else:
            raise TypeError("context must be a connection or a cursor")
        adapter = ext.adapt(self._wrapped)
        if hasattr(adapter, "prepare"):
            adapter.prepare(conn)
        quoted = adapter.getquoted()
        return quoted.decode(ext.encodings[conn.encoding]) if isinstance(quoted, bytes) else quoted


class Placeholder(Composable):
    """Placeholder(name=None)

    A placeholder for a value given to `cursor.execute()`: ``%s``, or ``%(name)s``.

    Raises `ValueError` for a *name* with a closing bracket.
    """

    def __init__(self, name=None):
        if isinstance(name, str):
            if ")" in name:
                raise ValueError(f"invalid name: {name!r}")
        elif name is not None:
            raise TypeError(f"expected string or None as name, got {name!r}")
        super().__init__(name)

    @property
    def name(self):
        """The name, or None."""
        return self._wrapped

    def __repr__(self):
        return f"{type(self).__name__}({'' if self._wrapped is None else repr(self._wrapped)})"

    def as_string(self, context):
        """as_string(context) -> str

        The placeholder: ``%s`` or ``%(name)s``.
        """
        return "%s" if self._wrapped is None else f"%({self._wrapped})s"


NULL = SQL("NULL")
DEFAULT = SQL("DEFAULT")
