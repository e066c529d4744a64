"""Any value, stored in a column of its type, comes back as the very same value."""

import json

import pytest
from fix_faker import FAKERS, arrays, aware_datetimes, same, through_server
from hypothesis import given
from hypothesis import strategies as st

from psycopg2 import extras

rows_of = 6


@pytest.fixture
def table(conn):
    """A function that makes a table of such a column, and gives a store-and-fetch function."""

    def make(type_):
        cur = conn.cursor()
        cur.execute(f"create temp table stored (id serial, value {type_})")
        conn.commit()

        def through(values, named=False):
            cur.execute("truncate stored restart identity")
            cur.executemany("insert into stored (value) values (%s)", [(v,) for v in values])
            out = conn.cursor("named") if named else conn.cursor()
            out.execute("select value from stored order by id")
            got = [value for (value,) in out]
            out.close()
            return got

        return through

    return make


@pytest.mark.parametrize("type_", FAKERS)
def test_column_gives_back_what_was_stored(conn, table, type_):
    through = table(type_)

    @through_server
    @given(st.lists(st.none() | FAKERS[type_], max_size=rows_of), st.booleans())
    def check(values, named):
        assert same(through(values, named), values)
        conn.rollback()

    check()


@pytest.mark.parametrize("type_", FAKERS)
def test_column_of_arrays_gives_back_what_was_stored(conn, table, type_):
    through = table(f"{type_}[]")

    @through_server
    @given(st.lists(st.none() | st.just([]) | arrays(FAKERS[type_]), max_size=rows_of))
    def check(values):
        assert same(through(values), values)
        conn.rollback()

    check()


@pytest.mark.parametrize("array", [False, True], ids=["scalar", "array"])
def test_column_of_timestamptz_gives_back_the_moment(conn, table, array):
    through = table("timestamptz[]" if array else "timestamptz")

    @through_server
    @given(st.lists(arrays(aware_datetimes) if array else aware_datetimes, max_size=rows_of))
    def check(values):
        assert through(values) == values
        conn.rollback()

    check()


def scalars(nul):
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="" if nul else "\0")
    floats = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)
    return st.none() | st.booleans() | st.integers() | floats | st.text(letters, max_size=8)


def documents(nul):
    keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
    return st.recursive(
        scalars(nul),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )


@pytest.mark.parametrize("type_", ["json", "jsonb"])
@pytest.mark.parametrize("array", [False, True], ids=["scalar", "array"])
def test_column_of_json_gives_back_the_document(conn, table, type_, array):
    through = table(f"{type_}[]" if array else type_)

    @through_server
    @given(st.lists(documents(nul=type_ == "json"), min_size=1, max_size=rows_of))
    def check(values):
        sent = [[extras.Json(v), None] if array else extras.Json(v) for v in values]
        if array:
            # a list of Json is one of text until it is cast
            cur = conn.cursor()
            for value in sent:
                cur.execute(f"select %s::{type_}[]", (value,))
                (got,) = cur.fetchone()
                assert got == [json.loads(json.dumps(value[0].adapted)), None]
        else:
            assert through(sent) == values
        conn.rollback()

    check()


@through_server
@given(
    st.lists(
        st.tuples(*(st.none() | strategy for strategy in FAKERS.values())), min_size=1, max_size=3
    )
)
def test_columns_of_every_type_side_by_side(conn, cur, rows):
    names = [f"c{i}" for i in range(len(FAKERS))]
    columns = ", ".join(f"{name} {type_}" for name, type_ in zip(names, FAKERS))
    cur.execute(f"create temp table side (id serial, {columns}) on commit drop")
    marks = ", ".join(["%s"] * len(names))
    cur.executemany(f"insert into side ({', '.join(names)}) values ({marks})", rows)
    cur.execute(f"select {', '.join(names)} from side order by id")
    assert same(cur.fetchall(), rows)
    conn.rollback()


@pytest.mark.parametrize("width", [1, 5, 10])
@through_server
@given(st.data())
def test_column_of_char_is_padded(conn, cur, width, data):
    text = data.draw(st.text(st.sampled_from("ab 'é\\"), max_size=width))
    cur.execute(f"select %s::char({width})", (text,))
    assert cur.fetchone() == (text.ljust(width),)


@through_server
@given(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=63))
def test_column_of_name(conn, cur, text):
    cur.execute("select %s::name, %s::name[]", (text, [text]))
    assert cur.fetchone() == (text, [text])
