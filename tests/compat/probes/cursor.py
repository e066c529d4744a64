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

# %% execute
cur.execute("select 1")
cur.execute("select 1 where false")
cur.execute("create temp table t (a int, b text)")
cur.execute("insert into t values (1, 'a'), (2, 'b')")
cur.execute("update t set a = a + 1")
cur.execute("delete from t where a = 100")
cur.execute("select * from t")
cur.execute("insert into t values (5) returning a, b")
cur.fetchall()
cur.execute("set datestyle to iso")
cur.execute("begin")
cur.execute("select 1; select 2, 3")
cur.fetchall()
cur.execute("select 1; create temp table u (x int)")
cur.fetchall()
cur.execute("create temp table u2 (x int); select 5")
cur.fetchall()
cur.execute("select 1; foo")
conn.rollback()
cur.execute("")
cur.execute(";")
cur.execute("-- comment")
cur.execute("  ")
cur.execute()
cur.execute(None)
cur.execute(1)
cur.execute(["select 1"])
cur.execute(b"select 1")
cur.fetchone()
cur.execute(bytearray(b"select 1"))
cur.execute(query="select 1", vars=None)
cur.execute("select 1", foo=1)
cur.execute("select 'a\0b'")
cur.execute(b"select 'a\0b'")
cur.execute("select '\ud800'")

# %% failed execute keeps
cur.execute("select 1, 2")
cur.execute("foo %s", (1,))
cur.fetchone()
conn.rollback()
cur.execute("select 5")
cur.execute("select %s", ())
cur.fetchone()
cur.execute("select %s %s", (1,))
cur.execute("select %s", (1, 2))
cur.execute("select %s", (object(),))
cur.query

# %% refused execute, bad query type
cur.execute("select 5")
cur.execute(1)
cur.fetchone()

# %% refused execute, None
cur.execute("select 5")
cur.execute(None)
cur.fetchone()

# %% refused execute, no such letter
cur.execute("select 5")
conn.set_client_encoding("latin1")
cur.execute("select 5")
cur.execute("select '\u0416'")
cur.fetchone()

# %% refused execute, empty
cur.execute("select 5")
cur.execute("")
cur.fetchone()

# %% refused execute, bad argument
cur.execute("select 5")
cur.execute("select %s", (object(),))
cur.fetchone()

# %% refused execute, empty bytes
cur.execute("select 5")
cur.execute(b"", (1,))
cur.fetchone()

# %% refused callproc
cur.execute("select 5")
cur.callproc("abs", (object(),))
cur.fetchone()
cur.execute("select 5")
cur.callproc("abs", {1: 2})
cur.fetchone()

# %% refused executemany
cur.execute("select 5")
cur.executemany("select %s", None)
cur.fetchone()

# %% refused executemany, argument
cur.execute("select 5")
cur.executemany("select %s", [(object(),)])
cur.fetchone()

# %% executemany of nothing
cur.execute("select 5")
cur.executemany("select %s", [])
cur.fetchone()

# %% executemany of selects
cur.executemany("select %s", [(1,), (2,)])
cur.fetchall()

# %% refused executemany, query
cur.execute("select 5")
cur.executemany(None, [()])
cur.fetchone()

# %% executemany fails
cur.execute("select 5")
cur.executemany("select 1/%s", [(1,), (0,), (1,)])
cur.fetchone()

# %% callproc answers
cur.callproc("abs", {"a": 1}) is None
conn.rollback()
cur.callproc("abs", [1])
a = [1]
cur.callproc("abs", a) is a
cur.callproc("version") is None
cur.callproc("version", {})

# %% rows that fail
cur.execute("select d from (values ('9999-12-31'::date), ('infinity'), ('10000-01-01'), ('2020-01-01')) v(d)")
cur.fetchone(), cur.fetchone()
cur.fetchone()
cur.rownumber
cur.fetchone()
cur.execute("select d from (values ('9999-12-31'::date), ('infinity'), ('10000-01-01'), ('2020-01-01')) v(d)")
cur.fetchall()
cur.fetchall()
cur.execute("select d from (values ('9999-12-31'::date), ('10000-01-01'), ('2020-01-01')) v(d)")
cur.fetchmany(3)
cur.fetchmany(3)
cur.execute("select d from (values ('9999-12-31'::date), ('10000-01-01'), ('2020-01-01')) v(d)")
next(cur)
next(cur)
next(cur)

# %% placeholders
cur.mogrify("select %s", (1,))
cur.mogrify("select %s", [1])
cur.mogrify("select %s", {"a": 1})
cur.mogrify("select %(a)s", {"a": 1})
cur.mogrify("select %(a)s %(a)s", {"a": [1, None, "x'y"]})
cur.mogrify("select %(a)s", {"b": 1})
cur.mogrify("select %(a)s", (1,))
cur.mogrify("select %(a)s %s", {"a": 1})
cur.mogrify("select %s %(a)s", (1,))
cur.mogrify("select %%", (1,))
cur.mogrify("select %%", ())
cur.mogrify("select %%")
cur.mogrify("select %%", None)
cur.mogrify("select %%", {})
cur.mogrify("select %% %s", (1,))
cur.mogrify("select %d", (1,))
cur.mogrify("select %i", (1,))
cur.mogrify("select %", (1,))
cur.mogrify("select % s", (1,))
cur.mogrify("select %(a", {"a": 1})
cur.mogrify("select %(a)", {"a": 1})
cur.mogrify("select %(a)d", {"a": 1})
cur.mogrify("select %(a)%", {"a": 1})
cur.mogrify("select %()s", {"": 1})
cur.mogrify("select %(a(b)c)s", {"a(b)c": 1})
cur.mogrify("select %(a%b)s", {"a%b": 1})
cur.mogrify("select %(\u20ac)s", {"\u20ac": 1})
cur.mogrify("select %5s", (1,))
cur.mogrify("select %-5s", (1,))
cur.mogrify("select %.3s", ("abcdef",))
cur.mogrify("select %r", (1,))
cur.mogrify("select %", ())
cur.mogrify("select %s", 1)
cur.mogrify("select %s", "a")
cur.mogrify("select %s %s", "ab")
cur.mogrify("select %s", b"a")
cur.mogrify("select %s", {1, 2})
cur.mogrify("select %s", iter([1]))
cur.mogrify("select %s", (x for x in [1]))
cur.mogrify("select %s", 0)
cur.mogrify("select %s", False)
cur.mogrify("select %s", "")
cur.mogrify("select 1", (1,))
cur.mogrify("select 1", {"a": 1})
cur.mogrify("select '%s'", ("a",))
cur.mogrify("")
cur.mogrify("", (1,))
cur.mogrify(b"select %s", ("\u20ac",))
cur.mogrify("select %s", ("a\0b",))
cur.mogrify(sql.SQL("select {}").format(sql.Literal(1)))
cur.mogrify(sql.SQL("select {}").format(sql.Identifier("a%b")), (1,))
cur.mogrify(1)
cur.mogrify()
cur.mogrify(None)
class M(dict):
    def __missing__(self, k): return k + "!"

cur.mogrify("select %(zz)s", M())
class S:
    def __len__(self): return 2
    def __getitem__(self, i): return [10, 20][i]

cur.mogrify("select %s %s", S())
class K:
    def __getitem__(self, k): return k
    def keys(self): return []

cur.mogrify("select %(a)s", K())
class B:
    def __getitem__(self, k): raise ZeroDivisionError("zz")
    def __len__(self): return 1

cur.mogrify("select %(a)s", B())
cur.mogrify("select %s", B())

# %% fetching
cur.execute("select generate_series(1, 10)")
cur.rownumber
cur.fetchone()
cur.rownumber
cur.fetchmany()
cur.fetchmany(2)
cur.fetchmany(size=2)
cur.fetchmany(0)
cur.fetchmany(None)
cur.fetchmany(-1)
cur.rownumber
cur.fetchmany("x")
cur.fetchmany(1.5)
cur.fetchmany(foo=1)
cur.fetchall()
cur.fetchone()
cur.fetchmany()
cur.fetchall()
next(cur)
cur.rownumber, cur.rowcount
cur.execute("select generate_series(1, 3)")
for r in cur: rr = r
rr
cur.arraysize = 2
cur.execute("select generate_series(1, 3)")
cur.fetchmany(), cur.fetchmany()
cur.arraysize = 0
cur.execute("select generate_series(1, 3)")
cur.fetchmany()

# %% scroll
cur.execute("select generate_series(0, 9)")
cur.scroll(2)
cur.fetchone()
cur.scroll(-1)
cur.fetchone()
cur.scroll(0, "absolute")
cur.fetchone()
cur.scroll(9, mode="absolute")
cur.fetchone()
cur.scroll(10, "absolute")
cur.scroll(-1, "absolute")
cur.rownumber
cur.scroll(-100)
cur.scroll(100)
cur.scroll(1)
cur.scroll(-10)
cur.fetchone()
cur.scroll(9)
cur.scroll(1, "foo")
cur.scroll("x")
cur.scroll()
cur.scroll(1.5)
cur.scroll(value=0)
cur.scroll(2**40)

# %% fetching from what has no rows
cur.execute("create temp table t (a int)")
cur.fetchone()
cur.fetchmany()
cur.fetchall()
next(cur)
cur.scroll(0)
cur.description

# %% executemany
cur.execute("create temp table t (a int, b text)")
cur.executemany("insert into t values (%s, %s)", [(1, "a"), (2, "b")])
cur.executemany("insert into t values (%(a)s, %(b)s)", ({"a": i, "b": "x"} for i in range(3)))
cur.executemany("insert into t values (%s, %s)", [])
cur.executemany("insert into t values (%s, %s)", iter([[3, "c"]]))
cur.executemany("select %s", [(1,), (2,)])
cur.fetchall()
cur.executemany("update t set a = %s", [(1,), (2,)])
cur.executemany("insert into t values (%s, %s)", [(1,)])
cur.executemany("insert into t values (1, 'x')", [None, None])
cur.executemany("insert into t values (%s, %s)", None)
cur.executemany("insert into t values (%s, %s)", 12)
cur.executemany("insert into t values (%s)", "ab")
conn.rollback()
cur.executemany("select %s", [1])
cur.executemany("select 1", [()])
cur.executemany("select 1")
cur.executemany(None, [()])
cur.executemany(b"select %s", [(1,)])
cur.executemany("", [(1,)])
cur.executemany("select 1/%s", [(1,), (0,), (1,)])
conn.rollback()
def gen():
    yield (1,)
    raise KeyError("x")

cur.executemany("select %s", gen())
cur.executemany(query="select %s", vars_list=[(1,)])

# %% description
cur.execute("select 1 as a, 'x'::varchar(10) as b, 1.5::numeric(10,2) as c, 'y'::char(3) d, now() e, array[1] f, null g, 1.5::float8 h, '1'::bit(3) i, '1s'::interval(3) j, 'a'::name k, true l, 'x'::text m, 1.5::numeric n, 'x'::varchar o")
[tuple(c) for c in cur.description]
d = cur.description[1]
type(d), repr(d), d.name, d.type_code, d.display_size, d.internal_size, d.precision, d.scale, d.null_ok
d.table_oid, d.table_column
d[0], d[-1], d[1:3], d[:], len(d), list(d)
d[7]
d["name"]
d == d, d == tuple(d), tuple(d) == d, d != tuple(d), d == 1, hash(d) == hash(d)
d < d
pickle.loads(pickle.dumps(d)) == d
import copy
copy.copy(d) == d
d.name = "x"
[cur.description[3].internal_size, cur.description[3].precision]
cur.execute("create temp table t (a int primary key, b text not null)")
cur.execute("select a, b, a + 1 from t")
[(c.table_oid is None, c.table_column) for c in cur.description]
cur.execute("select 1 as \"a\u20acb\", 2 as a, 3 as a, 4")
[c.name for c in cur.description]
cur.execute("select")
cur.description, cur.rowcount, cur.fetchall()
cur.execute("select from generate_series(1, 3)")
cur.description, cur.rowcount, cur.fetchall()

# %% Column by hand
c = ext.Column()
c.name, c.type_code
list(c)
repr(c)
ext.Column("a")
ext.Column("a", 1, 2, 3, 4, 5, 6)
ext.Column("a", 1, 2, 3, 4, 5, 6, 7, 8)
ext.Column(name="a")
repr(ext.Column("a", 23))
ext.Column("a", 1) == ext.Column("a", 1)
ext.Column("a", 1) < ext.Column("a", 2)
c[0]

# %% callproc
cur.execute("create function pg_temp.f(a int, b text) returns text language sql as 'select a || b'")
cur.callproc("pg_temp.f", (1, "x"))
cur.fetchone()
cur.callproc("pg_temp.f", [1, "x"])
cur.callproc("pg_temp.f", {"b": "y", "a": 2})
cur.fetchone()
cur.callproc("pg_temp.f", {"b\"": "y", "a": 2})
conn.rollback()
cur.callproc("version")
cur.callproc("version", None)
cur.callproc("version", ())
cur.callproc("version", {})
cur.callproc("abs", (-5,))
cur.fetchone()
cur.callproc("abs", -5)
cur.callproc("abs", {1: 2})
cur.callproc("abs", {"x y": 2})
conn.rollback()
cur.callproc()
cur.callproc(1)
cur.callproc("nonesuch", (1,))
conn.rollback()
cur.callproc("generate_series", (1, 3))
cur.fetchall()
cur.callproc("abs", iter([1]))
cur.callproc("abs", "ab")
cur.callproc("abs", (object(),))

# %% with
with cur as c: c is cur

cur.closed
with conn.cursor() as c: raise ValueError("x")
c.closed
with conn.cursor() as c: c.execute("select 1")
c.closed
cur.__exit__(1, 2, 3)

# %% cast
cur.cast(23, "1"), cur.cast(25, "a"), cur.cast(1700, "1.5"), cur.cast(16, "t"), cur.cast(1007, "{1,2}")
cur.cast(23, None)
cur.cast(23, "x")
cur.cast(23, b"12")
cur.cast(23, 12)
cur.cast(99999, "a")
cur.cast("x", "a")
cur.cast(-1, "a")
cur.cast(17, "\\x6162")
cur.cast(1082, "2020-01-02")
cur.cast()
ext.register_type(ext.new_type((23,), "X", lambda s, c: ("cast", s, c is cur)), cur)
cur.cast(23, "1")
cur.cast(23, None)
cur.execute("select 1, null::int")
cur.fetchone()
cur.string_types[23].name
conn.string_types
conn.cursor().cast(23, "1")

# %% row_factory and tzinfo_factory
cur.row_factory = lambda c: [None] * 2
cur.execute("select 1, 2")
cur.fetchone()
cur.row_factory = lambda c: []
cur.execute("select 1")
cur.fetchone()
cur.row_factory = lambda c: 1 / 0
cur.execute("select 1")
cur.fetchone()
cur.row_factory = 12
cur.execute("select 1")
cur.fetchone()
cur.row_factory = None
cur.execute("select 1")
cur.fetchone()
cur.tzinfo_factory = None
cur.execute("select '2020-01-01 00:00:00+01'::timestamptz, '10:00+01:30'::timetz")
cur.fetchone()
cur.tzinfo_factory = tz.FixedOffsetTimezone
cur.execute("select '10:00+01:30'::timetz")
cur.fetchone()
seen = []
cur.tzinfo_factory = lambda o: seen.append(o)
cur.execute("select '10:00+01:30'::timetz")
cur.fetchone()
cur.tzinfo_factory = lambda o: (seen.append(o), timezone(o))[1]
cur.execute("select '10:00+01:30'::timetz, '10:00-00:00:30'::timetz")
cur.fetchone()
seen
cur.tzinfo_factory = 5
cur.execute("select '10:00+01:30'::timetz")
cur.fetchone()

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

# %% named
c = conn.cursor("n")
c.name, c.rowcount, c.description, c.itersize, c.scrollable, c.withhold
c.fetchone()
c.fetchall()
conn.rollback()
c = conn.cursor("n")
c.execute("select generate_series(1, 10) as x")
c.rowcount, c.description, c.rownumber
c.fetchone()
c.description[0].name
c.rowcount, c.rownumber
c.fetchmany(3)
c.rowcount, c.rownumber
c.fetchmany(0)
c.fetchmany()
c.fetchall()
c.fetchone()
c.fetchmany(2)
c.fetchall()
next(c)
c.close()
c.fetchone()

# %% named iteration
c = conn.cursor("n")
c.itersize = 4
c.execute("select generate_series(1, 10)")
next(c)
list(c)
c.close()
c = conn.cursor("n2")
c.itersize = "a"
c.itersize = 2
c.execute("select generate_series(1, 6)")
next(c), c.fetchone(), next(c), c.fetchmany(2), c.fetchall()
c.rownumber

# %% named, negative sizes
c = conn.cursor("n")
c.itersize = -1
c.execute("select generate_series(1, 3)")
list(c)
conn.rollback()
c = conn.cursor("n")
c.execute("select generate_series(1, 3)")
c.fetchmany(-1)

# %% named, size 0
c = conn.cursor("n")
c.itersize = 0
c.arraysize = 0
c.execute("select generate_series(1, 3)")
c.fetchmany()
list(c)

# %% named after a failed declare
c = conn.cursor("n")
c.execute("select foo")
conn.rollback()
c.execute("select 1")
c.fetchone()
c.close()

# %% named twice
c = conn.cursor("n")
c.execute("select 1")
c.execute("select 2")
c.fetchone()

# %% named unused
c = conn.cursor("n")
c.close()
cur.execute("select 1")
c = conn.cursor("un'us\"ed%")
c.close()
conn.autocommit = True
c = conn.cursor("x")
c.close()

# %% named misuse
conn.cursor("n").executemany("select 1", [()])
conn.cursor("n").callproc("abs", (1,))
conn.cursor("n").copy_from(StringIO(""), "t")
conn.cursor("n").copy_to(StringIO(""), "t")
conn.cursor("n").copy_expert("copy t to stdout", StringIO())
c = conn.cursor("n")
c.execute("select 1")
c.execute("select 2")
c.execute("insert into foo values (1)")
conn.rollback()
c.fetchone()
c = conn.cursor("x")
c.execute("create table foo ()")
conn.rollback()
c = conn.cursor("x")
c.execute("select 1")
conn.commit()
c.fetchone()
c.close()
conn.rollback()
c.close()
conn.rollback()
c = conn.cursor("a%b\"c")
c.execute("select %s", (1,))
c.fetchone()
c.close()
conn.autocommit = True
c = conn.cursor("auto")
c.execute("select 1")
conn.autocommit = False
c = conn.cursor("x")
c.execute("")
c.execute("select 1; select 2")
conn.rollback()
c = conn.cursor("mog")
c.mogrify("select %s", (1,))

# %% named scroll
c = conn.cursor("n", scrollable=True)
c.execute("select generate_series(0, 9)")
c.scroll(2)
c.fetchone()
c.scroll(-2)
c.fetchone()
c.scroll(8, "absolute")
c.fetchone()
c.scroll(0, mode="absolute")
c.fetchone()
c.scroll(100)
c.fetchone()
c.scroll(-100, "absolute")
c.fetchone()
c = conn.cursor("m", scrollable=False)
c.execute("select generate_series(0, 9)")
c.fetchone()
c.scroll(-1)
conn.rollback()
conn.cursor("q").scroll(1)
c = conn.cursor("p")
c.scrollable = True
c.scrollable = None
c.scrollable = 0
c.scrollable
c.withhold = True
c.withhold = None
c.withhold = "x"
c.withhold
c.execute("select 1")
c.scrollable = True
c.withhold = False

# %% named scroll in no mode
c = conn.cursor("n", scrollable=True)
c.execute("select generate_series(0, 9)")
c.scroll(1, "foo")

# %% named with hold
c = conn.cursor("n", withhold=True)
c.execute("select generate_series(0, 9)")
c.fetchone()
conn.commit()
c.fetchone()
c.fetchmany(2)
conn.rollback()
c.scroll(2)
list(c)
c.close()
conn.autocommit = True
c = conn.cursor("n", withhold=True)
c.execute("select 1")
c.fetchall()
c.close()

# %% stealing a portal
cur.execute("create function pg_temp.rf(refcursor) returns refcursor language plpgsql as $$ begin open $1 for select generate_series(1, 5); return $1; end $$")
cur.callproc("pg_temp.rf", ["portal"])
c = conn.cursor("portal")
c.fetchone()
list(c)
c.close()

# %% a row factory that fetches
class C(ext.cursor):
    def fetchone(self): return super().fetchone()
    def __next__(self): return "next"

c = conn.cursor(cursor_factory=C)
c.execute("select 1")
list(zip(c, range(2)))

# %% named, backwards
c = conn.cursor("n", scrollable=True)
c.execute("select generate_series(1, 9)")
c.fetchmany(4)
c.fetchmany(-1)
c.fetchmany(-2)
c.itersize = -3
next(c)
c.fetchone()
c.fetchmany(0)

# %% named, sizes of 64 bits
c = conn.cursor("n", withhold=True)
c.execute("select 1")
c.fetchmany(2**40)

# %% named, of SQL
conn.autocommit = True
cur.execute("declare held cursor with hold for select generate_series(1, 3)")
c = conn.cursor("held")
c.fetchone()
c.close()
conn.cursor("held", withhold=True).fetchone()

# %% scroll where rows are gone
cur.execute("select generate_series(1, 5)")
cur.execute("select %s", ())
cur.scroll(2)
cur.scroll(9)
cur.fetchone()
cur.scroll(0)
cur.execute("create table compat_gone as select generate_series(1, 5)")
cur.scroll(2)
cur.fetchall()

# %% executemany that fails on its way
cur.execute("create table compat_many (x int)")
cur.executemany("insert into compat_many values (%s)", [(1,), (object(),)])
cur.fetchone()
cur.executemany("insert into compat_many values (%s) returning x", [(1,), (2,)])
cur.pgresult_ptr, cur.description, cur.rowcount
cur.fetchone()

# %% cast of what is no OID
cur.cast(None, "1"), cur.cast("int4", "1"), cur.cast([], "1"), cur.cast(2**40, "1"), cur.cast(True, "1")
cur.cast(23, 5)

# %% init again, of a named one
c = conn.cursor("n")
c.execute("select 1")
c.arraysize, c.itersize = 5, 6
c.tzinfo_factory = None
c.__init__(conn)
c.name, c.arraysize, c.itersize, c.tzinfo_factory, c.rowcount
c.fetchone()
c.close()
c.__init__(conn)
c.closed
d = connect()
c.__init__(d)

# %% placeholder of a name, without its s
cur.mogrify("%(a)%%(a)s", {"a": 1})
cur.mogrify("%(a)%%", {"a": 1})
cur.mogrify("%(a)%", {"a": 1})
cur.mogrify("%\u20ac", (1,))

# %% named, made before a commit
n = conn.cursor("n")
w = conn.cursor("w", withhold=True)
cur.execute("select 1")
conn.commit()
n.execute("select 1")
n.fetchone()
n.scroll(1)
n.close()
w.execute("select 1")
w.fetchone()
conn.rollback()
w.close()
w = conn.cursor("w2", withhold=True)
cur.execute("select 1")
conn.commit()
w.fetchone()
conn.rollback()
w.scroll(1)
conn.rollback()
w.close()
n.__init__(conn)
n.execute("select 1")
