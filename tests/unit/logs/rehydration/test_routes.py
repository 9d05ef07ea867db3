"""Endpoints of historical views."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.api.services import Services
from heeler.logs.model import HistoricalView, LogArchive
from heeler.logs.rehydration import routes, states
from heeler.logs.rehydration.rules import Asked, Scan
from tests.unit.api_app import Caller

_VIEWS = "/api/ui/logs/historical-views"


@pytest.fixture
async def failed(services: Services) -> str:
    """A view that failed, of an archive that is there."""
    destination = {"type": "s3", "bucket": "logs", "integration": {"account_id": "1", "role_name": "r"}}
    archive = {"name": "a", "query": "*", "destination": destination, "include_tags": True}
    async with services.database.session() as db:
        db.add(LogArchive(id="a", document=archive))
        db.add(
            HistoricalView(
                name="one", archive="a", document=Asked("one", "a", Scan(0.0, 1.0), "*", 10, 3).document(),
                state=states.FAILED, error="The disk is full.", progress={}, owner="",
                created=datetime.fromtimestamp(services.now(), UTC),
            )
        )  # fmt: skip
    return f"{_VIEWS}/one"


async def test_a_view_is_resumed_canceled_and_deleted(admin: Caller, reader: Caller, failed: str) -> None:
    await reader.refused("POST", f"{failed}/resume", None, 403)
    await admin.refused("POST", f"{failed}/cancel", None, 409)
    resumed = await admin.post(f"{failed}/resume")
    assert (resumed["state"], resumed["error"], resumed["expires"]) == ("pending", "", None)
    await admin.refused("POST", f"{failed}/resume", None, 409)
    canceled = await admin.post(f"{failed}/cancel")
    assert canceled["state"] == "canceled"
    assert canceled["expires"] > canceled["ended"]
    assert [one["state"] for one in (await admin.get(_VIEWS))["views"]] == ["canceled"]
    await admin("DELETE", failed, status=204)
    assert (await admin.get(_VIEWS))["views"] == []
    await admin.refused("POST", f"{failed}/resume", None, 404)


async def test_a_view_that_is_deleted_meanwhile_is_not_resumed(
    admin: Caller, services: Services, failed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = routes._archive

    async def deleted_meanwhile(*given: Any) -> LogArchive:
        async with services.database.session() as db:
            stored = await db.get(HistoricalView, "one")
            assert stored is not None
            stored.state = states.DELETING
        return await real(*given)

    monkeypatch.setattr(routes, "_archive", deleted_meanwhile)
    assert "meanwhile" in await admin.refused("POST", f"{failed}/resume", None, 409)
    assert await states.ended_views(services.database, services.now()) == ["one"]
