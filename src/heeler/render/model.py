"""What a picture shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Style = Literal["line", "area", "bars"]


@dataclass(frozen=True, slots=True)
class Band:
    """The expected range of a series: float64 [n] each; values outside it are drawn red."""

    lower: Values
    upper: Values


@dataclass(frozen=True, slots=True)
class Series:
    """One line: ``values`` float64 [n] at the graph's times, NaN where there is nothing."""

    name: str
    values: Values
    style: Style = "line"
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A horizontal line (``high`` None) or a shaded range from ``value`` to ``high``."""

    value: float
    kind: Literal["alert", "warning", "ok", "info"] = "info"
    label: str = ""
    high: float | None = None


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
    note: str = ""
    zone: tzinfo = field(default=UTC)
    bounds: tuple[float | None, float | None] = (None, None)
    """The ends of the value axis where the reader chose them."""


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
