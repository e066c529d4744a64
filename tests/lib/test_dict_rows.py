"""Rows as lists with names and as dictionaries: DictCursor, RealDictCursor, their connections."""

import copy
import gc
import json
import operator
import pickle
import pprint
import weakref
from collections import OrderedDict

import pytest

import psycopg2
from psycopg2 import extensions, extras
from psycopg2.extras import (
    DictConnection,
    DictCursor,
    DictCursorBase,
    DictRow,
    RealDictConnection,
    RealDictCursor,
    RealDictRow,
)

TWO_ROWS = "select * from (values (1, 'x'), (2, 'y')) as t (a, b)"


@pytest.fixture
def dcur(conn):
    return conn.cursor(cursor_factory=DictCursor)


@pytest.fixture
def rcur(conn):
    return conn.cursor(cursor_factory=RealDictCursor)


@pytest.fixture
def row(dcur):
    dcur.execute("select 1 as a, 2 as b, 3 as a")
    return dcur.fetchone()


@pytest.mark.parametrize("factory, row", [(DictCursor, []), (RealDictCursor, {})])
def test_rows_without_columns(conn, factory, row):
    cur = conn.cursor(cursor_factory=factory)
    assert (cur.index, cur.column_mapping) == ({}, [])
    cur = conn.cursor(cursor_factory=factory)
    cur.execute("select from generate_series(1, 2)")
    assert cur.fetchall() == [row, row]
    assert (cur.index, cur.column_mapping) == ({}, [])


@pytest.fixture
def real(rcur):
    rcur.execute("select 1 as a, 2 as b, 3 as a")
    return rcur.fetchone()


FETCHES = {
    "fetchone": lambda cur: [cur.fetchone(), cur.fetchone()],
    "fetchmany": lambda cur: cur.fetchmany(2),
    "fetchmany without size": lambda cur: cur.fetchmany() + cur.fetchmany(),
    "fetchmany by name": lambda cur: cur.fetchmany(size=5),
    "fetchall": lambda cur: cur.fetchall(),
    "iteration": list,
    "next": lambda cur: [next(cur), next(cur)],
    "next, then iteration": lambda cur: [next(cur), *cur],
}


@pytest.mark.parametrize("name", [None, "named"])
@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES)
def test_dict_cursor_gives_dict_rows(conn, name, fetch):
    cur = conn.cursor(name, cursor_factory=DictCursor)
    cur.itersize = 1
    cur.execute(TWO_ROWS)
    rows = fetch(cur)
    assert rows == [[1, "x"], [2, "y"]]
    assert all(type(row) is DictRow for row in rows)
    assert [(row["a"], row["b"]) for row in rows] == [(1, "x"), (2, "y")]
    assert cur.fetchone() is None
    assert cur.fetchmany(2) == cur.fetchall() == list(cur) == []


@pytest.mark.parametrize("name", [None, "named"])
@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES)
def test_real_dict_cursor_gives_real_dict_rows(conn, name, fetch):
    cur = conn.cursor(name, cursor_factory=RealDictCursor)
    cur.itersize = 1
    cur.execute(TWO_ROWS)
    rows = fetch(cur)
    assert rows == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert all(type(row) is RealDictRow and list(row) == ["a", "b"] for row in rows)
    assert cur.fetchone() is None
    assert cur.fetchmany(2) == cur.fetchall() == list(cur) == []


def test_iteration_stops_where_it_is_told(dcur):
    dcur.execute("select generate_series(1, 4) as n")
    for row in dcur:
        if row["n"] == 2:
            break
    assert dcur.rownumber == 2
    assert dcur.fetchone()["n"] == 3


@pytest.mark.parametrize("factory", [DictCursor, RealDictCursor])
@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES)
def test_no_results_to_fetch(conn, factory, fetch):
    cur = conn.cursor(cursor_factory=factory)
    cur.execute("select 1 as a")
    cur.execute("create temp table t (i int)")
    with pytest.raises(psycopg2.ProgrammingError, match="no results to fetch"):
        fetch(cur)


# DictRow


def test_dict_row_is_a_list_with_names(row):
    assert isinstance(row, list)
    assert row == [1, 2, 3]
    assert row != [3, 2, 3]
    assert repr(row) == "[1, 2, 3]"
    assert len(row) == 3
    assert list(row) == [1, 2, 3]
    assert (row[0], row[-1], row[0:2], type(row[0:2])) == (1, 3, [1, 2], list)
    assert (row["a"], row["b"]) == (3, 2)
    assert list(reversed(row)) == [3, 2, 1]


def test_dict_row_as_a_dictionary(row):
    assert list(row.keys()) == ["a", "b"]
    assert list(row.values()) == [3, 2]
    assert list(row.items()) == [("a", 3), ("b", 2)]
    assert dict(row) == dict(row.items()) == {"a": 3, "b": 2}
    assert row.copy() == OrderedDict([("a", 3), ("b", 2)])
    assert "a" in row
    assert 1 not in row
    assert (row.get("a"), row.get("z"), row.get("z", 5), row.get(0), row.get(9)) == (
        3,
        None,
        5,
        1,
        None,
    )


@pytest.mark.parametrize("key, error", [("z", KeyError), (None, KeyError), (3, IndexError)])
def test_dict_row_without_such_an_item(row, key, error):
    with pytest.raises(error):
        row[key]
    with pytest.raises(error):
        row[key] = 1


def test_dict_row_can_be_changed(row):
    row["a"] = 7
    row[1] = 8
    assert row == [1, 8, 7]
    assert row["b"] == 8
    row[0:2] = [4, 5]
    assert row == [4, 5, 7]


def test_dict_row_is_not_hashable(row):
    with pytest.raises(TypeError):
        hash(row)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_dict_row_pickles(row, protocol):
    again = pickle.loads(pickle.dumps(row, protocol))
    assert type(again) is DictRow
    assert again == row
    assert list(again.items()) == list(row.items())


def test_rows_unpickle_what_psycopg2_2_9_pickled():
    row = pickle.loads(
        b"\x80\x02ccopy_reg\n_reconstructor\nq\x00cpsycopg2.extras\nDictRow\nq\x01"
        b"c__builtin__\nlist\nq\x02]q\x03(K\x01K\x02e\x87q\x04Rq\x05]q\x06(K\x01K\x02e"
        b"ccollections\nOrderedDict\nq\x07)Rq\x08(X\x01\x00\x00\x00aq\tK\x00"
        b"X\x01\x00\x00\x00bq\nK\x01u\x86q\x0bb."
    )
    assert (type(row), row, dict(row)) == (DictRow, [1, 2], {"a": 1, "b": 2})
    real = pickle.loads(
        b"\x80\x02cpsycopg2.extras\nRealDictRow\nq\x00)Rq\x01(X\x01\x00\x00\x00aq\x02K\x01"
        b"X\x01\x00\x00\x00bq\x03K\x02u."
    )
    assert (type(real), real) == (RealDictRow, {"a": 1, "b": 2})


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_dict_row_copies(row, how):
    again = how(row)
    again["a"] = "changed"
    assert type(again) is DictRow
    assert row["a"] == 3


def test_dict_rows_keep_their_columns(dcur):
    dcur.execute("select 1 as a")
    old = dcur.fetchone()
    dcur.execute("select 2 as b")
    new = dcur.fetchone()
    assert (old["a"], new["b"]) == (1, 2)
    assert "b" not in old


def test_index_follows_the_result(dcur):
    assert dcur.index == {}
    dcur.execute("select 1 as a, 2 as b, 3 as a")
    dcur.fetchone()
    assert dcur.index == {"a": 2, "b": 1}
    dcur.execute("create temp table t (i int)")
    assert dcur.index == {}
    dcur.callproc("generate_series", (1, 2))
    assert [row["generate_series"] for row in dcur] == [1, 2]


@pytest.mark.parametrize("factory", [DictCursor, RealDictCursor])
def test_arguments_by_name(conn, factory):
    cur = conn.cursor(cursor_factory=factory)
    cur.execute(query="select %s as a", vars=(1,))
    assert cur.fetchone()["a"] == 1
    assert cur.callproc(procname="abs", vars=(1,)) == (1,)
    assert cur.fetchone()["abs"] == 1


def test_dict_row_by_hand(dcur):
    dcur.execute("select 1 as a, 2 as b")
    dcur.fetchone()
    row = DictRow(dcur)
    assert row == [None, None]
    row["b"] = 1
    assert row == [None, 1]
    with pytest.raises(TypeError):
        DictRow()


# RealDictRow


def test_real_dict_row_is_an_ordered_dict(real):
    assert isinstance(real, OrderedDict)
    assert real == {"a": 3, "b": 2}
    assert list(real.items()) == [("a", 3), ("b", 2)]
    with pytest.raises(KeyError):
        real[0]


def test_real_dict_row_can_be_changed(real):
    real["z"] = 5
    real.update(b=6)
    assert real.setdefault("q", 1) == 1
    assert real.pop("a") == 3
    real.move_to_end("b")
    assert list(real.items()) == [("z", 5), ("q", 1), ("b", 6)]
    del real["z"]
    assert real.popitem() == ("b", 6)
    assert real == {"q": 1}


@pytest.mark.parametrize(
    "how", [copy.copy, copy.deepcopy, RealDictRow.copy, lambda row: pickle.loads(pickle.dumps(row))]
)
def test_real_dict_row_copies_and_pickles(real, how):
    again = how(real)
    assert type(again) is RealDictRow
    assert again == real
    again["a"] = "changed"
    assert real["a"] == 3


def same_row(cur):
    """A row of three items as it comes, and the same made by hand."""
    cur.execute("select 1 as b, 'x' as a, null as c")
    return cur.fetchone(), RealDictRow([("b", 1), ("a", "x"), ("c", None)])


@pytest.mark.parametrize(
    "use",
    [
        list,
        len,
        repr,
        str,
        bool,
        dict,
        json.dumps,
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        RealDictRow,
        OrderedDict,
        lambda row: list(reversed(row)),
        lambda row: list(row.keys()),
        lambda row: list(row.values()),
        lambda row: list(row.items()),
        lambda row: (repr(row.keys()), repr(row.values()), repr(row.items())),
        lambda row: list(reversed(row.items())),
        lambda row: [("a" in row), row["a"], row.get("a"), row.get("q", 5), "q" in row],
        lambda row: row.copy(),
        lambda row: row.pop("a"),
        lambda row: row.pop("q", 7),
        lambda row: row.pop("q", default=7),
        lambda row: row.popitem(),
        lambda row: row.popitem(last=False),
        lambda row: row.move_to_end("b"),
        lambda row: row.move_to_end("c", last=False),
        lambda row: row.setdefault("a", 4),
        lambda row: row.setdefault("q", 4),
        lambda row: row.update({"q": 1, "b": 2}),
        lambda row: row.update(q=1),
        lambda row: row.clear(),
        lambda row: row.__setitem__("b", 5),
        lambda row: row.__setitem__("q", 5),
        lambda row: row.__delitem__("b"),
        lambda row: operator.setitem(row, "q", 2),
        lambda row: operator.delitem(row, "a"),
        lambda row: (lambda **kw: kw)(**row),
        lambda row: {**row},
        lambda row: row.fromkeys("xy", 1),
        lambda row: row == {"c": None, "b": 1, "a": "x"},
        lambda row: row == OrderedDict([("b", 1), ("a", "x"), ("c", None)]),
        lambda row: OrderedDict([("b", 1), ("a", "x"), ("c", None)]) == row,
        lambda row: row == OrderedDict([("a", "x"), ("b", 1), ("c", None)]),
        lambda row: OrderedDict([("a", "x"), ("b", 1), ("c", None)]) != row,
        lambda row: row == RealDictRow([("a", "x"), ("b", 1), ("c", None)]),
        lambda row: (row == 5, row != 5, row == row),
        lambda row: vars(row).update(x=1),
        lambda row: setattr(row, "attribute", 1),
        lambda row: [row.pop(name) for name in list(row)],
        lambda row: pprint.pformat(row, width=10),
    ],
)
def test_real_dict_row_as_it_comes_is_as_one_made_by_hand(rcur, use):
    row, by_hand = same_row(rcur)
    answer, wanted = use(row), use(by_hand)
    assert type(answer) is type(wanted)
    assert answer == wanted
    if isinstance(answer, dict):
        assert list(answer.items()) == list(wanted.items())
    assert (list(row.items()), vars(row)) == (list(by_hand.items()), vars(by_hand))
    row["z"] = by_hand["z"] = 0
    assert list(row) == list(by_hand)
    assert row == by_hand


def test_real_dict_row_merges(rcur):
    row, by_hand = same_row(rcur)
    assert list((row | {"q": 1}).items()) == list((by_hand | {"q": 1}).items())
    row, _ = same_row(rcur)
    merged = {"q": 1} | row
    assert (type(merged), list(merged)) == (RealDictRow, ["q", "b", "a", "c"])
    row, _ = same_row(rcur)
    row |= {"b": 4, "q": 1}
    assert list(row.items()) == [("b", 4), ("a", "x"), ("c", None), ("q", 1)]


@pytest.mark.parametrize(
    "use, error",
    [
        (lambda row: row["q"], KeyError),
        (lambda row: row.pop("q"), KeyError),
        (lambda row: row.pop(), TypeError),
        (lambda row: row.items(1), TypeError),
        (lambda row: row.move_to_end("q"), KeyError),
        (lambda row: operator.delitem(row, "q"), KeyError),
        (hash, TypeError),
        (lambda row: row < row, TypeError),
        (lambda row: [row.pop(name) for name in row], RuntimeError),
    ],
)
def test_real_dict_row_errors_are_those_of_one_made_by_hand(rcur, use, error):
    row, by_hand = same_row(rcur)
    with pytest.raises(error) as raised:
        use(row)
    with pytest.raises(error) as wanted:
        use(by_hand)
    assert str(raised.value) == str(wanted.value)
    assert list(row.items()) == list(by_hand.items())


def test_real_dict_rows_of_one_result_are_independent(rcur):
    rcur.execute("select n as a, -n as b from generate_series(1, 3) n")
    one, two, three = rcur.fetchall()
    one["a"] = "changed"
    two.clear()
    del three["a"]
    three["a"] = 9
    assert (list(one.items()), list(two.items())) == ([("a", "changed"), ("b", -1)], [])
    assert list(three.items()) == [("b", -3), ("a", 9)]


def test_real_dict_row_of_columns_with_one_name(rcur):
    rcur.execute("select 1 as a, 2 as b, 3 as a")
    row = rcur.fetchone()
    assert list(row.items()) == [("a", 3), ("b", 2)]


@pytest.mark.parametrize("n", [0, 1, 5, 6, 11, 200, 1600])
def test_real_dict_row_of_any_width(rcur, n):
    rcur.execute("select " + ", ".join(f"{i} as c{i}" for i in range(n)))
    assert list(rcur.fetchone().items()) == [(f"c{i}", i) for i in range(n)]


def test_real_dict_row_in_a_cycle_is_collected(rcur):
    rcur.execute("select 1 as a")
    for make_cycle in (
        lambda row: setattr(row, "me", row),
        lambda row: vars(row).update(me=row),
        lambda row: row.update(me=row),
        lambda row: row.update(me=[row]),
        lambda row: dict.__setitem__(row, "a", [row]),
        lambda row: setattr(row, "__dict__", {"me": row}),
        lambda row: row.__ior__({"me": row}),
        lambda row: dict.update(row, me=row),
        lambda row: dict.setdefault(row, "me", row),
    ):
        rcur.scroll(0, mode="absolute")
        row = rcur.fetchone()
        make_cycle(row)
        assert gc.is_tracked(row)
        gone = weakref.ref(row)
        del row
        gc.collect()
        assert gone() is None


@pytest.mark.parametrize("values, tracked", [("1, 'x', null", False), ("1, '{1}'::int[]", True)])
def test_only_real_dict_rows_that_may_be_in_a_cycle_are_tracked(rcur, values, tracked):
    rcur.execute("select " + values)
    assert gc.is_tracked(rcur.fetchone()) is tracked


def test_real_dict_row_by_hand():
    assert RealDictRow({"a": 1}) == {"a": 1}
    assert RealDictRow([("a", 1)], b=2) == {"a": 1, "b": 2}
    assert RealDictRow() == {}
    with pytest.raises(TypeError):
        RealDictRow(5)


def test_real_dict_row_of_another_result(rcur):
    rcur.execute("select 1 as a")
    rcur.fetchone()
    rcur.execute("select 2 as b")
    assert rcur.fetchone() == {"b": 2}


def test_values_of_all_kinds_come_through(rcur):
    rcur.execute("select null as n, array[1, null] as l, 'é' as s, 1.5::float8 as f")
    assert rcur.fetchone() == {"n": None, "l": [1, None], "s": "é", "f": 1.5}


# Cursors and factories


def test_base_needs_a_row_factory(conn):
    with pytest.raises(NotImplementedError, match="row factory"):
        DictCursorBase(conn)


def test_factories_of_the_cursors(conn):
    assert conn.cursor(cursor_factory=DictCursor).row_factory is DictRow
    assert RealDictCursor(conn, row_factory=list).row_factory is RealDictRow


class UpperRow(DictRow):
    def __setitem__(self, key, value):
        super().__setitem__(key, value.upper() if isinstance(value, str) else value)


class UpperCursor(DictCursorBase):
    """As programs make their own on this base."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, row_factory=UpperRow, **kwargs)


def test_row_factory_of_a_cursor_s_own(conn):
    class Cursor(DictCursor):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.row_factory = UpperRow

    cur = conn.cursor(cursor_factory=Cursor)
    assert cur.row_factory is UpperRow
    cur.execute(TWO_ROWS)
    rows = [cur.fetchone(), *cur]
    assert [type(row) for row in rows] == [UpperRow, UpperRow]
    assert [(row["a"], row["b"]) for row in rows] == [(1, "X"), (2, "Y")]


def test_row_factory_may_be_changed_back(dcur):
    dcur.execute("select generate_series(1, 4) as n")
    dcur.row_factory = None
    assert dcur.fetchone() == (1,)
    dcur.row_factory = lambda cur: [None]
    row = dcur.fetchone()
    assert (type(row), row) == (list, [2])
    dcur.row_factory = DictRow
    assert dcur.fetchone()["n"] == 3


def test_subclass_of_the_real_dict_row(conn):
    class Row(RealDictRow):
        pass

    cur = conn.cursor(cursor_factory=RealDictCursor)
    cur.row_factory = Row
    cur.execute(TWO_ROWS)
    assert [type(row) for row in cur.fetchall()] == [Row, Row]
    cur.execute(TWO_ROWS)
    assert cur.fetchone() == {"a": 1, "b": "x"}


def test_subclass_that_forgets_to_initialize(conn):
    class Cursor(DictCursor):
        def __init__(self, conn, name=None):
            pass

    with pytest.raises(psycopg2.InterfaceError):
        conn.cursor(cursor_factory=Cursor).fetchall()


@pytest.mark.parametrize("method", ["execute", "fetchall", "fetchone", "fetchmany"])
def test_subclass_may_override_and_call_up(conn, method):
    calls = []

    def wrapper(self, *args):
        calls.append(method)
        return getattr(super(Cursor, self), method)(*args)

    Cursor = type("Cursor", (RealDictCursor,), {method: wrapper})
    cur = conn.cursor(cursor_factory=Cursor)
    cur.execute(TWO_ROWS)
    assert cur.fetchone()["a"] == 1
    assert cur.fetchmany(1)[0]["a"] == 2
    assert cur.fetchall() == []
    assert calls == [method]


def test_dict_cursor_is_freed_without_the_collector(conn):
    gc.disable()
    try:
        for factory in (DictCursor, RealDictCursor):
            cur = conn.cursor(cursor_factory=factory)
            cur.execute(TWO_ROWS)
            cur.fetchall()
            ref = weakref.ref(cur)
            del cur
            assert ref() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "connection, cursor", [(DictConnection, DictCursor), (RealDictConnection, RealDictCursor)]
)
def test_connections_of_the_cursors(connect, dsn, connection, cursor):
    conn = connect(dsn, connection_factory=connection)
    assert type(conn.cursor()) is cursor
    assert type(conn.cursor("named")) is cursor
    assert conn.cursor("named").name == "named"
    assert type(conn.cursor(cursor_factory=extensions.cursor)) is extensions.cursor
    conn.cursor_factory = extras.NamedTupleCursor
    assert type(conn.cursor()) is extras.NamedTupleCursor
