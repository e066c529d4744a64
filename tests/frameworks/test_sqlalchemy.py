"""SQLAlchemy 2 on ``postgresql+psycopg2://``: Core, ORM, isolation, streaming, recovery."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Optional

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, INTERVAL, JSONB, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

import psycopg2
from psycopg2 import errors, extras


class Base(DeclarativeBase):
    pass


class Status(enum.Enum):
    DRAFT = "draft"
    SENT = "sent"


class Customer(Base):
    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    orders: Mapped[list[Order]] = relationship(back_populates="customer", order_by="Order.number")


class Order(Base):
    __tablename__ = "order"  # a reserved word, so every statement must quote it

    key: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int]
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    customer: Mapped[Customer] = relationship(back_populates="orders")
    status: Mapped[Status] = mapped_column(default=Status.DRAFT)
    total: Mapped[Decimal] = mapped_column(sa.Numeric(12, 2))
    tags: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    matrix: Mapped[Optional[list[list[int]]]] = mapped_column(ARRAY(sa.Integer, dimensions=2))
    doc: Mapped[dict] = mapped_column(JSONB)
    plain_doc: Mapped[Optional[dict]] = mapped_column(sa.JSON)
    scan: Mapped[Optional[bytes]] = mapped_column(BYTEA)
    placed: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    due: Mapped[Optional[dt.date]]
    lead: Mapped[Optional[dt.timedelta]] = mapped_column(INTERVAL)
    __table_args__ = (sa.CheckConstraint("total >= 0", name="total_not_negative"),)


PLACED = dt.datetime(2024, 5, 17, 9, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def new_order(number: int, customer: Customer, **more) -> Order:
    values = {
        "number": number,
        "customer": customer,
        "total": Decimal("10.50") * number,
        "tags": ["new", 'with "quotes"', "back\\slash", "NULL"],
        "doc": {"lines": [{"sku": "Ä-1", "n": number}], "paid": None},
        "placed": PLACED,
    }
    return Order(**{**values, **more})


@pytest.fixture
def tables(engine):
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)


@pytest.fixture
def session(tables):
    with Session(tables) as session:
        yield session


def test_dialect_recognises_the_driver(engine):
    with engine.connect() as conn:
        assert isinstance(conn.connection.driver_connection, psycopg2.extensions.connection)
    assert engine.dialect.driver == "psycopg2"
    assert engine.dialect.psycopg2_version >= (2, 9)


def test_orm_round_trip_of_every_column_type(session):
    ann = Customer(name="Ann O'Neill 100%")
    order = new_order(
        3,
        ann,
        status=Status.SENT,
        matrix=[[1, 2], [3, None]],
        plain_doc={"π": 3.5},
        scan=bytes(range(256)),
        due=dt.date(2024, 6, 1),
        lead=dt.timedelta(days=3, seconds=1, microseconds=5),
    )
    session.add(order)
    session.commit()
    key = order.key
    session.expunge_all()

    found = session.get(Order, key)
    assert found is not order
    assert found.customer.name == "Ann O'Neill 100%"
    assert found.status is Status.SENT
    assert found.total == Decimal("31.50") and isinstance(found.total, Decimal)
    assert found.tags == ["new", 'with "quotes"', "back\\slash", "NULL"]
    assert found.matrix == [[1, 2], [3, None]]
    assert found.doc == {"lines": [{"sku": "Ä-1", "n": 3}], "paid": None}
    assert found.plain_doc == {"π": 3.5}
    assert found.scan == bytes(range(256)) and isinstance(found.scan, bytes)
    assert found.placed == PLACED and found.placed.tzinfo is not None
    assert found.due == dt.date(2024, 6, 1)
    assert found.lead == dt.timedelta(days=3, seconds=1, microseconds=5)


def test_orm_filters_by_json_array_uuid_and_enum(session):
    ann = Customer(name="Ann")
    orders = [new_order(n, ann, tags=[f"t{n}", "all"]) for n in range(1, 6)]
    orders[1].status = Status.SENT
    session.add_all(orders)
    session.commit()

    def numbers(*where):
        return session.scalars(sa.select(Order.number).where(*where).order_by(Order.number)).all()

    assert numbers(Order.doc["lines"][0]["n"].as_integer() > 3) == [4, 5]
    assert numbers(Order.doc.contains({"lines": [{"n": 2}]})) == [2]
    assert numbers(Order.tags.contains(["t3"])) == [3]
    assert numbers(Order.tags.overlap(["t1", "t5"])) == [1, 5]
    assert numbers(Order.key.in_([orders[0].key, orders[4].key])) == [1, 5]
    assert numbers(Order.status == Status.SENT) == [2]
    assert numbers(Order.total.between(Decimal("10.50"), Decimal("21.00"))) == [1, 2]


def test_orm_update_delete_and_aggregate(session):
    ann, bob = Customer(name="Ann"), Customer(name="Bob")
    session.add_all([new_order(n, ann if n % 2 else bob) for n in range(1, 7)])
    session.commit()

    updated = session.execute(
        sa.update(Order).where(Order.customer == ann).values(total=Order.total + Decimal("0.01"))
    )
    assert updated.rowcount == 3
    deleted = session.execute(sa.delete(Order).where(Order.number == 6))
    assert deleted.rowcount == 1
    session.commit()

    per_customer = session.execute(
        sa.select(Customer.name, sa.func.count(), sa.func.sum(Order.total))
        .join(Order)
        .group_by(Customer.name)
        .order_by(Customer.name)
    ).all()
    assert [tuple(r) for r in per_customer] == [
        ("Ann", 3, Decimal("94.53")),
        ("Bob", 2, Decimal("63.00")),
    ]


def test_insertmanyvalues_returns_the_keys_in_order(tables):
    rows = [{"name": f"customer {i:04}"} for i in range(2500)]
    with tables.begin() as conn:
        ids = conn.scalars(
            sa.insert(Customer).returning(Customer.id, sort_by_parameter_order=True), rows
        ).all()
    with tables.connect() as conn:
        stored = dict(conn.execute(sa.select(Customer.id, Customer.name)).all())
    assert [stored[i] for i in ids] == [r["name"] for r in rows]


@pytest.mark.parametrize("mode", ["values_only", "values_plus_batch"])
def test_executemany_update_changes_every_row(url, tables, mode):
    engine = sa.create_engine(url, executemany_mode=mode)
    with engine.begin() as conn:
        conn.execute(sa.insert(Customer), [{"id": i, "name": f"c{i}"} for i in range(50)])
        conn.execute(
            sa.update(Customer)
            .where(Customer.id == sa.bindparam("i"))
            .values(name=sa.bindparam("new_name")),
            [{"i": i, "new_name": f"100% {i}"} for i in range(50)],
        )
    with engine.connect() as conn:
        names = conn.scalars(sa.select(Customer.name).order_by(Customer.id)).all()
    assert names == [f"100% {i}" for i in range(50)]
    engine.dispose()


def test_upsert_with_returning(tables):
    with tables.begin() as conn:
        conn.execute(sa.insert(Customer).values(id=1, name="Ann"))
        upsert = insert(Customer).values([{"id": 1, "name": "Eve"}, {"id": 2, "name": "Bob"}])
        upsert = upsert.on_conflict_do_update(
            index_elements=[Customer.id], set_={"name": upsert.excluded.name}
        ).returning(Customer.id, Customer.name)
        assert sorted(tuple(r) for r in conn.execute(upsert)) == [(1, "Eve"), (2, "Bob")]


def test_integrity_errors_keep_the_drivers_details(session):
    session.add(Customer(name="Ann"))
    session.commit()
    session.add(Customer(name="Ann"))
    with pytest.raises(sa.exc.IntegrityError) as caught:
        session.commit()
    assert isinstance(caught.value.orig, errors.UniqueViolation)
    assert caught.value.orig.pgcode == "23505"
    assert caught.value.orig.diag.constraint_name == "customer_name_key"
    session.rollback()

    session.add(new_order(1, Customer(name="Bob"), total=Decimal("-1")))
    with pytest.raises(sa.exc.IntegrityError) as caught:
        session.commit()
    assert isinstance(caught.value.orig, errors.CheckViolation)
    assert caught.value.orig.diag.constraint_name == "total_not_negative"
    session.rollback()
    assert session.scalars(sa.select(Customer.name)).all() == ["Ann"]


def test_a_savepoint_saves_the_outer_transaction(session):
    session.add(Customer(name="Ann"))
    session.flush()
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.add(Customer(name="Ann"))
        session.flush()
    session.add(Customer(name="Bob"))
    session.commit()
    assert session.scalars(sa.select(Customer.name).order_by(Customer.name)).all() == ["Ann", "Bob"]


def test_wrong_sql_is_a_programming_error_with_position(engine):
    with engine.connect() as conn, pytest.raises(sa.exc.ProgrammingError) as caught:
        conn.execute(sa.text("SELECT 1 FROM nowhere"))
    assert isinstance(caught.value.orig, errors.UndefinedTable)
    assert caught.value.orig.diag.statement_position == "15"


@pytest.mark.parametrize(
    "level", ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
)
def test_isolation_level_per_connection(engine, level):
    with engine.connect().execution_options(isolation_level=level) as conn:
        assert conn.scalar(sa.text("SHOW transaction_isolation")) == level.lower()
        assert conn.get_isolation_level() == level
    with engine.connect() as conn:  # the pool gives the connection back with its default
        assert conn.scalar(sa.text("SHOW transaction_isolation")) == "read committed"


def test_isolation_level_of_the_engine_and_autocommit(url, app_dsn):
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        assert conn.connection.driver_connection.autocommit is True
        conn.execute(sa.text("CREATE TABLE by_itself (n int)"))  # no commit() follows
    engine.dispose()
    with psycopg2.connect(app_dsn) as raw, raw.cursor() as cur:
        cur.execute("SELECT count(*) FROM by_itself")
        assert cur.fetchone() == (0,)
        cur.execute("DROP TABLE by_itself")
    raw.close()


def test_serialization_failure_is_told_as_one(url, tables):
    engine = sa.create_engine(url, isolation_level="SERIALIZABLE")
    with engine.begin() as conn:
        conn.execute(sa.insert(Customer), [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    with engine.connect() as one, engine.connect() as two:
        for conn, row in ((one, 1), (two, 2)):
            conn.scalar(sa.select(sa.func.count()).select_from(Customer))
            conn.execute(sa.update(Customer).where(Customer.id == row).values(name=f"new {row}"))
        one.commit()
        with pytest.raises(sa.exc.OperationalError) as caught:
            two.commit()
    assert isinstance(caught.value.orig, errors.SerializationFailure)
    engine.dispose()


def test_read_only_and_deferrable_transactions(engine):
    options = {
        "isolation_level": "SERIALIZABLE",
        "postgresql_readonly": True,
        "postgresql_deferrable": True,
    }
    with engine.connect().execution_options(**options) as conn:
        assert conn.scalar(sa.text("SHOW transaction_read_only")) == "on"
        assert conn.scalar(sa.text("SHOW transaction_deferrable")) == "on"
        with pytest.raises(sa.exc.DBAPIError) as caught:
            conn.execute(sa.text("CREATE TABLE forbidden (n int)"))
        assert isinstance(caught.value.orig, errors.ReadOnlySqlTransaction)


def test_stream_results_uses_a_server_side_cursor(engine):
    query = sa.text("SELECT n, repeat('x', 100) AS pad FROM generate_series(1, 10000) n")
    with engine.connect() as conn:
        result = conn.execution_options(stream_results=True, max_row_buffer=200).execute(query)
        assert result.cursor.name  # named: declared in the server
        first = result.fetchmany(3)
        assert [r.n for r in first] == [1, 2, 3]
        assert sum(r.n for r in result) == 10000 * 10001 // 2 - 6


def test_yield_per_in_core_and_orm(tables):
    with Session(tables) as session:
        session.add_all(Customer(name=f"{i:05}") for i in range(1000))
        session.commit()
        query = sa.select(Customer).order_by(Customer.name)
        parts = session.scalars(query.execution_options(yield_per=300)).partitions()
        names = [[c.name for c in part] for part in parts]
    assert [len(p) for p in names] == [300, 300, 300, 100]
    assert [name for part in names for name in part] == [f"{i:05}" for i in range(1000)]


def test_pre_ping_replaces_a_killed_connection(url, app_dsn):
    engine = sa.create_engine(url, pool_pre_ping=True, pool_size=1)
    with engine.connect() as conn:
        first = conn.scalar(sa.text("SELECT pg_backend_pid()"))
    killer = psycopg2.connect(app_dsn)
    with killer.cursor() as cur:
        # The second argument waits until the process is gone.
        cur.execute("SELECT pg_terminate_backend(%s, 10000)", (first,))
        assert cur.fetchone() == (True,)
    killer.close()
    with engine.connect() as conn:
        assert conn.scalar(sa.text("SELECT pg_backend_pid()")) != first
    engine.dispose()


def test_a_connection_killed_in_use_is_seen_as_a_disconnect(url):
    engine = sa.create_engine(url, pool_size=1)
    with engine.connect() as conn:
        with pytest.raises(sa.exc.OperationalError) as caught:
            conn.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert caught.value.connection_invalidated
    with engine.connect() as conn:
        assert conn.scalar(sa.text("SELECT 40 + 2")) == 42
    engine.dispose()


def test_reflection_finds_columns_keys_and_comments(tables):
    inspector = sa.inspect(tables)
    columns = {c["name"]: c for c in inspector.get_columns("order")}
    assert isinstance(columns["key"]["type"], sa.UUID)
    assert isinstance(columns["doc"]["type"], JSONB)
    assert isinstance(columns["tags"]["type"], ARRAY)
    assert columns["total"]["type"].precision == 12
    assert columns["due"]["nullable"] is True
    (key,) = inspector.get_foreign_keys("order")
    assert (key["constrained_columns"], key["referred_table"]) == (["customer_id"], "customer")
    assert inspector.get_unique_constraints("customer")[0]["name"] == "customer_name_key"
    assert inspector.get_enums()[0]["labels"] == ["DRAFT", "SENT"]


def test_connect_args_and_events_reach_the_driver(url):
    engine = sa.create_engine(
        url,
        connect_args={"application_name": "from connect_args", "cursor_factory": extras.DictCursor},
    )
    seen = []

    @event.listens_for(engine, "connect")
    def on_connect(dbapi_conn, record):
        with dbapi_conn.cursor() as cur:
            cur.execute("SELECT current_setting('application_name') AS app")
            seen.append(cur.fetchone()["app"])
        dbapi_conn.rollback()

    with engine.connect() as conn:
        assert conn.scalar(sa.text("SELECT 1")) == 1
    assert seen == ["from connect_args"]
    engine.dispose()


def test_text_with_percent_colon_and_expanding_in(engine):
    with engine.connect() as conn:
        query = sa.text("SELECT '100%' LIKE '%0\\%', :a || '%s', 7 % 4, '{\"k\": 1}'::jsonb ? 'k'")
        assert tuple(conn.execute(query, {"a": "%(x)s"}).one()) == (True, "%(x)s%s", 3, True)
        query = sa.select(sa.literal_column("n")).select_from(sa.text("generate_series(1, 9) n"))
        query = query.where(sa.literal_column("n", sa.Integer).in_([2, 4, 99]))
        assert conn.scalars(query).all() == [2, 4]
