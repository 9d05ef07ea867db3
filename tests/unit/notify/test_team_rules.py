"""Where ``@team-handle`` goes: to the members, or where the team's notification rules say."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.api.services import Services
from heeler.notify.handles import Recipient
from heeler.notify.outbox import directory, rule_handles, rule_mails
from tests.conftest import ADMIN_EMAIL
from tests.unit.accounts.conftest import KEYS, App, app, quick_hashes, services

__all__ = ["app", "quick_hashes", "services"]


async def recipients(services: Services) -> list[Recipient]:
    async with services.database.session() as db:
        return (await directory(db)).recipients(["team-shop"])[0]


async def test_rules_take_the_place_of_members(app: App, services: Services) -> None:
    team = {"data": {"type": "team", "attributes": {"name": "Shop", "handle": "shop"}}}
    identity = (await app.post("/api/v2/team", headers=KEYS, json=team)).json()["data"]["id"]
    me = (await app.get("/api/v2/current_user", headers=KEYS)).json()["data"]["id"]
    related = {"user": {"data": {"id": me, "type": "users"}}}
    member = {"data": {"type": "team_memberships", "attributes": {}, "relationships": related}}
    await app.post(f"/api/v2/team/{identity}/memberships", headers=KEYS, json=member)
    assert await recipients(services) == [Recipient("email", ADMIN_EMAIL)]
    channels = {"email": {"enabled": True, "recipient_email": "shop@example.com"}}
    rule = {"data": {"type": "team_notification_rules", "attributes": channels}}
    path = f"/api/v2/team/{identity}/notification-rules"
    made = await app.post(path, headers=KEYS, json=rule)
    assert made.status_code == 201, made.text
    assert await recipients(services) == [Recipient("email", "shop@example.com")]
    await app.delete(f"{path}/{made.json()['data']['id']}", headers=KEYS)
    assert await recipients(services) == [Recipient("email", ADMIN_EMAIL)]


@pytest.mark.parametrize(
    ("attributes", "handles", "mails"),
    [
        ({"slack": {"channel": "#ops", "workspace": "Acme"}}, ["slack-Acme-ops"], []),
        ({"pagerduty": {"service_name": "shop"}}, ["pagerduty-shop"], []),
        ({"email": {"enabled": False, "recipient_email": "a@example.com"}}, [], []),
        ({"email": {"recipient_email": "a@example.com"}}, [], [Recipient("email", "a@example.com")]),
    ],
)
def test_what_a_rule_names(attributes: dict[str, Any], handles: list[str], mails: list[Recipient]) -> None:
    assert rule_handles(attributes) == handles
    assert rule_mails(attributes) == mails
