from collections.abc import Sequence
from typing import Union

from psycopg2._psycopg import connection, cursor, type_

def register_uuid(
    oids: Union[int, Sequence[int], None] = None,
    conn_or_curs: Union[connection, cursor, None] = None,
) -> type_: ...
