"""The endpoint of the page of ingestion."""

from __future__ import annotations

import pytest

from tests.unit.api_app import Caller

pytestmark = pytest.mark.usefixtures("store")


async def test_the_window_is_the_one_asked_for(reader: Caller) -> None:
    found = await reader.get("/api/ui/apm/ingestion", start="now-2h", end="now-1h", env="routes-none")
    assert found == {"seconds": pytest.approx(3600), "services": []}
    times = {"start": "1790000000000", "end": "2026-09-21T16:00:00+01:00"}
    found = await reader.get("/api/ui/apm/ingestion", **times, env="routes-none")
    assert found["seconds"] == pytest.approx(2800)
