# %% new_type
T = ext.new_type((23, 20), "INTS", lambda s, c: s and ("T", s))
T, T.name, T.values, T == 23, T == 21, T == T
repr(T).split(" at ")[0]
T("1", cur)
T(None, cur)
ext.register_type(T, cur)
cur.execute("select 1, null::int, 1::int8, array[1]")
cur.fetchone()
conn.cursor().execute("select 1")
ext.register_type(T, conn)
c = conn.cursor()
c.execute("select 1")
c.fetchone()
sorted(conn.string_types), sorted(cur.string_types)
ext.register_type(T, 1)
ext.register_type(1)
ext.register_type(T, None)
ext.register_type()
ext.new_type((23,), "X", 5)("1", None)
ext.new_type((23,), "X", None)
ext.new_type((23,), "X")
ext.new_type((23,), "X")("1", None)
ext.new_type(23, "X", int)
ext.new_type([23], "X", int)
ext.new_type(("x",), "X", int)
ext.new_type((), "X", int)
ext.new_type((2**33,), "X", int)
ext.new_type((-1,), "X", int)
ext.new_type((23,), 5, int)
ext.new_type((23,), "X", int, T)
ext.new_type((23,), "X", int, 5)
ext.new_type(values=(23,), name="X", castobj=int, baseobj=T).name
ext.new_type((23,), "\u20ac", int).name

# %% what they see
got = []
T = ext.new_type((25, 23, 17), "SEE", lambda s, c: got.append((s, type(c), c is cur)))
ext.register_type(T, cur)
cur.execute("select 'a\u20ac', 1, null::int, 'x'::bytea")
cur.fetchone()
got
T = ext.new_type((23,), "BAD", lambda s, c: 1 / 0)
ext.register_type(T, cur)
cur.execute("select 1")
cur.fetchone()
cur.fetchall()
T = ext.new_type((23,), "ARGS", lambda: 1)
ext.register_type(T, cur)
cur.execute("select 1")
cur.fetchone()
T = ext.new_type((23,), "BASED", lambda s, c: ("based", s), ext.BYTES)
ext.register_type(T, cur)
cur.execute("select 1")
cur.fetchone()

# %% new_array_type
T = ext.new_type((23,), "T", lambda s, c: s and ("T", s))
TA = ext.new_array_type((1007,), "T[]", T)
TA.name, TA.values, TA("{1,NULL}", cur), TA(None, cur), TA == 1007
ext.register_type(TA, cur)
cur.execute("select array[1, 2], array[array[1]], '{}'::int[]")
cur.fetchone()
ext.new_array_type((1007,), "T[]", 5)
ext.new_array_type((1007,), "T[]")
ext.new_array_type(1007, "T[]", T)
ext.new_array_type((1007,), "TT", TA)("{1}", cur)
ext.new_array_type(values=(1,), name="x", baseobj=T).name

# %% global ones
T = ext.new_type((23,), "T", lambda s, c: ("global", s))
ext.register_type(T)
cur.execute("select 1")
cur.fetchone()
ext.string_types[23].name
conn.cursor().cast(23, "5")
ext.register_type(ext.new_type((705,), "U", lambda s, c: ("u", s)))
cur.execute("select 'x'")
cur.fetchone()
