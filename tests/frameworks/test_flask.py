"""A Flask application on a connection pool: a bank with accounts, transfers and a CSV export."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from flask import Flask, Response, current_app, g, jsonify, request

from psycopg2 import errors, sql
from psycopg2.extras import Json, RealDictCursor, execute_values
from psycopg2.pool import ThreadedConnectionPool

SCHEMA = """
    CREATE TABLE account (
        id serial PRIMARY KEY,
        owner text NOT NULL UNIQUE,
        balance numeric(12,2) NOT NULL DEFAULT 0 CONSTRAINT no_overdraft CHECK (balance >= 0),
        profile jsonb NOT NULL DEFAULT '{}',
        opened timestamptz NOT NULL DEFAULT now());
    CREATE TABLE movement (
        id bigserial PRIMARY KEY,
        account_id int NOT NULL REFERENCES account,
        amount numeric(12,2) NOT NULL,
        note text)
"""


def get_conn():
    """The request's connection: lent by the pool at first use, given back by close_request()."""
    if "conn" not in g:
        g.conn = current_app.pool.getconn()
    return g.conn


def close_request(error):
    conn = g.pop("conn", None)
    if conn is not None:
        current_app.pool.putconn(conn)  # rolls back what the handler did not commit


def create_account():
    body = request.get_json()
    with get_conn() as conn, conn.cursor(cursor_factory=RealDictCursor) as cur:
        cur.execute(
            "INSERT INTO account (owner, balance, profile)"
            " VALUES (%(owner)s, %(balance)s, %(prof)s)"
            " RETURNING id, owner, balance, opened",
            {
                "owner": body["owner"],
                "balance": Decimal(body.get("balance", "0")),
                "prof": Json(body.get("profile", {})),
            },
        )
        row = cur.fetchone()
    row["balance"] = str(row["balance"])
    row["opened"] = row["opened"].isoformat()
    return jsonify(row), 201


def list_accounts():
    order = sql.Identifier(request.args.get("order", "id"))
    with get_conn() as conn, conn.cursor(cursor_factory=RealDictCursor) as cur:
        cur.execute(
            sql.SQL("SELECT id, owner, balance::text, profile FROM account ORDER BY {}").format(
                order
            )
        )
        return jsonify(cur.fetchall())


def transfer():
    body = request.get_json()
    amount = Decimal(body["amount"])
    parts = [(body["from"], -amount), (body["to"], amount)]
    with get_conn() as conn, conn.cursor() as cur:
        for account, change in sorted(parts):  # always in the same order, so no deadlock
            cur.execute(
                "UPDATE account SET balance = balance + %s WHERE id = %s", (change, account)
            )
            if cur.rowcount == 0:
                conn.rollback()
                return jsonify(error=f"no account {account}"), 404
        execute_values(
            cur,
            "INSERT INTO movement (account_id, amount, note) VALUES %s",
            [(account, change, body.get("note")) for account, change in parts],
        )
    return "", 204


def export_movements():
    buffer = io.StringIO()
    with get_conn() as conn, conn.cursor() as cur:
        cur.copy_expert(
            "COPY (SELECT account_id, amount, note FROM movement ORDER BY id)"
            " TO STDOUT WITH CSV HEADER",
            buffer,
        )
    return Response(buffer.getvalue(), mimetype="text/csv")


def create_app(dsn: str) -> Flask:
    app = Flask("bank")
    app.pool = ThreadedConnectionPool(1, 8, dsn)
    app.teardown_appcontext(close_request)
    app.post("/accounts")(create_account)
    app.get("/accounts")(list_accounts)
    app.post("/transfers")(transfer)
    app.get("/movements.csv")(export_movements)

    @app.errorhandler(errors.UniqueViolation)
    def taken(error):
        return jsonify(error="taken", constraint=error.diag.constraint_name), 409

    @app.errorhandler(errors.CheckViolation)
    def refused(error):
        return jsonify(error=error.diag.constraint_name), 422

    @app.errorhandler(errors.UndefinedColumn)
    def bad_column(error):
        return jsonify(error=error.diag.message_primary), 400

    return app


@pytest.fixture
def app(app_dsn, app_conn):
    with app_conn, app_conn.cursor() as cur:
        cur.execute("DROP TABLE IF EXISTS movement, account;" + SCHEMA)
    app = create_app(app_dsn)
    yield app
    app.pool.closeall()


@pytest.fixture
def client(app):
    return app.test_client()


def open_account(client, owner, **more) -> int:
    answer = client.post("/accounts", json={"owner": owner, **more})
    assert answer.status_code == 201
    return answer.json["id"]


def balances(client) -> dict:
    return {a["owner"]: a["balance"] for a in client.get("/accounts").json}


def test_create_and_list_accounts(client):
    profile = {"lang": "日本", "tags": ["a'b", None], "limit": 12.5}
    answer = client.post(
        "/accounts",
        json={"owner": "Zoë; DROP TABLE account", "balance": "10.5", "profile": profile},
    )
    assert answer.status_code == 201
    assert answer.json["balance"] == "10.50"
    open_account(client, "Ann")

    listed = client.get("/accounts?order=owner").json
    assert [a["owner"] for a in listed] == ["Ann", "Zoë; DROP TABLE account"]
    assert listed[1]["profile"] == profile
    assert listed[1]["id"] == answer.json["id"]


def test_constraint_errors_become_http_answers(client):
    ann = open_account(client, "Ann", balance="5")
    bob = open_account(client, "Bob")
    taken = client.post("/accounts", json={"owner": "Ann"})
    assert (taken.status_code, taken.json["constraint"]) == (409, "account_owner_key")
    poor = client.post("/transfers", json={"from": ann, "to": bob, "amount": "5.01"})
    assert (poor.status_code, poor.json["error"]) == (422, "no_overdraft")
    bad = client.get('/accounts?order=id"; DROP TABLE account; --')
    assert bad.status_code == 400
    assert 'id"; DROP TABLE account; --' in bad.json["error"]
    assert balances(client) == {"Ann": "5.00", "Bob": "0.00"}


def test_a_transfer_is_all_or_nothing(client):
    ann = open_account(client, "Ann", balance="100")
    missing = client.post("/transfers", json={"from": ann, "to": ann + 1000, "amount": "40"})
    assert missing.status_code == 404
    assert balances(client) == {"Ann": "100.00"}
    assert client.get("/movements.csv").text == "account_id,amount,note\n"


def test_transfers_and_their_export(client):
    ann, bob = open_account(client, "Ann", balance="100"), open_account(client, "Bob")
    note = 'rent, "May"\nand more'
    done = client.post("/transfers", json={"from": ann, "to": bob, "amount": "40.25", "note": note})
    assert done.status_code == 204
    assert balances(client) == {"Ann": "59.75", "Bob": "40.25"}
    quoted = '"rent, ""May""\nand more"'
    assert client.get("/movements.csv").text == (
        f"account_id,amount,note\n{ann},-40.25,{quoted}\n{bob},40.25,{quoted}\n"
    )


def test_threads_share_the_pool(app):
    client = app.test_client()
    ids = [open_account(client, f"owner {i}", balance="1000") for i in range(4)]

    def work(step: int) -> int:
        giver, taker = ids[step % 4], ids[(step + 1 + step // 4 % 3) % 4]
        answer = app.test_client().post(
            "/transfers", json={"from": giver, "to": taker, "amount": "1.25"}
        )
        return answer.status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(work, range(120))) == {204}
    amounts = [Decimal(b) for b in balances(client).values()]
    assert sum(amounts) == Decimal("4000.00")
    assert client.get("/movements.csv").text.count("\n") == 1 + 2 * 120
