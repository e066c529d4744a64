"""``python -m psycopg2 [DSN]``: what is installed, and what a server looks like from here."""

import argparse
import os
import platform
import sys
import time
from statistics import median

import psycopg2
from psycopg2 import _psycopg, extensions
from psycopg2._loading import Extension, describe_beside, installed_beside, version_text

ROUND_TRIPS = 20
PATIENCE = 10  # seconds to connect, where the DSN says nothing of it

SETTINGS = """
server_encoding client_encoding DateStyle IntervalStyle TimeZone standard_conforming_strings
bytea_output search_path default_transaction_isolation default_transaction_read_only
synchronous_commit statement_timeout lock_timeout idle_in_transaction_session_timeout
max_connections max_prepared_transactions wal_level password_encryption
""".split()

ABOUT_SERVER = """
SELECT version(), pg_is_in_recovery(), pg_backend_pid(), current_user, session_user,
    (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
    (SELECT count(*) FROM pg_catalog.pg_stat_activity), current_database()
"""


def main(args=None):
    """main(args=None) -> int

    Print the report that the arguments (a list of str, or those of the program) ask for. Returns
    the status to exit with: 0, 1 where no connection was made or it failed, 2 for a DSN that is
    not valid.
    """
    options = make_parser().parse_args(args)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    tell_versions()
    if options.dsn is None:
        return 0
    print()
    return tell_connection(options.dsn)


def make_parser():
    """make_parser() -> argparse.ArgumentParser

    What reads the arguments.
    """
    parser = argparse.ArgumentParser(
        prog="python -m psycopg2",
        description="Print the versions in play; with a DSN, connect and print what is seen of the "
        "server. The text is made for bug reports: no password is in it.",
        epilog="Status: 0 all was told, 1 the connection failed, 2 the arguments are not valid. "
        "Other users of this machine can see the arguments of a program: leave the password to "
        "PGPASSWORD or to a password file.",
    )
    parser.add_argument(
        "dsn",
        nargs="?",
        metavar="DSN",
        help='a connection string ("dbname=shop user=ann") or URI; "" is what the environment '
        "says (PGHOST, PGUSER, ...)",
    )
    return parser


def tell(name, value, indent=0):
    """tell(name, value, indent=0)

    Print one line; what would act on a terminal is shown escaped.
    """
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value))
    print(f"{' ' * indent}{name:<{30 - indent}} {text}".rstrip())


# -- versions -------------------------------------------------------------------------------------


def tell_versions():
    """Print what is installed here."""
    compiled, running = psycopg2.__libpq_version__, extensions.libpq_version()
    tell("psycopg2", psycopg2.__version__)
    tell("loaded from", _psycopg.__file__, 2)
    tell("libpq", version_text(running))
    tell("compiled with", version_text(compiled), 2)
    try:
        loaded = Extension(_psycopg.__file__)
    except OSError as e:
        tell("loaded from", f"not known ({e})", 2)
    else:
        tell_libraries(loaded)
    tell("Python", f"{platform.python_version()} ({platform.python_implementation()})")
    tell("executable", sys.executable, 2)
    tell("its own TLS library", python_tls(), 2)
    tell("encodings", f"{sys.getfilesystemencoding()}, of output {sys.stdout.encoding}", 2)
    tell("platform", platform.platform())
    tell_problems(compiled, running)


def tell_libraries(loaded):
    """tell_libraries(loaded)

    Print where libpq and its TLS library are from; *loaded* is the `Extension`.
    """
    tell("loaded from", loaded.path_of("PQlibVersion") or "not known", 2)
    kind = loaded.text("PQsslAttribute", None, b"library")  # libpq 15 and later tell
    version = loaded.text("OpenSSL_version", 0)
    if not kind and not version:
        tell("TLS of libpq", "not told before a connection is made" if running_old() else "none")
        return
    tell("TLS of libpq", version or kind)
    if version:
        tell("loaded from", loaded.path_of("OpenSSL_version") or "not known", 2)


def running_old():
    """running_old() -> bool

    Whether libpq is of the releases that tell of TLS only on a connection.
    """
    return extensions.libpq_version() < 150000


def python_tls():
    """python_tls() -> str

    The TLS library of Python's own ssl module.
    """
    try:
        import ssl
    except ImportError:
        return "none"
    return ssl.OPENSSL_VERSION


def tell_problems(compiled, running):
    """tell_problems(compiled, running)

    Print what is likely to be the reason of a bug report by itself.
    """
    found = installed_beside()
    if found:
        print(f"\nWARNING: {describe_beside(found)}")
    if not hasattr(extensions.cursor, "stream"):
        print("\nWARNING: the compiled module is of another package than this report.")
    if running // 10000 < compiled // 10000:
        print("\nWARNING: libpq is older than the one psycopg2 was compiled with.")


# -- a connection ---------------------------------------------------------------------------------


def tell_connection(dsn):
    """tell_connection(dsn) -> int

    Connect, and print what is seen. Returns the status to exit with.
    """
    begin = time.perf_counter()
    try:
        conn = psycopg2.connect(dsn, **time_limit(dsn))
    except psycopg2.ProgrammingError as e:
        return fail(e, 2)
    except psycopg2.Error as e:
        return fail(e, 1)
    took = time.perf_counter() - begin
    try:
        tell("connection", "")
        tell("parameters", conn.dsn, 2)
        tell("time to connect", f"{took * 1000:.1f} ms", 2)
        conn.autocommit = True
        tell_session(conn)
        tell_server(conn)
    except psycopg2.Error as e:
        return fail(e, 1)
    finally:
        conn.close()
    return 0


def time_limit(dsn):
    """time_limit(dsn) -> dict

    The parameters to add to a DSN, so that a server which does not answer ends in an error.
    """
    told = {"connect_timeout", "service"} & set(extensions.parse_dsn(dsn))
    if told or os.environ.get("PGCONNECT_TIMEOUT") or os.environ.get("PGSERVICE"):
        return {}
    return {"connect_timeout": PATIENCE}


def fail(error, status):
    """fail(error, status) -> int

    Print why there is no more to tell; returns the *status*.
    """
    sys.stdout.flush()
    print(f"error: {type(error).__name__}: {str(error).strip()}", file=sys.stderr)
    return status


def tell_session(conn):
    """tell_session(conn)

    Print what libpq knows of the session.
    """
    info = conn.info
    if info.ssl_in_use:
        names = ("protocol", "cipher", "key_bits", "library")
        tls = ", ".join(f"{info.ssl_attribute(name)}" for name in names)
    else:
        tls = "none"
    tell("TLS", tls, 2)
    tell("password", "asked for and sent" if info.used_password else "not asked for", 2)
    tell("protocol", info.protocol_version, 2)
    tell("encoding", conn.encoding, 2)
    cur = conn.cursor()
    times = []
    for _ in range(ROUND_TRIPS):
        begin = time.perf_counter()
        cur.execute("SELECT 1")
        times.append(time.perf_counter() - begin)
    trip = f"{median(times) * 1000:.2f} ms (median of {ROUND_TRIPS}, slowest "
    tell("SELECT 1", f"{trip}{max(times) * 1000:.2f} ms)", 2)


def tell_server(conn):
    """tell_server(conn)

    Print what the server tells of itself.
    """
    cur = conn.cursor()
    tell("server", conn.info.parameter_status("server_version"))
    try:
        cur.execute(ABOUT_SERVER)
        row = cur.fetchone()
    except psycopg2.DatabaseError as e:  # a pooler's console, or something only like PostgreSQL
        tell("does not answer", str(e).strip(), 2)
        return
    version, standby, pid, user, session_user, is_super, sessions, dbname = row
    tell("version", version, 2)
    tell("database", dbname, 2)
    login = f" (logged in as {session_user})" if session_user != user else ""
    tell("user", f"{user}{login}{', superuser' if is_super else ''}", 2)
    tell("standby", "yes: read only" if standby else "no", 2)
    pooled = "yes, such as PgBouncer: the server knows the session under another number"
    tell("pooler between", pooled if pid != conn.info.backend_pid else "no sign of one", 2)
    tell("processes now", sessions, 2)
    tell("settings", "")
    cur.execute(
        "SELECT name, pg_catalog.current_setting(name, true) FROM unnest(%s) AS name", (SETTINGS,)
    )
    for name, value in cur:
        tell(name, "not known to this server" if value is None else value, 2)


if __name__ == "__main__":
    sys.exit(main())
