# %% a connection
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

# %% close while executing
c = connect(dsn, async_=True)
extras.wait_select(c)
u = c.cursor()
u.execute("select pg_sleep(30)")
u.close()
c.close()
c.closed

# %% a connection that fails
c = connect(dsn, async_=True, dbname="nonesuch")
extras.wait_select(c)
c.closed
c.poll()
c.cursor()
c.close()
c = connect(dsn, async_=True, port=1)
extras.wait_select(c)

# %% before it is ready
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

# %% the server goes
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

# %% closed while executing
c = connect(dsn, async_=1)
[extras.wait_select(c), c.isexecuting()]
u = c.cursor()
u.execute("select 1")
c.isexecuting()
c.close()
c.isexecuting()

# %% cursor gone before the error
c = connect(dsn, async_=1)
[extras.wait_select(c), c.isexecuting()]
u = c.cursor()
u.execute("foo")
u = None
extras.wait_select(c)
extras.wait_select(c)
