"""Layout of dashboard widgets on a grid of twelve columns, by the rules of the web app
(``ui/src/widgets/layout``). Nothing overlaps; layouts without overlap are unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

COLUMNS = 12
#: Default size of a widget without a layout: columns, and rows by type (two for all others).
_NATURAL_WIDTH = 4
_NATURAL_HEIGHT = {"free_text": 1, "check_status": 1}
#: Maximum rows of a picture; content below is omitted.
MAX_ROWS = 1000

Widget = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Box:
    """Cells: ``x`` and ``width`` are columns, ``y`` and ``height`` rows."""

    x: int
    y: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def beside(self, other: Box) -> bool:
        """Whether the two boxes share a column."""
        return self.x < other.x + other.width and other.x < self.x + self.width

    def overlaps(self, other: Box) -> bool:
        return self.beside(other) and self.y < other.bottom and other.y < self.bottom


def bottom_of(boxes: Sequence[Box]) -> int:
    return max((box.bottom for box in boxes), default=0)


def inner_widgets(definition: Mapping[str, Any]) -> list[Widget]:
    """Widgets of a group or of an expanded powerpack, those that have a definition."""
    inner = definition.get("widgets")
    found = [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
    return [one for one in found if isinstance(one.get("definition"), dict)]


def is_group(definition: Mapping[str, Any]) -> bool:
    return definition.get("type") == "group" or (
        definition.get("type") == "powerpack" and bool(inner_widgets(definition))
    )


def header_rows(definition: Mapping[str, Any]) -> int:
    return 3 if definition.get("banner_img") else 1


def layout_of(widget: Widget) -> Box | None:
    """The layout in the definition, if its numbers are valid."""
    given = widget.get("layout")
    if not isinstance(given, dict):
        return None
    numbers = [given.get(name) for name in ("x", "y", "width", "height")]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        return None
    x, y, width, height = (round(min(max(float(one), -10_000), 10_000)) for one in numbers)  # type: ignore[arg-type]
    return Box(x, y, width, height)


def _clamped(box: Box, columns: int) -> Box:
    width = min(columns, max(1, box.width))
    return Box(min(columns - width, max(0, box.x)), max(0, box.y), width, max(1, box.height))


def place_part(boxes: Sequence[Box], columns: int, above: int = 0) -> list[Box]:
    """Boxes of one grid in the given order. ``y`` counts from the top of the grid, from the top of a block
    that restarts at 0, or, if ``above`` rows precede this grid, from the top of the page.
    """
    placed: list[Box] = []
    base = bottom = 0
    for given in boxes:
        box = _clamped(given, columns)
        if above > 0 and box.y >= above + bottom:
            box = replace(box, y=box.y - above)
        if box.y >= bottom:
            base = 0
        else:
            restarts, moved = box.y == 0, replace(box, y=base + box.y)
            if restarts and any(moved.overlaps(other) for other in placed):
                base, moved = bottom, replace(box, y=bottom)
            box = _pushed_down(moved, placed)
        placed.append(box)
        bottom = max(bottom, box.bottom)
    return placed


def _pushed_down(box: Box, placed: Sequence[Box]) -> Box:
    """``box`` moved down to the first row in which it overlaps none of ``placed``."""
    while hit := [other.bottom for other in placed if box.overlaps(other)]:
        box = replace(box, y=min(hit))
    return box


def _free_slot(taken: Sequence[Box], width: int, height: int, columns: int) -> Box:
    wide, end = min(columns, width), bottom_of(taken)
    for y in range(min(end, MAX_ROWS)):
        for x in range(columns - wide + 1):
            box = Box(x, y, wide, height)
            if not any(box.overlaps(other) for other in taken):
                return box
    return Box(0, end, wide, height)


def _flow(sizes: Sequence[tuple[int, int]], columns: int) -> list[Box]:
    """Flow layout: left to right, a row as high as its highest box."""
    found = []
    x = y = row = 0
    for wanted, height in sizes:
        width = min(columns, wanted)
        if x + width > columns:
            x, y, row = 0, y + row, 0
        found.append(Box(x, y, width, height))
        x, row = x + width, max(row, height)
    return found


def place(widgets: Sequence[Widget], boxes: Sequence[Box | None], columns: int, above: int = 0) -> list[Box]:
    """Place given layouts, and widgets without one in the first free slots."""
    sizes = [natural_size(widget, columns) for widget in widgets]
    known = [box for box in boxes if box is not None]
    if not known:
        return _flow(sizes, columns)
    placed = place_part(known, columns, above)
    taken, rest = list(placed), iter(placed)
    found = []
    for box, size in zip(boxes, sizes, strict=True):
        if box is not None:
            found.append(next(rest))
        else:
            taken.append(_free_slot(taken, *size, columns))
            found.append(taken[-1])
    return found


def place_inner(definition: Mapping[str, Any], width: int) -> list[Box]:
    """Place the widgets of a group on a grid as wide as the group."""
    inner = inner_widgets(definition)
    return place(inner, [layout_of(one) for one in inner], width)


def open_height(definition: Mapping[str, Any], width: int) -> int:
    return header_rows(definition) + max(1, bottom_of(place_inner(definition, width)))


def natural_size(widget: Widget, columns: int) -> tuple[int, int]:
    definition = widget["definition"]
    if is_group(definition):
        return columns, open_height(definition, columns)
    return min(columns, _NATURAL_WIDTH), _NATURAL_HEIGHT.get(str(definition.get("type")), 2)


def place_board(widgets: Sequence[Widget]) -> list[Box]:
    """Place the widgets of an ordered dashboard in one column, all groups open, in the order of
    ``widgets``.
    """
    cut = next((at for at, one in enumerate(widgets) if _breaks_column(one)), 0)
    first = _settled(
        widgets[: cut or None], place(widgets[: cut or None], _given(widgets[: cut or None]), COLUMNS)
    )
    if not cut:
        return first
    after = widgets[cut:]
    start = layout_of(after[0])
    origin = max(start.y, 0) if start else 0
    given = _given(after)
    if origin > 0:
        given = [box and replace(box, y=box.y - origin if box.y >= origin else box.y) for box in given]
        second = place(after, given, COLUMNS)
    else:
        second = place(after, given, COLUMNS, bottom_of(place(widgets[:cut], _given(widgets[:cut]), COLUMNS)))
    down = bottom_of(first)
    return first + [replace(box, y=box.y + down) for box in _settled(after, second)]


def _breaks_column(widget: Widget) -> bool:
    layout = widget.get("layout")
    return isinstance(layout, dict) and bool(layout.get("is_column_break"))


def _given(widgets: Sequence[Widget]) -> list[Box | None]:
    return [layout_of(one) for one in widgets]


def _settled(widgets: Sequence[Widget], boxes: Sequence[Box]) -> list[Box]:
    """Fit groups to the height of their content; each box keeps its distance to the one above it."""
    heights = [
        max(box.height, open_height(one["definition"], box.width))
        if is_group(one["definition"])
        else box.height
        for one, box in zip(widgets, boxes, strict=True)
    ]
    after = [replace(box, height=height) for box, height in zip(boxes, heights, strict=True)]
    settled: list[int] = []
    for at in sorted(range(len(boxes)), key=lambda at: boxes[at].y):
        above = [one for one in settled if boxes[one].bottom <= boxes[at].y and boxes[one].beside(boxes[at])]
        shift = bottom_of([after[one] for one in above]) - bottom_of([boxes[one] for one in above])
        after[at] = replace(after[at], y=after[at].y + shift)
        settled.append(at)
    return after
