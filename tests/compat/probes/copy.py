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

# %% through execute
cur.execute("copy (values (1, 'one'), (2, null)) to stdout")
cur.fetchall()
cur.fetchone()

# %% from stdin through execute
cur.execute("create temp table t (a int)")
cur.execute("copy t from stdin")
cur.execute("select 1")
