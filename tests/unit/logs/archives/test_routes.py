"""Endpoints of log archives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from heeler.api.services import Services
from tests.unit.api_app import Caller, parsed

_ROOT = "/api/v2/logs/config/archives"
_ORDER = "/api/v2/logs/config/archive-order"


@pytest.fixture(autouse=True)
def bucket(services: Services) -> None:
    services.settings = replace(services.settings, s3_access_key_id="k", s3_secret_access_key="s")


def body_of(**attributes: Any) -> Any:
    destination = {"type": "s3", "bucket": "logs", "path": "/a",
                   "integration": {"account_id": "1", "role_name": "r"}}  # fmt: skip
    given = {"name": "a", "query": "source:a", "destination": destination, **attributes}
    return {"data": {"type": "archives", "attributes": given}}


async def test_archives_are_ordered_replaced_and_deleted_once(admin: Caller, reader: Caller) -> None:
    made = [await admin.post(_ROOT, body_of(name=name)) for name in "ab"]
    parsed("v2.LogsArchivesApi", "create_logs_archive", made[0])
    one, two = [answer["data"]["id"] for answer in made]
    changed = await admin.put(f"{_ROOT}/{one}", body_of(name="c", include_tags=True))
    parsed("v2.LogsArchivesApi", "update_logs_archive", changed)
    assert (changed["data"]["attributes"]["name"], changed["data"]["attributes"]["include_tags"]) == (
        "c",
        True,
    )

    def order(ids: Any) -> Any:
        return {"data": {"type": "archive_order", "attributes": {"archive_ids": ids}}}

    assert await admin.put(_ORDER, order([two, one])) == order([two, one])
    listed = await admin.get(_ROOT)
    parsed("v2.LogsArchivesApi", "list_logs_archives", listed)
    assert [archive["id"] for archive in listed["data"]] == [two, one]
    for wrong in ([one], [one, one], [one, two, "none"]):
        await admin.refused("PUT", _ORDER, order(wrong), 422)
    for wrong in (order("x"), order([5]), {}, b"", {"data": {"type": "x"}}):
        await admin.refused("PUT", _ORDER, wrong)
    await reader.refused("DELETE", f"{_ROOT}/{one}", None, 403)
    await admin.delete(f"{_ROOT}/{one}", 204)
    for method, body in (("GET", None), ("DELETE", None), ("PUT", body_of())):
        assert one in await admin.refused(method, f"{_ROOT}/{one}", body, 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", 5), ("name", ""), ("query", "(("), ("query", 5), ("destination", None),
     ("destination", {"type": "house"}), ("include_tags", "x"), ("rehydration_tags", "x")],
)  # fmt: skip
async def test_archives_that_could_not_be_written(admin: Caller, field: str, value: Any) -> None:
    await admin.refused("POST", _ROOT, body_of(**{field: value}))
    for body in (b"", b"[]", {}, {"data": {"type": "archives"}}):
        await admin.refused("POST", _ROOT, body)


async def test_readers(admin: Caller) -> None:
    path = f"{_ROOT}/{(await admin.post(_ROOT, body_of()))['data']['id']}/readers"
    role = (await admin.get("/api/v2/roles"))["data"][0]["id"]
    body = {"data": {"type": "roles", "id": role}}
    for _ in range(2):
        await admin.post(path, body, 204)
    listed = await admin.get(path)
    parsed("v2.LogsArchivesApi", "list_archive_read_roles", listed)
    assert [one["id"] for one in listed["data"]] == [role]
    for _ in range(2):
        await admin.delete(path, 204, body)
    assert (await admin.get(path))["data"] == []
    await admin.refused("POST", path, {"data": {"type": "roles", "id": "none"}}, 404)
    for wrong in (b"", {}, {"data": {"type": "roles", "id": 5}}, {"data": {"type": "x", "id": role}}):
        await admin.refused("POST", path, wrong)
