"""Endpoints of the Get-started page (values for copyable commands) and of server-wide warnings."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
from litestar import Request, get
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler import __version__
from heeler.accounts.keys import masked
from heeler.accounts.model import Key
from heeler.api.auth import services_of, user_guard


class KnownKey(msgspec.Struct):
    """A key without its secret."""

    id: str
    name: str
    masked: str


class Setup(msgspec.Struct):
    """How clients reach this server. ``statsd_port`` and ``trace_port`` are those of an agent on the client's
    own machine; ``mail``: whether mail is sent by this server or stays in the outbox.
    """

    version: str
    url: str
    host: str
    statsd_port: int
    trace_port: int
    mail: bool
    api_keys: list[KnownKey]


@get("/api/ui/setup", guards=[user_guard])
async def setup(request: Request) -> Setup:  # type: ignore[type-arg]
    services = services_of(request)
    async with services.database.session() as db:
        keys = await db.scalars(
            select(Key).where(Key.kind == "api", Key.revoked.is_(None)).order_by(Key.created)
        )
        known = [KnownKey(key.id, key.name, masked(key)) for key in keys]
    settings = services.settings
    return Setup(
        version=__version__,
        url=settings.url,
        host=urlsplit(settings.url).hostname or "localhost",
        statsd_port=8125,
        trace_port=8126,
        mail=bool(settings.smtp_url),
        api_keys=known,
    )


class ServerStatus(msgspec.Struct):
    """``warnings`` are sentences shown to everyone on every page; empty if there is no problem."""

    warnings: list[str]


@get("/api/ui/status", guards=[user_guard])
async def status(request: Request) -> ServerStatus:  # type: ignore[type-arg]
    """Problems of the server itself, for the banner above every page."""
    message = services_of(request).disk.status().message
    return ServerStatus([message] if message else [])


handlers: list[ControllerRouterHandler] = [setup, status]
