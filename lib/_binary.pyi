from typing import Union

from psycopg2._psycopg import connection, cursor, type_

def register_bytes(conn_or_curs: Union[connection, cursor, None] = None) -> type_: ...
