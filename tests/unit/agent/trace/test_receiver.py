"""Requests of tracers and their answers, without sockets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from heeler.agent.config import Config
from heeler.agent.forwarder import Forwarder, destinations
from heeler.agent.trace.filters import Filters
from heeler.agent.trace.http import Request, Response
from heeler.agent.trace.info import Info
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.outbox import Outbox
from heeler.agent.trace.pipeline import Pipeline
from heeler.agent.trace.proxy import Proxy
from heeler.agent.trace.receiver import Receiver
from heeler.agent.trace.remote_config import RemoteConfig
from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.traces.concentrator import Concentrator
from tests.unit.agent.trace.spans import NOW

SPAN = {
    "service": "shop",
    "name": "web",
    "resource": "GET /",
    "trace_id": 1,
    "span_id": 1,
    "start": NOW,
    "duration": 5,
}


class Box:
    def __init__(self, folder: Path) -> None:
        config = Config(folder, {"api_key": "k" * 8, "dd_url": "http://127.0.0.1:9"})
        self.forwarder = Forwarder(destinations(config), config, folder / "spool")
        samplers, concentrator = Samplers(SamplingConfig()), Concentrator("web-1", "none", NOW)
        self.pipeline = Pipeline(concentrator, Filters(), samplers, IngestionCounts("web-1"), "none")
        self.outbox = Outbox(self.forwarder, "web-1", "none")
        self.receiver = Receiver(
            Info(config, "none", 8126),
            self.pipeline,
            samplers.rates,
            self.outbox,
            Proxy(self.forwarder, 8125),
            RemoteConfig(),
            lambda: NOW,
        )

    async def ask(
        self, method: str, path: str, body: bytes = b"", too_large: bool = False, **headers: str
    ) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.receiver(Request(method, path, "", named, body, too_large))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def packed(document: Any) -> bytes:
    return msgspec.msgpack.encode(document)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("version", ["v0.2", "v0.3", "v0.4"])
async def test_traces_of_maps(box: Box, method: str, version: str) -> None:
    answer = await box.ask(method, f"/{version}/traces", packed([[SPAN]]), content_type="application/msgpack")
    assert answer.status == 200
    assert box.pipeline.counts["spans"] == 1
    if version == "v0.4":
        assert json.loads(answer.body)["rate_by_service"]["service:shop,env:none"] == 1
    else:
        assert answer.body == b"OK\n"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v0.1/spans", "application/json"),
        ("/spans", ""),
        ("/v0.3/traces", ""),
        ("/v0.4/traces", "text/json; charset=utf-8"),
    ],
)
async def test_traces_as_json(box: Box, path: str, kind: str) -> None:
    document: list[Any] = [SPAN] if path.endswith("spans") else [[SPAN]]
    answer = await box.ask("POST", path, json.dumps(document).encode(), content_type=kind)
    assert answer.status == 200
    assert box.pipeline.counts["spans"] == 1


async def test_rates_are_told_once(box: Box) -> None:
    first = await box.ask("POST", "/v0.4/traces", packed([[SPAN]]), datadog_rates_payload_version="none")
    version = first.headers["Datadog-Rates-Payload-Version"]
    assert json.loads(first.body)["rate_by_service"]
    again = await box.ask("POST", "/v0.4/traces", packed([[SPAN]]), datadog_rates_payload_version=version)
    assert again.body == b"{}"


async def test_headers_say_what_the_payload_does_not(box: Box) -> None:
    await box.ask(
        "POST",
        "/v0.4/traces",
        packed([[SPAN]]),
        datadog_meta_lang="python",
        datadog_meta_tracer_version="4.0",
        datadog_container_id="c1",
    )
    (payload,) = box.outbox._waiting
    assert (payload.language, payload.tracer_version, payload.container_id) == ("python", "4.0", "c1")


@pytest.mark.parametrize(
    ("value", "claimed"),
    [("yes", True), ("1", True), ("true", True), ("", False), ("0", False), ("false", False), ("No", False)],
)
async def test_claims_of_tracers(box: Box, value: str, claimed: bool) -> None:
    await box.ask("POST", "/v0.4/traces", packed([[SPAN]]), datadog_client_computed_top_level=value)
    (payload,) = box.outbox._waiting
    assert ("_top_level" in payload.chunks[0].spans[0].metrics) != claimed


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/v0.4/traces", b"\xc1", {}, 400),
        ("POST", "/v0.4/traces", b"", {}, 400),
        ("POST", "/v0.9/traces", b"\x90", {}, 400),
        ("POST", "/v0.4/traces", b"[]", {"content_type": "text/html"}, 415),
        ("POST", "/v0.6/stats", b"\xc1", {}, 400),
        ("GET", "/v0.4/traces", b"", {}, 404),
        ("DELETE", "/v0.4/traces", b"", {}, 405),
        ("POST", "/nowhere", b"", {}, 404),
        ("POST", "/v0.4/traces/x", b"", {}, 404),
        ("POST", "/v0.4/traces", b"\x90", {"sec_fetch_site": "cross-site"}, 403),
    ],
)
async def test_refusals(
    box: Box, method: str, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await box.ask(method, path, body, **headers)
    assert answer.status == status
    assert answer.body.strip()
    assert box.receiver.problems == {f"{status} {path}": 1}


async def test_a_body_that_is_too_large(box: Box) -> None:
    assert (await box.ask("POST", "/v0.4/traces", too_large=True)).status == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/info"),
        ("POST", "/info"),
        ("GET", "/v0.7/config"),
        ("POST", "/v0.7/config"),
        ("PUT", "/v0.3/services"),
    ],
)
async def test_what_else_is_answered(box: Box, method: str, path: str) -> None:
    answer = await box.ask(method, path)
    assert answer.status == 200
    assert answer.headers["Datadog-Agent-Version"]
    assert len(answer.headers["Datadog-Agent-State"]) == 64


async def test_paths_that_anybody_can_make_up_do_not_fill_the_memory(box: Box) -> None:
    await box.ask("GET", "/info")
    for place in range(1000):
        await box.ask("POST", f"/made/up/{place}")
    await box.ask("GET", "/info")
    assert box.receiver.requests["/info"] == 2
    for counts, total in ((box.receiver.requests, 1002), (box.receiver.problems, 1000)):
        assert len(counts) <= 201
        assert sum(counts.values()) == total
