"""Request bodies made from resources, without the fields that only the server sets (ids, authors, times,
states)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]

_READ_ONLY: dict[str, frozenset[str]] = {
    "dashboards": frozenset({
        "id", "url", "author_handle", "author_name", "author_info", "created_at", "modified_at", "deleted_at",
        "is_read_only", "experience_type", "default_timeframe", "popularity", "is_favorite", "is_shared",
        "created", "modified", "pause_auto_refresh",
    }),
    "monitors": frozenset({
        "id", "org_id", "created", "created_at", "modified", "deleted", "creator", "overall_state",
        "overall_state_modified", "matching_downtimes", "multi", "state", "assets", "restriction_policy",
        "draft_status",
    }),
    "service_level_objectives": frozenset({
        "id", "created_at", "modified_at", "creator", "monitor_tags", "configured_alert_ids",
        "overall_status", "status",
    }),
    "logs_pipelines": frozenset({"id", "type", "is_read_only"}),
    "synthetics_tests": frozenset({
        "id", "public_id", "monitor_id", "creator", "created_at", "modified_at", "created_by", "modified_by",
        "overall_state", "overall_state_modified", "stepCount",
    }),
    "synthetics_global_variables": frozenset({
        "id", "created_at", "modified_at", "created_by", "modified_by", "type", "parse_test_name",
        "last_error", "editor", "creator",
    }),
    "logs_indexes": frozenset({"is_rate_limited"}),
    "logs_pipelines_order": frozenset({"id"}),
    "logs_indexes_order": frozenset({"id"}),
    "dashboard_lists": frozenset({
        "id", "type", "author", "created", "modified", "is_favorite", "dashboard_count", "dashboards",
    }),
}  # fmt: skip

_METADATA = ("type", "description", "short_name", "unit", "per_unit", "statsd_interval")
_DOWNTIME = (
    "display_timezone", "message", "monitor_identifier", "mute_first_recovery_notification",
    "notify_end_states", "notify_end_types", "scope",
)  # fmt: skip


def skip_reason(kind: str, item: Object) -> str | None:
    """Why the resource is not imported at all; None if it is."""
    attributes: Object = item.get("attributes") or {}
    if kind == "users" and attributes.get("disabled"):
        return "disabled at the source"
    if kind == "logs_pipelines" and item.get("is_read_only"):
        return "a pipeline of an integration, which comes with the product"
    if kind == "monitors" and item.get("type") == "synthetics alert":
        return "made again with its synthetic test"
    if kind == "synthetics_global_variables" and (item.get("value") or {}).get("secure"):
        return "the value of a secure variable is not shown; create it by hand"
    if kind == "downtime_schedules" and attributes.get("status") in ("ended", "canceled"):
        return f"{attributes['status']} at the source"
    if kind == "metrics_metadata" and not any(item.get(name) for name in _METADATA[1:5]):
        return ""
    return None


def create_body(kind: str, item: Object) -> Any:
    """Request body that creates ``item``, whose ids are already mapped."""
    made = _MAKERS.get(kind)
    if made is not None:
        return made(item)
    return {key: value for key, value in item.items() if key not in _READ_ONLY[kind]}


def update_body(kind: str, item: Object, target_id: str) -> Any:
    """Request body that changes the object ``target_id`` to ``item``."""
    body = create_body(kind, item)
    if kind == "metric_tag_configurations":
        body["data"]["attributes"].pop("metric_type", None)
    elif kind in ("logs_metrics", "spans_metrics"):
        body["data"].pop("id", None)
        compute = dict(body["data"]["attributes"].get("compute") or {})
        body["data"]["attributes"]["compute"] = {
            key: value for key, value in compute.items() if key == "include_percentiles"
        }
    elif kind == "logs_indexes":
        body.pop("name", None)
    elif kind in ("roles", "users", "downtime_schedules", "authn_mappings"):
        body["data"]["id"] = target_id
    if kind == "users":
        body["data"]["attributes"].pop("email", None)
    if kind == "slo_corrections":
        body["data"]["attributes"].pop("slo_id", None)
    return body


def _resource(type_: str, attributes: Object, **more: Any) -> Object:
    return {"data": {"type": type_, "attributes": attributes, **more}}


def _picked(item: Object, names: tuple[str, ...]) -> Object:
    attributes = item.get("attributes") or {}
    return {name: attributes[name] for name in names if attributes.get(name) is not None}


def _role(item: Object) -> Object:
    permissions = [{"id": one, "type": "permissions"} for one in item.get("permission_ids", [])]
    return _resource("roles", _picked(item, ("name",)), relationships={"permissions": {"data": permissions}})


def _user(item: Object) -> Object:
    roles = (item.get("relationships") or {}).get("roles") or {"data": []}
    return _resource("users", _picked(item, ("email", "name", "title")), relationships={"roles": roles})


def _team(item: Object) -> Object:
    names = ("name", "handle", "description", "avatar", "banner", "visible_modules", "hidden_modules")
    return _resource("team", _picked(item, names))


def _definition(item: Object) -> Object:
    return dict(item["attributes"]["schema"])


def _metadata(item: Object) -> Object:
    return {name: item[name] for name in _METADATA if item.get(name) not in (None, "")}


def _tag_configuration(item: Object) -> Object:
    names = ("tags", "metric_type", "include_percentiles", "exclude_tags_mode", "aggregations")
    return _resource("manage_tags", _picked(item, names), id=item["id"])


def _logs_metric(item: Object) -> Object:
    return _resource("logs_metrics", _picked(item, ("compute", "filter", "group_by")), id=item["id"])


def _spans_metric(item: Object) -> Object:
    return _resource("spans_metrics", _picked(item, ("compute", "filter", "group_by")), id=item["id"])


def _mapping(item: Object) -> Object:
    related = item.get("relationships") or {}
    given = {name: related[name] for name in ("role", "team") if (related.get(name) or {}).get("data")}
    attributes = _picked(item, ("attribute_key", "attribute_value"))
    return _resource("authn_mappings", attributes, relationships=given)


def _policy(item: Object) -> Object:
    return _resource("restriction_policy", _picked(item, ("bindings",)), id=item["id"])


def _powerpack(item: Object) -> Object:
    return _resource(
        "powerpack", _picked(item, ("name", "description", "group_widget", "tags", "template_variables"))
    )


def _correction(item: Object) -> Object:
    names = (
        "category",
        "description",
        "duration",
        "end",
        "rrule",
        "slo_id",
        "slo_query",
        "start",
        "timezone",
    )
    return _resource("correction", _picked(item, names))


def _downtime(item: Object) -> Object:
    attributes = _picked(item, _DOWNTIME)
    attributes["schedule"] = _schedule(item["attributes"].get("schedule") or {})
    return _resource("downtime", attributes)


def _schedule(schedule: Object) -> Object:
    if schedule.get("recurrences"):
        recurrences = [
            {key: one[key] for key in ("start", "duration", "rrule") if one.get(key)}
            for one in schedule["recurrences"]
        ]
        return {"timezone": schedule.get("timezone") or "UTC", "recurrences": recurrences}
    return {key: schedule[key] for key in ("start", "end") if schedule.get(key)}


def _notebook(item: Object) -> Object:
    names = ("name", "cells", "time", "status", "metadata", "template_variables", "tags")
    attributes = _picked(item, names)
    attributes["cells"] = [
        {key: value for key, value in cell.items() if key != "id"} for cell in attributes.get("cells", [])
    ]
    return _resource("notebooks", attributes)


def _restriction_query(item: Object) -> Object:
    text = (item.get("attributes") or {}).get("restriction_query")
    return {"data": {"type": "logs_restriction_queries", "attributes": {"restriction_query": text}}}


_MAKERS: dict[str, Callable[[Object], Any]] = {
    "roles": _role,
    "logs_restriction_queries": _restriction_query,
    "users": _user,
    "teams": _team,
    "service_definitions": _definition,
    "metrics_metadata": _metadata,
    "metric_tag_configurations": _tag_configuration,
    "host_tags": lambda item: {"tags": item["tags"]},
    "logs_metrics": _logs_metric,
    "spans_metrics": _spans_metric,
    "authn_mappings": _mapping,
    "restriction_policies": _policy,
    "powerpacks": _powerpack,
    "slo_corrections": _correction,
    "downtime_schedules": _downtime,
    "notebooks": _notebook,
}
