"""Abstract syntax tree of metrics queries and formulas. Nodes are values: equal if their texts are
equivalent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any


def _position() -> Any:
    return field(default=-1, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Tag:
    """``key:value``, a bare word, ``*``, or a template variable; ``*`` in the value matches anything."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    operand: Scope


@dataclass(frozen=True, slots=True)
class All:
    """Conjunction (``,`` or AND)."""

    operands: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Disjunction (OR)."""

    operands: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class In:
    """``key IN (a, b)``."""

    key: str
    values: tuple[str, ...]
    negated: bool = False


Scope = Tag | Not | All | AnyOf | In
EVERYTHING = Tag("*")


@dataclass(frozen=True, slots=True)
class Modifier:
    """``.name(arguments)``; an argument is a number or text."""

    name: str
    arguments: tuple[str | float, ...] = ()
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Threshold:
    """``count(v: v>=100)``: counts a distribution's points that satisfy the comparison."""

    comparator: str
    value: float
    variable: str = "v"


@dataclass(frozen=True, slots=True)
class Selector:
    """Series of a metric in a scope, aggregated into groups.

    ``aggregator`` is None if the query has none (``avg`` is used).
    """

    metric: str
    aggregator: str | Threshold | None = None
    scope: Scope = EVERYTHING
    by: tuple[str, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    position: int = _position()


def is_percentile(aggregator: str | Threshold | None) -> bool:
    """Whether ``aggregator`` is a percentile such as ``p95``, available for distributions only."""
    return isinstance(aggregator, str) and aggregator[:1] == "p"


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name: a query in formulas, a metric in queries, a word in arguments."""

    name: str
    modifiers: tuple[Modifier, ...] = ()
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    position: int = _position()


@dataclass(frozen=True, slots=True)
class TagSet:
    """``{host, env}`` as an argument: the tags that a second space aggregation groups by; may be empty."""

    keys: tuple[str, ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...] = ()
    keywords: tuple[tuple[str, Node], ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Negate:
    operand: Node
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Modified:
    """``(expression).modifier()``."""

    operand: Node
    modifiers: tuple[Modifier, ...]
    position: int = _position()


Node = Selector | Name | Number | Text | TagSet | Call | Binary | Negate | Modified


def children(node: Any) -> Iterator[Any]:
    """Direct children of ``node``."""
    values = node if isinstance(node, tuple) else [getattr(node, name) for name in _names(type(node))]
    for value in values:
        if isinstance(value, tuple) or _names(type(value)):
            yield value


_FIELDS: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    """Field names of a node class; empty for other classes."""
    found = _FIELDS.get(kind)
    if found is None:
        found = tuple(item.name for item in fields(kind)) if is_dataclass(kind) else ()
        _FIELDS[kind] = found
    return found


def walk(node: Node) -> Iterator[Node]:
    """Every expression of the tree in pre-order; iterative."""
    stack: list[Any] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Node):
            yield current
        stack.extend(reversed(list(children(current))))


def selectors(node: Node) -> list[Selector]:
    return [item for item in walk(node) if isinstance(item, Selector)]
