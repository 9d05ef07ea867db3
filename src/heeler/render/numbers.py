"""Number formatting, identical to the web app's.

A unit is ``byte`` or ``byte/second``, by Datadog's names. Sizes in bytes scale by 1024, times to the nearest
unit of time, everything else by 1000.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_THIN_SPACE = "\u2009"
_MINUS = "\u2212"
#: Smaller values are written with an exponent.
_TINY = 1e-4
Scales = tuple[tuple[float, str], ...]
_ONE: Scales = ((1.0, ""),)
_BINARY: Scales = tuple(
    (1024.0**power, name) for power, name in enumerate(("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))
)
_DECIMAL: Scales = tuple(
    (1000.0**power, name) for power, name in enumerate(("", "k", "M", "G", "T", "P", "E"))
)
_TIME: Scales = (
    (1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3600.0, "h"), (86400.0, "d"),
)  # fmt: skip
_SECONDS = {
    "nanosecond": 1e-9, "microsecond": 1e-6, "millisecond": 1e-3, "second": 1.0, "minute": 60.0,
    "hour": 3600.0, "day": 86400.0, "week": 604800.0,
}  # fmt: skip
_BYTES = {
    "byte": 1.0, "kibibyte": 1024.0, "mebibyte": 1024.0**2, "gibibyte": 1024.0**3, "tebibyte": 1024.0**4,
    "kilobyte": 1e3, "megabyte": 1e6, "gigabyte": 1e9, "terabyte": 1e12,
}  # fmt: skip
_BITS = {"bit": 1.0, "kilobit": 1e3, "megabit": 1e6, "gigabit": 1e9}
#: Units that take metric prefixes, small ones too: 5.1 GHz, 400 mcores.
_PREFIXED: Scales = ((1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), *_DECIMAL)
_METRIC: dict[str, tuple[float, str]] = {
    "hertz": (1.0, "Hz"), "kilohertz": (1e3, "Hz"), "megahertz": (1e6, "Hz"), "gigahertz": (1e9, "Hz"),
    "nanocore": (1e-9, "cores"), "microcore": (1e-6, "cores"), "millicore": (1e-3, "cores"),
    "core": (1.0, "cores"), "kilocore": (1e3, "cores"), "megacore": (1e6, "cores"),
    "milliwatt": (1e-3, "W"), "watt": (1.0, "W"), "kilowatt": (1e3, "W"),
    "millivolt": (1e-3, "V"), "volt": (1.0, "V"), "milliampere": (1e-3, "A"), "ampere": (1.0, "A"),
}  # fmt: skip
_PERCENT = {"percent": 1.0, "%": 1.0, "fraction": 100.0}
_SHORT = {
    "request": "req", "operation": "op", "connection": "conn", "packet": "pkt",
    "degree celsius": "°C", "degree fahrenheit": "°F", "dollar": "$",
}  # fmt: skip
_PER = {"second": "s", "minute": "min", "hour": "h", "day": "d", "millisecond": "ms"}


@dataclass(frozen=True, slots=True)
class Style:
    """Number style of a unit. ``base``: the unit's value in the scale of ``scales`` with factor 1."""

    base: float
    scales: Scales
    word: str
    per: str

    def scale(self, size: float) -> tuple[float, str]:
        """The best scale for a value of this magnitude."""
        if self.scales is _TIME and size == 0:
            return next((scale for scale in _TIME if scale[0] == self.base), (1.0, "s"))
        if self.scales is _PREFIXED and size == 0:
            return _ONE[0]
        fitting = [scale for scale in self.scales if size * self.base >= scale[0]]
        return fitting[-1] if fitting else self.scales[0]

    @property
    def counts(self) -> bool:
        """Whether it counts things, such as requests: the prefix of a multiple is appended to the number
        directly.
        """
        return self.scales is _DECIMAL and self.word != "bit"

    def written(self, number: str, prefix: str) -> str:
        if self.counts:
            name = f"{_THIN_SPACE}{self.word}" if self.word else ""
            return f"{number}{prefix}{name}{self.per}"
        return f"{number}{_THIN_SPACE}{prefix}{self.word}{self.per}"


def style_of(unit: str) -> Style:
    name, _, per = unit.partition("/")
    name = {"bytes": "byte", "seconds": "second"}.get(name.strip(), name.strip())
    per = f"/{_PER.get(per.strip(), per.strip())}" if per.strip() else ""
    if name in _METRIC:
        base, word = _METRIC[name]
        return Style(base, _PREFIXED, word, per)
    for bases, scales, word in (
        (_SECONDS, _TIME, ""), (_BYTES, _BINARY, "B"), (_BITS, _DECIMAL, "bit"), (_PERCENT, _ONE, "%"),
    ):  # fmt: skip
        if name in bases:
            return Style(bases[name], scales, word, per)
    return Style(1.0, _DECIMAL, _SHORT.get(name, name), per)


def format_value(value: float, unit: str = "") -> str:
    """Format ``value`` with three significant digits and unit, in the largest multiple with a value of at
    least one.
    """
    if not math.isfinite(value):
        return "no data"
    style = style_of(unit)
    factor, prefix = style.scale(abs(value))
    return style.written(_figures(value * style.base / factor), prefix)


def format_ticks(values: Sequence[float], unit: str = "") -> list[str]:
    """Axis labels, all in the scale of the largest, with the decimals that their steps need."""
    style = style_of(unit)
    factor, prefix = style.scale(max((abs(value) for value in values), default=0.0))
    scaled = [value * style.base / factor for value in values]
    step = abs(scaled[1] - scaled[0]) if len(scaled) > 1 else abs(scaled[0]) if scaled else 1.0
    decimals = min(max(-math.floor(math.log10(step) + 1e-9), 0), 9) if step > 0 else 0
    if any(abs(value - round(value, decimals)) >= step / 100 for value in scaled):
        decimals += 1
    if style.counts and any(0 < abs(value) < 1 for value in scaled):  # 500 below 1k, not 0.5k
        return [_own_tick(value, style) for value in values]
    written = [_decimal(value, decimals) for value in scaled]
    if style.counts:  # a unit name after every number of an axis would be distracting
        return [f"{number}{prefix}" if number != "0" else number for number in written]
    return [style.written(number, prefix) for number in written]


def _own_tick(value: float, style: Style) -> str:
    factor, prefix = style.scale(abs(value))
    return f"{_figures(value * style.base / factor)}{prefix}"


def _figures(value: float) -> str:
    size = abs(value)
    if size >= 1e21 or 0 < size < _TINY:
        number, power = f"{value:.2e}".split("e")
        return f"{_decimal(float(number), 2)}e{_decimal(float(power), 0)}"
    decimals = min(max(2 - math.floor(math.log10(size)), 0), 12) if size > 0 else 0
    return _decimal(value, decimals, ",")


def _decimal(value: float, decimals: int, grouped: str = "") -> str:
    text = f"{value:{grouped}.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", _MINUS, 1)


def nice_ticks(low: float, high: float, unit: str = "", count: int = 5) -> list[float]:
    """About ``count`` round numbers of ``unit`` that cover [low, high]."""
    if not math.isfinite(low) or not math.isfinite(high) or high <= low:
        return [0.0, 1.0]
    raw = (high - low) / max(count - 1, 1)
    if raw <= 0 or not math.isfinite(raw):
        return [low, high]
    step = _round_step(raw, style_of(unit))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    if last - first > 50:
        return [low, high]
    return [index * step for index in range(first, last + 1)]


def _round_step(raw: float, style: Style) -> float:
    """Next larger step that is round in its display scale."""
    if style.scales is _BINARY and raw >= 1:
        base: float = 1024 ** math.floor(math.log(raw, 1024))
        return float(base * 2 ** math.ceil(math.log2(raw / base) - 1e-9))
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
