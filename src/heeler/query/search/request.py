"""Shared parts of search and aggregate requests of logs, spans and events: windows, pages, cursors,
computes."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Literal
from urllib.parse import urlencode

from heeler.query.search.ast import Pattern, write_pattern
from heeler.query.search.plan import MAX_GROUPS, Compute, GroupBy, Steps
from heeler.query.search.times import request_time, zone_of

MAX_PAGE = 1000
DEFAULT_PAGE = 10
DEFAULT_POINTS = 150
MAX_STEPS = 100
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SORTS = ("timestamp", "-timestamp")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Requested page of results: [``start``, ``end``) in UNIX seconds."""

    search: str
    start: float
    end: float
    limit: int = DEFAULT_PAGE
    cursor: tuple[int, int] | None = None
    """Time and id of the last row of the previous page."""
    newest_first: bool = True
    indexes: tuple[str, ...] = ()
    """Names of the indexes to search; none is all of them."""


def read_page(body: Mapping[str, Any], now: float) -> PageRequest:
    """Parse ``filter``, ``page``, ``sort`` and ``options`` of a request. Raises ``ValueError`` naming the
    field.
    """
    where, page = object_of(body, "filter"), object_of(body, "page")
    start, end = read_window(where, now, object_of(body, "options"))
    cursor = page.get("cursor")
    return PageRequest(
        search=read_search(where),
        start=start,
        end=end,
        limit=whole_number("page.limit", page.get("limit"), DEFAULT_PAGE, MAX_PAGE),
        cursor=read_cursor(str(cursor)) if cursor else None,
        newest_first=newest_first(body.get("sort")),
        indexes=read_indexes(where),
    )


def read_indexes(where: Mapping[str, Any]) -> tuple[str, ...]:
    """Names in ``filter.indexes``; none, or ``*``, means all. Raises ``ValueError``."""
    given = where.get("indexes") or []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ValueError("'filter.indexes' must be a list of names.")
    return () if "*" in given else tuple(given)


def object_of(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object ``name``, empty if absent. Raises ``ValueError``."""
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise ValueError(f"'{name}' must be an object.")
    return found


def read_search(where: Mapping[str, Any]) -> str:
    search = where.get("query")
    if search is not None and not isinstance(search, str):
        raise ValueError("'filter.query' must be a string.")
    return search or "*"


def within_indexes(search: str, indexes: Sequence[str]) -> str:
    """Restrict the search to logs of these indexes."""
    if not indexes:
        return search
    names = " OR ".join(write_pattern(Pattern((name,), quoted=True)) for name in indexes)
    return f"index:({names})" if search.strip() in ("", "*") else f"({search}) index:({names})"


def newest_first(sort: Any) -> bool:
    if sort and sort not in _SORTS:
        raise ValueError(f"'sort' is {str(sort)[:50]!r}: expected one of {', '.join(_SORTS)}.")
    return bool(sort != "timestamp")


def whole_number(name: str, given: Any, default: int, most: int) -> int:
    """Parse a number from 1 to ``most``. Raises ``ValueError`` naming the field."""
    if given is None or given == "":
        return default
    try:
        number = int(str(given)) if not isinstance(given, float) else int(given)
    except (ValueError, OverflowError):
        number = 0
    if isinstance(given, bool) or not 1 <= number <= most:
        raise ValueError(f"'{name}' is {str(given)[:50]!r}: expected 1 to {most}.")
    return number


def read_window(
    where: Mapping[str, Any], now: float, options: Mapping[str, Any] | None = None
) -> tuple[float, float]:
    """Parse ``from`` and ``to``, the last 15 minutes by default; ``to`` is inclusive.

    ``options.timezone`` applies to times without a zone; ``options.timeOffset`` shifts the window by seconds.
    """
    zone, offset = read_zone(options or {})
    start = request_time(_time(where, "from", "now-15m"), now, zone)
    end = request_time(_time(where, "to", "now"), now, zone)
    if start >= end:
        raise WindowError("Field 'filter.from,to' is invalid: 'from' should be anterior to 'to'")
    return max(start + offset, 0.0), max(end + offset, 0.0) + 0.001


def _time(where: Mapping[str, Any], name: str, default: str) -> str | int | float:
    given = where.get(name)
    if given is None or given == "":
        return default
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ValueError(f"'filter.{name}' must be a time: ISO-8601, UNIX milliseconds, or 'now-15m'.")
    return given


def read_zone(options: Mapping[str, Any]) -> tuple[tzinfo, float]:
    """Parse ``timezone`` and ``timeOffset`` (seconds) of a request's options. Raises ``ValueError``."""
    offset = options.get("timeOffset") or 0
    if isinstance(offset, bool) or not isinstance(offset, int | float) or abs(offset) > 2**32:
        raise ValueError("'options.timeOffset' must be a number of seconds.")
    name = options.get("timezone")
    return zone_of(str(name)) if name else UTC, float(offset)


class WindowError(ValueError):
    """``from`` is not before ``to``."""


def write_cursor(time: int, ident: int) -> str:
    return base64.urlsafe_b64encode(f"{time}.{ident}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        time, _, ident = text.partition(".")
        found = int(time), int(ident)
    except (binascii.Error, ValueError) as error:
        raise ValueError("Field 'page.cursor' is invalid: give the 'after' of an answer") from error
    if not (0 <= found[0] < 2**63 and 0 <= found[1] < 2**64):
        raise ValueError("Field 'page.cursor' is invalid: give the 'after' of an answer")
    return found


def next_link(url: str, body: Mapping[str, Any], after: str) -> str:
    """URL of the next page of a search: ``url`` with the request's parameters and the cursor."""
    where, page = object_of(body, "filter"), object_of(body, "page")
    given = {f"filter[{key}]": where[key] for key in ("query", "from", "to") if where.get(key)}
    given |= {"filter[indexes]": ",".join(read_indexes(where))} if read_indexes(where) else {}
    given |= {"sort": body["sort"]} if body.get("sort") else {}
    given |= {"page[limit]": page["limit"]} if page.get("limit") else {}
    return f"{url}?{urlencode(given | {'page[cursor]': after})}"


def read_computes(raw: Any) -> list[tuple[Compute, int | None]]:
    """Parse computes, each with its interval in seconds for time series: None for a total, 0 for the
    default.
    """
    found = []
    for one in _objects(raw or [{"aggregation": "count"}], "compute"):
        kind = one.get("type") or "total"
        if kind not in ("total", "timeseries"):
            raise ValueError(f"'compute.type' is {str(kind)[:50]!r}: expected total or timeseries.")
        compute = read_compute(one)
        found.append((compute, interval_seconds(one.get("interval")) if kind == "timeseries" else None))
    return found


def read_compute(one: Mapping[str, Any]) -> Compute:
    metric = one.get("metric")
    return Compute(str(one.get("aggregation") or "count"), str(metric) if metric else None)


def _objects(raw: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(raw, list) or not all(isinstance(one, Mapping) for one in raw):
        raise ValueError(f"'{name}' must be a list of objects.")
    return raw


#: Maximum interval in milliseconds (1,000 years).
MAX_INTERVAL_MS = 32_000_000_000_000


def interval_seconds(text: Any) -> int:
    """Parse ``5m`` or milliseconds as seconds; 0 if absent. Raises ``ValueError``."""
    if not text:
        return 0
    if isinstance(text, int | float) and abs(text) < MAX_INTERVAL_MS:
        return max(int(text / 1000), 1)
    count, unit = str(text)[:-1], _UNITS.get(str(text)[-1:])
    if str(text).isdecimal() and len(str(text)) < 16:
        return max(int(str(text)) // 1000, 1)
    if unit is None or not count.isdecimal() or len(count) > 9:
        units = ", ".join(_UNITS)
        raise ValueError(f"'{str(text)[:50]}' is not an interval: expected a number and one of {units}")
    return max(int(count) * unit, 1)


def default_interval(start: float, end: float) -> int:
    return max(int((end - start) / DEFAULT_POINTS), 1)


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet to group by. ``total``: name of the bucket of all its values, if any."""

    group: GroupBy
    total: str | None = None


def read_facets(raw: Any, first: Compute) -> list[Facet]:
    """Parse the facets to group by, by default those with the highest ``first``. Raises ``ValueError``."""
    return [_facet(one, first) for one in _objects(raw or [], "group_by")]


def _facet(one: Mapping[str, Any], first: Compute) -> Facet:
    name = one.get("facet")
    if not name or not isinstance(name, str):
        raise ValueError("'group_by' must be a list of objects with a 'facet'.")
    sort = object_of(one, "sort")
    named = "histogram" in one or (bool(sort) and sort.get("type") != "measure")
    by_name = named and not sort.get("aggregation")
    default = "asc" if by_name else "desc"
    order: Literal["asc", "desc"] = "asc" if sort.get("order", default) == "asc" else "desc"
    missing, total = one.get("missing"), one.get("total")
    group = GroupBy(
        name,
        limit=whole_number(f"limit' of facet '{name[:50]}", one.get("limit"), 10, MAX_GROUPS),
        sort=None if by_name else read_compute(sort) if sort.get("aggregation") else first,
        order=order,
        exclude_missing=missing is None,
        missing="" if missing is None else str(missing),
        by_name=by_name,
        steps=_steps(object_of(one, "histogram")) if one.get("histogram") is not None else None,
    )
    label = f"{name}_total" if total is True else str(total) if total not in (None, False) else None
    return Facet(group, label)


def _steps(histogram: Mapping[str, Any]) -> Steps:
    numbers = [histogram.get(name) for name in ("interval", "min", "max")]
    for one in numbers:
        if isinstance(one, bool) or not isinstance(one, int | float) or not math.isfinite(one):
            raise ValueError("'histogram' needs the numbers 'interval', 'min' and 'max'.")
    interval, low, high = (float(str(one)) for one in numbers)
    if interval <= 0 or not 0 < (high - low) / interval <= MAX_STEPS:
        raise ValueError(
            f"A 'histogram' from {low:g} to {high:g} by {interval:g}: expected 1 to {MAX_STEPS} steps."
        )
    return Steps(interval, low, high)
