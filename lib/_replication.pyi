from collections.abc import Mapping
from typing import Any, Optional, Union

from psycopg2._psycopg import ReplicationConnection
from psycopg2._psycopg import ReplicationCursor as _ReplicationCursor

class LogicalReplicationConnection(ReplicationConnection[ReplicationCursor]):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

class PhysicalReplicationConnection(ReplicationConnection[ReplicationCursor]):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

class StopReplication(Exception): ...

class ReplicationCursor(_ReplicationCursor):
    def create_replication_slot(
        self,
        slot_name: str,
        slot_type: Optional[int] = None,
        output_plugin: Optional[str] = None,
    ) -> None: ...
    def drop_replication_slot(self, slot_name: str) -> None: ...
    def start_replication(
        self,
        slot_name: Optional[str] = None,
        slot_type: Optional[int] = None,
        start_lsn: Union[int, str] = 0,
        timeline: int = 0,
        options: Optional[Mapping[str, object]] = None,
        decode: bool = False,
        status_interval: float = 10,
    ) -> None: ...
    def fileno(self) -> int: ...
