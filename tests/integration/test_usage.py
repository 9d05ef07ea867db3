"""Usage and data sources are told from what really came; usage through the unmodified client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bench.fill_installation import Filler
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.usage_metering_api import UsageMeteringApi

from tests.conftest import RunningServer, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own: what others send would count here too."""
    running = start_server(tmp_path_factory.mktemp("usage"))
    yield running
    running.process.terminate()
    running.process.wait(60)


@pytest.fixture(scope="module")
def filler(server: RunningServer) -> Filler:
    made = Filler(server.url, server.api_key, server.app_key)
    now = int(time.time())
    points = [{"timestamp": now, "value": 1.0}]
    hosts = [[{"type": "host", "name": f"usage-{number}"}] for number in range(2)]
    series = [{"metric": "system.uptime", "type": 3, "points": points, "resources": one} for one in hosts]
    made.call("POST", "/api/v2/series", {"series": series})
    logs = [{"message": "hello", "service": "usage-shop", "ddsource": "nginx", "ddtags": "team:core"}] * 3
    made.call("POST", "/api/v2/logs", logs)
    assert made.refused == []
    return made


def test_hours_through_the_client(server: RunningServer, filler: Filler) -> None:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    end = start + timedelta(hours=2)
    with ApiClient(server.configuration()) as client:
        api = UsageMeteringApi(client)
        hosts = api.get_usage_hosts(start_hr=start, end_hr=end).usage
        assert max(one.host_count for one in hosts) >= 2
        assert len(hosts) == 2
        assert (
            sum(
                one.num_custom_timeseries
                for one in api.get_usage_timeseries(start_hr=start, end_hr=end).usage
            )
            > 0
        )
        logs = api.get_usage_logs(start_hr=start, end_hr=end).usage
        assert sum(one.indexed_events_count for one in logs) >= 3
        assert sum(one.ingested_events_bytes for one in logs) >= 15
        spans = api.get_usage_indexed_spans(start_hr=start, end_hr=end).usage
        assert all(one.indexed_events_count >= 0 for one in spans)
        with pytest.raises(ApiException) as refused:
            api.get_usage_rum_sessions(start_hr=start, end_hr=end)
        assert refused.value.status == 404
        assert "does not count the usage of 'rum_sessions'" in str(refused.value.body)


def test_groups_of_the_page(server: RunningServer, filler: Filler) -> None:
    now = int(time.time())
    points = [{"timestamp": now, "value": 1.0}]
    tags = [["service:usage-cart", f"user:{number}"] for number in range(3)] + [["team:core"]]
    series = [{"metric": "usage.cart", "points": points, "tags": one} for one in tags]
    filler.call("POST", "/api/v2/series", {"series": series})
    for service in ("usage-cart", "usage-traced"):
        definition = {"schema-version": "v2.1", "dd-service": service, "team": "Buyers"}
        filler.call("POST", "/api/v2/services/definitions", definition)
    traces = {"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "usage-traced"}}]},
        "scopeSpans": [{"spans": [{
            "traceId": "1" * 32, "spanId": "2" * 16, "name": "s", "startTimeUnixNano": str(now * 10**9),
            "endTimeUnixNano": str(now * 10**9),
            "attributes": [{"key": "shelf", "value": {"stringValue": "top"}}],
        }]}],
    }]}  # fmt: skip
    filler.call("POST", "/v1/traces", traces)
    assert filler.refused == []

    def groups(by: str) -> dict[str, dict[str, Any]]:
        found: Any = filler.call(
            "GET", f"/api/ui/usage/groups?from={now * 1000 - 3_600_000}&to={now * 1000}&by={by}", None
        )
        assert (found["by"], found["left_off"]) == (by, 0)
        return {one["name"]: one for one in found["rows"]}

    services = groups("service")
    assert (services["usage-shop"]["logs"], services["usage-shop"]["log_bytes"]) == (3, 15)
    cart = services["usage-cart"]
    assert (cart["points"], cart["series"], cart["logs"]) == (3, 3, 0)
    assert services[""]["points"] >= 2, "what has no service is told too"
    teams = groups("team")
    assert (teams["core"]["logs"], teams["core"]["points"]) == (3, 1)
    assert teams["buyers"]["spans"] == 1, "the team of the service"
    assert teams["buyers"]["points"] == 3 + services["usage-traced"]["points"]
    assert groups("user")["1"]["series"] == 1
    assert groups("shelf")["top"]["spans"] == 1
    assert groups("metric")["usage.cart"]["series"] == 4
    assert groups("metric")["usage.cart"]["logs"] is None
    keys = groups("key")
    (ours,) = [one for one in keys.values() if one["series"]]
    assert ours["series"] >= 6
    assert ours["points"] is not None


def test_data_sources_and_first_steps(filler: Filler) -> None:
    found: Any = filler.call("GET", "/api/ui/sources", None)
    states = {one["id"]: one["state"] for one in found["integrations"]}
    assert states["agent"] == states["nginx"] == states["logs"] == "sending"
    assert states["kubernetes"] == "none"
    steps = {one["id"]: one["done"] for one in found["steps"]}
    assert steps["host"]
    assert steps["logs"]
