# %% fresh
conn.closed, conn.status, conn.autocommit, conn.isolation_level, conn.readonly, conn.deferrable
conn.encoding, conn.protocol_version, conn.server_version > 140000, conn.async_, conn.isexecuting()
conn.notices, conn.notifies, conn.cursor_factory, conn.string_types, conn.binary_types
conn.dsn == dsn, conn.get_transaction_status(), conn.get_backend_pid() > 0, conn.fileno() > 2
repr(conn).startswith("<connection object at 0x"), repr(conn).endswith("; closed: 0>")
str(conn) == repr(conn)
conn.pgconn_ptr > 0, type(conn.get_native_connection())
conn.reset()
conn.foo
conn.foo = 1
conn.closed = 1
conn.encoding = "utf8"
conn.status = 1
conn.notices = [1]
conn.notices
conn.notifies = None
conn.cursor_factory = 1
conn.async_ = 1
hash(conn) == hash(conn), conn == conn, bool(conn)
weakref.ref(conn)() is conn
pickle.dumps(conn)
[getattr(conn, n) is getattr(psycopg2, n) for n in "Warning Error InterfaceError DatabaseError DataError OperationalError IntegrityError InternalError ProgrammingError NotSupportedError".split()]

# %% closed
conn.close()
conn.close()
conn.closed, conn.status, conn.get_transaction_status()
conn.cursor()
conn.commit()
conn.rollback()
conn.cancel()
conn.reset()
conn.autocommit
conn.autocommit = True
conn.set_session(autocommit=True)
conn.isolation_level
conn.isolation_level = 1
conn.set_isolation_level(1)
conn.readonly
conn.deferrable
conn.encoding
conn.set_client_encoding("utf8")
conn.get_parameter_status("server_version")
conn.get_backend_pid()
conn.get_dsn_parameters().get("dbname")
conn.server_version > 0
conn.protocol_version
conn.fileno()
conn.poll()
conn.isexecuting()
conn.lobject()
conn.notices, conn.notifies
conn.xid(1, "a", "b")
conn.tpc_begin("a")
conn.tpc_prepare()
conn.tpc_commit()
conn.tpc_rollback()
conn.tpc_recover()
conn.dsn == dsn
conn.info.dbname
conn.info.status
conn.info.transaction_status
conn.info.server_version
conn.info.backend_pid
conn.info.socket
conn.info.error_message
conn.pgconn_ptr
conn.get_native_connection()
conn.__enter__()
with conn: pass

conn.__exit__(None, None, None)
repr(conn).endswith("; closed: 1>")

# %% transactions
cur.execute("select 1")
conn.commit()
cur.execute("select 1")
conn.rollback()
conn.commit()
conn.rollback()
cur.execute("selekt")
cur.execute("select 1")
conn.commit()
cur.execute("select 1")

# %% with commits
with conn: cur.execute("select 1")

with conn as c: c is conn

with conn:
    cur.execute("select 1")
    raise ValueError("x")

with conn: cur.execute("foo")

with conn:
    with conn: pass

with conn:
    cur.execute("select 1")
    with conn: pass

conn.closed
conn.__exit__()
conn.__exit__(1, 2, 3)
conn.__enter__(1)

# %% with under autocommit
conn.autocommit = True
with conn: cur.execute("select 1")

with conn:
    cur.execute("select 1")
    cur.execute("foo")

with conn: conn.autocommit = False

with conn:
    cur.execute("select 1")
    conn.autocommit = False

cur.execute("select 1")
with conn: pass

with conn: conn.commit()

with conn:
    cur.execute("select 1")
    conn.commit()
    cur.execute("select 2")

cur.execute("select 3")

# %% autocommit
conn.autocommit = True
conn.autocommit = False
conn.autocommit = 1
conn.autocommit = "x"
conn.autocommit = None
conn.autocommit = []
conn.autocommit = True
cur.execute("select 1")
conn.commit()
conn.rollback()
cur.execute("begin")
cur.execute("select 1")
conn.autocommit = True
conn.commit()
cur.execute("select 1")
conn.autocommit = False
cur.execute("select 1")
conn.autocommit = True
conn.rollback()
conn.autocommit = True

# %% deleting autocommit
del conn.autocommit

# %% set_session
conn.set_session()
conn.set_session("serializable")
cur.execute("select 1")
conn.set_session(readonly=True)
conn.rollback()
conn.set_session(isolation_level=ext.ISOLATION_LEVEL_REPEATABLE_READ, readonly=True, deferrable=True)
cur.execute("show transaction_read_only")
cur.fetchone()
conn.rollback()
conn.set_session("default", "default", "default")
cur.execute("select 1")
conn.rollback()
conn.set_session(None, None, None)
conn.set_session("read committed")
conn.set_session("READ UNCOMMITTED")
conn.set_session("foo")
conn.set_session(5)
conn.set_session(-1)
conn.set_session(0)
conn.set_session(1.5)
conn.set_session([])
conn.set_session(readonly="x")
conn.set_session(readonly="DEFAULT")
conn.set_session(deferrable=0)
conn.set_session(foo=1)
conn.set_session(b"serializable")
conn.set_session("repeatable\0read")
conn.set_session(autocommit=True)
conn.set_session(autocommit="default")
conn.set_session("serializable", True, False, True)
cur.execute("select 1")
conn.set_session("default")
conn.set_session(deferrable=None)

# %% session attributes
conn.isolation_level = "serializable"
conn.isolation_level = ext.ISOLATION_LEVEL_READ_COMMITTED
conn.isolation_level = None
conn.isolation_level = "default"
conn.isolation_level = "foo"
conn.isolation_level = 0
conn.isolation_level = 6
conn.isolation_level = True
conn.readonly = True
cur.execute("create table compat_ro (x int)")
conn.readonly = False
conn.rollback()
conn.readonly = "default"
conn.readonly = None
conn.readonly = 1
conn.readonly = "on"
conn.deferrable = True
conn.deferrable = None
cur.execute("select 1")
conn.isolation_level = 1
conn.deferrable = 1
conn.autocommit = True
conn.rollback()
conn.autocommit = True
conn.readonly = True
conn.isolation_level = 3
conn.readonly = None
conn.isolation_level = None

# %% set_isolation_level
conn.set_isolation_level(0)
conn.set_isolation_level(1)
cur.execute("select 1")
conn.set_isolation_level(2)
conn.set_isolation_level(3)
conn.set_isolation_level(4)
cur.execute("select 1")
conn.rollback()
conn.set_isolation_level(5)
conn.set_isolation_level(None)
cur.execute("select 1")
conn.rollback()
conn.set_isolation_level(6)
conn.set_isolation_level(-1)
conn.set_isolation_level("serializable")
conn.set_isolation_level()
conn.set_isolation_level(1, 2)

# %% reset
conn.set_session("serializable", True, True)
cur.execute("select 1")
conn.reset()
conn.autocommit = True
conn.reset()
cur.execute("set datestyle to sql")
conn.reset()
cur.execute("show datestyle")
cur.fetchone()
conn.set_client_encoding("latin1")
conn.reset()

# %% encodings
conn.set_client_encoding("LATIN1")
conn.set_client_encoding("latin-9")
conn.set_client_encoding("utf-8")
conn.set_client_encoding("UNICODE")
conn.set_client_encoding("nonesuch")
conn.set_client_encoding("EUC_JP")
conn.set_client_encoding("sjis")
conn.set_client_encoding("")
conn.set_client_encoding(None)
conn.set_client_encoding(b"latin1")
conn.set_client_encoding("latin1\0")
conn.set_client_encoding("SQL_ASCII")
cur.execute("select 'a'")
conn.set_client_encoding("latin1")
cur.execute("set client_encoding to 'win1252'")
cur.execute("select %s", ("\u20ac",))
cur.fetchone()
cur.execute("select '\u0416'")
conn.rollback()
conn.encoding

# %% an encoding that Python lacks
cur.execute("set client_encoding to mule_internal")
cur.execute("select 1")
cur.execute("select 'x'")
cur.fetchone()
conn.encoding

# %% parameter status
conn.get_parameter_status("client_encoding")
conn.get_parameter_status("DateStyle")
conn.get_parameter_status("datestyle")
conn.get_parameter_status("nonesuch")
conn.get_parameter_status(1)
conn.get_parameter_status()
conn.get_parameter_status("a\0b")
conn.get_parameter_status("\u20ac")

# %% dsn parameters
type(conn.get_dsn_parameters())
later = {"gssdelegation", "load_balance_hosts", "sslcertmode", "sslnegotiation"}  # than libpq 15
sorted(set(conn.get_dsn_parameters()) - later)
"password" in conn.get_dsn_parameters()
conn.get_dsn_parameters(1)

# %% info
i = conn.info
type(i), i.dbname, i.user, i.port == int(conn.get_dsn_parameters()["port"]), i.host, i.hostaddr, i.options
i.password
i.status, i.transaction_status, i.protocol_version, i.server_version == conn.server_version
i.error_message, i.socket == conn.fileno(), i.backend_pid == conn.get_backend_pid()
i.needs_password, i.used_password, i.ssl_in_use, i.ssl_attribute("library")
type(i.ssl_attribute_names)  # libpq 15 tells them without TLS, too
i.ssl_attribute("foo")
i.ssl_attribute(1)
i.ssl_attribute()
i.parameter_status("TimeZone") is not None
i.parameter_status("foo")
i.parameter_status(1)
i.dsn_parameters == conn.get_dsn_parameters()
cur.execute("foo")
i.error_message
i.transaction_status
i.dbname = "x"
i.foo
type(i)(conn).dbname
type(i)(1)
type(i)()
conn.info is conn.info
conn.info == conn.info
conn.info = 1

# %% cursor
conn.cursor()
conn.cursor("name").name
conn.cursor(name="na'me \"x\"").name
conn.cursor(name="")
conn.cursor(name=1)
conn.cursor(name=b"bytes")
conn.cursor(name="a\0b")
conn.cursor(None, None, None).scrollable
conn.cursor(cursor_factory=extras.DictCursor)
conn.cursor(cursor_factory=None)
conn.cursor(cursor_factory=1)
conn.cursor(cursor_factory=int)
conn.cursor(cursor_factory=lambda *a, **k: 1)
conn.cursor(cursor_factory=lambda *a, **k: (a, k))
conn.cursor(foo=1)
conn.cursor("a", None, True, False).withhold
conn.cursor("a", scrollable=True).scrollable
conn.cursor("a", scrollable=False).scrollable
conn.cursor("a", scrollable="x").scrollable
conn.cursor("a", withhold=1).withhold
conn.cursor(withhold=True)
conn.cursor(scrollable=True)
conn.cursor(1, 2, 3, 4, 5)
conn.cursor_factory = extras.RealDictCursor
conn.cursor()
conn.cursor_factory = None
conn.cursor()

# %% notices
cur.execute("do $$ begin raise notice 'hello'; raise warning 'wörld'; end $$")
conn.notices
cur.execute("do $$ begin for i in 1..60 loop raise notice 'n %', i; end loop; end $$")
len(conn.notices), conn.notices[0], conn.notices[-1]
conn.notices = None
cur.execute("do $$ begin raise notice 'hello'; end $$")
class App:
    def __init__(self): self.got = []
    def append(self, x): self.got.append(x)

conn.notices = a = App()
cur.execute("do $$ begin raise notice 'hello'; end $$")
a.got
class Bad:
    def append(self, x): raise ZeroDivisionError

conn.notices = Bad()
cur.execute("do $$ begin raise notice 'hello'; end $$")
conn.notices = 1
cur.execute("do $$ begin raise notice 'hello'; end $$")

# %% notifies
conn.autocommit = True
cur.execute("listen compat")
cur.execute("notify compat")
cur.execute("notify compat, 'pay\u20acload'")
n = conn.notifies
len(n), n[0].channel, n[0].payload, n[1].payload, n[0].pid == conn.get_backend_pid()
n[0][1], len(n[0]), tuple(n[0])[1:], n[0][-1]
n[0][2]
n[0] == (n[0].pid, "compat"), n[1] == (n[1].pid, "compat")
repr(n[1])
del n[:]
conn.poll()
cur.execute("unlisten *")
conn.notifies = a = []
cur.execute("listen compat; notify compat")
len(a)

# %% cancel
conn.cancel()
cur.execute("select 1")
conn.cancel()
cur.fetchone()
when_it_sleeps(conn, conn.cancel)
cur.execute("select pg_sleep(20)")
conn.cancel(1)

# %% lost
cur.execute("select 1")
kill(conn)
cur.execute("select 1")
conn.closed
cur.execute("select 1")
cur.fetchone()
conn.commit()
conn.rollback()
conn.cursor()
conn.close()
conn.closed

# %% lost while idle
kill(conn)
conn.poll()
conn.closed
conn.commit()
cur.execute("select 1")
with conn: pass

# %% lost in commit
cur.execute("select 1")
kill(conn)
conn.commit()
conn.rollback()

# %% subclass
class Conn(ext.connection):
    extra = None
    def cursor(self, *args, **kwargs):
        kwargs.setdefault("cursor_factory", extras.DictCursor)
        return super().cursor(*args, **kwargs)

c = connect(dsn, connection_factory=Conn)
c.extra = 12
c.extra, c.cursor()
c.foo = 1
vars(c)
repr(c).split(" at ")[0]

# %% init again
conn.__init__(dsn)
conn.closed
ext.connection(dsn, 1, 2, 3)
ext.connection(1)
ext.connection(dsn=dsn).closed
ext.connection(dsn, async_=True).async_
ext.connection(dsn, foo=1)
ext.connection("foo")

# %% settings of before autocommit
conn.isolation_level = 3
conn.readonly = True
conn.autocommit = True
conn.deferrable = True
conn.deferrable = True
conn.set_session(autocommit=False, isolation_level=2)
conn.isolation_level, conn.readonly, conn.deferrable
cur.execute("select 1")
conn.rollback()
conn.set_isolation_level(0)
conn.set_isolation_level(0)
conn.readonly = None
conn.set_isolation_level(1)

# %% cursor that cannot be held
conn.cursor(withhold=None)
conn.cursor(withhold=0)
conn.cursor(withhold=False, scrollable=None)
conn.cursor(scrollable=False)
conn.cursor("x", withhold=None).withhold

# %% two-phase commit, what is told first
conn.autocommit = True
conn.tpc_begin(5)
conn.tpc_begin("a")
conn.autocommit = False
cur.execute("select 1")
conn.tpc_begin(5)

# %% identifiers and arrays in other encodings
conn.autocommit = True
conn.set_client_encoding("big5")
ext.quote_ident("\u03a9", conn)
sql.Identifier("\u03a9").as_string(conn)
conn.set_client_encoding("sjis")
cur.execute("select %s, %s", (["\u80fd"], "\u80fd"))
cur.fetchone()

# %% with, where ROLLBACK fails
cur.execute("select 1")
kill(conn)
with conn: cur.execute("select 1")
d = connect()
with d: d.close(); raise KeyError(1)
d = connect()
d.tpc_begin("a")
with d: d.cursor().execute("foo")
d = connect()
with d: d.close()

# %% notify by hand
n = ext.Notify(1, "chan", "pay")
n, n.pid, n.channel, n.payload, len(n), n[0], n[1], tuple(n)
n[2]
n == (1, "chan"), n == (1, "chan", "pay"), n == ext.Notify(1, "chan", "pay"), n == ext.Notify(1, "chan")
n != (1, "chan"), n == 5, (1, "chan") == n
ext.Notify(1, "chan") == (1, "chan")
hash(n) == hash(ext.Notify(1, "chan", "pay")), hash(ext.Notify(1, "chan")) == hash((1, "chan"))
n < n
repr(ext.Notify(1, "c"))
ext.Notify(1)
ext.Notify()
ext.Notify(pid=1, channel="a", payload="b")
ext.Notify("x", 5).pid
n.pid = 1
a, b = n
a, b
