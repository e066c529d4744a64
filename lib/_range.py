"""Range types: Python objects for them, and their adapters and typecasters."""

from types import GenericAlias

from psycopg2._psycopg import (
    DataError,
    InterfaceError,
    ISQLQuote,
    ProgrammingError,
    adapt,
    encodings,
    new_array_type,
    new_type,
    register_type,
    value_text,
)
from psycopg2._text import quote_item, split_items
from psycopg2.extensions import register_adapter


class Range:
    """Range(lower=None, upper=None, bounds='[)', empty=False)

    A PostgreSQL range: the values between *lower* and *upper*, of which None is no bound at all.
    *bounds* says with ``[`` or ``]`` that a bound belongs to the range, with ``(`` or ``)`` that
    it does not. With *empty* true the range holds nothing, and the other arguments are not used.

    Ranges are immutable, hashable, ordered, and false if empty. They keep the bounds that they
    are given: it is the server that rewrites ``[1,2]`` as ``[1,3)``.

    Raises `ValueError` for *bounds* other than ``[)``, ``(]``, ``()`` and ``[]``.
    See `Range Types <https://www.postgresql.org/docs/current/rangetypes.html>`__.
    """

    __slots__ = ("_lower", "_upper", "_bounds")
    __class_getitem__ = classmethod(GenericAlias)  # for annotations

    def __init__(self, lower=None, upper=None, bounds="[)", empty=False):
        if empty:
            self._lower = self._upper = self._bounds = None
            return
        if bounds not in ("[)", "(]", "()", "[]"):
            raise ValueError(f"bound flags not valid: {bounds!r}")
        self._lower = lower
        self._upper = upper
        self._bounds = bounds

    def __repr__(self):
        name = type(self).__name__
        if self._bounds is None:
            return f"{name}(empty=True)"
        return f"{name}({self._lower!r}, {self._upper!r}, {self._bounds!r})"

    def __str__(self):
        if self._bounds is None:
            return "empty"
        return f"{self._bounds[0]}{self._lower}, {self._upper}{self._bounds[1]}"

    @property
    def lower(self):
        """The lower bound; None if there is none or the range is empty."""
        return self._lower

    @property
    def upper(self):
        """The upper bound; None if there is none or the range is empty."""
        return self._upper

    @property
    def isempty(self):
        """True if the range is empty."""
        return self._bounds is None

    @property
    def lower_inf(self):
        """True if the range has no lower bound; False if it is empty."""
        return self._bounds is not None and self._lower is None

    @property
    def upper_inf(self):
        """True if the range has no upper bound; False if it is empty."""
        return self._bounds is not None and self._upper is None

    @property
    def lower_inc(self):
        """True if the lower bound belongs to the range."""
        return self._bounds is not None and self._lower is not None and self._bounds[0] == "["

    @property
    def upper_inc(self):
        """True if the upper bound belongs to the range."""
        return self._bounds is not None and self._upper is not None and self._bounds[1] == "]"

    def __contains__(self, x):
        if self._bounds is None:
            return False
        if self._lower is not None and (
            x < self._lower if self._bounds[0] == "[" else x <= self._lower
        ):
            return False
        return self._upper is None or not (
            x > self._upper if self._bounds[1] == "]" else x >= self._upper
        )

    def __bool__(self):
        return self._bounds is not None

    def __eq__(self, other):
        if not isinstance(other, Range):
            return False
        return (
            self._lower == other._lower
            and self._upper == other._upper
            and self._bounds == other._bounds
        )

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((self._lower, self._upper, self._bounds))

    # Ordered by lower bound, upper bound and bounds. As in the rest of the class, what is None
    # comes first: an empty range before all others, and one without a bound before those with.

    def __lt__(self, other):
        if not isinstance(other, Range):
            return NotImplemented
        for mine, others in (
            (self._lower, other._lower),
            (self._upper, other._upper),
            (self._bounds, other._bounds),
        ):
            if mine == others:
                continue
            if mine is None or others is None:
                return mine is None
            return mine < others
        return False

    def __le__(self, other):
        return self == other or self.__lt__(other)

    def __gt__(self, other):
        return other.__lt__(self) if isinstance(other, Range) else NotImplemented

    def __ge__(self, other):
        return self == other or self.__gt__(other)

    def __getstate__(self):
        state = {slot: getattr(self, slot) for slot in Range.__slots__}
        state.update(getattr(self, "__dict__", ()))
        return state

    def __setstate__(self, state):
        for slot, value in state.items():
            setattr(self, slot, value)


class NumericRange(Range):
    """NumericRange(lower=None, upper=None, bounds='[)', empty=False)

    The `Range` of the server's int4range, int8range and numrange.
    """


class DateRange(Range):
    """DateRange(lower=None, upper=None, bounds='[)', empty=False)

    The `Range` of `datetime.date`: the server's daterange.
    """


class DateTimeRange(Range):
    """DateTimeRange(lower=None, upper=None, bounds='[)', empty=False)

    The `Range` of `datetime.datetime` without a time zone: the server's tsrange.
    """


class DateTimeTZRange(Range):
    """DateTimeTZRange(lower=None, upper=None, bounds='[)', empty=False)

    The `Range` of `datetime.datetime` with a time zone: the server's tstzrange.
    """


class RangeAdapter:
    """RangeAdapter(adapted)

    The adapter of a `Range`, to be subclassed with the name of a range type of the server in
    `name`: the range is written as a call of that type's constructor.
    """

    #: the range type's name, as SQL has it
    name = None

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
        r = self.adapted
        name = self.name.encode("utf8" if self._conn is None else encodings[self._conn.encoding])
        if r.isempty:
            return b"'empty'::" + name
        return b"%s(%s, %s, '%s')" % (
            name,
            self._quote(r.lower),
            self._quote(r.upper),
            r._bounds.encode("ascii"),
        )

    def _value_text(self):
        self._check_name()
        r = self.adapted
        if r.isempty:
            return "empty"
        lower, upper = self._bound_text(r.lower), self._bound_text(r.upper)
        return f"{r._bounds[0]}{lower},{upper}{r._bounds[1]}"

    #: for COPY, which takes no calls; a subclass with a getquoted() of its own does not have it
    getquoted.value_text = _value_text

    def _check_name(self):
        if self.name is None:
            raise NotImplementedError(
                "RangeAdapter must be subclassed overriding its name or the getquoted() method"
            )

    def _bound_text(self, bound):
        if self.name in ("tsrange", "daterange") and getattr(bound, "tzinfo", None) is not None:
            raise DataError(f"a bound of {self.name} cannot have a time zone: {bound!r}")
        text = value_text(bound, self._conn)
        return "" if text is None else quote_item(text)

    def _quote(self, bound):
        if bound is None:
            return b"NULL"
        adapter = adapt(bound)
        if self._conn is not None and hasattr(adapter, "prepare"):
            adapter.prepare(self._conn)
        return adapter.getquoted()


class NumberRangeAdapter(RangeAdapter):
    """NumberRangeAdapter(adapted)

    The adapter of `NumericRange`: a literal without a type, which the server takes as the range
    type that is called for.
    """

    def getquoted(self):
        """getquoted() -> bytes

        Raises `DataError` where a bound is no number.
        """
        r = self.adapted
        if r.isempty:
            return b"'empty'"
        lower = b"" if r.lower is None else self._number(r.lower)
        upper = b"" if r.upper is None else self._number(r.upper)
        return b"'%c%s,%s%c'" % (ord(r._bounds[0]), lower, upper, ord(r._bounds[1]))

    def _number(self, bound):
        """The text of a bound, to stand inside quotes."""
        quoted = self._quote(bound)
        if b"'" not in quoted:
            return quoted
        # 'NaN'::numeric, or digits in a string: the text is what the quotes hold
        before, text, behind = quoted.split(b"'", 2)
        if before or not (text.isalnum() or text == b"-Infinity") or behind[:2] not in (b"", b"::"):
            raise DataError(f"{bound!r} cannot be a bound of a range of numbers")
        return text


def register_range(pgrange, pyrange, conn_or_curs, globally=False):
    """register_range(pgrange, pyrange, conn_or_curs, globally=False) -> RangeCaster

    Have the values of a range type of the server come back as Python objects, and these adapt.

    *pgrange* is the type's name, with its schema (``schema.name``) or without; where there is
    none, search_path finds the type. *pyrange* is a subclass of `Range`, or the name for one that
    is made, and found as the attribute `range` of what is returned. The type is registered for
    *conn_or_curs*, or for all connections where *globally* is true; the adapter is for all.

    Raises `ProgrammingError` if the server has no such type.
    """
    caster = RangeCaster._from_db(pgrange, pyrange, conn_or_curs)
    caster._register(None if globally else conn_or_curs)
    return caster


def _parse_bounds(s):
    """Return the texts of the two bounds in ``[lower,upper)``, None for one that is not there.

    See the manual's section `Range Types`_ on input and output.

    .. _Range Types: https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO
    """
    if len(s) < 3 or s[0] not in "[(" or s[-1] not in ")]":
        raise InterfaceError(f"failed to parse range: {s!r}")
    try:
        bounds = split_items(s[1:-1])
    except ValueError as e:
        raise InterfaceError(f"failed to parse range: {s!r}: {e}") from None
    if len(bounds) != 2:
        raise InterfaceError(f"failed to parse range: {s!r}")
    return bounds


def _is_strict_subclass(cls, base):
    return isinstance(cls, type) and issubclass(cls, base) and cls is not base


class RangeCaster:
    """RangeCaster(pgrange, pyrange, oid, subtype_oid, array_oid=None)

    Makes `Range` objects of the values of a range type, and adapts them; `register_range()` makes
    one from the server's catalogue. The attributes `range` and `adapter` are the classes,
    `typecaster` and `array_typecaster` what reads values and arrays.
    """

    def __init__(self, pgrange, pyrange, oid, subtype_oid, array_oid=None):
        self.subtype_oid = subtype_oid
        self._create_ranges(pgrange, pyrange)

        name = self.adapter.name or type(self.adapter).__name__
        self.typecaster = new_type((oid,), name, self.parse)
        if array_oid is not None:
            self.array_typecaster = new_array_type((array_oid,), name + "ARRAY", self.typecaster)
        else:
            self.array_typecaster = None

    def _create_ranges(self, pgrange, pyrange):
        """Find or make the class of the objects and the one of their adapters."""
        self.adapter = None
        if isinstance(pgrange, str):
            self.adapter = type(pgrange, (RangeAdapter,), {"name": pgrange})
        elif _is_strict_subclass(pgrange, RangeAdapter):
            self.adapter = pgrange
        if self.adapter is None:
            raise TypeError("pgrange must be a string or a RangeAdapter strict subclass")

        self.range = None
        if isinstance(pyrange, str):
            self.range = type(pyrange, (Range,), {})
        elif _is_strict_subclass(pyrange, Range):
            self.range = pyrange
        if self.range is None:
            raise TypeError("pyrange must be a type or a Range strict subclass")

    @classmethod
    def _from_db(cls, name, pyrange, conn_or_curs):
        """Make a caster for the range type *name* that the server has."""
        from psycopg2._catalog import find_type

        found = find_type(conn_or_curs, name)
        if found is None or found.subtype_oid is None:
            raise ProgrammingError(f"PostgreSQL range '{name}' not found")
        return cls(found.sql_name, pyrange, found.oid, found.subtype_oid, found.array_oid)

    def parse(self, s, cur=None):
        """parse(s, cur=None) -> Range

        The range in the text *s* of a value; None for None. The bounds are read with the
        typecasters of the cursor *cur*.

        Raises `InterfaceError` for a text that is no range.
        """
        if s is None:
            return None
        if s == "empty":
            return self.range(empty=True)
        lower, upper = _parse_bounds(s)
        if lower is not None:
            lower = cur.cast(self.subtype_oid, lower)
        if upper is not None:
            upper = cur.cast(self.subtype_oid, upper)
        return self.range(lower, upper, s[0] + s[-1])

    def _register(self, scope=None):
        register_type(self.typecaster, scope)
        if self.array_typecaster is not None:
            register_type(self.array_typecaster, scope)
        register_adapter(self.range, self.adapter)


# The range types that every server has; one caster for each, as their bounds differ.

int4range_caster = RangeCaster(NumberRangeAdapter, NumericRange, 3904, 23, 3905)
int4range_caster._register()

int8range_caster = RangeCaster(NumberRangeAdapter, NumericRange, 3926, 20, 3927)
int8range_caster._register()

numrange_caster = RangeCaster(NumberRangeAdapter, NumericRange, 3906, 1700, 3907)
numrange_caster._register()

daterange_caster = RangeCaster("daterange", DateRange, 3912, 1082, 3913)
daterange_caster._register()

tsrange_caster = RangeCaster("tsrange", DateTimeRange, 3908, 1114, 3909)
tsrange_caster._register()

tstzrange_caster = RangeCaster("tstzrange", DateTimeTZRange, 3910, 1184, 3911)
tstzrange_caster._register()
