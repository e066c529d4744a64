"""Hypothesis strategies that give calls of cursors, connections, pools and the rows of extras."""

from compat.generate import STRINGS, listed, pick, source, tupled
from hypothesis import strategies as st

CALLS = pick("""
cur.execute("select 1")
cur.execute("select generate_series(1, 5)")
cur.execute("select %s, %s", (1, "x"))
cur.execute("select %s, %s", (1,))
cur.execute("select %s", (object(),))
cur.execute("foo")
cur.execute("")
cur.execute("begin")
cur.execute("rollback")
cur.execute("commit; select 7")
cur.execute("create temp table if not exists gen (a int)")
cur.execute("insert into gen values (1), (2)")
cur.execute("insert into gen values (1) returning a")
cur.executemany("select %s", [(1,), (2,)])
cur.executemany("insert into gen values (%s)", [(1,), (2,)])
cur.executemany("insert into gen values (%s)", [])
cur.fetchone()
cur.fetchmany()
cur.fetchmany(2)
cur.fetchmany(0)
cur.fetchmany(-1)
cur.fetchall()
next(cur)
list(cur)
cur.scroll(1)
cur.scroll(-1)
cur.scroll(0, "absolute")
cur.scroll(7, "absolute")
cur.scroll(1, "nowhere")
cur.arraysize = 3
cur.arraysize = "x"
cur.itersize
cur.rownumber
cur.mogrify("%s", (None,))
cur.callproc("abs", (-1,))
cur.callproc("abs", {"x": 1})
cur.callproc("generate_series", [1, 3])
cur.nextset()
cur.setinputsizes(1)
cur.withhold
cur.scrollable = True
cur.name, cur.closed, cur.description
cur = conn.cursor()
cur.close()
named = conn.cursor("gen", withhold=True)
named = conn.cursor("gen", scrollable=True)
named.execute("select generate_series(1, 7)")
named.fetchone()
named.fetchmany(3)
named.fetchall()
next(named)
named.scroll(2)
named.scroll(-1)
named.scroll(1, "absolute")
named.rownumber
named.close()
conn.commit()
conn.rollback()
conn.autocommit = True
conn.autocommit = False
conn.isolation_level = 3
conn.isolation_level = None
conn.readonly = True
conn.readonly = None
conn.deferrable = False
conn.set_session(readonly=False)
conn.set_session("repeatable read", autocommit=True)
conn.set_isolation_level(0)
conn.set_isolation_level(2)
conn.reset()
conn.xid(1, "a", "b")
conn.tpc_begin("gen")
conn.tpc_begin(conn.xid(1, "g", "b"))
conn.tpc_rollback()
conn.set_client_encoding("latin1")
conn.set_client_encoding("utf8")
conn.notices
conn.notifies
cur.execute("notify gen; listen gen; notify gen")
conn.poll()
conn.isexecuting()
conn.get_transaction_status()
conn.cancel()
conn.close()
conn.closed
with conn: cur.execute("select 2")
with conn: cur.execute("bar")
with conn.cursor() as c: c.execute("select 3")
""")

# What depends on how soon the server answers is not among them: poll() alone, and cancel().
ASYNC_CALLS = pick("""
u.execute("select 1")
u.execute("select generate_series(1, 4)")
u.execute("select %s", (5,))
u.execute("select %s", ())
u.execute("foo")
u.execute("")
u.execute("begin")
u.execute("commit")
u.executemany("select 1", [()])
u.callproc("abs", (-1,))
u.fetchone()
u.fetchall()
u.fetchmany(2)
next(u)
u.scroll(1)
u.rownumber, u.rowcount
u.mogrify("%s", (1,))
u.close()
c.cursor("named")
c.isexecuting()
c.notifies
c.commit()
c.rollback()
c.autocommit
c.autocommit = False
c.isolation_level = 1
c.set_session(readonly=True)
c.set_client_encoding("utf8")
c.reset()
c.tpc_begin("a")
c.lobject()
c.get_transaction_status()
c.info.transaction_status
c.status
c.closed
extras.wait_select(c)
extras.wait_select(c)
extras.wait_select(c)
extras.wait_select(c)
""")

FACTORIES = ["DictCursor", "RealDictCursor", "NamedTupleCursor"]
ROW_CALLS = pick("""
cur.execute("select 1 as a, 2 as b")
cur.execute("select 1 as a, 2 as b union all select 3, 4")
cur.execute("select 1, 2 as b")
cur.execute('select 1 as "a b", 2 as "1", 3 as "a-b", 4 as "_x", 5 as "€"')
cur.execute("select")
cur.execute("create temp table if not exists gen (a int)")
cur.execute("foo")
cur.callproc("abs", (-1,))
conn.rollback()
r = cur.fetchone()
rs = cur.fetchmany(2)
rs = cur.fetchall()
r = next(iter(cur))
rs = list(cur)
cur.fetchone()
cur.scroll(0, "absolute")
r
rs
r[0]
r["a"]
r["nope"]
r[5]
r.a
r[0:1]
r._asdict()
r._fields
r.keys(), list(r.values()), r.items()
r.get("a"), r.get("x", 5)
"a" in r, "x" in r, 1 in r
len(r), list(r), repr(r)
r.copy()
r["a"] = 7
r[0] = 7
r["new"] = 8
del r["a"]
del r[0]
r == r, r == [1, 2], r == {"a": 1, "b": 2}, r == (1, 2)
dict(r)
tuple(r)
r.update({"a": 9})
r.pop("a")
type(r).__name__
json.dumps(r)
""")

POOL_CALLS = pick("""
c = p.getconn()
c = p.getconn("k")
k = p.getconn()
p.getconn("k") is c
p.putconn(c)
p.putconn(k)
p.putconn(c, close=True)
p.putconn(conn)
p.putconn(None)
c.cursor().execute("select 1")
c.cursor().execute("foo")
c.close()
c.closed
p.closed
p.minconn, p.maxconn
c.get_transaction_status()
p.closeall()
""")

MANY_ROWS = st.lists(
    st.tuples(st.sampled_from(["None", "1", "'x'", "'%s'", '"o\'n"', "b'y'"]), STRINGS).map(tupled),
    max_size=4,
).map(listed)
FLAGS = """
, template='(%s, %s)'
, template='(lower(%s), %s)'
, template='(%s)'
, page_size=2
, fetch=True
, page_size=1, fetch=True
"""
BATCHES = """
'insert into many values (%s, %s)'
b'insert into many values (%s, %s)'
'select %s'
'foo'
"""
MANY_CALLS = st.one_of(
    st.tuples(
        pick("""
'insert into many values %s'
'insert into many (a, b) values %s returning a'
b'insert into many values %s'
sql.SQL('insert into {} values %s').format(sql.Identifier('many'))
'select %%, %s'
'insert into many values %s -- 5%%'
'insert into many values %s %s'
'insert into many values'
'insert into many values %d'
'insert into nonesuch values %s'
"""),
        MANY_ROWS,
        st.just("") | pick(FLAGS),
    ).map(lambda three: f"extras.execute_values(cur, {three[0]}, {three[1]}{three[2]})"),
    st.tuples(
        pick(BATCHES),
        MANY_ROWS,
        st.just("") | pick(", page_size=2\n, 1"),
    ).map(lambda three: f"extras.execute_batch(cur, {three[0]}, {three[1]}{three[2]})"),
    st.tuples(pick("'insert into many values (%s, %s)'\n'select %s, %s'\n'foo'"), MANY_ROWS).map(
        lambda two: f"cur.executemany({two[0]}, {two[1]})"
    ),
)

# -- COPY and large objects -----------------------------------------------------------------------

OPTIONS = """
, sep=','
, sep='|', null=''
, null='NULL'
, sep='\\t'
, sep=''
, sep='ab'
, columns=('a',)
, columns=['a', 'b']
, columns=('b', 'a')
, columns=('nope',)
, columns='a'
"""
COPIED = source(
    st.lists(
        st.sampled_from(
            ["a", "b c", "\\N", "", "\u20ac", "\\", "\\t", "x,y", "\t", ",", "\n", "\\.\n"]
        ),
        max_size=10,
    ).map("".join)
)
COPY_CALLS = st.one_of(
    st.tuples(
        st.sampled_from(["StringIO({})", "BytesIO({}.encode())"]),
        COPIED,
        pick("'many'\n'many'\n'nonesuch'\n'a\"b'\n'public.many'\n5"),
        st.just("") | pick(OPTIONS) | pick(", size=1\n, size=7\n, size=-1\n, size='x'"),
    ).map(lambda four: f"cur.copy_from({four[0].format(four[1])}, {four[2]}{four[3]})"),
    st.tuples(
        st.sampled_from(["StringIO()", "BytesIO()"]),
        pick("'many'\n'nonesuch'"),
        st.just("") | pick(OPTIONS),
    ).map(lambda three: f"f = {three[0]}\ncur.copy_to(f, {three[1]}{three[2]})\nf.getvalue()"),
    st.tuples(
        pick("copy many from stdin\ncopy many from stdin csv\ncopy many from stdin null ''"), COPIED
    ).map(lambda two: f"cur.copy_expert({two[0]!r}, StringIO({two[1]}))"),
    st.tuples(
        pick("""
copy many to stdout
copy (select 1, 'x') to stdout csv
select 1
foo
"""),
        st.sampled_from(["StringIO()", "BytesIO()", "5", "None"]),
    ).map(lambda two: f"f = {two[1]}\ncur.copy_expert({two[0]!r}, f)\nf and f.getvalue()"),
)

LOBJECT_CALLS = pick("""
l = conn.lobject(0, "w")
l = conn.lobject(0, "wb")
l = conn.lobject(0, "rw")
l = conn.lobject(0, "n")
l = conn.lobject(oid, "rwb")
l = conn.lobject(oid, "rw")
l = conn.lobject(0, "x")
l = conn.lobject(0, "", 0, "/nonexisting/file")
l.write("abcd")
l.write(b"\\x00\\xff\\\\")
l.write("")
l.write(5)
rest(l)
l.read(2)
rest(l, -1)
l.seek(1)
l.seek(0, 2)
l.seek(-1, 1)
l.seek(-1)
l.seek(1, 7)
l.tell()
l.truncate()
l.truncate(2)
l.truncate(9)
l.truncate(-1)
l.mode
l.closed
l.close()
l.unlink()
l.export("/nonexisting/file")
""")
