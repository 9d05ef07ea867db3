from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

BASE = "/api/v2/integration/ms-teams/configuration"
HANDLES = f"{BASE}/workflows-webhook-handles"
API = "v2.MicrosoftTeamsIntegrationApi"
URL = "https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual?sig=s3cret"


def handle(**attributes: Any) -> Any:
    return {"data": {"type": "workflows-webhook-handle", "attributes": attributes}}


async def test_a_handle_is_never_read_with_its_url(admin: Caller, standard: Caller) -> None:
    made = await admin.post(HANDLES, handle(name="Öps 🚀", url=URL), 201)
    parsed(API, "create_workflows_webhook_handle", made)
    path = f"{HANDLES}/{made['data']['id'].upper()}"
    assert (await admin.patch(path, handle()))["data"] == made["data"]
    renamed = await admin.patch(path, handle(name="Ops"))
    parsed(API, "update_workflows_webhook_handle", renamed)
    parsed(API, "list_workflows_webhook_handles", await admin.get(HANDLES))
    assert [one["id"] for one in (await admin.get(HANDLES, name="Ops"))["data"]] == [made["data"]["id"]]
    assert (await admin.get(HANDLES, name="other"))["data"] == []
    assert "s3cret" not in str(await admin.get(path))
    await standard.refused("GET", path, status=403)
    await admin.delete(path, 204)
    for method in ("GET", "PATCH", "DELETE"):
        await admin.refused(method, path, handle() if method == "PATCH" else None, 404)


@pytest.mark.parametrize(
    "body",
    [{}, {"data": []}, {"data": {"type": "workflows-webhook-handle"}}, handle(), handle(name="a"),
     handle(url=URL),
     handle(name=5, url=URL), handle(name="a", url=5), handle(name="a", url="nowhere"),
     handle(name="a", url="http://[bad"), handle(name="a", url="https://a.b/" + "x" * 3000)],
)  # fmt: skip
async def test_a_handle_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", HANDLES, body)
    assert (await admin.get(HANDLES))["data"] == []


async def test_a_tenant_has_no_application_of_ours(admin: Caller) -> None:
    tenant = f"{BASE}/tenant-based-handles"
    assert "tenant" in await admin.refused("POST", tenant, handle(name="a"))
    assert (await admin.get(tenant))["data"] == []
    for method, path in (
        ("GET", f"{tenant}/x"), ("PATCH", f"{tenant}/x"), ("DELETE", f"{tenant}/x"),
        ("DELETE", f"{BASE}/user-binding/x"), ("GET", f"{BASE}/channel/a/b/c"),
    ):  # fmt: skip
        await admin.refused(method, path, {} if method == "PATCH" else None, 404)
