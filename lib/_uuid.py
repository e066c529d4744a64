"""uuid: the functions of a time when the type had to be registered."""

from psycopg2._psycopg import UUID, UUIDARRAY, new_array_type, new_type, register_type


def register_uuid(oids=None, conn_or_curs=None):
    """register_uuid(oids=None, conn_or_curs=None) -> typecaster

    Have the values of uuid come back as `uuid.UUID`. They do with nothing registered: this puts
    that back where another typecaster was registered, and serves other types that hold UUIDs.

    *oids* is the type's OID, or a sequence of it and its array's; an empty one means uuid itself.
    They are registered for *conn_or_curs*, or for all connections.
    """
    if not oids:
        caster, array_caster = UUID, UUIDARRAY
    else:
        oid, array_oid = (oids, 2951) if isinstance(oids, int) else oids
        caster = new_type((oid,), "UUID", _cast_uuid)
        array_caster = new_array_type((array_oid,), "UUID[]", caster)
    register_type(caster, conn_or_curs)
    register_type(array_caster, conn_or_curs)
    return caster


def _cast_uuid(data, cursor):
    return UUID(data, cursor)
