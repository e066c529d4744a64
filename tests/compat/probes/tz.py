# %% FixedOffsetTimezone
F = tz.FixedOffsetTimezone
F(), F(60), F(-90), F(timedelta(hours=1)), F(60, "x"), F(name="x"), F(timedelta(seconds=30))
F(60).utcoffset(None), F(60).dst(None), F(60).tzname(None), F(60, "x").tzname(None), F(-90).tzname(None)
F(timedelta(hours=5, minutes=30, seconds=15)).tzname(None)
F(60) is F(60), F(60) is F(61), F(60) == F(60), F(60) == F(timedelta(hours=1)), F(60) is F(timedelta(hours=1)), F(60) == 5, F(60) != F(61)
hash(F(60)) == hash(F(60)), F(60, "x") == F(60), F(60, "x") is F(60, "x")
pickle.loads(pickle.dumps(F(60))) is F(60)
pickle.loads(pickle.dumps(F(60, "x")))
F("x")
F(1.5)
F(1500)
F(1500).utcoffset(None)
F(60).__getinitargs__()
import copy
copy.copy(F(60)), copy.deepcopy(F(60))
dt(2020, 1, 1, tzinfo=F(60)), str(dt(2020, 1, 1, tzinfo=F(-90)))
F.__mro__
F(offset=60, name=None)
F(None, "x").utcoffset(None)
F(60)._offset, F(60)._name

# %% LocalTimezone
L = tz.LocalTimezone()
L.utcoffset(dt(2020, 1, 1)), L.utcoffset(dt(2020, 7, 1)), L.dst(dt(2020, 7, 1)), L.tzname(dt(2020, 7, 1)), L.tzname(dt(2020, 1, 1))
repr(L).split(" at ")[0], type(tz.LOCAL), tz.ZERO, tz.STDOFFSET, tz.DSTOFFSET, tz.DSTDIFF
dt(2020, 7, 1, tzinfo=tz.LOCAL).isoformat()
[n for n in dir(tz) if n[0].isupper()]

# %% fromutc
at = dt(2020, 7, 1, 12, tzinfo=tz.FixedOffsetTimezone(90))
tz.FixedOffsetTimezone(90).fromutc(at), at.utcoffset(), at.tzname(), at.isoformat()
at.astimezone(tz.LocalTimezone()), at.astimezone(tz.FixedOffsetTimezone(0))
tz.LOCAL, tz.LOCAL.utcoffset(dt(2020, 1, 1)), tz.LOCAL.dst(dt(2020, 7, 1)), tz.LOCAL.tzname(dt(2020, 7, 1))
tz.LocalTimezone().fromutc(dt(2020, 7, 1, tzinfo=tz.LOCAL))
tz.ZERO, tz.STDOFFSET, tz.DSTOFFSET, tz.DSTDIFF
tz.FixedOffsetTimezone(offset=timedelta(minutes=1)), tz.FixedOffsetTimezone(None, "x")
pickle.loads(pickle.dumps(tz.FixedOffsetTimezone(60))) == tz.FixedOffsetTimezone(60)
