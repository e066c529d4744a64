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


@pytest.fixture
def built(tmp_path, monkeypatch):
    """What tools/build_libpq.sh leaves: a pg_config, libraries, and where they are from."""
    lib, licence = tmp_path / "lib", tmp_path / "bundled" / "openssl-3.0.20"
    for folder in (lib, licence, tmp_path / "bin"):
        folder.mkdir(parents=True)
    (lib / "libssl.so.3").touch()
    (licence / "licence.txt").write_text("as is")
    (licence / "libraries").write_text("libcrypto.so.3\nlibssl.so\nlibssl.so.3\n")
    pg_config = tmp_path / "bin" / "pg_config"
    pg_config.write_text(
        f"#!/bin/sh\ncase $1 in --libdir) echo {lib};; *) echo {lib}/../bin;; esac"
    )
    pg_config.chmod(0o755)
    monkeypatch.setenv("PG_CONFIG", str(pg_config))
    return tmp_path


def test_library_that_was_built_has_the_licence_and_the_version_of_its_project(built):
    folders = contents.library_folders()
    assert Path(folders[0]) == built / "lib"
    part, (project, licence) = contents.describe("libssl-59d05945.so.3", folders)
    assert (part["name"], part["version"]) == ("libssl", "3.0.20")
    assert part["purl"] == "pkg:generic/openssl@3.0.20"
    assert (project, licence.read_text()) == ("openssl", "as is")


def test_library_of_no_known_project_is_told(built):
    (built / "lib" / "libstray.so.1").touch()
    with pytest.raises(WheelError, match=r"package of .*libstray\.so\.1, and so its licence"):
        contents.describe("libstray-59d05945.so.1", [str(built / "lib")])


@pytest.mark.parametrize("words", [[], ["repair", "x.whl"], ["mend", "x.whl", "y"]])
def test_step_of_the_workflow_that_there_is_not_tells_which_there_are(words):
    program = [sys.executable, "tools/wheels/workflow.py", *words]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "workflow.py repair WHEEL FOLDER" in done.stderr


def test_sbom_lists_every_library_once(tmp_path):
    folder = tmp_path / "sboms"
    folder.mkdir()
    (folder / "auditwheel.cdx.json").write_text("{}")
    part = contents.component("libpq", "18.6", "pkg:generic/postgresql@18.6", "libpq-1.so.5")
    contents.write_sbom(folder, "psycopg2-2.9.20-cp312-cp312-manylinux_2_34_x86_64.whl", [part])
    (path,) = folder.iterdir()
    document = json.loads(path.read_text())
    own, listed = document["components"]
    assert (own["name"], own["version"], listed) == ("psycopg2", "2.9.20", part)
    assert document["metadata"]["component"] == own
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
