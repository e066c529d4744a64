"""Values that hypothesis thinks of, through the server and back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from psycopg2 import extras
from psycopg2._text import split_items

# what the server can hold: no NUL, no surrogates
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
tricky = st.text(alphabet="\"\\'(),[]{}=>% aN", max_size=12)
any_text = st.one_of(texts, tricky)

through_the_server = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def cur(conn, registries):
    cur = conn.cursor()
    cur.execute(
        """
        create extension if not exists hstore;
        create type pg_temp.pair as (a text, b text);
        create type pg_temp.textrange as range (subtype = text, collation = "C")
        """
    )
    return cur


def select(cur, expression, *args):
    cur.execute(f"select {expression}", args)
    return cur.fetchone()[0]


@given(st.dictionaries(any_text, st.one_of(st.none(), any_text), max_size=5))
@through_the_server
def test_hstore(cur, value):
    extras.register_hstore(cur)
    assert select(cur, "%s::hstore", value) == value
    assert select(cur, "%s::hstore[]", [value, None]) == [value, None]


@given(st.one_of(st.none(), any_text), st.one_of(st.none(), any_text))
@through_the_server
def test_composite(cur, a, b):
    extras.register_composite("pair", cur)
    assert select(cur, "(%s, %s)::pg_temp.pair", a, b) == (a, b)
    assert select(cur, "array[(%s, %s)::pg_temp.pair]", a, b) == [(a, b)]


@given(any_text, any_text, st.sampled_from(["[)", "(]", "[]", "()"]))
@through_the_server
def test_range(cur, a, b, bounds):
    cls = extras.register_range("pg_temp.textrange", "TextRange", cur).range
    lower, upper = sorted([a, b], key=lambda text: text.encode())
    value = cls(lower, upper, bounds)
    got = select(cur, "%s", value)
    assert got == value or (got.isempty and lower == upper)
    assert select(cur, "%s", [value]) == [got]


# jsonb writes large floats as integers
floats = st.floats(-1e15, 1e15)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), floats, any_text),
    lambda v: st.one_of(st.lists(v, max_size=4), st.dictionaries(any_text, v, max_size=4)),
    max_leaves=10,
)


@pytest.mark.parametrize("typ", ["json", "jsonb"])
@given(value=json_values)
@through_the_server
def test_json(cur, typ, value):
    assert select(cur, f"%s::{typ}", extras.Json(value)) == value


@given(tricky)
def test_split_items_reads_or_refuses(text):
    try:
        items = split_items(text)
    except ValueError:
        return
    assert all(item is None or isinstance(item, str) for item in items)
    assert len(items) <= text.count(",") + 1


@given(st.lists(st.one_of(st.none(), any_text), min_size=1))
def test_split_items_reads_what_was_quoted(items):
    def quote(item):
        return "" if item is None else '"' + item.replace("\\", "\\\\").replace('"', '""') + '"'

    assert split_items(",".join(map(quote, items))) == items
