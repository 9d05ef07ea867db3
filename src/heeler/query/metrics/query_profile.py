"""Profile of a query for ``explain``: rows read by table, and the duration of each stage."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Reading:
    """Rows read from one table."""

    metric: str
    table: str
    series: int
    rows: int = 0
    """Rows read from the store."""
    files: int = 0
    """Rows read from segment files."""
    cached: int = 0
    """Rows already in memory."""
    milliseconds: float = 0.0


@dataclass(slots=True)
class Trace:
    """Collects the readings and the milliseconds of each stage."""

    readings: list[Reading] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    cached: bool = False
    """Whether the result came from the result cache."""

    def stage(self, name: str, since: float) -> float:
        """Add the time since ``since`` (of ``time.perf_counter``) to a stage; returns now."""
        now = time.perf_counter()
        self.stages[name] = self.stages.get(name, 0.0) + (now - since) * 1000
        return now
