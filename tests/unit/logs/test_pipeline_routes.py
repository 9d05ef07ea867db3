"""Endpoints of the pages of pipelines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

_TEST = "/api/ui/logs/pipelines/test"
_GROK = {"type": "grok-parser", "name": "g", "is_enabled": True, "source": "message", "samples": [],
         "grok": {"support_rules": "", "match_rules": "r %{word:user} in"}}  # fmt: skip
_PIPELINE = {"name": "p", "is_enabled": True, "filter": {"query": "*"}, "processors": [_GROK]}
pytestmark = pytest.mark.usefixtures("store")


async def test_a_draft_runs_on_texts_and_on_items(reader: Caller) -> None:
    samples = ["ada in", {"message": "bob in", "ddtags": "env:prod"}, "no match", 5, None]
    found = (await reader.post(_TEST, {"samples": samples, "pipeline": _PIPELINE}))["results"]
    assert len(found) == len(samples)
    users = [one["after"]["attributes"].get("user") for one in found]
    assert users == ["ada", "bob", None, None, None]
    assert [one["steps"][0]["applied"] for one in found[:3]] == [True, True, False]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        {},
        {"samples": []},
        {"samples": "x"},
        {"samples": ["x"] * 51},
        {"samples": ["x"], "pipeline": {**_PIPELINE, "processors": [{"type": "house"}]}},
        {"samples": ["x"], "pipeline": {**_PIPELINE, "filter": {"query": "(("}}},
    ],
)
async def test_drafts_that_cannot_run(admin: Caller, body: Any) -> None:
    await admin.refused("POST", _TEST, body)


async def test_samples_and_checks(admin: Caller, nobody: Caller) -> None:
    path = "/api/ui/logs/pipelines/samples"
    assert (await admin.get(path, query="service:routes-none"))["samples"] == []
    for params in ({"limit": 0}, {"limit": 51}, {"query": "(("}):
        await admin.refused("GET", path, None, params=params)
    check = "/api/ui/logs/metrics/check"
    assert (await admin.post(check, {"compute": {"aggregation_type": "count"}}))["problem"] is None
    assert "aggregation_type" in (await admin.post(check, {"compute": {}}))["problem"]
    await nobody.refused("POST", _TEST, {"samples": ["x"]}, 401)
    await admin.refused("GET", f"/api/ui/logs/{'0' * 31}1/origins", None, 404)
