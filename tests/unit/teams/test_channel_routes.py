from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.teams.test_member_routes import TEAMS, team_of

NOBODY = "00000000-0000-dead-beef-000000000000"


def rule(**attributes: Any) -> Any:
    return {"data": {"type": "team_notification_rules", "attributes": attributes}}


def connection(team: Any, connected: Any, **attributes: Any) -> Any:
    return {
        "type": "team_connection",
        "attributes": {"source": "github", "managed_by": "github_sync", **attributes},
        "relationships": {
            "team": {"data": {"id": team, "type": "team"}},
            "connected_team": {"data": {"id": connected, "type": "github_team"}},
        },
    }


async def test_a_rule_is_replaced_whole_and_deleted_once(admin: Caller, reader: Caller) -> None:
    rules = f"{TEAMS}/{await team_of(admin)}/notification-rules"
    channels = {
        "email": {"enabled": True},
        "slack": {"channel": "#ops-🚀", "workspace": "W"},
        "pagerduty": {"service_name": "S"},
        "ms_teams": {"connector_name": "C"},
    }
    made = await admin.post(rules, rule(**channels), 201)
    assert made["data"]["attributes"] == channels
    parsed("v2.TeamsApi", "create_team_notification_rule", made)
    path = f"{rules}/{made['data']['id']}"
    changed = await admin.put(path, rule(email={"enabled": False}, slack=None))
    assert changed["data"]["attributes"] == {"email": {"enabled": False}}
    parsed("v2.TeamsApi", "get_team_notification_rules", await reader.get(rules))
    await reader.refused("DELETE", path, status=403)
    await admin.refused(
        "GET", f"{TEAMS}/{await team_of(admin, 'web')}/notification-rules/{made['data']['id']}", status=404
    )
    await admin.delete(path, 204)
    await admin.refused("DELETE", path, status=404)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"data": None}, {"data": {"type": "team_notification_rules"}}, rule(), rule(email=None),
        rule(email="a@example.com"), rule(email={"enabled": "yes"}), rule(slack={"channel": 5}),
        rule(fax={"number": "1"}), rule(email={"enabled": True, "recipient_email": "nobody"}),
        {"data": {"type": "team_notification_rules", "attributes": ["email"]}},
        {"data": {"type": "team_notification_rules", "attributes": "email"}},
    ],
)  # fmt: skip
async def test_a_rule_that_notifies_nobody_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", f"{TEAMS}/{await team_of(admin)}/notification-rules", body)


async def test_connections_are_made_all_or_none(admin: Caller, reader: Caller) -> None:
    team, other = await team_of(admin), await team_of(admin, "web")
    path = f"{TEAMS}/connections"
    two = [connection(team, "1"), connection(team.upper(), "2")]
    made = (await admin.post(path, {"data": two}, 201))["data"]
    for bad in (
        [connection(other, "3"), connection(team, "1")],
        [connection(other, "4"), connection(other, "4")],
    ):
        await admin.refused("POST", path, {"data": bad}, 409)
    await admin.refused("POST", path, {"data": [connection(other, "5"), connection(NOBODY, "6")]}, 404)
    assert len((await admin.get(path))["data"]) == 2
    for name, value in (
        ("filter[team_ids]", team.upper()),
        ("filter[connection_ids]", f"{made[0]['id'].upper()}, {made[1]['id']}"),
        ("filter[connected_team_ids]", "1,2"),
        ("filter[sources]", "github"),
    ):
        assert len((await reader.get(path, **{name: value}))["data"]) == 2, name
    listed = await admin.get(path, **{"page[size]": 1, "page[number]": 1})
    parsed("v2.TeamsApi", "list_team_connections", listed)
    assert (len(listed["data"]), listed["meta"]["page"]["prev_number"]) == (1, 0)
    items = {"data": [{"id": one["id"], "type": "team_connection"} for one in made]}
    await reader.refused("DELETE", path, items, 403)
    await admin.refused("DELETE", path, {"data": [*items["data"], {"id": NOBODY}]}, 404)
    await admin.delete(path, 204, items)
    await admin.refused("DELETE", path, items, 404)


@pytest.mark.parametrize(
    "item",
    [
        {}, 5, connection(5, "1"), connection("x" * 5000, ""), {**connection("a", "b"), "relationships": []},
    ],
)  # fmt: skip
async def test_a_connection_that_cannot_be_is_refused(admin: Caller, item: Any) -> None:
    await admin.refused("POST", f"{TEAMS}/connections", {"data": [item]})


@pytest.mark.parametrize("attributes", [["github"], "github", {"source": 5}, {"managed_by": "x" * 101}])
async def test_attributes_of_a_connection_have_their_types(admin: Caller, attributes: Any) -> None:
    item = {**connection(await team_of(admin), "1"), "attributes": attributes}
    await admin.refused("POST", f"{TEAMS}/connections", {"data": [item]})
