"""Allocations that fail, one after the other: an error each time, and a connection that lives on.

Python's allocators fail by a hook (nomemory.c), those of libpq and our own plain C by a malloc()
that is preloaded (malloc_shim.c). What is done is in scenarios.py, what must come of it in run.py,
which runs in processes of its own.

With PSYCOPG2_TEST_LONG=1 every allocation is taken (but the thousands of a password's hash),
otherwise some are left out.
"""

import os
import platform
import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest
from fix_interpreter import LONG, TIMEOUT, run_python

HERE = Path(__file__).parent / "nomemory"

pytestmark = [
    pytest.mark.timeout(TIMEOUT + 60),
    pytest.mark.skipif(
        platform.libc_ver()[0] != "glibc",
        reason="malloc() is replaced in the way of the GNU C library",
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A directory with the module and the shim, compiled for this Python."""
    target = tmp_path_factory.mktemp("nomemory")
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[:1]
    include = sysconfig.get_path("include")
    for name in ("nomemory", "malloc_shim"):
        words = [*compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
        words += [f"-I{include}", "-o", target / f"{name}.so", HERE / f"{name}.c", "-ldl"]
        subprocess.run(words, check=True)
    return target


# One allocation fails, or some in a row, so that what deals with the first is hit by the next.
@pytest.mark.parametrize("length", [1, 3, 25])
@pytest.mark.parametrize("kind", ["python", "malloc"])
def test_allocations_that_fail_are_errors(dsn, built, kind, length):
    step = 1 if LONG or (kind, length) == ("python", 1) else 3 if length < 25 else 7
    lines = run_python(
        dsn,
        str(HERE / "run.py"),
        kind,
        str(length),
        str(step),
        env={
            "PYTHONPATH": str(built),
            "LD_PRELOAD": str(built / "malloc_shim.so"),
            # Libraries that libpq uses crash without memory by themselves.
            "PGGSSENCMODE": "disable",
            "PGSSLMODE": "disable",
        },
    )
    wrong = [line for line in lines if not line.endswith(" errors")]
    assert not wrong, "\n".join(wrong)
    assert len(lines) > 100
