"""Endpoints of the pages of synthetic tests."""

from __future__ import annotations

import pytest

from tests.unit.api_app import Caller
from tests.unit.synthetics.test_routes import LEAST

_UI = "/api/ui/synthetics"


async def test_states(admin: Caller, reader: Caller) -> None:
    identity = (await admin.post("/api/v1/synthetics/tests/api", {**LEAST, "status": "live"}))["public_id"]
    (row,) = (await reader.get(_UI))["tests"]
    assert (row["public_id"], row["state"], row["target"]) == (identity, "pending", "https://example.com")
    await admin.put(f"/api/v1/synthetics/tests/{identity}/status", {"new_status": "paused"})
    assert (await reader.get(f"{_UI}/{identity}"))["state"] == "paused"
    await admin.refused("GET", f"{_UI}/none", None, 404)


@pytest.mark.parametrize("body", [b"", b"[]", {}, {"config": 5}, {**LEAST, "config": {}}])
async def test_definitions_that_cannot_run(admin: Caller, reader: Caller, body: object) -> None:
    await admin.refused("POST", f"{_UI}/run", body)
    await reader.refused("POST", f"{_UI}/run", LEAST, 403)
