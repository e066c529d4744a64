"""What pre-commit runs is what `make lint` runs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PIN = re.compile(r"[\w-]+==[\w.]+")


def test_pre_commit_has_the_versions_of_make_lint():
    wanted = set(PIN.findall((ROOT / "tools/requirements-lint.txt").read_text()))
    used = set(PIN.findall((ROOT / ".pre-commit-config.yaml").read_text()))
    assert used and used <= wanted
    assert {"ruff", "clang-format"} == {pin.partition("==")[0] for pin in used}
