"""What the registering functions share: finding a type in the server's catalogue."""

from psycopg2 import extensions as _ext
from psycopg2._psycopg import ProgrammingError

# A name without a schema is one that search_path finds, or else a type of the schema public.
_FIND_TYPE = """\
select t.oid, t.typarray, t.typname, n.nspname, t.typrelid, r.rngsubtype
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_range r on r.rngtypid = t.oid
where t.typname = %(name)s
  and case
    when %(schema)s::text is null then pg_catalog.pg_type_is_visible(t.oid) or n.nspname = 'public'
    when %(schema)s = 'pg_temp' then n.oid = pg_catalog.pg_my_temp_schema()
    else n.nspname = %(schema)s end
order by pg_catalog.pg_type_is_visible(t.oid) desc
limit 1
"""


class CatalogType:
    """A row of pg_type: what is needed to read and write values of it."""

    def __init__(self, row, sql_name):
        self.oid, array_oid, self.name, self.schema, self.relation, self.subtype_oid = row
        self.array_oid = array_oid or None
        #: the name to write in SQL: as it was given, unless that needs quotes
        self.sql_name = sql_name


def solve_conn_curs(conn_or_curs):
    """Return a connection and a plain cursor of it, for a connection or a cursor.

    The cursor is none of the caller's classes: these may give rows that are no tuples.
    """
    if conn_or_curs is None:
        raise ProgrammingError("no connection or cursor provided")
    if isinstance(conn_or_curs, _ext.connection):
        conn = conn_or_curs
    else:
        conn = getattr(conn_or_curs, "connection", None)
        if not isinstance(conn, _ext.connection):
            raise TypeError(
                f"expected a connection or a cursor, got {type(conn_or_curs).__name__} instead"
            )
    return conn, conn.cursor(cursor_factory=_ext.cursor)


def query_catalog(conn_or_curs, query, args=None):
    """Return the rows of a query, in whatever transaction the connection is in.

    A transaction that the query itself opened is ended again.
    """
    conn, cur = solve_conn_curs(conn_or_curs)
    idle = conn.status != _ext.STATUS_IN_TRANSACTION
    try:
        with cur:
            cur.execute(query, args)
            return cur.fetchall()
    finally:
        if idle and not conn.autocommit and not conn.closed:
            conn.rollback()


def find_type(conn_or_curs, name):
    """Return the `CatalogType` with the given name, or None.

    *name* is a type's exact name, or ``schema.name``; or else what SQL would take for it, quoted
    and in any case.
    """
    if not isinstance(name, str):
        raise TypeError(f"a type's name must be a string, not {type(name).__name__}")
    given = _split_exact(name)
    as_sql = _split_identifier(name)
    for parts in (given, as_sql if as_sql != given else None):
        if parts is None:
            continue
        schema, typname = parts
        rows = query_catalog(conn_or_curs, _FIND_TYPE, {"schema": schema, "name": typname})
        if rows:
            return CatalogType(rows[0], _sql_name(conn_or_curs, name, parts, parts is given))
    return None


def _split_exact(name):
    """Split ``schema.name`` at its first dot, as it stands."""
    schema, dot, typname = name.partition(".")
    return (schema, typname) if dot else (None, name)


def _split_identifier(name):
    """Read a name as SQL does, ``"A b".c`` or ``Public.Foo``. None if it is not one."""
    parts = []
    rest = name.strip()
    while rest:
        if rest.startswith('"'):
            end = 1
            while True:
                end = rest.find('"', end)
                if end < 0:
                    return None
                if rest[end : end + 2] != '""':
                    break
                end += 2
            parts.append(rest[1:end].replace('""', '"'))
            rest = rest[end + 1 :]
            if rest and not rest.startswith("."):
                return None
            rest = rest[1:]
        else:
            part, _, rest = rest.partition(".")
            parts.append(part.lower())
    if len(parts) not in (1, 2) or not all(parts):
        return None
    return (None, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _sql_name(conn_or_curs, name, parts, exact):
    """The name to write in SQL for a type that was found by *parts* of *name*."""
    if not exact or _split_identifier(name) == parts:
        return name
    conn, cur = solve_conn_curs(conn_or_curs)
    with cur:
        return ".".join([_ext.quote_ident(part, cur) for part in parts if part is not None])
