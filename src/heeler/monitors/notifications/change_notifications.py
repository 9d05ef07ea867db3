"""Option ``notify_audit``: notifies of changes to a monitor; also enforces ``locked``."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.errors import ApiError
from heeler.api.services import Principal, Services
from heeler.monitors.model import Monitor
from heeler.notify.handles import handles
from heeler.notify.outbox import Notice, enqueue


def check_may_change(monitor: Monitor, caller: Principal) -> None:
    """Raise a 403 if the monitor is locked and the caller is neither its creator nor an administrator."""
    if monitor.options.get("locked") and caller.role != "admin" and caller.user_id != monitor.creator_id:
        raise ApiError(403, "This monitor is locked: only its creator and administrators may change it")


async def notify_change(
    db: AsyncSession, services: Services, monitor: Monitor, caller: Principal, change: str
) -> None:
    """Enqueue mails to the mentioned recipients and the creator; ``change``: ``edited``."""
    if not monitor.options.get("notify_audit"):
        return
    who = caller.name or caller.email or "somebody"
    names = dict.fromkeys([*handles(monitor.message), *filter(None, [monitor.creator_email])])
    link = f"{services.settings.url}/monitors/{monitor.id}"
    subject = f"[Monitor {change}] {monitor.name.replace('**', '')}"
    text = f"{who} {change} the monitor.\n\nQuery: {monitor.query}\n\n{link}\n"
    await enqueue(db, names, Notice(subject, text, ""), datetime.fromtimestamp(services.now(), UTC))
