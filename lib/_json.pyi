from collections.abc import Callable
from typing import Any, Optional, Union

from psycopg2._psycopg import connection, cursor, type_

_Scope = Union[connection, cursor, None]
_Loads = Optional[Callable[[str], Any]]

JSON_OID: int
JSONARRAY_OID: int
JSONB_OID: int
JSONBARRAY_OID: int

class Json:
    adapted: Any
    def __init__(self, adapted: Any, dumps: Optional[Callable[[Any], str]] = None) -> None: ...
    def __conform__(self, proto: Any) -> Any: ...
    def dumps(self, obj: Any) -> str: ...
    def prepare(self, conn: Optional[connection]) -> None: ...
    def getquoted(self) -> bytes: ...

def register_json(
    conn_or_curs: _Scope = None,
    globally: bool = False,
    loads: _Loads = None,
    oid: Optional[int] = None,
    array_oid: Optional[int] = None,
    name: str = "json",
) -> tuple[type_, Optional[type_]]: ...
def register_default_json(
    conn_or_curs: _Scope = None, globally: bool = False, loads: _Loads = None
) -> tuple[type_, type_]: ...
def register_default_jsonb(
    conn_or_curs: _Scope = None, globally: bool = False, loads: _Loads = None
) -> tuple[type_, type_]: ...
