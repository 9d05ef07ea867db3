"""Versions over time and two of them compared: rates of the time in which each ran, and what became worse."""

from __future__ import annotations

import time

import pytest

from heeler.apm import deployments
from heeler.apm.scope import Scope
from heeler.errors.occurrences import occurrences_table, of_traces
from heeler.store.engine import Engine
from heeler.store.span_rows import apm_stats_table, stats_rows
from heeler.wire.traces.client_stats import StatsOfAgent
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import mark_top_level
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

NOW = int(time.time()) // 10 * 10 - 600
MS = 10**6
ENV = "unit-deploy"
SCOPE = Scope(NOW - 1000, NOW + 500, ENV)


def request(number: int, version: str, at: int, lasts: int, kind: str = "", resource: str = "GET /") -> Span:
    error = {"error.type": kind, "error.message": f"{kind} happened"} if kind else {}
    return Span(
        service="shop", name="web", resource=resource, trace_id=5_000 + number, span_id=1,
        start=(NOW + at) * 10**9, duration=lasts * MS, error=int(bool(kind)),
        meta={"env": ENV, "version": version, **error},
    )  # fmt: skip


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> Engine:
    """1.0 answers 20 requests in 100 s with one known error; 1.1 is slower and brings another."""
    spans = [request(at, "1.0", -500 + 5 * at, 10, "Known" if at == 3 else "") for at in range(20)]
    spans += [request(100 + at, "1.1", 5 * at, 50, "Known" if at == 0 else "") for at in range(4)]
    spans += [request(110 + at, "1.1", 5 * at, 50, "Fresh") for at in range(4, 8)]
    spans += [
        request(120, "1.0", -400, 30, resource="GET /old"),
        request(121, "1.1", 0, 1, resource="GET /new"),
    ]
    counted = Concentrator("h", ENV, NOW * 10**9, oldest=0)
    payload = TracerPayload(env=ENV)
    for span in spans:
        mark_top_level([span])
        payload.chunks.append(Chunk([span], 1))
        counted.add(TracerPayload(env=ENV, app_version=span.meta["version"]), payload.chunks[-1])
    stats = StatsOfAgent("h", ENV, "", counted.flush(0, everything=True))
    engine.insert_sync("apm_stats", apm_stats_table(stats_rows(stats), 4711))
    engine.insert_sync(
        "error_events", occurrences_table(of_traces(AgentTraces("h", ENV, payloads=[payload])))
    )
    return engine


async def test_versions_with_the_errors_that_they_brought(deployed: Engine) -> None:
    new, old = await deployments.versions(deployed, "shop", SCOPE)
    assert (new["version"], new["hits"], new["errors"], new["new_errors"]) == ("1.1", 9, 5, ["Fresh"])
    assert (old["version"], old["hits"], old["errors"], old["new_errors"]) == ("1.0", 21, 1, [])
    # 1.0 sent from -500 to -400: its rate is of that time and not of the window.
    assert old["hits_per_second"] == pytest.approx(21 / 110)
    only = Scope(SCOPE.start, SCOPE.end, ENV, version="1.1")
    assert len(await deployments.versions(deployed, "shop", only)) == 2


async def test_two_versions_are_compared(deployed: Engine) -> None:
    found = await deployments.compare(deployed, "shop", SCOPE, "1.0", "1.1")
    assert found["after"]["p50"] == pytest.approx(0.05, rel=0.01)
    assert found["before"]["p50"] == pytest.approx(0.01, rel=0.01)
    (fresh, known) = found["errors"]
    assert (fresh["type"], fresh["before"], fresh["after"], fresh["new"]) == ("Fresh", 0, 4, True)
    assert (known["type"], known["before"], known["after"], known["new"]) == ("Known", 1, 1, False)
    rows = {one["resource"]: one for one in found["resources"]}
    assert rows["GET /"]["before"]["hits"] == 20
    assert rows["GET /"]["after"]["hits"] == 8
    assert rows["GET /old"]["after"] is None
    assert rows["GET /new"]["before"] is None
    assert [one["resource"] for one in found["resources"]] == ["GET /", "GET /new", "GET /old"]


async def test_a_version_that_never_ran_is_none(deployed: Engine) -> None:
    found = await deployments.compare(deployed, "shop", SCOPE, "1.0", "9.9")
    assert found["after"] is None
    assert found["before"]["hits"] == 21
