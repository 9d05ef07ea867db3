"""The compiled decoder of spans gives the rows of the plain one, whatever a body holds."""

from __future__ import annotations

import random
from typing import Any

import pytest

from heeler.errors.occurrences import of_traces
from heeler.store import span_columns
from heeler.store.span_rows import PROMOTED, span_tables
from heeler.wire.body_limits import LimitExceeded
from heeler.wire.metrics.series import PayloadError
from heeler.wire.proto import agent_payload_pb2 as pb
from heeler.wire.traces import agent_payload, fast_path

KEYS = (
    *PROMOTED, "env", "version", "language", "_dd.hostname", "http.status_code", "_dd.span_links", "events",
    "_dd.p.tid",
    "_top_level", "_dd.top_level", "_dd.measured", "a", "b.c", "schlüssel", "日", "", "x" * 300,
    "error.message",
    "error.stack", "_sampling_priority_v1",
)  # fmt: skip
TEXTS = (
    "",
    "a",
    "200",
    "099",
    "404",
    "2000",
    "20x",
    "0",
    "ü",
    "日本",
    "0123456789abcdef",
    "0123456789ABCDEF",
    "😀",
    "[]",
    "prod",
    "é" * 200,
)
NUMBERS = (0.0, -0.0, 1.0, 200.0, 200.5, 99.0, 999.0, 1000.0, float("inf"), -1.0, 1e300, 0.1)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    fast_path.prepare()
    assert fast_path.ready()


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_path, "SMALLEST", 0)


def span(chance: random.Random) -> pb.Span:
    pick = chance.choice
    made = pb.Span(
        service=pick(TEXTS), name=pick(TEXTS), resource=pick(TEXTS), type=pick(TEXTS),
        trace_id=chance.getrandbits(pick((3, 64))), span_id=chance.getrandbits(64), parent_id=pick((0,
        chance.getrandbits(64))),
        start=pick((0, 1_764_470_929_000_000_000, 2**63 - 1, 5)), duration=pick((0, 1, 10**9)),
        error=pick((0, 0, 1, -1, 7)),
        meta={pick(KEYS): pick(TEXTS) for _ in range(chance.randrange(6))},
        metrics={pick(KEYS): pick(NUMBERS) for _ in range(chance.randrange(4))},
    )  # fmt: skip
    if chance.random() < 0.1:
        made.meta_struct["s"] = b"\x81\xa1a\x01"
    if chance.random() < 0.1:
        made.links.add(trace_id=1, span_id=2)
    if chance.random() < 0.1:
        made.events.add(time_unix_nano=3, name="e")
    if chance.random() < 0.05:
        made.metrics["_dd.partial_version"] = 1
    return made


def payload(chance: random.Random) -> bytes:
    made = pb.AgentPayload(host_name="agent", env=chance.choice(TEXTS), agent_version="7", tags={"a": "b"})
    for _ in range(chance.randrange(4)):
        one = made.tracer_payloads.add(
            language_name=chance.choice(TEXTS), env=chance.choice(TEXTS), hostname=chance.choice(TEXTS),
            app_version=chance.choice(TEXTS),
            tags={"_dd.tags.container": chance.choice(("", "Pod:a,image:b"))},
        )  # fmt: skip
        for _ in range(chance.randrange(4)):
            chunk = one.chunks.add(
                priority=chance.choice((0, 1, -128, 2**31 - 1, -(2**31))), origin=chance.choice(TEXTS)
            )
            if chance.random() < 0.3:
                chunk.tags["_dd.p.dm"] = "-1"
            chunk.spans.extend(span(chance) for _ in range(chance.randrange(4)))
    return made.SerializeToString()


def outcome(body: bytes, *, plain: bool) -> Any:
    """Rows of each table, and the errors."""
    try:
        if plain:
            traces = agent_payload.decode(body)
            tables = span_tables(traces)
        else:
            found = span_columns.decode(body)
            if found is None:
                return outcome(body, plain=True)
            traces, tables = found.with_errors, found.tables
    except (PayloadError, LimitExceeded) as error:
        return type(error).__name__
    rows = {}
    for name, table in tables.items():
        rows[name] = [
            {**row, "meta": dict(row["meta"]), "metrics": {key: repr(value) for key, value in row["metrics"]}}
            for row in table.to_pylist()
        ]
        rows[name].sort(key=lambda row: str(row))
    return rows, sorted(of_traces(traces), key=str)


def test_random_payloads() -> None:
    for seed in range(300):
        body = payload(random.Random(seed))
        assert outcome(body, plain=False) == outcome(body, plain=True), seed


def test_garbage() -> None:
    """A good body with bytes changed, cut or moved."""
    for seed in range(600):
        chance = random.Random(seed)
        body = bytearray(payload(chance) or b"*\x00")
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(body))
            change = chance.randrange(3)
            if change == 0:
                body[at] = chance.randrange(256)
            elif change == 1:
                del body[at : at + chance.randrange(1, 4)]
            else:
                body[at:at] = body[at // 2 : at // 2 + 3]
            if not body:
                break
        assert outcome(bytes(body), plain=False) == outcome(bytes(body), plain=True), seed


def test_what_compiled_code_reads_needs_no_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pb.AgentPayload(host_name="h")
    chunk = made.tracer_payloads.add(language_name="python").chunks.add(priority=1)
    for number in range(50):
        chunk.spans.add(service="s", name="n", resource="r", trace_id=7, span_id=number + 1, start=10**18,
        duration=5,
                        meta={"http.status_code": "200", "usr.id": f"u{number}", "k": "v"},
                        metrics={"_top_level": 1, "x": 2.5})  # fmt: skip
    body = made.SerializeToString()
    expected = outcome(body, plain=True)
    monkeypatch.setattr(agent_payload, "span_of", lambda _: pytest.fail("a span was made"))
    monkeypatch.setattr(agent_payload, "decode", lambda _: pytest.fail("the body was decoded plainly"))
    assert outcome(body, plain=False) == expected


def test_too_many_spans_are_refused() -> None:
    made = pb.AgentPayload()
    chunk = made.tracer_payloads.add().chunks.add()
    chunk.spans.extend([pb.Span(span_id=1)] * 100_001)
    assert outcome(made.SerializeToString(), plain=False) == "LimitExceeded"
