"""Functions that select the groups with the highest or lowest values."""

from __future__ import annotations

import numpy as np

from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions.count import rows_of
from heeler.query.metrics.functions.registry import function, register_variant
from heeler.query.metrics.scalar import reduce_groups

_BY_HOST = "avg:system.cpu.user{*} by {host}"
_WAYS = ("mean", "avg", "min", "max", "sum", "last", "l2norm", "norm", "area")


@function(
    "Rank",
    "The ``count`` first groups by mean, min, max, sum, last, l2norm or area; desc takes the highest.",
    f"top({_BY_HOST}, 10, 'max', 'desc')",
)
def top(q: Frame, count: int, by: str = "mean", dir: str = "desc") -> Frame:
    return top_offset(q, count, by, dir, 0)


@function(
    "Rank",
    "As top, after leaving out the first ``offset`` groups.",
    f"top_offset({_BY_HOST}, 5, 'mean', 'desc', 5)",
)
def top_offset(q: Frame, count: int, by: str, dir: str, offset: int = 0) -> Frame:
    if by not in _WAYS:
        raise QueryError(f"Cannot rank by {by!r}; there are {', '.join(_WAYS)}")
    if dir not in ("asc", "desc"):
        raise QueryError(f"The direction is asc or desc, not {dir!r}")
    if count < 1 or offset < 0:
        raise QueryError("The number of groups is at least 1")
    numbers = reduce_groups(q, by)
    keys = -numbers if dir == "desc" else numbers
    order = np.argsort(np.where(np.isnan(keys), np.inf, keys), kind="stable")
    known = [int(row) for row in order if not np.isnan(numbers[row])]
    return rows_of(q, known[offset : offset + count])


def _register_family() -> None:
    for side, direction in (("top", "desc"), ("bottom", "asc")):
        for count in (5, 10, 15, 20):
            for suffix, by in (
                ("", "mean"),
                ("_mean", "mean"),
                ("_min", "min"),
                ("_max", "max"),
                ("_last", "last"),
                ("_area", "area"),
                ("_l2norm", "l2norm"),
            ):
                title = f"{side}{count}{suffix}"
                which = "highest" if side == "top" else "lowest"
                register_variant(
                    title,
                    "top",
                    f"{title}({_BY_HOST})",
                    f"The {count} groups with the {which} {by}.",
                    count=count,
                    by=by,
                    dir=direction,
                )


_register_family()
