"""Parser of graph definitions to render: widget JSON of dashboards, current and legacy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from heeler.render.model import Marker, Pen, Scale, Style, ValueAxis

Kind = Literal["timeseries", "query_value", "toplist"]
_KINDS: dict[str, Kind] = {
    "timeseries": "timeseries",
    "query_value": "query_value",
    "toplist": "toplist",
    "query_table": "toplist",
    "sunburst": "toplist",
    "treemap": "toplist",
    "bar_chart": "toplist",
}
_STYLES: dict[str, Style] = {"line": "line", "area": "area", "bars": "bars", "bar": "bars"}
_SEVERITIES: dict[str, Literal["alert", "warning", "ok", "info"]] = {
    "error": "alert",
    "warning": "warning",
    "ok": "ok",
}
_DASHES = {"dashed": "6 4", "dotted": "2 3"}
_WIDTHS = {"thin": 1.0, "normal": 1.5, "thick": 2.5}
_NUMBER = r"(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
_POWER = re.compile(r"pow(\d+(?:\.\d+)?|\.\d+)")
_RANGE = re.compile(rf"{_NUMBER}\s*<=?\s*y\s*<=?\s*{_NUMBER}", re.IGNORECASE)
_SINGLE = re.compile(rf"y\s*(?:=|>=?|<=?)\s*{_NUMBER}", re.IGNORECASE)


class DefinitionError(ValueError):
    """The definition cannot be rendered; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """A request: a query text, or formulas over query objects."""

    text: str = ""
    queries: tuple[dict[str, Any], ...] = ()
    formulas: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Name of each formula: its alias, or the query behind it."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Aliases by expression, of a query text."""
    aggregator: str = "avg"
    style: Style = "line"
    right: bool = False
    """Whether it uses the right axis."""
    pen: Pen = field(default_factory=Pen)

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts in the query language."""
        return (self.text, *self.formulas, *(str(item.get("query") or "") for item in self.queries))


@dataclass(frozen=True, slots=True)
class Definition:
    kind: Kind
    title: str
    requests: tuple[GraphRequest, ...]
    markers: tuple[Marker, ...] = ()
    left: ValueAxis = field(default_factory=ValueAxis)
    right: ValueAxis = field(default_factory=ValueAxis)
    """Right axis, without units: those come from the data."""
    unit: str | None = None
    """Replaces the unit of the data (``custom_unit``)."""


def read_json(text: str) -> Definition:
    """Parse ``graph_def`` in the public API's format. Raises :class:`DefinitionError`."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise DefinitionError(f"graph_def is not JSON: {error}") from None
    return read(given)


def read(given: Any) -> Definition:
    """Parse a widget's ``definition``, or the older ``{"viz": ..., "requests": [{"q": ...}]}``."""
    if not isinstance(given, dict):
        raise DefinitionError("A graph definition is an object with requests")
    name = str(given.get("type") or given.get("viz") or "timeseries")
    kind = _KINDS.get(name)
    if kind is None:
        raise DefinitionError(
            f"A {name} cannot be drawn as a picture; there are pictures of {', '.join(_KINDS)}"
        )
    requests = given.get("requests")
    requests = [requests] if isinstance(requests, dict) else requests
    if not isinstance(requests, list) or not requests:
        raise DefinitionError("The graph definition has no requests")
    return Definition(
        kind,
        str(given.get("title") or ""),
        tuple(_request(item, place) for place, item in enumerate(requests)),
        tuple(_markers(given.get("markers"))),
        _axis(given.get("yaxis")),
        _axis(given.get("right_yaxis")),
        str(given["custom_unit"]) if given.get("custom_unit") else None,
    )


def _request(item: Any, place: int) -> GraphRequest:
    if not isinstance(item, dict):
        raise DefinitionError(f"requests[{place}] is not an object")
    style = _STYLES.get(str(item.get("display_type") or item.get("type") or "line"), "line")
    aggregator = str(item.get("aggregator") or "avg")
    right = item.get("on_right_yaxis") is True
    pen = _pen(item.get("style"))
    for name in ("queries", "formulas"):
        if not isinstance(item.get(name) or [], list):
            raise DefinitionError(f"{name} of requests[{place}] is not a list")
    queries = tuple(query for query in item.get("queries") or () if isinstance(query, dict))
    if queries:
        formulas = _formulas(item.get("formulas"), queries)
        names = tuple(alias or _behind(formula, queries) for formula, alias in formulas)
        return GraphRequest(
            queries=queries,
            formulas=tuple(formula for formula, _ in formulas),
            names=names,
            aggregator=aggregator,
            style=style,
            right=right,
            pen=pen,
        )
    text = str(item.get("q") or "").strip()
    if not text:
        raise DefinitionError(
            f"requests[{place}] has neither a query (q) nor queries; only these can be drawn as a picture"
        )
    return GraphRequest(
        text,
        aliases=_aliases(item.get("metadata")),
        aggregator=aggregator,
        style=style,
        right=right,
        pen=pen,
    )


def _formulas(given: Any, queries: tuple[dict[str, Any], ...]) -> list[tuple[str, str]]:
    found = [
        (str(item.get("formula") or ""), str(item.get("alias") or ""))
        for item in given or ()
        if isinstance(item, dict)
    ]
    return found or [(str(item.get("name") or f"query{at + 1}"), "") for at, item in enumerate(queries)]


def _behind(formula: str, queries: tuple[dict[str, Any], ...]) -> str:
    return next(
        (_query_text(item) for item in queries if item.get("name") == formula.strip()),
        formula,
    )


def _query_text(item: dict[str, Any]) -> str:
    search = item.get("search")
    found = item.get("query") or (search.get("query") if isinstance(search, dict) else "")
    return str(found or item.get("name") or "")


def _aliases(given: Any) -> dict[str, str]:
    return {
        str(item["expression"]): str(item["alias_name"])
        for item in (given if isinstance(given, list) else ())
        if isinstance(item, dict) and item.get("expression") and item.get("alias_name")
    }


def _markers(given: Any) -> list[Marker]:
    found = (
        read_marker(item) for item in (given if isinstance(given, list) else ()) if isinstance(item, dict)
    )
    return [marker for marker in found if marker is not None]


def read_marker(given: Mapping[str, Any]) -> Marker | None:
    """Parse ``y = 0``, ``y > 90`` or ``50 < y < 90``; None if it does not refer to y."""
    text = str(given.get("value") or "").strip()
    kind = _SEVERITIES.get(str(given.get("display_type") or given.get("type") or "").split(" ")[0], "info")
    label = str(given.get("label") or "").strip()
    if span := _RANGE.fullmatch(text):
        low, high = sorted((float(span[1]), float(span[2])))
        return Marker(low, kind, label, high if high > low else None)
    single = _SINGLE.fullmatch(text)
    return Marker(float(single[1]), kind, label) if single else None


def _pen(given: Any) -> Pen:
    style = given if isinstance(given, dict) else {}
    return Pen(
        str(style.get("palette") or ""),
        _DASHES.get(str(style.get("line_type")), ""),
        _WIDTHS.get(str(style.get("line_width")), 0),
    )


def _axis(given: Any) -> ValueAxis:
    axis = given if isinstance(given, dict) else {}
    bounds = (_bound(axis.get("min")), _bound(axis.get("max")))
    return ValueAxis(bounds=bounds, scale=_scale(str(axis.get("scale") or "")))


def _scale(text: str) -> Scale:
    """Parse ``linear``, ``log``, ``sqrt`` or ``pow2``, ``pow0.5`` and so on."""
    if text == "log":
        return "log"
    if text == "sqrt":
        return 0.5
    power = _POWER.fullmatch(text)
    return (float(power[1]) or "linear") if power else "linear"


def _bound(given: Any) -> float | None:
    try:
        return float(given)
    except (TypeError, ValueError):
        return None  # "auto"
