"""psycopg2.errors and psycopg2.errorcodes."""

import pickle

import pytest

import psycopg2
from psycopg2 import errorcodes, errors, extensions


@pytest.mark.parametrize(
    "code, name, base",
    [
        ("02000", "NoData", "DatabaseError"),
        ("08006", "ConnectionFailure", "OperationalError"),
        ("0A000", "FeatureNotSupported", "NotSupportedError"),
        ("21000", "CardinalityViolation", "ProgrammingError"),
        ("22012", "DivisionByZero", "DataError"),
        ("23505", "UniqueViolation", "IntegrityError"),
        ("25P02", "InFailedSqlTransaction", "InternalError"),
        ("2F004", "ReadingSqlDataNotPermitted", "InternalError"),
        ("38004", "ReadingSqlDataNotPermittedExt", "InternalError"),
        ("39004", "NullValueNotAllowedExt", "InternalError"),
        ("22004", "NullValueNotAllowed", "DataError"),
        ("40001", "SerializationFailure", "TransactionRollbackError"),
        ("42601", "SyntaxError", "ProgrammingError"),
        ("42P01", "UndefinedTable", "ProgrammingError"),
        ("53300", "TooManyConnections", "OperationalError"),
        ("57014", "QueryCanceled", "QueryCanceledError"),
        ("57P01", "AdminShutdown", "OperationalError"),
        ("72000", "SnapshotTooOld", "DatabaseError"),
        ("HV00Q", "FdwSchemaNotFound", "OperationalError"),
        ("P0001", "RaiseException", "InternalError"),
        ("XX000", "InternalError_", "InternalError"),
    ],
)
def test_lookup_finds_the_class_and_its_base(code, name, base):
    cls = errors.lookup(code)
    assert cls is getattr(errors, name)
    assert cls.__bases__ == (getattr(errors, base),)
    assert (cls.__module__, cls.__name__) == ("psycopg2.errors", name)


@pytest.mark.parametrize("code", ["00000", "01000", "99999", "23", "", "XXXXX", "u23505"])
def test_lookup_raises_key_error(code):
    with pytest.raises(KeyError) as e:
        errors.lookup(code)
    assert e.value.args == (code,)


def test_every_error_code_but_warnings_has_a_class():
    codes = {
        code: name
        for name, code in vars(errorcodes).items()
        if name.isupper() and len(code) == 5 and code[:2] not in ("00", "01")
    }
    assert len(codes) > 250
    without = []
    for code in codes:
        try:
            assert issubclass(errors.lookup(code), psycopg2.DatabaseError)
        except KeyError:
            without.append(codes[code])
    assert without == ["INVALID_LIMIT_VALUE"]  # of servers that are not met any more


@pytest.mark.parametrize(
    "name",
    [
        "Error",
        "Warning",
        "InterfaceError",
        "DatabaseError",
        "DataError",
        "OperationalError",
        "IntegrityError",
        "InternalError",
        "ProgrammingError",
        "NotSupportedError",
    ],
)
def test_errors_has_the_exceptions_of_the_dbapi(name):
    assert getattr(errors, name) is getattr(psycopg2, name)


def test_extensions_has_the_two_classes_of_old():
    assert errors.QueryCanceledError is extensions.QueryCanceledError
    assert extensions.TransactionRollbackError.__bases__ == (psycopg2.OperationalError,)


@pytest.mark.parametrize(
    "code, name",
    [
        ("23505", "UNIQUE_VIOLATION"),
        ("57014", "QUERY_CANCELED"),
        ("00000", "SUCCESSFUL_COMPLETION"),
        ("01004", "STRING_DATA_RIGHT_TRUNCATION"),
        ("22001", "STRING_DATA_RIGHT_TRUNCATION"),
        ("39004", "NULL_VALUE_NOT_ALLOWED"),
        ("22004", "NULL_VALUE_NOT_ALLOWED"),
        ("22020", "INVALID_LIMIT_VALUE"),
        ("23", "CLASS_INTEGRITY_CONSTRAINT_VIOLATION"),
        ("P0", "CLASS_PL_PGSQL_ERROR"),
        ("72", "CLASS_SNAPSHOT_FAILURE"),
    ],
)
def test_errorcodes_lookup(code, name):
    assert errorcodes.lookup(code) == name
    assert code in (getattr(errorcodes, name), getattr(errorcodes, name + "_", None))


@pytest.mark.parametrize("code", ["99999", "", "235", None])
def test_errorcodes_lookup_raises_key_error(code):
    with pytest.raises(KeyError):
        errorcodes.lookup(code)


@pytest.mark.parametrize("code", ["23505", "42601", "40P01", "57014", "0A000", "XX000", "P0002"])
def test_the_server_s_errors_are_of_the_class(cur, code):
    with pytest.raises(errors.lookup(code)) as e:
        cur.execute(f"do $$ begin raise exception 'oh' using errcode = '{code}'; end $$")
    assert e.type is errors.lookup(code)
    assert e.value.pgcode == code


@pytest.mark.parametrize(
    "code, cls",
    [
        ("08999", "OperationalError"),
        ("22999", "DataError"),
        ("40999", "TransactionRollbackError"),
        ("0A999", "NotSupportedError"),
        ("ZZ999", "DatabaseError"),
        ("0B999", "DatabaseError"),
        ("01000", "DatabaseError"),
    ],
)
def test_a_code_nobody_knows_is_of_its_class_s_base(cur, code, cls):
    with pytest.raises(getattr(errors, cls)) as e:
        cur.execute(f"do $$ begin raise exception 'oh' using errcode = '{code}'; end $$")
    assert e.type is getattr(errors, cls)


def test_errors_pickle(cur):
    with pytest.raises(errors.UndefinedTable) as e:
        cur.execute("select * from nosuchtable")
    again = pickle.loads(pickle.dumps(e.value))
    assert type(again) is errors.UndefinedTable
    assert again.pgcode == "42P01"
    assert str(again) == str(e.value)
