"""OpenTelemetry's instrumentation for psycopg2: a span for each query, whatever the cursor."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import psycopg2
from psycopg2 import extensions, extras, sql

FACTORIES = {
    None: (6,),
    extensions.cursor: (6,),
    extras.DictCursor: [6],
    extras.RealDictCursor: {"product": 6},
    extras.NamedTupleCursor: (6,),
}


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = Psycopg2Instrumentor()
    instrumentor.instrument(tracer_provider=provider)
    assert instrumentor.is_instrumented_by_opentelemetry  # it has found the driver good enough
    yield exporter.get_finished_spans
    instrumentor.uninstrument()


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda each: each.__name__ if each else "none")
def test_a_query_is_a_span_with_every_cursor(spans, app_dsn, factory):
    conn = psycopg2.connect(app_dsn, cursor_factory=factory)
    with conn, conn.cursor() as cur:
        cur.execute("SELECT %s * %s AS product", (2, 3))
        assert cur.fetchone() == FACTORIES[factory]
        if factory:
            assert isinstance(cur, factory)
    conn.close()
    (span,) = spans()
    assert span.kind is SpanKind.CLIENT and span.name == "SELECT"
    assert "SELECT %s * %s AS product" in span.attributes.values()
    assert "postgresql" in span.attributes.values()


def test_named_cursors_are_traced_too(spans, app_dsn):
    conn = psycopg2.connect(app_dsn)
    with conn, conn.cursor("walk") as cur:
        cur.execute("SELECT n FROM generate_series(1, 3) n")
        assert [n for (n,) in cur] == [1, 2, 3]
    conn.close()
    assert [span.name for span in spans()] == ["SELECT"]


def test_executemany_callproc_and_composed_queries_are_spans(spans, app_dsn):
    conn = psycopg2.connect(app_dsn)
    with conn, conn.cursor() as cur:
        cur.execute("CREATE TEMP TABLE t (n int)")
        cur.executemany("INSERT INTO t VALUES (%s)", [(1,), (2,)])
        cur.callproc("abs", (-5,))
        assert cur.fetchone() == (5,)
        cur.execute(sql.SQL("SELECT sum({}) FROM t").format(sql.Identifier("n")))
        assert cur.fetchone() == (3,)
    conn.close()
    assert [span.name for span in spans()] == ["CREATE", "INSERT", "abs", "SELECT"]


def test_an_error_is_on_its_span(spans, app_dsn):
    conn = psycopg2.connect(app_dsn)
    with pytest.raises(psycopg2.errors.UndefinedTable):
        conn.cursor().execute("SELECT * FROM nowhere")
    conn.close()
    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR
    assert "nowhere" in span.status.description


def test_a_connection_made_before_can_be_instrumented_and_freed(app_conn, spans):
    traced = Psycopg2Instrumentor().instrument_connection(app_conn)
    with traced.cursor() as cur:
        cur.execute("SELECT 1")
        assert cur.fetchone() == (1,)
    count = len(spans())
    assert count <= 1  # the provider of the process has no exporter of ours
    plain = Psycopg2Instrumentor().uninstrument_connection(traced)
    with plain.cursor() as cur:
        cur.execute("SELECT 2")
        assert cur.fetchone() == (2,)
    assert len(spans()) == count


def test_sqlalchemy_above_it_works_and_is_seen(spans, url):
    engine = sa.create_engine(url)
    with engine.begin() as conn:
        assert conn.scalar(sa.text("SELECT 40 + :two"), {"two": 2}) == 42
    engine.dispose()
    assert any("SELECT 40 + %(two)s" in span.attributes.values() for span in spans())
