"""SQLAlchemy with PostgreSQL's own types: ranges, hstore, native enums, arrays of them, domains."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Optional

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from psycopg2 import errors
from psycopg2.extensions import parse_dsn


class Base(DeclarativeBase):
    pass


class Mood(enum.Enum):
    CALM = "calm"
    EDGY = 'it\'s, "edgy" \\ {} NULL'


MOOD = pg.ENUM(Mood, name="mood", values_callable=lambda each: [m.value for m in each])


class Room(Base):
    __tablename__ = "room"

    id: Mapped[uuid.UUID] = mapped_column(pg.UUID(as_uuid=True), primary_key=True)
    booked: Mapped[Range[dt.datetime]] = mapped_column(pg.TSTZRANGE)
    days: Mapped[Range[dt.date]] = mapped_column(pg.DATERANGE)
    floors: Mapped[Range[int]] = mapped_column(pg.INT4RANGE)
    price: Mapped[Range[Decimal]] = mapped_column(pg.NUMRANGE)
    labels: Mapped[dict] = mapped_column(MutableDict.as_mutable(pg.HSTORE))
    mood: Mapped[Mood] = mapped_column(MOOD)
    moods: Mapped[list[Mood]] = mapped_column(pg.ARRAY(MOOD))
    guests: Mapped[list] = mapped_column(MutableList.as_mutable(pg.ARRAY(pg.UUID(as_uuid=True))))
    plan: Mapped[Optional[dict]] = mapped_column(MutableDict.as_mutable(pg.JSONB))
    net: Mapped[Optional[str]] = mapped_column(pg.INET)
    __table_args__ = (pg.ExcludeConstraint(("days", "&&"), ("floors", "&&"), name="no_overlap"),)


UTC = dt.timezone.utc
GUESTS = [uuid.UUID(int=n) for n in range(3)]


def new_room(**more) -> Room:
    values = {
        "id": uuid.uuid4(),
        "booked": Range(
            dt.datetime(2024, 1, 1, tzinfo=UTC),
            dt.datetime(2024, 1, 1, 1, 0, 0, 1, tzinfo=UTC),
            bounds="(]",
        ),
        "days": Range(dt.date(2024, 2, 28), dt.date(2024, 3, 1)),
        "floors": Range(None, 3),
        "price": Range(Decimal("0.10"), None),
        "labels": {"a": "1", "it's": 'a "b", \\c', "none": None, "": ""},
        "mood": Mood.EDGY,
        "moods": [Mood.CALM, Mood.EDGY],
        "guests": list(GUESTS),
    }
    return Room(**{**values, **more})


@pytest.fixture(scope="module")
def engine(url, app_dsn):
    """An engine that finds the module's schema, and the extension in public."""
    first = parse_dsn(app_dsn)["options"]
    wide = sa.create_engine(url, connect_args={"options": f"{first},public"})
    raw = sa.create_engine(url)
    with raw.begin() as conn:
        conn.execute(sa.text("CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public"))
    raw.dispose()
    yield wide
    wide.dispose()


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    Base.metadata.drop_all(engine)


def test_every_value_comes_back_from_the_server_as_it_went_in(session):
    sent = new_room(plan={"a": [1.5, None, "ü"]}, net="10.0.0.0/8")
    session.add(sent)
    session.commit()
    key = sent.id
    session.expunge_all()

    room = session.get(Room, key)
    assert room.booked == new_room().booked and room.booked.bounds == "(]"
    assert room.days == Range(dt.date(2024, 2, 28), dt.date(2024, 3, 1))
    assert room.floors == Range(None, 3)
    assert room.price == Range(Decimal("0.10"), None)
    assert room.labels == {"a": "1", "it's": 'a "b", \\c', "none": None, "": ""}
    assert room.mood is Mood.EDGY
    assert room.moods == [Mood.CALM, Mood.EDGY]
    assert room.guests == GUESTS and all(type(each) is uuid.UUID for each in room.guests)
    assert room.plan == {"a": [1.5, None, "ü"]}
    assert str(room.net) == "10.0.0.0/8"


def test_many_rows_of_such_values_in_one_insert(session):
    rooms = [
        new_room(floors=Range(n, n + 1), labels={"n": str(n)}, mood=list(Mood)[n % 2])
        for n in range(1500)
    ]
    session.add_all(rooms)
    session.commit()
    found = session.execute(
        sa.select(sa.func.lower(Room.floors), Room.labels["n"], Room.mood).order_by(
            sa.func.lower(Room.floors)
        )
    ).all()
    assert [tuple(row) for row in found] == [(n, str(n), list(Mood)[n % 2]) for n in range(1500)]


def test_operators_of_the_types_take_python_values(session):
    session.add_all([new_room(), new_room(floors=Range(5, 7), labels={"b": "2"}, mood=Mood.CALM)])
    session.commit()

    def found(*where):
        return session.scalar(sa.select(sa.func.count()).select_from(Room).where(*where))

    assert found(Room.floors.contains(6)) == 1
    assert found(Room.floors.overlaps(Range(2, 6))) == 2
    assert found(Room.days.contains(dt.date(2024, 2, 29))) == 2
    assert found(Room.days.contained_by(Range(dt.date(2024, 2, 29), None))) == 0
    assert found(Room.labels.contains({"b": "2"})) == 1
    assert found(Room.labels.has_key("it's")) == 1
    assert found(Room.mood.in_([Mood.CALM])) == 1
    assert found(Room.moods.contains([Mood.EDGY])) == 2
    assert found(sa.literal(GUESTS[1]) == sa.any_(Room.guests)) == 2
    assert found(Room.id.in_([uuid.uuid4()])) == 0


def test_a_change_within_a_value_is_written(session):
    room = new_room(plan={"a": 1})
    session.add(room)
    session.commit()
    room.labels["new"] = None
    room.guests.append(GUESTS[0])
    room.plan["b"] = [{}]
    session.commit()
    session.expire_all()
    assert room.labels["new"] is None and room.labels["a"] == "1"
    assert room.guests == [*GUESTS, GUESTS[0]]
    assert room.plan == {"a": 1, "b": [{}]}


def test_a_value_that_is_none_of_an_enum_and_an_overlap_are_refused_by_the_server(session):
    with pytest.raises(sa.exc.DataError) as caught:
        session.execute(sa.text("SELECT CAST(:mood AS mood)"), {"mood": "sad"})
    assert isinstance(caught.value.orig, errors.InvalidTextRepresentation)
    session.rollback()
    session.add_all([new_room(), new_room()])
    with pytest.raises(sa.exc.IntegrityError) as caught:
        session.commit()
    assert isinstance(caught.value.orig, errors.ExclusionViolation)
    assert caught.value.orig.diag.constraint_name == "no_overlap"
