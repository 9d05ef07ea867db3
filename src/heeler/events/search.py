"""Search schema of events: the fields that the search language can query."""

from __future__ import annotations

from dataclasses import dataclass

from heeler.query.search.ast import Pattern
from heeler.query.search.attributes import APART, Json, values_of_json
from heeler.query.search.field_sql import AnyTag, Column, Parameters, Source, Table, Tag

#: Attributes stored in columns.
_COLUMNS = {
    "title": "title",
    "evt.name": "title",
    "message": "text",
    "hostname": "host",
    "aggregation_key": "aggregation_key",
    "evt.id": "toString(id)",
    "evt.uid": "toString(id)",
    "evt.integration_id": "source",
    "source_type_name": "source",
    "sourcecategory": "source",
    "status": "alert_type",
    "priority": "priority",
}


@dataclass(frozen=True)
class Priority(Column):
    """Field ``priority``; ``all``, as written by older monitors, matches any."""

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return "1" if (pattern.literal or "").lower() == "all" else super().matches(pattern, to)


_STATUS = Column("alert_type", lower=True, words={"ok": "success", "warn": "warning"})


def _attribute(path: str) -> Source:
    column = _COLUMNS.get(path.lower())
    if column == "alert_type":
        return _STATUS
    return Column(column) if column else Json("attributes", path)


EVENTS = Table(
    name="events FINAL",
    data="events",
    time="toUnixTimestamp(time)",
    reserved={
        "source": Column("source"),
        "sources": Column("source"),
        "status": _STATUS,
        "alert_type": _STATUS,
        "priority": Priority("priority", lower=True),
        "host": Column("host"),
        "title": Column("title"),
        "message": Column("text"),
        "aggregation_key": Column("aggregation_key"),
        "event_id": Column("toString(id)"),
        "tags": AnyTag("tags"),
    },
    tag=lambda key: Tag("tags", key),
    attribute=_attribute,
    message=("title", "text"),
    everywhere=(
        "title",
        "text",
        values_of_json("attributes"),
        f"arrayStringConcat([host, source, alert_type, arrayStringConcat(tags, {APART})], {APART})",
    ),
    time_literal="toDateTime(toUInt32(least(greatest(ceil({0}), 0), 4294967295)))",
)
