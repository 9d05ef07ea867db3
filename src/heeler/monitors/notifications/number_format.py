"""Formatting of numbers in notifications. Pure."""

from __future__ import annotations

import math


def plain_number(value: float) -> str:
    """Three decimals, or three significant digits below that; no exponent, no trailing zeros."""
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    places = 3 if size >= 0.001 or size == 0 else min(2 - math.floor(math.log10(size)), 20)
    text = f"{value:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
