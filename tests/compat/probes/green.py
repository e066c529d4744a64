# %% a callback
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

# %% a callback that is none
ext.set_wait_callback(5)
ext.get_wait_callback()

# %% COPY
ext.set_wait_callback(extras.wait_select)
cur.copy_expert("copy (select 1) to stdout", StringIO())

# %% large object
ext.set_wait_callback(extras.wait_select)
conn.lobject(0, "w").close()

# %% a callback that fails
ext.set_wait_callback(lambda c: 1 / 0)
cur.execute("select 1")
conn.closed
ext.set_wait_callback(None)
cur.execute("select 1")
conn.rollback()

# %% a callback that returns too early
ext.set_wait_callback(lambda c: None)
cur.execute("select 1")
ext.set_wait_callback(None)
conn.closed

# %% with an asynchronous connection
ext.set_wait_callback(extras.wait_select)
c = connect(dsn, async_=True)
c.status
ext.set_wait_callback(None)
extras.wait_select(c)
