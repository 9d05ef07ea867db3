from __future__ import annotations

from typing import Any

import pytest

from heeler.api.permissions import ADMIN
from heeler.api.services import Services
from tests.unit.api_app import App, Caller, admin, caller_with, parsed, reader, standard

__all__ = ["admin", "reader", "standard"]

API, APP, OWN = "/api/v2/api_keys", "/api/v2/application_keys", "/api/v2/current_user/application_keys"
NOBODY = "00000000-0000-dead-beef-000000000000"


def key(path: str, identity: str = "", **attributes: Any) -> Any:
    data = {"type": "api_keys" if path == API else "application_keys", "attributes": attributes}
    return {"data": {**data, "id": identity} if identity else data}


@pytest.mark.parametrize(("path", "most"), [(API, {"category": "ci"}), (OWN, {"scopes": ["monitors_read"]})])
async def test_a_key_is_renamed_and_revoked_once(admin: Caller, path: str, most: dict[str, Any]) -> None:
    made = await admin.post(path, key(path, name=" Key 🚀 ", **most), 201)
    of = "api_key" if path == API else "current_user_application_key"
    parsed("v2.KeyManagementApi", f"create_{of}", made)
    assert len(made["data"]["attributes"]["key"]) == (32 if path == API else 40)
    one = f"{path}/{made['data']['id'].upper()}"
    read = await admin.get(one)
    parsed("v2.KeyManagementApi", f"get_{of}", read)
    assert "key" not in read["data"]["attributes"]
    assert made["data"]["attributes"].items() >= most.items()
    kept = await admin.patch(one, key(path, made["data"]["id"]))
    assert kept["data"]["attributes"].items() >= {"name": "Key 🚀", **most}.items()
    renamed = await admin.patch(one, key(path, made["data"]["id"], name="New"))
    assert renamed["data"]["attributes"].items() >= {"name": "New", **most}.items()
    await admin.delete(one, 204)
    for method in ("GET", "DELETE"):
        assert "not found" in await admin.refused(method, one, status=404)
    assert made["data"]["id"] not in str(await admin.get(path))


@pytest.mark.parametrize("path", [API, OWN])
@pytest.mark.parametrize(
    ("attributes", "part"),
    [({}, "name"), ({"name": ""}, "name"), ({"name": " "}, "name"), ({"name": 5}, "name"), ({"name": {}},
     "name"),
     ({"name": "x" * 201}, "name")],
)  # fmt: skip
async def test_a_key_has_a_name(admin: Caller, path: str, attributes: Any, part: str) -> None:
    count = len((await admin.get(path))["data"])
    assert part in await admin.refused("POST", path, key(path, **attributes))
    assert len((await admin.get(path))["data"]) == count
    for body in ({}, {"data": []}, {"data": {"type": "x", "attributes": {"name": "n"}}}):
        await admin.refused("POST", path, body)


@pytest.mark.parametrize(
    ("path", "attributes", "part"),
    [
        (API, {"category": 5}, "category"), (API, {"category": "x" * 101}, "category"),
        (API, {"remote_config_read_enabled": "yes"}, "remote_config"),
        (OWN, {"scopes": "monitors_read"}, "scopes"), (OWN, {"scopes": [5]}, "scopes"),
        (OWN, {"scopes": ["monitor_reed"]}, "monitor_reed"), (OWN, {"scopes": {}}, "scopes"),
    ],
)  # fmt: skip
async def test_what_a_key_cannot_be(admin: Caller, path: str, attributes: Any, part: str) -> None:
    assert part in await admin.refused("POST", path, key(path, name="n", **attributes))
    made = (await admin.post(path, key(path, name="n"), 201))["data"]["id"]
    assert part in await admin.refused("PATCH", f"{path}/{made}", key(path, made, **attributes))


async def test_null_scopes_are_no_limit_and_empty_ones_a_whole(admin: Caller, app: App) -> None:
    made = await admin.post(OWN, key(OWN, name="n", scopes=[]), 201)
    used = Caller(app, {**admin.headers, "DD-APPLICATION-KEY": made["data"]["attributes"]["key"]})
    await used.refused("GET", "/api/v1/monitor", status=403)
    path = f"{OWN}/{made['data']['id']}"
    assert (await admin.patch(path, key(OWN, made["data"]["id"], scopes=None)))["data"]["attributes"][
        "scopes"
    ] is None
    await used.get("/api/v1/monitor")


async def test_lists_sort_filter_and_page(admin: Caller, standard: Caller, reader: Caller) -> None:
    for name in ("beta", "Alpha"):
        await standard.post(OWN, key(OWN, name=name), 201)
    me = (await standard.get("/api/v2/current_user"))["data"]["id"]

    async def names(path: str, **params: Any) -> list[str]:
        return [one["attributes"]["name"] for one in (await admin.get(path, **params))["data"]]

    of_me = {"filter[owned_by]": me.upper()}
    assert await names(APP, sort="name", **of_me) == ["Alpha", "beta", "k"]
    assert await names(APP, sort="-created_at", **of_me) == ["Alpha", "beta", "k"]
    assert await names(APP, filter="ALPH") == ["Alpha"]
    assert await names(APP, sort="name", **{**of_me, "page[size]": 2, "page[number]": 1}) == ["k"]
    assert await names(APP, **{"page[number]": 9}) == []
    assert await names(APP, **{"filter[created_at][start]": "2200-01-01"}) == []
    everything = await admin.get(APP, include="owned_by")
    parsed("v2.KeyManagementApi", "list_application_keys", everything)
    assert {one["attributes"]["email"] for one in everything["included"]} >= {"standard@example.com"}
    parsed("v2.KeyManagementApi", "list_current_user_application_keys", await standard.get(OWN))
    parsed("v2.KeyManagementApi", "list_api_keys", await admin.get(API, include="created_by,modified_by"))
    assert len((await standard.get(APP))["data"]) == 3
    await reader.refused("GET", API, status=403)
    for params in (
        {"sort": "age"}, {"page[size]": "x"}, {"filter[created_at][end]": "now"},
        {"filter[created_at][start]": "0001-01-01T00:00:00+14:00"},
    ):  # fmt: skip
        await admin.refused("GET", APP, params=params)


async def test_keys_of_others_are_not_ones_own(admin: Caller, standard: Caller, reader: Caller) -> None:
    made = (await standard.post(OWN, key(OWN, name="n"), 201))["data"]["id"]
    for method in ("GET", "PATCH", "DELETE"):
        body = key(OWN, made, name="x") if method == "PATCH" else None
        await admin.refused(method, f"{OWN}/{made}", body, 404)
        await reader.refused(method, f"{APP}/{made}", body, 403)
        await admin.refused(method, f"{APP}/{NOBODY}", body, 404)
    assert (await admin.get(f"{APP}/{made}"))["data"]["attributes"]["name"] == "n"
    await reader.refused("POST", API, key(API, name="x"), 403)


async def test_a_limited_key_cannot_lift_its_own_limit(app: App, services: Services) -> None:
    limited = await caller_with(services, app, "a@example.com", [ADMIN], scopes=["user_app_keys"])
    own = (await limited.get(OWN))["data"][0]["id"]
    for scopes in (None, ["user_app_keys", "monitors_write"]):
        await limited.refused("PATCH", f"{OWN}/{own}", key(OWN, own, scopes=scopes), 403)
        await limited.refused("POST", OWN, key(OWN, name="n", scopes=scopes), 403)
    await limited.post(OWN, key(OWN, name="n", scopes=["user_app_keys"]), 201)
