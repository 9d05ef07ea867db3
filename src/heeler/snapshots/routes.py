"""Endpoints of snapshots: stored below public, unguessable URLs, and sent to people."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.api.request_bodies import read_body
from heeler.api.services import Services
from heeler.metrics.query_errors import api_error
from heeler.notify.handles import check_handles, handles
from heeler.notify.outbox import addressees, send_to
from heeler.query.metrics.errors import QueryError
from heeler.render.model import Graph
from heeler.render.png import RenderError
from heeler.render.svg import to_svg
from heeler.snapshots.definition import Definition, DefinitionError, read, read_json
from heeler.snapshots.draw import draw, end_of, titled
from heeler.snapshots.files import SnapshotFiles
from heeler.snapshots.mail import Snapshot, notice_of

_VIEW = "/snapshot/view/heeler"
_SIZE = (100, 3000)


@dataclass(frozen=True, slots=True)
class Size:
    """Size in pixels; ``zoom`` multiplies them for high-resolution displays."""

    width: int = 800
    height: int = 320
    zoom: int = 2


def _files(services: Services) -> SnapshotFiles:
    return SnapshotFiles(services.settings.data_dir / "snapshots")


async def _picture(
    services: Services, wanted: Definition, start: float, end: float, size: Size, zone: tzinfo = UTC
) -> bytes:
    try:
        picture = await draw(services, wanted, start, end)
        if isinstance(picture, Graph):
            picture = replace(picture, zone=zone)
        return await services.renderer.png(to_svg(picture, width=size.width, height=size.height), size.zoom)
    except QueryError as error:
        raise api_error(error) from None
    except RenderError as error:
        retry = {"Retry-After": "2"} if error.status == 503 else None
        raise ApiError(error.status, str(error), headers=retry) from error


async def _keep(services: Services, png: bytes) -> str:
    """Store ``png`` and return its public URL."""
    if not services.disk.has_room():
        raise ApiError(507, services.disk.status().message)
    name = await asyncio.to_thread(_files(services).save, png, services.now())
    return f"{services.settings.url}{_VIEW}/{name}.png"


@get("/api/v1/graph/snapshot", guards=[user_guard])
async def graph_snapshot(
    request: Request[Any, Any, Any],
    start: float,
    end: float,
    metric_query: str = "",
    graph_def: str = "",
    event_query: str = "",
    title: str = "",
    width: int = 0,
    height: int = 0,
) -> dict[str, str]:
    """A picture of ``metric_query``, or of ``graph_def`` (JSON of a graph), between two UNIX seconds."""
    services = services_of(request)
    if not metric_query and not graph_def:
        raise bad_request("Give metric_query or graph_def")
    shown = graph_def or json.dumps({"requests": [{"q": metric_query}]})
    try:
        wanted = titled(read_json(shown), title, metric_query)
    except DefinitionError as error:
        raise bad_request(str(error)) from None
    until = end_of(wanted, start, end, services.now())
    png = await _picture(services, wanted, start, until, _size(width, height))
    answer = {"graph_def": shown, "snapshot_url": await _keep(services, png)}
    if metric_query and not graph_def:
        answer["metric_query"] = metric_query
    if event_query:
        answer["event_query"] = event_query
    return answer


def _size(width: int, height: int) -> Size:
    """The requested size, exactly; by default the default size at twice the resolution."""
    if not width and not height:
        return Size()
    for name, given in (("width", width), ("height", height)):
        if given and not _SIZE[0] <= given <= _SIZE[1]:
            raise bad_request(f"{name} is {given}; write {_SIZE[0]} to {_SIZE[1]} pixels")
    return Size(width or 800, height or 320, zoom=1)


class _Attributes(msgspec.Struct):
    """Request attributes. ``start`` and ``end`` are UNIX milliseconds."""

    widget_definition: dict[str, Any]
    start: int
    end: int
    width: int = 0
    height: int = 0


class _Data(msgspec.Struct):
    attributes: _Attributes
    type: str


class _Body(msgspec.Struct):
    data: _Data


@post("/api/v2/snapshot", guards=[user_guard], status_code=200)
async def create_snapshot(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """A picture of a widget. It is ready when the answer arrives, and stored as long as every snapshot."""
    services = services_of(request)
    try:
        given = (await read_body(request, msgspec.json.Decoder(_Body).decode)).data
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request(f"Invalid snapshot: {error}") from None
    if given.type != "create_snapshot":
        raise bad_request('data.type must be "create_snapshot"')
    attributes = given.attributes
    try:
        wanted = titled(read(attributes.widget_definition), "", "")
    except DefinitionError as error:
        raise bad_request(str(error)) from None
    size = _size(attributes.width, attributes.height)
    start, end = attributes.start / 1000, attributes.end / 1000
    end = end_of(wanted, start, end, services.now())
    url = await _keep(services, await _picture(services, wanted, start, end, size))
    identity = url.rpartition("/")[2].removesuffix(".png")
    return {"data": {"id": identity, "type": given.type, "attributes": {"url": url}}}


@get("/api/v1/graph/snapshot_status/{name:path}", guards=[user_guard])
async def snapshot_status(request: Request[Any, Any, Any], name: str) -> dict[str, int]:
    """Whether the picture of an address (its part after ``/snapshot/view/``) can be fetched."""
    key = name.strip("/").removesuffix(".png").removeprefix("heeler/")
    if not await asyncio.to_thread(_files(services_of(request)).has, key):
        raise not_found("Snapshot")
    return {"status_code": 200}


@get(_VIEW + "/{day:str}/{key:str}", opt={"public": True})
async def view_snapshot(request: Request[Any, Any, Any], day: str, key: str) -> Response[bytes]:
    """The picture, available to anyone with its URL."""
    name = f"{day}/{key.removesuffix('.png')}"
    png = await asyncio.to_thread(_files(services_of(request)).load, name)
    if png is None:
        raise ApiError(404, "This snapshot does not exist (any more)")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(png, media_type="image/png", headers=headers)


class _Sending(msgspec.Struct):
    """Request to send a snapshot. ``timezone``: the sender's, such as ``Europe/Dublin``, for times in picture
    and mail.
    """

    definition: dict[str, Any]
    start: float
    end: float
    title: str = ""
    comment: str = ""
    link: str = ""
    timezone: str = "UTC"


class Sent(msgspec.Struct):
    """Response. ``unknown``: mentions in the comment without a recipient."""

    snapshot_url: str
    recipients: list[str]
    unknown: list[str]


@post("/api/ui/snapshots", guards=[writer_guard], status_code=201)
async def send_snapshot(request: Request[Any, Any, Any], data: _Sending) -> Sent:
    """Draws a widget and mails it to everybody the comment mentions."""
    services = services_of(request)
    check_handles(data.comment, "comment")
    if data.link and (not data.link.startswith("/") or data.link.startswith("//")):
        raise bad_request("link is the path of a page of this server")
    try:
        wanted = titled(read(data.definition), data.title, "Graph")
    except DefinitionError as error:
        raise bad_request(str(error)) from None
    try:
        zone = ZoneInfo(data.timezone)
    except (ValueError, OSError, KeyError):
        raise bad_request(f"timezone is {data.timezone!r}; write a name such as Europe/Dublin") from None
    end = end_of(wanted, data.start, data.end, services.now())
    png = await _picture(services, wanted, data.start, end, Size(), zone)
    url = await _keep(services, png)
    principal = principal_of(request)
    shot = Snapshot(
        title=wanted.title,
        sender=principal.name or principal.email,
        comment=data.comment,
        start=data.start,
        end=end,
        zone=zone,
        link=services.settings.url + data.link if data.link else "",
        picture_url=url,
        png=png,
    )
    async with services.database.session() as db:
        found, unknown = await addressees(db, handles(data.comment))
        send_to(db, found, notice_of(shot), datetime.fromtimestamp(services.now(), UTC))
    return Sent(url, [item.address for item in found], unknown)


handlers: list[ControllerRouterHandler] = [
    graph_snapshot,
    create_snapshot,
    snapshot_status,
    view_snapshot,
    send_snapshot,
]
