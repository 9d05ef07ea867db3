"""Arithmetic (``+ - * /``) and other pointwise operations between frames: alignment in time, joins by
group tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from heeler.query.frame import Frame, Merge, Values
from heeler.query.metrics import units

Operand = Frame | float
Operation = Callable[[Values, Values], Values]


def _divide(left: Values, right: Values) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(right == 0, np.nan, left / right)


_OPERATIONS: dict[str, Operation] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divide,
}


def combine(operator: str, left: Operand, right: Operand) -> Operand:
    """Compute ``left operator right``. A missing value makes the result missing, except in counts, where it
    is 0 if the other operand has a value; a division by zero is missing.
    """
    unit = units.combine(operator, _unit(left), _unit(right))
    result = pointwise(_OPERATIONS[operator], left, right)
    return replace(result, unit=unit) if isinstance(result, Frame) else result


def _unit(operand: Operand) -> str | None:
    return operand.unit if isinstance(operand, Frame) else None


def pointwise(operation: Operation, left: Operand, right: Operand) -> Operand:
    """Apply ``operation`` to values of equal groups at equal times."""
    if not isinstance(left, Frame) and not isinstance(right, Frame):
        return float(operation(np.array([left]), np.array([right]))[0])
    if isinstance(left, Frame) and isinstance(right, Frame):
        return join(operation, left, right)
    if isinstance(left, Frame):
        return left.pointwise(lambda values: operation(values, np.full_like(values, right)))
    frame = cast(Frame, right)
    return frame.pointwise(lambda values: operation(np.full_like(values, left), values))


def join(operation: Operation, left: Frame, right: Frame) -> Frame:
    """Apply ``operation`` to joined groups of two frames, at their common times."""
    left, right = align(left, right)
    pairs = _pairs(left, right)
    first = left.values[[one for one, _ in pairs]].reshape(len(pairs), len(left.times))
    second = right.values[[two for _, two in pairs]].reshape(len(pairs), len(left.times))
    first, second = _zeroed(first, second, left.zero_missing), _zeroed(second, first, right.zero_missing)
    groups = tuple(
        left.groups[one] if len(left.groups[one].tags) >= len(right.groups[two].tags) else right.groups[two]
        for one, two in pairs
    )
    return replace(
        left.with_values(left.values),
        groups=groups,
        values=operation(first, second),
        notes=tuple(dict.fromkeys(left.notes + right.notes)),
        zero_missing=left.zero_missing and right.zero_missing,
        bands={},
        merge=_merged(operation, left.merge, right.merge, pairs),
    )


def _merged(
    operation: Operation, left: Merge | None, right: Merge | None, pairs: list[tuple[int, int]]
) -> Merge | None:
    """Apply ``operation`` to the merged sketch aggregates of both sides; None if a side has none."""
    if left is None or right is None:
        return None
    return lambda first, last: operation(
        left(first, last)[[one for one, _ in pairs]], right(first, last)[[two for _, two in pairs]]
    )


def _zeroed(values: Values, other: Values, counts: bool) -> Values:
    return np.where(np.isnan(values) & ~np.isnan(other), 0.0, values) if counts else values


def align(left: Frame, right: Frame) -> tuple[Frame, Frame]:
    """Reduce both frames to their common times."""
    if len(left.times) == len(right.times) and bool((left.times == right.times).all()):
        return left, right
    common, at_left, at_right = np.intersect1d(left.times, right.times, return_indices=True)
    interval = max(left.interval, right.interval)
    return (
        replace(left.with_values(left.values[:, at_left]), times=common, interval=interval),
        replace(right.with_values(right.values[:, at_right]), times=common, interval=interval),
    )


def _pairs(left: Frame, right: Frame) -> list[tuple[int, int]]:
    """Join groups: equal tags in any order; a single group without tags joins all of the other side."""
    if len(right.groups) == 1 and not right.groups[0].tags:
        return [(one, 0) for one in range(len(left.groups))]
    if len(left.groups) == 1 and not left.groups[0].tags:
        return [(0, two) for two in range(len(right.groups))]
    places = {frozenset(group.tags): two for two, group in enumerate(right.groups)}
    found = ((one, places.get(frozenset(group.tags))) for one, group in enumerate(left.groups))
    return [(one, two) for one, two in found if two is not None]
