"""The result of a metrics query: a matrix of numbers with names for its rows and columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a frame: the group-by tags it stands for, and how it is written for people.

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

    ``times``: int64 [n], bucket starts, UNIX seconds, ascending, ``interval`` seconds apart (calendar rollups
    excepted). ``values``: float64 [g, n], NaN where there is nothing. Frames are never changed in place.
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
    """Of ``as_count`` and ``as_rate``: in arithmetic a missing value is 0 where the other operand has one."""

    def with_values(self, values: Values) -> Frame:
        return replace(self, values=values)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.groups), len(self.times)
