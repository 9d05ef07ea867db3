"""Endpoints of tag configurations."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from heeler.api.services import Services
from heeler.notify.model import OutboxMessage
from heeler.store.engine import Engine
from tests.unit.api_app import Caller, parsed
from tests.unit.query.store import Series, insert

pytestmark = pytest.mark.usefixtures("store")


def path_of(name: str) -> str:
    return f"/api/v2/metrics/{name}/tags"


def body_of(name: str, **attributes: Any) -> Any:
    return {"data": {"id": name, "type": "manage_tags", "attributes": attributes}}


async def test_what_is_left_out_of_a_change_stays(admin: Caller, reader: Caller) -> None:
    path = path_of("a.b")
    body = body_of("a.b", metric_type="distribution", tags=["env"], include_percentiles=True)
    made = await admin.post(path, body, 201)
    parsed("v2.MetricsApi", "create_tag_configuration", made)
    assert "PATCH" in await admin.refused("POST", path, body, 409)
    attributes = made["data"]["attributes"]
    changed = (await admin.patch(path, body_of("a.b", exclude_tags_mode=True)))["data"]["attributes"]
    assert changed == {**attributes, "exclude_tags_mode": True, "modified_at": changed["modified_at"]}
    await admin.patch(path, body_of("a.b", tags=None, include_percentiles=None))
    read = await admin.get(path)
    parsed("v2.MetricsApi", "list_tag_configuration_by_name", read)
    assert (read["data"]["attributes"]["tags"], read["data"]["attributes"]["include_percentiles"]) == (
        ["env"],
        True,
    )
    await reader.refused("DELETE", path, None, 403)
    await admin.delete(path, 204)
    for method, sent in (("DELETE", None), ("GET", None), ("PATCH", body_of("a.b", tags=[]))):
        await admin.refused(method, path, sent, 404)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"metric_type": "house"},
        {"metric_type": "gauge", "tags": [""]},
        {"metric_type": "gauge", "tags": ["a" * 501]},
        {"metric_type": "gauge", "tags": ["a"] * 501},
        {"metric_type": "gauge", "tags": "env"},
        {"metric_type": "gauge", "include_percentiles": True},
        {"metric_type": "gauge", "include_percentiles": "x"},
        {"metric_type": "gauge", "aggregations": [{"time": "x", "space": "avg"}]},
        {"metric_type": "gauge", "aggregations": [{"time": "avg"}]},
        {"metric_type": "gauge", "aggregations": [{"time": "avg", "space": "count"}]},
        {"metric_type": "distribution", "aggregations": [{"time": "avg", "space": "avg"}]},
    ],
)
async def test_configurations_that_could_not_apply(admin: Caller, attributes: dict[str, Any]) -> None:
    await admin.refused("POST", path_of("a.b"), body_of("a.b", **attributes))
    await admin.refused("GET", path_of("a.b"), None, 404)


async def test_changes_that_could_not_apply(admin: Caller) -> None:
    await admin.post(path_of("a.b"), body_of("a.b", metric_type="count"), 201)
    for wrong in ({"include_percentiles": True}, {"tags": [" "]}, {"aggregations": [{}]}):
        await admin.refused("PATCH", path_of("a.b"), body_of("a.b", **wrong))
    for body in (
        b"",
        b"[]",
        {},
        body_of("other", tags=[]),
        {"data": {"id": "a.b", "type": "x", "attributes": {}}},
    ):
        await admin.refused("PATCH", path_of("a.b"), body)


@pytest.mark.parametrize("window", ["0", "-1", "²", "9" * 5000, "1.5", str(30 * 86400 + 1)])
async def test_windows_of_volumes(admin: Caller, store: Engine, window: str) -> None:
    path = "/api/v2/metrics/routes.tags.volume/volumes"
    insert(store, "routes.tags.volume", [Series(["a:b"], host="a")])
    assert "window" in await admin.refused("GET", path, None, params={"window[seconds]": window})
    found = await admin.get(path)
    parsed("v2.MetricsApi", "list_volumes_by_metric_name", found)
    await admin.refused("GET", "/api/v2/metrics/routes.tags.none/volumes", None, 404)


async def test_a_mail_says_that_a_bulk_configuration_was_applied(
    admin: Caller, store: Engine, services: Services
) -> None:
    for name in ("routes.mail.a", "routes.mail.b"):
        insert(store, name, [Series(["a:b"], host="a")])
    path = "/api/v2/metrics/config/bulk-tags"
    attributes = {"tags": ["env"], "emails": ["Ada@example.com", "bob@example.com", "ada@example.com"]}
    body = {"data": {"id": "routes.mail", "type": "metric_bulk_configure_tags", "attributes": attributes}}
    made = await admin.post(path, body, 202)
    assert made["data"]["attributes"]["emails"] == ["ada@example.com", "bob@example.com"]
    await admin.delete(path, 202, {"data": {**body["data"], "attributes": {"emails": ["ada@example.com"]}}})
    async with services.database.session() as db:
        mails = (await db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))).all()
    found = [(one.recipient, one.subject) for one in mails]
    configured = "Tags were configured for 2 metrics routes.mail*"
    assert found == [
        ("ada@example.com", configured),
        ("bob@example.com", configured),
        ("ada@example.com", "Configurations of tags were deleted for 2 metrics routes.mail*"),
    ]
    assert "Kept tags: env." in mails[0].text
    for wrong in (["nobody"], [f"u{number}@example.com" for number in range(101)]):
        assert "email" in await admin.refused(
            "POST", path, {"data": {**body["data"], "attributes": {"emails": wrong}}}
        )


async def test_many_at_once(admin: Caller, store: Engine) -> None:
    for name in ("routes.bulk.a", "routes.bulk.b"):
        insert(store, name, [Series(["a:b"], host="a")])
    path = "/api/v2/metrics/config/bulk-tags"

    def bulk(**attributes: Any) -> Any:
        return {"data": {"id": "routes.bulk", "type": "metric_bulk_configure_tags", "attributes": attributes}}

    async def tags(name: str) -> list[str]:
        return list((await admin.get(path_of(name)))["data"]["attributes"]["tags"])

    parsed("v2.MetricsApi", "create_bulk_tags_metrics_configuration",
           await admin.post(path, bulk(tags=["env"]), 202))  # fmt: skip
    await admin.post(path, bulk(tags=["host"], override_existing_configurations=False), 202)
    assert await tags("routes.bulk.a") == await tags("routes.bulk.b") == ["env", "host"]
    await admin.post(path, bulk(tags=["zone"]), 202)
    assert await tags("routes.bulk.a") == ["zone"]
    for wrong in (
        bulk(tags=[""]),
        bulk(tags="x"),
        {},
        b"",
        {"data": {"id": "", "type": "metric_bulk_configure_tags"}},
    ):
        await admin.refused("POST", path, wrong)
    await admin.delete(path, 202, bulk())
    await admin.refused("GET", path_of("routes.bulk.a"), None, 404)
