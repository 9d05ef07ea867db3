"""Where a field's values are kept, as SQL: columns, tag arrays, JSON text, maps.

A source answers the few questions that a search, a group-by or a measure asks of a field. Text that a
person wrote
goes into the statement as a parameter, never as SQL; names of columns come from our own code.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from heeler.query.search.ast import Pattern, Wild

#: Nanoseconds of the units that ``@duration:>1s`` may carry.
DURATION_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3_600 * 10**9,
}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass
class Parameters:
    """The values of a statement's placeholders, named as they are added."""

    values: dict[str, object] = field(default_factory=dict)

    def add(self, value: object, type_name: str = "String") -> str:
        """The placeholder that stands for ``value``."""
        name = f"s{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{type_name}}}"


class NotANumber(ValueError):
    """A comparison with something that is no number."""


class Source(Protocol):
    """One field. ``None`` as a bound is no bound; conditions are SQL expressions that are true or false."""

    def matches(self, pattern: Pattern, to: Parameters) -> str: ...

    def exists(self, to: Parameters) -> str: ...

    def between(
        self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters
    ) -> str: ...

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str: ...

    def text(self, to: Parameters) -> str:
        """One string a row, empty where there is none: for group-by."""
        ...

    def number(self, to: Parameters) -> str:
        """``Nullable(Float64)``: for measures."""
        ...


def matches_text(expression: str, pattern: Pattern, to: Parameters) -> str:
    """Whether a string is ``pattern``, case-sensitively."""
    literal = pattern.literal
    if literal is not None:
        return f"{expression} = {to.add(literal)}"
    return f"{expression} LIKE {to.add(like(pattern))}"


def like(pattern: Pattern) -> str:
    """``pattern`` in SQL's LIKE."""
    return "".join(
        ("%" if part.many else "_") if isinstance(part, Wild) else re.sub(r"([\\%_])", r"\\\1", part)
        for part in pattern.parts
    )


def lowered(pattern: Pattern) -> Pattern:
    parts = tuple(part if isinstance(part, Wild) else part.lower() for part in pattern.parts)
    return Pattern(parts, pattern.quoted)


def number_of(text: str, *, duration: bool = False) -> float:
    """``text`` as a number; of a duration in nanoseconds, with or without a unit. Raises
    :class:`NotANumber`."""
    found = _NUMBER.match(text)
    if found is None:
        raise NotANumber(f"'{text}' is not a number")
    unit = text[found.end() :].strip()
    if not unit:
        return float(found.group())
    if not duration or unit not in DURATION_UNITS:
        expected = f"expected one of {', '.join(DURATION_UNITS)}" if duration else "this field takes no unit"
        raise NotANumber(f"'{unit}' is not a unit here: {expected}")
    return float(found.group()) * DURATION_UNITS[unit]


def within(
    number: str,
    low: float | None,
    high: float | None,
    inclusive: tuple[bool, bool],
    to: Parameters,
) -> str:
    """Whether an SQL number is between bounds; NULL is not."""
    conditions = []
    if low is not None:
        conditions.append(f"{number} {'>=' if inclusive[0] else '>'} {to.add(low, 'Float64')}")
    if high is not None:
        conditions.append(f"{number} {'<=' if inclusive[1] else '<'} {to.add(high, 'Float64')}")
    return f"ifNull({' AND '.join(conditions) or f'isNotNull({number})'}, 0)"


def within_networks(address: str, networks: tuple[str, ...], to: Parameters) -> str:
    valid = f"(isIPv4String({address}) OR isIPv6String({address}))"
    inside = [f"isIPAddressInRange(if({valid}, {address}, '::'), {to.add(one)})" for one in networks]
    return f"({valid} AND ({' OR '.join(inside)}))"


class OneText(ABC):
    """What the sources that have one string a row share: subclasses say what the string is."""

    duration = False

    @abstractmethod
    def text(self, to: Parameters) -> str: ...

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return matches_text(self.text(to), pattern, to)

    def exists(self, to: Parameters) -> str:
        return f"{self.text(to)} != ''"

    def number(self, to: Parameters) -> str:
        return f"toFloat64OrNull({self.text(to)})"

    def between(self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters) -> str:
        bounds = [None if end is None else number_of(end, duration=self.duration) for end in (low, high)]
        return within(self.number(to), bounds[0], bounds[1], inclusive, to)

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str:
        return within_networks(self.text(to), networks, to)


@dataclass(frozen=True)
class Column(OneText):
    """A column of strings. ``lower``: it keeps lower-case text. ``words``: other words for its values."""

    expression: str
    lower: bool = False
    words: Mapping[str, str] = field(default_factory=dict)

    def text(self, to: Parameters) -> str:
        return self.expression

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        pattern = lowered(pattern) if self.lower else pattern
        literal = pattern.literal
        if literal is not None and literal in self.words:
            pattern = Pattern((self.words[literal],))
        return matches_text(self.expression, pattern, to)


@dataclass(frozen=True)
class Number(OneText):
    """A column of numbers; ``duration``: nanoseconds, which may be compared with ``1s``."""

    expression: str
    duration: bool = False

    def text(self, to: Parameters) -> str:
        return f"toString({self.expression})"

    def exists(self, to: Parameters) -> str:
        return "1"

    def number(self, to: Parameters) -> str:
        return f"toNullable(toFloat64({self.expression}))"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        literal = pattern.literal
        if literal is None:
            return matches_text(self.text(to), pattern, to)
        return self.between(literal, literal, (True, True), to)


@dataclass(frozen=True)
class Tag(OneText):
    """A key in an array of ``key:value`` strings, lower-case; with several values, any may match."""

    column: str
    key: str

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        whole = Pattern((f"{self.key.lower()}:", *lowered(pattern).parts))
        if whole.literal is not None:
            return f"has({self.column}, {to.add(whole.literal)})"
        return f"arrayExists(tag -> {matches_text('tag', whole, to)}, {self.column})"

    def exists(self, to: Parameters) -> str:
        return f"arrayExists(tag -> startsWith(tag, {to.add(self._prefix)}), {self.column})"

    def text(self, to: Parameters) -> str:
        prefix = to.add(self._prefix)
        first = f"arrayFirst(tag -> startsWith(tag, {prefix}), {self.column})"
        return f"substring({first}, {len(self._prefix.encode()) + 1})"

    @property
    def _prefix(self) -> str:
        return f"{self.key.lower()}:"


@dataclass(frozen=True)
class AnyTag(OneText):
    """``tags:word``: a whole tag."""

    column: str

    def text(self, to: Parameters) -> str:
        return f"arrayStringConcat({self.column}, ',')"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return f"arrayExists(tag -> {matches_text('tag', lowered(pattern), to)}, {self.column})"


@dataclass(frozen=True)
class Json(OneText):
    """An attribute in a column of JSON text: nested objects or a dotted key; of an array any element may
    match."""

    column: str
    path: str
    duration: bool = False

    def _raw(self, to: Parameters) -> str:
        whole = to.add(self.path)
        steps = self.path.split(".")
        if len(steps) == 1:
            return f"JSONExtractRaw({self.column}, {whole})"
        nested = ", ".join(to.add(step) for step in steps)
        return (
            f"if(JSONHas({self.column}, {nested}), JSONExtractRaw({self.column}, {nested}), "
            f"JSONExtractRaw({self.column}, {whole}))"
        )

    def text(self, to: Parameters) -> str:
        raw = self._raw(to)
        return f"if(startsWith({raw}, '\"'), JSONExtractString({raw}), if({raw} = 'null', '', {raw}))"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        raw = self._raw(to)
        plain = "if(startsWith(one, '\"'), JSONExtractString(one), one)"
        elements = f"arrayMap(one -> {plain}, JSONExtractArrayRaw({raw}))"
        return (
            f"if(startsWith({raw}, '['), arrayExists(one -> {matches_text('one', pattern, to)}, {elements}), "
            f"{super().matches(pattern, to)})"
        )


@dataclass(frozen=True)
class MapKey(OneText):
    """A key of a ``Map(String, String)`` column and, for numbers, of a ``Map(String, Float64)`` beside it."""

    strings: str
    key: str
    numbers: str | None = None
    duration: bool = False

    def text(self, to: Parameters) -> str:
        key = to.add(self.key)
        if self.numbers is None:
            return f"{self.strings}[{key}]"
        of_number = f"if(mapContains({self.numbers}, {key}), toString({self.numbers}[{key}]), '')"
        return f"if(mapContains({self.strings}, {key}), {self.strings}[{key}], {of_number})"

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
class Table:
    """A kind of telemetry that can be searched.

    ``time``: an expression of UNIX seconds (Float64 or integer). ``reserved``: fields without ``@``.
    ``tag`` and
    ``attribute``: the source of any other field. ``message``: expressions that free text looks through;
    ``everywhere``: those of ``*:word``.
    """

    name: str
    time: str
    reserved: Mapping[str, Source]
    tag: Callable[[str], Source]
    attribute: Callable[[str], Source]
    message: tuple[str, ...]
    everywhere: tuple[str, ...]
    time_column: str = "time"
    time_literal: str = "fromUnixTimestamp64Milli(toInt64({0} * 1000))"
    """How a number of UNIX seconds is written as the column's type, so that the primary key is used."""

    def source(self, name: str, attribute: bool) -> Source:
        if attribute:
            return self.attribute(name)
        return self.reserved.get(name.lower()) or self.tag(name)
