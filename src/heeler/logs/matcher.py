"""Searches evaluated on single logs before they are stored: for pipelines, indexes, metrics and live tail.

:func:`compile_search` compiles a search to a predicate once; it matches the same logs as the engine does for
the same search over stored logs (:mod:`heeler.query.search.sql`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from heeler.logs.pipelines.paths import splits
from heeler.query.search import predicates
from heeler.query.search.ast import And, Field, Match, Node, Or, Pattern
from heeler.query.search.attributes import equal_number
from heeler.query.search.field_sql import lowered
from heeler.query.search.parser import parse
from heeler.query.search.predicates import is_number, same_text
from heeler.query.search.row_access import access_to, node_of
from heeler.store.log_rows import DEFAULT_INDEX
from heeler.wire.json_codec import dump
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.logs.reserved import id_halves

Test = Callable[[LogEntry], bool]
Values = Callable[[LogEntry], Iterable[Any]]

_TRACE_IDS = ("trace_id", "dd.trace_id")
_LEVELS = {"err": "error", "warning": "warn", "information": "info", "crit": "critical", "emerg": "emergency"}
_GROUPS = (dict, list)
#: Separator of values that are searched as one text: neither word nor space.
_APART = "\n\0\n"


def compile_search(text: str) -> Test:
    """Compile a search to a predicate on logs. Raises :class:`~heeler.query.search.parser.SearchError`."""
    return predicates.compile_search(text, _LogReader())


def within_readable(test: Test) -> Test:
    """``test`` for the logs that the current caller may read."""
    access = access_to("logs")
    if not access.is_limited:
        return test
    node = node_of(access)
    if node is None:
        return lambda _: False
    readable = predicates.compile_node(node, _LogReader())
    return lambda entry: readable(entry) and test(entry)


def required_sources(text: str) -> frozenset[str] | None:
    """Sources to which a search restricts logs; None if it does not.

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


def values_of(field: Field) -> Values:
    """Values of a field of a log: several for a tag or an array, none if absent."""
    name = field.name.lower()
    read = _RESERVED.get(name)
    if read is not None and (not field.attribute or name in _AS_ATTRIBUTES):
        return lambda entry: (read(entry),)
    if field.attribute:
        return _attribute_reader(field.name)
    if name == "tags":
        return lambda entry: entry.tags
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


def _attribute_reader(path: str) -> Values:
    """:func:`attribute_values` of a path; most have a step or two, and lead to a plain value or to none."""
    group, dot, rest = path.partition(".")
    if not group or (dot and (not rest or "." in rest)):
        return lambda entry: attribute_values(entry.attributes, path)

    def values(entry: LogEntry) -> Iterable[Any]:
        tree = entry.attributes
        value = tree.get(path)
        if dot:
            inner = tree.get(group)
            if value is not None or isinstance(inner, list):
                return attribute_values(tree, path)
            value = inner.get(rest) if isinstance(inner, dict) else None
        if isinstance(value, list):
            return attribute_values(tree, path)
        return () if value is None else (value,)

    return values


def attribute_values(tree: Any, path: str) -> Iterator[Any]:
    """Values at a dotted path, through arrays of objects; arrays are flattened, nulls omitted."""
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
    for group, rest in splits(path):
        inner = tree.get(group)
        if isinstance(inner, _GROUPS):
            yield from _at(inner, rest)


class _LogReader:
    """Reads from entries the same fields that :data:`heeler.logs.search.LOGS` reads from stored logs."""

    def values_of(self, field: Field) -> Values:
        return values_of(field)

    def is_duration(self, field: Field) -> bool:
        return field.name == "duration"

    def texts(self, record: LogEntry, everywhere: bool) -> Iterable[str]:
        return _every_text(record) if everywhere else (record.message,)

    def equals(self, field: Field, pattern: Pattern) -> Callable[[Any], bool]:
        name = field.name.lower()
        if name in _TRACE_IDS:
            return _equals_trace(pattern)
        own = field.attribute and name not in _AS_ATTRIBUTES
        if not own and (name == "status" or name not in _RESERVED):
            pattern = lowered(pattern)
        if name == "status" and not own and pattern.literal in _LEVELS:
            pattern = Pattern((_LEVELS[pattern.literal],))
        is_same = same_text(pattern)
        number = equal_number(pattern, self.is_duration(field)) if own or name == "timestamp" else None

        def equals(value: Any) -> bool:
            if number is not None and is_number(value) and float(value) == number:
                return True
            return not isinstance(value, dict) and is_same(_text(value))

        return equals

    def is_present(self, field: Field) -> Callable[[Any], bool]:
        name = field.name.lower()
        if name in _TRACE_IDS:
            return lambda value: bool(value[1])
        if not field.attribute and name not in (*_RESERVED, "tags"):
            return lambda _: True
        return lambda value: _text(value) != ""


def _equals_trace(pattern: Pattern) -> Callable[[Any], bool]:
    literal = pattern.literal
    if literal is None:
        return lambda _: False
    high, low = id_halves(literal)
    return lambda value: bool(low) and value[1] == low and (not high or value[0] == high)


def _text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else dump(value)
