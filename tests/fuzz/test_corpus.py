"""Every input of the fuzzers' corpus, on the driver as it is installed: what was found stays so."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from corpus import NAMES, read_inputs
from targets import TARGETS, cursor, server


@pytest.fixture(scope="module", autouse=True)
def _server_that_ends():
    yield
    cursor.cache_clear()
    server().close()


@pytest.mark.parametrize("name", NAMES)
def test_corpus_is_read_or_refused_as_it_should(name):
    inputs = read_inputs(name)
    assert inputs
    for data in inputs:
        TARGETS[name](data)


def test_corpus_has_every_target():
    assert sorted(TARGETS) == NAMES
