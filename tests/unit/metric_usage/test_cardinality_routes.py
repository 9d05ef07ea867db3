"""Endpoints of the cardinality explorer."""

from __future__ import annotations

import time

import pytest

from heeler.store.engine import Engine
from tests.unit.api_app import Caller
from tests.unit.query.store import Series, insert

NAME = "routes.cardinality.requests"
NOW = int(time.time())


@pytest.fixture(autouse=True)
def series(store: Engine) -> None:
    given = [Series(["env:prod", f"user:{at}"], points=[(NOW - 60, 1.0)], host="a") for at in range(4)]
    insert(store, NAME, given, seen=NOW)


async def test_tags_by_the_series_that_they_make(reader: Caller) -> None:
    found = await reader.get("/api/ui/cardinality", metric=NAME)
    assert {"user", "env"} <= {one["key"] for one in found["tags"]}
    details = await reader.get("/api/ui/cardinality/key", metric=NAME, key="user")
    assert len(details["values"]) == 4


@pytest.mark.parametrize("path", ["/api/ui/cardinality", "/api/ui/cardinality/key"])
async def test_windows_that_are_none(admin: Caller, nobody: Caller, path: str) -> None:
    for hours in (0, 169, "x", -1):
        assert "hours" in await admin.refused("GET", path, None, params={"hours": hours, "key": "user"})
    await nobody.refused("GET", path, None, 401, params={"key": "user"})
    assert "days" in await admin.refused("GET", "/api/ui/cardinality", None, params={"days": 31})
    await admin.refused("GET", "/api/ui/cardinality/key")


async def test_a_metric_or_key_that_is_none_has_nothing(admin: Caller) -> None:
    assert (await admin.get("/api/ui/cardinality", metric="routes.cardinality.none"))["tags"] == []
    none = await admin.get("/api/ui/cardinality/key", metric=NAME, key="routes-none")
    assert none["values"] == []
