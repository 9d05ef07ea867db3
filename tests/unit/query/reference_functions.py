"""The functions of the language once more, slow and obvious: on dictionaries from time to value."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable

import pandas as pd

from tests.unit.query.reference import Line, Lines, filled

#: A threshold that no average of quarters comes near, so that rounding decides nothing.
EDGE = 2.0123456789


def each(make: Callable[[float], float | None]) -> Callable[[Line], Line]:
    """A function of each value alone; None leaves it out."""

    def apply(line: Line) -> Line:
        made = {at: make(value) for at, value in line.items()}
        return {at: value for at, value in made.items() if value is not None}

    return apply


def steps(make: Callable[[float, int], float | None]) -> Callable[[Line], Line]:
    """A function of the change and the seconds since each value's predecessor."""

    def apply(line: Line) -> Line:
        found = {}
        for before, at in itertools.pairwise(sorted(line)):
            result = make(line[at] - line[before], at - before)
            if result is not None:
                found[at] = result
        return found

    return apply


def _growth(seconds: int) -> Callable[[Line], Line]:
    return steps(lambda change, passed: change / passed * seconds if change >= 0 else None)


def _running(line: Line, parts: Iterable[float]) -> Line:
    return dict(zip(sorted(line), itertools.accumulate(parts), strict=True))


def _cumsum(line: Line) -> Line:
    return _running(line, (line[at] for at in sorted(line)))


def _integral(line: Line) -> Line:
    times = sorted(line)
    return _running(
        line, [0.0, *(line[at] * (at - before) for before, at in itertools.pairwise(times))][: len(line)]
    )


def _last(points: int, make: Callable[[list[float]], float]) -> Callable[[Line], Line]:
    def apply(line: Line) -> Line:
        times = sorted(line)
        return {
            at: make([line[one] for one in times[max(0, place - points + 1) : place + 1]])
            for place, at in enumerate(times)
        }

    return apply


def _ewma(span: int) -> Callable[[Line], Line]:
    def apply(line: Line) -> Line:
        values = pd.Series(line, dtype=float).sort_index()
        smooth = values.ewm(alpha=2 / (span + 1), adjust=False).mean()
        return {int(at): float(value) for at, value in smooth.items()}

    return apply


#: Functions of each line by itself, with ``{}`` for the query.
BY_LINE: dict[str, Callable[[Line], Line]] = {
    "abs({})": each(abs),
    "-{}": each(lambda value: -value),
    "log2({} * 3)": each(lambda value: math.log2(value * 3) if value > 0 else None),
    "log10({})": each(lambda value: math.log10(value) if value > 0 else None),
    f"floor({{}} + {EDGE})": each(lambda value: math.floor(value + EDGE)),
    f"ceil({{}} + {EDGE})": each(lambda value: math.ceil(value + EDGE)),
    f"round({{}} + {EDGE}, 1)": each(lambda value: round(value + EDGE, 1)),
    f"clamp_min({{}}, {EDGE})": each(lambda value: max(value, EDGE)),
    f"clamp_max({{}}, -{EDGE})": each(lambda value: min(value, -EDGE)),
    f"cutoff_min({{}}, {EDGE})": each(lambda value: value if value >= EDGE else None),
    f"cutoff_max({{}}, {EDGE})": each(lambda value: value if value <= EDGE else None),
    f"is_greater({{}}, {EDGE})": each(lambda value: float(value > EDGE)),
    f"is_less({{}}, {EDGE})": each(lambda value: float(value < EDGE)),
    f"is_between({{}}, -{EDGE}, {EDGE})": each(lambda value: float(-EDGE <= value <= EDGE)),
    "cumsum({})": _cumsum,
    "integral({})": _integral,
    "per_second({})": _growth(1),
    "per_minute({})": _growth(60),
    "per_hour({})": _growth(3600),
    "derivative({})": steps(lambda change, seconds: change / seconds),
    "rate({})": steps(lambda change, seconds: change / seconds),
    "diff({} * 1)": steps(lambda change, _: change),
    "ewma_3({})": _ewma(3),
    "ewma_20({})": _ewma(20),
    "median_3({})": _last(3, statistics.median),
    "median_5({})": _last(5, statistics.median),
    "rollingavg_5({})": _last(5, statistics.fmean),
}


def _best(count: int, key: Callable[[Line], float], highest: bool) -> Callable[[Lines], Lines]:
    def apply(lines: Lines) -> Lines:
        order = sorted(lines, key=lambda group: (-key(lines[group]) if highest else key(lines[group]), group))
        return {group: lines[group] for group in order[:count]}

    return apply


def _latest(line: Line) -> float:
    return line[max(line)]


#: Functions that choose among groups.
OF_GROUPS: dict[str, Callable[[Lines], Lines]] = {
    "top({}, 2, 'max', 'desc')": _best(2, lambda line: max(line.values()), True),
    "top({}, 2, 'min', 'asc')": _best(2, lambda line: min(line.values()), False),
    "top({}, 1, 'last', 'desc')": _best(1, _latest, True),
    "bottom5_max({})": _best(5, lambda line: max(line.values()), False),
    "exclude_null({})": lambda lines: {
        group: line for group, line in lines.items() if not any(tag.endswith(":N/A") for tag in group)
    },
}

#: Functions that count the groups of each bucket.
COUNTS: dict[str, Callable[[float], bool]] = {
    "count_nonzero({})": lambda value: value != 0,
    "count_nonzero_finite({})": lambda value: value != 0,
    "count_not_null({})": lambda _: True,
}

#: Ways to make one value of several, by name.
METHODS: dict[str, Callable[[list[float]], float]] = {
    "avg": statistics.fmean,
    "sum": math.fsum,
    "min": min,
    "max": max,
    "count": len,
    "median": statistics.median,
    "stddev": statistics.pstdev,
    "last": lambda values: values[-1],
}


def counted(lines: Lines, times: Iterable[int], counts: Callable[[float], bool]) -> Lines:
    return {(): {at: float(sum(at in line and counts(line[at]) for line in lines.values())) for at in times}}


def seconds_between(lines: Lines) -> Lines:
    """``dt``: one line over the points of all groups."""
    times = sorted({at for line in lines.values() for at in line})
    found = {at: float(at - before) for before, at in itertools.pairwise(times)}
    return {(): found} if found else {}


def rolled(line: Line, method: str, seconds: int) -> Line:
    buckets: dict[int, list[float]] = {}
    for at in sorted(line):
        buckets.setdefault(at // seconds * seconds, []).append(line[at])
    return {at: float(METHODS[method](values)) for at, values in buckets.items()}


def moving(line: Line, method: str, seconds: int, first: int) -> Line:
    """Each point from ``first`` on with those of the seconds before it."""
    return {
        at: float(METHODS[method]([line[one] for one in sorted(line) if at - seconds < one <= at]))
        for at in line
        if at >= first
    }


def gaps_filled(line: Line, times: Iterable[int], method: str, limit: int) -> Line:
    column = pd.Series(line, dtype=float).reindex(list(times))
    return {int(at): float(value) for at, value in filled(column, method, limit).dropna().items()}


def zero_filled(line: Line, times: list[int], carried: bool) -> Line:
    """``default_zero``; ``carried``: a gauge's last value stays for 300 seconds."""
    found = {}
    for at in times:
        recent = [one for one in line if one <= at and at - one <= (300 if carried else 0)]
        found[at] = line[max(recent)] if recent else 0.0
    return found


def either(left: Lines, right: Lines, choose: Callable[..., float]) -> Lines:
    """``minimum`` and ``maximum``: of groups that both have; where one has nothing the other decides."""
    found: Lines = {}
    for group in left.keys() & right.keys():
        one, two = left[group], right[group]
        found[group] = {
            at: choose(line[at] for line in (one, two) if at in line) for at in one.keys() | two.keys()
        }
    return found
