"""Automatic state transitions of issues (regression, resolution of silent ones), as rules on plain values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

STATES = ("OPEN", "ACKNOWLEDGED", "RESOLVED", "IGNORED", "EXCLUDED")
AUTO_RESOLVE = timedelta(days=14)
"""An open issue that is silent for so long is taken as resolved."""


@dataclass(frozen=True, slots=True)
class SeenAfter:
    """The first error after a resolution in each version: when, and in which."""

    time: datetime
    version: str


def regression(resolved_versions: Collection[str], after: Collection[SeenAfter]) -> SeenAfter | None:
    """What brought a resolved issue back: its first error in a version that was not known when it was
    resolved.

    Errors of versions that were known go on where the fix is not yet deployed. Without versions, any error
    counts.
    """
    known = set(resolved_versions) - {""}
    back = [seen for seen in after if (seen.version not in known if known else True)]
    back = [seen for seen in back if seen.version or not known]
    return min(back, key=lambda seen: seen.time, default=None)


def is_silent(state: str, last_seen: datetime, now: datetime) -> bool:
    """Whether an issue resolves itself."""
    return state in ("OPEN", "ACKNOWLEDGED") and now - last_seen > AUTO_RESOLVE
