"""Route handlers of single sign-on: authn mappings, and login."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from heeler.sso import login_routes, mapping_routes

handlers: list[ControllerRouterHandler] = [*mapping_routes.handlers, *login_routes.handlers]
