"""The typecasters as objects: their names and OIDs, comparing them, and calling them by hand."""

import datetime as dt
from decimal import Decimal

import pytest
from fix_faker import UTC, same

import psycopg2
from psycopg2 import extensions

TEXTS = (19, 18, 25, 1042, 1043)
TEXT_ARRAYS = (1002, 1003, 1009, 1014, 1015)

CASTERS = {
    "BINARYARRAY": (1001,),
    "BOOLEAN": (16,),
    "BOOLEANARRAY": (1000,),
    "BYTES": TEXTS,
    "BYTESARRAY": TEXT_ARRAYS,
    "DATE": (1082,),
    "DATEARRAY": (1182,),
    "DATETIMEARRAY": (1115,),
    "DECIMAL": (1700,),
    "DECIMALARRAY": (1231,),
    "FLOAT": (701, 700),
    "FLOATARRAY": (1021, 1022),
    "INTEGER": (23, 21),
    "INTEGERARRAY": (1005, 1006, 1007),
    "INTERVAL": (704, 1186),
    "INTERVALARRAY": (1187,),
    "JSON": (114,),
    "JSONARRAY": (199,),
    "JSONB": (3802,),
    "JSONBARRAY": (3807,),
    "LONGINTEGER": (20,),
    "LONGINTEGERARRAY": (1016,),
    "PYDATE": (1082,),
    "PYDATEARRAY": (1182,),
    "PYDATETIME": (1114,),
    "PYDATETIMEARRAY": (1115,),
    "PYDATETIMETZ": (1184,),
    "PYDATETIMETZARRAY": (1185,),
    "PYINTERVAL": (704, 1186),
    "PYINTERVALARRAY": (1187,),
    "PYTIME": (1083, 1266),
    "PYTIMEARRAY": (1183, 1270),
    "ROWIDARRAY": (1028, 1013),
    "STRINGARRAY": TEXT_ARRAYS,
    "TIME": (1083, 1266),
    "TIMEARRAY": (1183, 1270),
    "UNICODE": TEXTS,
    "UNICODEARRAY": TEXT_ARRAYS,
}

TYPE_OBJECTS = {
    "BINARY": (17,),
    "DATETIME": (1114,),
    "NUMBER": (20, 23, 21, 701, 700, 1700),
    "ROWID": (26,),
    "STRING": TEXTS,
}

REGISTERED = {
    16: "BOOLEAN",
    17: "BINARY",
    18: "STRING",
    19: "STRING",
    20: "LONGINTEGER",
    21: "INTEGER",
    23: "INTEGER",
    25: "STRING",
    26: "ROWID",
    114: "JSON",
    199: "JSONARRAY",
    651: "CIDRARRAY",
    700: "FLOAT",
    701: "FLOAT",
    704: "INTERVAL",
    705: "UNKNOWN",
    1000: "BOOLEANARRAY",
    1001: "BINARYARRAY",
    1002: "STRINGARRAY",
    1003: "STRINGARRAY",
    1005: "INTEGERARRAY",
    1006: "INTEGERARRAY",
    1007: "INTEGERARRAY",
    1009: "STRINGARRAY",
    1013: "ROWIDARRAY",
    1014: "STRINGARRAY",
    1015: "STRINGARRAY",
    1016: "LONGINTEGERARRAY",
    1021: "FLOATARRAY",
    1022: "FLOATARRAY",
    1028: "ROWIDARRAY",
    1040: "MACADDRARRAY",
    1041: "INETARRAY",
    1042: "STRING",
    1043: "STRING",
    1082: "DATE",
    1083: "TIME",
    1114: "DATETIME",
    1115: "DATETIMEARRAY",
    1182: "DATEARRAY",
    1183: "TIMEARRAY",
    1184: "DATETIMETZ",
    1185: "DATETIMETZARRAY",
    1186: "INTERVAL",
    1187: "INTERVALARRAY",
    1231: "DECIMALARRAY",
    1266: "TIME",
    1270: "TIMEARRAY",
    1700: "DECIMAL",
    3802: "JSONB",
    3807: "JSONBARRAY",
}


@pytest.mark.parametrize("name", CASTERS)
def test_caster_tells_its_name_and_oids(name):
    caster = getattr(extensions, name)
    assert (caster.name, caster.values) == (name, CASTERS[name])
    assert name in repr(caster)


@pytest.mark.parametrize("name", TYPE_OBJECTS)
def test_type_object_of_the_module(name):
    caster = getattr(psycopg2, name)
    assert caster.name == name
    assert sorted(caster.values) == sorted(TYPE_OBJECTS[name])


@pytest.mark.parametrize("oid", REGISTERED)
def test_caster_registered_at_the_start(oid):
    assert extensions.string_types[oid].name == REGISTERED[oid]
    assert oid in extensions.string_types[oid].values


def test_binary_types_is_empty():
    assert extensions.binary_types == {}


@pytest.mark.parametrize("name", TYPE_OBJECTS)
def test_type_object_compares_equal_to_its_oids(name):
    caster = getattr(psycopg2, name)
    for oid in TYPE_OBJECTS[name]:
        assert caster == oid
        assert oid == caster
        assert (caster != oid, oid != caster) == (False, False)
    for oid in {o for oids in TYPE_OBJECTS.values() for o in oids} - set(TYPE_OBJECTS[name]):
        assert caster != oid
        assert oid != caster
        assert (caster == oid, oid == caster) == (False, False)
    assert caster != -1
    assert caster == caster
    for other in set(TYPE_OBJECTS) - {name}:
        assert caster != getattr(psycopg2, other)


def test_type_object_compares_equal_to_a_caster_of_its_oids():
    assert psycopg2.NUMBER == extensions.INTEGER
    assert extensions.INTEGER == psycopg2.NUMBER
    assert psycopg2.STRING == extensions.UNICODE
    assert psycopg2.DATETIME == extensions.PYDATETIME
    assert extensions.INTEGER != extensions.FLOAT


def test_type_object_compares_to_a_type_code(cur):
    cur.execute("select 1, 'a'::text, 1.5, '\\x00'::bytea, now()::timestamp, 1::oid")
    codes = [column.type_code for column in cur.description]
    objects = ["NUMBER", "STRING", "NUMBER", "BINARY", "DATETIME", "ROWID"]
    for code, name in zip(codes, objects):
        assert code == getattr(psycopg2, name)
        assert [n for n in TYPE_OBJECTS if code == getattr(psycopg2, n)] == [name]


GOOD = [
    ("BOOLEAN", "t", True),
    ("BOOLEAN", "f", False),
    ("BOOLEAN", "true", True),
    ("BOOLEAN", "false", False),
    ("INTEGER", "5", 5),
    ("INTEGER", "-5", -5),
    ("INTEGER", "99999999999999999999", 99999999999999999999),
    ("LONGINTEGER", "-9223372036854775808", -(2**63)),
    ("FLOAT", "1.5", 1.5),
    ("FLOAT", "NaN", float("nan")),
    ("FLOAT", "-Infinity", float("-inf")),
    ("FLOAT", "1e-300", 1e-300),
    ("DECIMAL", "1.50", Decimal("1.50")),
    ("DECIMAL", "NaN", Decimal("NaN")),
    ("UNICODE", "é日😀", "é日😀"),
    ("UNICODE", "", ""),
    ("UNICODE", "a\0b", "a\0b"),
    ("BYTES", "é", b"\xc3\xa9"),
    ("PYDATE", "2020-01-02", dt.date(2020, 1, 2)),
    ("PYDATE", "infinity", dt.date.max),
    ("PYTIME", "01:02:03.5", dt.time(1, 2, 3, 500000)),
    ("PYTIME", "24:00:00", dt.time(0)),
    ("PYDATETIME", "2020-01-02 03:04:05", dt.datetime(2020, 1, 2, 3, 4, 5)),
    ("PYDATETIME", "2020-01-02", dt.datetime(2020, 1, 2)),
    ("PYDATETIMETZ", "2020-01-02 03:04:05+00", dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ("PYINTERVAL", "1 day 02:00:00", dt.timedelta(1, 7200)),
    ("JSON", '{"a": 1}', {"a": 1}),
    ("JSONB", "[1]", [1]),
    ("INTEGERARRAY", "{1,NULL}", [1, None]),
    ("UNICODEARRAY", '{a,"b,c",NULL,"NULL"}', ["a", "b,c", None, "NULL"]),
    ("UNICODEARRAY", '{a"b}', ['a"b']),
]


@pytest.mark.parametrize("name, text, wanted", GOOD)
@pytest.mark.parametrize("of", ["cursor", "bytes"])
def test_caster_by_hand(cur, name, text, wanted, of):
    got = getattr(extensions, name)(text.encode() if of == "bytes" else text, cur)
    assert same(got, wanted), repr(got)


@pytest.mark.parametrize("name", [*CASTERS])
def test_caster_by_hand_of_none_is_none(cur, name):
    assert getattr(extensions, name)(None, cur) is None
    assert getattr(extensions, name)(None, None) is None


@pytest.mark.parametrize(
    "name, text, wanted",
    [g for g in GOOD if not g[0].startswith("PYDATETIMETZ") and g[1].isascii()],
)
def test_caster_by_hand_needs_no_cursor(name, text, wanted):
    assert same(getattr(extensions, name)(text, None), wanted)


def test_caster_by_hand_of_bytea(cur):
    binary = psycopg2.BINARY
    assert bytes(binary("\\x00ff41", cur)) == b"\x00\xffA"
    assert bytes(binary("a\\000\\\\b\\377", cur)) == b"a\x00\\b\xff"
    assert bytes(binary("", cur)) == b""
    assert same(extensions.BINARYARRAY('{"\\\\x00ff",NULL}', cur), [b"\x00\xff", None])


DATE_LIKE = ["", "5", "x", "1.5", "{1,2}", "03:04:05", "1 day", "2020-01", "2020"]
BAD = [
    *[
        ("BOOLEAN", text, psycopg2.InterfaceError, "can't parse boolean")
        for text in ("", "5", "x", "1.5")
    ],
    *[
        ("INTEGER", text, ValueError, "invalid literal for int")
        for text in ("", "x", "1.5", "t", "1 2")
    ],
    *[("LONGINTEGER", text, ValueError, "invalid literal") for text in ("", "x", "1.5")],
    *[
        ("FLOAT", text, ValueError, "could not convert string to float")
        for text in ("", "x", "1,5")
    ],
    *[("DECIMAL", text, ArithmeticError, "") for text in ("", "x", "1,5")],
    *[("PYDATE", text, psycopg2.DataError, "unable to parse date") for text in DATE_LIKE],
    *[("PYDATETIME", text, psycopg2.DataError, "unable to parse") for text in DATE_LIKE],
    *[("PYDATETIMETZ", text, psycopg2.DataError, "unable to parse") for text in DATE_LIKE],
    *[
        ("PYTIME", text, psycopg2.DataError, "unable to parse time")
        for text in ("", "5", "x", "2020-01-02", "1 day", "12")
    ],
    ("PYTIME", "25:00:00", (ValueError, psycopg2.DataError), ""),
    ("PYTIME", "12:60:00", (ValueError, psycopg2.DataError), ""),
    ("PYDATE", "2020-13-01", (ValueError, psycopg2.DataError), ""),
    ("PYDATE", "2020-02-30", (ValueError, psycopg2.DataError), ""),
    ("PYDATE", "99999999999999999999-01-01", (ValueError, OverflowError, psycopg2.DataError), ""),
    ("PYDATETIME", "2020-01-02 25:00:00", (ValueError, psycopg2.DataError), ""),
    ("JSON", "{", ValueError, ""),
    ("JSONB", "x", ValueError, ""),
]


@pytest.mark.parametrize("name, text, error, message", BAD)
def test_caster_by_hand_refuses(cur, name, text, error, message):
    with pytest.raises(error, match=message or None):
        getattr(extensions, name)(text, cur)


@pytest.mark.parametrize(
    "text", ["\\xd", "\\xde1", "\\xzz", "\\x0g", "\\", "a\\0", "a\\00", "a\\999"]
)
def test_caster_by_hand_of_malformed_bytea(cur, text):
    """What is not bytea may be refused; it may not be read from outside of itself."""
    try:
        got = psycopg2.BINARY(text, cur)
    except (psycopg2.Error, ValueError):
        return
    assert len(got) <= len(text)


@pytest.mark.parametrize("text", ["\ud800", "a\udcff"])
def test_caster_by_hand_of_a_surrogate_is_refused(cur, text):
    for of in (cur, None):
        with pytest.raises(UnicodeEncodeError):
            extensions.UNICODE(text, of)


def test_caster_by_hand_of_bytes_outside_the_encoding_is_refused(cur):
    with pytest.raises(UnicodeDecodeError):
        extensions.UNICODE(b"\xff", cur)
    with pytest.raises(UnicodeDecodeError):
        extensions.UNICODEARRAY(b"{\xff}", cur)


@pytest.mark.parametrize("args", [(), ("5", None, 1), (5, None), (object(), None), ([], None)])
def test_caster_by_hand_takes_text_and_a_cursor(args):
    with pytest.raises(TypeError):
        extensions.INTEGER(*args)


def test_caster_by_hand_takes_no_keywords(cur):
    with pytest.raises(TypeError):
        extensions.INTEGER(value="5", cur=cur)


ENCODINGS = {
    "BIG5": "big5",
    "EUC_CN": "gb2312",
    "EUC_JIS_2004": "euc_jis_2004",
    "EUC_JP": "euc_jp",
    "EUC_KR": "euc_kr",
    "GB18030": "gb18030",
    "GBK": "gbk",
    "ISO_8859_5": "iso8859_5",
    "JOHAB": "johab",
    "KOI8R": "koi8_r",
    "KOI8U": "koi8_u",
    "LATIN1": "iso8859_1",
    "LATIN9": "iso8859_15",
    "LATIN10": "iso8859_16",
    "SHIFT_JIS_2004": "shift_jis_2004",
    "SJIS": "cp932",
    "SQL_ASCII": "ascii",
    "UHC": "cp949",
    "UNICODE": "utf_8",
    "UTF8": "utf_8",
    "WIN866": "cp866",
    "WIN874": "cp874",
    "WIN1250": "cp1250",
    "WIN1252": "cp1252",
    "WIN1258": "cp1258",
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings_name_the_codec_of_python(name):
    import codecs

    wanted = codecs.lookup(ENCODINGS[name]).name
    assert codecs.lookup(extensions.encodings[name]).name == wanted
    # the name that connection.encoding tells is there too
    assert codecs.lookup(extensions.encodings[name.replace("_", "")]).name == wanted
