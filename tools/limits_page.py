"""The page of limits: what one request may hold, from `heeler.wire.body_limits` and others."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from itertools import pairwise

#: Modules whose documented upper-case constants are limits.
MODULES = ("heeler.wire.body_limits", "heeler.intake.connection_limits", "heeler.api.request_bodies")

_TOP = """\
# Limits of a request

Whoever sends more is answered 413 with the limit's name, before it costs anything; an item that breaks a
limit of
its own (tags, bins) is left out and named in the answer, while the others of the request are stored. Sizes
of bodies
as sent and inflated are settings: `HEELER_MAX_BODY`, `HEELER_MAX_INFLATED`. This page is written by `make
reference` from the constants.

| limit | value | of what |
|---|---|---|"""


def limits_page() -> str:
    """Every documented constant of the modules, with its value."""
    rows = [
        f"| `{name}` | {value} | {meaning} |"
        for module in MODULES
        for name, value, meaning in _constants(module)
    ]
    return "\n".join([_TOP, *rows, ""])


def _constants(name: str) -> Iterator[tuple[str, str, str]]:
    module = importlib.import_module(name)
    body = ast.parse(inspect.getsource(module)).body
    for statement, following in pairwise(body):
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            key = statement.targets[0].id
            yield key, f"{getattr(module, key):,}", " ".join(str(following.value.value).split())
