"""Stacking of areas and bars. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heeler.render.model import Series, Style, Values


@dataclass(frozen=True, slots=True)
class Standing:
    """Position of a stacked series: from ``base`` to ``top``, float64 [n] each; a line has no base."""

    top: Values
    base: Values


def stacked(series: Sequence[Series]) -> list[Standing]:
    """Stack in the given order, separately for each type and axis. Gaps of an area are filled where others
    have values, or the areas above it would drop.
    """
    some = [
        _known([item.values for item in series if item.style == "area" and item.right == right])
        for right in (False, True)
    ]
    sums: dict[tuple[Style, bool], Values] = {}
    found = []
    for item in series:
        if item.style == "line":
            found.append(Standing(item.values, np.full(len(item.values), np.nan)))
            continue
        kind = (item.style, item.right)
        base = sums.get(kind, np.zeros(len(item.values)))
        with np.errstate(over="ignore", invalid="ignore"):
            top = base + item.values
        sums[kind] = np.where(np.isfinite(top), top, base)
        if item.style == "area":
            top = np.where(some[item.right], sums[kind], np.nan)
        found.append(Standing(top, base))
    return found


def _known(columns: Sequence[Values]) -> NDArray[np.bool_]:
    """Where any of the columns has a value."""
    return (
        np.logical_or.reduce([np.isfinite(column) for column in columns])
        if columns
        else np.zeros(0, np.bool_)
    )


def drawing_order(series: Sequence[Series]) -> list[int]:
    """Drawing order: bars first and from the top of the stack down, so that the lower ones cover their part;
    lines last.
    """

    def of(style: Style) -> list[int]:
        return [index for index, item in enumerate(series) if item.style == style]

    return [*reversed(of("bars")), *of("area"), *of("line")]


def largest(series: Sequence[Series], most: int) -> tuple[Series, ...]:
    """At most ``most`` series, in their order: outliers, then those with the largest mean absolute value."""
    if len(series) <= most:
        return tuple(series)
    ranked = sorted(range(len(series)), key=lambda at: (not series[at].outlier, -_size(series[at].values)))
    return tuple(series[at] for at in sorted(ranked[:most]))


def _size(values: Values) -> float:
    finite = np.abs(values[np.isfinite(values)])
    with np.errstate(over="ignore"):
        return float(finite.mean()) if len(finite) else -1.0
