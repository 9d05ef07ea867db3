"""The Agent's histogram type: summary statistics of all samples of an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heeler.agent.config import Config, ConfigError

_AGGREGATES = frozenset({"max", "min", "median", "avg", "sum", "count"})


@dataclass(frozen=True)
class HistogramSettings:
    aggregates: tuple[str, ...] = ("max", "median", "avg", "count")
    percentiles: tuple[int, ...] = (95,)

    @classmethod
    def of(cls, config: Config) -> HistogramSettings:
        aggregates = tuple(dict.fromkeys(config.strings("histogram_aggregates")))
        unknown = [name for name in aggregates if name not in _AGGREGATES]
        if unknown:
            known = ", ".join(sorted(_AGGREGATES))
            raise ConfigError(f"histogram_aggregates has {unknown[0]!r}; known are {known}")
        percentiles = tuple(dict.fromkeys(map(_percent, config.strings("histogram_percentiles"))))
        return cls(aggregates, percentiles)


def _percent(text: str) -> int:
    try:
        percent = int(float(text) * 100 + 0.5)
    except (ValueError, OverflowError):
        percent = 0
    if not 0 < percent <= 100:
        raise ConfigError(f"histogram_percentiles has {text!r}; write numbers between 0 and 1, such as 0.95")
    return percent


def summarize(samples: Sequence[tuple[float, int]], settings: HistogramSettings) -> list[tuple[str, float]]:
    """Suffix and value of each configured aggregate, from (value, weight) pairs; ``count`` is the plain
    number.

    Ranks are the Agent's: median is the first sample whose cumulative weight exceeds (N-1)/2, percentile p
    the first to exceed (p*N-1)/100, both in integer division.
    """
    ordered = sorted(samples)
    number = sum(weight for _, weight in ordered)
    total = sum(value * weight for value, weight in ordered)

    def at(rank: int) -> float:
        cumulative = 0
        for value, weight in ordered:
            cumulative += weight
            if cumulative > rank:
                return value
        return ordered[-1][0]

    values = {
        "max": ordered[-1][0],
        "min": ordered[0][0],
        "median": at((number - 1) // 2),
        "avg": total / number,
        "sum": total,
        "count": float(number),
    }
    summary = [(name, values[name]) for name in settings.aggregates]
    return summary + [(f"{p}percentile", at((p * number - 1) // 100)) for p in settings.percentiles]
