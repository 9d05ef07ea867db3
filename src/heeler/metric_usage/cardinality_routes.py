"""Endpoints of the cardinality explorer."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.metric_usage.cardinality import Cardinality, KeyDetails, cardinality, key_details

HttpRequest = Request[Any, Any, Any]
Hours = Annotated[int, Parameter(query="hours", ge=1, le=168)]
_HOUR = 3600


def _window(request: HttpRequest, hours: int) -> tuple[int, int]:
    """Until the end of the current second, so that points just received count."""
    end = int(services_of(request).now()) + 1
    return end - hours * _HOUR, end


@get("/api/ui/cardinality", guards=[user_guard])
async def cardinality_report(
    request: HttpRequest,
    metric: str = "",
    hours: Hours = 24,
    days: Annotated[int, Parameter(query="days", ge=1, le=30)] = 7,
) -> Cardinality:
    """Tags of a metric, or of all, by the series that they make."""
    return await cardinality(services_of(request).engine, metric, *_window(request, hours), days)


@get("/api/ui/cardinality/key", guards=[user_guard])
async def cardinality_of_key(
    request: HttpRequest, key: str, metric: str = "", hours: Hours = 24
) -> KeyDetails:
    """Values of a tag key, and its metrics."""
    return await key_details(services_of(request).engine, metric, key, *_window(request, hours))


handlers: list[ControllerRouterHandler] = [cardinality_report, cardinality_of_key]
