"""Links and members of teams, dashboards of lists: brought after the thing itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from heeler.importers.client import ApiProblem
from heeler.importers.team_members import apply_members


class _Api:
    """Remembers requests; ``links`` are there already, ``members`` answer 409, ``broken`` 500."""

    def __init__(
        self, links: list[Any] | None = None, members: set[str] | None = None, broken: set[str] | None = None
    ) -> None:
        self.links, self.members, self.broken = links or [], members or set(), broken or set()
        self.calls: list[tuple[str, str, Any]] = []

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        self.calls.append((method, path, body))
        if method == "GET":
            return {"data": [{"attributes": one} for one in self.links]}
        user = (
            ((body or {}).get("data") or {})
            .get("relationships", {})
            .get("user", {})
            .get("data", {})
            .get("id")
        )
        if user in self.members:
            raise ApiProblem(409, "is a member")
        if user in self.broken:
            raise ApiProblem(500, "failed")
        return {}

    @property
    def writes(self) -> list[tuple[str, str, Any]]:
        return [call for call in self.calls if call[0] != "GET"]


LINK = {"label": "Runbook", "url": "https://a", "position": 0}


async def test_links_that_are_there_are_not_made_again() -> None:
    api = _Api([LINK])
    await apply_members(
        api, "teams", "t", {"links": [LINK, {"label": "Wiki", "url": "https://b", "position": None}]}
    )
    assert api.writes == [
        (
            "POST",
            "/api/v2/team/t/links",
            {"data": {"type": "team_links", "attributes": {"label": "Wiki", "url": "https://b"}}},
        )
    ]


async def test_members_with_their_role() -> None:
    api = _Api()
    await apply_members(api, "teams", "t", {"memberships": [{"user": "u1", "role": "admin"}, {"user": "u2"}]})
    assert [
        (path, body["data"]["attributes"], body["data"]["relationships"]) for _, path, body in api.writes
    ] == [
        ("/api/v2/team/t/memberships", {"role": "admin"}, {"user": {"data": {"type": "users", "id": "u1"}}}),
        ("/api/v2/team/t/memberships", {}, {"user": {"data": {"type": "users", "id": "u2"}}}),
    ]


async def test_who_is_a_member_already_is_no_problem_and_others_go_on() -> None:
    api = _Api(members={"u1"})
    await apply_members(api, "teams", "t", {"memberships": [{"user": "u1"}, {"user": "u2"}]})
    assert len(api.writes) == 2
    with pytest.raises(ApiProblem):
        await apply_members(_Api(broken={"u1"}), "teams", "t", {"memberships": [{"user": "u1"}]})


async def test_dashboards_of_a_list() -> None:
    api = _Api()
    boards = [{"type": "custom_timeboard", "id": "a"}]
    await apply_members(api, "dashboard_lists", "9", {"dashboards": boards})
    await apply_members(api, "dashboard_lists", "9", {})
    path = "/api/v2/dashboard/lists/manual/9/dashboards"
    assert api.calls == [("PUT", path, {"dashboards": boards}), ("PUT", path, {"dashboards": []})]


async def test_other_kinds_have_none() -> None:
    api = _Api()
    await apply_members(api, "monitors", "1", {"links": [LINK]})
    assert api.calls == []
