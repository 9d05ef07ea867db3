"""Plan of a metrics query: everything that is decided before data is read.

It has the selectors with their windows and buckets, the tables, the look-back and the cost. ``planner``
creates it, ``fetch`` serves its reads, ``evaluate`` computes its steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heeler.query.metrics.ast import Selector
from heeler.query.metrics.functions import Function
from heeler.query.metrics.modifiers import Options
from heeler.query.metrics.series_index import Catalog, Mask
from heeler.query.metrics.table_selection import Source
from heeler.query.metrics.window import Buckets, Window


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """User-defined metadata of a metric; empty where not set."""

    type: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """Data of a read: the series, and the sources of their points."""

    catalog: Catalog
    series: Mask
    """The series inside the selector's scope."""
    type: str
    unit: str
    options: Options
    """Modifiers that apply to the type."""
    buckets: Buckets
    method: str
    """Time aggregation: how points of one series and bucket are combined."""
    look_back: int
    """Seconds before the window that fills may need."""
    tables: tuple[Source, ...]
    """Tables and ranges that cover the window; empty for distributions, which are only in ``sketches``."""

    @property
    def count(self) -> int:
        """Number of series."""
        return int(np.count_nonzero(self.series))

    @property
    def cells(self) -> int:
        """Number of values before space aggregation."""
        return self.count * len(self.buckets)


@dataclass(frozen=True, slots=True)
class Read:
    """A selector over a window. ``function`` (``diff``, ``monotonic_diff``) is applied before space
    aggregation.
    """

    selector: Selector
    window: Window
    function: str = ""
    scan: Scan | None = field(default=None, compare=False, repr=False)
    """None in a plan made without catalogs."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Step: the frame of a read."""

    read: Read


@dataclass(frozen=True, slots=True)
class Constant:
    value: float


@dataclass(frozen=True, slots=True)
class Named:
    """Step: the frame of another data source, ``shift`` seconds away from the query's window."""

    name: str
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Arithmetic:
    operator: str
    left: Step
    right: Step


@dataclass(frozen=True, slots=True)
class Negated:
    operand: Step


@dataclass(frozen=True, slots=True)
class Applied:
    """Step: a function on its operands over ``inner``; its result is trimmed to ``window``."""

    function: Function
    operands: tuple[Step, ...]
    constants: Mapping[str, Any]
    window: Window
    inner: Window
    notes: tuple[str, ...] = ()
    position: int = -1


Step = Fetched | Constant | Named | Arithmetic | Negated | Applied


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. ``steps`` has one for each expression, ``reads`` their deduplicated reads."""

    window: Window
    steps: tuple[Step, ...]
    reads: tuple[Read, ...]
    named: tuple[Named, ...] = ()

    @property
    def computes(self) -> bool:
        """Whether functions are applied, whose cost is not known in advance."""
        stack: list[Step] = list(self.steps)
        while stack:
            match stack.pop():
                case Applied():
                    return True
                case Arithmetic() as step:
                    stack += [step.left, step.right]
                case Negated() as step:
                    stack.append(step.operand)
        return False

    @property
    def cells(self) -> int:
        """Number of values of all reads before space aggregation: the cost of the plan."""
        return sum(read.scan.cells for read in self.reads if read.scan is not None)

    @property
    def span(self) -> tuple[int, int]:
        """Time range that may be read, UNIX seconds; (0, 0) for nothing."""
        if not self.reads:
            return 0, 0
        start = min(
            read.window.start - read.window.interval - (read.scan.look_back if read.scan else 0)
            for read in self.reads
        )
        return max(start, 0), max(read.window.end for read in self.reads)


@dataclass(frozen=True, slots=True)
class Known:
    """Inputs of the planner: the catalogs of the metrics, their metadata, and the time before which the
    rollups are complete (UNIX seconds).
    """

    catalogs: Mapping[str, Catalog]
    metadata: Mapping[str, MetricInfo]
    rollups_until: int
