"""What all endpoints of keys share: who may see and change which, filters, sorting, shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.datastructures import MultiDict
from sqlalchemy import delete

from heeler.accounts.key_service import (
    Scope,
    attributes_of,
    change,
    check_access,
    check_grant,
    described,
    found,
    listed,
    parse_time,
)
from heeler.accounts.model import Key, User
from heeler.api.errors import ApiError
from heeler.api.services import Principal, Services

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def principal(user_id: int | None = 1, *permissions: str, scopes: frozenset[str] | None = None) -> Principal:
    return Principal(
        user_id, "ann@example.com", "standard", permissions=frozenset(permissions), scopes=scopes
    )


def key(place: int = 0, **more: Any) -> Key:
    values: dict[str, Any] = {
        "id": f"k{place}", "kind": "app", "name": f"Key {place}", "hash": f"h{place}", "last4": f"{place:04}",
        "user_id": 1, "created": START + place * DAY, "modified": START + place * DAY, "scopes": None,
        "public_portion": "", "category": "",
    }  # fmt: skip
    return Key(**{**values, **more})


def status(call: Any, *arguments: Any) -> int:
    try:
        call(*arguments)
    except ApiError as error:
        return error.status
    return 200


@pytest.mark.parametrize(
    ("who", "kind", "changes", "wanted"),
    [
        (principal(1), "app", True, 200),
        (principal(2), "app", False, 403),
        (principal(2, "org_app_keys_read"), "app", False, 200),
        (principal(2, "org_app_keys_read"), "app", True, 403),
        (principal(2, "org_app_keys_write"), "app", True, 200),
        (principal(2), "api", False, 200),
        (principal(2), "api", True, 403),
        (principal(2, "api_keys_delete"), "api", True, 200),
        (principal(None), "app", False, 403),
    ],
)
def test_who_may_see_and_change_a_key(who: Principal, kind: str, changes: bool, wanted: int) -> None:
    assert status(check_access, who, key(kind=kind), changes) == wanted


def test_nobodys_key_belongs_to_nobody() -> None:
    assert status(check_access, principal(None), key(user_id=None), True) == 403


@pytest.mark.parametrize(
    ("own", "wanted", "answer"),
    [
        (None, None, 200),
        (None, ["a"], 200),
        (frozenset("ab"), ["a"], 200),
        (frozenset("ab"), ["a", "b"], 200),
        (frozenset("ab"), ["a", "c"], 403),
        (frozenset("ab"), None, 403),
        (frozenset("ab"), [], 200),
    ],
)
def test_a_limited_key_makes_no_key_that_may_do_more(
    own: frozenset[str] | None, wanted: list[str] | None, answer: int
) -> None:
    assert status(check_grant, principal(1, scopes=own), wanted) == answer


def test_bodies() -> None:
    assert attributes_of({"data": {"attributes": {"name": "x"}}}) == {"name": "x"}
    for body in (
        {},
        {"data": []},
        {"data": {"attributes": 5}},
        {"data": {"type": "other", "attributes": {}}},
    ):
        with pytest.raises(ApiError):
            attributes_of(body, "api_keys")


def test_a_change() -> None:
    one = key()
    change(principal(), one, {"name": " new name "})
    assert one.name.strip() == "new name"
    assert one.modified > START
    with pytest.raises(ApiError):
        change(principal(), one, {"name": ""})
    with pytest.raises(ApiError):
        change(principal(1, scopes=frozenset({"dashboards_read"})), one, {"scopes": None})


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("api", {"last4", "modified_at", "date_last_used", "category", "remote_config_read_enabled"}),
        ("app", {"last4", "scopes", "last_used_at"}),
        ("pat", {"public_portion", "scopes", "expires_at", "modified_at", "last_used_at"}),
    ],
)
def test_shapes_show_a_secret_once(kind: str, names: set[str]) -> None:
    one, owner = key(kind=kind), User(uuid="u-1")
    shown = described(one, owner)
    json.dumps(shown)
    assert set(shown["attributes"]) == {"name", "created_at"} | names
    assert "key" not in shown["attributes"]
    assert described(one, owner, "secret")["attributes"]["key"] == "secret"
    assert "h0" not in json.dumps(shown)
    relations = shown["relationships"]
    assert (relations.get("owned_by") or relations["created_by"]) == {"data": {"id": "u-1", "type": "users"}}
    assert described(one, None)["relationships"] == {}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"), ("2026-01-31", "2026-01-31T00:00:00+00:00"),
     ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00+00:00")],
)  # fmt: skip
def test_times_without_a_zone_are_utc(text: str, wanted: str) -> None:
    assert parse_time(text, "x").isoformat() == wanted


@pytest.mark.parametrize("text", ["", "yesterday", 5, None, "2026-13-01"])
def test_what_is_no_time(text: object) -> None:
    with pytest.raises(ApiError):
        parse_time(text, "x")


async def names(services: Services, sort: str = "name", **query: str) -> list[str]:
    """``__`` in a name stands for the next pair of brackets."""
    asked = {"sort": sort}
    for name, value in query.items():
        first, *rest = name.split("__")
        asked[first + "".join(f"[{part}]" for part in rest)] = value
    async with services.database.session() as db:
        answer = await listed(db, Scope(("app",), 1), MultiDict(asked))
    return [one["attributes"]["name"] for one in answer["data"]]


@pytest.fixture
async def keys(services: Services) -> None:
    async with services.database.session() as db:
        await db.execute(delete(Key).where(Key.kind == "app"))
        db.add_all(
            [
                key(1, name="beta", expires=None, last_used=START + 9 * DAY),
                key(2, name="Alpha", last_used=None),
                key(3, name="gamma", last_used=START + 5 * DAY),
                key(4, name="other", user_id=None),
                key(5, name="revoked", revoked=START),
            ]
        )


@pytest.mark.usefixtures("keys")
async def test_lists_are_sorted_and_filtered(services: Services) -> None:
    assert await names(services, "name") == ["Alpha", "beta", "gamma"]
    assert await names(services, "-name") == ["gamma", "beta", "Alpha"]
    assert await names(services, "created_at") == ["beta", "Alpha", "gamma"]
    assert await names(services, "last_used_at") == ["Alpha", "gamma", "beta"]
    assert await names(services, "-last_used_at") == ["beta", "gamma", "Alpha"]
    assert await names(services, filter="A") == ["Alpha", "beta", "gamma"]
    assert await names(services, filter="alp") == ["Alpha"]
    assert await names(services, filter="0003") == ["gamma"]
    assert await names(services, filter__created_at__start="2026-01-03") == ["Alpha", "gamma"]
    assert await names(services, filter__created_at__end="2026-01-03T00:00:00Z") == [
        "Alpha",
        "beta",
    ]
    assert await names(services, page__size="2", page__number="1") == ["gamma"]
    with pytest.raises(ApiError):
        await names(services, "color")


@pytest.mark.usefixtures("keys")
async def test_a_key_outside_of_the_scope_is_not_found(services: Services) -> None:
    async with services.database.session() as db:
        assert (await found(db, "k1", Scope(("app",), 1))).name == "beta"
        for key_id, scope in (
            ("k1", Scope(("api",))),
            ("k4", Scope(("app",), 1)),
            ("k5", Scope(("app",))),
            ("none", Scope(("app",))),
        ):
            with pytest.raises(ApiError) as raised:
                await found(db, key_id, scope)
            assert raised.value.status == 404
