from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

SCHEDULE = "/api/v2/reporting/schedule"
NOBODY = "00000000-0000-dead-beef-000000000000"
BOARD = {
    "title": "D", "layout_type": "ordered", "widgets": [{"definition": {"type": "note", "content": "x"}}],
}  # fmt: skip
LEAST = {
    "resource_type": "dashboard", "title": "T 🚀", "rrule": "FREQ=DAILY", "timezone": "Europe/Berlin",
    "recipients": ["a@example.com"], "timeframe": "1w", "delivery_format": "pdf", "template_variables": [],
}  # fmt: skip


def schedule(**attributes: Any) -> Any:
    return {"data": {"type": "schedule", "attributes": attributes}}


async def board_of(admin: Caller) -> str:
    return str((await admin.post("/api/v1/dashboard", BOARD))["id"])


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, standard: Caller, reader: Caller) -> None:
    board = await board_of(admin)
    made = await admin.post(SCHEDULE, schedule(**LEAST, resource_id=board, description="Ä", tab_id="t"))
    path = f"{SCHEDULE}/{made['data']['id'].upper()}"
    kept = await admin.patch(path, schedule())
    assert kept["data"]["attributes"] == made["data"]["attributes"]
    changed = (await admin.patch(path, schedule(title="B", tab_id=None)))["data"]["attributes"]
    assert changed == {**made["data"]["attributes"], "title": "B", "tab_id": None}
    await admin.refused("PATCH", path, schedule(resource_id="abc-def-ghi"), 404)
    off = await admin.patch(f"{path}/toggle", schedule(status="inactive"))
    assert (off["data"]["attributes"]["status"], off["data"]["attributes"]["next_recurrence"]) == (
        "inactive",
        None,
    )
    for status in ("paused", None, [], {}):
        await admin.refused("PATCH", f"{path}/toggle", schedule(status=status))
    await standard.refused("PATCH", path, schedule(title="x"), 403)
    await reader.refused("DELETE", path, status=403)
    assert (await admin.delete(path))["data"]["id"] == made["data"]["id"]
    for method, below in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("PATCH", "/toggle")):
        body = schedule(status="active") if method == "PATCH" else None
        await admin.refused(method, path + below, body, 404)
        await admin.refused(method, f"{SCHEDULE}/nothing{below}", body)


@pytest.mark.parametrize(
    "change",
    [
        {"resource_id": None}, {"resource_id": 5}, {"resource_id": ["a"]}, {"resource_type": "host"},
        {"resource_type": {}}, {"title": ""}, {"title": 5}, {"title": "x" * 100}, {"description": []},
        {"tab_id": 5}, {"rrule": "FREQ=NEVER"}, {"rrule": {}}, {"timezone": "Mars"}, {"timezone": {}},
        {"recipients": []}, {"recipients": "a@example.com"}, {"recipients": ["slack:a"]}, {"recipients": [5]},
        {"timeframe": "3y"}, {"timeframe": []}, {"delivery_format": "gif"}, {"delivery_format": {}},
        {"template_variables": "x"}, {"template_variables": [{"name": "a"}]},
    ],
)  # fmt: skip
async def test_a_schedule_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    board = await board_of(admin)
    await admin.refused("POST", SCHEDULE, schedule(**{**LEAST, "resource_id": board, **change}))
    made = (await admin.post(SCHEDULE, schedule(**LEAST, resource_id=board)))["data"]["id"]
    if change != {"resource_id": None}:
        await admin.refused("PATCH", f"{SCHEDULE}/{made}", schedule(**change))


async def test_lists_filter_and_page(admin: Caller, standard: Caller) -> None:
    board = await board_of(admin)
    for title, one in (("100% A", admin), ("b", standard)):
        await one.post(SCHEDULE, schedule(**{**LEAST, "title": title, "resource_id": board}))
    me = (await standard.get("/api/v2/current_user"))["data"]["id"]

    async def titles(**params: Any) -> list[str]:
        found = await admin.get(f"{SCHEDULE}/list", **params)
        return [one["attributes"]["title"] for one in found["data"]]

    assert await titles() == ["100% A", "b"]
    assert await titles(**{"filter[title]": "%"}) == ["100% A"]
    assert await titles(**{"filter[author_uuid]": me.upper()}) == ["b"]
    assert await titles(**{"filter[recipients]": "x@example.com, A@example.com"}) == ["100% A", "b"]
    assert await titles(**{"page[limit]": 1, "page[offset]": 1}) == ["b"]
    assert await titles(**{"page[offset]": 9}) == []
    assert len((await admin.get(f"{SCHEDULE}/dashboard/{board}"))["data"]) == 2
    for params in ({"page[limit]": "0"}, {"page[limit]": "51"}, {"page[offset]": "²"}, {"page[limit]": "-1"}):
        await admin.refused("GET", f"{SCHEDULE}/list", params=params)


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ({}, 400), ({"timeframe": "3y"}, 400), ({"timeframe": {}}, 400), ({"from_ts": True, "to_ts": 5}, 400),
        ({"from_ts": 5, "to_ts": 4}, 400), ({"from_ts": 2**52, "to_ts": 2**52 + 1}, 400),
        ({"timeframe": "1w", "timezone": []}, 400), ({"timeframe": "1w", "template_variables": {}}, 400),
        ({"timeframe": "1w", "resource_id": "abc-def-ghi"}, 404), ({"timeframe": "1w", "resource_id": {}},
        404),
    ],
)  # fmt: skip
async def test_a_print_that_cannot_be_is_refused(admin: Caller, attributes: Any, status: int) -> None:
    await admin.refused("POST", "/api/v2/reporting/print", schedule(**attributes), status)


async def test_a_printed_report_that_is_not_there(admin: Caller, nobody: Caller) -> None:
    for path in (
        "/report/view/2026-01-01/nothing.pdf",
        "/report/view/2026-01-01/x",
        "/report/view/%2e%2e/x.pdf",
    ):
        await nobody.refused("GET", path, status=404)
    await admin.refused("POST", f"/api/ui/reports/{NOBODY}/send", status=404)
