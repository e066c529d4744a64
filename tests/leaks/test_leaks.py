"""Nothing is left behind by anything, success or failure, however often it is done."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import paths_connection  # noqa: F401
import paths_cursor  # noqa: F401
import paths_objects  # noqa: F401
import paths_people  # noqa: F401
import paths_replication  # noqa: F401
import paths_streams  # noqa: F401
import paths_values  # noqa: F401
from meter import measure
from world import PATHS, World


@pytest.fixture
def world(dsn):
    # what OpenSSL holds takes hundreds of connections to settle
    world = World(f"{dsn} sslmode=disable")
    yield world
    world.close()


@pytest.mark.parametrize("name", PATHS)
def test_leak(world, name):
    growth = measure(lambda: PATHS[name](world))
    assert growth.leaks == [], growth


def test_leak_is_noticed():
    kept = []
    assert measure(lambda: kept.append(object())).leaks
    assert measure(lambda: kept.append(bytearray(10_000))).leaks
    assert not measure(lambda: None).leaks
