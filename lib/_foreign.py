"""Values of other libraries' types, none of which is imported here: what they adapt as.

The C code asks `find_adapter()` for a type that nothing is registered for, and `advice()` when
there is no adapter at all.
"""

import sys
import weakref

from psycopg2._psycopg import ProgrammingError, adapt


def _refuse(value, why):
    error = ProgrammingError(f"can't adapt type '{_full_name(type(value))}'")
    add_note(error, why)
    raise error


def add_note(error, note):
    """Add a note to an exception, where Python has them."""
    if hasattr(error, "add_note"):
        error.add_note(note)


def json_advice():
    """What to do about an object that json.dumps() has no text for."""
    advice = "pass dumps=, a function that returns the JSON text of such an object"
    if "numpy" in sys.modules:
        advice += "; of numpy's, pass value.item() for a scalar and value.tolist() for an array"
    return advice


def _full_name(type_):
    module = type_.__module__
    return type_.__qualname__ if module == "builtins" else f"{module}.{type_.__qualname__}"


def _imported(module, name):
    """The class of that name where somebody has imported its module, or an empty tuple."""
    found = vars(sys.modules[module]).get(name) if module in sys.modules else None
    return found if isinstance(found, type) else ()


# -- numpy


_MICROSECONDS = {"W": 7 * 86400 * 10**6, "D": 86400 * 10**6, "h": 3600 * 10**6, "m": 60 * 10**6,
                 "s": 10**6, "ms": 10**3, "us": 1}  # fmt: skip
_OF_A_MICROSECOND = {"ns": 10**3, "ps": 10**6, "fs": 10**9, "as": 10**12}


def _exact_time(value):
    """The datetime, date, timedelta or None that a datetime64 or timedelta64 is, exactly.

    Not by value.item(), nor by value.astype(): numbers too large for them become others.
    """
    import datetime

    numpy = sys.modules["numpy"]
    unit, step = numpy.datetime_data(value.dtype)
    if numpy.isnat(value):
        return None
    kind = "datetime64" if value.dtype.kind == "M" else "timedelta64"
    if kind == "timedelta64" and unit in ("Y", "M", "generic"):
        _refuse(value, f"its unit, {unit}, is no length of time that Python has: convert it first, "
                       "as in value.astype('timedelta64[D]')")  # fmt: skip
    count = int(value.astype("int64")) * step * _MICROSECONDS.get(unit, 1)
    count, part = divmod(count, _OF_A_MICROSECOND.get(unit, 1))
    if part:
        _refuse(value, f"it has a part of a microsecond, of which PostgreSQL has none: round it "
                       f"first, as in value.astype('{kind}[us]')")  # fmt: skip
    try:
        if unit in ("Y", "M"):
            year, month = divmod(count * (12 if unit == "Y" else 1) + 1970 * 12, 12)
            return datetime.date(year, month + 1, 1)
        span = datetime.timedelta(microseconds=count)
        if kind == "timedelta64":
            return span
        epoch = datetime.date if unit in ("W", "D") else datetime.datetime
        return epoch(1970, 1, 1) + span
    except (OverflowError, ValueError):
        pass
    _refuse(value, f"Python has no {kind[:-2]} for it: pass str(value)")


def _exact_scalar(value):
    """The Python object that is equal to a scalar of numpy."""
    kind = value.dtype.kind
    if kind in "mM":
        return _exact_time(value)
    if kind == "f" and value.dtype.itemsize > 8:
        number = float(value)
        if number == value or value != value:
            return number
        _refuse(value, "it has more digits than a float: pass decimal.Decimal(str(value)), or "
                       "float(value)")  # fmt: skip
    if kind in "biufUS":
        return value.item()
    if value.dtype.names:
        _refuse(value, "it has fields: pass value.item(), which is a tuple, for a composite")
    _refuse(value, f"its dtype, {value.dtype}, is no type of PostgreSQL: convert it first")


def _exact_array(array):
    """The nested lists that an array of numpy is."""
    masked = getattr(sys.modules.get("numpy.ma"), "masked", None)
    if array.ndim == 0:
        item = array[()]
        return None if item is masked else _exact_scalar(item)
    if array.dtype.kind in "biufUSO" and not (array.dtype.kind == "f" and array.itemsize > 8):
        return array.tolist()  # None where it is masked
    if array.dtype.names:
        _refuse(array, "it has fields: pass its records one by one, as in array.tolist() with "
                       "copy_records() or execute_values()")  # fmt: skip
    if array.dtype.kind not in "fmM":
        _refuse(array, f"its dtype, {array.dtype}, is no type of PostgreSQL: convert it first")
    if array.ndim > 1:
        return [_exact_array(item) for item in array]
    return [None if item is masked else _exact_scalar(item) for item in array]


def _adapt_scalar(value):
    return adapt(_exact_scalar(value))


def _adapt_array(array):
    return adapt(_exact_array(array))


# -- pandas, pathlib, ipaddress


def _adapt_missing(value):
    return adapt(None)


def _adapt_text(value):
    return adapt(str(value))


# Module, name of the class there, and what makes an adapter of a value of it, or of a subclass.
_KNOWN = (
    ("numpy", "generic", _adapt_scalar),
    ("numpy", "ndarray", _adapt_array),
    ("pandas._libs.missing", "NAType", _adapt_missing),
    ("pathlib", "PurePath", _adapt_text),
    ("ipaddress", "_IPAddressBase", _adapt_text),
)

_found: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def find_adapter(type_):
    """find_adapter(type_) -> callable or None

    What makes an adapter of a value of *type_*: None where its type is not known here.
    """
    adapter = _found.get(type_)
    for module, name, adapter_of_class in () if adapter else _KNOWN:
        known = _imported(module, name)
        if known and issubclass(type_, known):
            adapter = _found[type_] = adapter_of_class
            break
    return adapter


# -- Advice


def _special(value):
    """How to get a value that adapts out of one of a well-known type: a text, or None."""
    from collections.abc import Iterator, KeysView, Set, ValuesView

    if isinstance(value, dict):
        return (
            "a dict goes into json or jsonb as psycopg2.extras.Json(value), into hstore after "
            "psycopg2.extras.register_hstore(conn); register_adapter(dict, Json) makes every dict "
            "json"
        )
    if isinstance(value, type):
        return "it is a class: was an object of it meant?"
    if callable(value) and type(value).__name__ in (
        "function",
        "method",
        "builtin_function_or_method",
        "method_descriptor",
    ):
        return "it is a function that was not called: are its parentheses missing?"
    if isinstance(value, _imported("psycopg2.sql", "Composable")):
        return "it is a part of a query, and no parameter: put it there with sql.SQL().format()"
    if isinstance(value, _imported("enum", "Enum")):
        return "for a member of an Enum pass member.value, or member.name"
    if hasattr(type(value), "__dataclass_fields__"):
        return (
            "for a dataclass pass dataclasses.astuple(value), a composite, or "
            "psycopg2.extras.Json(dataclasses.asdict(value))"
        )
    if isinstance(value, (Set, KeysView, ValuesView, Iterator, range)):
        return "pass list(value) for an array, as of ANY(%s), or tuple(value) for IN %s"
    if type(value).__module__.partition(".")[0] in ("pandas", "polars") and hasattr(
        value, "to_list"
    ):
        return "pass value.to_list(), an array"
    return None


def advice(value):
    """advice(value) -> str

    What to do about a value that does not adapt.
    """
    name = type(value).__qualname__
    general = (
        f"any class adapts with psycopg2.extensions.register_adapter({name}, function), where "
        f"function(value) returns an adapter such as AsIs or QuotedString, or with a method "
        f"__conform__(self, protocol) that does for ISQLQuote"
    )
    special = _special(value)
    return f"{special}; {general}" if special else general
