/* What help() tells of a connection, and the reference in doc/src/api. */
#ifndef PSYCOPG_CONN_DOC_H
#define PSYCOPG_CONN_DOC_H

#include <Python.h>

PyDoc_STRVAR(
    connection_class_doc,
    "connection(dsn, async_=0)\n--\n\n"
    "A session with a PostgreSQL server; `psycopg2.connect()` makes it. *dsn* is a libpq\n"
    "connection string or URI. With *async_* true the connection is asynchronous: see `poll()`.\n\n"
    "Raises `OperationalError` where the server cannot be reached or refuses. Threads may share\n"
    "it: they take turns. DB-API 2.0, Connection Objects.");

PyDoc_STRVAR(
    class_getitem_doc,
    "__class_getitem__($type, cursor, /)\n--\n\n"
    "For annotations: `connection[DictCursor]` is a connection whose `cursor()` makes those.");

PyDoc_STRVAR(
    cursor_doc,
    "cursor($self, name=None, cursor_factory=None, withhold=False, scrollable=None)\n--\n\n"
    "A new cursor. With a *name* (any str) it is a server-side cursor, which `execute()`\n"
    "DECLAREs. *cursor_factory* is called with the connection and the name; None means\n"
    "`cursor_factory` of the connection, else `extensions.cursor`. *withhold* (bool) and\n"
    "*scrollable* (bool or None) are for named cursors.\n\n"
    "Raises `ProgrammingError` where they are given without a name, `TypeError` where the\n"
    "factory makes something else, `InterfaceError` on a closed connection. DB-API 2.0.");

PyDoc_STRVAR(
    close_doc,
    "close($self)\n--\n\n"
    "Close the connection now; the server rolls an open transaction back. A second close() does\n"
    "nothing. A connection that is dropped without it is closed too, with a `ResourceWarning`,\n"
    "which Python shows with -X dev. DB-API 2.0.");

PyDoc_STRVAR(
    commit_doc,
    "commit($self)\n--\n\n"
    "Commit the open transaction, if there is one.\n\n"
    "Raises `InterfaceError` on a closed connection, `ProgrammingError` within a two-phase\n"
    "transaction or on an asynchronous connection, and what the server answers, such as a\n"
    "constraint that is checked at the end. DB-API 2.0.");

PyDoc_STRVAR(
    rollback_doc,
    "rollback($self)\n--\n\n"
    "Roll the open transaction back, if there is one.\n\n"
    "Raises `InterfaceError` on a closed connection, `ProgrammingError` within a two-phase\n"
    "transaction or on an asynchronous connection. DB-API 2.0.");

PyDoc_STRVAR(enter_doc, "__enter__($self)\n--\n\n"
                        "Begin a `with` block, which is one transaction, also in autocommit;\n"
                        "return the connection.\n\n"
                        "Raises `ProgrammingError` inside another one.");

PyDoc_STRVAR(exit_doc,
             "__exit__($self, type, value, traceback, /)\n--\n\n"
             "`commit()`, or `rollback()` where an exception passes. The connection stays open.");

PyDoc_STRVAR(
    cancel_doc,
    "cancel($self)\n--\n\n"
    "Ask the server to cancel what the connection is doing, from any thread. The call that is\n"
    "waiting raises `QueryCanceledError`; where nothing runs, nothing happens.\n\n"
    "Raises `OperationalError` where the request cannot be sent. libpq: PQcancelStart().");

PyDoc_STRVAR(
    reset_doc,
    "reset($self)\n--\n\n"
    "Roll back and return the session to its defaults: the settings of this connection, and\n"
    "those of the server by ``DISCARD ALL``. Prepared transactions are left alone.\n\n"
    "Raises `InterfaceError` on a closed connection, `ProgrammingError` on an asynchronous one.");

PyDoc_STRVAR(
    set_session_doc,
    "set_session($self, isolation_level=None, readonly=None, deferrable=None, "
    "autocommit=None)\n--\n\n"
    "Set any of these for the next transactions; None leaves one as it is, and ``'default'``\n"
    "returns it to the server's. *isolation_level* is a constant ISOLATION_LEVEL_* or its SQL\n"
    "name, the others are bool.\n\n"
    "Raises `ProgrammingError` inside a transaction or on an asynchronous connection,\n"
    "`ValueError` for a value that is none of them. PostgreSQL manual, SET TRANSACTION.");

PyDoc_STRVAR(
    set_isolation_level_doc,
    "set_isolation_level($self, level, /)\n--\n\n"
    "Roll back, then open the next transactions with *level*: 1 to 4 (ISOLATION_LEVEL_*), 0 for\n"
    "autocommit, None for the server's default.\n\n"
    "Raises `ValueError` for another level, `ProgrammingError` on an asynchronous connection.");

PyDoc_STRVAR(
    set_client_encoding_doc,
    "set_client_encoding($self, encoding, /)\n--\n\n"
    "Roll back, and speak to the server in *encoding* (str), a name that PostgreSQL knows.\n\n"
    "Raises `OperationalError` for an encoding that Python cannot read, `DataError` for a name\n"
    "that the server does not know, `ProgrammingError` on an asynchronous connection.\n"
    "PostgreSQL manual, Character Set Support.");

PyDoc_STRVAR(get_transaction_status_doc,
             "get_transaction_status($self)\n--\n\n"
             "A constant extensions.TRANSACTION_STATUS_* (int); the server is not asked. libpq:\n"
             "PQtransactionStatus().");

PyDoc_STRVAR(get_parameter_status_doc,
             "get_parameter_status($self, parameter, /)\n--\n\n"
             "The value (str) of a setting that the server reports by itself, such as\n"
             "``server_encoding``; None for others. libpq: PQparameterStatus().");

PyDoc_STRVAR(
    get_backend_pid_doc,
    "get_backend_pid($self)\n--\n\n"
    "The process ID (int) of the server's side. `InterfaceError` on a closed connection. libpq:\n"
    "PQbackendPID().");

PyDoc_STRVAR(get_dsn_parameters_doc,
             "get_dsn_parameters($self)\n--\n\n"
             "The options in effect, a dict of str to str, without passwords. `InterfaceError` on\n"
             "a closed connection. libpq: PQconninfo().");

PyDoc_STRVAR(
    fileno_doc,
    "fileno($self)\n--\n\n"
    "The descriptor (int) of the socket, for select() and its like. `InterfaceError` on a closed\n"
    "connection. libpq: PQsocket().");

PyDoc_STRVAR(isexecuting_doc,
             "isexecuting($self)\n--\n\n"
             "Whether an operation of an asynchronous connection is on its way (bool).");

PyDoc_STRVAR(
    poll_doc,
    "poll($self)\n--\n\n"
    "Take in what the server has sent, without waiting; notifications are in `notifies`\n"
    "afterwards. Returns (int) extensions.POLL_OK when the operation is done, POLL_READ or\n"
    "POLL_WRITE where the socket has to be readable or writable before the next call.\n\n"
    "Raises the error of an asynchronous operation, and `OperationalError` where the connection\n"
    "is lost.");

PyDoc_STRVAR(
    lobject_doc,
    "lobject(oid=0, mode='', new_oid=0, new_file=None, lobject_factory=extensions.lobject) -> "
    "lobject\n\n"
    "Open the large object *oid* (int), or create one where it is 0: with the OID *new_oid*,\n"
    "where that is not 0, and the contents of *new_file*, the path of a file of the client,\n"
    "where that is given. *mode* is ``'r'``, ``'w'``, ``'rw'`` or ``'n'`` (do not open), then\n"
    "``'t'`` for text or ``'b'`` for bytes; by default ``'rt'``, and ``'wt'`` for one that is\n"
    "created.\n\n"
    "Raises `ProgrammingError` in autocommit or on an asynchronous connection, `ValueError` for\n"
    "another mode, `OperationalError` as the server says. PostgreSQL manual, Large Objects.");

PyDoc_STRVAR(xid_doc,
             "xid($self, format_id, gtrid, bqual)\n--\n\n"
             "A transaction ID for the tpc_* methods: see `extensions.Xid`. DB-API 2.0, optional\n"
             "extension.");

PyDoc_STRVAR(
    tpc_begin_doc,
    "tpc_begin($self, xid, /)\n--\n\n"
    "Begin a two-phase transaction; *xid* is an Xid or a str.\n\n"
    "Raises `ProgrammingError` inside a transaction and in autocommit. DB-API 2.0, optional\n"
    "extension.");

PyDoc_STRVAR(
    tpc_prepare_doc,
    "tpc_prepare($self)\n--\n\n"
    "The first phase: PREPARE TRANSACTION.\n\n"
    "Raises `ProgrammingError` outside a two-phase transaction; `InternalError` where the\n"
    "transaction had failed: it is rolled back. DB-API 2.0, optional extension.");

PyDoc_STRVAR(
    tpc_commit_doc,
    "tpc_commit([xid])\n\n"
    "Commit the connection's two-phase transaction, prepared or not, or the prepared one named\n"
    "*xid*.\n\n"
    "Raises `ProgrammingError` where there is none, or for an *xid* inside a transaction.\n"
    "DB-API 2.0, optional extension.");

PyDoc_STRVAR(
    tpc_rollback_doc,
    "tpc_rollback([xid])\n\n"
    "Roll back the connection's two-phase transaction, prepared or not, or the prepared one\n"
    "named *xid*.\n\n"
    "Raises `ProgrammingError` where there is none, or for an *xid* inside a transaction.\n"
    "DB-API 2.0, optional extension.");

PyDoc_STRVAR(tpc_recover_doc,
             "tpc_recover($self)\n--\n\n"
             "The transactions that are prepared on the server, in all its databases: a list of\n"
             "`Xid`. DB-API 2.0, optional extension.");

PyDoc_STRVAR(
    get_native_connection_doc,
    "get_native_connection($self)\n--\n\n"
    "The PGconn as a capsule named ``psycopg2.connection.native_connection``; good while the\n"
    "connection is open. `InterfaceError` on a closed one.");

PyDoc_STRVAR(
    isolation_level_doc,
    "The isolation level of the next transactions: a constant ISOLATION_LEVEL_* of\n"
    "`psycopg2.extensions`, or None for the server's default. It can be set to a constant, to\n"
    "its SQL name, or to None; outside of a transaction only (`ProgrammingError`).");

PyDoc_STRVAR(
    autocommit_doc,
    "Whether statements take effect at once, with no transaction opened by the driver (bool).\n"
    "It can be set outside of a transaction only (`ProgrammingError`).");

PyDoc_STRVAR(readonly_doc,
             "Whether the next transactions are READ ONLY: True, False, or None for the server's\n"
             "default. It can be set outside of a transaction only (`ProgrammingError`).");

PyDoc_STRVAR(deferrable_doc,
             "Whether the next transactions are DEFERRABLE: True, False, or None for the server's\n"
             "default. It can be set outside of a transaction only (`ProgrammingError`).");

PyDoc_STRVAR(info_doc, "A `ConnectionInfo`: what is known of the connection.");

PyDoc_STRVAR(pgconn_ptr_doc, "The address of libpq's PGconn (int); None when closed.");

PyDoc_STRVAR(closed_doc, "0: open; 1: closed; 2: broken, the server is gone (int).");

PyDoc_STRVAR(status_doc, "A constant extensions.STATUS_* (int).");

PyDoc_STRVAR(dsn_doc, "The connection string (str), passwords hidden.");

PyDoc_STRVAR(encoding_doc, "The client encoding (str): PostgreSQL's name without separators.");

PyDoc_STRVAR(
    notices_doc,
    "The last 50 notices of the server, a list of str. Any object with append() may take its\n"
    "place.");

PyDoc_STRVAR(
    notifies_doc,
    "The notifications received, a list of `Notify`. Any object with append() may take its\n"
    "place.");

PyDoc_STRVAR(cursor_factory_doc,
             "What `cursor()` calls by default; None: `extensions.cursor`. It can be set.");

PyDoc_STRVAR(
    on_query_doc,
    "None, or on_query(query, duration, rowcount, error), called after each statement of any\n"
    "cursor of this connection, before the method returns: *query* (bytes) is what was sent,\n"
    "*duration* (float, seconds, a monotonic clock) how long it took, *rowcount* (int) that of "
    "the\n"
    "cursor, -1 while unknown, *error* the exception that it raises, or None.\n\n"
    "`executemany()` is told of once, at its end, with the last query and all rows; so are the\n"
    "pages of `extras.execute_batch()` and `extras.execute_values()` that are sent ahead of the\n"
    "answers, the others one by one. commit() and rollback() tell of COMMIT and ROLLBACK where a "
    "transaction is open; a\n"
    "named cursor tells of DECLARE, FETCH, MOVE and CLOSE; a `stream()` when its first rows are\n"
    "there, and once more if it fails later; an asynchronous connection when `poll()` has met the\n"
    "end. What did not reach the server is not told, nor what the function itself executes on\n"
    "this connection.\n\n"
    "An `Exception` of the function goes to `sys.unraisablehook`, since the statement did not\n"
    "fail; others, such as KeyboardInterrupt, are raised. Setting it raises `TypeError` for what\n"
    "is not callable.");

PyDoc_STRVAR(server_version_doc, "The server's version (int): 180003 is 18.3.");

PyDoc_STRVAR(
    string_types_doc,
    "The typecasters of this connection: a dict of OID to typecaster. See `register_type()`.");

PyDoc_STRVAR(binary_types_doc,
             "As `string_types`, for values in binary format, which the driver does not ask for.");

PyDoc_STRVAR(async_doc, "Whether the connection is asynchronous (1 or 0).");

PyDoc_STRVAR(async_alias_doc, "Whether the connection is asynchronous (1 or 0).");

PyDoc_STRVAR(protocol_version_doc, "The version of the protocol (int): always 3.");

#endif
