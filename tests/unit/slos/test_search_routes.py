from __future__ import annotations

from typing import Any

from tests.unit.api_app import Caller, parsed
from tests.unit.slos.test_routes import slo_of

SEARCH = "/api/v1/slo/search"


async def test_pages_lead_to_each_other(admin: Caller, reader: Caller, store: Any) -> None:
    made = [await slo_of(admin, name=f"S{place} 🚀", tags=[f"team:{place}"]) for place in range(3)]

    async def found(**params: Any) -> tuple[list[str], Any]:
        answer = await reader.get(SEARCH, **params)
        parsed("v1.ServiceLevelObjectivesApi", "search_slo", answer)
        return [one["data"]["id"] for one in answer["data"]["attributes"]["slos"]], answer

    ids, answer = await found(**{"page[size]": 2, "page[number]": 1, "query": "", "include_facets": "true"})
    assert (ids, answer["meta"]["pagination"]["last_number"]) == (made[2:], 1)
    assert {one["name"] for one in answer["data"]["attributes"]["facets"]["team_tags"]} == {
        "team:0",
        "team:1",
        "team:2",
    }
    previous = await reader.get(answer["links"]["prev"])
    assert [one["data"]["id"] for one in previous["data"]["attributes"]["slos"]] == made[:2]
    assert (await found(query="team:1"))[0] == [made[1]]
    assert (await found(query="nothing of this"))[0] == []
    assert (await found(**{"page[number]": 9}))[0] == []
    for params in (
        {"page[size]": "x"},
        {"page[size]": "-1"},
        {"page[number]": "-1"},
        {"page[number]": "1.5"},
    ):
        await reader.refused("GET", SEARCH, params=params)
