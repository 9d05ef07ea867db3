"""Request and plan of a search aggregation.

A request (:class:`Aggregation`) comes from a widget, a monitor or the API; the planner converts it to a plan
with everything that the later stages need: the SQL statement with its parameters, the time axis, the groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

#: Name of the group of rows without the facet.
MISSING = "N/A"
MAX_GROUPS = 10_000
MAX_FACETS = 12
MAX_BUCKETS = 11_000
Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Compute:
    """A measure. ``measure``: a field such as ``@duration``; none for ``count``."""

    aggregation: str = "count"
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """Histogram of a numeric facet in steps of ``interval`` from ``low`` to ``high``."""

    interval: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupBy:
    """The first ``limit`` groups of ``facet`` by ``sort`` (``None``: by the computed value), or by name; rows
    without it are named ``missing`` or excluded.
    """

    facet: str
    limit: int = 10
    sort: Compute | None = None
    order: Order = "desc"
    exclude_missing: bool = False
    missing: str = MISSING
    by_name: bool = False
    steps: Steps | None = None


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A request: ``search`` as typed, ``start`` inclusive and ``end`` exclusive, UNIX seconds."""

    search: str
    start: float
    end: float
    compute: Compute = field(default_factory=Compute)
    group_by: Sequence[GroupBy] = ()


@dataclass(frozen=True, slots=True)
class TotalsPlan:
    """A statement whose rows are the facets' values and a number, first groups first."""

    sql: str
    parameters: Mapping[str, object]
    group_by: Sequence[GroupBy]


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """A statement whose rows are a bucket's start, the facets' values and a number.

    ``first``: start of the first bucket in UNIX seconds; ``interval``: seconds of a bucket; ``unit``: of the
    numbers, may be empty; ``zero_missing``: a bucket without rows is 0, not unknown.
    """

    sql: str
    parameters: Mapping[str, object]
    group_by: Sequence[GroupBy]
    first: int
    interval: int
    buckets: int
    unit: str
    zero_missing: bool
