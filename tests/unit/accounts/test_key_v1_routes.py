from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import API_KEY
from tests.unit.api_app import Caller, admin, parsed, reader, standard

__all__ = ["admin", "reader", "standard"]

API, APP = "/api/v1/api_key", "/api/v1/application_key"
NAMES = {API: ("api_key", "key"), APP: ("application_key", "hash")}


@pytest.mark.parametrize("path", [API, APP])
async def test_a_key_is_renamed_and_revoked_once(admin: Caller, reader: Caller, path: str) -> None:
    name, secret = NAMES[path]
    made = await admin.post(path, {"name": "Key 🚀"})
    parsed("v1.KeyManagementApi", f"create_{name}", made)
    one = f"{path}/{made[name][secret]}"
    assert (await admin.get(one))[name] == made[name]
    assert (await admin.put(one, {"name": "New"}))[name]["name"] == "New"
    assert (await admin.put(one, {}))[name]["name"] == "New"
    listed = await admin.get(path)
    parsed("v1.KeyManagementApi", f"list_{name}s", listed)
    assert "New" in str(listed)
    assert made[name][secret] not in str(listed)
    await reader.refused("DELETE", one, status=403)
    parsed("v1.KeyManagementApi", f"delete_{name}", await admin.delete(one))
    for method in ("GET", "DELETE", "PUT"):
        assert "not found" in await admin.refused(
            method, one, {"name": "x"} if method == "PUT" else None, 404
        )


@pytest.mark.parametrize("path", [API, APP])
@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": 5}, {"name": None}, {"name": "x" * 201}, [], b"{", b""]
)
async def test_a_key_has_a_name(admin: Caller, path: str, body: Any) -> None:
    count = len(str(await admin.get(path)))
    await admin.refused("POST", path, body, headers={"content-type": "application/json"})
    assert len(str(await admin.get(path))) == count


async def test_a_secret_of_one_kind_is_none_of_the_other(admin: Caller) -> None:
    await admin.refused("GET", f"{APP}/{API_KEY}", status=404)
    assert (await admin.get(f"{API}/{API_KEY}"))["api_key"]["name"] == "First key"


async def test_application_keys_of_others_are_not_listed(admin: Caller, standard: Caller) -> None:
    made = await admin.post(APP, {"name": "of the administrator"})
    assert "of the administrator" not in str(await standard.get(APP))
    for method in ("GET", "PUT", "DELETE"):
        path = f"{APP}/{made['application_key']['hash']}"
        await standard.refused(method, path, {"name": "x"} if method == "PUT" else None, 403)
