"""Helper functions shared by the endpoints of both API versions."""

from __future__ import annotations

from typing import Any

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of
from heeler.api.errors import bad_request
from heeler.downtimes.model import Downtime
from heeler.downtimes.notification import Change, tell
from heeler.downtimes.store import touch

Ask = Request[Any, Any, Any]
_KEYS = ("api_key", "application_key", "app_key")


async def given_body(request: Ask) -> dict[str, Any]:
    """The JSON body, or the query parameters of old scripts that send everything there."""
    data = await request.json() if await request.body() else {}
    if not isinstance(data, dict):
        raise bad_request("The body must be a JSON object")
    return data or {name: value for name, value in request.query_params.items() if name not in _KEYS}


def flag(request: Ask, name: str) -> bool:
    return request.query_params.get(name, "").lower() in ("true", "1")


async def cancel(db: AsyncSession, request: Ask, downtime: Downtime) -> None:
    """Cancel the downtime and notify mentioned recipients; no-op if it was canceled before."""
    services = services_of(request)
    if downtime.canceled is not None:
        return
    downtime.canceled = services.now()
    downtime.begun = None
    touch(downtime, principal_of(request), downtime.canceled)
    await tell(db, services, downtime, Change.CANCELED)
