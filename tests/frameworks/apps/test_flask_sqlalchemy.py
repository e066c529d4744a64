"""A Flask application on Flask-SQLAlchemy: a session a request, pages, errors, two databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from psycopg2 import errors


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Note(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(unique=True)
    body: Mapped[dict] = mapped_column(JSONB)


class Visit(db.Model):
    __bind_key__ = "log"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]


def add_note():
    note = Note(**request.get_json())
    db.session.add(note)
    db.session.add(Visit(path=request.path))
    db.session.commit()
    return jsonify(id=note.id), 201


def list_notes():
    query = db.select(Note).order_by(Note.title)
    wanted = request.args.get("kind")
    if wanted:
        query = query.where(Note.body["kind"].as_string() == wanted)
    page = db.paginate(query, per_page=10)
    return jsonify(titles=[note.title for note in page.items], total=page.total, pages=page.pages)


def get_note(number: int):
    note = db.get_or_404(Note, number)
    return jsonify(title=note.title, body=note.body)


def forget_to_commit():
    db.session.add(Note(title="forgotten", body={}))
    db.session.flush()
    return "", 204


def on_conflict(error: IntegrityError):
    db.session.rollback()
    assert isinstance(error.orig, errors.UniqueViolation)
    return jsonify(constraint=error.orig.diag.constraint_name), 409


@pytest.fixture
def app(url):
    app = Flask("notes")
    options = {"pool_size": 4, "max_overflow": 0, "pool_pre_ping": True}
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_BINDS={"log": url},
        SQLALCHEMY_ENGINE_OPTIONS=options,
        SQLALCHEMY_RECORD_QUERIES=True,
        TESTING=True,
    )
    db.init_app(app)
    app.post("/notes")(add_note)
    app.get("/notes")(list_notes)
    app.get("/notes/<int:number>")(get_note)
    app.post("/forget")(forget_to_commit)
    app.register_error_handler(IntegrityError, on_conflict)
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        for engine in db.engines.values():
            assert engine.pool.checkedout() == 0
            engine.dispose()


def test_notes_are_kept_paged_filtered_and_found(app):
    client = app.test_client()
    for n in range(25):
        body = {"kind": ["even", "odd"][n % 2], "n": n, "quote": 'it\'s 100% \\ "é"'}
        assert client.post("/notes", json={"title": f"{n:02}", "body": body}).status_code == 201
    third = client.get("/notes?page=3").get_json()
    assert third == {"titles": [f"{n}" for n in range(20, 25)], "total": 25, "pages": 3}
    odd = client.get("/notes?kind=odd&page=2").get_json()
    assert odd == {"titles": ["21", "23"], "total": 12, "pages": 2}
    number = client.post("/notes", json={"title": "last", "body": {"a": [None]}}).get_json()["id"]
    assert client.get(f"/notes/{number}").get_json() == {"title": "last", "body": {"a": [None]}}
    assert client.get("/notes/0").status_code == 404
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Visit)) == 26


def test_a_conflict_is_told_and_leaves_neither_note_nor_visit(app):
    client = app.test_client()
    note = {"title": "same", "body": {}}
    assert client.post("/notes", json=note).status_code == 201
    answer = client.post("/notes", json=note)
    assert (answer.status_code, answer.get_json()) == (409, {"constraint": "note_title_key"})
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Visit)) == 1


def test_what_a_request_does_not_commit_is_gone_after_it(app):
    client = app.test_client()
    assert client.post("/forget").status_code == 204
    assert client.get("/notes").get_json()["total"] == 0


def test_requests_in_more_threads_than_connections_take_turns(app):
    def work(n: int) -> int:
        note = {"title": f"thread {n}", "body": {"n": n}}
        number = app.test_client().post("/notes", json=note).get_json()["id"]
        return app.test_client().get(f"/notes/{number}").get_json()["body"]["n"]

    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(work, range(60))) == list(range(60))
