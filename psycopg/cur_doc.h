/* What help() tells of a cursor, and the reference in doc/src/api. */
#ifndef PSYCOPG_CUR_DOC_H
#define PSYCOPG_CUR_DOC_H

#include <Python.h>

PyDoc_STRVAR(
    cursor_class_doc,
    "cursor(conn, name=None)\n--\n\n"
    "Runs statements on a connection and reads their rows; `connection.cursor()` makes it. With\n"
    "a name (str) it is a server-side cursor. `TypeError` where *conn* is no connection.\n\n"
    "DB-API 2.0, Cursor Objects.");

PyDoc_STRVAR(
    execute_doc,
    "execute($self, query, vars=None)\n--\n\n"
    "Run one or more statements; the rows of the last one can be fetched.\n\n"
    "*query* is a str, bytes in the client encoding, or a `sql.Composable`. *vars* is a\n"
    "sequence for ``%s``, or a mapping for ``%(name)s``; ``%%`` is then one ``%``. Without it\n"
    "the query is sent as it is.\n\n"
    "Raises `ProgrammingError` for an empty query, a value that does not adapt, or a named\n"
    "cursor that has run one; `TypeError`, `IndexError`, `KeyError` and `ValueError` where\n"
    "placeholders and *vars* do not fit; `InterfaceError` on a closed cursor; and what the\n"
    "server answers, as a class of `psycopg2.errors`. DB-API 2.0.");

PyDoc_STRVAR(
    executemany_doc,
    "executemany($self, query, vars_list)\n--\n\n"
    "Run *query* once for each item of the iterable *vars_list*; `rowcount` is the total, and\n"
    "there are no rows to fetch. With an empty *vars_list* nothing is sent. In a transaction\n"
    "rows are sent ahead of the answers, so *vars_list* may be read beyond a row that fails.\n\n"
    "Raises what `execute()` does; rows before the one that failed are done, within the\n"
    "transaction. DB-API 2.0.");

PyDoc_STRVAR(mogrify_doc,
             "mogrify($self, query, vars=None)\n--\n\n"
             "What `execute()` would send (bytes), in the client encoding; nothing is sent.\n\n"
             "Raises what `execute()` does before it sends.");

PyDoc_STRVAR(callproc_doc,
             "callproc($self, procname, parameters=None)\n--\n\n"
             "Run ``SELECT * FROM procname(parameters)``, whose rows can be fetched, and return\n"
             "*parameters*. A dict gives the arguments by name. *procname* is not quoted. For\n"
             "procedures, execute ``CALL``.\n\n"
             "Raises what `execute()` does. DB-API 2.0.");

PyDoc_STRVAR(
    fetchone_doc,
    "fetchone($self)\n--\n\n"
    "The next row (tuple); None where there is no more.\n\n"
    "Raises `ProgrammingError` where there is no result, and what typecasters raise, which\n"
    "leaves the row behind. DB-API 2.0.");

PyDoc_STRVAR(
    fetchmany_doc,
    "fetchmany($self, size=None)\n--\n\n"
    "A list of up to *size* further rows, by default `arraysize`; it is empty where there is\n"
    "no more. A negative *size* means all.\n\n"
    "Raises what `fetchone()` does. DB-API 2.0.");

PyDoc_STRVAR(fetchall_doc, "fetchall($self)\n--\n\n"
                           "A list of all further rows; it is empty where there are none.\n\n"
                           "Raises what `fetchone()` does. DB-API 2.0.");

PyDoc_STRVAR(
    scroll_doc,
    "scroll($self, value, mode='relative')\n--\n\n"
    "Move the position by *value* rows, or to row *value*, from 0, with the mode\n"
    "``'absolute'``. A named cursor moves on the server.\n\n"
    "Raises `ProgrammingError` where the result has no such position, which then stays, and for\n"
    "another mode. DB-API 2.0, optional extension.");

PyDoc_STRVAR(
    close_doc,
    "close($self)\n--\n\n"
    "Close the cursor and let its rows go; a named one is closed on the server. Twice does no\n"
    "harm. DB-API 2.0.");

PyDoc_STRVAR(
    cast_doc,
    "cast($self, oid, s, /)\n--\n\n"
    "Read the server's text *s* (str, bytes, or None) as a value of the type *oid* (int), by\n"
    "the typecaster that the cursor, else the connection, else the module has for it; text\n"
    "without one.\n\n"
    "Raises what the typecaster does.");

PyDoc_STRVAR(
    copy_from_doc,
    "copy_from($self, file, table, sep='\\t', null='\\\\N', size=8192, columns=None, *, "
    "progress=None)\n--\n\n"
    "Load a table from ``file.read(size)``, str or bytes, in the text format of COPY: a line a\n"
    "row. *table* is quoted as one name; *columns* is an iterable of names, None for all. *sep*\n"
    "is one character, *null* the text that stands for NULL. `rowcount` and `statusmessage`\n"
    "tell of it.\n\n"
    "*progress* is called as ``progress(bytes, rows)`` after each piece, with what was sent so\n"
    "far (int; rows are the lines, -1 in binary format); or, where it takes one argument alone,\n"
    "as ``update()`` of a tqdm bar does, with the bytes since the last call. What it raises ends\n"
    "the COPY, and nothing is loaded.\n\n"
    "Raises what ``read()`` and *progress* raise, what the server answers, and `TypeError` for a\n"
    "file that cannot be read. PostgreSQL manual, COPY.");

PyDoc_STRVAR(
    copy_to_doc,
    "copy_to($self, file, table, sep='\\t', null='\\\\N', columns=None, *, progress=None)\n--\n\n"
    "Write a table to ``file.write()`` in the text format of COPY. The arguments are those of\n"
    "`copy_from()`. Text files get str, others bytes in the client encoding.\n\n"
    "Raises what ``write()`` and *progress* raise, what the server answers, and `TypeError` for a\n"
    "file that cannot be written. PostgreSQL manual, COPY.");

PyDoc_STRVAR(
    copy_records_doc,
    "copy_records($self, table, records, columns=None, schema=None, *, progress=None)\n--\n\n"
    "Load Python values with COPY. Each item of the iterable *records* is a sequence of the\n"
    "values of a row. *table*, *schema* and *columns*, an iterable (None for all), are names,\n"
    "which are quoted. *records* is read as the data is sent, and must not use the connection.\n"
    "`rowcount` tells how many rows were loaded. *progress* is that of `copy_from()`; its rows\n"
    "are the records so far.\n\n"
    "An error in a record says where, as ``records[i][j]``, counted from 0; nothing is then\n"
    "loaded. Raises `ProgrammingError` for a record of another length and for a value that does\n"
    "not adapt, or is written as an SQL expression; `TypeError` for a record that is no sequence;\n"
    "`ValueError` for a NUL; `UnicodeEncodeError` for text that the client encoding lacks;\n"
    "`DataError` for a datetime with a time zone where the column has none; what *records*\n"
    "raises, and what the server answers. PostgreSQL manual, COPY.");

PyDoc_STRVAR(
    stream_doc,
    "stream($self, query, vars=None, size=100)\n--\n\n"
    "Run one statement, as `execute()` does, and return an iterator of its rows, which gives them\n"
    "as they arrive: about *size* of them are in memory at a time, however many there are.\n"
    "`description` is set at once, `rowcount` at the end.\n\n"
    "Until then the connection is busy: all else that it is asked for raises `ProgrammingError`.\n"
    "``close()`` of the iterator, or of the cursor, cancels the statement, and so does dropping\n"
    "the iterator; a transaction may have failed by that, so roll it back.\n\n"
    "Raises what `execute()` does, `ValueError` for a *size* below 1, and `ProgrammingError` for\n"
    "named cursors and on an asynchronous connection. libpq manual, Retrieving Query Results in\n"
    "Chunks.");

PyDoc_STRVAR(
    copy_expert_doc,
    "copy_expert($self, sql, file, size=8192, *, progress=None)\n--\n\n"
    "Run any COPY statement, str, bytes or `sql.Composable`, against a file: its ``read(size)``\n"
    "for ``FROM STDIN``, its ``write()`` for ``TO STDOUT``. Nothing in *sql* is replaced.\n"
    "*progress* is that of `copy_from()`.\n\n"
    "Raises what the file and *progress* raise, and what the server answers. PostgreSQL manual,\n"
    "COPY.");

PyDoc_STRVAR(
    nextset_doc,
    "nextset($self)\n--\n\n"
    "Raises `NotSupportedError`: PostgreSQL has one set of rows for each `execute()`. DB-API\n"
    "2.0.");

PyDoc_STRVAR(setinputsizes_doc, "setinputsizes($self, sizes, /)\n--\n\n"
                                "Does nothing. DB-API 2.0.");

PyDoc_STRVAR(setoutputsize_doc, "setoutputsize($self, size, column=0, /)\n--\n\n"
                                "Does nothing. DB-API 2.0.");

PyDoc_STRVAR(enter_doc, "__enter__($self)\n--\n\nThe cursor itself.");

PyDoc_STRVAR(exit_doc, "__exit__($self, type, value, traceback, /)\n--\n\n"
                       "`close()` the cursor.");

PyDoc_STRVAR(
    description_doc,
    "A tuple with a `Column` for each column of the result; None where there is none. DB-API\n"
    "2.0.");

PyDoc_STRVAR(
    statusmessage_doc,
    "The server's tag of the last command (str), such as ``INSERT 0 1``; None before the first,\n"
    "and empty where it failed.");

PyDoc_STRVAR(rownumber_doc,
             "The position in the result, from 0 (int): the row that is fetched next. DB-API 2.0,\n"
             "optional extension.");

PyDoc_STRVAR(closed_doc, "Whether the cursor, or its connection, is closed (bool).");

PyDoc_STRVAR(
    withhold_doc,
    "Whether a named cursor outlives its transaction (bool): WITH HOLD. It can be set before\n"
    "`execute()`; `ProgrammingError` on a cursor without a name.");

PyDoc_STRVAR(
    scrollable_doc,
    "How a named cursor is declared: SCROLL (True), NO SCROLL (False), or as the server chooses\n"
    "(None). It can be set before `execute()`; `ProgrammingError` on a cursor without a name.");

PyDoc_STRVAR(arraysize_doc,
             "How many rows `fetchmany()` fetches by default (int, 1). It can be set. DB-API 2.0.");

PyDoc_STRVAR(
    itersize_doc,
    "How many rows iteration over a named cursor takes from the server at a time (int, 2000).\n"
    "It can be set.");

PyDoc_STRVAR(pgresult_ptr_doc,
             "The address of libpq's PGresult (int), which has the columns, and may have none of\n"
             "the rows; None without a result.");

PyDoc_STRVAR(
    rowcount_doc,
    "The number of rows of the result, or that the last command touched (int); -1 while it is\n"
    "not known. DB-API 2.0.");

PyDoc_STRVAR(query_doc,
             "The last query as it was sent, bytes in the client encoding; None before the first.");

PyDoc_STRVAR(name_doc, "The name of a server-side cursor (str); None for another.");

PyDoc_STRVAR(
    tzinfo_factory_doc,
    "A callable that is given an offset from UTC, a `datetime.timedelta`, and returns the\n"
    "tzinfo of timestamptz and timetz values; None makes these naive. It can be set.");

PyDoc_STRVAR(
    row_factory_doc,
    "A callable that is given the cursor, and returns the object that a row's items are set\n"
    "into, by their position; None makes tuples. It can be set.");

PyDoc_STRVAR(typecaster_doc, "Unused: always None.");

PyDoc_STRVAR(string_types_doc,
             "The typecasters of this cursor: a dict of OID to typecaster, or None. See\n"
             "`register_type()`.");

PyDoc_STRVAR(binary_types_doc,
             "As `string_types`, for values in binary format, which the driver does not ask for.");

PyDoc_STRVAR(lastrowid_doc,
             "The OID of the last row inserted (int): 0 where tables have none, as all do since\n"
             "PostgreSQL 12. ``RETURNING`` tells more. DB-API 2.0, optional extension.");

PyDoc_STRVAR(connection_doc, "The connection of the cursor. DB-API 2.0, optional extension.");

#endif
