from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.api.services import Services
from heeler.importers.model import ImportRun
from heeler.importers.routes import source_name
from tests.unit.api_app import Caller

IMPORTS = "/api/ui/imports"
LEAST = {"url": "https://api.example.com", "api_key": "a", "app_key": "b"}
ENTRY = {
    "source": "https://a.example.com",
    "kind": "dashboards",
    "source_id": "ä-1",
    "target_id": "t",
    "digest": "d",
}


async def test_objects_are_known_by_source_kind_and_id(admin: Caller, standard: Caller) -> None:
    for target in ("t", "u"):
        await admin.put(f"{IMPORTS}/objects", {**ENTRY, "target_id": target}, 204)
    await admin.put(f"{IMPORTS}/objects", {**ENTRY, "source_id": "ä-2"}, 204)
    found = (await admin.get(f"{IMPORTS}/objects", source=ENTRY["source"]))["objects"]
    assert [(one["source_id"], one["target_id"]) for one in found] == [("ä-1", "u"), ("ä-2", "t")]
    page = await admin.get(f"{IMPORTS}/objects", source=ENTRY["source"], start=1, count=5)
    assert [one["source_id"] for one in page["objects"]] == ["ä-2"]
    for params in ({"start": -5, "count": -5}, {"start": 10**30}, {"count": 10**30}):
        answer = await admin.app.get(
            f"{IMPORTS}/objects", params={"source": ENTRY["source"], **params}, headers=admin.headers
        )
        assert answer.status_code in (200, 400), answer.text
    assert (await admin.get(f"{IMPORTS}/objects", source="other"))["objects"] == []
    await admin.refused("GET", f"{IMPORTS}/objects")
    await standard.refused("PUT", f"{IMPORTS}/objects", ENTRY, 403)


@pytest.mark.parametrize(
    "change",
    [{"kind": "cats"}, {"source": ""}, {"source": "x" * 201}, {"source_id": ""}, {"source_id": 5},
     {"target_id": "x" * 301}, {"digest": None}, {"digest": "x" * 65}],
)  # fmt: skip
async def test_an_object_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("PUT", f"{IMPORTS}/objects", {**ENTRY, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"url": "nowhere"}, {"url": "http://[bad"}, {"url": "ftp://a.b"}, {"url": 5}, {"url": "http://127.0.0.1:1"},
        {"api_key": " "}, {"app_key": ""}, {"app_key": None}, {"kinds": ["cats"]}, {"kinds": "dashboards"},
        {"dry_run": "yes"},
    ],
)  # fmt: skip
async def test_an_import_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("POST", IMPORTS, {**LEAST, **change})
    assert (await admin.get(IMPORTS))["runs"] == []


async def test_runs_are_listed_without_their_problems(
    admin: Caller, standard: Caller, services: Services
) -> None:
    async with services.database.session() as db:
        run = ImportRun(
            source="s", started=datetime.now(UTC), state="done", started_by="a@example.com",
            options={}, error="",
            report={"problems": ["p"], "created": 1},
        )  # fmt: skip
        db.add(run)
        await db.flush()
        of = run.id
    listed = await admin.get(IMPORTS)
    assert [one["report"] for one in listed["runs"]] == [{"created": 1}]
    assert (await admin.get(f"{IMPORTS}/{of}"))["report"]["problems"] == ["p"]
    assert "not running" in await admin.refused("POST", f"{IMPORTS}/{of}/cancel")
    for method, path in (("GET", "999"), ("GET", "9" * 15), ("POST", "999/cancel")):
        await admin.refused(method, f"{IMPORTS}/{path}", status=404)
    for path in (IMPORTS, f"{IMPORTS}/{of}"):
        await standard.refused("GET", path, status=403)


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://API.Example.com/", "https://api.example.com"), (" https://a.b/c/ ", "https://a.b/c"),
     ("https://a.b:8443", "https://a.b:8443")],
)  # fmt: skip
def test_a_source_has_one_name(url: str, name: str) -> None:
    assert source_name(url) == name
