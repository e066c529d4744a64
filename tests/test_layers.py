"""The files of the extension include each other downward only.

The start of a file's name is its layer: see doc/src/architecture.rst.
"""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "psycopg"
FILES = sorted(path.name for path in SOURCE.glob("*.[ch]"))

# The name up to the first "_", or all of it.
LAYERS = {
    0: set("psycopg state compat text rowbuf bytebuf arena kept note oids sqlstate".split()),
    1: {"pq"},
    2: {"compose", "adapt"},
    3: {"rows", "column", "cast"},
    4: {"conn", "cur", "lobj", "repl", "xid", "notify", "diag", "green", "errors"},
    5: {"module"},
}
PEERS = {1, 2, 3}  # these know nothing of one another


def layer_of(name):
    prefix = re.split(r"[_.]", name)[0]
    found = [layer for layer, prefixes in LAYERS.items() if prefix in prefixes]
    assert found, f"{name} belongs to no layer: name it after one"
    return found[0]


def includes(name):
    """Return what a file includes: (headers of ours, headers of the system)."""
    text = re.sub(r"/\*.*?\*/", "", (SOURCE / name).read_text(), flags=re.DOTALL)
    own = re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.MULTILINE)
    system = re.findall(r"^\s*#\s*include\s*<([^>]+)>", text, re.MULTILINE)
    return own, system


def all_system_headers(name, seen):
    """Return the system's headers that a file includes, by way of ours too."""
    if name in seen:
        return set()
    seen.add(name)
    own, system = includes(name)
    return set(system).union(*(all_system_headers(header, seen) for header in own))


def test_layers_are_all_there():
    assert {layer_of(name) for name in FILES} == set(LAYERS)


@pytest.mark.parametrize("name", FILES)
def test_includes_point_downward(name):
    layer = layer_of(name)
    own, _ = includes(name)
    for header in own:
        assert header in FILES, f"{name} includes {header}, which is not there"
        below = layer_of(header)
        assert below <= layer, f"{name} (L{layer}) includes {header} (L{below})"
        peers = layer in PEERS and below in PEERS and below != layer
        assert not peers, f"{name} (L{layer}) includes {header} (L{below})"


@pytest.mark.parametrize("name", [name for name in FILES if layer_of(name) == 1])
def test_protocol_layer_does_not_know_python(name):
    assert "Python.h" not in all_system_headers(name, set())


@pytest.mark.parametrize("name", [name for name in FILES if layer_of(name) in (2, 3)])
def test_value_layers_do_not_know_libpq(name):
    assert not [h for h in all_system_headers(name, set()) if h.startswith("libpq")]


def first_include(name):
    """Return the first header that a file includes, and that one's own first, and so on."""
    text = re.sub(r"/\*.*?\*/", "", (SOURCE / name).read_text(), flags=re.DOTALL)
    match = re.search(r'^\s*#\s*include\s*"([^"]+)"', text, re.MULTILINE)
    return [match[1], *first_include(match[1])] if match else []


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".c")])
def test_header_of_a_source_is_included_first(name):
    """So each header is known to stand on its own; x_impl.h may come before x.h."""
    header = name[:-1] + "h"
    first = [other for other in first_include(name) if not other.endswith("_impl.h")]
    assert header not in FILES or first[0] == header


@pytest.mark.parametrize("name", FILES)
def test_files_stay_short(name):
    assert len((SOURCE / name).read_text().splitlines()) <= 700
