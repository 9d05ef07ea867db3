"""Future part of the window of forecast graphs, and where their lines are drawn as expected values. Pure."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from heeler.render.model import Band, Values

_FORECAST = re.compile(r"\bforecast\s*\(")
#: A window that ends within so many seconds of now ends now.
_NOW = 120


def look_ahead(text: str, start: float, end: float, now: float) -> float:
    """End of the window of a graph: half its length after now if the query has a forecast."""
    if not _FORECAST.search(text) or abs(now - end) > _NOW:
        return end
    return end + (end - start) / 2


def forecast_from(times: NDArray[np.int64], values: Values, band: Band | None, now: float) -> float | None:
    """Time of the first forecast value; None if the series does not extend beyond ``now``."""
    if band is None or not np.isfinite(values[times > now]).any():
        return None
    expected = times[np.isfinite(band.lower)]
    return float(expected[0]) if len(expected) else None
