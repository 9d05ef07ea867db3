"""Uptime of a synthetic test: the share of a window in which its monitor was not in Alert. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heeler.monitors.evaluation.state_machine import ALERT, NO_DATA

UP, DOWN, UNKNOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Uptime:
    """``percent`` is None without any data in the window; ``history``: time and state of each change."""

    percent: float | None
    history: list[tuple[float, int]]


def uptime_of(first: str, changes: Sequence[tuple[float, str, str]], start: float, end: float) -> Uptime:
    """``first``: the state at ``start``; ``changes`` in [start, end). Time without data does not count."""
    history: list[tuple[float, int]] = [(start, _state(first))]
    up = known = 0.0
    at, state = start, _state(first)
    for time, _, after in [*changes, (end, "", "")]:
        seconds = max(0.0, min(time, end) - at)
        if state != UNKNOWN:
            known += seconds
            up += seconds if state == UP else 0.0
        if after and _state(after) != state:
            history.append((time, _state(after)))
        at, state = time, _state(after) if after else state
    return Uptime(100.0 * up / known if known else None, history)


def _state(status: str) -> int:
    if status in ("", NO_DATA):
        return UNKNOWN
    return DOWN if status == ALERT else UP
