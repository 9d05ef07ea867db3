"""Frames of made-up values, and functions of the language applied to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from heeler.query.frame import Frame, Group
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.plan import Read
from heeler.query.metrics.window import Buckets, Window
from tests.unit.query.planned import evaluated

NAN = float("nan")
START = 1_700_000_040


def frame(*rows: Sequence[float], step: int = 60, tags: Sequence[str] = (), **more: Any) -> Frame:
    """``tags`` names the groups, each with commas between its tags; without it ``host:0``, ``host:1``, ..."""
    count = len(rows[0]) if rows else 0
    names = tags or [f"host:{place}" for place in range(len(rows))]
    groups = tuple(Group(tuple(name.split(",")) if name else (), name or "*") for name in names)
    times = START + step * np.arange(count)
    return Frame(times, groups, np.array(rows, float).reshape(len(rows), count), step, **more)


def applied(name: str, *frames: Frame, **arguments: Any) -> Frame:
    """The function of the language, called with its parameters by name."""
    return FUNCTIONS[name].apply(*frames, **arguments)


def values(item: Frame) -> list[list[float | None]]:
    """None for what is missing, which is equal to itself."""
    return [[None if np.isnan(one) else float(one) for one in row] for row in item.values]


def asked(text: str, *rows: Sequence[float], step: int = 60, **more: Any) -> Frame:
    """A query over the window of ``rows``, which each of its selectors reads; before them is nothing."""
    window = Window(START, START + step * len(rows[0]), step)

    def select(read: Read) -> Frame:
        times = Buckets.of(read.window).starts
        made = np.full((len(rows), len(times)), np.nan)
        for place, at in enumerate(times.tolist()):
            column = (at - START) // step
            if 0 <= column < len(rows[0]):
                made[:, place] = [row[column] for row in rows]
        groups = tuple(Group((f"host:{row}",), f"host:{row}") for row in range(len(rows)))
        return Frame(times, groups, made, read.window.interval, **more)

    return evaluated(parse_one(text), window, select)
