"""Traces of a small shop for the pages of APM, as an agent sends them: spans and the statistics of them."""

from __future__ import annotations

import gzip
import random
import urllib.request

from heeler.wire.traces import agent_payload
from heeler.wire.traces.client_stats import StatsOfAgent, encode_agent
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import mark_top_level
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, SpanEvent, SpanLink, TracerPayload
from tests.conftest import RunningServer

MS = 10**6
SLOW_TRACE = 0x1000
LARGE_TRACE = 0x2000
STACK = (
    'Traceback (most recent call last):\n  File "payments/gateway.py", line 88, in charge\n    raise error'
)


def checkout(
    trace_id: int, start: int, *, failed: bool, queries: int = 3, version: str = "1.4.2"
) -> list[Span]:
    """A request to ``web-store`` that calls ``checkout``, which queries a database and calls ``payments``."""
    base = trace_id * 1000
    spans: list[Span] = []

    def add(
        parent: int, service: str, name: str, resource: str, after: int, lasts: int, **more: object
    ) -> int:
        identity = base + len(spans) + 1
        meta = {"env": "prod", "version": version, "_dd.p.tid": f"{7:016x}", **more.pop("meta", {})}  # type: ignore[dict-item]
        spans.append(
            Span(
                service=service, name=name, resource=resource, trace_id=trace_id, span_id=identity,
                parent_id=parent, start=start + after * MS, duration=lasts * MS, meta=meta, **more,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        return identity

    total = 60 + queries * 20
    error = {"error": 1} if failed else {}
    http = {"http.method": "POST", "http.status_code": "500" if failed else "200", "span.kind": "server"}
    root = add(0, "web-store", "flask.request", "POST /checkout", 0, total, type="web", meta=http, **error)
    order = add(root, "checkout", "http.request", "POST /orders", 5, total - 10, type="web", **error)
    for at in range(queries):
        add(
            order, "orders-db", "postgres.query", "SELECT price FROM items WHERE id = ?", 8 + at * 20, 15,
            type="sql", meta={"span.kind": "client", "db.system": "postgresql", "out.host": "db-1"},
        )  # fmt: skip
    problem = {
        "error.type": "TimeoutError",
        "error.message": "read timed out after 300 ms",
        "error.stack": STACK,
    }
    add(
        order, "payments", "http.request", "POST /charge", total - 40, 30, type="web",
        meta=problem if failed else {}, events=[SpanEvent(start + total * MS, "retry", {"attempt": 2})],
        links=[SpanLink(SLOW_TRACE, 7, SLOW_TRACE * 1000 + 1, {"reason": "follows"})],
        metrics={"amount": 12.5}, **error,
    )  # fmt: skip
    return spans


def large(trace_id: int, start: int, spans: int) -> list[Span]:
    """A batch of ``spans`` short calls."""
    root = Span(
        service="batch", name="job", resource="nightly", trace_id=trace_id, span_id=1, start=start,
        duration=spans * 10 * MS, meta={"env": "prod", "_dd.p.tid": f"{7:016x}"},
    )  # fmt: skip
    calls = [
        Span(
            service=f"worker-{at % 5}", name="call", resource=f"GET /item/{at % 40}", trace_id=trace_id,
            span_id=at + 2, parent_id=1, start=start + at * 10 * MS, duration=MS // 2, meta={"env": "prod"},
        )
        for at in range(spans)
    ]  # fmt: skip
    return [root, *calls]


def send_shop(server: RunningServer, now: int, *, requests: int = 60, in_large: int = 10_000) -> None:
    """``requests`` checkouts over the past half hour, one slow one and a large one; ``now`` in UNIX
    seconds. Version 1.4.2 runs since a quarter of an hour and brought the errors."""
    chance = random.Random(3)
    traces: dict[str, list[list[Span]]] = {"1.4.1": [], "1.4.2": []}
    for at in range(requests):
        ago = chance.randrange(1700)
        version = "1.4.2" if ago < 900 else "1.4.1"
        failed = chance.random() < 0.3 and version == "1.4.2"
        start = (now - 10 - ago) * 1000 * MS
        traces[version].append(checkout(0x3000 + at, start, failed=failed, version=version))
    traces["1.4.2"].append(checkout(SLOW_TRACE, (now - 20) * 1000 * MS, failed=True, queries=30))
    traces["1.4.2"].append(large(LARGE_TRACE, (now - 120) * 1000 * MS, in_large))
    counted = Concentrator("web-1", "prod", now * 1000 * MS, oldest=0)
    payloads = []
    for version, of_version in traces.items():
        payload = TracerPayload(language="python", env="prod", hostname="web-1", app_version=version)
        for spans in of_version:
            mark_top_level(spans)
            payload.chunks.append(Chunk(spans, 1))
            counted.add(payload, payload.chunks[-1])
        payloads.append(payload)
    _send(server, "/api/v0.2/traces", agent_payload.encode(AgentTraces("web-1", "prod", payloads=payloads)))
    stats = StatsOfAgent("web-1", "prod", "7", counted.flush(now * 1000 * MS, everything=True))
    _send(server, "/api/v0.2/stats", encode_agent(stats))


def _send(server: RunningServer, path: str, body: bytes) -> None:
    headers = {**server.headers, "Content-Encoding": "gzip", "Content-Type": "application/x-protobuf"}
    request = urllib.request.Request(
        f"{server.url}{path}", method="POST", data=gzip.compress(body, 1), headers=headers
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status < 300
