"""Printer of syntax trees: parsing the printed text gives an equal tree."""

from __future__ import annotations

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
)

_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}
_UNARY, _ATOM = 3, 4


def print_query(nodes: tuple[Node, ...]) -> str:
    """All expressions, separated by commas."""
    return ", ".join(print_node(node) for node in nodes)


def print_node(node: Node) -> str:
    """One expression in its normal form: single spaces around operators, ``k:v`` scopes, ``by {a,b}``."""
    match node:
        case Selector():
            return _selector(node)
        case Name():
            return node.name + _modifiers(node.modifiers)
        case Number():
            return print_number(node.value)
        case Text():
            return _quoted(node.value)
        case TagSet():
            return "{" + (", ".join(node.keys) or "*") + "}"
        case Call():
            return _call(node)
        case Binary():
            return _binary(node)
        case Negate():
            return "-" + _within(node.operand, _UNARY)
        case Modified():
            return f"({print_node(node.operand)})" + _modifiers(node.modifiers)


def print_number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def print_scope(scope: Scope) -> str:
    match scope:
        case Tag():
            return scope.text
        case Not():
            inner = print_scope(scope.operand)
            return f"!({inner})" if isinstance(scope.operand, (All, AnyOf, In)) else f"!{inner}"
        case In():
            return f"{scope.key} {'NOT ' if scope.negated else ''}IN ({','.join(scope.values)})"
        case All():
            return _joined(scope)
        case AnyOf():
            return " OR ".join(_operand(item, (AnyOf,)) for item in scope.operands)


def _joined(scope: All) -> str:
    first, *rest = scope.operands
    # A chain at the left end would be parsed as part of this one, which would change the tree.
    return ",".join([_operand(first, (AnyOf,)), *(_operand(item, (AnyOf, All)) for item in rest)])


def _operand(scope: Scope, bracketed: tuple[type, ...]) -> str:
    text = print_scope(scope)
    return f"({text})" if isinstance(scope, bracketed) else text


def print_aggregator(aggregator: str | Threshold | None) -> str:
    """The aggregator with its colon; empty if there is none."""
    if aggregator is None:
        return ""
    if isinstance(aggregator, Threshold):
        name, value = aggregator.variable, print_number(aggregator.value)
        return f"count({name}: {name}{aggregator.comparator}{value}):"
    return f"{aggregator}:"


def _selector(node: Selector) -> str:
    scope = print_scope(node.scope) if node.scope != EVERYTHING else "*"
    by = f" by {{{','.join(node.by)}}}" if node.by else ""
    return f"{print_aggregator(node.aggregator)}{node.metric}{{{scope}}}{by}{_modifiers(node.modifiers)}"


def _call(node: Call) -> str:
    arguments = [print_node(item) for item in node.arguments]
    arguments += [f"{name}={print_node(value)}" for name, value in node.keywords]
    return f"{node.function}({', '.join(arguments)}){_modifiers(node.modifiers)}"


def _modifiers(modifiers: tuple[Modifier, ...]) -> str:
    return "".join(
        f".{item.name}({', '.join(_plain(value) for value in item.arguments)})" for item in modifiers
    )


def _plain(value: str | float) -> str:
    if isinstance(value, float):
        return print_number(value)
    simple = value != "" and all(sign.isalnum() or sign in "_+-.:$" for sign in value) and value.isascii()
    return value if simple else _quoted(value)


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


def _binary(node: Binary) -> str:
    level = _PRECEDENCE[node.operator]
    # Left associative: an equal operator on the right needs parentheses.
    return f"{_within(node.left, level)} {node.operator} {_within(node.right, level + 1)}"


def _within(node: Node, level: int) -> str:
    text = print_node(node)
    return f"({text})" if _level(node) < level else text


def _level(node: Node) -> int:
    if isinstance(node, Binary):
        return _PRECEDENCE[node.operator]
    return _UNARY if isinstance(node, Negate) else _ATOM
