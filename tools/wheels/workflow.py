"""The steps of `make wheels` one by one, for the wheels that .github/workflows/wheels.yml builds.

Usage: workflow.py repair WHEEL FOLDER   put in libraries, licences and an SBOM, leave it in FOLDER
       workflow.py try WHEEL PYTHON      try it, with that Python, on a server with TLS and SCRAM

PG_CONFIG names the libpq that the wheel was built with, and the server to try it on.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[0] = str(ROOT / "tools")

from wheels import build, contents, tell_errors, trial  # noqa: E402


def repair(wheel, folder):
    with tempfile.TemporaryDirectory() as work:
        repaired = build.repair(Path(wheel).resolve(), Path(work) / "repaired")
        contents.tell(contents.complete(repaired, Path(folder).resolve()))


def try_it(wheel, python):
    with tempfile.TemporaryDirectory() as work, trial.Trial(Path(work)) as tried:
        print(tried.run(python, Path(wheel).resolve(), Path(work) / "empty"))


def main():
    steps = {"repair": repair, "try": try_it}
    if len(sys.argv) != 4 or sys.argv[1] not in steps:
        sys.exit(__doc__)
    tell_errors(steps[sys.argv[1]], *sys.argv[2:])


if __name__ == "__main__":
    main()
