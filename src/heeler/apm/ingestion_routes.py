"""The endpoint of the page of ingestion."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.apm.ingestion import ingestion
from heeler.apm.scope import Scope
from heeler.apm.service_routes import scope_of


@get(
    "/api/ui/apm/ingestion",
    guards=[user_guard],
    dependencies={"within": Provide(scope_of, sync_to_thread=False)},
)
async def ui_ingestion(request: Request[Any, Any, Any], within: Scope) -> dict[str, Any]:
    """What is ingested of each service, and who sampled it."""
    return {
        "seconds": within.seconds,
        "services": await ingestion(services_of(request).engine, within),
    }


handlers: list[ControllerRouterHandler] = [ui_ingestion]
