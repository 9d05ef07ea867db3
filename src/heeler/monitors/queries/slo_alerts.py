"""Parser of SLO alerts: ``error_budget("id").over("7d") > 75`` and burn rates over two windows. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.call_syntax import read_chain
from heeler.monitors.queries.comparison import compared
from heeler.monitors.queries.windows import window_seconds

TIMEFRAMES = ("7d", "30d", "90d")
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class SloQuery:
    """An SLO alert. ``kind``: ``error_budget`` (percent consumed over ``timeframe``) or ``burn_rate`` (over
    both windows).

    ``long`` and ``short`` are seconds, 0 for error budgets.
    """

    kind: str
    slo_id: str
    timeframe: str
    long: int
    short: int
    comparator: str
    threshold: float
    metrics: tuple[str, ...] = ()

    @property
    def window(self) -> int:
        """Always 0: the alert is evaluated each minute, however long its window."""
        return 0

    @property
    def by(self) -> tuple[str, ...]:
        return ()


def slo_ids(text: str) -> frozenset[str]:
    """SLO ids in a query."""
    return frozenset(_ID.findall(text))


def parse_slo_query(text: str) -> SloQuery:
    """Parse an SLO alert query. Raises :class:`InvalidQuery`."""
    left, comparator, number = compared(text.strip())
    chain = read_chain(left)
    if chain.name not in ("error_budget", "burn_rate") or comparator not in (">", ">="):
        raise InvalidQuery(
            'expected error_budget("slo id").over("7d") > 75, or '
            'burn_rate("slo id").over("7d").long_window("1h").short_window("5m") > 14.4'
        )
    over = chain.arguments("over")
    if len(over) != 1 or over[0] not in TIMEFRAMES:
        raise InvalidQuery(f"over(...) takes one of {', '.join(TIMEFRAMES)}")
    known = ("over",) if chain.name == "error_budget" else ("over", "long_window", "short_window")
    for name, _ in chain.calls:
        if name not in known:
            raise InvalidQuery(f"{chain.name} has no .{name}(...)")
    if number < 0:
        raise InvalidQuery("the threshold must not be negative")
    long, short = _windows(chain.arguments("long_window"), chain.arguments("short_window"), chain.name)
    return SloQuery(chain.name, chain.text, over[0], long, short, comparator, number)


def _windows(long: tuple[str, ...], short: tuple[str, ...], kind: str) -> tuple[int, int]:
    if kind == "error_budget":
        return 0, 0
    if len(long) != 1:
        raise InvalidQuery('burn_rate needs a .long_window("1h") of 1 to 48 hours')
    seconds = window_seconds(long[0])
    if not 3600 <= seconds <= 48 * 3600:
        raise InvalidQuery("the long window of a burn rate is 1 to 48 hours")
    other = window_seconds(short[0]) if short else seconds // 12
    if not 60 <= other < seconds:
        raise InvalidQuery("the short window must be shorter than the long one, and a minute at least")
    return seconds, other
