# %% SQL
S = sql.SQL
S("select").as_string(conn), S("select"), S("a").string
S(5)
S(b"x")
S()
S(None)
S("a") == S("a"), S("a") == "a", S("a") != S("b")
hash(S("a")) == hash(S("a"))
S("a") + S("b")
S("a") * 3
3 * S("a")
S("a") * "x"
S("a") + 5
S("a") + "b"
S(", ").join([S("a"), sql.Identifier("b")])
S(", ").join([])
S(", ").join(["a"])
S(", ").join(5)
S(", ").join(x for x in (S("a"), S("b")))
S("a{}").as_string(cur)
S("a").as_string(5)
S("a").as_string(None)
S("a").foo
S("a").string = 1
list(S("a"))
str(S("a"))
bool(S(""))

# %% format
S, I, L, P = sql.SQL, sql.Identifier, sql.Literal, sql.Placeholder
S("{}").format(I("a"))
S("{0} {0} {1}").format(I("a"), L(1))
S("{x} {y}").format(x=I("a"), y=P("b"))
S("{} {x}").format(I("a"), x=L("b")).as_string(conn)
S("{{}} {}").format(I("a")).as_string(conn)
S("{}").format()
S("{} {}").format(I("a"))
S("{x}").format()
S("{}").format("a")
S("{}").format(5)
S("{:x}").format(I("a"))
S("{!r}").format(I("a"))
S("{} {0}").format(I("a"))
S("{0} {}").format(I("a"))
S("{").format()
S("}").format()
S("").format()
S("a").format(I("b"))
S("{x.y}").format(x=I("a"))
S("{x[0]}").format(x=I("a"))
S("{}").format(S("{}"))
S("%s {} %%").format(I("a%b")).as_string(conn)

# %% Identifier
I = sql.Identifier
I("a"), I("a", "b"), I('a"b').as_string(conn), I("a", "b").as_string(conn)
I()
I(5)
I("a", 5)
I(None)
I("a").string, I("a").strings, I("a", "b").strings
I("a", "b").string
I("a") == I("a"), I("a") == I("a", "b"), I("a") == "a", hash(I("a")) == hash(I("a"))
I("").as_string(conn)
I("a\0b").as_string(conn)
I("\u20ac").as_string(conn)
I("a").as_string(5)
I("a") + I("b")
I("a") * 2
I(*"abc").as_string(cur)

# %% Literal
L = sql.Literal
L(1), L("a'b"), L(None), L([1]), L(1).wrapped
[L(v).as_string(conn) for v in (1, -1, "a'b\\", None, True, [1, None], 1.5, D("1.5"), date(2020, 1, 1), b"\x00", (1, 2), "\u20ac")]
L(object()).as_string(conn)
L({}).as_string(conn)
L(1) == L(1), L(1) == L(1.0), L(1) == 1
hash(L(1)) == hash(L(1))
hash(L([]))
L()
L("a\0b").as_string(conn)
L(extras.Json({"a": 1})).as_string(conn)
conn.set_client_encoding("latin1")
L("\xe8").as_string(conn)
L("\u20ac").as_string(conn)

# %% Placeholder
P = sql.Placeholder
P(), P("a"), P().as_string(conn), P("a").as_string(conn), P("a").name, P().name
P("a)b")
P("a(b")
P("a%b").as_string(conn)
P(5)
P(None)
P("")
P() * 3, sql.SQL(",").join(P() * 2).as_string(conn)
P("a") == P("a"), P() == P(), hash(P()) == hash(P())
repr(P("a")), repr(P())

# %% Composed
C = sql.Composed
C([sql.SQL("a"), sql.Identifier("b")])
C([sql.SQL("a")]).seq
C(["a"])
C(5)
C([])
C([]).as_string(conn)
C([sql.SQL("a")]) + sql.SQL("b")
C([sql.SQL("a")]) + C([sql.SQL("b")])
C([sql.SQL("a")]) + 5
sql.SQL("a") + C([sql.SQL("b")])
C([sql.SQL("a"), sql.SQL("b")]).join(", ")
C([sql.SQL("a"), sql.SQL("b")]).join(sql.SQL("-")).as_string(conn)
C([sql.SQL("a"), sql.SQL("b")]).join(5)
C([sql.SQL("a"), sql.SQL("b")]).join(sql.Identifier("x"))
C([sql.SQL("a")]) * 2
C([sql.SQL("a")]) == C([sql.SQL("a")])
list(C([sql.SQL("a"), sql.SQL("b")]))
hash(C([sql.SQL("a")])) == hash(C([sql.SQL("a")]))
len(C([]))
C([sql.SQL("a")])[0]

# %% executing
cur.execute(sql.SQL("select {} as {}").format(sql.Literal("it's 5%"), sql.Identifier("a%b")))
cur.fetchone(), cur.description[0].name
cur.execute(sql.SQL("select {}").format(sql.Placeholder()), (5,))
cur.fetchone()
cur.execute(sql.SQL("select {}").format(sql.Placeholder("x")), {"x": 5})
cur.fetchone()
cur.execute(sql.Identifier("a"))
conn.rollback()
cur.execute(sql.Composed([]))
cur.executemany(sql.SQL("select {}").format(sql.Placeholder()), [(1,), (2,)])
class Own(sql.Composable):
    def as_string(self, context): return "select 'own'"

cur.execute(Own("x"))
cur.fetchone()
class Bad(sql.Composable):
    def as_string(self, context): return 5

cur.execute(Bad("x"))
class Raises(sql.Composable):
    def as_string(self, context): raise ZeroDivisionError

cur.execute(Raises("x"))
sql.Composable("x")
sql.Composable("x").as_string(conn)
sql.Composable("a") + sql.Composable("b")
sql.NULL, sql.DEFAULT
sql.NULL.as_string(conn), sql.DEFAULT.as_string(conn)
[n for n in dir(sql) if n[0].isupper()]
