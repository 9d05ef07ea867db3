"""What policies keep from whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.api.services import Principal, Services
from heeler.restrictions.model import RestrictionPolicy
from heeler.restrictions.policies import DatabaseAccessPolicies, restrictions_of

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def binding(relation: str, *principals: str) -> dict[str, Any]:
    return {"relation": relation, "principals": list(principals)}


@pytest.mark.parametrize(
    ("bindings", "who", "hidden", "locked"),
    [
        ([], {"user:a"}, False, False),
        ([binding("editor", "user:a")], {"user:a"}, False, False),
        ([binding("editor", "user:b")], {"user:a"}, False, True),
        ([binding("viewer", "user:b")], {"user:a"}, True, True),
        ([binding("viewer", "team:t")], {"user:a", "team:t"}, False, False),
        ([binding("viewer", "org:o"), binding("editor", "role:r")], {"user:a", "org:o"}, False, True),
        ([binding("viewer", "user:b"), binding("editor", "user:a")], {"user:a"}, False, False),
        ([binding("editor", "user:b")], set(), False, True),
    ],
)
def test_rights(bindings: list[Any], who: set[str], hidden: bool, locked: bool) -> None:
    found = restrictions_of([("dashboard", "abc", bindings), ("slo", "xyz", [])], who)
    assert ("abc" in found.hidden.get("dashboard", ())) is hidden
    assert ("abc" in found.locked.get("dashboard", ())) is locked
    assert "slo" not in found.hidden


def principal(uuid: str) -> Principal:
    return Principal(None, f"{uuid}@example.com", "standard", uuid=uuid)


async def _policy(services: Services, *bindings: dict[str, Any]) -> None:
    async with services.database.session() as db:
        await db.merge(
            RestrictionPolicy(kind="dashboard", resource_id="abc", bindings=list(bindings), modified=NOW)
        )


async def test_a_changed_policy_counts_at_once(services: Services) -> None:
    policies = DatabaseAccessPolicies(services.database)

    async def status(uuid: str, change: bool, dashboard: str = "abc") -> int:
        try:
            await policies.check(principal(uuid), None, {"dashboard_id": dashboard}, change=change)
        except ApiError as error:
            return error.status
        return 200

    assert await status("ann", True) == 200
    await _policy(services, binding("editor", "user:ann"))
    assert [await status("ann", True), await status("bob", True), await status("bob", False)] == [
        200,
        403,
        200,
    ]
    await _policy(services, binding("viewer", "user:bob"))
    assert [await status("ann", False), await status("bob", False), await status("bob", True)] == [
        403,
        200,
        200,
    ]
    assert await status("ann", True, "other") == 200
