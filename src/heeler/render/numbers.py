"""Numbers as people read them."""

from __future__ import annotations

import math

_THIN_SPACE = "\u2009"
_MINUS = "\u2212"
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_THOUSANDS = ("", "K", "M", "G", "T", "P")


def format_value(value: float, unit: str = "") -> str:
    """``value`` to three significant figures with its unit, in the largest multiple that is at least one."""
    if not math.isfinite(value):
        return "no data"
    size = abs(value)
    if unit in ("byte", "bytes"):
        step, name = _scaled(size, 1024, _BINARY)
        return f"{_figures(value / 1024**step)}{_THIN_SPACE}{name}"
    if unit in ("percent", "%"):
        return f"{_figures(value)}{_THIN_SPACE}%"
    if unit in ("second", "seconds"):
        return _seconds(value)
    step, suffix = _scaled(size, 1000, _THOUSANDS)
    tail = f"{_THIN_SPACE}{unit}" if unit else ""
    return f"{_figures(value / 1000**step)}{suffix}{tail}"


def _scaled(size: float, base: int, names: tuple[str, ...]) -> tuple[int, str]:
    step = 0
    while step + 1 < len(names) and size >= base ** (step + 1):
        step += 1
    return step, names[step]


def _seconds(value: float) -> str:
    size = abs(value)
    for factor, name in (
        (86400.0, "d"),
        (3600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
        (1e-3, "ms"),
        (1e-6, "µs"),
    ):
        if size >= factor:
            return f"{_figures(value / factor)}{_THIN_SPACE}{name}"
    return f"{_figures(value * 1e9)}{_THIN_SPACE}ns" if value else f"0{_THIN_SPACE}s"


def _figures(value: float) -> str:
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    text = f"{value:.{digits}f}" if size >= 0.01 or value == 0 else f"{value:.2g}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", _MINUS, 1)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About ``count`` round numbers that cover [low, high]."""
    if not math.isfinite(low) or not math.isfinite(high) or high <= low:
        return [0.0, 1.0]
    raw = (high - low) / max(count - 1, 1)
    if raw <= 0 or not math.isfinite(raw):
        return [low, high]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    if last - first > 50:
        return [low, high]
    return [index * step for index in range(first, last + 1)]
