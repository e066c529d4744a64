"""A Django project on the driver: its own test suite, run once by Django, told test by test."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def list_tests() -> list[str]:
    tree = ast.parse((HERE / "django_site" / "shop" / "tests.py").read_text(encoding="utf8"))
    return [
        f"{group.name}.{test.name}"
        for group in tree.body
        if isinstance(group, ast.ClassDef)
        for test in group.body
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
    ]


@pytest.fixture(scope="module")
def outcomes(dsn: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "ignore", "-m", "django_site.run"],
        cwd=HERE,
        env={**os.environ, "SITE_DSN": dsn, "DJANGO_SETTINGS_MODULE": "django_site.settings"},
        capture_output=True,
        text=True,
        timeout=80,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", list_tests())
def test_django(outcomes, name):
    assert name in outcomes, "the runner did not reach it: " + "\n".join(
        filter(None, outcomes.values())
    )
    assert outcomes[name] is None, outcomes[name]
