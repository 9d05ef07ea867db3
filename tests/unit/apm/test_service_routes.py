"""Endpoints of the pages of services."""

from __future__ import annotations

import pytest

from tests.unit.api_app import Caller

PATHS = ("services", "services/shop", "services/shop/resource?resource=a", "services/shop/dependencies",
         "services/shop/deployments", "services/shop/hosts", "map", "ingestion")  # fmt: skip
pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.parametrize("path", PATHS)
async def test_a_service_that_sent_nothing_has_pages(reader: Caller, nobody: Caller, path: str) -> None:
    address, _, query = f"/api/ui/apm/{path}".partition("?")
    params = {"resource": "a"} if query else {}
    assert isinstance(await reader.get(address, env="routes-none", **params), dict)
    await nobody.refused("GET", address, None, 401, params=params)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("window", "word"),
    [
        ({"start": "soon"}, "soon"),
        ({"start": "now", "end": "now-1h"}, "before"),
        ({"start": "now", "end": "now"}, "before"),
        ({"tag": "datacenter"}, "key:value"),
    ],
)
async def test_windows_and_tags_that_are_none(
    admin: Caller, path: str, window: dict[str, str], word: str
) -> None:
    address, _, query = f"/api/ui/apm/{path}".partition("?")
    params = {**window, **({"resource": "a"} if query else {})}
    assert word in await admin.refused("GET", address, None, params=params)
