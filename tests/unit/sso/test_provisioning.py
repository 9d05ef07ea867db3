"""Who a login through the identity provider is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.accounts.model import User
from heeler.accounts.roles import role_id, role_ids_of
from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.sso.model import AuthnMapping
from heeler.sso.provisioning import matching, user_for, values_of
from heeler.teams.model import Team, TeamMember
from tests.conftest import ADMIN_EMAIL

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ISSUER = "https://id.example.com"


@pytest.mark.parametrize(
    ("claims", "key", "wanted"),
    [
        ({"groups": ["a", "b"]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"level": 5}, "level", {"5"}),
        ({"admin": True, "x": False}, "admin", {"true"}),
        ({"flags": [True, "a"]}, "flags", {"true", "a"}),
        ({"realm": {"roles": ["x"]}}, "realm.roles", {"x"}),
        ({"realm.roles": ["y"], "realm": {"roles": ["x"]}}, "realm.roles", {"y"}),
        ({"realm": "text"}, "realm.roles", set()),
        ({"realm": {"roles": None}}, "realm.roles", set()),
        ({}, "groups", set()),
        ({"groups": []}, "groups", set()),
    ],
)
def test_values_of_claims(claims: dict[str, Any], key: str, wanted: set[str]) -> None:
    assert values_of(claims, key) == wanted


def test_mappings_by_their_exact_value() -> None:
    mappings = [AuthnMapping(attribute_key="groups", attribute_value=value) for value in ("a", "A", "ab")]
    assert matching(mappings, {"groups": ["a"]}) == mappings[:1]


async def log_in(
    services: Services, default: str = "standard", **claims: Any
) -> tuple[User, list[str], set[str]]:
    """The user, their roles and their teams."""
    async with services.database.session() as db:
        user = await user_for(
            db, ISSUER, {"sub": "s-1", "email": "ann@example.com", "email_verified": True, **claims}, default
        )
    async with services.database.session() as db:
        from sqlalchemy import select

        teams = set(await db.scalars(select(TeamMember.team_id).where(TeamMember.user_id == user.id)))
        return user, (await role_ids_of(db, [user.id])).get(user.id, []), teams


async def _mapped(services: Services, value: str, **target: str) -> None:
    async with services.database.session() as db:
        db.add(
            AuthnMapping(attribute_key="groups", attribute_value=value, created=NOW, modified=NOW, **target)
        )


async def test_a_first_login_makes_a_user_and_the_next_finds_them(services: Services) -> None:
    user, roles, _ = await log_in(services, name="Ann")
    assert (user.name, roles) == ("Ann", [role_id("standard")])
    again, _, _ = await log_in(services, email="new@example.com")
    assert (again.id, again.email) == (user.id, "ann@example.com")


async def test_roles_follow_the_groups_at_each_login(services: Services) -> None:
    await _mapped(services, "ops", role_id=role_id("admin"))
    await _mapped(services, "dev", role_id=role_id("read-only"))
    assert (await log_in(services, groups=["ops"]))[1] == [role_id("admin")]
    assert (await log_in(services, groups=["dev"]))[1] == [role_id("read-only")]
    assert (await log_in(services, groups=[]))[1] == [role_id("standard")]


async def test_without_a_role_nobody_comes_in(services: Services) -> None:
    await _mapped(services, "ops", role_id=role_id("standard"))
    with pytest.raises(ApiError) as raised:
        await log_in(services, "none", groups=["dev"])
    assert raised.value.status == 403


async def test_teams_of_groups_are_joined_and_left_and_others_stay(services: Services) -> None:
    async with services.database.session() as db:
        db.add_all(
            [Team(id=name, handle=name, name=name, created=NOW, modified=NOW) for name in ("t1", "t2", "own")]
        )
    await _mapped(services, "a", team_id="t1")
    await _mapped(services, "b", team_id="t2")
    user, _, teams = await log_in(services, groups=["a"])
    assert teams == {"t1"}
    async with services.database.session() as db:
        db.add(TeamMember(team_id="own", user_id=user.id, role=""))
    assert (await log_in(services, groups=["b"]))[2] == {"t2", "own"}
    assert (await log_in(services, groups=[]))[2] == {"own"}


@pytest.mark.parametrize(
    "claims",
    [
        {"email": None},
        {"email": ""},
        {"email": ADMIN_EMAIL, "email_verified": None},
        {"email": ADMIN_EMAIL, "email_verified": False},
        {"email_verified": False},
    ],
)
async def test_an_email_that_nobody_vouches_for_opens_no_account(
    services: Services, claims: dict[str, Any]
) -> None:
    with pytest.raises(ApiError) as raised:
        await log_in(services, **claims)
    assert raised.value.status == 403


async def test_an_account_of_another_subject_is_not_taken_over(services: Services) -> None:
    await log_in(services)
    with pytest.raises(ApiError):
        await log_in(services, sub="s-2")


async def test_disabled_people_stay_out(services: Services) -> None:
    user, _, _ = await log_in(services)
    async with services.database.session() as db:
        (await db.get_one(User, user.id)).disabled = True
    with pytest.raises(ApiError) as raised:
        await log_in(services)
    assert raised.value.status == 403


async def test_the_last_administrator_stays_one(services: Services) -> None:
    await _mapped(services, "dev", role_id=role_id("read-only"))
    _, roles, _ = await log_in(services, email=ADMIN_EMAIL, groups=["dev"])
    assert role_id("admin") in roles
