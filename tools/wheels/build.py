"""From the source to a wheel with its libraries in it."""

import os
import shutil
import sys
from pathlib import Path

from . import WheelError, run

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD_SDIST = "from setuptools import build_meta; import sys; build_meta.build_sdist(sys.argv[1])"


def only(folder, pattern):
    """Return the one file in a folder that matches."""
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise WheelError(f"expected one {pattern} in {folder}, found {len(found)}")
    return found[0]


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def make_sdist(work):
    """make_sdist(work) -> Path

    The source distribution, from which every wheel is made as pip would make it.
    """
    folder = fresh(work / "sdist")
    run(sys.executable, "-c", BUILD_SDIST, folder, cwd=ROOT)
    return only(folder, "*.tar.gz")


def make_wheel(sdist, python, work):
    """make_wheel(sdist, python, work) -> Path

    The wheel that a Python builds, linked with the libpq of PG_CONFIG, stripped.
    """
    fresh(work)
    venv_python = work / "venv" / "bin" / "python"
    run(python, "-m", "venv", work / "venv")
    pip = [venv_python, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "install", "-q", "setuptools>=77")
    env = {**os.environ, "LDFLAGS": "-Wl,--strip-all"}
    options = ["--no-deps", "--no-build-isolation", "--no-cache-dir"]
    run(*pip, "wheel", *options, "-w", work / "raw", sdist, env=env)
    return only(work / "raw", "*.whl")


def repair(wheel, folder):
    """repair(wheel, folder) -> Path

    The wheel with the libraries it needs copied in, under names that no other copy has, so that
    they and the ones of Python's own ssl module can be loaded side by side.
    """
    libdir = run(os.environ["PG_CONFIG"], "--libdir").strip()
    env = {**os.environ, "AUDITWHEEL_LD_LIBRARY_PATH": libdir}
    auditwheel = [sys.executable, "-m", "auditwheel"]
    run(*auditwheel, "repair", "--strip", "-w", fresh(folder), wheel, env=env)
    repaired = only(folder, "*.whl")
    if "manylinux" not in repaired.name and "musllinux" not in repaired.name:
        raise WheelError(f"auditwheel made {repaired.name}, which has no tag of its own")
    return repaired
