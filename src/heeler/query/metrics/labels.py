"""Names of result series in responses: the query's text for one group, its metric, its aggregator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from heeler.query.metrics.ast import Binary, Call, Modified, Name, Negate, Node, Selector, Tag, selectors
from heeler.query.metrics.printer import print_node

#: Placeholder for the scope; no query can contain it.
_MARK = "\0scope\0"


def expression_text(node: Node, scope: str) -> str:
    """``node`` with every selector restricted to ``scope``, in the public API's format of a series'
    expression.
    """
    return print_node(_map(node, lambda item: replace(item, scope=Tag(scope), by=())))


def expression_writer(node: Node) -> Callable[[str], str]:
    """:func:`expression_text` of ``node`` for many scopes; printed once."""
    parts = expression_text(node, _MARK).split(_MARK)
    return lambda scope: scope.join(parts)


def metric_text(node: Node) -> str:
    """``node`` with every selector replaced by its metric's name: ``abs(system.load.1)``."""
    return print_node(_map(node, lambda item: Name(item.metric)))


def first_aggregator(node: Node) -> str | None:
    """Aggregator of the first selector; None if it has none."""
    found = selectors(node)
    aggregator = found[0].aggregator if found else None
    return aggregator if isinstance(aggregator, str) or aggregator is None else "count"


def group_keys(node: Node) -> list[str]:
    """The tags that the query groups by, in order of appearance."""
    return list(dict.fromkeys(key for item in selectors(node) for key in item.by))


def _map(node: Node, change: Callable[[Selector], Node]) -> Node:
    match node:
        case Selector():
            return change(node)
        case Binary():
            return replace(node, left=_map(node.left, change), right=_map(node.right, change))
        case Negate() | Modified():
            return replace(node, operand=_map(node.operand, change))
        case Call():
            return replace(node, arguments=tuple(_map(item, change) for item in node.arguments))
    return node
