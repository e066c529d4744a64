"""What `make wheels` is made of; the making itself takes minutes, and tries what it made."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from wheels import WheelError, contents, pythons

ROOT = Path(__file__).resolve().parent.parent.parent


def test_python_is_found_by_its_version():
    version = "{}.{}".format(*sys.version_info)
    path = pythons.find(version)
    if path:  # a Python without its headers, or without venv, does not count
        told = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
        assert told.startswith(f"Python {version}.")
    assert pythons.find("3.2") is None


def test_version_that_is_not_made_is_told():
    program = [sys.executable, "tools/wheels", "3.2"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "not one of 3.9, 3.10, 3.11, 3.12, 3.13: 3.2" in done.stderr


def test_library_is_found_by_its_mangled_name(tmp_path):
    (tmp_path / "libssl.so.3").touch()
    folders = [str(tmp_path / "nowhere"), str(tmp_path)]
    assert contents.source_of("libssl-59d05945.so.3", folders) == str(tmp_path / "libssl.so.3")
    with pytest.raises(WheelError, match=r"libssl\.so\.3 is not mangled"):
        contents.source_of("libssl.so.3", folders)
    with pytest.raises(WheelError, match=r"where .*libpq-9caf3dac\.so\.5 is from is not known"):
        contents.source_of("libpq-9caf3dac.so.5", folders)


def test_sbom_lists_every_library_once(tmp_path):
    path = tmp_path / "auditwheel.cdx.json"
    own = {"bom-ref": "pkg:pypi/psycopg2", "name": "psycopg2"}
    path.write_text(json.dumps({"components": [own, {"bom-ref": "x"}], "dependencies": []}))
    part = contents.component("libpq", "18.6", "pkg:generic/postgresql@18.6", "libpq-1.so.5")
    contents.complete_sbom(path, [part])
    document = json.loads(path.read_text())
    assert document["components"] == [own, part]
    first, second = document["dependencies"]
    assert first == {"ref": own["bom-ref"], "dependsOn": [part["bom-ref"]]}
    assert second == {"ref": part["bom-ref"]}


def test_licences_are_named_in_the_metadata(tmp_path):
    (tmp_path / "licenses").mkdir()
    (tmp_path / "METADATA").write_text("Name: psycopg2\nLicense-File: LICENSE\nX: y\n\nText\n")
    (tmp_path / "copyright").write_text("as is")
    contents.add_licences(tmp_path, {"openssl": tmp_path / "copyright"})
    assert (tmp_path / "licenses" / "bundled" / "openssl.txt").read_text() == "as is"
    assert (tmp_path / "METADATA").read_text() == (
        "Name: psycopg2\nLicense-File: LICENSE\nLicense-File: bundled/openssl.txt\nX: y\n\nText\n"
    )


def test_program_of_the_trial_fails_where_libpq_is_the_systems(server, dsn):
    """The driver under test is not from a wheel, which the program has to notice."""
    program = ROOT / "tools" / "wheels" / "program.py"
    dsn += f" sslmode=verify-full sslrootcert={server.root_cert}"
    words = ["psycopg2", dsn, server.host, str(server.port), server.root_cert]
    done = subprocess.run(
        [sys.executable, program, *words], env=os.environ, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "AssertionError" in done.stderr and "in loaded" in done.stderr
