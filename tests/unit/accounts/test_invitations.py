"""Invitations and resets: a link works once, in its time, for whoever may have it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN, BY_NAME
from heeler.api.services import Services
from heeler.notify.model import OutboxMessage
from tests.conftest import ADMIN_EMAIL
from tests.unit.accounts.conftest import KEYS, App, log_in
from tests.unit.accounts.test_roles import key_for

PASSWORD = "a long password"


async def pending(app: App, email: str = "ann@example.com", *roles: str) -> str:
    body: dict[str, Any] = {"data": {"type": "users", "attributes": {"email": email}}}
    if roles:
        body["data"]["relationships"] = {"roles": {"data": [{"id": item, "type": "roles"} for item in roles]}}
    return str((await app.post("/api/v2/users", headers=KEYS, json=body)).json()["data"]["id"])


async def invited(app: App, identity: str, headers: dict[str, str] | None = None) -> Any:
    user = {"user": {"data": {"id": identity, "type": "users"}}}
    body = {"data": [{"type": "user_invitations", "relationships": user}]}
    return await app.post("/api/v2/user_invitations", headers=headers or KEYS, json=body)


def token_of(link: str) -> str:
    return link.partition("#")[2]


async def test_the_administrator_hands_the_link_over_where_no_mail_is_sent(app: App) -> None:
    identity = await pending(app)
    link = (await invited(app, identity)).json()["data"][0]["attributes"]["link"]
    assert "/invitation#" in link
    looked = await app.post("/api/ui/invitation", json={"token": token_of(link)})
    assert looked.json()["email"] == "ann@example.com"
    body = {"token": token_of(link), "password": PASSWORD, "name": "Ann"}
    assert (
        await app.post("/api/ui/invitation/accept", json={**body, "password": "short"})
    ).status_code == 400
    accepted = await app.post("/api/ui/invitation/accept", json=body)
    assert accepted.json()["name"] == "Ann"
    assert (await app.get("/api/ui/me")).json()["email"] == "ann@example.com"
    assert (await app.post("/api/ui/invitation/accept", json=body)).status_code == 404, "it works once"
    assert (await invited(app, identity)).status_code == 400, "who has a password needs no invitation"


async def test_a_new_invitation_replaces_the_last(app: App) -> None:
    identity = await pending(app)
    first = (await invited(app, identity)).json()["data"][0]["attributes"]["link"]
    second = (await invited(app, identity)).json()["data"][0]["attributes"]["link"]
    assert (await app.post("/api/ui/invitation", json={"token": token_of(first)})).status_code == 404
    assert (await app.post("/api/ui/invitation", json={"token": token_of(second)})).status_code == 200


async def test_a_link_expires(app: App, services: Services) -> None:
    link = (await invited(app, await pending(app))).json()["data"][0]["attributes"]["link"]
    later = (datetime.now(UTC) + timedelta(days=7, seconds=5)).timestamp()
    services.now = lambda: later
    assert (await app.post("/api/ui/invitation", json={"token": token_of(link)})).status_code == 404


async def test_disabled_people_cannot_use_theirs(app: App) -> None:
    identity = await pending(app)
    link = (await invited(app, identity)).json()["data"][0]["attributes"]["link"]
    await app.delete(f"/api/v2/users/{identity}", headers=KEYS)
    assert (await app.post("/api/ui/invitation", json={"token": token_of(link)})).status_code == 404


async def test_who_may_only_invite_gets_no_link_of_somebody_stronger(app: App, services: Services) -> None:
    granted = {"permissions": {"data": [{"id": BY_NAME["user_access_invite"].id, "type": "permissions"}]}}
    role = {"data": {"type": "roles", "attributes": {"name": "Host"}, "relationships": granted}}
    host = (await app.post("/api/v2/roles", headers=KEYS, json=role)).json()["data"]["id"]
    headers = await key_for(services, "host@example.com", [host])
    strong = await pending(app, "strong@example.com", role_id(ADMIN))
    assert (await invited(app, strong, headers)).status_code == 403
    assert (await invited(app, await pending(app, "weak@example.com"), headers)).status_code == 201


@pytest.fixture
def mailing(services: Services) -> Services:
    services.settings = replace(services.settings, smtp_url="smtp://localhost:1")
    return services


async def mails(services: Services) -> list[OutboxMessage]:
    async with services.database.session() as db:
        return list(await db.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


async def test_where_mail_is_sent_the_link_is_only_in_the_mail(app: App, mailing: Services) -> None:
    answer = await invited(app, await pending(app))
    assert "link" not in answer.json()["data"][0]["attributes"]
    (mail,) = await mails(mailing)
    assert mail.recipient == "ann@example.com"
    link = next(line for line in mail.text.splitlines() if "/invitation#" in line)
    shown = (await app.get(f"/api/ui/outbox/{mail.id}", headers=KEYS)).text
    assert token_of(link) not in shown
    assert token_of(link) not in (await app.get("/api/ui/outbox", headers=KEYS)).text
    assert "Not shown" in shown
    assert (await app.post("/api/ui/invitation", json={"token": token_of(link)})).status_code == 200


async def test_a_forgotten_password_is_reset_by_mail(app: App, mailing: Services) -> None:
    await log_in(app)
    for email in (ADMIN_EMAIL, "nobody@example.com"):
        assert (await app.post("/api/ui/login/forgot", json={"email": email})).status_code == 204
    (mail,) = await mails(mailing)
    link = next(line for line in mail.text.splitlines() if "/invitation#" in line)
    body = {"token": token_of(link), "password": PASSWORD}
    old = dict(app.cookies)
    assert (await app.post("/api/ui/invitation/accept", json=body)).status_code == 200
    app.cookies.clear()
    app.cookies.update(old)
    assert (await app.get("/api/ui/me")).status_code == 401, "sessions from before have ended"
    app.cookies.clear()
    await log_in(app, ADMIN_EMAIL, PASSWORD)


async def test_an_administrator_gets_a_reset_link_without_mail(app: App) -> None:
    identity = await pending(app)
    answer = await app.post(f"/api/ui/users/{identity}/password_reset", headers=KEYS)
    assert "/invitation#" in answer.json()["link"]
    assert (await app.post("/api/ui/login/forgot", json={"email": ADMIN_EMAIL})).status_code == 400


async def test_asking_for_many_resets_is_slowed_down(app: App, mailing: Services) -> None:
    statuses = [
        (await app.post("/api/ui/login/forgot", json={"email": ADMIN_EMAIL})).status_code for _ in range(8)
    ]
    assert statuses[0] == 204
    assert statuses[-1] == 429
