import logging
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Protocol, TypeVar, Union, overload

from psycopg2._psycopg import RowStream, connection, cursor
from psycopg2.sql import Composable

_T = TypeVar("_T")
_Query = Union[str, bytes, Composable]
_Vars = Union[Sequence[Any], Mapping[str, Any], None]

class _Writes(Protocol):
    def write(self, text: str, /) -> Any: ...

_Log = Union[_Writes, logging.Logger, logging.LoggerAdapter[Any]]

class LoggingConnection(connection[LoggingCursor]):
    def initialize(self, logobj: _Log) -> None: ...
    def log(self, msg: Optional[bytes], curs: cursor) -> None: ...
    def filter(self, msg: Optional[bytes], curs: cursor) -> Union[str, bytes, None]: ...

class LoggingCursor(cursor):
    @overload
    def callproc(self, procname: str, vars: None = None) -> None: ...
    @overload
    def callproc(self, procname: str, vars: _T) -> _T: ...
    def execute(self, query: _Query, vars: _Vars = None) -> None: ...
    def stream(
        self, query: _Query, vars: _Vars = None, size: int = 100
    ) -> RowStream[tuple[Any, ...]]: ...

class MinTimeLoggingConnection(LoggingConnection):
    def initialize(self, logobj: _Log, mintime: float = 0) -> None: ...

class MinTimeLoggingCursor(LoggingCursor):
    timestamp: float
