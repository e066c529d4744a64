# %% made, used and closed
c = conn.cursor("n")
c.name, c.rowcount, c.description, c.itersize, c.scrollable, c.withhold
c.fetchone()
c.fetchall()
conn.rollback()
c = conn.cursor("n")
c.execute("select generate_series(1, 10) as x")
c.rowcount, c.description, c.rownumber
c.fetchone()
c.description[0].name
c.rowcount, c.rownumber
c.fetchmany(3)
c.rowcount, c.rownumber
c.fetchmany(0)
c.fetchmany()
c.fetchall()
c.fetchone()
c.fetchmany(2)
c.fetchall()
next(c)
c.close()
c.fetchone()

# %% iteration
c = conn.cursor("n")
c.itersize = 4
c.execute("select generate_series(1, 10)")
next(c)
list(c)
c.close()
c = conn.cursor("n2")
c.itersize = "a"
c.itersize = 2
c.execute("select generate_series(1, 6)")
next(c), c.fetchone(), next(c), c.fetchmany(2), c.fetchall()
c.rownumber

# %% negative sizes
c = conn.cursor("n")
c.itersize = -1
c.execute("select generate_series(1, 3)")
list(c)
conn.rollback()
c = conn.cursor("n")
c.execute("select generate_series(1, 3)")
c.fetchmany(-1)

# %% size 0
c = conn.cursor("n")
c.itersize = 0
c.arraysize = 0
c.execute("select generate_series(1, 3)")
c.fetchmany()
list(c)

# %% after a failed declare
c = conn.cursor("n")
c.execute("select foo")
conn.rollback()
c.execute("select 1")
c.fetchone()
c.close()

# %% twice
c = conn.cursor("n")
c.execute("select 1")
c.execute("select 2")
c.fetchone()

# %% unused
c = conn.cursor("n")
c.close()
cur.execute("select 1")
c = conn.cursor("un'us\"ed%")
c.close()
conn.autocommit = True
c = conn.cursor("x")
c.close()

# %% misuse
conn.cursor("n").executemany("select 1", [()])
conn.cursor("n").callproc("abs", (1,))
conn.cursor("n").copy_from(StringIO(""), "t")
conn.cursor("n").copy_to(StringIO(""), "t")
conn.cursor("n").copy_expert("copy t to stdout", StringIO())
c = conn.cursor("n")
c.execute("select 1")
c.execute("select 2")
c.execute("insert into foo values (1)")
conn.rollback()
c.fetchone()
c = conn.cursor("x")
c.execute("create table foo ()")
conn.rollback()
c = conn.cursor("x")
c.execute("select 1")
conn.commit()
c.fetchone()
c.close()
conn.rollback()
c.close()
conn.rollback()
c = conn.cursor("a%b\"c")
c.execute("select %s", (1,))
c.fetchone()
c.close()
conn.autocommit = True
c = conn.cursor("auto")
c.execute("select 1")
conn.autocommit = False
c = conn.cursor("x")
c.execute("")
c.execute("select 1; select 2")
conn.rollback()
c = conn.cursor("mog")
c.mogrify("select %s", (1,))

# %% scroll
c = conn.cursor("n", scrollable=True)
c.execute("select generate_series(0, 9)")
c.scroll(2)
c.fetchone()
c.scroll(-2)
c.fetchone()
c.scroll(8, "absolute")
c.fetchone()
c.scroll(0, mode="absolute")
c.fetchone()
c.scroll(100)
c.fetchone()
c.scroll(-100, "absolute")
c.fetchone()
c = conn.cursor("m", scrollable=False)
c.execute("select generate_series(0, 9)")
c.fetchone()
c.scroll(-1)
conn.rollback()
conn.cursor("q").scroll(1)
c = conn.cursor("p")
c.scrollable = True
c.scrollable = None
c.scrollable = 0
c.scrollable
c.withhold = True
c.withhold = None
c.withhold = "x"
c.withhold
c.execute("select 1")
c.scrollable = True
c.withhold = False

# %% scroll in no mode
c = conn.cursor("n", scrollable=True)
c.execute("select generate_series(0, 9)")
c.scroll(1, "foo")

# %% with hold
c = conn.cursor("n", withhold=True)
c.execute("select generate_series(0, 9)")
c.fetchone()
conn.commit()
c.fetchone()
c.fetchmany(2)
conn.rollback()
c.scroll(2)
list(c)
c.close()
conn.autocommit = True
c = conn.cursor("n", withhold=True)
c.execute("select 1")
c.fetchall()
c.close()

# %% stealing a portal
cur.execute("create function pg_temp.rf(refcursor) returns refcursor language plpgsql as $$ begin open $1 for select generate_series(1, 5); return $1; end $$")
cur.callproc("pg_temp.rf", ["portal"])
c = conn.cursor("portal")
c.fetchone()
list(c)
c.close()

# %% backwards
c = conn.cursor("n", scrollable=True)
c.execute("select generate_series(1, 9)")
c.fetchmany(4)
c.fetchmany(-1)
c.fetchmany(-2)
c.itersize = -3
next(c)
c.fetchone()
c.fetchmany(0)

# %% sizes of 64 bits
c = conn.cursor("n", withhold=True)
c.execute("select 1")
c.fetchmany(2**40)

# %% of SQL
conn.autocommit = True
cur.execute("declare held cursor with hold for select generate_series(1, 3)")
c = conn.cursor("held")
c.fetchone()
c.close()
conn.cursor("held", withhold=True).fetchone()

# %% init again
c = conn.cursor("n")
c.execute("select 1")
c.arraysize, c.itersize = 5, 6
c.tzinfo_factory = None
c.__init__(conn)
c.name, c.arraysize, c.itersize, c.tzinfo_factory, c.rowcount
c.fetchone()
c.close()
c.__init__(conn)
c.closed
d = connect()
c.__init__(d)

# %% made before a commit
n = conn.cursor("n")
w = conn.cursor("w", withhold=True)
cur.execute("select 1")
conn.commit()
n.execute("select 1")
n.fetchone()
n.scroll(1)
n.close()
w.execute("select 1")
w.fetchone()
conn.rollback()
w.close()
w = conn.cursor("w2", withhold=True)
cur.execute("select 1")
conn.commit()
w.fetchone()
conn.rollback()
w.scroll(1)
conn.rollback()
w.close()
n.__init__(conn)
n.execute("select 1")
