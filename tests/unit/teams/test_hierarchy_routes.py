from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.teams.test_member_routes import TEAMS, team_of

LINKS = "/api/v2/team-hierarchy-links"
NOBODY = "00000000-0000-dead-beef-000000000000"


def link(parent: Any, sub: Any) -> Any:
    relationships = {
        "parent_team": {"data": {"id": parent, "type": "team"}},
        "sub_team": {"data": {"id": sub, "type": "team"}},
    }
    return {"data": {"type": "team_hierarchy_links", "relationships": relationships}}


async def test_a_link_lives_and_goes_with_its_teams(admin: Caller, reader: Caller) -> None:
    top, sub = await team_of(admin, "top"), await team_of(admin, "sub")
    await reader.refused("POST", LINKS, link(top, sub), 403)
    made = await admin.post(LINKS, link(top.upper(), sub))
    parsed("v2.TeamsApi", "add_team_hierarchy_link", made)
    identity = made["data"]["id"]
    parsed("v2.TeamsApi", "get_team_hierarchy_link", await reader.get(f"{LINKS}/{identity.upper()}"))
    await admin.refused("POST", LINKS, link(top, sub), 409)
    await admin.delete(f"{TEAMS}/{sub}", 204)
    await admin.refused("GET", f"{LINKS}/{identity}", status=404)
    await admin.refused("DELETE", f"{LINKS}/{identity}", status=404)


async def test_filters_and_pages_of_links(admin: Caller) -> None:
    top, teams = await team_of(admin, "top"), [await team_of(admin, f"t{place}") for place in range(3)]
    for one in teams:
        await admin.post(LINKS, link(top, one))
    listed = await admin.get(LINKS, **{"page[size]": 2, "page[number]": 1})
    parsed("v2.TeamsApi", "list_team_hierarchy_links", listed)
    assert len(listed["data"]) == 1
    assert [listed["meta"]["page"][name] for name in ("total", "size", "prev_number", "next_number")] == [
        3,
        2,
        0,
        None,
    ]
    assert "page[number]=0" in listed["links"]["prev"]
    assert listed["links"]["next"] is None
    for name, wanted, count in (
        ("parent_team", top.upper(), 3),
        ("sub_team", teams[0], 1),
        ("sub_team", top, 0),
    ):
        found = await admin.get(LINKS, **{f"filter[{name}]": wanted})
        assert len(found["data"]) == count, name
    assert (await admin.get(LINKS, **{"page[number]": 99}))["data"] == []


async def test_circles_and_depth(admin: Caller) -> None:
    teams = [await team_of(admin, f"t{place}") for place in range(12)]
    assert "circle" in await admin.refused("POST", LINKS, link(teams[0], teams[0]))
    for upper, lower in itertools.pairwise(teams[:10]):
        await admin.post(LINKS, link(upper, lower))
    assert "circle" in await admin.refused("POST", LINKS, link(teams[9], teams[0]))
    await admin.post(LINKS, link(teams[10], teams[0]))
    assert "levels" in await admin.refused("POST", LINKS, link(teams[11], teams[10]))


async def test_member_teams_are_the_same_links(admin: Caller, reader: Caller) -> None:
    top, sub = await team_of(admin, "top"), await team_of(admin, "sub")
    members = f"{TEAMS}/{top}/member_teams"
    await admin.post(members, {"data": {"id": sub, "type": "member_teams"}}, 204)
    assert [one["relationships"]["sub_team"]["data"]["id"] for one in (await admin.get(LINKS))["data"]] == [
        sub
    ]
    listed = await reader.get(members, **{"fields[team]": "handle"})
    assert [one["attributes"] for one in listed["data"]] == [{"handle": "sub"}]
    await reader.refused("DELETE", f"{members}/{sub}", status=403)
    await admin.delete(f"{members}/{sub.upper()}", 204)
    await admin.refused("DELETE", f"{members}/{sub}", status=404)
    await admin.refused("POST", members, {"data": {"id": NOBODY, "type": "member_teams"}}, 404)


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"data": {"relationships": "x"}}, link(None, "a"), link({}, [])]
)
async def test_a_link_names_two_teams(admin: Caller, body: Any) -> None:
    await admin.refused("POST", LINKS, body)
