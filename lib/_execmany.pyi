from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Optional, Union, overload

from psycopg2._psycopg import cursor
from psycopg2.sql import Composable

_Query = Union[str, bytes, Composable]
_Args = Union[Sequence[Any], Mapping[str, Any]]

def execute_batch(
    cur: cursor,
    sql: _Query,
    argslist: Iterable[Optional[_Args]],
    page_size: int = 100,
) -> None: ...
@overload
def execute_values(
    cur: cursor,
    sql: _Query,
    argslist: Iterable[_Args],
    template: Optional[_Query] = None,
    page_size: int = 100,
    fetch: Literal[False] = False,
) -> None: ...
@overload
def execute_values(
    cur: cursor,
    sql: _Query,
    argslist: Iterable[_Args],
    template: Optional[_Query] = None,
    page_size: int = 100,
    *,
    fetch: Literal[True],
) -> list[Any]: ...
@overload
def execute_values(
    cur: cursor,
    sql: _Query,
    argslist: Iterable[_Args],
    template: Optional[_Query] = None,
    page_size: int = 100,
    fetch: bool = False,
) -> Optional[list[Any]]: ...
