# %% classes
sorted(n for n in dir(errors) if isinstance(getattr(errors, n), type)) == sorted(n for n in dir(errors) if n[0].isupper())
[(n, getattr(errors, n).__mro__[1].__name__) for n in sorted(dir(errors)) if n[0].isupper() and n not in ("FileNameTooLong",)]
errors.lookup("42P01"), errors.lookup("23505"), errors.lookup("40001")
errors.lookup("XXXXX")
errors.lookup("42")
errors.lookup("")
errors.lookup(5)
errors.lookup(None)
errors.lookup()
errors.UniqueViolation.__module__, errors.UniqueViolation.__qualname__
errors.NoSuch
pickle.loads(pickle.dumps(errors.UniqueViolation("x")))
[n for n in dir(errors) if not n.startswith("_") and not n[0].isupper()]

# %% errorcodes
errorcodes.lookup("23505"), errorcodes.lookup("23"), errorcodes.lookup("40P01")
errorcodes.lookup("xxxxx")
errorcodes.lookup("")
errorcodes.lookup(None)
errorcodes.UNIQUE_VIOLATION, errorcodes.CLASS_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION
sorted(n for n in dir(errorcodes) if n.isupper())
[(n, getattr(errorcodes, n)) for n in sorted(dir(errorcodes)) if n.isupper()]

# %% raised
cur.execute("select 1/0")
conn.rollback()
cur.execute("select 'x'::int")
conn.rollback()
cur.execute("select * from nonesuch")
conn.rollback()
cur.execute("select nonesuch()")
conn.rollback()
cur.execute("do $$ begin raise exception 'own' using errcode = 'XX123'; end $$")
conn.rollback()
cur.execute("do $$ begin raise exception 'own' using errcode = '08999'; end $$")
conn.rollback()
cur.execute("do $$ begin raise exception 'own' using errcode = '22999'; end $$")
conn.rollback()
cur.execute("do $$ begin raise exception 'own' using errcode = '23999'; end $$")
conn.rollback()
cur.execute("do $$ begin raise exception 'own' using errcode = '40999'; end $$")
conn.rollback()
cur.execute("do $$ begin raise exception 'own' using errcode = 'ABCDE'; end $$")
conn.rollback()
cur.execute("do $$ begin raise exception ''; end $$")
conn.rollback()
cur.execute("do $$ begin raise exception 'multi\nline' using hint='h', detail='d'; end $$")
conn.rollback()
cur.execute("set statement_timeout to 50; select pg_sleep(10)")
conn.rollback()
cur.execute("select 1 from pg_catalog.pg_class where 'a\u20ac' = foo")
conn.rollback()

# %% every class of SQLSTATE
def attempt(code):
    try: cur.execute("do $$ begin raise exception 'x' using errcode = '%s'; end $$" % code)
    except Exception as e:
        conn.rollback()
        return code, type(e).__name__, type(e).__mro__[1].__name__, e.pgcode

[attempt(c) for c in "01000 02000 03000 08000 08006 09000 0A000 0B000 0F000 0L000 0P000 0Z000".split()]
[attempt(c) for c in "20000 21000 22000 22012 23000 23505 24000 25000 25P02 26000 27000 28000 28P01 2B000 2D000 2F000".split()]
[attempt(c) for c in "34000 38000 39000 3B000 3D000 3F000 40000 40001 40P01 42000 42501 42P01 44000".split()]
[attempt(c) for c in "53000 54000 55000 55P03 57000 57014 58000 58030 F0000 HV000 P0000 P0001 P0003 P0004 XX000 XX001 72000".split()]
[attempt(c) for c in "0A999 21999 24999 25999 42999 53999 57999 58999 HV999 P0999 XX999 AB123 ZZZZZ 10000 99999".split()]

# %% every field of Diagnostics
FIELDS = sorted(n for n in dir(ext.Diagnostics) if not n.startswith("_"))
FIELDS
def diag(query):
    try: cur.execute(query)
    except Exception as e:
        conn.rollback()
        return [(n, getattr(e.diag, n)) for n in FIELDS if "line" not in n], type(e.diag).__name__

cur.execute("create table compat_diag (a int primary key check (a > 0), b date not null); commit")
diag("insert into compat_diag values (1, null)")
diag("insert into compat_diag values (-1, now())")
diag("insert into compat_diag values (1, now()), (1, now())")
diag("select nonesuch from compat_diag")
diag("select 1 frmo")
diag("create domain compat_domain as int check (value > 0); select (-1)::compat_domain")
diag("do $$ begin execute 'select nonesuch'; end $$")
diag("do $$ begin raise exception 'a' using detail='b', hint='c', column='d', constraint='e', datatype='f', table='g', schema='h'; end $$")
diag("select 'x'::date")
diag("create function pg_temp.f() returns int language sql as 'select nonesuch'")
cur.execute("drop table compat_diag; commit")
psycopg2.Error("x").diag.severity, psycopg2.Error("x").diag.source_line
psycopg2.Error("x").diag.nonesuch
ext.Diagnostics(psycopg2.Error("x")).sqlstate
ext.Diagnostics(5)
ext.Diagnostics()
