from __future__ import annotations

import inspect
import re
from collections import Counter

from litestar.handlers import HTTPRouteHandler

from heeler.server.routes import background_tasks, route_handlers, shared_tasks

_PARAMETER = re.compile(r"\{[^}]*\}")


def test_no_two_handlers_serve_the_same_path() -> None:
    """Names of parameters do not tell paths apart."""
    served = Counter(
        (method, _PARAMETER.sub("{}", path))
        for handler in route_handlers
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
    )
    assert [key for key, count in served.items() if count > 1] == []
    assert len(served) > 500


def test_every_task_is_there_once_and_takes_the_services() -> None:
    tasks = [*background_tasks, *(task for _, task in shared_tasks)]
    assert len(set(tasks)) == len(tasks)
    for task in tasks:
        assert inspect.iscoroutinefunction(task), task
        assert len(inspect.signature(task).parameters) == 1, task
