"""Database operations on teams, and their serialization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.accounts.roles import role_ids_of
from heeler.accounts.user_serializers import described_user
from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.teams.model import Team, TeamLink, TeamMember
from heeler.teams.rules import checked_id, may

Body = dict[str, Any]


async def found_team(db: AsyncSession, identity: str) -> Team:
    identity = checked_id(identity)
    team = await db.get(Team, identity)
    if team is None:
        raise ApiError(404, f"Team for ID {identity} not found")
    return team


async def found_user(db: AsyncSession, uuid: str) -> User:
    uuid = checked_id(uuid)
    user: User | None = await db.scalar(select(User).where(User.uuid == uuid))
    if user is None:
        raise ApiError(404, f"User for ID {uuid} not found")
    return user


async def check_may(db: AsyncSession, principal: Principal, team: Team, action: str) -> None:
    """Raise a 403 unless the caller may do ``action`` with ``team``."""
    member = await db.get(TeamMember, (team.id, principal.user_id)) if principal.user_id else None
    if not may(principal, action, team.settings, member.role if member else None):
        raise ApiError(403, "Forbidden", f"You do not have permission to change team {team.name!r}.")


async def check_unique(db: AsyncSession, name: str, handle: str, but: str = "") -> None:
    same = (func.lower(Team.name) == name.lower()) | (Team.handle == handle)
    if await db.scalar(select(Team.id).where(same, Team.id != but)):
        raise ApiError(409, "Team name and handle must be unique")


async def members_and_links(db: AsyncSession) -> tuple[Mapping[str, int], Mapping[str, Sequence[str]]]:
    """Number of members and ids of links of each team."""
    members = await db.execute(select(TeamMember.team_id, func.count()).group_by(TeamMember.team_id))
    links: dict[str, list[str]] = {}
    order = TeamLink.position, TeamLink.id
    for team, link in await db.execute(select(TeamLink.team_id, TeamLink.id).order_by(*order)):
        links.setdefault(team, []).append(link)
    return dict(members.tuples().all()), links


async def described_team(db: AsyncSession, team: Team) -> Body:
    members, links = await members_and_links(db)
    return described(team, members.get(team.id, 0), links.get(team.id, ()))


def described(team: Team, members: int, links: Sequence[str]) -> Body:
    return {
        "id": team.id,
        "type": "team",
        "attributes": {
            "handle": team.handle,
            "name": team.name,
            "description": team.description or None,
            "summary": team.description[:120] or None,
            "avatar": team.avatar,
            "banner": team.banner,
            "visible_modules": team.visible_modules,
            "hidden_modules": team.hidden_modules,
            "created_at": team.created.isoformat(),
            "modified_at": team.modified.isoformat(),
            "user_count": members,
            "link_count": len(links),
            "is_managed": False,
        },
        "relationships": {
            "team_links": {
                "data": [{"id": link, "type": "team_links"} for link in links],
                "links": {"related": f"/api/v2/team/{team.id}/links"},
            },
            "user_team_permissions": {"links": {"related": f"/api/v2/team/{team.id}/permission-settings"}},
        },
    }


def described_link(link: TeamLink) -> Body:
    return {
        "id": link.id,
        "type": "team_links",
        "attributes": {
            "label": link.label,
            "url": link.url,
            "position": link.position,
            "team_id": link.team_id,
        },
    }


def described_membership(member: TeamMember, user: User) -> Body:
    return {
        "id": f"TeamMembership-{member.team_id}-{user.uuid}",
        "type": "team_memberships",
        "attributes": {
            "provisioned_by": member.provisioned_by or None,
            "provisioned_by_id": None,
            **({"role": member.role} if member.role else {}),
        },
        "relationships": {
            "team": {"data": {"id": member.team_id, "type": "team"}},
            "user": {"data": {"id": user.uuid, "type": "users"}},
        },
    }


async def included_users(db: AsyncSession, users: Sequence[User]) -> list[Body]:
    given = await role_ids_of(db, [user.id for user in users])
    return [described_user(user, given.get(user.id, [])) for user in users]


async def memberships(db: AsyncSession, *conditions: Any) -> list[tuple[TeamMember, User]]:
    rows = await db.execute(
        select(TeamMember, User)
        .join(User, User.id == TeamMember.user_id)
        .where(*conditions)
        .order_by(User.email, TeamMember.team_id)
    )
    return list(rows.tuples().all())
