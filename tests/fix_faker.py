"""Values of every type the driver moves: hypothesis strategies, and how to compare what came back.

`FAKERS` maps a PostgreSQL type to the strategy of the Python values it holds without a loss, so a
test can send any of them and expect the very same value back.
"""

import datetime as dt
import decimal
import math
import string
import uuid

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# The connection lives for one test, not for one example: a round trip leaves nothing behind in it.
through_server = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

UTC = dt.timezone.utc


def same(got, wanted):
    """Return True if the values are equal, of one type, and not told apart by their bits.

    Two NaNs are the same, 0.0 and -0.0 are not; an aware time must keep its offset from UTC, and a
    Decimal its trailing zeros. A memoryview stands for its bytes.
    """
    if isinstance(got, memoryview):
        return isinstance(wanted, (bytes, bytearray, memoryview)) and bytes(got) == bytes(wanted)
    if type(got) is not type(wanted):
        return False
    if isinstance(wanted, (list, tuple)):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    if isinstance(wanted, float):
        if math.isnan(wanted):
            return math.isnan(got)
        return got == wanted and math.copysign(1, got) == math.copysign(1, wanted)
    if isinstance(wanted, decimal.Decimal):
        return str(got) == str(wanted)
    if isinstance(wanted, (dt.datetime, dt.time)):
        return got == wanted and got.utcoffset() == wanted.utcoffset()
    return got == wanted


def ints(bits):
    """Signed integers of so many bits, the ends included."""
    top = 2 ** (bits - 1)
    return st.integers(-top, top - 1)


# PostgreSQL's text has no NUL, and UTF-8 no surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
nasty_texts = st.text(st.sampled_from("'\"\\%s();-\n\t {}[],é日😀$:eE") | st.sampled_from("ab "))

floats = st.floats()
# The server writes a float4 with the digits that tell it from its neighbours, which as a float is
# another number, except for those whose digits are few.
floats32 = st.integers(-(2**20), 2**20).map(lambda i: i / 4) | st.sampled_from(
    [math.inf, -math.inf, math.nan, 1e38, 1.5e-38]
)


@st.composite
def decimals(draw):
    """NaN, or digits and a scale: what numeric keeps, trailing zeros included."""
    if draw(st.integers(0, 30)) == 0:
        return decimal.Decimal("NaN")
    digits = draw(st.text(string.digits, min_size=1, max_size=60))
    scale = draw(st.integers(0, 80))
    sign = "-" if draw(st.booleans()) and digits.strip("0") else ""
    number = decimal.Decimal(int(digits)).scaleb(-scale, decimal.Context(prec=200))
    return decimal.Decimal(sign + str(number))


# Offsets the server takes: whole seconds, less than 16 hours (15:59:59) from UTC.
offsets = st.integers(-57599, 57599).map(lambda s: dt.timezone(dt.timedelta(seconds=s)))
# Of an aware datetime, one day is left at both ends: in UTC it must not leave the years 1 to 9999.
aware_datetimes = st.datetimes(
    dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30, 23, 59, 59, 999999), timezones=offsets
)
# datetime.time(fold=1) is not a different time for the server.
naive_times = st.times()
aware_times = st.times(timezones=offsets)
timedeltas = st.timedeltas()
small_timedeltas = st.timedeltas(dt.timedelta(days=-400), dt.timedelta(days=400))
all_texts = st.one_of(texts, nasty_texts)

FAKERS = {
    "bool": st.booleans(),
    "int2": ints(16),
    "int4": ints(32),
    "int8": ints(64),
    "oid": st.integers(0, 2**32 - 1),
    "float4": floats32,
    "float8": floats,
    "numeric": decimals(),
    "text": all_texts,
    "varchar": all_texts,
    "bytea": st.binary(),
    "date": st.dates(),
    "time": naive_times,
    "timetz": aware_times,
    "timestamp": st.datetimes(),
    "interval": st.one_of(timedeltas, small_timedeltas),
    "uuid": st.uuids() | st.sampled_from([uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)]),
}


@st.composite
def arrays(draw, elements, max_dims=3):
    """A list as deep as max_dims or less, rectangular, of such elements and of None."""
    dims = draw(st.lists(st.integers(1, 3), min_size=1, max_size=max_dims))

    def build(sizes):
        if not sizes:
            return draw(st.none() | elements)
        return [build(sizes[1:]) for _ in range(sizes[0])]

    return build(dims)
