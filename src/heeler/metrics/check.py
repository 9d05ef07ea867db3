"""What is wrong with the text of a query, as far as that shows before anything is read. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.evaluate import requirements
from heeler.query.metrics.parser import parse
from heeler.query.metrics.run import make_window

_HOUR = make_window(1_000_000_000, 1_000_003_600)


def check(text: str) -> QueryError | None:
    """What is wrong with its syntax, functions, arguments or modifiers, and where; None if nothing."""
    try:
        for node in parse(text):
            requirements(node, _HOUR)
    except QueryError as error:
        return error.within(text)
    return None


def located(error: QueryError, texts: Iterable[str]) -> QueryError:
    """``error`` knowing which of ``texts`` it is about; without a place where that cannot be told."""
    if error.text or error.position < 0:
        return error
    found = (own for text in texts if (own := check(text)) and own.message == error.message)
    return next(found, QueryError(error.message))
