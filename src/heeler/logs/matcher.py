"""Searches evaluated on single logs, before they are stored: for pipelines, indexes, metrics and live tail.

:func:`compile_search` makes a function of a search once; what it finds is what the engine finds of the same
search over stored logs (:mod:`heeler.query.search.sql`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

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
from heeler.query.search.parser import SearchError, parse
from heeler.query.search.sources import NotANumber, number_of
from heeler.store.log_rows import DEFAULT_INDEX
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.logs.reserved import id_halves

Test = Callable[[LogEntry], bool]
Values = Callable[[LogEntry], Iterator[Any]]

_LEVELS = {"err": "error", "warning": "warn", "information": "info", "crit": "critical", "emerg": "emergency"}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
#: What the text index of messages takes for a part of a word: ASCII letters and digits, all that is not
#: ASCII.
_OF_WORDS = r"[A-Za-z0-9\u0080-\U0010ffff]"
_TOKEN = re.compile(rf"(?<!{_OF_WORDS})[A-Za-z0-9]+(?!{_OF_WORDS})")
_SPACE = r"[\t\n\f\r ]"
#: Stands between values that are searched as one text: no word and no space.
_APART = "\n\0\n"


def compile_search(text: str) -> Test:
    """Whether a log is found by the search. Raises :class:`~heeler.query.search.parser.SearchError`."""
    return _compile(parse(text))


def required_sources(text: str) -> frozenset[str] | None:
    """The sources of which a log has to be one to be found by a search; None where it may be of any.

    Raises :class:`~heeler.query.search.parser.SearchError`.
    """
    return _required_sources(parse(text))


def _required_sources(node: Node) -> frozenset[str] | None:
    match node:
        case Match(field, pattern) if field.name.lower() == "source" and pattern.literal is not None:
            return frozenset({pattern.literal})
        case And(items):
            found = [one for one in map(_required_sources, items) if one is not None]
            return frozenset.intersection(*found) if found else None
        case Or(items):
            each = [_required_sources(item) for item in items]
            known = [one for one in each if one is not None]
            return frozenset().union(*known) if len(known) == len(each) else None
    return None


def _compile(node: Node) -> Test:
    match node:
        case Everything():
            return lambda _: True
        case And(items):
            tests = [_compile(item) for item in items]
            return lambda entry: all(test(entry) for test in tests)
        case Or(items):
            tests = [_compile(item) for item in items]
            return lambda entry: any(test(entry) for test in tests)
        case Not(item):
            test = _compile(item)
            return lambda entry: not test(entry)
        case Text(pattern, everywhere):
            return _of_text(pattern, everywhere)
        case Match(field, pattern):
            return _of_values(field, _equals(field, pattern))
        case Exists(field):
            return _exists(field)
        case Cidr(field, networks):
            return _of_values(field, _in_networks(networks))
        case Range(field, low, high, inclusive):
            return _of_values(field, _between(field, low, high, inclusive))
        case Compare(field, operator, value):
            low, high = (value, None) if operator.startswith(">") else (None, value)
            ends = (operator.endswith("="), operator.endswith("="))
            return _of_values(field, _between(field, low, high, ends))


def _of_text(pattern: Pattern, everywhere: bool) -> Test:
    contains = words(pattern)
    if not everywhere:
        return lambda entry: contains(entry.message)
    return lambda entry: any(contains(text) for text in _every_text(entry))


def words(pattern: Pattern) -> Callable[[str], bool]:
    """Whether a text has the words of ``pattern``: whole, next to each other, in any case."""
    literal = pattern.literal
    if literal is not None and literal.isascii() and literal.isalnum():
        return _has_token(literal)
    expression = "".join(
        (r"[^\t\n\f\r ]*" if part.many else r"[^\t\n\f\r ]")
        if isinstance(part, Wild)
        else re.sub(r"(\\?\s)+", lambda _: f"{_SPACE}+", re.escape(part))
        for part in pattern.parts
    )
    whole = re.compile(rf"(?:^|\W|_)(?:{expression})(?:$|\W|_)", re.IGNORECASE)
    tokens = [_has_token(token) for token in ([] if literal is None else _TOKEN.findall(literal)[:8])]
    return lambda text: all(has(text) for has in tokens) and whole.search(text) is not None


def _has_token(word: str) -> Callable[[str], bool]:
    found = re.compile(rf"(?<!{_OF_WORDS}){word}(?!{_OF_WORDS})", re.IGNORECASE | re.ASCII)
    return lambda text: found.search(text) is not None


def _every_text(entry: LogEntry) -> Iterator[str]:
    yield entry.message
    yield _APART.join(_leaves(entry.attributes))
    tags = _APART.join(entry.tags)
    yield _APART.join((entry.service, entry.host, entry.source, entry.status, tags))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield _text(value) if value is not None else "null"


def _of_values(field: Field, test: Callable[[Any], bool]) -> Test:
    values = values_of(field)
    return lambda entry: any(test(value) for value in values(entry))


def values_of(field: Field) -> Values:
    """The values that a log has of a field: several of a tag or an array, none where there is none."""
    name = field.name.lower()
    read = _RESERVED.get(name)
    if read is not None and (not field.attribute or name in _AS_ATTRIBUTES):
        return lambda entry: iter((read(entry),))
    if field.attribute:
        return lambda entry: attribute_values(entry.attributes, field.name)
    if name == "tags":
        return lambda entry: iter(entry.tags)
    start = f"{name}:"
    return lambda entry: (tag[len(start) :] for tag in entry.tags if tag.startswith(start))


_RESERVED: dict[str, Callable[[LogEntry], Any]] = {
    "host": lambda entry: entry.host,
    "service": lambda entry: entry.service,
    "source": lambda entry: entry.source,
    "status": lambda entry: entry.status,
    "index": lambda entry: entry.index or DEFAULT_INDEX,
    "message": lambda entry: entry.message,
    "trace_id": lambda entry: (entry.trace_high, entry.trace_id),
    "dd.trace_id": lambda entry: (entry.trace_high, entry.trace_id),
    "span_id": lambda entry: str(entry.span_id),
    "dd.span_id": lambda entry: str(entry.span_id),
    "timestamp": lambda entry: entry.time // 1_000_000,
}
_AS_ATTRIBUTES = frozenset(_RESERVED) - {"timestamp"}


def attribute_values(tree: Any, path: str) -> Iterator[Any]:
    """The values at a dotted path, through arrays of objects; an array is each of its elements, null is
    none."""
    for value in _at(tree, path):
        if isinstance(value, list):
            yield from (one for one in value if one is not None)
        elif value is not None:
            yield value


def _at(tree: Any, path: str) -> Iterator[Any]:
    if isinstance(tree, list):
        for one in tree:
            if isinstance(one, dict):
                yield from _at(one, path)
        return
    if path in tree:
        yield tree[path]
    dot = path.find(".")
    while dot > 0:
        inner = tree.get(path[:dot])
        if isinstance(inner, dict | list):
            yield from _at(inner, path[dot + 1 :])
        dot = path.find(".", dot + 1)


def _exists(field: Field) -> Test:
    values = values_of(field)
    if field.name.lower() in ("trace_id", "dd.trace_id"):
        return lambda entry: bool(entry.trace_id)
    if not field.attribute and field.name.lower() not in (*_RESERVED, "tags"):
        return lambda entry: any(True for _ in values(entry))
    return lambda entry: any(_text(value) != "" for value in values(entry))


def _equals(field: Field, pattern: Pattern) -> Callable[[Any], bool]:
    name = field.name.lower()
    if name in ("trace_id", "dd.trace_id"):
        return _equals_trace(pattern)
    own = field.attribute and name not in _AS_ATTRIBUTES
    if not own and (name == "status" or name not in _RESERVED):
        pattern = Pattern(
            tuple(part if isinstance(part, Wild) else part.lower() for part in pattern.parts), pattern.quoted
        )
    literal = pattern.literal
    if literal is None:
        whole = re.compile(
            "".join(
                (".*" if part.many else ".") if isinstance(part, Wild) else re.escape(part)
                for part in pattern.parts
            ),
            re.DOTALL,
        )
        return lambda value: not isinstance(value, dict) and whole.fullmatch(_text(value)) is not None
    if name == "status" and not own:
        literal = _LEVELS.get(literal, literal)
    number = equal_number(pattern, duration=field.name == "duration") if own or name == "timestamp" else None

    def equals(value: Any) -> bool:
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if numeric and number is not None and float(value) == number:
            return True
        return not isinstance(value, dict) and _text(value) == literal

    return equals


def _equals_trace(pattern: Pattern) -> Callable[[Any], bool]:
    literal = pattern.literal
    if literal is None:
        return lambda _: False
    high, low = id_halves(literal)
    return lambda value: bool(low) and value[1] == low and (not high or value[0] == high)


def _between(
    field: Field, low: str | None, high: str | None, inclusive: tuple[bool, bool]
) -> Callable[[Any], bool]:
    duration = field.name == "duration"
    try:
        least, most = (None if end is None else number_of(end, duration=duration) for end in (low, high))
    except NotANumber as error:
        raise SearchError(f"{write_field(field)}: {error}", 0) from error

    def between(value: Any) -> bool:
        number = to_number(value)
        if number is None:
            return False
        if least is not None and not (number >= least if inclusive[0] else number > least):
            return False
        return most is None or (number <= most if inclusive[1] else number < most)

    return between


def to_number(value: Any) -> float | None:
    """A number, or a string that reads as one, as a number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return None


def _in_networks(networks: tuple[str, ...]) -> Callable[[Any], bool]:
    known = [ipaddress.ip_network(one) for one in networks]

    def inside(value: Any) -> bool:
        try:
            address = ipaddress.ip_address(_text(value))
        except ValueError:
            return False
        return any(address in network for network in known)

    return inside


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
