"""A private PostgreSQL for development: get one, run it, leave nothing behind.

Only the standard library is used, because this runs before anything is installed.
"""

from .install import Installation, InstallError, get_postgres
from .pgbouncer import get_pgbouncer
from .server import Server, ServerError, open_socket, server_account, short_tmp

__all__ = [
    "InstallError",
    "Installation",
    "Server",
    "ServerError",
    "get_pgbouncer",
    "get_postgres",
    "open_socket",
    "server_account",
    "short_tmp",
]
