"""Whether notifications of a group are suppressed now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.downtimes.matching import scope_matches


def silenced(options: Mapping[str, Any], group: str, now: float) -> bool:
    """The monitor's own mutes: scope to the time they end, or None for ever."""
    tags = set() if group == "*" else set(group.split(","))
    return any(
        (end is None or now < float(end)) and scope_matches(str(scope).split(","), tags)
        for scope, end in (options.get("silenced") or {}).items()
    )
