"""Endpoints of tag-indexing rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

_RULES = "/api/v2/metrics/tag-indexing-rules"

pytestmark = pytest.mark.usefixtures("store")


def body_of(**attributes: Any) -> Any:
    return {"data": {"type": "tag_indexing_rules", "attributes": attributes}}


async def made(admin: Caller, name: str, **more: Any) -> str:
    answer = await admin.post(_RULES, body_of(name=name, metric_name_matches=["web.*"], **more), 201)
    identity: str = answer["data"]["id"]
    return identity


async def test_rules_are_ordered_changed_and_deleted_once(admin: Caller, reader: Caller) -> None:
    one, two = await made(admin, "one", tags=["env"]), await made(admin, "two")
    changed = (await admin.put(f"{_RULES}/{one}", body_of(exclude_tags_mode=True)))["data"]["attributes"]
    assert (changed["name"], changed["tags"], changed["exclude_tags_mode"]) == ("one", ["env"], True)
    await admin.post(f"{_RULES}/order", {"data": {"attributes": {"rule_ids": [two, one]}}}, 204)
    assert [rule["id"] for rule in (await admin.get(_RULES))["data"]] == [two, one]
    of_metric = await admin.get("/api/v2/metrics/web.hits/tag-indexing-rules")
    assert [rule["id"] for rule in of_metric["data"]] == [two, one]
    for ids in ([one], [one, one], [one, two, "x"], [one, 5], "x", None):
        await admin.refused("POST", f"{_RULES}/order", {"data": {"attributes": {"rule_ids": ids}}})
    await reader.refused("DELETE", f"{_RULES}/{one}", None, 403)
    await admin.delete(f"{_RULES}/{one}", 204)
    for method, body in (("DELETE", None), ("GET", None), ("PUT", body_of(tags=[]))):
        await admin.refused(method, f"{_RULES}/{one}", body, 404)


@pytest.mark.parametrize("value", ["²", "-1", "x", "9" * 5000])
async def test_pages_that_cannot_be_read(admin: Caller, value: str) -> None:
    for name in ("page[limit]", "page[offset]"):
        assert name in await admin.refused("GET", _RULES, None, params={name: value})


async def test_pages_and_searches(admin: Caller) -> None:
    for name in ("Alpha", "beta", "gamma"):
        await made(admin, name)

    async def names(**params: Any) -> list[str]:
        found = await admin.get(_RULES, **params)
        return [one["attributes"]["name"] for one in found["data"]]

    assert await names(**{"page[limit]": 1, "page[offset]": 1}) == ["beta"]
    assert await names(**{"page[limit]": 0}) == []
    assert await names(**{"page[offset]": 9}) == []
    assert await names(search="ALPHA") == ["Alpha"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"name": " "},
        {"metric_name_matches": []},
        {"metric_name_matches": [""]},
        {"tags": ["a" * 201]},
        {"tags": "a"},
        {"rule_order": -1},
        {"rule_order": 2**31},
        {"rule_order": 2**70},
        {"options": {"data": 5}},
        {"options": {"data": {"metric_match": "x"}}},
        {"options": {"data": {"metric_match": [1]}}},
        {"options": {"data": {"dynamic_tags": {"queried_tags_window_seconds": 5}}}},
        {"options": {"data": {"manage_preexisting_metrics": False}}},
        {"house": 1},
    ],
)
async def test_rules_that_could_not_apply(admin: Caller, attributes: dict[str, Any]) -> None:
    whole = {"name": "r", "metric_name_matches": ["a"], **attributes}
    await admin.refused("POST", _RULES, body_of(**whole))
    path = f"{_RULES}/{await made(admin, 'r')}"
    await admin.refused("PUT", path, body_of(**attributes))


async def test_exemptions(admin: Caller) -> None:
    path = "/api/v2/metrics/web.hits/tag-indexing-rule-exemptions"
    for wrong in ({"data": {"attributes": [1]}}, {"data": "x"}, {"data": {"attributes": {"reason": ["x"]}}},
                  {"data": {"attributes": {"reason": "x" * 1001}}}, b"[]", b""):  # fmt: skip
        await admin.refused("POST", path, wrong)
    await made(admin, "r")
    await admin.post(path, {"data": {"attributes": {"reason": "too many"}}}, 201)
    await admin.refused("POST", path, {}, 409)
    assert (await admin.get(path))["data"]["attributes"]["reason"] == "too many"
    assert (await admin.get("/api/v2/metrics/web.hits/tag-indexing-rules"))["data"] == []
    await admin.delete(path, 204)
    await admin.refused("DELETE", path, None, 404)
    await admin.refused("GET", path, None, 404)
