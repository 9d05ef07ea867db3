"""Modifiers of a selector (``.rollup()``, ``.fill()``, ``.as_count()``, ...): validation and conversion to
options."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from heeler.query.metrics.ast import Modifier
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Calendar

MODIFIERS = ("as_count", "as_rate", "rollup", "fill", "weighted")
METHODS = ("avg", "sum", "min", "max", "count", "last")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: dict[str, int | str] = {"hourly": 3600, "daily": "day", "weekly": "week", "monthly": "month"}
_HOUR = re.compile(r"(\d{1,2})(am|pm)\Z")

#: Maximum gap, in seconds, that is interpolated unless ``fill`` says otherwise.
FILL_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Fill:
    """``method`` is linear, last, zero, null or constant; ``limit`` seconds, 0 for none."""

    method: str
    limit: int = FILL_LIMIT
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Options:
    """All modifiers of a selector; None where not set."""

    method: str | None = None
    interval: int | None = None
    calendar: Calendar | None = None
    fill: Fill | None = None
    as_count: bool = False
    as_rate: bool = False
    weighted: bool = False


@lru_cache(maxsize=1024)
def read_modifiers(modifiers: tuple[Modifier, ...]) -> Options:
    """Parse ``modifiers``, in any order; later ones override."""
    options = Options()
    for modifier in modifiers:
        match modifier.name:
            case "as_count":
                options = replace(options, as_count=True, as_rate=False)
            case "as_rate":
                options = replace(options, as_rate=True, as_count=False)
            case "weighted":
                options = replace(options, weighted=True)
            case "rollup":
                options = _rollup(options, modifier)
            case "fill":
                options = replace(options, fill=_fill(modifier))
            case _:
                near = difflib.get_close_matches(modifier.name.lower(), MODIFIERS, 1, 0.6)
                hint = f"did you mean .{near[0]}()? There" if near else "there"
                known = ", ".join(f".{name}()" for name in MODIFIERS)
                raise QueryError(
                    f"Unknown modifier .{modifier.name}(); {hint} are {known}", modifier.position
                )
    return options


def _rollup(options: Options, modifier: Modifier) -> Options:
    words = [word for word in modifier.arguments if isinstance(word, str)]
    numbers = [word for word in modifier.arguments if isinstance(word, float)]
    if words and words[0].lower() in METHODS:
        options = replace(options, method=words.pop(0).lower())
    elif words and words[0].lower() not in _UNITS:
        raise QueryError(
            f"Unknown rollup {words[0]!r}; methods are {', '.join(METHODS)}; "
            "then seconds, daily, weekly or monthly",
            modifier.position,
        )
    if words:
        return _calendar_rollup(options, modifier, words, numbers)
    if not numbers:
        return options
    if len(numbers) > 1 or numbers[0] < 1 or numbers[0] > 10 * 366 * 86400:
        raise QueryError("A rollup takes one interval of at least 1 second", modifier.position)
    return replace(options, interval=int(numbers[0]), calendar=None)


def _calendar_rollup(options: Options, modifier: Modifier, words: list[str], numbers: list[float]) -> Options:
    unit = _UNITS.get(words[0].lower())
    if isinstance(unit, int):
        return replace(options, interval=unit, calendar=None)
    if not isinstance(unit, str):
        raise QueryError(
            f"Unknown rollup interval {words[0]!r}; write seconds, for example .rollup(avg, 300), or hourly, "
            "daily, weekly or monthly",
            modifier.position,
        )
    start, zone = 0, "UTC"
    for word in words[1:]:
        boundary = _start(unit, word)
        if boundary is not None:
            start = boundary
        else:
            zone = _zone(word, modifier)
    if numbers:
        start = _number_start(unit, numbers[0], modifier)
    return replace(options, interval=None, calendar=Calendar(unit, start, zone))


def _start(unit: str, word: str) -> int | None:
    hour = _HOUR.match(word.lower())
    if unit == "day" and hour and 1 <= int(hour[1]) <= 12:
        return int(hour[1]) % 12 + (12 if hour[2] == "pm" else 0)
    if unit == "week" and word.lower() in _DAYS:
        return _DAYS.index(word.lower())
    return None


def _number_start(unit: str, number: float, modifier: Modifier) -> int:
    low, high = {"day": (0, 23), "week": (0, 6), "month": (1, 28)}[unit]
    if not low <= number <= high or number != int(number):
        raise QueryError(f"A {unit} starts at a number from {low} to {high}", modifier.position)
    return int(number)


def _zone(name: str, modifier: Modifier) -> str:
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, KeyError):
        raise QueryError(
            f"Unknown start or time zone {name!r}; write for example 9am, monday or 'Europe/Paris'",
            modifier.position,
        ) from None


def _fill(modifier: Modifier) -> Fill:
    return read_fill(modifier.arguments, modifier.position)


def read_fill(arguments: tuple[str | float, ...], position: int = -1) -> Fill:
    """Parse ``linear``, ``last``, ``zero``, ``null`` or a number, and a limit. Raises :class:`QueryError`."""
    if not arguments:
        raise QueryError("fill takes linear, last, zero, null or a number", position)
    method, *rest = arguments
    limit = rest[0] if rest else float(FILL_LIMIT)
    if not isinstance(limit, float) or limit < 0:
        raise QueryError("fill takes its limit in seconds, for example .fill(last, 300)", position)
    if isinstance(method, float):
        if not math.isfinite(method):
            raise QueryError(f"fill takes a finite number, not {method}", position)
        return Fill("constant", int(limit) if rest else 0, method)
    if method not in ("linear", "last", "zero", "null"):
        raise QueryError(f"Unknown fill {method!r}; there are linear, last, zero, null and numbers", position)
    return Fill(method, 0 if method == "zero" and not rest else int(limit))
