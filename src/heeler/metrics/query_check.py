"""Static check of a query's text: errors that can be found without reading data. Pure."""

from __future__ import annotations

from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.executor import make_window
from heeler.query.metrics.parser import parse
from heeler.query.metrics.planner import plan

_HOUR = make_window(1_000_000_000, 1_000_003_600)


def check(text: str) -> QueryError | None:
    """Error in syntax, functions, arguments or modifiers, with its position; None if valid."""
    try:
        plan(parse(text), _HOUR)
    except QueryError as error:
        return error.within(text)
    return None
