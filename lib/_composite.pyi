from collections.abc import Sequence
from typing import Any, Optional, TypeVar, Union, overload

from psycopg2._psycopg import connection, cursor, type_

_F = TypeVar("_F", bound=CompositeCaster)

class CompositeCaster:
    name: str
    schema: Optional[str]
    oid: int
    array_oid: Optional[int]
    attnames: list[str]
    atttypes: list[int]
    type: Any
    typecaster: type_
    array_typecaster: Optional[type_]
    def __init__(
        self,
        name: str,
        oid: int,
        attrs: Sequence[tuple[str, int]],
        array_oid: Optional[int] = None,
        schema: Optional[str] = None,
    ) -> None: ...
    def parse(self, s: Optional[str], curs: cursor) -> Any: ...
    def make(self, values: list[Any]) -> Any: ...
    @classmethod
    def tokenize(cls, s: str) -> list[Optional[str]]: ...

@overload
def register_composite(
    name: str,
    conn_or_curs: Union[connection, cursor],
    globally: bool = False,
    factory: None = None,
) -> CompositeCaster: ...
@overload
def register_composite(
    name: str,
    conn_or_curs: Union[connection, cursor],
    globally: bool = False,
    *,
    factory: type[_F],
) -> _F: ...
@overload
def register_composite(
    name: str,
    conn_or_curs: Union[connection, cursor],
    globally: bool,
    factory: type[_F],
) -> _F: ...
