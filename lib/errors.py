"""A class for every error that PostgreSQL can raise.

The name of a class is the condition's name in the appendix `PostgreSQL Error Codes
<https://www.postgresql.org/docs/current/errcodes-appendix.html>`__ of the manual, in camel case:
``unique_violation`` is `UniqueViolation`. Its base is the DB-API exception that the original code
falls under; `lookup()` finds a class by its SQLSTATE.
"""

from psycopg2._psycopg import (
    DatabaseError as DatabaseError,
)
from psycopg2._psycopg import (
    DataError as DataError,
)
from psycopg2._psycopg import (
    Error as Error,
)
from psycopg2._psycopg import (
    IntegrityError as IntegrityError,
)
from psycopg2._psycopg import (
    InterfaceError as InterfaceError,
)
from psycopg2._psycopg import (
    InternalError as InternalError,
)
from psycopg2._psycopg import (
    NotSupportedError as NotSupportedError,
)
from psycopg2._psycopg import (
    OperationalError as OperationalError,
)
from psycopg2._psycopg import (
    ProgrammingError as ProgrammingError,
)
from psycopg2._psycopg import (
    QueryCanceledError as QueryCanceledError,
)
from psycopg2._psycopg import (
    TransactionRollbackError as TransactionRollbackError,
)
from psycopg2._psycopg import (
    Warning as Warning,
)
from psycopg2._psycopg import sqlstate_errors as _by_code


def lookup(code):
    """lookup(code) -> type

    The exception class of a SQLSTATE: five characters, as in `Error.pgcode`.

    Raises `KeyError` if there is no such code.
    """
    return _by_code[code]


globals().update({_class.__name__: _class for _class in _by_code.values()})
