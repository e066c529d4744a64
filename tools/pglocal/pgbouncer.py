"""Find PgBouncer, or get one: Debian's package, unpacked into the cache, with no root needed.

Environment:

PGBOUNCER        the program to use
PSYCOPG2_CACHE   the directory to keep what was fetched (default: the user's cache)
"""

import os
import re
import shutil
import subprocess
from glob import glob

from .cache import CacheError, cached
from .install import InstallError, say

#: what Debian's program takes from the system, and the package that may hold it
LIBRARIES = {
    "libevent-2.1.so.7": ["libevent-2.1-7t64", "libevent-2.1-7"],
    "libcares.so.2": ["libcares2"],
}
HELP = "install PgBouncer (Debian: apt-get install pgbouncer), or set PGBOUNCER to its path"


def get_pgbouncer():
    """Return the path of the program, and what to add to the environment that it runs in."""
    named = os.environ.get("PGBOUNCER")
    found = named or shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found:
        check(found, {})
        return os.path.abspath(shutil.which(found) or found), {}
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise InstallError(f"there is no pgbouncer, and no apt-get to fetch it with: {HELP}")
    try:
        tree = cached("pgbouncer", fetch)
    except CacheError as e:
        raise InstallError(str(e)) from e
    program = os.path.join(tree, "usr", "sbin", "pgbouncer")
    libraries = glob(os.path.join(tree, "usr", "lib", "*-linux-*"))
    env = {"LD_LIBRARY_PATH": ":".join(libraries)} if libraries else {}
    check(program, env)
    return program, env


def check(program, env):
    """Fail where the program cannot run."""
    try:
        done = subprocess.run(
            [program, "--version"],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as e:
        raise InstallError(f"{program} cannot be run: {e.strerror}; {HELP}") from e
    if done.returncode:
        raise InstallError(f"{program} cannot be run: {done.stdout.strip()}; {HELP}")


def fetch(target):
    """Unpack the package, and those of the libraries that the system lacks."""
    download(["pgbouncer"], target)
    program = os.path.join(target, "usr", "sbin", "pgbouncer")
    done = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True)
    for name in re.findall(r"^\s*(\S+) => not found", done.stdout, re.MULTILINE):
        if name not in LIBRARIES:
            raise InstallError(f"pgbouncer needs what this system lacks: {name}; {HELP}")
        download(LIBRARIES[name], target)


def download(packages, target):
    """Unpack the first of some packages that there is."""
    said = ""
    for update in (False, True):  # the lists of packages may be missing, or old
        if update and os.getuid() == 0:
            said += run(["apt-get", "update", "-qq"], target)[1]
        for package in packages:
            say(f"fetching {package}")
            failed, text = run(["apt-get", "download", "-qq", package], target)
            archives = glob(os.path.join(target, "*.deb"))
            if failed or not archives:
                said += text
                continue
            failed, text = run(["dpkg", "-x", archives[0], target], target)
            if failed:
                raise InstallError(f"cannot unpack {package}: {text.strip()}")
            os.unlink(archives[0])
            return
    raise InstallError(f"cannot fetch {packages[-1]}: {said.strip()}\n{HELP}")


def run(words, directory):
    done = subprocess.run(
        words, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout
