"""Data sources of the explorers: logs, spans and events, with their default facets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from heeler.apm.search import SPANS
from heeler.events.search import EVENTS
from heeler.logs.search import LOGS
from heeler.query.search.field_sql import Table
from heeler.store import attributes as log_attributes
from heeler.store import span_rows
from heeler.wire.logs.id_forms import ID_PATHS, NO_FORM


@dataclass(frozen=True, slots=True)
class Explorable:
    """A data source of the explorer.

    ``attribute_keys`` and ``tags``: SQL of a row's attribute paths and ``key:value`` tags, as arrays of
    strings. ``text``: SQL of the text for patterns. ``order``: columns that order rows by time, newest first.
    """

    name: str
    table: Table
    facets: tuple[str, ...]
    attribute_keys: str
    tags: str
    text: str
    order: str
    status: str = "status"
    views: str = ""
    """Source whose saved views it shares; its own if empty."""


def _present(columns: Mapping[str, str]) -> str:
    """SQL of the paths whose columns are not empty."""
    pairs = ", ".join(f"('{path}', toString({column}) NOT IN ('', '0'))" for path, column in columns.items())
    return f"arrayMap(p -> p.1, arrayFilter(p -> p.2, [{pairs}]))"


#: Paths of ids that are stored as forms.
_IDS = (
    f"arrayFilter((_, form) -> form NOT IN ('', '{NO_FORM}'), {list(ID_PATHS)}, "
    "[substring(ids, 1, 1), substring(ids, 2, 1)])"
)
_SPANS = Explorable(
    "spans",
    SPANS,
    ("service", "operation_name", "resource_name", "status", "env", "type", "host", "@http.status_code",
     "@http.method", "@span.kind", "@error.type", "version"),
    f"arrayConcat(mapKeys(meta), mapKeys(metrics), {_present(span_rows.PROMOTED)})",
    "tags",
    "resource",
    "start DESC, span_id DESC",
)  # fmt: skip


def _spans(name: str, condition: str) -> Explorable:
    """Subset of spans that meet a condition."""
    table = replace(SPANS, searchable=f"{SPANS.searchable} AND {condition}")
    return replace(_SPANS, name=name, table=table, views="spans")


EXPLORABLE: Mapping[str, Explorable] = {
    "logs": Explorable(
        "logs",
        LOGS,
        ("source", "host", "service", "status", "env", "@http.status_code", "@http.method", "@error.kind",
         "@logger.name", "index"),
        f"arrayConcat(mapKeys(attributes), {_present(log_attributes.PROMOTED)}, {_IDS})",
        "tags",
        "message",
        "time DESC, seq DESC",
    ),
    "spans": _SPANS,
    "spans-entry": _spans("spans-entry", "top_level"),
    "spans-root": _spans("spans-root", "parent_id = 0"),
    "events": Explorable(
        "events",
        EVENTS,
        ("source", "status", "priority", "host", "env", "service"),
        "JSONExtractKeys(attributes)",
        "tags",
        "concat(title, ' ', text)",
        "time DESC, id DESC",
    ),
}  # fmt: skip
