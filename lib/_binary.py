"""bytea as bytes."""

from psycopg2._psycopg import BINARY, new_array_type, new_type, register_type


def _cast_bytes(value, cur):
    return None if value is None else bytes(BINARY(value, cur))


def register_bytes(conn_or_curs=None):
    """register_bytes(conn_or_curs=None) -> typecaster

    Have the values of bytea come back as bytes instead of memoryview, for *conn_or_curs* or for
    all connections. ``register_type(BINARY, conn_or_curs)`` undoes it.
    """
    caster = new_type(BINARY.values, "BYTEA", _cast_bytes)
    register_type(caster, conn_or_curs)
    register_type(new_array_type((1001,), "BYTEAARRAY", caster), conn_or_curs)
    return caster
