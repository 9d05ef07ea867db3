"""Date matcher of grok rules: Java and Joda format letters, compiled to a regular expression and a
conversion to epoch milliseconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RUN = re.compile(r"'([^']*)'|([A-Za-z])\2*|.", re.DOTALL)
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d\d))?(?::?(\d\d))?")
_FIELDS = {"y": "year", "Y": "year", "M": "month", "d": "day", "H": "hour", "h": "hour12", "m": "minute",
           "s": "second", "S": "fraction", "a": "half", "E": "weekday", "z": "zone", "Z": "zone"}  # fmt: skip
_MOST_OFFSET = timedelta(hours=18)
#: Dates that are remembered: lines that come together often have the same second.
_REMEMBERED = 1024
#: The longest zone, so that what is remembered is small.
_MAX_ZONE = 64


class FormatError(ValueError):
    """An unsupported date format, zone or locale."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A compiled date format. ``pattern``: a regular expression with one group for each of ``fields``."""

    pattern: str
    fields: tuple[str, ...]
    zone: tzinfo

    def read(self, texts: tuple[str, ...], now: datetime) -> int | None:
        """Convert the groups' texts to epoch milliseconds; None for an invalid date."""
        if "year" not in self.fields and ("month" in self.fields or "day" in self.fields):
            return _milliseconds.__wrapped__(self.fields, self.zone, texts, now)
        if "zone" in self.fields and len(texts[self.fields.index("zone")]) > _MAX_ZONE:
            return None
        return _milliseconds(self.fields, self.zone, texts)


@lru_cache(_REMEMBERED)
def _milliseconds(
    fields: tuple[str, ...], zone: tzinfo, texts: tuple[str, ...], now: datetime | None = None
) -> int | None:
    """Milliseconds of a date; of one with a month or day but without a year, the latest before ``now``."""
    parts = dict(zip(fields, texts, strict=True))
    try:
        found = _moment(parts, zone_of(parts["zone"]) if "zone" in parts else zone, now)
    except (ValueError, OverflowError):
        return None
    return (found - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _moment(parts: dict[str, str], zone: tzinfo, now: datetime | None) -> datetime:
    month = _month(parts["month"]) if "month" in parts else 1
    day = int(parts.get("day", 1))
    fraction = (parts.get("fraction", "") + "000")[:3]
    clock = (_hour(parts), int(parts.get("minute", 0)), int(parts.get("second", 0)))
    rest = (*clock, int(fraction) * 1000, zone)
    if "year" in parts:
        return datetime(_year(parts["year"]), month, day, *rest)
    if now is not None:
        return _latest(now, lambda year: datetime(year, month, day, *rest))
    return datetime(1970, 1, 1, *rest)


def _latest(now: datetime, of_year: Callable[[int], datetime]) -> datetime:
    """Date whose text has no year: the latest that is at most a day after ``now``.

    At the end of a year, clocks in other zones may show the next one; a leap day may be some years back.
    Raises ValueError for a date that exists in no year.
    """
    for year in range(now.year + 1, now.year - 8, -1):
        try:
            found = of_year(year)
        except ValueError:
            continue
        if found <= now + timedelta(days=1):
            return found
    raise ValueError("no such date")


def _year(text: str) -> int:
    if len(text) == 2:
        return 2000 + int(text) if int(text) < 70 else 1900 + int(text)
    return int(text)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    start = text.lower()[:3]
    return next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(start))


def _hour(parts: dict[str, str]) -> int:
    if "hour12" in parts:
        return int(parts["hour12"]) % 12 + (12 if parts.get("half", "").lower() == "pm" else 0)
    return int(parts.get("hour", 0))


def compile_date(text: str, zone: str = "", locale: str = "") -> DateFormat:
    """Compile a format such as ``yyyy-MM-dd HH:mm:ss``. Raises :class:`FormatError`."""
    if locale and not locale.lower().startswith("en"):
        raise FormatError(f"Unsupported locale {locale}. Supported: en.")
    pattern, fields = "", []
    for run in _RUN.finditer(text):
        literal, letter = run.group(1), run.group(2)
        if letter is None:
            pattern += re.escape("'" if literal == "" else literal if literal is not None else run.group())
            continue
        if letter not in _FIELDS:
            raise FormatError(f"Unsupported letter {letter} in the date format {text}.")
        pattern += f"({_digits(letter, len(run.group()))})"
        fields.append(_FIELDS[letter])
    if not fields or len(set(fields)) != len(fields):
        raise FormatError(f"Invalid date format {text}: each part must occur once.")
    return DateFormat(pattern, tuple(fields), zone_of(zone) if zone else UTC)


def _digits(letter: str, count: int) -> str:
    if letter == "M" and count >= 3:
        names = [name[:3] if count == 3 else name for name in _MONTHS]
        return f"(?i:{'|'.join(names)})"
    special: dict[str, Callable[[], str]] = {
        "E": lambda: f"(?i:{'|'.join(name[:3] if count <= 3 else name for name in _DAYS)})",
        "a": lambda: "(?i:am|pm)",
        "z": lambda: r"[A-Za-z][A-Za-z0-9_/+-]*",
        "Z": lambda: r"[+-]\d\d:\d\d" if count == 2 else r"[+-]\d\d:?\d\d|Z",
        "S": lambda: rf"\d{{{count}}}",
        "y": lambda: r"\d{2}" if count == 2 else r"\d{4}",
    }
    if letter.lower() == "y":
        return special["y"]()
    if letter in special:
        return special[letter]()
    return r"\d{1,2}" if count == 1 else rf"\d{{{count}}}"


def zone_of(text: str) -> tzinfo:
    """Parse a zone name or an offset. Raises :class:`FormatError`."""
    if text in ("UTC", "GMT", "UT", "Z"):
        return UTC
    found = _OFFSET.fullmatch(text)
    if found is None:
        try:
            return ZoneInfo(text)
        except (OSError, ValueError, KeyError) as error:
            raise FormatError(f"Unknown time zone {text[:50]}.") from error
    sign, hours, minutes, seconds = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0), seconds=int(seconds or 0))
    if offset > _MOST_OFFSET:
        raise FormatError(f"Invalid offset {text}: at most 18:00.")
    return timezone(-offset if sign == "-" else offset)
