"""Functions of the metrics query language. Importing this package fills the registry."""

from __future__ import annotations

from heeler.query.metrics.functions import (
    algorithms,
    count,
    pointwise,
    rank,
    rate,
    rollup,
    shift,
    smoothing,
)
from heeler.query.metrics.functions.registry import FUNCTIONS, Bound, Function, bind, lookup

__all__ = [
    "FUNCTIONS",
    "Bound",
    "Function",
    "algorithms",
    "bind",
    "count",
    "lookup",
    "pointwise",
    "rank",
    "rate",
    "rollup",
    "shift",
    "smoothing",
]
