from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, admin, parsed, reader

__all__ = ["admin", "reader"]

USER = "/api/v1/user"


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    made = await admin.post(USER, {"handle": "Ann+x@Example.com", "name": "Ann", "access_role": "adm"})
    parsed("v1.UsersApi", "create_user", made)
    path = f"{USER}/ann%2Bx@example.com"
    kept = parsed("v1.UsersApi", "update_user", await admin.put(path, {}))
    assert (kept.user.name, str(kept.user.access_role)) == ("Ann", "adm")
    changed = await admin.put(path, {"access_role": "ro", "name": "Änn 🚀"})
    assert (changed["user"]["access_role"], changed["user"]["name"]) == ("ro", "Änn 🚀")
    await reader.refused("PUT", path, {"name": "x"}, 403)
    parsed("v1.UsersApi", "list_users", await reader.get(USER))
    detailed = parsed("v1.UsersApi", "get_user", await reader.get(f"{USER}/ANN%2BX@EXAMPLE.COM"))
    assert detailed.user.handle == "ann+x@example.com"
    await admin.delete(path)
    assert "already" in await admin.refused("DELETE", path)
    assert (await admin.put(path, {"disabled": False}))["user"]["disabled"] is False


async def test_a_null_role_is_none(admin: Caller) -> None:
    made = await admin.post(USER, {"handle": "a@example.com", "access_role": None})
    assert made["user"]["access_role"] is None


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "email"), ({"handle": ""}, "email"), ({"handle": ["a@example.com"]}, "handle"),
        ({"handle": 5}, "handle"), ({"email": {"a": "@"}}, "email"),
        ({"handle": "a@example.com", "name": {}}, "name"), ({"handle": "a@example.com", "name": "x" * 201},
        "name"),
        ({"handle": "a@example.com", "disabled": "no"}, "disabled"),
        ({"handle": "a@example.com", "access_role": "root"}, "access_role"),
        ({"handle": "a@example.com", "access_role": ["st"]}, "access_role"),
        ({"handle": "a@example.com", "email": "b@example.com"}, "email"),
    ],
)  # fmt: skip
async def test_a_user_that_cannot_be_is_refused_by_name(admin: Caller, body: Any, part: str) -> None:
    assert part in (await admin.refused("POST", USER, body)).lower()
    assert len((await admin.get(USER))["users"]) == 1


async def test_handles_are_unique_and_known(admin: Caller) -> None:
    await admin.refused("POST", USER, {"handle": "ADMIN@example.com"}, 409)
    for method in ("GET", "PUT", "DELETE"):
        await admin.refused(method, f"{USER}/nobody@example.com", {} if method == "PUT" else None, 404)
    for body in ({"access_role": "root"}, {"name": 5}, {"disabled": 1}):
        await admin.refused("PUT", f"{USER}/admin@example.com", body)


@pytest.mark.parametrize(
    "emails", [None, "a@example.com", [["a@example.com"]], [5], ["nobody"], ["a@example.com"] * 101]
)
async def test_invitations_go_to_addresses(admin: Caller, reader: Caller, emails: Any) -> None:
    await reader.refused("POST", "/api/v1/invite_users", {"emails": ["a@example.com"]}, 403)
    await admin.refused("POST", "/api/v1/invite_users", {"emails": emails})
    assert len((await admin.get(USER))["users"]) == 2


async def test_who_is_invited_twice_is_one_user(admin: Caller) -> None:
    for _ in range(2):
        answer = await admin.post("/api/v1/invite_users", {"emails": ["B@example.com", "b@example.com "]})
        assert answer == {"emails": ["b@example.com", "b@example.com"]}
    assert len((await admin.get(USER))["users"]) == 2
