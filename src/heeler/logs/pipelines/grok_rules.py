"""Rules of grok parsers: a compiled expression, and what becomes of the texts of its groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import re2

from heeler.logs.pipelines.grok_filters import NOTHING, Filter, put, put_steps

Read = Callable[[tuple[str, ...], datetime], Any]
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Matcher:
    """``pattern`` with ``groups`` groups, whose texts ``read`` converts to a value; without ``read`` the
    value is the whole text.
    """

    pattern: str
    convert: Callable[[str], Any] | None = None
    groups: int = 0
    read: Read | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """Extraction of a rule part, from group ``group`` and the ``count`` following ones."""

    group: int
    count: int
    path: str
    matcher: Matcher
    filter: Filter | None
    steps: Sequence[str] = ()
    """``path`` at its dots."""

    def value(self, own: str, text: bytes, spans: Spans, now: datetime | None) -> Any:
        """Its value, out of its ``own`` part of ``text`` and the spans of all groups."""
        value: Any = own
        if self.matcher.read is not None:
            parts = spans[self.group + 1 : self.group + 1 + self.count]
            inner = tuple(text[begin:end].decode() for begin, end in parts)
            value = self.matcher.read(inner, now or datetime.now(UTC))
        elif self.matcher.convert is not None:
            value = self.matcher.convert(own)
        if value is not None and self.filter is not None:
            value = self.filter(value)
        return value


Slot = tuple[int, Callable[[str], Any] | None, Sequence[str], str]
"""Of a capture: its group, the conversion of its text, and the objects and the key of its value."""


def _slots(captures: Sequence[Capture]) -> list[Slot] | None:
    """The captures, if each is one plain value at a place of its own; else None."""
    plain = all(one.path and one.matcher.read is None and one.filter is None for one in captures)
    paths = [f"{one.path}." for one in captures]
    apart = not any(
        this.startswith(other) for at, this in enumerate(paths) for other in (*paths[:at], *paths[at + 1 :])
    )
    if not (plain and apart):
        return None
    return [(one.group, one.matcher.convert, one.steps[:-1], one.steps[-1]) for one in captures]


@dataclass(slots=True)
class Rule:
    name: str
    pattern: Any
    captures: list[Capture]
    slots: list[Slot] | None = field(init=False)
    spans_in: Callable[[bytes], Spans | None] = field(init=False)

    def __post_init__(self) -> None:
        self.slots = _slots(self.captures)
        self.spans_in = searcher(self.pattern)

    def match(self, text: str, encoded: bytes, now: datetime | None) -> dict[str, Any] | None:
        """What is extracted from ``text``, which is ``encoded`` in UTF-8: matched as bytes, so that offsets
        need no conversion.
        """
        spans = self.spans_in(encoded)
        if spans is None:
            return None
        is_ascii = len(text) == len(encoded)
        if self.slots is not None:
            return _filled(self.slots, text if is_ascii else "", encoded, spans)
        tree: dict[str, Any] = {}
        has_objects = False
        for capture in self.captures:
            begin, end = spans[capture.group]
            if begin == end:  # an optional part that is not there, or is empty
                continue
            own = text[begin:end] if is_ascii else encoded[begin:end].decode()
            value = capture.value(own, encoded, spans, now)
            if value is None or value is NOTHING or value in ("", {}):
                continue
            has_objects = has_objects or isinstance(value, dict)
            if capture.path:
                put_steps(tree, capture.path, capture.steps, value)
            elif isinstance(value, dict):
                for key, one in value.items():
                    put(tree, key, one)
        return without_nothing(tree) if has_objects else tree


def _filled(slots: Sequence[Slot], text: str, encoded: bytes, spans: Spans) -> dict[str, Any]:
    """Values of plain captures; ``text`` is ``encoded`` as characters, empty where they are not its bytes."""
    tree: dict[str, Any] = {}
    for group, convert, groups, key in slots:
        begin, end = spans[group]
        if begin == end:
            continue
        value: Any = text[begin:end] if text else encoded[begin:end].decode()
        if convert is not None:
            value = convert(value)
        place = tree
        for one in groups:
            inner = place.get(one)
            if inner is None:
                inner = place[one] = {}
            place = inner
        place[key] = value
    return tree


def searcher(pattern: Any) -> Callable[[bytes], Spans | None]:
    """Function of a whole text to begin and end of all groups; None if the text does not match.

    The library has them at hand but gives them out one by one only, each after a question to the compiled
    expression, by way of two objects.
    """
    regexp, anchors = getattr(pattern, "_regexp", None), getattr(re2, "_Anchor", None)
    if regexp is None or anchors is None:

        def by_match(text: bytes) -> Spans | None:
            found = pattern.fullmatch(text)
            return found and [found.span(group) for group in range(found.re.groups + 1)]

        return by_match
    match, whole, nowhere = regexp.Match, anchors.ANCHOR_BOTH, (-1, -1)

    def spans(text: bytes) -> Spans | None:
        found: Spans = match(whole, text, 0, len(text))
        return None if found[0] == nowhere else found

    return spans


def without_nothing(tree: dict[str, Any]) -> dict[str, Any]:
    """Remove nulls, empty texts and empty objects."""
    kept: dict[str, Any] = {}
    for key, value in tree.items():
        one = without_nothing(value) if isinstance(value, dict) else value
        if one is not None and one != "" and one != {}:
            kept[key] = one
    return kept
