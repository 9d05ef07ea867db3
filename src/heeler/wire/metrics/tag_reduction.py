"""Tag reduction of arriving points: drops tags by rule, so that fewer series and points are stored.

A rule names the tag keys of a metric that are stored (or those that are not). Points of series that differ
only in other tags become points of one series: within the same second they are added (counts and rates),
averaged (gauges), or combined as the rule defines. Points received within the last 15 minutes are remembered
by series, so that a body that is sent again replaces its earlier contribution, and each commit writes the
current value of the second. Points for seconds that are no longer remembered (older ones, and those before
the start) are stored with all their tags: nothing is lost.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from heeler.wire.metrics.series import SeriesInfo, series_id

REMEMBERED_SECONDS = 900
MAX_CONTRIBUTIONS = 1_000_000

Combine = Literal["sum", "avg", "min", "max"]


@dataclass(frozen=True, slots=True)
class TagRule:
    """A rule. ``keys`` are stored, or with ``exclude`` not stored. ``combine`` is for gauges; counts and
    rates are added.

    ``host`` is a key like others.
    """

    keys: frozenset[str]
    exclude: bool = False
    combine: Combine = "avg"

    def stores(self, key: str) -> bool:
        return (key in self.keys) is not self.exclude


FindRule = Callable[[str], TagRule | None]
"""Returns the rule of a metric by its name."""


class Group:
    """Value of one second of one stored series, by contributing series."""

    __slots__ = ("combine", "sum", "values")

    def __init__(self, combine: Combine) -> None:
        self.combine = combine
        self.sum = 0.0
        self.values: dict[int, float] = {}

    def put(self, series: int, value: float) -> bool:
        """Set a contribution; returns whether the series is new here."""
        before = self.values.get(series)
        self.values[series] = value
        if before is None:
            self.sum += value
            return True
        if before != value:
            self.sum = sum(self.values.values())
        return False

    def total(self) -> float:
        if self.combine == "sum":
            return self.sum
        if self.combine == "avg":
            return self.sum / len(self.values)
        values = list(self.values.values())
        return min(values) if self.combine == "min" else max(values)


class Contributions:
    """Groups of the last :data:`REMEMBERED_SECONDS`. Thread-safe."""

    def __init__(self, started: int, most: int = MAX_CONTRIBUTIONS) -> None:
        self.lock = threading.Lock()
        self.forgotten_early = 0
        """Number of seconds evicted early for lack of room."""
        self._floor = started
        self._most = most
        self._count = 0
        self._newest = started
        self._by_time: dict[int, dict[int, Group]] = {}

    def put(self, target: int, series: int, time: int, value: float, combine: Combine) -> Group | None:
        """The group of ``time``; None if it is no longer stored. The caller holds :attr:`lock`."""
        if time < self._floor:
            return None
        at = self._by_time.get(time)
        if at is None:
            at = self._by_time[time] = {}
            self._forget(time)
        group = at.get(target)
        if group is None:
            group = at[target] = Group(combine)
        self._count += group.put(series, value)
        return group

    def _forget(self, time: int) -> None:
        self._newest = max(self._newest, time)
        oldest = self._newest - REMEMBERED_SECONDS
        for known in sorted(self._by_time):
            if known >= oldest and self._count < self._most:
                return
            if known == time:
                continue
            self.forgotten_early += known >= oldest
            self._count -= sum(len(group.values) for group in self._by_time.pop(known).values())
            self._floor = max(self._floor, known + 1)


@dataclass(slots=True)
class Reducer:
    """Compiled rules. A change of rules creates a new reducer with the same contributions."""

    find: FindRule
    contributions: Contributions
    host_tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tags of hosts: stored ones are kept even if the host tag is dropped."""
    received: Counter[str] = field(default_factory=Counter)
    """Number of received series by metric, before reduction."""

    def reduced(self, info: SeriesInfo) -> SeriesInfo | None:
        """``info`` with the stored tags, possibly all of them; None without a rule."""
        rule = self.find(info.metric)
        if rule is None:
            return None
        tags = {tag for tag in info.tags if rule.stores(tag.partition(":")[0])}
        host = info.host if rule.stores("host") else ""
        if info.host and not host:
            known = self.host_tags.get(info.host, ())
            tags.update(tag for tag in known if rule.stores(tag.partition(":")[0]))
        kept = tuple(sorted(tags))
        return info._replace(id=series_id(info.metric, host, kept), host=host, tags=kept)

    def combine(self, info: SeriesInfo) -> Combine:
        rule = self.find(info.metric)
        return "sum" if rule is None or info.type in ("count", "rate") else rule.combine
