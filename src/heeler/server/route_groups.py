"""Groups the route table for registration.

Litestar lists all routes that a router has, and builds its tree of paths anew, at each registration: one by
one, 600 handlers take twice the time that they take in groups.
"""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

#: Handlers of a group, near the root of their number.
GROUP = 30


def grouped(handlers: Sequence[ControllerRouterHandler]) -> list[Router]:
    """Routers at the root with all ``handlers``; those of one path are in one router, as Litestar requires.

    Raises ``ValueError`` for a handler whose paths others have apart from each other.
    """
    groups: list[list[ControllerRouterHandler]] = []
    group_of: dict[str, list[ControllerRouterHandler]] = {}
    for handler in handlers:
        paths = sorted(handler.paths) if isinstance(handler, BaseRouteHandler) else []
        known = [group_of[path] for path in paths if path in group_of]
        if any(group is not known[0] for group in known):
            raise ValueError(f"The paths {paths} of one handler are those of handlers in several groups")
        if known:
            group = known[0]
        else:
            if not groups or len(groups[-1]) >= GROUP:
                groups.append([])
            group = groups[-1]
        group.append(handler)
        group_of |= dict.fromkeys(paths, group)
    return [Router("/", route_handlers=group) for group in groups]
