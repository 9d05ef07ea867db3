"""The tree over fetched data, pure: :func:`requirements` says what to fetch, :class:`Evaluator` computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from heeler.query.frame import Frame, Group, Times
from heeler.query.metrics import arithmetic
from heeler.query.metrics.ast import (
    Binary,
    Call,
    Modified,
    Modifier,
    Name,
    Negate,
    Node,
    Number,
    Selector,
    walk,
)
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import Bound, bind
from heeler.query.metrics.modifiers import read_modifiers
from heeler.query.metrics.window import MAX_BUCKETS, Buckets, Window

Operand = Frame | float
#: Functions that apply to each series, after time and before space aggregation.
CHANGES = ("diff", "monotonic_diff")


@dataclass(frozen=True, slots=True)
class Request:
    """A selector over a window: what one fetch answers.

    ``change``: the function (``diff``, ``monotonic_diff``) that applies to each series before space
    aggregation.
    """

    selector: Selector
    window: Window
    change: str = ""


def request_for(selector: Selector, window: Window, change: str = "") -> Request:
    """What answers ``selector``. The aggregator ``last`` is about time: the mean of series' last values."""
    asked = selector
    if selector.aggregator == "last":
        last = Modifier("rollup", ("last",), position=selector.position)
        asked = replace(selector, aggregator="avg", modifiers=(last, *selector.modifiers))
    return Request(asked, selector_window(selector, window), change)


def change_request(node: Call, window: Window) -> Request | None:
    """What ``diff(avg:m{*})`` needs: such a function goes before space aggregation, so that a counter which
    begins anew, or a series that comes or goes, is not a change of the others' sum."""
    if node.function in CHANGES and len(node.arguments) == 1 and not (node.modifiers or node.keywords):
        operand = node.arguments[0]
        if isinstance(operand, Selector):
            return request_for(operand, window, node.function)
    return None


def explicit_interval(node: Node) -> int | None:
    """The longest interval that a rollup below ``node`` names."""
    found = [
        seconds
        for item in walk(node)
        if isinstance(item, Selector | Modified | Name)
        for seconds in [read_modifiers(item.modifiers).interval]
        if seconds
    ]
    return max(found, default=None)


def selector_window(selector: Selector, window: Window) -> Window:
    seconds = read_modifiers(selector.modifiers).interval
    return window.with_interval(seconds) if seconds else window


def shared_window(node: Node, window: Window) -> Window:
    """Operands without a rollup of their own take that of the others, so that their times meet."""
    seconds = explicit_interval(node)
    return window.with_interval(seconds) if seconds else window


def as_selector(node: Name) -> Selector:
    """A bare metric name means all its series."""
    return Selector(node.name, modifiers=node.modifiers, position=node.position)


def pushed(node: Modified) -> Node:
    """``(a + b).rollup(...)``: the modifiers go to every selector inside."""
    return _push(node.operand, node)


def _push(node: Node, source: Modified) -> Node:
    match node:
        case Selector() | Name():
            return replace(node, modifiers=node.modifiers + source.modifiers)
        case Binary():
            return replace(node, left=_push(node.left, source), right=_push(node.right, source))
        case Negate():
            return replace(node, operand=_push(node.operand, source))
        case Call():
            return replace(node, arguments=tuple(_push(item, source) for item in node.arguments))
        case Modified():
            return replace(node, operand=_push(node.operand, source))
    return node


def call_windows(bound: Bound, node: Node, window: Window) -> Window:
    """The window that a call's expressions are read over, at most :data:`MAX_BUCKETS` of a named rollup."""
    own = shared_window(node, window)
    if bound.function.window is None:
        return own
    try:
        inner = bound.function.window(own, bound.constants)
    except QueryError as error:
        raise QueryError(error.message, node.position) from None
    seconds = explicit_interval(node)
    if not seconds:
        return inner
    most = MAX_BUCKETS * inner.with_interval(seconds).interval
    excess = min(max(inner.end - inner.start - most, 0), inner.lead)
    return replace(inner, start=inner.start + excess, lead=inner.lead - excess)


def _limited_history(bound: Bound, own: Window, inner: Window) -> tuple[str, ...]:
    """Says that less of the past was read than the function looks back on."""
    wanted = bound.function.window(own, bound.constants).lead if bound.function.window else 0
    if inner.lead >= wanted:
        return ()
    return (
        f"{bound.function.name} looks back over {inner.lead / 86400:.3g} days instead of "
        f"{wanted / 86400:.3g}: the rollup of {own.interval} s would need more than {MAX_BUCKETS} buckets. "
        "Use a longer rollup.",
    )


def requirements(node: Node, window: Window, names: Mapping[str, object] | None = None) -> list[Request]:
    """Every selector below ``node`` with the window it is needed over. ``names`` are given queries."""
    match node:
        case Selector():
            _refuse_variables(node)
            return [request_for(node, window)]
        case Name():
            if names is not None and node.name in names:
                return []
            return requirements(as_selector(node), window)
        case Binary():
            shared = shared_window(node, window)
            return requirements(node.left, shared, names) + requirements(node.right, shared, names)
        case Negate():
            return requirements(node.operand, window, names)
        case Modified():
            return requirements(pushed(node), window, names)
        case Call():
            if node.modifiers:
                return requirements(_without_modifiers(node), window, names)
            request = change_request(node, window)
            if request is not None:
                return [request]
            bound = bind(node)
            inner = call_windows(bound, node, window)
            return [item for part in bound.expressions for item in requirements(part, inner, names)]
    return []


def _refuse_variables(node: Selector) -> None:
    for key in node.by:
        if "$" in key:
            raise QueryError(f"Template variable {key} has no value here", node.position)


def _without_modifiers(node: Call) -> Node:
    return _push(replace(node, modifiers=()), Modified(node, node.modifiers))


class Evaluator:
    """Computes trees. ``select`` answers requests; ``names`` answers the names of queries in formulas.

    ``numbers``: names are frames of one number a group, at time 0, and so are constants.
    """

    def __init__(
        self,
        select: Callable[[Request], Frame],
        names: Callable[[Name, Window], Operand] | None = None,
        *,
        numbers: bool = False,
    ) -> None:
        self._select = select
        self._names = names
        self._numbers = numbers

    def evaluate(self, node: Node, window: Window) -> Operand:
        match node:
            case Selector():
                return self._select(request_for(node, window))
            case Name():
                if self._names is not None:
                    return self._names(node, window)
                return self.evaluate(as_selector(node), window)
            case Number():
                return node.value
            case Binary():
                shared = shared_window(node, window)
                left, right = self.evaluate(node.left, shared), self.evaluate(node.right, shared)
                return arithmetic.combine(node.operator, left, right)
            case Negate():
                operand = self.evaluate(node.operand, window)
                return operand.pointwise(np.negative) if isinstance(operand, Frame) else -operand
            case Modified():
                return self.evaluate(pushed(node), window)
            case Call():
                return self._call(node, window)
        raise QueryError("Expected a query here, not a constant", node.position)

    def _call(self, node: Call, window: Window) -> Operand:
        if node.modifiers:
            return self.evaluate(_without_modifiers(node), window)
        request = change_request(node, window)
        if request is not None:
            return self._select(request)
        bound = bind(node)
        own = shared_window(node, window)
        inner = own if self._numbers else call_windows(bound, node, window)
        frames = [self._as_frame(self.evaluate(part, inner), inner) for part in bound.expressions]
        keywords = dict(bound.constants)
        if bound.function.with_window:
            keywords["window"] = own
        try:
            # Infinite and missing values are values here: what comes of them is shown, not warned of.
            with np.errstate(all="ignore"):
                result = bound.function.apply(*frames, **keywords)
        except QueryError as error:
            raise QueryError(error.message, node.position) from None
        if self._numbers:
            return result
        result = replace(result, notes=(*result.notes, *_limited_history(bound, own, inner)))
        return trimmed(result, own) if inner != own else result

    def _as_frame(self, operand: Operand, window: Window) -> Frame:
        if isinstance(operand, Frame):
            return operand
        if self._numbers:
            return number_frame(operand, window)
        return constant(operand, window)


def constant(value: float, window: Window) -> Frame:
    """A number as a line over the window."""
    times = Buckets.of(window).starts
    return _level(value, times, window.interval)


def number_frame(value: float, window: Window) -> Frame:
    """A number beside the numbers of groups, which have the time 0."""
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
    """Only the buckets that begin within the window's own."""
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
