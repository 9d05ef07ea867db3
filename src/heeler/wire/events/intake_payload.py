"""``POST /intake/`` and ``POST /api/v1/metadata``: host metadata and events of Agents.

One path receives several kinds of document, which are distinguished by their keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from heeler.wire import normalize
from heeler.wire.body_limits import (
    MAX_EVENT_TEXT,
    MAX_EVENT_TITLE,
    MAX_FIELD,
    MAX_HOST,
    MAX_INTAKE_CONTAINERS,
    MAX_ITEMS,
    MAX_KINDS,
    MAX_METADATA_CONTAINERS,
    MAX_TAGS,
    bounded,
    check_containers,
    check_count,
    text,
)
from heeler.wire.json_codec import load_object
from heeler.wire.metrics.batch import Problems, seconds
from heeler.wire.metrics.series import ItemError, short

#: Keys of the v5 host metadata; ``gohai`` occurs only with it.
_V5_KEYS = frozenset({"gohai", "systemStats", "meta", "host-tags"})
_SECRETS = ("apiKey", "api_key")


class HostTags(NamedTuple):
    """All tags of ``host`` from ``source``; they replace its earlier ones."""

    host: str
    source: str
    tags: tuple[str, ...]


class HostMetadata(NamedTuple):
    """Metadata of ``host``: ``kind`` is ``v5`` or the inventory's key (``agent_metadata``, ...)."""

    host: str
    kind: str
    payload: dict[str, Any]


class Event(NamedTuple):
    """One event. ``time`` is UNIX seconds."""

    time: int
    title: str
    text: str
    host: str = ""
    source: str = ""
    alert_type: str = "info"
    priority: str = "normal"
    aggregation_key: str = ""
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class HostIntake:
    """Content of one document."""

    host: str = ""
    events: list[Event] = field(default_factory=list)
    host_tags: list[HostTags] = field(default_factory=list)
    metadata: list[HostMetadata] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)


def decode_intake(body: bytes, now: int) -> HostIntake:
    """As :func:`read_intake`, of a body. Raises ``PayloadError`` or ``LimitExceeded``."""
    return read_intake(load_object(body, MAX_INTAKE_CONTAINERS), now)


def decode_inventory(body: bytes) -> HostIntake:
    """As :func:`read_inventory`, of a body. Raises ``PayloadError`` or ``LimitExceeded``."""
    return read_inventory(load_object(body, MAX_INTAKE_CONTAINERS))


def read_intake(document: dict[str, Any], now: int) -> HostIntake:
    """Decode a document of ``/intake/``: events, host metadata with tags, tags of other hosts, check
    states.
    """
    found = HostIntake(host=text(document.get("internalHostname"), MAX_HOST))
    if isinstance(document.get("events"), dict):
        _read_events(document["events"], found, now)
    if isinstance(document.get("external_host_tags"), list):
        for pair in bounded(document["external_host_tags"], MAX_ITEMS, "hosts with tags"):
            _read_external_tags(pair, found)
    if found.host and _V5_KEYS & document.keys():
        _read_v5(document, found)
    if found.host and isinstance(document.get("agent_checks"), list):
        _add_metadata(found, "agent_checks", {"agent_checks": document["agent_checks"]})
    return found


def _read_v5(document: dict[str, Any], found: HostIntake) -> None:
    by_source = document.get("host-tags")
    if isinstance(by_source, dict):
        for source, tags in by_source.items():
            _add_tags(found, found.host, str(source), tags)
    payload = {key: value for key, value in document.items() if key not in _SECRETS and key != "events"}
    _add_metadata(found, "v5", payload)


def _add_metadata(found: HostIntake, kind: str, payload: dict[str, Any]) -> None:
    check_containers(payload, MAX_METADATA_CONTAINERS, "objects and lists of a host's metadata")
    found.metadata.append(HostMetadata(found.host, kind, payload))


def _read_external_tags(pair: Any, found: HostIntake) -> None:
    if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], dict)):
        found.problems.add(
            "bad_host_tags", f"external_host_tags: expected [host, {{source: tags}}], got {short(pair)}"
        )
        return
    for source, tags in pair[1].items():
        _add_tags(found, str(pair[0]), str(source), tags)


def _add_tags(found: HostIntake, host: str, source: str, tags: Any) -> None:
    try:
        found.host_tags.append(HostTags(host[:MAX_HOST], source[:MAX_FIELD], tags_of(tags)))
    except ItemError as error:
        found.problems.add("bad_host_tags", f"host-tags {source[:MAX_FIELD]}: {error}")


def tags_of(tags: Any) -> tuple[str, ...]:
    """Normalize tags given as a list or as comma-separated text. Raises :class:`ItemError`."""
    if isinstance(tags, str):
        tags = tags.split(",", MAX_TAGS)
    if not isinstance(tags, list | tuple | None):
        raise ItemError(f"tags: expected a list of strings, got {short(tags)}")
    if tags and len(tags) > MAX_TAGS:
        raise ItemError(f"tags: more than {MAX_TAGS} of them")
    return normalize.tag_set(str(one) for one in tags or () if one is not None)


def _read_events(by_source: dict[str, Any], found: HostIntake, now: int) -> None:
    count = 0
    for source, items in by_source.items():
        for index, item in enumerate(items if isinstance(items, list) else [items]):
            count += 1
            check_count(count, MAX_ITEMS, "events")
            try:
                found.events.append(read_event(item, str(source), now, found.host))
            except ItemError as error:
                found.problems.add("bad_event", f"events.{source[:MAX_FIELD]}[{index}]: {error}")


def read_event(item: Any, source: str, now: int, host: str = "") -> Event:
    """Decode an event of an Agent. Raises :class:`ItemError`."""
    if not isinstance(item, dict):
        raise ItemError(f"expected an object, got {short(item)}")
    title, body = text(item.get("msg_title"), MAX_EVENT_TITLE), text(item.get("msg_text"), MAX_EVENT_TEXT)
    if not title and not body:
        raise ItemError("msg_title or msg_text is required")
    stamp = item.get("timestamp")
    return Event(
        time=min(max(seconds(stamp), 0), 2**32 - 1) if stamp else now,
        title=title,
        text=body,
        host=text(item.get("host") or host, MAX_HOST),
        source=text(item.get("source_type_name") or source, MAX_FIELD),
        alert_type=text(item.get("alert_type") or "info", MAX_FIELD),
        priority=text(item.get("priority") or "normal", MAX_FIELD),
        aggregation_key=text(item.get("aggregation_key"), MAX_FIELD),
        tags=tags_of(item.get("tags")),
    )


def read_inventory(document: dict[str, Any]) -> HostIntake:
    """Decode a document of ``/api/v1/metadata``: one object for each kind of inventory."""
    found = HostIntake(host=text(document.get("hostname"), MAX_HOST))
    common: dict[str, Any] = {key: document[key] for key in ("timestamp", "uuid") if key in document}
    for kind, payload in bounded(document.items(), MAX_KINDS, "kinds of metadata"):
        if found.host and isinstance(payload, dict):
            _add_metadata(found, kind[:MAX_FIELD], {**common, **payload})
    return found
