"""Usage by API key, and what happens at a quota: a 429 in the form of each protocol, nothing is stored."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.metric_payload import MetricPayload

from tests.conftest import ADMIN_EMAIL, RunningServer, start_server
from tests.integration.calls import data
from tests.integration.mail import Inbox


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, inbox: tuple[Inbox, str]) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("quotas"), HEELER_SMTP=inbox[1])
    yield running
    running.stop()


def _key(admin: httpx.Client, name: str) -> tuple[str, str]:
    """Id and secret of a new API key."""
    made = admin.post("/api/v2/api_keys", json=data("api_keys", {"name": name})).json()["data"]
    return made["id"], made["attributes"]["key"]


def _send(server: RunningServer, key: str, path: str, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"DD-API-KEY": key, "Content-Type": "application/json", **headers}
    return httpx.post(server.url + path, content=content, headers=sent, timeout=60)


def _quota(admin: httpx.Client, **given: Any) -> dict[str, Any]:
    answer = admin.post("/api/ui/usage/quotas", json=given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _until(read: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + 60
    while not good(found := read()):
        assert time.monotonic() < end, found
        time.sleep(0.3)
    return found


def _usage(admin: httpx.Client, key_id: str) -> dict[str, Any]:
    now = round(time.time() * 1000)
    found = admin.get(f"/api/ui/usage/groups?by=key&from={now - 3_600_000}&to={now + 60_000}").json()
    return next((row for row in found["rows"] if row["name"] == key_id), {})


def _series(metric: str, points: int = 1) -> dict[str, Any]:
    now = int(time.time())
    return {
        "series": [{"metric": metric, "points": [[now - at, 1.0] for at in range(points)], "type": "gauge"}]
    }


LOGS = [{"message": f"line {number}", "service": "metered"} for number in range(3)]
OTLP = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "x"}}]}]}]}
SPAN_PATH = "/api/v0.2/traces"


def test_what_each_key_sent_is_counted(server: RunningServer, admin: httpx.Client) -> None:
    (one, first), (other, second) = _key(admin, "one"), _key(admin, "other")
    assert _send(server, first, "/api/v2/logs", LOGS).status_code == 202
    for _ in range(4):  # the first takes the regular path, those of known series the batched one
        assert _send(server, first, "/api/v1/series", _series("usage.of_one", 5)).status_code == 202
    assert _send(server, second, "/v1/logs", OTLP).status_code == 200
    assert _send(server, second, "/api/v1/series", {"series": "x"}).status_code == 400
    found = _until(lambda: _usage(admin, one), lambda row: row.get("logs") == 3 and row["points"] == 20)
    sizes = len(json.dumps(LOGS)) + 4 * len(json.dumps(_series("usage.of_one", 5)))
    assert (found["bytes"], found["spans"], found["series"]) == (sizes, 0, 1)
    assert found["label"].startswith("one …")
    rest = _until(lambda: _usage(admin, other), lambda row: row.get("logs") == 1)
    assert (rest["bytes"], rest["points"], rest["refused"]) == (len(json.dumps(OTLP)), 0, 0)


def test_a_quota_of_a_key(server: RunningServer, admin: httpx.Client, inbox: tuple[Inbox, str]) -> None:
    (limited, key), (_, free) = _key(admin, "limited"), _key(admin, "free")
    quota = _quota(admin, signal="logs", daily_limit=4, key_id=limited, warning_percent=50)
    again = {"signal": "logs", "daily_limit": 1, "key_id": limited}
    assert admin.post("/api/ui/usage/quotas", json=again).status_code == 409
    assert _send(server, key, "/api/v2/logs", LOGS).status_code == 202
    assert _send(server, key, "/api/v2/logs", [{"message": "fourth"}]).status_code == 202
    refused = _send(server, key, "/api/v2/logs", [{"message": "fifth and lost"}])
    assert refused.status_code == 429
    assert "4 logs a day" in refused.json()["errors"][0]
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    status = _send(server, key, "/v1/logs", OTLP)
    assert (status.status_code, status.json()["code"]) == (429, 8)
    assert "quota" in status.json()["message"]
    assert _send(server, key, "/loki/api/v1/push", {"streams": []}).status_code == 429
    assert _send(server, key, "/api/v1/series", _series("usage.others")).status_code == 202, (
        "logs alone are limited"
    )
    assert _send(server, free, "/api/v2/logs", LOGS).status_code == 202, "the other key is not"

    def shown() -> dict[str, Any]:
        return next(one for one in admin.get("/api/ui/usage/quotas").json() if one["id"] == quota["id"])

    found = _until(shown, lambda one: one["refused"] == 3)
    assert (found["used"], found["key_name"], found["daily_limit"]) == (4, "limited", 4)
    search = {"filter": {"query": '"fifth and lost" OR fourth', "from": "now-1h"}}
    logs = _until(lambda: admin.post("/api/v2/logs/events/search", json=search).json()["data"], bool)
    assert [one["attributes"]["message"] for one in logs] == ["fourth"]
    assert inbox[0].wait("Quota of logs is used up")["To"] == ADMIN_EMAIL
    assert sum("Quota of logs" in one["Subject"] for one in inbox[0].mails) <= 2, "once a day and level"
    found_by = "/api/v2/events?filter[query]=source:heeler Quota&filter[from]=now-1h"
    events = _until(lambda: admin.get(found_by).json()["data"], bool)
    assert "limited" in str(events)
    metrics = "/api/v1/metrics/heeler.usage.over_quota"
    _until(lambda: admin.get(metrics).status_code, lambda status: status == 200)

    raised = {"signal": "logs", "daily_limit": 6, "key_id": limited}
    assert admin.put(f"/api/ui/usage/quotas/{quota['id']}", json=raised).status_code == 200
    assert _send(server, key, "/api/v2/logs", LOGS).status_code == 202
    assert _send(server, key, "/api/v2/logs", LOGS).status_code == 429
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204
    assert _send(server, key, "/api/v2/logs", LOGS).status_code == 202


def test_a_quota_of_points_holds_on_the_batched_path(server: RunningServer, admin: httpx.Client) -> None:
    limited, key = _key(admin, "points")
    for _ in range(3):  # the series is known from here on
        assert _send(server, key, "/api/v1/series", _series("usage.batched")).status_code == 202
    _until(lambda: _usage(admin, limited), lambda row: row.get("points") == 3)
    quota = _quota(admin, signal="points", daily_limit=5, key_id=limited)
    answers = [_send(server, key, "/api/v1/series", _series("usage.batched")).status_code for _ in range(4)]
    assert answers == [202, 202, 429, 429]
    configuration = server.configuration()
    configuration.api_key["apiKeyAuth"] = key
    body = MetricPayload(series=[])
    with ApiClient(configuration) as client, pytest.raises(ApiException) as error:
        MetricsApi(client).submit_metrics(body)
    assert error.value.status == 429
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204


def test_a_quota_of_all_keys(server: RunningServer, admin: httpx.Client) -> None:
    quota = _quota(admin, signal="spans", daily_limit=0)
    assert _send(server, server.api_key, SPAN_PATH, b"").status_code == 429
    assert _send(server, server.api_key, "/v1/traces", b"{}").status_code == 429
    assert _send(server, server.api_key, "/api/v2/logs", LOGS).status_code == 202
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204
    assert _send(server, server.api_key, SPAN_PATH, b"").status_code == 200


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"signal": "profiles", "daily_limit": 1}, "signal"),
        ({"signal": "logs", "daily_limit": -1}, "daily_limit"),
        ({"signal": "logs", "daily_limit": 2**63}, "daily_limit"),
        ({"signal": "logs", "daily_limit": 1, "warning_percent": 0}, "warning_percent"),
        ({"signal": "logs", "daily_limit": 1, "key_id": "nobody"}, "key_id"),
    ],
)
def test_invalid_quotas_are_refused(admin: httpx.Client, given: dict[str, Any], word: str) -> None:
    answer = admin.post("/api/ui/usage/quotas", json=given)
    assert (answer.status_code, word in answer.text) == (400, True), answer.text


def _sent(server: RunningServer, key: str, metric: str, *tags: list[str]) -> httpx.Response:
    now = int(time.time())
    series = [{"metric": metric, "points": [[now, 1.0]], "tags": one} for one in tags]
    return _send(server, key, "/api/v1/series", {"series": series})


def _stored(admin: httpx.Client, metric: str) -> set[str]:
    found = admin.get(f"/api/v2/metrics/{metric}/all-tags").json()["data"]
    return set(found.get("attributes", {}).get("tags", []))


def test_a_quota_of_series_stops_new_series_alone(
    server: RunningServer, admin: httpx.Client, inbox: tuple[Inbox, str]
) -> None:
    _, key = _key(admin, "exploding")
    assert _sent(server, key, "quota.exploded", ["user:1"]).status_code == 202
    quota = _quota(admin, signal="series", daily_limit=3, scope="metric", scope_value="quota.*")
    assert (quota["used"], quota["used_by"]) == (1, "quota.exploded"), "the stored series counts"
    answer = _sent(server, key, "quota.exploded", *([f"user:{number}"] for number in range(1, 8)))
    assert answer.status_code == 202
    assert "its quota" in str(answer.json()["errors"])
    assert len(answer.json()["errors"]) == 4
    assert _until(lambda: _stored(admin, "quota.exploded"), lambda tags: len(tags) == 3) == {
        "user:1", "user:2", "user:3",
    }  # fmt: skip
    for _ in range(3):  # known series continue, on the batched path too
        assert "errors" not in _sent(server, key, "quota.exploded", ["user:2"]).json()
    assert "errors" not in _sent(server, key, "quota.other", ["user:9"]).json(), "each metric by itself"
    body = {
        "series": [{"metric": "quota.exploded", "points": [[int(time.time()), [1.0]]], "tags": ["user:8"]}]
    }
    refused = _send(server, key, "/api/v1/distribution_points", body)
    assert "its quota" in str(refused.json()["errors"])
    shown = _until(
        lambda: next(one for one in admin.get("/api/ui/usage/quotas").json() if one["id"] == quota["id"]),
        lambda one: one["refused"] == 5,
    )
    assert (shown["used"], shown["used_by"]) == (3, "quota.exploded")
    mail = inbox[0].wait("Quota of series is used up")
    assert (
        "quota.exploded" in mail.get_content() if not mail.is_multipart() else "quota.exploded" in str(mail)
    )
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204
    assert "errors" not in _sent(server, key, "quota.exploded", ["user:7"]).json()


def test_a_quota_of_series_in_each_protocol(server: RunningServer, admin: httpx.Client) -> None:
    key_id, key = _key(admin, "many")
    quota = _quota(admin, signal="series", daily_limit=1, scope="key", key_id=key_id)
    assert "errors" not in _sent(server, key, "quota.of_key", ["a:1"]).json()
    now = int(time.time())
    points = [{"timestamp": now, "value": 1.0}]
    answer = _send(
        server,
        key,
        "/api/v2/series",
        {"series": [{"metric": "quota.of_key", "points": points, "tags": ["a:2"]}]},
    )
    assert (answer.status_code, len(answer.json()["errors"])) == (202, 1)
    gauge = {"dataPoints": [{"asInt": "1", "timeUnixNano": str(now * 10**9)}]}
    metrics = [{"scopeMetrics": [{"metrics": [{"name": "quota.of_otlp", "gauge": gauge}]}]}]
    partial = _send(server, key, "/v1/metrics", {"resourceMetrics": metrics})
    assert partial.status_code == 200
    assert "quota" in partial.json()["partialSuccess"]["errorMessage"]
    assert int(partial.json()["partialSuccess"]["rejectedDataPoints"]) == 1
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204


def test_a_quota_of_points_of_a_service(server: RunningServer, admin: httpx.Client) -> None:
    quota = _quota(admin, signal="points", daily_limit=2, scope="service", scope_value="noisy")
    _, key = _key(admin, "shared")
    noisy, calm = ["service:noisy"], ["service:calm"]
    for _ in range(2):
        assert "errors" not in _sent(server, key, "quota.shared", noisy, calm).json()
    mixed = _sent(server, key, "quota.shared", noisy, calm)
    assert (mixed.status_code, "'noisy'" in str(mixed.json()["errors"])) == (202, True)
    assert _sent(server, key, "quota.shared", noisy).status_code == 429
    assert "errors" not in _sent(server, key, "quota.shared", calm).json()

    def shown() -> dict[str, Any]:
        return next(one for one in admin.get("/api/ui/usage/quotas").json() if one["id"] == quota["id"])

    found = _until(shown, lambda one: one["refused"] == 2)
    assert found["used"] == 2
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204


def test_a_quota_of_logs_and_spans_of_a_team(server: RunningServer, admin: httpx.Client) -> None:
    quota = _quota(admin, signal="logs", daily_limit=1, scope="team", scope_value="web")
    _, key = _key(admin, "logs of teams")
    ours = {"message": "ours", "ddtags": "team:web", "service": "team-logs"}
    theirs = {"message": "theirs", "ddtags": "team:other", "service": "team-logs"}
    assert _send(server, key, "/api/v2/logs", [ours, theirs]).json() == {}
    mixed = _send(server, key, "/api/v2/logs", [ours, theirs])
    assert (mixed.status_code, "1 refused" in str(mixed.json()["errors"])) == (202, True)
    assert _send(server, key, "/api/v2/logs", [ours]).status_code == 429
    search = {"filter": {"query": "service:team-logs", "from": "now-1h"}}
    read = lambda: admin.post("/api/v2/logs/events/search", json=search).json()["data"]  # noqa: E731
    logs = _until(read, lambda found: len(found) == 3)
    assert sorted(one["attributes"]["message"] for one in logs) == ["ours", "theirs", "theirs"]
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204

    quota = _quota(admin, signal="spans", daily_limit=0, scope="service", scope_value="quota-spans")
    now = str(int(time.time() * 1e9))

    def spans(*services: str) -> dict[str, Any]:
        groups = []
        for number, service in enumerate(services, 1):
            name = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
            span = {
                "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "s",
                "startTimeUnixNano": now, "endTimeUnixNano": now,
            }  # fmt: skip
            groups.append({"resource": name, "scopeSpans": [{"spans": [span]}]})
        return {"resourceSpans": groups}

    assert _send(server, key, "/v1/traces", spans("quota-spans")).status_code == 429
    partial = _send(server, key, "/v1/traces", spans("quota-spans", "other-spans"))
    assert (partial.status_code, int(partial.json()["partialSuccess"]["rejectedSpans"])) == (200, 1)
    assert admin.delete(f"/api/ui/usage/quotas/{quota['id']}").status_code == 204


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"signal": "bytes", "daily_limit": 1, "scope": "metric", "scope_value": "a"}, "metric"),
        ({"signal": "points", "daily_limit": 1, "scope": "metric", "scope_value": "a.*"}, "metric"),
        ({"signal": "logs", "daily_limit": 1, "scope": "tag", "scope_value": "env"}, "env:prod"),
        ({"signal": "logs", "daily_limit": 1, "scope": "team"}, "scope_value"),
        ({"signal": "logs", "daily_limit": 1, "scope": "key"}, "key_id"),
        ({"signal": "logs", "daily_limit": 1, "scope": "planet", "scope_value": "x"}, "scope"),
    ],
)
def test_scopes_that_cannot_be_are_refused(admin: httpx.Client, given: dict[str, Any], word: str) -> None:
    answer = admin.post("/api/ui/usage/quotas", json=given)
    assert (answer.status_code, word in answer.text) == (400, True), answer.text
