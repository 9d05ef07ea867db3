"""Plans and evaluates trees over made-up frames: the stages of a query without a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from heeler.query.frame import Frame
from heeler.query.metrics.ast import Node
from heeler.query.metrics.evaluate import evaluate
from heeler.query.metrics.plan import Read
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Window


def evaluated(
    node: Node, window: Window, select: Callable[[Read], Frame], named: Mapping[str, Frame] | None = None
) -> Frame:
    """The frame of ``node``; ``select`` answers its reads, ``named`` its names."""
    made = plan((node,), window, named)
    frames = {read: select(read) for read in made.reads}
    (frame,) = evaluate(made, frames, {item: (named or {})[item.name] for item in made.named})
    return frame
