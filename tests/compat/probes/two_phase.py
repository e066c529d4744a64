# %% commit
x = conn.xid(42, "gtrid", "bqual")
x, x.format_id, x.gtrid, x.bqual, x.prepared, x.owner, x.database
str(x), tuple(x), len(x), x[0], x[-1], list(x)
x[3]
repr(x)
conn.tpc_begin(x)
conn.status, conn.get_transaction_status()
cur.execute("select 1")
conn.commit()
conn.rollback()
conn.tpc_begin(x)
conn.autocommit = True
conn.tpc_rollback()
conn.status
conn.tpc_commit()
conn.tpc_rollback()
conn.tpc_prepare()
cur.execute("select 1")
conn.tpc_begin(x)
conn.rollback()
conn.autocommit = True
conn.tpc_begin(x)
conn.tpc_begin("plain id")
conn.tpc_begin(5)
conn.tpc_begin()
conn.tpc_rollback("nonesuch")
conn.tpc_commit("nonesuch")
conn.tpc_recover()
conn.reset()

# %% xids
conn.xid(-1, "a", "b")
conn.xid(0, "a", "b")
conn.xid(2**31, "a", "b")
conn.xid(1, "", "")
conn.xid(1, "a" * 65, "b")
conn.xid(1, "a", "b" * 65)
conn.xid(1, "a" * 64, "b" * 64).gtrid
conn.xid(1, "a\n", "b")
conn.xid(1, "\u20ac", "b")
conn.xid(1, "a b~", "b")
conn.xid("x", "a", "b")
conn.xid(1, 2, "b")
conn.xid(1, "a")
conn.xid()
ext.Xid(1, "a", "b")
ext.Xid.from_string("plain")
x = ext.Xid.from_string("42_Z3RyaWQ=_YnF1YWw=")
x.format_id, x.gtrid, x.bqual, str(x)
x = ext.Xid.from_string("99999999999_Z3RyaWQ=_YnF1YWw=")
x.format_id, x.gtrid, x.bqual, str(x)
x = ext.Xid.from_string("1_!!_YnF1YWw=")
x.format_id, x.gtrid, x.bqual
x = ext.Xid.from_string("1_Z3_YnF1YWw=")
x.format_id, x.gtrid, x.bqual
x = ext.Xid.from_string("")
x.format_id, x.gtrid
ext.Xid.from_string(5)
ext.Xid.from_string(None)
ext.Xid.from_string("a'b\\").gtrid
x == x, x == ext.Xid.from_string(""), hash(x) is not None
x.gtrid = 1
ext.Xid()

# %% ended by something else
conn.tpc_begin("compat_ended")
conn.set_isolation_level(1)
conn.tpc_rollback()
conn.tpc_prepare()
conn.status
conn.rollback()
d = connect()
d.tpc_begin("compat_ended")
d.cursor().execute("rollback")
d.tpc_prepare()
d.status
