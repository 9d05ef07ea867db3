"""Whether what is sent is taken, and how late it comes: monitors wait while what was kept back meanwhile
arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

LATE_SECONDS = 60
"""Age above which a point that arrives is late."""


class Counts(NamedTuple):
    """What arrived since the server started: requests that were stored and that were not, points, and those
    of them that were late."""

    stored: int = 0
    refused: int = 0
    points: int = 0
    late: int = 0

    def since(self, before: Counts) -> Counts:
        return Counts(*(now - then for now, then in zip(self, before, strict=True)))


@dataclass(slots=True)
class Arrivals:
    """Counts of what arrives; ``now`` returns UNIX seconds."""

    now: Callable[[], float] = field(default=time.time)
    counts: Counts = field(default_factory=Counts)

    def stored(self, tables: Mapping[str, Any]) -> None:
        """A request with these rows is stored."""
        stored, refused, points, late = self.counts
        times = getattr(tables.get("points"), "times", None)
        if times is not None:
            points += len(times)
            late += int(np.count_nonzero(np.asarray(times) < self.now() - LATE_SECONDS))
        self.counts = Counts(stored + 1, refused, points, late)

    def refused(self) -> None:
        """A request was not stored, and is to be sent again."""
        self.counts = self.counts._replace(refused=self.counts.refused + 1)
