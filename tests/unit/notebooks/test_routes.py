"""Endpoints of notebooks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_PATH = "/api/v1/notebooks"
_CELL = {"type": "notebook_cells", "attributes": {"definition": {"type": "markdown", "text": "# a"}}}
LEAST: dict[str, Any] = {"name": "n", "time": {"live_span": "1h"}, "cells": [_CELL]}


def body_of(**attributes: Any) -> Any:
    return {"data": {"type": "notebooks", "attributes": {**LEAST, **attributes}}}


async def test_the_least_and_the_most_are_read_back(admin: Caller) -> None:
    made = await admin.post(_PATH, body_of())
    parsed("v1.NotebooksApi", "create_notebook", made)
    most = {
        "status": "published", "tags": ["team:web"], "template_variables": [{"name": "env"}],
        "metadata": {"is_template": True, "take_snapshots": True, "type": "runbook"},
        "time": {"start": "2026-01-01T00:00:00+00:00", "end": "2026-01-02T00:00:00+00:00", "live": False},
    }  # fmt: skip
    path = f"{_PATH}/{made['data']['id']}"
    changed = await admin.put(path, body_of(**most))
    parsed("v1.NotebooksApi", "update_notebook", changed)
    assert await admin.get(path) == changed
    shown = changed["data"]["attributes"]
    for name in ("status", "tags", "template_variables", "time"):
        assert shown[name] == most[name], name
    assert shown["metadata"] == {"is_favorite": False, **most["metadata"]}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", 5), ("name", "n" * 81), ("time", None), ("time", {"live_span": 5}), ("cells", {}),
     ("cells", [{}]), ("tags", "x"), ("tags", [5]), ("template_variables", 5), ("template_variables", ["a"]),
     ("status", "archived"), ("metadata", []), ("metadata", {"is_template": "x"}),
     ("metadata", {"take_snapshots": 1}), ("metadata", {"type": []})],
)  # fmt: skip
async def test_wrong_fields_are_named(admin: Caller, field: str, value: Any) -> None:
    if value == [] and field == "metadata":
        value = ["a"]
    assert field in await admin.refused("POST", _PATH, body_of(**{field: value}))


async def test_bodies_and_ids_that_are_none(admin: Caller, reader: Caller) -> None:
    for body in (b"", b"[]", {}, {"data": {}}, {"data": {"type": "other", "attributes": LEAST}}):
        await admin.refused("POST", _PATH, body)
    await reader.refused("POST", _PATH, body_of(), 403)
    path = f"{_PATH}/{(await admin.post(_PATH, body_of()))['data']['id']}"
    await admin.delete(path, 204)
    for method, body in (("GET", None), ("DELETE", None), ("PUT", body_of())):
        assert "Notebook not found" in await admin.refused(method, path, body, 404)
    for identity in ("-1", str(2**40), str(2**70), "abc"):
        await admin.refused("GET", f"{_PATH}/{identity}", None, 404)


async def test_lists_filter_sort_and_page(admin: Caller) -> None:
    for name, kind in (("Beta 100%", "runbook"), ("alpha", "report"), ("gamma", None)):
        await admin.post(_PATH, body_of(name=name, metadata={"type": kind}))

    async def names(**params: Any) -> list[str]:
        found = await admin.get(_PATH, **params)
        parsed("v1.NotebooksApi", "list_notebooks", found)
        return [one["attributes"]["name"] for one in found["data"]]

    assert await names(sort_field="created", sort_dir="asc") == ["Beta 100%", "alpha", "gamma"]
    assert await names(sort_field="created", sort_dir="") == ["gamma", "alpha", "Beta 100%"]
    assert await names(sort_field="created", start=1, count=1) == ["alpha"]
    assert await names(query="BETA 100%") == ["Beta 100%"]
    assert await names(query="%") == ["Beta 100%"]
    assert await names(type="report") == ["alpha"]
    assert await names(author_handle="nobody@example.com") == []
    assert len(await names(exclude_author_handle="nobody@example.com")) == 3
    assert await names(start=2**31 - 1) == []
    for params in ({"start": -1}, {"count": "x"}, {"sort_field": "size"}, {"sort_dir": "up"}):
        (name,) = params
        assert name in await admin.refused("GET", _PATH, None, params=params)
