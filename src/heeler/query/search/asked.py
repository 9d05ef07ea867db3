"""What search and aggregate requests of logs and spans have in common: windows, pages, cursors, computes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from heeler.query.search.aggregate import Compute, GroupBy
from heeler.query.search.times import request_time

MAX_PAGE = 1000
DEFAULT_PAGE = 10
DEFAULT_POINTS = 150
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True, slots=True)
class Asked:
    """A page that is asked for: ``start`` to before ``end`` in UNIX seconds."""

    search: str
    start: float
    end: float
    limit: int = DEFAULT_PAGE
    cursor: tuple[int, int] | None = None
    """Time and id of the last row of the page before."""
    newest_first: bool = True


def read_page(asked: Mapping[str, Any], now: float) -> Asked:
    """A request's ``filter``, ``page`` and ``sort``. Raises ``ValueError`` that names the field."""
    where, page = asked.get("filter") or {}, asked.get("page") or {}
    if not isinstance(where, dict) or not isinstance(page, dict):
        raise ValueError("'filter' and 'page' must be objects.")
    start, end = read_window(where, now)
    limit = int(page.get("limit") or DEFAULT_PAGE)
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"'page.limit' is {limit}: expected 1 to {MAX_PAGE}.")
    cursor = page.get("cursor")
    return Asked(
        search=str(where.get("query") or "*"),
        start=start,
        end=end,
        limit=limit,
        cursor=read_cursor(str(cursor)) if cursor else None,
        newest_first=(asked.get("sort") or "-timestamp") != "timestamp",
    )


def read_window(where: Mapping[str, Any], now: float) -> tuple[float, float]:
    """``from`` and ``to``, the last 15 minutes by default; ``to`` itself is part of the window."""
    start = request_time(where.get("from") or "now-15m", now)
    end = request_time(where.get("to") or "now", now)
    if start >= end:
        raise WindowError("Field 'filter.from,to' is invalid: 'from' should be anterior to 'to'")
    return start, end + 0.001


class WindowError(ValueError):
    """``from`` is not before ``to``."""


def write_cursor(time: int, ident: int) -> str:
    return base64.urlsafe_b64encode(f"{time}.{ident}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        time, _, ident = text.partition(".")
        return int(time), int(ident)
    except (binascii.Error, ValueError) as error:
        raise ValueError("Field 'page.cursor' is invalid: give the 'after' of an answer") from error


def read_computes(raw: Any) -> list[tuple[Compute, int | None]]:
    """Each compute with its interval in seconds for time series: None for a total, 0 for the default."""
    found = []
    for one in raw or [{"aggregation": "count"}]:
        if not isinstance(one, dict):
            raise ValueError("'compute' must be a list of objects.")
        compute = Compute(str(one.get("aggregation") or "count"), one.get("metric") or None)
        series = (one.get("type") or "total") == "timeseries"
        found.append((compute, interval_seconds(one.get("interval")) if series else None))
    return found


def interval_seconds(text: Any) -> int:
    """``5m`` or milliseconds as seconds; 0 where nothing is given. Raises ``ValueError``."""
    if not text:
        return 0
    if isinstance(text, int | float):
        return max(int(text / 1000), 1)
    unit = _UNITS.get(str(text)[-1:])
    if unit is None or not str(text)[:-1].isdigit():
        raise ValueError(f"'{text}' is not an interval: expected a number and one of {', '.join(_UNITS)}")
    return max(int(str(text)[:-1]) * unit, 1)


def default_interval(start: float, end: float) -> int:
    return max(int((end - start) / DEFAULT_POINTS), 1)


def read_groups(raw: Any) -> list[GroupBy]:
    """The facets to group by. Raises ``ValueError``."""
    found = []
    for one in raw or []:
        if not isinstance(one, dict) or not one.get("facet"):
            raise ValueError("'group_by' must be a list of objects with a 'facet'.")
        sort = one.get("sort") or {}
        measure = Compute(str(sort["aggregation"]), sort.get("metric")) if sort.get("aggregation") else None
        order: Literal["asc", "desc"] = "asc" if sort.get("order") == "asc" else "desc"
        missing = one.get("missing", None) is None
        found.append(GroupBy(str(one["facet"]), int(one.get("limit") or 10), measure, order, missing))
    return found
