"""``python -m psycopg2``: what it tells of the installation and of a server, and how it ends."""

import os
import socket
import subprocess
import sys

import pytest

import psycopg2
from psycopg2 import _psycopg, extensions
from psycopg2.__main__ import SETTINGS, main


def run(*args, **env):
    done = subprocess.run(
        [sys.executable, "-m", "psycopg2", *args],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def told(text):
    """The lines of a report as a dict; of lines with the same name the first counts."""
    lines = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition("  ")
        lines.setdefault(name.strip(), value.strip())
    return lines


def test_versions_are_told_without_a_server():
    status, out, err = run(PGHOST="no-such-host.invalid")
    assert (status, err) == (0, "")
    lines = told(out)
    assert lines["psycopg2"] == psycopg2.__version__
    assert lines["loaded from"] == _psycopg.__file__
    version = extensions.libpq_version()
    assert lines["libpq"] == f"{version // 10000}.{version % 10000}"
    assert lines["Python"].startswith("{}.{}.{}".format(*sys.version_info))
    assert lines["executable"] == sys.executable
    assert "connection" not in lines


@pytest.mark.skipif(sys.platform != "linux", reason="looks at what Linux tells of a process")
def test_libraries_are_told_by_their_files(capfd):
    assert main([]) == 0
    told_paths = [
        line.split()[-1] for line in capfd.readouterr().out.splitlines() if "loaded from" in line
    ]
    with open("/proc/self/maps") as f:
        mapped = {line.split()[-1] for line in f if "/" in line}
    assert len(told_paths) >= 2
    assert set(told_paths) <= {os.path.realpath(path) for path in mapped}
    assert "libpq.so" in told_paths[1] or "libpq-" in told_paths[1]


def test_tls_library_is_told_with_its_version(conn):
    if not conn.info.ssl_attribute("library") and extensions.libpq_version() < 150000:
        pytest.skip("this libpq tells of TLS on an encrypted connection only")
    lines = told(run()[1])
    assert lines["TLS of libpq"].startswith("OpenSSL ")
    assert lines["TLS of libpq"].split()[1][0].isdigit()


def test_server_is_told(dsn, conn):
    status, out, err = run(dsn)
    assert (status, err) == (0, "")
    lines = told(out)
    cur = conn.cursor()
    cur.execute("SELECT version(), current_database(), current_user")
    version, dbname, user = cur.fetchone()
    assert lines["version"] == version
    assert lines["database"] == dbname
    assert lines["user"].startswith(user)
    assert lines["standby"] == "no"
    assert lines["pooler between"] == "no sign of one"
    assert lines["parameters"].startswith("user=")
    assert lines["time to connect"].endswith(" ms")
    for name in SETTINGS:
        cur.execute("SELECT current_setting(%s)", (name,))
        wanted = " ".join(cur.fetchone()[0].split())
        line = next(line for line in out.splitlines() if line.split()[:1] == [name])
        assert " ".join(line.split()[1:]) == wanted


def test_tls_of_a_connection_is_told(server, connect):
    dsn = f"{server.dsn} sslmode=verify-ca sslrootcert={server.root_cert}"
    info = connect(dsn).info
    line = told(run(dsn)[1])["TLS"]
    for name in "protocol", "cipher", "key_bits", "library":
        assert info.ssl_attribute(name) in line
    assert told(run(server.dsn + " sslmode=disable")[1])["TLS"] == "none"


def test_empty_dsn_is_what_the_environment_says(dsn):
    params = extensions.parse_dsn(dsn)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    env = {names[name]: value for name, value in params.items() if name in names}
    status, out, _ = run("", **env)
    assert status == 0
    assert told(out)["database"] == params["dbname"]


def test_server_that_is_not_there_is_told_after_the_versions():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    status, out, err = run(f"host=127.0.0.1 port={port}")
    assert status == 1
    assert out.startswith("psycopg2 ")
    assert err.startswith("error: OperationalError: ")
    assert str(port) in err
    assert "Traceback" not in err


def test_dsn_that_is_not_valid_is_told():
    status, _, err = run("nosuch=1")
    assert status == 2
    assert err == 'error: ProgrammingError: invalid dsn: invalid connection option "nosuch"\n'


def test_arguments_that_are_not_known_are_told():
    status, out, err = run("--nosuch")
    assert (status, out) == (2, "")
    assert err.startswith("usage: python -m psycopg2")


def test_help_tells_the_statuses_and_where_a_password_belongs():
    status, out, _ = run("--help")
    assert status == 0
    text = " ".join(out.split())
    for word in "DSN", "Status: 0", "1 the connection failed", "2 the arguments", "PGPASSWORD":
        assert word in text


def test_server_that_does_not_answer_does_not_hold_it_up(monkeypatch, capsys):
    monkeypatch.setattr("psycopg2.__main__.PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert main([f"host=127.0.0.1 port={port} sslmode=disable"]) == 1
    assert "timeout expired" in capsys.readouterr().err


def test_text_that_would_act_on_a_terminal_is_shown_escaped(dsn):
    name = "a\x1b[31mb"
    status, out, _ = run(extensions.make_dsn(dsn, application_name=name, options="-c x.y=\u0439"))
    assert status == 0
    assert "\x1b" not in out
    assert r"\x1b[31m" in out


def test_output_that_cannot_show_a_letter_shows_its_number(dsn):
    status, out, _ = run(
        extensions.make_dsn(dsn, application_name="\u0439"), PYTHONIOENCODING="ascii"
    )
    assert status == 0
    assert r"\u0439" in out
