"""Endpoints of timeboards and screenboards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

_GRAPH = {"title": "g", "definition": {"viz": "timeseries", "requests": [{"q": "avg:a{*}"}]}}
BOARDS: dict[str, dict[str, Any]] = {
    "dash": {"title": "one", "description": "d", "graphs": [_GRAPH]},
    "screen": {
        "board_title": "one",
        "widgets": [{"type": "note", "html": "x", "x": 0, "y": 0, "width": 1, "height": 1}],
    },
}


def inner(kind: str, document: Any) -> Any:
    return document["dash"] if kind == "dash" else document


async def test_a_list_of_graphs_as_the_command_line_wraps_it(admin: Caller) -> None:
    made = await admin.post("/api/v1/dash", {**BOARDS["dash"], "graphs": [[_GRAPH, _GRAPH]]})
    assert len(made["dash"]["graphs"]) == 2
    await admin.refused("POST", "/api/v1/dash", {**BOARDS["dash"], "graphs": [[_GRAPH], [_GRAPH]]})


@pytest.mark.parametrize("kind", BOARDS)
async def test_a_board_is_read_back_by_both_ids_and_deleted_once(admin: Caller, kind: str) -> None:
    body = BOARDS[kind]
    made = inner(kind, await admin.post(f"/api/v1/{kind}", body))
    for identity in (made["id"], made["new_id"]):
        shown = inner(kind, await admin.get(f"/api/v1/{kind}/{identity}"))
        assert {name: shown[name] for name in body} == body
    assert (await admin.get(f"/api/v1/dashboard/{made['new_id']}"))["title"] == "one"
    listed = await admin.get(f"/api/v1/{kind}")
    assert [str(one["id"]) for one in listed["dashes" if kind == "dash" else "screenboards"]] == [
        str(made["id"])
    ]
    path = f"/api/v1/{kind}/{made['id']}"
    await admin.delete(path, 204 if kind == "dash" else 200)
    for method in ("GET", "DELETE"):
        assert str(made["id"]) in await admin.refused(method, path, None, 404)
    await admin.refused("PUT", path, body, 404)


@pytest.mark.parametrize("kind", BOARDS)
async def test_bodies_that_are_no_board(admin: Caller, reader: Caller, kind: str) -> None:
    path, body = f"/api/v1/{kind}", BOARDS[kind]
    part, name = ("graphs", "title") if kind == "dash" else ("widgets", "board_title")
    for wrong in (b"", b"[]", {}, {**body, part: 5}, {**body, part: [5]}, {**body, part: [{}]},
                  {**body, name: ["x"]}, {**body, "template_variables": "x"}):  # fmt: skip
        await admin.refused("POST", path, wrong)
    await reader.refused("POST", path, body, 403)
    for identity in ("abc", "²", "9" * 30):
        await admin.refused("GET", f"{path}/{identity}", None, 404)
