"""Route handlers of metrics."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from heeler.metrics import catalog_routes, indexing_rule_routes, query_routes, tag_routes

handlers: list[ControllerRouterHandler] = [
    *query_routes.handlers,
    *catalog_routes.handlers,
    *tag_routes.handlers,
    *indexing_rule_routes.handlers,
]
