"""Every endpoint of downtimes."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from heeler.downtimes import v1_routes

handlers: list[ControllerRouterHandler] = [*v1_routes.handlers]
