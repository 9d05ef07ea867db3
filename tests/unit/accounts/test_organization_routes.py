from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, admin, parsed, reader

__all__ = ["admin", "reader"]

ORG, CONFIGS, ALLOWLIST = "/api/v1/org", "/api/v2/org_configs", "/api/v2/ip_allowlist"


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    listed = await reader.get(ORG)
    parsed("v1.OrganizationsApi", "list_orgs", listed)
    path = f"{ORG}/{listed['orgs'][0]['public_id']}"
    parsed("v1.OrganizationsApi", "update_org", await admin.put(path, {"name": "Läb 🚀", "description": "D"}))
    kept = await admin.put(path, {"settings": {"private_widget_share": False}})
    assert (kept["org"]["name"], kept["org"]["description"]) == ("Läb 🚀", "D")
    assert kept["org"]["settings"]["private_widget_share"] is False
    read = await reader.get(path)
    parsed("v1.OrganizationsApi", "get_org", read)
    assert (await admin.put(path, read["org"]))["org"] == read["org"]
    await reader.refused("PUT", path, {"name": "x"}, 403)
    await admin.refused("GET", f"{ORG}/nothing", status=404)


@pytest.mark.parametrize(
    ("body", "part"),
    [({"name": ""}, "name"), ({"name": "x" * 33}, "name"), ({"name": 5}, "name"), ({"description": []},
     "description"),
     ({"settings": "x"}, "settings"), ({"settings": ["x"]}, "settings"), ({"settings": []}, "settings"),
     ({"settings": {"private_widget_share": "no"}}, "value"),
     ({"settings": {"saml": {"enabled": True}}}, "SAML")],
)  # fmt: skip
async def test_an_organization_that_cannot_be(admin: Caller, body: Any, part: str) -> None:
    path = f"{ORG}/{(await admin.get(ORG))['orgs'][0]['public_id']}"
    before = await admin.get(path)
    assert part in await admin.refused("PUT", path, {"description": "new", **body})
    assert await admin.get(path) == before


async def test_there_is_one_organization(admin: Caller) -> None:
    for path in (ORG, f"{ORG}/x/downgrade", f"{ORG}/x/idp_metadata"):
        await admin.refused("POST", path, {"name": "x"})


def value(given: Any) -> Any:
    return {"data": {"type": "org_configs", "attributes": {"value": given}}}


async def test_settings_have_their_types(admin: Caller, reader: Caller) -> None:
    parsed("v2.OrganizationsApi", "list_org_configs", await reader.get(CONFIGS))
    changed = await admin.patch(f"{CONFIGS}/mfa_required", value(True))
    parsed("v2.OrganizationsApi", "update_org_config", changed)
    await admin.patch(f"{CONFIGS}/mfa_required", value(False))
    for name, wrong in (("mfa_required", 1), ("max_session_duration", True), ("max_session_duration", 5),
                        ("max_session_duration", 10**12), ("private_widget_share", None)):  # fmt: skip
        await admin.refused("PATCH", f"{CONFIGS}/{name}", value(wrong))
    for body in ({}, {"data": []}, {"data": {"attributes": {}}}, {"data": {"attributes": "value"}}):
        await admin.refused("PATCH", f"{CONFIGS}/mfa_required", body)
    await reader.refused("PATCH", f"{CONFIGS}/mfa_required", value(False), 403)
    await admin.refused("GET", f"{CONFIGS}/nothing", status=404)
    await admin.refused("PATCH", f"{CONFIGS}/nothing", value(1), 404)


async def test_the_duration_of_sessions_has_an_endpoint_of_its_own(admin: Caller) -> None:
    path = "/api/v2/login/org_configs/max_session_duration"
    body = {"data": {"type": "max_session_duration", "attributes": {"max_session_duration": 7200}}}
    await admin.put(path, body, 204)
    assert (await admin.get(f"{CONFIGS}/max_session_duration"))["data"]["attributes"]["value"] == 7200
    for wrong in ({}, {"data": {}}, {"data": {"attributes": {}}}):
        await admin.refused("PUT", path, wrong)


def entries(*blocks: Any, **attributes: Any) -> Any:
    found = [
        {"data": {"type": "ip_allowlist_entry", "attributes": {"cidr_block": block, "note": f"n{place}"}}}
        for place, block in enumerate(blocks)
    ]
    return {"data": {"type": "ip_allowlist", "attributes": {"entries": found, **attributes}}}


async def test_the_allowlist_keeps_what_is_not_sent(admin: Caller, reader: Caller) -> None:
    made = await admin.patch(ALLOWLIST, entries("192.0.2.1", "2001:db8::/32", enabled=False))
    parsed("v2.IPAllowlistApi", "update_ip_allowlist", made)
    blocks = [one["data"]["attributes"]["cidr_block"] for one in made["data"]["attributes"]["entries"]]
    assert blocks == ["192.0.2.1/32", "2001:db8::/32"]
    kept = await admin.patch(ALLOWLIST, {"data": {"type": "ip_allowlist", "attributes": {"enabled": False}}})
    assert kept == made
    again = await admin.patch(ALLOWLIST, entries("192.0.2.1/32", "2001:db8::/32"))
    assert again == made
    parsed("v2.IPAllowlistApi", "get_ip_allowlist", await admin.get(ALLOWLIST))
    await reader.refused("GET", ALLOWLIST, status=403)
    await reader.refused("PATCH", ALLOWLIST, entries(), 403)
    assert "lock you out" in await admin.refused("PATCH", ALLOWLIST, entries("192.0.2.1", enabled=True))
    assert (await admin.patch(ALLOWLIST, entries()))["data"]["attributes"]["entries"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"data": []}, entries(5), entries(None), entries("nowhere"), entries("192.0.2.1/64"),
     entries(enabled="yes"),
     {"data": {"attributes": {"entries": {}}}}, {"data": {"attributes": {"entries": ["192.0.2.1"]}}}],
)  # fmt: skip
async def test_an_allowlist_that_cannot_be(admin: Caller, body: Any) -> None:
    await admin.refused("PATCH", ALLOWLIST, body)
