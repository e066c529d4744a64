from collections.abc import Callable, Hashable
from types import GenericAlias
from typing import Any, Generic, Optional, overload

from typing_extensions import TypeVar

from psycopg2._psycopg import Error, connection, cursor

_C = TypeVar("_C", bound=cursor)
_X = TypeVar("_X", bound=connection[Any])
_Conn = TypeVar("_Conn", bound=connection[Any], default=connection)

class PoolError(Error): ...

class AbstractConnectionPool(Generic[_Conn]):
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...
    minconn: int
    maxconn: int
    closed: bool
    def __init__(self, minconn: int, maxconn: int, *args: Any, **kwargs: Any) -> None: ...

# a type checker takes the type of the instances from an __init__ in the class itself
class SimpleConnectionPool(AbstractConnectionPool[_Conn]):
    @overload
    def __init__(
        self: SimpleConnectionPool[_X],
        minconn: int,
        maxconn: int,
        *args: Any,
        connection_factory: Callable[..., _X],
        **kwargs: Any,
    ) -> None: ...
    @overload
    def __init__(
        self: SimpleConnectionPool[connection[_C]],
        minconn: int,
        maxconn: int,
        *args: Any,
        cursor_factory: Callable[..., _C],
        **kwargs: Any,
    ) -> None: ...
    @overload
    def __init__(
        self: SimpleConnectionPool[connection],
        minconn: int,
        maxconn: int,
        *args: Any,
        **kwargs: Any,
    ) -> None: ...
    def getconn(self, key: Optional[Hashable] = None) -> _Conn: ...
    def putconn(
        self, conn: connection[Any], key: Optional[Hashable] = None, close: bool = False
    ) -> None: ...
    def closeall(self) -> None: ...

class ThreadedConnectionPool(AbstractConnectionPool[_Conn]):
    @overload
    def __init__(
        self: ThreadedConnectionPool[_X],
        minconn: int,
        maxconn: int,
        *args: Any,
        connection_factory: Callable[..., _X],
        **kwargs: Any,
    ) -> None: ...
    @overload
    def __init__(
        self: ThreadedConnectionPool[connection[_C]],
        minconn: int,
        maxconn: int,
        *args: Any,
        cursor_factory: Callable[..., _C],
        **kwargs: Any,
    ) -> None: ...
    @overload
    def __init__(
        self: ThreadedConnectionPool[connection],
        minconn: int,
        maxconn: int,
        *args: Any,
        **kwargs: Any,
    ) -> None: ...
    def getconn(self, key: Optional[Hashable] = None) -> _Conn: ...
    def putconn(
        self,
        conn: Optional[connection[Any]] = None,
        key: Optional[Hashable] = None,
        close: bool = False,
    ) -> None: ...
    def closeall(self) -> None: ...
