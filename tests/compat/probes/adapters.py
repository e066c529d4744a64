# %% the protocol
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

# %% those that misbehave
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

# %% overriding those built in
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

# %% subclasses
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
