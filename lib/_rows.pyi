from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Optional, TypeVar, Union, overload

from psycopg2._psycopg import RealDictRow as RealDictRow
from psycopg2._psycopg import RowStream, connection, cursor
from psycopg2.sql import Composable

_C = TypeVar("_C", bound=cursor)
_T = TypeVar("_T")
_Query = Union[str, bytes, Composable]
_Vars = Union[Sequence[Any], Mapping[str, Any], None]

class DictCursorBase(cursor):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def index(self) -> OrderedDict[str, int]: ...
    @property
    def column_mapping(self) -> list[str]: ...
    @overload
    def callproc(self, procname: str, vars: None = None) -> None: ...
    @overload
    def callproc(self, procname: str, vars: _T) -> _T: ...

class DictConnection(connection):
    @overload
    def cursor(
        self,
        name: Optional[str] = None,
        cursor_factory: None = None,
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> DictCursor: ...
    @overload
    def cursor(
        self,
        name: Optional[str] = None,
        *,
        cursor_factory: Callable[..., _C],
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> _C: ...
    @overload
    def cursor(
        self,
        name: Optional[str],
        cursor_factory: Callable[..., _C],
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> _C: ...

class DictCursor(DictCursorBase):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def __next__(self) -> DictRow: ...
    def fetchone(self) -> Optional[DictRow]: ...
    def fetchmany(self, size: Optional[int] = None) -> list[DictRow]: ...
    def fetchall(self) -> list[DictRow]: ...

class DictRow(list[Any]):
    def __init__(self, cursor: DictCursorBase) -> None: ...
    def __getitem__(self, x: Any) -> Any: ...
    def __setitem__(self, x: Any, v: Any) -> None: ...
    def __contains__(self, x: object) -> bool: ...
    def __getstate__(self) -> tuple[list[Any], OrderedDict[str, int]]: ...
    def __setstate__(self, state: tuple[list[Any], OrderedDict[str, int]]) -> None: ...
    def items(self) -> Iterator[tuple[str, Any]]: ...
    def keys(self) -> Iterator[str]: ...
    def values(self) -> Iterator[Any]: ...
    def get(self, x: Union[str, int], default: Any = None) -> Any: ...
    def copy(self) -> OrderedDict[str, Any]: ...  # type: ignore[override]

class RealDictConnection(connection):
    @overload
    def cursor(
        self,
        name: Optional[str] = None,
        cursor_factory: None = None,
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> RealDictCursor: ...
    @overload
    def cursor(
        self,
        name: Optional[str] = None,
        *,
        cursor_factory: Callable[..., _C],
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> _C: ...
    @overload
    def cursor(
        self,
        name: Optional[str],
        cursor_factory: Callable[..., _C],
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> _C: ...

class RealDictCursor(DictCursorBase):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def __next__(self) -> RealDictRow: ...
    def fetchone(self) -> Optional[RealDictRow]: ...
    def fetchmany(self, size: Optional[int] = None) -> list[RealDictRow]: ...
    def fetchall(self) -> list[RealDictRow]: ...

class NamedTupleConnection(connection):
    @overload
    def cursor(
        self,
        name: Optional[str] = None,
        cursor_factory: None = None,
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> NamedTupleCursor: ...
    @overload
    def cursor(
        self,
        name: Optional[str] = None,
        *,
        cursor_factory: Callable[..., _C],
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> _C: ...
    @overload
    def cursor(
        self,
        name: Optional[str],
        cursor_factory: Callable[..., _C],
        withhold: bool = False,
        scrollable: Optional[bool] = None,
    ) -> _C: ...

# The attributes of a row are the columns of the query: fetching gives Any.
class NamedTupleCursor(cursor):
    Record: Optional[type[tuple[Any, ...]]]
    MAX_CACHE: int
    @overload
    def callproc(self, procname: str, vars: None = None) -> None: ...
    @overload
    def callproc(self, procname: str, vars: _T) -> _T: ...
    def execute(self, query: _Query, vars: _Vars = None) -> None: ...
    def executemany(self, query: _Query, vars: Any) -> None: ...
    def stream(self, query: _Query, vars: _Vars = None, size: int = 100) -> RowStream: ...
