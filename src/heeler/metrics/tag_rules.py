"""Tag rules applied by the intake: tag configurations and tag-indexing rules, resolved by metric name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select

from heeler.api.services import Services
from heeler.hosts.inventory import all_tags
from heeler.metrics.model import TagConfiguration, TagIndexingExemption, TagIndexingRule
from heeler.query.wildcards import wildcard
from heeler.store.self_metrics import telemetry
from heeler.wire.metrics.tag_reduction import Combine, Contributions, Reducer, TagRule

log = logging.getLogger("heeler.metrics")

RELOAD_SECONDS = 30.0
"""Another server or command may change rules; this process's own changes take effect at once."""
_CACHED_NAMES = 100_000


@dataclass(frozen=True, slots=True)
class PatternRule:
    """A tag-indexing rule. ``names`` and ``ignored`` are patterns with ``*``; an overriding rule replaces
    those before it.
    """

    id: str
    name: str
    names: tuple[str, ...]
    ignored: tuple[str, ...]
    rule: TagRule
    overrides: bool

    def matches(self, metric: str) -> bool:
        return _any(self.names, metric) and not _any(self.ignored, metric)


def _any(patterns: Sequence[str], metric: str) -> bool:
    return any(wildcard(one).fullmatch(metric) for one in patterns)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules. A metric's own configuration has precedence; without one, the first matching rule applies,
    unless a later one overrides it. Exempt metrics have no rule.
    """

    configured: Mapping[str, TagRule]
    patterns: tuple[PatternRule, ...]
    exempt: frozenset[str]

    def find(self, metric: str) -> TagRule | None:
        own = self.configured.get(metric)
        if own is not None:
            return own
        applied = self.applied(metric)
        return applied.rule if applied is not None else None

    def applied(self, metric: str) -> PatternRule | None:
        """The tag-indexing rule that applies to a metric without a configuration."""
        if metric in self.exempt:
            return None
        found: PatternRule | None = None
        for one in self.patterns:
            if (found is None or one.overrides) and one.matches(metric):
                found = one
        return found

    def __bool__(self) -> bool:
        return bool(self.configured or self.patterns)


def rule_of(attributes: Mapping[str, Any]) -> TagRule:
    """Rule of a configuration's attributes. Gauges are combined by the space aggregation of the first of its
    ``aggregations``.
    """
    exclude = bool(attributes.get("exclude_tags_mode"))
    aggregations = attributes.get("aggregations") or [{"space": "avg"}]
    space = str(aggregations[0].get("space", "avg"))
    combine = cast(Combine, space) if space in ("sum", "avg", "min", "max") else "avg"
    return TagRule(frozenset(attributes.get("tags") or ()), exclude, combine)


class TagRules:
    """Holder of the rules, as ``services.part(TagRules)``. ``reducer`` is None without rules."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._contributions = Contributions(int(services.now()))
        self._host_tags: dict[str, tuple[str, ...]] = {}
        self._reloading = asyncio.Lock()
        self.rules = RuleSet({}, (), frozenset())
        self.reducer: Reducer | None = None

    async def reload(self) -> None:
        """Reload the rules; changes apply to points received from then on."""
        async with self._reloading:
            found = await self._read()
            if found == self.rules:
                return
            self.rules = found
            await self._read_host_tags()
            self.reducer = Reducer(_cached(found), self._contributions, self._host_tags) if found else None

    async def _read(self) -> RuleSet:
        async with self._services.database.session() as db:
            configured = {
                one.name: rule_of(one.attributes) for one in await db.scalars(select(TagConfiguration))
            }
            ordered = select(TagIndexingRule).order_by(TagIndexingRule.rule_order)
            patterns = tuple(pattern_rule(one) for one in await db.scalars(ordered))
            exempt = frozenset(await db.scalars(select(TagIndexingExemption.metric)))
        # A configuration that stores every tag has no effect.
        configured = {name: rule for name, rule in configured.items() if rule.keys or not rule.exclude}
        return RuleSet(configured, patterns, exempt)

    async def _read_host_tags(self) -> None:
        if not self.rules:
            return
        found: dict[str, list[str]] = {}
        for host, _, tags in await all_tags(self._services.engine):
            found.setdefault(host, []).extend(tags)
        self._host_tags.clear()
        self._host_tags.update({host: tuple(tags) for host, tags in found.items()})

    async def follow(self) -> None:
        telemetry.gauge(
            "heeler.metrics.reduced_seconds_forgotten", lambda: float(self._contributions.forgotten_early)
        )
        while True:
            try:
                await self.reload()
                await self._read_host_tags()
            except Exception:
                log.exception("Tag configurations could not be read; the last ones stay in force")
                telemetry.count("heeler.metrics.tag_rules_failed")
            await asyncio.sleep(RELOAD_SECONDS)


def pattern_rule(row: TagIndexingRule) -> PatternRule:
    given = row.attributes
    options = ((given.get("options") or {}).get("data")) or {}
    return PatternRule(
        row.id,
        str(given["name"]),
        tuple(given["metric_name_matches"]),
        tuple(given.get("ignored_metric_name_matches") or ()),
        TagRule(frozenset(given.get("tags") or ()), bool(given.get("exclude_tags_mode"))),
        bool(options.get("override_previous_rules")),
    )


def _cached(rules: RuleSet) -> Any:
    known: dict[str, TagRule | None] = {}

    def find(metric: str) -> TagRule | None:
        if metric not in known:
            if len(known) >= _CACHED_NAMES:
                known.clear()
            known[metric] = rules.find(metric)
        return known[metric]

    return find


async def follow_tag_rules(services: Services) -> None:
    await services.part(TagRules).follow()
