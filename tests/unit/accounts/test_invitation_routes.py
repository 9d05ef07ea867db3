from __future__ import annotations

from typing import Any

import pytest

from tests.unit.accounts.conftest import log_in
from tests.unit.api_app import App, Caller, admin, nobody, parsed, reader

__all__ = ["admin", "nobody", "reader"]

INVITATIONS = "/api/v2/user_invitations"
NOBODY = "00000000-0000-dead-beef-000000000000"
PASSWORD = "a password that is long"


def invite(*users: Any) -> Any:
    one = [
        {"type": "user_invitations", "relationships": {"user": {"data": {"type": "users", "id": user}}}}
        for user in users
    ]
    return {"data": one}


async def user_of(admin: Caller, email: str = "ann@example.com") -> str:
    body = {"data": {"type": "users", "attributes": {"email": email}}}
    return str((await admin.post("/api/v2/users", body, 201))["data"]["id"])


async def test_an_invitation_is_read_and_withdrawn(admin: Caller, reader: Caller) -> None:
    user = await user_of(admin)
    sent = await admin.post(INVITATIONS, invite(user.upper()), 201)
    parsed("v2.UsersApi", "send_invitations", sent)
    identity, token = sent["data"][0]["id"], sent["data"][0]["attributes"]["link"].rpartition("#")[2]
    read = await admin.get(f"{INVITATIONS}/{identity.upper()}")
    parsed("v2.UsersApi", "get_invitation", read)
    assert token not in str(read)
    await reader.refused("POST", INVITATIONS, invite(user), 403)
    await reader.refused("DELETE", f"/api/v2/users/{user}/invitations", status=403)
    for _ in range(2):
        await admin.delete(f"/api/v2/users/{user}/invitations", 204)
    await admin.refused("GET", f"{INVITATIONS}/{identity}", status=404)
    await admin.refused("DELETE", f"/api/v2/users/{NOBODY}/invitations", status=404)


async def test_all_are_invited_or_none(admin: Caller) -> None:
    user = await user_of(admin)
    await admin.refused("POST", INVITATIONS, invite(user, NOBODY), 404)
    me = (await admin.get("/api/v2/current_user"))["data"]["id"]
    await admin.refused("POST", INVITATIONS, invite(user, me))
    assert (await admin.get("/api/v2/audit/events", **{"filter[query]": "invitations"}))["data"] == []


@pytest.mark.parametrize(
    "body", [{}, {"data": {}}, {"data": []}, {"data": ["x"]}, invite(None), invite(5), invite(*["x"] * 101),
             {"data": [{"relationships": "x"}]}]
)  # fmt: skip
async def test_invitations_that_name_nobody_are_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", INVITATIONS, body)


async def test_a_link_sets_one_password(admin: Caller, nobody: Caller, app: App) -> None:
    sent = await admin.post(INVITATIONS, invite(await user_of(admin)), 201)
    token = sent["data"][0]["attributes"]["link"].rpartition("#")[2]
    assert (await nobody.post("/api/ui/invitation", {"token": token}))["purpose"] == "invite"
    accept = "/api/ui/invitation/accept"
    for body in ({"token": token}, {"token": token, "password": 5}, {"token": token, "password": "short"}):
        await nobody.refused("POST", accept, body)
    await nobody.post(accept, {"token": token, "password": PASSWORD, "name": " Änn 🚀 "})
    app.cookies.clear()
    for path, body in (
        (accept, {"token": token, "password": PASSWORD}),
        ("/api/ui/invitation", {"token": token}),
    ):
        answer = await app.post(path, json=body)
        assert answer.status_code in (400, 404)
    await log_in(app, "ann@example.com", PASSWORD)
    assert (await app.get("/api/ui/me")).json()["name"] == "Änn 🚀"


@pytest.mark.parametrize("name", ["x" * 201, 5, []])
async def test_a_name_that_is_none_leaves_the_link_good(admin: Caller, nobody: Caller, name: Any) -> None:
    sent = await admin.post(INVITATIONS, invite(await user_of(admin)), 201)
    token = sent["data"][0]["attributes"]["link"].rpartition("#")[2]
    body = {"token": token, "password": PASSWORD, "name": name}
    await nobody.refused("POST", "/api/ui/invitation/accept", body)
    await nobody.post("/api/ui/invitation", {"token": token})


@pytest.mark.parametrize("token", ["", "x", "🚀", 5, None, "x" * 10_000])
async def test_a_token_that_is_none(nobody: Caller, app: App, token: Any) -> None:
    answer = await app.post("/api/ui/invitation", json={"token": token})
    assert answer.status_code in (400, 404)
    assert answer.json()["errors"]


async def test_only_who_logs_in_is_sent_a_reset(admin: Caller, reader: Caller) -> None:
    user = (await reader.get("/api/v2/current_user"))["data"]["id"]
    assert (await admin.post(f"/api/ui/users/{user.upper()}/password_reset"))["link"]
    await reader.refused("POST", f"/api/ui/users/{user}/password_reset", status=403)
    await admin.delete(f"/api/v2/users/{user}", 204)
    await admin.refused("POST", f"/api/ui/users/{user}/password_reset")
    await admin.refused("POST", f"/api/ui/users/{NOBODY}/password_reset", status=404)


async def test_without_mail_nobody_is_promised_one(nobody: Caller) -> None:
    assert "no mail" in await nobody.refused("POST", "/api/ui/login/forgot", {"email": "admin@example.com"})
    await nobody.refused("POST", "/api/ui/login/forgot", {"email": 5})
