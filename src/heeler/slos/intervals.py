"""Set operations on time, as sorted lists of half-open intervals [start, end), UNIX seconds. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[float, float]


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """Merge overlapping and adjacent intervals; empty ones are removed."""
    found: list[Interval] = []
    for start, end in sorted(item for item in intervals if item[0] < item[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def clipped(intervals: Iterable[Interval], start: float, end: float) -> list[Interval]:
    return united((max(a, start), min(b, end)) for a, b in intervals)


def without(start: float, end: float, removed: Iterable[Interval]) -> list[Interval]:
    """[start, end) minus the intervals."""
    found, at = [], start
    for a, b in clipped(removed, start, end):
        if at < a:
            found.append((at, a))
        at = b
    return [*found, (at, end)] if at < end else found


def length(intervals: Iterable[Interval]) -> float:
    return sum(b - a for a, b in intervals)
