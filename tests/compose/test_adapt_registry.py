"""Which adapter a value gets: those registered, __conform__, superclasses, and bad ones."""

import abc
import datetime as dt
import uuid
from decimal import Decimal

import pytest

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import AsIs, ISQLQuote, adapt, adapters, register_adapter


@pytest.fixture(autouse=True)
def registry_as_it_was():
    before = dict(adapters)
    yield
    adapters.clear()
    adapters.update(before)


class Thing:
    pass


class Conforming:
    """Adapts itself, as the protocol it is asked for allows."""

    def __conform__(self, protocol):
        return AsIs("conformed") if protocol is ISQLQuote else None


class Quoted:
    """An adapter without prepare(), which is optional."""

    def __init__(self, quoted=b"quoted"):
        self.quoted = quoted

    def getquoted(self):
        if isinstance(self.quoted, Exception):
            raise self.quoted
        return self.quoted


@pytest.fixture(params=["position", "name", "list", "nested", "tuple", "executemany"])
def write(request, cur):
    """A function that writes a value, in each way, and returns the bytes of the value alone."""

    def by_executemany(value):
        cur.executemany("/*%s*/ select 1", [(value,)])
        return cur.query[2:].split(b"*/")[0]

    def cut(written, before, after):
        assert written.startswith(before) and written.endswith(after), written
        return written[len(before) : len(written) - len(after)]

    return {
        "position": lambda v: cur.mogrify("%s", (v,)),
        "name": lambda v: cur.mogrify("%(v)s", {"v": v}),
        "list": lambda v: cut(cur.mogrify("%s", ([v],)), b"ARRAY[", b"]"),
        "nested": lambda v: cut(cur.mogrify("%s", ([[v]],)), b"ARRAY[ARRAY[", b"]]"),
        "tuple": lambda v: cut(cur.mogrify("%s", ((v,),)), b"(", b")"),
        "executemany": by_executemany,
    }[request.param]


def test_adapter_registered_is_used(write):
    register_adapter(Thing, lambda thing: AsIs("thing"))
    assert write(Thing()) == b"thing"


def test_adapter_of_a_superclass_is_inherited(write):
    class Sub(Thing):
        pass

    class SubSub(Sub):
        pass

    register_adapter(Thing, lambda thing: AsIs(type(thing).__name__))
    assert write(SubSub()) == b"SubSub"
    register_adapter(Sub, lambda thing: AsIs("nearer"))
    assert write(SubSub()) == b"nearer"
    assert write(Thing()) == b"Thing"


def test_adapter_follows_the_order_of_the_superclasses(write):
    class A:
        pass

    class B:
        pass

    register_adapter(A, lambda v: AsIs("a"))
    register_adapter(B, lambda v: AsIs("b"))
    assert write(type("AB", (A, B), {})()) == b"a"
    assert write(type("BA", (B, A), {})()) == b"b"


def test_conform_goes_before_the_adapter_of_a_superclass(write):
    class Sub(Thing, Conforming):
        pass

    class SubSub(Sub):
        pass

    register_adapter(Thing, lambda thing: AsIs("thing"))
    assert write(Sub()) == b"conformed"
    register_adapter(Sub, lambda thing: AsIs("exact"))
    assert write(Sub()) == b"exact"
    assert write(SubSub()) == b"conformed"


def test_conform_returning_none_leaves_it_to_the_superclass(write):
    class Sub(Thing):
        def __conform__(self, protocol):
            return None

    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'Sub'"):
        write(Sub())
    register_adapter(Thing, lambda thing: AsIs("thing"))
    assert write(Sub()) == b"thing"


def test_conform_may_return_itself(write):
    class Self(Quoted):
        def __conform__(self, protocol):
            return self if protocol is ISQLQuote else None

    assert write(Self()) == b"quoted"


def test_conform_of_a_class_is_not_called_for_the_class(write):
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'type'"):
        write(Conforming)


def test_adapter_of_an_abstract_class_is_not_for_virtual_subclasses(write):
    class Abstract(abc.ABC):  # noqa: B024
        pass

    Abstract.register(Thing)
    register_adapter(Abstract, lambda v: AsIs("abstract"))
    with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type 'Thing'"):
        write(Thing())


def test_adapter_of_object_is_the_last_one(write):
    register_adapter(object, lambda v: AsIs("any"))
    assert write(Thing()) == b"any"
    assert write({}) == b"any"
    assert write(5) == b"5"
    assert write("x") == b"'x'"


class PrepareNeedsConnection(Quoted):
    def prepare(self, conn):
        assert isinstance(conn, extensions.connection)
        self.quoted = b"prepared for " + conn.encoding.encode()


def test_prepare_gets_the_connection(write):
    register_adapter(Thing, lambda thing: PrepareNeedsConnection())
    assert write(Thing()) == b"prepared for UTF8"


BUILTINS = [
    5,
    10**30,
    "s",
    1.5,
    True,
    [1],
    [],
    (1,),
    b"x",
    bytearray(b"x"),
    memoryview(b"x"),
    dt.date(2020, 1, 1),
    dt.datetime(2020, 1, 1),
    dt.time(1),
    dt.timedelta(1),
    Decimal("1.5"),
    uuid.UUID(int=1),
]


@pytest.mark.parametrize("value", BUILTINS, ids=lambda v: type(v).__name__)
def test_adapter_of_a_builtin_type_may_be_replaced(cur, value):
    assert cur.mogrify("%s", (value,)) != b"mine"
    register_adapter(type(value), lambda v: AsIs("mine"))
    assert cur.mogrify("%s", (value,)) == b"mine"
    assert cur.mogrify("%(v)s", {"v": value}) == b"mine"
    if type(value) is not tuple:
        assert cur.mogrify("%s", ((value,),)) == b"(mine)"
    if type(value) is not list:
        assert cur.mogrify("%s", ([value],)) == b"ARRAY[mine]"
    # what is registered is looked up each time: nothing remembers the one before
    register_adapter(type(value), lambda v: AsIs("again"))
    assert cur.mogrify("%s", (value,)) == b"again"
    adapters.pop((type(value), ISQLQuote))
    with_none = {bool: b"1", dt.datetime: b"'2020-01-01T00:00:00'::date"}
    if type(value) in with_none:  # a superclass has an adapter
        assert cur.mogrify("%s", (value,)) == with_none[type(value)]
    else:
        with pytest.raises(psycopg2.ProgrammingError, match="can't adapt type"):
            cur.mogrify("%s", (value,))


@pytest.mark.parametrize(
    "value",
    [v for v in BUILTINS if type(v) not in (bool, memoryview, list)],
    ids=lambda v: type(v).__name__,
)
def test_adapter_of_a_builtin_type_is_for_subclasses_too(write, value):
    if isinstance(value, dt.datetime):
        sub = type("Sub", (dt.datetime,), {})(2020, 1, 1)
    elif isinstance(value, dt.date):
        sub = type("Sub", (dt.date,), {})(2020, 1, 1)
    elif isinstance(value, dt.time):
        sub = type("Sub", (dt.time,), {})(1)
    elif isinstance(value, dt.timedelta):
        sub = type("Sub", (dt.timedelta,), {})(1)
    elif isinstance(value, uuid.UUID):
        sub = type("Sub", (uuid.UUID,), {})(int=1)
    else:
        sub = type("Sub", (type(value),), {})(value)
    if type(value) is not tuple:  # in some ways in, the value is within a tuple itself
        register_adapter(type(value), lambda v: AsIs("mine " + type(v).__name__))
        assert write(sub) == b"mine Sub"
    register_adapter(type(sub), lambda v: AsIs("exact"))
    assert write(sub) == b"exact"


def test_adapter_of_int_is_not_for_bool(write):
    register_adapter(int, lambda v: AsIs("mine"))
    assert write(True) == b"true"
    assert write(1) == b"mine"


def test_adapter_of_none_is_not_asked_for_a_parameter(cur):
    register_adapter(type(None), lambda v: AsIs("mine"))
    assert cur.mogrify("%s", (None,)) == b"NULL"
    assert cur.mogrify("%s", ([None],)) == b"'{NULL}'"


def test_adapter_of_dict_is_for_dicts_as_values(cur):
    register_adapter(dict, lambda v: AsIs("dict"))
    assert cur.mogrify("%(a)s %(b)s", {"a": {"b": 1}, "b": 2}) == b"dict 2"


@pytest.mark.parametrize(
    "quoted", [b"ok", "ok", "é", b"", b"\xff"], ids=["bytes", "str", "unicode", "empty", "raw"]
)
def test_getquoted_gives_bytes_or_text(cur, quoted):
    register_adapter(Thing, lambda thing: Quoted(quoted))
    wanted = quoted.encode() if isinstance(quoted, str) else quoted
    assert cur.mogrify("<%s>", (Thing(),)) == b"<" + wanted + b">"
    assert cur.mogrify("<%s>", ([Thing()],)) == b"<ARRAY[" + wanted + b"]>"
    if isinstance(quoted, bytes):
        assert cur.mogrify("<%s>", ((Thing(),),)) == b"<(" + wanted + b")>"


# In a list, the original writes what it finds in memory for these.
@pytest.mark.parametrize("quoted", [None, 5, 1.5, ["a"], object(), memoryview(b"abcd")[::2]])
def test_getquoted_giving_nonsense_is_refused(write, quoted):
    register_adapter(Thing, lambda thing: Quoted(quoted))
    with pytest.raises((ValueError, TypeError, psycopg2.ProgrammingError)) as caught:
        write(Thing())
    assert "bytes" in str(caught.value)
    assert type(quoted).__name__ in str(caught.value)


def test_getquoted_giving_a_surrogate_is_refused(write):
    register_adapter(Thing, lambda thing: Quoted("\ud800"))
    with pytest.raises((UnicodeEncodeError, TypeError)):
        write(Thing())


@pytest.mark.parametrize("nonsense", [None, 5, "text", object(), Thing()], ids=repr)
@pytest.mark.parametrize("from_", ["adapter", "conform"])
def test_adapter_giving_no_adapter_is_refused(write, nonsense, from_):
    class Value:
        pass

    if from_ == "adapter":
        register_adapter(Value, lambda v: nonsense)
    elif nonsense is None:
        return  # then it does not conform, which is not an error of its own
    else:
        Value.__conform__ = lambda self, protocol: nonsense
    with pytest.raises((AttributeError, psycopg2.ProgrammingError)) as caught:
        write(Value())
    assert "getquoted" in str(caught.value)
    assert type(nonsense).__name__ in str(caught.value)


class Boom(Exception):
    pass


class PrepareRaises(Quoted):
    def prepare(self, conn):
        raise Boom("in prepare")


@pytest.mark.parametrize("where", ["adapter", "prepare", "getquoted", "conform"])
def test_adapter_that_raises_is_heard(conn, write, where):
    class Value:
        pass

    def raises(*args):
        raise Boom("in " + where)

    if where == "conform":
        Value.__conform__ = raises
    else:
        register_adapter(
            Value,
            {
                "adapter": raises,
                "prepare": lambda v: PrepareRaises(),
                "getquoted": lambda v: Quoted(Boom("in getquoted")),
            }[where],
        )
    with pytest.raises(Boom, match="^in " + where):
        write(Value())
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_adapter_raising_type_error_is_heard(write):
    def raises(value):
        raise TypeError("mine")

    register_adapter(Thing, raises)
    with pytest.raises(TypeError, match="mine"):
        write(Thing())


@pytest.mark.parametrize(
    "conform", [5, lambda self: AsIs("x"), "text"], ids=["int", "arity", "str"]
)
def test_conform_that_cannot_be_called_is_refused(write, conform):
    class Value:
        __conform__ = conform

    with pytest.raises((psycopg2.ProgrammingError, TypeError)):
        write(Value())


@pytest.mark.parametrize("adapter", [5, lambda: AsIs("x")], ids=["int", "arity"])
def test_adapter_that_cannot_be_called_is_refused(write, adapter):
    with pytest.raises(TypeError):
        register_adapter(Thing, adapter)
        write(Thing())


@pytest.mark.parametrize("prepare", [5, lambda self: None], ids=["int", "arity"])
def test_prepare_that_cannot_be_called_is_refused(write, prepare):
    register_adapter(Thing, lambda thing: type("Bad", (Quoted,), {"prepare": prepare})())
    with pytest.raises(TypeError):
        write(Thing())


def test_adapter_may_use_the_cursor_it_is_adapted_for(cur):
    class Nested(Quoted):
        def getquoted(self):
            return cur.mogrify("%s", (["a'b"],))

    register_adapter(Thing, lambda thing: Nested())
    assert cur.mogrify("%s, %s", (Thing(), Thing())) == b"ARRAY['a''b'], ARRAY['a''b']"


def test_adapter_may_register_another(cur):
    def first(thing):
        register_adapter(int, lambda v: AsIs("late"))
        return AsIs("first")

    register_adapter(Thing, first)
    assert cur.mogrify("%s %s", (Thing(), 1)) == b"first late"


@pytest.mark.parametrize(
    "args, cls, message",
    [
        ((), TypeError, "argument"),
        ((1, 2, 3, 4), TypeError, "argument"),
        ((1, int), psycopg2.ProgrammingError, "can't adapt type 'int'"),
        ((object(),), psycopg2.ProgrammingError, "can't adapt type 'object'"),
        ((object(), ISQLQuote, "alternate"), psycopg2.ProgrammingError, "can't adapt"),
    ],
)
def test_adapt_refuses(args, cls, message):
    with pytest.raises(cls, match=message):
        adapt(*args)


def test_adapt_takes_a_protocol():
    class Other:
        pass

    class Value:
        def __conform__(self, protocol):
            return ("conformed", protocol)

    assert adapt(Value(), Other) == ("conformed", Other)
    assert adapt(Value()) == ("conformed", ISQLQuote)
    adapters[(Value, Other)] = lambda value: "other"
    assert adapt(Value(), Other) == "other"
    assert isinstance(adapt(1, ISQLQuote), extensions.Int)
    assert isinstance(adapt(1, ISQLQuote, None), extensions.Int)


def test_adapt_leaves_an_adapter_alone():
    adapter = AsIs("x")
    assert adapt(adapter) is adapter
    quoted = adapt("x")
    assert adapt(quoted) is quoted


def test_adapters_tell_the_types():
    for of, adapter in {
        int: extensions.Int,
        float: extensions.Float,
        bool: extensions.Boolean,
        str: extensions.QuotedString,
        bytes: extensions.Binary,
        bytearray: extensions.Binary,
        memoryview: extensions.Binary,
        tuple: extensions.SQL_IN,
        type(None): extensions.NoneAdapter,
        dt.date: extensions.DateFromPy,
        dt.time: extensions.TimeFromPy,
        dt.datetime: extensions.TimestampFromPy,
        dt.timedelta: extensions.IntervalFromPy,
    }.items():
        assert adapters[(of, ISQLQuote)] is adapter
    assert (list, ISQLQuote) in adapters
    assert (Decimal, ISQLQuote) in adapters
    assert (dict, ISQLQuote) not in adapters
