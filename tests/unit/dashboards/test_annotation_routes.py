"""Endpoints of annotations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

_PATH = "/api/v2/annotation"
POINT: dict[str, Any] = {
    "color": "blue", "type": "pointInTime", "description": "d", "page_id": "dashboard:abc",
    "start_time": 1000,
}  # fmt: skip
REGION = {**POINT, "type": "timeRegion", "end_time": 3000, "widget_ids": ["1", "2"]}


def body_of(attributes: Any) -> Any:
    return {"data": {"type": "annotation", "attributes": attributes}}


async def ids(admin: Caller, start: int, end: int, **more: Any) -> list[str]:
    found = await admin.get(_PATH, page_id="dashboard:abc", start_time=start, end_time=end, **more)
    return [one["id"] for one in found["data"]]


async def test_annotations_that_touch_the_window_are_found(admin: Caller) -> None:
    point, region = [(await admin.post(_PATH, body_of(one)))["data"] for one in (POINT, REGION)]
    assert region["attributes"] == {**region["attributes"], **REGION}
    both = {point["id"], region["id"]}
    assert set(await ids(admin, 0, 1000)) == both
    assert set(await ids(admin, 1000, 1000)) == both
    assert await ids(admin, 1001, 9000) == [region["id"]]
    assert await ids(admin, 3000, 9000) == [region["id"]]
    assert await ids(admin, 3001, 9000) == []
    assert await ids(admin, 0, 9000, widget_id="2") == [region["id"]]
    page = (await admin.get(f"{_PATH}/page/dashboard:abc", start_time=0, end_time=9000))["data"]
    assert page["attributes"]["global_annotations"] == [point["id"]]
    assert page["attributes"]["widget_mapping"] == {"1": [region["id"]], "2": [region["id"]]}


@pytest.mark.parametrize("time", ["", "²", "9" * 5000, "-1", "1.5", "now", str(2**53)])
async def test_times_that_cannot_be_read(admin: Caller, time: str) -> None:
    for name, other in (("start_time", "end_time"), ("end_time", "start_time")):
        params = {"page_id": "dashboard:abc", name: time, other: "5"}
        assert name in await admin.refused("GET", _PATH, None, params=params)


async def test_a_window_that_ends_before_it_begins(admin: Caller) -> None:
    params = {"page_id": "dashboard:abc", "start_time": 5, "end_time": 4}
    assert "end_time" in await admin.refused("GET", _PATH, None, params=params)
    assert "page_id" in await admin.refused("GET", _PATH, None, params={"start_time": 5, "end_time": 6})


@pytest.mark.parametrize(
    ("field", "value"),
    [("color", []), ("type", {}), ("description", None), ("page_id", "abc"), ("page_id", 5),
     ("start_time", True), ("start_time", "5"), ("end_time", 5000), ("widget_ids", [5])],
)  # fmt: skip
async def test_wrong_fields_are_named(admin: Caller, field: str, value: Any) -> None:
    assert field in await admin.refused("POST", _PATH, body_of({**POINT, field: value}))


async def test_ids_and_permissions(admin: Caller, reader: Caller) -> None:
    made = (await admin.post(_PATH, body_of(POINT)))["data"]["id"]
    await reader.refused("DELETE", f"{_PATH}/{made}", None, 403)
    assert (await admin.put(f"{_PATH}/{made.upper()}", body_of(REGION)))["data"]["id"] == made
    await admin.delete(f"{_PATH}/{made}", 204)
    await admin.refused("DELETE", f"{_PATH}/{made}", None, 404)
    await admin.refused("PUT", f"{_PATH}/{made}", body_of(POINT), 404)
    await admin.refused("DELETE", f"{_PATH}/5", None, 400)
    for body in (b"", b"[]", {}, {"data": {"type": "other", "attributes": POINT}}):
        await admin.refused("POST", _PATH, body)
