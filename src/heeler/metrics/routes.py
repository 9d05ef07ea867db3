"""Endpoints of metrics."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from heeler.metrics import catalog_routes, query_routes

handlers: list[ControllerRouterHandler] = [*query_routes.handlers, *catalog_routes.handlers]
