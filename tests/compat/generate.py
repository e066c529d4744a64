"""Hypothesis strategies that give lines of Python for probes: values, queries, calls.

What differs on purpose is not made up: what does is told in differences.toml by a probe of its own.
"""

import re
import string

from hypothesis import strategies as st


def source(strategy):
    """Python for the values of a strategy; inf and nan are names that probes have."""
    return strategy.map(repr)


def call(name, *arguments):
    """Python for calls of a function with the sources of its arguments."""
    return st.tuples(*arguments).map(lambda parts: f"{name}({', '.join(parts)})")


def pick(text):
    """One of the lines of a text."""
    return st.sampled_from(text.strip("\n").split("\n"))


def lines(strategy, least=1, most=20):
    return st.lists(strategy, min_size=least, max_size=most)


# -- values ---------------------------------------------------------------------------------------

LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
ODD = st.text(st.sampled_from("ab'\"\\%{}(),;:$ \n\t\re\u0301€\U0001f600\x01\x7f"), max_size=12)
TEXT = st.text(LETTERS, max_size=20) | ODD
WORD = st.text(string.ascii_lowercase, min_size=1, max_size=6)

OFFSETS = st.integers(-15 * 60, 15 * 60).map(
    lambda minutes: f"timezone(timedelta(minutes={minutes}))"
)
TIMES = source(st.times()) | st.tuples(source(st.times()), OFFSETS).map(
    lambda pair: f"{pair[0]}.replace(tzinfo={pair[1]})"
)
DATETIMES = source(st.datetimes()) | st.tuples(source(st.datetimes()), OFFSETS).map(
    lambda pair: f"{pair[0]}.replace(tzinfo={pair[1]})"
)
DATES = source(st.dates())
INTERVALS = source(st.timedeltas())
INTEGERS = source(st.integers(-(2**70), 2**70))
FLOATS = source(st.floats().filter(lambda x: x or str(x) != "-0.0"))
DECIMALS = source(st.decimals(allow_nan=False, allow_infinity=False)) | pick("""
Decimal('NaN')
Decimal('Infinity')
Decimal('-Infinity')
Decimal('sNaN')
Decimal('-0')
Decimal('1E+400')
Decimal('1E-400')
""")
BINARY = source(st.binary(max_size=20))
STRINGS = source(TEXT)
SIMPLE = (
    st.sampled_from(["None", "True", "False"])
    | INTEGERS
    | FLOATS
    | DECIMALS
    | STRINGS
    | BINARY
    | DATES
    | TIMES
    | DATETIMES
    | INTERVALS
)


def ranges(name, kind):
    end = st.just("None") | kind
    return call(name, end, end, source(st.sampled_from(["[)", "[]", "(]", "()"]))) | st.just(
        f"{name}(empty=True)"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
WRAPPED = (
    call("psycopg2.Binary", BINARY)
    | call("bytearray", BINARY)
    | call("memoryview", BINARY)
    | call("ext.AsIs", STRINGS | INTEGERS)
    | call("ext.QuotedString", STRINGS)
    | call("ext.Boolean", pick("0\n1\nNone\n''\n'x'"))
    | call("ext.Float", FLOATS)
    | call("ext.Int", INTEGERS)
    | call("extras.Json", source(JSON))
    | call("extras.Inet", source(st.ip_addresses().map(str)))
    | call("psycopg2.Date", *[source(st.integers(1, 12))] * 3)
    | call("psycopg2.Timestamp", *[source(st.integers(1, 12))] * 6)
    | call("psycopg2.TimeFromTicks", source(st.integers(0, 2**33)))
    | call("psycopg2.DateFromTicks", source(st.integers(0, 2**33)))
    | call("psycopg2.TimestampFromTicks", source(st.integers(0, 2**33)))
    | ranges("extras.NumericRange", INTEGERS | source(st.integers(-9, 9).map(lambda n: n / 4)))
    | ranges("extras.DateRange", DATES)
    | ranges("extras.DateTimeRange", source(st.datetimes()))
)


def tupled(items):
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def listed(items):
    return f"[{', '.join(items)}]"


def nested(leaves):
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3).map(listed) | st.lists(inner, max_size=3).map(tupled)
        ),
        max_leaves=6,
    )


VALUES = nested(SIMPLE | WRAPPED)

# -- texts of types, as the server writes or takes them -------------------------------------------

TYPED = {
    "date": st.dates().map(str) | pick("infinity\n-infinity\n12000-01-01\n0044-03-15 BC"),
    "timestamp": st.datetimes().map(str)
    | pick("infinity\n-infinity\n0044-03-15 00:00:00 BC\n10000-01-01 00:00:00"),
    "timestamptz": st.datetimes().map(lambda at: f"{at}+00") | pick("infinity\n-infinity"),
    "time": st.times().map(str) | st.just("24:00:00"),
    "timetz": st.tuples(st.times(), st.integers(-15 * 3600, 15 * 3600)).map(
        lambda pair: f"{pair[0]}{pair[1] // 3600:+03d}:{pair[1] // 60 % 60:02d}"
    ),
    "interval": st.tuples(*[st.integers(-9999, 9999)] * 4).map(
        lambda n: "{} years {} mons {} days {} seconds".format(*n)
    ),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.just("NaN"),
    "float8": st.floats().map(str),
    "float4": st.floats(width=32).map(str),
    "int2": st.integers(-(2**15), 2**15 - 1).map(str),
    "int4": st.integers(-(2**31), 2**31 - 1).map(str),
    "int8": st.integers(-(2**63), 2**63 - 1).map(str),
    "oid": st.integers(0, 2**32 - 1).map(str),
    "bool": pick("t\nf"),
    "text": TEXT,
    "varchar": TEXT,
    "name": TEXT,
    '"char"': pick("a\nb\n'"),
    "bytea": st.binary(max_size=20).map(lambda data: "\\x" + data.hex()),
    "numrange": pick("empty\n[1,2.5)\n(,)\n(1,]\n[,5]\n(-1.5,1e20)"),
    "int4range": pick("empty\n[1,2)\n(,)\n(1,]\n[,5]"),
    "daterange": pick("empty\n[2020-01-01,2021-01-01)\n(,)\n[,infinity)\n[infinity,)"),
    "tsrange": pick("empty\n[2020-01-01 01:02:03.5,2021-01-01)\n(,)"),
    "inet": st.ip_addresses().map(str),
    "cidr": st.ip_addresses().map(str),
    "macaddr": st.just("08:00:2b:01:02:03"),
    "money": st.just("12.5"),
    "bit": pick("0\n1"),
    "xml": st.just("<a>b</a>"),
    "point": st.just("(1,2)"),
    "int4multirange": pick("{}\n{[1,2)}\n{[1,2),[5,)}"),
    "json": st.recursive(
        pick('1\nnull\n"a\\u20ac"\n2.5\ntrue\n1e400'),
        lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        max_leaves=4,
    ),
}
TYPED["jsonb"] = TYPED["json"].filter(lambda text: "1e400" not in text)


@st.composite
def columns(draw):
    """Read a value of a type, and an array of the type."""
    kind = draw(st.sampled_from(sorted(TYPED)))
    value = draw(TYPED[kind])
    finite = TYPED[kind].filter(lambda text: "infinity" not in text)
    array = draw(st.lists(finite | st.none(), max_size=3))
    return (
        f"cur.execute('select %s::{kind}, %s::text[]::{kind}[]', ({value!r}, {array!r}))\n"
        "cur.fetchone()"
    )


# -- queries and their arguments ------------------------------------------------------------------

PIECES = (
    st.lists(
        pick("""
%s
%(a)s
%(b c)s
%()s
%(a
%(a)
%%
%
%d
%(a)d
%5s
%b
%t
%%s
%%(a)s
'%s'
x
""")
        | st.sampled_from(["select ", ", ", " ", "\n", "%(a)s-%(a)s", "-%s", "%s%s", "% s", "%("]),
        max_size=5,
    )
    .map("".join)
    .filter(lambda text: "%(a)%" not in text)
)
ARGUMENTS = pick("""
None
()
[]
{}
''
'ab'
b'ab'
5
0
object()
{'a': 1}
{'a': None, 'b c': -2}
{'A': 1}
{1: 2}
(-1,)
[-1.5, -2]
(object(),)
{'a': object()}
iter([1])
range(2)
{1, 2}
(Decimal('-1'),)
(float('-inf'),)
((1, 2),)
([],)
([None],)
([[]],)
((),)
{'a': (1,)}
{'a': []}
extras.Json(1)
(extras.Json({'a': 1}),)
""") | st.lists(SIMPLE, max_size=3).map(tupled)
MOGRIFY = st.tuples(source(PIECES), ARGUMENTS).map(lambda pair: f"cur.mogrify({', '.join(pair)})")
MOGRIFY_BYTES = st.tuples(source(PIECES), ARGUMENTS).map(
    lambda pair: f"cur.mogrify({pair[0]}.encode(), {pair[1]})"
)

# -- sql objects ----------------------------------------------------------------------------------

SQL_TEXT = source(
    st.lists(
        pick("{}\n{0}\n{a}\n{}{}\n{1}\n{{\n}}\n{!r}\n{:>5}\n{a.b}\n{0[1]}\n{\n}\n%s\nselect \n,\n ")
        | st.sampled_from([" ", "x", "'"]),
        max_size=4,
    ).map("".join)
)
COMPOSABLE = st.recursive(
    call("sql.SQL", SQL_TEXT)
    | call("sql.Identifier", STRINGS)
    | call("sql.Identifier", STRINGS, STRINGS)
    | call("sql.Literal", SIMPLE)
    | call("sql.Placeholder", source(st.none() | WORD))
    | pick(
        "sql.Placeholder()\nsql.NULL\nsql.DEFAULT\nsql.SQL(5)\nsql.Identifier()\nsql.Placeholder('a)')"
    ),
    lambda inner: st.one_of(
        call("sql.Composed", st.lists(inner, max_size=3).map(listed)),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} + {two[1]})"),
        st.tuples(inner, st.integers(-1, 3)).map(lambda two: f"({two[0]} * {two[1]})"),
        st.tuples(source(st.sampled_from([", ", "", "."])), st.lists(inner, max_size=3)).map(
            lambda two: f"sql.SQL({two[0]}).join({listed(two[1])})"
        ),
        st.tuples(SQL_TEXT, st.lists(inner, max_size=2), st.booleans()).map(
            lambda three: "sql.SQL({}).format({})".format(
                three[0], ", ".join([*three[1], *(["a=sql.Literal(1)"] if three[2] else [])])
            )
        ),
    ),
    max_leaves=5,
)

# -- connection strings ---------------------------------------------------------------------------

KEYWORD = pick(
    "dbname\nhost\nport\nuser\npassword\noptions\napplication_name\nfoo\nsslmode\ndatabase"
)
DSN = source(
    st.lists(
        st.tuples(
            KEYWORD,
            pick("=\n = \n==\n \n=' \n='"),
            pick("a\n'a b'\na\\'b\n''\n\\\\\n'a\nb c\n1\n\u20ac\n%20\n-1"),
        ).map("".join),
        max_size=3,
    ).map(" ".join)
    | st.tuples(
        pick("postgres://\npostgresql://\npostgre://\nhttp://"),
        st.just("") | pick("u@\nu:p@\nu:p%20w@\n:p@\nu:@\n@\nu:%zz@"),
        st.just("") | pick("h\nh:1\n[::1]\n[::1]:5\n%2Ftmp\nh1:1,h2:2\nh:x\n[::1"),
        pick(
            "\n/\n/db\n/d%20b\n/db?\n/db?a=b\n/db?sslmode=disable\n?host=x\n/?host=x&port=1\n?host"
        ),
    ).map("".join)
    | ODD
)
DSN_CALLS = st.one_of(
    call("ext.parse_dsn", DSN),
    call("ext.make_dsn", DSN),
    call(
        "ext.make_dsn",
        DSN | st.just("None"),
        st.tuples(KEYWORD, STRINGS | INTEGERS | st.just("None")).map("=".join),
    ),
    call(
        "ext.make_dsn",
        st.lists(KEYWORD, min_size=1, max_size=3, unique=True).map(
            lambda names: ", ".join(f"{name}='{name} '" for name in names)
        ),
    ),
)

# -- text for typecasters that are called by hand -------------------------------------------------


def is_no_number(text):
    """Tell whether a text is a number to nobody: how one may be written differs on purpose."""
    return text == text.strip() and not any(c == "_" or c.isdigit() for c in text)


CASTS = st.one_of(
    *[
        call(f"ext.{name}", source(TYPED[kind]), pick("cur\nNone"))
        for name, kind in [
            ("INTEGER", "int8"),
            ("LONGINTEGER", "int8"),
            ("FLOAT", "float8"),
            ("FLOAT", "numeric"),
            ("DECIMAL", "numeric"),
            ("BOOLEAN", "bool"),
            ("UNICODE", "text"),
            ("BINARYARRAY", "text"),
            ("PYDATE", "date"),
            ("PYDATETIME", "timestamp"),
            ("PYTIME", "time"),
            ("JSON", "json"),
            ("JSONB", "jsonb"),
        ]
    ],
    call("ext.PYTIME", source(TYPED["timetz"]), st.just("cur")),
    call("ext.PYDATETIMETZ", source(TYPED["timestamptz"]), st.just("cur")),
    call("psycopg2.BINARY", source(TYPED["bytea"]), st.just("cur")),
    call("cur.cast", source(st.sampled_from([16, 25, 701, 0, 9**9])), STRINGS),
    call("cur.cast", source(st.sampled_from([20, 1700])), source(TEXT.filter(is_no_number))),
)
HSTORE = call(
    "extras.HstoreAdapter.parse",
    source(
        st.lists(
            st.tuples(TEXT, st.none() | TEXT).map(
                lambda pair: " => ".join(
                    "NULL" if x is None else '"{}"'.format(re.sub(r'(["\\\\])', r"\\\1", x))
                    for x in pair
                ).replace(" => ", "=>")
            ),
            max_size=3,
        ).map(", ".join)
    ),
    st.just("cur"),
)

# -- ranges ---------------------------------------------------------------------------------------

RANGE = ranges("extras.NumericRange", source(st.integers(-3, 3)))
RANGES = st.one_of(
    RANGE,
    st.tuples(RANGE, pick("==\n<\n<=\n>\n>=\n!="), RANGE).map(" ".join),
    st.tuples(source(st.integers(-4, 4) | st.none()), RANGE).map(
        lambda two: f"{two[0]} in {two[1]}"
    ),
    call("bool", RANGE),
    call("str", RANGE),
    call("hash", RANGE).map(lambda text: f"{text} == {text}"),
    st.tuples(RANGE, pick("lower\nupper\nisempty\nlower_inf\nupper_inf\nlower_inc\nupper_inc")).map(
        ".".join
    ),
    call("pickle.loads", call("pickle.dumps", RANGE)),
    call("extras.Range", SIMPLE, SIMPLE, pick("'[)'\n'()'\n'['\n''\nNone\n5")),
)

# -- encodings ------------------------------------------------------------------------------------

ENCODINGS_OF_PYTHON = {
    "UTF8": "utf-8",
    "LATIN1": "iso8859-1",
    "LATIN9": "iso8859-15",
    "WIN1252": "cp1252",
    "WIN1251": "cp1251",
    "KOI8R": "koi8_r",
    "ISO_8859_7": "iso8859-7",
    "EUC_JP": "euc_jp",
    "EUC_KR": "euc_kr",
    "SJIS": "shift_jis",
    "BIG5": "big5",
    "GBK": "cp936",
    "GB18030": "gb18030",
    "UHC": "cp949",
}
ENCODINGS = sorted(ENCODINGS_OF_PYTHON)


def texts_of(codec):
    """Texts of an encoding, with what would be an injection if its bytes were read one by one."""
    letters = st.characters(codec="ascii", exclude_characters="\0") | st.sampled_from(
        [
            c
            for c in "\u20ac\xe9\u0416\u30bd\u8868\u80fd\u529f\uac00\u6f22\u03a9"
            if encodes(c, codec)
        ]
        or ["a"]
    )
    return st.text(letters | st.sampled_from("'\\\\;-"), max_size=8)


def encodes(letter, codec):
    try:
        return letter.encode(codec).decode(codec) == letter
    except UnicodeError:
        return False


# Encodings where no byte of a letter can be taken for a backslash or a brace: the original reads
# arrays byte by byte.
SAFE_ENCODINGS = set(ENCODINGS) - {"SJIS", "BIG5", "GBK", "GB18030", "UHC"}
