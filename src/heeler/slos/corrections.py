"""SLO corrections: the time that they exclude from an SLO, and validation of requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from heeler.api.errors import bad_request
from heeler.api.text_limits import MAX_MESSAGE, MAX_NAME, MAX_QUERY, bounded_text
from heeler.downtimes.recurrence import Occurrences
from heeler.downtimes.schedule import InvalidSchedule, parsed
from heeler.downtimes.validation import moment, whole, zone
from heeler.slos.intervals import Interval, clipped
from heeler.slos.model import Slo, SloCorrection
from heeler.slos.search import slo_matches

CATEGORIES = ("Scheduled Maintenance", "Outside Business Hours", "Deployment", "Other")
_FIELDS = (
    "category", "description", "duration", "end", "rrule", "slo_id", "slo_query", "start", "timezone",
)  # fmt: skip
MAX_DURATION = 366 * 86400
MAX_OCCURRENCES = 10_000
"""Maximum occurrences of one correction within one window."""


@lru_cache(maxsize=1024)
def _occurrences(rule: str, start: datetime) -> Occurrences:
    return parsed(rule, start, "UTC")


def occurrences(item: SloCorrection, start: float, end: float) -> list[Interval]:
    """Times of a correction within [start, end), expanded in UTC; ends are exclusive."""
    if not item.rrule:
        return clipped([(item.start, item.end if item.end is not None else end)], start, end)
    length = float(item.duration or 0)
    first = datetime.fromtimestamp(item.start, UTC).replace(tzinfo=None)
    low = datetime.fromtimestamp(max(start - length, 0), UTC).replace(tzinfo=None) - timedelta(seconds=1)
    high = datetime.fromtimestamp(end, UTC).replace(tzinfo=None)
    found = _occurrences(item.rrule, first).between(low, high)[:MAX_OCCURRENCES]
    last = item.end if item.end is not None else end
    begun = [one.replace(tzinfo=UTC).timestamp() for one in found]
    return clipped(((one, one + length) for one in begun if one < last), start, end)


def corrected(items: Iterable[SloCorrection], start: float, end: float) -> list[Interval]:
    """Union of the times of all corrections."""
    return clipped((part for item in items for part in occurrences(item, start, end)), start, end)


def of_slo(items: Iterable[SloCorrection], slo: Slo) -> list[SloCorrection]:
    """Corrections of the SLO itself, and those whose query matches it."""
    return [
        item
        for item in items
        if item.slo_id == slo.id or (item.slo_query is not None and slo_matches(item.slo_query, slo))
    ]


def apply_correction(item: SloCorrection, body: Any, *, fresh: bool) -> None:
    """Apply ``data.attributes`` to a correction. Raises a 400 before any relevant change.

    What answers show as null may be sent back as null.
    """
    given = dict(_attributes(body))
    for name in ("slo_id", "slo_query", "end"):
        if name in given and given[name] is None:
            if not fresh and getattr(item, name) is not None:
                raise bad_request(f"Invalid payload: {name}: Field may not be null.")
            del given[name]
    unknown = [name for name in given if name not in _FIELDS]
    if unknown:
        raise bad_request(f"Invalid payload: unknown field {unknown[0]}")
    if "category" in given or fresh:
        if given.get("category") not in CATEGORIES:
            raise bad_request(f"Invalid payload: category must be one of {', '.join(CATEGORIES)}")
        item.category = given["category"]
    if "start" in given or fresh:
        item.start = moment("start", given.get("start"))
    if "end" in given:
        item.end = moment("end", given["end"])
    _apply_words(item, given)
    _apply_rule(item, given)


def _attributes(body: Any) -> Mapping[str, Any]:
    data = body.get("data") if isinstance(body, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or data.get("type", "correction") != "correction":
        raise bad_request(
            'Invalid payload: the body is {"data": {"type": "correction", "attributes": {...}}}'
        )
    if not isinstance(attributes, dict):
        raise bad_request("Invalid payload: attributes are missing")
    return attributes


def _text(name: str, given: Any, most: int) -> str:
    return "" if given is None else bounded_text(name, given, most)


def _apply_words(item: SloCorrection, given: Mapping[str, Any]) -> None:
    if "description" in given:
        item.description = _text("description", given["description"], MAX_MESSAGE)
    if given.get("timezone"):
        item.timezone = zone(given["timezone"])
    if "slo_id" in given:
        item.slo_id = bounded_text("slo_id", given["slo_id"], MAX_NAME)
    if "slo_query" in given:
        item.slo_query = bounded_text("slo_query", given["slo_query"], MAX_QUERY)


def _apply_rule(item: SloCorrection, given: Mapping[str, Any]) -> None:
    if "rrule" in given:
        item.rrule = _text("rrule", given["rrule"], MAX_QUERY).removeprefix("RRULE:") or None
    if "duration" in given:
        item.duration = None if given["duration"] is None else whole("duration", given["duration"])
    if (item.slo_id is None) == (item.slo_query is None):
        raise bad_request("Invalid payload: exactly one of slo_id and slo_query is needed")
    if item.rrule:
        if not item.duration or not 0 < item.duration <= MAX_DURATION:
            raise bad_request("Invalid payload: a recurring correction needs a duration of 1 s to 366 days")
        try:
            parsed(item.rrule, datetime.fromtimestamp(item.start, UTC).replace(tzinfo=None), "UTC")
        except InvalidSchedule as error:
            raise bad_request(f"Invalid payload: {error}") from None
    elif item.end is None:
        raise bad_request("Invalid payload: end is needed where there is no rrule")
    if item.end is not None and item.end <= item.start:
        raise bad_request("Invalid payload: the correction must end after it starts")
