"""Log-based metrics: counts and distributions of all ingested logs, including those that no index stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.api.services import Services
from heeler.logs.indexes import compile_filter
from heeler.logs.matcher import Test, values_of
from heeler.logs.pipelines.document import DocumentError, flag, list_in, object_in, text_of
from heeler.metrics.tag_rules import TagRules
from heeler.query.search.ast import Field
from heeler.query.search.predicates import as_number
from heeler.store.generated_metrics import DerivedMetrics
from heeler.wire.logs.datadog import LogEntry


@dataclass(frozen=True, slots=True)
class LogMetricRule:
    name: str
    test: Test
    measure: Field | None
    """Field of a distribution; none for a count."""
    groups: Sequence[tuple[str, Field]]


def compile_metric(name: str, document: Mapping[str, Any]) -> LogMetricRule:
    """Compile a log-based metric from its document. Raises :class:`DocumentError`."""
    compute = document.get("compute")
    if not isinstance(compute, Mapping):
        raise DocumentError("Invalid metric: 'compute' with an 'aggregation_type' is required.")
    kind = text_of(compute, "aggregation_type")
    if kind not in ("count", "distribution"):
        raise DocumentError("Invalid metric: 'aggregation_type' must be count or distribution.")
    flag(compute, "include_percentiles")
    path = text_of(compute, "path") if kind == "distribution" else ""
    where = object_in(document, "filter")
    groups = []
    for one in list_in(document, "group_by"):
        if not isinstance(one, Mapping):
            raise DocumentError("Invalid metric: 'group_by' must be a list of objects with a 'path'.")
        group = text_of(one, "path")
        groups.append((text_of(one, "tag_name", group.removeprefix("@")), _field(group)))
    return LogMetricRule(name, compile_filter(where), _field(path) if path else None, groups)


def _field(path: str) -> Field:
    return Field(path.removeprefix("@"), path.startswith("@"))


class LogMetrics(DerivedMetrics):
    """Collects points of log-based metrics until they are flushed. Thread-safe."""

    def __init__(self, services: Services) -> None:
        rules = services.part(TagRules)
        super().__init__(services.writer, services.now, "logs", lambda: rules.reducer)

    def add(self, rules: Sequence[LogMetricRule], entries: Sequence[LogEntry]) -> None:
        for rule in rules:
            for entry in entries:
                if rule.test(entry):
                    self._add(rule, entry)

    def _add(self, rule: LogMetricRule, entry: LogEntry) -> None:
        number = None
        if rule.measure is not None:
            numbers = (as_number(value) for value in values_of(rule.measure)(entry))
            number = next((one for one in numbers if one is not None), None)
            if number is None:
                return
        tags = tuple(sorted(tag for name, group in rule.groups for tag in _tags(name, group, entry)))
        self.collect(rule.name, tags, entry.time // 10**9, number)


def _tags(name: str, group: Field, entry: LogEntry) -> list[str]:
    values = (value for value in values_of(group)(entry) if not isinstance(value, dict | list))
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    return [f"{name}:{text}" for text in texts if text]


async def flush_forever(services: Services) -> None:
    """Write log-based metrics every ten seconds until canceled."""
    await services.part(LogMetrics).flush_forever()
