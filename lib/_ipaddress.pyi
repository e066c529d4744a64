from collections.abc import Sequence
from typing import Any, Optional, Union

from psycopg2._psycopg import QuotedString, connection, cursor, type_

INET_OID: int
INETARRAY_OID: int
CIDR_OID: int
CIDRARRAY_OID: int

def register_ipaddress(conn_or_curs: Union[connection, cursor, None] = None) -> None: ...
def adapt_ipaddress(obj: Any) -> QuotedString: ...

class Inet:
    addr: Optional[str]
    def __init__(self, addr: Optional[str]) -> None: ...
    def __conform__(self, proto: Any) -> Any: ...
    def prepare(self, conn: Optional[connection]) -> None: ...
    def getquoted(self) -> bytes: ...

def register_inet(
    oid: Union[int, Sequence[int], None] = None,
    conn_or_curs: Union[connection, cursor, None] = None,
) -> type_: ...
