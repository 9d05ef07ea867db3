"""Endpoints of results of synthetic tests."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.synthetics.test_routes import LEAST

_PATH = "/api/v1/synthetics/tests"
NOW = int(time.time())


@pytest.fixture
async def test_id(admin: Caller) -> str:
    identity: str = (await admin.post(f"{_PATH}/api", LEAST))["public_id"]
    return identity


async def test_a_test_that_never_ran(admin: Caller, reader: Caller, test_id: str) -> None:
    found = await reader.get(f"{_PATH}/{test_id}/results")
    parsed("v1.SyntheticsApi", "get_api_test_latest_results", found)
    assert found["results"] == []
    await admin.refused("GET", f"{_PATH}/{test_id}/results/5", None, 404)
    body = {"public_ids": [test_id], "from_ts": NOW - 3600, "to_ts": NOW}
    uptimes = await reader.post(f"{_PATH}/uptimes", body)
    parsed("v1.SyntheticsApi", "fetch_uptimes", uptimes)
    assert uptimes[0]["public_id"] == test_id


async def test_ids_and_parameters_that_are_none(admin: Caller, nobody: Caller, test_id: str) -> None:
    await admin.refused("GET", f"{_PATH}/none/results", None, 404)
    for name in ("from_ts", "to_ts"):
        for value in ("-1", "²", "now", "9" * 5000):
            params = {name: value}
            assert name in await admin.refused("GET", f"{_PATH}/{test_id}/results", None, params=params)
    await nobody.refused("GET", f"{_PATH}/{test_id}/results", None, 403)


@pytest.mark.parametrize(
    "change",
    [{"public_ids": []}, {"public_ids": "x"}, {"from_ts": NOW, "to_ts": NOW - 1}, {"from_ts": "x"},
     {"from_ts": -1}, {"to_ts": 2**40}, {"to_ts": 1.5}],
)  # fmt: skip
async def test_uptimes_of_no_window(admin: Caller, test_id: str, change: dict[str, Any]) -> None:
    body = {"public_ids": [test_id], "from_ts": NOW - 3600, "to_ts": NOW, **change}
    await admin.refused("POST", f"{_PATH}/uptimes", body)


async def test_tests_that_cannot_be_triggered(admin: Caller, reader: Caller, test_id: str) -> None:
    for path in (f"{_PATH}/trigger", f"{_PATH}/trigger/ci"):
        for body in (
            b"",
            b"[]",
            {},
            {"tests": []},
            {"tests": ["x"]},
            {"tests": [{"public_id": test_id}] * 21},
        ):
            await admin.refused("POST", path, body)
        await admin.refused("POST", path, {"tests": [{"public_id": "none"}]}, 404)
        await admin.refused("POST", path, {"tests": [{}]}, 404)
        await reader.refused("POST", path, {"tests": [{"public_id": test_id}]}, 403)


async def test_locations(admin: Caller) -> None:
    found = await admin.get("/api/v1/synthetics/locations")
    parsed("v1.SyntheticsApi", "list_locations", found)
    ids = [one["id"] for one in found["locations"]]
    assert await admin.get("/api/v1/synthetics/settings/default_locations") == ids
