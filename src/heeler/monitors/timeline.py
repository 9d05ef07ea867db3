"""State timeline of a monitor's groups, for the strips of its page. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heeler.monitors.evaluation.state_machine import ALERT, NO_DATA, OK, UNKNOWN, WARN
from heeler.monitors.state_history import Change

MAX_GROUPS, MAX_SEGMENTS = 100, 300
_SEVERITY = {ALERT: 4, WARN: 3, NO_DATA: 2, UNKNOWN: 1, OK: 0}


@dataclass(frozen=True, slots=True)
class Segment:
    """A period [``start``, ``end``), UNIX seconds, in which a group was in ``state``."""

    start: float
    end: float
    state: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Timeline of a group. ``seconds``: time in each state."""

    group: str
    segments: tuple[Segment, ...]
    seconds: Mapping[str, float]


def strips(history: Mapping[str, tuple[str, Sequence[Change]]], start: float, end: float) -> list[Strip]:
    """Timeline of each group, those with the longest time in a bad state first; at most 100."""
    found = [_strip(name, state, changes, start, end) for name, (state, changes) in history.items()]
    found.sort(key=lambda one: (-_trouble(one), one.group))
    return found[:MAX_GROUPS]


def _trouble(strip: Strip) -> float:
    return sum(_SEVERITY.get(state, 0) * seconds for state, seconds in strip.seconds.items())


def _strip(name: str, state: str, changes: Sequence[Change], start: float, end: float) -> Strip:
    segments: list[Segment] = []
    at = start
    for time, _, after in [*changes, (end, "", "")]:
        if state and time > at:
            segments.append(Segment(at, time, state))
        at, state = max(time, start), after
    seconds: dict[str, float] = {}
    for segment in segments:
        seconds[segment.state] = seconds.get(segment.state, 0.0) + segment.end - segment.start
    return Strip(name, tuple(_joined(segments, end - start)), seconds)


def _joined(segments: list[Segment], window: float) -> list[Segment]:
    """Reduce to :data:`MAX_SEGMENTS`: segments too short to be seen are merged into the worse neighbor."""
    if len(segments) <= MAX_SEGMENTS:
        return segments
    slot = window / MAX_SEGMENTS
    first = segments[0].start
    worst: dict[int, str] = {}
    for segment in segments:
        for place in range(int((segment.start - first) / slot), int((segment.end - first) / slot) + 1):
            if _SEVERITY.get(segment.state, 0) >= _SEVERITY.get(worst.get(place, ""), -1):
                worst[place] = segment.state
    found: list[Segment] = []
    for place in sorted(worst):
        begins, ends, state = first + place * slot, first + (place + 1) * slot, worst[place]
        if found and found[-1].state == state and found[-1].end >= begins - slot / 2:
            found[-1] = Segment(found[-1].start, ends, state)
        else:
            found.append(Segment(begins, ends, state))
    return found
