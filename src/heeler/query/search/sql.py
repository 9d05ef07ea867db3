"""Compiles a search tree to a parameterized SQL condition over a
:class:`~heeler.query.search.field_sql.Table`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from heeler.query.search.ast import (
    And,
    Cidr,
    Compare,
    Everything,
    Exists,
    Field,
    Match,
    Node,
    Not,
    Or,
    Pattern,
    Range,
    Text,
    write_field,
)
from heeler.query.search.field_sql import NotANumber, Parameters, Source, Table
from heeler.query.search.parser import SearchError, parse
from heeler.query.search.predicates import words_expression

#: Whole tokens of the text index, which splits at ASCII characters other than letters and digits only.
_TOKEN = re.compile(r"(?<![A-Za-z0-9\u0080-\U0010ffff])[A-Za-z0-9]+(?![A-Za-z0-9\u0080-\U0010ffff])")


def search_condition(text: str, table: Table, to: Parameters) -> str:
    """Compile a search as typed to a condition. Raises :class:`~heeler.query.search.parser.SearchError`."""
    return condition(parse(text), table, to)


def condition(node: Node, table: Table, to: Parameters) -> str:
    """SQL expression that is true for rows matching ``node``. Raises ``SearchError`` for an invalid
    comparison.
    """
    match node:
        case Everything():
            return "1"
        case And(items):
            return "(" + " AND ".join(_all(dict.fromkeys(items), table, to)) + ")"
        case Or(items):
            return "(" + " OR ".join(_any(dict.fromkeys(items), table, to)) + ")"
        case Not(item):
            return f"NOT ({condition(item, table, to)})"
        case Text(pattern, everywhere):
            texts = table.everywhere if everywhere else table.message
            return "(" + " OR ".join(contains_words(text, pattern, to) for text in texts) + ")"
        case Match(field, pattern):
            return _of_field(field, table, lambda source: source.matches(pattern, to))
        case Exists(field):
            return _of_field(field, table, lambda source: source.exists(to))
        case Cidr(field, networks):
            return _of_field(field, table, lambda source: source.in_networks(networks, to))
        case Range(field, low, high, inclusive):
            return _of_field(field, table, lambda source: source.between(low, high, inclusive, to))
        case Compare(field, operator, value):
            low, high = (value, None) if operator.startswith(">") else (None, value)
            ends = (operator.endswith("="), operator.endswith("="))
            return _of_field(field, table, lambda source: source.between(low, high, ends, to))


def _all(items: Iterable[Node], table: Table, to: Parameters) -> Iterator[str]:
    """Conditions of a conjunction; negated terms are combined."""
    excluded = []
    for item in items:
        if isinstance(item, Not):
            excluded.append(item.item)
        else:
            yield condition(item, table, to)
    if excluded:
        yield f"NOT ({' OR '.join(_any(dict.fromkeys(excluded), table, to))})"


def _any(items: Iterable[Node], table: Table, to: Parameters) -> Iterator[str]:
    """Conditions of a disjunction; values of one field are combined."""
    values: dict[Field, list[Pattern]] = {}
    for item in items:
        if isinstance(item, Match) and item.pattern.literal is not None:
            values.setdefault(item.field, []).append(item.pattern)
        else:
            yield condition(item, table, to)
    for field, patterns in values.items():
        yield _of_values(field, patterns, table, to)


def _of_values(field: Field, patterns: Sequence[Pattern], table: Table, to: Parameters) -> str:
    return _of_field(field, table, lambda source: source.matches_any(patterns, to))


def _once(text: str, to: Parameters) -> str:
    """Name a computed text so that it is computed once; columns are left unchanged, for their index."""
    return to.named(("text", text), lambda: text) if "(" in text else text


def _lowered(text: str, to: Parameters) -> str:
    lowered = f"lower({text})"
    return to.named(("text", lowered), lambda: f"lower({_once(text, to)})") if "(" in text else lowered


def _of_field(field: Field, table: Table, ask: Callable[[Source], str]) -> str:
    try:
        return f"({ask(table.source(field.name, field.attribute))})"
    except NotANumber as error:
        raise SearchError(f"{write_field(field)}: {error}", 0) from error


def contains_words(text: str, pattern: Pattern, to: Parameters) -> str:
    """Condition that ``text``, an expression, contains the words of ``pattern``: whole, adjacent,
    case-insensitive.

    Whole plain words are looked up as tokens in the text index; the rest is a regular expression.
    """
    literal = pattern.literal
    if literal is not None and literal.isascii() and literal.isalnum():
        return f"hasToken({_lowered(text, to)}, {to.add(literal.lower())})"
    tokens = [] if literal is None else _TOKEN.findall(literal)[:8]
    conditions = [f"hasToken({_lowered(text, to)}, {to.add(token.lower())})" for token in tokens]
    conditions.append(f"match({_once(text, to)}, {to.add(words_expression(pattern))})")
    return "(" + " AND ".join(conditions) + ")"
