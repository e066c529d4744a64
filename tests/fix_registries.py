"""A fixture that undoes what a test registered for the whole process."""

import pytest

from psycopg2 import extensions


@pytest.fixture
def registries():
    """Restores the adapters and typecasters when the test is over."""
    kept = [extensions.adapters, extensions.string_types, extensions.binary_types]
    before = [dict(registry) for registry in kept]
    yield
    for registry, content in zip(kept, before):
        registry.clear()
        registry.update(content)
