"""SQLAlchemy where things end early: two-phase transactions, and servers that go away."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from pglocal import Server, get_postgres
from psycopg2 import errors
from psycopg2.extensions import parse_dsn


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"

    name: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


@pytest.fixture
def tables(engine):
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)


@pytest.fixture(scope="module")
def other_server():
    """A server of this module's own, which its tests stop and start."""
    with Server(get_postgres().bindir) as server:
        yield server


def connect_to(server, **options):
    """An SQLAlchemy engine on a server; `options` are create_engine()'s."""
    args = parse_dsn(server.socket_dsn)
    return sa.create_engine("postgresql+psycopg2://", connect_args=args, **options)


def balances(engine) -> dict:
    with engine.connect() as conn:
        return dict(map(tuple, conn.execute(sa.select(Account.name, Account.balance))))


def test_a_two_phase_session_commits_in_both_databases_or_in_none(tables, other_server):
    other = connect_to(other_server)
    Base.metadata.create_all(other)

    class Remote(DeclarativeBase):
        pass

    class RemoteAccount(Remote):
        __table__ = Account.__table__.to_metadata(Remote.metadata)

    binds = {Account: tables, RemoteAccount: other}
    with Session(binds=binds, twophase=True) as session:
        session.add_all([Account(name="a", balance=1), RemoteAccount(name="a", balance=-1)])
        session.commit()
    assert balances(tables) == {"a": 1} and balances(other) == {"a": -1}

    with Session(binds=binds, twophase=True) as session:
        session.add_all([Account(name="b", balance=1), RemoteAccount(name="a", balance=9)])
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
    assert balances(tables) == {"a": 1} and balances(other) == {"a": -1}
    for engine in (tables, other):
        with engine.connect() as conn:
            assert conn.recover_twophase() == []
    other.dispose()


def test_a_prepared_transaction_is_found_and_ended_by_another_connection(tables):
    for end, expected in (("rollback_prepared", {}), ("commit_prepared", {"a": 5})):
        with tables.connect() as conn:
            transaction = conn.begin_twophase()
            conn.execute(sa.insert(Account).values(name="a", balance=5))
            transaction.prepare()
            conn.invalidate()  # lost, as if the program had ended
        with tables.connect() as conn:
            assert transaction.xid in conn.recover_twophase()
            getattr(conn, end)(transaction.xid, recover=True)
            assert transaction.xid not in conn.recover_twophase()
        assert balances(tables) == expected


def test_pre_ping_hides_a_restart_of_the_server(other_server):
    engine = connect_to(other_server, pool_pre_ping=True, pool_size=3)
    started = sa.text("SELECT pg_postmaster_start_time()")
    with engine.connect() as one, engine.connect() as two, engine.connect() as three:
        before = {conn.scalar(started) for conn in (one, two, three)}
    assert len(before) == 1 and engine.pool.checkedin() == 3
    other_server.restart("immediate")
    with engine.connect() as one, engine.connect() as two, engine.connect() as three:
        after = {conn.scalar(started) for conn in (one, two, three)}
    assert len(after) == 1 and after != before
    engine.dispose()


def test_without_pre_ping_one_error_tells_and_the_next_try_works(other_server):
    engine = connect_to(other_server, pool_size=2)
    with engine.connect() as one, engine.connect() as two:
        assert one.scalar(sa.text("SELECT 1")) == two.scalar(sa.text("SELECT 1"))
    other_server.restart("immediate")
    with engine.connect() as conn, pytest.raises(sa.exc.DBAPIError) as caught:
        conn.scalar(sa.text("SELECT 1"))
    assert caught.value.connection_invalidated  # so all older connections are given up
    assert isinstance(caught.value.orig, errors.OperationalError)
    for _ in range(3):
        with engine.connect() as conn:
            assert conn.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()


def test_a_server_that_is_down_is_an_operational_error_and_the_pool_recovers(other_server):
    engine = connect_to(other_server, pool_pre_ping=True)
    with engine.connect() as conn:
        assert conn.scalar(sa.text("SELECT 1")) == 1
    other_server.stop("immediate")
    try:
        with pytest.raises(sa.exc.OperationalError, match="No such file|refused"):
            engine.connect()
    finally:
        other_server.start()
    with engine.connect() as conn:
        assert conn.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()
