"""Who may do what in an installation that :mod:`bench.fill_installation` fills, and orders of its logs."""

from __future__ import annotations

from typing import Any, Protocol

Object = dict[str, Any]


class Filler(Protocol):
    """Calls the API; None for an answer that was an error."""

    def call(self, method: str, path: str, body: Any) -> Any: ...


def restriction_query(filler: Filler) -> None:
    """A restriction query of logs with the role that :func:`_people` makes."""
    roles = filler.call("GET", "/api/v2/roles?page[size]=100", None)["data"]
    role = next(one["id"] for one in roles if one["attributes"]["name"] == "On-call")
    path, attributes = "/api/v2/logs/config/restriction_queries", {"restriction_query": "team:core"}
    made = filler.call("POST", path, {"data": {"type": "logs_restriction_queries", "attributes": attributes}})
    body = {"data": {"type": "roles", "id": role}}
    filler.call("POST", f"{path}/{made['data']['id']}/roles", body)


def _ids(filler: Filler, path: str, name: str) -> dict[str, str]:
    """Ids of a list of the second version of the API, by the attribute ``name``."""
    found = filler.call("GET", f"{path}?page[size]=100", None)["data"]
    return {one["attributes"][name]: one["id"] for one in found}


def mappings(filler: Filler) -> None:
    """Claims of an identity provider that give a role and a team."""
    role, team = _ids(filler, "/api/v2/roles", "name")["On-call"], _ids(filler, "/api/v2/team", "handle")
    for name, type_, identity in (("role", "roles", role), ("team", "team", team["team-0"])):
        data = {
            "type": "authn_mappings",
            "attributes": {"attribute_key": "groups", "attribute_value": f"sre-{name}"},
            "relationships": {name: {"data": {"type": type_, "id": identity}}},
        }
        filler.call("POST", "/api/v2/authn_mappings", {"data": data})


def policies(filler: Filler, boards: list[str], monitors: list[int], slos: list[str]) -> None:
    """A dashboard for a team, a monitor for a role, an SLO that the organization may only view."""
    me = filler.call("GET", "/api/v2/current_user", None)["data"]["id"]
    role = _ids(filler, "/api/v2/roles", "name")["On-call"]
    team = _ids(filler, "/api/v2/team", "handle")["team-0"]
    org = filler.call("GET", "/api/v1/org", None)["orgs"][0]["public_id"]
    editors = {"relation": "editor", "principals": [f"user:{me}"]}
    for resource, binding in (
        (f"dashboard:{boards[1]}", {"relation": "viewer", "principals": [f"team:{team}"]}),
        (f"monitor:{monitors[0]}", {"relation": "viewer", "principals": [f"role:{role}"]}),
        (f"slo:{slos[0]}", {"relation": "viewer", "principals": [f"org:{org}"]}),
    ):
        attributes = {"bindings": [editors, binding]}
        data = {"id": resource, "type": "restriction_policy", "attributes": attributes}
        filler.call("POST", f"/api/v2/restriction_policy/{resource}", {"data": data})


def orders(filler: Filler) -> None:
    """A second pipeline and index, before the first."""
    body: Object = {"name": "First", "is_enabled": True, "filter": {"query": "source:a"}, "processors": []}
    filler.call("POST", "/api/v1/logs/config/pipelines", body)
    index: Object = {"name": "first", "filter": {"query": "source:a"}, "num_retention_days": 3}
    filler.call("POST", "/api/v1/logs/config/indexes", {**index, "exclusion_filters": []})
    for path, name in (("pipeline-order", "pipeline_ids"), ("index-order", "index_names")):
        order = filler.call("GET", f"/api/v1/logs/config/{path}", None)[name]
        filler.call("PUT", f"/api/v1/logs/config/{path}", {name: order[::-1]})
