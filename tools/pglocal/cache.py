"""A directory of things fetched once, which the user of a server may read."""

import fcntl
import os
import platform
import shutil
import stat
import sys
import tempfile

NAME = "psycopg2-dev"


class CacheError(Exception):
    """The cache cannot be used; the text says why."""


def cache_dir():
    """Return the cache's directory, made if need be; refuse one that others can write to.

    Programs from it are run, so nobody else may put anything there. Root's is not in its home,
    because the server runs as somebody else and has to read it.
    """
    path = os.environ.get("PSYCOPG2_CACHE")
    if not path and os.getuid() == 0:
        path = os.path.join("/var/cache", NAME)
    elif not path:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        path = os.path.join(home, NAME)
    path = os.path.abspath(path)
    os.makedirs(path, mode=0o755, exist_ok=True)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise CacheError(f"{path} is not a directory")
    if found.st_uid != os.getuid():
        raise CacheError(f"{path} belongs to user id {found.st_uid}: set PSYCOPG2_CACHE to another")
    if stat.S_IMODE(found.st_mode) != 0o755:
        if found.st_mode & 0o022:
            raise CacheError(f"{path} can be written by others: remove it, or set PSYCOPG2_CACHE")
        os.chmod(path, 0o755)
    return path


def make_readable(top):
    """Let everybody read a tree, whatever the umask was when it was made."""
    for directory, _, files in os.walk(top):
        os.chmod(directory, 0o755)
        for name in files:
            path = os.path.join(directory, name)
            if not os.path.islink(path):
                os.chmod(
                    path, os.stat(path).st_mode | (0o055 if os.access(path, os.X_OK) else 0o044)
                )


def cached(name, make):
    """Return the directory `name` of the cache; make(directory) fills it the first time.

    It appears whole or not at all, and two processes do not make it twice.
    """
    root = cache_dir()
    target = os.path.join(root, f"{name}-{sys.platform}-{platform.machine()}")
    if os.path.isdir(target):
        return target
    with open(os.path.join(root, f".{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(target):
            return target
        work = tempfile.mkdtemp(prefix=f".{name}-", dir=root)
        try:
            make(work)
            make_readable(work)
            os.rename(work, target)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
    return target
