"""Renders due reports and enqueues them in the outbox."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.dashboards import store
from heeler.dashboards.ids import dashboard_url
from heeler.dashboards.model import Powerpack
from heeler.dashboards.presets import preset_dashboard
from heeler.notify.handles import Recipient
from heeler.notify.mail import page
from heeler.notify.outbox import Notice, send_to
from heeler.render.pdf import PdfError, png_to_pdf
from heeler.render.png import RenderError
from heeler.reports.compose import Shown, picture
from heeler.reports.model import ReportSchedule
from heeler.reports.timeframe import window
from heeler.reports.validation import next_run
from heeler.snapshots.mail import span

log = logging.getLogger("heeler.reports")
_IDLE_SECONDS = 10.0
#: Time limit of a report, for all its widgets together.
REPORT_TIMEOUT_S = 300.0


class ReportError(RuntimeError):
    """The report could not be created; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report. ``schedule`` is loaded before, so that no transaction is open during rendering."""

    schedule: ReportSchedule
    png: bytes
    pdf: bytes | None
    start: float
    end: float
    link: str


async def send_reports_forever(services: Services) -> None:
    """Background task of report delivery, for the server's lifetime."""
    while True:
        try:
            if not await send_due(services):
                await asyncio.sleep(_IDLE_SECONDS)
        except Exception:  # a temporary database failure must not end delivery
            log.exception("Sending reports failed; trying again in %g s", _IDLE_SECONDS)
            await asyncio.sleep(_IDLE_SECONDS)


async def send_due(services: Services) -> bool:
    """Send the most overdue report; False if none is due. Its next run is set before rendering, so that a
    report that crashes the server is not retried forever, and missed runs are sent once.
    """
    now = services.now()
    moment = datetime.fromtimestamp(now, UTC)
    async with services.database.session() as db:
        query = select(ReportSchedule).where(ReportSchedule.active, ReportSchedule.next_run <= moment)
        due = await db.scalar(query.order_by(ReportSchedule.next_run).limit(1))
        if due is None:
            return False
        following = next_run(due.rrule, due.timezone, due.start, now)
        due.next_run = None if following is None else datetime.fromtimestamp(following, UTC)
        identity = due.id
    await send(services, identity)
    return True


async def send(services: Services, schedule_id: str) -> str:
    """Render a report and send it to its recipients; returns the reason of a failure, or an empty text."""
    error = ""
    try:
        async with asyncio.timeout(REPORT_TIMEOUT_S):
            report = await _made(services, schedule_id)
        async with services.database.session() as db:
            now = datetime.fromtimestamp(services.now(), UTC)
            people = [Recipient("email", one) for one in report.schedule.recipients]
            send_to(db, people, notice_of(report), now)
    except (ReportError, RenderError, PdfError) as problem:
        error = str(problem)
    except TimeoutError:
        error = f"The report was not drawn within {REPORT_TIMEOUT_S:g} s"
    if error:
        log.warning("Report %s was not sent: %s", schedule_id, error)
    async with services.database.session() as db:
        kept = await db.get(ReportSchedule, schedule_id)
        if kept is not None:
            kept.error, kept.last_run = error, datetime.fromtimestamp(services.now(), UTC)
    return error


async def _made(services: Services, schedule_id: str) -> Report:
    async with services.database.session() as db:
        schedule = await db.get(ReportSchedule, schedule_id)
        if schedule is None:
            raise ReportError("The schedule was deleted")
    await services.access.read_as(schedule.author_id)
    async with services.database.session() as db:
        dashboard = await dashboard_of(db, schedule.resource_id)
    if dashboard is None:
        raise ReportError(f"Dashboard {schedule.resource_id} not found")
    zone = ZoneInfo(schedule.timezone)
    start, end = window(schedule.timeframe, services.now(), zone)
    chosen = chosen_of(schedule.template_variables)
    png = await picture(services, Shown(dashboard, start, end, zone, chosen, schedule.tab_id))
    pdf = None if schedule.delivery_format == "png" else png_to_pdf(png, schedule.title)
    path = dashboard_url(dashboard["id"], dashboard["title"])
    times = f"from_ts={start * 1000:.0f}&to_ts={end * 1000:.0f}&live=false"
    return Report(schedule, png, pdf, start, end, f"{services.settings.url}{path}?{times}")


def chosen_of(given: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Values by variable, from the API's list of names and values."""
    return {str(one["name"]): [str(value) for value in one["values"]] for one in given}


async def dashboard_of(db: AsyncSession, dashboard_id: str) -> dict[str, Any] | None:
    """A dashboard or preset, with its powerpacks expanded."""
    if (preset := preset_dashboard(dashboard_id)) is not None:
        return preset
    found = await store.find(db, dashboard_id)
    if found is None:
        return None
    shown = store.shown(found)
    return {**shown, "widgets": [await _filled(db, one) for one in shown["widgets"]]}


async def _filled(db: AsyncSession, widget: Mapping[str, Any]) -> Mapping[str, Any]:
    definition = widget["definition"]
    if definition.get("type") != "powerpack":
        return widget
    try:
        identity = str(uuid.UUID(str(definition.get("powerpack_id"))))
    except ValueError:
        return widget
    pack = await db.get(Powerpack, identity)
    if pack is None:
        return widget
    return {**widget, "definition": {**pack.body["group_widget"]["definition"], **definition}}


def notice_of(report: Report) -> Notice:
    """Mail of a report: the picture inline, the PDF attached, or both, by its format."""
    schedule, zone = report.schedule, ZoneInfo(report.schedule.timezone)
    times = span(report.start, report.end, zone)
    inline = schedule.delivery_format != "pdf"
    html = page(
        heading=schedule.title,
        kind="info",
        body=schedule.description,
        facts=[("Time", times), ("Dashboard", report.link)],
        link=report.link,
        action="Open dashboard",
        graph=inline,
    )
    text = "\n".join([schedule.title, times, "", schedule.description, "", f"Dashboard: {report.link}"])
    name = "".join(char if char.isalnum() or char in " -_" else "_" for char in schedule.title).strip()
    return Notice(
        f"Report: {schedule.title}",
        text,
        html,
        report.png if inline else None,
        attachment=report.pdf,
        attachment_name=f"{name or 'report'}.pdf" if report.pdf else "",
    )
