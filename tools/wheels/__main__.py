"""Make wheels that need nothing installed: libpq, its TLS library and the rest are inside.

Usage: python tools/wheels [VERSION...], such as 3.12; without, for each CPython of 3.9 to 3.13 that
is on PATH or that pyenv has. PG_CONFIG names the libpq to put in. The wheels are left in dist/.

The libraries come from this system, so the wheels run on systems whose glibc is as new as what
these need: auditwheel finds out, and the tag of the wheel says it.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[0] = str(ROOT / "tools")

from wheels import WheelError, build, contents, pythons, tell_errors, trial  # noqa: E402


def say(text):
    print(f"-- {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="make wheels ARGS=", description=__doc__.split("\n")[0])
    parser.add_argument("versions", nargs="*", metavar="VERSION", default=pythons.VERSIONS)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to put the wheels")
    options = parser.parse_args()
    unknown = set(options.versions) - set(pythons.VERSIONS)
    if unknown:
        parser.error(f"not one of {', '.join(pythons.VERSIONS)}: {', '.join(sorted(unknown))}")
    found = {version: pythons.find(version) for version in options.versions}
    for version in [version for version, python in found.items() if not python]:
        say(f"no CPython {version} with its headers on this machine: no wheel for it")
    found = {version: python for version, python in found.items() if python}
    if not found:
        raise WheelError("there is no Python to make a wheel for")
    work = ROOT / "build" / "wheels"
    sdist = build.make_sdist(work)
    made = []
    for version, python in found.items():
        say(f"CPython {version}: {python}")
        raw = build.make_wheel(sdist, python, work / version)
        wheel = build.repair(raw, work / version / "repaired")
        made.append(contents.complete(wheel, options.out))
    with trial.Trial(work) as tried:
        for (version, python), wheel in zip(found.items(), made):
            contents.tell(wheel)
            print(tried.run(python, wheel, work / version / "empty"), flush=True)
    say(f"made, and tried on a server with TLS and SCRAM: {len(made)}, in {options.out}")


if __name__ == "__main__":
    os.nice(5)
    tell_errors(main)
