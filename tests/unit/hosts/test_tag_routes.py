"""Endpoints of tags of hosts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from heeler.store.engine import Engine
from tests.unit.api_app import Caller, parsed

_PATH = "/api/v1/tags/hosts"
pytestmark = pytest.mark.usefixtures("store")


async def test_each_source_has_tags_of_its_own(admin: Caller, reader: Caller) -> None:
    path = f"{_PATH}/tags-own"
    parsed("v1.TagsApi", "create_host_tags", await admin.post(path, {"tags": ["role:db"]}, 201))
    await admin.post(path, {"tags": ["rack:1"]}, 201, params={"source": "chef"})
    await admin.post(path, {"tags": ["rack:2"]}, 201, params={"source": "Chef"})

    async def tags(**params: Any) -> Any:
        return (await admin.get(path, **params))["tags"]

    assert await tags() == ["rack:1", "rack:2", "role:db"]
    assert await tags(source="chef") == ["rack:1", "rack:2"]
    assert await tags(source="users") == await tags(source="user") == ["role:db"]
    assert await tags(by_source="true") == {"chef": ["rack:1", "rack:2"], "Users": ["role:db"]}
    await admin.put(path, {"tags": ["rack:3"]}, 201, params={"source": "chef"})
    assert await tags(source="chef") == ["rack:3"]
    every = await admin.get(_PATH, source="chef")
    parsed("v1.TagsApi", "list_host_tags", every)
    assert "tags-own" in every["tags"]["rack:3"]
    assert "role:db" not in every["tags"]
    await admin.delete(path, 204, params={"source": "chef"})
    assert await tags() == ["role:db"]
    await reader.refused("PUT", path, {"tags": []}, 403)


async def test_tags_added_at_the_same_time_are_all_kept(admin: Caller) -> None:
    path = f"{_PATH}/tags-together"
    await asyncio.gather(*(admin.post(path, {"tags": [f"a:{at}"]}, 201) for at in range(5)))
    assert (await admin.get(path))["tags"] == [f"a:{at}" for at in range(5)]


async def test_hosts_and_bodies_that_are_none(admin: Caller, store: Engine) -> None:
    for method in ("GET", "DELETE"):
        await admin.refused(method, f"{_PATH}/tags-none", None, 404)
    for body in (b"", b"[]", {"tags": "a"}, {"tags": [5]}, {"tags": [], "source": 5}):
        await admin.refused("POST", f"{_PATH}/tags-none", body)
    assert (await admin.put(f"{_PATH}/tags-none", {}, 201))["tags"] == []


async def test_a_host_may_be_called_by_the_uuid_of_its_machine(admin: Caller) -> None:
    host = "4C4C4544-0044-4A10-8051-B4C04F4E3232"
    assert (await admin.post(f"{_PATH}/{host}", {"tags": ["rack:uuid"]}, 201))["host"] == host
    assert (await admin.get(_PATH))["tags"]["rack:uuid"] == [host]
    await admin.get(f"{_PATH}/{host.lower()}", 404)
