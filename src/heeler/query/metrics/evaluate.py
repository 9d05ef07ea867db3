"""Evaluation stage: computes the steps of a plan over the fetched frames. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from heeler.query import budget
from heeler.query.frame import Frame, Group, Times
from heeler.query.limits import MAX_GROUPS, MAX_VALUES
from heeler.query.metrics import arithmetic
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.plan import (
    Applied,
    Arithmetic,
    Constant,
    Fetched,
    Named,
    Negated,
    Plan,
    Read,
    Step,
)
from heeler.query.metrics.window import Buckets, Window

Operand = Frame | float
#: Approximate number of matrices that a function allocates for each operand: result, intermediate values,
#: bands.
COPIES = 3


def evaluate(
    plan: Plan,
    frames: Mapping[Read, Frame],
    named: Mapping[Named, Frame] | None = None,
    *,
    numbers: bool = False,
) -> list[Frame]:
    """A frame for each step of the plan, with at most :data:`MAX_GROUPS` groups each.

    ``frames`` are the results of its reads, ``named`` those of its names. ``numbers``: named frames are one
    number a group at time 0, and so are constants.
    """
    evaluator = _Evaluator(frames, named or {}, numbers)
    results = [evaluator.operand(step) for step in plan.steps]
    return [capped(evaluator.frame(item, plan.window)) for item in results]


@dataclass(frozen=True, slots=True)
class _Evaluator:
    frames: Mapping[Read, Frame]
    named: Mapping[Named, Frame]
    numbers: bool

    def operand(self, step: Step) -> Operand:
        budget.check()
        match step:
            case Fetched():
                return self.frames[step.read]
            case Constant():
                return step.value
            case Named():
                return self.named[step]
            case Arithmetic():
                return arithmetic.combine(step.operator, self.operand(step.left), self.operand(step.right))
            case Negated():
                operand = self.operand(step.operand)
                return operand.pointwise(np.negative) if isinstance(operand, Frame) else -operand
            case Applied():
                return self._applied(step)

    def frame(self, operand: Operand, window: Window) -> Frame:
        if isinstance(operand, Frame):
            return operand
        return number_frame(operand, window) if self.numbers else constant(operand, window)

    def _applied(self, step: Applied) -> Frame:
        inner = step.window if self.numbers else step.inner
        frames = [self.frame(self.operand(item), inner) for item in step.operands]
        budget.hold(COPIES * sum(frame.values.nbytes for frame in frames))
        keywords = dict(step.constants)
        if step.function.with_window:
            keywords["window"] = step.window
        try:
            # Infinite and missing values are valid: results are returned without warnings.
            with np.errstate(all="ignore"):
                result = step.function.apply(*frames, **keywords)
        except QueryError as error:
            raise type(error)(error.message, step.position) from None
        if self.numbers:
            return result
        result = replace(result, notes=(*result.notes, *step.notes))
        return trimmed(result, step.window) if inner != step.window else result


def constant(value: float, window: Window) -> Frame:
    """A constant as a series over the window."""
    return _level(value, Buckets.of(window).starts, window.interval)


def number_frame(value: float, window: Window) -> Frame:
    """A constant in a scalar formula, at time 0 like the numbers of groups."""
    return _level(value, np.zeros(1, np.int64), window.interval)


def _level(value: float, times: Times, interval: int) -> Frame:
    return Frame(
        times,
        (Group(),),
        np.full((1, len(times)), value),
        interval,
        merge=lambda first, _: np.full((1, len(first)), value),
    )


def trimmed(frame: Frame, window: Window) -> Frame:
    """Only the buckets that start within the query's own window."""
    first = (
        Buckets.of(window).starts[0]
        if frame.interval == window.interval
        else window.start - frame.interval + 1
    )
    keep = (frame.times >= first) & (frame.times < window.end)
    if bool(keep.all()):
        return frame
    bands = {name: values[:, keep] for name, values in frame.bands.items()}
    found = replace(frame.with_values(frame.values[:, keep]), times=frame.times[keep], bands=bands)
    merge, offset = frame.merge, int(keep.argmax())
    if merge is None:
        return found
    return replace(found, merge=lambda start, stop: merge(start + offset, stop + offset))


def capped(frame: Frame) -> Frame:
    """At most :data:`MAX_GROUPS` groups and :data:`MAX_VALUES` values, with a note if groups were dropped."""
    most = min(MAX_GROUPS, max(1, MAX_VALUES // max(1, len(frame.times))))
    if len(frame.groups) <= most:
        return frame
    note = (
        f"{len(frame.groups)} groups were found; the first {most} are shown. Narrow the scope, or use top()."
    )
    return replace(frame.rows(slice(most)), notes=(*frame.notes, note))
