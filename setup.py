"""Build psycopg2: find libpq, say what is missing before a compiler does, compile what changed.

What can be said about the package without running code is in pyproject.toml and setup.cfg.

Environment:

PG_CONFIG        the pg_config program of the PostgreSQL whose libpq is used
PSYCOPG2_WERROR  1: a compiler warning ends the build
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from glob import glob

from setuptools import Extension, setup
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext

VERSION = "2.9.20"
OLDEST_LIBPQ = 14

INSTALL_HELP = """\
What to install:
  Debian, Ubuntu    apt-get install gcc python3-dev libpq-dev
  Red Hat, Fedora   dnf install gcc python3-devel libpq-devel
  Alpine            apk add gcc musl-dev python3-dev libpq-dev
  macOS             xcode-select --install; brew install libpq
                    and build with PG_CONFIG="$(brew --prefix libpq)/bin/pg_config"
Elsewhere: PostgreSQL's client headers, and PG_CONFIG set to the path of its pg_config.
"""

WARNINGS = ["-Wall", "-Wextra", "-Wstrict-prototypes", "-Wshadow", "-Wvla"]


class Missing(Exception):
    """Something that the build needs is not there: what, and the places that were looked at."""

    def __init__(self, what, looked_for):
        super().__init__(what)
        self.looked_for = looked_for


def stop(missing):
    """End the build with one screen of text: all that is missing at once, and what to install."""
    lines = [f"psycopg2 cannot be built: {'; '.join(map(str, missing))}.", "", "Looked for:"]
    lines += [f"  - {line}" for each in missing for line in each.looked_for]
    sys.stdout.flush()
    sys.exit("\n" + "\n".join([*lines, "", INSTALL_HELP]))


# -- libpq --------------------------------------------------------------------------------------


@dataclass
class Libpq:
    version: str
    include_dirs: list
    library_dirs: list


def ask(*args):
    """Run a program; return (its output, None) or (None, what went wrong)."""
    try:
        done = subprocess.run(args, capture_output=True, text=True)
    except OSError as e:
        return None, f"cannot be run ({e.strerror})"
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        return None, words[0] if words else f"failed with status {done.returncode}"
    return done.stdout.strip(), None


def from_pg_config(path):
    """Return (Libpq, None) as a pg_config tells it, or (None, why it does not serve)."""
    answers = []
    for option in ("--version", "--includedir", "--libdir"):
        answer, problem = ask(path, option)
        if problem:
            return None, f"{path}: {problem}"
        answers.append(answer)
    version, includedir, libdir = answers
    if not os.path.exists(os.path.join(includedir, "libpq-fe.h")):
        return None, f"{path}: there is no libpq-fe.h in {includedir}"
    if not glob(os.path.join(glob_escape(libdir), "libpq.*")):
        return None, f"{path}: there is no libpq in {libdir}"
    return Libpq(version, [includedir], [libdir]), None


def glob_escape(path):
    return re.sub(r"([*?[])", r"[\1]", path)


def from_pkg_config():
    """Return (Libpq, None) as pkg-config tells it, or (None, why not)."""
    version, problem = ask("pkg-config", "--modversion", "libpq")
    if problem:
        return None, f"pkg-config libpq: {problem}"
    flags, problem = ask("pkg-config", "--cflags-only-I", "--libs-only-L", "libpq")
    if problem:
        return None, f"pkg-config libpq: {problem}"
    words = shlex.split(flags)
    return Libpq(
        version,
        [word[2:] for word in words if word.startswith("-I")],
        [word[2:] for word in words if word.startswith("-L")],
    ), None


def find_libpq():
    """Return the libpq to build with. Raises Missing where there is none, or an old one."""
    path = os.environ.get("PG_CONFIG")
    if path:
        libpq, problem = from_pg_config(path)
        if problem:
            raise Missing("PG_CONFIG does not lead to libpq", [f"PG_CONFIG={problem}"])
        return check_version(libpq)
    looked_for = ["PG_CONFIG in the environment: not set"]
    path = shutil.which("pg_config")
    if path:
        libpq, problem = from_pg_config(path)
        if libpq:
            return check_version(libpq)
        looked_for.append(problem)
    else:
        looked_for.append("pg_config on PATH: not there")
    libpq, problem = from_pkg_config()
    if libpq:
        return check_version(libpq)
    raise Missing("libpq, PostgreSQL's client library, was not found", [*looked_for, problem])


def check_version(libpq):
    match = re.search(r"\d+", libpq.version)
    if not match or int(match.group()) < OLDEST_LIBPQ:
        raise Missing(
            f"libpq is too old: found {libpq.version}, needed {OLDEST_LIBPQ} or later",
            [f"libpq-fe.h in {' '.join(libpq.include_dirs) or 'the usual places'}"],
        )
    return libpq


def needs_rpath(directory):
    """Tell whether the loader has to be told of a library directory: the system's it knows."""
    directory = os.path.realpath(directory)
    multiarch = sysconfig.get_config_var("MULTIARCH")
    system = {"/lib", "/lib64", "/usr/lib", "/usr/lib64"}
    system |= {f"{prefix}/{multiarch}" for prefix in ("/lib", "/usr/lib") if multiarch}
    return directory not in {os.path.realpath(name) for name in system}


# -- compiling ----------------------------------------------------------------------------------


def find_compiler():
    """Look for the C compiler that setuptools will call. Raises Missing where it is not there."""
    if os.name != "posix":
        return  # setuptools knows how to look for others
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if not shutil.which(command):
        raise Missing("there is no C compiler", [f"{command} on PATH: not there"])


def find_python_headers():
    """Look for the headers of this Python. Raises Missing where they are not there."""
    include = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(include, "Python.h")):
        version = "{}.{}".format(*sys.version_info)
        raise Missing(f"the headers of Python {version} are not there", [f"Python.h in {include}"])


def find_all():
    """Return the libpq to build with; end the build where it, or anything else, is missing."""
    found, missing = [], []
    for find in (find_libpq, find_compiler, find_python_headers):
        try:
            found.append(find())
        except Missing as error:
            missing.append(error)
    if missing:
        stop(missing)
    return found[0]


def dependencies(depfile):
    """Return the files that a compiler's dependency file names."""
    with open(depfile) as f:
        return f.read().replace("\\\n", " ").partition(":")[2].split()


def is_current(obj):
    """Tell whether an object file is newer than all it was made from."""
    try:
        made = os.path.getmtime(obj)
        names = dependencies(os.path.splitext(obj)[0] + ".d")
        return bool(names) and all(os.path.getmtime(name) < made for name in names)
    except OSError:
        return False


class Build(build):
    """Look for what is needed first: pip shows all that was said, and this is to be seen."""

    def run(self):
        find_all()
        super().run()


class BuildExt(build_ext):
    """Compile the changed files only, two at a time and more, whatever the front end."""

    def run(self):
        libpq = find_all()
        for ext in self.extensions:
            ext.include_dirs += libpq.include_dirs
            ext.library_dirs += libpq.library_dirs
            ext.runtime_library_dirs += [d for d in libpq.library_dirs if needs_rpath(d)]
        if self.inplace or getattr(self, "editable_mode", False):
            # The objects of an editable install are kept, or each change would compile all.
            name = f"temp.{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
            self.build_temp = os.path.join("build", name)
        super().run()

    def build_extensions(self):
        if self.compiler.compiler_type == "unix":
            self.compiler.compile = self.compile_changed
        super().build_extensions()

    def build_extension(self, ext):
        if self.compiler.compiler_type == "unix":
            self.force = self.force or self.options_changed(ext)
        super().build_extension(ext)

    def options_changed(self, ext):
        """Tell whether anything but the sources differs from the last build; write it down."""
        now = repr([self.compiler.compiler_so, self.compiler.linker_so, sorted(vars(ext).items())])
        path = os.path.join(self.build_temp, f"{ext.name}.options")
        try:
            with open(path) as f:
                before = f.read()
        except OSError:
            before = None
        if now == before:
            return False
        os.makedirs(self.build_temp, exist_ok=True)
        with open(path, "w") as f:
            f.write(now)
        return True

    def compile_changed(
        self,
        sources,
        output_dir=None,
        macros=None,
        include_dirs=None,
        debug=0,
        extra_preargs=None,
        extra_postargs=None,
        depends=None,
    ):
        """Do what the compiler object's own compile() does, but not again what is done."""
        compiler = self.compiler
        macros, objects, postargs, pp_opts, build = compiler._setup_compile(
            output_dir, macros, include_dirs, sources, depends, extra_postargs
        )
        cc_args = [*compiler._get_cc_args(pp_opts, debug, extra_preargs), "-MMD"]

        def compile_one(obj):
            src, ext = build[obj]
            if self.force or not is_current(obj):
                compiler._compile(obj, src, ext, cc_args, postargs, pp_opts)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compile_one, objects))
        return objects


os.chdir(os.path.dirname(os.path.abspath(__file__)))

setup(
    version=VERSION,
    ext_modules=[
        Extension(
            "psycopg2._psycopg",
            sources=sorted(glob("psycopg/*.c")),
            depends=sorted(glob("psycopg/*.h")),
            define_macros=[("PSYCOPG_VERSION", f'"{VERSION}"'), ("_GNU_SOURCE", "1")],
            libraries=["pq"],
            extra_compile_args=["-std=c11", "-O3", "-fvisibility=hidden", *WARNINGS]
            + (["-Werror"] if os.environ.get("PSYCOPG2_WERROR") == "1" else []),
        )
    ],
    cmdclass={"build": Build, "build_ext": BuildExt},
)
