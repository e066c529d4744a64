"""json and jsonb: the adapter of objects, and typecasters with a parser of one's own."""

from psycopg2._catalog import query_catalog
from psycopg2._psycopg import (
    JSON,
    JSONARRAY,
    JSONB,
    JSONBARRAY,
    ISQLQuote,
    ProgrammingError,
    QuotedString,
    new_array_type,
    new_type,
    register_type,
)

JSON_OID = 114
JSONARRAY_OID = 199
JSONB_OID = 3802
JSONBARRAY_OID = 3807


class Json:
    """Json(adapted, dumps=None)

    Adapts *adapted*, any object that `json.dumps()` takes, to a value of json or jsonb. *dumps*
    is called instead of `json.dumps()`; a subclass may override the method `dumps()` as well.

    Dictionaries do not adapt on their own: ``register_adapter(dict, Json)`` makes them.
    """

    def __init__(self, adapted, dumps=None):
        self.adapted = adapted
        self._conn = None
        self._dumps = dumps

    def __conform__(self, proto):
        return self if proto is ISQLQuote else None

    def dumps(self, obj):
        """dumps(obj) -> str

        The JSON text of *obj*. Raises what `json.dumps()` does, `TypeError` and `ValueError`.
        """
        if self._dumps is not None:
            return self._dumps(obj)
        from json import dumps

        try:
            return dumps(obj)
        except TypeError as e:
            from psycopg2._foreign import add_note, json_advice

            add_note(e, json_advice())
            raise

    def prepare(self, conn):
        """prepare(conn)

        Called before `getquoted()` with the connection that the text is quoted for.
        """
        self._conn = conn

    def getquoted(self):
        """getquoted() -> bytes

        The value as SQL, in the encoding of the connection. Raises what `dumps()` does.
        """
        quoted = QuotedString(self.dumps(self.adapted))
        if self._conn is not None:
            quoted.prepare(self._conn)
        return quoted.getquoted()

    def __str__(self):
        # the text is ASCII but where dumps= made it otherwise
        return self.getquoted().decode("ascii", "replace")


def register_json(
    conn_or_curs=None, globally=False, loads=None, oid=None, array_oid=None, name="json"
):
    """register_json(conn_or_curs=None, globally=False, loads=None, oid=None, array_oid=None, \
name="json") -> (typecaster, typecaster)

    Have the values of a type that holds JSON come back as Python objects, parsed by *loads*
    (default: `json.loads()`), a callable that is given their text as str. Values of json and jsonb
    do without registration; this is for a parser of one's own, or another type.

    The type *name* and its array are looked up in the catalogue of *conn_or_curs*, unless *oid*
    is given (and *array_oid*, without which arrays are not read). They are registered for
    *conn_or_curs*, or for all connections where *globally* is true or there is no connection.

    Returns the typecasters of the type and of its array (or None). Raises `ProgrammingError` if
    the server has no such type, or there is neither an OID nor a connection.
    """
    if oid is None:
        oid, array_oid = _get_json_oids(conn_or_curs, name)
    typecaster, array_typecaster = _create_json_typecasters(oid, array_oid, loads, name.upper())

    scope = None if globally else conn_or_curs
    register_type(typecaster, scope)
    if array_typecaster is not None:
        register_type(array_typecaster, scope)
    return typecaster, array_typecaster


def register_default_json(conn_or_curs=None, globally=False, loads=None):
    """register_default_json(conn_or_curs=None, globally=False, loads=None) -> \
(typecaster, typecaster)

    `register_json()` for the server's json, whose OID is known. Without *loads* it undoes a
    registration: values are parsed as they are with nothing registered.
    """
    return register_json(conn_or_curs, globally, loads, JSON_OID, JSONARRAY_OID)


def register_default_jsonb(conn_or_curs=None, globally=False, loads=None):
    """register_default_jsonb(conn_or_curs=None, globally=False, loads=None) -> \
(typecaster, typecaster)

    `register_json()` for the server's jsonb, whose OID is known. Without *loads* it undoes a
    registration: values are parsed as they are with nothing registered.
    """
    return register_json(conn_or_curs, globally, loads, JSONB_OID, JSONBARRAY_OID, "jsonb")


def _create_json_typecasters(oid, array_oid, loads, name):
    if loads is None:
        if (oid, array_oid) == (JSON_OID, JSONARRAY_OID):
            return JSON, JSONARRAY
        if (oid, array_oid) == (JSONB_OID, JSONBARRAY_OID):
            return JSONB, JSONBARRAY
        from json import loads
    elif not callable(loads):
        raise TypeError(f"loads must be callable, not {type(loads).__name__}")

    def typecast_json(s, cur):
        return None if s is None else loads(s)

    typecaster = new_type((oid,), name, typecast_json)
    if array_oid is None:
        return typecaster, None
    return typecaster, new_array_type((array_oid,), f"{name}ARRAY", typecaster)


def _get_json_oids(conn_or_curs, name):
    """Return the OIDs of a type and of its array."""
    rows = query_catalog(
        conn_or_curs,
        "select t.oid, t.typarray from pg_catalog.pg_type t where t.typname = %s"
        " order by pg_catalog.pg_type_is_visible(t.oid) desc limit 1",
        (name,),
    )
    if not rows:
        raise ProgrammingError(f"{name} data type not found")
    oid, array_oid = rows[0]
    return oid, array_oid or None
