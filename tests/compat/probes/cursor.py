# %% fresh
cur.name, cur.closed, cur.connection is conn, cur.arraysize, cur.itersize
cur.rowcount, cur.rownumber, cur.lastrowid, cur.description, cur.query, cur.statusmessage
cur.scrollable, cur.withhold, cur.row_factory, cur.tzinfo_factory, cur.typecaster
cur.string_types, cur.binary_types, cur.pgresult_ptr
cur.fetchone()
cur.fetchmany()
cur.fetchall()
next(cur)
iter(cur) is cur
list(cur)
cur.scroll(1)
cur.nextset()
cur.setinputsizes(1)
cur.setoutputsize(1)
cur.setoutputsize(1, 2)
cur.setinputsizes()
repr(cur).startswith("<cursor object at 0x"), repr(cur).endswith("; closed: 0>")
cur.foo
cur.foo = 1
cur.rowcount = 1
cur.closed = 1
cur.description = 1
cur.query = b"x"
cur.name = "a"
cur.connection = None
cur.scrollable = True
cur.withhold = True
cur.row_factory = 1
cur.tzinfo_factory = 1
weakref.ref(cur)() is cur
pickle.dumps(cur)
bool(cur), cur == cur
cur.arraysize = "x"
cur.arraysize = 2**40
cur.itersize = "x"
cur.arraysize = -5
cur.arraysize

# %% closed
cur.execute("select 1")
cur.close()
cur.close()
cur.fetchone()
cur.fetchmany()
cur.fetchall()
next(cur)
iter(cur)
list(cur)
cur.scroll(1)
cur.execute("select 1")
cur.executemany("select 1", [])
cur.mogrify("select 1")
cur.callproc("now")
cur.copy_from(StringIO(""), "x")
cur.copy_to(StringIO(""), "x")
cur.copy_expert("copy x to stdout", StringIO(""))
cur.cast(23, "1")
cur.nextset()
cur.setinputsizes(1)
cur.setoutputsize(1)
with cur: pass

cur.description, cur.rowcount, cur.query, cur.statusmessage, cur.rownumber
cur.connection is conn
cur.pgresult_ptr
cur.scrollable
repr(cur).endswith("; closed: -1>"), repr(cur).split("; ")[-1]

# %% of a closed connection
cur.execute("select 1")
conn.close()
cur.closed
cur.fetchone()
cur.fetchall()
cur.execute("select 1")
cur.mogrify("x")
cur.close()
cur.closed
cur.description
cur.copy_from(StringIO(""), "x")
next(cur)

# %% with
with cur as c: c is cur

cur.closed
with conn.cursor() as c: raise ValueError("x")
c.closed
with conn.cursor() as c: c.execute("select 1")
c.closed
cur.__exit__(1, 2, 3)

# %% lastrowid and query
cur.execute("create temp table t (a int)")
cur.execute("insert into t values (1)")
cur.lastrowid
cur.query
cur.copy_from(StringIO("1\n2\n"), "t")
cur.query, cur.rowcount, cur.statusmessage
cur.mogrify("x")
cur.query
cur.callproc("abs", (1,))
cur.query
conn.commit()
cur.query

# %% init again, subclass
cur.__init__(conn)
cur.execute("select 1")
ext.cursor(conn)
ext.cursor(conn, "a").name
ext.cursor(conn, name="a").name
ext.cursor(conn, None).name
ext.cursor(1)
ext.cursor()
ext.cursor(conn, 1)
class NoInit(ext.cursor):
    def __init__(self, *a, **k): pass

c = conn.cursor(cursor_factory=NoInit)
c.execute("select 1")
c.fetchone()
c.fetchall()
c.close()
c.closed
c.connection
repr(c).startswith("<")
c.mogrify("x")
c.scrollable
class Cur(ext.cursor):
    pass

c = conn.cursor(cursor_factory=Cur)
c.extra = 1
vars(c)
c.execute("select 1")
c.fetchone()
class Over(ext.cursor):
    def execute(self, q, v=None): return super().execute("select 42")
    def fetchone(self): return "one"

c = conn.cursor(cursor_factory=Over)
c.execute("foo")
c.fetchone(), c.fetchall()
c.callproc("abs", (1,))
c.executemany("select 1", [()])
