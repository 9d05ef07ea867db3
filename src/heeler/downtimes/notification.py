"""Mail notifications of downtimes, to the recipients mentioned in the message: local time with its zone,
and UTC."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.downtimes.model import Downtime
from heeler.downtimes.recurrence_text import repeats
from heeler.downtimes.schedule import Occurrence, current_or_next, latest
from heeler.downtimes.suppression import plan_of
from heeler.notify.handles import handles, without_handles
from heeler.notify.mail import page
from heeler.notify.outbox import Notice, enqueue

log = logging.getLogger("heeler.downtimes")


class Change(StrEnum):
    SCHEDULED = "scheduled"
    UPDATED = "updated"
    CANCELED = "canceled"
    STARTED = "started"
    ENDED = "ended"


_LABELS = {Change.STARTED: ("Began", "Ends"), Change.ENDED: ("Began", "Ended")}


async def tell(
    db: AsyncSession,
    services: Services,
    downtime: Downtime,
    change: Change,
    occurrence: Occurrence | None = None,
) -> None:
    """Enqueue mails to the mentioned recipients, in the caller's transaction.

    ``occurrence`` is the one that changed; default is the current or next one.
    """
    names = handles(downtime.message or "")
    if not names:
        return
    now = services.now()
    shown = occurrence or _shown(downtime, change, now)
    made = notice(downtime, change, shown, await _monitors(services, db, downtime), services.settings.url)
    unknown = await enqueue(db, names, made, datetime.fromtimestamp(now, UTC))
    if unknown:
        log.warning("Downtime %s notifies unknown handles: %s", downtime.id, ", ".join(unknown))


async def _monitors(services: Services, db: AsyncSession, downtime: Downtime) -> str:
    if (number := downtime.monitor_id) is not None:
        name = (await services.monitor_names(db, [number])).get(number)
        return f"#{number}" + (f" {name}" if name else "")
    return "all" if downtime.monitor_tags == ["*"] else "tagged " + ", ".join(downtime.monitor_tags)


def notice(downtime: Downtime, change: Change, shown: Occurrence, monitors: str, url: str) -> Notice:
    """Content of the notification. ``monitors`` is a text on the monitors covered."""
    scope = downtime.expression or ", ".join(downtime.scope)
    which = "everything" if scope == "*" else scope
    # For a single monitor without a scope, the monitor is more informative.
    named = scope == "*" and downtime.monitor_id is not None
    heading = f"[Downtime {change}] {monitors.partition(' ')[2] or monitors if named else which}"
    body = without_handles(downtime.message or "")
    zone = downtime.display_timezone or downtime.timezone
    facts = [
        ("Scope", which),
        ("Monitors", monitors),
        *times(shown, zone, *_LABELS.get(change, ("Begins", "Ends"))),
        ("Repeats", repeats(downtime, zone)),
        ("By", downtime.creator_name or downtime.creator_email),
    ]
    link = f"{url}/monitors/downtimes"
    explained = f"{body}\n\n{_effect(change)}".strip()
    html = page(
        heading=heading, kind="info", body=explained, facts=facts, link=link, action="View downtimes",
        graph=False,
    )  # fmt: skip
    lines = "\n".join(f"{name}: {value}" for name, value in facts if value)
    return Notice(
        heading,
        f"{explained}\n\n{lines}\n\n{link}\n",
        html,
        variables={"EVENT_TITLE": heading, "EVENT_MSG": body, "LINK": link, "ALERT_SCOPE": scope},
    )


def _effect(change: Change) -> str:
    if change in (Change.CANCELED, Change.ENDED):
        return "Monitors notify again."
    return "Meanwhile monitors are evaluated, but do not notify."


def _shown(downtime: Downtime, change: Change, now: float) -> Occurrence:
    """The occurrence that the mail refers to."""
    plan = plan_of(downtime)
    found = latest(plan, now) if change is Change.CANCELED else current_or_next(plan, now)
    return found or Occurrence(downtime.start, downtime.end)


def times(shown: Occurrence, zone: str, begins: str, ends: str) -> list[tuple[str, str]]:
    """Start and end with the given labels, in local time and in UTC."""
    rows = _both(begins, shown.start, zone)
    return rows + ([(ends, "when it is canceled")] if shown.end is None else _both(ends, shown.end, zone))


def _both(label: str, at: float, zone: str) -> list[tuple[str, str]]:
    local = [(label, _moment(at, ZoneInfo(zone), zone))]
    return local if zone == "UTC" else [*local, (f"{label} (UTC)", _moment(at, UTC, ""))]


def _moment(at: float, zone: tzinfo, name: str) -> str:
    moment = datetime.fromtimestamp(at, zone)
    written = f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M %Z}"
    return f"{written} ({name})" if name not in ("", "UTC") else written
