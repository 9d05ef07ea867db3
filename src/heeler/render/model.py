"""Data model of a rendered graph, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Style = Literal["line", "area", "bars"]
Scale = float | Literal["linear", "log"]
"""A number is the exponent of the scale: 0.5 for square roots, which spreads small values."""


@dataclass(frozen=True, slots=True)
class Band:
    """Expected range of a series: float64 [n] each. Values outside it are red, except in a forecast."""

    lower: Values
    upper: Values


@dataclass(frozen=True, slots=True)
class Pen:
    """User-defined line style: palette name, dash array, pixels; empty if not set.

    ``place``: index in the palette; -1 for the next color.
    """

    palette: str = ""
    dash: str = ""
    width: float = 0
    place: int = -1


@dataclass(frozen=True, slots=True)
class Series:
    """One series: ``values`` float64 [n] at the graph's times, NaN for missing."""

    name: str
    values: Values
    style: Style = "line"
    band: Band | None = None
    outlier: bool = False
    """Whether it is an outlier, and highlighted."""
    right: bool = False
    """Whether it uses the right axis."""
    pen: Pen = Pen()
    ahead: float | None = None
    """UNIX seconds from which its values are a forecast."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A horizontal line (``high`` None) or a shaded range from ``value`` to ``high``."""

    value: float
    kind: Literal["alert", "warning", "ok", "info"] = "info"
    label: str = ""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """Value axis. ``bounds``: user-defined ends, if any."""

    unit: str = ""
    bounds: tuple[float | None, float | None] = (None, None)
    scale: Scale = "linear"


@dataclass(frozen=True, slots=True)
class Graph:
    """A time series over [``start``, ``end``), UNIX seconds; ``times`` int64 [n] ascending."""

    title: str
    start: float
    end: float
    times: NDArray[np.int64]
    series: tuple[Series, ...]
    unit: str = ""
    markers: tuple[Marker, ...] = ()
    notes: tuple[str, ...] = ()
    """Notes on the data, a sentence each; drawn below the plot if there is room."""
    zone: tzinfo = field(default=UTC)
    bounds: tuple[float | None, float | None] = (None, None)
    """User-defined ends of the value axis."""
    scale: Scale = "linear"
    right: ValueAxis = ValueAxis()
    """Drawn if a series uses it."""

    @property
    def left(self) -> ValueAxis:
        return ValueAxis(self.unit, self.bounds, self.scale)

    def axis_of(self, series: Series) -> ValueAxis:
        return self.right if series.right else self.left


@dataclass(frozen=True, slots=True)
class TopList:
    """Names with numbers, largest first."""

    title: str
    rows: tuple[tuple[str, float], ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class QueryValue:
    """One number; None is no data."""

    title: str
    value: float | None
    unit: str = ""


Picture = Graph | TopList | QueryValue
