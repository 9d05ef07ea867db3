"""Parser of the metrics query language: the grammar is in ``grammar.lark``; this module rejects what the
grammar permits in excess."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from heeler.query.limits import MAX_DEPTH, MAX_GROUP_KEYS, MAX_TEXT
from heeler.query.metrics import diagnostics
from heeler.query.metrics.ast import (
    EVERYTHING,
    All,
    AnyOf,
    Binary,
    Call,
    In,
    Modified,
    Modifier,
    Name,
    Negate,
    Node,
    Not,
    Number,
    Scope,
    Selector,
    Tag,
    TagSet,
    Text,
    Threshold,
    children,
)
from heeler.query.metrics.errors import QueryError

_AGGREGATORS = frozenset(("avg", "sum", "min", "max", "count", "last", "stddev", "histogram"))
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d+)?|100)\Z")
_NUMERIC = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")


def is_aggregator(name: str) -> bool:
    return name in _AGGREGATORS or _PERCENTILE.match(name) is not None


class _Braces:
    """A scope that was written, as opposed to none."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope


class _Comparison:
    def __init__(self, names: tuple[str, str], threshold: Threshold, position: int) -> None:
        self.names, self.threshold, self.position = names, threshold, position


class _Builder:
    """Builds nodes during parsing: one method for each grammar rule, called with the rule's parts."""

    def start(self, parts: list[Any]) -> tuple[Node, ...]:
        return tuple(parts)

    def number(self, parts: list[Any]) -> Number:
        return Number(_number(parts[0], parts[0].start_pos), position=parts[0].start_pos)

    def signed(self, parts: list[Any]) -> Number:
        sign = -1.0 if parts[0] is not None and parts[0] == "-" else 1.0
        return Number(sign * _number(parts[-1], parts[-1].start_pos), position=parts[-1].start_pos)

    def string(self, parts: list[Any]) -> Text:
        return Text(str(parts[0])[1:-1], position=parts[0].start_pos)

    def bareword(self, parts: list[Any]) -> Name:
        return Name(str(parts[0]), position=parts[0].start_pos)

    def binary(self, parts: list[Any]) -> Binary:
        left, operator, right = parts
        return Binary(str(operator), left, right, position=operator.start_pos)

    def negate(self, parts: list[Any]) -> Node:
        operand = parts[1]
        if isinstance(operand, Number):
            return Number(-operand.value, position=parts[0].start_pos)
        return Negate(operand, position=parts[0].start_pos)

    def positive(self, parts: list[Any]) -> Node:
        node: Node = parts[1]
        return node

    def parenthesised(self, parts: list[Any]) -> Node:
        operand, modifiers = parts
        if not modifiers:
            node: Node = operand
            return node
        return Modified(operand, modifiers, position=getattr(operand, "position", -1))

    def call(self, parts: list[Any]) -> tuple[Any, list[Any]]:
        return parts[0], [part for part in parts[1:] if part is not None]

    def keyword(self, parts: list[Any]) -> tuple[str, Node]:
        return str(parts[0]), parts[1]

    def threshold(self, parts: list[Any]) -> _Comparison:
        first, second, comparator, value = parts
        return _Comparison(
            (str(first), str(second)),
            Threshold(str(comparator), value.value, str(first)),
            first.start_pos,
        )

    def tag_set(self, parts: list[Any]) -> TagSet:
        brace, scope = parts
        return TagSet(_keys(scope, brace.start_pos), position=brace.start_pos)

    def modified_call(self, parts: list[Any]) -> Node:
        (name, arguments), modifiers = parts
        for argument in arguments:
            if isinstance(argument, _Comparison):
                raise QueryError(
                    "A comparison counts points of a distribution: count(v: v>=1):metric{*}",
                    argument.position,
                )
        keywords = tuple(item for item in arguments if isinstance(item, tuple))
        positional = tuple(item for item in arguments if not isinstance(item, tuple))
        return Call(str(name), positional, keywords, modifiers, position=name.start_pos)

    def bare_selector(self, parts: list[Any]) -> Node:
        name, braces, by, modifiers = parts
        if braces is None and not by:
            return Name(str(name), modifiers, position=name.start_pos)
        return _selector(name, None, braces, by, modifiers, name.start_pos)

    def aggregated_selector(self, parts: list[Any]) -> Selector:
        aggregator, name, braces, by, modifiers = parts
        if not is_aggregator(str(aggregator)):
            raise QueryError(diagnostics.unknown_aggregator(str(aggregator)), aggregator.start_pos)
        return _selector(name, str(aggregator), braces, by, modifiers, aggregator.start_pos)

    def threshold_selector(self, parts: list[Any]) -> Selector:
        (function, arguments), name, braces, by, modifiers = parts
        comparison = arguments[0] if len(arguments) == 1 else None
        if str(function) != "count" or not isinstance(comparison, _Comparison):
            raise QueryError(
                "Before ':' stands an aggregator, for example count(v: v>=1)", function.start_pos
            )
        if comparison.names[0] != comparison.names[1]:
            raise QueryError(f"Expected {comparison.names[0]!r} to be compared", comparison.position)
        return _selector(name, comparison.threshold, braces, by, modifiers, function.start_pos)

    def no_braces(self, _: list[Any]) -> None:
        return None

    def braces(self, parts: list[Any]) -> _Braces:
        return _Braces(parts[0] if parts[0] is not None else EVERYTHING)

    def by(self, parts: list[Any]) -> tuple[str, ...]:
        return parts[1] if parts[0] is not None else ()

    def modifiers(self, parts: list[Any]) -> tuple[Modifier, ...]:
        return tuple(parts)

    def modifier(self, parts: list[Any]) -> Modifier:
        name, *arguments = parts
        values = tuple(_plain(item) for item in arguments if item is not None)
        return Modifier(str(name), values, position=name.start_pos)

    def plain(self, parts: list[Any]) -> str:
        return str(parts[0])

    def any_of(self, parts: list[Any]) -> AnyOf:
        return AnyOf(tuple(part for part in parts if not _is_keyword(part)))

    def all_of(self, parts: list[Any]) -> All:
        left, right = [part for part in parts if not _is_keyword(part)]
        # A chain is one node; a parenthesised chain on the left is equivalent.
        return All((*left.operands, right)) if isinstance(left, All) else All((left, right))

    def trailing_comma(self, parts: list[Any]) -> Scope:
        scope: Scope = parts[0]
        return scope

    def negated(self, parts: list[Any]) -> Not:
        return Not(parts[-1])

    def tag(self, parts: list[Any]) -> Scope:
        return _tag(str(parts[0]), parts[0].start_pos)

    def spaced_tag(self, parts: list[Any]) -> Scope:
        return _tag(str(parts[0]) + str(parts[1]), parts[0].start_pos)

    def one_of(self, parts: list[Any]) -> In:
        return In(str(parts[0]), parts[-1])

    def none_of(self, parts: list[Any]) -> In:
        return In(str(parts[0]), parts[-1], negated=True)

    def first_word(self, parts: list[Any]) -> tuple[str, ...]:
        return (str(parts[0]),)

    def next_word(self, parts: list[Any]) -> tuple[str, ...]:
        return (*parts[0], str(parts[1]))

    def words(self, parts: list[Any]) -> tuple[str, ...]:
        words: tuple[str, ...] = parts[0]
        return words


def _is_keyword(part: Any) -> bool:
    return isinstance(part, str)


def _tag(text: str, position: int) -> Scope:
    if text.startswith("--") and len(text) > 2:
        raise QueryError(f"{text!r} is not a tag: one - in front leaves a tag out", position)
    wrong = diagnostics.in_tag(text)
    if wrong:
        raise QueryError(wrong, position)
    if text.startswith("-") and len(text) > 1:
        return Not(Tag(text[1:]))
    return Tag(text)


def _keys(scope: Scope | None, position: int) -> tuple[str, ...]:
    operands = scope.operands if isinstance(scope, All) else (scope,)
    if not all(isinstance(item, Tag) for item in operands if item is not None):
        raise QueryError("Expected tag keys in braces, for example {host, env}", position)
    return tuple(item.text for item in operands if isinstance(item, Tag) and item.text != "*")


def _plain(item: Any) -> str | float:
    """Argument of a modifier: quoting makes no difference; numbers are numbers."""
    text = item.value if isinstance(item, Text) else str(item)
    return _number(text, getattr(item, "start_pos", -1)) if _NUMERIC.match(text) else text


def _number(text: str, position: int) -> float:
    value = float(text)
    if math.isinf(value):
        raise QueryError("This number is too large: the largest is about 1.8e308", position)
    return value


def _selector(
    name: Any,
    aggregator: str | Threshold | None,
    braces: _Braces | None,
    by: tuple[str, ...],
    modifiers: tuple[Modifier, ...],
    position: int,
) -> Selector:
    if len(by) > MAX_GROUP_KEYS:
        raise QueryError(
            f"The query groups by {len(by)} tag keys; at most {MAX_GROUP_KEYS} are possible", position
        )
    scope = braces.scope if braces else EVERYTHING
    return Selector(str(name), aggregator, scope, by, modifiers, position=position)


@lru_cache(maxsize=1)
def _grammar() -> Any:
    text = (files("heeler.query.metrics") / "grammar.lark").read_text()
    return Lark(text, parser="lalr", lexer="contextual", transformer=_Builder(), maybe_placeholders=True)


@lru_cache(maxsize=2048)
def parse(text: str) -> tuple[Node, ...]:
    """Parse the comma-separated expressions of ``text``. Raises :class:`QueryError` with a position."""
    if len(text) > MAX_TEXT:
        raise QueryError(f"The query has {len(text)} characters; at most {MAX_TEXT} are read")
    try:
        nodes: tuple[Node, ...] = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text) from None
    except QueryError as error:
        raise error.within(text) from None
    _refuse_depth(nodes)
    return nodes


def parse_one(text: str) -> Node:
    """Parse ``text`` as a single expression."""
    nodes = parse(text)
    if len(nodes) != 1:
        raise QueryError(f"Expected one expression, found {len(nodes)} separated by commas", 0, text)
    return nodes[0]


def _refuse_depth(nodes: tuple[Node, ...]) -> None:
    stack: list[tuple[Any, int]] = [(node, 1) for node in nodes]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise QueryError(f"The query is nested more than {MAX_DEPTH} deep", getattr(node, "position", -1))
        stack.extend((child, depth + (not isinstance(child, tuple))) for child in children(node))


def _syntax_error(error: Any, text: str) -> QueryError:
    if isinstance(error, UnexpectedCharacters):
        position, expected = error.pos_in_stream, error.allowed or set()
    elif isinstance(error, UnexpectedToken):
        ended = error.token.type == "$END"
        position = len(text) if ended else error.pos_in_stream
        expected = error.accepts or error.expected
    elif isinstance(error, UnexpectedEOF):
        position, expected = len(text), set(error.expected)
    else:
        return QueryError("Error parsing query", -1, text)
    return QueryError(f"Error parsing query: {diagnostics.explain(text, position, expected)}", position, text)
