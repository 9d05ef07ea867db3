"""Result of a metrics query: a matrix of values with labeled rows (groups) and columns (times)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Times = NDArray[np.int64]
#: Aggregates over runs of buckets: takes the first bucket of each run and the one after its last (int64 [k],
#: both ascending) and returns float64 [g, k], NaN for empty runs.
Merge = Callable[[Times, Times], Values]


@dataclass(frozen=True, slots=True)
class Group:
    """A row of a frame: its group-by tags, and their display form.

    ``tags`` are ``key:value`` in the order of the query's ``by``; ``scope`` is the public API's scope string
    (``host:a,env:prod`` or ``*``).
    """

    tags: tuple[str, ...] = ()
    scope: str = "*"
    outlier: bool = False
    """Marked by ``outliers``."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Values of groups over time buckets.

    ``times``: int64 [n], bucket starts, UNIX seconds, ascending, ``interval`` seconds apart (except calendar
    rollups). ``values``: float64 [g, n], NaN for missing. Frames are immutable.
    """

    times: Times
    groups: tuple[Group, ...]
    values: Values
    interval: int
    metric: str = ""
    unit: str = ""
    type: str = "gauge"
    notes: tuple[str, ...] = ()
    bands: dict[str, Values] = field(default_factory=dict)
    """``lower``/``upper``, float64 [g, n], from ``anomalies`` and ``forecast``."""
    zero_missing: bool = False
    """For ``as_count`` and ``as_rate``: in arithmetic a missing value is 0 if the other operand has one."""
    merge: Merge | None = field(default=None, compare=False, repr=False)
    """For averages and percentiles of distributions: the aggregate over several buckets, from merged
    sketches. Exists only during evaluation; a mean of percentiles is not a percentile."""
    totals: Values | None = field(default=None, compare=False)
    """float64 [g]: result of ``merge`` for the whole window, in responses."""

    def with_values(self, values: Values) -> Frame:
        """Copy with other values, which are no longer aggregates of sketches."""
        return replace(self, values=values, merge=None, totals=None)

    def pointwise(self, operation: Callable[[Values], Values]) -> Frame:
        """Copy with ``operation`` applied to each value, and to the merged aggregates of sketches."""
        merge = self.merge
        changed = self.with_values(operation(self.values))
        if merge is None:
            return changed
        return replace(changed, merge=lambda first, last: operation(merge(first, last)))

    def rows(self, places: list[int] | slice) -> Frame:
        """Copy with only the groups at ``places``, in that order."""
        merge, totals = self.merge, self.totals
        groups = self.groups[places] if isinstance(places, slice) else tuple(self.groups[at] for at in places)
        return replace(
            self,
            groups=groups,
            values=self.values[places],
            bands={name: values[places] for name, values in self.bands.items()},
            merge=None if merge is None else lambda first, last: merge(first, last)[places],
            totals=None if totals is None else totals[places],
        )

    def merged(self) -> Values | None:
        """Aggregate of each group over the whole frame from merged sketches, float64 [g]; None without
        sketches.
        """
        if self.merge is None or not len(self.times):
            return self.totals
        return self.merge(np.zeros(1, np.int64), np.array([len(self.times)]))[:, 0]

    def settled(self) -> Frame:
        """Copy with totals in place of the sketches they are computed from."""
        return self if self.merge is None else replace(self, totals=self.merged(), merge=None)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.groups), len(self.times)
