"""Streaming replication: the connections and the cursor that read a server's log."""

from psycopg2._psycopg import (
    REPLICATION_LOGICAL,
    REPLICATION_PHYSICAL,
    InterfaceError,
    ProgrammingError,
    quote_ident,
)
from psycopg2._psycopg import ReplicationConnection as _replicationConnection
from psycopg2._psycopg import ReplicationCursor as _replicationCursor


class LogicalReplicationConnection(_replicationConnection):
    """LogicalReplicationConnection(dsn, async_=0)

    A connection that can stream what an output plugin makes of one database's changes.
    """

    def __init__(self, *args, **kwargs):
        kwargs["replication_type"] = REPLICATION_LOGICAL
        super().__init__(*args, **kwargs)


class PhysicalReplicationConnection(_replicationConnection):
    """PhysicalReplicationConnection(dsn, async_=0)

    A connection that can stream the server's log as it is; it takes no SQL.
    """

    def __init__(self, *args, **kwargs):
        kwargs["replication_type"] = REPLICATION_PHYSICAL
        super().__init__(*args, **kwargs)


class StopReplication(Exception):
    """Raise it in the consumer to end `ReplicationCursor.consume_stream()`.

    It comes through to the caller. No `psycopg2.Error`, since nothing went wrong.
    """


class ReplicationCursor(_replicationCursor):
    """ReplicationCursor(conn, name=None)

    The cursor of a replication connection: makes and drops slots, and reads the stream.
    """

    def create_replication_slot(self, slot_name, slot_type=None, output_plugin=None):
        """create_replication_slot(slot_name, slot_type=None, output_plugin=None)

        Make the slot *slot_name*; the server's answer can be fetched as a row. *slot_type* is
        `REPLICATION_LOGICAL` or `REPLICATION_PHYSICAL`, by default the connection's. A logical slot
        needs an *output_plugin*, a physical one has none (`ProgrammingError`).
        PostgreSQL manual: CREATE_REPLICATION_SLOT.
        """
        command = f"CREATE_REPLICATION_SLOT {quote_ident(slot_name, self)} "
        if self._is_logical(slot_type):
            if output_plugin is None:
                raise ProgrammingError(
                    "output plugin name is required to create logical replication slot"
                )
            command += f"LOGICAL {quote_ident(output_plugin, self)}"
        else:
            if output_plugin is not None:
                raise ProgrammingError(
                    "cannot specify output plugin name when creating physical replication slot"
                )
            command += "PHYSICAL"
        self.execute(command)

    def drop_replication_slot(self, slot_name):
        """drop_replication_slot(slot_name)

        Drop the slot *slot_name*. PostgreSQL manual: DROP_REPLICATION_SLOT.
        """
        self.execute(f"DROP_REPLICATION_SLOT {quote_ident(slot_name, self)}")

    def start_replication(
        self,
        slot_name=None,
        slot_type=None,
        start_lsn=0,
        timeline=0,
        options=None,
        decode=False,
        status_interval=10,
    ):
        """start_replication(slot_name=None, slot_type=None, start_lsn=0, timeline=0, options=None,
        decode=False, status_interval=10)

        Begin a stream from *start_lsn*, an int or text such as ``'0/16B3748'``; 0: where the slot
        is, and for a physical stream without one the start of the log. *slot_type* is
        `REPLICATION_LOGICAL` or `REPLICATION_PHYSICAL`, by default the connection's. A logical
        stream needs a slot; it takes *options* for the output plugin, a dict whose values are
        written as text (None: the option without a value). A physical one takes a *timeline*. With
        *decode*, payloads are str, not bytes. *status_interval*: the most seconds between two
        feedback messages, at least 1. `ProgrammingError` for what does not fit together.
        PostgreSQL manual: START_REPLICATION.
        """
        command = "START_REPLICATION "
        logical = self._is_logical(slot_type)
        if slot_name:
            command += f"SLOT {quote_ident(slot_name, self)} "
        elif logical:
            raise ProgrammingError("slot name is required for logical replication")
        if logical:
            command += "LOGICAL "
        command += _lsn_text(start_lsn)
        if timeline != 0:
            if logical:
                raise ProgrammingError("cannot specify timeline for logical replication")
            command += f" TIMELINE {timeline:d}"
        if options:
            if not logical:
                raise ProgrammingError(
                    "cannot specify output plugin options for physical replication"
                )
            command += self._options_text(options)
        self.start_replication_expert(command, decode=decode, status_interval=status_interval)

    def fileno(self):
        """fileno() -> int

        The descriptor of the connection, so that the cursor can be given to `select.select()`.
        """
        if self.connection is None:
            raise InterfaceError("the cursor has no connection")
        return self.connection.fileno()

    def _is_logical(self, slot_type):
        """Tell whether *slot_type*, or the connection's where it is None, is the logical one."""
        if slot_type is None:
            slot_type = getattr(self.connection, "replication_type", None)
        if slot_type not in (REPLICATION_LOGICAL, REPLICATION_PHYSICAL):
            raise ProgrammingError(f"unrecognized replication type: {slot_type!r}")
        return slot_type == REPLICATION_LOGICAL

    def _options_text(self, options):
        """Return the options for an output plugin as START_REPLICATION takes them."""
        texts = []
        for name, value in options.items():
            text = quote_ident(name, self)
            if value is not None:
                # The grammar of replication commands knows no escape but the doubled quote.
                text += " '" + str(value).replace("'", "''") + "'"
            texts.append(text)
        return f" ({', '.join(texts)})"


def _lsn_text(lsn):
    """Return an LSN, given as an int or as text, as the server writes it."""
    if isinstance(lsn, str):
        high, slash, low = lsn.partition("/")
        if not (slash and _is_hex(high) and _is_hex(low)):
            raise ValueError(f"not an LSN: {lsn!r}; it reads like '0/16B3748'")
        lsn = int(high, 16) << 32 | int(low, 16)
    elif not isinstance(lsn, int):
        raise TypeError(f"an LSN must be int or str, not {type(lsn).__name__}")
    if not 0 <= lsn < 1 << 64:
        raise ValueError(f"not an LSN: {lsn}; it is a number from 0 to 2**64 - 1")
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:08X}"


def _is_hex(text):
    return 1 <= len(text) <= 8 and all(c in "0123456789abcdefABCDEF" for c in text)
