"""Span-based metrics: counts and distributions of all ingested spans, whether they are retained or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.api.services import Services
from heeler.apm.span_reader import READER, SpanRecord, Test, Values, compile_span_search
from heeler.metrics.tag_rules import TagRules
from heeler.query.search.ast import Field
from heeler.query.search.parser import SearchError
from heeler.query.search.predicates import as_number, as_text
from heeler.store.generated_metrics import DerivedMetrics
from heeler.wire.normalize import metric_name

KINDS = ("count", "distribution")
MAX_GROUPS = 10


class RuleError(ValueError):
    """An invalid rule; the message names the field."""


@dataclass(frozen=True, slots=True)
class SpanMetricRule:
    """A compiled rule. ``measure`` reads the values of a distribution; None for a count. ``groups``: tag
    names and the readers of their values.
    """

    name: str
    test: Test
    measure: Values | None
    groups: Sequence[tuple[str, Values]]


def check_name(name: Any) -> str:
    """Validate the name of a metric. Raises :class:`RuleError`."""
    if not isinstance(name, str) or not name or metric_name(name) != name or len(name) > 200:
        raise RuleError("Invalid id: expected the name of a metric: letters, digits, '_' and '.'.")
    return name


def checked(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Validate the attributes of a rule and add defaults. Raises :class:`RuleError`."""
    compute = attributes.get("compute")
    if not isinstance(compute, Mapping) or compute.get("aggregation_type") not in KINDS:
        raise RuleError(
            f"Invalid compute. Expected an object with an aggregation_type of {' or '.join(KINDS)}."
        )
    kind = compute["aggregation_type"]
    found: dict[str, Any] = {"aggregation_type": kind}
    if kind == "distribution":
        found["path"] = _path("compute.path", compute.get("path"))
        found["include_percentiles"] = _flag(compute.get("include_percentiles", False))
    elif compute.get("path") not in (None, "") or compute.get("include_percentiles") not in (None, False):
        raise RuleError("Invalid compute: a count takes neither path nor include_percentiles.")
    elif compute.get("include_percentiles") is not None:
        found["include_percentiles"] = False
    where = attributes.get("filter")
    where = {"query": "*"} if where is None else where
    if not isinstance(where, Mapping):
        raise RuleError("Invalid filter. Expected an object with a query.")
    return {
        "compute": found,
        "filter": {"query": search_text(where.get("query", "*"))},
        "group_by": _groups(attributes.get("group_by")),
    }


def _groups(given: Any) -> list[dict[str, str]]:
    groups = [] if given is None else given
    if not isinstance(groups, list) or not all(isinstance(one, Mapping) for one in groups):
        raise RuleError("Invalid group_by. Expected a list of objects with a path.")
    if len(groups) > MAX_GROUPS:
        raise RuleError(f"{len(groups)} groups: expected at most {MAX_GROUPS}.")
    found = []
    for one in groups:
        path = _path("group_by.path", one.get("path"))
        name = one.get("tag_name") or path.removeprefix("@")
        found.append({"path": path, "tag_name": _path("group_by.tag_name", name)})
    return found


def search_text(given: Any) -> str:
    """Validate a search query. Raises :class:`RuleError`."""
    if not isinstance(given, str):
        raise RuleError("Invalid filter.query. Expected a text.")
    try:
        compile_span_search(given)
    except SearchError as error:
        raise RuleError(f"Invalid filter.query: {error}") from error
    return given


def _path(name: str, given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= 200:
        raise RuleError(f"Invalid {name}. Expected a text of 1 to 200 characters.")
    return given


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise RuleError("Invalid compute.include_percentiles. Expected true or false.")
    return given


def compile_rule(name: str, attributes: Mapping[str, Any]) -> SpanMetricRule:
    """Compile a rule from attributes returned by :func:`checked`."""
    path = attributes["compute"].get("path")
    return SpanMetricRule(
        name,
        compile_span_search(attributes["filter"]["query"]),
        _reader(path) if path else None,
        [(one["tag_name"], _reader(one["path"])) for one in attributes["group_by"]],
    )


def _reader(path: str) -> Values:
    name = path.removeprefix("@")
    attribute = path.startswith("@") and name != "duration"
    return READER.values_of(Field(name, attribute))


class SpanMetrics(DerivedMetrics):
    """Collects points of span-based metrics until they are flushed. Thread-safe."""

    def __init__(self, services: Services) -> None:
        rules = services.part(TagRules)
        super().__init__(services.writer, services.now, "spans", lambda: rules.reducer)

    def add(self, points: Sequence[Point]) -> None:
        for one in points:
            self.collect(one.name, one.tags, one.time, one.number)


@dataclass(frozen=True, slots=True)
class Point:
    """Point of one rule for one span. ``time`` is the span's end in UNIX seconds."""

    name: str
    tags: tuple[str, ...]
    time: float
    number: float | None


def points_of(rules: Sequence[SpanMetricRule], record: SpanRecord) -> list[Point]:
    """Points of the rules for a span; durations are nanoseconds."""
    return [one for rule in rules if rule.test(record) and (one := _point(rule, record)) is not None]


def _point(rule: SpanMetricRule, record: SpanRecord) -> Point | None:
    number = None
    if rule.measure is not None:
        numbers = (as_number(value) for value in rule.measure(record))
        number = next((one for one in numbers if one is not None), None)
        if number is None:
            return None
    tags = {
        f"{name}:{text}"
        for name, values in rule.groups
        for value in values(record)
        if (text := as_text(value))
    }
    return Point(rule.name, tuple(sorted(tags)), record.span.end / 1e9, number)


async def flush_forever(services: Services) -> None:
    """Write span-based metrics every ten seconds until canceled."""
    await services.part(SpanMetrics).flush_forever()
