"""The exceptions: their tree, the class for a SQLSTATE, what they tell, and pickling."""

import copy
import pickle

import pytest

import psycopg2
from psycopg2 import errorcodes, errors, extensions

PARENTS = {
    "Warning": Exception,
    "Error": Exception,
    "InterfaceError": psycopg2.Error,
    "DatabaseError": psycopg2.Error,
    "DataError": psycopg2.DatabaseError,
    "OperationalError": psycopg2.DatabaseError,
    "IntegrityError": psycopg2.DatabaseError,
    "InternalError": psycopg2.DatabaseError,
    "ProgrammingError": psycopg2.DatabaseError,
    "NotSupportedError": psycopg2.DatabaseError,
}

FIELDS = """column_name constraint_name context datatype_name internal_position internal_query
    message_detail message_hint message_primary schema_name severity severity_nonlocalized
    source_file source_function source_line sqlstate statement_position table_name""".split()


# Classes 00 and 01 are success and warnings: no statement ends in them. No server since 8.4 knows
# 22020.
ERROR_NAMES = [
    name
    for name, code in sorted(vars(errorcodes).items())
    if name.isupper()
    and not name.startswith("CLASS_")
    and code[:2] not in ("00", "01")
    and code != "22020"
]


def catch(cur, query, *args):
    """Return the error that the query ends in."""
    with pytest.raises(psycopg2.Error) as caught:
        cur.execute(query, *args)
    return caught.value


def catch_state(cur, sqlstate):
    return catch(cur, f"do $$begin raise exception 'boo' using errcode='{sqlstate}'; end$$")


@pytest.mark.parametrize("name", PARENTS)
def test_errors_form_the_dbapi_tree(name, conn):
    kind = getattr(psycopg2, name)
    assert kind.__mro__[1] is PARENTS[name]
    assert kind.__module__ == "psycopg2"
    assert kind.__doc__
    assert getattr(conn, name) is kind


def test_errors_of_extensions_are_operational():
    for name in ("QueryCanceledError", "TransactionRollbackError"):
        kind = getattr(extensions, name)
        assert kind.__mro__[1] is psycopg2.OperationalError
        assert kind.__module__ == "psycopg2.extensions"


@pytest.mark.parametrize(
    "sqlstate, name, base",
    [
        ("02000", "NoData", psycopg2.DatabaseError),
        ("08000", "ConnectionException", psycopg2.OperationalError),
        ("08006", "ConnectionFailure", psycopg2.OperationalError),
        ("0A000", "FeatureNotSupported", psycopg2.NotSupportedError),
        ("0Z000", "DiagnosticsException", psycopg2.DatabaseError),
        ("20000", "CaseNotFound", psycopg2.ProgrammingError),
        ("21000", "CardinalityViolation", psycopg2.ProgrammingError),
        ("22012", "DivisionByZero", psycopg2.DataError),
        ("23505", "UniqueViolation", psycopg2.IntegrityError),
        ("24000", "InvalidCursorState", psycopg2.InternalError),
        ("25P02", "InFailedSqlTransaction", psycopg2.InternalError),
        ("26000", "InvalidSqlStatementName", psycopg2.OperationalError),
        ("28000", "InvalidAuthorizationSpecification", psycopg2.OperationalError),
        ("2B000", "DependentPrivilegeDescriptorsStillExist", psycopg2.InternalError),
        ("34000", "InvalidCursorName", psycopg2.OperationalError),
        ("38000", "ExternalRoutineException", psycopg2.InternalError),
        ("3B000", "SavepointException", psycopg2.InternalError),
        ("3D000", "InvalidCatalogName", psycopg2.ProgrammingError),
        ("3F000", "InvalidSchemaName", psycopg2.ProgrammingError),
        ("40001", "SerializationFailure", extensions.TransactionRollbackError),
        ("40P01", "DeadlockDetected", extensions.TransactionRollbackError),
        ("42601", "SyntaxError", psycopg2.ProgrammingError),
        ("42P01", "UndefinedTable", psycopg2.ProgrammingError),
        ("44000", "WithCheckOptionViolation", psycopg2.ProgrammingError),
        ("53100", "DiskFull", psycopg2.OperationalError),
        ("54000", "ProgramLimitExceeded", psycopg2.OperationalError),
        ("55P03", "LockNotAvailable", psycopg2.OperationalError),
        ("57014", "QueryCanceled", extensions.QueryCanceledError),
        ("57P01", "AdminShutdown", psycopg2.OperationalError),
        ("58030", "IoError", psycopg2.OperationalError),
        ("F0000", "ConfigFileError", psycopg2.InternalError),
        ("HV000", "FdwError", psycopg2.OperationalError),
        ("P0001", "RaiseException", psycopg2.InternalError),
        ("XX000", "InternalError_", psycopg2.InternalError),
    ],
)
def test_errors_class_follows_the_sqlstate(cur, sqlstate, name, base):
    error = catch_state(cur, sqlstate)
    assert type(error) is errors.lookup(sqlstate) is getattr(errors, name)
    assert type(error).__name__ == name
    assert type(error).__module__ == "psycopg2.errors"
    assert type(error).__mro__[1] is base
    assert error.pgcode == sqlstate
    assert str(error).startswith("boo\n")


@pytest.mark.parametrize(
    "sqlstate, base",
    [
        ("23ZZZ", psycopg2.IntegrityError),
        ("08ZZZ", psycopg2.OperationalError),
        ("ZZ999", psycopg2.DatabaseError),
        ("99999", psycopg2.DatabaseError),
    ],
)
def test_errors_unknown_sqlstate_falls_back_to_its_class(cur, sqlstate, base):
    error = catch_state(cur, sqlstate)
    assert type(error) is base
    assert error.pgcode == sqlstate


@pytest.mark.parametrize("sqlstate", ["XX", "42p01", "", None, 5])
def test_errors_lookup_raises_key_error(sqlstate):
    with pytest.raises(KeyError):
        errors.lookup(sqlstate)


def test_errorcodes_name_the_sqlstates():
    assert errorcodes.UNDEFINED_TABLE == "42P01"
    assert errorcodes.CLASS_DATA_EXCEPTION == "22"
    assert errorcodes.lookup("42P01") == "UNDEFINED_TABLE"
    assert errorcodes.lookup("22000") == "DATA_EXCEPTION"
    with pytest.raises(KeyError):
        errorcodes.lookup("XXX")


@pytest.mark.parametrize("name", ERROR_NAMES)
def test_errors_has_a_class_for_every_errorcode(name):
    code = getattr(errorcodes, name)
    kind = errors.lookup(code)
    assert issubclass(kind, psycopg2.Error)
    assert getattr(errors, kind.__name__) is kind


# What an error tells


def test_error_tells_message_code_and_cursor(cur):
    error = catch(cur, "select * from nosuch")
    assert str(error) == (
        'relation "nosuch" does not exist\nLINE 1: select * from nosuch\n                      ^\n'
    )
    assert error.pgerror == "ERROR:  " + str(error)
    assert error.pgcode == "42P01"
    assert error.cursor is cur
    assert error.args == (str(error),)


@pytest.mark.parametrize("name", ["pgcode", "pgerror", "cursor"])
def test_error_attributes_are_none_when_made_by_hand(name):
    error = psycopg2.Error("mine", 2)
    assert getattr(error, name) is None
    assert error.args == ("mine", 2)
    with pytest.raises(AttributeError):
        setattr(error, name, "x")


def test_diag_of_an_error_made_by_hand_is_all_none():
    diag = psycopg2.Error("mine").diag
    assert isinstance(diag, extensions.Diagnostics)
    assert {name: getattr(diag, name) for name in FIELDS} == dict.fromkeys(FIELDS)


def test_diag_tells_every_field(cur):
    cur.execute("create temp table fields (a int constraint positive check (a > 0))")
    diag = catch(cur, "insert into fields values (-1)").diag
    assert diag.severity == diag.severity_nonlocalized == "ERROR"
    assert diag.sqlstate == "23514"
    assert 'violates check constraint "positive"' in diag.message_primary
    assert diag.message_detail == "Failing row contains (-1)."
    assert (diag.table_name, diag.constraint_name) == ("fields", "positive")
    assert diag.schema_name.startswith("pg_temp")
    assert diag.source_file and diag.source_function and diag.source_line.isdigit()
    assert [diag.column_name, diag.datatype_name, diag.message_hint, diag.context] == [None] * 4


@pytest.mark.parametrize(
    "query, field, value",
    [
        ("select nosuch", "statement_position", "8"),
        ("select 'a'::text + 1", "message_hint", "No operator matches"),
        ("do $$begin perform 1/0; end$$", "context", 'SQL statement "SELECT 1/0"'),
        ("do $$begin perform nosuch; end$$", "internal_query", "nosuch"),
        ("do $$begin perform nosuch; end$$", "internal_position", "8"),
        ("do $$begin raise 'x' using column='c'; end$$", "column_name", "c"),
        ("do $$begin raise 'x' using datatype='d'; end$$", "datatype_name", "d"),
        ("do $$begin raise 'été %', '\u20ac'; end$$", "message_primary", "été \u20ac"),
    ],
)
def test_diag_tells_field(cur, query, field, value):
    assert value in getattr(catch(cur, query).diag, field)


def test_diag_outlives_cursor_and_connection(connect):
    conn = connect()
    cur = conn.cursor()
    diag = catch(cur, "select 1/0").diag
    cur.close()
    conn.close()
    del cur, conn
    assert (diag.sqlstate, diag.message_primary) == ("22012", "division by zero")


def test_diag_is_read_only_and_made_of_an_error(cur):
    error = catch(cur, "select 1/0")
    with pytest.raises(AttributeError):
        error.diag.sqlstate = "x"
    with pytest.raises(AttributeError):
        error.diag = None
    assert extensions.Diagnostics(error).sqlstate == "22012"
    with pytest.raises(TypeError):
        extensions.Diagnostics()
    with pytest.raises(TypeError, match=r"must be a psycopg2\.Error"):
        extensions.Diagnostics(5)


def test_error_text_follows_the_client_encoding(conn, cur):
    conn.set_client_encoding("latin1")
    error = catch(cur, "do $$begin raise 'été'; end$$")
    assert str(error).startswith("été\n")
    assert error.diag.message_primary == "été"


# Pickling


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_error_pickles(cur, protocol):
    error = catch(cur, "select * from nosuch")
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is errors.UndefinedTable
    assert (back.pgcode, back.pgerror, str(back), back.args) == (
        error.pgcode,
        error.pgerror,
        str(error),
        error.args,
    )
    assert back.cursor is None
    assert isinstance(back.diag, extensions.Diagnostics)


def test_error_copies(cur):
    error = catch(cur, "select 1/0")
    back = copy.copy(error)
    assert (type(back), back.pgcode, str(back)) == (type(error), "22012", str(error))


class MineError(psycopg2.IntegrityError):
    """A subclass as an application writes it."""


@pytest.mark.parametrize(
    "kind", [*(getattr(psycopg2, n) for n in PARENTS), extensions.QueryCanceledError, MineError]
)
def test_error_made_by_hand_pickles(kind):
    back = pickle.loads(pickle.dumps(kind("one", 2)))
    assert type(back) is kind
    assert back.args == ("one", 2)


def test_error_subclass_keeps_attributes_of_its_own():
    # The original drops them.
    error = MineError("x")
    error.extra = [1]
    assert pickle.loads(pickle.dumps(error)).extra == [1]


def test_error_refuses_a_bad_pickle_state():
    with pytest.raises(TypeError):
        psycopg2.Error("x").__setstate__(5)
