"""Each probe gives the same under both drivers, but for what differences.toml lists."""

import pytest
from compat.harness import HERE, read_probes

PROBES = {
    f"{path.stem}: {title}": source
    for path in sorted(HERE.glob("probes/*.py"))
    for title, source in read_probes(path)
}


@pytest.mark.parametrize("name", PROBES)
def test_probe_answers_as_the_original(name, pair, differences):
    found = pair.compare(PROBES[name], differences.texts)
    if found != differences.expected(name):
        told = "\n".join(found)
        pytest.fail(f"[probe.{name!r}]\nreason = ''\ndiffers = '''\n{told}\n'''", pytrace=False)


def test_probe_titles_are_unique():
    count = sum(len(read_probes(path)) for path in HERE.glob("probes/*.py"))
    assert count == len(PROBES)


def test_differences_are_of_probes_that_exist(differences):
    assert sorted(set(differences.probes) - set(PROBES)) == []


def test_differences_have_a_reason(differences):
    assert differences.used_reasons() == set(differences.reasons)


def test_texts_listed_are_told(pair, differences):
    """A message that is no longer worded in another way has to go from the list."""
    for source in PROBES.values():
        if not all(text.used for text in differences.texts):
            pair.compare(source, differences.texts)
    assert [text.entry for text in differences.texts if not text.used] == []
