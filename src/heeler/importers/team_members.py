"""Subordinate objects of a team or a list with endpoints of their own: created after their parent."""

from __future__ import annotations

from typing import Any

from heeler.importers.client import Api, ApiProblem

Object = dict[str, Any]


async def apply_members(api: Api, kind: str, target_id: str, body: Object) -> None:
    """Set the links and members of a team, the roles of a restriction query, or the dashboards of a list, to
    those of ``body``.
    """
    if kind == "teams":
        await _links(api, target_id, body.get("links") or [])
        await _memberships(api, target_id, body.get("memberships") or [])
    elif kind == "logs_restriction_queries":
        path = f"/api/v2/logs/config/restriction_queries/{target_id}/roles"
        for role in body.get("roles") or []:
            await api.request("POST", path, None, {"data": {"type": "roles", "id": role}})
    elif kind == "dashboard_lists":
        path = f"/api/v2/dashboard/lists/manual/{target_id}/dashboards"
        await api.request("PUT", path, None, {"dashboards": body.get("dashboards") or []})


async def _links(api: Api, team: str, wanted: list[Object]) -> None:
    path = f"/api/v2/team/{team}/links"
    existing = (await api.request("GET", path))["data"]
    known = {(one["attributes"]["label"], one["attributes"]["url"]) for one in existing}
    for link in wanted:
        if (link["label"], link["url"]) not in known:
            attributes = {key: value for key, value in link.items() if value is not None}
            await api.request("POST", path, None, {"data": {"type": "team_links", "attributes": attributes}})


async def _memberships(api: Api, team: str, wanted: list[Object]) -> None:
    path = f"/api/v2/team/{team}/memberships"
    for member in wanted:
        data = {
            "type": "team_memberships",
            "attributes": {"role": member["role"]} if member.get("role") else {},
            "relationships": {"user": {"data": {"type": "users", "id": member["user"]}}},
        }
        try:
            await api.request("POST", path, None, {"data": data})
        except ApiProblem as problem:
            if problem.status != 409:  # 409: is a member already
                raise
