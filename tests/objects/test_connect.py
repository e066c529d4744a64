"""psycopg2.connect() in every form, its DSN, its factories, and what it says when it cannot."""

import socket

import pytest

import psycopg2
from psycopg2 import extensions, extras


def keywords(dsn):
    return extensions.parse_dsn(dsn)


def uri(dsn, **params):
    """Return the test DSN as a postgresql:// URI."""
    opts = dict(keywords(dsn), **params)
    pairs = "&".join(f"{key}={value.replace('/', '%2F')}" for key, value in opts.items())
    return f"postgresql://?{pairs}"


def fetch_setting(conn, name):
    with conn.cursor() as cur:
        cur.execute("select current_setting(%s)", (name,))
        return cur.fetchone()[0]


@pytest.mark.parametrize("form", ["dsn", "dsn=", "keywords", "uri", "mixed", "database"])
def test_connect_takes_every_form(connect, dsn, form):
    opts = keywords(dsn)
    dbname = opts.pop("dbname")
    conn = {
        "dsn": lambda: connect(dsn),
        "dsn=": lambda: psycopg2.connect(dsn=dsn),
        "keywords": lambda: connect(**opts, dbname=dbname),
        "uri": lambda: connect(uri(dsn)),
        "mixed": lambda: connect(uri(dsn, dbname="postgres"), dbname=dbname),
        "database": lambda: connect(**opts, database=dbname),
    }
    conn = conn[form]() if form != "keywords" else psycopg2.connect(**opts, dbname=dbname)
    with conn.cursor() as cur:
        cur.execute("select current_database()")
        assert cur.fetchone() == (dbname,)
    conn.close()


def test_connect_keywords_override_the_dsn(connect, dsn):
    conn = connect(dsn + " application_name=one", application_name="two")
    assert fetch_setting(conn, "application_name") == "two"


def test_connect_leaves_out_arguments_that_are_none(connect, dsn):
    conn = connect(dsn + " application_name=one", application_name=None, password=None)
    assert fetch_setting(conn, "application_name") == "one"
    assert "password" not in conn.dsn


@pytest.mark.parametrize(
    "value", ["plain", "two words", "it's", "back\\slash", "", "a=b", "été", "'", "\\", " lead"]
)
def test_connect_quotes_the_values_of_keywords(connect, dsn, value):
    conn = connect(dsn, application_name=value, client_encoding="utf8")
    assert conn.get_dsn_parameters().get("application_name", "") == value
    assert keywords(conn.dsn)["application_name"] == value


def test_connect_makes_text_of_other_values(connect, dsn):
    conn = connect(dsn, connect_timeout=17, keepalives=True and 1)
    params = conn.get_dsn_parameters()
    assert (params["connect_timeout"], params["keepalives"]) == ("17", "1")


def test_connect_passes_options_to_the_server(connect, dsn):
    conn = connect(dsn, options="-c statement_timeout=12345 -c search_path=pg_catalog")
    assert fetch_setting(conn, "statement_timeout") == "12345ms"
    assert fetch_setting(conn, "search_path") == "pg_catalog"
    assert conn.info.options == "-c statement_timeout=12345 -c search_path=pg_catalog"


def test_connect_hands_several_hosts_to_libpq(dsn):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    opts = keywords(dsn)  # nobody listens on `port` now: libpq must go on to the second host
    hosts = dict(opts, host=f"127.0.0.1,{opts['host']}", port=f"{port},{opts['port']}")
    conn = psycopg2.connect(**hosts)
    assert keywords(conn.dsn)["host"] == hosts["host"]
    assert conn.info.port == int(opts["port"])
    conn.close()


def test_connect_to_a_mismatched_list_of_ports_is_an_error(dsn):
    with pytest.raises(psycopg2.OperationalError, match="port"):
        psycopg2.connect(host="a,b,c", port="1,2")


@pytest.mark.parametrize("name", ["async", "async_"])
def test_connect_async_and_async_mean_the_same(connect, dsn, name):
    conn = connect(dsn, **{name: 1})
    assert conn.async_ == 1
    assert getattr(conn, "async") == 1
    assert conn.status == extensions.STATUS_SETUP


@pytest.mark.parametrize("name", ["async", "async_"])
def test_connect_async_false_blocks(connect, dsn, name):
    conn = connect(dsn, **{name: 0})
    assert conn.async_ == 0
    assert conn.status == extensions.STATUS_READY


# What is wrong, in the text


@pytest.mark.parametrize(
    "args, kwargs, text",
    [
        (("nosuch=1",), {}, 'invalid dsn: invalid connection option "nosuch"'),
        ((), {"nosuch": 1}, 'invalid dsn: invalid connection option "nosuch"'),
        (("dbname=x",), {"nosuch": 1}, 'invalid dsn: invalid connection option "nosuch"'),
        (("dbname",), {"port": 1}, 'invalid dsn: missing "=" after "dbname"'),
        (("dbname='x",), {"port": 1}, "invalid dsn: unterminated quoted string"),
        (("postgresql://h/d?nosuch=1",), {"port": 1}, 'invalid URI query parameter: "nosuch"'),
        (("postgresql://h/out of memory%80\nout of memory\n%8",), {"port": 1}, "%8"),
    ],
)
def test_connect_names_what_is_wrong_in_a_dsn(args, kwargs, text):
    with pytest.raises(psycopg2.ProgrammingError) as caught:
        psycopg2.connect(*args, **kwargs)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "extra, text",
    [
        ({"port": "abc"}, 'invalid integer value "abc" for connection option "port"'),
        ({"sslmode": "bad"}, 'invalid sslmode value: "bad"'),
        ({"connect_timeout": "x"}, 'invalid integer value "x" for connection option'),
        ({"dbname": "no such db"}, 'database "no such db" does not exist'),
        ({"dbname": "out of memory"}, 'database "out of memory" does not exist'),
        ({"dbname": "x: out of memory"}, 'database "x: out of memory" does not exist'),
        ({"user": "no such role", "password": "x"}, "no such role"),
        ({"options": "-c no_such_setting=1"}, 'parameter "no_such_setting"'),
        ({"client_encoding": "klingon"}, '"client_encoding": "klingon"'),
        ({"host": "no-such-host.invalid"}, "no-such-host.invalid"),
        ({"host": "/no/such/dir", "port": 77}, '"/no/such/dir/.s.PGSQL.77"'),
    ],
)
def test_connect_names_what_libpq_or_the_server_refused(dsn, extra, text):
    with pytest.raises(psycopg2.OperationalError) as caught:
        psycopg2.connect(dsn, **extra)
    assert text in str(caught.value)
    assert caught.value.pgcode is None
    assert caught.value.cursor is None


def test_connect_names_host_and_port_of_a_server_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(psycopg2.OperationalError) as caught:
        psycopg2.connect(host="127.0.0.1", port=port)
    assert "127.0.0.1" in str(caught.value)
    assert str(port) in str(caught.value)
    assert "Connection refused" in str(caught.value)


def test_connect_says_that_a_password_is_wrong(server, dsn):
    user, password = server.password_role
    conn = psycopg2.connect(dsn, user=user, password=password)
    assert conn.info.used_password is True
    assert conn.info.password == password
    assert password not in conn.dsn
    assert password not in repr(conn)
    conn.close()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed") as caught:
        psycopg2.connect(dsn, user=user, password=password + "x")
    assert password not in str(caught.value)


@pytest.mark.parametrize("value", [5, b"dbname=x", ["dbname"], object()])
def test_connect_refuses_a_dsn_that_is_no_string(value):
    with pytest.raises(TypeError, match="str"):
        psycopg2.connect(value)


@pytest.mark.parametrize("way", ["dsn", "keyword"])
def test_connect_refuses_a_nul(dsn, way):
    # The original reads the DSN up to the NUL, and complains of the quote that it lost.
    with pytest.raises(ValueError, match="null|NUL"):
        if way == "dsn":
            psycopg2.connect(dsn + " application_name='a\0b'")
        else:
            psycopg2.connect(dsn, application_name="a\0b")


def test_connect_refuses_both_database_and_dbname():
    with pytest.raises(TypeError, match="'database' and 'dbname'"):
        psycopg2.connect(database="x", dbname="y")


def test_connect_leaves_no_socket_behind_a_failure(dsn, tmp_path):
    import os

    def descriptors():
        return set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()

    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(dsn, dbname="no such db")
    before = len(descriptors())
    for _ in range(5):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(dsn, dbname="no such db")
    assert len(descriptors()) <= before


# Factories


class TracedConnection(extensions.connection):
    pass


def test_connect_connection_factory_makes_the_connection(connect, dsn):
    assert type(connect(dsn, connection_factory=TracedConnection)) is TracedConnection


@pytest.mark.parametrize(
    "kwargs, wanted", [({}, ()), ({"async_": 0}, ()), ({"async_": 1}, (1,)), ({"async": 1}, (1,))]
)
def test_connect_connection_factory_gets_the_dsn_and_async_if_set(dsn, kwargs, wanted):
    calls = []

    def factory(*args, **kw):
        calls.append((args, kw))
        return "anything"

    assert psycopg2.connect(dsn, connection_factory=factory, **kwargs) == "anything"
    assert calls == [((dsn, *wanted), {})]


def test_connect_connection_factory_that_cannot_be_called(dsn):
    with pytest.raises(TypeError, match="not callable"):
        psycopg2.connect(dsn, connection_factory=5)


def test_connect_connection_factory_that_raises(dsn):
    def factory(dsn):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        psycopg2.connect(dsn, connection_factory=factory)


def test_connect_cursor_factory_is_the_default_of_cursors(connect, dsn):
    conn = connect(dsn, cursor_factory=extras.DictCursor)
    assert conn.cursor_factory is extras.DictCursor
    assert type(conn.cursor()) is extras.DictCursor
    assert type(conn.cursor("named")) is extras.DictCursor
    assert type(conn.cursor(cursor_factory=None)) is extras.DictCursor
    assert type(conn.cursor(cursor_factory=extensions.cursor)) is extensions.cursor
    conn.cursor_factory = None
    assert type(conn.cursor()) is extensions.cursor


def test_connect_without_cursor_factory_has_none(conn):
    assert conn.cursor_factory is None


# The DSN


@pytest.mark.parametrize(
    "form", ["keywords", "quoted", "uri", "uri query", "argument", "uri argument"]
)
def test_connect_dsn_hides_the_password(connect, server, dsn, form):
    opts = keywords(dsn)
    secret = vars(server).get("password", "s3cr3t")
    made = {
        "keywords": lambda: connect(f"{dsn} password={secret}"),
        "quoted": lambda: connect(f"{dsn} password = '{secret}'"),
        "uri": lambda: connect(
            f"postgresql://{opts['user']}:{secret}@/?" + uri(dsn).split("?", 1)[1]
        ),
        "uri query": lambda: connect(uri(dsn, password=secret)),
        "argument": lambda: connect(dsn, password=secret),
        "uri argument": lambda: connect(uri(dsn), password=secret),
    }[form]()
    assert secret not in made.dsn
    assert keywords(made.dsn)["password"] == "xxx"
    assert keywords(made.dsn)["dbname"] == opts["dbname"]
    assert secret not in repr(made)
    assert "password" not in made.get_dsn_parameters()


def test_connect_dsn_without_a_password_is_kept_as_it_was(connect, dsn):
    given = f"  {dsn}   application_name = 'x' "
    assert connect(given).dsn == given
    assert connect(uri(dsn)).dsn == uri(dsn)


def test_connection_type_makes_connections_too(dsn):
    conn = extensions.connection(dsn)
    assert conn.closed == 0
    conn.close()
    conn = extensions.connection(dsn=dsn, async_=0)
    assert conn.status == extensions.STATUS_READY
    conn.close()


@pytest.mark.parametrize("args", [(), (5,), (None,)])
def test_connection_type_wants_a_dsn(args):
    with pytest.raises(TypeError):
        extensions.connection(*args)


def test_connection_type_refuses_a_bad_dsn():
    # The original raises InternalError with no word of what is wrong.
    with pytest.raises(psycopg2.Error):
        extensions.connection("nonsense")
