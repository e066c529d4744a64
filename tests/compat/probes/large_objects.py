# %% one
l = conn.lobject()
l.oid > 0, l.mode, l.closed
l.write("some data"), l.tell(), l.seek(0), l.read(), l.read(), l.seek(-4, 2), l.read(2), l.tell()
l.write(b"\x00\xff"), l.seek(5), l.truncate(), l.seek(0), l.read()
l.truncate(2), l.seek(0), l.read()
l.truncate(-1)
conn.rollback()
l.read()
l.close()

# %% modes
conn.autocommit = False
l = conn.lobject(0, "wb")
n = l.oid
l.mode
l.write("text \u20ac")
l.close()
l.closed
l.read()
l.mode, l.oid == n
[(m, conn.lobject(n, m).mode) for m in ("r", "w", "rw", "rb", "wb", "rwb", "rt", "wt", "rwt", "b", "t", "n", "")]
conn.lobject(n, "rb").read()
conn.lobject(n, "r").read()
conn.lobject(n, "rt").read(6)
conn.lobject(n, "x")
conn.lobject(n, "rr")
conn.lobject(n, "rwx")
conn.lobject(n, 5)
conn.lobject(n, None)
conn.lobject("x")
conn.lobject(-1)
conn.lobject(n, "n").read()
conn.lobject(n, "w").read()
conn.lobject(n, "r").write("x")
conn.rollback()
conn.lobject(1)
conn.rollback()
conn.lobject(1, "w")
conn.rollback()
conn.lobject(0, "n").oid > 0
conn.lobject(new_oid=4000000001, mode="w").oid
conn.lobject(0, "w", 4000000001)
conn.rollback()
conn.lobject(0, "w", 0, "/nonexisting/file")
conn.rollback()
conn.lobject(lobject_factory=5)
conn.lobject(lobject_factory=lambda *a: (a[1:]))
conn.rollback()

# %% misuse
l = conn.lobject()
l.seek(0, 5)
l.seek("x")
l.seek()
l.seek(-1)
conn.rollback()
l = conn.lobject()
l.read("x")
l.read(-5)
l.write(5)
l.write(None)
l.write(bytearray(b"x"))
l.write("\ud800")
l.truncate("x")
l.export("/nonexisting/x")
conn.rollback()
l = conn.lobject()
l.unlink()
l.closed
l.read()
l.unlink()
conn.rollback()
l = conn.lobject()
conn.commit()
l.read()
l.seek(0)
l.tell()
l.truncate()
l.export("x")
l.unlink()
l.close()
l.closed
conn.autocommit = True
conn.lobject()
ext.lobject(conn).oid > 0
ext.lobject(1)
ext.lobject()
conn.autocommit = False
l = conn.lobject()
repr(l).split(" at ")[0], l.foo
l.oid = 1
conn.close()
l.closed
l.read()
l.close()
l.unlink()
with l: pass

# %% beyond 2 GB
l = conn.lobject()
l.seek(2**31 + 5), l.tell(), l.truncate(2**31 + 10), l.seek(0, 2)
l.seek(2**42)
conn.rollback()
l = conn.lobject()
l.seek(2**70)
conn.rollback()

# %% reading beyond the end
l = conn.lobject(0, "wb")
l.seek(1)
l.read()
