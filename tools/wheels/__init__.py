"""Self-contained wheels: find Pythons, build, put in libraries, licences and an SBOM, try."""

import subprocess
import sys

from pglocal import InstallError, ServerError


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


def tell_errors(main, *args):
    """Call main(*args); end the process with one text where a step of it failed."""
    try:
        main(*args)
    except (WheelError, InstallError, ServerError) as e:
        sys.exit(f"error: {e}")
    except subprocess.CalledProcessError as e:
        words = " ".join(str(word) for word in e.cmd)
        sys.exit(f"error: {words} failed with status {e.returncode}\n{e.stdout or ''}")
