"""References to other resources inside a resource: found, and replaced by the ids of their copies here.

Both use one traversal: :func:`rewrite` calls ``resolve`` for each id; :func:`references` records the calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heeler.importers.kinds import RESTRICTED

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """``required``: without it the resource cannot be created. ``link``: it is only a link in a text."""

    kind: str
    id: str
    required: bool = False
    link: bool = False


Resolve = Callable[[Reference], str | None]
"""Returns the id here, or None if it is not known (yet)."""

_MONITORS, _SLOS, _DASHBOARDS = "monitors", "service_level_objectives", "dashboards"

_COMPOSITE_ID = re.compile(r"\b\d+\b")
_SLO_IN_QUERY = re.compile(r"((?:error_budget|burn_rate)\(\s*[\"'])([^\"']+)([\"'])")
_LINKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (_DASHBOARDS, re.compile(r"(/dash(?:board)?/)([a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3})(?![\w-])")),
    (_MONITORS, re.compile(r"(/monitors?[/#])(\d+)\b")),
    (_SLOS, re.compile(r"([?&]slo_id=)([0-9a-f]{32})(?![0-9a-f])")),
    (_SLOS, re.compile(r"(/slo/)([0-9a-f]{32})(?![0-9a-f])")),
    ("notebooks", re.compile(r"(/notebook/)(\d+)\b")),
)
#: Keys of widgets and cells whose value is an id.
_KEYS = {"alert_id": _MONITORS, "slo_id": _SLOS, "powerpack_id": "powerpacks"}
_MAX_DEPTH = 60


def references(kind: str, body: Object) -> list[Reference]:
    """All references in ``body``, in order, deduplicated."""
    found: dict[Reference, None] = {}

    def record(reference: Reference) -> None:
        found[reference] = None

    rewrite(kind, body, record)
    return list(found)


def rewrite(kind: str, body: Object, resolve: Resolve) -> Object:
    """Copy of ``body`` with ids replaced. Unknown ids are retained in texts and widgets, and removed from
    lists that must name existing objects (roles, members, dashboards of a list).
    """
    changed = _walk(body, resolve, 0)
    special = _SPECIAL.get(kind)
    if special is not None:
        special(changed, resolve)
    return dict(changed)


def _walk(value: Any, resolve: Resolve, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise ValueError(f"The resource is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, str):
        return _texts(value, resolve)
    if isinstance(value, list):
        return [_walk(item, resolve, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: _value(key, item, resolve, depth + 1) for key, item in value.items()}
    return value


def _value(key: str, value: Any, resolve: Resolve, depth: int) -> Any:
    kind = _KEYS.get(key)
    if kind is not None and isinstance(value, str | int) and not isinstance(value, bool) and value:
        given = resolve(Reference(kind, str(value)))
        if given is None:
            return value
        return int(given) if isinstance(value, int) and given.isdigit() else given
    return _walk(value, resolve, depth)


def _texts(text: str, resolve: Resolve) -> str:
    if "/" not in text and "slo_id=" not in text:
        return text
    for kind, pattern in _LINKS:
        text = pattern.sub(lambda match, kind=kind: _link(match, kind, resolve), text)  # type: ignore[misc]
    return text


def _link(match: re.Match[str], kind: str, resolve: Resolve) -> str:
    given = resolve(Reference(kind, match[2], link=True))
    return match[0] if given is None else f"{match[1]}{given}"


def _monitor(body: Object, resolve: Resolve) -> None:
    query = str(body.get("query") or "")
    if body.get("type") == "composite":
        body["query"] = _COMPOSITE_ID.sub(lambda match: _required(_MONITORS, match[0], resolve), query)
    elif body.get("type") == "slo alert":
        body["query"] = _SLO_IN_QUERY.sub(
            lambda match: f"{match[1]}{_required(_SLOS, match[2], resolve)}{match[3]}", query
        )
    _role_list(body, resolve)


def _required(kind: str, id_: str, resolve: Resolve) -> str:
    return resolve(Reference(kind, id_, required=True)) or id_


def _role_list(body: Object, resolve: Resolve) -> None:
    if isinstance(body.get("restricted_roles"), list):
        body["restricted_roles"] = _known(body["restricted_roles"], "roles", resolve)


def _known(ids: list[Any], kind: str, resolve: Resolve) -> list[str]:
    return [given for one in ids if (given := resolve(Reference(kind, str(one)))) is not None]


def _slo(body: Object, resolve: Resolve) -> None:
    if isinstance(body.get("monitor_ids"), list):
        body["monitor_ids"] = [int(_required(_MONITORS, str(one), resolve)) for one in body["monitor_ids"]]


def _downtime(body: Object, resolve: Resolve) -> None:
    identifier = (body.get("attributes") or {}).get("monitor_identifier")
    if isinstance(identifier, dict) and identifier.get("monitor_id"):
        identifier["monitor_id"] = int(_required(_MONITORS, str(identifier["monitor_id"]), resolve))


def _correction(body: Object, resolve: Resolve) -> None:
    attributes = body.get("attributes") or {}
    # `_walk` has replaced it if known; a required one must be reported here.
    if attributes.get("slo_id"):
        attributes["slo_id"] = _required(_SLOS, str(attributes["slo_id"]), resolve)


def _dashboard_list(body: Object, resolve: Resolve) -> None:
    """Retain only custom dashboards; presets have ids of the other installation."""
    body["dashboards"] = [
        {**item, "id": given}
        for item in body.get("dashboards") or []
        if str(item.get("type", "")).startswith("custom")
        and (given := resolve(Reference(_DASHBOARDS, str(item["id"])))) is not None
    ]


def _user(body: Object, resolve: Resolve) -> None:
    roles = ((body.get("relationships") or {}).get("roles") or {}).get("data")
    if isinstance(roles, list):
        ids = _known([item["id"] for item in roles], "roles", resolve)
        body["relationships"] = {"roles": {"data": [{"id": one, "type": "roles"} for one in ids]}}


def _team(body: Object, resolve: Resolve) -> None:
    body["memberships"] = [
        {**item, "user": given}
        for item in body.get("memberships") or []
        if (given := resolve(Reference("users", str(item["user"])))) is not None
    ]


def _restriction_query(body: Object, resolve: Resolve) -> None:
    given = ((body.pop("relationships", None) or {}).get("roles") or {}).get("data") or []
    body["roles"] = _known(body.get("roles") or [item["id"] for item in given], "roles", resolve)


def _mapping(body: Object, resolve: Resolve) -> None:
    related = body.get("relationships") or {}
    for name, kind in (("role", "roles"), ("team", "teams")):
        data = (related.get(name) or {}).get("data")
        if isinstance(data, dict) and data.get("id"):
            data["id"] = _required(kind, str(data["id"]), resolve)


def _pipelines_order(body: Object, resolve: Resolve) -> None:
    body["pipeline_ids"] = _known(body.get("pipeline_ids") or [], "logs_pipelines", resolve)


def _indexes_order(body: Object, resolve: Resolve) -> None:
    body["index_names"] = _known(body.get("index_names") or [], "logs_indexes", resolve)


#: Types of principals of a restriction policy that have an id of their own here.
_PRINCIPALS = {"user": "users", "role": "roles", "team": "teams"}


def _policy(body: Object, resolve: Resolve) -> None:
    type_, _, identity = str(body.get("id", "")).partition(":")
    if type_ in RESTRICTED:
        body["id"] = f"{type_}:{_required(RESTRICTED[type_], identity, resolve)}"
    for binding in (body.get("attributes") or {}).get("bindings") or []:
        binding["principals"] = [
            one for name in binding.get("principals") or [] if (one := _principal(str(name), resolve))
        ]


def _principal(name: str, resolve: Resolve) -> str | None:
    type_, _, identity = name.partition(":")
    if type_ not in _PRINCIPALS:
        return name  # the organization, replaced when it is sent
    given = resolve(Reference(_PRINCIPALS[type_], identity))
    return None if given is None else f"{type_}:{given}"


_SPECIAL: dict[str, Callable[[Object, Resolve], None]] = {
    "monitors": _monitor,
    "service_level_objectives": _slo,
    "slo_corrections": _correction,
    "downtime_schedules": _downtime,
    "dashboards": _role_list,
    "dashboard_lists": _dashboard_list,
    "users": _user,
    "logs_restriction_queries": _restriction_query,
    "teams": _team,
    "authn_mappings": _mapping,
    "logs_pipelines_order": _pipelines_order,
    "logs_indexes_order": _indexes_order,
    "restriction_policies": _policy,
}
