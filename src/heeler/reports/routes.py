"""Endpoints of report schedules."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import is_one_of
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import whole_parameter
from heeler.api.services import Principal, Services
from heeler.dashboards.shared_rights import check_may_share
from heeler.render.pdf import png_to_pdf
from heeler.render.png import RenderError
from heeler.reports.compose import Shown, picture
from heeler.reports.delivery import chosen_of, dashboard_of, send
from heeler.reports.model import ReportSchedule
from heeler.reports.timeframe import TIMEFRAMES, window
from heeler.reports.validation import FIELDS, known_zone, next_run, problems, variable_problems
from heeler.snapshots.files import SnapshotFiles

Object = dict[str, Any]
_PATH = "/api/v2/reporting"
_VIEW = "/report/view"
MAX_SCHEDULES = 500
MAX_PAGE = 50
#: Printed reports are available for a day.
PRINT_SECONDS = 86_400
MAX_PRINTS = 200
#: The end of the year 2105: the store counts seconds in 32 bits.
MAX_PRINTED_MS = 2**32 * 1000


class Data(msgspec.Struct):
    attributes: dict[str, Any]
    type: str = "schedule"
    id: str = ""


class Body(msgspec.Struct):
    data: Data


def _shown(one: ReportSchedule, author: User | None, *, resource: bool = False) -> Object:
    relationships: Object = {"author": {"data": {"id": author.uuid if author else "", "type": "users"}}}
    if resource:
        relationships["resource"] = {"data": {"id": one.resource_id, "type": "resource"}}
    return {
        "id": one.id,
        "type": "schedule",
        "attributes": {
            "delivery_format": one.delivery_format,
            "description": one.description,
            "next_recurrence": int(one.next_run.timestamp() * 1000) if one.next_run and one.active else None,
            "recipients": list(one.recipients),
            "resource_id": one.resource_id,
            "resource_type": one.resource_type,
            "rrule": one.rrule,
            "status": "active" if one.active else "inactive",
            "tab_id": one.tab_id,
            "template_variables": list(one.template_variables),
            "timeframe": one.timeframe,
            "timezone": one.timezone,
            "title": one.title,
            "last_run_at": one.last_run.isoformat() if one.last_run else None,
            "last_error": one.error,
        },
        "relationships": relationships,
    }


def _included(authors: list[User | None]) -> list[Object]:
    known = {author.uuid: author for author in authors if author is not None}
    return [
        {"id": one.uuid, "type": "users", "attributes": {"email": one.email, "name": one.name or None}}
        for one in known.values()
    ]


async def _answer(db: AsyncSession, one: ReportSchedule) -> Object:
    author = None if one.author_id is None else await db.get(User, one.author_id)
    return {"data": _shown(one, author), "included": _included([author])}


async def _found(db: AsyncSession, schedule_id: str) -> ReportSchedule:
    try:
        identity = str(uuid.UUID(schedule_id))
    except ValueError:
        raise bad_request(f"Invalid schedule id {schedule_id!r}. Expected a UUID") from None
    found = await db.get(ReportSchedule, identity)
    if found is None:
        raise ApiError(404, f"Report schedule {schedule_id} not found")
    return found


def _own(one: ReportSchedule, principal: Principal) -> None:
    """Raise a 403 unless the schedule is the caller's or the caller is an administrator."""
    if principal.role != "admin" and one.author_id != principal.user_id:
        raise ApiError(403, "Only its author and administrators may change this report schedule")


def _plan(one: ReportSchedule, now: float) -> None:
    """Set the next run of the schedule."""
    following = next_run(one.rrule, one.timezone, one.start, now) if one.active else None
    one.next_run = None if following is None else datetime.fromtimestamp(following, UTC)


def _set(one: ReportSchedule, given: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in given and (given[name] is not None or name == "tab_id"):
            setattr(one, name, given[name])


@post(f"{_PATH}/schedule", status_code=200, guards=[writer_guard])
async def create_schedule(request: Request[Any, Any, Any], data: Body) -> Object:
    given = data.data.attributes
    if found := problems(given):
        raise ApiError(400, *found)
    services, principal = services_of(request), principal_of(request)
    check_may_share(principal)
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        if await dashboard_of(db, str(given["resource_id"])) is None:
            raise ApiError(404, f"Dashboard with ID {given['resource_id']} not found")
        if (await db.scalar(select(func.count()).select_from(ReportSchedule)) or 0) >= MAX_SCHEDULES:
            raise bad_request(f"There are {MAX_SCHEDULES} report schedules. Delete some first")
        made = ReportSchedule(
            id=str(uuid.UUID(int=services.rng.getrandbits(128), version=4)),
            resource_id=str(given["resource_id"]),
            resource_type=given["resource_type"],
            description="",
            timeframe="1w",
            delivery_format="pdf_and_png",
            author_id=principal.user_id,
            active=True,
            start=now,
            created=now,
            modified=now,
            error="",
        )
        _set(made, given)
        _plan(made, services.now())
        db.add(made)
        await db.flush()
        return await _answer(db, made)


@get(f"{_PATH}/schedule/list", guards=[user_guard])
async def list_schedules(request: Request[Any, Any, Any]) -> Object:
    given = request.query_params
    limit = _whole(given, "page[limit]", 25, 1, MAX_PAGE)
    offset = _whole(given, "page[offset]", 0, 0, 2**31)
    async with services_of(request).database.session() as db:
        query = select(ReportSchedule).order_by(ReportSchedule.title, ReportSchedule.id)
        if title := given.get("filter[title]"):
            query = query.where(func.lower(ReportSchedule.title).contains(title.lower(), autoescape=True))
        if author := given.get("filter[author_uuid]"):
            query = query.join(User, User.id == ReportSchedule.author_id).where(User.uuid == author.lower())
        found = list((await db.scalars(query)).all())
        if people := given.get("filter[recipients]"):
            wanted = {one.strip().lower() for one in people.split(",")}
            found = [one for one in found if wanted & {each.lower() for each in one.recipients}]
        return await _listed(db, found, limit, offset)


@get(f"{_PATH}/schedule/{{resource_type:str}}/{{resource_id:str}}", guards=[user_guard])
async def schedules_of(request: Request[Any, Any, Any], resource_type: str, resource_id: str) -> Object:
    async with services_of(request).database.session() as db:
        query = select(ReportSchedule).where(
            ReportSchedule.resource_id == resource_id, ReportSchedule.resource_type == resource_type
        )
        found = list((await db.scalars(query.order_by(ReportSchedule.created))).all())
        return await _listed(db, found, MAX_SCHEDULES, 0)


async def _listed(db: AsyncSession, found: list[ReportSchedule], limit: int, offset: int) -> Object:
    shown = found[offset : offset + limit]
    authors = [None if one.author_id is None else await db.get(User, one.author_id) for one in shown]
    boards = {one.resource_id: (one.resource_type, await dashboard_of(db, one.resource_id)) for one in shown}
    resources = [
        {
            "id": identity,
            "type": "resource",
            "attributes": {
                "resource_type": kind,
                "title": board["title"] if board else None,
                "template_variables": [
                    _variable(one) for one in (board or {}).get("template_variables") or []
                ],
            },
        }
        for identity, (kind, board) in boards.items()
    ]
    total = len(found)
    return {
        "data": [_shown(one, author, resource=True) for one, author in zip(shown, authors, strict=True)],
        "included": [*_included(authors), *resources],
        "meta": {
            "pagination": {
                "type": "offset_limit",
                "offset": offset,
                "limit": limit,
                "total": total,
                "first_offset": 0,
                "prev_offset": max(0, offset - limit),
                "next_offset": offset + limit if offset + limit < total else offset,
                "last_offset": max(0, (total - 1) // limit * limit),
            }
        },
    }


def _variable(given: Mapping[str, Any]) -> Object:
    default = given.get("default")
    return {
        "name": given.get("name"),
        "prefix": given.get("prefix"),
        "available_values": given.get("available_values"),
        "defaults": given.get("defaults") or ([default] if default else None),
    }


def _whole(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    number = whole_parameter(name, given.get(name), default)
    if not least <= number <= most:
        raise bad_request(f"Invalid '{name}': {number}. Expected {least} to {most}")
    return number


@get(f"{_PATH}/schedule/{{schedule_id:str}}", guards=[user_guard])
async def get_schedule(request: Request[Any, Any, Any], schedule_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return await _answer(db, await _found(db, schedule_id))


@patch(f"{_PATH}/schedule/{{schedule_id:str}}", guards=[writer_guard])
async def update_schedule(request: Request[Any, Any, Any], schedule_id: str, data: Body) -> Object:
    given, services = data.data.attributes, services_of(request)
    async with services.database.session() as db:
        one = await _found(db, schedule_id)
        _own(one, principal_of(request))
        merged = {"rrule": one.rrule, "timezone": one.timezone, **given}
        if found := problems(merged, partial=True):
            raise ApiError(400, *found)
        if given.get("resource_id") is not None and await dashboard_of(db, given["resource_id"]) is None:
            raise ApiError(404, f"Dashboard with ID {given['resource_id']} not found")
        _set(one, given)
        one.modified = datetime.fromtimestamp(services.now(), UTC)
        _plan(one, services.now())
        return await _answer(db, one)


@delete(f"{_PATH}/schedule/{{schedule_id:str}}", status_code=200, guards=[writer_guard])
async def delete_schedule(request: Request[Any, Any, Any], schedule_id: str) -> Object:
    async with services_of(request).database.session() as db:
        one = await _found(db, schedule_id)
        _own(one, principal_of(request))
        answer = await _answer(db, one)
        await db.delete(one)
        return answer


@patch(f"{_PATH}/schedule/{{schedule_id:str}}/toggle", guards=[writer_guard])
async def toggle_schedule(request: Request[Any, Any, Any], schedule_id: str, data: Body) -> Object:
    wanted = data.data.attributes.get("status")
    if wanted not in ("active", "inactive"):
        raise bad_request(f"Invalid 'status': {wanted!r}. Expected 'active' or 'inactive'")
    services = services_of(request)
    async with services.database.session() as db:
        one = await _found(db, schedule_id)
        _own(one, principal_of(request))
        one.active = wanted == "active"
        _plan(one, services.now())
        return await _answer(db, one)


class Sent(msgspec.Struct):
    recipients: list[str]


@post("/api/ui/reports/{schedule_id:str}/send", status_code=200, guards=[writer_guard])
async def send_now(request: Request[Any, Any, Any], schedule_id: str) -> Sent:
    """Send a report at once, beside its schedule."""
    services = services_of(request)
    async with services.database.session() as db:
        one = await _found(db, schedule_id)
        _own(one, principal_of(request))
        recipients = list(one.recipients)
    if error := await send(services, schedule_id):
        raise ApiError(500, error)
    return Sent(recipients)


@post(f"{_PATH}/print", status_code=200, guards=[writer_guard])
async def print_report(request: Request[Any, Any, Any], data: Body) -> Object:
    """A dashboard as a PDF, for a day below an address that cannot be guessed."""
    given, services = data.data.attributes, services_of(request)
    start, end, zone = _print_window(given, services)
    if found := list(variable_problems(given.get("template_variables"))):
        raise ApiError(400, *found)
    async with services.database.session() as db:
        board = await dashboard_of(db, str(given.get("resource_id")))
    if board is None:
        raise ApiError(404, f"Dashboard with ID {given.get('resource_id')} not found")
    if not services.disk.has_room():
        raise ApiError(507, services.disk.status().message)
    try:
        chosen = chosen_of(given.get("template_variables") or [])
        png = await picture(services, Shown(board, start, end, zone, chosen))
    except RenderError as error:
        raise ApiError(500, str(error)) from error
    pdf = png_to_pdf(png, str(board["title"]))
    name = await asyncio.to_thread(_files(services).save, pdf, services.now())
    attributes = {
        **{key: given[key] for key in ("resource_id", "resource_type", "timeframe") if given.get(key)},
        "template_variables": given.get("template_variables") or [],
        "timezone": zone.key,
        "from_ts": int(start * 1000),
        "to_ts": int(end * 1000),
        "download_url": f"{services.settings.url}{_VIEW}/{name}.pdf",
    }
    identity = str(uuid.UUID(int=services.rng.getrandbits(128), version=4))
    return {"data": {"id": identity, "type": "report", "attributes": attributes}}


def _print_window(given: Mapping[str, Any], services: Services) -> tuple[float, float, ZoneInfo]:
    """Time range to print: ``timeframe``, or ``from_ts`` and ``to_ts`` in milliseconds."""
    name = "UTC" if given.get("timezone") in (None, "") else given["timezone"]
    if not known_zone(name):
        raise bad_request(f"Invalid 'timezone': {name!r}. Expected a name such as Europe/Dublin")
    zone, timeframe = ZoneInfo(name), given.get("timeframe")
    if timeframe is not None:
        if not is_one_of(timeframe, TIMEFRAMES):
            raise bad_request(f"Invalid 'timeframe': {timeframe!r}. Expected one of {', '.join(TIMEFRAMES)}")
        return *window(timeframe, services.now(), zone), zone
    start, end = given.get("from_ts"), given.get("to_ts")
    if type(start) is not int or type(end) is not int or not 0 <= start < end < MAX_PRINTED_MS:
        raise bad_request("Give 'timeframe', or 'from_ts' and a later 'to_ts' in milliseconds")
    return start / 1000, end / 1000, zone


def _files(services: Services) -> SnapshotFiles:
    folder = services.settings.data_dir / "reports"
    return SnapshotFiles(folder, max_count=MAX_PRINTS, max_age=PRINT_SECONDS, suffix=".pdf")


@get(f"{_VIEW}/{{day:str}}/{{name:str}}", opt={"public": True})
async def view_report(request: Request[Any, Any, Any], day: str, name: str) -> Response[bytes]:
    """A printed report, available to anyone with its URL."""
    pdf = await asyncio.to_thread(_files(services_of(request)).load, f"{day}/{name.removesuffix('.pdf')}")
    if pdf is None or not name.endswith(".pdf"):
        raise ApiError(404, "Report not found")
    return Response(pdf, media_type="application/pdf", headers={"Cache-Control": "private, max-age=3600"})


handlers: list[ControllerRouterHandler] = [
    create_schedule, list_schedules, schedules_of, get_schedule, update_schedule, delete_schedule,
    toggle_schedule, send_now, print_report, view_report,
]  # fmt: skip
