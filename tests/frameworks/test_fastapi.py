"""A FastAPI application: handlers run in threads, one pooled connection a request."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Annotated, Any, Optional

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel

from psycopg2 import errors
from psycopg2.extensions import connection
from psycopg2.extras import Json, NamedTupleCursor, register_uuid
from psycopg2.pool import ThreadedConnectionPool

SCHEMA = """
    DROP TABLE IF EXISTS reading, sensor;
    CREATE TABLE sensor (
        id uuid PRIMARY KEY, name text UNIQUE NOT NULL, tags text[] NOT NULL,
        meta jsonb NOT NULL, installed date);
    CREATE TABLE reading (
        sensor_id uuid NOT NULL REFERENCES sensor ON DELETE CASCADE,
        at timestamptz NOT NULL, value numeric NOT NULL, PRIMARY KEY (sensor_id, at))
"""


class Sensor(BaseModel):
    id: uuid.UUID
    name: str
    tags: list[str] = []
    meta: dict[str, Any] = {}
    installed: Optional[dt.date] = None


class Reading(BaseModel):
    at: dt.datetime
    value: Decimal


def get_conn(request: Request):
    """Lend a connection. Handlers commit themselves: this ends only after the answer was sent."""
    pool = request.app.state.pool
    conn = pool.getconn()
    try:
        yield conn
    finally:
        pool.putconn(conn)


Conn = Annotated[connection, Depends(get_conn)]


def put_sensor(sensor: Sensor, conn: Conn) -> None:
    with conn, conn.cursor() as cur:
        cur.execute(
            "INSERT INTO sensor (id, name, tags, meta, installed)"
            " VALUES (%(id)s, %(name)s, %(tags)s::text[], %(meta)s, %(installed)s)",
            {**sensor.model_dump(), "meta": Json(sensor.meta)},
        )


def get_sensor(sensor_id: uuid.UUID, conn: Conn) -> Sensor:
    with conn, conn.cursor(cursor_factory=NamedTupleCursor) as cur:
        cur.execute("SELECT * FROM sensor WHERE id = %s", (sensor_id,))
        row = cur.fetchone()
    if row is None:
        raise HTTPException(404, f"no sensor {sensor_id}")
    return Sensor(**row._asdict())


def delete_sensor(sensor_id: uuid.UUID, conn: Conn) -> int:
    with conn, conn.cursor() as cur:
        cur.execute("DELETE FROM sensor WHERE id = %s", (sensor_id,))
        return cur.rowcount


def add_readings(sensor_id: uuid.UUID, readings: list[Reading], conn: Conn) -> int:
    with conn, conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO reading VALUES (%s, %s, %s)",
            [(sensor_id, r.at, r.value) for r in readings],
        )
        cur.execute("SELECT count(*) FROM reading WHERE sensor_id = %s", (sensor_id,))
        return cur.fetchone()[0]


def stream_readings(sensor_id: uuid.UUID, request: Request) -> StreamingResponse:
    """All readings as text lines: the server-side cursor keeps the memory flat."""
    pool = request.app.state.pool

    def lines():
        conn = pool.getconn()
        try:
            with conn, conn.cursor("readings") as cur:
                cur.itersize = 100
                cur.execute(
                    "SELECT at, value FROM reading WHERE sensor_id = %s ORDER BY at", (sensor_id,)
                )
                for at, value in cur:
                    yield f"{at.astimezone(dt.timezone.utc).isoformat()} {value:f}\n"
        finally:
            pool.putconn(conn)

    return StreamingResponse(lines(), media_type="text/plain")


def on_unique_violation(request: Request, error: errors.UniqueViolation) -> JSONResponse:
    return JSONResponse({"detail": error.diag.message_detail}, 409)


def on_foreign_key_violation(request: Request, error: errors.ForeignKeyViolation) -> JSONResponse:
    return JSONResponse({"detail": error.diag.table_name}, 404)


def create_app(dsn: str) -> FastAPI:
    app = FastAPI()
    app.state.pool = ThreadedConnectionPool(1, 50, dsn)
    app.add_exception_handler(errors.UniqueViolation, on_unique_violation)
    app.add_exception_handler(errors.ForeignKeyViolation, on_foreign_key_violation)
    app.post("/sensors", status_code=201)(put_sensor)
    app.get("/sensors/{sensor_id}")(get_sensor)
    app.delete("/sensors/{sensor_id}")(delete_sensor)
    app.post("/sensors/{sensor_id}/readings")(add_readings)
    app.get("/sensors/{sensor_id}/readings")(stream_readings)
    return app


@pytest.fixture
def client(app_dsn, app_conn):
    register_uuid()
    with app_conn, app_conn.cursor() as cur:
        cur.execute(SCHEMA)
    app = create_app(app_dsn)
    with TestClient(app) as client:
        yield client
    app.state.pool.closeall()


def put(client, name: str, **more) -> str:
    key = str(uuid.uuid4())
    assert client.post("/sensors", json={"id": key, "name": name, **more}).status_code == 201
    return key


def test_a_sensor_comes_back_as_it_was_sent(client):
    sent = {
        "tags": ["roof", "a,b", '{"}', ""],
        "meta": {"depth": [1, [2, {"x": None}]], "ratio": 0.1, "note": "50% ☂"},
        "installed": "2024-02-29",
    }
    key = put(client, "north", **sent)
    assert client.get(f"/sensors/{key}").json() == {"id": key, "name": "north", **sent}
    assert client.get(f"/sensors/{uuid.uuid4()}").status_code == 404
    assert client.delete(f"/sensors/{key}").json() == 1
    assert client.get(f"/sensors/{key}").status_code == 404


def test_violations_become_http_answers_and_write_nothing(client):
    put(client, "north")
    clash = client.post("/sensors", json={"id": str(uuid.uuid4()), "name": "north"})
    assert clash.status_code == 409
    assert clash.json() == {"detail": "Key (name)=(north) already exists."}
    orphan = client.post(
        f"/sensors/{uuid.uuid4()}/readings", json=[{"at": "2024-01-01T00:00:00Z", "value": "1"}]
    )
    assert (orphan.status_code, orphan.json()) == (404, {"detail": "reading"})


def test_a_batch_of_readings_is_all_or_nothing(client):
    key = put(client, "north")
    twice = [{"at": "2024-01-01T00:00:00Z", "value": str(v)} for v in range(2)]
    assert client.post(f"/sensors/{key}/readings", json=twice).status_code == 409
    assert client.get(f"/sensors/{key}/readings").text == ""


def test_readings_stream_in_order_with_exact_values(client):
    key = put(client, "north")
    start = dt.datetime(2024, 3, 31, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
    sent = [
        {"at": (start + dt.timedelta(seconds=i)).isoformat(), "value": f"{i}.{i:020}"}
        for i in range(250)
    ]
    assert client.post(f"/sensors/{key}/readings", json=sent).json() == 250
    lines = client.get(f"/sensors/{key}/readings").text.splitlines()
    assert len(lines) == 250
    assert lines[0] == "2024-03-30T18:30:00+00:00 0.00000000000000000000"
    assert lines[249] == "2024-03-30T18:34:09+00:00 249.00000000000000000249"


def test_concurrent_requests_keep_their_rows_apart(client):
    def work(number: int) -> tuple:
        key = put(client, f"sensor {number}", meta={"number": number})
        client.post(
            f"/sensors/{key}/readings",
            json=[{"at": f"2024-01-01T00:00:{s:02}Z", "value": str(number)} for s in range(10)],
        )
        values = {line.split()[1] for line in client.get(f"/sensors/{key}/readings").iter_lines()}
        return client.get(f"/sensors/{key}").json()["meta"]["number"], values

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(work, range(24)))
    assert answers == [(n, {str(n)}) for n in range(24)]
