"""Validation of report schedules, and computation of their next run. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from heeler.api.documents import is_one_of
from heeler.downtimes.schedule import InvalidSchedule, parsed, to_local, to_moment
from heeler.reports.timeframe import TIMEFRAMES

FORMATS = ("pdf", "png", "pdf_and_png")
RESOURCES = ("dashboard", "integration_dashboard")
MAX_RECIPIENTS = 50
MAX_TITLE = 78
MAX_DESCRIPTION = 4096
MAX_VALUES = 100
_ADDRESS = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]{1,255}")
_REQUIRED = (
    "resource_id", "resource_type", "title", "recipients", "rrule", "timezone", "template_variables",
)  # fmt: skip
#: Fields that a patch may change.
FIELDS = (
    "title", "description", "recipients", "rrule", "timezone", "timeframe", "delivery_format",
    "template_variables", "tab_id",
)  # fmt: skip


def problems(given: Mapping[str, Any], *, partial: bool = False) -> list[str]:
    """All validation errors of a schedule's attributes; ``partial``: a change of some of them."""
    missing = [] if partial else [name for name in _REQUIRED if given.get(name) is None]
    return [f"'{name}' is a required property" for name in missing] + list(_problems(given))


def _problems(given: Mapping[str, Any]) -> Iterator[str]:
    yield from _texts(given)
    yield from _choices(given)
    yield from _recipients(given.get("recipients"))
    yield from variable_problems(given.get("template_variables"))
    zone = given.get("timezone")
    if zone is not None and not known_zone(zone):
        yield f"Invalid 'timezone': {zone!r}. Expected a name such as Europe/Dublin"
    elif given.get("rrule") is not None:
        yield from _rule(given["rrule"], zone or "UTC")


def _texts(given: Mapping[str, Any]) -> Iterator[str]:
    title, description = given.get("title"), given.get("description")
    if title is not None and (not isinstance(title, str) or not 0 < len(title.strip()) <= MAX_TITLE):
        yield f"Invalid 'title'. Expected 1 to {MAX_TITLE} characters"
    if description is not None and (not isinstance(description, str) or len(description) > MAX_DESCRIPTION):
        yield f"Invalid 'description'. Expected at most {MAX_DESCRIPTION} characters"
    for name in ("resource_id", "tab_id"):
        if given.get(name) is not None and not (isinstance(given[name], str) and 0 < len(given[name]) <= 60):
            yield f"Invalid '{name}'. Expected 1 to 60 characters"


def _choices(given: Mapping[str, Any]) -> Iterator[str]:
    for name, choices in (
        ("resource_type", RESOURCES),
        ("timeframe", TIMEFRAMES),
        ("delivery_format", FORMATS),
    ):
        if given.get(name) is not None and not is_one_of(given[name], choices):
            yield f"Invalid '{name}': {given[name]!r}. Expected one of {', '.join(choices)}"


def _recipients(given: Any) -> Iterator[str]:
    if given is None:
        return
    if not isinstance(given, list) or not 0 < len(given) <= MAX_RECIPIENTS:
        yield f"Invalid 'recipients'. Expected 1 to {MAX_RECIPIENTS} email addresses"
        return
    for one in given:
        if isinstance(one, str) and one.startswith(("slack:", "teams:")):
            yield f"Invalid recipient {one!r}: reports are sent by email"
        elif not isinstance(one, str) or not _ADDRESS.fullmatch(one):
            yield f"Invalid recipient {one!r}. Expected an email address"


def variable_problems(given: Any) -> Iterator[str]:
    if given is None:
        return
    if not isinstance(given, list) or len(given) > MAX_VALUES:
        yield "Invalid 'template_variables'. Expected a list of objects with 'name' and 'values'"
        return
    for one in given:
        values = one.get("values") if isinstance(one, dict) else None
        good = isinstance(values, list) and len(values) <= MAX_VALUES
        if (
            not good
            or not isinstance(one.get("name"), str)
            or not all(isinstance(v, str) for v in values or ())
        ):
            yield f"Invalid template variable: {one!r}. Expected an object with 'name' and 'values'"


def known_zone(name: Any) -> bool:
    try:
        return isinstance(name, str) and bool(ZoneInfo(name))
    except (ValueError, OSError, KeyError):
        return False


def split_rule(rule: str, zone: str, start: datetime) -> tuple[str, datetime]:
    """The RRULE of an iCalendar text, and its local start time: ``DTSTART``, or ``start``."""
    local = to_local(start.timestamp(), zone).replace(second=0, microsecond=0)
    kept = []
    for line in rule.strip().splitlines():
        if line.strip().upper().startswith("DTSTART"):
            local = _written(line.rpartition(":")[2], zone) or local
        elif line.strip():
            kept.append(line.strip().removeprefix("RRULE:"))
    return ";".join(kept), local


def _written(text: str, zone: str) -> datetime | None:
    for form in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            found = datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        return to_local(found.replace(tzinfo=UTC).timestamp(), zone) if form.endswith("Z") else found
    return None


def _rule(rule: Any, zone: str) -> Iterator[str]:
    if not isinstance(rule, str):
        yield "Invalid 'rrule'. Expected an RRULE such as FREQ=DAILY;BYHOUR=9;BYMINUTE=0"
        return
    if re.search(r"BY(?:MINUTE|SECOND)=[^;]*,", rule, re.I):
        yield "Invalid 'rrule': a report is sent at most once an hour"
    try:
        parsed(*split_rule(rule, zone, datetime(2026, 1, 1, tzinfo=UTC)), zone)
    except InvalidSchedule as error:
        yield str(error)


def next_run(rule: str, zone: str, start: datetime, after: float) -> float | None:
    """First occurrence after ``after`` (UNIX seconds); None if the rule has ended."""
    found = parsed(*split_rule(rule, zone, start), zone)
    local = to_local(after, zone)
    while (occurrence := found.after(local)) is not None:
        moment = to_moment(occurrence, zone)
        if moment > after:
            return moment
        local = occurrence.replace(microsecond=1)
    return None
