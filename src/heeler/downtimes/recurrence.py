"""Occurrences of a recurrence rule (RFC 5545), computed with a bounded amount of work.

``dateutil`` searches for the next matching day until the year 9999, which takes seconds if no day (30
February) or hardly any matches. Here a search ends after :data:`MAX_DAYS` days without a match.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime

from dateutil.rrule import rrule

#: Maximum number of consecutive days without a match: 27 years of a daily rule. The longest gap of rules in
#: use is that of 29 February around 2100, 8 years.
MAX_DAYS = 10_000
#: Maximum number of computed occurrences of one rule: an hourly one for 22 years.
MAX_OCCURRENCES = 200_000


class _Exhausted(Exception):
    """The limit of consecutive days without a match was reached."""


class _Counted(tuple[int, ...]):
    """Months or weekdays of a rule, wrapped to count the days that ``dateutil`` tests; empty means all."""

    left = MAX_DAYS

    def __bool__(self) -> bool:
        return True

    def __contains__(self, number: object) -> bool:
        self.left -= 1
        if self.left < 0:
            raise _Exhausted
        return len(self) == 0 or super().__contains__(number)


def _counting(rule: rrule) -> _Counted:
    """Make ``rule`` count the days that it tests. Months are filtered first; but with the n-th weekdays of a
    year months must stay unset, and then every day is tested for its weekday.
    """
    fields = vars(rule)
    name = "_byweekday" if fields["_bynweekday"] and not fields["_bymonth"] else "_bymonth"
    fields[name] = counted = _Counted(fields[name] or (() if name == "_byweekday" else range(1, 13)))
    return counted


class Occurrences:
    """Occurrences of a rule, in local time and in order; computed lazily and cached."""

    def __init__(self, rule: rrule) -> None:
        self._days = _counting(rule)
        self._rest: Iterator[datetime] | None = iter(rule)
        self._found: list[datetime] = []

    def _more(self) -> bool:
        """Compute one more occurrence; False if there is none."""
        if self._rest is None:
            return False
        self._days.left = MAX_DAYS
        try:
            self._found.append(next(self._rest))
        except (StopIteration, _Exhausted, OverflowError, IndexError):
            self._rest = None
        if len(self._found) >= MAX_OCCURRENCES:
            self._rest = None
        return self._rest is not None

    def _reach(self, moment: datetime) -> None:
        """Compute all occurrences up to ``moment`` and one after it."""
        while (not self._found or self._found[-1] <= moment) and self._more():
            pass

    @property
    def first(self) -> datetime | None:
        if not self._found:
            self._more()
        return self._found[0] if self._found else None

    def before(self, moment: datetime) -> datetime | None:
        """The last occurrence at or before ``moment``."""
        self._reach(moment)
        place = bisect_right(self._found, moment)
        return self._found[place - 1] if place else None

    def after(self, moment: datetime) -> datetime | None:
        """The first occurrence at or after ``moment``."""
        self._reach(moment)
        place = bisect_left(self._found, moment)
        return self._found[place] if place < len(self._found) else None

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Occurrences after ``start`` and before ``end``."""
        self._reach(end)
        return self._found[bisect_right(self._found, start) : bisect_left(self._found, end)]
