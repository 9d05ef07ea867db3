"""Endpoints of the remote configuration of tracers."""

from __future__ import annotations

import pytest

from tests.unit.api_app import Caller

_PATH = "/api/ui/apm/tracer-configurations"


async def test_one_configuration_a_service_and_environment(admin: Caller, reader: Caller) -> None:
    body = {"service": "shop", "env": "*", "options": {"sampling_rate": 0.5}}
    first = await admin.put(_PATH, body)
    again = await admin.put(_PATH, {**body, "service": " shop ", "options": {"tracing_enabled": False}})
    assert again["id"] == first["id"]
    assert again["options"] == {"tracing_enabled": False}
    other = await admin.put(_PATH, {**body, "env": "prod"})
    listed = await reader.get(_PATH)
    assert {one["id"] for one in listed["configurations"]} == {first["id"], other["id"]}
    await reader.refused("PUT", _PATH, body, 403)
    await admin.delete(f"{_PATH}/{first['id']}")
    await admin.refused("DELETE", f"{_PATH}/{first['id']}", None, 404)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", {}, {"service": "", "env": "*", "options": {}}, {"service": 5, "env": "*", "options": {}},
     {"service": "s", "env": "e" * 201, "options": {}}, {"service": "s", "env": "*", "options": []},
     {"service": "s", "env": "*", "options": {"house": 1}},
     {"service": "s", "env": "*", "options": {"sampling_rate": 2}},
     {"service": "s", "env": "*", "options": {"sampling_rate": "x"}}],
)  # fmt: skip
async def test_configurations_that_no_tracer_could_apply(admin: Caller, body: object) -> None:
    await admin.refused("PUT", _PATH, body)
    assert (await admin.get(_PATH))["configurations"] == []
