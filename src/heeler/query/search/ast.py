"""Abstract syntax tree of a search, and its text form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Comparison = Literal[">", ">=", "<", "<="]

_WORDS = ("AND", "OR", "NOT", "TO", "CIDR")
#: Special characters, which are escaped with a backslash.
SPECIAL = set('+-=&|><!(){}[]^"“”~*?:\\/# \t\n$,')


@dataclass(frozen=True, slots=True)
class Wild:
    """``*`` (``many``) or ``?`` in a pattern."""

    many: bool


Part = str | Wild


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value: alternating literal text and wildcards. ``quoted``: a phrase, without special characters."""

    parts: tuple[Part, ...]
    quoted: bool = False

    @property
    def literal(self) -> str | None:
        """The text, if there is no wildcard."""
        if any(isinstance(part, Wild) for part in self.parts):
            return None
        return "".join(part for part in self.parts if isinstance(part, str))

    @property
    def anything(self) -> bool:
        return self.parts == (Wild(True),)


@dataclass(frozen=True, slots=True)
class Field:
    """``attribute``: written with ``@``; else a reserved name or a tag key."""

    name: str
    attribute: bool = False


@dataclass(frozen=True, slots=True)
class Everything:
    """An empty search, ``*``, or a template variable without a value."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words anywhere in the message; ``everywhere`` (``*:word``): in all attributes too."""

    pattern: Pattern
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    field: Field
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Exists:
    field: Field


@dataclass(frozen=True, slots=True)
class Compare:
    field: Field
    operator: Comparison
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """``[low TO high]`` with its ends, ``{low TO high}`` without, ``[low TO high}`` with the first; ``None``
    is ``*``, unbounded.
    """

    field: Field
    low: str | None
    high: str | None
    inclusive: tuple[bool, bool] = (True, True)


@dataclass(frozen=True, slots=True)
class Cidr:
    """An address within any of ``networks``."""

    field: Field
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Node


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Node, ...]


Leaf = Everything | Text | Match | Exists | Compare | Range | Cidr
Node = Leaf | Not | And | Or


def nodes(node: Node) -> Iterator[Node]:
    """The node and every node below it."""
    yield node
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from nodes(item)
        case Not(item):
            yield from nodes(item)


def leaves(node: Node) -> Iterator[Leaf]:
    """Every term of the search, left to right."""
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from leaves(item)
        case Not(item):
            yield from leaves(item)
        case _:
            yield node


def holds(node: Node, test: Callable[[Leaf], bool]) -> bool:
    """Evaluate the search with ``test`` as the truth value of its terms."""
    match node:
        case And(items):
            return all(holds(item, test) for item in items)
        case Or(items):
            return any(holds(item, test) for item in items)
        case Not(item):
            return not holds(item, test)
        case _:
            return test(node)


def write(node: Node) -> str:
    """Print a search that parses to ``node`` again."""
    match node:
        case Everything():
            return "*"
        case Text(pattern, everywhere):
            return ("*:" if everywhere else "") + write_pattern(pattern)
        case Match(field, pattern):
            return f"{write_field(field)}:{write_pattern(pattern)}"
        case Exists(field):
            return f"{write_field(field)}:*"
        case Compare(field, operator, value):
            return f"{write_field(field)}:{operator}{escape(value)}"
        case Range(field, low, high, inclusive):
            first, last = "[" if inclusive[0] else "{", "]" if inclusive[1] else "}"
            return f"{write_field(field)}:{first}{_end(low)} TO {_end(high)}{last}"
        case Cidr(field, networks):
            return f"CIDR({write_field(field)},{','.join(networks)})"
        case Not(item):
            return "-" + _grouped(item)
        case And(items):
            return " ".join(_grouped(item) for item in items)
        case Or(items):
            return " OR ".join(_grouped(item) for item in items)


def _grouped(node: Node) -> str:
    return f"({write(node)})" if isinstance(node, And | Or) else write(node)


def _end(value: str | None) -> str:
    return "*" if value is None else escape(value)


def write_field(field: Field) -> str:
    return ("@" if field.attribute else "") + escape(field.name)


def write_pattern(pattern: Pattern) -> str:
    if pattern.quoted:
        text = "".join(part for part in pattern.parts if isinstance(part, str))
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "".join(
        ("*" if part.many else "?") if isinstance(part, Wild) else escape(part) for part in pattern.parts
    )


def escape(text: str) -> str:
    escaped = "".join("\\" + char if char in SPECIAL or char.isspace() else char for char in text)
    return "\\" + escaped if escaped in _WORDS or escaped.startswith("@") else escaped
