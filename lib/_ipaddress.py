"""inet and cidr: as objects of the module ipaddress, or as `Inet`."""

from psycopg2 import extensions as _ext
from psycopg2._psycopg import (
    ISQLQuote,
    QuotedString,
    adapt,
    new_array_type,
    new_type,
    register_type,
)

INET_OID, INETARRAY_OID = 869, 1041
CIDR_OID, CIDRARRAY_OID = 650, 651


def register_ipaddress(conn_or_curs=None):
    """register_ipaddress(conn_or_curs=None)

    Have the values of inet come back as `ipaddress.IPv4Interface` or `ipaddress.IPv6Interface`,
    the ones of cidr as `ipaddress.IPv4Network` or `ipaddress.IPv6Network`, for *conn_or_curs* or
    for all connections; and have these classes, and `ipaddress.IPv4Address` and
    `ipaddress.IPv6Address`, adapt on all.
    """
    import ipaddress

    def cast_interface(s, cur=None):
        return None if s is None else ipaddress.ip_interface(s)

    def cast_network(s, cur=None):
        return None if s is None else ipaddress.ip_network(s)

    for oid, array_oid, name, cast in (
        (INET_OID, INETARRAY_OID, "INET", cast_interface),
        (CIDR_OID, CIDRARRAY_OID, "CIDR", cast_network),
    ):
        caster = new_type((oid,), name, cast)
        register_type(caster, conn_or_curs)
        register_type(new_array_type((array_oid,), name + "[]", caster), conn_or_curs)

    for cls in (
        ipaddress.IPv4Address,
        ipaddress.IPv6Address,
        ipaddress.IPv4Interface,
        ipaddress.IPv6Interface,
        ipaddress.IPv4Network,
        ipaddress.IPv6Network,
    ):
        _ext.register_adapter(cls, adapt_ipaddress)


def adapt_ipaddress(obj):
    """adapt_ipaddress(obj) -> QuotedString: the text of an address, interface or network."""
    return QuotedString(str(obj))


class Inet:
    """Inet(addr)

    An address as the server writes it, to be adapted with the type inet. `register_inet()` gives
    such objects; `register_ipaddress()` gives more useful ones.
    """

    def __init__(self, addr):
        self.addr = addr
        self._conn = None

    def __repr__(self):
        return f"{type(self).__name__}({self.addr!r})"

    def prepare(self, conn):
        """prepare(conn)

        Called before `getquoted()` with the connection that the text is quoted for.
        """
        self._conn = conn

    def getquoted(self):
        """getquoted() -> bytes

        The value as SQL, in the encoding of the connection.
        """
        adapter = adapt(self.addr)
        if self._conn is not None and hasattr(adapter, "prepare"):
            adapter.prepare(self._conn)
        return adapter.getquoted() + b"::inet"

    def __conform__(self, proto):
        return self if proto is ISQLQuote else None

    def __str__(self):
        return str(self.addr)


def register_inet(oid=None, conn_or_curs=None):
    """register_inet(oid=None, conn_or_curs=None) -> typecaster

    Have the values of inet come back as `Inet`. *oid* is the type's OID, or a sequence of it and
    its array's; an empty one means inet itself. They are registered for *conn_or_curs*, or for
    all connections.

    Deprecated: see `register_ipaddress()`.
    """
    import warnings

    warnings.warn(
        "the inet adapter is deprecated, register_ipaddress() gives more useful objects",
        DeprecationWarning,
        stacklevel=2,
    )
    if not oid:
        oid = INET_OID
    oid, array_oid = (oid, INETARRAY_OID) if isinstance(oid, int) else oid

    _ext.INET = new_type((oid,), "INET", _cast_inet)
    _ext.INETARRAY = new_array_type((array_oid,), "INETARRAY", _ext.INET)
    register_type(_ext.INET, conn_or_curs)
    register_type(_ext.INETARRAY, conn_or_curs)
    return _ext.INET


def _cast_inet(s, cur):
    return None if s is None else Inet(s)
