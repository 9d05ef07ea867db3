"""Endpoints of embeddable graphs (iframes in other pages): ``/api/v1/graph/embed``."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import is_one_of
from heeler.api.errors import ApiError, bad_request
from heeler.api.request_bodies import nested_json
from heeler.api.services import Services
from heeler.dashboards.model import GraphEmbed
from heeler.dashboards.shared_rights import check_may_share
from heeler.query.metrics.errors import QueryError
from heeler.render.png import RenderError
from heeler.render.svg import to_svg
from heeler.snapshots.definition import DefinitionError, read
from heeler.snapshots.draw import draw, titled

Object = dict[str, Any]
_PATH = "/api/v1/graph/embed"
SIZES = {"small": (400, 200), "medium": (600, 300), "large": (800, 400), "xlarge": (1000, 500)}
_SECONDS = {"1_hour": 3600, "4_hours": 14_400, "1_day": 86_400, "2_days": 172_800, "1_week": 604_800}
TIMEFRAMES = tuple(_SECONDS)
_REFRESH_SECONDS = 300
_VALUE = re.compile(r"[\w.\-/@:* ]{1,200}")
_VARIABLE = re.compile(r"\$([A-Za-z_][\w-]*)")


def template_variables(definition: Object) -> list[str]:
    """Names after ``$`` in the queries, deduplicated."""
    text = msgspec.json.encode(definition.get("requests") or []).decode()
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def _shown(services: Services, embed: GraphEmbed, given: Object) -> Object:
    names = template_variables(embed.body["definition"])
    width, height = SIZES[embed.body["size"]]
    query = {
        "token": embed.id,
        "height": height,
        "width": width,
        "legend": "true" if embed.body["legend"] == "yes" else "false",
        **{name: str(given.get(name, "*")) for name in names},
    }
    address = f"{services.settings.url}/graph/embed?{urlencode(query, safe='*')}"
    frame = f'<iframe src="{escape(address)}" width="{width}" height="{height}" frameBorder="0"></iframe>'
    return {
        "embed_id": embed.id,
        "graph_title": embed.title,
        "template_variables": names,
        "html": frame.replace("&amp;", "&"),
        "revoked": embed.revoked,
        "dash_url": None,
        "dash_name": None,
        "shared_by": embed.shared_by,
    }


def _definition(text: Any) -> Object:
    try:
        definition = nested_json(text) if isinstance(text, str) else text
    except ValueError as error:
        raise bad_request(f"Invalid 'graph_json': {error}") from None
    if not isinstance(definition, dict) or not isinstance(definition.get("requests"), list):
        raise bad_request("Invalid 'graph_json'. Expected an object with 'requests'")
    return definition


async def _found(db: AsyncSession, embed_id: str) -> GraphEmbed:
    found = await db.get(GraphEmbed, embed_id) if len(embed_id) <= 64 else None
    if found is None:
        raise ApiError(404, f"Embed {embed_id} not found")
    return found


@post(_PATH, status_code=200, guards=[writer_guard])
async def create_embed(request: Request[Any, Any, Any], data: Object) -> Object:
    services, principal = services_of(request), principal_of(request)
    check_may_share(principal)
    definition = _definition(data.get("graph_json"))
    size, timeframe = data.get("size", "medium"), data.get("timeframe", "1_hour")
    if not is_one_of(size, SIZES):
        raise bad_request(f"Invalid 'size': {size!r}. Expected one of {', '.join(SIZES)}")
    if not is_one_of(timeframe, TIMEFRAMES):
        raise bad_request(f"Invalid 'timeframe': {timeframe!r}. Expected one of {', '.join(TIMEFRAMES)}")
    legend = "yes" if data.get("legend") in ("yes", True) else "no"
    async with services.database.session() as db:
        number = (await db.scalar(select(func.max(GraphEmbed.number))) or 0) + 1
        made = GraphEmbed(
            id=secrets.token_hex(32),
            number=number,
            title=str(data.get("title") or "Embedded Graph"),
            body={"definition": definition, "size": size, "timeframe": timeframe, "legend": legend},
            shared_by=principal.user_id,
            created=datetime.now(UTC),
            revoked=False,
        )
        db.add(made)
        await db.flush()
        return _shown(services, made, {})


@get(_PATH, guards=[user_guard])
async def list_embeds(request: Request[Any, Any, Any]) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        found = (await db.scalars(select(GraphEmbed).order_by(GraphEmbed.number))).all()
    return {"embedded_graphs": [_shown(services, one, {}) for one in found]}


@get(_PATH + "/{embed_id:str}", guards=[user_guard])
async def get_embed(request: Request[Any, Any, Any], embed_id: str) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        return _shown(services, await _found(db, embed_id), dict(request.query_params))


@get(_PATH + "/{embed_id:str}/enable", guards=[writer_guard])
async def enable_embed(request: Request[Any, Any, Any], embed_id: str) -> Object:
    async with services_of(request).database.session() as db:
        (await _found(db, embed_id)).revoked = False
    return {"success": f"Embed {embed_id} successfully enabled."}


@get(_PATH + "/{embed_id:str}/revoke", guards=[writer_guard])
async def revoke_embed(request: Request[Any, Any, Any], embed_id: str) -> Object:
    async with services_of(request).database.session() as db:
        (await _found(db, embed_id)).revoked = True
    return {"success": f"Embed {embed_id} successfully revoked."}


def filled(definition: Object, values: Object) -> Object:
    """The definition with its variables substituted: ``*`` if no value is given."""
    text = msgspec.json.encode(definition).decode()

    def value(found: re.Match[str]) -> str:
        given = str(values.get(found.group(1), "*"))
        return given if _VALUE.fullmatch(given) else "*"

    decoded: Object = msgspec.json.decode(_VARIABLE.sub(value, text))
    return decoded


@get("/graph/embed", opt={"public": True})
async def embedded_graph(request: Request[Any, Any, Any], token: str) -> Response[bytes]:
    """HTML page for the iframe: the current graph, rendered by the server."""
    services = services_of(request)
    async with services.database.session() as db:
        embed = await _found(db, token)
    if embed.revoked:
        return _page(embed.title, "<p>This graph is not shared any more.</p>", 404)
    await services.access.read_as(embed.shared_by)
    now = services.now()
    try:
        wanted = titled(read(filled(embed.body["definition"], dict(request.query_params))), embed.title, "")
        picture = await draw(services, wanted, now - _SECONDS[embed.body["timeframe"]], now)
        width, height = SIZES[embed.body["size"]]
        png = await services.renderer.png(to_svg(picture, width=width, height=height), 2)
    except DefinitionError as error:
        return _page(embed.title, f"<p>{escape(str(error))}</p>", 400)
    except QueryError as error:
        return _page(embed.title, f"<p>{escape(error.described)}</p>", error.status)
    except RenderError as error:
        return _page(embed.title, f"<p>{escape(str(error))}</p>", error.status)
    image = f'<img alt="{escape(embed.title)}" src="data:image/png;base64,{b64encode(png).decode()}">'
    return _page(embed.title, image, 200)


def _page(title: str, body: str, status: int) -> Response[bytes]:
    """HTML page that other sites may frame and that loads nothing."""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{margin:0;font:13px sans-serif}img{width:100%;height:auto;display:block}</style>"
        f'<meta http-equiv="refresh" content="{_REFRESH_SECONDS}">{body}</html>'
    )
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors *"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(text.encode(), media_type="text/html; charset=utf-8", status_code=status, headers=headers)


handlers: list[ControllerRouterHandler] = [
    create_embed, list_embeds, get_embed, enable_embed, revoke_embed, embedded_graph,
]  # fmt: skip
