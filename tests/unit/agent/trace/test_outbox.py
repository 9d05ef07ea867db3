"""Spans and statistics on their way to the forwarder."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.agent.config import Config
from heeler.agent.forwarder import Forwarder, destinations
from heeler.agent.trace import outbox as outbox_module
from heeler.agent.trace.outbox import MOST_SPANS, Outbox
from heeler.wire.traces import agent_payload, fast_encode
from heeler.wire.traces.client_stats import StatsBucket, StatsGroup, StatsOfTracer, decode_agent
from heeler.wire.traces.spans import TracerPayload
from tests.unit.agent.intake import Intake, intake, until
from tests.unit.agent.trace.spans import NOW, chunk, span


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[tuple[Outbox, Intake]]:
    with intake() as server:
        config = Config(tmp_path, {"api_key": "k" * 8, "dd_url": server.url})
        forwarder = Forwarder(destinations(config), config, tmp_path / "spool")
        forwarder.start()
        try:
            yield Outbox(forwarder, "web-1", "prod"), server
        finally:
            forwarder.stop(2.0)


def payload(spans: int, service: str = "shop") -> TracerPayload:
    return TracerPayload(
        [chunk(*(span(place + 1, service=service) for place in range(spans)))], language="python"
    )


def test_payloads_that_wait_are_one_delivery(parts: tuple[Outbox, Intake]) -> None:
    outbox, server = parts
    outbox.put(payload(2, "a"))
    outbox.put(payload(1, "b"))
    outbox.put(TracerPayload([]))
    outbox.flush()
    outbox.flush()
    until(lambda: server.accepted)
    (request,) = server.accepted
    assert request.path == "/api/v0.2/traces"
    found = agent_payload.decode(request.body)
    assert (found.hostname, found.env) == ("web-1", "prod")
    assert [[len(one.spans) for one in each.chunks] for each in found.payloads] == [[2], [1]]
    assert [each.chunks[0].spans[0].service for each in found.payloads] == ["a", "b"]
    assert outbox.counts == {"payloads": 1, "spans": 3}


def test_many_spans_do_not_wait(parts: tuple[Outbox, Intake]) -> None:
    outbox, server = parts
    outbox.put(payload(MOST_SPANS - 1))
    assert outbox.counts["payloads"] == 0
    outbox.put(payload(1))
    assert outbox.counts == {"payloads": 1, "spans": MOST_SPANS}
    until(lambda: server.accepted)


def stats(groups: int, name: str) -> StatsOfTracer:
    made = [StatsGroup(service="shop", name=name, resource=str(place), hits=1) for place in range(groups)]
    return StatsOfTracer(hostname="web-1", env="prod", buckets=[StatsBucket(NOW, 10**10, made)])


def test_statistics_are_sent_in_parts(parts: tuple[Outbox, Intake]) -> None:
    outbox, server = parts
    outbox.send_stats([stats(3000, "a"), stats(900, "b"), stats(200, "c"), stats(9000, "d"), stats(1, "e")])
    until(lambda: len(server.accepted) == outbox.counts["stats_payloads"])
    assert {request.path for request in server.accepted} == {"/api/v0.2/stats"}
    assert all(request.headers["Content-Encoding"] == "gzip" for request in server.accepted)
    sent = [
        [one.buckets[0].groups[0].name for one in decode_agent(gzip.decompress(request.body)).stats]
        for request in server.accepted
    ]
    assert sent == [["a", "b"], ["c"], ["d"], ["e"]]


def test_no_statistics_no_request(parts: tuple[Outbox, Intake]) -> None:
    outbox, server = parts
    outbox.send_stats([])
    assert outbox.counts["stats_payloads"] == 0
    assert server.requests == []


def test_a_busy_agent_loads_the_compiled_encoder(
    parts: tuple[Outbox, Intake], monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, server = parts
    loaded: list[str] = []
    monkeypatch.setattr(outbox_module, "BUSY_SPANS", 5)
    monkeypatch.setattr(outbox_module.fast_encode, "prepare", lambda: loaded.append("once"))
    monkeypatch.setattr(outbox_module.gc, "freeze", lambda: loaded.append("frozen"))
    monkeypatch.setattr(outbox_module.gc, "set_threshold", lambda *_: None)
    times = iter((1.0, 2.0, 62.0, 70.0))
    monkeypatch.setattr(outbox, "_clock", lambda: next(times))
    monkeypatch.setattr(outbox, "_window", 0.0)
    # Four spans a minute are few, five are many.
    for spans, threads in ((2, 0), (2, 0), (4, 0), (1, 1), (9, 1)):
        outbox.put(payload(spans))
        outbox.flush()
        if outbox._loading:
            outbox._loading.join()
        assert loaded == ["once", "frozen"] * threads
    until(lambda: len(server.accepted) == 5)


def test_the_compiled_encoder_delivers_the_same(parts: tuple[Outbox, Intake]) -> None:
    outbox, server = parts
    fast_encode.prepare()
    assert fast_encode.ready()
    sent = [payload(30, "a"), payload(5, "b")]
    for one in sent:
        outbox.put(one)
    outbox.flush()
    until(lambda: server.accepted)
    assert agent_payload.decode(server.accepted[0].body).payloads == sent
