from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

SERVICES = "/api/v1/integration/pagerduty/configuration/services"
API = "v1.PagerDutyIntegrationApi"
KEY = "0123456789abcdef0123456789abcdef"


async def test_a_service_is_never_read_with_its_key(admin: Caller, standard: Caller) -> None:
    made = await admin.post(SERVICES, {"service_name": "My web 🚀", "service_key": KEY}, 201)
    parsed(API, "create_pager_duty_integration_service", made)
    one = f"{SERVICES}/My web 🚀"
    parsed(API, "get_pager_duty_integration_service", await admin.get(one))
    assert KEY not in str(made) + str(await admin.get(one))
    await standard.refused("PUT", one, {"service_key": KEY}, 403)
    await admin.put(one, {"service_key": KEY})
    for body in ({}, {"service_key": None}, {"service_key": ""}, {"service_key": 5}, {"service_key": "a b"}):
        await admin.refused("PUT", one, body)
    await admin.delete(one, 204)
    for method in ("GET", "PUT", "DELETE"):
        text = await admin.refused(method, one, {"service_key": KEY} if method == "PUT" else None, 404)
        assert "does not exist" in text


@pytest.mark.parametrize(
    "body",
    [{}, {"service_name": "a"}, {"service_key": KEY}, {"service_name": 5, "service_key": KEY},
     {"service_name": "", "service_key": KEY}, {"service_name": "a", "service_key": {}},
     {"service_name": "a\nb", "service_key": KEY}, {"service_name": "x" * 256, "service_key": KEY}],
)  # fmt: skip
async def test_a_service_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", SERVICES, body)


async def test_names_are_unique(admin: Caller) -> None:
    await admin.post(SERVICES, {"service_name": "web", "service_key": KEY}, 201)
    answer = await admin.app.post(
        SERVICES, json={"service_name": "WEB", "service_key": KEY}, headers=admin.headers
    )
    assert answer.status_code in (400, 409), answer.text
