"""A password is nowhere to be seen: one that nobody would write by chance is looked for everywhere.

`connection.info.password` is the exception, for programs that open further connections.
"""

import io
import logging
import os
import pickle
import subprocess
import sys
import traceback
from urllib.parse import quote

import pytest

import psycopg2
from psycopg2 import extensions, extras, pool

SECRET = "Zx9Wq7mK '\\u&%?=Hj4Rt8Lp"  # what has to be quoted is in it
PIECES = ("Zx9Wq7mK", "Hj4Rt8Lp")


def assert_clean(*texts):
    for text in texts:
        for piece in PIECES:
            assert piece not in str(text)


@pytest.fixture
def role(server, connect):
    """The parameters of a role that logs in by SECRET, without it."""
    server.password_role  # noqa: B018 -- a server of somebody else may ask for no password
    conn = connect()
    conn.autocommit = True
    name = f"secrets_{os.getpid()}"
    cur = conn.cursor()
    hashed = extensions.encrypt_password(SECRET, name, conn, "scram-sha-256")
    assert_clean(hashed)
    cur.execute(f"CREATE ROLE {name} LOGIN PASSWORD %s", (hashed,))
    yield {"host": server.host, "port": server.port, "dbname": server.dbname, "user": name}
    cur.execute(f"DROP ROLE {name}")


def make_uri(role, password):
    text = "postgresql://{user}:{password}@{host}:{port}/{dbname}"
    return text.format(**role, password=quote(password, safe=""))


def ways_in(role, password, folder):
    """Every way to give a password: name to (environment, arguments of connect())."""
    passfile = folder / "pgpass"
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    passfile.write_text(f"*:*:*:{role['user']}:{escaped}\n")
    passfile.chmod(0o600)
    plain = extensions.make_dsn(**role)
    return {
        "keyword": ({}, (plain,), {"password": password}),
        "keywords": ({}, (), {**role, "password": password}),
        "string": ({}, (extensions.make_dsn(**role, password=password),), {}),
        "uri": ({}, (make_uri(role, password),), {}),
        "query": ({}, ("postgresql://?password=" + quote(password),), role),
        "PGPASSWORD": ({"PGPASSWORD": password}, (plain,), {}),
        "passfile": ({}, (plain,), {"passfile": str(passfile)}),
        "PGPASSFILE": ({"PGPASSFILE": str(passfile)}, (plain,), {}),
    }


WAYS = "keyword keywords string uri query PGPASSWORD passfile PGPASSFILE".split()


@pytest.fixture(params=WAYS)
def way_in(request, role, tmp_path, monkeypatch):
    """A function: connect with a password, by one of the ways."""

    def connect_by(password, **more):
        env, args, kwargs = ways_in(role, password, tmp_path)[request.param]
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        return psycopg2.connect(*args, **kwargs, **more)

    return connect_by


def test_password_is_in_nothing_that_a_connection_tells(way_in):
    conn = way_in(SECRET)
    try:
        assert conn.info.used_password and conn.info.password == SECRET
        cur = conn.cursor()
        cur.execute("SELECT 1")
        assert_clean(conn.dsn, repr(conn), str(conn), repr(cur), repr(conn.info), cur.query)
        assert_clean(conn.get_dsn_parameters(), conn.info.dsn_parameters, conn.info.options)
        for name in dir(conn):
            assert_clean(repr(getattr(conn, name)))
    finally:
        conn.close()
    assert_clean(conn.dsn, repr(conn))


def test_password_that_is_wrong_is_in_no_part_of_the_error(way_in):
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed") as told:
        way_in(SECRET + "x")
    error = told.value
    assert_clean(error, repr(error), error.args, error.pgerror, pickle.dumps(error))
    assert_clean(*[getattr(error.diag, name) for name in dir(error.diag) if name[0] != "_"])
    # the lines of the source apart, which are the program's
    assert_clean(*traceback.format_exception_only(type(error), error))


def test_password_is_not_shown_where_connecting_asynchronously_fails(role):
    conn = psycopg2.connect(**role, password=SECRET + "x", async_=1)
    with pytest.raises(psycopg2.OperationalError) as told:
        extras.wait_select(conn)
    assert_clean(told.value, conn.dsn, repr(conn))


@pytest.mark.parametrize("factory", [extras.LoggingConnection, extras.MinTimeLoggingConnection])
def test_password_is_not_logged(way_in, factory):
    out = io.StringIO()
    logger = logging.getLogger("test_secrets")
    logger.setLevel(logging.DEBUG)
    handler = logging.StreamHandler(out)
    logger.addHandler(handler)
    try:
        conn = way_in(SECRET, connection_factory=factory)
        conn.initialize(logger)
        conn.cursor().execute("SELECT 'logged'")
        conn.close()
    finally:
        logger.removeHandler(handler)
    assert "logged" in out.getvalue()
    assert_clean(out.getvalue())


def test_password_is_not_told_by_a_pool(role):
    made = pool.SimpleConnectionPool(1, 1, **role, password=SECRET)
    conn = made.getconn()
    with pytest.raises(pool.PoolError) as told:
        made.getconn()
    assert_clean(told.value, repr(made), repr(conn))
    made.closeall()
    with pytest.raises(psycopg2.OperationalError) as told:
        pool.ThreadedConnectionPool(1, 1, **role, password=SECRET + "x")
    assert_clean(told.value)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wrong", [False, True])
def test_password_is_not_in_the_report(role, tmp_path, way, wrong):
    env, args, kwargs = ways_in(role, SECRET + ("x" if wrong else ""), tmp_path)[way]
    dsn = args[0] if args and not kwargs else extensions.make_dsn(*args, **kwargs)
    done = subprocess.run(
        [sys.executable, "-m", "psycopg2", dsn],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )
    assert done.returncode == wrong
    if wrong:
        assert "password authentication failed" in done.stderr
    else:
        assert f"user={role['user']}" in done.stdout
        assert "asked for and sent" in done.stdout
    assert_clean(done.stdout, done.stderr)


# -- strings that libpq cannot read, or reads in another way than was meant ----------------------

HOST = "no-such-host.invalid"


@pytest.mark.parametrize(
    "dsn, text",
    [
        # as libpq says it, less the secret
        ("postgresql://ann:s%zzcret@h", 'invalid percent-encoded token: "***"'),
        ("postgresql://ann:secret%00@h", 'forbidden value %00 in percent-encoded value: "***"'),
        ("postgresql://h/db?password=s%zzcret&user=ann", 'invalid percent-encoded token: "***"'),
        ("postgresql://ann:secret@[::1/db", 'in URI: "postgresql://ann:***@[::1/db"'),
        ("postgres://ann:a@[:secret@h/db", 'in URI: "postgres://ann:***@h/db"'),
        ('postgresql://ann:sec"ret@[::1/db', 'in URI: "postgresql://ann:***@[::1/db"'),
        ("postgresql://ann:s/e?secret@h/db", 'in URI query parameter: "***@h/db"'),
        ("password=my secret", 'missing "=" after "***" in connection info string'),
        ("user=ann password = my secret word", 'missing "=" after "***"'),
        ("sslpassword=my secret", 'missing "=" after "***"'),
        # what is not part of one is shown
        ("postgresql://ann:secret@h/db?nosuch=1", 'invalid URI query parameter: "nosuch"'),
        ("postgresql://h%zz/db?password=secret", 'invalid percent-encoded token: "h%zz"'),
        ("password=secret hots=there", 'invalid connection option "hots"'),
        ("user=ann lonely password=secret", 'missing "=" after "lonely"'),
        ("postgresql://h?password=a=secret", 'extra key/value separator "=" in URI query'),
    ],
)
def test_string_that_is_not_valid_is_told_without_its_password(dsn, text):
    for function in psycopg2.connect, extensions.parse_dsn, extensions.make_dsn:
        with pytest.raises(psycopg2.ProgrammingError) as told:
            function(dsn)
        assert text in str(told.value)
        assert "secret" not in str(told.value)
    with pytest.raises(psycopg2.InternalError) as told:
        extensions.connection(dsn)
    assert text in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("async_", [0, 1])
@pytest.mark.parametrize("timeout", ["", "connect_timeout=5"])
@pytest.mark.parametrize(
    "dsn, text",
    [
        (f"postgresql://ann:my@secret@{HOST}/db", f'"***@{HOST}"'),
        (f"postgresql://ann:my@s%65cret@{HOST}/db", f'"***@{HOST}"'),
        (f"postgresql://ann:secret/more@{HOST}/db", 'invalid integer value "***"'),
        # here libpq and whoever wrote it are of one mind
        (f"postgresql://ann:{HOST}@{HOST}/db", f'"{HOST}"'),
        (f"postgresql://{HOST}:5432/db?application_name=a@b", f'"{HOST}"'),
        ("postgresql://h:54x2/db", 'invalid integer value "54x2"'),
        ("host=h port=54x2 password=secret54x2", 'invalid integer value "54x2"'),
    ],
)
def test_password_that_libpq_takes_for_something_else_is_not_told(dsn, text, timeout, async_):
    separator = " " if "=" in dsn and "//" not in dsn else "&" if "?" in dsn else "?"
    if timeout:
        dsn += separator + timeout
    with pytest.raises(psycopg2.OperationalError) as told:
        psycopg2.connect(dsn, async_=async_)
    assert text in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("way", ["waiting", "with a time limit", "asynchronous"])
def test_password_that_libpq_takes_for_a_later_host_is_not_told(way):
    """libpq looks that up only once the host before it has refused."""
    dsn = f"postgresql://ann:my@127.0.0.1:1,secret@{HOST}/db"
    if way == "with a time limit":
        dsn += "?connect_timeout=5"
    with pytest.raises(psycopg2.OperationalError) as told:
        conn = psycopg2.connect(dsn, async_=way == "asynchronous")
        extras.wait_select(conn)
    assert f'"***@{HOST}"' in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("name", ["scram_client_key", "scram_server_key", "oauth_client_secret"])
def test_what_stands_in_for_a_password_is_hidden_too(name):
    dsn = f"dbname=x {name}=s3same"
    try:
        extensions.parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        assert extensions.libpq_version() < 180000  # which has none of these
        return
    conn = extensions.connection.__new__(extensions.connection)
    with pytest.raises(psycopg2.OperationalError):
        conn.__init__(dsn + " port=x")
    assert f"{name}=xxx" in conn.dsn
    assert "s3same" not in conn.dsn
