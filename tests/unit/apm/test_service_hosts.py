"""Where a service runs, and what its page can be filtered by."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

from heeler.apm import service_hosts
from heeler.apm.scope import Scope
from heeler.store.arrow_tables import host_tags_table
from heeler.store.engine import Engine
from heeler.store.span_rows import apm_stats_table, stats_rows
from heeler.wire.events.intake_payload import HostTags
from heeler.wire.traces.client_stats import StatsOfAgent
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.spans import Chunk, Span, TracerPayload

NOW = int(time.time()) - 60
ENV = "unit-hosts"
SCOPE = Scope(NOW - 300, NOW + 300, ENV)


@pytest.fixture(scope="module")
def running(engine: Engine) -> Engine:
    """``shop`` on two hosts, of which one is tagged with its data center; three requests and one."""
    for place, (host, times) in enumerate((("hosts-a", 3), ("hosts-b", 1))):
        counted = Concentrator(host, ENV, NOW * 10**9, oldest=0)
        for at in range(times):
            span = Span(
                service="hosts-shop", name="web", resource="r", trace_id=1 + at, span_id=1, start=NOW * 10**9,
                duration=10**7, meta={"env": ENV, "span.kind": "client", "peer.service": "bank"},
                metrics={"_top_level": 1},
            )  # fmt: skip
            counted.add(TracerPayload(env=ENV, app_version=f"1.{place}"), Chunk([span], 1))
        stats = StatsOfAgent(host, ENV, "", counted.flush(0, everything=True))
        engine.insert_sync("apm_stats", apm_stats_table(stats_rows(stats), 880 + place))
    engine.insert_sync("host_tags", tags("hosts-a", ["datacenter:eu1", "env:x", "plain"]))
    return engine


def tags(host: str, names: list[str]) -> pa.Table:
    return host_tags_table([HostTags(host, "system", tuple(names))], NOW)


async def test_hosts_with_their_requests_and_versions(running: Engine) -> None:
    found = await service_hosts.hosts(running, "hosts-shop", SCOPE)
    assert [(one["host"], one["hits"], one["versions"]) for one in found] == [
        ("hosts-a", 3, ["1.0"]),
        ("hosts-b", 1, ["1.1"]),
    ]


async def test_a_tag_of_the_host_limits_what_is_counted(running: Engine) -> None:
    tagged = Scope(SCOPE.start, SCOPE.end, ENV, tag="datacenter:eu1")
    assert [one["host"] for one in await service_hosts.hosts(running, "hosts-shop", tagged)] == ["hosts-a"]


async def test_filters_to_choose_from(running: Engine) -> None:
    found = await service_hosts.filters(running, "hosts-shop", SCOPE)
    assert found["versions"] == ["1.1", "1.0"]
    assert found["tags"] == ["datacenter:eu1", "host:hosts-a", "host:hosts-b", "peer.service:bank"]
