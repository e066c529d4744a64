"""Fixtures that undo what tests registered for the whole process: adapters and typecasters."""

from contextlib import contextmanager

import pytest

from psycopg2 import extensions


@contextmanager
def restored():
    kept = [extensions.adapters, extensions.string_types, extensions.binary_types]
    before = [dict(registry) for registry in kept]
    yield
    for registry, content in zip(kept, before):
        registry.clear()
        registry.update(content)


@pytest.fixture
def registries():
    """Restores the registries when the test is over."""
    with restored():
        yield


@pytest.fixture(scope="module")
def module_registries():
    """Restores the registries when the module's tests are over."""
    with restored():
        yield
