# %% constants
psycopg2.apilevel, psycopg2.threadsafety, psycopg2.paramstyle
psycopg2.__version__.split(" ", 1)[1]
psycopg2.__version__.startswith("2.9.")
type(psycopg2.__libpq_version__)
type(ext.libpq_version())
ext.libpq_version() >= 140000

# %% type objects
[psycopg2.STRING, psycopg2.NUMBER, psycopg2.BINARY, psycopg2.DATETIME, psycopg2.ROWID]
[t.values for t in (psycopg2.STRING, psycopg2.NUMBER, psycopg2.BINARY, psycopg2.DATETIME, psycopg2.ROWID)]
[t.name for t in (psycopg2.STRING, psycopg2.NUMBER, psycopg2.BINARY, psycopg2.DATETIME, psycopg2.ROWID)]
psycopg2.NUMBER == 23, 23 == psycopg2.NUMBER, psycopg2.NUMBER != 23, psycopg2.NUMBER == 25
psycopg2.NUMBER == psycopg2.NUMBER, psycopg2.NUMBER == psycopg2.STRING
psycopg2.NUMBER == "x"
psycopg2.NUMBER == None
psycopg2.NUMBER == 1.5
psycopg2.NUMBER == 2**70
psycopg2.NUMBER < 3
hash(psycopg2.NUMBER) == hash(psycopg2.NUMBER)
psycopg2.NUMBER("12", None)
psycopg2.STRING("x", None)
psycopg2.NUMBER.foo
psycopg2.NUMBER.values = ()

# %% constructors
psycopg2.Date(2020, 1, 2)
psycopg2.Date(2020, 1, 2).adapted
psycopg2.Date(2020, 13, 2)
psycopg2.Date("x", 1, 2)
psycopg2.Date(2020)
psycopg2.Date(2020, 1, 2).getquoted()
psycopg2.Time(1, 2, 3).getquoted()
psycopg2.Time(1, 2, 3.5).getquoted()
psycopg2.Time(1, 2).getquoted()
psycopg2.Time(25, 2, 3)
psycopg2.Time(1, 2, 61)
psycopg2.Time(1, 2, 60)
psycopg2.Time(1, 2, 3, tz.FixedOffsetTimezone(60)).getquoted()
psycopg2.Timestamp(2020, 1, 2).getquoted()
psycopg2.Timestamp(2020, 1, 2, 3, 4, 5.6).getquoted()
psycopg2.Timestamp(2020, 1, 2, 3, 4, 5.999999).getquoted()
psycopg2.Timestamp(2020, 1, 2, 3, 4, 5.9999999).getquoted()
psycopg2.Timestamp(2020, 1, 2, 3, 4, 5, tz.FixedOffsetTimezone(-90)).getquoted()
psycopg2.Timestamp(2020, 2, 30)
psycopg2.Timestamp(2020, 1, 2, 3, 4, "x")

# %% constructors from ticks
psycopg2.DateFromTicks(0).getquoted()
psycopg2.DateFromTicks(1e9).getquoted()
psycopg2.TimeFromTicks(0.5).getquoted()
psycopg2.TimeFromTicks(1e9 + 0.25).getquoted()
psycopg2.TimestampFromTicks(0).getquoted()
psycopg2.TimestampFromTicks(1e9 + 0.999999)
psycopg2.TimestampFromTicks(-1.5).getquoted()
psycopg2.TimestampFromTicks("x")
psycopg2.DateFromTicks(1e40)
psycopg2.TimestampFromTicks(nan)
psycopg2.TimestampFromTicks()

# %% Binary
psycopg2.Binary(b"abc")
psycopg2.Binary(b"a\0b").adapted
psycopg2.Binary(b"a\0b\xff'\\").getquoted()
psycopg2.Binary(bytearray(b"a")).getquoted()
psycopg2.Binary(memoryview(b"abcdef")[::2]).getquoted()
psycopg2.Binary(memoryview(b"abcdef")[2:4]).getquoted()
psycopg2.Binary("text").getquoted()
psycopg2.Binary(12).getquoted()
psycopg2.Binary(None).getquoted()
psycopg2.Binary()
psycopg2.Binary(1, 2)
str(psycopg2.Binary(b"abc"))
psycopg2.Binary(b"abc").buffer
psycopg2.Binary(b"x").conn

# %% exceptions
[c.__mro__ for c in (psycopg2.Warning, psycopg2.Error, psycopg2.InterfaceError, psycopg2.DatabaseError)]
[c.__mro__ for c in (psycopg2.DataError, psycopg2.OperationalError, psycopg2.IntegrityError)]
[c.__mro__ for c in (psycopg2.InternalError, psycopg2.ProgrammingError, psycopg2.NotSupportedError)]
[c.__mro__ for c in (ext.QueryCanceledError, ext.TransactionRollbackError)]
e = psycopg2.Error("x", 2)
e, e.args, e.pgcode, e.pgerror, e.cursor, e.diag
e.diag.sqlstate, e.diag.message_primary
str(psycopg2.Error()), repr(psycopg2.Error("a"))
psycopg2.Error(a=1)
e.pgcode = "x"
e.cursor = 1
pickle.loads(pickle.dumps(e))
pickle.loads(pickle.dumps(psycopg2.OperationalError("x"))).args
class Own(psycopg2.OperationalError): pass

raise Own("a")
e.__reduce__()
e.__setstate__({"pgerror": "a", "pgcode": "b"})
e.pgcode, e.pgerror
e.__setstate__(1)

# %% connect
psycopg2.connect()
psycopg2.connect("")
psycopg2.connect("foo")
psycopg2.connect("foo=1")
psycopg2.connect(foo=1)
psycopg2.connect("dbname")
psycopg2.connect(None)
psycopg2.connect(12)
psycopg2.connect(dsn, 1, 2, 3, 4, 5)
connect(dsn, port=1)
connect(dsn, dbname="nonesuch\xe8")
connect(dsn, database="nonesuch")
connect(dsn, database="a", dbname="b")
connect(dsn, user=None, port=None).closed
connect(dsn, port="x")
connect(dsn, connection_factory=1)
connect(dsn, connection_factory=object)
connect(dsn, connection_factory=lambda dsn, **kw: 12)
connect(dsn, cursor_factory=1).cursor_factory
connect(dsn, cursor_factory=extras.DictCursor).cursor()
connect(dsn, host="/nonexisting")
connect(dsn, sslmode="foo")
connect(dsn, options="-c foo=1")
connect(dsn, client_encoding="latin1").encoding
connect(dsn, client_encoding="nonesuch")
connect(dsn, password="a\0b")
connect(dsn + "\0")

# %% connect with a mix
c = connect(dsn, application_name="it's a \\ test")
c.info.parameter_status("application_name")
c.dsn.replace("postgres", "X").count("password")
c = connect(dsn, password="secret phrase")
"secret" in c.dsn, "xxx" in c.dsn
c.get_dsn_parameters().get("password")
c = connect(dsn, async_=True)
c.async_, getattr(c, "async"), c.status, c.poll() in (1, 2)
c = connect(dsn, **{"async": 1})
c.async_
connect(dsn, async_=0).async_
connect(dsn, **{"async": 1, "async_": 0}).async_

# %% connect with a factory
class Conn(ext.connection):
    def __init__(self, *args, **kwargs):
        self.got = len(args), sorted(kwargs)
        super().__init__(*args, **kwargs)

connect(dsn, connection_factory=Conn).got
connect(dsn, connection_factory=Conn, application_name="a").got
connect(dsn, connection_factory=Conn, async_=1).got
connect(dsn, connection_factory=Conn, cursor_factory=extras.DictCursor).cursor_factory
class NoInit(ext.connection):
    def __init__(self, *args, **kwargs): pass

c = connect(dsn, connection_factory=NoInit)
c.closed, c.status
c.cursor()
c.commit()
c.close()
c.encoding
c.info
c.info.dbname
repr(c).count("dsn")
c.autocommit
c.isolation_level
c.notices
c.get_dsn_parameters()
c.server_version
ext.connection.__new__(ext.connection).cursor()
ext.connection()
ext.connection(dsn).close()
