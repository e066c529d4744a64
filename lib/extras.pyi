import json as json
from collections import OrderedDict as OrderedDict
from collections import namedtuple as namedtuple
from functools import lru_cache as lru_cache

import psycopg2 as psycopg2
from psycopg2._binary import (
    register_bytes as register_bytes,
)
from psycopg2._composite import (
    CompositeCaster as CompositeCaster,
)
from psycopg2._composite import (
    register_composite as register_composite,
)
from psycopg2._execmany import (
    execute_batch as execute_batch,
)
from psycopg2._execmany import (
    execute_values as execute_values,
)
from psycopg2._hstore import (
    HstoreAdapter as HstoreAdapter,
)
from psycopg2._hstore import (
    register_hstore as register_hstore,
)
from psycopg2._ipaddress import (
    Inet as Inet,
)
from psycopg2._ipaddress import (
    register_inet as register_inet,
)
from psycopg2._ipaddress import (
    register_ipaddress as register_ipaddress,
)
from psycopg2._json import (
    Json as Json,
)
from psycopg2._json import (
    register_default_json as register_default_json,
)
from psycopg2._json import (
    register_default_jsonb as register_default_jsonb,
)
from psycopg2._json import (
    register_json as register_json,
)
from psycopg2._logging import (
    LoggingConnection as LoggingConnection,
)
from psycopg2._logging import (
    LoggingCursor as LoggingCursor,
)
from psycopg2._logging import (
    MinTimeLoggingConnection as MinTimeLoggingConnection,
)
from psycopg2._logging import (
    MinTimeLoggingCursor as MinTimeLoggingCursor,
)
from psycopg2._multirange import (
    DateMultirange as DateMultirange,
)
from psycopg2._multirange import (
    DateTimeMultirange as DateTimeMultirange,
)
from psycopg2._multirange import (
    DateTimeTZMultirange as DateTimeTZMultirange,
)
from psycopg2._multirange import (
    Multirange as Multirange,
)
from psycopg2._multirange import (
    MultirangeAdapter as MultirangeAdapter,
)
from psycopg2._multirange import (
    MultirangeCaster as MultirangeCaster,
)
from psycopg2._multirange import (
    NumericMultirange as NumericMultirange,
)
from psycopg2._multirange import (
    register_multirange as register_multirange,
)
from psycopg2._psycopg import (
    REPLICATION_LOGICAL as REPLICATION_LOGICAL,
)
from psycopg2._psycopg import (
    REPLICATION_PHYSICAL as REPLICATION_PHYSICAL,
)
from psycopg2._psycopg import (
    ReplicationMessage as ReplicationMessage,
)
from psycopg2._psycopg import (
    UUID_adapter as UUID_adapter,
)
from psycopg2._range import (
    DateRange as DateRange,
)
from psycopg2._range import (
    DateTimeRange as DateTimeRange,
)
from psycopg2._range import (
    DateTimeTZRange as DateTimeTZRange,
)
from psycopg2._range import (
    NumericRange as NumericRange,
)
from psycopg2._range import (
    Range as Range,
)
from psycopg2._range import (
    RangeAdapter as RangeAdapter,
)
from psycopg2._range import (
    RangeCaster as RangeCaster,
)
from psycopg2._range import (
    register_range as register_range,
)
from psycopg2._replication import (
    LogicalReplicationConnection as LogicalReplicationConnection,
)
from psycopg2._replication import (
    PhysicalReplicationConnection as PhysicalReplicationConnection,
)
from psycopg2._replication import (
    ReplicationCursor as ReplicationCursor,
)
from psycopg2._replication import (
    StopReplication as StopReplication,
)
from psycopg2._rows import (
    DictConnection as DictConnection,
)
from psycopg2._rows import (
    DictCursor as DictCursor,
)
from psycopg2._rows import (
    DictCursorBase as DictCursorBase,
)
from psycopg2._rows import (
    DictRow as DictRow,
)
from psycopg2._rows import (
    NamedTupleConnection as NamedTupleConnection,
)
from psycopg2._rows import (
    NamedTupleCursor as NamedTupleCursor,
)
from psycopg2._rows import (
    RealDictConnection as RealDictConnection,
)
from psycopg2._rows import (
    RealDictCursor as RealDictCursor,
)
from psycopg2._rows import (
    RealDictRow as RealDictRow,
)
from psycopg2._uuid import (
    register_uuid as register_uuid,
)
from psycopg2._wait import (
    wait_select as wait_select,
)
from psycopg2.extensions import (
    quote_ident as quote_ident,
)
