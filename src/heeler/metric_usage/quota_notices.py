"""Notifies administrators of a quota that is nearly or wholly used up: a mail and an event a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.engine import CursorResult

from heeler.accounts.model import Key, User, UserRole
from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN
from heeler.api.services import Services
from heeler.events.store import post_event
from heeler.metric_usage.key_usage import DAY, SERIES, KeyUsageCounter, Quota
from heeler.metric_usage.model import UsageQuota
from heeler.metric_usage.scopes import ALL, KEY
from heeler.metric_usage.series_limits import SeriesLimits
from heeler.notify.handles import Recipient
from heeler.notify.mail import page
from heeler.notify.outbox import Notice, send_to
from heeler.wire.events.intake_payload import Event

log = logging.getLogger("heeler.usage")
CHECK_SECONDS = 10.0
_WELL_BELOW = 0.9


async def notify_forever(services: Services) -> None:
    """Background task of one server."""
    while True:
        try:
            await notify_due(services)
        except Exception:  # a temporary failure must not end the task
            log.exception("Quotas could not be checked; trying again in %g s", CHECK_SECONDS)
        await asyncio.sleep(CHECK_SECONDS)


async def notify_due(services: Services) -> int:
    """Notify of each quota whose level rose (of a day's quota: today); returns their number."""
    counter = services.part(KeyUsageCounter)
    told, low = 0, []
    for quota in (*counter.quotas.values(), *counter.scoped):
        used, name = counter.used(quota.place), ""
        if quota.signal == SERIES:
            used, name = services.part(SeriesLimits).used(quota)
        level = quota.level(used)
        if level and await _notify(services, quota, used, level, name):
            told += 1
        # Well below, so that a number of series that goes up and down around a level is told once.
        is_low = quota.signal == SERIES and not quota.level(int(used / _WELL_BELOW))
        if is_low and services.part(SeriesLimits).is_read(quota):
            low.append(quota.id)
    if low:
        await _forget_low(services, low)
    return told


async def _forget_low(services: Services, low: Collection[str]) -> None:
    """Quotas of series that are no longer nearly used up: the next time is told anew."""
    told = UsageQuota.id.in_(low), UsageQuota.told_level > 0
    async with services.database.session() as db:
        if (await db.scalars(select(UsageQuota.id).where(*told))).first() is not None:
            await db.execute(
                update(UsageQuota)
                .where(*told)
                .values(told_level=0)
                .execution_options(synchronize_session=False)
            )


async def _notify(services: Services, quota: Quota, used: int, level: int, metric: str) -> bool:
    now = services.now()
    day = int(now) // DAY
    higher = UsageQuota.told_level < level
    async with services.database.session() as db:
        done = await db.execute(
            update(UsageQuota)
            .where(UsageQuota.id == quota.id)
            .where(higher if quota.signal == SERIES else or_(UsageQuota.told_day != day, higher))
            .values(told_day=day, told_level=level)
            .execution_options(synchronize_session=False)
        )
        if not isinstance(done, CursorResult) or done.rowcount != 1:
            return False
        name = None
        if quota.scope.kind == KEY:
            name = await db.scalar(select(Key.name).where(Key.id == quota.scope.value))
        title, text = described(quota, used, level, name, metric)
        people = await db.scalars(
            select(User.email)
            .join(UserRole, UserRole.user_id == User.id)
            .where(UserRole.role_id == role_id(ADMIN), User.disabled.is_(False))
            .where(User.service_account.is_(False))
        )
        link = f"{services.settings.url}/settings/usage"
        html = page(
            heading=title, kind="alert" if level == 2 else "warn", body=f"<p>{text}</p>", facts=[],
            link=link, action="Open usage", graph=False,
        )  # fmt: skip
        notice = Notice(title, f"{text}\n\n{link}", html)
        recipients = [Recipient("email", email) for email in people]
        send_to(db, recipients, notice, datetime.fromtimestamp(now, UTC))
    kind = "error" if level == 2 else "warning"
    event = Event(
        int(now), title, text, source="heeler", alert_type=kind, aggregation_key=f"quota:{quota.id}"
    )
    await post_event(services, event)
    return True


def described(quota: Quota, used: int, level: int, name: str | None, metric: str = "") -> tuple[str, str]:
    """Title and text of a notification; ``name`` is the API key's, ``metric`` the one with most series of a
    quota of each metric.
    """
    whose = quota.scope.described(name)
    signal = quota.signal
    state = "is used up" if level == 2 else f"is used to {used * 100 // quota.limit} %"
    if signal == SERIES:
        of = f" of {metric}" if metric else ""
        return (
            f"Quota of series {state}",
            f"The quota of {whose} is {quota.limit:,} series; {used:,}{of} were sent within the last day. "
            + ("New series are" if level == 2 else "At the limit, new series are")
            + " refused; known ones continue. The cardinality explorer shows the tags that make them.",
        )
    if quota.scope.kind not in (ALL, KEY):
        which = "Those over it are" if level == 2 else "At the limit, those over it are"
        return (
            f"Quota of {signal} {state}",
            f"The quota of {whose} is {quota.limit:,} {signal} a day; {used:,} were taken in today. {which} "
            "refused until 00:00 UTC.",
        )
    then = (
        "Requests are refused with status 429 until 00:00 UTC; agents keep what they could not send."
        if level == 2
        else "At the limit, requests are refused with status 429 until 00:00 UTC."
    )
    return (
        f"Quota of {signal} {state}",
        f"The quota of {whose} is {quota.limit:,} {signal} a day; {used:,} were taken in today. {then}",
    )
