"""Progress and report of an import or export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = ("created", "updated", "unchanged", "existing", "skipped", "failed")
MAX_PROBLEMS = 5_000


@dataclass(slots=True)
class Progress:
    """``done`` of ``total`` resources of the ``phase``; ``rate`` in resources per second."""

    phase: str = ""
    done: int = 0
    total: int = 0
    started: float = 0.0

    def rate(self, now: float) -> float:
        return self.done / (now - self.started) if now > self.started else 0.0

    def seconds_left(self, now: float) -> float | None:
        """Estimated remaining seconds; None until known."""
        rate = self.rate(now)
        return (self.total - self.done) / rate if rate and self.total >= self.done else None


Show = Callable[[Progress], None]


@dataclass(slots=True)
class Report:
    """Outcome of each resource. ``problems`` are failures and partial imports."""

    dry_run: bool = False
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Number of resources by kind and outcome."""
    problems: list[dict[str, str]] = field(default_factory=list)
    not_imported: list[dict[str, Any]] = field(default_factory=list)
    """Kinds that cannot be imported, with their number and the reason."""
    unlisted: list[dict[str, str]] = field(default_factory=list)
    """Kinds that the source could not list, with the reason."""
    problems_left_out: int = 0

    def add(self, kind: str, outcome: str, id_: str = "", label: str = "", reason: str = "") -> None:
        counts = self.counts.setdefault(kind, dict.fromkeys(OUTCOMES, 0))
        counts[outcome] += 1
        if reason:
            self.note(kind, outcome, id_, label, reason)

    def note(self, kind: str, outcome: str, id_: str, label: str, reason: str) -> None:
        """Record a problem that has no counter."""
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems_left_out += 1
            return
        self.problems.append(
            {"kind": kind, "outcome": outcome, "id": id_, "name": label[:300], "reason": reason[:1000]}
        )

    @property
    def failed(self) -> int:
        return sum(counts["failed"] for counts in self.counts.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "counts": self.counts,
            "problems": self.problems,
            "problems_left_out": self.problems_left_out,
            "not_imported": self.not_imported,
            "unlisted": self.unlisted,
        }
