"""The fields that widgets require, compared with the models of the public API's own client."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

import datadog_api_client.v1.model as models
import pytest

from heeler.dashboards.validate import problems
from heeler.dashboards.widgets import QUERY_WIDGETS, REQUIRED

#: Required by the API with a default, so that the client's constructor does not ask for it.
_WITH_DEFAULT = {("slo", "view_type")}
#: Not required here: sorted by default.
_OPTIONAL = {("heatgrid", "sort")}


def _constructors() -> dict[str, list[set[str]]]:
    """Arguments without a default of each widget's models, by type."""
    found: dict[str, list[set[str]]] = {}
    for one in pkgutil.iter_modules(models.__path__):
        if not one.name.endswith("widget_definition"):
            continue
        module: Any = importlib.import_module(f"{models.__name__}.{one.name}")
        for _, model in inspect.getmembers(module, inspect.isclass):
            types = getattr(model, "openapi_types", {}) if model.__module__ == module.__name__ else {}
            if "type" not in types:
                continue
            (kind,) = types["type"][0].allowed_values
            arguments = inspect.signature(model.__init__).parameters.items()
            needed = {name for name, one in arguments if one.default is inspect.Parameter.empty}
            found.setdefault(kind, []).append(needed - {"self", "self_", "type", "kwargs"})
    return found


CLIENT = _constructors()


@pytest.mark.parametrize("kind", sorted(CLIENT))
def test_a_widget_requires_what_the_client_requires(kind: str) -> None:
    own = {name for name in REQUIRED.get(kind, ()) if (kind, name) not in _WITH_DEFAULT}
    of_client = [{name for name in one if (kind, name) not in _OPTIONAL} for one in CLIENT[kind]]
    assert own in of_client


@pytest.mark.parametrize("kind", sorted(QUERY_WIDGETS))
def test_requests_of_another_shape_are_refused(kind: str) -> None:
    for requests in ("x", 3, ["x"], {"a": None}, None):
        definition = dict.fromkeys(REQUIRED[kind], "x") | {"type": kind, "requests": requests}
        board = {"title": "t", "layout_type": "ordered", "widgets": [{"definition": definition}]}
        assert problems(board) != []


def test_types_of_other_installations_are_stored_as_they_are() -> None:
    definition = {"type": "of_the_future", "requests": "x"}
    board = {"title": "t", "layout_type": "ordered", "widgets": [{"definition": definition}]}
    assert problems(board) == []
