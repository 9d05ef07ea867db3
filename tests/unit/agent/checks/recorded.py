"""A built-in check within this process, with what it submits recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from datadog_checks.base import AgentCheck


@dataclass
class Recorded:
    values: dict[str, float] = field(default_factory=dict)
    statuses: list[tuple[str, int, str]] = field(default_factory=list)
    tags: list[list[str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def recorded(check: Any) -> Recorded:
    """Record what ``check`` submits from now on."""
    assert isinstance(check, AgentCheck)
    found, made = Recorded(), check

    def value(name: str, number: float, tags: list[str]) -> None:
        found.values[name] = number
        found.tags.append(tags)

    def service_check(name: str, status: int, tags: list[str], message: str = "") -> None:
        found.statuses.append((name, status, message))
        found.tags.append(tags)

    made.gauge = made.rate = value
    made.service_check = service_check
    made.set_metadata = lambda *_: None
    made.warning = lambda text, *more: found.warnings.append(text % more)
    return found
