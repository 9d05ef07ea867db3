"""The one table of all benchmarks, as Markdown. What does not apply to a row stays empty."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """``per_core``: samples for each second of the server's own CPU. ``ms``, ``cpu_ms``: of one answer."""

    case: str
    server: str
    samples: int | None = None
    per_core: float | None = None
    rss_mb: float | None = None
    sample_bytes: float | None = None
    ms: float | None = None
    cpu_ms: float | None = None
    note: str = ""


_HEADINGS = ("case", "server", "samples", "per core/s", "RSS MB", "B/sample", "ms", "CPU ms", "note")
_WIDTHS = (36, 16, 10, 10, 6, 8, 8, 8, 0)
_begun = False


def put(row: Row) -> None:
    """Print ``row``; before the first of a process, the headings."""
    global _begun
    if not _begun:
        _begun = True
        _line(_HEADINGS)
        _line(["-" * max(width, 3) for width in _WIDTHS])
    _line(
        [
            row.case,
            row.server,
            _number(row.samples, 0),
            _number(row.per_core, 0),
            _number(row.rss_mb, 0),
            _number(row.sample_bytes, 2),
            _number(row.ms, 1),
            _number(row.cpu_ms, 1),
            row.note,
        ]
    )


def _number(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _line(cells: list[str] | tuple[str, ...]) -> None:
    numeric = range(2, 8)
    padded = [
        cell.rjust(width) if place in numeric else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    ]
    print(f"| {' | '.join(padded)} |", flush=True)
