"""What is run here is this driver, whatever the packages beside it ask for."""

from __future__ import annotations

import importlib.util
from importlib import metadata
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[3]


def test_the_driver_is_the_one_of_this_tree_and_no_other_is_there():
    assert Path(psycopg2.__file__).resolve().is_relative_to(ROOT / "lib")
    assert Path(psycopg2._psycopg.__file__).resolve().is_relative_to(ROOT / "lib")
    names = {each.metadata["Name"].lower() for each in metadata.distributions()}
    assert "psycopg2" in names
    assert not names & {"psycopg2-binary", "psycopg2cffi", "psycopg"}
    assert importlib.util.find_spec("psycopg") is None
