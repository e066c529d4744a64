"""Time zones as `datetime.tzinfo`: a fixed offset, and the one this machine is in.

Either can be given to the constructors of `datetime`, and be a cursor's
`~psycopg2.extensions.cursor.tzinfo_factory`.
"""

import datetime
import time

ZERO = datetime.timedelta(0)


class FixedOffsetTimezone(datetime.tzinfo):
    """FixedOffsetTimezone(offset=None, name=None)

    A time zone that is always *offset* east of UTC: a `datetime.timedelta`, or a number of
    minutes. *name* is what `tzname()` gives; without one it is made from the offset.

    Equal arguments give the same object. Raises `ValueError` for an offset of a day or more.
    """

    _name = None
    _offset = ZERO
    _cache = {}

    def __new__(cls, offset=None, name=None):
        key = (cls, offset, name)
        try:
            return cls._cache[key]
        except KeyError:
            zone = super().__new__(cls, offset, name)
            cls.__init__(zone, offset, name)
            cls._cache[key] = zone
            return zone

    def __init__(self, offset=None, name=None):
        if offset is not None:
            if not isinstance(offset, datetime.timedelta):
                offset = datetime.timedelta(minutes=offset)
            if not -24 * 3600 < offset.total_seconds() < 24 * 3600:
                raise ValueError(f"the offset of a time zone must be less than a day, not {offset}")
            self._offset = offset
        if name is not None:
            self._name = name

    def __repr__(self):
        return f"psycopg2.tz.FixedOffsetTimezone(offset={self._offset!r}, name={self._name!r})"

    def __eq__(self, other):
        if isinstance(other, FixedOffsetTimezone):
            return self._offset == other._offset
        return NotImplemented

    def __ne__(self, other):
        if isinstance(other, FixedOffsetTimezone):
            return self._offset != other._offset
        return NotImplemented

    def __hash__(self):
        return hash(self._offset)

    def __getinitargs__(self):
        return self._offset, self._name

    def utcoffset(self, dt):
        """utcoffset(dt) -> timedelta

        The offset, whatever *dt* is.
        """
        return self._offset

    def tzname(self, dt):
        """tzname(dt) -> str

        The name that was given, or one such as ``+05:30``.
        """
        if self._name is not None:
            return self._name
        seconds = round(self._offset.total_seconds())
        sign = "-" if seconds < 0 else "+"
        minutes, seconds = divmod(abs(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        name = f"{sign}{hours:02d}"
        if minutes or seconds:
            name += f":{minutes:02d}"
        if seconds:
            name += f":{seconds:02d}"
        return name

    def dst(self, dt):
        """dst(dt) -> timedelta

        Zero: a fixed offset knows no daylight saving time.
        """
        return ZERO


STDOFFSET = datetime.timedelta(seconds=-time.timezone)
DSTOFFSET = datetime.timedelta(seconds=-time.altzone) if time.daylight else STDOFFSET
DSTDIFF = DSTOFFSET - STDOFFSET


class LocalTimezone(datetime.tzinfo):
    """LocalTimezone()

    The time zone that the platform says this process is in, with its daylight saving time.
    """

    def utcoffset(self, dt):
        """utcoffset(dt) -> timedelta

        The offset of this machine's time at *dt*.
        """
        local = self._localtime(dt)
        return STDOFFSET if local is None else datetime.timedelta(seconds=local.tm_gmtoff)

    def dst(self, dt):
        """dst(dt) -> timedelta

        What daylight saving time adds at *dt*; zero outside of it.
        """
        local = self._localtime(dt)
        return DSTDIFF if local is not None and local.tm_isdst > 0 else ZERO

    def tzname(self, dt):
        """tzname(dt) -> str

        The name of this machine's time zone at *dt*, such as ``CEST``.
        """
        local = self._localtime(dt)
        return time.tzname[0] if local is None else local.tm_zone

    @staticmethod
    def _localtime(dt):
        """The platform's idea of a moment of the local clock; None where it has none."""
        clock = (dt.year, dt.month, dt.day, dt.hour, dt.minute, dt.second, dt.weekday(), 0, -1)
        try:
            return time.localtime(time.mktime(clock))
        except (OverflowError, ValueError, OSError):
            return None


LOCAL = LocalTimezone()
