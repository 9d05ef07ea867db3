"""Automatic state transitions of issues (regression, resolution of silent ones), as rules on plain values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

STATES = ("OPEN", "ACKNOWLEDGED", "RESOLVED", "IGNORED", "EXCLUDED")
AUTO_RESOLVE = timedelta(days=14)
"""An open issue without errors for this time is resolved automatically."""


@dataclass(frozen=True, slots=True)
class SeenAfter:
    """First error in each version after a resolution: time and version."""

    time: datetime
    version: str


def regression(resolved_versions: Collection[str], after: Collection[SeenAfter]) -> SeenAfter | None:
    """The error that reopens a resolved issue: its first one in a version unknown at the time of resolution.

    Errors of known versions continue until the fix is deployed everywhere. Without versions, any error
    counts.
    """
    known = set(resolved_versions) - {""}
    back = [seen for seen in after if (seen.version not in known if known else True)]
    back = [seen for seen in back if seen.version or not known]
    return min(back, key=lambda seen: seen.time, default=None)


def is_silent(state: str, last_seen: datetime, now: datetime) -> bool:
    """Whether an issue is resolved automatically."""
    return state in ("OPEN", "ACKNOWLEDGED") and now - last_seen > AUTO_RESOLVE
