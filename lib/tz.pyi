import datetime
from typing import Optional, Union

ZERO: datetime.timedelta
STDOFFSET: datetime.timedelta
DSTOFFSET: datetime.timedelta
DSTDIFF: datetime.timedelta

class FixedOffsetTimezone(datetime.tzinfo):
    def __new__(
        cls,
        offset: Union[datetime.timedelta, float, None] = None,
        name: Optional[str] = None,
    ) -> FixedOffsetTimezone: ...
    def __init__(
        self,
        offset: Union[datetime.timedelta, float, None] = None,
        name: Optional[str] = None,
    ) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    def __ne__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __getinitargs__(self) -> tuple[datetime.timedelta, Optional[str]]: ...
    def utcoffset(self, dt: Optional[datetime.datetime]) -> datetime.timedelta: ...
    def tzname(self, dt: Optional[datetime.datetime]) -> str: ...
    def dst(self, dt: Optional[datetime.datetime]) -> datetime.timedelta: ...

class LocalTimezone(datetime.tzinfo):
    # a moment is needed: what is given must not be None
    def utcoffset(self, dt: datetime.datetime) -> datetime.timedelta: ...  # type: ignore[override]
    def dst(self, dt: datetime.datetime) -> datetime.timedelta: ...  # type: ignore[override]
    def tzname(self, dt: datetime.datetime) -> str: ...  # type: ignore[override]

LOCAL: LocalTimezone
