from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

SERVICES, ACCOUNTS = "/api/v2/integration/opsgenie/services", "/api/v2/integration/opsgenie/accounts"
API = "v2.OpsgenieIntegrationApi"
NOBODY = "00000000-0000-dead-beef-000000000000"
KEY = "00000000-0000-0000-0000-000000000000"
LEAST = {"name": "Web", "region": "us", "opsgenie_api_key": KEY}


def service(**attributes: Any) -> Any:
    return {"data": {"type": "opsgenie-service", "attributes": attributes}}


def account(**attributes: Any) -> Any:
    return {"data": {"type": "opsgenie-account", "attributes": attributes}}


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, standard: Caller) -> None:
    made = await admin.post(SERVICES, service(**LEAST), 201)
    parsed(API, "create_opsgenie_service", made)
    path = f"{SERVICES}/{made['data']['id'].upper()}"
    renamed = await admin.patch(path, service(name="Wéb 🚀"))
    parsed(API, "update_opsgenie_service", renamed)
    assert renamed["data"]["attributes"].items() >= {"name": "Wéb 🚀", "region": "us"}.items()
    assert (await admin.patch(path, service()))["data"] == renamed["data"]
    assert "again" in await admin.refused("PATCH", path, service(region="eu"))
    moved = await admin.patch(path, service(region="eu", opsgenie_api_key=KEY))
    assert moved["data"]["attributes"]["region"] == "eu"
    parsed(API, "list_opsgenie_services", await admin.get(SERVICES))
    assert KEY not in str(await admin.get(path))
    await standard.refused("DELETE", path, status=403)
    await admin.delete(path, 204)
    for method in ("GET", "PATCH", "DELETE"):
        await admin.refused(method, path, service() if method == "PATCH" else None, 404)


async def test_an_address_of_ones_own_can_be_taken_back(admin: Caller) -> None:
    most = {**LEAST, "region": "custom", "custom_url": "https://ops.example.com"}
    made = await admin.post(SERVICES, service(**most), 201)
    assert made["data"]["attributes"]["custom_url"] == "https://ops.example.com"
    path = f"{SERVICES}/{made['data']['id']}"
    back = await admin.patch(path, service(region="us", custom_url=None, opsgenie_api_key=KEY))
    assert back["data"]["attributes"] == {"name": "Web", "region": "us", "custom_url": None}


@pytest.mark.parametrize(
    "attributes",
    [{}, {**LEAST, "name": 5}, {**LEAST, "name": "x" * 101}, {**LEAST, "region": "moon"},
     {**LEAST, "region": {}},
     {**LEAST, "opsgenie_api_key": None}, {**LEAST, "opsgenie_api_key": 5}, {**LEAST, "region": "custom"},
     {**LEAST, "custom_url": "ftp://x"}, {**LEAST, "region": "custom", "custom_url": 5}],
)  # fmt: skip
async def test_a_service_that_cannot_be_is_refused(admin: Caller, attributes: Any) -> None:
    await admin.refused("POST", SERVICES, service(**attributes))
    assert (await admin.get(SERVICES))["data"] == []


@pytest.mark.parametrize("path", [SERVICES, ACCOUNTS])
@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": {"attributes": "x"}}, {"data": {"type": "x"}}])
async def test_a_body_of_another_shape_is_refused(admin: Caller, path: str, body: Any) -> None:
    await admin.refused("POST", path, body)


async def test_there_is_one_account(admin: Caller, standard: Caller) -> None:
    made = await admin.post(ACCOUNTS, account(region="us", api_key=KEY), 201)
    path = f"{ACCOUNTS}/{made['data']['id']}"
    answer = await admin.app.post(ACCOUNTS, json=account(region="eu", api_key=KEY), headers=admin.headers)
    assert answer.status_code in (400, 409), answer.text
    assert (await admin.patch(path, account()))["data"] == made["data"]
    for wrong in ({"region": "eu"}, {"region": "custom"}, {"region": None}, {"api_key": 5}):
        await admin.refused("PATCH", path, account(**wrong))
    assert (await admin.get(ACCOUNTS))["data"] == [made["data"]]
    await standard.refused("DELETE", path, status=403)
    await admin.delete(path, 204)
    await admin.refused("DELETE", path, status=404)
    await admin.refused("PATCH", f"{ACCOUNTS}/{NOBODY}", account(), 404)
