"""Both drivers for the probes, and the list of what differs on purpose."""

import sys

import pytest
from compat.harness import HERE, Pair, Text, original_python
from fix_proxy import Proxy

from psycopg2 import extensions

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Differences:
    """differences.toml: reasons by name, texts, probes by title, names of the modules."""

    def __init__(self, path):
        listed = tomllib.loads(path.read_text())
        self.reasons = listed.pop("reason")
        self.texts = [Text(entry) for entry in listed.pop("text")]
        self.names = listed.pop("name")
        self.additions = listed.pop("addition")
        self.probes = listed.pop("probe")
        assert not listed

    def expected(self, name):
        """Return the lines by which a probe's answers may differ."""
        return self.probes[name]["differs"].strip("\n").split("\n") if name in self.probes else []

    def used_reasons(self):
        entries = [*self.names, *self.additions, *self.probes.values()]
        return {text.reason for text in self.texts} | {entry["reason"] for entry in entries}


@pytest.fixture(scope="session")
def differences():
    return Differences(HERE / "differences.toml")


@pytest.fixture(scope="session")
def pair(server, dsn):
    """Both drivers: compare(source) tells what differs."""
    if not original_python().exists():
        pytest.fail(f"the original is not at {original_python()}: run `make compat`")
    password = vars(server).get("password")  # for workers, from which PGPASSFILE is kept
    relay = Proxy(dsn, password=password)
    both = Pair(relay, extensions.make_dsn(dsn, password=password))
    yield both
    both.close()
    relay.close()
