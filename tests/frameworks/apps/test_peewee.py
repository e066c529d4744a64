"""peewee: its PostgreSQL extension with arrays, binary JSON, hstore, intervals and cursors."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import peewee as pw
import pytest
from playhouse import pool
from playhouse import postgres_ext as ext

from psycopg2 import errors
from psycopg2.extensions import parse_dsn

db = pw.DatabaseProxy()


class Model(pw.Model):
    class Meta:
        database = db


class Shop(Model):
    name = pw.TextField(unique=True)


class Item(Model):
    key = pw.UUIDField(primary_key=True, default=uuid.uuid4)
    shop = pw.ForeignKeyField(Shop, backref="items", on_delete="CASCADE")
    name = pw.TextField()
    price = pw.DecimalField(max_digits=10, decimal_places=2)
    tags = ext.ArrayField(pw.TextField)
    data = ext.BinaryJSONField(null=True)
    scan = pw.BlobField(null=True)
    made = ext.DateTimeTZField()
    lasts = ext.IntervalField(null=True)


MADE = dt.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=dt.timezone.utc)


@pytest.fixture(params=[ext.PostgresqlExtDatabase, pool.PooledPostgresqlDatabase])
def shop(request, app_dsn):
    made = request.param(None)
    settings = parse_dsn(app_dsn)
    made.init(settings.pop("dbname"), **settings)
    db.initialize(made)
    with made:
        made.create_tables([Shop, Item])
        yield Shop.create(name="tea & co")
    with made:
        made.drop_tables([Item, Shop])
    if isinstance(made, pool.PooledDatabase):
        made.close_all()


def new_item(shop: Shop, n: int, **more) -> dict:
    values = {
        "key": uuid.UUID(int=n),
        "shop": shop,
        "name": f"no. {n}",
        "price": Decimal(n) / 4,
        "tags": [f"t{n % 3}", "a,b", '"'],
        "data": {"n": n, "deep": [{"x": None}]},
        "made": MADE,
    }
    return {**values, **more}


def test_a_row_comes_back_as_it_was(shop):
    scan, lasts = bytes(range(256)), dt.timedelta(days=2, microseconds=1)
    Item.create(**new_item(shop, 5, scan=scan, lasts=lasts))
    item = Item.get()
    assert item.key == uuid.UUID(int=5) and item.shop.name == "tea & co"
    assert item.price == Decimal("1.25") and item.tags == ["t2", "a,b", '"']
    assert item.data == {"n": 5, "deep": [{"x": None}]}
    assert bytes(item.scan) == scan and item.made == MADE and item.lasts == lasts


def test_rows_go_in_together_and_are_asked_for_by_what_is_in_them(shop):
    with db.atomic():
        Item.insert_many(new_item(shop, n) for n in range(1, 101)).execute()
    tagged = Item.select().where(Item.tags.contains("t1"))
    assert tagged.count() == 34
    inside = Item.select().where(Item.data.contains({"n": 9}))
    assert [item.price for item in inside] == [Decimal("2.25")]
    total = Item.select(pw.fn.SUM(Item.price)).where(Item.price.between(1, 2)).scalar()
    assert total == sum(Decimal(n) / 4 for n in range(4, 9))


def test_an_upsert_tells_what_it_did(shop):
    Item.create(**new_item(shop, 1))
    rows = [new_item(shop, 1, name="new"), new_item(shop, 2)]
    query = Item.insert_many(rows).on_conflict(conflict_target=[Item.key], preserve=[Item.name])
    told = query.returning(Item.key, Item.name).tuples().execute()
    assert sorted(told) == [(uuid.UUID(int=1), "new"), (uuid.UUID(int=2), "no. 2")]


def test_an_error_within_a_savepoint_leaves_the_transaction(shop):
    with db.atomic():
        Shop.create(name="second")
        with pytest.raises(pw.IntegrityError) as caught, db.atomic():
            Shop.create(name="tea & co")
        assert isinstance(caught.value.__context__, errors.UniqueViolation)
        Shop.create(name="third")
    assert [s.name for s in Shop.select().order_by(Shop.id)] == ["tea & co", "second", "third"]


def test_a_server_side_cursor_gives_every_row_once(shop):
    with db.atomic():
        Item.insert_many(new_item(shop, n) for n in range(1, 301)).execute()
        query = Item.select(Item.name).order_by(Item.key)
        names = [item.name for item in ext.ServerSide(query)]
    assert names == [f"no. {n}" for n in range(1, 301)]
