"""Endpoints of hosts."""

from __future__ import annotations

import time

import pytest

from heeler.store.arrow_tables import host_tags_table
from heeler.store.engine import Engine
from heeler.wire.events.intake_payload import HostTags
from tests.unit.api_app import Caller, parsed

NAMES = ["routes-a", "routes-b", "routes-c"]


@pytest.fixture(autouse=True)
def reported(store: Engine) -> None:
    rows = [HostTags(name, "users", (f"place:{name[-1]}", "group:routes")) for name in NAMES]
    store.insert_sync("host_tags", host_tags_table(rows, time.time()))


async def names(admin: Caller, **params: object) -> list[str]:
    found = await admin.get("/api/v1/hosts", **{"filter": "group:routes", **params})
    parsed("v1.HostsApi", "list_hosts", found)
    assert found["total_returned"] == len(found["host_list"])
    return [one["name"] for one in found["host_list"]]


async def test_pages_and_orders(admin: Caller) -> None:
    assert await names(admin) == NAMES
    assert await names(admin, sort_dir="DESC") == NAMES[::-1]
    assert await names(admin, start=1, count=1) == NAMES[1:2]
    assert await names(admin, start=9) == []
    assert await names(admin, count=0) == []
    assert await names(admin, count=100_000) == NAMES
    assert await names(admin, filter="routes place:b") == ["routes-b"]
    for field in ("apps", "cpu", "iowait", "load", "status", "host_name"):
        assert len(await names(admin, sort_field=field)) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("from", "nan"), ("from", "inf"), ("from", "1e300"), ("from", "-1"), ("from", "1790000000000"),
     ("from", "yesterday"), ("start", "-1"), ("start", "1e300"), ("count", "-1"), ("count", "x"),
     ("sort_field", "color"), ("sort_dir", "sideways")],
)  # fmt: skip
async def test_parameters_that_cannot_be_read(admin: Caller, name: str, value: str) -> None:
    assert name in await admin.refused("GET", "/api/v1/hosts", None, params={name: value})
    if name == "from":
        for path in ("/api/v1/hosts/totals", "/api/ui/hosts"):
            assert name in await admin.refused("GET", path, None, params={name: value})


async def test_windows(admin: Caller) -> None:
    assert await names(admin, **{"from": 2**32 - 1}) == []
    assert await names(admin, **{"from": f"{time.time() - 60:.3f}"}) == NAMES
    totals = await admin.get("/api/v1/hosts/totals")
    parsed("v1.HostsApi", "get_host_totals", totals)
    assert totals["total_up"] >= 3
    assert await admin.get("/api/v1/hosts/totals", **{"from": 2**32 - 1}) == {
        "total_up": 0,
        "total_active": 0,
    }


async def test_one_host(admin: Caller, reader: Caller, nobody: Caller) -> None:
    page = await reader.get("/api/ui/hosts/routes-a")
    assert "place:a" in page["host"]["tags"]
    await admin.refused("GET", "/api/ui/hosts/none", None, 404)
    await nobody.refused("GET", "/api/v1/hosts", None, 403)
