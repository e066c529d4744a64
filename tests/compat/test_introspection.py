"""Every public name of the original is here, and is the same to dir() and inspect."""

import fnmatch
import json
import os
import subprocess
import sys

import pytest
from compat.harness import HERE, original_python


def introspect(python, foreign=()):
    env = {k: v for k, v in os.environ.items() if not k.startswith(foreign or ("PG",))}
    done = subprocess.run(
        [str(python), str(HERE / "introspect.py")], env=env, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told():
    """A pair: what the original shows, and what we do."""
    return introspect(original_python(), ("PG", "PYTHON", "LD_")), introspect(sys.executable)


def unnamed(name, kind, default):
    """Return a parameter without the name, where no call can tell it."""
    return [None if kind == "POSITIONAL_ONLY" else name, kind, default]


def accepts(ours, theirs):
    """Tell whether a signature takes each call that another takes."""
    if ours is None or theirs is None:
        return ours == theirs
    ours, theirs = ([unnamed(*p) for p in side if p[0] != "self"] for side in (ours, theirs))
    kinds = {kind for _, kind, _ in ours}
    if {"VAR_POSITIONAL", "VAR_KEYWORD"} <= kinds:
        return True
    return ours[: len(theirs)] == theirs and all(default for _, _, default in ours[len(theirs) :])


def compare(theirs, ours):
    """Return what is different about a name, or None."""
    if ours is None:
        return "missing"
    for key, value in theirs.items():
        if key == "signature":
            if value is not None and not accepts(ours[key], value):
                return "signature" if ours[key] else "no signature"
        elif ours.get(key) != value:
            return key
    return None


def test_public_names_are_those_of_the_original(told, differences):
    theirs, ours = told
    assert len(theirs) > 1500
    found = {name: compare(value, ours.get(name)) for name, value in theirs.items()}
    listed = {name: entry["differs"] for entry in differences.names for name in entry["names"]}
    assert {name: answer for name, answer in found.items() if answer} == listed


def test_public_names_beyond_the_original_are_listed(told, differences):
    theirs, ours = told
    added = {name for name in set(ours) - set(theirs) if not name.startswith("from ")}
    classes = {name for name in added if ours[name]["is"] == "class"}
    listed = [name for entry in differences.additions for name in entry["names"]]
    for pattern in listed:
        assert fnmatch.filter(added, pattern), f"{pattern} is not there"
    added = {name for name in added if name.rpartition(".")[0] not in classes}
    assert {name for name in added if not any(fnmatch.fnmatch(name, p) for p in listed)} == set()
