"""Endpoints of notifications: the outbox, webhooks and the other integrations."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from heeler.notify import (
    integration_routes,
    msteams_routes,
    opsgenie_routes,
    outbox_routes,
    pagerduty_routes,
    slack_routes,
    webhook_routes,
)

handlers: list[ControllerRouterHandler] = [
    *outbox_routes.handlers,
    *webhook_routes.handlers,
    *slack_routes.handlers,
    *pagerduty_routes.handlers,
    *opsgenie_routes.handlers,
    *msteams_routes.handlers,
    *integration_routes.handlers,
]
