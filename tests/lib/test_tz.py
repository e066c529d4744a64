"""psycopg2.tz."""

import copy
import datetime as dt
import os
import pickle
import subprocess
import sys

import pytest

from psycopg2.tz import LOCAL, ZERO, FixedOffsetTimezone, LocalTimezone

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize("offset", [60, 60.0, HOUR])
def test_fixed_offset_is_minutes_or_a_timedelta(offset):
    zone = FixedOffsetTimezone(offset)
    assert zone.utcoffset(None) == HOUR
    assert zone.dst(None) == ZERO
    assert dt.datetime(2020, 1, 1, tzinfo=zone).isoformat() == "2020-01-01T00:00:00+01:00"


@pytest.mark.parametrize(
    "seconds, name",
    [
        (0, "+00"),
        (3600, "+01"),
        (-3600, "-01"),
        (5400, "+01:30"),
        (-5400, "-01:30"),
        (3661, "+01:01:01"),
        (-1, "-00:00:01"),
    ],
)
def test_fixed_offset_is_named_by_its_offset(seconds, name):
    assert FixedOffsetTimezone(dt.timedelta(seconds=seconds)).tzname(None) == name


def test_fixed_offset_may_have_a_name():
    assert FixedOffsetTimezone(60, "here").tzname(None) == "here"
    assert FixedOffsetTimezone(name="here").utcoffset(None) == ZERO


def test_fixed_offsets_are_equal_by_offset():
    assert FixedOffsetTimezone(60) == FixedOffsetTimezone(60, "x") == FixedOffsetTimezone(HOUR)
    assert FixedOffsetTimezone(60) != FixedOffsetTimezone(61)
    assert (FixedOffsetTimezone(60) != FixedOffsetTimezone(60, "x")) is False
    assert FixedOffsetTimezone(60) != dt.timezone(HOUR)


def test_fixed_offsets_hash_as_they_compare():
    assert len({FixedOffsetTimezone(60), FixedOffsetTimezone(60, "x")}) == 1


def test_fixed_offsets_are_made_once():
    assert FixedOffsetTimezone(60) is FixedOffsetTimezone(60)
    assert FixedOffsetTimezone(60, "x") is FixedOffsetTimezone(60, name="x")
    assert FixedOffsetTimezone(60) is not FixedOffsetTimezone(60, "x")

    class Sub(FixedOffsetTimezone):
        pass

    assert type(Sub(60)) is Sub


def test_fixed_offset_repr():
    assert repr(FixedOffsetTimezone(60, "x")) == (
        "psycopg2.tz.FixedOffsetTimezone(offset=datetime.timedelta(seconds=3600), name='x')"
    )


@pytest.mark.parametrize("args", [(), (60,), (-90, "x")])
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_fixed_offset_copies_and_pickles(args, again):
    zone = FixedOffsetTimezone(*args)
    new = again(zone)
    assert (new.utcoffset(None), new.tzname(None)) == (zone.utcoffset(None), zone.tzname(None))


@pytest.mark.parametrize("offset", [24 * 60, -24 * 60, 99999])
def test_fixed_offset_is_less_than_a_day(offset):
    for _ in range(2):  # also when it was asked for before
        with pytest.raises(ValueError, match="less than a day"):
            FixedOffsetTimezone(offset)


def test_fixed_offset_is_a_number():
    with pytest.raises(TypeError):
        FixedOffsetTimezone("x")


def test_fixed_offset_as_tzinfo_factory(cur):
    cur.tzinfo_factory = FixedOffsetTimezone
    cur.execute("set timezone to '-03:30'")  # POSIX: east of Greenwich
    cur.execute("select '2020-01-01 12:00+00'::timestamptz")
    (got,) = cur.fetchone()
    assert isinstance(got.tzinfo, FixedOffsetTimezone)
    assert got.utcoffset() == dt.timedelta(hours=3, minutes=30)


LOCAL_PROBE = """
import datetime as dt
from psycopg2.tz import DSTDIFF, DSTOFFSET, LOCAL, STDOFFSET
print(STDOFFSET, DSTOFFSET, DSTDIFF, sep=" | ")
for args in [(2020, 7, 1), (2020, 1, 1), (1, 1, 1)]:
    d = dt.datetime(*args)
    print(LOCAL.utcoffset(d), LOCAL.dst(d), LOCAL.tzname(d), sep=" | ")
"""


@pytest.mark.parametrize(
    "tz, lines",
    [
        (
            "EST5EDT,M3.2.0,M11.1.0",
            [
                "-1 day, 19:00:00 | -1 day, 20:00:00 | 1:00:00",
                "-1 day, 20:00:00 | 1:00:00 | EDT",
                "-1 day, 19:00:00 | 0:00:00 | EST",
                "-1 day, 19:00:00 | 0:00:00 | EST",
            ],
        ),
        (
            "XXX-3:30",
            [
                "3:30:00 | 3:30:00 | 0:00:00",
                "3:30:00 | 0:00:00 | XXX",
                "3:30:00 | 0:00:00 | XXX",
                "3:30:00 | 0:00:00 | XXX",
            ],
        ),
    ],
)
def test_local_timezone_follows_the_platform(tz, lines):
    env = {**os.environ, "TZ": tz}
    out = subprocess.run(
        [sys.executable, "-c", LOCAL_PROBE], env=env, capture_output=True, text=True, check=True
    )
    assert out.stdout.splitlines() == lines


def test_local_is_a_local_timezone():
    assert isinstance(LOCAL, LocalTimezone)
    now = dt.datetime.now()
    assert now.replace(tzinfo=LOCAL).utcoffset() == now.astimezone().utcoffset()
