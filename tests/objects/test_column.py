"""description and its Columns."""

import copy
import pickle

import pytest

from psycopg2 import extensions

NAMES = "name type_code display_size internal_size precision scale null_ok".split()


@pytest.fixture
def columns(cur):
    cur.execute("""select 1 as one, 'x'::varchar(10), 1.5::numeric(10,2), relname, 'x'::text,
        '{}'::int[], now()::timestamp(3), 1::numeric as bare, 1::numeric(5) as whole
        from pg_class limit 1""")
    return cur.description


def test_description_is_a_tuple_of_columns(columns):
    assert type(columns) is tuple
    assert {type(column) for column in columns} == {extensions.Column}


def test_description_is_none_without_a_result(cur):
    assert cur.description is None
    cur.execute("select 1")
    cur.execute("set extra_float_digits to 1")
    assert cur.description is None


@pytest.mark.parametrize(
    "index, wanted",
    [
        (0, ("one", 23, None, 4, None, None, None)),
        (1, ("varchar", 1043, None, 10, None, None, None)),
        (2, ("numeric", 1700, None, 10, 10, 2, None)),
        (3, ("relname", 19, None, 64, None, None, None)),
        (4, ("text", 25, None, -1, None, None, None)),
        (5, ("int4", 1007, None, -1, None, None, None)),
        (6, ("now", 1114, None, 8, None, None, None)),
        (7, ("bare", 1700, None, -1, 65535, 65535, None)),  # as libpq's -1 reads in 16 bits
        (8, ("whole", 1700, None, 5, 5, 0, None)),
    ],
)
def test_column_is_a_sequence_of_seven(columns, index, wanted):
    column = columns[index]
    assert tuple(column) == wanted
    assert len(column) == 7
    assert tuple(getattr(column, name) for name in NAMES) == wanted
    assert column == wanted
    assert wanted == column


def test_column_tells_the_table(cur, columns):
    cur.execute("select 'pg_class'::regclass::oid")
    assert columns[3].table_oid == cur.fetchone()[0]
    assert columns[3].table_column == 2
    assert (columns[0].table_oid, columns[0].table_column) == (None, None)


def test_column_unpacks(columns):
    name, type_code, *_ = columns[0]
    assert (name, type_code) == ("one", 23)


@pytest.mark.parametrize("index", [0, 6, -1, -7, slice(0, 3), slice(None, None, 2), slice(5, 99)])
def test_column_is_indexed_and_sliced(columns, index):
    assert columns[2][index] == tuple(columns[2])[index]


@pytest.mark.parametrize("index, kind", [(7, IndexError), (-8, IndexError), ("name", TypeError)])
def test_column_refuses_a_bad_index(columns, index, kind):
    with pytest.raises(kind):
        columns[0][index]


@pytest.mark.parametrize("name", [*NAMES, "table_oid", "table_column"])
def test_column_is_read_only(columns, name):
    with pytest.raises(AttributeError):
        setattr(columns[0], name, 1)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_column_pickles(columns, protocol):
    back = pickle.loads(pickle.dumps(columns, protocol))
    assert [tuple(column) for column in back] == [tuple(column) for column in columns]
    assert type(back[0]) is extensions.Column


def test_column_copies(columns):
    assert copy.copy(columns[2]) == columns[2]
    assert copy.deepcopy(columns) == columns


def test_column_repr_tells_name_and_type(columns):
    assert repr(columns[0]) == "Column(name='one', type_code=23)"


def test_column_compares(columns):
    assert columns[0] == copy.copy(columns[0])
    assert columns[0] != columns[1]
    assert columns[0] != 5
    assert sorted([columns[4], columns[0]]) == [columns[0], columns[4]]


def test_column_is_made_by_hand():
    assert tuple(extensions.Column()) == (None,) * 7
    assert extensions.Column("a", 23)[:2] == ("a", 23)
    assert extensions.Column(name="a", type_code=5).type_code == 5
    column = extensions.Column(*range(9))
    assert (tuple(column), column.table_oid, column.table_column) == (tuple(range(7)), 7, 8)
    with pytest.raises(TypeError):
        extensions.Column(*range(10))


@pytest.mark.parametrize("name", ["a", "A b", "é", "%s", "?column?", 'qu"ote', "x" * 63])
def test_column_name_is_text(cur, name):
    quoted = '"{}"'.format(name.replace('"', '""'))
    cur.execute(f"select 1 as {quoted}")
    assert cur.description[0].name == name


def test_column_names_may_repeat(cur):
    cur.execute("select 1 as a, 2 as a")
    assert [column.name for column in cur.description] == ["a", "a"]
    assert cur.fetchone() == (1, 2)


def test_column_type_code_above_the_signed_range(cur):
    cur.execute("select 4294967295::oid as big")
    assert cur.fetchone() == (4294967295,)
