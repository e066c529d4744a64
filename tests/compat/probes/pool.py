# %% SimpleConnectionPool
p = pool.SimpleConnectionPool(1, 2, dsn)
p.minconn, p.maxconn, p.closed
a = p.getconn()
b = p.getconn()
a is b, a.closed
p.getconn()
p.putconn(a)
p.getconn() is a
p.putconn(b)
p.putconn(b)
p.putconn(5)
p.putconn(None)
b.closed
p.putconn(a, close=True)
a.closed
c = p.getconn("key")
p.getconn("key") is c
p.putconn(c, "key")
c = p.getconn()
c.cursor().execute("select 1")
p.putconn(c)
c.get_transaction_status()
c = p.getconn()
c.close()
p.putconn(c)
p.closeall()
p.closed
p.closeall()
p.getconn()
p.putconn(c)

# %% pool misuse
pool.SimpleConnectionPool(2, 1, dsn)
pool.SimpleConnectionPool()
pool.SimpleConnectionPool(0, 0, dsn).getconn()
pool.SimpleConnectionPool("a", "b", dsn)
pool.SimpleConnectionPool(-1, 1, dsn).getconn().closed
pool.SimpleConnectionPool(1, 1, "foo")
pool.AbstractConnectionPool(1, 1, dsn).getconn()
pool.AbstractConnectionPool(1, 1, dsn).putconn(1)
pool.AbstractConnectionPool(1, 1, dsn).closeall()
pool.PoolError.__mro__
[n for n in dir(pool) if n[0].isupper()]
p = pool.ThreadedConnectionPool(1, 3, dsn, cursor_factory=extras.DictCursor)
c = p.getconn()
c.cursor()
p.getconn(key=5) is not c
p.closeall()
c.closed
p = pool.SimpleConnectionPool(minconn=1, maxconn=1, dsn=dsn)
c = p.getconn()
p.putconn(conn=c, key=None, close=False)
c.closed
p.closeall()

# %% pool keeps minconn
p = pool.SimpleConnectionPool(1, 3, dsn)
a, b, c = p.getconn(), p.getconn(), p.getconn()
p.putconn(a)
p.putconn(b)
p.putconn(c)
a.closed, b.closed, c.closed
p._pool == [a], len(p._used), len(p._rused)
p.closeall()

# %% pool, another key
p = pool.SimpleConnectionPool(1, 2, dsn)
c = p.getconn("key")
p.putconn(c, "other")
p.closeall()

# %% pool, less than its least
p = pool.SimpleConnectionPool(1, -1, dsn)
len({p.getconn().info.backend_pid for _ in range(3)})
p.closeall()
p = pool.ThreadedConnectionPool(2, 1, dsn)
len({p.getconn().info.backend_pid for _ in range(3)})
p.closeall()
pool.SimpleConnectionPool(0, 0, dsn).getconn()
