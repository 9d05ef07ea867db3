from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from heeler.accounts.user_admin_routes import provider_id
from heeler.api.services import Services
from tests.unit.api_app import Caller, admin, parsed, reader, standard

__all__ = ["admin", "reader", "standard"]

NOBODY = "00000000-0000-dead-beef-000000000000"


async def id_of(caller: Caller) -> str:
    return str((await caller.get("/api/v2/current_user"))["data"]["id"])


def wanted(*ids: Any) -> Any:
    return {"data": [{"id": one, "type": "identity_providers"} for one in ids]}


async def test_a_user_is_limited_to_ways_that_there_are(
    admin: Caller, reader: Caller, services: Services
) -> None:
    user = await id_of(reader)
    path = f"/api/v2/users/{user}/relationships/identity_providers"
    assert "HEELER_OIDC_ISSUER" in await admin.refused("PATCH", path, wanted(provider_id("oidc")))
    services.settings = replace(services.settings, oidc_issuer="https://id.example.com")
    await admin.patch(path, wanted(provider_id("oidc").upper(), provider_id("oidc")), 204)
    read = await admin.get(f"/api/v2/users/{user}/identity_providers")
    found = parsed("v2.UsersApi", "get_user_identity_providers", read)
    assert [one.attributes.authentication_method for one in found.data] == ["oidc"]
    await reader.refused("PATCH", path, wanted(), 403)
    await admin.patch(path, wanted(), 204)
    assert (await admin.get(f"/api/v2/users/{user}/identity_providers"))["data"] == []
    providers = await reader.get("/api/v2/identity_providers")
    assert {one["attributes"]["enabled"] for one in providers["data"]} == {True}


@pytest.mark.parametrize(
    "body", [{}, {"data": {}}, {"data": ["x"]}, wanted(None), wanted([]), wanted(NOBODY)]
)
async def test_ways_that_there_are_not_are_refused(admin: Caller, reader: Caller, body: Any) -> None:
    path = f"/api/v2/users/{await id_of(reader)}/relationships/identity_providers"
    await admin.refused("PATCH", path, body)
    await admin.refused("PATCH", f"/api/v2/users/{NOBODY}/relationships/identity_providers", wanted(), 404)


def people(*ids: Any) -> Any:
    return {"data": {"type": "anonymize_users_request", "attributes": {"user_ids": list(ids)}}}


async def test_each_id_is_told_of(admin: Caller, standard: Caller, reader: Caller) -> None:
    gone, me = await id_of(standard), await id_of(admin)
    await reader.refused("PUT", "/api/v2/anonymize_users", people(gone), 403)
    answer = await admin.put("/api/v2/anonymize_users", people(gone.upper(), NOBODY, me))
    parsed("v2.UsersApi", "anonymize_users", answer)
    done = answer["data"]["attributes"]
    assert [one.lower() for one in done["anonymized_user_ids"]] == [gone]
    assert [one["user_id"] for one in done["anonymize_errors"]] == [NOBODY, me]
    shown = (await admin.get(f"/api/v2/users/{gone}"))["data"]["attributes"]
    assert (shown["disabled"], shown["name"]) == (True, "Anonymized user")
    assert "standard" not in str(shown)
    await standard.refused("GET", "/api/v2/current_user", status=403)
    again = await admin.put("/api/v2/anonymize_users", people(gone))
    assert again["data"]["attributes"]["anonymized_user_ids"] == [gone]


@pytest.mark.parametrize(
    "body",
    [{}, {"data": {"attributes": []}}, {"data": {"attributes": "x"}}, people(), people(*[NOBODY] * 101),
     {"data": {"attributes": {"user_ids": "all"}}}],
)  # fmt: skip
async def test_a_list_that_is_none_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("PUT", "/api/v2/anonymize_users", body)
