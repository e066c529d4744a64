"""A private PostgreSQL for development: get one, run it, leave nothing behind.

Only the standard library is used, because this runs before anything is installed.
"""

from .install import Installation, InstallError, get_postgres
from .server import Server, ServerError, open_socket

__all__ = ["InstallError", "Installation", "Server", "ServerError", "get_postgres", "open_socket"]
