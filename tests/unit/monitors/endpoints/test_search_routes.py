from __future__ import annotations

from typing import Any

from tests.unit.api_app import Caller, parsed
from tests.unit.monitors.test_routes import monitor_of

SEARCH, GROUPS = "/api/v1/monitor/search", "/api/v1/monitor/groups/search"


async def test_monitors_are_found_in_pages(admin: Caller, reader: Caller) -> None:
    made = [await monitor_of(admin, name=f"M{place} 🚀", tags=[f"team:{place}"]) for place in range(3)]

    async def ids(**params: Any) -> list[int]:
        answer = await reader.get(SEARCH, **params)
        parsed("v1.MonitorsApi", "search_monitors", answer)
        return [one["id"] for one in answer["monitors"]]

    assert await ids() == made
    assert await ids(sort="name,desc") == made[::-1]
    assert await ids(page=1, per_page=2) == made[2:]
    assert await ids(page=9) == []
    assert await ids(query="tag:team:1") == [made[1]]
    assert (await reader.get(SEARCH, page=0, per_page=2))["metadata"] == {
        "total_count": 3, "page_count": 2, "page": 0, "per_page": 2,
    }  # fmt: skip
    for params in ({"page": "-1"}, {"per_page": "x"}, {"page": "9" * 30}, {"sort": "age,up"}):
        await reader.refused("GET", SEARCH, params=params)


async def test_without_evaluations_there_are_no_groups(admin: Caller, reader: Caller) -> None:
    await monitor_of(admin)
    found = await reader.get(GROUPS, query="")
    parsed("v1.MonitorsApi", "search_monitor_groups", found)
    assert (found["groups"], found["metadata"]["total_count"]) == ([], 0)
    await reader.refused("GET", GROUPS, params={"per_page": "-1"})
