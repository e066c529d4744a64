"""Conveniences: rows as dictionaries and named tuples, more types, many rows at once, logging."""

# Names that are nothing of this module's, but which programs have come to take from it
from collections import OrderedDict as OrderedDict
from collections import namedtuple as namedtuple
from functools import lru_cache as lru_cache
from importlib import import_module as _import_module

import psycopg2 as psycopg2
from psycopg2 import extensions as _ext  # noqa: F401
from psycopg2._binary import register_bytes
from psycopg2._catalog import solve_conn_curs as _solve_conn_curs  # noqa: F401
from psycopg2._composite import CompositeCaster, register_composite
from psycopg2._execmany import (
    _paginate,  # noqa: F401
    _split_sql,  # noqa: F401
    execute_batch,
    execute_values,
)
from psycopg2._hstore import HstoreAdapter, register_hstore
from psycopg2._ipaddress import Inet, register_inet, register_ipaddress
from psycopg2._json import Json, register_default_json, register_default_jsonb, register_json
from psycopg2._logging import (
    LoggingConnection,
    LoggingCursor,
    MinTimeLoggingConnection,
    MinTimeLoggingCursor,
)
from psycopg2._multirange import (
    DateMultirange,
    DateTimeMultirange,
    DateTimeTZMultirange,
    Multirange,
    MultirangeAdapter,
    MultirangeCaster,
    NumericMultirange,
    register_multirange,
)
from psycopg2._psycopg import (
    REPLICATION_LOGICAL,
    REPLICATION_PHYSICAL,
    ReplicationMessage,
    UUID_adapter,
)
from psycopg2._range import (
    DateRange,
    DateTimeRange,
    DateTimeTZRange,
    NumericRange,
    Range,
    RangeAdapter,
    RangeCaster,
    register_range,
)
from psycopg2._replication import (
    LogicalReplicationConnection,
    PhysicalReplicationConnection,
    ReplicationCursor,
    StopReplication,
)
from psycopg2._rows import (
    DictConnection,
    DictCursor,
    DictCursorBase,
    DictRow,
    NamedTupleConnection,
    NamedTupleCursor,
    RealDictConnection,
    RealDictCursor,
    RealDictRow,
)
from psycopg2._uuid import register_uuid
from psycopg2._wait import wait_select
from psycopg2.extensions import connection as _connection  # noqa: F401
from psycopg2.extensions import cursor as _cursor  # noqa: F401
from psycopg2.extensions import quote_ident as quote_ident

__all__ = [
    "CompositeCaster",
    "DateMultirange",
    "DateRange",
    "DateTimeMultirange",
    "DateTimeRange",
    "DateTimeTZMultirange",
    "DateTimeTZRange",
    "DictConnection",
    "DictCursor",
    "DictCursorBase",
    "DictRow",
    "HstoreAdapter",
    "Inet",
    "Json",
    "LoggingConnection",
    "LoggingCursor",
    "LogicalReplicationConnection",
    "MinTimeLoggingConnection",
    "MinTimeLoggingCursor",
    "Multirange",
    "MultirangeAdapter",
    "MultirangeCaster",
    "NamedTupleConnection",
    "NamedTupleCursor",
    "NumericMultirange",
    "NumericRange",
    "PhysicalReplicationConnection",
    "REPLICATION_LOGICAL",
    "REPLICATION_PHYSICAL",
    "Range",
    "RangeAdapter",
    "RangeCaster",
    "RealDictConnection",
    "RealDictCursor",
    "RealDictRow",
    "ReplicationCursor",
    "ReplicationMessage",
    "StopReplication",
    "UUID_adapter",
    "execute_batch",
    "execute_values",
    "register_bytes",
    "register_composite",
    "register_default_json",
    "register_default_jsonb",
    "register_hstore",
    "register_inet",
    "register_ipaddress",
    "register_json",
    "register_multirange",
    "register_range",
    "register_uuid",
    "wait_select",
]

# What is found here says so, and is pickled by that name; but for what works without this module,
# which has the name of its own.
_elsewhere = (__name__, "psycopg2.extensions", "psycopg2._range", "psycopg2._json")
for _name in __all__:
    if getattr(globals()[_name], "__module__", __name__) not in _elsewhere:
        globals()[_name].__module__ = __name__
del _name


def __getattr__(name):
    if name == "json":  # not before it is asked for: to import it takes its time
        return _import_module(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
