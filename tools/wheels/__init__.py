"""Self-contained wheels: find Pythons, build, put in libraries, licences and an SBOM, try."""

import subprocess


class WheelError(Exception):
    """A wheel cannot be made, or is not what it should be; the text says why."""


def run(*args, **kwargs):
    """Run a program; return what it prints. Raises CalledProcessError with that where it fails."""
    return subprocess.run(
        [str(arg) for arg in args],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        **kwargs,
    ).stdout
