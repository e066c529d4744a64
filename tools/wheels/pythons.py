"""Which Pythons there are to make wheels for."""

import os
import shutil
import subprocess
from glob import glob

VERSIONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]

CHECK = """\
import ensurepip, os, platform, sys, sysconfig, venv
assert platform.python_implementation() == "CPython"
assert os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))
assert not sysconfig.get_config_var("Py_DEBUG") and not sysconfig.get_config_var("Py_GIL_DISABLED")
print("{}.{}".format(*sys.version_info), os.path.realpath(sys.executable))
"""


def find(version):
    """find(version) -> str or None

    The path of a CPython of this version ("3.12"), with headers and venv.
    """
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    candidates = [shutil.which(f"python{version}"), shutil.which("python3")]
    candidates += sorted(glob(os.path.join(root, "versions", f"{version}.*", "bin", "python3")))
    for path in filter(None, candidates):
        done = subprocess.run([path, "-c", CHECK], capture_output=True, text=True)
        words = done.stdout.strip().split(" ", 1)
        if done.returncode == 0 and words[0] == version:
            return words[1]
    return None
