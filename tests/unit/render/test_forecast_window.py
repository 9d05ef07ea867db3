"""How far pictures of forecasts go, and where they stop being measured."""

from __future__ import annotations

import numpy as np

from heeler.render.forecast_window import forecast_from, look_ahead
from heeler.render.model import Band

TIMES = np.arange(0, 100, 10, dtype=np.int64)
VALUES = np.arange(10.0)
EXPECTED = np.where(TIMES >= 70, VALUES, np.nan)


def test_pictures_of_forecasts_that_end_now_go_on() -> None:
    assert look_ahead("forecast(avg:a{*}, 'linear', 1)", 0, 3600, 3650) == 5400
    assert look_ahead("forecast(avg:a{*}, 'linear', 1)", 0, 3600, 9000) == 3600
    assert look_ahead("avg:forecast.runs{*}", 0, 3600, 3600) == 3600


def test_a_line_is_expected_from_where_its_band_begins() -> None:
    band = Band(EXPECTED, EXPECTED)
    assert forecast_from(TIMES, VALUES, band, 68) == 70
    assert forecast_from(TIMES, VALUES, band, 95) is None
    assert forecast_from(TIMES, VALUES, None, 68) is None
    assert forecast_from(TIMES, np.where(TIMES < 70, VALUES, np.nan), band, 68) is None
