"""Events as a searchable table: the fields of the search language that they have."""

from __future__ import annotations

from heeler.query.search.sources import AnyTag, Column, Json, Source, Table, Tag

#: Attributes that are columns.
_COLUMNS = {
    "title": "title",
    "evt.name": "title",
    "message": "text",
    "hostname": "host",
    "aggregation_key": "aggregation_key",
    "evt.id": "toString(id)",
    "source_type_name": "source",
    "sourcecategory": "source",
    "status": "alert_type",
    "priority": "priority",
}


def _attribute(path: str) -> Source:
    column = _COLUMNS.get(path.lower())
    return Column(column) if column else Json("attributes", path)


EVENTS = Table(
    name="events FINAL",
    time="toUnixTimestamp(time)",
    reserved={
        "source": Column("source"),
        "sources": Column("source"),
        "status": Column("alert_type", lower=True),
        "alert_type": Column("alert_type", lower=True),
        "priority": Column("priority", lower=True),
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
    everywhere=("title", "text", "attributes", "arrayStringConcat(tags, ' ')"),
    time_literal="toDateTime(toUInt32(least(greatest(ceil({0}), 0), 4294967295)))",
)
