"""Pony: generator expressions that become SQL, sessions, optimistic checks."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from pony import orm

import psycopg2
from psycopg2.extensions import parse_dsn


@pytest.fixture(scope="module")
def db(app_dsn):
    db = orm.Database()

    class Author(db.Entity):
        name = orm.Required(str, unique=True)
        books = orm.Set("Book")

    class Book(db.Entity):
        key = orm.PrimaryKey(uuid.UUID)
        author = orm.Required(Author)
        title = orm.Required(str)
        price = orm.Required(Decimal, precision=10, scale=2)
        out = orm.Optional(dt.date)
        extra = orm.Optional(orm.Json)
        tags = orm.Optional(orm.StrArray)
        cover = orm.Optional(bytes)

    db.bind(provider="postgres", **parse_dsn(app_dsn))
    db.generate_mapping(create_tables=True)
    yield db
    db.disconnect()


@pytest.fixture
def library(db):
    with orm.db_session:
        for letter in "ab":
            author = db.Author(name=f"author {letter}")
            for n in range(1, 6):
                db.Book(
                    key=uuid.uuid5(uuid.NAMESPACE_DNS, f"{letter}{n}"),
                    author=author,
                    title=f"{letter}{n}: 100% 'it'",
                    price=Decimal(n) + Decimal("0.05"),
                    out=dt.date(2024, n, 28),
                    extra={"n": n, "none": None, "list": [1, "ü"]},
                    tags=[f"t{n}", 'a "b"'],
                    cover=bytes([0, n, 255]),
                )
    yield db
    with orm.db_session:
        db.Book.select().delete(bulk=True)
        db.Author.select().delete(bulk=True)


def test_values_come_back_in_a_session_of_their_own(library):
    with orm.db_session:
        book = library.Book[uuid.uuid5(uuid.NAMESPACE_DNS, "a3")]
        assert (book.title, book.price, book.out) == (
            "a3: 100% 'it'", Decimal("3.05"), dt.date(2024, 3, 28)
        )  # fmt: skip
        assert book.extra == {"n": 3, "none": None, "list": [1, "ü"]}
        assert list(book.tags) == ["t3", 'a "b"'] and bytes(book.cover) == b"\x00\x03\xff"
        assert book.author.name == "author a"


def test_generators_become_queries(library):
    Book, Author = library.Book, library.Author
    with orm.db_session:
        dear = orm.select(b.title for b in Book if b.price > 4 and b.author.name == "author b")
        assert sorted(dear) == ["b4: 100% 'it'", "b5: 100% 'it'"]
        found = orm.select((a.name, orm.sum(a.books.price)) for a in Author).order_by(1)
        assert found[:] == [("author a", Decimal("15.25")), ("author b", Decimal("15.25"))]
        assert orm.count(b for b in Book if b.extra["n"] == 2) == 2
        assert orm.count(b for b in Book if "t5" in b.tags) == 2
        assert orm.count(b for b in Book if b.out.month == 2) == 2


def test_an_error_undoes_the_session(library):
    with pytest.raises(orm.IntegrityError) as caught, orm.db_session:
        library.Author(name="author c")
        library.Author(name="author c2")
        orm.flush()
        library.execute("INSERT INTO author (name) VALUES ('author a')")
    original = caught.value.original_exc
    assert isinstance(original, psycopg2.errors.UniqueViolation)
    with orm.db_session:
        assert orm.count(a for a in library.Author) == 2


def test_a_row_changed_by_another_connection_is_noticed(library, app_conn):
    with pytest.raises(orm.OptimisticCheckError), orm.db_session:
        book = orm.select(b for b in library.Book).order_by(lambda b: b.title).first()
        assert book.title.startswith("a1")
        with app_conn, app_conn.cursor() as cur:
            cur.execute("UPDATE book SET title = 'changed' WHERE title LIKE 'a1%'")
            assert cur.rowcount == 1
        book.title = "mine"
    with orm.db_session:
        assert orm.count(b for b in library.Book if b.title == "changed") == 1
