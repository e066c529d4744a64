"""Large objects: modes, read, write, seek past 2 GB, truncate, files, unlink, closing."""

import pytest

import psycopg2
from psycopg2 import extensions


@pytest.fixture
def lobj(conn):
    """A new large object open for both ways, of text; it goes with the transaction."""
    return conn.lobject(0, "rw")


@pytest.fixture
def blob(conn):
    return conn.lobject(0, "rwb")


def exists(conn, oid):
    with conn.cursor() as cur:
        cur.execute("select count(*) from pg_largeobject_metadata where oid = %s", (oid,))
        return cur.fetchone()[0] == 1


# Making one


@pytest.mark.parametrize("mode", ["", "r", "w", "rw", "n", "t", "rt", "wt", "rwt", None])
def test_lobject_new_is_of_text(conn, mode):
    made = conn.lobject(0, mode)
    assert type(made) is extensions.lobject
    assert made.oid > 0
    assert made.mode == "wt"
    assert made.closed is False
    assert exists(conn, made.oid)


@pytest.mark.parametrize("mode", ["b", "rb", "wb", "rwb", "nb"])
def test_lobject_new_is_binary_with_b(conn, mode):
    assert conn.lobject(0, mode).mode == "wb"


def test_lobject_without_arguments_is_a_new_one(conn):
    made = conn.lobject()
    assert (made.mode, made.closed) == ("wt", False)
    assert repr(made).startswith("<lobject object at 0x")
    assert repr(made).endswith("; closed: 0>")


@pytest.mark.parametrize("mode", ["x", "wr", "rbt", "R", "r+", "a", "rwx", " r"])
def test_lobject_bad_mode_is_named(conn, mode):
    with pytest.raises(ValueError, match="bad mode for lobject: '"):
        conn.lobject(0, mode)


def test_lobject_takes_an_oid_to_be_made_with(conn):
    assert conn.lobject(0, "w", 77700077).oid == 77700077
    with pytest.raises(psycopg2.OperationalError, match="77700077"):
        conn.lobject(0, "w", 77700077)


def test_lobject_oid_above_the_signed_range(conn):
    made = conn.lobject(0, "wb", 4294967290)
    made.write(b"x")
    made.close()
    assert made.oid == 4294967290
    assert conn.lobject(4294967290, "rb").read() == b"x"


def test_lobject_not_to_be_opened(conn, lobj):
    made = conn.lobject(lobj.oid, "n")
    assert (made.closed, made.oid) == (True, lobj.oid)
    with pytest.raises(psycopg2.InterfaceError, match="lobject already closed"):
        made.read()


def test_lobject_arguments_have_names(conn):
    made = conn.lobject(oid=0, mode="rb", new_oid=77700078, new_file=None)
    assert made.oid == 77700078


@pytest.mark.parametrize(
    "args, kwargs, kind",
    [
        (("x",), {}, TypeError),
        ((0, 5), {}, TypeError),
        ((0, "w", "x"), {}, TypeError),
        ((0, "w", 0, 5), {}, TypeError),
        ((0, "w", 0, None, extensions.lobject, 1), {}, TypeError),
        ((2**70,), {}, OverflowError),  # the original takes the low 32 bits
        ((77700079, "r"), {}, psycopg2.OperationalError),
        ((77700079,), {}, psycopg2.OperationalError),
        ((0, "w", 0, "/no/such/file"), {}, psycopg2.OperationalError),
        ((), {"nosuch": 1}, TypeError),
        ((), {"lobject_factory": 5}, TypeError),
        ((), {"lobject_factory": lambda *args: {}}, TypeError),
    ],
)
def test_lobject_refuses_nonsense(conn, args, kwargs, kind):
    with pytest.raises(kind):
        conn.lobject(*args, **kwargs)


def test_lobject_error_names_the_oid(conn):
    with pytest.raises(psycopg2.OperationalError, match="large object 77700079 does not exist"):
        conn.lobject(77700079)


def test_lobject_factory_makes_it(conn):
    class Mine(extensions.lobject):
        pass

    made = conn.lobject(lobject_factory=Mine)
    assert type(made) is Mine
    with pytest.raises(TypeError, match="must be subclass of psycopg2.extensions.lobject"):
        conn.lobject(lobject_factory=lambda *args: None)
    with pytest.raises(ZeroDivisionError):
        conn.lobject(lobject_factory=lambda *args: 1 / 0)


def test_lobject_type_is_made_of_a_connection(conn):
    assert extensions.lobject(conn).mode == "wt"
    for args in ((), (5,)):
        with pytest.raises(TypeError):
            extensions.lobject(*args)


def test_lobject_needs_a_transaction(conn):
    conn.autocommit = True
    with pytest.raises(psycopg2.ProgrammingError, match="can't use a lobject outside of"):
        conn.lobject()


def test_lobject_begins_a_transaction(conn, cur):
    conn.lobject()
    assert conn.status == extensions.STATUS_BEGIN


# Reading and writing


def test_lobject_text_goes_round(lobj):
    text = "été €\n\U0001f600"
    assert lobj.write(text) == len(text.encode())
    assert lobj.tell() == len(text.encode())
    assert lobj.seek(0) == 0
    assert lobj.read() == text
    assert lobj.read() == ""


def test_lobject_bytes_go_round(blob):
    data = bytes(range(256)) * 10
    assert blob.write(data) == len(data)
    blob.seek(0)
    assert blob.read() == data
    assert blob.read() == b""


def test_lobject_text_takes_bytes_and_binary_takes_str(lobj, blob):
    assert lobj.write(b"\xc3\xa9") == 2
    assert blob.write("é") == 2
    lobj.seek(0)
    blob.seek(0)
    assert (lobj.read(), blob.read()) == ("é", b"\xc3\xa9")


def test_lobject_text_follows_the_client_encoding(conn):
    conn.set_client_encoding("latin1")
    lobj = conn.lobject(0, "rw")
    assert lobj.write("é") == 1
    lobj.seek(0)
    assert lobj.read() == "é"
    with pytest.raises(UnicodeEncodeError):
        lobj.write("€")


@pytest.mark.parametrize("value", [5, None, 1.5, ["x"], object()])
def test_lobject_write_wants_a_string(lobj, value):
    with pytest.raises(TypeError, match=f"requires a string; got {type(value).__name__}"):
        lobj.write(value)
    assert lobj.tell() == 0


@pytest.mark.parametrize("size, wanted", [(0, b""), (1, b"0"), (4, b"0123"), (99, b"0123456789")])
def test_lobject_read_takes_a_size(blob, size, wanted):
    blob.write(b"0123456789")
    blob.seek(0)
    assert blob.read(size) == wanted
    assert blob.tell() == len(wanted)
    blob.seek(0)
    assert blob.read(-1) == b"0123456789"


@pytest.mark.parametrize("size", ["x", None, 1.5, 2**70])
def test_lobject_read_refuses_nonsense(blob, size):
    with pytest.raises((TypeError, OverflowError)):
        blob.read(size)


def test_lobject_read_reads_on_to_the_end_of_a_character(lobj):
    # The original raises UnicodeDecodeError.
    lobj.write("aébc")
    lobj.seek(0)
    assert lobj.read(2) == "aé"
    assert lobj.tell() == 3
    assert lobj.read() == "bc"


def test_lobject_moves_megabytes(blob):
    data = bytes(range(256)) * 4 * 1024 * 20
    assert blob.write(data) == len(data)
    blob.seek(0)
    assert blob.read() == data


def test_lobject_opened_for_one_way_refuses_the_other(conn, lobj):
    lobj.write("x")
    reader = conn.lobject(lobj.oid, "r")
    assert reader.mode == "rt"
    assert reader.read() == "x"
    with pytest.raises(psycopg2.OperationalError, match="not opened for writing"):
        reader.write("y")


@pytest.mark.parametrize("mode, told", [("r", "rt"), ("rb", "rb"), ("rw", "rwt"), ("w", "wt")])
def test_lobject_mode_of_one_that_is(conn, lobj, mode, told):
    assert conn.lobject(lobj.oid, mode).mode == told


# Position and size


@pytest.mark.parametrize(
    "args, wanted", [((3,), 3), ((3, 0), 3), ((-1, 2), 9), ((0, 2), 10), ((2, 1), 7), ((-5, 1), 0)]
)
def test_lobject_seek_moves(blob, args, wanted):
    blob.write(b"0123456789")
    blob.seek(5)
    assert blob.seek(*args) == wanted == blob.tell()


@pytest.mark.parametrize("offset", [2**31 - 1, 2**31, 2**32, 5 * 2**30, 4 * 2**40 - 2**20])
def test_lobject_offsets_past_2_gb(blob, offset):
    assert blob.seek(offset) == offset
    assert blob.write(b"end") == 3
    assert blob.tell() == offset + 3
    assert blob.seek(-3, 2) == offset
    assert blob.read() == b"end"
    blob.truncate(offset + 1)
    assert blob.seek(0, 2) == offset + 1


@pytest.mark.parametrize(
    "args, kind",
    [
        ((), TypeError),
        (("x",), TypeError),
        ((0, "x"), TypeError),
        ((2**70,), OverflowError),
        ((-1,), psycopg2.OperationalError),
        ((0, 9), psycopg2.OperationalError),
    ],
)
def test_lobject_seek_refuses_nonsense(blob, args, kind):
    with pytest.raises(kind):
        blob.seek(*args)


@pytest.mark.parametrize("args, left", [((4,), b"0123"), ((), b""), ((12,), b"0123456789\0\0")])
def test_lobject_truncate_sets_the_size(blob, args, left):
    blob.write(b"0123456789")
    assert blob.truncate(*args) is None
    blob.seek(0)
    assert blob.read() == left


@pytest.mark.parametrize("size, kind", [(-1, psycopg2.OperationalError), ("x", TypeError)])
def test_lobject_truncate_refuses_nonsense(blob, size, kind):
    with pytest.raises(kind):
        blob.truncate(size)


# Files


def test_lobject_file_goes_in_and_out(conn, tmp_path):
    given, got = tmp_path / "in", tmp_path / "out"
    given.write_bytes(bytes(range(256)) * 100)
    made = conn.lobject(0, "rb", 0, str(given))
    assert conn.lobject(made.oid, "rb").read() == given.read_bytes()
    assert made.export(str(got)) is None
    assert got.read_bytes() == given.read_bytes()


@pytest.mark.parametrize(
    "name, kind", [("/no/such/dir/x", psycopg2.OperationalError), (5, TypeError), (None, TypeError)]
)
def test_lobject_export_refuses_nonsense(blob, name, kind):
    with pytest.raises(kind):
        blob.export(name)


# Closing


def test_lobject_close_twice_is_silent(lobj):
    assert lobj.close() is None
    assert lobj.closed is True
    assert lobj.close() is None
    assert repr(lobj).endswith("; closed: 1>")


@pytest.mark.parametrize(
    "name, args", [("read", ()), ("write", ("x",)), ("seek", (0,)), ("tell", ()), ("truncate", ())]
)
@pytest.mark.parametrize("how", ["close", "connection", "commit", "rollback"])
def test_lobject_not_open_refuses(conn, lobj, how, name, args):
    if how in ("commit", "rollback"):
        getattr(conn, how)()
        kind, text = psycopg2.ProgrammingError, "lobject isn't valid anymore"
    else:
        (lobj if how == "close" else conn).close()
        kind, text = psycopg2.InterfaceError, "lobject already closed"
    with pytest.raises(kind, match=text):
        getattr(lobj, name)(*args)


@pytest.mark.parametrize("how", ["commit", "rollback", "connection"])
def test_lobject_close_after_the_end_is_silent(conn, lobj, how):
    conn.close() if how == "connection" else getattr(conn, how)()
    assert lobj.close() is None


@pytest.mark.parametrize("name, args", [("export", ("/tmp/never",)), ("unlink", ())])
def test_lobject_of_a_closed_connection_refuses(conn, lobj, name, args):
    # The original raises OperationalError here.
    conn.close()
    with pytest.raises(psycopg2.InterfaceError):
        getattr(lobj, name)(*args)


def test_lobject_unlink_removes(conn, lobj):
    oid = lobj.oid
    assert exists(conn, oid)
    assert lobj.unlink() is None
    assert lobj.closed is True
    assert not exists(conn, oid)


def test_lobject_unlink_of_a_closed_one(conn, lobj):
    lobj.close()
    lobj.unlink()
    assert not exists(conn, lobj.oid)
    with pytest.raises(psycopg2.OperationalError, match=f"{lobj.oid} does not exist"):
        lobj.unlink()


def test_lobject_unlink_after_its_transaction(conn):
    made = conn.lobject()
    conn.commit()
    made.unlink()
    conn.commit()
    assert not exists(conn, made.oid)


def test_lobject_stays_when_committed(conn, conn2):
    made = conn.lobject(0, "wb")
    made.write(b"kept")
    made.close()
    conn.commit()
    assert conn2.lobject(made.oid, "rb").read() == b"kept"
    conn2.lobject(made.oid, "n").unlink()
    conn2.commit()


def test_lobject_in_a_failed_transaction(conn, cur, lobj):
    with pytest.raises(psycopg2.errors.SyntaxError):
        cur.execute("selec")
    with pytest.raises(psycopg2.Error, match="transaction is aborted"):
        lobj.read()
    conn.rollback()
    cur.execute("select 1")
    assert cur.fetchone() == (1,)


def test_lobject_dropped_leaves_the_connection_well(conn, cur):
    made = conn.lobject()
    del made
    with pytest.raises(psycopg2.errors.SyntaxError):
        cur.execute("selec")
    conn.rollback()
    made = conn.lobject()
    conn.close()
    del made


def test_lobject_attributes_are_read_only(lobj):
    for name in ("oid", "mode", "closed"):
        with pytest.raises(AttributeError):
            setattr(lobj, name, 1)
