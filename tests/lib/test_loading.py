"""What an import says that finds no libpq, another one, or the files of somebody else."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from psycopg2 import _loading, _psycopg

EXTENSION = Path(_psycopg.__file__)
PACKAGE = Path(_loading.__file__).parent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="changes the loader's folders")


@pytest.fixture
def site(tmp_path):
    """A folder with a copy of the package, as if it were installed there."""
    ignored = shutil.ignore_patterns("__pycache__", "_psycopg.*.so")
    shutil.copytree(PACKAGE, tmp_path / "site" / "psycopg2", ignore=ignored)
    shutil.copy(EXTENSION, tmp_path / "site" / "psycopg2")
    return tmp_path / "site"


def run_python(site, *args, **env):
    """Run Python where the package is found in `site` alone; return (status, output)."""
    done = subprocess.run(
        [sys.executable, "-S", *args],
        env={**os.environ, "PYTHONPATH": str(site), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def import_error(site, **env):
    """The text of the ImportError that an import of the package ends in."""
    code = "try: import psycopg2\nexcept ImportError as e: print(type(e).__name__, e)"
    status, text = run_python(site, "-c", code, **env)
    assert status == 0, text
    return text


def make_libpq(folder, version, without=()):
    """Compile a library that passes for libpq: it has the functions that ours calls, less some."""
    folder.mkdir()
    symbols = subprocess.run(
        ["nm", "-D", "--undefined-only", EXTENSION], capture_output=True, text=True, check=True
    ).stdout.split()
    names = {name for name in symbols if re.fullmatch(r"(PQ|lo_|pg_)\w+", name)}
    assert names >= {*without, "PQlibVersion"}
    source = folder / "libpq.c"
    functions = [f"int {name}(void) {{ return 0; }}\n" for name in names - {*without}]
    last = f"int PQlibVersion(void) {{ return {version}; }}\n"
    source.write_text("".join(line for line in functions if "PQlibVersion" not in line) + last)
    compiler = sysconfig.get_config_var("CC").split()[0]
    flags = ["-shared", "-fPIC", "-Wl,-soname,libpq.so.5", "-o", folder / "libpq.so.5"]
    subprocess.run([compiler, *flags, source], check=True)
    return str(folder)


def test_older_libpq_that_lacks_a_function_is_told(site, tmp_path):
    folder = make_libpq(tmp_path / "old", 130022, without=["PQresultErrorField"])
    text = import_error(site, LD_LIBRARY_PATH=folder)
    assert "Traceback" not in text
    compiled = _loading.version_text(_psycopg.__libpq_version__)
    assert text.startswith(
        "ImportError psycopg2 cannot be imported: the libpq that is loaded has no "
        "PQresultErrorField: it is older than the one compiled with"
    )
    assert f"(13.22, not {compiled})" in text or "(13.22" not in text
    assert "LD_LIBRARY_PATH" in text
    assert "undefined symbol: PQresultErrorField" in text


def test_older_libpq_that_has_every_function_is_a_warning(site, tmp_path):
    folder = make_libpq(tmp_path / "old", 130022)
    code = "import psycopg2"
    status, text = run_python(site, "-c", code, LD_LIBRARY_PATH=folder)
    assert (status, text) == (0, "")
    status, text = run_python(site, "-W", "always", "-c", code, LD_LIBRARY_PATH=folder)
    assert status == 0
    assert "<string>:1: ImportWarning: psycopg2 was compiled with libpq" in text
    assert "runs with the older libpq 13.22" in text


def test_newer_libpq_is_no_matter(site, tmp_path):
    folder = make_libpq(tmp_path / "new", 990001)
    assert run_python(site, "-W", "error", "-c", "import psycopg2", LD_LIBRARY_PATH=folder) == (
        0,
        "",
    )


def test_libpq_that_is_not_there_is_told(site):
    path = site / "psycopg2" / EXTENSION.name
    # the same, of a library that is nowhere
    data = path.read_bytes()
    assert data.count(b"libpq.so.5\0") == 1
    path.write_bytes(data.replace(b"libpq.so.5\0", b"libpq.so.0\0"))
    text = import_error(site)
    for words in "is not where the loader looks", "apt-get install libpq5", "libpq.so.0: cannot":
        assert words in text


def test_module_of_another_python_is_told(site):
    path = site / "psycopg2" / EXTENSION.name
    other = path.with_name("_psycopg.cpython-27-x86_64-linux-gnu.so")
    path.rename(other)
    text = import_error(site)
    assert text.startswith("ModuleNotFoundError psycopg2 cannot be imported: ")
    assert "{}.{}".format(*sys.version_info) in text
    assert other.name in text
    other.unlink()
    assert "there is no compiled module" in import_error(site)


def test_module_that_is_none_is_told(site):
    (site / "psycopg2" / EXTENSION.name).write_text("no shared library")
    text = import_error(site)
    assert "does not load here" in text
    assert "(The loader says: " in text


def test_module_of_another_release_is_told(site):
    source = (site / "psycopg2" / "__init__.py").read_text()
    changed = source.replace(
        "        threadsafety,\n", "        threadsafety,\n        of_next_year,\n"
    )
    assert changed != source
    (site / "psycopg2" / "__init__.py").write_text(changed)
    text = import_error(site)
    assert "holds files of two packages" in text
    assert "of_next_year" in text


def add_neighbour(site):
    (site / "psycopg2_binary-2.9.13.dist-info").mkdir()
    (site / "psycopg2_binary.libs").mkdir()


def test_psycopg2_binary_beside_is_told_at_import(site):
    assert run_python(site, "-W", "error", "-c", "import psycopg2") == (0, "")
    add_neighbour(site)
    status, text = run_python(site, "-c", "import psycopg2")
    assert status == 0
    assert "<string>:1: RuntimeWarning: psycopg2-binary is installed beside psycopg2" in text
    assert str(site / "psycopg2_binary-2.9.13.dist-info") in text
    assert "-m pip uninstall psycopg2-binary psycopg2" in text


def test_psycopg2_binary_beside_is_told_in_the_report_and_where_the_import_fails(site):
    add_neighbour(site)
    status, text = run_python(site, "-W", "ignore", "-m", "psycopg2")
    assert status == 0
    assert "\nWARNING: psycopg2-binary is installed beside psycopg2" in text
    (site / "psycopg2" / EXTENSION.name).unlink()
    assert "psycopg2-binary is installed beside psycopg2" in import_error(site)


def test_import_that_goes_well_loads_no_helper(site):
    code = (
        "import sys, psycopg2; print('psycopg2._loading' in sys.modules, 'ctypes' in sys.modules)"
    )
    assert run_python(site, "-c", code) == (0, "False False\n")


def test_metadata_of_others_is_not_taken_for_a_neighbour(tmp_path):
    for name in (
        "psycopg2-2.9.20.dist-info",
        "psycopg2_binary_extras-1.dist-info",
        "psycopg2_binary",
    ):
        (tmp_path / name).mkdir()
    assert _loading.installed_beside([str(tmp_path), str(tmp_path / "nowhere")]) == []
