"""Resource kinds that are imported and exported, with the API paths to list, create and update them.

They are in dependency order: later kinds may refer to earlier ones. Names are those of the files that
``datadog-sync-cli`` writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paging:
    """Pagination parameters of a list: page size, start, and whether that counts pages.

    ``size_name`` is empty for lists without pagination.
    """

    size_name: str = ""
    start_name: str = ""
    size: int = 100
    counts_pages: bool = False


WHOLE = Paging()
V2_PAGES = Paging("page[size]", "page[number]", 100, counts_pages=True)
V2_OFFSETS = Paging("page[limit]", "page[offset]", 100)


def _data(answer: Any) -> list[Any]:
    return list(answer["data"])


def _data_id(answer: Any) -> str:
    return str(answer["data"]["id"])


def _plain_id(answer: Any) -> str:
    return str(answer["id"])


def _id(item: Object) -> str:
    return str(item["id"])


def _attribute(name: str) -> Callable[[Object], str]:
    return lambda item: str((item.get("attributes") or {}).get(name) or item.get("id") or "")


def _name(item: Object) -> str:
    return _attribute("name")(item)


def _unknown_time(_: Object) -> str:
    return ""


def _field(name: str) -> Callable[[Object], str]:
    return lambda item: str(item.get(name) or item.get("id") or "")


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource kind. ``{id}`` in paths is the resource's id."""

    name: str
    title: str
    list_path: str
    create: tuple[str, str]
    update: tuple[str, str]
    paging: Paging = WHOLE
    list_query: dict[str, str] = field(default_factory=dict)
    items: Callable[[Any], list[Any]] = _data
    """Reads the resources from the body of a list."""
    identity: Callable[[Object], str] = _id
    label: Callable[[Object], str] = _name
    """Display name; also finds an object whose creation was interrupted."""
    created_id: Callable[[Any], str] = _data_id
    detail_path: str = ""
    """Path of the complete resource, if the list has only a summary."""
    modified: Callable[[Object], str] = _unknown_time
    """Modification time from the list; the resource is not read again until it changes."""
    unique: Callable[[Object], str] | None = None
    """Unique key, such as an email: an existing object with the same key is used."""
    keeps_existing: bool = False
    """An existing object found by ``unique`` is not changed (users, roles, teams)."""
    aliases: tuple[str, ...] = ()
    """Other names of its file or folder."""


def _monitor_pages() -> Paging:
    return Paging("page_size", "page", 200, counts_pages=True)


def _host_tags(answer: Any) -> list[Object]:
    """Convert the list, which is by tag, to resources of one host with its tags."""
    hosts: dict[str, list[str]] = {}
    for tag, names in answer["tags"].items():
        for name in names:
            hosts.setdefault(name, []).append(tag)
    return [{"host": host, "tags": sorted(tags)} for host, tags in sorted(hosts.items())]


def _claim(item: Object) -> str:
    """What an authn mapping is for: claim, value, and the role or team that it gives."""
    attributes, related = item.get("attributes") or {}, item.get("relationships") or {}
    given = [str(((related.get(name) or {}).get("data") or {}).get("id", "")) for name in ("role", "team")]
    return f"{attributes.get('attribute_key')}:{attributes.get('attribute_value')} {''.join(given)}"


def _order(id_: str, name: str) -> Callable[[Any], list[Object]]:
    """Convert an order, of which there is one, to a resource."""
    return lambda answer: [{"id": id_, name: [str(one) for one in answer[name]]}]


def _name_of_metric(item: Object) -> str:
    return str(item["metric"])


KINDS: tuple[Kind, ...] = (
    Kind(
        "roles", "Roles", "/api/v2/roles", ("POST", "/api/v2/roles"), ("PATCH", "/api/v2/roles/{id}"),
        paging=V2_PAGES, unique=_attribute("name"), keeps_existing=True,
    ),
    Kind(
        "logs_restriction_queries", "Restriction queries of logs", "/api/v2/logs/config/restriction_queries",
        ("POST", "/api/v2/logs/config/restriction_queries"),
        ("PATCH", "/api/v2/logs/config/restriction_queries/{id}"),
        paging=V2_PAGES, label=_attribute("restriction_query"),
    ),
    Kind(
        "users", "Users", "/api/v2/users", ("POST", "/api/v2/users"), ("PATCH", "/api/v2/users/{id}"),
        paging=V2_PAGES, label=_attribute("email"), unique=_attribute("email"), keeps_existing=True,
    ),
    Kind(
        "teams", "Teams", "/api/v2/team", ("POST", "/api/v2/team"), ("PATCH", "/api/v2/team/{id}"),
        paging=V2_PAGES, unique=_attribute("handle"), keeps_existing=True,
    ),
    Kind(
        "authn_mappings", "Mappings of claims", "/api/v2/authn_mappings",
        ("POST", "/api/v2/authn_mappings"), ("PATCH", "/api/v2/authn_mappings/{id}"),
        paging=V2_PAGES, label=_claim, unique=_claim,
    ),
    Kind(
        "service_definitions", "Service definitions", "/api/v2/services/definitions",
        ("POST", "/api/v2/services/definitions"), ("POST", "/api/v2/services/definitions"),
        paging=V2_PAGES, list_query={"schema_version": "v2.2"},
        identity=lambda item: str(item["attributes"]["schema"]["dd-service"]),
        label=lambda item: str(item["attributes"]["schema"]["dd-service"]),
        created_id=lambda answer: str(answer["data"][0]["attributes"]["schema"]["dd-service"]),
    ),
    Kind(
        "metrics_metadata", "Metric metadata", "/api/v1/metrics",
        ("PUT", "/api/v1/metrics/{id}"), ("PUT", "/api/v1/metrics/{id}"),
        items=lambda answer: [{"metric": name} for name in answer["metrics"]],
        identity=_name_of_metric, label=_name_of_metric, detail_path="/api/v1/metrics/{id}",
        created_id=lambda _: "",
    ),
    Kind(
        "metric_tag_configurations", "Metric tag configurations", "/api/v2/metrics",
        ("POST", "/api/v2/metrics/{id}/tags"), ("PATCH", "/api/v2/metrics/{id}/tags"),
        list_query={"filter[configured]": "true"},
        items=lambda answer: [item for item in answer["data"] if item["type"] == "manage_tags"],
        label=_id, unique=_id,
    ),
    Kind(
        "host_tags", "Host tags", "/api/v1/tags/hosts",
        ("PUT", "/api/v1/tags/hosts/{id}"), ("PUT", "/api/v1/tags/hosts/{id}"),
        list_query={"source": "users"}, items=_host_tags, identity=lambda item: str(item["host"]),
        label=lambda item: str(item["host"]), created_id=lambda _: "",
    ),
    Kind(
        "logs_pipelines", "Log pipelines", "/api/v1/logs/config/pipelines",
        ("POST", "/api/v1/logs/config/pipelines"), ("PUT", "/api/v1/logs/config/pipelines/{id}"),
        items=list, label=_field("name"), created_id=_plain_id, aliases=("logs_custom_pipelines",),
    ),
    Kind(
        "logs_pipelines_order", "Order of log pipelines", "/api/v1/logs/config/pipeline-order",
        ("PUT", "/api/v1/logs/config/pipeline-order"), ("PUT", "/api/v1/logs/config/pipeline-order"),
        items=_order("logs-pipeline-order", "pipeline_ids"), label=_id, created_id=lambda _: "",
    ),
    Kind(
        "logs_indexes", "Log indexes", "/api/v1/logs/config/indexes",
        ("POST", "/api/v1/logs/config/indexes"), ("PUT", "/api/v1/logs/config/indexes/{id}"),
        items=lambda answer: list(answer["indexes"]), identity=_field("name"), label=_field("name"),
        created_id=lambda answer: str(answer["name"]), unique=_field("name"),
    ),
    Kind(
        "logs_indexes_order", "Order of log indexes", "/api/v1/logs/config/index-order",
        ("PUT", "/api/v1/logs/config/index-order"), ("PUT", "/api/v1/logs/config/index-order"),
        items=_order("logs-index-order", "index_names"), label=_id, created_id=lambda _: "",
    ),
    Kind(
        "logs_metrics", "Metrics from logs", "/api/v2/logs/config/metrics",
        ("POST", "/api/v2/logs/config/metrics"), ("PATCH", "/api/v2/logs/config/metrics/{id}"),
        label=_id, unique=_id,
    ),
    Kind(
        "spans_metrics", "Metrics from spans", "/api/v2/apm/config/metrics",
        ("POST", "/api/v2/apm/config/metrics"), ("PATCH", "/api/v2/apm/config/metrics/{id}"),
        label=_id, unique=_id,
    ),
    Kind(
        "synthetics_global_variables", "Variables of synthetic tests", "/api/v1/synthetics/variables",
        ("POST", "/api/v1/synthetics/variables"), ("PUT", "/api/v1/synthetics/variables/{id}"),
        items=lambda answer: list(answer["variables"]), label=_field("name"), created_id=_plain_id,
        unique=_field("name"),
    ),
    Kind(
        "synthetics_tests", "Synthetic API tests", "/api/v1/synthetics/tests",
        ("POST", "/api/v1/synthetics/tests/api"), ("PUT", "/api/v1/synthetics/tests/api/{id}"),
        paging=Paging("page_size", "page_number", 100, counts_pages=True),
        items=lambda answer: [one for one in answer["tests"] if one.get("type", "api") == "api"],
        identity=_field("public_id"), label=_field("name"),
        created_id=lambda answer: str(answer["public_id"]),
        detail_path="/api/v1/synthetics/tests/api/{id}",
    ),
    Kind(
        "powerpacks", "Powerpacks", "/api/v2/powerpacks",
        ("POST", "/api/v2/powerpacks"), ("PATCH", "/api/v2/powerpacks/{id}"), paging=V2_OFFSETS,
    ),
    Kind(
        "monitors", "Monitors", "/api/v1/monitor",
        ("POST", "/api/v1/monitor"), ("PUT", "/api/v1/monitor/{id}"),
        paging=_monitor_pages(), items=list, label=_field("name"), created_id=_plain_id,
    ),
    Kind(
        "service_level_objectives", "SLOs", "/api/v1/slo",
        ("POST", "/api/v1/slo"), ("PUT", "/api/v1/slo/{id}"),
        paging=Paging("limit", "offset", 200), label=_field("name"),
        created_id=lambda answer: str(answer["data"][0]["id"]), aliases=("slos",),
    ),
    Kind(
        "slo_corrections", "SLO status corrections", "/api/v1/slo/correction",
        ("POST", "/api/v1/slo/correction"), ("PATCH", "/api/v1/slo/correction/{id}"),
        paging=Paging("limit", "offset", 100), label=_attribute("description"),
    ),
    Kind(
        "downtime_schedules", "Downtimes", "/api/v2/downtime",
        ("POST", "/api/v2/downtime"), ("PATCH", "/api/v2/downtime/{id}"), paging=V2_OFFSETS,
        label=_attribute("message"), aliases=("downtimes",),
    ),
    Kind(
        "dashboards", "Dashboards", "/api/v1/dashboard",
        ("POST", "/api/v1/dashboard"), ("PUT", "/api/v1/dashboard/{id}"),
        paging=Paging("count", "start", 100), items=lambda answer: list(answer["dashboards"]),
        label=_field("title"), created_id=_plain_id, detail_path="/api/v1/dashboard/{id}",
        modified=lambda item: str(item.get("modified_at") or ""),
    ),
    Kind(
        "dashboard_lists", "Dashboard lists", "/api/v1/dashboard/lists/manual",
        ("POST", "/api/v1/dashboard/lists/manual"), ("PUT", "/api/v1/dashboard/lists/manual/{id}"),
        items=lambda answer: list(answer["dashboard_lists"]), label=_field("name"), created_id=_plain_id,
    ),
    Kind(
        "notebooks", "Notebooks", "/api/v1/notebooks",
        ("POST", "/api/v1/notebooks"), ("PUT", "/api/v1/notebooks/{id}"),
        paging=Paging("count", "start", 50), list_query={"include_cells": "true"},
    ),
    Kind(
        "restriction_policies", "Restriction policies", "",
        ("POST", "/api/v2/restriction_policy/{id}"), ("POST", "/api/v2/restriction_policy/{id}"),
        label=_id, detail_path="/api/v2/restriction_policy/{id}",
    ),
)  # fmt: skip

ORDERS: dict[str, str] = {"logs_pipelines_order": "pipeline_ids", "logs_indexes_order": "index_names"}
"""Kinds that are an order of others, with the field of the names in that order."""

RESTRICTED: dict[str, str] = {
    "dashboard": "dashboards", "monitor": "monitors", "notebook": "notebooks", "powerpack": "powerpacks",
    "slo": "service_level_objectives",
}  # fmt: skip
"""Types of resources that a restriction policy can be for, in its id, with their kinds. The API has no list
of policies: each resource is asked for its own."""

BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}
BY_FILE: dict[str, Kind] = {name: kind for kind in KINDS for name in (kind.name, *kind.aliases)}
"""Kinds by the file or folder names of an export."""

NOT_IMPORTED: tuple[tuple[str, str, Callable[[Any], list[Any]], str], ...] = (
    ("Synthetic browser tests", "/api/v1/synthetics/tests",
     lambda answer: [one for one in answer["tests"] if one.get("type", "api") != "api"],
     "Heeler runs API tests, without a browser or a phone"),
    ("Log archives", "/api/v2/logs/config/archives", _data,
     "an archive needs credentials that the API does not return"),
    ("Security rules", "/api/v2/security_monitoring/rules", _data, "Heeler has no security monitoring"),
)  # fmt: skip
"""Resources that cannot be imported: name, list, its resources, reason. Counted for the report."""
