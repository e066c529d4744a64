"""Multiranges: the Python objects, adapting them, and reading the server's."""

import copy
import datetime as dt
import pickle
from decimal import Decimal

import pytest
from fix_faker import all_texts, through_server
from hypothesis import given
from hypothesis import strategies as st

import psycopg2
from psycopg2 import extensions, extras
from psycopg2.extras import (
    DateMultirange,
    DateRange,
    DateTimeMultirange,
    DateTimeRange,
    DateTimeTZMultirange,
    DateTimeTZRange,
    Multirange,
    NumericMultirange,
    NumericRange,
    Range,
)

pytestmark = pytest.mark.usefixtures("registries")

TWO = NumericMultirange([NumericRange(1, 3), NumericRange(5, 8, "[]")])


@pytest.fixture
def rcur(conn):
    """A cursor of a connection for which multiranges are registered."""
    extras.register_multirange(conn)
    return conn.cursor()


def ask(cur, *args):
    cur.execute(*args)
    return cur.fetchone()[0]


# -- The objects --


def test_multirange_is_a_sequence():
    assert len(TWO) == 2
    assert TWO[0] == NumericRange(1, 3)
    assert TWO[-1] == NumericRange(5, 8, "[]")
    assert list(TWO) == [TWO[0], TWO[1]]
    assert TWO[1:] == NumericMultirange([TWO[1]])
    assert type(TWO[1:]) is NumericMultirange
    with pytest.raises(IndexError):
        TWO[2]


def test_multirange_from_any_iterable():
    assert Multirange(r for r in TWO) == TWO
    assert Multirange() == Multirange([]) == Multirange(())


@pytest.mark.parametrize("bad", [[1], [None], ["[1,2)"], [(1, 2)], "ab"])
def test_multirange_of_what_is_no_range(bad):
    with pytest.raises(TypeError, match="made of Range, not"):
        Multirange(bad)


def test_multirange_of_what_is_not_iterable():
    with pytest.raises(TypeError):
        Multirange(5)
    with pytest.raises(TypeError):
        Multirange(NumericRange(1, 2))


@pytest.mark.parametrize(
    ("x", "inside"), [(1, True), (2, True), (3, False), (4, False), (8, True), (9, False)]
)
def test_multirange_contains_values(x, inside):
    assert (x in TWO) is inside


def test_multirange_contains_its_ranges():
    assert NumericRange(1, 3) in TWO
    assert NumericRange(1, 2) not in TWO


def test_multirange_true_if_it_holds_ranges():
    assert TWO
    assert not Multirange()


def test_multirange_equality_and_hash():
    same = NumericMultirange([NumericRange(1, 3), NumericRange(5, 8, "[]")])
    assert same == TWO
    assert hash(same) == hash(TWO)
    assert Multirange([NumericRange(1, 3)]) != TWO
    assert TWO != [NumericRange(1, 3), NumericRange(5, 8, "[]")]
    assert TWO != 5


def test_multirange_order():
    a, b = Multirange([Range(1, 2)]), Multirange([Range(1, 2), Range(5, 6)])
    assert sorted([b, a, Multirange()]) == [Multirange(), a, b]
    assert a < b and a <= b and b > a and b >= a and a <= a
    with pytest.raises(TypeError):
        a < 5  # noqa: B015


def test_multirange_texts():
    assert repr(NumericMultirange([NumericRange(1, 3)])) == (
        "NumericMultirange([NumericRange(1, 3, '[)')])"
    )
    assert str(TWO) == "{[1, 3), [5, 8]}"
    assert str(Multirange()) == "{}"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_multirange_pickle(protocol):
    if protocol < 2:
        with pytest.raises(TypeError):
            pickle.dumps(TWO, protocol)
        return
    copied = pickle.loads(pickle.dumps(TWO, protocol))
    assert (copied, type(copied)) == (TWO, NumericMultirange)


def test_multirange_copy():
    assert copy.copy(TWO) == copy.deepcopy(TWO) == TWO


def test_multirange_is_immutable():
    with pytest.raises(TypeError):
        TWO[0] = NumericRange(1, 2)
    with pytest.raises(AttributeError):
        Multirange().other = 1


# -- Unregistered: as a program of psycopg2 2.9 has it --


def test_multirange_str_unless_registered(cur):
    assert ask(cur, "select '{[1,3),[5,8)}'::int4multirange") == "{[1,3),[5,8)}"
    assert ask(cur, "select array['{[1,3)}'::int4multirange]") == '{"{[1,3)}"}'


# -- Both ways --

DAY = dt.date(2020, 1, 2)
MOMENT = dt.datetime(2020, 1, 2, 3, 4, 5, 678901)
UTC = dt.timezone.utc

VALUES = [
    ("int4multirange", NumericMultirange([NumericRange(1, 3), NumericRange(5, None)])),
    (
        "int8multirange",
        NumericMultirange([NumericRange(None, -(2**40), "()"), NumericRange(0, 9)]),
    ),
    (
        "nummultirange",
        NumericMultirange(
            [
                NumericRange(Decimal("-1.50"), Decimal("2"), "[]"),
                NumericRange(Decimal("3"), None, "()"),
            ]
        ),
    ),
    ("datemultirange", DateMultirange([DateRange(DAY, dt.date(2021, 1, 1)), DateRange(DAY.max)])),
    ("tsmultirange", DateTimeMultirange([DateTimeRange(MOMENT, None, "()")])),
    (
        "tstzmultirange",
        DateTimeTZMultirange([DateTimeTZRange(None, MOMENT.replace(tzinfo=UTC), "(]")]),
    ),
]
VALUES += [(name, type(value)()) for name, value in VALUES[2:]]
VALUES += [(name, type(value)([type(value[0])(None, None, "()")])) for name, value in VALUES[2:6]]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_multirange_there_and_back(rcur, name, value):
    rcur.execute(f"select %s::{name}, array[%s::{name}, null], null::{name}", (value, value))
    row = rcur.fetchone()
    assert row == (value, [value, None], None)
    assert type(row[0]) is type(value)
    assert {type(r) for r in row[0]} <= {type(r) for r in value}


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, v in VALUES if type(v) is not NumericMultirange]
)
def test_multirange_has_its_type_in_sql(rcur, name, value):
    assert ask(rcur, "select pg_typeof(%s)::text", (value,)) == name


def test_multirange_the_server_puts_in_order(rcur):
    value = NumericMultirange(
        [NumericRange(7, 9), NumericRange(1, 3), NumericRange(2, 4), NumericRange(empty=True)]
    )
    assert ask(rcur, "select %s::int4multirange", (value,)) == NumericMultirange(
        [NumericRange(1, 4), NumericRange(7, 9)]
    )


def test_multirange_empty_ranges_of_dates(rcur):
    value = DateMultirange([DateRange(empty=True), DateRange(DAY, DAY, "[]")])
    assert ask(rcur, "select %s", (value,)) == DateMultirange(
        [DateRange(DAY, DAY + dt.timedelta(1))]
    )


def test_multirange_with_plain_ranges_in_it(rcur):
    value = DateMultirange([Range(DAY, DAY, "[]")])
    assert len(ask(rcur, "select %s", (value,))) == 1


def test_multirange_that_no_type_belongs_to(cur):
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'Multirange'"):
        cur.execute("select %s", (Multirange([Range(1, 2)]),))


def test_multirange_bounds_that_are_no_numbers(cur):
    with pytest.raises(psycopg2.DataError, match="cannot be a bound"):
        cur.execute("select %s", (NumericMultirange([NumericRange("a'b", None)]),))


# -- Registering --


def test_register_multirange_scopes(conn, conn2):
    query = "select '{[1,3)}'::int4multirange"
    value = NumericMultirange([NumericRange(1, 3)])
    cur, other = conn.cursor(), conn.cursor()
    assert extras.register_multirange(cur) is None
    assert (ask(cur, query), ask(other, query)) == (value, "{[1,3)}")
    extras.register_multirange(conn)
    assert (ask(other, query), ask(conn2.cursor(), query)) == (value, "{[1,3)}")
    extras.register_multirange()
    assert ask(conn2.cursor(), query) == value


def test_register_multirange_globally(conn, conn2):
    extras.register_multirange(conn, globally=True)
    assert len(ask(conn2.cursor(), "select '{[1,3)}'::int4multirange")) == 1


@pytest.mark.parametrize("bad", [5, "floatrange", object()])
def test_register_multirange_with_what_is_no_caster(conn, bad):
    with pytest.raises(TypeError, match="must be a RangeCaster"):
        extras.register_multirange(conn, bad)


def test_register_multirange_class_without_caster(conn):
    with pytest.raises(TypeError, match="needs a range_caster"):
        extras.register_multirange(conn, pymultirange="Some")


@pytest.fixture
def textrange(conn):
    """The caster of a range type of text, which is gone after the test."""
    conn.cursor().execute('create type "text Range" as range (subtype = text, collation = "C")')
    return extras.register_range('"text Range"', "TextRange", conn)


def test_register_multirange_of_a_range_type_of_one_s_own(conn, cur, textrange):
    caster = extras.register_multirange(conn, textrange)
    assert isinstance(caster, extras.MultirangeCaster)
    assert issubclass(caster.multirange, Multirange)
    assert caster.multirange.__name__ == "TextMultirange"
    value = caster.multirange(
        [textrange.range("a", "b"), textrange.range('c]",\\', "d' )", "[]"), textrange.range("e")]
    )
    assert ask(cur, "select %s", (value,)) == value
    assert ask(cur, "select array[%s]", (value,)) == [value]
    empty = caster.multirange()
    assert ask(cur, "select %s", (empty,)) == empty


def test_register_multirange_with_a_class_or_a_name(conn, textrange):
    class Mine(Multirange):
        pass

    assert extras.register_multirange(conn, textrange, Mine).multirange is Mine
    assert extras.register_multirange(conn, textrange, "Other").multirange.__name__ == "Other"
    for bad in (Multirange, int, 5):
        with pytest.raises(TypeError, match="strict subclass"):
            extras.register_multirange(conn, textrange, bad)


def test_register_multirange_of_a_type_the_server_lacks(conn):
    gone = extras.RangeCaster("gone", "Gone", 1, 25)
    with pytest.raises(psycopg2.ProgrammingError, match="no range type"):
        extras.register_multirange(conn, gone)
    assert conn.status == extensions.STATUS_READY


def test_register_multirange_needs_a_connection_for_a_caster():
    with pytest.raises(psycopg2.ProgrammingError, match="no connection or cursor"):
        extras.register_multirange(None, extras.RangeCaster("r", "R", 2, 23))


def test_multirange_adapter_must_be_subclassed():
    with pytest.raises(NotImplementedError, match="overriding its name"):
        extras.MultirangeAdapter(TWO).getquoted()


@pytest.mark.parametrize(
    "text",
    ["", "{", "}", "x", "[1,2)", "{[1,2)", "[1,2)}", "{[1,2)x}", "{[1,2),}", "{,}", "{,[1,2)}"]
    + ["{[1,2)[3,4)}", "{[1,2]]}", '{["1,2)}', "{[1,2),x}", "{[1\\}", "{{}}"],
)
def test_multirange_bad_text(cur, text):
    caster = extras.MultirangeCaster("x", "X", 1, extras.RangeCaster("r", "R", 2, 23))
    with pytest.raises(psycopg2.InterfaceError, match="failed to parse multirange"):
        caster.parse(text, cur)


@through_server
@given(texts=st.lists(all_texts, min_size=1, max_size=6))
def test_multirange_texts_there_and_back(conn, texts):
    cur = conn.cursor()
    cur.execute("select to_regtype('pg_temp.anytext')")
    if cur.fetchone()[0] is None:
        cur.execute('create type pg_temp.anytext as range (subtype = text, collation = "C")')
    texts = sorted(set(texts))
    pairs = list(zip(texts[::2], texts[1::2]))
    range_caster = extras.register_range("pg_temp.anytext", "AnyText", conn)
    caster = extras.register_multirange(conn, range_caster)
    value = caster.multirange(range_caster.range(a, b) for a, b in pairs)
    assert ask(cur, "select %s", (value,)) == value
