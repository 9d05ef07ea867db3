"""Arithmetic of SLOs, in exact fractions: SLI, error budget, burn rate, state, display. Pure.

Floats would turn a burn rate of exactly 3 into 2.9999999999999996, and a missed target into a met one.
Targets are percent, as decimals; event counts are floats, which convert to fractions exactly; times are whole
seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

NO_DATA, BREACHED, WARNING, OK = "no_data", "breached", "warning", "ok"
_HUNDRED = Fraction(100)


def percent(value: float | int | str) -> Fraction:
    """A target as the decimal number as written: 99.9 is 999/10, not the nearest float."""
    return Fraction(str(value))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of events, minutes or slices; ``bad`` of ``total``."""

    bad: Fraction = Fraction(0)
    total: Fraction = Fraction(0)

    @property
    def sli(self) -> Fraction | None:
        """Good percent; None if nothing was counted."""
        return None if not self.total else _HUNDRED * (self.total - self.bad) / self.total

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.bad + other.bad, self.total + other.total)


def tally(good: float, total: float) -> Tally:
    return Tally(Fraction(total) - Fraction(good), Fraction(total))


def remaining(sli: Fraction, target: Fraction) -> Fraction:
    """Remaining percent of the error budget: 100 at an SLI of 100, 0 at the target, negative below."""
    return (sli - target) / (_HUNDRED - target) * 100


def raw_remaining(found: Tally, target: Fraction) -> Fraction:
    """Remaining error budget in the counted unit: events, minutes or slices."""
    return found.total * (_HUNDRED - target) / 100 - found.bad


def burn_rate(found: Tally, target: Fraction) -> Fraction:
    """Budget consumption relative to the allowed rate; 0 without events."""
    return found.bad * 100 / (found.total * (_HUNDRED - target)) if found.total else Fraction(0)


def max_burn_rate(target: Fraction) -> Fraction:
    """Burn rate at which everything is bad."""
    return _HUNDRED / (_HUNDRED - target)


def state_of(sli: Fraction | None, target: Fraction, warning: Fraction | None) -> str:
    """``no_data``, ``breached``, ``warning`` or ``ok``; an SLI equal to the target meets it."""
    if sli is None:
        return NO_DATA
    if sli < target:
        return BREACHED
    return WARNING if warning is not None and sli < warning else OK


def cut(value: Fraction, digits: int) -> float:
    """Truncate ``value`` to ``digits`` decimals without rounding, so that a missed target is never shown as
    met.
    """
    scale = 10**digits
    return float(math.floor(value * scale) / scale)


def precision_of(kind: str, days: float, target: float, total: Fraction) -> int:
    """Displayed decimals: for monitors 2, or 3 over 90 days; else one more than the target's, at most 4, and
    limited by the number of events.
    """
    if kind == "monitor":
        return 3 if days > 30 else 2
    own = len(target_digits(target)) + 1
    small = 0
    while small < 4 and total > 10 ** (small + 1):
        small += 1
    return max(min(own, 4, small), 0)


def target_digits(target: float) -> str:
    """Decimals of a target without trailing zeros: ``99.90`` has ``9``."""
    return f"{target:.6f}".rstrip("0").partition(".")[2]


def target_display(target: float) -> str:
    """Display form of a target as in clients: ``95.``, ``99.9``."""
    return f"{target:.6f}".rstrip("0")
