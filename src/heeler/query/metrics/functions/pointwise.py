"""Pointwise functions: each value is computed by itself."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from heeler.query.frame import Frame, Values
from heeler.query.metrics import arithmetic
from heeler.query.metrics.functions.registry import function

_CPU = "avg:system.cpu.user{*}"


@function("Arithmetic", "Each value's distance from zero.", f"abs({_CPU})", name="abs")
def absolute(q: Frame) -> Frame:
    return q.pointwise(np.abs)


@function("Arithmetic", "The logarithm to base 2; nothing where a value is not positive.", f"log2({_CPU})")
def log2(q: Frame) -> Frame:
    with np.errstate(divide="ignore", invalid="ignore"):
        return q.pointwise(lambda values: np.where(values > 0, np.log2(values), np.nan))


@function("Arithmetic", "The logarithm to base 10; nothing where a value is not positive.", f"log10({_CPU})")
def log10(q: Frame) -> Frame:
    with np.errstate(divide="ignore", invalid="ignore"):
        return q.pointwise(lambda values: np.where(values > 0, np.log10(values), np.nan))


@function("Arithmetic", "Values rounded to ``digits`` decimals.", f"round({_CPU}, 1)", name="round")
def rounded(q: Frame, digits: int = 0) -> Frame:
    return q.pointwise(lambda values: _rounded(values, max(-300, min(300, digits))))


def _rounded(values: Values, digits: int) -> Values:
    if digits <= 0:
        return np.round(values, digits)
    # numpy multiplies by a power of ten: above 2**52 that gives no digit, or infinity.
    with np.errstate(over="ignore"):
        exact = np.abs(values) * 10.0**digits >= 2.0**52
    return np.where(exact, values, np.round(np.where(exact, 0.0, values), digits))


@function("Arithmetic", "Values rounded down to whole numbers.", f"floor({_CPU})")
def floor(q: Frame) -> Frame:
    return q.pointwise(np.floor)


@function("Arithmetic", "Values rounded up to whole numbers.", f"ceil({_CPU})")
def ceil(q: Frame) -> Frame:
    return q.pointwise(np.ceil)


@function("Exclusion", "Values below ``threshold`` become ``threshold``.", f"clamp_min({_CPU}, 10)")
def clamp_min(q: Frame, threshold: float) -> Frame:
    return q.pointwise(lambda values: np.maximum(values, threshold))


@function("Exclusion", "Values above ``threshold`` become ``threshold``.", f"clamp_max({_CPU}, 90)")
def clamp_max(q: Frame, threshold: float) -> Frame:
    return q.pointwise(lambda values: np.minimum(values, threshold))


@function("Exclusion", "Values below ``threshold`` are left out.", f"cutoff_min({_CPU}, 10)")
def cutoff_min(q: Frame, threshold: float) -> Frame:
    return q.with_values(np.where(q.values < threshold, np.nan, q.values))


@function("Exclusion", "Values above ``threshold`` are left out.", f"cutoff_max({_CPU}, 90)")
def cutoff_max(q: Frame, threshold: float) -> Frame:
    return q.with_values(np.where(q.values > threshold, np.nan, q.values))


@function("Exclusion", "1 where a value is greater than ``threshold``, else 0.", f"is_greater({_CPU}, 50)")
def is_greater(q: Frame, threshold: float) -> Frame:
    return _indicator(q, q.values > threshold)


@function("Exclusion", "1 where a value is less than ``threshold``, else 0.", f"is_less({_CPU}, 50)")
def is_less(q: Frame, threshold: float) -> Frame:
    return _indicator(q, q.values < threshold)


@function("Exclusion", "1 where a value is from ``low`` to ``high``, else 0.", f"is_between({_CPU}, 20, 80)")
def is_between(q: Frame, low: float, high: float) -> Frame:
    return _indicator(q, (q.values >= low) & (q.values <= high))


def _indicator(q: Frame, holds: NDArray[np.bool_]) -> Frame:
    return q.with_values(np.where(np.isnan(q.values), np.nan, holds.astype(np.float64)))


@function("Arithmetic", "The least of several expressions at each time.", f"minimum({_CPU}, 50)")
def minimum(q: Frame, *more: Frame) -> Frame:
    return _fold(np.fmin, q, more)


@function("Arithmetic", "The greatest of several expressions at each time.", f"maximum({_CPU}, 50)")
def maximum(q: Frame, *more: Frame) -> Frame:
    return _fold(np.fmax, q, more)


def _fold(operation: arithmetic.Operation, first: Frame, more: tuple[Frame, ...]) -> Frame:
    return reduce(lambda left, right: arithmetic.join(operation, left, right), more, first)
