# %% parse_dsn
ext.parse_dsn("dbname=a user='b c' host=h port=1")
ext.parse_dsn("postgresql://u:p@h:1/d?connect_timeout=5")
ext.parse_dsn("postgres://h1:1,h2:2/d")
ext.parse_dsn("")
ext.parse_dsn("foo=1")
ext.parse_dsn("dbname")
ext.parse_dsn("dbname='a")
ext.parse_dsn("postgresql://[::1")
ext.parse_dsn("postgresql://u:p@[::1")
ext.parse_dsn("postgresql://u:p%zz@h")
ext.parse_dsn("password=p q")
ext.parse_dsn(None)
ext.parse_dsn(5)
ext.parse_dsn(b"dbname=a")
ext.parse_dsn("dbname=\u20ac")
ext.parse_dsn("dbname=a\0b")
ext.parse_dsn(dsn="dbname=x")
ext.parse_dsn()
ext.parse_dsn("dbname=a dbname=b")

# %% make_dsn
ext.make_dsn()
ext.make_dsn("dbname=a")
ext.make_dsn("dbname=a", user="b c", port=1)
ext.make_dsn(dbname="it's", password="back\\slash", host="")
ext.make_dsn(database="x")
ext.make_dsn(database="x", dbname="y")
ext.make_dsn(user=None)
ext.make_dsn("dbname=a", dbname=None)
ext.make_dsn("dbname=a", dbname="b")
ext.make_dsn(foo=1)
ext.make_dsn("foo=1")
ext.make_dsn("foo")
ext.make_dsn("postgresql://h/d", user="x")
ext.make_dsn("postgresql://h/d")
ext.make_dsn(None)
ext.make_dsn(5)
ext.make_dsn(port=5.5, application_name=True)
ext.make_dsn(dbname="\u20ac")
ext.make_dsn("dbname=a", "x")

# %% quote_ident
ext.quote_ident("a", conn), ext.quote_ident('a"b', cur), ext.quote_ident("A b", conn), ext.quote_ident("", conn)
ext.quote_ident("\u20ac", conn)
ext.quote_ident(b"ab", conn)
ext.quote_ident(5, conn)
ext.quote_ident("a\0b", conn)
ext.quote_ident("a")
ext.quote_ident("a", 5)
ext.quote_ident("a", None)
ext.quote_ident(str="a", scope=conn)
ext.quote_ident(None, conn)
conn.close()
ext.quote_ident("a", conn)

# %% encrypt_password
ext.encrypt_password("psycopg2", "ashesh", algorithm="md5")
ext.encrypt_password("psycopg2", "ashesh", None, "md5")
ext.encrypt_password("psycopg2", "ashesh", conn, "md5")
ext.encrypt_password("psycopg2", "ashesh", conn, "scram-sha-256")[:14]
ext.encrypt_password("psycopg2", "ashesh", conn)[:14]
ext.encrypt_password("psycopg2", "ashesh", cur)[:14]
ext.encrypt_password("psycopg2", "ashesh")
ext.encrypt_password("psycopg2", "ashesh", None, "scram-sha-256")
ext.encrypt_password("psycopg2", "ashesh", conn, "abc")
ext.encrypt_password("psycopg2", "ashesh", None, "abc")
ext.encrypt_password("p", 5, conn)
ext.encrypt_password("p", "a", 5)
ext.encrypt_password("p")
ext.encrypt_password(None, "a", conn)
ext.encrypt_password(user="psycopg2", password="ashesh", scope=None, algorithm="md5")
ext.encrypt_password(b"psycopg2", b"ashesh", None, "md5")
ext.encrypt_password("\u20ac", "\u20ac", conn, "md5")
ext.encrypt_password("a\0b", "x", conn, "md5")

# %% registries
type(ext.encodings), type(ext.string_types), type(ext.binary_types)
sorted((k, v.name) for k, v in ext.string_types.items() if k < 4000 and k not in (2950, 2951))
ext.binary_types
sorted(c.__name__ + "/" + p.__name__ for c, p in ext.adapters if c is not UUID and "ultirange" not in c.__name__)
sorted((k, v) for k, v in ext.encodings.items())
ext.encodings["UTF8"], ext.encodings.get("UNICODE"), ext.encodings.get("SQL_ASCII")
all(k[1] is ext.ISQLQuote for k in ext.adapters)

# %% constants
[(n, getattr(ext, n)) for n in sorted(dir(ext)) if n.isupper() and isinstance(getattr(ext, n), int)]
[(n, getattr(ext, n).name, getattr(ext, n).values) for n in sorted(dir(ext)) if n.isupper() and "UUID" not in n and hasattr(getattr(ext, n), "values")]

# %% Diagnostics
cur.execute("create temp table t (a int constraint pos check (a > 0), b int not null, unique (b))")
conn.commit()
def diag(e): return [(n, getattr(e.diag, n)) for n in dir(e.diag) if not n.startswith("_") and n not in ("schema_name", "source_line", "source_file", "source_function")]
def attempt(q):
    try: cur.execute(q)
    except psycopg2.Error as e:
        conn.rollback()
        return e

diag(attempt("insert into t values (-1, 1)"))
diag(attempt("insert into t values (1, null)"))
diag(attempt("insert into t values (1, 1), (1, 1)"))
diag(attempt("select foo"))
diag(attempt("do $$ begin raise exception 'it' using detail = 'd', hint = 'h', errcode = 'XX123'; end $$"))
diag(attempt("select 'x'::int"))
e = attempt("foo")
e, type(e.diag), e.diag.source_file is not None
e.diag.foo
e.diag.sqlstate = 1
ext.Diagnostics(e).sqlstate
ext.Diagnostics(1)
ext.Diagnostics(ValueError())
ext.Diagnostics(psycopg2.Error()).sqlstate
e2 = pickle.loads(pickle.dumps(e))
e2, e2.diag.sqlstate, e2.cursor
e.cursor is cur
pickle.dumps(e.diag)

# %% pointers
conn.pgconn_ptr > 0
cur.pgresult_ptr
cur.execute("select 1")
cur.pgresult_ptr > 0
type(conn.get_native_connection()).__name__
conn.get_native_connection() is conn.get_native_connection()
conn.pgconn_ptr = 1
conn.close()
conn.pgconn_ptr
conn.get_native_connection()

# %% connection and cursor classes
ext.connection.__name__, ext.connection.__module__, ext.cursor.__module__, ext.lobject.__module__, ext.Column.__module__
ext.connection.__mro__, ext.cursor.__mro__, ext.Notify.__module__, ext.Xid.__module__, ext.Diagnostics.__module__, ext.ConnectionInfo.__module__
type(ext.INTEGER).__module__, type(ext.INTEGER).__name__
type(psycopg2.Binary(b"")).__module__, type(ext.adapt(date(2020, 1, 1))).__module__
ext.ISQLQuote.__module__
ext.cursor.foo = 1
ext.connection.foo = 1
issubclass(ext.PYDATE.__class__, object)

# %% make_dsn with arguments that are None
ext.make_dsn("postgres://u@h/", dbname=None)
ext.make_dsn("host=a", dbname=None)
ext.make_dsn(None, dbname=None)
ext.make_dsn("", dbname=None)

# %% statuses and encodings
[(n, getattr(ext, n)) for n in sorted(dir(ext)) if n.startswith(("ISOLATION", "STATUS", "TRANSACTION", "POLL"))]
conn.status == ext.STATUS_READY
cur.execute("select 1")
conn.status == ext.STATUS_BEGIN == ext.STATUS_IN_TRANSACTION, conn.info.transaction_status
sorted(ext.encodings.items())
