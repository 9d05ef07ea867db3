from __future__ import annotations

from heeler.sso import login_routes, mapping_routes
from heeler.sso.routes import handlers


def test_everything_of_the_package_is_served() -> None:
    assert set(handlers) == {*login_routes.handlers, *mapping_routes.handlers}
