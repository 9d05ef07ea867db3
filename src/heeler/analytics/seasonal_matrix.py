"""Folds a series into seasons: a matrix with one row a season and one column a phase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from heeler.analytics.array_tools import Floats, Integers, typical_step

Seasonality = Literal["hourly", "daily", "weekly"]

HOUR, DAY, WEEK = 3_600, 86_400, 604_800
PERIODS: dict[str, int] = {"hourly": HOUR, "daily": DAY, "weekly": WEEK}


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Time zone of an IANA name; ``utc`` in any case. Raises ``ValueError`` for an unknown one."""
    try:
        return ZoneInfo("UTC" if name.lower() in ("utc", "") else name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"Unknown time zone '{name}': expected an IANA name such as 'Europe/Paris'."
        ) from error


def local_times(times: Integers, timezone: str) -> Integers:
    """Convert ``times`` to wall-clock seconds in ``timezone``, so that phases stay aligned over DST
    changes.
    """
    where = zone(timezone)
    if where.key == "UTC" or not len(times):
        return times
    hours, back = np.unique(times // HOUR, return_inverse=True)
    offsets = np.array([_offset(int(hour), where) for hour in hours], dtype=np.int64)
    shifted: Integers = times + offsets[back]
    return shifted


@lru_cache(maxsize=50_000)
def _offset(hour: int, where: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(hour * HOUR, UTC).astimezone(where).utcoffset()
    return int(offset.total_seconds()) if offset else 0


@dataclass(frozen=True, slots=True)
class Folded:
    """``table``: float64 [seasons, phases]; point i is at ``row[i]``, ``column[i]``."""

    table: Floats
    row: Integers
    column: Integers

    def unfold(self, table: Floats) -> Floats:
        """Convert a table of the same shape back to a series [n]."""
        result: Floats = table[self.row, self.column]
        return result


def fold(times: Integers, values: Floats, period: int, timezone: str) -> Folded:
    """Seasons of ``period`` seconds by the wall clock of ``timezone``; a row starts at midnight (weeks:
    Thursday).

    Rows do not move as time passes, so a band is drawn the same again.
    """
    phases = max(1, round(period / typical_step(times)))
    local = local_times(times, timezone)
    row = local // period
    row = row - row.min()
    column = local % period * phases // period
    table = np.full((int(row.max()) + 1, phases), np.nan)
    table[row, column] = values
    return Folded(table, row, column)
