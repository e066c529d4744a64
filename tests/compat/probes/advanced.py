# %% adaptation protocol
class P:
    def __init__(self, x): self.x = x

class A:
    def __init__(self, o): self.o = o
    def getquoted(self): return b"'%d'" % self.o.x

ext.adapt(P(1))
ext.register_adapter(P, A)
ext.adapt(P(1)).getquoted()
cur.execute("select %s, %s", (P(1), [P(2)]))
cur.fetchone()
ext.adapters[(P, ext.ISQLQuote)]
class Q(P): pass

ext.adapt(Q(3)).getquoted()
ext.register_adapter(Q, lambda o: ext.AsIs("q"))
ext.adapt(Q(3)).getquoted()
del ext.adapters[(Q, ext.ISQLQuote)]
ext.adapt(Q(3)).getquoted()
ext.register_adapter(1, 2)
ext.register_adapter(P)
ext.register_adapter(P, None)
ext.adapt(P(1))
ext.register_adapter(P, 5)
ext.adapt(P(1))
ext.register_adapter(P, lambda o: 12)
ext.adapt(P(1))
cur.mogrify("%s", (P(1),))
ext.register_adapter(P, lambda o: 1 / 0)
ext.adapt(P(1))
cur.mogrify("%s", (P(1),))

# %% conform
class C:
    def __conform__(self, proto):
        if proto is ext.ISQLQuote: return ext.AsIs("conformed")

ext.adapt(C()).getquoted()
cur.mogrify("%s %s", (C(), [C()]))
class N:
    def __conform__(self, proto): return None

ext.adapt(N())
cur.mogrify("%s", (N(),))
class E:
    def __conform__(self, proto): raise TypeError("x")

ext.adapt(E())
class F:
    def __conform__(self, proto): raise KeyError("x")

ext.adapt(F())
cur.mogrify("%s", (F(),))
class I(int):
    def __conform__(self, proto): return ext.AsIs("int conformed")

ext.adapt(I(1)).getquoted()
class M:
    def __conform__(self): return 1

ext.adapt(M())
class K:
    __conform__ = 5

ext.adapt(K())
class T:
    def __adapt__(self, o): return ext.AsIs("adapted by protocol")

ext.adapt(object(), T())
ext.adapt(object(), ext.ISQLQuote, 5)
ext.adapt(1, int)
ext.adapt(object(), T)
ext.adapt()
ext.adapt(1, 2, 3, 4)
ext.adapt(C, ext.ISQLQuote)
cur.mogrify("%s", (C,))

# %% adapters that misbehave
class P: pass

class A:
    def __init__(self, o): pass
    def getquoted(self): return "text"

ext.register_adapter(P, A)
cur.mogrify("%s", (P(),))
A.getquoted = lambda self: None
cur.mogrify("%s", (P(),))
A.getquoted = lambda self: 5
cur.mogrify("%s", (P(),))
A.getquoted = lambda self: bytearray(b"x")
cur.mogrify("%s", (P(),))
A.getquoted = lambda self: 1 / 0
cur.mogrify("%s", (P(),))
del A.getquoted
cur.mogrify("%s", (P(),))
A.getquoted = lambda self: b"ok%s"
cur.mogrify("%s", (P(),))
A.prepare = lambda self, c: 1 / 0
cur.mogrify("%s", (P(),))
A.prepare = lambda self: None
cur.mogrify("%s", (P(),))
A.prepare = 5
cur.mogrify("%s", (P(),))
A.prepare = lambda self, c: setattr(A, "got", c is conn)
cur.mogrify("%s", ([P()],))
A.got

# %% overriding built-in adapters
ext.register_adapter(int, lambda i: ext.AsIs("int%d" % i))
cur.mogrify("%s %s %s", (1, [1], (1, 2)))
cur.mogrify("%s", (True,))
ext.register_adapter(str, lambda i: ext.AsIs("STR"))
cur.mogrify("%s %s", ("a", ["b"]))
ext.register_adapter(float, lambda f: ext.AsIs("NULL") if f != f else ext.Float(f))
cur.mogrify("%s %s", (nan, 1.5))
ext.register_adapter(dict, extras.Json)
cur.mogrify("%s", ({"a": "x"},))
ext.register_adapter(type(None), lambda n: ext.AsIs("none"))
cur.mogrify("%s %s", (None, [None]))
ext.register_adapter(list, lambda n: ext.AsIs("list"))
cur.mogrify("%s %s", ([], [None]))
ext.register_adapter(tuple, lambda n: ext.AsIs("tuple"))
cur.mogrify("%s", ((1,),))
ext.register_adapter(bool, lambda n: ext.AsIs("bool"))
cur.mogrify("%s", (True,))

# %% subclasses adapt
import enum, collections
class I(int):
    def __str__(self): return "strange"

class S(str):
    def __str__(self): return "strange"

class F(float): pass

class L(list): pass

class T(tuple): pass

class DT(dt): pass

class DD(date): pass

class B(bytes): pass

cur.mogrify("%s %s %s %s %s", (I(5), S("a'b"), F(1.5), L([1]), T((1,))))
cur.mogrify("%s %s %s", (DT(2020, 1, 1), DD(2020, 1, 1), B(b"x")))
class En(enum.IntEnum):
    A = 1

class Es(str, enum.Enum):
    A = "x"

class Ep(enum.Enum):
    A = 1

class Fl(enum.IntFlag):
    A = 4

cur.mogrify("%s %s", (En.A, Fl.A))
cur.mogrify("%s", (Es.A,))
cur.mogrify("%s", (Ep.A,))
N = collections.namedtuple("N", "a b")
cur.mogrify("%s %s", (N(1, "x"), [N(1, 2)]))
cur.mogrify("%(a)s", collections.OrderedDict(a=1))
cur.mogrify("%(a)s", collections.defaultdict(int))
cur.mogrify("%(a)s", collections.UserDict(a=1))
cur.mogrify("%s %s", collections.UserList([1, 2]))
cur.mogrify("%s", (collections.deque([1]),))

# %% lists
cur.mogrify("%s", ([],))
cur.mogrify("%s", ([None, None],))
cur.mogrify("%s", ([[], []],))
cur.mogrify("%s", ([[1, None], [None, 2]],))
cur.mogrify("%s", ([object()],))
cur.mogrify("%s", ([[object()]],))
cur.mogrify("%s", ((object(),),))
cur.mogrify("%s", ([1, [2]],))
cur.mogrify("%s", ([{}],))
a = [1]
a.append(a)
cur.mogrify("%s", (a,))
cur.mogrify("%s", (["it's", "back\\slash"],))
cur.mogrify("%s", ([["a"], ["b"]],))
cur.mogrify("%s", ([date(2020, 1, 1), None],))
cur.mogrify("%s", ([b"\x00"],))
cur.mogrify("%s", ([extras.Json({})],))
cur.mogrify("%s", (([1, 2], [3]),))
cur.mogrify("%s", (((),),))
cur.mogrify("%s", ((),))

# %% new_type
T = ext.new_type((23, 20), "INTS", lambda s, c: s and ("T", s))
T, T.name, T.values, T == 23, T == 21, T == T
repr(T).split(" at ")[0]
T("1", cur)
T(None, cur)
ext.register_type(T, cur)
cur.execute("select 1, null::int, 1::int8, array[1]")
cur.fetchone()
conn.cursor().execute("select 1")
ext.register_type(T, conn)
c = conn.cursor()
c.execute("select 1")
c.fetchone()
sorted(conn.string_types), sorted(cur.string_types)
ext.register_type(T, 1)
ext.register_type(1)
ext.register_type(T, None)
ext.register_type()
ext.new_type((23,), "X", 5)("1", None)
ext.new_type((23,), "X", None)
ext.new_type((23,), "X")
ext.new_type((23,), "X")("1", None)
ext.new_type(23, "X", int)
ext.new_type([23], "X", int)
ext.new_type(("x",), "X", int)
ext.new_type((), "X", int)
ext.new_type((2**33,), "X", int)
ext.new_type((-1,), "X", int)
ext.new_type((23,), 5, int)
ext.new_type((23,), "X", int, T)
ext.new_type((23,), "X", int, 5)
ext.new_type(values=(23,), name="X", castobj=int, baseobj=T).name
ext.new_type((23,), "\u20ac", int).name

# %% casters see
got = []
T = ext.new_type((25, 23, 17), "SEE", lambda s, c: got.append((s, type(c), c is cur)))
ext.register_type(T, cur)
cur.execute("select 'a\u20ac', 1, null::int, 'x'::bytea")
cur.fetchone()
got
T = ext.new_type((23,), "BAD", lambda s, c: 1 / 0)
ext.register_type(T, cur)
cur.execute("select 1")
cur.fetchone()
cur.fetchall()
T = ext.new_type((23,), "ARGS", lambda: 1)
ext.register_type(T, cur)
cur.execute("select 1")
cur.fetchone()
T = ext.new_type((23,), "BASED", lambda s, c: ("based", s), ext.BYTES)
ext.register_type(T, cur)
cur.execute("select 1")
cur.fetchone()

# %% new_array_type
T = ext.new_type((23,), "T", lambda s, c: s and ("T", s))
TA = ext.new_array_type((1007,), "T[]", T)
TA.name, TA.values, TA("{1,NULL}", cur), TA(None, cur), TA == 1007
ext.register_type(TA, cur)
cur.execute("select array[1, 2], array[array[1]], '{}'::int[]")
cur.fetchone()
ext.new_array_type((1007,), "T[]", 5)
ext.new_array_type((1007,), "T[]")
ext.new_array_type(1007, "T[]", T)
ext.new_array_type((1007,), "TT", TA)("{1}", cur)
ext.new_array_type(values=(1,), name="x", baseobj=T).name

# %% global typecasters
T = ext.new_type((23,), "T", lambda s, c: ("global", s))
ext.register_type(T)
cur.execute("select 1")
cur.fetchone()
ext.string_types[23].name
conn.cursor().cast(23, "5")
ext.register_type(ext.new_type((705,), "U", lambda s, c: ("u", s)))
cur.execute("select 'x'")
cur.fetchone()

# %% asynchronous connection
c = connect(dsn, async_=True)
def wait(c, log=None):
    while True:
        s = c.poll()
        if s == ext.POLL_OK: return
        select.select([c] if s == ext.POLL_READ else [], [c] if s == ext.POLL_WRITE else [], [], 10)

wait(c)
c.autocommit, c.isexecuting(), c.status, c.async_
c.fileno() > 0
c.commit()
c.rollback()
c.autocommit = True
c.autocommit = False
c.set_session(readonly=True)
c.set_isolation_level(1)
c.set_client_encoding("latin1")
c.reset()
c.cancel()
c.lobject()
c.tpc_begin("x")
c.cursor("named")
with c: pass

u = c.cursor()
u.execute("select 1")
c.isexecuting()
u.execute("select 2")
u.fetchone()
u.fetchall()
u.rowcount
u.description
c.cursor().execute("select 3")
u.mogrify("select %s", (1,))
u.callproc("abs", (1,))
wait(c)
c.isexecuting()
u.fetchone()
u.rowcount, u.statusmessage
u.executemany("select 1", [()])
u.copy_from(StringIO(""), "x")
u.copy_to(StringIO(""), "x")
u.copy_expert("copy x to stdout", StringIO())
u.callproc("abs", (-2,))
wait(c)
u.fetchall()
u.execute("foo")
wait(c)
c.isexecuting()
u.execute("select 1; select 2")
wait(c)
u.fetchall()
u.execute("begin")
wait(c)
c.get_transaction_status()
u.execute("")
wait(c)
c.poll()
u.execute("listen compat_a; notify compat_a, 'x'")
wait(c)
[(n.channel, n.payload) for n in c.notifies]
c.encoding
u.execute("set client_encoding to latin1")
wait(c)
c.encoding
c.close()
c.poll()
c.isexecuting()
c.fileno()

# %% asynchronous close while executing
c = connect(dsn, async_=True)
extras.wait_select(c)
u = c.cursor()
u.execute("select pg_sleep(30)")
u.close()
c.close()
c.closed

# %% asynchronous connection that fails
c = connect(dsn, async_=True, dbname="nonesuch")
extras.wait_select(c)
c.closed
c.poll()
c.cursor()
c.close()
c = connect(dsn, async_=True, port=1)
extras.wait_select(c)

# %% asynchronous before it is ready
c = connect(dsn, async_=True)
c.cursor()
c.commit()
c.isexecuting()
c.get_transaction_status()
c.closed
c.fileno() > 0
c.encoding
c.autocommit
c.close()

# %% asynchronous, server goes
c = connect(dsn, async_=True)
extras.wait_select(c)
kill(c)
u = c.cursor()
u.execute("select 1")
extras.wait_select(c)
c.closed

# %% poll of a synchronous connection
conn.poll()
conn.isexecuting()
cur.execute("select 1")
conn.poll()
conn.isexecuting()

# %% green
calls = []
def callback(c):
    calls.append(1)
    extras.wait_select(c)

ext.get_wait_callback()
ext.set_wait_callback(callback)
ext.get_wait_callback() is callback
cur.execute("select 1")
cur.fetchone()
len(calls) > 0
c2 = connect()
c2.close()
cur.execute("foo")
conn.rollback()
cur.executemany("select %s", [(1,), (2,)])
conn.commit()
cur.callproc("abs", (-3,))
cur.fetchone()
c = conn.cursor("nn")
c.execute("select generate_series(1, 3)")
list(c)
c.close()
conn.set_client_encoding("latin1")
conn.notices
cur.execute("do $$ begin raise notice 'hello'; end $$")
ext.set_wait_callback(None)
ext.get_wait_callback()
ext.set_wait_callback()

# %% green callback that is none
ext.set_wait_callback(5)
ext.get_wait_callback()

# %% green COPY
ext.set_wait_callback(extras.wait_select)
cur.copy_expert("copy (select 1) to stdout", StringIO())

# %% green large object
ext.set_wait_callback(extras.wait_select)
conn.lobject(0, "w").close()

# %% green callback that fails
ext.set_wait_callback(lambda c: 1 / 0)
cur.execute("select 1")
conn.closed
ext.set_wait_callback(None)
cur.execute("select 1")
conn.rollback()

# %% green callback that returns too early
ext.set_wait_callback(lambda c: None)
cur.execute("select 1")
ext.set_wait_callback(None)
conn.closed

# %% green with an asynchronous connection
ext.set_wait_callback(extras.wait_select)
c = connect(dsn, async_=True)
c.status
ext.set_wait_callback(None)
extras.wait_select(c)

# %% copy_from
cur.execute("create temp table t (a int, b text)")
cur.copy_from(StringIO("1\ta\n2\t\\N\n"), "t")
cur.rowcount
cur.copy_from(StringIO("3,x\n"), "t", sep=",")
cur.copy_from(StringIO("x\n"), "t", columns=("b",))
cur.copy_from(StringIO("5\tNIL\n"), "t", null="NIL")
cur.copy_from(BytesIO(b"6\tbytes\n"), "t")
cur.copy_from(StringIO("7\tunfinished"), "t", size=3)
cur.copy_from(StringIO(""), "t")
cur.rowcount
cur.execute("select * from t")
cur.fetchall()
cur.copy_from(StringIO("x\ty\n"), "t")
conn.rollback()
cur.copy_from(StringIO("1\n"), "nonesuch")
conn.rollback()
cur.copy_from(5, "t")
cur.copy_from(None, "t")
cur.copy_from(StringIO(""), 5)
cur.copy_from(StringIO(""))
cur.copy_from(StringIO(""), "t", sep=5)
cur.copy_from(StringIO(""), "t", sep=None)
cur.copy_from(StringIO(""), "t", null=None)
cur.copy_from(StringIO(""), "t", size="x")
cur.copy_from(StringIO(""), "t", size=0)
conn.rollback()
cur.copy_from(StringIO(""), "t", columns=5)
cur.copy_from(StringIO(""), "t", columns=[1])
cur.copy_from(StringIO(""), "t", columns="ab")
conn.rollback()
cur.copy_from(StringIO(""), "t", columns=[])
conn.rollback()
cur.copy_from(StringIO(""), "sch.t\"x")
conn.rollback()
cur.copy_from(StringIO(""), "a\0b")
conn.rollback()
cur.copy_from(StringIO(""), "t", columns=["a\"b", "\u20ac"])
conn.rollback()
cur.copy_from(StringIO(""), "t", sep="'", null="it's\\")
conn.rollback()

# %% copy_from files that misbehave
cur.execute("create temp table t (a text)")
conn.commit()
class F:
    def __init__(self, *answers): self.answers = list(answers)
    def read(self, size=-1):
        a = self.answers.pop(0)
        if isinstance(a, Exception): raise a
        return a
    readline = read

cur.copy_from(F("a\n", "b\n", ""), "t")
conn.commit()
cur.copy_from(F(ZeroDivisionError("x")), "t")
conn.rollback()
cur.copy_from(F("a\n", KeyError("x")), "t")
conn.rollback()
cur.copy_from(F(5), "t")
conn.rollback()
cur.copy_from(F(None), "t")
conn.rollback()
cur.copy_from(F("a" * 10000, ""), "t", size=10)
conn.rollback()
cur.copy_from(F(bytearray(b"ab\n"), b""), "t")
conn.rollback()
cur.copy_from(F(), "t")
conn.rollback()
class NoRead:
    pass

cur.copy_from(NoRead(), "t")
class NoLine:
    def read(self, n): return ""

cur.copy_from(NoLine(), "t")
conn.rollback()

# %% copy_to
cur.execute("create temp table t (a int, b text); insert into t values (1, 'x'), (2, null), (3, '\u20ac')")
f = StringIO()
cur.copy_to(f, "t")
f.getvalue(), cur.rowcount
f = BytesIO()
cur.copy_to(f, "t", sep="|", null="NIL")
f.getvalue()
f = StringIO()
cur.copy_to(f, "t", columns=("b", "a"))
f.getvalue()
cur.copy_to(5, "t")
cur.copy_to(StringIO(), "nonesuch")
conn.rollback()
class W:
    def write(self, data): raise ZeroDivisionError("w")

cur.execute("create temp table t (a int); insert into t values (1), (2)")
cur.copy_to(W(), "t")
conn.rollback()
class G:
    def __init__(self): self.got = []
    def write(self, data): self.got.append(data); return "junk"

g = G()
cur.copy_to(g, "pg_am", columns=["amname"])
len(g.got) > 1, type(g.got[0])

# %% copy_expert
cur.execute("create temp table t (a int, b text)")
cur.copy_expert("copy t from stdin csv", StringIO("1,a\n2,\"b,c\"\n"))
cur.rowcount, cur.query
f = StringIO()
cur.copy_expert("copy t to stdout csv header", f)
f.getvalue()
f = StringIO()
cur.copy_expert(sql.SQL("copy {} to stdout").format(sql.Identifier("t")), f)
f.getvalue()
f = BytesIO()
cur.copy_expert("copy (select 1) to stdout binary", f)
f.getvalue()
cur.copy_expert(b"copy t to stdout", StringIO())
cur.copy_expert("select 1", StringIO())
cur.copy_expert("insert into t values (9)", StringIO())
cur.copy_expert("", StringIO())
cur.copy_expert(None, StringIO())
cur.copy_expert("copy t to stdout", None)
cur.copy_expert("copy t to stdout", 5)
cur.copy_expert("copy t from stdin", object())
cur.copy_expert("foo", StringIO())
conn.rollback()
cur.copy_expert("copy t to stdout")
cur.copy_expert(sql="copy (select 1) to stdout", file=StringIO())
cur.copy_expert("copy (select 1) to stdout", StringIO(), size=10)
cur.copy_expert("copy (select 1) to stdout", StringIO(), 10)
cur.copy_expert("copy (select '\u20ac') to stdout", BytesIO())
cur.copy_expert("copy (select 1/0) to stdout", BytesIO())

# %% copy through execute
cur.execute("copy (values (1, 'one'), (2, null)) to stdout")
cur.fetchall()
cur.fetchone()

# %% copy from stdin through execute
cur.execute("create temp table t (a int)")
cur.execute("copy t from stdin")
cur.execute("select 1")

# %% large objects
l = conn.lobject()
l.oid > 0, l.mode, l.closed
l.write("some data"), l.tell(), l.seek(0), l.read(), l.read(), l.seek(-4, 2), l.read(2), l.tell()
l.write(b"\x00\xff"), l.seek(5), l.truncate(), l.seek(0), l.read()
l.truncate(2), l.seek(0), l.read()
l.truncate(-1)
conn.rollback()
l.read()
l.close()

# %% large object modes
conn.autocommit = False
l = conn.lobject(0, "wb")
n = l.oid
l.mode
l.write("text \u20ac")
l.close()
l.closed
l.read()
l.mode, l.oid == n
[(m, conn.lobject(n, m).mode) for m in ("r", "w", "rw", "rb", "wb", "rwb", "rt", "wt", "rwt", "b", "t", "n", "")]
conn.lobject(n, "rb").read()
conn.lobject(n, "r").read()
conn.lobject(n, "rt").read(6)
conn.lobject(n, "x")
conn.lobject(n, "rr")
conn.lobject(n, "rwx")
conn.lobject(n, 5)
conn.lobject(n, None)
conn.lobject("x")
conn.lobject(-1)
conn.lobject(n, "n").read()
conn.lobject(n, "w").read()
conn.lobject(n, "r").write("x")
conn.rollback()
conn.lobject(1)
conn.rollback()
conn.lobject(1, "w")
conn.rollback()
conn.lobject(0, "n").oid > 0
conn.lobject(new_oid=4000000001, mode="w").oid
conn.lobject(0, "w", 4000000001)
conn.rollback()
conn.lobject(0, "w", 0, "/nonexisting/file")
conn.rollback()
conn.lobject(lobject_factory=5)
conn.lobject(lobject_factory=lambda *a: (a[1:]))
conn.rollback()

# %% large object misuse
l = conn.lobject()
l.seek(0, 5)
l.seek("x")
l.seek()
l.seek(-1)
conn.rollback()
l = conn.lobject()
l.read("x")
l.read(-5)
l.write(5)
l.write(None)
l.write(bytearray(b"x"))
l.write("\ud800")
l.truncate("x")
l.export("/nonexisting/x")
conn.rollback()
l = conn.lobject()
l.unlink()
l.closed
l.read()
l.unlink()
conn.rollback()
l = conn.lobject()
conn.commit()
l.read()
l.seek(0)
l.tell()
l.truncate()
l.export("x")
l.unlink()
l.close()
l.closed
conn.autocommit = True
conn.lobject()
ext.lobject(conn).oid > 0
ext.lobject(1)
ext.lobject()
conn.autocommit = False
l = conn.lobject()
repr(l).split(" at ")[0], l.foo
l.oid = 1
conn.close()
l.closed
l.read()
l.close()
l.unlink()
with l: pass

# %% large objects beyond 2 GB
l = conn.lobject()
l.seek(2**31 + 5), l.tell(), l.truncate(2**31 + 10), l.seek(0, 2)
l.seek(2**42)
conn.rollback()
l = conn.lobject()
l.seek(2**70)
conn.rollback()

# %% two-phase commit
x = conn.xid(42, "gtrid", "bqual")
x, x.format_id, x.gtrid, x.bqual, x.prepared, x.owner, x.database
str(x), tuple(x), len(x), x[0], x[-1], list(x)
x[3]
repr(x)
conn.tpc_begin(x)
conn.status, conn.get_transaction_status()
cur.execute("select 1")
conn.commit()
conn.rollback()
conn.tpc_begin(x)
conn.autocommit = True
conn.tpc_rollback()
conn.status
conn.tpc_commit()
conn.tpc_rollback()
conn.tpc_prepare()
cur.execute("select 1")
conn.tpc_begin(x)
conn.rollback()
conn.autocommit = True
conn.tpc_begin(x)
conn.tpc_begin("plain id")
conn.tpc_begin(5)
conn.tpc_begin()
conn.tpc_rollback("nonesuch")
conn.tpc_commit("nonesuch")
conn.tpc_recover()
conn.reset()

# %% two-phase commit, xids
conn.xid(-1, "a", "b")
conn.xid(0, "a", "b")
conn.xid(2**31, "a", "b")
conn.xid(1, "", "")
conn.xid(1, "a" * 65, "b")
conn.xid(1, "a", "b" * 65)
conn.xid(1, "a" * 64, "b" * 64).gtrid
conn.xid(1, "a\n", "b")
conn.xid(1, "\u20ac", "b")
conn.xid(1, "a b~", "b")
conn.xid("x", "a", "b")
conn.xid(1, 2, "b")
conn.xid(1, "a")
conn.xid()
ext.Xid(1, "a", "b")
ext.Xid.from_string("plain")
x = ext.Xid.from_string("42_Z3RyaWQ=_YnF1YWw=")
x.format_id, x.gtrid, x.bqual, str(x)
x = ext.Xid.from_string("99999999999_Z3RyaWQ=_YnF1YWw=")
x.format_id, x.gtrid, x.bqual, str(x)
x = ext.Xid.from_string("1_!!_YnF1YWw=")
x.format_id, x.gtrid, x.bqual
x = ext.Xid.from_string("1_Z3_YnF1YWw=")
x.format_id, x.gtrid, x.bqual
x = ext.Xid.from_string("")
x.format_id, x.gtrid
ext.Xid.from_string(5)
ext.Xid.from_string(None)
ext.Xid.from_string("a'b\\").gtrid
x == x, x == ext.Xid.from_string(""), hash(x) is not None
x.gtrid = 1
ext.Xid()

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

# %% asynchronous, closed while executing
c = connect(dsn, async_=1)
[extras.wait_select(c), c.isexecuting()]
u = c.cursor()
u.execute("select 1")
c.isexecuting()
c.close()
c.isexecuting()

# %% asynchronous, cursor gone before the error
c = connect(dsn, async_=1)
[extras.wait_select(c), c.isexecuting()]
u = c.cursor()
u.execute("foo")
u = None
extras.wait_select(c)
extras.wait_select(c)
