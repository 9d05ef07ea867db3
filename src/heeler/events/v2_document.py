"""Validation of the documents that ``POST /api/v2/events`` takes: changes and alerts.

Source: the request models of https://docs.datadoghq.com/api/latest/events/ ; a field that they do not name is
refused, since it would not be stored where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

CATEGORIES = ("alert", "change")
STATUSES = ("error", "ok", "warn")
PRIORITIES = ("1", "2", "3", "4", "5")
_LINKS = ("dashboard", "documentation", "resource", "runbook")
_AUTHORS = ("api", "automation", "system", "user")
_CHANGED = ("configuration", "feature_flag")
MAX_TITLE, MAX_MESSAGE, MAX_HOST, MAX_KEY, MAX_TAGS = 500, 4_000, 255, 100, 100
_MAX_NAME, _MAX_LINKS, _MAX_LINK_TITLE, _MAX_URL, _MAX_RESOURCES = 128, 20, 300, 2_048, 100
_MAX_PROPERTIES, _MAX_DEPTH = 100, 10

Check = Callable[[Any, str], None]


class InvalidEvent(ValueError):
    """An invalid create request: the message names the path in the document."""


def checked(body: Any) -> Mapping[str, Any]:
    """The attributes of the event in a request's document. Raises :class:`InvalidEvent`."""
    data = _object(body, "$", "data")
    if data.get("type") not in (None, "event"):
        raise InvalidEvent('$.data.type: value must be one of: ["event"].')
    attributes = _object(data, "$.data", "attributes")
    _one_of(CATEGORIES)(attributes.get("category"), "$.data.attributes.category")
    _ATTRIBUTES(attributes, "$.data.attributes")
    details = _ALERT if attributes["category"] == "alert" else _CHANGE
    details(attributes.get("attributes"), "$.data.attributes.attributes")
    return attributes


def _object(parent: Any, place: str, key: str) -> Mapping[str, Any]:
    found = parent.get(key) if isinstance(parent, Mapping) else None
    if not isinstance(found, Mapping):
        raise InvalidEvent(f"{place}.{key}: an object is required.")
    return found


def _one_of(choices: Collection[str]) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or value not in choices:
            known = ", ".join(f'"{one}"' for one in choices)
            raise InvalidEvent(f"{place}: value must be one of: [{known}].")

    return check


def _text(most: int, least: int = 1) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or (least and not value.strip()):
            raise InvalidEvent(f"{place}: a {'non-empty ' if least else ''}string is required.")
        if len(value) > most:
            raise InvalidEvent(f"{place}: {len(value):,} characters: at most {most:,} are taken.")

    return check


def _list_of(check_item: Check, most: int, kind: str) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, list):
            raise InvalidEvent(f"{place}: a list of {kind} is required.")
        if len(value) > most:
            raise InvalidEvent(f"{place}: {len(value):,} items: at most {most} are taken.")
        for at, item in enumerate(value):
            check_item(item, f"{place}[{at}]")

    return check


def _fields(known: Mapping[str, Check], required: Collection[str]) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, Mapping):
            raise InvalidEvent(f"{place}: an object is required.")
        for name in required:
            if value.get(name) is None:
                known[name](None, f"{place}.{name}")
        for name, item in value.items():
            if name not in known:
                raise InvalidEvent(f"{place}: {name[:50]!r} is not known: there are {', '.join(known)}.")
            if item is not None:
                known[name](item, f"{place}.{name}")

    return check


def _free(value: Any, place: str) -> None:
    """Any object of at most 100 properties an object, and 10 levels."""
    if not isinstance(value, Mapping):
        raise InvalidEvent(f"{place}: an object is required.")
    _check_free(value, place, _MAX_DEPTH)


def _check_free(value: Any, place: str, levels: int) -> None:
    if not isinstance(value, Mapping | list):
        return
    if not levels:
        raise InvalidEvent(f"{place}: more than {_MAX_DEPTH} levels of objects.")
    if isinstance(value, Mapping) and len(value) > _MAX_PROPERTIES:
        raise InvalidEvent(f"{place}: {len(value):,} properties: at most {_MAX_PROPERTIES} are taken.")
    for item in value.values() if isinstance(value, Mapping) else value:
        _check_free(item, place, levels - 1)


def _any(value: Any, place: str) -> None:
    """Checked elsewhere."""


_ATTRIBUTES = _fields(
    {
        "aggregation_key": _text(MAX_KEY),
        "attributes": _any,
        "category": _one_of(CATEGORIES),
        "host": _text(MAX_HOST),
        "integration_id": _one_of(("custom-events",)),
        "message": _text(MAX_MESSAGE, 0),
        "tags": _list_of(_text(200), MAX_TAGS, "strings"),
        "timestamp": _any,
        "title": _text(MAX_TITLE),
    },
    ("title", "attributes"),
)
_NAME = _text(_MAX_NAME)
_ALERT = _fields(
    {
        "custom": _free,
        "links": _list_of(
            _fields(
                {"category": _one_of(_LINKS), "title": _text(_MAX_LINK_TITLE), "url": _text(_MAX_URL)},
                ("category", "url"),
            ),
            _MAX_LINKS,
            "objects",
        ),
        "priority": _one_of(PRIORITIES),
        "status": _one_of(STATUSES),
    },
    ("status",),
)
_CHANGE = _fields(
    {
        "author": _fields({"name": _NAME, "type": _one_of(_AUTHORS)}, ("name", "type")),
        "change_metadata": _free,
        "changed_resource": _fields({"name": _NAME, "type": _one_of(_CHANGED)}, ("name", "type")),
        "impacted_resources": _list_of(
            _fields({"name": _NAME, "type": _one_of(("service",))}, ("name", "type")),
            _MAX_RESOURCES,
            "objects",
        ),
        "new_value": _free,
        "prev_value": _free,
    },
    ("changed_resource",),
)
