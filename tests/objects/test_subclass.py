"""Subclasses of connection, cursor and lobject: those that work, and those that forget super()."""

import gc
import io

import pytest

import psycopg2
from psycopg2 import extensions, extras

METHODS = {
    "connection": [
        ("cursor", ()),
        ("commit", ()),
        ("rollback", ()),
        ("cancel", ()),
        ("reset", ()),
        ("fileno", ()),
        ("poll", ()),
        ("get_backend_pid", ()),
        ("get_parameter_status", ("x",)),
        ("get_dsn_parameters", ()),
        ("get_native_connection", ()),
        ("set_client_encoding", ("utf8",)),
        ("set_isolation_level", (1,)),
        ("set_session", ()),
        ("lobject", ()),
        ("xid", (1, "a", "b")),
        ("tpc_begin", ("x",)),
        ("tpc_commit", ()),
        ("tpc_prepare", ()),
        ("tpc_recover", ()),
        ("tpc_rollback", ()),
        ("__enter__", ()),
        ("__exit__", (None, None, None)),
    ],
    "cursor": [
        ("execute", ("select 1",)),
        ("execute", ("select %s", ("é",))),
        ("executemany", ("select 1", [()])),
        ("callproc", ("now",)),
        ("mogrify", ("select %s", ("é",))),
        ("fetchone", ()),
        ("fetchmany", ()),
        ("fetchall", ()),
        ("__next__", ()),
        ("scroll", (1,)),
        ("nextset", ()),
        ("cast", (25, b"1")),
        ("copy_from", (io.StringIO(), "t")),
        ("copy_to", (io.StringIO(), "t")),
        ("copy_expert", ("copy t to stdout", io.StringIO())),
    ],
    "lobject": [
        ("read", ()),
        ("write", ("x",)),
        ("seek", (0,)),
        ("tell", ()),
        ("truncate", ()),
        ("export", ("/tmp/never",)),
        ("unlink", ()),
    ],
}
ATTRIBUTES = {
    name: [n for n in dir(getattr(extensions, name)) if not n.startswith("__")] for name in METHODS
}


def forgetful(name):
    """Return a subclass that does not call super().__init__()."""
    return type("Forgetful", (getattr(extensions, name),), {"__init__": lambda *a, **k: None})


def make(name, conn):
    kind = forgetful(name)
    return kind(conn.dsn) if name == "connection" else kind(conn)


@pytest.mark.parametrize(
    "name, method, args", [(name, *call) for name in METHODS for call in METHODS[name]]
)
def test_subclass_that_forgets_init_gets_an_error(conn, name, method, args):
    # The original crashes in some of these, and does nothing in others.
    with pytest.raises((psycopg2.InterfaceError, psycopg2.OperationalError)):
        getattr(make(name, conn), method)(*args)


@pytest.mark.parametrize(
    "name, attribute", [(name, attribute) for name in METHODS for attribute in ATTRIBUTES[name]]
)
def test_subclass_that_forgets_init_may_be_looked_at(conn, name, attribute):
    made = make(name, conn)
    try:
        value = getattr(made, attribute)
    except (AttributeError, psycopg2.Error):
        return
    assert value is None or not callable(value) or value.__name__ or isinstance(value, type)
    assert repr(made)
    try:
        setattr(made, attribute, value)
    except (AttributeError, TypeError, ValueError, psycopg2.Error):
        return
    assert getattr(made, attribute) == value


@pytest.mark.parametrize("name", METHODS)
def test_subclass_that_forgets_init_closes_silently(conn, name):
    made = make(name, conn)
    try:
        made.close()
    except psycopg2.InterfaceError:
        pass
    del made
    gc.collect()


@pytest.mark.parametrize("name", METHODS)
def test_type_made_without_init_gets_an_error(conn, name):
    kind = getattr(extensions, name)
    made = kind.__new__(kind)
    method = {"connection": "cursor", "cursor": "fetchone", "lobject": "read"}[name]
    with pytest.raises((psycopg2.InterfaceError, psycopg2.OperationalError)):
        getattr(made, method)()


def test_subclass_that_forgets_init_does_not_fit_elsewhere(conn):
    cur = make("cursor", conn)
    for use in (
        lambda: extensions.quote_ident("a", cur),
        lambda: extensions.register_type(extensions.UNICODE, cur),
        lambda: extensions.cursor(make("connection", conn)),
        lambda: extensions.lobject(make("connection", conn)),
        lambda: extensions.quote_ident("a", make("connection", conn)),
    ):
        try:
            use()
        except (psycopg2.Error, TypeError):
            continue


@pytest.mark.parametrize("name", METHODS)
def test_subclass_of_init_that_raises(conn, name):
    def fail(*args, **kwargs):
        raise RuntimeError("mine")

    kind = type("Failing", (getattr(extensions, name),), {"__init__": fail})
    with pytest.raises(RuntimeError, match="mine"):
        if name == "connection":
            psycopg2.connect(conn.dsn, connection_factory=kind)
        elif name == "cursor":
            conn.cursor(cursor_factory=kind)
        else:
            conn.lobject(lobject_factory=kind)
    with conn.cursor() as cur:
        cur.execute("select 1")
        assert cur.fetchone() == (1,)


# Subclasses that work


class Counting(extensions.connection):
    """A connection that counts its cursors and commits."""

    def __init__(self, dsn, *args, **kwargs):
        super().__init__(dsn, *args, **kwargs)
        self.cursors = 0
        self.commits = 0

    def cursor(self, *args, **kwargs):
        self.cursors += 1
        kwargs.setdefault("cursor_factory", Shouting)
        return super().cursor(*args, **kwargs)

    def commit(self):
        self.commits += 1
        super().commit()


class Shouting(extensions.cursor):
    """A cursor that gives its text in capitals."""

    def execute(self, query, vars=None):
        self.executed = query
        return super().execute(query, vars)

    def fetchone(self):
        row = super().fetchone()
        return row and tuple(str(value).upper() for value in row)


def test_subclass_overrides_methods_and_keeps_attributes(connect, dsn):
    conn = connect(dsn, connection_factory=Counting)
    cur = conn.cursor()
    assert (type(conn), type(cur), conn.cursors) == (Counting, Shouting, 1)
    cur.execute("select %s", ("quiet",))
    assert cur.executed == "select %s"
    assert cur.fetchone() == ("QUIET",)
    conn.commit()
    assert conn.commits == 1
    assert conn.closed == 0


def test_subclass_commit_is_not_called_by_with(connect, dsn):
    conn = connect(dsn, connection_factory=Counting)
    with conn, conn.cursor() as cur:
        cur.execute("select 1")
    assert conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def test_subclass_may_be_of_several_classes(connect, dsn):
    class Mixin:
        def where(self):
            return self.info.dbname

    class Both(Mixin, extensions.connection):
        pass

    conn = connect(dsn, connection_factory=Both)
    assert conn.where() == conn.info.dbname


def test_subclass_with_slots(conn):
    class Slotted(extensions.cursor):
        __slots__ = ("extra",)

    cur = conn.cursor(cursor_factory=Slotted)
    cur.extra = 1
    assert cur.extra == 1


def test_subclass_cursor_factory_none_means_the_default(connect, dsn):
    conn = connect(dsn, cursor_factory=extras.RealDictCursor)
    assert type(conn.cursor(cursor_factory=None)) is extras.RealDictCursor
    assert type(connect(dsn, cursor_factory=None).cursor()) is extensions.cursor
    assert type(conn.cursor(None)) is extras.RealDictCursor


def test_subclass_default_cursor_of_the_class(connect, dsn):
    class Dicts(extensions.connection):
        def cursor(self, *args, **kwargs):
            kwargs.setdefault("cursor_factory", self.cursor_factory or extras.DictCursor)
            return super().cursor(*args, **kwargs)

    conn = connect(dsn, connection_factory=Dicts)
    assert type(conn.cursor()) is extras.DictCursor


@pytest.mark.parametrize("name", ["connection", "cursor"])
def test_init_again_does_no_harm(conn, cur, name):
    cur.execute("select 1")
    try:
        conn.__init__(conn.dsn) if name == "connection" else cur.__init__(conn)
    except (psycopg2.Error, TypeError):
        pass
    other = conn.cursor()
    other.execute("select 2")
    assert other.fetchone() == (2,)


def test_init_of_a_cursor_with_another_connection_does_no_harm(conn, conn2, cur):
    cur.execute("select 1")
    try:
        cur.__init__(conn2)
    except (psycopg2.Error, TypeError):
        pass
    for session in (conn, conn2):
        other = session.cursor()
        other.execute("select 2")
        assert other.fetchone() == (2,)


def test_subclass_of_error_is_raised_by_applications(conn):
    class AppError(psycopg2.OperationalError):
        def __init__(self, message, code):
            super().__init__(message)
            self.code = code

    with pytest.raises(psycopg2.DatabaseError) as caught:
        raise AppError("x", 5)
    assert (caught.value.code, caught.value.pgcode) == (5, None)
