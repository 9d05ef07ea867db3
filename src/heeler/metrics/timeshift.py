"""Formulas that look at other times of queries that are no metrics: ``lines / week_before(lines)``. Pure.

A metrics query is read over the window that a function asks for. Frames of other sources are there before the
formula is evaluated, so each such use gets a name of its own, and whoever asks reads it over its own window.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from heeler.query.metrics.ast import Binary, Call, Modified, Name, Negate, Node
from heeler.query.metrics.evaluate import call_windows, shared_window
from heeler.query.metrics.functions import bind
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.printer import print_node
from heeler.query.metrics.window import Window


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What formulas call ``name`` is the query ``source`` over ``window``."""

    name: str
    source: str
    window: Window


@dataclass
class Shifted:
    """The windows that formulas want the ``sources`` over, found one formula after the other."""

    sources: Collection[str]
    window: Window
    wanted: dict[tuple[str, Window], Elsewhere] = field(default_factory=dict)

    def formula(self, text: str) -> str:
        """``text`` with names of their own for what is looked at elsewhere. Raises ``QueryError``."""
        node = parse_one(text)
        found = self._placed(node, self.window)
        return text if found == node else print_node(found)

    def _placed(self, node: Node, window: Window) -> Node:
        match node:
            case Name() if node.name in self.sources:
                return self._named(node, window)
            case Binary():
                shared = shared_window(node, window)
                left, right = self._placed(node.left, shared), self._placed(node.right, shared)
                return replace(node, left=left, right=right)
            case Negate() | Modified():
                return replace(node, operand=self._placed(node.operand, window))
            case Call():
                bound = bind(node)
                inner = call_windows(bound, node, window)
                expressions = [id(item) for item in bound.expressions]
                arguments = (
                    self._placed(item, inner) if id(item) in expressions else item for item in node.arguments
                )
                return replace(node, arguments=tuple(arguments))
        return node

    def _named(self, node: Name, window: Window) -> Name:
        moved = window.start - self.window.start
        if window.lead or moved != window.end - self.window.end or moved == 0:
            return node
        over = self.window.shifted(moved)
        # Names of queries have no dots.
        name = f"elsewhere.{node.name}.{len(self.wanted)}"
        return replace(
            node, name=self.wanted.setdefault((node.name, over), Elsewhere(name, node.name, over)).name
        )
