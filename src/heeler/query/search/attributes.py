"""Field sources of the search language for attributes in JSON text and in maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heeler.query.search.ast import Pattern
from heeler.query.search.field_sql import (
    ManyTexts,
    NotANumber,
    OneText,
    Parameters,
    Source,
    in_range,
    matches_text,
    number_of,
)

#: Integers up to this are exact as floats: beyond, digits are compared.
_EXACT = 2.0**53
#: Maximum path length for which all storage forms (``a.b`` with ``c`` in it, ...) are tried.
_MIXED_STEPS = 3
#: Maximum path length through arrays of objects.
_ARRAY_STEPS = 5
#: Longer paths are tried only as a single key.
_MAX_STEPS = 50
#: Separator of values that are searched as one text: neither word nor space.
APART = "'\\n\\0\\n'"
#: Keys with their colon, strings, numbers and words of JSON text.
_TOKENS = r"""'"(?:[^"\\\\]|\\\\.)*":?|[^"{}\\[\\],:]+'"""


def values_of_json(column: str) -> str:
    """All nested values in a column of JSON text, as one text; without the keys."""
    values = f"arrayFilter(one -> NOT endsWith(one, ':'), extractAll({column}, {_TOKENS}))"
    return f"arrayStringConcat(arrayMap(one -> {plain('one')}, {values}), {APART})"


def plain(raw: str) -> str:
    """A JSON value as text: strings without quotation marks, others as written."""
    return f"if(startsWith({raw}, '\"'), JSONExtractString({raw}), {raw})"


@dataclass(frozen=True)
class Json(ManyTexts):
    """An attribute in a column of JSON text: in nested objects, under a dotted key, or a mix.

    Any element of an array matches; a path passes through arrays of objects.
    """

    column: str
    path: str
    duration: bool = False

    def _raw(self, to: Parameters) -> str:
        """The value as JSON, empty if absent."""
        return to.named(("json", self.column, self.path), lambda: self._first_way(to))

    def _first_way(self, to: Parameters) -> str:
        *ways, last = _ways(self.path.split("."))
        found = self._at(last, to)
        for way in reversed(ways):
            found = f"if(notEmpty({self._at(way, to)}), {self._at(way, to)}, {found})"
        return found

    def _at(self, keys: list[str], to: Parameters) -> str:
        path = ", ".join(to.add(key) for key in keys)
        return to.named(("json at", self.column, *keys), lambda: f"JSONExtractRaw({self.column}, {path})")

    def _through_arrays(self, to: Parameters) -> str:
        """Values as JSON for a path through arrays of objects; objects in arrays follow ``[`` or ``,``."""
        found = f"[{self.column}]"
        for step in self.path.split("."):
            inner = f"arrayMap(one -> JSONExtractRaw(one, {to.add(step)}), {found})"
            found = f"arrayFlatten(arrayMap(one -> {_elements('one')}, {inner}))"
        objects = " OR ".join(f"position({self.column}, '{sign}{{') > 0" for sign in "[,")
        return f"if({objects}, {found}, [])"

    def _values(self, to: Parameters) -> str:
        """Array of the values as JSON."""
        return to.named(("json values", self.column, self.path), lambda: self._all_values(to))

    def _all_values(self, to: Parameters) -> str:
        raw, again = self._raw(to), self._raw(to)
        other = self._through_arrays(to) if 0 < self.path.count(".") < _ARRAY_STEPS else "[]"
        values = (
            f"multiIf(startsWith({raw}, '['), JSONExtractArrayRaw({again}), "
            f"notEmpty({again}), [{again}], {other})"
        )
        return f"arrayFilter(one -> one != 'null', {values})"

    def texts(self, to: Parameters) -> str:
        texts = ("json texts", self.column, self.path)
        return to.named(texts, lambda: f"arrayMap(one -> {plain('one')}, {self._values(to)})")

    def _numbers(self, to: Parameters, *, of_texts: bool) -> str:
        """Array of the values as numbers, with ``of_texts`` also of strings; NULL for others."""
        values = self.texts if of_texts else self._values
        numbers = ("json numbers", self.column, self.path, values.__name__)
        return to.named(numbers, lambda: f"arrayMap(one -> toFloat64OrNull(one), {values(to)})")

    def number(self, to: Parameters) -> str:
        raw, again = self._raw(to), self._raw(to)
        text = f"if(startsWith({raw}, '\"'), JSONExtractString({again}), {again})"
        return f"toFloat64OrNull({text})"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        number = equal_number(pattern, self.duration)
        if number is None:
            return super().matches(pattern, to)
        equal = f"ifNull(toFloat64OrNull(one) = {to.add(number, 'Float64')}, 0)"
        found = f"{matches_text(plain('one'), pattern, to)} OR {equal}"
        return f"arrayExists(one -> {found}, {self._values(to)})"

    def matches_any(self, patterns: Sequence[Pattern], to: Parameters) -> str:
        if len(patterns) == 1:
            return self.matches(patterns[0], to)
        literals = [to.add(pattern.literal or "") for pattern in patterns]
        found = f"hasAny({self.texts(to)}, [{', '.join(literals)}])"
        equal = (equal_number(pattern, self.duration) for pattern in patterns)
        numbers = [to.add(number, "Float64") for number in equal if number is not None]
        if not numbers:
            return found
        return f"({found} OR hasAny({self._numbers(to, of_texts=False)}, [{', '.join(numbers)}]))"

    def between(self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters) -> str:
        condition = in_range("one", low, high, inclusive, to, duration=self.duration)
        return f"arrayExists(one -> {condition}, {self._numbers(to, of_texts=True)})"


def _elements(raw: str) -> str:
    return f"multiIf(startsWith({raw}, '['), JSONExtractArrayRaw({raw}), notEmpty({raw}), [{raw}], [])"


def _ways(steps: list[str]) -> list[list[str]]:
    """Possible storage forms of a dotted path: nested first, the whole as one key last."""
    if len(steps) > _MAX_STEPS:
        return [[".".join(steps)]]
    if len(steps) > _MIXED_STEPS:
        return [steps, [".".join(steps)]]
    found = [[steps[-1]]]
    for step in reversed(steps[:-1]):
        found = [[step, *way] for way in found] + [[f"{step}.{way[0]}", *way[1:]] for way in found]
    return found


def equal_number(pattern: Pattern, duration: bool) -> float | None:
    """The number that an equality search also matches; None if comparing the text suffices."""
    literal = pattern.literal
    if not literal:
        return None
    try:
        number = number_of(literal, duration=duration)
    except NotANumber:
        return None
    return number if abs(number) < _EXACT else None


@dataclass(frozen=True)
class MapKey(OneText):
    """A key of a ``Map(String, String)`` column and, for numbers, of a ``Map(String, Float64)`` column."""

    strings: str
    key: str
    numbers: str | None = None
    duration: bool = False

    def text(self, to: Parameters) -> str:
        key = to.add(self.key)
        if self.numbers is None:
            return f"{self.strings}[{key}]"
        of_number = f"if(mapContains({self.numbers}, {key}), toString({self.numbers}[{key}]), '')"
        text = f"if(mapContains({self.strings}, {key}), {self.strings}[{key}], {of_number})"
        return to.named(("map", self.strings, self.key), lambda: text)

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        found = super().matches(pattern, to)
        number = None if self.numbers is None else equal_number(pattern, self.duration)
        if number is None:
            return found
        key = to.add(self.key)
        equal = f"{self.numbers}[{key}] = {to.add(number, 'Float64')}"
        return f"({found} OR (mapContains({self.numbers}, {key}) AND {equal}))"

    def exists(self, to: Parameters) -> str:
        key = to.add(self.key)
        found = f"mapContains({self.strings}, {key})"
        return found if self.numbers is None else f"({found} OR mapContains({self.numbers}, {key}))"

    def number(self, to: Parameters) -> str:
        key = to.add(self.key)
        of_text = f"toFloat64OrNull({self.strings}[{key}])"
        if self.numbers is None:
            return of_text
        return f"if(mapContains({self.numbers}, {key}), toNullable({self.numbers}[{key}]), {of_text})"


@dataclass(frozen=True)
class Either:
    """A field in one of two places; the first has precedence."""

    first: Source
    second: Source
    duration: bool = False

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return f"({self.first.matches(pattern, to)} OR {self.second.matches(pattern, to)})"

    def matches_any(self, patterns: Sequence[Pattern], to: Parameters) -> str:
        return f"({self.first.matches_any(patterns, to)} OR {self.second.matches_any(patterns, to)})"

    def exists(self, to: Parameters) -> str:
        return f"({self.first.exists(to)} OR {self.second.exists(to)})"

    def between(self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters) -> str:
        ends = (low, high, inclusive, to)
        return f"({self.first.between(*ends)} OR {self.second.between(*ends)})"

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str:
        return f"({self.first.in_networks(networks, to)} OR {self.second.in_networks(networks, to)})"

    def text(self, to: Parameters) -> str:
        first = self.first.text(to)
        return f"if(notEmpty({first}), {first}, {self.second.text(to)})"

    def texts(self, to: Parameters) -> str | None:
        several = [source.texts(to) for source in (self.first, self.second)]
        if several == [None, None]:
            return None
        of_first, of_second = (
            f"arrayFilter(one -> one != '', [{source.text(to)}])" if texts is None else texts
            for source, texts in zip((self.first, self.second), several, strict=True)
        )
        return f"if(notEmpty({of_first}), {of_first}, {of_second})"

    def number(self, to: Parameters) -> str:
        return f"coalesce({self.first.number(to)}, {self.second.number(to)})"
