"""Applies a request to a monitor: validates the given fields and sets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.api.errors import bad_request
from heeler.api.text_limits import MAX_MESSAGE, MAX_NAME, MAX_QUERY, bounded_tags, bounded_text
from heeler.monitors.model import Monitor
from heeler.monitors.options import refuse
from heeler.monitors.queries.parser import MonitorQuery
from heeler.monitors.validation import checked_options, checked_query, default_name
from heeler.notify.handles import check_handles

DRAFT_STATUSES = ("published", "draft")
MAX_ASSETS = 20
MAX_ROLES = 500
_NULLABLE = frozenset({"assets", "priority", "restricted_roles"})
_ASSET = ("category", "name", "url", "resource_type", "resource_key")


def given_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` without the nulls of fields that cannot be null, which count as absent."""
    return {name: value for name, value in data.items() if value is not None or name in _NULLABLE}


def apply_monitor(monitor: Monitor, data: Mapping[str, Any]) -> MonitorQuery:
    """Set the given fields on ``monitor``; absent ones are unchanged. Raises a 400 before any change."""
    data = given_fields(data)
    kind = str(data.get("type") or monitor.type or "")
    text = data.get("query", monitor.query)
    given = data.get("options", monitor.options)
    query = checked_query(kind, text, given)
    options = checked_options(given, query)
    priority = _priority(data.get("priority", monitor.priority))
    tags = bounded_tags("tags", data.get("tags", monitor.tags))
    name = _text(data, "name", MAX_NAME) or monitor.name or ""
    message = _text(data, "message", MAX_MESSAGE) if "message" in data else monitor.message or ""
    check_handles(message)
    draft = data.get("draft_status")
    draft = monitor.draft_status or "published" if draft in (None, "") else draft
    if draft not in DRAFT_STATUSES:
        raise refuse("draft_status", draft, f"use {' or '.join(DRAFT_STATUSES)}")
    links = data.get("assets", monitor.assets)
    assets = [] if links is None else _assets(links)
    roles = _roles(data.get("restricted_roles", monitor.restricted_roles))
    monitor.type, monitor.query, monitor.options = kind, str(text).strip(), options
    monitor.name, monitor.message = name or default_name(query), message
    monitor.tags, monitor.priority = list(tags), priority
    monitor.draft_status, monitor.assets = draft, assets
    monitor.restricted_roles = roles
    return query


def _text(data: Mapping[str, Any], name: str, most: int) -> str:
    """A text without spaces around it, empty for null. Raises a 400."""
    return "" if data.get(name) is None else bounded_text(name, data[name], most).strip()


def _roles(given: Any) -> list[str] | None:
    """Ids of the roles that may change a monitor; None for everyone with the permission. Raises a 400."""
    if given is None:
        return None
    if (
        not isinstance(given, list)
        or len(given) > MAX_ROLES
        or not all(isinstance(one, str) for one in given)
    ):
        raise refuse("restricted_roles", given, f"write a list of at most {MAX_ROLES} ids of roles, or null")
    return given


def _priority(given: Any) -> int | None:
    """Priority 1 to 5; 0 is none, for clients that cannot send null."""
    if given in (None, "", 0, "0"):
        return None
    if str(given) not in ("1", "2", "3", "4", "5"):
        raise bad_request("The value provided for parameter 'priority' is invalid: write 1 to 5")
    return int(given)


def _assets(given: Any) -> list[dict[str, Any]]:
    """Runbook links as stored. Raises a 400."""
    if not isinstance(given, list) or len(given) > MAX_ASSETS:
        raise refuse("assets", given, f"write a list of at most {MAX_ASSETS} runbooks")
    for item in given:
        if not isinstance(item, dict) or not item.get("name") or not item.get("url"):
            raise refuse("assets", item, "a runbook has a name and a url")
        if item.get("category", "runbook") != "runbook":
            raise refuse("assets", item, "the category of an asset is runbook")
        url = bounded_text("assets.url", item["url"], MAX_QUERY)
        if not url.startswith(("http://", "https://", "/")) or url.startswith("//"):
            raise refuse("assets", url, "the url of a runbook begins with https://, http:// or /")
        bounded_text("assets.name", item["name"], MAX_NAME)
    return [
        {"category": "runbook", **{name: item[name] for name in _ASSET if name in item}} for item in given
    ]
