# %% DictCursor
c = conn.cursor(cursor_factory=extras.DictCursor)
c.execute("select 1 as a, 'x' as b, null as \"c d\"")
r = c.fetchone()
r, type(r), r["a"], r["b"], r[0], r[-1], r[0:2], r.get("a"), r.get("z"), r.get("z", 5)
r["z"]
r[5]
list(r), len(r), list(r.keys()), list(r.values()), list(r.items()), dict(r), "a" in r, 1 in r
r["a"] = 5
r, r == [5, "x", None], r.copy(), r.has_key("a") if hasattr(r, "has_key") else None
r["z"] = 1
pickle.loads(pickle.dumps(r))
import copy
copy.copy(r), copy.deepcopy(r)
r[0] = 7
r["a"]
del r[0]
repr(r), str(r)
r == r, r < r
c.execute("select 1 as a, 2 as a")
r = c.fetchone()
r["a"], dict(r), list(r.items())
c.index
c.execute("select generate_series(1, 3) as n")
[x["n"] for x in c]
c.execute("select generate_series(1, 3) as n")
c.fetchmany(2), c.fetchall(), c.fetchone()
c.execute("insert into pg_temp.nonesuch values (1)")
conn.rollback()
c.callproc("abs", (-1,))
c.fetchone()["abs"]
c.executemany("select %s", [(1,)])
c.execute("select 1 as b")
c.fetchone()["b"]
c = conn.cursor("named", cursor_factory=extras.DictCursor)
c.execute("select generate_series(1, 3) as n")
c.fetchone()["n"], [x["n"] for x in c]
connect(dsn, connection_factory=extras.DictConnection).cursor()
extras.DictRow(c)

# %% RealDictCursor
c = conn.cursor(cursor_factory=extras.RealDictCursor)
c.execute("select 1 as a, 'x' as b, null as \"c d\"")
r = c.fetchone()
r, type(r), r["a"], list(r), len(r), list(r.items()), r == {"a": 1, "b": "x", "c d": None}
r["z"]
r[0]
r["z"] = 1
r, r.pop("a"), r
pickle.loads(pickle.dumps(r))
import copy
copy.copy(r), copy.deepcopy(r)
c.execute("select 1 as a, 2 as a, 3 as b")
c.fetchone()
c.execute("select generate_series(1, 3) as n")
c.fetchmany(2), c.fetchall(), c.fetchone(), list(c)
c = conn.cursor("named", cursor_factory=extras.RealDictCursor)
c.execute("select generate_series(1, 3) as n")
c.fetchone(), list(c)
connect(dsn, connection_factory=extras.RealDictConnection).cursor()
extras.RealDictRow(a=1), extras.RealDictRow({"a": 1}), extras.RealDictRow([("a", 1)])
extras.RealDictRow()
json.dumps(r)

# %% NamedTupleCursor
c = conn.cursor(cursor_factory=extras.NamedTupleCursor)
c.execute("select 1 as a, 'x' as b")
r = c.fetchone()
r, type(r).__name__, r.a, r[0], r._fields, r == (1, "x"), r._asdict(), r._replace(a=2)
c.execute("select 1 as \"a b\", 2 as \"1\", 3 as \"_x\", 4 as \"class\", 5, 6, 7 as \"\u20ac\", 8 as \"a-b\", 9 as \"\"\"\"")
c.fetchone()._fields
c.execute("select 1 as a, 2 as a")
c.fetchone()
conn.rollback()
c.execute("select generate_series(1, 3) as n")
c.fetchmany(2), c.fetchall(), c.fetchone(), list(c)
c.execute("create temp table t ()")
c.fetchone()
c.Record
c = conn.cursor("named", cursor_factory=extras.NamedTupleCursor)
c.execute("select generate_series(1, 3) as n")
c.fetchone(), c.fetchmany(1), list(c)
connect(dsn, connection_factory=extras.NamedTupleConnection).cursor()
extras.NamedTupleCursor.MAX_CACHE

# %% execute_values
cur.execute("create temp table t (a int, b text)")
E = extras.execute_values
E(cur, "insert into t values %s", [(1, "a"), (2, "b'c")])
cur.query, cur.rowcount, cur.statusmessage
E(cur, "insert into t values %s", [(i, "x") for i in range(5)], page_size=2)
cur.query, cur.rowcount
E(cur, "insert into t values %s returning a", [(i, "x") for i in range(5)], page_size=2, fetch=True)
E(cur, "insert into t values %s returning a", [(1, "q")], fetch=False)
cur.fetchall()
E(cur, "insert into t (a) values %s", [[1], [2]], template="(%s + 1)")
E(cur, "insert into t values %s", [{"a": 1, "b": "z"}], template="(%(a)s, %(b)s)")
E(cur, "insert into t values %s", [])
cur.query
E(cur, "insert into t values %s", ((i, "g") for i in range(3)))
E(cur, b"insert into t values %s", [(1, "a")])
E(cur, sql.SQL("insert into {} values %s").format(sql.Identifier("t")), [(1, "a")])
E(cur, "select 5 %% 3, * from (values %s) v", [(1, 2)])
cur.fetchall()
E(cur, "insert into t values", [(1, "a")])
E(cur, "insert into t values %s %s", [(1, "a")])
E(cur, "insert into t values %(x)s", [(1, "a")])
E(cur, "insert into t values %d", [(1, "a")])
E(cur, "insert into t values %", [(1, "a")])
E(cur, "insert into t values %s", [1, 2])
E(cur, "insert into t values %s", [(1, object())])
E(cur, "insert into t values %s", None)
E(cur, "insert into t values %s", [()])
conn.rollback()
E(cur, "select * from (values %s) v", [(1, 2), (3, 4)], fetch=True, page_size=1)
E(cur, "select * from (values %s) v", [(1, 2)], page_size=0)
E(cur, "select * from (values %s) v", [(1, 2)], "(%s, %s, 5)")
cur.fetchall()
E(cur, "select * from (values %s) v", [(1,)], "(%s, %s)")
E(cur, None, [(1,)])
E(cur, "select \u20ac from (values %s) v", [("\u20ac",)])
conn.rollback()
E(conn.cursor(cursor_factory=extras.DictCursor), "select * from (values %s) v(a)", [(1,)], fetch=True)

# %% execute_batch
cur.execute("create temp table t (a int, b text)")
B = extras.execute_batch
B(cur, "insert into t values (%s, %s)", [(1, "a"), (2, "b")])
cur.query, cur.rowcount, cur.statusmessage
B(cur, "insert into t values (%s, %s)", [(i, "a") for i in range(5)], page_size=2)
cur.query
B(cur, "insert into t values (%(a)s, %(b)s)", [{"a": 1, "b": "x"}])
B(cur, "insert into t values (%s, %s)", [])
B(cur, "insert into t values (%s, %s)", ((i, "g") for i in range(3)))
B(cur, sql.SQL("insert into t values (%s, %s)"), [(1, "a")])
B(cur, "insert into t values (1, 'x')", [None, None])
B(cur, "insert into t values (%s, %s)", [(1,)])
B(cur, "insert into t values (%s, %s)", None)
B(cur, "insert into t values (%s, %s)", [(1, 2)], page_size=0)
B(cur, b"insert into t values (%s, %s)", [(1, "b")])

# %% LoggingConnection
f = StringIO()
c = connect(dsn, connection_factory=extras.LoggingConnection)
c.cursor()
c.initialize(f)
u = c.cursor()
type(u)
u.execute("select %s", (1,))
u.executemany("select %s", [(2,)])
u.callproc("abs", (-1,))
u.execute("foo")
f.getvalue()
import logging
class H(logging.Handler):
    def __init__(self): super().__init__(); self.got = []
    def emit(self, r): self.got.append((r.levelname, r.getMessage()))

lg = logging.getLogger("compat")
h = H()
lg.addHandler(h)
lg.setLevel(logging.DEBUG)
lg.propagate = False
c = connect(dsn, connection_factory=extras.LoggingConnection)
c.initialize(lg)
u = c.cursor()
u.execute("select '\u20ac'")
h.got
class L(extras.LoggingConnection):
    def filter(self, msg, curs): return b"filtered " + msg

c = connect(dsn, connection_factory=L)
f = StringIO()
c.initialize(f)
c.cursor().execute("select 1")
f.getvalue()
c = connect(dsn, connection_factory=extras.LoggingConnection, cursor_factory=extras.DictCursor)
f = StringIO()
c.initialize(f)
c.cursor()
c.cursor(cursor_factory=extras.DictCursor)
c.cursor("named")

# %% LoggingConnection with no log
c = connect(dsn, connection_factory=extras.LoggingConnection)
c.initialize(5)

# %% MinTimeLoggingConnection
c = connect(dsn, connection_factory=extras.MinTimeLoggingConnection)
f = StringIO()
c.initialize(f, mintime=10000)
u = c.cursor()
type(u)
u.execute("select 1")
f.getvalue()
c.initialize(f, mintime=-1)
u = c.cursor()
u.execute("select 1")
f.getvalue().split("(execution")[0]
u.callproc("abs", (1,))

# %% wait_select
extras.wait_select(conn)
extras.wait_select(5)
conn.close()
extras.wait_select(conn)

# %% names of other modules
extras.quote_ident('a"b', conn), extras.json is json, extras.OrderedDict, extras.psycopg2 is psycopg2
extras.namedtuple("A", "b")(1), extras.lru_cache(1)(abs)(-1)
extras._ext is ext, extras._cursor, extras._connection

# %% hstore, the name of Python 2
extras.HstoreAdapter.parse('"a"=>"1", "b"=>NULL', cur)

# %% DictRow as the list it is
cur = conn.cursor(cursor_factory=extras.DictCursor)
cur.execute("select 3 as a, 1 as b, 2 as c")
r = cur.fetchone()
r.sort(), list(r), r["a"]
r.reverse(), list(r), r["a"]
r.append(9), len(r), r[-1]
r.extend([7, 8]), list(r)
r.remove(9), list(r)
r.insert(0, 5), r["a"], r.count(5), r.index(5)
r.pop(), list(r)
r + [1], r * 2, [1] + r
r.clear(), len(r)
r["a"]
r == [], bool(r), r < [1]
pickle.loads(pickle.dumps(r))
isinstance(cur, extras.DictCursorBase), extras.DictCursorBase.__mro__[1].__name__
extras.DictCursorBase(conn)
extras.DictCursorBase(conn, row_factory=extras.DictRow).row_factory

# %% RealDictRow as the dictionary it is
cur = conn.cursor(cursor_factory=extras.RealDictCursor)
cur.execute("select 3 as a, 1 as b, 2 as c")
r = cur.fetchone()
r.a
r.move_to_end("a"), r
r.popitem(), r
r.setdefault("z", 1), r
r.fromkeys("ab")
extras.RealDictRow.fromkeys(["x"], 5)
r | {"y": 2}, {"y": 2} | r
reversed(r), list(reversed(r))
r.clear(), r, len(r)
r.popitem()
pickle.loads(pickle.dumps(r)), r.copy()
extras.RealDictRow({"a": 1}, b=2), extras.RealDictRow([("a", 1)])

# %% logging cursors
log = StringIO()
c = connect(dsn, connection_factory=extras.LoggingConnection)
c.initialize(log)
k = c.cursor()
type(k), k.execute("select 1"), k.fetchall(), k.callproc("abs", (-1,)), k.fetchone()
log.getvalue()
k.execute("foo")
log.getvalue()
c.rollback()
with c.cursor() as k: k.execute("select 2")
k.executemany("select 3", [()])
extras.LoggingCursor(c).execute("select 4")
log.getvalue()
extras.LoggingCursor(conn).execute("select 5")
class Mine(extras.LoggingConnection):
    def filter(self, msg, curs): return msg.upper() + type(curs).__name__.encode()

c = connect(dsn, connection_factory=Mine)
c.initialize(log)
c.cursor().execute("select 6")
log.getvalue()
m = connect(dsn, connection_factory=extras.MinTimeLoggingConnection)
m.initialize(log, mintime=10**9)
type(m.cursor()), m.cursor().execute("select 7"), log.getvalue().count("select 7")
m.cursor().callproc("abs", (-1,)), log.getvalue().count("abs")
class N(extras.MinTimeLoggingConnection):
    def filter(self, msg, curs): return "seen" if hasattr(curs, "timestamp") else "not"

n = connect(dsn, connection_factory=N)
n.initialize(log, 0)
n.cursor().execute("select 8"), log.getvalue()[-5:]
extras.MinTimeLoggingCursor(n).execute("select 9")

# %% NamedTupleCursor, next
cur = conn.cursor(cursor_factory=extras.NamedTupleCursor)
cur.execute("select 1 as a union all select 2")
next(iter(cur)).a
next(cur)
next(cur)
