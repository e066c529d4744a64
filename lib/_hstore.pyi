from typing import Optional, Union

from psycopg2._psycopg import connection, cursor

class HstoreAdapter:
    wrapped: dict[str, Optional[str]]
    conn: Optional[connection]
    def __init__(self, wrapped: dict[str, Optional[str]]) -> None: ...
    def prepare(self, conn: connection) -> None: ...
    def getquoted(self) -> bytes: ...
    @classmethod
    def parse(
        cls, s: Optional[str], cur: Optional[cursor]
    ) -> Optional[dict[str, Optional[str]]]: ...
    @classmethod
    def parse_unicode(
        cls, s: Optional[str], cur: Optional[cursor]
    ) -> Optional[dict[str, Optional[str]]]: ...
    @classmethod
    def get_oids(
        cls, conn_or_curs: Union[connection, cursor]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]: ...

def register_hstore(
    conn_or_curs: Union[connection, cursor, None],
    globally: bool = False,
    unicode: bool = False,
    oid: Union[int, tuple[int, ...], None] = None,
    array_oid: Union[int, tuple[int, ...], None] = None,
) -> None: ...
