from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import READ_ONLY, STANDARD
from tests.unit.api_app import Caller, parsed

QUERIES = "/api/v2/logs/config/restriction_queries"
API = "v2.LogsRestrictionQueriesApi"
NOBODY = "00000000-0000-dead-beef-000000000000"


def query(text: Any = "env:prod") -> Any:
    return {"data": {"type": "logs_restriction_queries", "attributes": {"restriction_query": text}}}


def role(identity: Any) -> Any:
    return {"data": {"type": "roles", "id": identity}}


async def test_a_query_lives_with_its_roles(admin: Caller, reader: Caller) -> None:
    made = await admin.post(QUERIES, query("service:ä 🚀"))
    parsed(API, "create_restriction_query", made)
    identity = made["data"]["id"]
    path = f"{QUERIES}/{identity.upper()}"
    for _ in range(2):
        await admin.post(f"{path}/roles", role(role_id(READ_ONLY).upper()), 204)
    read = await reader.get(path)
    parsed(API, "get_restriction_query", read)
    assert read["data"]["attributes"].items() >= {"role_count": 1, "user_count": 1}.items()
    parsed(API, "list_restriction_query_roles", await reader.get(f"{path}/roles"))
    user = (await reader.get("/api/v2/current_user"))["data"]["id"]
    for below in (f"role/{role_id(READ_ONLY).upper()}", f"user/{user.upper()}"):
        found = await admin.get(f"{QUERIES}/{below}")
        assert [one["id"] for one in found["data"]] == [identity], below
    parsed(API, "update_restriction_query", await admin.patch(path, query("env:staging")))
    parsed(API, "replace_restriction_query", await admin.put(path, query("env:dev")))
    for method, body in (("PATCH", query()), ("PUT", query()), ("DELETE", None)):
        await reader.refused(method, path, body, 403)
    await admin.delete(f"{path}/roles", 204, role(role_id(READ_ONLY)))
    await admin.refused("DELETE", f"{path}/roles", role(role_id(READ_ONLY)), 404)
    await admin.delete(path, 204)
    for method in ("GET", "DELETE"):
        await admin.refused(method, path, status=404)


async def test_a_role_has_one_query_and_a_deleted_one_counts_nowhere(admin: Caller) -> None:
    one, two = [(await admin.post(QUERIES, query(text)))["data"]["id"] for text in ("a:1", "a:2")]
    custom = {"data": {"type": "roles", "attributes": {"name": "R"}}}
    of = (await admin.post("/api/v2/roles", custom))["data"]["id"]
    for identity in (one, two):
        await admin.post(f"{QUERIES}/{identity}/roles", role(of), 204)
    counts = {row["id"]: row["attributes"]["role_count"] for row in (await admin.get(QUERIES))["data"]}
    assert counts == {one: 0, two: 1}
    await admin.delete(f"/api/v2/roles/{of}", 204)
    assert {row["attributes"]["role_count"] for row in (await admin.get(QUERIES))["data"]} == {0}
    await admin.refused("GET", f"{QUERIES}/role/{of}", status=404)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"data": []}, {"data": {"type": "logs", "attributes": {"restriction_query": "a:b"}}},
        {"data": {"attributes": "x"}}, {"data": {"attributes": {}}}, query(None), query(5), query(""),
        query("(a"),
        query("a" * 100_000), query(["a:b"]),
    ],
)  # fmt: skip
async def test_a_query_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", QUERIES, body)
    made = (await admin.post(QUERIES, query()))["data"]["id"]
    await admin.refused("PATCH", f"{QUERIES}/{made}", body)
    assert len((await admin.get(QUERIES))["data"]) == 1


async def test_who_is_not_there_has_no_query(admin: Caller, standard: Caller) -> None:
    made = f"{QUERIES}/{(await admin.post(QUERIES, query()))['data']['id']}"
    for body, status in (
        (role(NOBODY), 404),
        (role(5), 400),
        (role(None), 400),
        ({}, 400),
        ({"data": [role("x")]}, 400),
    ):
        await admin.refused("POST", f"{made}/roles", body, status)
    await admin.refused("POST", f"{QUERIES}/{NOBODY}/roles", role(role_id(STANDARD)), 404)
    await standard.refused("POST", f"{made}/roles", role(role_id(STANDARD)), 403)
    for path in (f"{QUERIES}/user/{NOBODY}", f"{QUERIES}/role/{NOBODY}", f"{QUERIES}/{'x' * 500}"):
        await admin.refused("GET", path, status=404)


async def test_pages(admin: Caller) -> None:
    made = [(await admin.post(QUERIES, query(f"a:{place}")))["data"]["id"] for place in range(3)]
    listed = await admin.get(QUERIES, **{"page[size]": 2, "page[number]": 1})
    parsed(API, "list_restriction_queries", listed)
    assert [one["id"] for one in listed["data"]] == made[2:]
    assert (await admin.get(QUERIES, **{"page[number]": 9}))["data"] == []
    await admin.refused("GET", QUERIES, params={"page[number]": "-1"})
