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

# %% one, many and all
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

# %% from what has no rows
cur.execute("create temp table t (a int)")
cur.fetchone()
cur.fetchmany()
cur.fetchall()
next(cur)
cur.scroll(0)
cur.description

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

# %% a row factory that fetches
class C(ext.cursor):
    def fetchone(self): return super().fetchone()
    def __next__(self): return "next"

c = conn.cursor(cursor_factory=C)
c.execute("select 1")
list(zip(c, range(2)))

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

# %% cast of what is no OID
cur.cast(None, "1"), cur.cast("int4", "1"), cur.cast([], "1"), cur.cast(2**40, "1"), cur.cast(True, "1")
cur.cast(23, 5)
