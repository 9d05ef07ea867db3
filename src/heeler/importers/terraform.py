"""Writes resources as Terraform configuration for the ``datadog/datadog`` provider, with ``import`` blocks.

The resource types and their arguments are those of the provider's registry documentation. Ids of other
resources become references (``datadog_monitor.cpu_high_12.id``), so that a plan for an empty installation
creates everything in order, and one for the original installation adopts the existing resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heeler.importers.references import Reference, rewrite
from heeler.importers.request_bodies import create_body

Object = dict[str, Any]

PROVIDER = """\
terraform {
  required_providers {
    datadog = {
      source = "DataDog/datadog"
    }
  }
}
"""

#: Marks a reference inside a string during construction; user texts do not contain these characters.
_MARK = "\x01{}\x02"
_MARKED = re.compile("\x01([^\x02]*)\x02")


@dataclass(frozen=True, slots=True)
class Expression:
    """HCL expression, written unquoted."""

    text: str


Blocks = dict[str, Any]
"""Arguments by name; a list of :class:`Block` represents repeated blocks."""


@dataclass(frozen=True, slots=True)
class Block:
    body: Blocks


def local_names(items: Mapping[str, Iterable[tuple[str, str]]]) -> dict[tuple[str, str], str]:
    """A unique Terraform name for each resource, from its label. ``items``: (id, label) by kind."""
    names: dict[tuple[str, str], str] = {}
    for kind, pairs in items.items():
        taken: set[str] = set()
        for id_, label in pairs:
            name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:60] or "unnamed"
            name = name if name[0].isalpha() else f"_{name}"
            if name in taken:
                name = f"{name}_{re.sub(r'[^a-z0-9]+', '_', id_.lower())}"
            taken.add(name)
            names[kind, id_] = name
    return names


def resource(kind: str, id_: str, item: Object, names: Mapping[tuple[str, str], str]) -> str | None:
    """The ``resource`` and ``import`` blocks of ``item``; None for a kind without a resource type."""
    if kind not in _WRITERS:
        return None
    type_, write = _WRITERS[kind]

    def resolve(reference: Reference) -> str | None:
        name = names.get((reference.kind, reference.id))
        if name is None or reference.link or reference.kind not in _WRITERS:
            return None
        return _MARK.format(f"{_WRITERS[reference.kind][0]}.{name}.id")

    body = write(_resolved(kind, item, resolve))
    name = names[kind, id_]
    lines = [f'resource "{type_}" "{name}" {{', *_arguments(body, 1), "}", ""]
    lines += ["import {", f"  to = {type_}.{name}", f"  id = {_text(_import_id(kind, id_))}", "}", ""]
    return "\n".join(lines)


def _import_id(kind: str, id_: str) -> str:
    return id_


def _resolved(kind: str, item: Object, resolve: Callable[[Reference], str | None]) -> Object:
    if kind == "service_level_objectives":  # its ids are numbers, which cannot hold a reference
        ids = item.get("monitor_ids")
        body = rewrite(kind, {**item, "monitor_ids": None}, resolve)
        body["monitor_ids"] = [
            Expression(_unmarked(resolve(Reference("monitors", str(one), required=True)) or str(one)))
            for one in ids or []
        ]
        return body
    if kind == "downtime_schedules":
        attributes = dict(item.get("attributes") or {})
        identifier = dict(attributes.get("monitor_identifier") or {})
        if identifier.get("monitor_id"):
            id_ = str(identifier["monitor_id"])
            found = resolve(Reference("monitors", id_, required=True)) or id_
            identifier["monitor_id"] = Expression(_unmarked(found))
        return {**item, "attributes": {**attributes, "monitor_identifier": identifier}}
    return rewrite(kind, item, resolve)


def _unmarked(text: str) -> str:
    return text.replace("\x01", "").replace("\x02", "")


def _arguments(body: Mapping[str, Any], depth: int) -> list[str]:
    indent, lines = "  " * depth, []
    for name, value in body.items():
        if value is None:
            continue
        if isinstance(value, list) and value and all(isinstance(one, Block) for one in value):
            for block in value:
                lines += [f"{indent}{name} {{", *_arguments(block.body, depth + 1), f"{indent}}}"]
        elif isinstance(value, Block):
            lines += [f"{indent}{name} {{", *_arguments(value.body, depth + 1), f"{indent}}}"]
        else:
            lines.append(f"{indent}{name} = {_value(value)}")
    return lines


def _value(value: Any) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)} = {_value(one)}" for key, one in value.items()) + "}"
    return _text(str(value))


def _text(text: str) -> str:
    """Quoted string: ``${`` and ``%{`` are escaped, marked references become interpolations."""
    quoted = json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    quoted = quoted.replace("\\u0001", "\x01").replace("\\u0002", "\x02")
    whole = re.fullmatch('"\x01([^\x02]*)\x02"', quoted)
    return whole[1] if whole else _MARKED.sub(lambda match: "${" + match[1] + "}", quoted)


def _json(value: Any) -> Expression:
    """JSON as a string argument, with references interpolated by Terraform."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = text.replace("\\u0001", "\x01").replace("\\u0002", "\x02")
    return Expression(_text(text))


def _monitor(item: Object) -> Blocks:
    """Monitor as JSON: the provider's own arguments lag behind the options of the API."""
    return {"monitor": _json(create_body("monitors", item))}


def _dashboard(item: Object) -> Blocks:
    return {"dashboard": _json(create_body("dashboards", item))}


def _dashboard_list(item: Object) -> Blocks:
    items = [
        Block({"dash_id": one["id"], "type": one.get("type", "custom_timeboard")})
        for one in item.get("dashboards") or []
    ]
    return {"name": item["name"], "dash_item": items or None}


def _slo(item: Object) -> Blocks:
    query = item.get("query") if item.get("type") == "metric" else None
    thresholds = [
        Block({name: one.get(name) for name in ("timeframe", "target", "warning")})
        for one in item.get("thresholds") or []
    ]
    body: Blocks = {
        "name": item["name"],
        "type": item["type"],
        "description": item.get("description") or None,
        "tags": item.get("tags") or None,
        "monitor_ids": item.get("monitor_ids") or None,
        "groups": item.get("groups") or None,
        "query": Block({name: query.get(name) for name in ("numerator", "denominator")}) if query else None,
        "thresholds": thresholds,
    }
    return body | _time_slice(item)


def _time_slice(item: Object) -> Blocks:
    found = (
        ((item.get("sli_specification") or {}).get("time_slice"))
        if item.get("type") == "time_slice"
        else None
    )
    if not found:
        return {}
    queries = [
        Block({"metric_query": Block({name: one.get(name) for name in ("data_source", "name", "query")})})
        for one in found["query"].get("queries", [])
    ]
    formulas = [Block({"formula_expression": one["formula"]}) for one in found["query"].get("formulas", [])]
    inner = {
        "query": Block({"formula": formulas, "query": queries}),
        "comparator": found.get("comparator"),
        "threshold": found.get("threshold"),
        "query_interval_seconds": found.get("query_interval_seconds"),
    }
    return {"sli_specification": Block({"time_slice": Block(inner)})}


def _downtime(item: Object) -> Blocks:
    body = item["attributes"]
    identifier, schedule = body.get("monitor_identifier") or {}, body.get("schedule") or {}
    names = ("display_timezone", "message", "mute_first_recovery_notification", "scope")
    plain: Blocks = {name: body.get(name) for name in names}
    plain |= {name: body.get(name) or None for name in ("notify_end_states", "notify_end_types")}
    plain["monitor_identifier"] = Block(
        {"monitor_id": identifier.get("monitor_id"), "monitor_tags": identifier.get("monitor_tags")}
    )
    if schedule.get("recurrences"):
        rules = [
            Block({name: one.get(name) for name in ("duration", "rrule", "start")})
            for one in schedule["recurrences"]
        ]
        plain["recurring_schedule"] = Block({"timezone": schedule.get("timezone"), "recurrence": rules})
    else:
        plain["one_time_schedule"] = Block({name: schedule.get(name) for name in ("start", "end")})
    return plain


def _role(item: Object) -> Blocks:
    lookup = "data.datadog_permissions.all.permissions"
    permissions = [Block({"id": Expression(f"{lookup}.{name}")}) for name in item.get("permissions") or []]
    return {"name": item["attributes"]["name"], "permission": permissions or None}


def _user(item: Object) -> Blocks:
    attributes = item["attributes"]
    roles = ((item.get("relationships") or {}).get("roles") or {}).get("data") or []
    return {
        "email": attributes["email"],
        "name": attributes.get("name") or None,
        "disabled": attributes.get("disabled") or None,
        "roles": [one["id"] for one in roles] or None,
    }


def _restriction_query(item: Object) -> Blocks:
    return {
        "restriction_query": item["attributes"]["restriction_query"],
        "role_ids": item.get("roles") or None,
    }


def _team(item: Object) -> Blocks:
    attributes = item["attributes"]
    return {name: attributes.get(name) or "" for name in ("name", "handle", "description")}


def _metadata(item: Object) -> Blocks:
    return {"metric": item["metric"], **create_body("metrics_metadata", item)}


def _tag_configuration(item: Object) -> Blocks:
    attributes = create_body("metric_tag_configurations", item)["data"]["attributes"]
    aggregations = [Block(dict(one)) for one in attributes.pop("aggregations", [])]
    return {"metric_name": item["id"], **attributes, "aggregations": aggregations or None}


def _logs_metric(item: Object) -> Blocks:
    attributes = item["attributes"]
    groups = [Block(dict(one)) for one in attributes.get("group_by") or []]
    return {
        "name": item["id"],
        "compute": Block(dict(attributes.get("compute") or {})),
        "filter": Block({"query": (attributes.get("filter") or {}).get("query", "*")}),
        "group_by": groups or None,
    }


def _logs_index(item: Object) -> Blocks:
    filters = [
        Block({
            "name": one["name"],
            "is_enabled": one.get("is_enabled", True),
            "filter": Block({"query": one["filter"]["query"], "sample_rate": one["filter"]["sample_rate"]}),
        })
        for one in item.get("exclusion_filters") or []
    ]  # fmt: skip
    return {
        "name": item["name"],
        "filter": Block({"query": item["filter"]["query"]}),
        "retention_days": item.get("num_retention_days"),
        "daily_limit": item.get("daily_limit"),
        "exclusion_filter": filters or None,
    }


def _definition(item: Object) -> Blocks:
    return {"service_definition": _json(item["attributes"]["schema"])}


_WRITERS: dict[str, tuple[str, Callable[[Object], Blocks]]] = {
    "roles": ("datadog_role", _role),
    "logs_restriction_queries": ("datadog_logs_restriction_query", _restriction_query),
    "users": ("datadog_user", _user),
    "teams": ("datadog_team", _team),
    "service_definitions": ("datadog_service_definition_yaml", _definition),
    "metrics_metadata": ("datadog_metric_metadata", _metadata),
    "metric_tag_configurations": ("datadog_metric_tag_configuration", _tag_configuration),
    "logs_indexes": ("datadog_logs_index", _logs_index),
    "logs_metrics": ("datadog_logs_metric", _logs_metric),
    "monitors": ("datadog_monitor_json", _monitor),
    "service_level_objectives": ("datadog_service_level_objective", _slo),
    "downtime_schedules": ("datadog_downtime_schedule", _downtime),
    "dashboards": ("datadog_dashboard_json", _dashboard),
    "dashboard_lists": ("datadog_dashboard_list", _dashboard_list),
}

PERMISSIONS = 'data "datadog_permissions" "all" {}\n'
"""Required if roles are written."""
