"""Endpoints of containers and images."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from heeler.store.process_rows import snapshot_tables
from heeler.wire.processes.model import Container, HostSnapshot
from tests.unit.api_app import Caller, parsed

TAG = "group:routes-containers"
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(scope="module", autouse=True)
def stored(engine: Engine) -> None:
    boxes = [
        Container(id=f"{at}" * 64, name=f"box-{at}", image=f"registry/team/app:{at % 2}", state="running",
                  tags=[TAG, f"parity:{at % 2}"])
        for at in range(5)
    ]  # fmt: skip
    snapshot = HostSnapshot(host="routes-containers", containers=boxes)
    for name, rows in snapshot_tables(snapshot, int(time.time()) - 5).items():
        if rows.num_rows:
            engine.insert_sync(name, rows)


async def test_pages_by_name(reader: Caller) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        more = {"page[cursor]": cursor} if cursor else {}
        found = await reader.get(
            "/api/v2/containers", **{"filter[tags]": TAG, "page[size]": 2, "sort": "-name", **more}
        )
        parsed("v2.ContainersApi", "list_containers", found)
        assert found["meta"]["pagination"]["total"] == 5
        seen += [one["attributes"]["name"] for one in found["data"]]
        if not (cursor := found["meta"]["pagination"]["next_cursor"]):
            break
    assert seen == [f"box-{at}" for at in reversed(range(5))]


async def test_groups(admin: Caller) -> None:
    found = await admin.get(
        "/api/v2/containers", **{"filter[tags]": TAG, "group_by": "parity", "sort": "-count"}
    )
    parsed("v2.ContainersApi", "list_containers", found)
    counts = {one["id"]: one["attributes"]["count"] for one in found["data"]}
    assert counts == {"parity:0": 3, "parity:1": 2}
    assert (await admin.get("/api/v2/containers", **{"filter[tags]": TAG, "group_by": "none"}))["data"] == []


async def test_images_of_containers(admin: Caller) -> None:
    found = await admin.get("/api/v2/container_images", sort="-container_count")
    parsed("v2.ContainerImagesApi", "list_container_images", found)
    names = [one["attributes"]["name"] for one in found["data"]]
    assert any("team/app" in name for name in names)


@pytest.mark.parametrize("path", ["/api/v2/containers", "/api/v2/container_images"])
@pytest.mark.parametrize(
    "params",
    [{"page[size]": 0}, {"page[size]": -1}, {"page[size]": 10_001}, {"page[size]": "x"},
     {"page[cursor]": "x"}, {"page[cursor]": "Wy01XQ"}, {"page[cursor]": "²"}, {"sort": "house"},
     {"sort": "-"}, {"group_by": "a", "sort": "name"}],
)  # fmt: skip
async def test_parameters_that_cannot_be_read(
    admin: Caller, nobody: Caller, path: str, params: dict[str, Any]
) -> None:
    await admin.refused("GET", path, None, params=params)
    await nobody.refused("GET", path, None, 403, params=params)


async def test_a_page_beyond_the_end_is_empty(admin: Caller) -> None:
    found = await admin.get("/api/v2/containers", **{"page[cursor]": "Wzk5OTld"})
    assert found["data"] == []
    assert found["links"]["next"] is None
