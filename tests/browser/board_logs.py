"""Made-up logs for the searches of dashboards: each search finds some, and each facet has values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]

_TERM = re.compile(r"(?<![-\w])(@?[\w.\-]+):(\"[^\"]*\"|\([^)]*\)|[^\s()]+)")
_COUNTRIES = ("US", "DE", "JP", "BR", "IN", "GB", "FR", "AU")
_STATUSES = ("info", "warn", "error", "debug", "info", "info")
_RESERVED = {"source": "ddsource", "service": "service", "host": "hostname"}
_PER_SEARCH = 12
_MAX_SEARCHES = 40


def logs_for(board: Json, now: float) -> list[Json]:
    """Some logs of the hour before ``now`` for each search of ``board``, with a value for each of its facets
    and measures."""
    searches: dict[str, set[str]] = {}
    for item in _objects(board):
        text, facets = _asked(item)
        if text is not None:
            searches.setdefault(text, set()).update(facets)
    made = []
    for text, facets in list(searches.items())[:_MAX_SEARCHES]:
        made += [
            {**_log(text, sorted(facets), place), "timestamp": int(1000 * (now - 290 * place - 10))}
            for place in range(_PER_SEARCH)
        ]
    return made


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _asked(item: Json) -> tuple[str | None, list[str]]:
    search = item.get("search")
    if isinstance(search, dict):
        groups = item.get("group_by")
        fields = (
            [one.get("facet") for one in groups if isinstance(one, dict)] if isinstance(groups, list) else []
        )
        compute = item.get("compute")
        if isinstance(compute, dict):
            fields.append(compute.get("metric"))
        return str(search.get("query") or ""), [one for one in fields if isinstance(one, str)]
    if isinstance(item.get("query_string"), str):
        return item["query_string"], []
    return None, []


def _log(text: str, facets: Sequence[str], place: int) -> Json:
    log: Json = {
        "message": f"Request {place} took {place * 7 + 3} ms and touched {place * 11} rows",
        "status": _STATUSES[place % len(_STATUSES)],
        "hostname": f"board-{place % 3}",
        "service": f"service-{'abc'[place % 3]}",
        "ddtags": "env:prod,team:web",
    }
    for facet in facets:
        _put(log, facet, _value(facet, place))
    for key, value in _TERM.findall(text):
        one = _first(value, place)
        if one and not one.startswith(("$", "<", ">", "[")):
            _put(log, key, one)
    return log


def _first(value: str, place: int) -> str:
    """One of the values that a term allows."""
    choices = [one for one in re.split(r"\s+OR\s+|\s+AND\s+", value.strip("()")) if one.strip('"()')]
    chosen = choices[place % len(choices)] if choices else ""
    return chosen.strip('"() ').replace("*", "x").replace("\\", "")


def _value(facet: str, place: int) -> Any:
    name = facet.lower()
    if "iso_code" in name or "country" in name:
        return _COUNTRIES[place % len(_COUNTRIES)]
    if name.endswith("ip"):
        return f"203.0.113.{place}"
    if re.search(r"duration|bytes|count|size|latency|score|time", name):
        return (place + 1) * 1234.5
    if "status_code" in name:
        return (200, 201, 404, 500)[place % 4]
    return f"{facet.lstrip('@').rsplit('.', 1)[-1]}-{'abcd'[place % 4]}"


def _put(log: Json, field: str, value: Any) -> None:
    if field in _RESERVED:
        log[_RESERVED[field]] = value
    elif field == "status":
        log["status"] = value
    elif field.startswith("@"):
        at = log
        *way, last = field[1:].split(".")
        for part in way:
            inner = at.get(part)
            at[part] = inner = inner if isinstance(inner, dict) else {}
            at = inner
        if not isinstance(at.get(last), dict):
            at[last] = value
    else:
        log["ddtags"] += f",{field}:{value}"
