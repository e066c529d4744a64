"""The source distribution holds all there is to build and test, and what it builds works."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_SOURCE = (".git", ".venv", "build", "dist", "*.so", "__pycache__", "*.egg-info", ".*_cache")

BUILD_SDIST = """\
import sys
from setuptools import build_meta
print(build_meta.build_sdist(sys.argv[1]))
"""


def run(*args, cwd, **kwargs):
    done = subprocess.run(
        [str(arg) for arg in args],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **kwargs,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The directory of an unpacked source distribution, made from a copy of the tree."""
    work = tmp_path_factory.mktemp("sdist")
    tree = work / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    run(sys.executable, "-c", BUILD_SDIST, work, cwd=tree)
    archive = work / "psycopg2-2.9.20.tar.gz"
    with tarfile.open(archive) as tar:
        tar.extractall(work)
    return work / "psycopg2-2.9.20"


@pytest.fixture(scope="module")
def installed(unpacked, tmp_path_factory):
    """The directory that the package is installed in, from a wheel of the source distribution."""
    work = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    options = ("--no-deps", "--no-build-isolation")
    run(*pip, "wheel", *options, "--wheel-dir", work, unpacked, cwd=work)
    (wheel,) = work.glob("psycopg2-2.9.20-*.whl")
    run(*pip, "install", "--no-deps", "--target", work / "site", wheel, cwd=work)
    with zipfile.ZipFile(wheel) as archive:
        (work / "names").write_text("\n".join(archive.namelist()))
    return work / "site"


@pytest.mark.parametrize("folder", ["psycopg", "lib", "tests", "tools", "demo", "doc"])
def test_sdist_holds_every_file(unpacked, folder):
    def names(root):
        return {
            str(path.relative_to(root))
            for path in (root / folder).rglob("*")
            if path.is_file()
            and path.suffix not in (".so", ".pyc")
            and "doc/build" not in str(path)
        }

    assert names(unpacked) == names(ROOT)


@pytest.mark.parametrize(
    "name",
    "README.md CHANGELOG.rst CONTRIBUTING.md SECURITY.md LICENSE Makefile setup.py pyproject.toml"
    " .clang-format .pre-commit-config.yaml".split(),
)
def test_sdist_holds_the_files_at_the_top(unpacked, name):
    assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()


@pytest.mark.timeout(900)
def test_wheel_holds_the_package_and_no_source(installed):
    names = (installed.parent / "names").read_text().splitlines()
    package = {name for name in names if name.startswith("psycopg2/")}
    sources = [path.name for path in (ROOT / "lib").iterdir() if path.suffix in (".py", ".pyi")]
    expected = {f"psycopg2/{name}" for name in [*sources, "py.typed"]}
    extensions = {name for name in package if name.startswith("psycopg2/_psycopg.cpython-")}
    assert package - extensions == expected
    assert len(extensions) == 1
    assert all(name.startswith(("psycopg2/", "psycopg2-2.9.20.dist-info/")) for name in names)


@pytest.mark.timeout(900)
def test_wheel_works(installed, dsn):
    program = (
        "import sys, psycopg2; conn = psycopg2.connect(sys.argv[1]); cur = conn.cursor();"
        "cur.execute('SELECT %s', ([1, None],));"
        "print(psycopg2.__file__, psycopg2.__version__, cur.fetchone(), sep='|')"
    )
    env = {**os.environ, "PYTHONPATH": str(installed)}
    said = run(sys.executable, "-c", program, dsn, cwd=installed.parent, env=env)
    where, version, row = said.strip().split("|")
    assert Path(where).parent == installed / "psycopg2"
    assert version == "2.9.20 (dt dec pq3 ext lo64)"
    assert row == "([1, None],)"
