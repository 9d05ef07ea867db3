"""SQL of fields by storage: columns, tag arrays, JSON text, maps.

A source writes the SQL that a search, a group-by or a measure needs for a field. User-supplied text is passed
as a parameter, never as SQL; column names come from this code only. Fields of maps and JSON are in
``attributes``.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from heeler.query.search.ast import Pattern, Wild

#: Nanoseconds of the units in ``@duration:>1s``.
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
    """Values of a statement's placeholders, named as they are added; equal ones share a placeholder.

    Repeated expressions get a name as well: one instance is for one ``SELECT``, whose text may be repeated as
    a whole.
    """

    values: dict[str, object] = field(default_factory=dict)
    _known: dict[tuple[str, object], str] = field(default_factory=dict)
    _names: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add(self, value: str | float, type_name: str = "String") -> str:
        """The placeholder for ``value``."""
        key = (type_name, value)
        if key not in self._known:
            name = f"s{len(self.values)}"
            self.values[name] = value
            self._known[key] = f"{{{name}:{type_name}}}"
        return self._known[key]

    def scope(self) -> Parameters:
        """The same placeholders for another ``SELECT``, which begins with what is named so far."""
        return Parameters(self.values, self._known, dict(self._names))

    def named(self, key: tuple[str, ...], expression: Callable[[], str]) -> str:
        """Expression for ``key``: with a definition of its name the first time, afterwards the name alone."""
        if key in self._names:
            return self._names[key]
        written = expression()
        self._names[key] = f"e{len(self._names)}"
        return f"({written} AS {self._names[key]})"


class NotANumber(ValueError):
    """A comparison with a text that is not a number."""


class Source(Protocol):
    """One field. ``None`` as a bound is unbounded; conditions are boolean SQL expressions."""

    @property
    def duration(self) -> bool:
        """Whether its numbers are nanoseconds."""
        ...

    def matches(self, pattern: Pattern, to: Parameters) -> str: ...

    def matches_any(self, patterns: Sequence[Pattern], to: Parameters) -> str:
        """Condition that it equals one of several patterns without wildcards."""
        ...

    def exists(self, to: Parameters) -> str: ...

    def between(
        self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters
    ) -> str: ...

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str: ...

    def text(self, to: Parameters) -> str:
        """SQL of one string a row, empty if absent."""
        ...

    def texts(self, to: Parameters) -> str | None:
        """SQL of an array of strings a row, for group-by on multi-valued fields; else None."""
        ...

    def number(self, to: Parameters) -> str:
        """SQL of type ``Nullable(Float64)``, for measures."""
        ...


def matches_text(expression: str, pattern: Pattern, to: Parameters) -> str:
    """Condition that a string matches ``pattern``, case-sensitive."""
    literal = pattern.literal
    if literal is not None:
        return f"{expression} = {to.add(literal)}"
    return f"{expression} LIKE {to.add(like(pattern))}"


def like(pattern: Pattern) -> str:
    """``pattern`` in SQL's LIKE syntax."""
    return "".join(
        ("%" if part.many else "_") if isinstance(part, Wild) else re.sub(r"([\\%_])", r"\\\1", part)
        for part in pattern.parts
    )


def lowered(pattern: Pattern) -> Pattern:
    parts = tuple(part if isinstance(part, Wild) else part.lower() for part in pattern.parts)
    return Pattern(parts, pattern.quoted)


def number_of(text: str, *, duration: bool = False) -> float:
    """Parse ``text`` as a number; a duration in nanoseconds, with or without a unit. Raises
    :class:`NotANumber`.
    """
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
    """Condition that an SQL number is between bounds; false for NULL, and for what is no finite number, which
    the engine reads out of texts such as ``inf``.
    """
    low = None if low == -math.inf else low
    high = None if high == math.inf else high
    conditions = []
    if low is not None:
        one = number if high is not None else f"nullIf({number}, inf)"
        conditions.append(f"{one} {'>=' if inclusive[0] else '>'} {to.add(low, 'Float64')}")
    if high is not None:
        one = number if low is not None else f"nullIf({number}, -inf)"
        conditions.append(f"{one} {'<=' if inclusive[1] else '<'} {to.add(high, 'Float64')}")
    return f"ifNull({' AND '.join(conditions) or f'isFinite({number})'}, 0)"


def finite(number: str, to: Parameters) -> str:
    """An SQL number, NULL where it is not finite (see :func:`within`)."""
    key = ("finite", number)
    return f"if(isFinite({to.named(key, lambda: number)}), {to.named(key, lambda: number)}, NULL)"


def in_range(
    number: str,
    low: str | None,
    high: str | None,
    inclusive: tuple[bool, bool],
    to: Parameters,
    *,
    duration: bool = False,
) -> str:
    """:func:`within` for bounds as typed. Raises :class:`NotANumber`."""
    bounds = [None if end is None else number_of(end, duration=duration) for end in (low, high)]
    return within(number, bounds[0], bounds[1], inclusive, to)


def within_networks(address: str, networks: tuple[str, ...], to: Parameters) -> str:
    valid = f"(isIPv4String({address}) OR isIPv6String({address}))"
    inside = [f"isIPAddressInRange(if({valid}, {address}, '::'), {to.add(one)})" for one in networks]
    return f"({valid} AND ({' OR '.join(inside)}))"


class OneText(ABC):
    """Base of sources with one string a row; subclasses define the string."""

    duration = False

    @abstractmethod
    def text(self, to: Parameters) -> str: ...

    def texts(self, to: Parameters) -> str | None:
        return None

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return matches_text(self.text(to), pattern, to)

    def matches_any(self, patterns: Sequence[Pattern], to: Parameters) -> str:
        return " OR ".join(self.matches(pattern, to) for pattern in patterns)

    def exists(self, to: Parameters) -> str:
        return f"{self.text(to)} != ''"

    def number(self, to: Parameters) -> str:
        return f"toFloat64OrNull({self.text(to)})"

    def between(self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters) -> str:
        return in_range(self.number(to), low, high, inclusive, to, duration=self.duration)

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str:
        return within_networks(self.text(to), networks, to)


class ManyTexts(ABC):
    """Base of sources with several strings a row, any of which may match."""

    duration = False

    @abstractmethod
    def texts(self, to: Parameters) -> str:
        """SQL of the array of strings."""

    def text(self, to: Parameters) -> str:
        return f"({self.texts(to)})[1]"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return f"arrayExists(one -> {matches_text('one', pattern, to)}, {self.texts(to)})"

    def matches_any(self, patterns: Sequence[Pattern], to: Parameters) -> str:
        return " OR ".join(self.matches(pattern, to) for pattern in patterns)

    def exists(self, to: Parameters) -> str:
        return f"arrayExists(one -> one != '', {self.texts(to)})"

    def number(self, to: Parameters) -> str:
        return f"toFloat64OrNull({self.text(to)})"

    def between(self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters) -> str:
        condition = in_range("toFloat64OrNull(one)", low, high, inclusive, to)
        return f"arrayExists(one -> {condition}, {self.texts(to)})"

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str:
        return f"arrayExists(one -> {within_networks('one', networks, to)}, {self.texts(to)})"


@dataclass(frozen=True)
class Column(OneText):
    """A column of strings. ``lower``: it stores lower-case text. ``words``: aliases of its values."""

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
    """A column of numbers; ``duration``: nanoseconds, which may be compared with ``1s``.

    ``optional``: rows without the number store 0.
    """

    expression: str
    duration: bool = False
    optional: bool = False

    def text(self, to: Parameters) -> str:
        text = f"toString({self.expression})"
        return f"if({self.expression} = 0, '', {text})" if self.optional else text

    def exists(self, to: Parameters) -> str:
        return f"{self.expression} != 0" if self.optional else "1"

    def number(self, to: Parameters) -> str:
        number = f"toFloat64({self.expression})"
        return f"nullIf({number}, 0)" if self.optional else f"toNullable({number})"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        literal = pattern.literal
        if literal is None:
            return matches_text(self.text(to), pattern, to)
        return self.between(literal, literal, (True, True), to)


@dataclass(frozen=True)
class Tag(ManyTexts):
    """A key in an array of lower-case ``key:value`` strings; any of several values may match."""

    column: str
    key: str

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        whole = Pattern((self._prefix, *lowered(pattern).parts))
        if whole.literal is not None:
            return f"has({self.column}, {to.add(whole.literal)})"
        return f"arrayExists(tag -> {matches_text('tag', whole, to)}, {self.column})"

    def exists(self, to: Parameters) -> str:
        return f"arrayExists(tag -> startsWith(tag, {to.add(self._prefix)}), {self.column})"

    def texts(self, to: Parameters) -> str:
        return to.named(("tag", self.column, self._prefix), lambda: self._values(to))

    def _values(self, to: Parameters) -> str:
        tags = f"arrayFilter(tag -> startsWith(tag, {to.add(self._prefix)}), {self.column})"
        return f"arrayMap(tag -> substring(tag, {len(self._prefix.encode()) + 1}), {tags})"

    @property
    def _prefix(self) -> str:
        return f"{self.key.lower()}:"


@dataclass(frozen=True)
class AnyTag(ManyTexts):
    """``tags:word``: a whole tag."""

    column: str

    def texts(self, to: Parameters) -> str:
        return self.column

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return super().matches(lowered(pattern), to)


@dataclass(frozen=True)
class Table:
    """Search schema of a table.

    ``time``: an expression of UNIX seconds (Float64 or integer). ``reserved``: fields without ``@``. ``tag``
    and ``attribute``: the source of any other field. ``message``: expressions searched by free text;
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
    """SQL literal of UNIX seconds in the column's type, so that the primary key is used."""
    time_bound: Callable[[float, Parameters], str] | None = None
    """Writes this literal, in place of ``time_literal``."""
    searchable: str = ""
    """Condition of rows that searches may find; none for all rows."""
    data: str = ""
    """Kind of data for :mod:`~heeler.query.search.row_access`; rows of a table without one are not
    restricted."""
    readable: Callable[[Parameters], str] | None = None
    """Condition of the rows that the current caller may read, in place of the restriction of ``data``."""
    whole_seconds: str = ""
    """Whole UNIX seconds, SQL of type Int64, where ``time`` as a Float64 may be rounded up to the next."""
    counted: frozenset[str] = frozenset()
    """Columns by which rows are counted by minute (:mod:`~heeler.query.search.minute_counts`)."""

    def time_at(self, at: float, to: Parameters) -> str:
        """SQL literal of a time in UNIX seconds, of the type of the column of times."""
        if self.time_bound is not None:
            return self.time_bound(at, to)
        return self.time_literal.format(to.add(float(at), "Float64"))

    @property
    def seconds(self) -> str:
        """SQL of whole UNIX seconds."""
        return self.whole_seconds or f"toInt64({self.time})"

    def source(self, name: str, attribute: bool) -> Source:
        if attribute:
            return self.attribute(name)
        return self.reserved.get(name.lower()) or self.tag(name)
