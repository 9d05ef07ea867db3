"""Settings of the organization that change what requests may do."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts.organization import is_allowed, parsed_network
from heeler.api.errors import ApiError
from heeler.api.services import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, API_KEY
from tests.unit.accounts.conftest import KEYS, App, log_in


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.9", True),
        ("192.0.3.1", False),
        ("2001:db8::1", True),
        ("::ffff:192.0.2.9", True),
        ("", False),
    ],
)
def test_addresses(address: str, allowed: bool) -> None:
    networks = (parsed_network("192.0.2.0/24"), parsed_network("2001:db8::/32"))
    assert is_allowed(address, networks) is allowed


def test_a_network_that_is_none() -> None:
    with pytest.raises(ApiError, match="cidr_block"):
        parsed_network("office")


def config(value: Any) -> dict[str, Any]:
    return {"data": {"type": "org_configs", "attributes": {"value": value}}}


async def test_the_allowlist_keeps_others_out_and_lets_data_in(app: App, services: Services) -> None:
    from heeler.accounts.organization import organization_of

    async with services.database.session() as db:
        organization = await organization_of(db)
        entry = {"id": "1", "cidr_block": "192.0.2.0/24", "note": "", "created_at": "", "modified_at": ""}
        organization.allowed_networks = [entry]
        organization.configs = {"ip_allowlist_enabled": True}
    refused = await app.get("/api/v1/monitor", headers=KEYS)
    assert refused.status_code == 403
    assert "allowlist" in refused.text
    body = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
    assert (await app.post("/api/ui/login", json=body)).status_code == 403
    assert (await app.get("/api/v1/validate", headers={"DD-API-KEY": API_KEY})).status_code == 200


async def test_sessions_last_as_long_as_the_organization_says(app: App) -> None:
    await app.patch("/api/v2/org_configs/max_session_duration", headers=KEYS, json=config(3600))
    await log_in(app)
    (session,) = (await app.get("/api/ui/sessions")).json()
    assert session["expires"] - session["created"] == 3600


async def test_sharing_outside_can_be_forbidden(app: App) -> None:
    board = {"title": "B", "layout_type": "ordered", "widgets": []}
    identity = (await app.post("/api/v1/dashboard", headers=KEYS, json=board)).json()["id"]
    share = {"dashboard_id": identity, "dashboard_type": "custom_timeboard", "share_type": "open"}
    assert (await app.post("/api/v1/dashboard/public", headers=KEYS, json=share)).status_code == 200
    await app.patch("/api/v2/org_configs/private_widget_share", headers=KEYS, json=config(False))
    refused = await app.post("/api/v1/dashboard/public", headers=KEYS, json=share)
    assert refused.status_code == 403


async def test_the_provider_cannot_be_required_where_there_is_none(app: App) -> None:
    answer = await app.patch("/api/v2/org_configs/sso_required", headers=KEYS, json=config(True))
    assert answer.status_code == 400
    assert "HEELER_OIDC_ISSUER" in answer.text
    assert (
        await app.patch("/api/v2/org_configs/unknown", headers=KEYS, json=config(True))
    ).status_code == 404
