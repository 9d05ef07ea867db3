from __future__ import annotations

from heeler.notify import (
    integration_routes,
    msteams_routes,
    opsgenie_routes,
    outbox_routes,
    pagerduty_routes,
    slack_routes,
    webhook_routes,
)
from heeler.notify.routes import handlers


def test_everything_of_the_package_is_served() -> None:
    modules = (
        integration_routes, msteams_routes, opsgenie_routes, outbox_routes, pagerduty_routes, slack_routes,
        webhook_routes,
    )  # fmt: skip
    assert {handler for module in modules for handler in module.handlers} <= set(handlers)
