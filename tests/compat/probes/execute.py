# %% several kinds
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

# %% what a failed one keeps
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

# %% refused, bad query type
cur.execute("select 5")
cur.execute(1)
cur.fetchone()

# %% refused, None
cur.execute("select 5")
cur.execute(None)
cur.fetchone()

# %% refused, no such letter
cur.execute("select 5")
conn.set_client_encoding("latin1")
cur.execute("select 5")
cur.execute("select '\u0416'")
cur.fetchone()

# %% refused, empty
cur.execute("select 5")
cur.execute("")
cur.fetchone()

# %% refused, bad argument
cur.execute("select 5")
cur.execute("select %s", (object(),))
cur.fetchone()

# %% refused, empty bytes
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

# %% executemany that fails on its way
cur.execute("create table compat_many (x int)")
cur.executemany("insert into compat_many values (%s)", [(1,), (object(),)])
cur.fetchone()
cur.executemany("insert into compat_many values (%s) returning x", [(1,), (2,)])
cur.pgresult_ptr, cur.description, cur.rowcount
cur.fetchone()

# %% placeholder of a name, without its s
cur.mogrify("%(a)%%(a)s", {"a": 1})
cur.mogrify("%(a)%%", {"a": 1})
cur.mogrify("%(a)%", {"a": 1})
cur.mogrify("%\u20ac", (1,))
