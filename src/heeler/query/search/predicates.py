"""Searches as predicates on single in-memory records, before they are stored.

:func:`compile_search` compiles a search to a function once. It matches the same records as the engine does
for the same search over stored rows (:mod:`heeler.query.search.sql`). A :class:`Reader` defines how a record
is read.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import re2

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
    Wild,
    write_field,
)
from heeler.query.search.attributes import equal_number
from heeler.query.search.field_sql import NotANumber, lowered, number_of
from heeler.query.search.parser import SearchError, parse
from heeler.query.wildcards import expression, linear_options
from heeler.wire.json_codec import dump

Record = TypeVar("Record")
_Contra = TypeVar("_Contra", contravariant=True)
_RE2_OPTIONS = linear_options()
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
#: Word characters of the text index: ASCII letters and digits, and all non-ASCII characters.
_OF_WORDS = r"[A-Za-z0-9\u0080-\U0010ffff]"
_TOKEN = re.compile(rf"(?<!{_OF_WORDS})[A-Za-z0-9]+(?!{_OF_WORDS})")


class LowerCase(str):
    """A value stored in lower case: patterns are lowered before the comparison."""

    __slots__ = ()


class Reader(Protocol[_Contra]):
    """Defines how fields are read from a type of record."""

    def values_of(self, field: Field) -> Callable[[_Contra], Iterable[Any]]:
        """Return a reader of the field's values: strings, numbers or booleans; possibly several."""
        ...

    def is_duration(self, field: Field) -> bool:
        """Whether the field's numbers are nanoseconds, so that ``>1s`` is supported."""
        ...

    def texts(self, record: _Contra, everywhere: bool) -> Iterable[str]:
        """Texts searched by free text; ``everywhere`` for ``*:word``."""
        ...

    def equals(self, field: Field, pattern: Pattern) -> Callable[[Any], bool]:
        """Whether a value of the field matches ``pattern``; :func:`equals_value` by default."""
        ...

    def is_present(self, field: Field) -> Callable[[Any], bool]:
        """Whether a value counts as present; :func:`has_text` by default."""
        ...


def compile_search(text: str, reader: Reader[Record]) -> Callable[[Record], bool]:
    """Compile a search to a predicate on records. Raises :class:`~heeler.query.search.parser.SearchError`."""
    return compile_node(parse(text), reader)


def compile_node(node: Node, reader: Reader[Record]) -> Callable[[Record], bool]:
    """Compile a search tree to a predicate on records. Raises like :func:`compile_search`."""
    match node:
        case Everything():
            return lambda _: True
        case And(items):
            every = [compile_node(item, reader) for item in items]
            return lambda record: all(test(record) for test in every)
        case Or(items):
            some = [compile_node(item, reader) for item in items]
            return lambda record: any(test(record) for test in some)
        case Not(item):
            test = compile_node(item, reader)
            return lambda record: not test(record)
        case Text(pattern, everywhere):
            contains = contains_words(pattern)
            return lambda record: any(contains(text) for text in reader.texts(record, everywhere))
        case Exists(field):
            return _any_value(field, reader.is_present(field), reader)
        case Match(field, pattern):
            return _any_value(field, reader.equals(field, pattern), reader)
        case Cidr(field, networks):
            return _any_value(field, _in_networks(networks), reader)
        case Range(field, low, high, inclusive):
            test_range = _between(field, low, high, inclusive, reader.is_duration(field))
            return _any_value(field, test_range, reader)
        case Compare(field, operator, value):
            low, high = (value, None) if operator.startswith(">") else (None, value)
            ends = (operator.endswith("="), operator.endswith("="))
            return _any_value(field, _between(field, low, high, ends, reader.is_duration(field)), reader)


def _any_value(field: Field, test: Callable[[Any], bool], reader: Reader[Record]) -> Callable[[Record], bool]:
    values = reader.values_of(field)

    def any_value(record: Record) -> bool:
        for value in values(record):  # noqa: SIM110 - a generator more takes longer than most tests
            if test(value):
                return True
        return False

    return any_value


def contains_words(pattern: Pattern) -> Callable[[str], bool]:
    """Whether a text contains the words of ``pattern``: whole, adjacent, case-insensitive.

    Plain words must be tokens, as in the engine's text index.
    """
    literal = pattern.literal
    if literal is not None and literal.isascii() and literal.isalnum():
        return _has_token(literal)
    try:
        whole = re2.compile(words_expression(pattern), _RE2_OPTIONS)
    except re2.error:
        raise SearchError("A search term with wildcards is too long", 0) from None
    tokens = [_has_token(token) for token in ([] if literal is None else _TOKEN.findall(literal)[:8])]
    # RE2 takes UTF-8, in which lone surrogates do not exist.
    return lambda text: (
        all(has(text) for has in tokens) and whole.search(text.encode("utf-8", "replace")) is not None
    )


def words_expression(pattern: Pattern) -> str:
    """RE2 expression that finds the words of ``pattern`` in a text: whole, adjacent, case-insensitive.

    Any whitespace stands between words; a wildcard does not reach beyond whitespace.
    """
    expression = "".join(
        (r"\S*" if part.many else r"\S")
        if isinstance(part, Wild)
        else re.sub(r"(\\\s|\s)+", r"\\s+", re.escape(part))
        for part in pattern.parts
    )
    return rf"(?i)(^|[^\pL\pN]){expression}($|[^\pL\pN])"


def _has_token(word: str) -> Callable[[str], bool]:
    found = re.compile(rf"(?<!{_OF_WORDS}){word}(?!{_OF_WORDS})", re.IGNORECASE | re.ASCII)
    return lambda text: found.search(text) is not None


def equals_value(pattern: Pattern, duration: bool) -> Callable[[Any], bool]:
    """Whether a value equals ``pattern``: as a number if both are numbers, else as text."""
    exact, lower = same_text(pattern), same_text(lowered(pattern))
    number = equal_number(pattern, duration)

    def equals(value: Any) -> bool:
        if number is not None and is_number(value):
            return float(value) == number
        return lower(value) if isinstance(value, LowerCase) else exact(as_text(value))

    return equals


def has_text(value: Any) -> bool:
    return as_text(value) != ""


def same_text(pattern: Pattern) -> Callable[[str], bool]:
    """Whether a whole text matches ``pattern``, which may have wildcards."""
    literal = pattern.literal
    if literal is not None:
        return lambda text: text == literal
    parts = [""]
    for part in pattern.parts:
        if isinstance(part, Wild) and part.many:
            parts.append("")
        else:
            parts[-1] += "." if isinstance(part, Wild) else re.escape(part)
    whole = re.compile(expression(parts), re.DOTALL)
    return lambda text: whole.fullmatch(text) is not None


def _between(
    field: Field, low: str | None, high: str | None, inclusive: tuple[bool, bool], duration: bool
) -> Callable[[Any], bool]:
    try:
        least, most = (None if end is None else number_of(end, duration=duration) for end in (low, high))
    except NotANumber as error:
        raise SearchError(f"{write_field(field)}: {error}", 0) from error

    def between(value: Any) -> bool:
        number = as_number(value)
        if number is None:
            return False
        if least is not None and not (number >= least if inclusive[0] else number > least):
            return False
        return most is None or (number <= most if inclusive[1] else number < most)

    return between


def _in_networks(networks: tuple[str, ...]) -> Callable[[Any], bool]:
    known = [ipaddress.ip_network(one) for one in networks]

    def inside(value: Any) -> bool:
        try:
            address = ipaddress.ip_address(as_text(value))
        except ValueError:
            return False
        return any(address in network for network in known)

    return inside


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_number(value: Any) -> float | None:
    """Convert a number or numeric string to a number; None for others and for what is not finite."""
    if not is_number(value) and not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def as_text(value: Any) -> str:
    """Text of a value as the engine stores it: integers of any length, whole numbers without a decimal point,
    nothing for NaN and infinity."""
    if isinstance(value, str):
        return value
    if is_number(value):
        if isinstance(value, int):
            return str(value)
        if not math.isfinite(value):
            return ""
        if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
    return dump(value)
