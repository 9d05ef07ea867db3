"""Route handlers of downtimes."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from heeler.downtimes import mute_routes, v1_routes, v2_routes

handlers: list[ControllerRouterHandler] = [*v1_routes.handlers, *v2_routes.handlers, *mute_routes.handlers]
