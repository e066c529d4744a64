# %% adapt plain values
[ext.adapt(v).getquoted() for v in (1, -1, 0, 2**70, -2**70, True, False, None, 1.5, -1.5, 1e300, 1e-300)]
[ext.adapt(v).getquoted() for v in (inf, -inf, nan)]
[ext.adapt(v).getquoted() for v in (D("1.5"), D("-1.5"), D("NaN"), D("sNaN"), D("Infinity"), D("-Infinity"), D("1E+10"), D("-0"), D("1E-7"))]
[ext.adapt(v).getquoted() for v in ("", "a", "a'b", "a\\b", "a\nb", "a%b")]
[ext.adapt(v).getquoted() for v in (b"", b"a", b"a'b", b"\x00\xff\\")]
[ext.adapt(v).getquoted() for v in (bytearray(b"ab"), memoryview(b"ab"))]
[ext.adapt(v).getquoted() for v in (date(2020, 1, 2), date(1, 1, 1), date(9999, 12, 31), date.max)]
[ext.adapt(v).getquoted() for v in (time(1, 2, 3), time(1, 2, 3, 4), time(0, 0), time(1, 2, tzinfo=timezone.utc))]
[ext.adapt(v).getquoted() for v in (dt(2020, 1, 2), dt(2020, 1, 2, 3, 4, 5, 6), dt.max, dt.min)]
[ext.adapt(v).getquoted() for v in (dt(2020, 1, 2, tzinfo=timezone.utc), dt(2020, 1, 2, tzinfo=timezone(timedelta(hours=-5, minutes=-30))))]
[ext.adapt(v).getquoted() for v in (timedelta(0), timedelta(1), timedelta(-1), timedelta(1, 2, 3), timedelta(-1, 86399, 999999), timedelta.max, timedelta.min)]
[ext.adapt(v).getquoted() for v in ([], [1], [1, None], [None], [[1], [2]], ["a'b"], [[]], [[None]], [[], []], [1.5, D("1")], [b"a"], [True], [(1, 2)])]
[ext.adapt(v).getquoted() for v in ((1,), (1, 2), (None,), ("a",), ((1,), (2,)), ([1],))]
ext.adapt(()).getquoted()
ext.adapt(object())
ext.adapt({})
ext.adapt({1})
ext.adapt(1j)
ext.adapt(range(3))
ext.adapt("\ud800").getquoted()
ext.adapt("\u20ac").getquoted()
ext.adapt("a\0b").getquoted()
ext.adapt(type)
ext.adapt(NotImplemented)
ext.adapt(...)

# %% adapters of plain values
[type(ext.adapt(v)) for v in (1, True, None, 1.5, D(1), "a", b"a", date(2020, 1, 1), time(1), dt(2020, 1, 1), timedelta(1), [1], (1,))]
[str(ext.adapt(v)) for v in (1, True, None, 1.5, D(1), "a", b"a", date(2020, 1, 1), time(1), dt(2020, 1, 1), timedelta(1), [1])]
[ext.adapt(v).adapted for v in (1, True, 1.5, D(1), "a", b"a", [1])]
[repr(ext.adapt(v)).split(" at ")[0] for v in (1, True, None, 1.5, D(1), "a", b"a", [1], (1,))]
ext.adapt(date(2020, 1, 1)).adapted
ext.adapt(1).foo
ext.adapt(1).adapted = 2
ext.adapt(1).prepare(conn)
ext.adapt(1.5).prepare(conn)
ext.adapt("a").prepare(conn)
ext.adapt("a").prepare(1)
ext.adapt("a").prepare()
ext.adapt([1]).prepare(conn)
ext.adapt((1,)).prepare(conn)
ext.adapt(b"a").prepare(conn)
ext.adapt(b"a").prepare(1)
ext.adapt("a").encoding
q = ext.adapt("\u20ac")
q.encoding = "utf8"
q.getquoted()
q.encoding = "nonesuch"
q.getquoted()
q.encoding = 1
q = ext.adapt("\u20ac'\\")
q.prepare(conn)
q.encoding
q.getquoted()
ext.adapt("a").buffer
ext.adapt("a").getbinary()
ext.adapt(1).getbinary()
ext.adapt(b"a").getbinary()
ext.adapt(None).getquoted(1)
ext.adapt(1).getquoted(1)
ext.adapt(1).__conform__(ext.ISQLQuote)
ext.adapt(1).__conform__(1)
ext.adapt("a").__conform__(ext.ISQLQuote)

# %% adapter classes by hand
ext.AsIs("now()").getquoted()
ext.AsIs(1).getquoted()
ext.AsIs(None).getquoted()
ext.AsIs(b"x").getquoted()
ext.AsIs("\u20ac").getquoted()
ext.AsIs()
ext.AsIs("a", "b")
ext.Boolean(1).getquoted()
ext.Boolean([]).getquoted()
ext.Int("x").getquoted()
ext.Int(1.5).getquoted()
ext.Float(1).getquoted()
ext.Float("x").getquoted()
ext.Float(-1.5).getquoted()
ext.Decimal(D("1.5")).getquoted()
ext.Decimal(1).getquoted()
ext.QuotedString(1).getquoted()
ext.QuotedString(b"a'b").getquoted()
ext.QuotedString("a", 1)
ext.Binary(b"a").getquoted()
ext.DateFromPy(date(2020, 1, 1)).getquoted()
ext.DateFromPy(dt(2020, 1, 1)).getquoted()
ext.DateFromPy(1)
ext.DateFromPy("x")
ext.TimeFromPy(time(1)).getquoted()
ext.TimestampFromPy(dt(2020, 1, 1)).getquoted()
ext.IntervalFromPy(timedelta(1)).getquoted()
ext.IntervalFromPy(1)
ext.SQL_IN((1, 2)).getquoted()
ext.SQL_IN([1, "a"]).getquoted()
ext.SQL_IN(()).getquoted()
ext.SQL_IN(1)
ext.SQL_IN(iter([1])).getquoted()
str(ext.SQL_IN((1,)))
ext.NoneAdapter(1).getquoted()
ext.NoneAdapter(None)
ext.ISQLQuote(1)
ext.ISQLQuote(1).getquoted()
ext.ISQLQuote("x")._wrapped
ext.List([1]).getquoted() if hasattr(ext, "List") else None

# %% values through the server
cur.execute("select %s, %s, %s, %s, %s", (1, 2**40, 2**70, -5, True))
cur.fetchone()
cur.execute("select %s, %s, %s, %s", (1.5, 1e100, inf, -inf))
cur.fetchone()
cur.execute("select %s, %s", (nan, D("NaN")))
cur.fetchone()
cur.execute("select %s, %s, %s", (D("1.50"), D("1E+5"), D("-1E-5")))
cur.fetchone()
cur.execute("select %s, %s, %s", ("a'b\\c", "\u20ac\U0001f600", ""))
cur.fetchone()
cur.execute("select %s, %s", (b"\x00\x01\xff'\\", bytearray(b"x")))
cur.fetchone()
cur.execute("select %s, %s, %s, %s", (date(2020, 1, 2), time(1, 2, 3, 4), dt(2020, 1, 2, 3, 4, 5, 6), timedelta(1, 2, 3)))
cur.fetchone()
cur.execute("select %s, %s", ([1, 2, None], ["a", None, "NULL", "", "a\"b\\c,{}"]))
cur.fetchone()
cur.execute("select %s = any(%s), %s in %s", (1, [1, 2], 3, (1, 2)))
cur.fetchone()
cur.execute("select 1 -%s, 1 - %s, 1%s", (-1, -1.5, -2))
cur.fetchone()
cur.execute("select 1 -%s, 1-%s", (D("-1.5"), -2**65))
cur.fetchone()
cur.execute("select %s::int[]", ([],))
cur.fetchone()
cur.execute("select %s::int[]", ([[1, 2], [3, 4]],))
cur.fetchone()
cur.execute("select %s::bytea[]", ([b"a\x00", None],))
cur.fetchone()[0]
cur.execute("select %s, %s", ([date(2020, 1, 1)], [dt(2020, 1, 1, tzinfo=timezone.utc)]))
cur.fetchone()
cur.execute("select %s", ((1, "a", None),))
cur.fetchone()
cur.execute("select %s", ([[1], [2, 3]],))
conn.rollback()
cur.execute("select %s", ([1, "a"],))
conn.rollback()

# %% numbers from the server
cur.execute("select 1::int2, 1::int4, 1::int8, 1::oid, true, false, null::bool")
cur.fetchone()
cur.execute("select 1.1::float4, 1.1::float8, 'nan'::float8, 'inf'::float8, '-inf'::float4, '-0'::float8")
cur.fetchone()
cur.execute("select 1.10::numeric, 'nan'::numeric, 1e20::numeric, 0.00000001::numeric, 12345678901234567890.123456789::numeric")
cur.fetchone()
cur.execute("select 'inf'::numeric")
cur.fetchone()
cur.execute("select 1::money, '1'::bit, '101'::varbit, '(1,2)'::point, 'a'::\"char\", 'abc'::char(5), 'n'::name, '1'::xid, 'x'::unknown")
cur.fetchone()
cur.execute("select '12:34:56:78:9a:bc'::macaddr, '10.0.0.1/8'::inet, '10.0.0.0/8'::cidr, 'a b'::tsvector, '<a/>'::text")
cur.fetchone()
cur.execute("select row(1, 'a'), row(), void from (select 1 as void) x")
cur.fetchone()
cur.execute("select 'abc'::bytea, ''::bytea, '\\x00ff'::bytea, null::bytea")
cur.fetchone()
cur.execute("select 'x'::text, ''::text, null::text, 'a'::varchar")
cur.fetchone()

# %% dates from the server
cur.execute("select '2020-01-02'::date, '0001-01-01'::date, '9999-12-31'::date, 'infinity'::date, '-infinity'::date")
cur.fetchone()
cur.execute("select '10000-01-01'::date")
cur.fetchone()
cur.execute("select '0044-03-15 BC'::date")
cur.fetchone()
cur.execute("select '01:02:03'::time, '24:00:00'::time, '01:02:03.456'::time, '00:00'::time")
cur.fetchone()
cur.execute("select '01:02:03+01'::timetz, '24:00-05:30'::timetz, '01:02+00:00:30'::timetz, '01:02:03.000001+15:59'::timetz")
cur.fetchone()
cur.execute("select '2020-01-02 03:04:05.678'::timestamp, 'infinity'::timestamp, '-infinity'::timestamp, '2020-01-02 24:00'::timestamp")
cur.fetchone()
cur.execute("select '10000-01-01'::timestamp")
cur.fetchone()
cur.execute("select '0001-01-01 BC'::timestamp")
cur.fetchone()
cur.execute("set timezone to 'Europe/Rome'")
cur.execute("select '2020-07-02 03:04:05.678'::timestamptz, 'infinity'::timestamptz, '-infinity'::timestamptz, '1800-01-01'::timestamptz")
cur.fetchone()
cur.execute("select '10000-01-01'::timestamptz")
cur.fetchone()
cur.execute("set timezone to 'UTC'; select '9999-12-31 23:59:59.999999'::timestamptz, '0001-01-01'::timestamptz")
cur.fetchone()
cur.execute("set timezone to 'Asia/Calcutta'; select '2000-01-01'::timestamptz")
cur.fetchone()

# %% intervals from the server
cur.execute("select '1 day'::interval, '-1 day'::interval, '1 year 2 mons'::interval, '1:02:03.456'::interval, '-0:00:00.000001'::interval")
cur.fetchone()
cur.execute("select '1 day -1:00'::interval, '-1 mon +1 day -00:00:01.5'::interval, '0'::interval")
cur.fetchone()
cur.execute("select '178000000 years'::interval")
cur.fetchone()
cur.execute("select '1000000000 hours'::interval")
cur.fetchone()
cur.execute("select '100000:00:00'::interval, '999999 days 23:59:59.999999'::interval")
cur.fetchone()
ext.PYINTERVAL("infinity", cur)
conn.rollback()
[ext.PYINTERVAL(s, cur) for s in ("1 day", "1:00", "-1:00", "00:00:01.5", "1 mon", "1 year 1 mon 1 day 1:1:1", "")]
ext.PYINTERVAL("x", cur)
ext.PYINTERVAL("1 day foo", cur)
ext.PYINTERVAL(None, cur)
ext.PYINTERVAL("99999999999 days", cur)
ext.PYINTERVAL("9999999999999999999999 days", cur)

# %% arrays from the server
cur.execute("select '{}'::int[], '{1,NULL,3}'::int[], '{{1,2},{3,4}}'::int[], '[2:3]={1,2}'::int[]")
cur.fetchone()
cur.execute("""select '{a,"b c",NULL,"NULL","","a\\"b","\\\\\\\\x","{}"}'::text[], '{a}'::varchar[], '{ab}'::char(3)[]""")
cur.fetchone()
cur.execute("select '{t,f,NULL}'::bool[], '{1.5,NaN}'::float8[], '{1.50}'::numeric[], array['a'::bytea, null]")
cur.fetchone()
cur.execute("select array['2020-01-01'::date], array['2020-01-01'::timestamp], array['01:00'::time], array['1 day'::interval], array['2020-01-01 00:00+0'::timestamptz]")
cur.fetchone()
cur.execute("select array['(1,2)'::point], array['10.0.0.1'::inet], array['1'::bit], array[row(1,2)], array['a'::name], array['1'::money]")
cur.fetchone()
cur.execute("select array['(1,1),(0,0)'::box, '(2,2),(1,1)']")
cur.fetchone()
cur.execute("select '{1,2}'::int2vector, '{1}'::oid[], array[1::int8]")
conn.rollback()
cur.execute("select '1 2'::int2vector, '{1}'::oid[], array[1::int8], array['{\"a\":1}'::json], array['{}'::jsonb]")
cur.fetchone()

# %% casting arrays by hand
[ext.INTEGERARRAY(s, cur) for s in ("{}", "{1}", "{1,2}", "{{1},{2}}", "{{}}", "{NULL}", "{null}", "[1:2]={1,2}")]
ext.INTEGERARRAY("{1", cur)
ext.INTEGERARRAY("1}", cur)
ext.INTEGERARRAY("", cur)
ext.INTEGERARRAY("x", cur)
ext.INTEGERARRAY("{x}", cur)
ext.INTEGERARRAY("{1,}", cur)
ext.INTEGERARRAY("{,1}", cur)
ext.INTEGERARRAY("{1}}", cur)
ext.INTEGERARRAY("{{1}", cur)
ext.INTEGERARRAY("{1}x", cur)
ext.INTEGERARRAY("[", cur)
ext.INTEGERARRAY("[1:2]", cur)
ext.INTEGERARRAY("[1:2]=", cur)
ext.INTEGERARRAY(None, cur)
ext.STRINGARRAY('{a,"b","c\\"d",e\\f,"x,y"}', cur)
ext.STRINGARRAY('{"a', cur)
ext.STRINGARRAY('{a b , c }', cur)
ext.UNICODEARRAY('{\u20ac}', cur)
ext.DECIMALARRAY("{1.5,NaN}", cur)
ext.BOOLEANARRAY("{t,f,x}", cur)
ext.FLOATARRAY("{1.5,x}", cur)
ext.BINARYARRAY('{"\\\\x6162"}', cur)
ext.ROWIDARRAY("{1}", cur)
ext.LONGINTEGERARRAY("{1}", cur)
ext.DATETIMEARRAY("{2020-01-01 00:00:00}", cur)
ext.INTEGERARRAY("{" * 20 + "1" + "}" * 20, cur)

# %% casting by hand
[t("1", cur) for t in (ext.INTEGER, ext.LONGINTEGER, ext.FLOAT, ext.DECIMAL, ext.UNICODE, psycopg2.ROWID, psycopg2.STRING, psycopg2.NUMBER)]
[t(None, cur) for t in (ext.INTEGER, ext.FLOAT, ext.DECIMAL, ext.BOOLEAN, ext.UNICODE, psycopg2.BINARY, ext.DATE, ext.TIME, ext.INTERVAL, psycopg2.DATETIME)]
ext.INTEGER("x", cur)
ext.INTEGER("", cur)
ext.INTEGER(" 1 ", cur)
ext.INTEGER("1_0", cur)
ext.INTEGER(b"1", cur)
ext.INTEGER(1, cur)
ext.INTEGER("1")
ext.INTEGER()
ext.INTEGER("1", None)
ext.INTEGER(value="1", cursor=None)
ext.INTEGER("9" * 50, None)
ext.FLOAT("x", None)
ext.FLOAT("", None)
ext.FLOAT("1e400", None)
ext.FLOAT("0x10", None)
ext.FLOAT("infinity", None), ext.FLOAT("-Infinity", None), ext.FLOAT("NaN", None)
ext.DECIMAL("x", None)
ext.DECIMAL("", None)
ext.DECIMAL("1e5", None)
ext.BOOLEAN("t", None), ext.BOOLEAN("f", None)
ext.BOOLEAN("x", None)
ext.BOOLEAN("", None)
ext.BOOLEAN("true", None)
ext.BYTES("a", cur)
psycopg2.BINARY("\\x6162", None)
psycopg2.BINARY("ab\\000\\134\\\\", None)
psycopg2.BINARY("\\x616", None)
psycopg2.BINARY("\\xzz", None)
psycopg2.BINARY("", None)
ext.DATE("2020-01-02", None), ext.DATE("infinity", None)
ext.DATE("x", None)
ext.DATE("", None)
ext.DATE("2020-13-01", None)
ext.DATE("2020-1", None)
ext.DATE("20200-01-01", None)
ext.TIME("01:02:03", None), ext.TIME("01:02", None), ext.TIME("01:02:03.5", None)
ext.TIME("x", None)
ext.TIME("25:00:00", None)
ext.TIME("01", None)
psycopg2.DATETIME("2020-01-02 03:04:05", None)
ext.PYDATETIME("2020-01-02 03:04:05", None)
ext.PYDATETIMETZ("2020-01-02 03:04:05+01", cur)
ext.PYDATETIME("2020-01-02", None)
ext.PYDATETIME("x", None)
ext.PYDATETIME("2020-01-02 03:04:05 BC", None)
ext.PYDATE("2020-01-02", None), ext.PYTIME("01:02:03", None), ext.PYINTERVAL("1 day", None)
ext.PYTIME("01:02:03+01", cur)
ext.UNICODE("\u20ac", cur)
ext.PYDATETIMETZ("2020-01-02 03:04:05+01:02:03", cur)
ext.PYDATETIMETZ("2020-01-02 03:04:05.1234567+01", cur)

# %% json
cur.execute("select '{\"a\": [1, 2.5, null, true, \"x\"]}'::json, '[]'::jsonb, 'null'::json, null::json, '1'::jsonb")
cur.fetchone()
cur.execute("select %s, %s", (extras.Json({"a": 1, "b": "it's \u20ac"}), extras.Json(None)))
cur.fetchone()
cur.execute("select %s::jsonb", (extras.Json([1, {"a": None}]),))
cur.fetchone()
cur.execute("select %s", ({"a": 1},))
extras.Json({"a": 1}).dumps({"b": 2})
extras.Json({"a": 1}, dumps=lambda o: "[]").getquoted()
extras.Json({"a": 1}, lambda o: 5).getquoted()
extras.Json(object()).getquoted()
extras.Json(1).adapted
repr(extras.Json(1)).split(" at ")[0], str(extras.Json({"a": "x'y"}))
extras.Json(1).prepare(conn)
extras.Json()
ext.adapt(extras.Json(1)) is not None
j = extras.Json("a")
j.prepare(conn)
j.getquoted()
extras.Json(nan).getquoted()

# %% json casters
extras.register_default_json(conn, globally=False, loads=lambda s: ("json", s))
extras.register_default_jsonb(conn, loads=lambda s: ("jsonb", s))
cur.execute("select '1'::json, '2'::jsonb, array['1'::json], array['2'::jsonb], null::json")
cur.fetchone()
extras.register_default_json(cur, loads=lambda s: 1 / 0)
cur.execute("select '1'::json")
cur.fetchone()
extras.register_json(conn)
[t.name for t in extras.register_json(conn, name="jsonb")]
extras.register_json(conn, name="nonesuch")
conn.rollback()
[t.values for t in extras.register_json(oid=114, array_oid=199)]
extras.register_json(oid=114)
extras.register_json()
extras.register_json(1)
extras.register_default_json()
extras.register_default_jsonb(loads=json.loads)

# %% uuid
u = UUID("12345678-1234-5678-1234-567812345678")
extras.register_uuid()
cur.execute("select %s, %s", (u, [u]))
cur.fetchone()
cur.execute("select '12345678-1234-5678-1234-567812345678'::uuid, array[null::uuid]")
cur.fetchone()
extras.UUID_adapter(u).getquoted()
str(extras.UUID_adapter(u))
extras.UUID_adapter(u).prepare(conn)
extras.UUID_adapter(1).getquoted()
extras.register_uuid(oids=1)
extras.register_uuid([1, 2], conn)
extras.register_uuid(conn_or_curs=cur)
extras.register_uuid(conn_or_curs=1)

# %% uuid, not registered
cur.execute("select '12345678-1234-5678-1234-567812345678'::uuid")
cur.fetchone()
cur.execute("select %s", (UUID(int=1),))

# %% inet
extras.Inet("10.0.0.1").getquoted()
repr(extras.Inet("10.0.0.1")), str(extras.Inet("10.0.0.1")), extras.Inet("x").addr
extras.Inet("10.0.0.1").prepare(conn)
i = extras.Inet("a'b")
i.prepare(conn)
i.getquoted()
cur.execute("select %s", (extras.Inet("10.0.0.1"),))
cur.fetchone()
extras.register_inet()
extras.register_inet(None, conn)
extras.register_inet([1, 2], conn)
extras.register_inet(869, conn)
cur.execute("select '10.0.0.1'::inet, '10.0.0.0/8'::cidr, array['10.0.0.1'::inet]")
cur.fetchone()
extras.Inet()
extras.Inet(1).getquoted()

# %% ipaddress
extras.register_ipaddress(conn)
cur.execute("select '10.0.0.1'::inet, '10.0.0.1/8'::inet, '10.0.0.0/8'::cidr, '::1'::inet, null::inet, array['10.0.0.1'::inet], array['10.0.0.0/8'::cidr]")
cur.fetchone()
cur.execute("select %s, %s, %s, %s", (ipaddress.ip_interface("10.0.0.1/8"), ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_interface("::1"), [ipaddress.ip_interface("1.2.3.4")]))
cur.fetchone()
cur.execute("select %s", (ipaddress.ip_address("10.0.0.1"),))
conn.rollback()
extras.register_ipaddress()
extras.register_ipaddress(1)

# %% ranges
R = extras.NumericRange
[R(), R(1), R(1, 2), R(1, 2, "[]"), R(None, 2), R(empty=True), R(1, None, "(]")]
R(1, 2, "x")
R(2, 1)
R(1, 2, "[]", True)
r = R(1, 5)
r.lower, r.upper, r.isempty, r.lower_inf, r.upper_inf, r.lower_inc, r.upper_inc, r._bounds
3 in r, 5 in r, 1 in r, 0 in r, None in r
3 in R(empty=True), 3 in R(), bool(R(empty=True)), bool(R())
str(r), repr(r), str(R(None, 2, "(]")), str(R(empty=True)), str(R())
r == R(1, 5), r == R(1, 5, "(]"), r != R(1, 5), r == 1, hash(r) == hash(R(1, 5))
r < R(2, 3), r > R(0, 3), R(empty=True) < r, r <= r, r >= r, R(None, 1) < r
r < 1
"a" in r
r.lower = 2
r._lower
pickle.loads(pickle.dumps(r)) == r
import copy
copy.copy(r), copy.deepcopy(r)
ext.adapt(r).getquoted()
a = ext.adapt(r)
a.prepare(conn)
a.getquoted(), type(a)
ext.adapt(R(empty=True)).getquoted()
ext.adapt(R()).getquoted()
ext.adapt(extras.DateRange(date(2020, 1, 1), None))
extras.DateTimeRange(1).__reduce__()
vars(r) if hasattr(r, "__dict__") else R.__slots__
extras.Range(1, 2)
ext.adapt(extras.Range(1, 2))
R("a", "b")

# %% ranges through the server
R = extras.NumericRange
cur.execute("select '[1,5)'::int4range, '(1,5]'::int8range, 'empty'::int4range, '(,)'::int4range, '[1.5,2]'::numrange, null::int4range")
cur.fetchone()
cur.execute("select '[2020-01-01,2020-01-05)'::daterange, '[2020-01-01 00:00,)'::tsrange, array['[1,2]'::int4range]")
cur.fetchone()
cur.execute("set timezone to utc; select '[2020-01-01 00:00,2021-01-01)'::tstzrange")
cur.fetchone()
cur.execute("select %s, %s, %s, %s", (R(1, 5), R(), R(empty=True), R(1, 5, "[]")))
cur.fetchone()
cur.execute("select %s, %s", (extras.DateRange(date(2020, 1, 1), date(2020, 2, 1)), extras.DateTimeRange(dt(2020, 1, 1))))
cur.fetchone()
cur.execute("select %s", ([R(1, 2)],))
cur.fetchone()
cur.execute("create type pg_temp.textrange as range (subtype = text)")
conn.commit()
c = extras.register_range("pg_temp.textrange", "TextRange", conn)
conn.commit()
c.range, c.range.__mro__, c.typecaster.name, c.array_typecaster.name, c.adapter.__name__
cur.execute("""select '["a,b","c""d\\\\")'::pg_temp.textrange, '(,"")'::pg_temp.textrange, array['[a,b]'::pg_temp.textrange]""")
cur.fetchone()
cur.execute("select %s", (c.range("a'\"b\\", "c,)"),))
cur.fetchone()
c.parse("[1,2]", cur)
c.parse("x", cur)
c.parse(None, cur)
c.parse("empty", cur)
extras.register_range("nonesuch", "X", conn)
conn.rollback()
extras.register_range("int4range", 12, conn)
extras.register_range("int4range", extras.Range, conn)
extras.register_range("int4range", "X", 1)
extras.RangeCaster("a", "b", 1, 2, 3)
extras.RangeCaster("a", "B", 1, 23).range
cur.execute("drop type pg_temp.textrange")
conn.commit()

# %% composites
cur.execute("create type pg_temp.card as (value int, suit text, d date)")
c = extras.register_composite("pg_temp.card", conn)
c.name, c.schema[:7], c.type, c.attnames, c.atttypes, c.type._fields
cur.execute("select (8, 'he\"a,rts', '2020-01-01')::pg_temp.card, null::pg_temp.card, (null, '', null)::pg_temp.card, array[(1, 'a', null)::pg_temp.card]")
cur.fetchone()
cur.execute("select %s::pg_temp.card", ((1, "b", None),))
cur.fetchone()
c.parse("(1,a,2020-01-01)", cur)
c.parse(None, cur)
c.parse("(1)", cur)
c.parse("x", cur)
c.parse("()", cur)
c.tokenize('(1,"a b",,"x""y","\\\\z")')
c.tokenize("(")
c.make([1, "a", None])
class Own(extras.CompositeCaster):
    def make(self, values): return dict(zip(self.attnames, values))

c = extras.register_composite("pg_temp.card", cur, factory=Own)
cur.execute("select (8, 'x', null)::pg_temp.card")
cur.fetchone()
extras.register_composite("nonesuch", conn)
conn.rollback()
extras.register_composite("pg_catalog.nonesuch", conn)
extras.register_composite("int4", conn)
conn.rollback()
extras.register_composite(1, conn)
extras.register_composite("x", 1)
extras.CompositeCaster("a", 1, [("x", 23), ("y z", 25)]).type._fields
extras.CompositeCaster("a b", 1, [("class", 23), ("1", 25)]).type
extras.CompositeCaster("a", 1, [])
repr(extras.CompositeCaster("a", 1, [])).split(" at ")[0]

# %% composite of a table
cur.execute("create temp table tt (a int, \"B c\" text); alter table tt add x int; alter table tt drop x")
c = extras.register_composite("tt", conn)
c.attnames, c.type._fields, c.type.__name__
cur.execute("insert into tt values (1, 'x'); select tt, array_agg(tt) from tt group by tt")
cur.fetchone()

# %% hstore
cur.execute("create extension if not exists hstore")
extras.register_hstore(conn)
cur.execute("select 'a=>1, \"b c\"=>NULL, \"x\\\"y\"=>\"\\\\z\"'::hstore, ''::hstore, null::hstore, array['a=>1'::hstore]")
cur.fetchone()
cur.execute("select %s", ({"a": "1", "b'": None, "\u20ac": "\\"},))
cur.fetchone()
cur.execute("select %s", ({},))
cur.fetchone()
cur.execute("select %s", ({"a": 1},))
cur.execute("select %s", ({None: "1"},))
cur.execute("select %s", ({1: "1"},))
conn.rollback()
H = extras.HstoreAdapter
H({"a": "1"}).getquoted()
h = H({"a": "1", "b": None})
h.prepare(conn)
h.getquoted()
H.parse('"a"=>"1", "b"=>NULL', cur)
H.parse("", cur)
H.parse(None, cur)
H.parse("x", cur)
H.parse('"a"=>"1"x', cur)
H.parse('"a"', cur)
H.parse('"a\\"b"=>"\\\\"', cur)
H.parse('"a"=>"1",', cur)
H.parse('"a"=>"1" "b"=>"2"', cur)
H.get_oids(conn)
extras.register_hstore(1)
extras.register_hstore(None, oid=1)
extras.register_hstore(conn, oid=(1, 2), array_oid=3)
extras.register_hstore(conn, oid=1, array_oid=2)

# %% casting numbers by hand, written in other ways
ext.INTEGER("01", None), ext.INTEGER("-01", None)
ext.INTEGER("0x10", None)
ext.INTEGER("\u0663", None)
ext.DECIMAL(" 1", None)
ext.DECIMAL("1_0", None)

# %% casting by hand with no cursor
ext.UNICODE("a", None)

# %% casting by hand with no cursor, letters
psycopg2.STRING("\u20ac", None)

# %% casting by hand with no cursor, bytes
ext.BYTES("a", None)

# %% casting by hand with no cursor, time zone
ext.PYDATETIMETZ("2020-01-02 03:04:05+01", None)

# %% casting by hand with what is no cursor
ext.INTEGER("1", 5)

# %% casting text by hand with what is no cursor
ext.UNICODE("1", 5)

# %% adapters made in Python, by keyword
ext.SQL_IN(seq=(1,)).getquoted(), ext.NoneAdapter(obj=1).getquoted()
extras.UUID_adapter(uuid=UUID(int=1)).getquoted()
ext.SQL_IN((1,)).prepare(conn=conn)
ext.adapt(None).getquoted(b"x")
ext.AsIs(obj=1), ext.Binary(buffer=b"")

# %% casting by hand with a connection
ext.INTEGER("1", conn), ext.UNICODE("\u20ac", conn), ext.DATE("2020-01-01", conn)
T = ext.new_type((23,), "T", lambda value, arg: (value, arg is conn))
T("1", conn)
ext.new_array_type((1007,), "A", T)("{1}", conn)
ext.UNICODEARRAY("{a}", None)
psycopg2.ROWID("1", 5), ext.BOOLEAN("t", 5), ext.FLOAT("1", ""), ext.INTERVAL("1 day", 5)

# %% date styles that are not ISO
conn.autocommit = True
cur.execute("set datestyle to german")
cur.execute("select '2020-02-01'::date, '2020-02-01 03:04:05'::timestamp")
cur.fetchone()
cur.execute("set datestyle to 'sql, dmy'")
cur.execute("select '2020-02-01'::date")
cur.fetchone()

# %% infinite dates in arrays
cur.execute("select '{infinity,-infinity}'::date[]")
cur.fetchone()
cur.execute("select '{infinity}'::timestamp[]")
cur.fetchone()

# %% ranges of what is no number
cur.mogrify("%s", (extras.NumericRange(None, D("NaN")),))
cur.mogrify("%s", (extras.NumericRange(float("-inf"), 1),))

# %% every caster of arrays
def read(name, text):
    try: return name, getattr(ext, name)(text, cur)
    except Exception as e: return name, type(e).__name__

[read(n, "{}") for n in sorted(dir(ext)) if n.endswith("ARRAY") and n[:4] not in ("UUID", "INET")]
[read(n, "{1,NULL}") for n in sorted(dir(ext)) if n.endswith("ARRAY") and n[:4] not in ("UUID", "INET")]
[read(n, "{2020-01-02}") for n in ("DATEARRAY", "PYDATEARRAY")]
[read(n, "{\"2020-01-02 03:04:05\"}") for n in ("DATETIMEARRAY", "PYDATETIMEARRAY")]
[read(n, "{\"2020-01-02 03:04:05+01\"}") for n in ("PYDATETIMETZARRAY",)]
[read(n, "{03:04:05}") for n in ("TIMEARRAY", "PYTIMEARRAY")]
[read(n, "{\"1 day\",-00:00:01}") for n in ("INTERVALARRAY", "PYINTERVALARRAY")]
[read(n, "{1,2.5}") for n in ("FLOATARRAY", "DECIMALARRAY")]
[read(n, "{t,f,NULL}") for n in ("BOOLEANARRAY",)]
[read(n, '{"[1]",NULL}') for n in ("JSONARRAY", "JSONBARRAY")]
[read(n, "{{a,b},{c,d}}") for n in ("STRINGARRAY", "UNICODEARRAY", "BYTESARRAY", "ROWIDARRAY")]
[(n, getattr(ext, n).values, getattr(ext, n).name) for n in sorted(dir(ext)) if n.endswith("ARRAY") and n[:4] not in ("UUID", "INET")]

# %% the unused methods of adapters
ext.ISQLQuote(1).getbuffer(), ext.ISQLQuote(1).getbinary(), ext.ISQLQuote(1).getquoted()
ext.ISQLQuote(1)._wrapped

# %% ranges of times with zones
at = dt(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
cur.mogrify("%s", (extras.DateTimeTZRange(at, None, "(]"),))
cur.execute("select %s", (extras.DateTimeTZRange(at, at, "[]"),))
cur.fetchone()
a = extras.RangeAdapter(extras.DateTimeTZRange(at, None))
a.getquoted()
a.name, a.adapted
class A(extras.RangeAdapter): name = "tstzrange"
a = A(extras.DateTimeTZRange(at, None))
a.prepare(conn)
a.getquoted()
A(extras.DateTimeTZRange(empty=True)).getquoted()

# %% interval styles
conn.autocommit = True
def styles(text):
    for style in ("postgres", "postgres_verbose", "sql_standard", "iso_8601"):
        cur.execute("set intervalstyle to %s; select %s::interval", (style, text))
        try: yield style, cur.fetchone()[0]
        except Exception as e: yield style, type(e).__name__

list(styles("1 year 2 mons -3 days 4:05:06.7"))
list(styles("-1 day")), list(styles("-1:00")), list(styles("1 mon"))
list(styles("0"))
