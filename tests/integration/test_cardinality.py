"""The cardinality explorer against a slow reference, and the calls that have to agree with it."""

from __future__ import annotations

import random
import time
from typing import Any

import httpx
import pytest

from tests.conftest import RunningServer
from tests.integration.calls import data

METRIC = "cardinality.requests"
Series = tuple[str, ...]


@pytest.fixture(scope="module")
def server(own_server: RunningServer) -> RunningServer:
    return own_server


def _sent(admin: httpx.Client, metric: str, series: set[Series]) -> None:
    now = int(time.time())
    body = {
        "series": [{"metric": metric, "points": [[now, 1]], "type": "count", "tags": one} for one in series]
    }
    assert admin.post("/api/v1/series", json=body).status_code == 202


@pytest.fixture(scope="module")
def sent(admin: httpx.Client) -> set[Series]:
    """Series of random tags; some lack keys, one key has no values."""
    chance = random.Random(7)
    found = set()
    for _ in range(200):
        tags = {f"user:{chance.randrange(60)}", f"path:{chance.randrange(4)}"}
        if chance.random() < 0.5:
            tags.add(f"env:{chance.choice(['prod', 'dev'])}")
        if chance.random() < 0.2:
            tags.add("canary")
        found.add(tuple(sorted(tags)))
    _sent(admin, METRIC, found)
    _sent(admin, "cardinality.other", {("env:prod", "user:1"), ("env:prod", "user:2")})
    return found


def _key(tag: str) -> str:
    return tag.partition(":")[0]


def test_every_number_is_that_of_a_slow_reference(admin: httpx.Client, sent: set[Series]) -> None:
    report = admin.get(f"/api/ui/cardinality?metric={METRIC}&days=2").json()
    assert (report["series"], report["exact"]) == (len(sent), True)
    expected: dict[str, Any] = {}
    for key in {_key(tag) for one in sent for tag in one}:
        having = [one for one in sent if any(_key(tag) == key for tag in one)]
        left = {tuple(tag for tag in one if _key(tag) != key) for one in sent}
        values = {tag for one in having for tag in one if _key(tag) == key}
        expected[key] = (len(values), len(having), 1, len(left))
    found = {
        one["key"]: (one["values"], one["series"], one["metrics"], one["series_without"])
        for one in report["tags"]
    }
    assert found == expected
    assert report["tags"][0]["key"] == "user", "what saves most is first"
    assert [one["series"] for one in report["growth"]] == [0, len(sent)]
    details = admin.get(f"/api/ui/cardinality/key?metric={METRIC}&key=path").json()
    by_value = {one["name"]: one["series"] for one in details["values"]}
    assert by_value == {str(n): sum(f"path:{n}" in one for one in sent) for n in range(4)}
    assert details["metrics"] == [{"name": METRIC, "series": len(sent), "values": 4}]


def test_estimates_and_volumes_agree(admin: httpx.Client, sent: set[Series]) -> None:
    report = admin.get(f"/api/ui/cardinality?metric={METRIC}").json()
    for tag in report["tags"]:
        query = f"filter[groups]={tag['key']}&filter[exclude_tags_mode]=true&filter[timespan_h]=24"
        answer = admin.get(f"/api/v2/metrics/{METRIC}/estimate?{query}").json()
        assert answer["data"]["attributes"]["estimated_output_series"] == tag["series_without"], tag
    volumes = admin.get(f"/api/v2/metrics/{METRIC}/volumes").json()["data"]["attributes"]
    assert volumes == {"ingested_volume": len(sent), "indexed_volume": len(sent)}


def test_all_metrics_together(admin: httpx.Client, sent: set[Series]) -> None:
    report = admin.get("/api/ui/cardinality").json()
    user = next(one for one in report["tags"] if one["key"] == "user")
    assert (user["metrics"], user["series"]) == (2, len(sent) + 2)
    alone = admin.get(f"/api/ui/cardinality?metric={METRIC}").json()
    saved = len(sent) - next(one for one in alone["tags"] if one["key"] == "user")["series_without"]
    assert report["series"] - user["series_without"] == saved + 1, "the other metric has two values of it"
    details = admin.get("/api/ui/cardinality/key?key=user").json()
    assert [one["name"] for one in details["metrics"]] == [METRIC, "cardinality.other"]


def test_a_dropped_tag_makes_as_few_series_as_was_said(admin: httpx.Client, sent: set[Series]) -> None:
    metric = "cardinality.dropped"
    _sent(admin, metric, {("user:1", "path:1")})
    attributes = {"metric_type": "count", "tags": ["user"], "exclude_tags_mode": True}
    body = data("manage_tags", attributes, metric)
    assert admin.post(f"/api/v2/metrics/{metric}/tags", json=body).status_code == 201
    report = admin.get(f"/api/ui/cardinality?metric={METRIC}").json()
    said = next(one for one in report["tags"] if one["key"] == "user")["series_without"]
    _sent(admin, metric, sent)
    found = admin.get(f"/api/ui/cardinality?metric={metric}").json()
    assert found["series"] == said + 1, "those without the tag, and the one of before"
    volumes = admin.get(f"/api/v2/metrics/{metric}/volumes").json()["data"]["attributes"]
    assert volumes == {"ingested_volume": len(sent), "indexed_volume": said + 1}
