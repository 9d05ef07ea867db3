"""Renders a whole dashboard at a time: runs the queries of its widgets concurrently, within a limit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.query.metrics.errors import QueryError
from heeler.render.board import Board, GroupHeader, Missing, Panel, Text, board_svg, grid_panel
from heeler.render.grid import (
    inner_widgets,
    is_group,
    layout_of,
    place_board,
    place_inner,
)
from heeler.render.model import Graph
from heeler.reports.timeframe import seconds_of
from heeler.reports.variables import Substitution, Values, values_of
from heeler.snapshots.definition import DefinitionError, read
from heeler.snapshots.draw import draw
from heeler.snapshots.mail import span
from heeler.store.engine import EngineMemoryLimit, EngineTimeout
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.reports")

#: Maximum number of rendered widgets of one report, and how many run concurrently.
MAX_WIDGETS = 200
CONCURRENCY = 3
WIDGET_TIMEOUT_S = 30.0
#: Up to this number of pixels, a picture is rendered at twice the resolution.
_SHARP_HEIGHT = 3000
#: Pixels of a unit of free-layout dashboards.
_FREE_UNIT = 12
_HEADER_PX = 40

Widget = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A widget and its box in pixels."""

    widget: Widget
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """Parameters of a report; times are UNIX seconds."""

    dashboard: Mapping[str, Any]
    start: float
    end: float
    zone: ZoneInfo
    chosen: Values
    tab: str | None = None


async def picture(services: Services, shown: Shown) -> bytes:
    """Render the dashboard as a PNG. Raises ``RenderError``."""
    svg, height = board_svg(await board_of(services, shown))
    return await services.renderer.png(svg, 2 if height <= _SHARP_HEIGHT else 1)


async def board_of(services: Services, shown: Shown) -> Board:
    """The dashboard with the results of its queries. A failed widget shows the reason."""
    variables = shown.dashboard.get("template_variables") or []
    filled = Substitution(variables, shown.chosen)
    gate = asyncio.Semaphore(CONCURRENCY)

    async def panel(place: Place) -> Panel:
        async with gate:
            return Panel(*place.box, await _content(services, filled, place.widget["definition"], shown))

    places = places_of(_of_tab(shown.dashboard, shown.tab))
    panels = await asyncio.gather(*(panel(place) for place in places[:MAX_WIDGETS]))
    values = [
        f"{name}: {', '.join(given)}" for name, given in values_of(variables, shown.chosen).items() if given
    ]
    if len(places) > MAX_WIDGETS:
        values.append(f"the first {MAX_WIDGETS} of {len(places)} widgets")
    subtitle = " · ".join([span(shown.start, shown.end, shown.zone), *values])
    return Board(str(shown.dashboard.get("title") or "Dashboard"), subtitle, tuple(panels))


def _of_tab(dashboard: Mapping[str, Any], tab: str | None) -> Mapping[str, Any]:
    """The dashboard with only the widgets of one of its tabs."""
    wanted = next((one for one in dashboard.get("tabs") or [] if tab and str(one.get("id")) == tab), None)
    if wanted is None:
        return dashboard
    ids = {str(one) for one in wanted.get("widget_ids") or []}
    return {
        **dashboard,
        "widgets": [one for one in dashboard.get("widgets") or [] if str(one.get("id")) in ids],
    }


def places_of(dashboard: Mapping[str, Any]) -> list[Place]:
    """All widgets with their boxes, groups before their content."""
    widgets = [one for one in dashboard.get("widgets") or [] if isinstance(one.get("definition"), dict)]
    if dashboard.get("layout_type") == "free":
        return _free_places(widgets)
    found = []
    for widget, box in zip(widgets, place_board(widgets), strict=True):
        outer = grid_panel(box.x, box.y, box.width, box.height)
        found.append(Place(widget, outer))
        if is_group(widget["definition"]):
            found += _inner_places(widget["definition"], box.width, outer)
    return found


def _inner_places(definition: Mapping[str, Any], width: int, outer: tuple[int, int, int, int]) -> list[Place]:
    """Distribute the widgets of a group evenly below its header."""
    x, y, pixels, height = outer
    inner, boxes = inner_widgets(definition), place_inner(definition, width)
    rows = max((box.bottom for box in boxes), default=1)
    unit, row = (pixels - 8) / width, (height - _HEADER_PX - 4) / max(rows, 1)
    return [
        Place(
            widget,
            (
                round(x + 8 + box.x * unit),
                round(y + _HEADER_PX + box.y * row),
                round(box.width * unit - 8),
                round(box.height * row - 4),
            ),
        )
        for widget, box in zip(inner, boxes, strict=True)
    ]


def _free_places(widgets: Sequence[Widget]) -> list[Place]:
    """Places of a free-layout dashboard: its coordinates, scaled to the width of the picture."""
    known = [(one, box) for one in widgets if (box := layout_of(one)) is not None]
    left = min([0, *(box.x for _, box in known)])
    top = min([0, *(box.y for _, box in known)])
    right = max((box.x + box.width - left for _, box in known), default=1)
    unit = min(_FREE_UNIT, 1248 / max(right, 1))
    return [
        Place(
            widget,
            (
                round(16 + (box.x - left) * unit),
                round((box.y - top) * unit),
                max(round(box.width * unit), 20),
                max(round(box.height * unit), 20),
            ),
        )
        for widget, box in known
    ]


async def _content(
    services: Services, filled: Substitution, definition: Mapping[str, Any], shown: Shown
) -> Any:
    """Content of a widget's panel; the reason if it cannot be shown."""
    kind, title = str(definition.get("type")), str(definition.get("title") or "")
    try:
        return await _drawn(services, filled.all(definition), shown)
    except DefinitionError:
        return Missing(title or kind.replace("_", " ").capitalize(), "Shown on the dashboard only")
    except QueryError as error:
        return Missing(title, error.described)
    except ApiError as error:
        return Missing(title, " ".join(error.messages))
    except (TimeoutError, EngineTimeout):
        return Missing(title, "The query took too long")
    except EngineMemoryLimit:
        return Missing(title, "The query needs too much memory")
    except Exception:
        log.exception("A %s of a report cannot be drawn", kind[:50])
        telemetry.count("heeler.reports.failed_widgets")
        return Missing(title, "Cannot be drawn; the server's log has the reason")


async def _drawn(services: Services, definition: Mapping[str, Any], shown: Shown) -> Any:
    title = str(definition.get("title") or "")
    if is_group(definition):
        return GroupHeader(title)
    if definition.get("type") in ("note", "free_text"):
        return _text(definition, title)
    own = seconds_of(definition.get("time"))
    start = shown.start if own is None else shown.end - own
    wanted = read(definition)
    async with asyncio.timeout(WIDGET_TIMEOUT_S):
        drawn = await draw(services, wanted, start, shown.end)
    return replace(drawn, zone=shown.zone) if isinstance(drawn, Graph) else drawn


def _text(definition: Mapping[str, Any], title: str) -> Text:
    content = str(definition.get("content") or definition.get("text") or "")
    size = str(definition.get("font_size") or "14")
    pixels = int(size) if size.isascii() and size.isdigit() and len(size) < 4 else 14
    return Text(content, title, pixels, definition.get("text_align") == "center")
