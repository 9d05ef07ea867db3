"""Comparison operator and threshold at the end of a monitor query. Pure."""

from __future__ import annotations

import math
import re

from heeler.monitors.errors import InvalidQuery

COMPARATORS = (">=", "<=", "==", "!=", ">", "<")
_NUMBER = re.compile(r"[-+]?[\d.]{1,40}(?:[eE][-+]?\d{1,3})?", re.ASCII)


def compared(text: str) -> tuple[str, str, float]:
    """Split a query into operand, comparison operator and threshold. Raises :class:`InvalidQuery`."""
    place = max(text.rfind(char) for char in "<>=")
    two = text[max(place - 1, 0) : place + 1]
    comparator = two if two in (">=", "<=", "==", "!=") else text[place : place + 1]
    left = text[: place + 1 - len(comparator)].rstrip() if place > 0 else ""
    number = text[place + 1 :].strip()
    if number == "threshold" and left:
        raise InvalidQuery("thresholds that are queries are not evaluated here: compare with a number")
    if not left or comparator not in COMPARATORS or not _NUMBER.fullmatch(number):
        raise InvalidQuery("invalid operator specified: ")
    try:
        threshold = float(number)
    except ValueError:
        threshold = math.nan
    if not math.isfinite(threshold):
        raise InvalidQuery(f"'{number}' is not a number")
    return left, comparator, threshold
