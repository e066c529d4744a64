"""What is run with a wheel installed, and nothing else: program.py FIRST DSN HOST PORT ROOT.

FIRST, psycopg2 or ssl, is imported before the other; then both talk TLS to the same server.
"""

import importlib
import os
import re
import socket
import struct
import sys

first, dsn, host, port, root = sys.argv[1:]
for module in [first, "psycopg2", "ssl"]:
    importlib.import_module(module)

import ssl  # noqa: E402

import psycopg2  # noqa: E402
from psycopg2 import extensions, extras  # noqa: E402


def talk_by_python():
    """Have Python's ssl module shake hands with the server; return the version of TLS."""
    context = ssl.create_default_context(cafile=root)
    with socket.create_connection((host, int(port))) as plain:
        plain.sendall(struct.pack("!ii", 8, 80877103))  # SSLRequest
        assert plain.recv(1) == b"S"
        with context.wrap_socket(plain, server_hostname=host) as encrypted:
            return encrypted.version()


def talk_by_psycopg2():
    """Use the driver on an encrypted session with a password; return the version of TLS."""
    with psycopg2.connect(dsn, cursor_factory=extras.RealDictCursor) as conn:
        assert conn.info.ssl_in_use and conn.info.used_password
        cur = conn.cursor()
        cur.execute("SELECT %s AS a, %s::jsonb AS b", ([1, None], '{"c": 1.5}'))
        assert cur.fetchone() == {"a": [1, None], "b": {"c": 1.5}}
        cur.execute("CREATE TEMP TABLE t (a int)")
        cur.copy_records("t", ((i,) for i in range(1000)))
        cur.execute("SELECT password LIKE 'SCRAM%' AS a FROM (SELECT rolpassword AS password "
                    "FROM pg_authid WHERE rolname = current_user) AS r")  # fmt: skip
        assert cur.fetchone() == {"a": True}
        version = conn.info.ssl_attribute("protocol")
    conn.close()
    return version


def loaded():
    """Return the libraries that this process has from the wheel; fail on one from elsewhere."""
    with open("/proc/self/maps") as f:
        paths = {line.split(maxsplit=5)[5].strip() for line in f if ".so" in line}
    folder = os.path.join(os.path.dirname(os.path.dirname(psycopg2.__file__)), "psycopg2.libs")
    inside = {path for path in paths if os.path.dirname(path) == folder}
    names = [re.sub(r"-[0-9a-f]{8}", "", os.path.basename(path)) for path in inside]
    assert {name.split(".")[0] for name in names} >= {"libpq", "libssl", "libcrypto"}
    for path in paths - inside:
        assert "libpq" not in os.path.basename(path), f"{path} is loaded"
    return sorted(names)


versions = {talk_by_python(), talk_by_psycopg2(), talk_by_python()}
assert versions == {"TLSv1.3"}, versions
assert extensions.libpq_version() == psycopg2.__libpq_version__
print(f"  tried: psycopg2 {psycopg2.__version__}, libpq {extensions.libpq_version()}, SCRAM, "
      f"{versions.pop()} by it and by Python's {ssl.OPENSSL_VERSION} in one process")  # fmt: skip
print(f"  loaded from the wheel: {', '.join(loaded())}")
