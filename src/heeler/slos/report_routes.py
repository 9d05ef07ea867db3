"""Endpoints of SLO reports: the status of all SLOs that a search matches, by day, week or month, as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.downtimes.validation import zone
from heeler.slos.calendar import INTERVALS, periods
from heeler.slos.history_routes import MAX_WINDOW
from heeler.slos.model import Slo, SloReport
from heeler.slos.search import slo_matches
from heeler.slos.serializers import number, primary_threshold
from heeler.slos.status import status_of
from heeler.slos.store import all_slos

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
MAX_CELLS = 2000
"""Maximum SLOs times periods of one report: each is computed."""
_KEPT = 7 * 86400
_COLUMNS = ("id", "name", "type", "tags", "from", "to", "target", "sli", "error_budget_remaining", "state")


class ReportError(ApiError):
    """Error response in the v2 format."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(status, detail)
        self.title = title

    @property
    def body(self) -> Object:
        return {"errors": [{"title": self.title, "detail": self.messages[0]}]}


def _invalid(detail: str) -> ReportError:
    return ReportError(400, "Invalid Argument", detail)


def _read(body: Any) -> Object:
    """Parse ``query``, ``from_ts``, ``to_ts``, ``interval`` and ``timezone`` of a request. Raises a 400."""
    data = body.get("data") if isinstance(body, dict) else None
    given = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(given, dict) or not isinstance(given.get("query"), str):
        raise _invalid("data.attributes needs query, from_ts and to_ts")
    interval = given.get("interval", "weekly")
    if interval not in INTERVALS:
        raise _invalid(f"{interval} is not a valid interval")
    start, end = given.get("from_ts"), given.get("to_ts")
    if type(start) is not int or type(end) is not int:
        raise _invalid("from_ts and to_ts must be whole UNIX seconds")
    if not 0 <= start < end <= min(start + MAX_WINDOW, 2**32 - 1):
        raise _invalid("from_ts must be before to_ts, in UNIX seconds, at most 400 days apart")
    return {
        "query": given["query"], "interval": interval, "from_ts": start, "to_ts": end,
        "timezone": zone("UTC" if given.get("timezone") in (None, "") else given["timezone"]),
    }  # fmt: skip


@post("/api/v2/slo/report", status_code=200, guards=[writer_guard])
async def create_report(request: HttpRequest, data: Any) -> Object:
    """Compute the report and store it for a week."""
    services = services_of(request)
    asked = _read(data)
    async with services.database.session() as db:
        found = [slo for slo in await all_slos(db) if not asked["query"] or slo_matches(asked["query"], slo)]
    spans = periods(asked["interval"], asked["from_ts"], asked["to_ts"], asked["timezone"])
    if len(found) * len(spans) > MAX_CELLS:
        raise _invalid(
            f"{len(found)} SLOs over {len(spans)} periods are more than {MAX_CELLS} rows: "
            "ask for fewer SLOs, a shorter time or a longer interval"
        )
    text, failed = await _rows(services, found, spans)
    now = datetime.fromtimestamp(services.now(), UTC)
    report = SloReport(id=str(uuid4()), request=asked, csv=text, created=now)
    report.status = "completed_with_errors" if failed else "completed"
    async with services.database.session() as db:
        old = datetime.fromtimestamp(services.now() - _KEPT, UTC)
        await db.execute(delete(SloReport).where(SloReport.created < old))
        db.add(report)
    return {"data": {"id": report.id, "type": "report_id"}}


async def _rows(services: Services, slos: list[Slo], spans: list[tuple[float, float]]) -> tuple[str, bool]:
    """The CSV, and whether some values could not be computed."""
    out, failed = io.StringIO(), False
    table = csv.writer(out)
    table.writerow(_COLUMNS)
    for slo in slos:
        target, warning = primary_threshold(slo)
        for start, end in spans:
            status = await status_of(services, slo, start, min(end, max(services.now(), start + 1)))
            failed |= any(kind == "CALCULATION_ERROR" for kind, _ in status.errors)
            table.writerow([
                slo.id, slo.name, slo.type, " ".join(map(str, slo.tags)), _iso(start), _iso(end),
                float(target), _blank(number(status.sli)), _blank(number(status.remaining(target))),
                status.state(target, warning),
            ])  # fmt: skip
    return out.getvalue(), failed


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _blank(value: float | None) -> float | str:
    return "" if value is None else value


async def _find(request: HttpRequest, report_id: str) -> SloReport:
    try:
        wanted = str(UUID(report_id))
    except ValueError:
        raise _invalid(f"invalid report ID: {report_id}") from None
    async with services_of(request).database.session() as db:
        found = await db.get(SloReport, wanted)
    if found is None:
        raise ReportError(404, "Not Found", f"report ID not found: {report_id}")
    return found


@get("/api/v2/slo/report/{report_id:str}/status", guards=[user_guard])
async def report_status(request: HttpRequest, report_id: str) -> Object:
    found = await _find(request, report_id)
    return {"data": {"id": found.id, "type": "report_id", "attributes": {"status": found.status}}}


@get("/api/v2/slo/report/{report_id:str}/download", guards=[user_guard])
async def download_report(request: HttpRequest, report_id: str) -> Response[str]:
    found = await _find(request, report_id)
    return Response(found.csv, media_type="text/csv")


handlers: list[ControllerRouterHandler] = [create_report, report_status, download_report]
