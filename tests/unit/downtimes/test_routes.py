from __future__ import annotations

from heeler.downtimes import mute_routes, v1_routes, v2_routes
from heeler.downtimes.routes import handlers


def test_everything_of_the_package_is_served() -> None:
    assert {*mute_routes.handlers, *v1_routes.handlers, *v2_routes.handlers} <= set(handlers)
