"""Validation of keys, in the package's own module of routes."""

from __future__ import annotations

import pytest

from tests.conftest import API_KEY, APP_KEY
from tests.unit.api_app import App, Caller, admin, nobody, parsed

__all__ = ["admin", "nobody"]


@pytest.mark.parametrize("path", ["/api/v1/validate", "/api/v2/validate"])
async def test_a_key_is_known_wherever_it_is_sent(app: App, path: str) -> None:
    for headers, params in (
        ({"DD-API-KEY": API_KEY}, {}),
        ({"dd-api-key": API_KEY}, {}),
        ({}, {"api_key": API_KEY}),
    ):
        answer = await app.get(path, headers=headers, params=params)
        assert answer.status_code == 200
        parsed("v2.KeyManagementApi" if "v2" in path else "v1.AuthenticationApi", "validate", answer.json())
    for key in ("", "0" * 32, API_KEY.upper(), API_KEY + "0", "🚀"):
        answer = await app.get(path, params={"api_key": key})
        assert answer.status_code in (401, 403), key
        assert answer.json()["errors"]


async def test_both_keys_are_validated(app: App, admin: Caller, nobody: Caller) -> None:
    valid = await admin.get("/api/v2/validate_keys")
    assert str(parsed("v2.KeyManagementApi", "validate_api_key", valid).status) == "ok"
    for headers in ({}, {"DD-API-KEY": API_KEY}, {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": API_KEY},
                    {"DD-API-KEY": APP_KEY, "DD-APPLICATION-KEY": APP_KEY}):  # fmt: skip
        answer = await app.get("/api/v2/validate_keys", headers=headers)
        assert answer.status_code in (401, 403), headers
