"""The Makefile says what it can do, and what keeps it from doing it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def make(*args):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "PYTHON")}
    done = subprocess.run(
        ["make", "--no-print-directory", *args],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def test_help_is_the_default_and_has_a_line_for_each_target():
    status, text = make()
    assert status == 0
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = [name for name in " ".join(phony).split() if name != "check-python"]
    assert [line.split()[0] for line in text.splitlines()] == targets
    assert all(len(line.split()) > 2 for line in text.splitlines())


@pytest.mark.parametrize("target", ["build", "demo", "test", "db", "lint", "docs"])
def test_missing_python_is_one_clear_line(target):
    status, text = make(target, "PYTHON=no-such-python")
    assert status != 0
    assert text.splitlines()[0] == (
        "error: there is no no-such-python: install Python 3.9 or later, or set PYTHON"
    )


def test_old_python_is_one_clear_line(tmp_path):
    old = tmp_path / "python3.8"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    status, text = make("test", f"PYTHON={old}")
    assert status != 0
    assert (
        text.splitlines()[0] == f"error: {old} is older than Python 3.9: set PYTHON to a later one"
    )


def test_environment_made_by_hand_is_used_as_it_is(tmp_path):
    """README.md has it made by hand first: what was installed there stays."""
    path = tmp_path / "venv"
    subprocess.run([sys._base_executable, "-m", "venv", path], check=True)
    (mine,) = path.glob("lib/*/site-packages")
    (mine / "mine.py").write_text("")
    status, text = make("db", f"VENV={path}", f"PYTHON={sys._base_executable}", "PG_CONFIG=/no")
    assert status != 0 and "making" not in text  # it came as far as PG_CONFIG
    assert "PG_CONFIG" in text
    assert (mine / "mine.py").exists()


def test_environment_made_by_hand_that_does_not_serve_is_left_alone(tmp_path):
    path = tmp_path / "venv"
    words = [sys._base_executable, "-m", "venv", "--without-pip", path]
    subprocess.run(words, check=True)
    status, text = make("build", f"VENV={path}", f"PYTHON={sys._base_executable}")
    assert status != 0
    assert f"{path} was not made by make, and has no pip" in text
    assert (path / "pyvenv.cfg").exists()


def test_environment_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("the only copy")
    status, text = make("build", f"VENV={tmp_path}")
    assert status != 0
    assert f"{tmp_path} is there and is no virtual environment" in text
    assert (tmp_path / "thesis.txt").read_text() == "the only copy"
