"""What setup.py finds, in which order, and what it says where it finds nothing.

The compiler is a script that writes down how it is called, so no test here compiles.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

FAKE_CC = """\
#!{python}
import json, sys
args = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps(args) + "\\n")
out = args[args.index("-o") + 1]
open(out, "w").close()
if "-c" in args:
    with open(out[:-1] + "d", "w") as f:
        f.write(out + ": " + args[args.index("-MMD") + 1])
"""


class Tree:
    """A copy of what setup.py reads, and a PATH of our own to run it with."""

    def __init__(self, path):
        self.path = path / "tree"
        self.bin = path / "bin"
        self.log = path / "cc.log"
        for name in ("psycopg", "lib"):
            ignored = shutil.ignore_patterns("*.so", "__pycache__")
            shutil.copytree(ROOT / name, self.path / name, ignore=ignored)
        for name in ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, self.path)
        self.bin.mkdir()
        self.env = {k: v for k, v in os.environ.items() if k not in ("PG_CONFIG", "CC", "LDSHARED")}
        self.env["PATH"] = str(self.bin)
        self.cc = self.script("cc", FAKE_CC.format(python=sys.executable, log=str(self.log)))
        self.env["CC"] = self.cc

    def script(self, name, text):
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def postgres(self, name, version="PostgreSQL 17.2", directory="bin"):
        """Make a directory that looks like libpq's, and its pg_config; return (it, pg_config)."""
        home = self.path.parent / name
        (home / "include").mkdir(parents=True)
        (home / "lib").mkdir()
        (home / "include" / "libpq-fe.h").touch()
        (home / "lib" / "libpq.so").touch()
        answers = {"--version": version, "--includedir": home / "include", "--libdir": home / "lib"}
        cases = "".join(f"{key}) echo '{value}';;\n" for key, value in answers.items())
        (self.path.parent / directory).mkdir(exist_ok=True)
        script = f"#!/bin/sh\ncase $1 in\n{cases}*) exit 1;; esac\n"
        target = f"../{directory}/{'pg_config' if directory == 'bin' else name}"
        return home, self.script(target, script)

    def pkg_config(self, home, version="16.1"):
        script = f"""#!/bin/sh
        case $1 in
        --modversion) echo {version};;
        *) echo "-I{home}/include -L{home}/lib";;
        esac
        """
        self.script("pkg-config", script)

    def build(self, *command, **env):
        env = {**self.env, **env}
        return subprocess.run(
            [sys.executable, "setup.py", *(command or ("build_ext", "--inplace"))],
            cwd=self.path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def calls(self):
        """Return the compiler's calls since the last time: (compilations, links)."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        calls = [json.loads(line) for line in lines]
        return [c for c in calls if "-c" in c], [c for c in calls if "-c" not in c]

    def assert_built_with(self, home):
        compiled, linked = self.calls()
        assert len(compiled) == len(list(self.path.glob("psycopg/*.c")))
        assert len(linked) == 1
        for args in compiled:
            assert f"-I{home}/include" in args
        assert f"-L{home}/lib" in linked[0]
        assert any(arg.startswith("-Wl,") and arg.endswith(f"{home}/lib") for arg in linked[0])


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def assert_stopped(tree, done, *words):
    """The build ended before compiling, with one screen of text that has these words."""
    assert done.returncode != 0
    text = done.stdout[done.stdout.index("psycopg2 cannot be built") :]
    assert "Traceback" not in done.stdout
    assert tree.calls() == ([], [])
    assert len(text.splitlines()) <= 24
    for word in (*words, "Debian", "Red Hat", "macOS", "Alpine"):
        assert word in text


def test_no_libpq_tells_what_was_looked_for_and_what_to_install(tree):
    done = tree.build()
    assert_stopped(tree, done, "PG_CONFIG", "pg_config on PATH", "pkg-config", "libpq-dev")


def test_no_libpq_is_told_before_anything_else_is_done(tree):
    done = tree.build("bdist_wheel")
    assert_stopped(tree, done, "pg_config on PATH", "libpq-dev")
    assert "copying" not in done.stdout
    assert len(done.stdout.splitlines()) <= 24


def test_no_compiler_is_told_before_anything_else_is_done(tree):
    tree.postgres("onpath")
    done = tree.build("bdist_wheel", CC="no-such-cc")
    assert_stopped(tree, done, "there is no C compiler")
    assert "copying" not in done.stdout
    assert len(done.stdout.splitlines()) <= 24


def test_all_that_is_missing_is_told_at_once(tree):
    done = tree.build(CC="no-such-cc")
    assert_stopped(tree, done, "libpq, PostgreSQL's client library, was not found; there is no C")
    assert "no-such-cc on PATH: not there" in done.stdout


def test_pg_config_that_is_not_there_is_named(tree):
    tree.postgres("onpath")
    done = tree.build(PG_CONFIG="/no/such/pg_config")
    assert_stopped(tree, done, "/no/such/pg_config", "No such file")


def test_pg_config_that_fails_is_quoted(tree):
    path = tree.script("broken", "#!/bin/sh\necho 'install the server package' >&2\nexit 1\n")
    assert_stopped(tree, tree.build(PG_CONFIG=path), path, "install the server package")


def test_installation_without_headers_is_told(tree):
    home, path = tree.postgres("headless", directory="elsewhere")
    (home / "include" / "libpq-fe.h").unlink()
    assert_stopped(tree, tree.build(PG_CONFIG=path), f"no libpq-fe.h in {home}/include")


def test_installation_without_library_is_told(tree):
    home, path = tree.postgres("bare", directory="elsewhere")
    (home / "lib" / "libpq.so").unlink()
    assert_stopped(tree, tree.build(PG_CONFIG=path), f"no libpq in {home}/lib")


@pytest.mark.parametrize("version", ["PostgreSQL 13.18", "PostgreSQL 9.6.24"])
def test_old_libpq_is_refused(tree, version):
    _, path = tree.postgres("old", version, directory="elsewhere")
    assert_stopped(tree, tree.build(PG_CONFIG=path), "too old", version, "14 or later")


def test_no_compiler_is_told(tree):
    tree.postgres("onpath")
    assert_stopped(tree, tree.build(CC="no-such-cc"), "no C compiler", "no-such-cc")


def test_no_python_headers_is_told(tree, tmp_path):
    tree.postgres("onpath")
    (tmp_path / "sitecustomize.py").write_text(
        "import sysconfig\n"
        "get_path = sysconfig.get_path\n"
        "def lie(name, *args, **kwargs):\n"
        "    return '/no/include' if name == 'include' else get_path(name, *args, **kwargs)\n"
        "sysconfig.get_path = lie\n"
    )
    done = tree.build(PYTHONPATH=str(tmp_path))
    assert_stopped(tree, done, "headers of Python", "Python.h in /no/include", "python3-dev")


def test_pg_config_of_the_environment_comes_first(tree):
    home, path = tree.postgres("chosen", directory="elsewhere")
    tree.postgres("onpath")
    assert tree.build(PG_CONFIG=path).returncode == 0
    tree.assert_built_with(home)


def test_pg_config_on_path_comes_before_pkg_config(tree):
    home, _ = tree.postgres("onpath")
    tree.pkg_config("/no/such/place")
    assert tree.build().returncode == 0
    tree.assert_built_with(home)


def test_pkg_config_comes_last(tree):
    home, _ = tree.postgres("packaged", directory="elsewhere")
    tree.pkg_config(home)
    assert tree.build().returncode == 0
    tree.assert_built_with(home)


def test_pg_config_on_path_without_headers_gives_way_to_pkg_config(tree):
    useless, _ = tree.postgres("onpath")
    (useless / "include" / "libpq-fe.h").unlink()
    home, _ = tree.postgres("packaged", directory="elsewhere")
    tree.pkg_config(home)
    assert tree.build().returncode == 0
    tree.assert_built_with(home)


def test_nothing_is_compiled_twice(tree):
    tree.postgres("onpath")
    assert tree.build().returncode == 0
    tree.calls()
    assert tree.build().returncode == 0
    assert tree.calls() == ([], [])


def test_changed_source_is_compiled_alone(tree):
    tree.postgres("onpath")
    assert tree.build().returncode == 0
    tree.calls()
    source = sorted(tree.path.glob("psycopg/*.c"))[0]
    later = max(path.stat().st_mtime for path in tree.path.rglob("*")) + 10
    os.utime(source, (later, later))
    assert tree.build().returncode == 0
    compiled, linked = tree.calls()
    assert len(compiled) == 1
    assert f"psycopg/{source.name}" in compiled[0]
    assert len(linked) == 1


def test_another_pg_config_builds_all_anew(tree):
    tree.postgres("onpath")
    assert tree.build().returncode == 0
    tree.calls()
    home, path = tree.postgres("other", directory="elsewhere")
    assert tree.build(PG_CONFIG=path).returncode == 0
    tree.assert_built_with(home)
